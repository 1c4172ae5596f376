"""A payment is taken once, settles what it names and then the oldest, and what is left is credit."""

from datetime import date, timedelta

import pytest

from accounts.models import Change, HistoryEntry
from governance.errors.fees import (
    BillNotOpen,
    BillOfAnotherDebtor,
    PaidInTheFuture,
    PrepaymentTooLong,
    ReferenceReused,
)
from governance.models import Allocation, FeeAccount, FeeSchedule, MonthClosing, Payment, SettledTally
from governance.reports.fees.prepayment import monthly_charge
from governance.services.fees.accounts import current_account
from governance.services.fees.voiding import void_bill
from renovation.models import Household, ParkingSpace
from tests.factories import make_ownership
from tests.governance.payments_cast import JULY, NOON, D, a_bill, assert_book_holds, pay, standings

pytestmark = pytest.mark.django_db
AUGUST, DECEMBER = date(2026, 8, 1), date(2026, 12, 1)


@pytest.fixture
def door(cast):
    return Household.objects.get(pk=cast.doors[0].pk)


def a_schedule(place, unit_price="0.60", **fields):
    values = {"kind": "property", "basis": "per_m2_month", "valid_from": date(2026, 1, 1), "document": "合同1号"}
    return FeeSchedule.objects.create(neighbourhood=place, unit_price=D(unit_price), **{**values, **fields})


def close(place, month):
    MonthClosing.objects.create(neighbourhood=place, month=month, totals={}, digest="0" * 64, closed_at=NOON)


def test_a_payment_settles_the_oldest_bills_and_leaves_credit(door, property_clerk):
    july, august = a_bill(door), a_bill(door, month=AUGUST)

    first = pay(door, "150.00", by=property_clerk)

    assert (first.allocations, first.credit) == ([(july.pk, D("100.00")), (august.pk, D("50.00"))], D(0))
    assert standings(july, august) == [("100.00", "settled"), ("50.00", "open")]
    second = pay(door, "70.00")
    assert (second.allocations, second.credit) == ([(august.pk, D("50.00"))], D("20.00"))
    assert_book_holds()
    entry = HistoryEntry.objects.get(act="payment_recorded", object_id=first.payment.pk)
    assert (entry.by, entry.details["amount"], entry.details["bills"]) == (
        property_clerk,
        "150.00",
        [july.pk, august.pk],
    )
    assert Change.objects.filter(resource="payments", action="created").count() == 2


def test_what_is_named_is_settled_first(door):
    july, august = a_bill(door), a_bill(door, month=AUGUST)

    taken = pay(door, "130.00", bills=[august.pk])

    assert taken.allocations == [(august.pk, D("100.00")), (july.pk, D("30.00"))]
    assert taken.payment.bills == [august.pk]
    assert_book_holds()


def test_credit_settles_the_next_bill_and_counts_once_its_months_come(door):
    pay(door, "130.00")

    december = a_bill(door, month=DECEMBER)

    assert standings(december) == [("100.00", "settled")]
    assert FeeAccount.objects.get().credit == D("30.00")
    assert SettledTally.objects.get().day == DECEMBER
    assert Allocation.objects.get().kind == "credit"
    assert_book_holds()


def test_the_same_reference_again_is_the_first_payment_as_it_stands(door):
    july = a_bill(door)
    first = pay(door, "150.00", reference="420000123", method="wechat")

    again = pay(door, "150.00", reference=" 420000123 ", method="wechat")

    assert (again.payment.pk, again.created, first.created) == (first.payment.pk, False, True)
    assert (again.allocations, again.credit) == ([(july.pk, D("100.00"))], D("50.00"))
    assert Payment.objects.count() == 1
    assert pay(door, "150.00", reference="420000123", method="alipay").created


@pytest.mark.parametrize("other", [{"amount": "150.01"}, {"paid_at": NOON - timedelta(seconds=1)}, {"note": "x"}])
def test_the_same_reference_with_other_content_is_refused(door, other):
    pay(door, "150.00", reference="1")

    with pytest.raises(ReferenceReused):
        pay(door, **{"amount": "150.00", "reference": "1", **other})


def test_a_reference_of_another_household_is_refused(cast, door):
    pay(door, "150.00", reference="1")

    with pytest.raises(ReferenceReused):
        pay(cast.doors[1], "150.00", reference="1")


def test_arrears_stay_with_who_owned_and_the_buyer_starts_clean(door):
    make_ownership(household=door, starts_on=None, ends_on=date(2026, 9, 30))
    make_ownership(household=door, starts_on=date(2026, 10, 1))
    old, new = a_bill(door), a_bill(door, month=date(2026, 10, 1))

    of_today = pay(door, "160.00")

    assert old.account_id != new.account_id
    assert (of_today.allocations, of_today.credit) == ([(new.pk, D("100.00"))], D("60.00"))
    assert pay(door, "40.00", bills=[old.pk]).payment.account_id == old.account_id
    assert pay(door, "40.00", account=old.account).allocations == [(old.pk, D("40.00"))]
    assert_book_holds()
    with pytest.raises(BillOfAnotherDebtor):
        pay(door, bills=[old.pk, new.pk])
    with pytest.raises(BillOfAnotherDebtor):
        pay(door, bills=[old.pk], account=new.account)


