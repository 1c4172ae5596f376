from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.rules.fees.arrears import (
    AGES,
    NextStep,
    age_of,
    bar_in_sight,
    days_overdue,
    is_barred,
    late_charge,
    may_sue_from,
    next_step,
    open_steps,
    time_bar_on,
    years_later,
    yuan_days,
)

DUE = date(2026, 1, 31)
days = st.dates(date(2020, 1, 1), date(2032, 12, 31))
yuan = st.decimals("0.01", "5000", places=2)


def test_nothing_is_overdue_on_its_day():
    assert days_overdue(DUE, DUE) == 0
    assert age_of(0) is None
    assert days_overdue(DUE, date(2026, 2, 1)) == 1


@pytest.mark.parametrize(("past", "place"), [(1, 0), (30, 0), (31, 1), (90, 1), (91, 2), (181, 3), (365, 3), (366, 4)])
def test_each_day_has_one_age(past, place):
    assert age_of(past) == place


@given(st.integers(1, 20000))
def test_ages_leave_no_gap(past):
    first, last = AGES[age_of(past) or 0]

    assert first <= past <= (last or past)


def test_steps_come_one_after_the_other_and_may_be_taken_again():
    assert open_steps([]) == ("notice",)
    assert open_steps(["notice"]) == ("notice", "letter")
    assert open_steps(["letter", "notice"]) == ("notice", "letter", "visit")
    assert open_steps(["legal"]) == ("notice", "letter", "visit", "formal", "legal")


def test_the_next_step_waits_until_what_was_asked_for_has_had_its_time():
    assert next_step([], date(2026, 2, 1)) == NextStep("notice", date(2026, 2, 1))

    asked = [("notice", date(2026, 3, 1)), ("letter", date(2026, 3, 20)), ("notice", date(2026, 3, 25))]

    assert next_step(asked, date(2026, 2, 1)) == NextStep("visit", date(2026, 4, 9))
    assert next_step([("legal", date(2026, 3, 1))], date(2026, 2, 1)) is None


def test_a_promise_is_waited_for():
    visited = [("visit", date(2026, 3, 1))]

    assert next_step(visited, DUE, date(2026, 4, 30)) == NextStep("formal", date(2026, 5, 1))
    assert next_step(visited, DUE, date(2026, 3, 5)) == NextStep("formal", date(2026, 3, 16))


def test_a_court_is_asked_when_the_formal_demand_has_had_its_time():
    assert may_sue_from([("visit", DUE)]) is None
    assert may_sue_from([("formal", date(2026, 3, 1)), ("formal", date(2026, 3, 10))]) == date(2026, 3, 25)


def test_three_years_run_from_the_due_day():
    assert time_bar_on(DUE) == date(2029, 1, 31)
    assert time_bar_on(date(2024, 2, 29)) == date(2027, 2, 28)  # no such day: the last of the month
    assert not is_barred(date(2029, 1, 31), date(2029, 1, 31))
    assert is_barred(date(2029, 1, 31), date(2029, 2, 1))


def test_what_interrupts_them_begins_them_anew():
    assert time_bar_on(DUE, [date(2027, 5, 2)]) == date(2030, 5, 2)
    assert time_bar_on(DUE, [date(2030, 5, 1), date(2027, 5, 2)]) == date(2033, 5, 1)
    assert time_bar_on(DUE, [date(2029, 1, 31)]) == date(2032, 1, 31)  # on the last day


def test_what_comes_before_they_begin_or_after_they_end_interrupts_nothing():
    assert time_bar_on(DUE, [date(2026, 1, 1), DUE]) == date(2029, 1, 31)
    assert time_bar_on(DUE, [date(2029, 2, 1)]) == date(2029, 1, 31)


@given(days, st.lists(days, max_size=5))
def test_the_bar_is_that_of_an_unbroken_chain(due_on, interruptions):
    bar = time_bar_on(due_on, interruptions)

    links = {due_on, *(day for day in interruptions if due_on < day <= bar)}
    assert bar == max(years_later(day, 3) for day in links)
    assert not any(due_on < day <= bar and years_later(day, 3) > bar for day in interruptions)


def test_the_bar_is_in_sight_for_its_last_half_year():
    bar = date(2029, 1, 31)

    assert bar_in_sight(bar, bar)
    assert bar_in_sight(bar, bar - timedelta(days=180))
    assert not bar_in_sight(bar, bar - timedelta(days=181))
    assert not bar_in_sight(bar, bar + timedelta(days=1))


def test_a_late_charge_is_of_what_was_overdue_each_day():
    paid = [(DUE + timedelta(days=10), Decimal("40.00"))]

    overdue = yuan_days(Decimal("100.00"), paid, DUE, DUE + timedelta(days=30))

    assert overdue == 10 * 100 + 20 * 60
    assert late_charge(overdue, Fraction(3, 1000), Decimal("100.00")) == Decimal("6.60")


def test_nothing_is_late_on_the_due_day_and_what_was_paid_before_counts_from_it():
    assert yuan_days(Decimal(100), [], DUE, DUE) == 0
    assert yuan_days(Decimal(100), [(DUE - timedelta(days=9), Decimal(100))], DUE, DUE + timedelta(days=5)) == 0
    assert yuan_days(Decimal(100), [(DUE - timedelta(days=9), Decimal(100))], DUE, DUE - timedelta(days=5)) == 0


def test_a_payment_that_was_reversed_was_paid_meanwhile():
    moves = [(DUE + timedelta(days=5), Decimal(100)), (DUE + timedelta(days=20), Decimal(-100))]

    assert yuan_days(Decimal(100), moves, DUE, DUE + timedelta(days=30)) == 15 * 100


def test_late_charges_come_to_the_principal_at_most():
    assert late_charge(Decimal(100000), Fraction(3, 1000), Decimal("100.00")) == Decimal("100.00")
    assert late_charge(Decimal(100000), Fraction(3, 1000), Decimal("100.00"), Decimal("99.00")) == Decimal("1.00")
    assert late_charge(Decimal(0), Fraction(3, 1000), Decimal("100.00"), Decimal("5.00")) == 0


def test_half_a_fen_is_rounded_up():
    assert late_charge(Decimal(5), Fraction(1, 1000), Decimal(100)) == Decimal("0.01")


@given(yuan, st.lists(st.integers(1, 200), min_size=1, max_size=6), st.fractions(0, 1, max_denominator=10000))
def test_charged_in_parts_it_is_what_it_is_at_once(principal, steps, daily):
    charged, day = Decimal(0), DUE
    for step in steps:
        day += timedelta(days=step)
        charged += late_charge(yuan_days(principal, [], DUE, day), daily, principal, charged)

    assert charged == late_charge(yuan_days(principal, [], DUE, day), daily, principal)
    assert charged <= principal
