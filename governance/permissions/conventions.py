"""Who drafts and adopts conventions, who records signatures, and who reads them by door."""

from dataclasses import replace
from typing import Any

from accounts.choices import Access, Act
from accounts.permissions import may_write
from accounts.rules.territory import Reach, reach_of


def may_keep_texts(caller: Any, place: Any) -> bool:
    """Draft, adopt, file and withdraw conventions where `place` lies."""
    return may_write(caller, Act.BODIES, place)


def may_record_signatures(caller: Any, place: Any) -> bool:
    return may_write(caller, Act.SIGNATURES, place)


def sees_every_signature(caller: Any, place: Any) -> bool:
    """Whether the caller reads of every household there whether it signed, so that small groups may be told of. A role
    for a grid reads those of its grid only.
    """
    reach = replace(_named(caller), grids=())
    return reach.covers(place.community_code, place.neighbourhood_code)


def sees_some_signatures(caller: Any, place: Any) -> bool:
    """Whether there are doors at `place` of which the caller reads whether they signed."""
    in_grid = any(grid.startswith(place.community_code) for grid in _named(caller).grids)
    return in_grid or sees_every_signature(caller, place)


def sees_totals(caller: Any, place: Any) -> bool:
    """Whether the caller reads how many have signed."""
    reach = reach_of(caller, Act.SIGNATURES)
    in_grid = any(grid.startswith(place.community_code) for grid in reach.grids)
    return in_grid or reach.covers(place.community_code, place.neighbourhood_code)


def _named(caller: Any) -> Reach:
    return reach_of(caller, Act.SIGNATURES, Access.READ, Access.WRITE)
