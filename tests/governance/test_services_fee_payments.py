"""A payment is taken once, settles what it names and then the oldest, and what is left is credit."""

import pytest

from tests.governance.payments_cast import D, JULY, NOON, a_bill, assert_book_holds, pay, standings

pytestmark = pytest.mark.django_db


@pytest.fixture
def door(cast):
    return cast.doors[0]


def test_a_payment_settles_the_oldest_bills_and_leaves_credit(door):
    july, august = a_bill(door), a_bill(door, month=JULY.replace(month=8))

    taken = pay(door, "150.00")

    assert taken.allocations == [(july.pk, D("100.00")), (august.pk, D("50.00"))]
    assert standings(july, august) == [("100.00", "settled"), ("50.00", "open")]
    assert_book_holds()
    assert pay(door, "70.00").credit == D("20.00")
    assert_book_holds()
    a_bill(door, "30", month=JULY.replace(month=9))
    assert_book_holds()
