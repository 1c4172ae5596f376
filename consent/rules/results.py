"""Whether a survey passes, and the figures beside it (design.md, The survey; policy.md, section b)."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction

from consent.rules.stances import NOT_VISITED, Policy, StanceFacts, VisitFacts, stance_of

RATE_STEP = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Count:
    """How many households of the roll share a stance. The unit that tallies keep and results are made of."""

    building: int
    stance: StanceFacts
    households: int = 1


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of one group of households, and what follows from them.

    `excluded` homes (vacant, where the policy does not count those) leave the denominator of support, not of visits.
    """

    households: int
    excluded: int
    visited: int
    supports: int
    verbal: int
    stances: Mapping[str, int]

    @property
    def denominator(self) -> int:
        return self.households - self.excluded

    @property
    def support_rate(self) -> Decimal | None:
        """Supporting households of those on the roll, cut to 4 places: 0.94996 never reads 0.9500."""
        return rate(self.supports, self.denominator)

    @property
    def visit_rate(self) -> Decimal | None:
        """Households with a contact of those on the roll."""
        return rate(self.visited, self.households)

    @property
    def support_of_visited(self) -> Decimal | None:
        """Supporting households of those with a contact: shown beside the support rate, decides nothing."""
        return rate(self.supports, self.visited)


def rate(part: int, whole: int) -> Decimal | None:
    """A share to 4 places, cut and not rounded. Of nothing there is no rate."""
    if whole == 0:
        return None
    return (Decimal(part) / Decimal(whole)).quantize(RATE_STEP, rounding=ROUND_DOWN)


def figures(counts: Iterable[Count]) -> Figures:
    households = excluded = visited = supports = verbal = 0
    stances: Counter[str] = Counter()
    for count in counts:
        number, stance = count.households, count.stance
        households += number
        excluded += number * stance.excluded
        visited += number * stance.contacted
        supports += number * stance.counts
        verbal += number * (stance.value == "supports" and not stance.counts)
        stances[stance.value] += number
    return Figures(households, excluded, visited, supports, verbal, {k: n for k, n in stances.items() if n})


def needed(denominator: int, pass_share: Decimal) -> int:
    """The least number of supporting households that passes: supports >= pass share x denominator, exactly."""
    return max(1, math.ceil(Fraction(pass_share) * denominator))


def missing(found: Figures, pass_share: Decimal) -> int:
    """How many more doors must support. An empty denominator never passes, so it always misses one."""
    return max(0, needed(found.denominator, pass_share) - found.supports)


def passes(found: Figures, pass_share: Decimal) -> bool:
    """An empty survey never passes, whatever the share."""
    return found.denominator > 0 and Fraction(found.supports) >= Fraction(pass_share) * found.denominator


def counts_of(roll: Mapping[int, int], visits: Mapping[int, Iterable[VisitFacts]], policy: Policy) -> Iterable[Count]:
    """The counts that a roll (door to building) and its ledger (door to visits) amount to: the result's pure form.

    Visits to a door that is not on the roll count for nobody, but may supersede a visit elsewhere.
    """
    lists = {door: list(found) for door, found in visits.items()}
    gone = frozenset(visit.supersedes for found in lists.values() for visit in found if visit.supersedes is not None)
    for door, building in roll.items():
        found = lists.get(door, [])
        yield Count(building, stance_of(found, policy, gone) if found else NOT_VISITED)
