"""The ledger as its tree sees it: leaves made anew from the rows, and proofs (docs/ledger.md).

The hash beside each visit is what proofs are made of; the leaf made anew is what that hash is held against.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from consent.models import OwnersVote, Survey
from consent.rules import merkle
from consent.rules.leaves import Leaf

_MEMBERS = (
    "sequence",
    "client_id",
    "door__door_hash",
    "round",
    "out_of_round",
    "outcome",
    "given",
    "respondent",
    "visited_at",
    "recorded_at",
    "party",
    "recorded_by_id",
    "commitments",
    "menu_items",
    "reasons",
    "has_note",
    "supersedes__sequence",
    "private_hash",
    "plan__digest",
)


@dataclass(frozen=True, slots=True)
class StoredLeaf:
    """A leaf as the row's columns make it, and the hash that was stored with them."""

    leaf: Leaf
    leaf_hash: bytes


def stored_leaves(survey: Survey, **only: int) -> Iterator[StoredLeaf]:
    """The survey's leaves in order, all or those that a filter on `sequence` names: one query, read in pieces."""
    rows = survey.visits.filter(**only).order_by("sequence")
    for number, client_id, door, survey_round, out_of_round, outcome, given, respondent, *rest in rows.values_list(
        *_MEMBERS, "leaf_hash"
    ).iterator(2000):
        visited_at, recorded_at, party, recorded_by, commitments, menu_items, reasons, has_note, *rest = rest
        supersedes, private, plan, leaf_hash = rest
        leaf = Leaf(
            ledger=survey.ledger,
            sequence=number,
            client_id=client_id,
            door=bytes(door),
            round=survey_round,
            out_of_round=out_of_round,
            outcome=outcome,
            given=given or None,
            respondent=respondent or None,
            visited_at=visited_at,
            recorded_at=recorded_at,
            party=party,
            recorded_by=recorded_by,
            commitments=commitments,
            menu_items=menu_items,
            reasons=reasons,
            has_note=has_note,
            supersedes=supersedes,
            private=bytes(private),
            plan=plan,
        )
        yield StoredLeaf(leaf, bytes(leaf_hash))


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That the leaf at `sequence` is in the tree of this size and root."""

    sequence: int
    leaf_hash: bytes
    size: int
    root_hash: bytes
    nodes: list[bytes]


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """That the tree of `second` leaves begins with that of `first`."""

    first: int
    second: int
    first_root: bytes
    second_root: bytes
    nodes: list[bytes]


def inclusion_proof(kept: Survey | OwnersVote, sequence: int, size: int) -> InclusionProof:
    """Raises IndexError where the tree of `size` leaves has no such leaf, or the ledger no such tree."""
    hashes = _leaf_hashes(kept, size)
    nodes = merkle.inclusion_proof(hashes, sequence)
    return InclusionProof(sequence, hashes[sequence], size, merkle.root_of(hashes), nodes)


def consistency_proof(kept: Survey | OwnersVote, first: int, second: int) -> ConsistencyProof:
    """Raises IndexError unless 0 <= first <= second <= size of the ledger."""
    hashes = _leaf_hashes(kept, second)
    nodes = merkle.consistency_proof(hashes, first, second)
    return ConsistencyProof(first, second, merkle.root_of(hashes[:first]), merkle.root_of(hashes), nodes)


def _leaf_hashes(kept: Survey | OwnersVote, size: int) -> list[bytes]:
    """The first `size` leaf hashes, as they are stored: 32 bytes each, one query."""
    if not 0 <= size <= kept.tree_size:
        raise IndexError(f"no tree of {size} leaves")
    rows = kept.entries.filter(sequence__lt=size).order_by("sequence").values_list("leaf_hash", flat=True)
    return [bytes(leaf_hash) for leaf_hash in rows]
