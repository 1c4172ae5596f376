"""The months of a neighbourhood's book: which is to be closed next, and the control figures of one."""

import json
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.db.models import Count, Min, Sum

from governance.models import Bill, BilledTally, MonthClosing, Payment, PaymentReversal, Refund
from governance.rules.fees.periods import add_months, last_day


def month_in_turn(neighbourhood_id: int) -> date | None:
    """The first day of the month that is to be closed next, be it over or not: the one after the last that is closed,
    else that of the first bill or payment. None where there is nothing in the book. Three queries at most.
    """
    closed = MonthClosing.objects.filter(neighbourhood=neighbourhood_id, reopened_at=None)
    if last := closed.order_by("-month").values_list("month", flat=True).first():
        return add_months(last, 1)
    billed = BilledTally.objects.filter(neighbourhood=neighbourhood_id, bill_count__gt=0).aggregate(
        day=Min("starts_on")
    )
    paid = Payment.objects.filter(neighbourhood=neighbourhood_id).aggregate(day=Min("booked_on"))
    days = [found["day"] for found in (billed, paid) if found["day"]]
    return min(days).replace(day=1) if days else None


def control_totals(neighbourhood_id: int, month: date) -> dict[str, Any]:
    """What the book says now of a month, as its closing keeps it; amounts are yuan as text. Four queries.

    Bills are the live ones whose months begin in it, by kind; payments, reversals and refunds those that are booked in
    it, by method. While the month is closed no act moves them: an act of a later month has its own day.
    """
    days = (month, last_day(month))
    bills = Bill.objects.live().filter(neighbourhood=neighbourhood_id, starts_on__range=days).order_by()
    by_kind = bills.values("kind").annotate(count=Count("pk"), amount=Sum("amount"), reduction=Sum("reduction"))
    payments = Payment.objects.filter(neighbourhood=neighbourhood_id, booked_on__range=days)
    reversals = PaymentReversal.objects.filter(payment__neighbourhood=neighbourhood_id, booked_on__range=days)
    refunds = Refund.objects.filter(neighbourhood=neighbourhood_id, booked_on__range=days)
    return {
        "bills": {
            row["kind"]: {"count": row["count"], "amount": _yuan(row["amount"]), "reduction": _yuan(row["reduction"])}
            for row in by_kind
        },
        "payments": _by_method(payments, "method", "amount"),
        "reversals": _by_method(reversals, "payment__method", "payment__amount"),
        "refunds": _by_method(refunds, "method", "amount"),
    }


def totals_digest(totals: dict[str, Any]) -> str:
    """SHA-256 of control figures as canonical JSON: keys sorted, no spaces."""
    return sha256(json.dumps(totals, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _by_method(rows: Any, method: str, amount: str) -> dict[str, Any]:
    found = rows.order_by().values(method).annotate(count=Count("pk"), total=Sum(amount))
    return {row[method]: {"count": row["count"], "amount": _yuan(row["total"])} for row in found}


def _yuan(amount: Decimal) -> str:
    return f"{amount:.2f}"
