"""Rules of points, periods of reports, and figures that tell of nobody."""

from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.rules.party import (
    PartyFigures,
    first_day_of,
    last_day_of,
    last_ended_period,
    pick_rules,
    without_small_groups,
)


@dataclass(frozen=True)
class ARule:
    code: str
    division_code: str
    valid_from: date
    points: int = 1


JANUARY, JUNE = date(2026, 1, 1), date(2026, 6, 1)


def test_the_longest_division_holds() -> None:
    city = ARule("tour", "4205", JUNE)
    district = ARule("tour", "420502", JANUARY)

    assert pick_rules([city, district]) == [district]


def test_of_one_division_the_latest_holds() -> None:
    older = ARule("tour", "4205", JANUARY)
    newer = ARule("tour", "4205", JUNE)

    assert pick_rules([newer, older]) == [newer]


def test_rules_of_other_codes_hold_beside_each_other_in_their_order() -> None:
    tour, repair = ARule("tour", "4205", JANUARY), ARule("repair", "420502", JANUARY)

    assert pick_rules([tour, repair]) == [repair, tour]


RULES = st.lists(
    st.builds(
        ARule,
        code=st.sampled_from(["a", "b", "c"]),
        division_code=st.sampled_from(["4205", "420502", "420502001"]),
        valid_from=st.dates(JANUARY, JUNE),
        points=st.integers(1, 9),
    ),
    unique_by=lambda rule: (rule.code, rule.division_code, rule.valid_from),
)


@given(RULES)
def test_one_rule_holds_for_each_code_and_none_beats_it(rules: list[ARule]) -> None:
    held = pick_rules(rules)

    assert [rule.code for rule in held] == sorted({rule.code for rule in rules})
    for best in held:
        for rule in rules:
            if rule.code == best.code:
                assert (len(rule.division_code), rule.valid_from) <= (len(best.division_code), best.valid_from)


@given(RULES)
def test_the_order_in_which_rules_come_does_not_matter(rules: list[ARule]) -> None:
    assert pick_rules(rules) == pick_rules(rules[::-1])


@pytest.mark.parametrize(
    ("period", "of_member", "first"),
    [
        ("2026-H1", True, date(2026, 1, 1)),
        ("2026-H2", True, date(2026, 7, 1)),
        ("2026", False, date(2026, 1, 1)),
        ("2026", True, None),
        ("2026-H1", False, None),
        ("2026-H3", True, None),
        ("26-H1", True, None),
        ("0026-H1", True, None),
        ("２０２６", False, None),
        ("2026-H1\n", True, None),
        ("", True, None),
        ("", False, None),
    ],
)
def test_periods(period: str, of_member: bool, first: date | None) -> None:
    assert first_day_of(period, of_member=of_member) == first


@pytest.mark.parametrize(
    ("day", "half", "year"),
    [
        (date(2026, 6, 30), "2025-H2", "2025"),
        (date(2026, 7, 1), "2026-H1", "2025"),
        (date(2026, 12, 31), "2026-H1", "2025"),
        (date(2027, 1, 1), "2026-H2", "2026"),
    ],
)
def test_reports_are_due_for_what_is_over(day: date, half: str, year: str) -> None:
    assert last_ended_period(day, of_member=True) == half
    assert last_ended_period(day, of_member=False) == year


@given(st.dates(date(1900, 1, 1), date(2999, 12, 31)), st.booleans())
def test_the_last_period_is_over_and_the_next_one_is_not(day: date, of_member: bool) -> None:
    over = last_ended_period(day, of_member=of_member)
    first, last = first_day_of(over, of_member=of_member), last_day_of(over, of_member=of_member)

    assert first is not None
    assert last is not None
    assert first < last < day
    assert (day - last).days <= (184 if of_member else 366)


def test_five_members_make_a_figure_and_four_do_not() -> None:
    four = without_small_groups(PartyFigures(members=4, by_unit=0, reported=1, reports_due=4, services=9, points=90))
    five = without_small_groups(PartyFigures(members=5, by_unit=0, reported=1, reports_due=5, services=9, points=90))

    assert (four.members, four.services, four.points, four.reported, four.reports_due) == (4, None, None, None, None)
    assert (five.members, five.services, five.points, five.reported, five.reports_due) == (5, 9, 90, 1, 5)


@pytest.mark.parametrize(
    ("unit", "residence", "shown"), [(5, 5, True), (10, 0, True), (0, 5, True), (4, 6, False), (6, 1, False)]
)
def test_a_split_is_shown_only_where_neither_side_is_small(unit: int, residence: int, shown: bool) -> None:
    totals = without_small_groups(PartyFigures(members=unit + residence, by_unit=unit))

    assert (totals.by_unit, totals.by_residence) == ((unit, residence) if shown else (None, None))


FIGURES = st.integers(0, 12).flatmap(
    lambda members: st.builds(
        PartyFigures,
        members=st.just(members),
        by_unit=st.integers(0, members),
        reports_due=st.integers(0, members),
        reported=st.integers(0, members),
        services=st.none() | st.integers(0, 50),
        points=st.none() | st.integers(0, 500),
    )
)


@given(FIGURES)
def test_who_reads_no_points_reads_none_in_totals_either(figures: PartyFigures) -> None:
    totals = without_small_groups(figures)

    assert totals.points is None or totals.points == figures.points
    assert totals.points is None or figures.members >= 5


@given(FIGURES)
def test_what_is_shown_is_the_whole_and_what_is_small_stays_hidden(figures: PartyFigures) -> None:
    totals = without_small_groups(figures)

    for name in ("by_unit", "by_residence", "reported", "reports_due", "services", "points"):
        assert getattr(totals, name) in (None, getattr(figures, name))
    if totals.by_unit is not None:
        assert not {figures.by_unit, figures.by_residence} & {1, 2, 3, 4}
    if figures.members < 5:
        assert (totals.services, totals.points, totals.reported) == (None, None, None)
