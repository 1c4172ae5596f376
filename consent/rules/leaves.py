"""The canonical bytes of a ledger leaf, versions 1 and 2 (docs/ledger.md, "A leaf").

They are stable for ever: a change of any member or spelling is a new version beside this one.
What tells who lives behind a door, or what they said in their own words, enters as a salted hash.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import orjson

from consent.rules.canonical import OPTIONS, Json, utc_text

LEAF_VERSION = 1
LEAF_VERSION_WITH_PLAN = 2
"""Of a visit that names the revision of the plan that was shown; its other members are those of version 1."""

SALT_SIZE = 32
DOOR_PREFIX = b"gongdi/door/1\n"
PRIVATE_PREFIX = b"gongdi/private/1\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One visit as the ledger hashes it.

    `sequence` counts from 0 within the ledger and is the leaf's index in the tree; `supersedes` is
    the sequence of the visit that this one corrects. `round` is null for a visit out of round, `given`
    and `respondent` where they do not apply (a column's empty text is null here). `has_note` is not
    hashed away: a vacant home leaves the denominator only with a note or a photo. The collections
    are sets to the ledger: order and repetition do not matter. `plan` is the digest, in hexadecimal, of
    the revision of the plan that was shown, None where the visit names none.
    """

    ledger: UUID
    sequence: int
    client_id: UUID
    door: bytes
    round: int | None
    out_of_round: bool
    outcome: str
    given: str | None
    respondent: str | None
    visited_at: datetime
    recorded_at: datetime
    party: Collection[str]
    recorded_by: int
    commitments: Mapping[str, bool] | None
    menu_items: Collection[str]
    reasons: Collection[str]
    has_note: bool
    supersedes: int | None
    private: bytes
    plan: str | None = None


def leaf_object(leaf: Leaf) -> dict[str, Json]:
    """The leaf as the JSON object that the export and the receipts show."""
    made: dict[str, Json] = {
        "v": LEAF_VERSION,
        "ledger": leaf.ledger.hex,
        "sequence": leaf.sequence,
        "client_id": str(leaf.client_id),
        "door": leaf.door.hex(),
        "round": leaf.round,
        "out_of_round": leaf.out_of_round,
        "outcome": leaf.outcome,
        "given": leaf.given or None,
        "respondent": leaf.respondent or None,
        "visited_at": utc_text(leaf.visited_at),
        "recorded_at": utc_text(leaf.recorded_at),
        "party": sorted(set(leaf.party)),
        "recorded_by": leaf.recorded_by,
        "commitments": leaf.commitments,
        "menu_items": sorted(set(leaf.menu_items)),
        "reasons": sorted(set(leaf.reasons)),
        "has_note": leaf.has_note,
        "supersedes": leaf.supersedes,
        "private": leaf.private.hex(),
    }
    # Not a null in version 1: what was hashed before plans were shown must come out as it did.
    return made if leaf.plan is None else {**made, "v": LEAF_VERSION_WITH_PLAN, "plan": leaf.plan}


def leaf_bytes(leaf: Leaf) -> bytes:
    """The canonical bytes of a leaf: what `merkle.leaf_hash` takes.

    Skips the checks of `canonical_bytes`, as the fields' types leave nothing to refuse, and a batch
    makes hundreds of these while it holds the survey's lock.
    """
    return orjson.dumps(leaf_object(leaf), option=OPTIONS)


def door_hash(salt: bytes, household_id: int) -> bytes:
    """The name of a household in one survey: a new salt in each keeps surveys from being joined."""
    return sha256(DOOR_PREFIX + _salt(salt) + str(household_id).encode("ascii")).digest()


def private_hash(salt: bytes, note: str, signature_sha256: str | None, privacy_notice: str) -> bytes:
    """The commitment to what lies beside the visit and may be erased.

    `signature_sha256` is the hash of the PNG in hexadecimal; `privacy_notice` is the version of the
    notice that the household was shown (policy.md, section i).
    """
    opened: dict[str, Json] = {"note": note, "signature": signature_sha256, "privacy_notice": privacy_notice}
    return sha256(PRIVATE_PREFIX + _salt(salt) + orjson.dumps(opened, option=OPTIONS)).digest()


def _salt(salt: bytes) -> bytes:
    if len(salt) != SALT_SIZE:
        raise ValueError("a salt has 32 bytes")
    return salt
