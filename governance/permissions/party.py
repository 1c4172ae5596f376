"""Who reads party members and their points by name, and who keeps them."""

from typing import Any

from accounts.choices import Access, Act
from accounts.permissions import may_write
from accounts.rules.territory import reach_of


def reads_members(caller: Any, place: Any) -> bool:
    """Whether the caller reads by name who serves there; who reads totals only does not."""
    reach = reach_of(caller, Act.PARTY_MEMBERS, Access.READ, Access.WRITE)
    return reach.covers(place.community_code, place.neighbourhood_code)


def keeps_members(caller: Any, place: Any) -> bool:
    return may_write(caller, Act.PARTY_MEMBERS, place)


def reads_points(caller: Any, place: Any) -> bool:
    """Whether the caller reads there who earned which points: whoever keeps them, and nobody else."""
    reach = reach_of(caller, Act.PARTY_POINTS, Access.READ, Access.WRITE)
    return reach.covers(place.community_code, place.neighbourhood_code)


def reads_point_totals(caller: Any, place: Any) -> bool:
    """Whether the caller reads there how many points were earned in all."""
    return reach_of(caller, Act.PARTY_POINTS).covers(place.community_code, place.neighbourhood_code)


def keeps_points(caller: Any, place: Any) -> bool:
    return may_write(caller, Act.PARTY_POINTS, place)
