"""Taking visits: the ledger, its tree and its projections move together, in one transaction under the survey's lock.

The path is short because it is hot: four statements, whatever the size of the batch (`visit_rows`). Each item is
judged by `consent.rules.visits`; what is refused leaves no trace and stops nobody else.
"""

import os
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.rules.territory import Reach
from common.secrets import encrypt
from consent.models import Survey
from consent.rules.leaves import Leaf, leaf_bytes, private_hash
from consent.rules.merkle import Edge, leaf_hash
from consent.rules.stances import ANSWERS, CONTACTS, Policy, StanceFacts, VisitFacts, stance_of
from consent.rules.visits import WORKS_STARTED, Earlier, Refusal, Situation, VisitInput, refusals, round_of
from consent.services import visit_rows as rows
from consent.services.support_rates import push_support_rate
from consent.services.visit_rows import Door, Known, LockedSurvey
from renovation.models import MenuItem

PRIVACY_NOTICE = "2026-11"
"""The version of the notice on how answers are used that households are shown at the door (policy.md, section i)."""

RECEIPT_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RECEIPT_LENGTH = 12
ONE_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class OtherVisit:
    """A visit of somebody else to the same door in the same round; `recorded_by` is a name."""

    recorded_by: str
    visited_at: datetime
    outcome: str


@dataclass(frozen=True, slots=True)
class VisitAnswer:
    """What became of one visit: `recorded`, `duplicate` of one recorded earlier, or `rejected` with its refusals.

    `others` are the visits beside which it stands: by other people, in its round, and not corrected.
    """

    client_id: UUID
    status: str
    sequence: int | None = None
    leaf_hash: bytes | None = None
    receipt_code: str | None = None
    refusals: Sequence[Refusal] = ()
    others: Sequence[OtherVisit] = ()


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    answers: Sequence[VisitAnswer]
    tree_size: int
    root_hash: bytes


@dataclass(frozen=True, slots=True)
class Sending:
    """What one caller sends at once."""

    visits: Sequence[VisitInput]
    by: User


def record_visits(*, survey: Survey, visits: Sequence[VisitInput], by: User, at: datetime | None = None) -> BatchAnswer:
    """Take a batch of visits, in order, each exactly once.

    Everything that is taken is durable when this returns. Answers stand in the order sent.
    """
    return record_sendings(survey=survey, sendings=[Sending(visits, by)], at=at)[0]


@transaction.atomic
def record_sendings(
    *, survey: Survey, sendings: Sequence[Sending], at: datetime | None = None
) -> Sequence[BatchAnswer]:
    """Take the batches of several callers in one transaction, one after the other; each has its own answer."""
    locked = rows.lock_survey(survey.pk)
    now = at or timezone.now()
    # The clock of another server may lag: the ledger's times never run backwards, and what comes after the closing is
    # never dated into it.
    seen = [moment + ONE_TICK for moment in (locked.last_recorded_at, locked.closed_at) if moment]
    batch = _Batch(locked, now, max(now, locked.opened_at, *seen), [v for sent in sendings for v in sent.visits])
    answers = []
    for sent in sendings:
        caller = _Caller(sent.by, locked)
        taken = [batch.take(visit, caller) for visit in sent.visits]
        answers.append(BatchAnswer(taken, batch.edge.size, batch.edge.root()))
    answers = batch.with_others(answers, sendings)
    if batch.rows:
        batch.write()
        if locked.closed_at:
            survey = Survey.objects.select_related("neighbourhood").get(pk=survey.pk)
            push_support_rate(survey=survey, by=sendings[-1].by, at=batch.recorded_at)
    return answers


class _Caller:
    """Whose doors these are to see and to log."""

    def __init__(self, user: User, survey: LockedSurvey) -> None:
        self.pk = user.pk
        self.place = (survey.community_code, survey.neighbourhood_code)
        self.reads = user.reach("doors", "read", "open_round")
        self.logs: dict[int | None, Reach] = {number: user.reach_for_round(number) for number in (1, 2, 3, None)}
        self.of_grid: dict[str, tuple[bool, frozenset[int | None]]] = {}

    def at(self, grid: str) -> tuple[bool, frozenset[int | None]]:
        """Whether the doors of a grid exist for the caller, and the rounds that the caller may log there."""
        if (found := self.of_grid.get(grid)) is None:
            place = (*self.place, grid)
            may_log = frozenset(number for number, reach in self.logs.items() if reach.covers(*place))
            found = self.of_grid[grid] = (self.reads.covers(*place), may_log)
        return found


