"""A company leaves: its charges end with a month, and what was paid for later goes back."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import HistoryEntry
from governance.errors.fees import MonthClosed
from governance.models import Bill, FeeSchedule, MonthClosing
from governance.reports.fees.endings import beyond
from governance.services.fees.billing import keep_run, run_billing
from governance.services.fees.endings import end_charges
from governance.services.fees.payments import record_payment
from renovation.errors import ReasonNeeded
from renovation.models import Household
from tests.factories import make_ownership
from tests.governance.payments_cast import NOON, D, assert_book_holds

pytestmark = pytest.mark.django_db
MARCH = date(2026, 3, 31)


@pytest.fixture
def door(cast, property_clerk):
    """Billed for the whole of 2026 at 51.90 a month: 622.80."""
    FeeSchedule.objects.create(
        neighbourhood=cast.home,
        kind="property",
        basis="per_m2_month",
        unit_price=D("0.60"),
        valid_from=date(2026, 1, 1),
        document="合同1号",
    )
    for door in cast.doors:
        make_ownership(household=door)
    run = keep_run(neighbourhood=cast.home, kind="property", period="2026", mode="post", by=property_clerk)
    run_billing(run.pk, at=NOON)
    return Household.objects.get(pk=cast.doors[0].pk)


def pay_whole(door, amount="622.80"):
    record_payment(
        household=door, amount=D(amount), method="cash", reference=f"{door.pk}", paid_at=NOON, by=None, at=NOON
    )


def test_bills_end_with_the_last_month_and_what_was_paid_for_later_is_to_go_back(cast, door, property_clerk):
    pay_whole(door)
    pay_whole(Household.objects.get(pk=cast.doors[1].pk), "100.00")

    ended = end_charges(
        neighbourhood=cast.home, last_day=date(2026, 3, 5), reason="合同终止", by=property_clerk, at=NOON
    )

    assert (ended.voided, ended.issued, ended.to_refund) == (4, 4, D("467.10"))
    assert [account.household_id for account in ended.accounts] == [door.pk]
    live = Bill.objects.live().order_by("household")
    assert {(bill.starts_on, bill.ends_on, str(bill.amount)) for bill in live} == {
        (date(2026, 1, 1), MARCH, "155.70"),
    }
    assert [str(bill.settled) for bill in live] == ["155.70", "100.00", "0.00", "0.00"]
    assert FeeSchedule.objects.get().valid_to == MARCH
    assert_book_holds()
    assert HistoryEntry.objects.get(act="charges_ended").details["to_refund"] == "467.10"
    again = end_charges(neighbourhood=cast.home, last_day=MARCH, reason="合同终止", by=property_clerk, at=NOON)
    assert (again.voided, again.to_refund) == (0, D("467.10"))


def test_many_bills_are_done_in_parts_and_the_prices_end_with_the_last(cast, door, property_clerk):
    told = {"neighbourhood": cast.home, "last_day": MARCH, "reason": "合同终止", "by": property_clerk, "at": NOON}

    first, second = end_charges(**told, most=3), end_charges(**told, most=3)

    assert [(one.voided, one.left) for one in (first, second)] == [(3, 1), (1, 0)]
    assert FeeSchedule.objects.get().valid_to == MARCH


def test_a_company_that_never_had_a_month_leaves_no_bill(cast, door, property_clerk):
    ended = end_charges(
        neighbourhood=cast.home, last_day=date(2025, 12, 31), reason="合同终止", by=property_clerk, at=NOON
    )

    assert (ended.voided, ended.issued, Bill.objects.live().count()) == (4, 0, 0)
    assert FeeSchedule.objects.get().valid_to is None
    assert_book_holds()


def test_nothing_ends_without_a_reason_or_in_a_month_that_is_closed(cast, door, property_clerk):
    MonthClosing.objects.create(
        neighbourhood=cast.home, month=date(2026, 1, 1), totals={}, digest="0" * 64, closed_at=NOON
    )

    with pytest.raises(ReasonNeeded):
        end_charges(neighbourhood=cast.home, last_day=MARCH, reason=" ", by=property_clerk, at=NOON)
    with pytest.raises(MonthClosed):
        end_charges(neighbourhood=cast.home, last_day=MARCH, reason="合同终止", by=property_clerk, at=NOON)

    assert Bill.objects.live().count() == 4


def test_the_page_says_what_ends_before_it_ends_and_whom_to_pay_back(
    cast, door, property_clerk, committee_member, client
):
    pay_whole(door)
    page = reverse("fee_ending", args=[cast.home.pk])
    this_month = timezone.localdate().replace(day=1)
    client.force_login(property_clerk)

    shown = client.get(page, {"month": "2026-03"})
    assert shown.context["beyond"] == beyond(cast.home, MARCH)
    assert (shown.context["beyond"].bills, shown.context["beyond"].settled) == (4, D("622.80"))
    refused = client.post(page, {"month": f"{this_month:%Y-%m}", "reason": ""})
    done = client.post(page, {"month": f"{this_month:%Y-%m}", "reason": "合同终止"}, follow=True)

    assert (refused.status_code, done.status_code) == (400, 200)
    assert [account.household_id for account in done.context["accounts"]] == [door.pk]
    assert reverse("fee_refund", args=[cast.home.pk, done.context["accounts"][0].pk]) in done.content.decode()
    client.force_login(committee_member)
    assert client.get(page).status_code == 403
