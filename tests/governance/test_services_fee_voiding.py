"""Bills that are void or issued anew, and months that are closed."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import HistoryEntry, User
from governance.errors.fees import (
    BillVoid,
    ClosedOutOfOrder,
    MonthClosed,
    MonthNotClosed,
    MonthNotOver,
    NotFromTheRoll,
    NothingToIssue,
)
from governance.models import Bill, BilledTally
from governance.reports.fees.bills import bill_lines
from governance.reports.fees.closings import control_totals, totals_digest
from governance.services.fees.closing import close_month, reopen_month
from governance.services.fees.digests import bill_digest
from governance.services.fees.refunds import refund_credit
from governance.services.fees.reversals import reverse_payment
from governance.services.fees.voiding import reissue_bill, void_bill
from renovation.errors import ReasonNeeded
from renovation.models import Household
from tests.cast import Cast
from tests.factories import make_ownership
from tests.governance.payments_cast import JULY, a_bill, assert_book_holds, pay, standings
from tests.governance.test_services_fee_billing import a_run, a_schedule

pytestmark = pytest.mark.django_db
D = Decimal
NOON = timezone.make_aware(datetime.fromisoformat("2026-11-24T12:00"))
AUGUST, SEPTEMBER = date(2026, 8, 1), date(2026, 9, 1)


@pytest.fixture
def door(cast: Cast) -> Household:
    """A door with an owner."""
    make_ownership(household=cast.doors[0])
    return Household.objects.get(pk=cast.doors[0].pk)


# --- Void ----------------------------------------------------------------------------------------------------------


def test_what_settled_a_void_bill_settles_the_next_ones_and_stays_credit(door: Household, property_clerk: User):
    july, august = a_bill(door, "100", JULY), a_bill(door, "60", AUGUST)
    pay(door, "110")

    voided = void_bill(bill=july, reason=" 面积有误 ", by=property_clerk, at=NOON)

    assert standings(july, august) == [("0.00", "void"), ("60.00", "settled")]
    assert (voided.void_reason, voided.voided_by, voided.voided_at, voided.version) == (
        "面积有误",
        property_clerk,
        NOON,
        3,
    )
    voided.account.refresh_from_db()
    assert voided.account.credit == D(50)
    assert not BilledTally.objects.filter(starts_on=JULY, bill_count__gt=0).exists()
    assert HistoryEntry.objects.get(resource="bills", act="bill_voided").details["freed"] == "100.00"
    assert_book_holds()


def test_a_void_bill_takes_its_late_charge_along(door: Household, property_clerk: User):
    july = a_bill(door, "100", JULY)
    late = a_bill(door, "3", AUGUST, kind="other", charge="late", late_for=july)

    void_bill(bill=july, reason="重复", by=property_clerk)

    assert standings(july, late) == [("0.00", "void"), ("0.00", "void")]
    assert_book_holds()


def test_the_money_of_a_reversed_payment_does_not_come_back_from_a_void_bill(door: Household, property_clerk: User):
    july = a_bill(door, "100", JULY)
    reverse_payment(payment=pay(door, "100").payment, reason="输错", by=property_clerk, at=NOON)
    pay(door, "30")

    void_bill(bill=july, reason="重复", by=property_clerk, at=NOON)

    july.account.refresh_from_db()
    assert july.account.credit == D(30)
    assert_book_holds()


def test_a_bill_is_void_once_on_a_reason_and_in_an_open_month(cast: Cast, door: Household, property_clerk: User):
    july, august = a_bill(door, "100", JULY), a_bill(door, "60", AUGUST)
    with pytest.raises(ReasonNeeded):
        void_bill(bill=july, reason=" ", by=property_clerk)
    void_bill(bill=july, reason="重复", by=property_clerk)
    with pytest.raises(BillVoid):
        void_bill(bill=july, reason="重复", by=property_clerk)
    close_month(neighbourhood=cast.home, month=AUGUST, by=property_clerk, at=NOON)
    for act in (void_bill, reissue_bill):
        with pytest.raises(MonthClosed):
            act(bill=august, reason="重复", by=property_clerk)


# --- Issued anew ---------------------------------------------------------------------------------------------------


def test_issued_anew_a_bill_follows_the_roll_of_today_and_the_money_follows_it(
    cast: Cast, door: Household, property_clerk: User
):
    a_schedule(cast)
    a_run(cast, property_clerk, period="2026-Q3")
    bill = Bill.objects.get(household=door)
    pay(door, "155.70")
    Household.objects.filter(pk=door.pk).update(gross_floor_area="80")
    seller = door.ownerships.get()
    seller.ends_on = date(2026, 8, 31)
    seller.save()
    make_ownership(household=door, starts_on=SEPTEMBER)

    first, second = reissue_bill(bill=bill, reason="面积有误", by=property_clerk, at=NOON)

    bill.refresh_from_db()
    assert (bill.state, bill.replaced_by, second.replaces) == ("void", first, None)
    assert (first.amount, first.ends_on, first.state, first.account) == (
        D("96.00"),
        date(2026, 8, 31),
        "settled",
        bill.account,
    )
    assert (second.amount, second.starts_on, second.state, second.period) == (D("48.00"), SEPTEMBER, "open", "2026-Q3")
    bill.account.refresh_from_db()
    assert bill.account.credit == D("59.70")  # what the seller paid stays the seller's
    entry = HistoryEntry.objects.get(resource="bills", act="bill_issued_anew", object_id=first.pk)
    assert entry.details["sha256"] == bill_digest(first.pk)
    assert (first.run, second.run) == (None, None)
    assert_book_holds()


def test_issued_anew_up_to_a_month_it_ends_there_or_is_only_void(cast: Cast, door: Household, property_clerk: User):
    a_schedule(cast)
    a_run(cast, property_clerk, period="2026-Q4")
    one, other = Bill.objects.filter(household__in=cast.doors[:2]).order_by("household")

    (shorter,) = reissue_bill(bill=one, reason="合同终止", by=property_clerk, until=date(2026, 11, 10))
    nothing = reissue_bill(bill=other, reason="合同终止", by=property_clerk, until=SEPTEMBER)

    assert (shorter.starts_on, shorter.ends_on, shorter.amount) == (date(2026, 10, 1), date(2026, 11, 30), D("103.80"))
    assert nothing == []
    assert_book_holds()


def test_what_is_not_of_the_roll_or_has_no_price_any_more_is_not_issued_anew(
    cast: Cast, door: Household, property_clerk: User
):
    bill = a_bill(door, "100", JULY)
    late = a_bill(door, "3", AUGUST, kind="other", charge="late", late_for=bill)
    with pytest.raises(NotFromTheRoll):
        reissue_bill(bill=late, reason="有误", by=property_clerk)
    with pytest.raises(NothingToIssue) as refusal:
        reissue_bill(bill=bill, reason="有误", by=property_clerk)
    assert refusal.value.extra == {"codes": ["no_price"]}
    assert standings(bill) == [("0.00", "open")]


# --- Months --------------------------------------------------------------------------------------------------------


def test_a_closed_month_keeps_its_control_figures_whatever_comes_later(
    cast: Cast, door: Household, property_clerk: User
):
    a_bill(door, "100", JULY, reduction="20")
    paid = pay(door, "130", paid_at=timezone.make_aware(datetime.fromisoformat("2026-07-20T09:00"))).payment
    refund_credit(
        account=paid.account,
        amount=D(10),
        method="bank",
        reference="T1",
        reason="多缴",
        document="",
        by=property_clerk,
        at=timezone.make_aware(datetime.fromisoformat("2026-07-25T09:00")),
    )

    closing = close_month(neighbourhood=cast.home, month=JULY, by=property_clerk, at=NOON)

    assert closing.totals == {
        "bills": {"property": {"count": 1, "amount": "100.00", "reduction": "20.00"}},
        "payments": {"cash": {"count": 1, "amount": "130.00"}},
        "reversals": {},
        "refunds": {"bank": {"count": 1, "amount": "10.00"}},
    }
    a_bill(door, "60", AUGUST)
    late = pay(door, "10", paid_at=timezone.make_aware(datetime.fromisoformat("2026-07-31T09:00"))).payment
    reverse_payment(payment=late, reason="输错", by=property_clerk, at=NOON)
    assert late.booked_on == AUGUST
    totals = control_totals(cast.home.pk, JULY)
    assert (totals, totals_digest(totals)) == (closing.totals, closing.digest)


def test_months_are_closed_after_their_last_day_one_after_the_other(cast: Cast, door: Household, property_clerk: User):
    a_bill(door, "100", JULY)
    last_day_of_july = timezone.make_aware(datetime.fromisoformat("2026-07-31T23:59"))
    values = {"neighbourhood": cast.home, "by": property_clerk}
    with pytest.raises(MonthNotOver):
        close_month(month=JULY, at=last_day_of_july, **values)
    for month in (AUGUST, date(2026, 6, 1)):
        with pytest.raises(ClosedOutOfOrder) as refusal:
            close_month(month=month, at=NOON, **values)
        assert refusal.value.extra == {"next": "2026-07"}
    close_month(month=JULY, at=NOON, **values)
    with pytest.raises(MonthClosed):
        close_month(month=JULY, at=NOON, **values)
    assert close_month(month=AUGUST, at=NOON, **values).totals["bills"] == {}


def test_months_are_opened_again_from_the_last_on_a_reason(cast: Cast, door: Household, property_clerk: User):
    a_bill(door, "100", JULY)
    values = {"neighbourhood": cast.home, "by": property_clerk, "at": NOON}
    july, august = close_month(month=JULY, **values), close_month(month=AUGUST, **values)
    with pytest.raises(ReasonNeeded):
        reopen_month(closing=august, reason="", by=property_clerk)
    with pytest.raises(ClosedOutOfOrder):
        reopen_month(closing=july, reason="漏单", by=property_clerk)

    opened = reopen_month(closing=august, reason="漏单", by=property_clerk, at=NOON)
    with pytest.raises(MonthNotClosed):
        reopen_month(closing=august, reason="漏单", by=property_clerk)
    again = close_month(month=AUGUST, **values)

    assert (opened.reopened_by, opened.reopen_reason, again.pk != august.pk) == (property_clerk, "漏单", True)


# --- Words ---------------------------------------------------------------------------------------------------------


def test_the_lines_of_a_bill_say_what_they_are_for():
    line = {"quantity": "1", "unit_price": "50.00", "months": 3, "from": "2026-10", "to": "2026-12"}
    line |= {"amount": "150.00", "reduction": "0.00"}
    of_home = {**line, "basis": "per_m2_month", "quantity": "86.50"}
    parking = [
        {**line, "basis": "per_space_month", "space": "A12"},
        {**line, "basis": "per_space_month", "pass": 7},
        {**line, "basis": "per_hour", "day": "2026-11-28"},
    ]

    told = [
        *bill_lines(Bill(kind="property", lines=[of_home])),
        *bill_lines(Bill(kind="other", charge="电梯费", lines=[{**of_home, "basis": "per_household_month"}])),
        *bill_lines(Bill(kind="parking", charge="planned", lines=parking)),
        *bill_lines(Bill(kind="other", charge="late", lines=[{**line, "basis": "late_charge"}], ends_on=AUGUST)),
    ]

    assert [(one.unit, "A12" in one.text, "电梯费" in one.text, one.amount) for one in told] == [
        (told[0].unit, False, False, D(150)),
        (told[1].unit, False, True, D(150)),
        (told[2].unit, True, False, D(150)),
        (told[2].unit, False, False, D(150)),
        (told[4].unit, False, False, D(150)),
        (told[5].unit, False, False, D(150)),
    ]
    assert len({one.text for one in told}) == 6
