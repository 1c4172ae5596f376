"""Taking visits: the ledger, its tree and its projections move together, in one transaction under the survey's lock.

The path is short because it is hot: five statements a batch, whatever its size. Each item is judged by
`consent.rules.visits`; what is refused leaves no trace and stops nobody else.
"""

import os
import secrets
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from accounts.rules.territory import Reach
from common.secrets import encrypt
from consent.models import Survey
from consent.reports.results import policy_of, result_of
from consent.rules.leaves import Leaf, leaf_bytes, private_hash
from consent.rules.merkle import Edge, leaf_hash
from consent.rules.stances import ANSWERS, CONTACTS, Policy, StanceFacts, VisitFacts, stance_of
from consent.rules.visits import WORKS_STARTED, Earlier, Refusal, RoundFacts, Situation, VisitInput, refusals, round_of
from renovation.choices import EvidenceKind
from renovation.models import MenuItem
from renovation.services.lifecycle import add_evidence

PRIVACY_NOTICE = "2026-11"
"""The version of the notice on how answers are used that households are shown at the door (policy.md, section i)."""

RECEIPT_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RECEIPT_LENGTH = 12
ONE_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class VisitAnswer:
    """What became of one visit: `recorded`, `duplicate` of one recorded earlier, or `rejected` with its refusals."""

    client_id: UUID
    status: str
    sequence: int | None = None
    leaf_hash: bytes | None = None
    receipt_code: str | None = None
    refusals: Sequence[Refusal] = ()


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    answers: Sequence[VisitAnswer]
    tree_size: int
    root_hash: bytes


@dataclass(slots=True)
class _Known:
    """A visit that the ledger holds already, or that this batch has just taken."""

    pk: int
    sequence: int
    round: int | None
    door: int
    leaf_hash: bytes
    receipt_code: str | None
    salt: bytes | None
    digest: bytes | None
    in_this_survey: bool = True


@dataclass(slots=True)
class _Door:
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
    changed: bool = False


@transaction.atomic
def record_visits(*, survey: Survey, visits: Sequence[VisitInput], by: User, at: datetime | None = None) -> BatchAnswer:
    """Take a batch of visits, in order, each exactly once.

    Everything that is taken is durable when this returns. Answers stand in the order sent.
    """
    survey = Survey.objects.select_for_update(of=("self",)).select_related("neighbourhood").get(pk=survey.pk)
    now = at or timezone.now()
    # The clock of another server may lag: the ledger's times never run backwards, and what comes after the closing is
    # never dated into it.
    seen = [moment + ONE_TICK for moment in (survey.last_recorded_at, survey.closed_at) if moment]
    recorded_at = max(now, survey.opened_at, *seen)
    batch = _Batch(survey, by, now, recorded_at, visits)
    answers = [batch.take(visit) for visit in visits]
    if batch.rows:
        batch.write()
        if not survey.is_open:
            _push_support_rate(survey, by, recorded_at)
    return BatchAnswer(answers, batch.edge.size, batch.edge.root())


def _push_support_rate(survey: Survey, by: User, at: datetime) -> None:
    """After closing the verdict stands, but the start of works is checked against the rate as it is now."""
    figures = {**result_of(survey).headline(), "survey": survey.pk, "tree_size": survey.tree_size}
    add_evidence(neighbourhood=survey.neighbourhood, kind=EvidenceKind.SUPPORT_RATE, facts=figures, by=by, at=at)


