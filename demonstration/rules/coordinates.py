"""Where the demonstration's neighbourhoods lie: the middles of the counties are about right, all else is invented."""

from decimal import Decimal
from hashlib import sha256
from math import cos, pi, radians, sin, sqrt

MIDDLES = {
    "420502": (111.295, 30.712),
    "420503": (111.352, 30.652),
    "420504": (111.262, 30.676),
    "420505": (111.434, 30.532),
    "420506": (111.326, 30.770),
    "420525": (111.640, 31.061),
    "420526": (110.747, 31.348),
    "420527": (110.978, 30.826),
    "420528": (111.207, 30.473),
    "420529": (111.078, 30.170),
    "420581": (111.450, 30.378),
    "420582": (111.788, 30.821),
    "420583": (111.760, 30.426),
}
"""Longitude and latitude of each county's town, to about a kilometre."""

OF_A_COUNTY, OF_A_COMMUNITY = 2.4, 0.4
"""Kilometres around the middle, in which the communities of a county lie, and the neighbourhoods of a community."""

KM_OF_DEGREE = 111.2


def coordinates_of(community: str, name: str) -> tuple[Decimal, Decimal]:
    """Longitude and latitude of a neighbourhood: the same for the same community and name."""
    longitude, latitude = MIDDLES[community[:6]]
    for said, reach in ((community, OF_A_COUNTY), (f"{community} {name}", OF_A_COMMUNITY)):
        east, north = _within(said, reach)
        longitude += east / (KM_OF_DEGREE * cos(radians(latitude)))
        latitude += north / KM_OF_DEGREE
    return Decimal(f"{longitude:.6f}"), Decimal(f"{latitude:.6f}")


def degrees_of(community: str, name: str, stage: str) -> dict[str, Decimal]:
    """The same as fields of the registry; none of one that nobody has looked at yet."""
    if stage == "registered":
        return {}
    longitude, latitude = coordinates_of(community, name)
    return {"longitude": longitude, "latitude": latitude}


def _within(said: str, reach: float) -> tuple[float, float]:
    """A place within so many kilometres, spread evenly by what is said."""
    digest = sha256(said.encode()).digest()
    turn, far = (int.from_bytes(digest[start : start + 4]) / 2**32 for start in (0, 4))
    away = reach * sqrt(far)
    return away * cos(2 * pi * turn), away * sin(2 * pi * turn)
