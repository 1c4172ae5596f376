"""Keeping the days: the projection that dashboards read (design.md, decision 3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Min
from django.utils import timezone

from accounts.models import Change
from accounts.services.changes import number_all_changes
from overview.models import CommunityDay, KeptDay, NeighbourhoodDay
from overview.reports.days import end_of, figures_on
from overview.rules.dashboard import CONSENTED_AT, SMALL_GROUP

_LOCK = 0x676F6E6764696461  # "gongdida"
_BATCH = 500

# What was begun before midnight and commits after it belongs to the day before: no transaction here takes as long.
_SETTLES_IN = timedelta(hours=1)

# The registry keeps no history of a household's use, nor of one taken out again by a reverted import, nor of where a
# neighbourhood was said to lie; the works none of the name, days and items of a package that is planned anew.
_WITHOUT_HISTORY = ("households", "longitude", "latitude", "packages")
_COMPARED = tuple(
    field.attname
    for field in NeighbourhoodDay._meta.concrete_fields
    if field.name != "id" and field.name not in _WITHOUT_HISTORY
)


@dataclass(frozen=True, slots=True)
class DayDifference:
    """A kept figure that is not what ledgers and histories give; `field` is empty where a whole row is.

    `place` is a neighbourhood by its id, or a community by its code where its sums are not those of its rows.
    """

    day: date
    place: int | str
    field: str
    kept: Any
    found: Any


@transaction.atomic
def keep_day(*, day: date, now: datetime | None = None) -> bool:
    """Keep the figures of a day, for all neighbourhoods; whether anything was written.

    A day that is over is made of what was recorded by its end, and kept for good from an hour after it: asked again,
    nothing is done. Until then, and for the day in hand, it is overwritten when asked again. A day to come is not kept.
    """
    now = now or timezone.now()
    today = timezone.localdate(now)
    if day > today:
        return False
    _lock()
    if KeptDay.objects.filter(day=day, final=True).exists():
        return False
    # Numbered first, read afterwards: whatever has a number up to this one is in the figures.
    number_all_changes()
    over = day < today
    cursor = _last_change_of(day) if over else Change.objects.aggregate(last=Max("cursor"))["last"] or 0
    _write(day, figures_on(day, until=end_of(day) if over else None))
    final = now >= end_of(day) + _SETTLES_IN
    KeptDay.objects.update_or_create(day=day, defaults={"made_at": now, "cursor": cursor, "final": final})
    return True


def days_to_keep(*, today: date, since: date | None = None) -> list[date]:
    """The days up to today that are not kept for good: from `since`, else from the first that was kept as it then stood
    and has to be finished, else from the day after the last that is kept for good.
    """
    kept = set(KeptDay.objects.filter(final=True).values_list("day", flat=True))
    begun = KeptDay.objects.filter(final=False, day__lt=today).aggregate(first=Min("day"))["first"]
    first = since or begun or max((day + timedelta(days=1) for day in kept), default=today)
    count = (today - first).days + 1
    return [day for day in (first + timedelta(days=number) for number in range(count)) if day not in kept]


def _last_change_of(day: date) -> int:
    """The number up to which every change was made by the end of a day that is over.

    Numbers are given as transactions are seen to have committed: one of the day may have a higher number than the first
    of the day after. Then it is read live along with that, which is more than needed and never wrong.
    """
    later = Change.objects.filter(at__gte=end_of(day)).aggregate(first=Min("cursor"))["first"]
    if later is not None:
        return later - 1
    return Change.objects.aggregate(last=Max("cursor"))["last"] or 0


@transaction.atomic
def rebuild_day(*, day: date, repair: bool = False, now: datetime | None = None) -> list[DayDifference]:
    """What differs between a kept day that is over and what was recorded by its end, and between sums of communities
    and its rows; written right where `repair` says so. Households, coordinates and work packages are neither compared
    nor written: of their use, of where places were said to lie, and of what was planned no history is kept.
    """
    _lock()
    found = figures_on(day, until=end_of(day))
    kept = {row.neighbourhood_id: row for row in NeighbourhoodDay.objects.filter(day=day)}
    differences = list(_differences(day, kept, found)) or _sums_that_differ(day)
    if differences and repair:
        for row in found:
            for name in _WITHOUT_HISTORY if row.neighbourhood_id in kept else ():
                setattr(row, name, getattr(kept[row.neighbourhood_id], name))
        _write(day, found)
        KeptDay.objects.filter(day=day).update(made_at=now or timezone.now())
    return differences


def _differences(
    day: date, kept: dict[int, NeighbourhoodDay], found: list[NeighbourhoodDay]
) -> Iterator[DayDifference]:
    anew = {row.neighbourhood_id: row for row in found}
    for pk in sorted({*kept, *anew}):
        if pk not in kept or pk not in anew:
            yield DayDifference(day, pk, "", pk in kept, pk in anew)
            continue
        for name in _COMPARED:
            before, after = getattr(kept[pk], name), getattr(anew[pk], name)
            if before != after:
                yield DayDifference(day, pk, name, before, after)


# The rows of a day by community; a roll of fewer than five households is in no sum of support, a place of fewer in none
# of fees.
_TOLD = "households = 0 OR households >= %(small)s"
_SUMS = f"""
SELECT community_code, day, coalesce(sum(supports) FILTER (WHERE roll >= %(small)s), 0),
    coalesce(sum(roll - excluded) FILTER (WHERE roll >= %(small)s), 0), count(*) FILTER (WHERE stage = ANY(%(passed)s)),
    count(*) FILTER (WHERE stage = 'under_works'), count(*) FILTER (WHERE stage = 'long_term'), sum(received),
    coalesce(sum(property_billed - property_reduced) FILTER (WHERE {_TOLD}), 0),
    coalesce(sum(property_settled) FILTER (WHERE {_TOLD}), 0),
    coalesce(sum(parking_billed - parking_reduced) FILTER (WHERE {_TOLD}), 0),
    coalesce(sum(parking_settled) FILTER (WHERE {_TOLD}), 0)
