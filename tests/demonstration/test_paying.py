"""Payments that the demonstration enters together are those that a clerk enters one by one."""

from datetime import date, timedelta

import pytest
from django.db import transaction

from accounts.models import Change, HistoryEntry
from demonstration.services.paying import ENTERED_AFTER, Paying, pay_together
from governance.models import Allocation, Bill, FeeAccount, MonthClosing, Payment, SettledTally
from governance.services.fees.accounts import current_account
from governance.services.fees.payments import record_payment
from renovation.models import Household
from tests.governance.payments_cast import NOON, D, a_bill, assert_book_holds

pytestmark = pytest.mark.django_db
AUGUST = date(2026, 8, 1)


@pytest.fixture
def paying(cast):
    """One who pays a part, one who pays what is open, one who pays ahead, one who owes nothing yet."""
    homes = list(Household.objects.filter(pk__in=[home.pk for home in cast.doors]).order_by("pk"))
    for home in homes[:3]:
        a_bill(home)
        a_bill(home, month=AUGUST, reduction="20.00")
    sums = ("130.00", "180.00", "400.00", "25.50")
    return [
        Paying(current_account(home, AUGUST), D(amount), method, f"S{place}", NOON + timedelta(hours=place - 8))
        for place, (home, amount, method) in enumerate(
            zip(homes, sums, ("cash", "bank", "wechat", "alipay"), strict=True)
        )
    ]


def book():
    """All that a payment leaves behind, without numbers and moments of writing."""
    references = dict(Payment.objects.values_list("pk", "reference"))
    entries = HistoryEntry.objects.filter(act="payment_recorded").order_by("object_id")
    changes = Change.objects.filter(resource="payments").order_by("object_id")
    place = ("community_code", "neighbourhood_code")
    return {
        "payments": list(
            Payment.objects.order_by("reference").values_list(
                "neighbourhood", "account", "household", "amount", "method", "reference", "paid_at", "booked_on",
                "bills", "note", "created_at", "by",
            )
        ),
        "allocations": sorted(
            (references[row.payment_id], row.bill_id, row.kind, row.amount, row.booked_on)
            for row in Allocation.objects.all()
        ),
        "bills": list(Bill.objects.order_by("pk").values_list("pk", "settled", "state")),
        "credit": list(FeeAccount.objects.order_by("pk").values_list("pk", "credit")),
        "tally": sorted(
            SettledTally.objects.values_list("neighbourhood", "kind", "starts_on", "ends_on", "day", "amount")
        ),
        "history": [
            (references[row.object_id], row.by_id, row.resource, row.details, *(getattr(row, name) for name in place))
            for row in entries
        ],
        "changes": [
            (references[row.object_id], row.action, row.fields, row.grid, *(getattr(row, name) for name in place))
            for row in changes
        ],
    }  # fmt: skip


def test_together_they_leave_what_they_leave_one_by_one(cast, paying, property_clerk):
    with transaction.atomic():
        for row in paying:
            record_payment(
                household=row.account.household,
                account=row.account,
                amount=row.amount,
                method=row.method,
                reference=row.reference,
                paid_at=row.at,
                by=property_clerk,
                at=row.at + ENTERED_AFTER,
            )
        one_by_one = book()
        transaction.set_rollback(True)
    assert not Payment.objects.exists()

    pay_together(cast.home, paying, property_clerk)

    assert book() == one_by_one
    assert len(one_by_one["payments"]) == len(one_by_one["history"]) == len(one_by_one["changes"]) == 4
    assert_book_holds()


def test_a_closed_month_takes_none_of_them(cast, paying, property_clerk):
    MonthClosing.objects.create(
        neighbourhood=cast.home, month=date(2026, 11, 1), totals={}, digest="0" * 64, closed_at=NOON
    )

    with pytest.raises(RuntimeError, match="closed"):
        pay_together(cast.home, paying, property_clerk)

    assert not Payment.objects.exists()
