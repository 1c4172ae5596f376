"""What of a payment stands where: at which bills, paid back, or still as credit."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from governance.models import Payment


@dataclass(frozen=True, slots=True)
class Standing:
    """In yuan: `allocations` are pairs of a bill's id and what of the payment it has; with `refunded` and `credit` they
    add up to the payment's amount. A reversed payment stands nowhere.
    """

    allocations: Sequence[tuple[int, Decimal]]
    refunded: Decimal
    credit: Decimal


def standing_of(payment: Payment) -> Standing:
    """Where a payment stands now. No query where `allocations` and `reversal` were fetched with it."""
    at_bills: defaultdict[int, Decimal] = defaultdict(Decimal)
    refunded = Decimal(0)
    for row in payment.allocations.all():
        if row.bill_id is None:
            refunded += row.amount
        else:
            at_bills[row.bill_id] += row.amount
    allocations = [(bill, amount) for bill, amount in sorted(at_bills.items()) if amount]
    credit = payment.amount - refunded - sum((amount for _bill, amount in allocations), Decimal(0))
    return Standing(allocations, refunded, Decimal(0) if is_reversed(payment) else credit)


def is_reversed(payment: Payment) -> bool:
    return hasattr(payment, "reversal")
