"""Prices and reductions as tests of fees want them."""

from datetime import date
from decimal import Decimal

from django.utils import timezone

from governance.models import FeeSchedule
from governance.services.fees.reductions import propose_reduction
from governance.services.fees.schedules import add_schedule

JANUARY, JULY, OCTOBER = date(2026, 1, 1), date(2026, 7, 1), date(2026, 10, 1)


def a_schedule(place, by, **fields):
    """0.60 yuan per m2 and month, for all units, unless said otherwise."""
    values = {
        "kind": "property",
        "basis": "per_m2_month",
        "unit_price": Decimal("0.60"),
        "valid_from": JANUARY,
        "document": "物业合同 1 号",
        **fields,
    }
    return add_schedule(neighbourhood=place, by=by, **values)


def billed(schedule):
    """As if a bill had been made from it."""
    FeeSchedule.objects.filter(pk=schedule.pk).update(billed_at=timezone.now())
    schedule.refresh_from_db()
    return schedule


def a_reduction(door, by, **fields):
    """Half of the property fee from July to October, for hardship, unless said otherwise."""
    values = {
        "kind": "property",
        "reason": "hardship",
        "share": Decimal("0.5"),
        "from_month": JULY,
        "to_month": OCTOBER,
        "text": "低保户",
        **fields,
    }
    return propose_reduction(household=door, by=by, **values)
