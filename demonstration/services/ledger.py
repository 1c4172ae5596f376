"""Ledgers by COPY: real leaves, salts and trees for the visits of many surveys at once.

What `consent.services.visits` does visit by visit, for demonstrations alone: nobody has sent these visits, so nothing
of them is checked. `rebuild` and `verify_ledger` find no fault in the result, and a test holds them to it.
"""

import os
import random
from base64 import b32encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO
from uuid import UUID

import orjson
from django.db import connection

from consent.models import Survey
from consent.rules.leaves import SALT_SIZE, Leaf, leaf_bytes, private_hash
from consent.rules.merkle import Edge, leaf_hash
from consent.rules.rounds import PARTIES
from consent.rules.stances import ANSWERS, CONTACTS
from consent.services.visits import PRIVACY_NOTICE, RECEIPT_LENGTH, RECEIPT_LETTERS
from demonstration.rules.walks import Course

VISIT_COLUMNS = (
    "id, survey_id, sequence, client_id, door_id, round, outcome, given, respondent, visited_at, recorded_at, "
    "recorded_by_id, party, commitments, menu_items, reasons, has_note, supersedes_id, out_of_round, private_hash, "
    "leaf_hash"
)
PRIVATE_COLUMNS = "visit_id, salt, note, privacy_notice, receipt_code"

# The stance of every door by statement; `consent.rules.stances.stance_of` for visits without photos. The tables were
# filled a moment ago: a planner that takes them for empty would go through all visits again for each door.
STANCES = """
SET LOCAL enable_nestloop = off;
INSERT INTO consent_stance (door_id, survey_id, value, given, counts, excluded, contacted, visit_count, round, visit_id)
SELECT door.id, door.survey_id, coalesce(said.outcome, 'not_visited'), coalesce(said.given, ''),
       coalesce(said.outcome = 'supports'
                AND (said.given IN ('signed', 'thumbprint') OR said.given = 'verbal' AND survey.count_verbal),
                false),
       coalesce(said.outcome = 'vacant' AND said.has_note AND NOT survey.count_vacant, false),
       coalesce(said.contacted, false), coalesce(said.visit_count, 0), coalesce(said.round, 0), said.id
FROM consent_rollentry door
JOIN consent_survey survey ON survey.id = door.survey_id
LEFT JOIN (
    SELECT DISTINCT ON (visit.door_id) visit.door_id, visit.id, visit.outcome, visit.given, visit.round, visit.has_note,
           bool_or(visit.outcome = ANY(%(contacts)s)) OVER (PARTITION BY visit.door_id) AS contacted,
           count(*) OVER (PARTITION BY visit.door_id) AS visit_count
    FROM consent_visit visit
    WHERE visit.survey_id = ANY(%(surveys)s)
      AND NOT EXISTS (
          SELECT FROM consent_visit later WHERE later.survey_id = ANY(%(surveys)s) AND later.supersedes_id = visit.id
      )
    ORDER BY visit.door_id, (visit.outcome = ANY(%(answers)s)) DESC, visit.visited_at DESC, visit.sequence DESC
) AS said ON said.door_id = door.id
WHERE door.survey_id = ANY(%(surveys)s)
ORDER BY door.id;
SET LOCAL enable_nestloop TO DEFAULT
"""

FIRST_DOOR, RECORDED = time(9, 40), time(13, 10)
"""In UTC: in Yichang, an evening after work."""

COMMITTED = {
    "self_governance": 0.97,
    "convention": 0.95,
    "demolition": 0.9,
    "contribution": 0.74,
    "property_management": 0.86,
}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KINDS = 256
_RECEIPT = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", RECEIPT_LETTERS.encode())


@dataclass(frozen=True, slots=True)
class Walked:
    """A survey, its doors in the order of the roll (id and hash), its rounds' ids, and what happened there."""

    survey: Survey
    doors: Sequence[tuple[int, bytes]]
    rounds: Sequence[int]
    course: Course
    recorded_by: int
    first_day: date


class Answers:
    """Some kinds of answers to draw from, each with its columns for COPY ready: drawing each anew would be slow."""

    def __init__(self, dice: random.Random, menu: Sequence[str]) -> None:
        self.commitments, self.menus = [], []
        for _ in range(KINDS):
            made = {name: dice.random() < share for name, share in COMMITTED.items()}
            self.commitments.append((made, orjson.dumps(made).decode()))
            ordered = sorted(dice.sample(menu, dice.randint(2, 5)))
            self.menus.append((ordered, "{" + ",".join(ordered) + "}"))
        self.respondents = dice.choices(("owner", "co_owner", "family", "proxy"), (78, 10, 10, 2), k=KINDS)


