"""Who keeps the bodies: the party's those who keep party members, the others whoever does `bodies`."""

from typing import Any

from accounts.choices import Act
from accounts.permissions import may_write, may_write_somewhere
from governance.rules.bodies import PARTY
from renovation.permissions import personal_reach


def act_of_kind(kind: str) -> Act:
    """The act whose writers keep a body of this kind: a party secretary writes what is the party organisation's, an
    owners' committee does not.
    """
    return Act.PARTY_MEMBERS if kind in PARTY else Act.BODIES


def may_keep_body(caller: Any, place: Any, kind: str) -> bool:
    """Whether the caller founds, changes and ends bodies of this kind where `place` lies, and writes their members."""
    return may_write(caller, act_of_kind(kind), place)


def may_keep_some_body(caller: Any, place: Any = None) -> bool:
    """Whether there is any kind that the caller keeps, there or anywhere."""
    acts = (Act.BODIES, Act.PARTY_MEMBERS)
    if place is None:
        return any(may_write_somewhere(caller, act) for act in acts)
    return any(may_write(caller, act, place) for act in acts)


def sees_phones(caller: Any, place: Any, kind: str) -> bool:
    """Whether the caller reads the phones of a body's members in full: whoever reads personal fields there, and for a
    party body who keeps it. Others read them masked.
    """
    reach = personal_reach(caller)
    in_grid = any(grid.startswith(place.community_code) for grid in reach.grids)
    here = in_grid or reach.covers(place.community_code, place.neighbourhood_code)
    return here or (kind in PARTY and may_keep_body(caller, place, kind))
