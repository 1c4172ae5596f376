"""Of which places a dashboard is, and whether the caller reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.querysets import within
from accounts.rules.territory import DIVISION_LENGTHS, Reach, divisions_above, reach_of
from overview.reports.dashboard.shape import Place
from renovation.models import Division, Neighbourhood
from renovation.querysets import neighbourhoods_within

ACT = "overview"


class NoDashboard(Exception):
    """The caller reads no dashboard, or not all of the division that was asked for: 404 at the edge."""


@dataclass(frozen=True)
class Scope:
    """The places of one dashboard. `children` are the divisions of the next level below, of a community its
    neighbourhoods, whose ids `neighbourhoods` has by their codes; `above` are those above that the caller reads, too.
    """

    place: Place
    reach: Reach
    above: Sequence[Place]
    children: Sequence[Place]
    neighbourhoods: Mapping[str, int]

    def where(self, prefix: str = "neighbourhood__") -> Q:
        """Rows inside, by the path to their neighbourhood."""
        return neighbourhoods_within(self.reach, prefix)

    def of_days(self) -> Q:
        """Kept days inside, by the code that they carry themselves."""
        return within(self.reach)

    def child_of(self, community_code: str) -> Place | None:
        """The division below in which a community lies."""
        return next((child for child in self.children if community_code.startswith(child.code)), None)


def scope_of(caller: Any, division: Division | str | None) -> Scope:
    """The places that a dashboard of `division` is made of, or of all that the caller reads where none is given.

    Two queries at most. Raises NoDashboard for a division of which the caller does not read everything: a total of a
    part of it would be read as its own.
    """
    reach = outermost(reach_of(caller, ACT))
    if not reach:
        raise NoDashboard
    asked = division.code if isinstance(division, Division) else division
    code = reach.divisions[0] if asked is None and len(reach.divisions) == 1 and not reach.neighbourhoods else asked
    if code is None:
        return _own(reach, _divisions(Q(code__in=reach.divisions)))
    if not reach.covers(code):
        raise NoDashboard
    levels = sorted(DIVISION_LENGTHS)
    longer = [length for length in levels if length > len(code)]
    below_it = Q(level=DIVISION_LENGTHS[longer[0]], code__startswith=code) if longer else Q(pk=None)
    found = _divisions(Q(code__in=divisions_above(code)) | below_it)
    here = next((one for one in found if one.code == code), None)
    if here is None and asked is None:
        # A role may be given for a division that is not in the registry yet: then it has no name, but it has places.
        return _own(reach, ())
    if here is None:
        raise NoDashboard
    above = tuple(one for one in found if len(one.code) < len(code) and reach.covers(one.code))
    below = tuple(one for one in found if len(one.code) > len(code))
    if longer:
        return Scope(here, Reach(divisions=(code,)), above, below, {})
    inside = list(Neighbourhood.objects.in_division(code).order_by("code").values_list("code", "name", "pk"))
    tiles = tuple(Place(one, name, "neighbourhood") for one, name, _pk in inside)
    return Scope(here, Reach(divisions=(code,)), above, tiles, {one: pk for one, _name, pk in inside})


def _own(reach: Reach, below: Sequence[Place]) -> Scope:
    return Scope(Place("", _("All of your places"), "own"), reach, (), below, {})


def outermost(reach: Reach) -> Reach:
    """Each place once: what lies in another division of the same caller goes with that. A grid has a part of a
    neighbourhood, whose figures are of the whole: it counts for nothing.
    """
    divisions = tuple(
        code for code in reach.divisions if not any(above in reach.divisions for above in divisions_above(code)[:-1])
    )
    single = tuple(code for code in reach.neighbourhoods if not any(code.startswith(above) for above in divisions))
    return Reach(divisions=divisions, neighbourhoods=single)


def division_for(caller: Any, code: str) -> Division | None:
    """The division of a code whose dashboard the caller reads, if there is one."""
    if not replace(reach_of(caller, ACT), grids=()).covers(code):
        return None
    found: Division | None = Division.objects.filter(code=code).first()
    return found


def _divisions(where: Q) -> tuple[Place, ...]:
    rows = Division.objects.filter(where).order_by("code").values_list("code", "name", "level")
    return tuple(Place(code, name, level) for code, name, level in rows)
