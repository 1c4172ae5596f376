"""What the dashboard decides, over plain values."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from overview.rules.dashboard import (
    PHASE_OF,
    PHASES,
    Standing,
    closest_first,
    ends_of_weeks,
    is_idle,
    is_small,
    last_friday,
    most_common,
    rate_of,
    support_fell,
    try_share,
)
from renovation.choices import Stage

SHARES = st.integers(1, 10_000).map(lambda number: Decimal(number) / 10_000)
MONDAY = date(2026, 11, 23)


def standing(supports: int, denominator: int, share: str = "0.95", place: int = 1) -> Standing:
    return Standing(place, denominator, denominator, supports, Decimal(share))


@st.composite
def standings(draw: st.DrawFn) -> list[Standing]:
    found = []
    for place in range(draw(st.integers(0, 8))):
        roll = draw(st.integers(0, 400))
        denominator = draw(st.integers(0, roll))
        found.append(Standing(place, roll, denominator, draw(st.integers(0, denominator)), draw(SHARES)))
    return found


def test_a_rate_is_cut_towards_the_mark_and_of_nothing_there_is_none() -> None:
    assert rate_of(9496, 10_000) == Decimal("0.9496")
    assert rate_of(94_999, 100_000) == Decimal("0.9499")
    assert rate_of(2, 3) == Decimal("0.6666")
    assert rate_of(0, 0) is None


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_no_rate_reads_more_than_it_is(part: int, whole: int) -> None:
    rate = rate_of(part, whole)

    assert rate is not None
    assert 0 <= Fraction(part, whole) - Fraction(rate) < Fraction(1, 10_000)


def test_missing_doors_are_exact_at_the_mark() -> None:
    assert [standing(supports, 400).missing for supports in (376, 379, 380, 400)] == [4, 1, 0, 0]
    assert standing(0, 0).missing == 1


@given(standings())
def test_the_closest_stand_first_and_those_that_pass_or_are_small_in_no_place(found: list[Standing]) -> None:
    shown = closest_first(found)

    assert [one.missing for one in shown] == sorted(one.missing for one in shown)
    assert {one.place for one in shown} == {
        one.place
        for one in found
        if not 0 < one.roll < 5
        and (one.denominator == 0 or Fraction(one.supports, one.denominator) < Fraction(one.pass_share))
    }


@given(standings(), SHARES, SHARES)
def test_a_lower_share_never_takes_more_doors_and_its_own_turns_nothing(
    found: list[Standing], one: Decimal, other: Decimal
) -> None:
    low, high = sorted((one, other))

    at_low = {tried.standing.place: tried.missing_then for tried in try_share(found, low)}
    at_high = {tried.standing.place: tried.missing_then for tried in try_share(found, high)}

    assert all(at_low[place] <= at_high[place] for place in at_low)
    assert not any(tried.turns for own in found for tried in try_share([own], own.pass_share))


def test_a_share_that_is_tried_turns_exactly_those_between() -> None:
    found = [standing(376, 400, place=1), standing(380, 400, place=2), standing(300, 400, place=3)]

    tried = {
        one.standing.place: (one.missing_now, one.missing_then, one.turns) for one in try_share(found, Decimal("0.94"))
    }

    assert tried == {1: (4, 0, True), 2: (0, 0, False), 3: (80, 76, False)}


def test_support_falls_only_after_a_survey_that_passed_and_before_works() -> None:
    fallen = standing(379, 400)

    assert support_fell("designed", "passed", fallen)
    assert not support_fell("designed", "passed", standing(380, 400))
    assert not support_fell("under_works", "passed", fallen)
    assert not support_fell("consenting", "open", fallen)
    assert not support_fell("designed", "passed", standing(3, 4))


def test_four_households_are_too_few_and_none_give_nobody_away() -> None:
    assert [is_small(number) for number in (0, 1, 4, 5)] == [False, True, True, False]


def test_the_friday_before_is_never_today() -> None:
    assert last_friday(MONDAY) == date(2026, 11, 20)
    assert last_friday(date(2026, 11, 28)) == date(2026, 11, 27)
    assert last_friday(date(2026, 11, 27)) == date(2026, 11, 20)


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_weeks_end_on_sundays_and_with_the_day_itself(day: date) -> None:
    *sundays, last = ends_of_weeks(day)

    assert last == day
    assert [sunday.weekday() for sunday in sundays] == [6] * 12
    assert 1 <= (day - sundays[-1]).days <= 7
    assert last_friday(day).weekday() == 4
    assert 1 <= (day - last_friday(day)).days <= 7


def test_a_survey_is_idle_after_three_weeks() -> None:
    assert not is_idle(MONDAY - timedelta(days=20), MONDAY)
    assert is_idle(MONDAY - timedelta(days=21), MONDAY)


def test_every_stage_belongs_to_one_phase() -> None:
    assert sorted(PHASE_OF) == sorted(Stage.values)
    assert sum(len(stages) for stages in PHASES.values()) == len(Stage.values)


def test_of_equally_many_the_later_phase_is_named() -> None:
    assert most_common([("mobilise", 2), ("consent", 3), ("plan", 3), ("run", 0)]) == "plan"
    assert most_common([("mobilise", 0)]) == ""
