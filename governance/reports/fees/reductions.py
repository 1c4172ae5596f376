"""What a reduction comes to, and what of it is billed already."""

from dataclasses import dataclass
from decimal import Decimal

from governance.choices.fees import FeeKind
from governance.models import Bill, FeeReduction, FeeSchedule
from governance.reports.fees.schedules import prices_of
from governance.rules.fees.charges import month_charge, round_fen
from governance.rules.fees.periods import months_between


@dataclass(frozen=True, slots=True)
class Costs:
    """In yuan, of all its months: what they are charged before it, what is let off, and what is left to pay."""

    charged: Decimal
    let_off: Decimal

    @property
    def left(self) -> Decimal:
        return self.charged - self.let_off


def costs_of(reduction: FeeReduction) -> Costs | None:
    """What a property fee's months come to by the prices and the area of today; None of another kind, or where the area
    or a price is unknown. Bills are reckoned by themselves when they are posted.
    """
    if reduction.kind != FeeKind.PROPERTY:
        return None
    schedules = FeeSchedule.objects.filter(neighbourhood=reduction.neighbourhood_id, kind=reduction.kind)
    prices = prices_of(schedules).get((FeeKind.PROPERTY, ""), [])
    household = reduction.household
    charged = Decimal(0)
    for month in months_between(reduction.from_month, reduction.to_month):
        charge = month_charge(prices, household.use, household.gross_floor_area, month)
        if not charge:
            return None
        charged += charge
    return Costs(charged, round_fen(charged * reduction.share))


def billed_months(reduction: FeeReduction) -> int:
    """How many of its months stand billed already: those bills stay as they were posted."""
    months = months_between(reduction.from_month, reduction.to_month)
    bills = Bill.objects.filter(
        neighbourhood=reduction.neighbourhood_id,
        kind=reduction.kind,
        household=reduction.household_id,
        late_for=None,
        starts_on__lte=months[-1],
        ends_on__gte=months[0],
    ).live()
    spans = list(bills.values_list("starts_on", "ends_on"))
    return sum(any(first <= month <= last for first, last in spans) for month in months)
