"""Charts as plain numbers for an SVG in a template: no style, no script."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from consent.reports.results import RoundResult
from consent.reports.trend import DayOfTrend


@dataclass(frozen=True)
class Mark:
    """A line across the chart at `at` (0 to 100, from the top or the left), with its label."""

    at: float
    value: Any


class TrendChart:
    """A support rate over time as a stepped line in a box of 100 by 100, y growing downwards.

    The box shows the upper half where the rate is there already and so is the mark, else all of it.
    """

    def __init__(self, trend: Sequence[DayOfTrend], mark: Decimal, rounds: Sequence[RoundResult]) -> None:
        self.trend, self.rounds = trend, rounds
        rates = [float(day.support_rate or 0) for day in trend]
        self.floor = 50 if rates[-1] > 0.5 and mark > Decimal("0.5") else 0
        self.mark = Mark(self._y(float(mark)), mark)

    def _y(self, share: float) -> float:
        return round((100 - share * 100) / (100 - self.floor) * 100, 2)

    def _x(self, day: date) -> float:
        first, last = self.trend[0].day, self.trend[-1].day
        return round((day - first).days / max(1, (last - first).days) * 100, 2)

    @property
    def path(self) -> str:
        """The stepped line; what lies below the box is left out."""
        steps = [(self._x(day.day), self._y(float(day.support_rate or 0))) for day in self.trend]
        visible = [(x, y) for x, y in steps if y <= 100]
        if not visible:
            return ""
        start, *rest = visible
        return f"M{start[0]} {start[1]}" + "".join(f"H{x}V{y}" for x, y in rest) + "H100"

    @property
    def levels(self) -> list[Mark]:
        """The grid's lines: the top, the middle and the floor, less those that the mark would cover."""
        shares = (100, (100 + self.floor) // 2, self.floor)
        lines = [Mark(self._y(share / 100), share) for share in shares]
        return [line for line in lines if abs(line.at - self.mark.at) > 6]

    @property
    def starts(self) -> list[Mark]:
        """Where each round began."""
        return [Mark(self._x(timezone.localdate(found.opened_at)), found) for found in self.rounds if found.opened_at]

    @property
    def labels(self) -> list[Mark]:
        """The starts that have room for a name beside the one before."""
        named: list[Mark] = []
        for start in self.starts:
            if not named or start.at - named[-1].at > 18:
                named.append(start)
        return named
