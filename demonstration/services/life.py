"""Taking a neighbourhood's steps as its people do: evidence recorded first, then the step, its guards really met."""

from collections.abc import Iterable, Mapping
from datetime import date, time, timedelta
from decimal import Decimal

from accounts.models import User
from demonstration.rules.evidence import MANAGED_AFTER_DAYS, Recorded, Site, evidence_for, under_way
from demonstration.rules.plans import Place
from demonstration.rules.sign_ins import SignIn
from demonstration.rules.stories import BOARD, OPEN_OBJECTION, Story
from demonstration.services.building import Span, Works
from demonstration.services.governing import KEPT, Governing
from demonstration.services.keeping_up import KeepingUp
from demonstration.services.planning import Planning
from demonstration.services.posting import Posting
from demonstration.services.replay import moment
from demonstration.services.sign_ins import make_users
from renovation.choices import FundingStep, PhotoPhase, Stage
from renovation.models import MenuItem, Neighbourhood
from renovation.services.evidence import record_evidence
from renovation.services.lifecycle import move

AT_THE_DESK, AT_WORK = time(9, 30), time(10, 30)

MEASURED = Decimal("62.50")
"""What the homes whose area the roster leaves out turn out to have, in m2."""

MOVED_BY = {
    "assessed": "community",
    "mobilising": "community",
    "organised": "community",
    "ready": "community",
    "applied": "district",
    "planned": "city",
    "designed": "district",
    "under_works": "district",
    "works_done": "district",
    "accepted": "district",
    "evaluated": "community",
    "handed_over": "community",
}


def make_office_holders(
    places: Iterable[Place], neighbourhoods: Mapping[str, Neighbourhood], known: Mapping[str, User], today: date
) -> dict[str, dict[str, User]]:
    """The people who record and move for each place, by its name: the sign-ins where they work there, and for the other
    districts and committees somebody who never signs in.
    """
    places = list(places)
    districts = sorted({place.community[:6] for place in places} - {"420502"})
    officials = make_users(
        [SignIn(f"official-{code}", "示范区级工作人员", code, (("district_official", code),)) for code in districts],
        today,
    )
    homes = {place.name: neighbourhoods[place.name].code for place in places}
    members = make_users(
        [
            SignIn(f"committee-{homes[place.name]}", "示范业委会委员", place.name, (("committee_member", place.name),))
            for place in places
            if not place.committee
        ],
        today,
        neighbourhoods,
    )
    return {
        place.name: {
            "city": known["city"],
            "district": officials.get(f"official-{place.community[:6]}", known["district"]),
            "committee": known[place.committee] if place.committee else members[f"committee-{homes[place.name]}"],
        }
        for place in places
    }


WORKS_LENGTH = 60
FINISHED = {"pipes": Span(1, 30), "buildings": Span(3, 45), "outdoors": Span(15, WORKS_LENGTH)}
UNDER_WAY = {"pipes": Span(1, 60), "buildings": Span(5, 76), "outdoors": Span(36, 100)}
BEGUN_ONLY = {"pipes": Span(30, 90)}
"""The planned days of packages: where all was built, where it is being built, where one contract is signed so far."""


