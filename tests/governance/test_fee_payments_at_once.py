"""What only real connections show: two clerks at one account, one reference by two at once, a bill posted meanwhile."""

import threading
import time

import pytest
from django.db import connection

from governance.errors.fees import AlreadyReversed, MoreThanCredit
from governance.models import Allocation, FeeAccount, Payment
from governance.services.fees.credit import apply_credit_to
from governance.services.fees.refunds import refund_credit
from governance.services.fees.reversals import reverse_payment
from governance.services.fees.voiding import void_bill
from tests.factories import make_household, make_ownership
from tests.governance.payments_cast import JULY, NOON, D, a_bill, assert_book_holds, pay, standings

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*works):
    """Run each on a connection of its own, all let go together; what each gave or raised."""
    gate, results = threading.Barrier(len(works)), [None] * len(works)

    def run(number, work):
        try:
            gate.wait(10)
            results[number] = work()
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def kinds_of(results):
    return sorted(type(result).__name__ for result in results)


def test_clerks_at_once_neither_lose_money_nor_record_it_twice():
    door = make_household()
    make_ownership(household=door)
    july = a_bill(door)

    taken = at_once(
        *[lambda: pay(door, "60.00", reference="same") for _ in range(2)],
        *[lambda: pay(door, "60.00") for _ in range(2)],
        lambda: a_bill(door, "50.00", month=july.starts_on.replace(month=8)),
    )

    assert kinds_of(taken) == ["Bill", "Recorded", "Recorded", "Recorded", "Recorded"]
    assert Payment.objects.count() == 3
    assert [one.created for one in taken[:2]].count(True) == 1
    assert standings(july) == [("100.00", "settled")]
    assert FeeAccount.objects.get().credit == D("30.00")
    assert_book_holds()


def test_a_payment_is_reversed_and_credit_paid_back_once_by_two_at_once():
    door = make_household()
    make_ownership(household=door)
    july = a_bill(door)
    taken = pay(door, "100.00")
    back = {"reason": "x", "by": None, "at": NOON}

    results = at_once(*[lambda: reverse_payment(payment=taken.payment, **back) for _ in range(2)])

    assert [type(one) for one in results].count(AlreadyReversed) == 1
    assert Allocation.objects.filter(bill=july, amount__lt=0).count() == 1
    pay(door, "130.00")
    account = FeeAccount.objects.get()
    refunds = at_once(
        *[
            lambda number=number: refund_credit(
                account=account, amount=D("30.00"), method="cash", reference=str(number), **back
            )
            for number in range(2)
        ]
    )
    assert kinds_of(refunds) == [MoreThanCredit.__name__, "Refunded"]
    assert_book_holds()


def test_a_bill_made_void_and_money_for_the_same_months_never_wait_for_each_other(monkeypatch):
    """The void frees a later month and then settles an earlier one; the payment takes them the other way round."""
    door = make_household()
    doors = [door, make_household(stairwell=door.stairwell)]
    bills = {}
    for one in doors:
        make_ownership(household=one)
        bills[one] = [a_bill(one), a_bill(one, month=JULY.replace(month=8))]
    august = bills[door][1]
    pay(door, bills=[august.pk])
    freed = threading.Event()

    def apply_later(accounts, at):
        freed.set()
        time.sleep(0.3)  # the other one has gone as far as it can
        return apply_credit_to(accounts, at)

    monkeypatch.setattr("governance.services.fees.voiding.apply_credit_to", apply_later)

    def pay_both():
        freed.wait(10)
        return pay(doors[1], "200.00")

    results = at_once(lambda: void_bill(bill=august, reason="x", by=None, at=NOON), pay_both)

    assert kinds_of(results) == ["Bill", "Recorded"]
    assert standings(bills[door][0], *bills[doors[1]]) == [("100.00", "settled")] * 3
    assert_book_holds()
