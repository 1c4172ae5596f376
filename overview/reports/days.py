"""How neighbourhoods stand at the end of a day, and now: made of ledgers and histories, or of the tallies kept of them.

Two ways that must agree, which a test holds them to. What is asked of this moment (`until` None) is read from
projections, so that it costs no more as visits and bills grow. A day gone by is made of what was recorded by its end:
visits and rolls as they then stood, entries, bills and allocations by when they were written.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from governance.rules.fees.periods import add_months, last_day
from overview.models import NeighbourhoodDay
from overview.reports import days_sql as sql

FEES = ("property", "parking")
NOTHING = Decimal(0)

_FEE_FIELDS = tuple(
    f"{kind}_{span}{part}" for kind in FEES for span in ("", "year_") for part in ("billed", "reduced", "settled")
)
PARTS: Mapping[str, tuple[str, ...]] = {
    "registry": ("households",),
    "surveys": (
        *("survey_id", "survey_verdict", "pass_share", "revisit_on", "round", "last_visit_on"),
        *("roll", "excluded", "visited", "supports", "verbal", "rounds"),
    ),
    "money": ("money", "received"),
    "works": ("packages",),
    "fees": _FEE_FIELDS,
}
"""The columns of a row by what they are made of."""

PLACE = ("stage", "stage_since", "longitude", "latitude")
"""The columns that are always read: the registry is small."""


def end_of(day: date) -> datetime:
    """The first moment after a day, where we are."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def fee_month_of(day: date) -> date:
    """The first day of the last whole month before the one of `day`: bills of the month in hand are not yet due."""
    return add_months(day.replace(day=1), -1)


def figures_on(
    day: date, *, here: Sequence[int] | None = None, until: datetime | None = None, parts: Collection[str] = PARTS
) -> list[NeighbourhoodDay]:
    """The rows of a day, unsaved, of some neighbourhoods or of all, in the order of their ids.

    With `until` as everything recorded before that moment has it, from ledgers; without, as it stands now, from
    projections. Eleven statements, however many neighbourhoods; fewer where only some `parts` are asked for, and the
    rest of the row is left empty.
    """
    month = fee_month_of(day)
    values: dict[str, Any] = {
        "here": None if here is None else list(here),
        "until": until,
        "day": day,
        "month": month,
        "month_end": last_day(month),
        "year": month.replace(month=1, day=1),
    }
    places = _rows(sql.PLACES_THEN if until else sql.PLACES_NOW, values)
    values["here"] = [place[0] for place in places]
    rows = {
        pk: NeighbourhoodDay(
            neighbourhood_id=pk, community_code=code, day=day, fee_month=month, **dict(zip(PLACE, place, strict=True))
        )
        for pk, code, *place in places
    }
    if "registry" in parts:
        for pk, households in _rows(sql.HOUSEHOLDS, values):
            rows[pk].households = households
    if "surveys" in parts:
        _surveys(rows, values, then=until is not None)
    if "money" in parts:
        _money(rows, values)
    if "works" in parts:
        _works(rows, values, then=until is not None)
    if "fees" in parts:
        for kind in FEES:
            _fees(rows, {**values, "kind": kind}, kind, then=until is not None)
    return list(rows.values())


def _surveys(rows: dict[int, NeighbourhoodDay], values: dict[str, Any], *, then: bool) -> None:
    surveys: dict[int, NeighbourhoodDay] = {}
    for place, survey, share, verdict, revisit_on, last_visit_on in _rows(sql.SURVEYS, values):
        row = surveys[survey] = rows[place]
        row.survey_id, row.pass_share, row.survey_verdict, row.revisit_on = survey, share, verdict, revisit_on
        row.last_visit_on = last_visit_on
    values = {**values, "surveys": list(surveys)}
    if not surveys:
        return
    supports: dict[int, dict[int, int]] = {survey: {} for survey in surveys}
    for survey, number, roll, excluded, visited, supporting, verbal, last in _rows(
        sql.COUNTS_THEN if then else sql.COUNTS_NOW, values
    ):
        row = surveys[survey]
        row.roll += roll
        row.excluded += excluded
        row.visited += visited
        row.supports += supporting
        row.verbal += verbal
        supports[survey][number] = supporting
        if then and last is not None:
            row.last_visit_on = last if row.last_visit_on is None else max(row.last_visit_on, last)
    for survey, number, listed, visited in _rows(sql.ROUNDS_THEN if then else sql.ROUNDS_NOW, values):
        row = surveys[survey]
        row.round = number
        row.rounds.append([listed, visited, supports[survey].get(number, 0)])


def _money(rows: dict[int, NeighbourhoodDay], values: dict[str, Any]) -> None:
    """Planned of the revision in force, and the entries of each step, reversals among them."""
    steps = ("planned", "committed", "received", "spent")
    for place, kind, step, amount in _rows(sql.MONEY, values):
        sums = rows[place].money.setdefault(kind, ["0.00"] * len(steps))
        sums[steps.index(step)] = f"{amount:.2f}"
        if step == "received":
            rows[place].received += amount


def _works(rows: dict[int, NeighbourhoodDay], values: dict[str, Any], *, then: bool) -> None:
    """Days as text, and done of how much as exact decimals: whether a package is behind depends on the day."""
    statement = sql.PACKAGES_THEN if then else sql.PACKAGES_NOW
    for place, pk, number, name, starts_on, ends_on, done, whole in _rows(statement, values):
        package = [pk, number, name, str(starts_on), str(ends_on), f"{done.normalize():f}", f"{whole.normalize():f}"]
        rows[place].packages.append(package)


def _fees(rows: dict[int, NeighbourhoodDay], values: dict[str, Any], kind: str, *, then: bool) -> None:
    for place, billed, reduced, year_billed, year_reduced in _rows(sql.BILLED_THEN if then else sql.BILLED_NOW, values):
        row = rows[place]
        setattr(row, f"{kind}_billed", billed)
        setattr(row, f"{kind}_reduced", reduced)
        setattr(row, f"{kind}_year_billed", year_billed)
        setattr(row, f"{kind}_year_reduced", year_reduced)
    for place, settled, year_settled in _rows(sql.SETTLED_THEN if then else sql.SETTLED_NOW, values):
        setattr(rows[place], f"{kind}_settled", settled)
        setattr(rows[place], f"{kind}_year_settled", year_settled)


def _rows(statement: str, values: dict[str, Any]) -> Iterable[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
