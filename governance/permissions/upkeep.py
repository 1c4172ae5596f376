"""Who keeps tours, tasks and contests, and who reads which resident reported something."""

from dataclasses import replace
from typing import Any

from accounts.choices import Access, Act, Role
from accounts.models import User
from accounts.rules.territory import NOWHERE, Reach
from governance.choices.bodies import BodyKind
from governance.choices.upkeep import TaskState
from renovation.permissions import personal_reach
from renovation.querysets import neighbourhoods_within


def may_keep_upkeep(caller: Any, neighbourhood: Any) -> bool:
    """Whether the caller writes tours, findings, tasks and contests here. A grid worker does where a building lies in
    the grid, or in none: one query more for those.
    """
    reach = caller.reach(Act.UPKEEP, Access.WRITE) if isinstance(caller, User) else NOWHERE
    if replace(reach, grids=()).covers(neighbourhood.community_code, neighbourhood.code):
        return True
    in_grids = neighbourhoods_within(Reach(grids=reach.grids))
    return bool(reach.grids) and type(neighbourhood).objects.filter(in_grids, pk=neighbourhood.pk).exists()


def sees_reporter(caller: Any, task: Any) -> bool:
    """Whether the caller reads who reported a task, with the phone: whoever reads personal fields here, a grid worker
    at the buildings of the grid or of none, and between them; and the property company's clerk, of what the company has
    still to do, since somebody must call. Others read both masked.
    """
    place, reach = task.neighbourhood, personal_reach(caller)
    if reach.covers(place.community_code, place.code, task.building.grid if task.building else ""):
        return True
    waits = task.state in (TaskState.OPEN, TaskState.DONE)
    is_company = task.body is not None and task.body.kind == BodyKind.PROPERTY_COMPANY
    if not (waits and is_company and isinstance(caller, User) and caller.client is None):
        return False
    return caller.reach_in_roles({Role.PROPERTY_CLERK}, Act.UPKEEP).covers(place.community_code, place.code)
