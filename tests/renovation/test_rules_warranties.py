"""Statutory minima and last days of warranties (policy.md, section j)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renovation.choices import WarrantyKind
from renovation.rules.evidence import SCHEMAS
from renovation.rules.guards import WARRANTY_MINIMA
from renovation.rules.warranties import EVIDENCE_NAMES, LEAST, MOST_YEARS, ends_on, is_too_short, least_years

days = st.dates(date(2000, 1, 1), date(2100, 12, 31))
terms = st.integers(1, MOST_YEARS)


@pytest.mark.parametrize(
    ("starts_on", "years", "last"),
    [
        (date(2026, 11, 20), 2, date(2028, 11, 20)),
        (date(2026, 12, 31), 5, date(2031, 12, 31)),
        (date(2028, 2, 29), 2, date(2030, 2, 28)),
        (date(2028, 2, 29), 4, date(2032, 2, 29)),
        (date(2096, 2, 29), 4, date(2100, 2, 28)),
        (date(2027, 2, 28), 1, date(2028, 2, 28)),
    ],
)
def test_it_ends_on_the_same_day_or_on_the_last_of_a_month_that_has_none(starts_on, years, last):
    assert ends_on(starts_on, years) == last


@given(days, terms)
def test_it_lasts_the_years_it_says_and_no_day_more(starts_on, years):
    last = ends_on(starts_on, years)

    assert (last.year, last.month) == (starts_on.year + years, starts_on.month)
    assert last.day == starts_on.day or (starts_on.month, starts_on.day, last.day) == (2, 29, 28)


@given(days, terms, terms)
def test_more_years_end_later(starts_on, one, other):
    assert (ends_on(starts_on, one) < ends_on(starts_on, other)) == (one < other)


@given(days, days, terms)
def test_what_passed_later_never_ends_earlier(one, other, years):
    early, late = sorted((one, other))

    assert ends_on(early, years) <= ends_on(late, years)


@pytest.mark.parametrize(
    ("kind", "least"), [("waterproofing", 5), ("heating", 2), ("installation", 2), ("by_contract", 1), ("structure", 1)]
)
def test_exactly_the_minimum_is_enough_and_a_year_less_is_not(kind, least):
    assert least_years(kind) == least
    assert not is_too_short(kind, least)
    assert is_too_short(kind, least - 1)


def test_every_kind_has_its_minimum_and_its_name_in_the_evidence_and_the_guard_says_the_same():
    assert set(LEAST) == set(EVIDENCE_NAMES) == set(WarrantyKind.values)
    told = {EVIDENCE_NAMES[kind]: least for kind, least in LEAST.items()}
    assert {name: told[name] for name in WARRANTY_MINIMA} == dict(WARRANTY_MINIMA)
    assert {entry.name for entry in SCHEMAS["warranties"]} <= set(EVIDENCE_NAMES.values())
