from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from common import figures


@pytest.mark.parametrize(
    ("part", "whole", "text"), [(376, 400, "94.0%"), (9496, 10000, "94.9%"), (2, 3, "66.6%"), (400, 400, "100.0%")]
)
def test_a_rate_is_cut_and_not_rounded(part, whole, text):
    assert figures.rate_text(part, whole) == text


def test_nothing_to_divide_by_is_no_data():
    with translation.override("en"):
        assert figures.rate_text(0, 0) == "no data"


@given(
    whole=st.integers(1, 100_000),
    part=st.integers(0, 100_000),
    mark=st.decimals("0.0001", "1", places=4, allow_nan=False),
)
def test_a_rate_reads_at_the_mark_exactly_when_it_reaches_it(whole, part, mark):
    part = min(part, whole)

    shown = Fraction(figures.cut_share(part, whole, mark))

    assert (shown >= Fraction(mark) * 100) == (Fraction(part, whole) >= Fraction(mark))


@pytest.mark.parametrize(("share", "text"), [("0.95", "95%"), ("0.9500", "95%"), ("0.6667", "66.67%"), ("1", "100%")])
def test_a_mark_reads_as_it_was_set(share, text):
    assert figures.mark_text(Decimal(share)) == text


@pytest.mark.parametrize(
    ("language", "money", "area", "fraction"),
    [("zh-hans", "−1,015.57 元", "86.50 ㎡", "376 / 2,022"), ("en", "−¥1,015.57", "86.50 m²", "376 of 2,022")],
)
def test_figures_have_the_form_of_their_language(language, money, area, fraction):
    with translation.override(language):
        assert figures.money_text(Decimal("-1015.565")) == money
        assert figures.area_text(Decimal("86.5")) == area
        assert figures.fraction_text(376, 2022) == fraction


def test_amounts_and_quantities_stand_in_columns_without_their_unit():
    assert figures.amount_text(Decimal("602640")) == "602,640.00"
    assert figures.amount_text(Decimal("-0.5")) == "−0.50"
    assert [figures.change_text(Decimal(text)) for text in ("120", "-1200.5", "0")] == ["+120.00", "−1,200.50", "0.00"]
    assert [figures.quantity_text(Decimal(text)) for text in ("1240.00", "0.50", "800", "10.25")] == [
        "1,240",
        "0.5",
        "800",
        "10.25",
    ]


@pytest.mark.parametrize(
    ("language", "this_year", "another"),
    [("zh-hans", "11月23日", "2025年11月23日"), ("en", "23 Nov", "23 November 2025")],
)
def test_a_date_leaves_out_the_year_of_today(language, this_year, another):
    today = date(2026, 12, 31)
    with translation.override(language):
        assert figures.day_text(date(2026, 11, 23), today=today) == this_year
        assert figures.day_text(date(2025, 11, 23), today=today) == another


def test_a_moment_is_told_where_we_are():
    late = datetime(2026, 11, 23, 16, 10, tzinfo=UTC)

    with translation.override("zh-hans"):
        assert figures.moment_text(late, today=date(2026, 1, 1)) == "11月24日 00:10"


def test_a_digest_is_read_in_groups():
    assert figures.hash_text(bytes.fromhex("7c1e94ab03d5")) == "7c1e 94ab 03d5"
