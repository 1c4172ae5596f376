"""Breakdowns of a result for readers: by building, and why doors do not support yet.

A group of fewer than five households is never broken down for who may not see the doors (workflow.md, Who is shown
what): one "not yet" in a stairwell of four names a neighbour.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from consent.models import Survey
from consent.reports.results import SMALL_GROUP, BuildingResult
from consent.rules.results import Figures

CONCERNS = """
SELECT CASE WHEN stance.value = 'supports' THEN 'verbal' ELSE stance.value END, reason, count(*)
FROM consent_stance stance JOIN consent_rollentry door ON door.id = stance.door_id AND door.on_roll
JOIN consent_visit visit ON visit.id = stance.visit_id
CROSS JOIN LATERAL unnest(visit.reasons) AS reason
WHERE stance.survey_id = %s AND NOT stance.counts
GROUP BY 1, 2
"""


@dataclass(frozen=True)
class BuildingRow:
    """A building's figures, or those of several small ones together (`number` is empty, `buildings` how many).

    `figures` is None where even together they are too few to be shown.
    """

    building: int | None
    number: str
    buildings: int
    figures: Figures | None


def building_rows(found: Sequence[BuildingResult], *, sees_doors: bool) -> list[BuildingRow]:
    """Each building in a row; for who may not see doors, small ones are put together, and with the smallest of the
    others if that alone would leave them readable from the total.
    """
    return [row for row, _members in building_groups(found, sees_doors=sees_doors)]


def building_groups(
    found: Sequence[BuildingResult], *, sees_doors: bool
) -> list[tuple[BuildingRow, Sequence[BuildingResult]]]:
    """The rows of `building_rows`, each with the buildings that it stands for."""
    if sees_doors:
        return [(BuildingRow(one.building, one.number, 1, one.figures), [one]) for one in found]
    small = [one for one in found if one.figures.households < SMALL_GROUP]
    shown = [one for one in found if one.figures.households >= SMALL_GROUP]
    if small and shown and sum(one.figures.households for one in small) < SMALL_GROUP:
        smallest = min(shown, key=lambda one: one.figures.households)
        shown.remove(smallest)
        small.append(smallest)
    groups: list[tuple[BuildingRow, Sequence[BuildingResult]]] = [
        (BuildingRow(one.building, one.number, 1, one.figures), [one]) for one in shown
    ]
    if small:
        together = _together([one.figures for one in small])
        enough = together.households >= SMALL_GROUP
        groups.append((BuildingRow(None, "", len(small), together if enough else None), small))
    return groups


def concerns_of(survey: Survey) -> Mapping[str, Counter[str]]:
    """The reasons that the leading visits of doors not counted as support name, by stance (`verbal` for a yes that
    does not count). One query.
    """
    found: dict[str, Counter[str]] = defaultdict(Counter)
    with connection.cursor() as cursor:
        cursor.execute(CONCERNS, [survey.pk])
        for stance, reason, number in cursor.fetchall():
            found[stance][reason] = number
    return found


def _together(groups: Sequence[Figures]) -> Figures:
    stances: Counter[str] = Counter()
    for group in groups:
        stances.update(group.stances)
    return Figures(
        households=sum(group.households for group in groups),
        excluded=sum(group.excluded for group in groups),
        visited=sum(group.visited for group in groups),
        supports=sum(group.supports for group in groups),
        verbal=sum(group.verbal for group in groups),
        stances=dict(stances),
    )
