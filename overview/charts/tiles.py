"""Places as tiles whose areas are their households: a picture of a city that needs no map service.

Laid out as a squarified treemap (Bruls, Huizing, van Wijk 2000): rows of tiles that are as near to squares as the
box allows, the largest first. Pure numbers, so that the page and the print draw the same picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

BANDS = (Decimal("0.70"), Decimal("0.85"), Decimal("0.95"))
"""From where on a rate is in the second, third and fourth band of colour; the last is the usual pass mark. (ours)"""

LEAST = 0.022
"""The share of the picture below which no tile goes: a smaller one could be neither read nor tapped."""


@dataclass(frozen=True, slots=True)
class Box:
    """Where a tile lies, in percent of the picture's width and height, y growing downwards."""

    x: float
    y: float
    width: float
    height: float


def tile_boxes(weights: Sequence[int], *, width: float, height: float) -> list[Box]:
    """A box for each weight, in the order given, in a picture of `width` by `height` in any unit.

    Areas are as the weights, save that none is less than LEAST of the picture: `drawn_larger` tells whether one was.
    """
    if not weights:
        return []
    sizes = _sizes(weights, width * height)
    order = sorted(range(len(sizes)), key=lambda place: (-sizes[place], place))
    boxes: dict[int, Box] = {}
    left, top, room, depth = 0.0, 0.0, width, height
    start = 0
    while start < len(order):
        side = min(room, depth)
        end = start + 1
        while end < len(order) and _worst(sizes, order[start : end + 1], side) <= _worst(sizes, order[start:end], side):
            end += 1
        row = order[start:end]
        thick = sum(sizes[place] for place in row) / side
        along = 0.0
        for place in row:
            length = sizes[place] / thick
            if room >= depth:  # a column at the left of what is still free
                boxes[place] = _percent(left, top + along, thick, length, width, height)
            else:  # a row at its top
                boxes[place] = _percent(left + along, top, length, thick, width, height)
            along += length
        if room >= depth:
            left, room = left + thick, room - thick
        else:
            top, depth = top + thick, depth - thick
        start = end
    return [boxes[place] for place in range(len(sizes))]


def drawn_larger(weights: Sequence[int]) -> bool:
    """Whether some tile is larger than its weight, so that the picture says so."""
    whole = sum(weights)
    return any(weight < LEAST * whole for weight in weights) or (bool(weights) and whole == 0)


def band_of(rate: Decimal | None) -> int:
    """The band of a rate: 1 to 4, and 0 where there is no data."""
    return 0 if rate is None else 1 + sum(rate >= start for start in BANDS)


def _sizes(weights: Sequence[int], area: float) -> list[float]:
    whole = sum(weights)
    raised = [max(weight, LEAST * whole) if whole else 1 for weight in weights]
    return [size * area / sum(raised) for size in raised]


def _worst(sizes: Sequence[float], row: Sequence[int], side: float) -> float:
    """The proportions of the longest tile of a row that is laid along `side`; 1 is a square."""
    whole = sum(sizes[place] for place in row)
    largest, smallest = max(sizes[place] for place in row), min(sizes[place] for place in row)
    return max(side * side * largest / (whole * whole), whole * whole / (side * side * smallest))


def _percent(x: float, y: float, w: float, h: float, width: float, height: float) -> Box:
    """Edges are rounded, not sides: two tiles that touch share their edge to the last digit."""
    left, top, right, bottom = (
        round(edge * 100, 2) for edge in (x / width, y / height, (x + w) / width, (y + h) / height)
    )
    return Box(left, top, round(right - left, 2), round(bottom - top, 2))
