"""The entries of a vote's ledger as its tree sees them: leaves made anew from the rows (docs/ledger.md)."""

from collections.abc import Iterator
from dataclasses import dataclass

from consent.models import OwnersVote
from consent.rules.ballot_leaves import BallotLeaf

_MEMBERS = (
    "sequence",
    "client_id",
    "voter__voter_hash",
    "choice",
    "form",
    "delivered_at",
    "delivery",
    "returned_at",
    "recorded_at",
    "recorded_by_id",
    "supersedes__sequence",
    "private_hash",
    "leaf_hash",
)


@dataclass(frozen=True, slots=True)
class StoredBallot:
    """A leaf as the row's columns make it, and the hash that was stored with them."""

    leaf: BallotLeaf
    leaf_hash: bytes


def stored_ballots(vote: OwnersVote, **only: int) -> Iterator[StoredBallot]:
    """The vote's leaves in order, all or those that a filter on `sequence` names: one query, read in pieces."""
    rows = vote.ballots.filter(**only).order_by("sequence").values_list(*_MEMBERS)
    for row in rows.iterator(2000):
        sequence, client_id, voter, choice, form, delivered_at, delivery, returned_at, *rest = row
        recorded_at, recorded_by, supersedes, private, leaf_hash = rest
        leaf = BallotLeaf(
            ledger=vote.ledger,
            sequence=sequence,
            client_id=client_id,
            voter=bytes(voter),
            choice=choice or None,
            form=form or None,
            delivered_at=delivered_at,
            delivery=delivery,
            returned_at=returned_at,
            recorded_at=recorded_at,
            recorded_by=recorded_by,
            supersedes=supersedes,
            private=bytes(private),
        )
        yield StoredBallot(leaf, bytes(leaf_hash))
