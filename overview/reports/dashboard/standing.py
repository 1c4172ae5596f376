"""The rows that a dashboard is made of: a day as it was kept; or now, as it was kept last and what changed since."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from overview.models import KeptDay, NeighbourhoodDay
from overview.reports.dashboard.scope import Scope, scope_of
from overview.reports.days import end_of, fee_month_of, figures_on
from overview.rules.dashboard import Standing, is_small
from renovation.models import Division, Neighbourhood

# Changes that have no number yet are newer than all that have one. A billing run of a division tells of that alone.
_CHANGED = """
SELECT DISTINCT neighbourhood_code, CASE WHEN neighbourhood_code = '' THEN community_code ELSE '' END
FROM (
    SELECT neighbourhood_code, community_code, resource FROM accounts_change WHERE cursor > %(cursor)s
    UNION ALL
    SELECT neighbourhood_code, community_code, resource FROM accounts_change WHERE cursor IS NULL
) AS change
WHERE neighbourhood_code <> '' OR resource = 'billing-runs'
"""


class DayToCome(Exception):
    """No figures are known of a day to come."""


@dataclass(frozen=True)
class Standings:
    """The rows of one scope at one moment. `until` is the end of a day gone by, None for now."""

    scope: Scope
    day: date
    now: datetime
    until: datetime | None
    rows: Mapping[int, NeighbourhoodDay]

    @property
    def is_past(self) -> bool:
        return self.until is not None

    @property
    def moment(self) -> datetime:
        """What was recorded before it counts."""
        return self.until or self.now

    @cached_property
    def surveyed(self) -> dict[int, Standing]:
        """How the last survey of each neighbourhood stands that has had one."""
        return {
            pk: Standing(pk, row.roll, row.roll - row.excluded, row.supports, row.pass_share)
            for pk, row in self.rows.items()
            if row.survey_id is not None and row.pass_share is not None
        }

    @cached_property
    def hidden(self) -> frozenset[int]:
        """Neighbourhoods of whose survey nothing is told, since it asks too few."""
        return frozenset(pk for pk, row in self.rows.items() if is_small(row.roll))


def standings_of(scope: Scope, day: date | None, now: datetime | None) -> Standings:
    """The rows of a scope. Of a kept day two queries; of now one more, and ten for the neighbourhoods that have changed
    since the last keeping. A day gone by that was not kept is made on the spot, which takes seconds for a city.

    Raises DayToCome.
    """
    now = now or timezone.now()
    today = timezone.localdate(now)
    day = day or today
    if day > today:
        raise DayToCome
    if day < today:
        return Standings(scope, day, now, end_of(day), _kept_or_made(scope, day))
    return Standings(scope, day, now, None, _now(scope, today))


def neighbourhood_days(
    caller: Any, division: Division | str | None = None, day: date | None = None, now: datetime | None = None
) -> list[NeighbourhoodDay]:
    """The rows, one a neighbourhood in the order of their ids, whose sums the dashboard of the same arguments shows.
    Of a roll that is small (`rules.dashboard.is_small`) no support may be shown.
    """
    return list(standings_of(scope_of(caller, division), day, now).rows.values())


def _kept_or_made(scope: Scope, day: date) -> dict[int, NeighbourhoodDay]:
    if KeptDay.objects.filter(day=day, final=True).exists():
        return _kept(scope, day)
    here = list(Neighbourhood.objects.filter(scope.where("")).values_list("pk", flat=True))
    return _by_place(figures_on(day, here=here, until=end_of(day)))


def _now(scope: Scope, today: date) -> dict[int, NeighbourhoodDay]:
    last = KeptDay.objects.filter(day__lte=today).order_by("-day").first()
    if last is None or fee_month_of(last.day) != fee_month_of(today):
        here = list(Neighbourhood.objects.filter(scope.where("")).values_list("pk", flat=True))
        return _by_place(figures_on(today, here=here))
    rows = _kept(scope, last.day)
    changed = _changed_since(scope, last.cursor)
    if changed:
        rows |= _by_place(figures_on(today, here=changed))
    return rows


def _kept(scope: Scope, day: date) -> dict[int, NeighbourhoodDay]:
    return _by_place(NeighbourhoodDay.objects.filter(scope.of_days(), day=day).order_by("neighbourhood_id"))


def _by_place(rows: Any) -> dict[int, NeighbourhoodDay]:
    return {row.neighbourhood_id: row for row in rows}


def _changed_since(scope: Scope, cursor: int) -> list[int]:
    with connection.cursor() as database:
        database.execute(_CHANGED, {"cursor": cursor})
        found = database.fetchall()
    if not found:
        return []
    where = Q(code__in=[code for code, _prefix in found if code])
    for _code, prefix in found:
        if prefix:
            where |= Q(community_code__startswith=prefix)
    return list(Neighbourhood.objects.filter(scope.where(""), where).order_by("pk").values_list("pk", flat=True))
