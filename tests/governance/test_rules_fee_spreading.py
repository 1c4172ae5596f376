"""Where a sum of money goes: what is named first, then the oldest, and never more than is owed."""

from datetime import date
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from governance.rules.fees.spreading import OpenBill, most_ahead, spread

D = Decimal


def bill(number, outstanding, month=1, due=28):
    return OpenBill(number, date(2026, month, 1), date(2026, month, due), D(outstanding))


def parts(moved):
    return [(one.id, str(part)) for one, part in moved]


def test_the_oldest_is_settled_first_and_the_next_as_far_as_it_goes():
    bills = [bill(1, "30.00", month=3), bill(2, "20.00", month=1), bill(3, "9.99", month=2)]

    assert parts(spread(D("29.98"), bills)) == [(2, "20.00"), (3, "9.98")]


def test_of_the_same_month_the_one_due_first_then_the_lower_number():
    bills = [bill(3, "1.00"), bill(2, "1.00"), bill(9, "1.00", due=15)]

    assert parts(spread(D("3.00"), bills)) == [(9, "1.00"), (2, "1.00"), (3, "1.00")]


def test_what_is_named_goes_before_the_oldest_and_of_it_the_oldest_first():
    bills = [bill(1, "5.00", month=1), bill(2, "5.00", month=2), bill(3, "5.00", month=3)]

    assert parts(spread(D("12.00"), bills, named=[3, 2])) == [(2, "5.00"), (3, "5.00"), (1, "2.00")]


def test_a_fen_settles_a_bill_of_a_fen_and_no_other():
    assert parts(spread(D("0.01"), [bill(1, "0.01"), bill(2, "0.01")])) == [(1, "0.01")]


def test_what_a_month_costs_is_paid_ahead_twelve_times_at_most():
    assert most_ahead(D("51.90")) == D("622.80")
    assert most_ahead(None) is None


fen = st.integers(1, 5000).map(lambda number: D(number) / 100)
some_bills = st.lists(st.tuples(fen, st.integers(1, 12), st.integers(1, 28)), max_size=8).map(
    lambda rows: [bill(number, *row) for number, row in enumerate(rows, 1)]
)


@given(amount=fen, bills=some_bills, named=st.sets(st.integers(1, 8)))
def test_money_is_neither_made_nor_lost(amount, bills, named):
    moved = spread(amount, bills, named)

    went = sum((part for _bill, part in moved), D(0))
    assert went == min(amount, sum((one.outstanding for one in bills), D(0)))
    assert all(0 < part <= one.outstanding for one, part in moved)
    assert all(part == one.outstanding for one, part in moved[:-1])


@given(amount=fen, bills=some_bills, named=st.sets(st.integers(1, 8)))
def test_nothing_is_begun_before_what_goes_before_it_is_whole(amount, bills, named):
    paid = {one.id: part for one, part in spread(amount, bills, named)}

    order = sorted(bills, key=lambda one: (one.id not in named, one.starts_on, one.due_on, one.id))
    for earlier, later in pairwise(order):
        assert later.id not in paid or paid[earlier.id] == earlier.outstanding