def test_bills_and_debtors_of_other_households_are_refused(cast, door):
    others = a_bill(cast.doors[1])

    with pytest.raises(BillOfAnotherDebtor):
        pay(door, bills=[others.pk])
    with pytest.raises(BillOfAnotherDebtor):
        pay(door, bills=[10**12])
    with pytest.raises(BillOfAnotherDebtor):
        pay(door, account=others.account)
    assert not Payment.objects.exists()


def test_a_settled_bill_is_not_paid_again_by_name(door):
    july = a_bill(door)
    pay(door)

    with pytest.raises(BillNotOpen) as refused:
        pay(door, bills=[july.pk])

    assert refused.value.extra == {"bills": [july.pk]}
    assert Payment.objects.count() == 1


def test_clocks_may_differ_by_five_minutes_and_no_more(door):
    assert pay(door, paid_at=NOON + timedelta(minutes=5)).created
    with pytest.raises(PaidInTheFuture):
        pay(door, paid_at=NOON + timedelta(minutes=5, seconds=1))


def test_twelve_months_may_be_paid_ahead_beyond_what_is_due(cast, door):
    a_schedule(cast.home)  # 86.50 m2: 51.90 a month
    a_bill(door, "100.00")
    pay(door, "50.00")

    with pytest.raises(PrepaymentTooLong) as refused:
        pay(door, "672.81")

    assert refused.value.extra == {"most": "672.80"}
    assert pay(door, "672.80").credit == D("622.80")
    with pytest.raises(PrepaymentTooLong) as full:
        pay(door, "0.01")
    assert full.value.extra == {"most": "0.00"}
    assert pay(door, "0.01", enforce_prepayment=False).created
    assert_book_holds()


def test_what_a_month_costs_is_the_sum_of_what_the_household_is_charged(cast, door):
    a_schedule(cast.home)
    a_schedule(cast.home, "30", kind="parking", basis="per_space_month")
    a_schedule(cast.home, "0.05", kind="other", basis="per_m2_month", name="电梯", uses=["commercial"])
    a_schedule(cast.home, "5", kind="other", basis="per_household_month", name="垃圾")
    for number in ("A1", "A2"):
        ParkingSpace.objects.create(
            neighbourhood=cast.home, community_code=cast.home.community_code, number=number, household=door
        )

    assert monthly_charge(door, date(2026, 11, 24)) == D("51.90") + 60 + 5
    assert monthly_charge(door, date(2025, 11, 24)) is None
    door.gross_floor_area = None
    assert monthly_charge(door, date(2026, 11, 24)) is None


def test_money_of_a_closed_month_counts_from_the_first_open_day(cast, door):
    july = a_bill(door)
    close(cast.home, date(2026, 9, 1))
    close(cast.home, date(2026, 10, 1))

    taken = pay(door, "60.00", paid_at=NOON - timedelta(days=70))

    assert (taken.payment.booked_on, SettledTally.objects.get().day) == (date(2026, 11, 1), date(2026, 11, 1))
    assert standings(july) == [("60.00", "open")]


def test_money_from_before_the_first_closed_month_moves_no_closed_figure(cast, door):
    a_bill(door, month=date(2026, 10, 1))
    close(cast.home, date(2026, 10, 1))

    taken = pay(door, "60.00", paid_at=NOON - timedelta(days=70))

    assert (taken.payment.booked_on, SettledTally.objects.get().day) == (date(2026, 11, 1), date(2026, 11, 1))


def test_credit_of_a_closed_month_settles_a_bill_of_it_in_the_first_open_one(cast, door):
    october, november = a_bill(door, month=date(2026, 10, 1)), a_bill(door, month=date(2026, 11, 1))
    pay(door, paid_at=NOON - timedelta(days=40), bills=[november.pk])
    close(cast.home, date(2026, 10, 1))

    void_bill(bill=november, reason="错了", by=None, at=NOON)

    assert standings(october) == [("100.00", "settled")]
    assert dict(SettledTally.objects.filter(amount__gt=0).values_list("starts_on", "day")) == {
        date(2026, 10, 1): date(2026, 11, 1)
    }
    assert_book_holds()


def test_visitors_pay_without_a_household(cast):
    account = FeeAccount.objects.create(neighbourhood=cast.home, debtor_kind="visitor")
    stay = a_bill(None, "6.00", account=account, kind="parking")

    taken = pay(None, "6.00", account=account, bills=[stay.pk])

    assert (taken.payment.household, standings(stay)) == (None, [("6.00", "settled")])


def test_a_payment_costs_the_same_however_many_bills_it_settles(door, django_assert_max_num_queries):
    account = current_account(door, JULY)
    for month in range(1, 8):
        a_bill(door, "10.00", month=date(2026, month, 1))

    with django_assert_max_num_queries(22):
        pay(door, "70.00", account=account)


def test_a_receipt_bears_the_day_of_here(door):
    late = NOON.replace(hour=0, minute=30)

    assert pay(door, paid_at=late, at=late).payment.receipt_number.startswith("20261124-")
    assert Payment.objects.get().receipt_number.startswith("20261124-")
