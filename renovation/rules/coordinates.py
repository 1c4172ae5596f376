"""Where a neighbourhood lies: the middle of it, in degrees of CGCS2000 (WGS 84 for this purpose)."""

from decimal import Decimal

COORDINATES = ("longitude", "latitude")

LAST_LONGITUDE, LAST_LATITUDE = 180, 90


def missing_half(longitude: Decimal | None, latitude: Decimal | None) -> str:
    """Which of the two is missing beside the other, by its name; nothing where both are there, or neither is."""
    if (longitude is None) == (latitude is None):
        return ""
    return "longitude" if longitude is None else "latitude"
