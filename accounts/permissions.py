"""Who may do what, asked at the edges. The answers come off the roles table."""

from typing import Any

from accounts.choices import Access
from accounts.models import User


def may_write(caller: Any, act: str, thing: Any) -> bool:
    """Whether the caller may do `act` where `thing` lies (its `community_code`, `neighbourhood_code` and `grid`)."""
    if not isinstance(caller, User):
        return False
    return caller.reach(act, Access.WRITE).covers(
        thing.community_code, getattr(thing, "neighbourhood_code", ""), getattr(thing, "grid", "")
    )


def may_write_somewhere(caller: Any, act: str) -> bool:
    """Whether there is any place where the caller may do `act`."""
    return isinstance(caller, User) and bool(caller.reach(act, Access.WRITE))
