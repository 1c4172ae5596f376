"""Splitting a sum so that its parts add up to the fen (policy.md, section e)."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import lcm

from renovation.rules.evidence import FEN


def split(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """The part of each weight in `amount`, in yuan, by largest remainder: the parts add up to it exactly.

    Each part is the exact share cut to the fen, or one fen more. The fen that are left go to the largest remainders;
    of equal ones the earlier position comes first. A weight of zero gets nothing.

    Raises ValueError for an amount below zero or finer than a fen, a weight below zero, and weights that are all zero.
    """
    fen = _fen_of(amount)
    if any(weight < 0 for weight in weights):
        raise ValueError("a weight below zero")
    whole = _whole_numbers(weights)
    total = sum(whole)
    if total == 0:
        raise ValueError("no weight above zero")
    parts = [fen * weight // total for weight in whole]
    remainders = [fen * weight % total for weight in whole]
    by_remainder = sorted(range(len(whole)), key=lambda position: (-remainders[position], position))
    for position in by_remainder[: fen - sum(parts)]:
        parts[position] += 1
    return [part * FEN for part in parts]


def _fen_of(amount: Decimal) -> int:
    fen = Fraction(amount) * 100
    if fen < 0 or fen.denominator != 1:
        raise ValueError("not a sum of whole fen")
    return fen.numerator


def _whole_numbers(weights: Sequence[Decimal]) -> list[int]:
    """The weights in whole numbers of the same proportion: no rounding on the way."""
    exact = [Fraction(weight) for weight in weights]
    common = lcm(*(weight.denominator for weight in exact))
    return [weight.numerator * (common // weight.denominator) for weight in exact]
