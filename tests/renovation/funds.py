"""Sources and plans in force, row by row, for tests of money."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.utils import timezone

from renovation.choices import PlanState
from renovation.models import (
    FundingEntry,
    FundingShare,
    FundingSource,
    HouseholdShare,
    MenuItem,
    Neighbourhood,
    PlanItem,
    RenovationPlan,
)
from renovation.services.funding import record_entry
from tests.factories import make_menu_edition

DAY = date(2026, 9, 1)

_numbers = count(1)


def make_source(neighbourhood: Neighbourhood, kind: str = "municipal", **fields: Any) -> FundingSource:
    fields.setdefault("name", f"S{next(_numbers)}")
    if kind == "residents":
        fields.setdefault("route", "by_household")
    return FundingSource.objects.create(neighbourhood=neighbourhood, kind=kind, **fields)


def make_plan_in_force(
    neighbourhood: Neighbourhood,
    shares: Mapping[tuple[str, FundingSource], Any],
    households: Mapping[tuple[FundingSource, Any], Any] | None = None,
    number: int = 1,
) -> RenovationPlan:
    """A frozen revision in force in which sources pay for items (by code) what `shares` say; and households, of it."""
    codes = sorted({code for code, _source in shares})
    edition = getattr(RenovationPlan.objects.filter(neighbourhood=neighbourhood).first(), "menu_edition", None)
    edition = edition or make_menu_edition(
        codes=tuple(codes), valid_from=date(2015, 1, 1) + timedelta(days=next(_numbers))
    )
    plan = RenovationPlan.objects.create(neighbourhood=neighbourhood, number=number, menu_edition=edition)
    for code in codes:
        amount = sum((Decimal(planned) for (of, _source), planned in shares.items() if of == code), Decimal(0))
        item = PlanItem.objects.create(
            plan=plan, menu_item=edition.items.get(code=code), quantity=1, unit_price=amount, amount=amount
        )
        for (of, source), planned in shares.items():
            if of == code:
                FundingShare.objects.create(plan_item=item, source=source, weight=1, planned=planned)
    for (source, household), amount in (households or {}).items():
        HouseholdShare.objects.create(plan=plan, source=source, household=household, weight=1, amount=amount)
    now = timezone.now()
    plan.state, plan.digest, plan.frozen_at, plan.in_force_at = PlanState.FROZEN, "ab" * 32, now, now
    plan.item_count, plan.total = len(codes), sum((Decimal(planned) for planned in shares.values()), Decimal(0))
    plan.save()
    return plan


def item_of(plan: RenovationPlan, code: str) -> MenuItem:
    found: MenuItem = plan.menu_edition.items.get(code=code)
    return found


def make_entry(source: FundingSource, step: str = "received", amount: Any = "100.00", **fields: Any) -> FundingEntry:
    fields = {"document": "凭证", "dated_on": DAY, "by": None, **fields}
    return record_entry(source=source, step=step, amount=Decimal(amount), **fields)