FROM overview_neighbourhoodday WHERE day = %(day)s GROUP BY community_code, day
"""  # noqa: S608 - a constant of this module

_SUM_COMMUNITIES = f"""
INSERT INTO overview_communityday (community_code, day, supports, denominator, consented, under_works, in_long_term,
    received, property_due, property_paid, parking_due, parking_paid)
{_SUMS}"""
_SUMS_THAT_DIFFER = f"""
WITH found AS ({_SUMS}), kept AS (
    SELECT community_code, day, supports, denominator, consented, under_works, in_long_term, received, property_due,
        property_paid, parking_due, parking_paid
    FROM overview_communityday WHERE day = %(day)s
)
SELECT DISTINCT community_code
FROM ((TABLE kept EXCEPT TABLE found) UNION ALL (TABLE found EXCEPT TABLE kept)) AS apart ORDER BY community_code
"""  # noqa: S608 - constants of this module


def _values(day: date) -> dict[str, Any]:
    return {"day": day, "small": SMALL_GROUP, "passed": list(CONSENTED_AT)}


def _sums_that_differ(day: date) -> list[DayDifference]:
    """The communities whose kept sums are not those of the kept rows."""
    with connection.cursor() as cursor:
        cursor.execute(_SUMS_THAT_DIFFER, _values(day))
        return [DayDifference(day, code, "", "other sums", "the sums of its rows") for (code,) in cursor]


def _write(day: date, rows: list[NeighbourhoodDay]) -> None:
    NeighbourhoodDay.objects.filter(day=day).delete()
    CommunityDay.objects.filter(day=day).delete()
    # They are read by division: side by side they lie on a tenth of the pages.
    rows = sorted(rows, key=lambda row: (row.community_code, row.neighbourhood_id))
    NeighbourhoodDay.objects.bulk_create(rows, batch_size=_BATCH)
    with connection.cursor() as cursor:
        cursor.execute(_SUM_COMMUNITIES, _values(day))


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
