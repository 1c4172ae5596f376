"""Playing a survey through the services that users use, day by day, with dates in the past."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from consent.models import RollEntry, Stance, Survey, Visit
from consent.rules.rounds import PARTIES
from consent.rules.visits import VisitInput
from consent.services.rounds import close_round
from consent.services.surveys import close_survey, open_survey
from consent.services.visits import record_visits
from demonstration.rules.people import NOTES
from demonstration.rules.plans import VERBAL, Asking, Walk
from renovation.models import Neighbourhood
from renovation.reports.plans import plan_to_show

OPENS, FIRST_DOOR, RECORDED, CLOSES = time(9), time(17, 40), time(21, 10), time(21, 40)
NO_CONTACT = ("no_answer", "vacant")
ANSWERS = ("supports", "not_yet", "opposes")

ITEMS = ("B03", "B06", "B15", "B19", "B23", "B24", "B25", "B27", "I02", "I03", "I04", "I05", "I07", "I08", "I09", "I11")
RARE_ITEMS = ("I06", "I13", "I14", "U01", "U03", "U05", "U07", "U09")
REASONS = ("cost", "cost", "cost", "parking", "parking", "dust", "illegal_structure", "distrust", "distrust", "other")
COMMITTED = {
    "self_governance": 0.97,
    "convention": 0.95,
    "demolition": 0.9,
    "contribution": 0.74,
    "property_management": 0.86,
}


@dataclass(frozen=True, slots=True)
class Team:
    """Who keys in a neighbourhood's visits: its community, and where they sign in, its committee and grid workers."""

    community: User
    committee: User | None
    grids: Mapping[str, User]

    def writer(self, number: int, grid: str) -> User:
        if number == 1 and self.committee:
            return self.committee
        return self.grids.get(grid, self.community) if number == 2 else self.community


def moment(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, timezone.get_default_timezone())


