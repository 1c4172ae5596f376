"""The collection rate of a period and a kind of fee (policy.md, section f; design.md, Fees)."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

TARGETS: dict[str, Decimal] = {"property": Decimal("0.80"), "parking": Decimal("0.90")}
"""What a rate has to be above, strictly (policy.md, section f). Other charges have no target."""

PLACES = 4


@dataclass(frozen=True, slots=True)
class Collected:
    """Sums over bills of a period, in yuan: what was billed, what of it was let off, what was settled of it by the
    cut-off date. They add up over neighbourhoods; rates never do.
    """

    billed: Decimal = Decimal(0)
    reductions: Decimal = Decimal(0)
    settled: Decimal = Decimal(0)

    @property
    def receivable(self) -> Decimal:
        return self.billed - self.reductions

    @property
    def rate(self) -> Fraction | None:
        """Exactly; None ("no data") where there is nothing to collect, which is neither 0% nor 100%."""
        if self.receivable <= 0:
            return None
        return Fraction(self.settled) / Fraction(self.receivable)

    def __add__(self, other: "Collected") -> "Collected":
        return Collected(self.billed + other.billed, self.reductions + other.reductions, self.settled + other.settled)


def together(parts: Iterable[Collected]) -> Collected:
    """Those of several places as one: numerators and denominators are added, percentages are never averaged."""
    return sum(parts, Collected())


def rate_cut(rate: Fraction | None) -> str | None:
    """`0.8312`: four places, cut and not rounded, so that 0.79999 never reads as the target."""
    if rate is None:
        return None
    scaled = rate.numerator * 10**PLACES // rate.denominator
    return f"{scaled // 10**PLACES}.{scaled % 10**PLACES:0{PLACES}d}"


def is_above_target(rate: Fraction | None, kind: str) -> bool | None:
    """Strictly: exactly 80% has not beaten 80%. None where there is no data, or no target."""
    target = TARGETS.get(kind)
    return None if rate is None or target is None else rate > Fraction(target)


def short_of_target(collected: Collected, kind: str) -> Decimal | None:
    """How many yuan more have to be settled for the rate to be above its target, to the fen; 0 where it is. None where
    there is no data, or no target.
    """
    target = TARGETS.get(kind)
    if target is None or collected.rate is None:
        return None
    needed = Decimal(math.floor(Fraction(target) * Fraction(collected.receivable) * 100) + 1) / 100
    return max(Decimal(0), needed - collected.settled)


def most(verdicts: Iterable[bool | None]) -> tuple[int, int]:
    """How many places are above their target, and of how many that have data. Most of them are, where twice the first
    is more than the second.
    """
    told = [verdict for verdict in verdicts if verdict is not None]
    return sum(told), len(told)
