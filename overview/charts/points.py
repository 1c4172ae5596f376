"""Places as points where they lie: a picture of a city that needs no map service.

Pure numbers, so that the page and the print draw the same picture. A point's area is its households, as far as it can
be seen and tapped; it is filled by quarters, so that it is read without its colour.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot, sqrt
from unicodedata import east_asian_width

from overview.rules.maps import laid_flat, round_length

LEAST_SPAN = 1.0
"""Kilometres that a picture spans at least, so that a single place has room around it."""

LONGEST_BAR = 0.25
"""The share of the picture's width that its scale takes at most."""

FINGER, POINTER = 22.0, 12.0
"""Radii of what can be tapped where there is room, and of what must be, in CSS pixels."""


@dataclass(frozen=True, slots=True)
class Room:
    """A picture's size in any unit, with the margin that is kept free around its points and at its foot."""

    width: float
    height: float
    margin: float
    foot: float


@dataclass(frozen=True, slots=True)
class Scale:
    """A length on the ground, and how long it is in the picture."""

    kilometres: float
    length: float


@dataclass(frozen=True, slots=True)
class Laid:
    spots: Sequence[tuple[float, float]]
    """From the upper left corner, in the unit of the room."""

    scale: Scale


def lay_out(places: Sequence[tuple[float, float]], room: Room) -> Laid:
    """Longitudes and latitudes in degrees, as large as the room allows, in its middle, north at the top."""
    flat = laid_flat(places)
    wide, high = (max((spot[axis] for spot in flat), default=0.0) for axis in (0, 1))
    free_x, free_y = room.width - 2 * room.margin, room.height - room.margin - room.foot
    per_km = min(free_x / max(wide, LEAST_SPAN), free_y / max(high, LEAST_SPAN))
    left = room.margin + (free_x - wide * per_km) / 2
    top = room.margin + (free_y - high * per_km) / 2
    kilometres = round_length(room.width * LONGEST_BAR / per_km)
    return Laid(
        [(round(left + x * per_km, 2), round(top + y * per_km, 2)) for x, y in flat],
        Scale(kilometres, round(kilometres * per_km, 2)),
    )


def radii(households: Sequence[int], *, least: float, most: float) -> list[float]:
    """Radii whose circles have areas as the households, none below `least`; the largest has `most`."""
    whole = max(households, default=0) or 1
    return [round(max(least, most * sqrt(count / whole)), 1) for count in households]


def largest_first(sizes: Sequence[float]) -> list[int]:
    """The order to draw in, so that no small point lies below a large one."""
    return sorted(range(len(sizes)), key=lambda place: (-sizes[place], place))


def reaches(spots: Sequence[tuple[float, float]], sizes: Sequence[float]) -> list[float]:
    """How far around each point a tap is meant for it: half of the way to the nearest other one, within what a finger
    needs. `spots` and `sizes` are in CSS pixels of the narrowest screen.
    """
    found = []
    for place, (x, y) in enumerate(spots):
        others = (hypot(x - u, y - v) for number, (u, v) in enumerate(spots) if number != place)
        half = min(others, default=2 * FINGER) / 2
        found.append(round(max(POINTER, sizes[place], min(FINGER, half)), 1))
    return found


def wedge(quarters: int, radius: float) -> str:
    """The path of so many quarters of a circle around 0, from its top clockwise; all of it by its own circle."""
    if quarters not in (1, 2, 3):
        return ""
    x, y = {1: (radius, 0), 2: (0, radius), 3: (-radius, 0)}[quarters]
    return f"M0 0V{-radius:g}A{radius:g} {radius:g} 0 {int(quarters == 3)} 1 {x:g} {y:g}Z"


def letters_wide(text: str) -> float:
    """About how wide a text is, in sizes of its type: a Chinese letter is one, others a bit more than half."""
    return sum(1 if east_asian_width(letter) in "WF" else 0.58 for letter in text)


def name_sides(
    spots: Sequence[tuple[float, float]],
    sizes: Sequence[float],
    lengths: Sequence[float],
    *,
    room: Room,
    line: float,
) -> list[str]:
    """On which side of its point each name is written: `right`, `left`, `below`, `above`, or nowhere where it would
    touch another point, another name or the edge. The largest points choose first. `line` is the height of a name.
    """
    taken = [(x - r, y - r, x + r, y + r) for (x, y), r in zip(spots, sizes, strict=True)]
    sides = [""] * len(spots)
    for place in largest_first(sizes):
        x, y = spots[place]
        away, long, half = sizes[place] + line / 4, lengths[place], line / 2
        boxes = {
            "right": (x + away, y - half, x + away + long, y + half),
            "left": (x - away - long, y - half, x - away, y + half),
            "below": (x - long / 2, y + away, x + long / 2, y + away + line),
            "above": (x - long / 2, y - away - line, x + long / 2, y - away),
        }
        for side, box in boxes.items():
            inside = box[0] >= 0 and box[1] >= 0 and box[2] <= room.width and box[3] <= room.height - room.foot / 2
            if inside and not any(_touch(box, other) for other in taken):
                sides[place] = side
                taken.append(box)
                break
    return sides


def _touch(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
