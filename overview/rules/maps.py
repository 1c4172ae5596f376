"""Degrees laid flat: what a picture of places needs where no map service is asked."""

from collections.abc import Sequence
from math import cos, floor, log10, pi, radians

MOST = 150
"""Points that can each be tapped and named; of more the picture leads to where they are fewer."""

KM_OF_DEGREE = 6371.0088 * pi / 180
"""Kilometres of a degree of latitude, on a sphere of the earth's mean radius: right to half a percent everywhere."""


def are_apart(count: int, level: str) -> bool:
    """Whether so many points are each a link with a name. In a community there is nothing below by which they could be
    put together.
    """
    return count <= MOST or level == "community"


def laid_flat(places: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Longitudes and latitudes in degrees as kilometres to the east and to the south of their north-western corner.

    Equidistant: a degree of latitude is as long everywhere, and one of longitude as long as at the middle latitude of
    these places. Within a city distances are right to a percent or so; nothing here is for places on both sides of the
    180th meridian.
    """
    if not places:
        return []
    west = min(longitude for longitude, _latitude in places)
    south, north = (edge(latitude for _longitude, latitude in places) for edge in (min, max))
    across = KM_OF_DEGREE * cos(radians((south + north) / 2))
    return [((longitude - west) * across, (north - latitude) * KM_OF_DEGREE) for longitude, latitude in places]


def round_length(longest: float) -> float:
    """The longest of 1, 2, 5, 10, 20, ... (and 0.5, 0.2, ...) that is not more than `longest`, which is above zero."""
    step = 10.0 ** floor(log10(longest))
    return next((one * step for one in (5, 2) if one * step <= longest), step)