class _Batch:
    """The state of one call: what was read under the lock, and what is to be written."""

    def __init__(
        self, survey: Survey, by: User, now: datetime, recorded_at: datetime, visits: Sequence[VisitInput]
    ) -> None:
        self.survey, self.by, self.now, self.recorded_at = survey, by, now, recorded_at
        self.policy: Policy = policy_of(survey)
        self.edge = Edge(survey.tree_size, tuple(bytes(root) for root in survey.tree_edge))
        self.rows: list[dict[str, Any]] = []
        self.menu = _menu_codes(survey.menu_edition_id)
        self.reads = by.reach("doors", "read", "open_round")
        self.logs: dict[int | None, Reach] = {number: by.reach_for_round(number) for number in (1, 2, 3, None)}
        self.may_log_at: dict[str, frozenset[int | None]] = {}
        self.rounds, self.ids, self.doors, self.known, self.gone = _read(survey, visits)
        self.door_of_household = {door.household: door for door in self.doors.values()}

    def take(self, visit: VisitInput) -> VisitAnswer:
        if (known := self.known.get(visit.client_id)) is not None:
            return self._repeated(visit, known)
        door = self.door_of_household.get(visit.household)
        corrected = self.known.get(visit.supersedes) if visit.supersedes else None
        if corrected is not None and not corrected.in_this_survey:
            corrected = None
        if door is not None and not self.reads.covers(
            self.survey.community_code, self.survey.neighbourhood.code, door.grid
        ):
            door = None  # what a caller may not see does not exist for it
        situation = Situation(
            now=self.now,
            survey_open=self.survey.is_open,
            works_started=self.survey.neighbourhood.stage in WORKS_STARTED,
            rounds=self.rounds,
            on_roll=door is not None and door.on_roll,
            door_rounds=door.rounds if door else (),
            may_log=self._may_log(door.grid) if door else frozenset(),
            menu=self.menu,
            corrected=Earlier(corrected.sequence, corrected.round) if corrected else None,
        )
        found = refusals(visit, situation)
        if found or door is None:
            return VisitAnswer(visit.client_id, "rejected", refusals=found)
        number = round_of(visit, situation)
        assert number is None or isinstance(number, int)  # noqa: S101 - refusals() has said so already
        return self._append(visit, door, number, corrected)

    def _may_log(self, grid: str) -> frozenset[int | None]:
        if (found := self.may_log_at.get(grid)) is None:
            place = (self.survey.community_code, self.survey.neighbourhood.code, grid)
            found = frozenset(number for number, reach in self.logs.items() if reach.covers(*place))
            self.may_log_at[grid] = found
        return found

    def _repeated(self, visit: VisitInput, known: _Known) -> VisitAnswer:
        """The first answer again, if it is the same visit; another one under its id is refused.

        Where the content was erased there is nothing left to compare, and the id speaks for it.
        """
        same = known.in_this_survey and (
            known.salt is None or known.digest is None or _digest(known.salt, visit) == known.digest
        )
        if not same:
            return VisitAnswer(visit.client_id, "rejected", refusals=[Refusal("client_id_reused")])
        return VisitAnswer(visit.client_id, "duplicate", known.sequence, known.leaf_hash, known.receipt_code)

    def _append(self, visit: VisitInput, door: _Door, number: int | None, corrected: _Known | None) -> VisitAnswer:
        supports = visit.outcome == "supports"
        answers = visit.outcome in ANSWERS
        note = visit.note.strip()
        salt = os.urandom(32)
        signature_sha256 = sha256(visit.signature).digest() if visit.signature else None
        leaf = Leaf(
            ledger=self.survey.ledger,
            sequence=self.edge.size,
            client_id=visit.client_id,
            door=door.door_hash,
            round=number,
            out_of_round=number is None,
            outcome=visit.outcome,
            given=visit.given if supports else None,
            respondent=visit.respondent if answers else None,
            visited_at=visit.visited_at,
            recorded_at=self.recorded_at,
            party=visit.party,
            recorded_by=self.by.pk,
            commitments=dict(visit.commitments) if supports and visit.commitments else None,
            menu_items=visit.menu_items if answers else (),
            reasons=visit.reasons,
            supersedes=corrected.sequence if corrected else None,
            has_note=bool(note),
            private=private_hash(salt, note, signature_sha256.hex() if signature_sha256 else None, PRIVACY_NOTICE),
        )
        hashed = leaf_hash(leaf_bytes(leaf))
        receipt_code = "".join(secrets.choice(RECEIPT_LETTERS) for _ in range(RECEIPT_LENGTH))
        digest = _digest(salt, visit)
        pk = self.ids.pop()
        self.rows.append(
            {
                "id": pk,
                "sequence": leaf.sequence,
                "client_id": visit.client_id,
                "door_id": door.pk,
                "round": number,
                "outcome": leaf.outcome,
                "given": leaf.given or "",
                "respondent": leaf.respondent or "",
                "visited_at": leaf.visited_at,
                "recorded_at": leaf.recorded_at,
                "party": sorted(set(leaf.party)),
                "commitments": leaf.commitments,
                "menu_items": sorted(set(leaf.menu_items)),
                "reasons": sorted(set(leaf.reasons)),
                "has_note": leaf.has_note,
                "supersedes_id": corrected.pk if corrected else None,
                "out_of_round": number is None,
                "private_hash": _bytea(leaf.private),
                "leaf_hash": _bytea(hashed),
                "salt": _bytea(salt),
                "note": note,
                "signature": _bytea(encrypt(visit.signature)) if visit.signature else None,
                "signature_sha256": _bytea(signature_sha256) if signature_sha256 else None,
                "content_digest": _bytea(digest),
                "receipt_code": receipt_code,
            }
        )
        self.edge = self.edge.extended([hashed])
        self.known[visit.client_id] = _Known(pk, leaf.sequence, number, door.pk, hashed, receipt_code, salt, digest)
        door.visits.append(
            VisitFacts(
                sequence=leaf.sequence,
                outcome=leaf.outcome,
                visited_at=leaf.visited_at,
                given=leaf.given or "",
                round=number or 0,
                supersedes=leaf.supersedes,
                evidence=leaf.has_note,
            )
        )
        door.changed = True
        if corrected is not None:
            self.gone.add(corrected.sequence)
            self.doors[corrected.door].changed = True
        return VisitAnswer(visit.client_id, "recorded", leaf.sequence, hashed, receipt_code)

    def write(self) -> None:
        """Everything in one statement: the visits, what is private in them, the projections and the tree."""
        stances, tallies, walked, rounds = self._projections()
        survey = self.survey
        document = {
            "visits": self.rows,
            "stances": stances,
            "tallies": tallies,
            "walked": walked,
            "rounds": rounds,
        }
        survey.tree_size, survey.last_recorded_at = self.edge.size, self.recorded_at
        survey.tree_edge, survey.root_hash = list(self.edge.roots), self.edge.root()
        with connection.cursor() as cursor:
            cursor.execute(
                WRITE,
                {
                    "document": orjson.dumps(document).decode(),
                    "survey": survey.pk,
                    "by": self.by.pk,
                    "privacy_notice": PRIVACY_NOTICE,
                    "community_code": survey.community_code,
                    "neighbourhood_code": survey.neighbourhood.code,
                    "tree_size": self.edge.size,
                    "tree_edge": list(self.edge.roots),
                    "root_hash": self.edge.root(),
                    "recorded_at": self.recorded_at,
                },
            )

    def _projections(self) -> tuple[list[Any], list[Any], list[Any], list[Any]]:
        """What the doors that were touched now amount to, and the difference that this makes to the counts."""
        pk_of = {row["sequence"]: row["id"] for row in self.rows}
        pk_of |= {known.sequence: known.pk for known in self.known.values() if known.in_this_survey}
        stances, walked = [], []
        counts: Counter[tuple[Any, ...]] = Counter()
        rounds: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        gone = frozenset(self.gone)
        for door in self.doors.values():
            if not door.changed:
                continue
            before, after = door.stance, stance_of(door.visits, self.policy, gone)
            stances.append(
                {
                    "door_id": door.pk,
                    "value": after.value,
                    "given": after.given,
                    "counts": after.counts,
                    "excluded": after.excluded,
                    "contacted": after.contacted,
                    "visit_count": after.visit_count,
                    "round": after.round,
                    "visit_id": None if after.sequence is None else pk_of[after.sequence],
                }
            )
            if door.on_roll:
                counts[_tally_key(door.building, before)] -= 1
                counts[_tally_key(door.building, after)] += 1
            for number in door.rounds:
                live = [v for v in door.visits if v.round == number and v.sequence not in gone]
                now = (bool(live), any(v.outcome in CONTACTS for v in live))
                if now != (was := door.walked[number]):
                    walked.append({"door_id": door.pk, "number": number, "visited": now[0], "contacted": now[1]})
                    if door.on_roll:
                        rounds[number][0] += now[0] - was[0]
                        rounds[number][1] += now[1] - was[1]
        tallies = [
            dict(zip(TALLY_KEY, key, strict=True), households=number) for key, number in counts.items() if number
        ]
        return (
            stances,
            tallies,
            walked,
            [{"number": number, "visited": seen, "contacted": met} for number, (seen, met) in rounds.items()],
        )


