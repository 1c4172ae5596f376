"""Who reads what of a handover beyond its lists."""

from typing import Any

from accounts.choices import Access, Act
from accounts.rules.territory import reach_of


def names_signatories(reader: Any, neighbourhood: Any) -> bool:
    """Whether the reader sees who signed by name: whoever reads bodies here; not who sees personal fields masked."""
    reach = reach_of(reader, Act.BODIES, Access.READ, Access.WRITE, "party")
    in_grid = any(grid.startswith(neighbourhood.community_code) for grid in reach.grids)
    return in_grid or reach.covers(neighbourhood.community_code, neighbourhood.neighbourhood_code)