class Life:
    """One neighbourhood and its people, by `community`, `committee`, `district` and `city`."""

    def __init__(self, neighbourhood: Neighbourhood, people: Mapping[str, User], story: Story, today: date) -> None:
        self.neighbourhood, self.people, self.story, self.today = neighbourhood, people, story, today
        self.posting = Posting(neighbourhood, people)
        self.works = Works(neighbourhood, people, story)
        self.governing = Governing(neighbourhood, people, story, today)
        self.planning: Planning
        self.reached: dict[str, date] = {}

    def step_to(self, stage: Stage, day: date, handover_on: date | None = None) -> None:
        """Let happen what the step needs, record what people record, and take it. `long_term` comes by itself."""
        if stage == Stage.ASSESSED:
            self.neighbourhood.households.filter(gross_floor_area=None).update(gross_floor_area=MEASURED)
        if prepare := getattr(self, f"prepare_{stage}", None):
            prepare(day)
        if stage == Stage.HANDED_OVER:
            self.governing.hand_over(day, handover_on or day + timedelta(days=MANAGED_AFTER_DAYS))
        self.record(evidence_for(stage, self.site(handover_on), day), day)
        by = self.people[MOVED_BY[stage]] if stage in MOVED_BY else None
        move(neighbourhood=self.neighbourhood, to=stage, by=by, at=moment(day, AT_WORK))
        self.reached[stage] = day

    def site(self, handover_on: date | None = None) -> Site:
        must_do = MenuItem.objects.filter(mandatory=True).order_by("code").values_list("code", flat=True)
        return Site(must_do=list(must_do), handover_on=handover_on)

    def record(self, pieces: Iterable[Recorded], day: date) -> None:
        for piece in pieces:
            if piece.kind in KEPT:
                continue
            record_evidence(
                neighbourhood=self.neighbourhood,
                kind=piece.kind,
                facts=piece.facts,
                document=piece.document,
                dated_on=day,
                by=self.people[piece.who],
                at=moment(day, AT_THE_DESK),
            )

    def show_plan(self, day: date) -> None:
        """Make the plan before people are asked, so that it is shown at each door with what the home would pay."""
        self.planning = Planning(self.neighbourhood, self.people, self.story)
        self.planning.draft(day - timedelta(days=9))
        self.planning.freeze(day)

    # --- What a step needs of the modules --------------------------------------------------------------

    def prepare_organised(self, day: date) -> None:
        self.governing.organise(day)

    def prepare_ready(self, day: date) -> None:
        self.governing.sign_convention(day - timedelta(days=2))
        self.posting.hang_result(day - timedelta(days=30))
        self.planning = Planning(self.neighbourhood, self.people, self.story)
        self.planning.draft(day - timedelta(days=24))
        self.planning.pledge(day - timedelta(days=12), self.story.pledged)

    def prepare_applied(self, day: date) -> None:
        self.planning.freeze(day - timedelta(days=6))

    def prepare_designed(self, day: date) -> None:
        self.planning.promise(self.reached[Stage.PLANNED] + timedelta(days=5))
        self.posting.hang_plan(self.planning.plan, day - timedelta(days=20))
        self.governing.vote(day)

    def prepare_under_works(self, day: date) -> None:
        spans = UNDER_WAY if self.story.award == ("planned", "planned") else FINISHED
        self.works.photograph_all(PhotoPhase.BEFORE, day - timedelta(days=30))
        self.works.contract(self.planning.plan, day - timedelta(days=16), day, spans)

    def prepare_works_done(self, day: date) -> None:
        begun = self.reached[Stage.UNDER_WORKS]
        self._give_and_spend(begun)
        self.works.build(begun, day)
        self.works.photograph_all(PhotoPhase.AFTER, day - timedelta(days=1))

    def prepare_accepted(self, day: date) -> None:
        self.planning.flow(FundingStep.RECEIVED, "0.30", day - timedelta(days=20))
        self.planning.flow(FundingStep.SPENT, "0.35", day - timedelta(days=18), self.works.packages["buildings"])
        self.works.accept(day - timedelta(days=6))

    def prepare_evaluated(self, day: date) -> None:
        self.planning.flow(FundingStep.RECEIVED, "0.10", day - timedelta(days=22))
        self.planning.flow(FundingStep.SPENT, "0.12", day - timedelta(days=20), self.works.packages["outdoors"])
        notice = self.posting.accepted(day - timedelta(days=25))
        self.posting.close(notice)
        self.posting.ask(day - timedelta(days=18))
        self.posting.answer(day - timedelta(days=17), day - timedelta(days=5), 0.82)
        self.posting.close_evaluation(day - timedelta(days=2))

    def _give_and_spend(self, begun: date) -> None:
        """Households pay as the works begin; the others give more than half, and half is spent."""
        self.planning.collect(begun + timedelta(days=4), Decimal(1))
        self.planning.flow(FundingStep.RECEIVED, "0.60", begun + timedelta(days=8))
        self.planning.flow(FundingStep.SPENT, "0.50", begun + timedelta(days=20), self.works.packages["pipes"])

    # --- Where it stands now ---------------------------------------------------------------------------

    def begin(self, day: date) -> None:
        """Let happen some of what the next step needs, so that some is missing."""
        if go_on := getattr(self, f"go_on_{self.neighbourhood.stage}", None):
            go_on(day)
        self.record(under_way(self.neighbourhood.stage, self.site(), day), day)
        KeepingUp(self.governing, self.people).go_on()

    def go_on_consented(self, day: date) -> None:
        """The result hangs, or hung; the plan is being made."""
        self.posting.hang_result(day, open_objection=OPEN_OBJECTION if self.story.waits else "")
        self.planning = Planning(self.neighbourhood, self.people, self.story)
        self.planning.draft(day + timedelta(days=6))

    def go_on_planned(self, day: date) -> None:
        """The plan hangs, with an objection that nobody has answered yet."""
        self.planning.promise(day)
        self.posting.hang_plan(self.planning.plan, self.today - timedelta(days=5), open_objection=OPEN_OBJECTION)

    def go_on_designed(self, day: date) -> None:
        """One builder is found, no supervisor of works yet; a fifth of the pledges is still out."""
        self.works.contract(self.planning.plan, day, self.today, BEGUN_ONLY)

    def go_on_under_works(self, _day: date) -> None:
        begun = self.reached[Stage.UNDER_WORKS]
        names = "、".join(self.story.builders)
        self.posting.board(f"施工单位:{names}。{BOARD}", begun, 110)
        self.planning.collect(begun + timedelta(days=4), Decimal("0.7"))
        self.planning.flow(FundingStep.RECEIVED, "0.60", begun + timedelta(days=8))
        self.planning.flow(FundingStep.SPENT, "0.20", begun + timedelta(days=25), self.works.packages["pipes"])
        self.works.half_build(begun, self.today)
        request = self.works.ask_for_change(self.today - timedelta(days=12))
        self.planning.redraft(request, self.today - timedelta(days=8))

    def go_on_handed_over(self, _day: date) -> None:
        self.planning.pay_award(self.reached[Stage.HANDED_OVER], self.today)

    def go_on_long_term(self, _day: date) -> None:
        self.planning.pay_award(self.reached[Stage.HANDED_OVER], self.today)
        if self.story.broke:
            self.works.break_down(self.today)
