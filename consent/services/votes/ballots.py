"""Taking deliveries and ballots: the ledger, its tree and the states move together, under the vote's lock.

Each item is judged by `consent.rules.ballots`; what is refused leaves no trace and stops nobody else. The number of
statements does not grow with the batch.
"""

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Change, User
from consent.models import Ballot, BallotPrivateData, BallotState, OwnersVote, Voter
from consent.rules.ballot_leaves import BallotLeaf, ballot_bytes, ballot_private_hash
from consent.rules.ballots import (
    BallotInput,
    BallotSituation,
    Entry,
    Standing,
    ballot_refusals,
    delivered_at_of,
    holder_key,
    standing_of,
)
from consent.rules.merkle import Edge, leaf_hash
from consent.rules.visits import Refusal
from consent.services.visits import make_receipt_code
from consent.services.votes.opening import lock_vote
from consent.services.votes.states import entry_of, write_states

ONE_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class BallotAnswer:
    """What became of one entry: `recorded`, `duplicate` of one recorded earlier, or `rejected` with its refusals."""

    client_id: UUID
    status: str
    sequence: int | None = None
    leaf_hash: bytes | None = None
    receipt_code: str | None = None
    refusals: Sequence[Refusal] = ()


@dataclass(frozen=True, slots=True)
class BallotBatch:
    answers: Sequence[BallotAnswer]
    tree_size: int
    root_hash: bytes


@transaction.atomic
def record_ballots(
    *, vote: OwnersVote, ballots: Sequence[BallotInput], by: User, at: datetime | None = None
) -> BallotBatch:
    """Take a batch of entries, in order, each exactly once. Answers stand in the order sent.

    Everything that is taken is durable when this returns.
    """
    locked = lock_vote(vote)
    now = at or timezone.now()
    # The clock of another server may lag: the ledger's times never run backwards.
    seen = [locked.last_recorded_at + ONE_TICK] if locked.last_recorded_at else []
    batch = _Batch(locked, ballots, by, now, max(now, locked.opened_at, *seen))
    answers = [batch.take(ballot) for ballot in ballots]
    batch.write()
    return BallotBatch(answers, batch.edge.size, batch.edge.root())


@dataclass(slots=True)
class _Known:
    """An entry that some ledger holds already, or that this batch has just taken."""

    sequence: int
    voter: int
    leaf_hash: bytes
    receipt_code: str | None
    salt: bytes | None
    digest: bytes | None
    is_here: bool = True


