"""The rows that walks ask for make a book in which every figure adds up, with a row in each of its tables."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db.models import F, Sum

from accounts.models import User
from governance.models import Allocation, Bill, BilledTally, FeeAccount, Payment, SettledTally, fees
from tests.cast import Cast
from tests.governance_rows.fees import keep_fees


def test_a_row_of_every_table_in_a_book_that_adds_up(
    cast: Cast, property_clerk: User, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path

    keep_fees(cast.home, cast.doors[0], property_clerk)

    empty = [name for name in fees.__all__ if not getattr(fees, name).objects.exists()]
    assert empty == []
    for bill in Bill.objects.annotate(allocated=Sum("allocations__amount", default=Decimal(0))):
        assert bill.settled == bill.allocated
    for account in FeeAccount.objects.annotate(paid=Sum("payments__amount", default=Decimal(0))):
        back = Payment.objects.filter(account=account, reversal__isnull=False).aggregate(s=Sum("amount"))["s"] or 0
        gone = Allocation.objects.filter(payment__account=account).aggregate(s=Sum("amount"))["s"] or 0
        assert account.credit == account.paid - back - gone
    live = Bill.objects.live()
    assert BilledTally.objects.aggregate(s=Sum("amount"))["s"] == live.aggregate(s=Sum("amount"))["s"]
    assert SettledTally.objects.aggregate(s=Sum("amount"))["s"] == live.aggregate(s=Sum(F("settled")))["s"]
