"""What tests of surveys start from: a neighbourhood with doors, a policy, a menu, and visits that are valid."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import uuid4

from django.utils import timezone

from accounts.models import User
from consent.models import ConsentPolicy, Survey
from consent.rules.visits import COMMITMENTS, VisitInput
from consent.services.surveys import open_survey
from renovation.models import FundingSource, Household, HouseholdShare, MenuEdition, Neighbourhood, RenovationPlan
from tests.factories import (
    COMMUNITY,
    make_building,
    make_division,
    make_household,
    make_menu_edition,
    make_neighbourhood,
    make_stairwell,
    make_user,
)

EVERYBODY = ("owners_committee", "grid", "community")


def make_policy(division: str = "4205", **fields: Any) -> ConsentPolicy:
    """In force since 2025; 95% of the roll, vacant homes counted, verbal answers not."""
    defaults = {"pass_share": Decimal("0.95"), "valid_from": date(2025, 1, 1), "document": "宜住建〔2025〕1号"}
    return ConsentPolicy.objects.create(division=make_division(division), **{**defaults, **fields})


def make_doors(*, buildings: int = 2, doors: int = 5, neighbourhood: Neighbourhood | None = None) -> list[Household]:
    """Residential households of a neighbourhood, `doors` in each of its buildings."""
    neighbourhood = neighbourhood or make_neighbourhood()
    made = []
    for number in range(1, buildings + 1):
        stairwell = make_stairwell(building=make_building(neighbourhood=neighbourhood, number=str(number)), number="1")
        made += [
            make_household(stairwell=stairwell, unit_number=f"{floor}01", floor=floor) for floor in range(1, doors + 1)
        ]
    return made


def make_survey(
    *, households: Sequence[Household] | None = None, by: User | None = None, **policy: Any
) -> tuple[Survey, list[Household], User]:
    """An open survey with its doors and a community worker who opened it. Keywords set its policy."""
    households = list(households or make_doors())
    make_policy(**policy)
    make_menu_edition()
    by = by or make_user(territory=COMMUNITY)
    neighbourhood = households[0].neighbourhood
    return open_survey(neighbourhood=neighbourhood, title="征询", closes_on=None, by=by), households, by


def a_visit(household: Household | int, outcome: str = "supports", **fields: Any) -> VisitInput:
    """A visit with everything that its outcome needs, by a party that every round takes."""
    made: dict[str, Any] = {
        "client_id": uuid4(),
        "household": household if isinstance(household, int) else household.pk,
        "outcome": outcome,
        "visited_at": timezone.now(),
        "party": EVERYBODY,
    }
    if outcome in ("supports", "not_yet", "opposes"):
        made["respondent"] = "owner"
    if outcome == "supports":
        made |= {"given": "signed", "commitments": dict.fromkeys(COMMITMENTS, True)}
    return VisitInput(**{**made, **fields})


def as_item(visit: VisitInput) -> dict[str, Any]:
    """The visit as api.md has it sent."""
    moment: datetime = visit.visited_at
    return {
        "client_id": str(visit.client_id),
        "household": visit.household,
        "outcome": visit.outcome,
        "given": visit.given or None,
        "respondent": visit.respondent or None,
        "visited_at": moment.isoformat(),
        "party": list(visit.party),
        "commitments": visit.commitments,
        "menu_items": list(visit.menu_items),
        "reasons": list(visit.reasons),
        "note": visit.note,
        "supersedes": str(visit.supersedes) if visit.supersedes else None,
        "round": visit.round,
        "out_of_round": visit.out_of_round,
        "signature": None,
        **({} if visit.plan is None else {"plan": visit.plan}),
    }


def make_frozen_plan(
    neighbourhood: Neighbourhood,
    number: int = 1,
    shares: Mapping[Household, str] | None = None,
    frozen_at: datetime | None = None,
    **fields: Any,
) -> RenovationPlan:
    """A frozen revision, its digest made up; `shares` is what households are to pay under it, in yuan."""
    edition = MenuEdition.objects.first() or make_menu_edition()
    plan = RenovationPlan.objects.create(
        neighbourhood=neighbourhood, number=number, menu_edition=edition, **{"total": Decimal("1790720.00"), **fields}
    )
    if shares:
        source, _made = FundingSource.objects.get_or_create(
            neighbourhood=neighbourhood, kind="residents", name="居民自筹", route="by_household"
        )
        for household, amount in shares.items():
            HouseholdShare.objects.create(
                plan=plan, source=source, household=household, weight=Decimal(1), amount=Decimal(amount)
            )
    digest = sha256(f"{neighbourhood.code} {number}".encode()).hexdigest()
    RenovationPlan.objects.filter(pk=plan.pk).update(
        state="frozen", digest=digest, frozen_at=frozen_at or timezone.now()
    )
    plan.refresh_from_db()
    return plan
