from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renovation.rules.shares import split

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

FEN = Decimal("0.01")
amounts = st.integers(0, 10**14).map(lambda fen: fen * FEN)
some = st.integers(0, 10**14).map(lambda parts: Decimal(parts).scaleb(-4))
weights = st.builds(
    lambda before, one, after: [*before, one, *after],
    st.lists(some, max_size=30),
    st.integers(1, 10**14).map(lambda parts: Decimal(parts).scaleb(-4)),
    st.lists(some, max_size=30),
)


@unhurried
@given(amounts, weights)
def test_the_parts_add_up_to_the_fen(amount: Decimal, weights: list[Decimal]) -> None:
    parts = split(amount, weights)

    assert len(parts) == len(weights)
    assert sum(map(Fraction, parts)) == Fraction(amount)
    assert all(Fraction(part) * 100 == int(Fraction(part) * 100) for part in parts)


@unhurried
@given(amounts, weights)
def test_each_part_is_the_exact_share_cut_to_the_fen_or_one_fen_more(amount: Decimal, weights: list[Decimal]) -> None:
    total = sum(map(Fraction, weights))

    for part, weight in zip(split(amount, weights), weights, strict=True):
        exact = Fraction(amount) * Fraction(weight) / total
        assert exact - Fraction(1, 100) < Fraction(part) < exact + Fraction(1, 100)


@unhurried
@given(amounts, weights, st.integers(1, 1000))
def test_only_the_proportion_of_the_weights_counts(amount: Decimal, weights: list[Decimal], times: int) -> None:
    assert split(amount, [weight * times for weight in weights]) == split(amount, weights)


@unhurried
@given(amounts, weights)
def test_nobody_of_more_weight_pays_less(amount: Decimal, weights: list[Decimal]) -> None:
    pairs = sorted(zip(weights, split(amount, weights), strict=True))

    assert all(low[1] <= high[1] for low, high in pairwise(pairs) if low[0] < high[0])


@unhurried
@given(amounts, weights)
def test_a_weight_of_zero_pays_nothing(amount: Decimal, weights: list[Decimal]) -> None:
    parts = split(amount, [*weights, Decimal(0)])

    assert parts == [*split(amount, weights), Decimal(0)]


def test_of_equal_remainders_the_earlier_position_comes_first() -> None:
    assert split(Decimal("0.05"), [Decimal(1)] * 4) == [Decimal(text) for text in ("0.02", "0.01", "0.01", "0.01")]


def test_the_fen_that_are_left_go_to_the_largest_remainders() -> None:
    parts = split(Decimal("1.00"), [Decimal("1"), Decimal("1.4"), Decimal("0.6")])

    assert parts == [Decimal("0.33"), Decimal("0.47"), Decimal("0.20")]


def test_nothing_is_split_into_nothings() -> None:
    assert split(Decimal(0), [Decimal(1), Decimal(2)]) == [Decimal(0), Decimal(0)]


@pytest.mark.parametrize("weights", [[], [Decimal(0)], [Decimal(0), Decimal(0)], [Decimal(2), Decimal(-1)]])
def test_weights_that_split_nothing_are_refused(weights: list[Decimal]) -> None:
    with pytest.raises(ValueError, match="weight"):
        split(Decimal("1.00"), weights)


@pytest.mark.parametrize("amount", [Decimal("-0.01"), Decimal("0.005")])
def test_amounts_that_are_no_whole_fen_are_refused(amount: Decimal) -> None:
    with pytest.raises(ValueError, match="fen"):
        split(amount, [Decimal(1)])
