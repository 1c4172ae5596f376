"""The rows that taking visits reads and writes: a few statements a call, whatever the size of the batch.

What is read is read under the survey's lock, so in statements of their own after it: one that took the lock itself
would see the other tables as they were before it waited.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from common.prepared import Prepared
from consent.rules.stances import StanceFacts, VisitFacts
from consent.rules.visits import RoundFacts, VisitInput


@dataclass(slots=True)
class LockedSurvey:
    """A survey under its lock, as far as taking visits needs it."""

    pk: int
    ledger: UUID
    community_code: str
    neighbourhood_code: str
    stage: str
    pass_share: Any
    count_vacant: bool
    count_verbal: bool
    menu_edition: int
    opened_at: datetime
    closed_at: datetime | None
    last_recorded_at: datetime | None
    tree_size: int
    tree_edge: list[bytes]


@dataclass(frozen=True, slots=True)
class ShownPlan:
    """A frozen revision of the plan, as a visit names it."""

    pk: int
    digest: str


@dataclass(slots=True)
class Known:
    """A visit that the ledger holds already, or that this batch has just taken (`pk` is still None then)."""

    pk: int | None
    sequence: int
    round: int | None
    door: int
    leaf_hash: bytes
    receipt_code: str | None
    salt: bytes | None
    digest: bytes | None
    in_this_survey: bool = True


@dataclass(slots=True)
class Door:
    pk: int
    household: int
    building: int
    on_roll: bool
    door_hash: bytes
    grid: str
    rounds: set[int]
    stance: StanceFacts
    walked: dict[int, tuple[bool, bool]]
    visits: list[VisitFacts] = field(default_factory=list)
    recorders: dict[int, int] = field(default_factory=dict)
    """Who recorded each of these visits: user by sequence."""
    changed: bool = False


# Plans are kept. One that is made while a table is small would scan it until the next ANALYZE, and visits come faster.
# The statements of this transaction name few rows of large tables: each is looked up by its index, whatever the planner
# knows of them. So their conditions are lists of values (`= ANY(ARRAY(SELECT ...))`), not joins it could turn round.
LOOK_UP = "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"

LOCK_SURVEY = Prepared(
    """
SELECT survey.id, survey.ledger, survey.community_code, neighbourhood.code, neighbourhood.stage, survey.pass_share,
       survey.count_vacant, survey.count_verbal, survey.menu_edition_id, survey.opened_at, survey.closed_at,
       survey.last_recorded_at, survey.tree_size, survey.tree_edge
FROM consent_survey survey JOIN renovation_neighbourhood neighbourhood ON neighbourhood.id = survey.neighbourhood_id
WHERE survey.id = %(survey)s::bigint FOR UPDATE OF survey
""",
    before=LOOK_UP,
)

# The rounds of the survey, and the revisions of the plan that visits name, come along with each door: they are few, and
# it spares a statement each under the lock. A frozen revision stays what it is, so reading it here is soon enough.
READ_DOORS = Prepared("""
SELECT door.id, door.household_id, door.building_id, door.on_roll, door.door_hash, building.grid,
       stance.value, stance.given, stance.counts, stance.excluded, stance.contacted, stance.round,
       ARRAY(SELECT ARRAY[round.number, walk.visited::int, walk.contacted::int]
             FROM consent_rounddoor walk JOIN consent_round round ON round.id = walk.round_id
             WHERE walk.door_id = door.id),
       ARRAY(SELECT closed_at FROM consent_round WHERE survey_id = %(survey)s::bigint ORDER BY number),
       ARRAY(SELECT ARRAY[plan.number::text, plan.id::text, plan.digest] FROM renovation_renovationplan plan
             WHERE plan.neighbourhood_id = (SELECT neighbourhood_id FROM consent_survey WHERE id = %(survey)s)
               AND plan.number = ANY(%(plans)s::smallint[]) AND plan.state = 'frozen')
FROM consent_rollentry door
JOIN consent_stance stance ON stance.door_id = door.id
JOIN renovation_building building ON building.id = door.building_id
WHERE (door.survey_id = %(survey)s AND door.household_id = ANY(%(households)s::bigint[]))
   OR door.id = ANY(ARRAY(
       SELECT door_id FROM consent_visit WHERE survey_id = %(survey)s AND client_id = ANY(%(supersedes)s::uuid[])
   ))