class Replay:
    """One survey, played as its plan says. `today` is the day on which it is looked at."""

    def __init__(self, neighbourhood: Neighbourhood, plan: Asking, team: Team, today: date) -> None:
        self.neighbourhood, self.plan, self.team = neighbourhood, plan, team
        self.dice = random.Random(f"{neighbourhood.code} {plan.title}")  # noqa: S311 -- chance, not secrecy
        ended = 1 if plan.ended_days_ago is None else plan.ended_days_ago
        self.today, self.day = today, today - timedelta(days=ended + plan.days - 1)
        # The revision that is shown at the doors, where there is one.
        shown = plan_to_show(neighbourhood)
        self.revision = shown.number if shown else None
        self.survey: Survey

    def play(self) -> Survey:
        plan, community = self.plan, self.team.community
        self.survey = open_survey(
            neighbourhood=self.neighbourhood,
            title=plan.title,
            closes_on=self.day + timedelta(days=max(plan.days, 45)),
            by=community,
            at=moment(self.day, OPENS),
        )
        for number, walk in enumerate(plan.walks, 1):
            last = self.walk(number, walk)
            if number < len(plan.walks):
                close_round(survey=self.survey, by=community, reason=walk.reason, at=moment(last, CLOSES))
            elif plan.ended_days_ago is not None:
                revisit = last + timedelta(days=plan.revisit_after_days) if plan.revisit_after_days else None
                close_survey(
                    survey=self.survey,
                    by=community,
                    reason=plan.close_reason,
                    revisit_on=revisit,
                    at=moment(last, CLOSES),
                )
        for weeks, turn in enumerate(plan.later, 2):
            self.turn(turn, 0, self.day + timedelta(weeks=weeks))
        return self.survey

    def walk(self, number: int, walk: Walk) -> date:
        """Walk one round over its days, then let happen what went other than planned; the last of its days."""
        doors = list(
            RollEntry.objects.filter(survey=self.survey)
            .on_roll()
            .listed_in(number)
            .select_related("building", "stance")
            .order_by("household_id")
        )
        visits = self.outcomes(doors, walk)
        share = -(-len(visits) // walk.days)
        for first in range(0, len(visits), share or 1):
            self.outing(number, visits[first : first + share], self.day + timedelta(days=first // share))
        last = self.day + timedelta(days=walk.days - 1)
        for turn in walk.turns:
            self.turn(turn, number, last)
        self.day = last + timedelta(days=1)
        return last

    def outcomes(self, doors: Sequence[RollEntry], walk: Walk) -> list[tuple[RollEntry, str]]:
        """Who says what, in the order of the doors. Who was never met is the first to be missed again."""
        wanted = [outcome for outcome, count in walk.outcomes.items() for _ in range(count)]
        if walk.rest:
            wanted += [walk.rest] * (len(doors) - len(wanted))
        met = [door for door in doors if door.stance.contacted]
        unmet = [door for door in doors if not door.stance.contacted]
        visited = (met + unmet)[: len(wanted)]
        self.dice.shuffle(wanted)
        missed = [outcome for outcome in wanted if outcome in NO_CONTACT]
        answers = [outcome for outcome in wanted if outcome not in NO_CONTACT]
        likely = [door for door in visited if not door.stance.contacted]
        others = [door for door in visited if door.stance.contacted]
        self.dice.shuffle(likely)
        self.dice.shuffle(others)
        absent = {door.pk for door in [*likely, *others][: len(missed)]}
        said = {}
        for door in visited:
            said[door.pk] = missed.pop() if door.pk in absent else answers.pop()
        return [(door, said[door.pk]) for door in doors if door.pk in said]

    def outing(self, number: int, visits: Sequence[tuple[RollEntry, str]], day: date) -> None:
        """One evening at the doors; each of those who were out sends in what they wrote down."""
        sent: dict[User, list[VisitInput]] = {}
        pause = timedelta(minutes=200) / max(len(visits), 1)
        for position, (door, outcome) in enumerate(visits):
            writer = self.team.writer(number, door.building.grid)
            at = moment(day, FIRST_DOOR) + position * pause + timedelta(seconds=self.dice.randrange(50))
            sent.setdefault(writer, []).append(self.visit(number, door.household_id, outcome, at))
        for late, (writer, batch) in enumerate(sent.items()):
            self.record(batch, writer, moment(day, RECORDED) + timedelta(minutes=2 * late))

    def record(self, visits: Sequence[VisitInput], by: User, at: datetime) -> None:
        answer = record_visits(survey=self.survey, visits=visits, by=by, at=at)
        if refused := [found for found in answer.answers if found.status != "recorded"]:
            raise RuntimeError(f"{self.plan.title}: {refused[0]}")  # the plan itself is wrong

    def visit(self, number: int, household: int, outcome: str, at: datetime) -> VisitInput:
        """A visit as such a household would have it, dice deciding the rest."""
        dice = self.dice
        given = ""
        if outcome in ("supports", VERBAL):
            given = VERBAL if outcome == VERBAL else dice.choices(("signed", "thumbprint"), (9, 1))[0]
            outcome = "supports"
        reasons: tuple[str, ...] = ()
        if outcome in ("not_yet", "opposes"):
            reasons = tuple(sorted(set(dice.choices(REASONS, k=dice.randint(1, 2)))))
        noted = reasons[0] if reasons and dice.random() < 0.4 else outcome if outcome in NO_CONTACT else ""
        if outcome == "no_answer" and dice.random() < 0.7:
            noted = ""
        return VisitInput(
            client_id=UUID(int=dice.getrandbits(128), version=4),
            household=household,
            outcome=outcome,
            given=given,
            respondent=(
                dice.choices(("owner", "co_owner", "family", "proxy"), (78, 10, 10, 2))[0] if outcome in ANSWERS else ""
            ),
            visited_at=at,
            party=tuple(sorted(PARTIES.get(number, ()))),
            commitments={name: dice.random() < share for name, share in COMMITTED.items()} if given else None,
            menu_items=self.orders() if given else (),
            reasons=reasons,
            note=dice.choice(NOTES[noted]) if noted else "",
            plan=self.revision,
        )

    def orders(self) -> tuple[str, ...]:
        wanted = self.dice.sample(ITEMS, self.dice.randint(2, 5))
        if self.dice.random() < 0.25:
            wanted.append(self.dice.choice(RARE_ITEMS))
        return tuple(sorted(wanted))

    # --- What goes other than planned ------------------------------------------------------------------

    def turn(self, name: str, number: int, day: date) -> None:
        at = moment(day, CLOSES) - timedelta(minutes=10)
        {
            "form_follows": self.form_follows,
            "correction": self.correction,
            "two_at_a_door": self.two_at_a_door,
            "withdrawal": self.withdrawal,
        }[name](number, at)

    def _leading(self, number: int, values: Iterable[str], given: Iterable[str] = ("",)) -> Visit:
        """The visit that leads at one of the doors with such a stance."""
        found = Stance.objects.filter(survey=self.survey, value__in=values, given__in=given)
        if number:
            found = found.filter(round=number)
        stances = found.exclude(visit=None).order_by("door_id").values_list("visit", flat=True)
        return Visit.objects.select_related("door").get(pk=self.dice.choice(list(stances)))

    def form_follows(self, number: int, at: datetime) -> None:
        """Who said yes by word of mouth has brought the signed form."""
        spoken = self._leading(number, ["supports"], [VERBAL])
        form = self.visit(number, spoken.door.household_id, "supports", spoken.visited_at)
        form = replace(form, given="signed", supersedes=spoken.client_id, note="签字表已补交。")
        self.record([form], self.team.community, at)

    def correction(self, number: int, at: datetime) -> None:
        """The reason was ticked wrongly."""
        wrong = self._leading(number, ["not_yet"])
        right = self.visit(number, wrong.door.household_id, "not_yet", wrong.visited_at)
        right = replace(right, reasons=("parking",), supersedes=wrong.client_id, note="更正：原因勾选有误。")
        self.record([right], self.team.community, at)

    def two_at_a_door(self, number: int, at: datetime) -> None:
        """A second person recorded the same door a little later, and heard something else. Both stay."""
        first = self._leading(number, ["not_yet"])
        second = self.visit(number, first.door.household_id, "opposes", first.visited_at + timedelta(minutes=15))
        walker = self.team.committee if self.team.committee and number == 3 else self.team.community
        self.record([second], walker, at)

    def withdrawal(self, number: int, at: datetime) -> None:
        """A household that supported takes its yes back, outside the rounds."""
        yes = self._leading(number, ["supports"], ["signed", "thumbprint"])
        no = self.visit(0, yes.door.household_id, "not_yet", at - timedelta(minutes=30))
        no = replace(no, out_of_round=True, reasons=("cost",), note="业主来电表示暂不支持，撤回此前意见。")
        self.record([no], self.team.community, at)
