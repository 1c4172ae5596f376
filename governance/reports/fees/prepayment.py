"""What a household's months cost, as far as it is known: how far ahead it may pay."""

from datetime import date
from decimal import Decimal
from itertools import groupby

from django.db.models import Q

from governance.choices.fees import FeeKind
from governance.models import FeeSchedule, ParkingPass
from governance.rules.fees.charges import Price, month_charge
from renovation.models import Household


def monthly_charge(household: Household, day: date) -> Decimal | None:
    """What a household pays in the month of `day`, in yuan, for everything and before reductions; None where nothing
    is charged, or its area is wanted and unknown. Three queries.
    """
    first = day.replace(day=1)
    schedules = FeeSchedule.objects.filter(
        Q(valid_to=None) | Q(valid_to__gte=first), neighbourhood=household.neighbourhood_id, valid_from__lte=first
    ).order_by("kind", "name", "id")
    charges: list[Decimal | None] = []
    for (kind, _name), rows in groupby(schedules, key=lambda row: (row.kind, row.name)):
        prices = [_price(row) for row in rows]
        if kind == FeeKind.PARKING:
            charges += [month_charge(prices, ownership, None, first) for ownership in _spaces(household, first)]
        else:
            charges.append(month_charge(prices, household.use, household.gross_floor_area, first))
    known = [charge for charge in charges if charge is not None]
    return sum(known, Decimal(0)) or None if len(known) == len(charges) else None


def _price(row: FeeSchedule) -> Price:
    only_for = row.space_ownerships if row.kind == FeeKind.PARKING else row.uses
    return Price(
        row.pk, row.basis, row.unit_price, row.valid_from, row.valid_to, frozenset(only_for), due_days=row.due_days
    )


def _spaces(household: Household, first: date) -> list[str]:
    """The ownership of each space that a household is billed for; a pass without a space is for shared land."""
    held = list(household.parking_spaces.values_list("ownership", flat=True))
    passes = ParkingPass.objects.filter(
        Q(ends_on=None) | Q(ends_on__gte=first), vehicle__household=household, space=None, starts_on__lte=first
    )
    return held + ["shared_land"] * passes.count()