TALLY_KEY = ("building_id", "round", "value", "counts", "excluded", "contacted")


def _tally_key(building: int, stance: StanceFacts) -> tuple[Any, ...]:
    return (building, stance.round, stance.value, stance.counts, stance.excluded, stance.contacted)


def _bytea(data: bytes) -> str:
    return "\\x" + data.hex()


def _digest(salt: bytes, visit: VisitInput) -> bytes:
    """What was sent, salted: tells a repeated request from another visit under the same id."""
    content = [
        visit.household,
        visit.outcome,
        visit.given,
        visit.respondent,
        visit.visited_at.timestamp(),
        sorted(visit.party),
        visit.commitments,
        sorted(visit.menu_items),
        sorted(visit.reasons),
        visit.note,
        visit.supersedes,
        visit.round,
        visit.out_of_round,
        sha256(visit.signature).hexdigest() if visit.signature else "",
    ]
    return sha256(salt + orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()


@lru_cache(maxsize=64)
def _menu_codes(edition: int) -> frozenset[str]:
    """An edition in use is never edited, so its codes are read once per process."""
    return frozenset(MenuItem.objects.filter(edition=edition).values_list("code", flat=True))


READ_ROUNDS = """
SELECT ARRAY(SELECT nextval('consent_visit_id_seq') FROM generate_series(1, %(count)s)),
       (SELECT coalesce(array_agg(number ORDER BY number), '{}') FROM consent_round WHERE survey_id = %(survey)s),
       (SELECT coalesce(array_agg(closed_at ORDER BY number), '{}') FROM consent_round WHERE survey_id = %(survey)s),
       ARRAY(SELECT door_id FROM consent_visit WHERE client_id = ANY(%(supersedes)s::uuid[]) AND survey_id = %(survey)s)
"""

READ_DOORS = """
SELECT door.id, door.household_id, door.building_id, door.on_roll, door.door_hash, building.grid,
       stance.value, stance.given, stance.counts, stance.excluded, stance.contacted, stance.round,
       ARRAY(SELECT ARRAY[round.number, walk.visited::int, walk.contacted::int]
             FROM consent_rounddoor walk JOIN consent_round round ON round.id = walk.round_id
             WHERE walk.door_id = door.id)
FROM consent_rollentry door
JOIN consent_stance stance ON stance.door_id = door.id
JOIN renovation_building building ON building.id = door.building_id
WHERE door.survey_id = %(survey)s
  AND (door.household_id = ANY(%(households)s::bigint[]) OR door.id = ANY(%(doors)s::bigint[]))
"""

READ_VISITS = """
SELECT visit.id, visit.survey_id, visit.client_id, visit.sequence, visit.door_id, visit.round, visit.outcome,
       visit.given, visit.visited_at,
       visit.has_note OR EXISTS (SELECT FROM consent_visitphoto photo WHERE photo.visit_id = visit.id),
       earlier.sequence, visit.leaf_hash, private.receipt_code, private.salt, private.content_digest
FROM consent_visit visit
LEFT JOIN consent_visit earlier ON earlier.id = visit.supersedes_id
LEFT JOIN consent_visitprivatedata private ON private.visit_id = visit.id
WHERE visit.id IN (
    SELECT id FROM consent_visit WHERE client_id = ANY(%(client_ids)s::uuid[])
    UNION ALL
    SELECT id FROM consent_visit WHERE door_id = ANY(%(doors)s::bigint[])
    UNION ALL
    SELECT later.id FROM consent_visit here JOIN consent_visit later ON later.supersedes_id = here.id
    WHERE here.door_id = ANY(%(doors)s::bigint[])
)
"""


def _read(
    survey: Survey, visits: Sequence[VisitInput]
) -> tuple[list[RoundFacts], list[int], dict[int, _Door], dict[UUID, _Known], set[int]]:
    """What the batch is judged by: rounds, ids to come, the doors it names, their visits and those superseded.

    Three statements. A correction may lie at another door than the visit that it supersedes.
    """
    client_ids = [str(visit.client_id) for visit in visits]
    supersedes = [str(visit.supersedes) for visit in visits if visit.supersedes]
    with connection.cursor() as cursor:
        cursor.execute(READ_ROUNDS, {"count": len(visits), "survey": survey.pk, "supersedes": supersedes})
        ids, numbers, closed, corrected_doors = cursor.fetchone()
        rounds = [RoundFacts(number, at) for number, at in zip(numbers, closed, strict=True)]
        households = [visit.household for visit in visits]
        cursor.execute(READ_DOORS, {"survey": survey.pk, "households": households, "doors": corrected_doors})
        doors = {}
        for pk, household, building, on_roll, door_hash, grid, *stance, walked in cursor.fetchall():
            value, given, counts, excluded, contacted, number = stance
            doors[pk] = _Door(
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
        cursor.execute(READ_VISITS, {"doors": list(doors), "client_ids": client_ids + supersedes})
        known: dict[UUID, _Known] = {}
        gone: set[int] = set()
        for row in cursor.fetchall():
            pk, survey_id, client_id, sequence, door_id, number, outcome, given, visited_at, evidence, earlier = row[
                :11
            ]
            leaf, receipt_code, salt, digest = row[11:]
            here = survey_id == survey.pk
            if here and earlier is not None:
                gone.add(earlier)
            known[client_id] = _Known(
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
    return rounds, sorted(ids, reverse=True), doors, known, gone


WRITE = """
WITH document AS (SELECT %(document)s::jsonb AS body),
new AS (
    SELECT row.* FROM document, jsonb_to_recordset(body -> 'visits') AS row(
        id bigint, sequence int, client_id uuid, door_id bigint, round smallint, outcome text, given text,
        respondent text, visited_at timestamptz, recorded_at timestamptz, party text[], commitments jsonb,
        menu_items text[], reasons text[], has_note boolean, supersedes_id bigint, out_of_round boolean,
        private_hash bytea, leaf_hash bytea, salt bytea, note text, signature bytea, signature_sha256 bytea,
        content_digest bytea, receipt_code text)
), visits AS (
    INSERT INTO consent_visit (id, survey_id, sequence, client_id, door_id, round, outcome, given, respondent,
        visited_at, recorded_at, recorded_by_id, party, commitments, menu_items, reasons, has_note, supersedes_id,
        out_of_round, private_hash, leaf_hash)
    SELECT id, %(survey)s, sequence, client_id, door_id, round, outcome, given, respondent, visited_at, recorded_at,
        %(by)s, party, nullif(commitments, 'null'::jsonb), menu_items, reasons, has_note, supersedes_id, out_of_round,
        private_hash, leaf_hash
    FROM new ORDER BY sequence
), private AS (
    INSERT INTO consent_visitprivatedata (visit_id, salt, note, signature, signature_sha256, privacy_notice,
        content_digest, receipt_code)
    SELECT id, salt, note, signature, signature_sha256, %(privacy_notice)s, content_digest, receipt_code FROM new
), changes AS (
    INSERT INTO accounts_change (at, resource, object_id, action, fields, community_code, neighbourhood_code)
    SELECT clock_timestamp(), 'visits', id, 'created', '{}', %(community_code)s, %(neighbourhood_code)s
    FROM new ORDER BY sequence
), stances AS (
    UPDATE consent_stance stance SET value = row.value, given = row.given, counts = row.counts,
        excluded = row.excluded, contacted = row.contacted, visit_count = row.visit_count, round = row.round,
        visit_id = row.visit_id
    FROM document, jsonb_to_recordset(body -> 'stances') AS row(
        door_id bigint, value text, given text, counts boolean, excluded boolean, contacted boolean,
        visit_count smallint, round smallint, visit_id bigint)
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
UPDATE consent_survey SET tree_size = %(tree_size)s, tree_edge = %(tree_edge)s::bytea[], root_hash = %(root_hash)s,
    last_recorded_at = %(recorded_at)s
WHERE id = %(survey)s
"""