class _Batch:
    """The state of one transaction: what was read under the lock, and what is to be written."""

    def __init__(
        self, survey: LockedSurvey, now: datetime, recorded_at: datetime, visits: Sequence[VisitInput]
    ) -> None:
        self.survey, self.now, self.recorded_at = survey, now, recorded_at
        self.policy = Policy(survey.pass_share, survey.count_vacant, survey.count_verbal)
        self.edge = Edge(survey.tree_size, tuple(survey.tree_edge))
        self.rows: list[dict[str, Any]] = []
        self.menu = _menu_codes(survey.menu_edition)
        self.rounds, self.doors, self.plans = rows.read_doors(survey.pk, visits)
        self.known, self.gone = rows.read_visits(survey.pk, self.doors, visits)
        self.door_of_household = {door.household: door for door in self.doors.values()}

    def take(self, visit: VisitInput, caller: _Caller) -> VisitAnswer:
        if (known := self.known.get(visit.client_id)) is not None:
            return self._repeated(visit, known)
        door = self.door_of_household.get(visit.household)
        corrected = self._corrected(visit, caller)
        sees, may_log = caller.at(door.grid) if door else (False, frozenset[int | None]())
        if not sees:
            door = None  # what a caller may not see does not exist for it
        situation = Situation(
            now=self.now,
            survey_open=self.survey.closed_at is None,
            works_started=self.survey.stage in WORKS_STARTED,
            rounds=self.rounds,
            on_roll=door is not None and door.on_roll,
            door_rounds=door.rounds if door else (),
            may_log=may_log,
            menu=self.menu,
            plans=self.plans,
            corrected=Earlier(corrected.sequence, corrected.round, corrected.sequence in self.gone)
            if corrected
            else None,
        )
        found = refusals(visit, situation)
        if found or door is None:
            return VisitAnswer(visit.client_id, "rejected", refusals=found)
        number = round_of(visit, situation)
        assert number is None or isinstance(number, int)  # noqa: S101 - refusals() has said so already
        return self._append(visit, door, number, corrected, caller)

    def _corrected(self, visit: VisitInput, caller: _Caller) -> Known | None:
        """The visit that this one corrects, where it exists for the caller: it may lie at another door."""
        known = self.known.get(visit.supersedes) if visit.supersedes else None
        if known is None or not known.in_this_survey:
            return None
        sees, may_log = caller.at(self.doors[known.door].grid)
        return known if sees and known.round in may_log else None

    def _repeated(self, visit: VisitInput, known: Known) -> VisitAnswer:
        """The first answer again, if it is the same visit; another one under its id is refused.

        Where the content was erased there is nothing left to compare, and the id speaks for it.
        """
        same = known.in_this_survey and (
            known.salt is None or known.digest is None or _digest(known.salt, visit) == known.digest
        )
        if not same:
            return VisitAnswer(visit.client_id, "rejected", refusals=[Refusal("client_id_reused")])
        return VisitAnswer(visit.client_id, "duplicate", known.sequence, known.leaf_hash, known.receipt_code)

    def _append(
        self, visit: VisitInput, door: Door, number: int | None, corrected: Known | None, caller: _Caller
    ) -> VisitAnswer:
        supports = visit.outcome == "supports"
        answers = visit.outcome in ANSWERS
        note = visit.note.strip()
        salt = os.urandom(32)
        plan = self.plans[visit.plan] if visit.plan else None
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
            recorded_by=caller.pk,
            commitments=dict(visit.commitments) if supports and visit.commitments else None,
            menu_items=visit.menu_items if answers else (),
            reasons=visit.reasons,
            supersedes=corrected.sequence if corrected else None,
            has_note=bool(note),
            private=private_hash(salt, note, signature_sha256.hex() if signature_sha256 else None, PRIVACY_NOTICE),
            plan=plan.digest if plan else None,
        )
        hashed = leaf_hash(leaf_bytes(leaf))
        receipt_code = make_receipt_code()
        digest = _digest(salt, visit)
        self.rows.append(
            {
                "sequence": leaf.sequence,
                "client_id": visit.client_id,
                "door_id": door.pk,
                "grid": door.grid,
                "round": number,
                "outcome": leaf.outcome,
                "given": leaf.given or "",
                "respondent": leaf.respondent or "",
                "visited_at": leaf.visited_at,
                "recorded_at": leaf.recorded_at,
                "recorded_by": leaf.recorded_by,
                "party": sorted(set(leaf.party)),
                "commitments": leaf.commitments,
                "menu_items": sorted(set(leaf.menu_items)),
                "reasons": sorted(set(leaf.reasons)),
                "has_note": leaf.has_note,
                "supersedes": leaf.supersedes,
                "supersedes_id": corrected.pk if corrected else None,
                "out_of_round": number is None,
                "plan_id": plan.pk if plan else None,
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
        self.known[visit.client_id] = Known(None, leaf.sequence, number, door.pk, hashed, receipt_code, salt, digest)
        door.recorders[leaf.sequence] = caller.pk
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

    def with_others(self, answers: list[BatchAnswer], sendings: Sequence[Sending]) -> list[BatchAnswer]:
        """The answers, with who else was at each door. No query where nobody was, else one for their names."""
        found = [
            [self._others(answer, sent.by.pk) for answer in batch.answers]
            for batch, sent in zip(answers, sendings, strict=True)
        ]
        pks = {pk for of_batch in found for others in of_batch for pk, _visit in others}
        if not pks:
            return answers
        names = {user.pk: str(user) for user in User.objects.filter(pk__in=pks).only("display_name", "username")}
        return [
            replace(
                batch,
                answers=[
                    replace(
                        answer,
                        others=[OtherVisit(names[pk], visit.visited_at, visit.outcome) for pk, visit in others],
                    )
                    for answer, others in zip(batch.answers, of_batch, strict=True)
                ],
            )
            for batch, of_batch in zip(answers, found, strict=True)
        ]

    def _others(self, answer: VisitAnswer, caller: int) -> list[tuple[int, VisitFacts]]:
        """The visits of others that stand beside this one, in the order in which they were made, each with its user."""
        if answer.status == "rejected":
            return []
        known = self.known[answer.client_id]
        door = self.doors.get(known.door)
        if door is None or known.round is None:
            return []
        others = [
            (door.recorders[visit.sequence], visit)
            for visit in door.visits
            if door.recorders[visit.sequence] != caller
            and visit.round == known.round
            and visit.sequence not in self.gone
            and visit.sequence != known.sequence
        ]
        return sorted(others, key=lambda other: (other[1].visited_at, other[1].sequence))

    def write(self) -> None:
        stances, tallies, walked, rounds = self._projections()
        rows.write(
            {"visits": self.rows, "stances": stances, "tallies": tallies, "walked": walked, "rounds": rounds},
            survey=self.survey.pk,
            privacy_notice=PRIVACY_NOTICE,
            community_code=self.survey.community_code,
            neighbourhood_code=self.survey.neighbourhood_code,
            tree_size=self.edge.size,
            tree_edge=list(self.edge.roots),
            root_hash=self.edge.root(),
            recorded_at=self.recorded_at,
        )

    def _projections(self) -> tuple[list[Any], list[Any], list[Any], list[Any]]:
        """What the doors that were touched now amount to, and the difference that this makes to the counts."""
        pk_of = {known.sequence: known.pk for known in self.known.values() if known.in_this_survey}
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
                    "sequence": after.sequence,
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


def make_receipt_code() -> str:
    """Twelve letters that cannot be mistaken for each other: 60 random bits."""
    number = int.from_bytes(os.urandom(8))
    return "".join(RECEIPT_LETTERS[number >> 5 * place & 31] for place in range(RECEIPT_LENGTH))


def _bytea(data: bytes) -> str:
    return "\\x" + data.hex()


def _digest(salt: bytes, visit: VisitInput) -> bytes:
    """What was sent, salted: tells a repeated request from another visit under the same id."""
    content: list[Any] = [
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
    # One more only where a plan is named: what was sent before plans were shown must still compare.
    if visit.plan is not None:
        content.append(visit.plan)
    return sha256(salt + orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()


@lru_cache(maxsize=64)
def _menu_codes(edition: int) -> frozenset[str]:
    """An edition in use is never edited, so its codes are read once per process."""
    return frozenset(MenuItem.objects.filter(edition=edition).values_list("code", flat=True))