""")

READ_VISITS = Prepared("""
SELECT visit.id, visit.survey_id, visit.client_id, visit.sequence, visit.door_id, visit.round, visit.outcome,
       visit.given, visit.visited_at,
       visit.has_note OR EXISTS (SELECT FROM consent_visitphoto photo WHERE photo.visit_id = visit.id),
       earlier.sequence, visit.leaf_hash, private.receipt_code, private.salt, private.content_digest,
       visit.recorded_by_id
FROM consent_visit visit
LEFT JOIN consent_visit earlier ON earlier.id = visit.supersedes_id
LEFT JOIN consent_visitprivatedata private ON private.visit_id = visit.id
WHERE visit.client_id = ANY(%(client_ids)s::uuid[]) OR visit.door_id = ANY(%(doors)s::bigint[])
   OR visit.supersedes_id = ANY(ARRAY(SELECT id FROM consent_visit WHERE door_id = ANY(%(doors)s)))
""")


def lock_survey(pk: int) -> LockedSurvey:
    """The survey's row, locked until the transaction ends. Appends to its ledger queue here."""
    with connection.cursor() as cursor:
        LOCK_SURVEY.execute(cursor, {"survey": pk})
        row = dict(zip(LockedSurvey.__slots__, cursor.fetchone(), strict=True))
    return LockedSurvey(**row | {"tree_edge": [bytes(root) for root in row["tree_edge"]]})


def read_doors(
    survey: int, visits: Sequence[VisitInput]
) -> tuple[list[RoundFacts], dict[int, Door], dict[int, ShownPlan]]:
    """The rounds of the survey, the doors that these visits name or whose visits they correct, by id, and the frozen
    revisions of the plan that they name, by number.
    """
    parameters: dict[str, Any] = {
        "survey": survey,
        "households": [visit.household for visit in visits],
        "supersedes": [str(visit.supersedes) for visit in visits if visit.supersedes],
        "plans": sorted({visit.plan for visit in visits if visit.plan}),
    }
    doors: dict[int, Door] = {}
    closed: list[datetime | None] = []
    plans: list[list[str]] = []
    with connection.cursor() as cursor:
        READ_DOORS.execute(cursor, parameters)
        for pk, household, building, on_roll, door_hash, grid, *stance, walked, round_ends, named in cursor.fetchall():
            closed, plans = round_ends, named
            value, given, counts, excluded, contacted, number = stance
            doors[pk] = Door(
                pk,
                household,
                building,
                on_roll,
                bytes(door_hash),
                grid,
                {walk[0] for walk in walked},
                StanceFacts(value, given, counts, excluded, contacted, round=number),
                {walk[0]: (bool(walk[1]), bool(walk[2])) for walk in walked},
            )
    rounds = [RoundFacts(number, at) for number, at in enumerate(closed, 1)]
    return rounds, doors, {int(number): ShownPlan(int(pk), digest) for number, pk, digest in plans}


def read_visits(
    survey: int, doors: Mapping[int, Door], visits: Sequence[VisitInput]
) -> tuple[dict[UUID, Known], set[int]]:
    """The visits recorded under the ids that these name, and the sequences that are superseded at these doors.

    Each door gets its visits. A correction may lie at another door than the visit that it supersedes.
    """
    client_ids = [str(visit.client_id) for visit in visits]
    client_ids += [str(visit.supersedes) for visit in visits if visit.supersedes]
    known: dict[UUID, Known] = {}
    gone: set[int] = set()
    with connection.cursor() as cursor:
        READ_VISITS.execute(cursor, {"doors": list(doors), "client_ids": client_ids})
        for row in cursor.fetchall():
            pk, survey_id, client_id, sequence, door_id, number, outcome, given, visited_at, evidence, *more = row
            earlier, leaf, receipt_code, salt, digest, recorded_by = more
            here = survey_id == survey
            if here and earlier is not None:
                gone.add(earlier)
            known[client_id] = Known(
                pk,
                sequence,
                number,
                door_id,
                bytes(leaf),
                receipt_code,
                None if salt is None else bytes(salt),
                None if digest is None else bytes(digest),
                here,
            )
            if here and door_id in doors:
                doors[door_id].visits.append(
                    VisitFacts(sequence, outcome, visited_at, given, number or 0, earlier, evidence)
                )
                doors[door_id].recorders[sequence] = recorded_by
    return known, gone


def write(document: Mapping[str, Any], **parameters: Any) -> None:
    """Everything in one statement: the visits, what is private in them, the projections and the tree."""
    with connection.cursor() as cursor:
        WRITE.execute(cursor, {"document": orjson.dumps(document).decode(), **parameters})


