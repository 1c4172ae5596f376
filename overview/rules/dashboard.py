"""What the dashboard decides and sums, over plain values (workflow.md, A district official's Monday morning)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal

from consent.rules.results import needed

RATE_STEP = Decimal("0.0001")

EARLIEST = date(2000, 1, 1)
"""Before the first programme of the kind: no figures are asked for of an earlier day."""

SMALL_GROUP = 5
"""A roll of fewer households is in no total of support and in no list of them: one "not yet" of four names a
neighbour (design.md, Roles). Left out of every total, it cannot be found by subtraction either."""

IDLE_DAYS = 21
"""An open survey at whose doors nobody was for so long has come to a stop. (ours)"""

WAITING_DAYS = 30
"""A neighbourhood that for so long has stood before one of the two gates, which do not open, is held up. (ours)"""

EXPIRING_DAYS = 7
"""A vote that ends within so many days, and is not closed, is to be looked at. (ours)"""

TERM_DAYS = 90
"""Committees whose term ends within so many days are to be elected anew (workflow.md)."""

GATES = {"consented": "ready", "designed": "under_works"}
"""The stages before the two gates, and where these lead: the five preconditions and the start of works (design.md)."""

SUPPORT_HELD_AT = ("consented", "ready", "applied", "planned", "designed")
"""From a passed survey to the start of works support must hold (workflow.md, Movement rules)."""

TREND_WEEKS = 12

PHASES: dict[str, tuple[str, ...]] = {
    "mobilise": ("registered", "assessed", "mobilising", "organised"),
    "consent": ("consenting", "consented", "deferred"),
    "plan": ("ready", "applied", "planned", "designed"),
    "build": ("under_works", "works_done", "accepted", "evaluated"),
    "run": ("handed_over", "long_term"),
    "aside": ("suspended", "withdrawn"),
}
"""The stages by what people do in them, in the order of workflow.md; the side states stand aside."""

PHASE_OF = {stage: phase for phase, stages in PHASES.items() for stage in stages}

CONSENTED_AT = ("consented", *PHASES["plan"], *PHASES["build"], *PHASES["run"])
"""Stages that a neighbourhood reaches only by a passed survey."""

COLLECTING_AT = PHASES["run"]
"""Stages at which fees are to be collected: without any bill there they are told as having no data."""


def rate_of(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    """A share to four places, cut and not rounded: 0.94996 never reads 0.9500. Of nothing there is no rate."""
    if whole <= 0:
        return None
    return (Decimal(part) / Decimal(whole)).quantize(RATE_STEP, rounding=ROUND_DOWN)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the last survey of a neighbourhood stands: households that support, of how many that count, and the share
    at which it passes. `roll` is all of its doors.
    """

    place: int
    roll: int
    denominator: int
    supports: int
    pass_share: Decimal

    @property
    def is_small(self) -> bool:
        return is_small(self.roll)

    def missing_at(self, share: Decimal) -> int:
        """How many more doors must support at another pass share, exactly. A survey of no door always misses one."""
        return max(0, needed(self.denominator, share) - self.supports)

    @property
    def missing(self) -> int:
        return self.missing_at(self.pass_share)


def is_small(roll: int) -> bool:
    """Whether so few households must not be told of. None at all gives nobody away."""
    return 0 < roll < SMALL_GROUP


def closest_first(standings: Iterable[Standing]) -> list[Standing]:
    """Those that still miss doors, by how many, then by how much of the roll supports; small ones are left out."""
    found = [one for one in standings if not one.is_small and one.missing > 0]
    return sorted(found, key=lambda one: (one.missing, -(rate_of(one.supports, one.denominator) or 0), one.place))


@dataclass(frozen=True, slots=True)
class Tried:
    """A survey at a pass share that is tried: doors missing at its own share, and at the other."""

    standing: Standing
    missing_now: int
    missing_then: int

    @property
    def turns(self) -> bool:
        """Whether its verdict would be another."""
        return (self.missing_now == 0) != (self.missing_then == 0)


def try_share(standings: Iterable[Standing], share: Decimal) -> list[Tried]:
    """Each survey of five households or more at another pass share: the fewest missing doors first, those that pass
    before them. At its own share nothing turns; at a lower one nobody misses more doors.
    """
    tried = [Tried(one, one.missing, one.missing_at(share)) for one in standings if not one.is_small]
    return sorted(tried, key=lambda one: (one.missing_then, one.missing_now, one.standing.place))


def support_fell(stage: str, verdict: str, standing: Standing) -> bool:
    """Whether a survey that passed would not pass any more, before works start (workflow.md, Movement rules)."""
    return stage in SUPPORT_HELD_AT and verdict == "passed" and not standing.is_small and standing.missing > 0


def last_friday(day: date) -> date:
    """The Friday before a day: on a Friday itself, the one of the week before."""
    return day - timedelta(days=(day.weekday() - 4 - 1) % 7 + 1)


def ends_of_weeks(day: date, count: int = TREND_WEEKS) -> list[date]:
    """The last Sundays before a day, the oldest first, and the day itself."""
    sunday = day - timedelta(days=day.weekday() + 1)
    return [*(sunday - timedelta(weeks=number) for number in range(count - 1, -1, -1)), day]


def is_idle(last_visit_on: date, day: date) -> bool:
    return (day - last_visit_on).days >= IDLE_DAYS


def most_common(counts: Sequence[tuple[str, int]]) -> str:
    """The one of which there are most; of equals the later one, which is further on. Nothing of nothing."""
    best = ""
    most = 0
    for name, count in counts:
        if count and count >= most:
            best, most = name, count
    return best
