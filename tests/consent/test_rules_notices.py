"""How long a notice hangs, and when it may be closed: edges exact, for any day and any length."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.choices import NoticeKind
from consent.rules.notices import (
    TERMS,
    days_left,
    days_of,
    earliest_end,
    is_long_enough,
    is_over,
    why_not_closed,
)
from renovation.rules.guards import NOTICE_DAYS

DAYS = st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1))
LENGTHS = st.integers(min_value=1, max_value=400)
KINDS = st.sampled_from(NoticeKind.values)
ONE = timedelta(days=1)


def test_every_kind_has_its_term() -> None:
    assert set(TERMS) == set(NoticeKind.values)


@pytest.mark.parametrize(
    ("kind", "days", "basis"),
    [
        ("meeting", 15, "law"),
        ("candidates", 7, "elsewhere"),
        ("ballots", 7, "elsewhere"),
        ("survey_result", 7, "custom"),
        ("vote_result", 7, "elsewhere"),
        ("plan", 7, "custom"),
        ("lift", 15, "elsewhere"),
        ("fund_use", 5, "elsewhere"),
        ("fee_change", 30, "elsewhere"),
        ("site_board", 1, "works"),
        ("acceptance", 7, "custom"),
        ("evaluation", 7, "custom"),
        ("handover", 7, "custom"),
    ],
)
def test_least_days_are_those_of_the_policy(kind: str, days: int, basis: str) -> None:
    assert (TERMS[kind].days, TERMS[kind].basis) == (days, basis)


def test_what_the_lifecycle_waits_for_has_the_days_that_its_guards_ask_for() -> None:
    assert TERMS["survey_result"].days == TERMS["plan"].days == NOTICE_DAYS


def test_seven_days_from_the_first_hang_until_the_end_of_the_eighth() -> None:
    first, eighth = date(2026, 11, 1), date(2026, 11, 8)

    assert days_of(first, eighth) == 7
    assert is_long_enough("plan", first, eighth)
    assert not is_long_enough("plan", first, date(2026, 11, 7))
    assert not is_over(eighth, date(2026, 11, 8))
    assert is_over(eighth, date(2026, 11, 9))


@given(posted_on=DAYS, length=LENGTHS)
def test_it_is_over_on_the_day_after_its_last_and_on_no_day_before(posted_on: date, length: int) -> None:
    ends_on = posted_on + timedelta(days=length)
    hung = [day for day in range(length + 3) if not is_over(ends_on, posted_on + timedelta(days=day))]

    assert hung == list(range(length + 1))


@given(posted_on=DAYS, kind=KINDS)
def test_exactly_its_least_days_are_enough_and_one_less_is_not(posted_on: date, kind: str) -> None:
    end = earliest_end(kind, posted_on)

    assert days_of(posted_on, end) == TERMS[kind].days
    assert is_long_enough(kind, posted_on, end)
    assert not is_long_enough(kind, posted_on, end - ONE)


@given(posted_on=DAYS, length=LENGTHS)
def test_its_days_run_down_one_by_one_from_all_of_them_to_none(posted_on: date, length: int) -> None:
    ends_on = posted_on + timedelta(days=length)
    left = [days_left(posted_on, ends_on, posted_on + timedelta(days=day)) for day in range(-1, length + 3)]

    assert left == [length, length, *range(length, 0, -1), 0, 0]
    assert [found == 0 for found in left] == [
        is_over(ends_on, posted_on + timedelta(days=day)) for day in range(-1, length + 3)
    ]


@given(ends_on=DAYS, shift=st.integers(min_value=-400, max_value=400), open_objections=st.integers(0, 5))
def test_nothing_closes_before_it_is_over_or_with_an_objection_open(
    ends_on: date, shift: int, open_objections: int
) -> None:
    why = why_not_closed(ends_on, ends_on + timedelta(days=shift), open_objections)

    assert (why == "") == (shift > 0 and open_objections == 0)
    assert why in ("", "notice_not_over" if shift <= 0 else "objections_open")