# It joins what it brings with itself, which has no index.
WRITE = Prepared(
    """
WITH document AS (SELECT %(document)s::jsonb AS body),
taken AS (
    SELECT nextval('consent_visit_id_seq') AS id, row.* FROM document, jsonb_to_recordset(body -> 'visits') AS row(
        sequence int, client_id uuid, door_id bigint, grid text, round smallint, outcome text, given text,
        respondent text, visited_at timestamptz, recorded_at timestamptz, recorded_by bigint, party text[],
        commitments jsonb, menu_items text[], reasons text[], has_note boolean, supersedes int, supersedes_id bigint,
        out_of_round boolean, plan_id bigint, private_hash bytea, leaf_hash bytea, salt bytea, note text,
        signature bytea, signature_sha256 bytea, content_digest bytea, receipt_code text)
), new AS (
    -- A visit may correct one that is written along with it.
    SELECT taken.*, coalesce(taken.supersedes_id, earlier.id) AS corrected_id
    FROM taken LEFT JOIN taken AS earlier ON earlier.sequence = taken.supersedes
), visits AS (
    INSERT INTO consent_visit (id, survey_id, sequence, client_id, door_id, round, outcome, given, respondent,
        visited_at, recorded_at, recorded_by_id, party, commitments, menu_items, reasons, has_note, supersedes_id,
        out_of_round, plan_id, private_hash, leaf_hash)
    SELECT id, %(survey)s::bigint, sequence, client_id, door_id, round, outcome, given, respondent, visited_at,
        recorded_at, recorded_by, party, nullif(commitments, 'null'::jsonb), menu_items, reasons, has_note,
        corrected_id, out_of_round, plan_id, private_hash, leaf_hash
    FROM new ORDER BY sequence
), private AS (
    INSERT INTO consent_visitprivatedata (visit_id, salt, note, signature, signature_sha256, privacy_notice,
        content_digest, receipt_code)
    SELECT id, salt, note, signature, signature_sha256, %(privacy_notice)s::text, content_digest, receipt_code FROM new
), changes AS (
    INSERT INTO accounts_change (at, resource, object_id, action, fields, community_code, neighbourhood_code, grid)
    SELECT clock_timestamp(), 'visits', id, 'created', '{}', %(community_code)s::text, %(neighbourhood_code)s::text,
        grid
    FROM new ORDER BY sequence
), stances AS (
    UPDATE consent_stance stance SET value = row.value, given = row.given, counts = row.counts,
        excluded = row.excluded, contacted = row.contacted, visit_count = row.visit_count, round = row.round,
        visit_id = coalesce(row.visit_id, new.id)
    FROM document, jsonb_to_recordset(body -> 'stances') AS row(
        door_id bigint, value text, given text, counts boolean, excluded boolean, contacted boolean,
        visit_count smallint, round smallint, visit_id bigint, sequence int)
    LEFT JOIN new ON new.sequence = row.sequence
    WHERE stance.door_id = row.door_id
), tallies AS (
    INSERT INTO consent_tally AS tally (survey_id, building_id, round, value, counts, excluded, contacted, households)
    SELECT %(survey)s, row.* FROM document, jsonb_to_recordset(body -> 'tallies') AS row(
        building_id bigint, round smallint, value text, counts boolean, excluded boolean, contacted boolean,
        households int)
    ON CONFLICT (survey_id, building_id, round, value, counts, excluded, contacted)
    DO UPDATE SET households = tally.households + EXCLUDED.households
), walked AS (
    UPDATE consent_rounddoor walk SET visited = row.visited, contacted = row.contacted
    FROM document, jsonb_to_recordset(body -> 'walked') AS row(
        door_id bigint, number smallint, visited boolean, contacted boolean),
        consent_round round
    WHERE round.survey_id = %(survey)s AND round.number = row.number
      AND walk.door_id = row.door_id AND walk.round_id = round.id
), rounds AS (
    UPDATE consent_round round SET visited_count = visited_count + row.visited,
        contacted_count = contacted_count + row.contacted
    FROM document, jsonb_to_recordset(body -> 'rounds') AS row(number smallint, visited int, contacted int)
    WHERE round.survey_id = %(survey)s AND round.number = row.number
)
UPDATE consent_survey SET tree_size = %(tree_size)s::int, tree_edge = %(tree_edge)s::bytea[],
    root_hash = %(root_hash)s::bytea, last_recorded_at = %(recorded_at)s::timestamptz
WHERE id = %(survey)s
""",
    before="SET LOCAL enable_hashjoin = on",
)
