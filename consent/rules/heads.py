"""What is signed: the bytes of a tree head and of the file of a survey or a vote (docs/ledger.md).

A head says "this ledger had this many leaves with this root then". The signature is Ed25519
(RFC 8032) over these bytes; making it is a service's work, since keys live outside the rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from consent.rules.canonical import Json, canonical_bytes, utc_text

ALGORITHM = "Ed25519"
HEAD_PREFIX = b"gongdi/tree-head/1\n"
FILE_PREFIX = b"gongdi/survey-file/1\n"
FILE_FORMAT = "gongdi-survey/1"
VOTE_FILE_PREFIX = b"gongdi/vote-file/1\n"
VOTE_FILE_FORMAT = "gongdi-vote/1"
RECEIPT_FORMAT = "gongdi-receipt/1"
BALLOT_RECEIPT_FORMAT = "gongdi-ballot-receipt/1"


@dataclass(frozen=True, slots=True)
class Head:
    """A tree head before it is signed.

    `timestamp` is when the last leaf it covers was recorded, or when the survey opened, so that one
    tree has one head whenever it is signed.
    """

    ledger: UUID
    size: int
    root_hash: bytes
    timestamp: datetime


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head with its signature and the key that made it."""

    head: Head
    key_id: str
    signature: bytes


def key_id_of(public_key: bytes) -> str:
    """The short name of a raw 32-byte public key: the first 16 hexadecimal digits of its hash."""
    return sha256(public_key).hexdigest()[:16]


def head_object(head: Head) -> dict[str, Json]:
    """The signed members of a head."""
    return {
        "ledger": head.ledger.hex,
        "size": head.size,
        "root_hash": head.root_hash.hex(),
        "timestamp": utc_text(head.timestamp),
    }


def head_bytes(head: Head) -> bytes:
    """The bytes that a tree head's signature covers."""
    return HEAD_PREFIX + canonical_bytes(head_object(head))


def signed_head_object(signed: SignedHead) -> dict[str, Json]:
    """A signed head as the API, the receipts and the survey's file show it."""
    return {**head_object(signed.head), "key_id": signed.key_id, "signature": signed.signature.hex()}


def file_bytes(content: Mapping[str, Json]) -> bytes:
    """The bytes that a survey file's signature covers: all of its members but `signature`."""
    return FILE_PREFIX + canonical_bytes({name: value for name, value in content.items() if name != "signature"})


def vote_file_bytes(content: Mapping[str, Json]) -> bytes:
    """The bytes that the signature of a vote's file covers: all of its members but `signature`."""
    return VOTE_FILE_PREFIX + canonical_bytes({name: value for name, value in content.items() if name != "signature"})
