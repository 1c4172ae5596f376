"""The collection rate: exact, cut and never rounded, added and never averaged."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.rules.fees.purses import has_right_sign
from governance.rules.fees.rates import Collected, is_above_target, most, rate_cut, short_of_target, together

D = Decimal
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
fen = st.integers(0, 10**9).map(lambda n: D(n) / 100)


def collected(receivable: str, settled: str, reductions: str = "0") -> Collected:
    return Collected(billed=D(receivable) + D(reductions), reductions=D(reductions), settled=D(settled))


@st.composite
def parts(draw: st.DrawFn) -> Collected:
    settled, left, reductions = draw(fen), draw(fen), draw(fen)
    return Collected(settled + left + reductions, reductions, settled)


@pytest.mark.parametrize(
    ("receivable", "settled", "text", "above"),
    [
        ("1000.00", "800.00", "0.8000", False),
        ("1000.00", "800.01", "0.8000", True),
        ("100000.00", "79999.99", "0.7999", False),
        ("3.00", "2.00", "0.6666", False),
        ("3.00", "3.00", "1.0000", True),
        ("3.00", "0.00", "0.0000", False),
    ],
)
def test_a_rate_is_cut_and_the_target_beaten_by_the_exact_one(
    receivable: str, settled: str, text: str, above: bool
) -> None:
    rate = collected(receivable, settled).rate

    assert rate_cut(rate) == text
    assert is_above_target(rate, "property") is above


def test_parking_has_a_target_of_its_own() -> None:
    rate = collected("100.00", "90.00").rate

    assert (is_above_target(rate, "property"), is_above_target(rate, "parking")) == (True, False)
    assert is_above_target(rate, "other") is None


def test_nothing_to_collect_is_no_data() -> None:
    let_off = collected("0.00", "0.00", reductions="50.00")

    assert let_off.rate is None
    assert rate_cut(let_off.rate) is None
    assert is_above_target(let_off.rate, "property") is None


def test_reductions_are_no_part_of_what_is_to_be_collected() -> None:
    assert collected("100.00", "90.00", reductions="900.00").rate == Fraction(9, 10)


def test_a_district_adds_sums_and_averages_nothing() -> None:
    large, small = collected("900.00", "900.00"), collected("100.00", "0.00")

    assert together([large, small]).rate == Fraction(9, 10)


@unhurried
@given(st.lists(parts(), min_size=1, max_size=6))
def test_together_they_lie_between_the_lowest_and_the_highest(rows: list[Collected]) -> None:
    rates = [row.rate for row in rows if row.rate is not None]
    whole = together(rows)

    assert whole.receivable == sum((row.receivable for row in rows), D(0))
    if rates:
        assert min(rates) <= (whole.rate or 0) <= max(rates)
    else:
        assert whole.rate is None


@unhurried
@given(parts())
def test_the_text_is_at_most_the_rate_and_less_than_a_ten_thousandth_below_it(part: Collected) -> None:
    if part.rate is not None:
        told = Fraction(rate_cut(part.rate) or "")

        assert 0 <= part.rate - told < Fraction(1, 10_000)


def test_most_counts_only_places_with_data() -> None:
    assert most([True, False, None, True]) == (2, 3)


@pytest.mark.parametrize(
    ("source", "amount", "right"),
    [
        ("parking", "0.01", True),
        ("parking", "-0.01", False),
        ("repair", "-0.01", True),
        ("repair", "0.01", False),
        ("other", "5", True),
        ("other", "-5", True),
        ("other", "0", False),
    ],
)
def test_income_is_above_zero_and_cost_below_it(source: str, amount: str, right: bool) -> None:
    assert has_right_sign(source, D(amount)) is right


@unhurried
@given(parts(), st.sampled_from(["property", "parking"]))
def test_a_fen_less_than_what_is_short_does_not_beat_the_target(part: Collected, kind: str) -> None:
    short = short_of_target(part, kind)

    if short is None:
        assert part.rate is None
        return

    def above(more: Decimal) -> bool | None:
        return is_above_target(Collected(part.billed, part.reductions, part.settled + more).rate, kind)

    assert above(short)
    assert not short or not above(short - D("0.01"))