class _Batch:
    """The state of one transaction: what was read under the lock, and what is to be written."""

    def __init__(
        self, vote: OwnersVote, ballots: Sequence[BallotInput], by: User, now: datetime, recorded_at: datetime
    ) -> None:
        self.vote, self.by, self.now, self.recorded_at = vote, by, now, recorded_at
        # A vote whose announcement is not on record yet may have been held already and is entered paper by paper: what
        # came back before it was opened here is taken. Recording the announcement then minds the first ballot.
        has_begun = timezone.localdate(now) >= vote.starts_on
        self.first_day = date.min if has_begun and vote.announced_on is None else vote.starts_on
        self.edge = Edge(vote.tree_size, tuple(bytes(root) for root in vote.tree_edge))
        self.made: list[tuple[Ballot, BallotPrivateData]] = []
        self.touched: set[int] = set()
        self._read_voters(ballots)
        self._read_entries(ballots)
        self.rows: dict[int, Ballot] = {}
        # How many owners each holder stands for, by the states; this batch's own are counted as they come.
        self.holders: dict[str, set[int]] = defaultdict(set)
        if vote.proxy_limit is not None and any(ballot.form == "proxy" for ballot in ballots):
            held = BallotState.objects.filter(vote=vote, form="proxy").values_list("proxy_holder", "voter")
            for holder, voter in held:
                self.holders[holder_key(holder)].add(voter)

    def _read_voters(self, ballots: Sequence[BallotInput]) -> None:
        owners = {ballot.owner for ballot in ballots if ballot.owner is not None}
        voters = {ballot.voter for ballot in ballots if ballot.voter is not None}
        found = Voter.objects.filter(Q(owner__in=owners) | Q(pk__in=voters), vote=self.vote)
        rows = list(found.only("pk", "owner_id", "voter_hash"))
        self.voters = {row.pk: row for row in rows}
        self.voter_of_owner = {row.owner_id: row for row in rows if row.owner_id is not None}

    def _read_entries(self, ballots: Sequence[BallotInput]) -> None:
        ids = {ballot.client_id for ballot in ballots}
        rows = Ballot.objects.filter(Q(client_id__in=ids) | Q(voter__in=list(self.voters)))
        self.entries: dict[int, list[Entry]] = defaultdict(list)
        self.known: dict[UUID, _Known] = {}
        self.pk_of: dict[int, int] = {}
        for row in rows.select_related("private", "supersedes").order_by("sequence"):
            here = row.vote_id == self.vote.pk
            private = row.private
            self.known[row.client_id] = _Known(
                row.sequence,
                row.voter_id,
                bytes(row.leaf_hash),
                private.receipt_code,
                bytes(private.salt) if private.salt else None,
                bytes(private.content_digest) if private.content_digest else None,
                here,
            )
            if here and row.voter_id in self.voters:
                self.pk_of[row.sequence] = row.pk
                self.entries[row.voter_id].append(entry_of(row))

    def take(self, ballot: BallotInput) -> BallotAnswer:
        voter = self.voters.get(ballot.voter or 0) if ballot.voter else self.voter_of_owner.get(ballot.owner)
        if (known := self.known.get(ballot.client_id)) is not None:
            return self._repeated(ballot, known)
        entries = self.entries[voter.pk] if voter else []
        named = self.known.get(ballot.supersedes) if ballot.supersedes else None
        corrected = None
        if named is not None and named.is_here and voter is not None and named.voter == voter.pk:
            corrected = next(entry for entry in entries if entry.sequence == named.sequence)
        standing = standing_of(entries, without=corrected.sequence if corrected else None) if voter else None
        holders = self.holders[holder_key(ballot.proxy_holder)] if ballot.form == "proxy" else set()
        situation = BallotSituation(
            now=self.now,
            starts_on=self.first_day,
            ends_on=self.vote.ends_on,
            is_open=self.vote.is_open,
            standing=standing,
            corrected=corrected,
            corrected_again=corrected is not None and any(e.supersedes == corrected.sequence for e in entries),
            proxy_limit=self.vote.proxy_limit,
            needs_proof=self.vote.silent_votes,
            proxies=len(holders - {voter.pk}) if voter else 0,
            returned_on=timezone.localdate(ballot.returned_at) if ballot.returned_at else None,
            delivered_on=timezone.localdate(ballot.delivered_at) if ballot.delivered_at else None,
        )
        found = ballot_refusals(ballot, situation)
        if found or voter is None or standing is None:
            return BallotAnswer(ballot.client_id, "rejected", refusals=found)
        delivered_at = delivered_at_of(ballot, situation)
        if delivered_at is None:
            raise RuntimeError("A ballot was taken that nobody delivered.")
        return self._append(ballot, voter, standing, corrected, delivered_at)

    def _repeated(self, ballot: BallotInput, known: _Known) -> BallotAnswer:
        """The first answer again, if it is the same entry; another one under its id is refused.

        Where the content was erased there is nothing left to compare, and the id speaks for it.
        """
        same = known.is_here and (
            known.salt is None or known.digest is None or _digest(known.salt, ballot) == known.digest
        )
        if not same:
            return BallotAnswer(ballot.client_id, "rejected", refusals=[Refusal("client_id_reused")])
        return BallotAnswer(ballot.client_id, "duplicate", known.sequence, known.leaf_hash, known.receipt_code)

    def _append(
        self, ballot: BallotInput, voter: Voter, standing: Standing, corrected: Entry | None, delivered_at: datetime
    ) -> BallotAnswer:
        salt = os.urandom(32)
        # An entry that says nothing of the way keeps the one on record, as it keeps the time.
        on_record = corrected.delivery if corrected else standing.delivery
        private = {
            "proxy_holder": ballot.proxy_holder.strip() if ballot.form == "proxy" else "",
            "proof": ballot.proof.strip(),
            "note": ballot.note.strip(),
        }
        leaf = BallotLeaf(
            ledger=self.vote.ledger,
            sequence=self.edge.size,
            client_id=ballot.client_id,
            voter=bytes(voter.voter_hash),
            choice=ballot.choice or None,
            form=ballot.form or None,
            delivered_at=delivered_at,
            delivery=ballot.delivery or on_record or "in_person",
            returned_at=ballot.returned_at,
            recorded_at=self.recorded_at,
            recorded_by=self.by.pk,
            supersedes=corrected.sequence if corrected else None,
            private=ballot_private_hash(salt, **private),
        )
        hashed = leaf_hash(ballot_bytes(leaf))
        code, digest = make_receipt_code(), _digest(salt, ballot)
        row = Ballot(
            vote=self.vote,
            sequence=leaf.sequence,
            client_id=leaf.client_id,
            voter=voter,
            choice=ballot.choice,
            form=ballot.form,
            delivered_at=leaf.delivered_at,
            delivery=leaf.delivery,
            returned_at=leaf.returned_at,
            recorded_at=leaf.recorded_at,
            recorded_by=self.by,
            private_hash=leaf.private,
            leaf_hash=hashed,
        )
        self.made.append(
            (row, BallotPrivateData(ballot=row, salt=salt, content_digest=digest, receipt_code=code, **private))
        )
        self.rows[leaf.sequence] = row
        self.edge = self.edge.extended([hashed])
        self.known[ballot.client_id] = _Known(leaf.sequence, voter.pk, hashed, code, salt, digest)
        self.entries[voter.pk].append(
            Entry(
                leaf.sequence,
                leaf.delivered_at,
                leaf.delivery,
                ballot.choice,
                ballot.form,
                leaf.returned_at,
                leaf.supersedes,
                private["proxy_holder"],
            )
        )
        self.touched.add(voter.pk)
        # Whoever stands for the owner now: a delivery after a return leaves its proxy in place.
        now = standing_of(self.entries[voter.pk])
        for held in self.holders.values():
            held.discard(voter.pk)
        if now.form == "proxy":
            self.holders[holder_key(now.proxy_holder)].add(voter.pk)
        return BallotAnswer(ballot.client_id, "recorded", leaf.sequence, hashed, code)

    def write(self) -> None:
        if not self.made:
            return
        # A correction of an entry of this very batch is written after it.
        groups = self._in_order()
        for group in groups:
            for row, _private in group:
                sequence = next(e.supersedes for e in self.entries[row.voter_id] if e.sequence == row.sequence)
                row.supersedes_id = None if sequence is None else self._pk_of(sequence)
            Ballot.objects.bulk_create([row for row, _private in group])
        for row, private in self.made:
            private.ballot_id = row.pk
        BallotPrivateData.objects.bulk_create([private for _row, private in self.made])
        write_states(self.vote, {voter: self.entries[voter] for voter in self.touched}, self._pk_of)
        place = {"community_code": self.vote.community_code, "neighbourhood_code": self.vote.neighbourhood_code}
        Change.objects.bulk_create(
            [
                Change(action="created", resource=Ballot.resource, object_id=row.pk, fields=[], **place)
                for row, _private in self.made
            ]
        )
        self.vote.tree_size, self.vote.tree_edge = self.edge.size, list(self.edge.roots)
        self.vote.root_hash, self.vote.last_recorded_at = self.edge.root(), self.recorded_at
        # Without a new version: what came in is no change of the vote that somebody may be about to amend.
        OwnersVote.objects.filter(pk=self.vote.pk).update(
            tree_size=self.vote.tree_size,
            tree_edge=self.vote.tree_edge,
            root_hash=self.vote.root_hash,
            last_recorded_at=self.recorded_at,
        )

    def _in_order(self) -> list[list[tuple[Ballot, BallotPrivateData]]]:
        """The new rows in groups, none of which corrects a row of its own group."""
        groups: list[list[tuple[Ballot, BallotPrivateData]]] = [[]]
        group_of: dict[int, int] = {}
        for row, private in self.made:
            earlier = next(e.supersedes for e in self.entries[row.voter_id] if e.sequence == row.sequence)
            number = group_of.get(earlier, -1) + 1 if earlier is not None else 0
            group_of[row.sequence] = number
            if number == len(groups):
                groups.append([])
            groups[number].append((row, private))
        return groups

    def _pk_of(self, sequence: int) -> int:
        row = self.rows.get(sequence)
        return row.pk if row is not None else self.pk_of[sequence]


def _digest(salt: bytes, ballot: BallotInput) -> bytes:
    """What was sent, salted: tells a repeated request from another entry under the same id."""
    content: list[Any] = [
        ballot.owner,
        ballot.voter,
        ballot.choice,
        ballot.form,
        ballot.proxy_holder,
        ballot.delivered_at and ballot.delivered_at.timestamp(),
        ballot.delivery,
        ballot.returned_at and ballot.returned_at.timestamp(),
        ballot.supersedes,
        ballot.proof,
        ballot.note,
    ]
    return sha256(salt + orjson.dumps(content)).digest()
