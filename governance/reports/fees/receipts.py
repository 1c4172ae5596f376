"""What a receipt says: who paid what for what, and how; as it was when the money was recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from governance.choices.fees import AllocationKind
from governance.models import Allocation, Payment
from governance.reports.handover import management_on


@dataclass(frozen=True, slots=True)
class Use:
    """So much of the money, in yuan, went to this bill."""

    bill: Any
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Receipt:
    """`uses` are those of the moment at which the money was recorded, and `kept` what was left as credit then: a
    receipt printed again says the same. `company` is who managed the place on that day, or None.
    """

    payment: Any
    uses: Sequence[Use]
    company: Any

    @property
    def kept(self) -> Decimal:
        return self.payment.amount - sum((use.amount for use in self.uses), Decimal(0))

    @property
    def reversal(self) -> Any:
        return getattr(self.payment, "reversal", None)


def payments_to_read(payments: QuerySet[Any]) -> QuerySet[Any]:
    """With all that a receipt or a line of the day book shows of them."""
    return payments.select_related(
        "neighbourhood", "account", "by", "reversal__by", "household__building", "household__stairwell"
    )


def receipt_of(payment: Payment) -> Receipt:
    """Two queries more for a payment off `payments_to_read`."""
    return receipts_of([payment])[0]


def receipts_of(payments: Sequence[Payment]) -> list[Receipt]:
    """Of payments off `payments_to_read`, in their order: one query, and one more for each day in one place."""
    uses: dict[int, list[Use]] = {payment.pk: [] for payment in payments}
    first = Allocation.objects.filter(payment__in=uses, kind=AllocationKind.PAYMENT).select_related("bill")
    for row in first.order_by("pk"):
        uses[row.payment_id].append(Use(row.bill, row.amount))
    companies: dict[tuple[int, date], Any] = {}
    found = []
    for payment in payments:
        where = payment.neighbourhood_id, timezone.localdate(payment.created_at)
        if where not in companies:
            companies[where] = manager_of(payment.neighbourhood, where[1])
        found.append(Receipt(payment, uses[payment.pk], companies[where]))
    return found


def moves_of(payment: Payment) -> QuerySet[Any]:
    """Everything that became of the money, in order."""
    return Allocation.objects.filter(payment=payment).select_related("bill", "refund").order_by("pk")


def manager_of(neighbourhood: Any, day: date) -> Any:
    """The body that manages the place on a day, whose name stands on its papers; None where nobody does."""
    management = management_on(neighbourhood, day)
    return management.body if management else None