def copy_ledgers(walked: Sequence[Walked], answers: Answers) -> None:
    """Append all visits of fresh surveys: rows, private data, the rounds' lists, and the surveys' trees."""
    count = sum(len(found.course.visits) for found in walked)
    visits, private, lists = StringIO(), StringIO(), StringIO()
    with connection.cursor() as cursor:
        cursor.execute("SELECT ARRAY(SELECT nextval('consent_visit_id_seq') FROM generate_series(1, %s))", [count])
        ids = iter(cursor.fetchone()[0])
        for found in walked:
            _write_visits(found, answers, ids, visits, private)
            _write_lists(found, lists)
        for table, columns, text in (
            ("consent_visit", VISIT_COLUMNS, visits),
            ("consent_visitprivatedata", PRIVATE_COLUMNS, private),
            ("consent_rounddoor", "round_id, door_id, visited, contacted", lists),
        ):
            text.seek(0)
            cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", text)
        surveys = [found.survey.pk for found in walked]
        cursor.execute(STANCES, {"surveys": surveys, "contacts": sorted(CONTACTS), "answers": sorted(ANSWERS)})


def _write_visits(found: Walked, answers: Answers, ids: Iterable[int], visits: StringIO, private: StringIO) -> None:
    survey, course = found.survey, found.course
    dice = random.Random(survey.neighbourhood.code)  # noqa: S311 -- chance, not secrecy
    ordered = sorted(range(len(course.visits)), key=lambda place: course.visits[place].day)
    sequence_of = {place: sequence for sequence, place in enumerate(ordered)}
    keys = [key for _place, key in zip(ordered, ids, strict=False)]
    edge = Edge()
    last: datetime | None = None
    day, recorded_at, recorded, door_at = -1, EPOCH, "", EPOCH
    hashes = []
    for sequence, place in enumerate(ordered):
        met = course.visits[place]
        if met.day != day:
            day = met.day
            date_then = found.first_day + timedelta(days=day)
            recorded_at = last = datetime.combine(date_then, RECORDED, UTC)
            recorded = recorded_at.isoformat()
            door_at = datetime.combine(date_then, FIRST_DOOR, UTC)
        door_at += timedelta(seconds=20 + (sequence & 31))
        kind = dice.getrandbits(8)
        supports, is_answer = met.outcome == "supports", met.outcome in ANSWERS
        commitments, commitments_text = answers.commitments[kind] if supports else (None, "\\N")
        menu, menu_text = answers.menus[kind ^ 85] if supports else ((), "{}")
        respondent = answers.respondents[kind] if is_answer else ""
        corrects = None if met.supersedes is None else sequence_of[met.supersedes]
        salt, client_id = os.urandom(SALT_SIZE), UUID(int=dice.getrandbits(128), version=4)
        door, door_hash = found.doors[met.door]
        party = PARTIES[met.round]
        sealed = private_hash(salt, met.note, None, PRIVACY_NOTICE)
        hashed = leaf_hash(
            leaf_bytes(
                Leaf(
                    ledger=survey.ledger,
                    sequence=sequence,
                    client_id=client_id,
                    door=door_hash,
                    round=met.round,
                    out_of_round=False,
                    outcome=met.outcome,
                    given=met.given or None,
                    respondent=respondent or None,
                    visited_at=door_at,
                    recorded_at=recorded_at,
                    party=party,
                    recorded_by=found.recorded_by,
                    commitments=commitments,
                    menu_items=menu,
                    reasons=met.reasons,
                    has_note=bool(met.note),
                    supersedes=corrects,
                    private=sealed,
                )
            )
        )
        hashes.append(hashed)
        key = keys[sequence]
        earlier = "\\N" if corrects is None else keys[corrects]
        visits.write(
            f"{key}\t{survey.pk}\t{sequence}\t{client_id}\t{door}\t{met.round}\t{met.outcome}\t{met.given}\t"
            f"{respondent}\t{door_at.isoformat()}\t{recorded}\t{found.recorded_by}\t{_PARTY[met.round]}\t"
            f"{commitments_text}\t{menu_text}\t{{{','.join(sorted(met.reasons))}}}\t{'t' if met.note else 'f'}\t"
            f"{earlier}\tf\t\\\\x{sealed.hex()}\t\\\\x{hashed.hex()}\n"
        )
        receipt = b32encode(os.urandom(10)).translate(_RECEIPT)[:RECEIPT_LENGTH].decode()
        private.write(f"{key}\t\\\\x{salt.hex()}\t{met.note}\t{PRIVACY_NOTICE}\t{receipt}\n")
    edge = edge.extended(hashes)
    survey.tree_size, survey.last_recorded_at = edge.size, last
    survey.tree_edge, survey.root_hash = list(edge.roots), edge.root()


_PARTY = {number: "{" + ",".join(sorted(party)) + "}" for number, party in PARTIES.items()}


def _write_lists(found: Walked, lists: StringIO) -> None:
    for number, (pk, listed) in enumerate(zip(found.rounds, found.course.lists, strict=True), 1):
        there: dict[int, bool] = {}
        superseded = {met.supersedes for met in found.course.visits}
        for place, met in enumerate(found.course.visits):
            if met.round == number and place not in superseded:
                there[met.door] = there.get(met.door, False) or met.outcome in CONTACTS
        for door in listed:
            visited, contacted = "ft"[door in there], "ft"[there.get(door, False)]
            lists.write(f"{pk}\t{found.doors[door][0]}\t{visited}\t{contacted}\n")
