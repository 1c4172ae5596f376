"""The statements that make the projections of whole surveys: at opening, when a round opens, and by `rebuild`.

Each takes `surveys`, a list of survey ids, so that one statement serves one survey and a whole city alike; those that
freeze or list doors can be kept to some `households`.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import connection

from consent.models import Stance, Survey, Visit, VisitPhoto
from consent.reports.results import facts_of, policy_of
from consent.rules.stances import VisitFacts, stance_of

# A door's salt is two random UUIDs (244 random bits): PostgreSQL has no other source of random bytes without an
# extension. Its hash is `leaves.door_hash`, and a test holds the two together.
FREEZE_ROLL = """
INSERT INTO consent_rollentry (survey_id, household_id, building_id, stairwell_number, unit_number, floor,
                               gross_floor_area, owners, door_salt, door_hash, on_roll)
SELECT survey_id, id, building_id, stairwell_number, unit_number, floor, gross_floor_area, owners, salt,
       sha256(convert_to(E'gongdi/door/1\\n', 'UTF8') || salt || convert_to(id::text, 'UTF8')), true
FROM (
    SELECT survey.id AS survey_id, household.id, household.building_id, stairwell.number AS stairwell_number,
           household.unit_number, household.floor, household.gross_floor_area,
           uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) AS salt,
           coalesce((
               SELECT jsonb_agg(jsonb_build_object('owner', owner.id, 'name', owner.name) ORDER BY owner.id)
               FROM renovation_ownership ownership JOIN renovation_owner owner ON owner.id = ownership.owner_id
               WHERE ownership.household_id = household.id
                 AND coalesce(ownership.starts_on, '-infinity') <= (survey.opened_at AT TIME ZONE 'Asia/Shanghai')::date
                 AND coalesce(ownership.ends_on, 'infinity') >= (survey.opened_at AT TIME ZONE 'Asia/Shanghai')::date
           ), '[]'::jsonb) AS owners
    FROM consent_survey survey
    JOIN renovation_household household ON household.neighbourhood_id = survey.neighbourhood_id
    JOIN renovation_stairwell stairwell ON stairwell.id = household.stairwell_id
    WHERE survey.id = ANY(%(surveys)s) AND household.use = 'residential' AND household.retired_at IS NULL
      AND (%(households)s::bigint[] IS NULL OR household.id = ANY(%(households)s))
    ORDER BY survey.id, household.id
) AS frozen
"""

START_STANCES = """
INSERT INTO consent_stance (door_id, survey_id, value, given, counts, excluded, contacted, visit_count, round)
SELECT id, survey_id, 'not_visited', '', false, false, false, 0, 0
FROM consent_rollentry WHERE survey_id = ANY(%(surveys)s)
ON CONFLICT (door_id) DO NOTHING
"""

# A round's list: the doors on the roll whose stance does not count as support. In round 1 that is every door.
LIST_DOORS = """
INSERT INTO consent_rounddoor (round_id, door_id, visited, contacted)
SELECT round.id, door.id, false, false
FROM consent_round round
JOIN consent_rollentry door ON door.survey_id = round.survey_id AND door.on_roll
JOIN consent_stance stance ON stance.door_id = door.id AND NOT stance.counts
WHERE round.survey_id = ANY(%(surveys)s) AND round.closed_at IS NULL
  AND (%(households)s::bigint[] IS NULL OR door.household_id = ANY(%(households)s))
ON CONFLICT (door_id, round_id) DO NOTHING
"""

COUNT_ROUNDS = """
UPDATE consent_round round SET listed_count = listed, visited_count = visited, contacted_count = contacted
FROM (
    SELECT counting.id, count(door.id) AS listed, count(door.id) FILTER (WHERE round_door.visited) AS visited,
           count(door.id) FILTER (WHERE round_door.contacted) AS contacted
    FROM consent_round counting
    LEFT JOIN consent_rounddoor round_door ON round_door.round_id = counting.id
    LEFT JOIN consent_rollentry door ON door.id = round_door.door_id AND door.on_roll
    WHERE counting.survey_id = ANY(%(surveys)s) GROUP BY counting.id
) AS counted
WHERE counted.id = round.id
"""

DROP_TALLIES = "DELETE FROM consent_tally WHERE survey_id = ANY(%(surveys)s)"

COUNT_TALLIES = """
INSERT INTO consent_tally (survey_id, building_id, round, value, counts, excluded, contacted, households)
SELECT stance.survey_id, door.building_id, stance.round, stance.value, stance.counts, stance.excluded,
       stance.contacted, count(*)
FROM consent_stance stance JOIN consent_rollentry door ON door.id = stance.door_id AND door.on_roll
WHERE stance.survey_id = ANY(%(surveys)s)
GROUP BY 1, 2, 3, 4, 5, 6, 7
"""

COUNT_ROLL = """
UPDATE consent_survey survey SET version = version + 1, updated_at = now(), roll_size = (
    SELECT count(*) FROM consent_rollentry door WHERE door.survey_id = survey.id AND door.on_roll
) WHERE survey.id = ANY(%(surveys)s)
"""


def run(*statements: str, surveys: Sequence[int], households: Sequence[int] | None = None) -> int:
    """Run statements in order for these surveys; the rows that the last one wrote."""
    parameters: dict[str, Any] = {
        "surveys": list(surveys),
        "households": None if households is None else list(households),
    }
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, parameters)
        return cursor.rowcount


def refresh_stances(*, survey: Survey, doors: Sequence[int]) -> None:
    """Recompute the stances of some doors from their visits, and the survey's tallies from the stances."""
    sequences = dict(Visit.objects.filter(survey=survey).values_list("pk", "sequence"))
    pks = {sequence: pk for pk, sequence in sequences.items()}
    photos = set(VisitPhoto.objects.filter(survey=survey).values_list("visit_id", flat=True))
    superseded = Visit.objects.filter(survey=survey, supersedes__isnull=False).values_list("supersedes_id", flat=True)
    gone = frozenset(sequences[pk] for pk in superseded)
    facts: dict[int, list[VisitFacts]] = defaultdict(list)
    for visit in Visit.objects.filter(door__in=doors):
        earlier = None if visit.supersedes_id is None else sequences[visit.supersedes_id]
        facts[visit.door_id].append(facts_of(visit, earlier, visit.pk in photos))
    for door in doors:
        found = stance_of(facts[door], policy_of(survey), gone)
        Stance.objects.filter(door=door).update(
            value=found.value,
            given=found.given,
            counts=found.counts,
            excluded=found.excluded,
            contacted=found.contacted,
            visit_count=found.visit_count,
            round=found.round,
            visit=None if found.sequence is None else pks[found.sequence],
        )
    run(DROP_TALLIES, COUNT_TALLIES, surveys=[survey.pk])
