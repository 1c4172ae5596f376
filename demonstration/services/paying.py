"""Payments of many homes in one go: what the clerk's desk writes one by one, by a few statements."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from accounts.models import Change, HistoryEntry, User
from governance.choices.fees import AllocationKind
from governance.models import FeeAccount, Payment
from governance.rules.fees.spreading import OpenBill, spread
from governance.services.fees.books import booking_day, hold_book
from governance.services.fees.credit import Part, hold_accounts, hold_open_bills, move
from renovation.models import Neighbourhood

ENTERED_AFTER = timedelta(minutes=1)

ADD_CREDIT = """
UPDATE governance_feeaccount account SET credit = credit + paid.amount, version = version + 1, updated_at = %s
FROM unnest(%s::bigint[], %s::numeric[]) AS paid (id, amount) WHERE account.id = paid.id
"""


@dataclass(frozen=True, slots=True)
class Paying:
    """So much money, in yuan, of one debtor."""

    account: FeeAccount
    amount: Decimal
    method: str
    reference: str
    at: datetime


def pay_together(neighbourhood: Neighbourhood, paying: Sequence[Paying], by: User) -> None:
    """Record money of debtors of one book, each with one payment, as `record_payment` would one after the other: the
    oldest bills first, what is left is credit. In a transaction; no day of it lies in a closed month.
    """
    if not paying:
        return
    hold_book(neighbourhood.pk)
    accounts = sorted(row.account.pk for row in paying)
    hold_accounts(accounts)
    open_bills: dict[int, list[OpenBill]] = defaultdict(list)
    for bill in hold_open_bills(accounts):
        open_bills[bill.account_id].append(OpenBill(bill.pk, bill.starts_on, bill.due_on, bill.outstanding))
    first = min(timezone.localdate(row.at) for row in paying)
    if booking_day(neighbourhood.pk, first) != first:
        raise RuntimeError(f"{neighbourhood} {first}: this month is closed")  # the plan is wrong
    payments = Payment.objects.bulk_create(
        Payment(
            neighbourhood=neighbourhood,
            account=row.account,
            household_id=row.account.household_id,
            amount=row.amount,
            method=row.method,
            reference=row.reference,
            paid_at=row.at,
            booked_on=timezone.localdate(row.at),
            created_at=row.at + ENTERED_AFTER,
            by=by,
        )
        for row in paying
    )
    latest = max(payment.created_at for payment in payments)
    moved = [spread(payment.amount, open_bills[payment.account_id]) for payment in payments]
    with connection.cursor() as cursor:
        sums = [payment.amount for payment in payments]
        cursor.execute(ADD_CREDIT, [latest, [payment.account_id for payment in payments], sums])
    move(
        [
            Part(payment.pk, bill.id, part, max(payment.booked_on, bill.starts_on))
            for payment, parts in zip(payments, moved, strict=True)
            for bill, part in parts
        ],
        kind=AllocationKind.PAYMENT,
        at=latest,
    )
    _write_history(payments, moved, by)


def _write_history(payments: Sequence[Payment], moved: Sequence[Sequence[tuple[OpenBill, Decimal]]], by: User) -> None:
    place = {
        "community_code": payments[0].community_code,
        "neighbourhood_code": payments[0].neighbourhood_code,
        "resource": Payment.resource,
    }
    HistoryEntry.objects.bulk_create(
        HistoryEntry(
            by=by,
            act="payment_recorded",
            object_id=payment.pk,
            details={
                "amount": str(payment.amount),
                "method": payment.method,
                "booked_on": payment.booked_on.isoformat(),
                "bills": [bill.id for bill, _part in parts],
                "credit": str(payment.amount - sum((part for _bill, part in parts), Decimal(0))),
            },
            **place,
        )
        for payment, parts in zip(payments, moved, strict=True)
    )
    Change.objects.bulk_create(Change(action="created", object_id=payment.pk, **place) for payment in payments)
