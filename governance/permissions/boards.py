"""Who keeps the butler boards."""

from typing import Any

from accounts.choices import Access, Act
from accounts.models import User
from accounts.permissions import may_write
from renovation.permissions import reaches


def may_keep_board(caller: Any, place: Any) -> bool:
    """Whether the caller keeps the board of a stairwell (or a board, which lies at one): a grid worker those of the
    buildings in the grid, or in none.
    """
    return may_write(caller, Act.UPKEEP, place)


def sees_head(caller: Any, board: Any) -> bool:
    """Whether the caller reads in full who the building head is: everybody while the board hangs, as was consented to;
    afterwards whoever keeps it.
    """
    return board.taken_down_on is None or may_keep_board(caller, board)


def may_keep_some_board(caller: Any, neighbourhood: Any) -> bool:
    """Whether there is a stairwell of the neighbourhood, or may be, whose board the caller keeps."""
    if not isinstance(caller, User):
        return False
    reach = caller.reach(Act.UPKEEP, Access.WRITE)
    in_grid = any(grid.startswith(neighbourhood.community_code) for grid in reach.grids)
    return in_grid or reaches(reach, neighbourhood.community_code, neighbourhood.code, None)
