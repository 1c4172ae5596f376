"""A figure from week to week as a line in a box of 100 by 100, y growing downwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Point:
    """A day's figure: a share of 100 or a count. None where there was nothing to divide, which breaks the line."""

    day: date
    value: float | None


@dataclass(frozen=True, slots=True)
class Level:
    """A line of the grid, at `at` percent from the top, with the figure that it stands for."""

    at: float
    value: float


@dataclass(frozen=True, slots=True)
class Label:
    """A day below the chart, at `at` percent from the left; the last one is written to the left of its place."""

    at: float
    day: date
    is_last: bool


class LineChart:
    """A line with three levels behind it, and a mark to reach where there is one.

    The box spans what the line and the mark need, from a round figure to a round figure: the levels say which. A share
    goes up to 100 at most.
    """

    def __init__(self, points: Sequence[Point], *, mark: float | None = None, is_share: bool = False) -> None:
        self.points = list(points)
        self.mark = mark
        said = [point.value for point in self.points if point.value is not None]
        self.has_line = bool(said)
        spans = [*said, *([mark] if mark is not None else [])] or [0.0]
        self.low, self.high = _span(min(spans), max(spans), is_share=is_share)

    def x(self, day: date) -> float:
        first, last = self.points[0].day, self.points[-1].day
        return round((day - first).days / max(1, (last - first).days) * 100, 2)

    def y(self, value: float) -> float:
        return round((self.high - value) / (self.high - self.low) * 100, 2)

    @property
    def path(self) -> str:
        """The line, begun anew after each gap."""
        parts, pen = [], "M"
        for point in self.points:
            if point.value is None:
                pen = "M"
            else:
                parts.append(f"{pen}{self.x(point.day)} {self.y(point.value)}")
                pen = "L"
        return "".join(parts)

    @property
    def end(self) -> tuple[float, float] | None:
        """Where the line ends, for a dot."""
        last = next((point for point in reversed(self.points) if point.value is not None), None)
        return None if last is None or last.value is None else (self.x(last.day), self.y(last.value))

    @property
    def mark_at(self) -> float | None:
        return None if self.mark is None else self.y(self.mark)

    @property
    def levels(self) -> list[Level]:
        """The top, the middle and the floor, less those that the mark would cover."""
        values = (self.high, (self.high + self.low) / 2, self.low)
        lines = [Level(self.y(value), value) for value in values]
        return [line for line in lines if self.mark_at is None or abs(line.at - self.mark_at) > 14]

    @property
    def labels(self) -> list[Label]:
        """The first day and the last one."""
        if len(self.points) < 2:
            return [Label(0, point.day, False) for point in self.points]
        return [Label(0, self.points[0].day, False), Label(100, self.points[-1].day, True)]


def _span(low: float, high: float, *, is_share: bool) -> tuple[float, float]:
    """From a round figure below to a round figure above, with an even number of steps between them."""
    reach = max(high - low, 4.0 if is_share else 2.0)
    step = _step(reach / 2)
    floor = low // step * step
    top = floor + 2 * step
    while top < high:
        step = _step(step * 1.01)
        floor = low // step * step
        top = floor + 2 * step
    if is_share and top > 100:
        floor, top = max(0.0, 100 - 2 * step), 100.0
        if floor > low:
            floor = 0.0
    return floor, top


def _step(least: float) -> float:
    """The smallest round step that is not less than `least`."""
    power = 1.0
    while power * 10 < least:
        power *= 10
    while power >= least * 10:
        power /= 10
    return next(factor * power for factor in (*STEPS, 20) if factor * power >= least)
