"""What only real connections show of billing: a run twice at once, two runs, and money that comes in meanwhile."""

import threading
import time
from datetime import date, datetime
from typing import Any

import pytest
from django.utils import timezone

from accounts.choices import Role
from governance.errors.fees import MonthClosed
from governance.models import Bill, BillingRun, FeeSchedule
from governance.services.fees.billing import keep_run, run_billing
from governance.services.fees.closing import close_month
from governance.services.fees.posting import stage_bills
from governance.services.fees.voiding import reissue_bill, void_bill
from renovation.models import Household
from tests.factories import make_household, make_ownership, make_user
from tests.governance.payments_cast import assert_book_holds, pay
from tests.governance.test_fee_payments_at_once import at_once, kinds_of

pytestmark = pytest.mark.django_db(transaction=True)
OCTOBER = date(2026, 10, 1)
LATER = timezone.make_aware(datetime.fromisoformat("2026-12-01T12:00"))


def priced_doors(count: int) -> tuple[list[Household], Any]:
    """Doors of one neighbourhood that pay 50 a month, and its clerk."""
    first = make_household()
    doors = [first, *(make_household(stairwell=first.stairwell) for _ in range(count - 1))]
    for door in doors:
        make_ownership(household=door)
    FeeSchedule.objects.create(
        neighbourhood=first.neighbourhood,
        kind="property",
        basis="per_household_month",
        unit_price=50,
        valid_from=date(2026, 1, 1),
        document="HT-1",
    )
    return doors, make_user(Role.PROPERTY_CLERK, first.neighbourhood.code)


def a_run(doors: list[Household], by: Any, period: str = "2026-10") -> BillingRun:
    return keep_run(neighbourhood=doors[0].neighbourhood, kind="property", period=period, mode="post", by=by)


def test_the_same_run_twice_and_another_for_the_same_month_bill_once():
    doors, clerk = priced_doors(3)
    first, second = a_run(doors, clerk), a_run(doors, clerk)

    results = at_once(*[lambda run=run: run_billing(run.pk) for run in (first, first, second)])

    assert results == [None, None, None]
    runs = BillingRun.objects.order_by("bill_count").values_list("status", "bill_count", "already_billed")
    assert list(runs) == [("done", 0, 3), ("done", 3, 0)]
    assert Bill.objects.count() == 3
    assert_book_holds()


def test_money_that_comes_in_while_bills_are_posted_settles_them():
    doors, clerk = priced_doors(3)
    runs = [a_run(doors, clerk), a_run(doors, clerk, "2026-11")]

    at_once(
        *[lambda run=run: run_billing(run.pk) for run in runs],
        *[lambda door=door: pay(door, "70.00") for door in doors],
    )

    assert Bill.objects.filter(state="settled").count() == 3
    assert sum(bill.settled for bill in Bill.objects.all()) == 210
    assert_book_holds()


def test_a_bill_is_void_or_issued_anew_once_by_two_at_once_and_money_follows():
    doors, clerk = priced_doors(1)
    run_billing(a_run(doors, clerk).pk)
    bill = Bill.objects.get()

    results = at_once(
        lambda: reissue_bill(bill=bill, reason="有误", by=clerk),
        lambda: void_bill(bill=bill, reason="有误", by=clerk),
        lambda: pay(doors[0], "50.00", enforce_prepayment=False),
    )

    assert "BillVoid" in kinds_of(results)
    assert Bill.objects.filter(pk=bill.pk, state="void").exists()
    assert_book_holds()


def test_nothing_is_posted_in_a_month_that_is_closed_at_the_same_moment():
    doors, clerk = priced_doors(2)
    run_billing(a_run(doors, clerk, "2026-09").pk)
    close_month(neighbourhood=doors[0].neighbourhood, month=date(2026, 9, 1), by=clerk, at=LATER)
    run = a_run(doors, clerk)

    closing, _done = at_once(
        lambda: close_month(neighbourhood=doors[0].neighbourhood, month=OCTOBER, by=clerk, at=LATER),
        lambda: run_billing(run.pk),
    )

    run.refresh_from_db()
    posted = Bill.objects.filter(starts_on=OCTOBER).count()
    assert not isinstance(closing, MonthClosed)
    assert (run.status, posted) in {("done", 2), ("failed", 0)}
    assert closing.totals["bills"].get("property", {}).get("count", 0) == posted


def test_a_bill_issued_anew_and_the_first_money_of_its_new_debtor_never_wait_for_each_other(monkeypatch: Any):
    """Both open the account of the buyer."""
    (door,), clerk = priced_doors(1)
    run_billing(a_run([door], clerk).pk)
    bill = Bill.objects.get()
    door.ownerships.update(ends_on=date(2026, 9, 30))
    make_ownership(household=door, starts_on=OCTOBER)
    held = threading.Event()

    def stage_later(*places: Any, **asked: Any) -> Any:
        held.set()
        time.sleep(0.3)  # the other one has gone as far as it can
        return stage_bills(*places, **asked)

    monkeypatch.setattr("governance.services.fees.voiding.stage_bills", stage_later)

    def pay_first() -> Any:
        held.wait(10)
        return pay(door, "50.00", paid_at=LATER, at=LATER)

    results = at_once(lambda: reissue_bill(bill=bill, reason="x", by=clerk, at=LATER), pay_first)

    assert kinds_of(results) == ["Recorded", "list"]
    assert list(Bill.objects.order_by("pk").values_list("state", flat=True)) == ["void", "settled"]
    assert_book_holds()
