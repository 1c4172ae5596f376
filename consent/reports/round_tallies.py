"""The three rounds of surveys by building: doors listed, visited and met, and the supports that each round added."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count, F, Q, Sum

from consent.models import RoundDoor, Survey, Tally, Visit

OUT_OF_ROUND = 0

# Of closed surveys in which somebody spoke again later: what led when they were closed, as `stance_of` says it. A roll
# is amended only while its survey is open, so today's is that of the closing.
AS_CLOSED = """
WITH taken AS (
    SELECT visit.id, visit.survey_id, visit.door_id, visit.sequence, visit.outcome, visit.given, visit.visited_at,
        visit.supersedes_id, visit.round, survey.count_verbal
    FROM consent_visit visit JOIN consent_survey survey ON survey.id = visit.survey_id
    WHERE visit.survey_id = ANY(%s) AND visit.recorded_at <= survey.closed_at
), latest AS (
    SELECT DISTINCT ON (door_id) * FROM taken
    WHERE NOT EXISTS (SELECT FROM taken AS later WHERE later.supersedes_id = taken.id)
    ORDER BY door_id, (outcome IN ('supports', 'not_yet', 'opposes')) DESC, visited_at DESC, sequence DESC
)
SELECT latest.survey_id, door.building_id, coalesce(latest.round, 0), count(*)
FROM latest JOIN consent_rollentry door ON door.id = latest.door_id AND door.on_roll
WHERE latest.outcome = 'supports'
    AND (latest.given IN ('signed', 'thumbprint') OR (latest.given = 'verbal' AND latest.count_verbal))
GROUP BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class RoundCounts:
    """One round in one building, or in several. `supports` are the households whose counting answer was given in it."""

    listed: int = 0
    visited: int = 0
    contacted: int = 0
    supports: int = 0

    def __add__(self, other: "RoundCounts") -> "RoundCounts":
        return RoundCounts(
            self.listed + other.listed,
            self.visited + other.visited,
            self.contacted + other.contacted,
            self.supports + other.supports,
        )


ByRound = Mapping[int, RoundCounts]
"""Counts by the number of the round; `OUT_OF_ROUND` for what was recorded out of round."""


def rounds_by_building(surveys: Sequence[Survey]) -> dict[tuple[int, int], ByRound]:
    """The rounds of each survey and building, by their ids: as they stand in an open survey, as they stood when a
    closed one was. At most four queries, however many surveys.
    """
    doors: dict[tuple[int, int, int], tuple[int, int, int]] = {}
    listed = RoundDoor.objects.filter(round__survey__in=surveys, door__on_roll=True).order_by()
    for survey, building, number, *counts in listed.values_list(
        "round__survey", "door__building", "round__number"
    ).annotate(
        listed=Count("pk"), walked=Count("pk", filter=Q(visited=True)), met=Count("pk", filter=Q(contacted=True))
    ):
        doors[survey, building, number] = (counts[0], counts[1], counts[2])
    supports = _supports(surveys)
    found: dict[tuple[int, int], dict[int, RoundCounts]] = defaultdict(dict)
    for survey, building, number in {*doors, *supports}:
        key = (survey, building, number)
        found[survey, building][number] = RoundCounts(*doors.get(key, (0, 0, 0)), supports.get(key, 0))
    return dict(found)


def _supports(surveys: Sequence[Survey]) -> dict[tuple[int, int, int], int]:
    closed = [survey.pk for survey in surveys if not survey.is_open]
    later = Visit.objects.filter(survey__in=closed, recorded_at__gt=F("survey__closed_at")).order_by()
    moved = set(later.values_list("survey", flat=True).distinct()) if closed else set()
    still = [survey.pk for survey in surveys if survey.pk not in moved]
    tallies = Tally.objects.filter(survey__in=still, counts=True, households__gt=0).order_by()
    rows = list(tallies.values_list("survey", "building", "round").annotate(n=Sum("households")))
    if moved:
        with connection.cursor() as cursor:
            cursor.execute(AS_CLOSED, [sorted(moved)])
            rows += cursor.fetchall()
    return {(survey, building, number): count for survey, building, number, count in rows}
