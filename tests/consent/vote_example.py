"""A small invented owners' vote and its signed file: docs/ledger.md shows it, and a test holds it against the code.

Everything random is fixed here. `python -m tests.consent.vote_example` writes the file anew.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from consent.rules import merkle
from consent.rules.ballot_leaves import BallotLeaf, ballot_bytes, ballot_object, ballot_private_hash, voter_hash
from consent.rules.canonical import utc_text
from consent.rules.heads import (
    ALGORITHM,
    VOTE_FILE_FORMAT,
    Head,
    SignedHead,
    head_bytes,
    key_id_of,
    signed_head_object,
    vote_file_bytes,
)
from tests.consent.ledger_example import DOCS, KEY, PUBLIC_KEY, salt, text_of

FILE = DOCS / "examples/vote.json"
LEDGER = UUID("8a6e0804-2bd0-4672-b79d-d97027f9071a")
OPENED_AT = datetime(2026, 4, 1, 1, 0, tzinfo=UTC)
CLOSED_AT = datetime(2026, 4, 27, 2, 0, tzinfo=UTC)
EXPORTED_AT = datetime(2026, 4, 28, 2, 0, tzinfo=UTC)

# owner and area of each head; the owner's number is that of its home, to keep it short
ROLL = {201: "90.00", 202: "110.50", 203: "80.25", 204: "60.00", 205: "75.25", 206: "84.00"}

# owner, day it came back (or was delivered), and what differs from a paper ballot that was handed over
ENTRIES: list[tuple[int, int, dict[str, Any]]] = [
    (201, 17, {"choice": "agree"}),
    (202, 17, {"choice": "agree", "form": "proxy", "proxy_holder": "周敏"}),
    (203, 18, {"choice": "disagree"}),
    (203, 19, {"choice": "agree", "supersedes": 2, "note": "录入时看错"}),
    (204, 20, {"choice": "disagree", "form": "electronic"}),
    (205, 20, {"delivery": "door", "proof": "照片12"}),
    (206, 21, {"delivery": "notice"}),
]


def voter(owner: int) -> bytes:
    return voter_hash(salt("voter", owner), owner, [("household", owner)])


def leaf(sequence: int) -> BallotLeaf:
    owner, day, said = ENTRIES[sequence]
    moment = datetime(2026, 4, day, 8, sequence, tzinfo=UTC)
    choice = said.get("choice")
    private = {name: said.get(name, "") for name in ("proxy_holder", "proof", "note")}
    return BallotLeaf(
        ledger=LEDGER,
        sequence=sequence,
        client_id=UUID(int=0x0193F2D4_0000_7000_9000_000000000000 + sequence),
        voter=voter(owner),
        choice=choice,
        form=said.get("form", "written") if choice else None,
        delivered_at=moment - timedelta(days=1),
        delivery=said.get("delivery", "in_person"),
        returned_at=moment if choice else None,
        recorded_at=moment + timedelta(minutes=30),
        recorded_by=7,
        supersedes=said.get("supersedes"),
        private=ballot_private_hash(salt("ballot", sequence), **private),
    )


def signed_head(size: int) -> dict[str, Any]:
    rows = [leaf(sequence) for sequence in range(size)]
    root = merkle.root_of([merkle.leaf_hash(ballot_bytes(row)) for row in rows])
    head = Head(LEDGER, size, root, rows[-1].recorded_at if rows else OPENED_AT)
    return dict(signed_head_object(SignedHead(head, key_id_of(PUBLIC_KEY), KEY.sign(head_bytes(head)))))


def _test(numerator: int | str, denominator: int | str, needs: str) -> dict[str, Any]:
    return {"numerator": numerator, "denominator": denominator, "needs": needs, "at_least": True, "met": True}


# Counted by hand: 203 was corrected to a yes, 205 had the ballot and is silent, a notice stood in for that of 206.
RESULT = {
    "heads": 6,
    "area": "500.00",
    "delivered_heads": 5,
    "delivered_area": "416.00",
    "returned_heads": 4,
    "returned_area": "340.75",
    "agree_heads": 3,
    "agree_area": "280.75",
    "disagree_heads": 1,
    "disagree_area": "60.00",
    "abstain_heads": 0,
    "abstain_area": "0.00",
    "silent_heads": 1,
    "silent_area": "75.25",
    "silent_side": "agree",
    "quorum_area": _test("416.00", "500.00", "2/3"),
    "quorum_heads": _test(5, 6, "2/3"),
    "approval_area": _test("356.00", "416.00", "3/4"),
    "approval_heads": _test(4, 5, "3/4"),
    "verdict": "passed",
}


def vote_file() -> dict[str, Any]:
    content: dict[str, Any] = {
        "format": VOTE_FILE_FORMAT,
        "exported_at": utc_text(EXPORTED_AT),
        "vote": {
            "id": 4,
            "ledger": LEDGER.hex,
            "number": 1,
            "title": "示例小区补建维修资金",
            "matter": 6,
            "scope": "neighbourhood",
            "silent_votes": True,
            "count_spaces": False,
            "proxy_limit": 3,
            "neighbourhood": {"code": "420503001001-001", "name": "示例小区"},
            "starts_on": "2026-04-16",
            "ends_on": "2026-04-26",
            "opened_at": utc_text(OPENED_AT),
            "closed_at": utc_text(CLOSED_AT),
            "verdict": "passed",
        },
        "roll": {
            "size": len(ROLL),
            "voters": [
                {"voter": hashed, "area": area}
                for hashed, area in sorted((voter(owner).hex(), area) for owner, area in ROLL.items())
            ],
        },
        "leaves": [ballot_object(leaf(sequence)) for sequence in range(len(ENTRIES))],
        "heads": [signed_head(len(ENTRIES))],
        "result": RESULT,
        "key": {"id": key_id_of(PUBLIC_KEY), "public_key": PUBLIC_KEY.hex(), "algorithm": ALGORITHM},
        "earlier_keys": [],
    }
    return {**content, "signature": KEY.sign(vote_file_bytes(content)).hex()}


if __name__ == "__main__":
    FILE.write_text(text_of(vote_file()), encoding="utf-8")
