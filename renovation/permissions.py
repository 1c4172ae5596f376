"""Who may see personal fields of the registry, and who moves a neighbourhood on, off the roles table."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from accounts.choices import Access, Act
from accounts.models import User
from accounts.permissions import may_write
from accounts.rules.roles import OVERRIDES_GUARDS, roles_for_evidence
from accounts.rules.territory import NOWHERE, Reach, reach_of
from renovation.querysets import neighbourhoods_within
from renovation.rules.funding import FROM_HOUSEHOLDS

NEEDS_REVEAL = (Access.REVEAL, Access.REASON)


def personal_reach(caller: Any) -> Reach:
    """Where the caller reads personal fields without being asked why."""
    return reach_of(caller, Act.PERSONAL_FIELDS, Access.READ)


def reads_all_personal(caller: Any) -> bool:
    """Whether the caller reads the personal fields of every row that it sees, so may search by them."""
    seen = reach_of(caller, Act.REGISTRY)
    return bool(seen) and personal_reach(caller) == seen


def personal_access(caller: Any, thing: Any) -> Access:
    """How the caller comes to the personal fields of a household or an owner: READ, REVEAL or REASON (both one by one,
    on a stated reason, logged), or NONE.

    A revealing committee member may only while a survey's round is open in the neighbourhood.
    An owner lies in no grid, so a grid worker's reach does not cover one. Contract customers are known to a later app;
    until it says who they are, a clerk sees nobody's.
    """
    grid = getattr(thing, "grid", None)
    for access in (Access.READ, *NEEDS_REVEAL):
        reach = reach_of(caller, Act.PERSONAL_FIELDS, access)
        if access == Access.REVEAL and not thing.neighbourhood.round_is_open:
            continue
        if reaches(reach, thing.community_code, thing.neighbourhood_code, grid):
            return access
    return Access.NONE


def reaches(reach: Reach, community_code: str, neighbourhood_code: str, grid: str | None) -> bool:
    """Whether `reach` covers a place; a `grid` of None is a place that lies in no grid at all."""
    if grid is None:
        reach = Reach(divisions=reach.divisions, neighbourhoods=reach.neighbourhoods)
    return reach.covers(community_code, neighbourhood_code, grid or "")


def may_move(caller: Any, neighbourhood: Any, movers: Collection[str]) -> bool:
    """Whether the caller is one of a step's `movers` here; an API client is where it may write plans. A step without
    movers comes by itself.
    """
    return bool(movers) and _holds(caller, neighbourhood, movers)


def may_record(caller: Any, neighbourhood: Any, kind: str) -> bool:
    """Whether the caller records this kind of evidence here, and so may revoke it."""
    roles = roles_for_evidence(kind)
    return bool(roles) and _holds(caller, neighbourhood, roles)


def may_override(caller: Any, neighbourhood: Any) -> bool:
    """Whether the caller may ask here for a guard to be overridden, or confirm it: a person, never a system."""
    return isinstance(caller, User) and caller.client is None and _holds(caller, neighbourhood, OVERRIDES_GUARDS)


def _holds(caller: Any, neighbourhood: Any, roles: Collection[str]) -> bool:
    if not isinstance(caller, User):
        return False
    reach = replace(caller.reach_in_roles(roles, Act.PLANS), grids=())
    return reach.covers(neighbourhood.community_code, neighbourhood.code)


def may_supervise(caller: Any, neighbourhood: Any) -> bool:
    """Whether the caller reports from the site, and raises and follows defects. A grid worker does where a building
    lies in the grid, or in none: one query more for those.
    """
    reach = caller.reach(Act.SITE_REPORTS, Access.WRITE) if isinstance(caller, User) else NOWHERE
    if replace(reach, grids=()).covers(neighbourhood.community_code, neighbourhood.code):
        return True
    in_grids = neighbourhoods_within(Reach(grids=reach.grids))
    return bool(reach.grids) and type(neighbourhood).objects.filter(in_grids, pk=neighbourhood.pk).exists()


def sees_name_on_site(caller: Any, report: Any) -> bool:
    """Whether the caller reads who looked at the works, by name: a resident's is a personal field, so whoever reads
    those here, and who wrote the report. Others read it masked.
    """
    place, reach = report.neighbourhood, personal_reach(caller)
    in_grid = any(grid.startswith(place.community_code) for grid in reach.grids)
    return report.recorded_by_id == caller.pk or in_grid or reach.covers(place.community_code, place.code)


def reads_support_rate(caller: Any, neighbourhood: Any) -> bool:
    """Whether the caller may see how the support rate has moved since the result was published."""
    reach = reach_of(caller, Act.SURVEYS, Access.READ, Access.MASKED)
    grids = any(grid.startswith(neighbourhood.community_code) for grid in reach.grids)
    return grids or reach.covers(neighbourhood.community_code, neighbourhood.code)


def reads_contributions(caller: Any, neighbourhood: Any) -> bool:
    """Whether the caller reads what each household here pledged and gave."""
    reach = reach_of(caller, Act.CONTRIBUTIONS, Access.READ, Access.WRITE)
    grids = any(grid.startswith(neighbourhood.community_code) for grid in reach.grids)
    return grids or reach.covers(neighbourhood.community_code, neighbourhood.code)


def reads_household_shares(caller: Any, neighbourhood: Any) -> bool:
    """Whether the caller reads what each household here is to pay: who keeps contributions, and who writes the plan."""
    return reads_contributions(caller, neighbourhood) or may_write(caller, Act.PLANS, neighbourhood)


def may_record_money(caller: Any, source: Any, step: str, household: Any = None) -> bool:
    """Whether the caller records, and so reverses, money of a source at this step: a household's by whoever keeps
    contributions, other pledges and gifts of residents by them or by whoever writes the plan, the rest by the latter.
    """
    keeps = may_write(caller, Act.CONTRIBUTIONS, source)
    if household is not None:
        return keeps
    if keeps and source.kind in FROM_HOUSEHOLDS and step != "spent":
        return True
    return may_write(caller, Act.PLANS, source)
