"""Who may do what, asked at the edges. The answers come off the roles table."""

from dataclasses import replace
from typing import Any

from accounts.choices import Access, Role
from accounts.models import User


def may_write(caller: Any, act: str, thing: Any) -> bool:
    """Whether the caller may do `act` where `thing` lies (its `community_code`, `neighbourhood_code` and `grid`).

    What has no `grid` lies in none, so who is given a grid may not write it: a neighbourhood, a policy, a roster.
    """
    if not isinstance(caller, User):
        return False
    reach, grid = caller.reach(act, Access.WRITE), getattr(thing, "grid", None)
    if grid is None:
        reach = replace(reach, grids=())
    return reach.covers(thing.community_code, getattr(thing, "neighbourhood_code", ""), grid or "")


def may_write_somewhere(caller: Any, act: str) -> bool:
    """Whether there is any place where the caller may do `act`."""
    return isinstance(caller, User) and bool(caller.reach(act, Access.WRITE))


def may_open_back_office(caller: Any) -> bool:
    """Administrators, auditors, and officials for reference data (pages.md). The role decides, not Django's flag."""
    if not isinstance(caller, User) or not caller.is_active:
        return False
    return caller.is_administrator or caller.has_role(Role.AUDITOR, Role.CITY_OFFICIAL, Role.DISTRICT_OFFICIAL)
