"""The canonical bytes of a leaf of a vote's ledger, version 1 (docs/ledger.md, "A ballot").

They are stable for ever: a change of any member or spelling is a new version beside this one. Who an owner is, and
what is personal in an entry, enters as a salted hash.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import orjson

from consent.rules.canonical import OPTIONS, Json, utc_text
from consent.rules.leaves import SALT_SIZE

BALLOT_VERSION = 1
VOTER_PREFIX = b"gongdi/voter/1\n"
BALLOT_PRIVATE_PREFIX = b"gongdi/ballot-private/1\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class BallotLeaf:
    """One entry as the ledger hashes it: a delivery, or a ballot that came back.

    `sequence` counts from 0 within the ledger and is the leaf's index in the tree; `supersedes` is the sequence of the
    entry that this one corrects. `choice`, `form` and `returned_at` are null for a delivery alone.
    """

    ledger: UUID
    sequence: int
    client_id: UUID
    voter: bytes
    choice: str | None
    form: str | None
    delivered_at: datetime
    delivery: str
    returned_at: datetime | None
    recorded_at: datetime
    recorded_by: int
    supersedes: int | None
    private: bytes


def ballot_object(leaf: BallotLeaf) -> dict[str, Json]:
    """The leaf as the JSON object that the file of a vote shows."""
    return {
        "v": BALLOT_VERSION,
        "ledger": leaf.ledger.hex,
        "sequence": leaf.sequence,
        "client_id": str(leaf.client_id),
        "voter": leaf.voter.hex(),
        "choice": leaf.choice or None,
        "form": leaf.form or None,
        "delivered_at": utc_text(leaf.delivered_at),
        "delivery": leaf.delivery,
        "returned_at": utc_text(leaf.returned_at) if leaf.returned_at else None,
        "recorded_at": utc_text(leaf.recorded_at),
        "recorded_by": leaf.recorded_by,
        "supersedes": leaf.supersedes,
        "private": leaf.private.hex(),
    }


def ballot_bytes(leaf: BallotLeaf) -> bytes:
    """The canonical bytes of a leaf: what `merkle.leaf_hash` takes."""
    return orjson.dumps(ballot_object(leaf), option=OPTIONS)


def voter_hash(salt: bytes, owner: int | None, parts: Collection[tuple[str, int]]) -> bytes:
    """The name of a head in one vote: a new salt in each keeps votes from being joined.

    `parts` are the household and parking space ids behind it, as (`household`, 12); they tell heads apart that nobody
    is on record for.
    """
    opened: dict[str, Json] = {"owner": owner, "parts": [f"{kind} {pk}" for kind, pk in sorted(parts)]}
    return sha256(VOTER_PREFIX + _salt(salt) + orjson.dumps(opened, option=OPTIONS)).digest()


def ballot_private_hash(salt: bytes, *, proxy_holder: str, proof: str, note: str) -> bytes:
    """The commitment to what lies beside the entry and may be erased."""
    opened: dict[str, Json] = {"note": note, "proof": proof, "proxy_holder": proxy_holder}
    return sha256(BALLOT_PRIVATE_PREFIX + _salt(salt) + orjson.dumps(opened, option=OPTIONS)).digest()


def _salt(salt: bytes) -> bytes:
    if len(salt) != SALT_SIZE:
        raise ValueError("a salt has 32 bytes")
    return salt
