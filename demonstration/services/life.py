"""Taking a neighbourhood's steps as its people do: evidence recorded first, then the step, its guards really met."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal

from accounts.models import User
from demonstration.rules.evidence import Recorded, Site, evidence_for, under_way
from demonstration.rules.plans import Place
from demonstration.rules.sign_ins import SignIn
from demonstration.services.replay import moment
from demonstration.services.sign_ins import make_users
from renovation.choices import Stage
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


@dataclass(frozen=True, slots=True)
class Life:
    """One neighbourhood and its people, by `community`, `committee`, `district` and `city`."""

    neighbourhood: Neighbourhood
    people: Mapping[str, User]
    homes: int

    def step_to(self, stage: Stage, day: date, handover_on: date | None = None) -> None:
        """Record what the step needs, and take it. The step to `long_term` comes by itself."""
        if stage == Stage.ASSESSED:
            self.neighbourhood.households.filter(gross_floor_area=None).update(gross_floor_area=MEASURED)
        self.record(evidence_for(stage, self.site(handover_on), day), day)
        by = self.people[MOVED_BY[stage]] if stage in MOVED_BY else None
        move(neighbourhood=self.neighbourhood, to=stage, by=by, at=moment(day, AT_WORK))

    def begin(self, day: date) -> None:
        """Record some of what the next step needs."""
        self.record(under_way(self.neighbourhood.stage, self.site(), day), day)

    def site(self, handover_on: date | None = None) -> Site:
        must_do = MenuItem.objects.filter(mandatory=True).order_by("code").values_list("code", flat=True)
        return Site(homes=self.homes, must_do=list(must_do), handover_on=handover_on)

    def record(self, pieces: Iterable[Recorded], day: date) -> None:
        for piece in pieces:
            record_evidence(
                neighbourhood=self.neighbourhood,
                kind=piece.kind,
                facts=piece.facts,
                document=piece.document,
                dated_on=day,
                by=self.people[piece.who],
                at=moment(day, AT_THE_DESK),
            )
