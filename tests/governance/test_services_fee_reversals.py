"""Payments are taken back whole, and credit is paid back: each once, and never what is not there."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from accounts.models import HistoryEntry
from governance.errors.fees import AlreadyReversed, MoreThanCredit, ReferenceReused, RefundedAlready
from governance.models import Allocation, FeeAccount, Payment, Refund, SettledTally
from governance.services.fees.refunds import refund_credit
from governance.services.fees.reversals import reverse_payment
from renovation.errors import ReasonNeeded
from renovation.models import Household
from tests.governance.payments_cast import JULY, NOON, D, a_bill, assert_book_holds, pay, standings

pytestmark = pytest.mark.django_db
TOMORROW = NOON + timedelta(days=1)


@pytest.fixture
def door(cast):
    return Household.objects.get(pk=cast.doors[0].pk)


def reverse(taken, reason="输错金额", **fields):
    return reverse_payment(payment=taken.payment, reason=reason, **{"by": None, "at": TOMORROW, **fields})


def refund(account, amount, reference="T1", **fields):
    values = {"method": "bank", "reason": "物业公司退出", "by": None, "at": TOMORROW}
    return refund_credit(account=account, amount=D(amount), reference=reference, **{**values, **fields})


def test_what_a_payment_settled_is_open_again_from_the_day_it_is_taken_back(door, property_clerk):
    july = a_bill(door)
    taken = pay(door, "130.00")

    reversal = reverse(taken, by=property_clerk)

    assert standings(july) == [("0.00", "open")]
    assert FeeAccount.objects.get().credit == 0
    assert dict(SettledTally.objects.values_list("day", "amount")) == {
        NOON.date(): D("100.00"),
        TOMORROW.date(): D("-100.00"),
    }
    assert_book_holds()
    entry = HistoryEntry.objects.get(act="payment_reversed")
    assert (entry.object_id, entry.by, entry.details["bills"]) == (reversal.pk, property_clerk, [july.pk])


def test_other_credit_settles_what_is_open_again(door):
    july = a_bill(door)
    wrong, right = pay(door, "100.00"), pay(door, "60.00")

    reverse(wrong)

    assert standings(july) == [("60.00", "open")]
    assert Allocation.objects.latest("pk").payment == right.payment
    assert dict(SettledTally.objects.values_list("day", "amount")) == {
        NOON.date(): D("100.00"),
        TOMORROW.date(): D("-40.00"),
    }
    assert_book_holds()


def test_money_keyed_anew_counts_from_the_reversal_so_that_no_day_counts_it_twice(door):
    july = a_bill(door)
    wrong = pay(door, "90.00", paid_at=NOON - timedelta(days=60))
    reverse(wrong)

    pay(door, "50.00", paid_at=NOON - timedelta(days=60), at=TOMORROW)

    assert standings(july) == [("50.00", "open")]
    assert dict(SettledTally.objects.values_list("day", "amount")) == {
        (NOON - timedelta(days=60)).date(): D("90.00"),
        TOMORROW.date(): D("-40.00"),
    }
    assert_book_holds()


def test_what_was_paid_ahead_and_taken_back_never_counts(door):
    january = a_bill(door, month=date(2027, 1, 1))
    taken = pay(door)

    reverse(taken)

    assert standings(january) == [("0.00", "open")]
    assert dict(SettledTally.objects.values_list("day", "amount")) == {date(2027, 1, 1): D(0)}
    assert_book_holds()


def test_a_payment_is_taken_back_once_and_with_a_reason(door):
    taken = pay(door)
    with pytest.raises(ReasonNeeded):
        reverse(taken, reason="  ")
    reverse(taken)

    with pytest.raises(AlreadyReversed):
        reverse(taken)
    with pytest.raises(ReferenceReused, match="“-2”"):
        pay(door, "99.00", reference=taken.payment.reference)

    assert_book_holds()


def test_credit_is_paid_back_from_the_oldest_money(door):
    first, second = pay(door, "50.00"), pay(door, "80.00")
    account = FeeAccount.objects.get()

    made = refund(account, "60.00", document="退费单3号")

    assert made.created
    assert list(Allocation.objects.order_by("pk").values_list("payment", "amount", "kind", "booked_on")) == [
        (first.payment.pk, D("50.00"), "refund", TOMORROW.date()),
        (second.payment.pk, D("10.00"), "refund", TOMORROW.date()),
    ]
    assert FeeAccount.objects.get().credit == D("70.00")
    assert_book_holds()
    with pytest.raises(RefundedAlready):
        reverse(second)


def test_no_more_is_paid_back_than_there_is(door):
    pay(door, "50.00")
    account = FeeAccount.objects.get()

    with pytest.raises(MoreThanCredit) as refused:
        refund(account, "50.01")
    with pytest.raises(ReasonNeeded):
        refund(account, "50.00", reason=" ")

    assert refused.value.extra == {"credit": "50.00"}
    assert not Refund.objects.exists()
    assert refund(account, "50.00").created


def test_a_refund_is_recorded_once_by_its_reference(door):
    pay(door, "50.00")
    account = FeeAccount.objects.get()
    first = refund(account, "20.00")

    again = refund(account, "20.00")

    assert (again.created, again.refund.pk) == (False, first.refund.pk)
    assert FeeAccount.objects.get().credit == D("30.00")
    with pytest.raises(ReferenceReused):
        refund(account, "20.01")


def test_money_once_recorded_is_never_edited(door):
    a_bill(door, month=JULY)
    taken = pay(door, "120.00")
    refund(FeeAccount.objects.get(), "20.00")

    for rows in (Payment.objects.filter(pk=taken.payment.pk), Allocation.objects.all(), Refund.objects.all()):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(amount=1)
        with pytest.raises(DatabaseError), transaction.atomic():
            rows._raw_delete(rows.db)
