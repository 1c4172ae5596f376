"""What a month is charged, who owes it, and what a bill of months amounts to."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.rules.fees.charges import (
    Agreement,
    Debtor,
    Holding,
    Price,
    Share,
    UnitMonth,
    bill_of,
    debtor_of_month,
    debtors_of,
    let_off_of_month,
    month_charge,
    price_of_month,
    price_text,
    quantity_of,
    round_fen,
)
from governance.rules.fees.periods import add_months, months_between

D = Decimal
OCTOBER, NOVEMBER, DECEMBER = date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)


def a_price(number=1, unit_price="0.60", since=date(2026, 1, 1), until=None, *only_for, basis="per_m2_month", **fields):
    return Price(number, basis, D(unit_price), since, until, frozenset(only_for), **fields)


# --- Prices ----------------------------------------------------------------------------------------


def test_a_price_that_names_the_use_goes_before_a_later_one_for_all():
    shops, all_units = a_price(1, "1.20", date(2020, 1, 1), None, "shop"), a_price(2, "0.60", date(2026, 1, 1))

    assert price_of_month([all_units, shops], "shop", OCTOBER) == shops
    assert price_of_month([all_units, shops], "residential", OCTOBER) == all_units


def test_of_two_for_all_the_one_in_force_since_the_later_day_prices_the_month():
    old, new = a_price(1, "0.40", date(2020, 1, 1)), a_price(2, "0.60", NOVEMBER)

    assert price_of_month([old, new], "residential", OCTOBER) == old
    assert price_of_month([old, new], "residential", NOVEMBER) == new


def test_a_price_counts_from_the_first_day_of_a_month_in_which_it_is_in_force():
    late, ends = a_price(since=date(2026, 11, 2)), a_price(until=OCTOBER)

    assert price_of_month([late], "residential", NOVEMBER) is None
    assert price_of_month([late], "residential", DECEMBER) == late
    assert price_of_month([ends], "residential", OCTOBER) == ends
    assert price_of_month([ends], "residential", NOVEMBER) is None


def test_a_price_by_the_hour_is_of_no_month():
    hourly, monthly = a_price(2, basis="per_hour"), a_price(1, "60", basis="per_space_month")

    assert price_of_month([hourly, monthly], "shared_land", OCTOBER) == monthly
    assert price_of_month([hourly], "shared_land", OCTOBER) is None


def test_a_unit_counts_by_its_area_or_as_one():
    assert quantity_of(a_price(), D("86.50")) == D("86.50")
    assert quantity_of(a_price(), None) is None
    assert quantity_of(a_price(basis="per_household_month"), None) == 1
    assert month_charge([a_price()], "shop", D("86.50"), OCTOBER) == D("51.90")
    assert month_charge([a_price()], "shop", None, OCTOBER) is None
    assert month_charge([], "shop", None, OCTOBER) == 0


@pytest.mark.parametrize(
    ("price", "text"), [("0.6", "0.60"), ("0.625", "0.6250"), ("0.6001", "0.6001"), ("30", "30.00")]
)
def test_a_price_is_written_with_two_places_or_four(price, text):
    assert price_text(D(price)) == text


# --- Who owes --------------------------------------------------------------------------------------


def test_the_named_voter_owes_and_without_one_the_first_owner():
    first, voter = Holding(1, 11, "person", False), Holding(2, 12, "person", True)

    assert debtor_of_month([first, voter], [], OCTOBER) == Debtor("owner", 12)
    assert debtor_of_month([Holding(3, 13, "person", False), first], [], OCTOBER) == Debtor("owner", 11)


def test_a_tenant_who_agreed_goes_before_the_owner_on_days_of_the_agreement():
    owner, agreed = Holding(1, 11, "person", True), Agreement(5, NOVEMBER, NOVEMBER)

    assert debtor_of_month([owner], [agreed], OCTOBER) == Debtor("owner", 11)
    assert debtor_of_month([owner], [agreed], NOVEMBER) == Debtor("tenant", liability=5)
    assert debtor_of_month([owner], [agreed], DECEMBER) == Debtor("owner", 11)


def test_what_is_unsold_is_the_developers_and_an_unknown_owner_still_owes():
    assert debtor_of_month([Holding(1, 11, "developer", True)], [], OCTOBER) == Debtor("developer", 11)
    assert debtor_of_month([], [], OCTOBER) == Debtor("owner")


def test_a_sale_within_a_month_leaves_that_month_with_the_seller():
    seller = Holding(1, 11, "person", True, None, date(2026, 11, 14))
    buyer = Holding(2, 12, "person", True, date(2026, 11, 15))

    spans = debtors_of([OCTOBER, NOVEMBER, DECEMBER], lambda first: debtor_of_month([seller, buyer], [], first))

    assert spans == [(Debtor("owner", 11), (OCTOBER, NOVEMBER)), (Debtor("owner", 12), (DECEMBER,))]


def test_who_owes_again_after_another_is_billed_apart():
    owner = Holding(1, 11, "person", True)

    spans = debtors_of(
        [OCTOBER, NOVEMBER, DECEMBER],
        lambda first: debtor_of_month([owner], [Agreement(5, NOVEMBER, NOVEMBER)], first),
    )

    assert [months for _who, months in spans] == [(OCTOBER,), (NOVEMBER,), (DECEMBER,)]


# --- Bills -----------------------------------------------------------------------------------------


def test_a_quarter_of_a_home_is_one_line():
    months = [UnitMonth(first, a_price(due_days=15), D("86.50")) for first in (OCTOBER, NOVEMBER, DECEMBER)]

    bill = bill_of(months)

    assert (bill.amount, bill.reduction) == (D("155.70"), D("0.00"))
    assert (bill.starts_on, bill.ends_on, bill.due_on) == (OCTOBER, date(2026, 12, 31), date(2027, 1, 15))
    assert bill.lines == [
        {
            "schedule": 1,
            "basis": "per_m2_month",
            "quantity": "86.50",
            "unit_price": "0.60",
            "months": 3,
            "from": "2026-10",
            "to": "2026-12",
            "amount": "155.70",
            "reduction": "0.00",
        }
    ]


def test_a_new_price_within_the_months_makes_a_line_of_its_own_and_so_does_the_old_one_after_it():
    old, new = a_price(1, "0.40"), a_price(2, "0.60")

    bill = bill_of([UnitMonth(OCTOBER, old, D(80)), UnitMonth(NOVEMBER, new, D(80)), UnitMonth(DECEMBER, old, D(80))])

    assert [(line["schedule"], line["months"], line["amount"]) for line in bill.lines] == [
        (1, 1, "32.00"),
        (2, 1, "48.00"),
        (1, 1, "32.00"),
    ]


def test_spaces_stand_by_number_before_passes_and_each_is_a_line():
    price = a_price(basis="per_space_month", unit_price="60")

    bill = bill_of(
        [
            UnitMonth(OCTOBER, price, D(1), parking_pass=7),
            UnitMonth(OCTOBER, price, D(1), space="A2"),
            UnitMonth(OCTOBER, price, D(1), space="A10"),
        ]
    )

    assert [(line.get("space"), line.get("pass")) for line in bill.lines] == [("A10", None), ("A2", None), (None, 7)]
    assert bill.amount == D("180.00")


def test_half_a_fen_goes_up_once_a_bill():
    half = a_price(unit_price="0.0050")

    assert bill_of([UnitMonth(OCTOBER, half, D(1))]).amount == D("0.01")
    two = bill_of([UnitMonth(OCTOBER, half, D(1)), UnitMonth(NOVEMBER, half, D("1.00"))])
    assert two.amount == D("0.01")


def test_lines_that_each_round_up_still_add_up_to_the_bill():
    price = a_price(basis="per_space_month", unit_price="0.0050")

    bill = bill_of([UnitMonth(OCTOBER, price, D(1), space=number) for number in ("A1", "A2", "A3")])

    assert bill.amount == D("0.02")
    assert [line["amount"] for line in bill.lines] == ["0.01", "0.00", "0.01"]


def test_of_nothing_there_is_no_bill_but_there_is_one_of_which_all_is_let_off():
    assert bill_of([]) is None
    assert bill_of([UnitMonth(OCTOBER, a_price(unit_price="0"), D(80))]) is None
    assert bill_of([UnitMonth(OCTOBER, a_price(unit_price="0.0001"), D(1))]) is None
    whole = bill_of([UnitMonth(OCTOBER, a_price(), D(80), D(1))])
    assert (whole.amount, whole.reduction) == (D("48.00"), D("48.00"))


def test_shares_of_a_month_add_up_to_the_whole_at_most():
    shares = [Share(D("0.4"), OCTOBER, NOVEMBER), Share(D("0.7"), NOVEMBER, NOVEMBER)]

    months = (OCTOBER, NOVEMBER, DECEMBER)
    assert [let_off_of_month(shares, first) for first in months] == [D("0.4"), D(1), D(0)]


# --- Laws ------------------------------------------------------------------------------------------

areas = st.decimals(D("0.01"), D("9999.99"), places=2)
unit_prices = st.decimals(D(0), D("99.9999"), places=4)
shares_let_off = st.decimals(D(0), D(1), places=3)


@st.composite
def months_of_units(draw):
    """Some spaces and a home, each over its own months, at a few prices."""
    prices = [a_price(number, "1") for number in range(3)]
    prices = [Price(one.schedule, one.basis, draw(unit_prices), one.valid_from) for one in prices]
    rows = []
    for space in draw(st.sets(st.sampled_from(["", "A1", "A2", "B1"]), min_size=1)):
        quantity = draw(areas)
        for first in sorted(draw(st.sets(st.integers(0, 11), min_size=1))):
            price = draw(st.sampled_from(prices))
            rows.append(UnitMonth(add_months(OCTOBER, first), price, quantity, draw(shares_let_off), space))
    return rows


@given(months_of_units(), st.randoms())
def test_a_bill_is_its_exact_sum_rounded_once_and_its_lines_add_up(rows, random):
    exact = sum(Fraction(row.quantity) * Fraction(row.price.unit_price) for row in rows)
    let_off = sum(Fraction(row.quantity) * Fraction(row.price.unit_price) * Fraction(row.let_off) for row in rows)

    bill = bill_of(rows)

    if bill is None:
        assert exact < Fraction(1, 200)
        return
    assert -Fraction(1, 200) < Fraction(bill.amount) - exact <= Fraction(1, 200)
    assert -Fraction(1, 200) < Fraction(bill.reduction) - let_off <= Fraction(1, 200)
    assert 0 <= bill.reduction <= bill.amount
    assert sum(D(line["amount"]) for line in bill.lines) == bill.amount
    assert sum(D(line["reduction"]) for line in bill.lines) == bill.reduction
    assert sum(line["months"] for line in bill.lines) == len(rows)
    for line in bill.lines:
        whole = D(line["quantity"]) * D(line["unit_price"]) * line["months"]
        assert abs(D(line["amount"]) - whole) < D("0.01")
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert bill_of(shuffled) == bill


@given(st.decimals(D(0), D(10**9), places=6))
def test_rounding_moves_by_half_a_fen_at_most_and_a_tie_goes_up(yuan):
    moved = round_fen(yuan) - yuan

    assert -D("0.005") < moved <= D("0.005")


@given(
    st.lists(st.tuples(st.booleans(), st.integers(-400, 400), st.integers(0, 400)), max_size=4),
    st.lists(st.tuples(st.integers(-400, 400), st.integers(0, 400)), max_size=3),
    st.integers(-12, 12),
)
def test_whoever_owes_a_month_held_the_home_or_had_agreed_on_its_first_day(holdings, agreements, month):
    first = add_months(OCTOBER, month)
    held = [Holding(n, n, "person", voter, _day(a), _day(a + b)) for n, (voter, a, b) in enumerate(holdings, 1)]
    agreed = [Agreement(n, _day(a), _day(a + b)) for n, (a, b) in enumerate(agreements, 1)]

    debtor = debtor_of_month(held, agreed, first)

    tenants = {one.id for one in agreed if one.starts_on <= first <= one.ends_on}
    owners = {one.owner for one in held if one.starts_on <= first <= one.ends_on}
    assert (debtor.kind == "tenant") == bool(tenants)
    if tenants:
        assert debtor.liability in tenants
    else:
        assert debtor.owner in owners if owners else debtor.owner is None
    assert months_between(first, first) == (first,)


def _day(number):
    return OCTOBER + timedelta(days=number)
