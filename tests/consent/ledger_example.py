"""A small invented survey and its signed file: docs/ledger.md shows it, and the verifier's tests break it.

Everything random is fixed here, the signing key too. `python -m tests.consent.ledger_example` writes it into the page
and beside it; a test finds it when the two have drifted apart.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consent.rules import merkle
from consent.rules.canonical import canonical_bytes, utc_text
from consent.rules.heads import (
    ALGORITHM,
    FILE_FORMAT,
    RECEIPT_FORMAT,
    Head,
    SignedHead,
    file_bytes,
    head_bytes,
    key_id_of,
    signed_head_object,
)
from consent.rules.leaves import Leaf, door_hash, leaf_bytes, leaf_object, private_hash

DOCS = Path(__file__).resolve().parents[2] / "docs"
FILE, RECEIPT, PAGE = DOCS / "examples/survey.json", DOCS / "examples/receipt.json", DOCS / "ledger.md"
BEGIN, END = "<!-- The example: written by tests/consent/ledger_example.py -->", "<!-- End of the example -->"

KEY = Ed25519PrivateKey.from_private_bytes(sha256(b"an example, no secret").digest())
PUBLIC_KEY = KEY.public_key().public_bytes_raw()
LEDGER = UUID("6f9619ff8b86d011b42d00c04fc964ff")
OPENED_AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CLOSED_AT = datetime(2026, 3, 20, 9, 30, tzinfo=UTC)
EXPORTED_AT = datetime(2026, 3, 25, 2, 0, tzinfo=UTC)
PRIVACY_NOTICE = "2026-1"
YES = dict.fromkeys(["self_governance", "convention", "demolition", "contribution", "property_management"], True)

PLAN = sha256(b"the second revision of an invented plan").hexdigest()

# household, day and hour (UTC) of the visit, round, and what differs from a visit without an answer
VISITS: list[tuple[int, tuple[int, int], int | None, dict[str, Any]]] = [
    (101, (3, 10), 1, {"outcome": "supports", "given": "signed", "respondent": "owner", "menu_items": ["U11", "B03"]}),
    (102, (3, 11), 1, {"outcome": "no_answer"}),
    (103, (3, 12), 1, {"outcome": "not_yet", "respondent": "family", "reasons": ["cost"], "note": "问每户出多少钱"}),
    (104, (4, 10), 1, {"outcome": "vacant", "note": "水表停用"}),
    (105, (5, 10), 1, {"outcome": "declined"}),
    (102, (10, 12), 2, {"outcome": "supports", "given": "verbal", "respondent": "owner"}),
    (102, (10, 12), 2, {"outcome": "supports", "given": "signed", "respondent": "owner", "supersedes": 5}),
    (103, (11, 12), 2, {"outcome": "supports", "given": "thumbprint", "respondent": "owner", "menu_items": ["B03"]}),
    (103, (12, 12), 2, {"outcome": "no_answer"}),
    (107, (17, 11), 3, {"outcome": "supports", "given": "signed", "respondent": "co_owner", "plan": PLAN}),
    (101, (24, 2), None, {"outcome": "opposes", "respondent": "owner", "reasons": ["dust"], "note": "担心施工"}),
]
PARTIES = {1: ["owners_committee"], 2: ["grid"], 3: ["community", "grid", "owners_committee"], None: ["community"]}
ROLL, REMOVED, ADDED = [101, 102, 103, 104, 105, 106], (106, datetime(2026, 3, 6, tzinfo=UTC)), (107, OPENED_AT)
PUBLISHED_SIZES = [0, 5, 10, 11]


def salt(of: str, number: int) -> bytes:
    """A salt that anyone can make again; real ones are random."""
    return sha256(f"{of} {number}".encode()).digest()


def door(household: int) -> bytes:
    return door_hash(salt("door", household), household)


def private_of(sequence: int) -> dict[str, Any]:
    """What lies beside a visit, in the clear."""
    return {"note": VISITS[sequence][3].get("note", ""), "signature": None, "privacy_notice": PRIVACY_NOTICE}


def leaf(sequence: int) -> Leaf:
    household, (day, hour), survey_round, said = VISITS[sequence]
    visited_at = datetime(2026, 3, day, hour, tzinfo=UTC)
    private = private_of(sequence)
    return Leaf(
        ledger=LEDGER,
        sequence=sequence,
        client_id=UUID(int=0x0193F2D4_0000_7000_8000_000000000000 + sequence),
        door=door(household),
        round=survey_round,
        out_of_round=survey_round is None,
        outcome=said["outcome"],
        given=said.get("given"),
        respondent=said.get("respondent"),
        visited_at=visited_at,
        recorded_at=visited_at + timedelta(minutes=4, microseconds=250_000 + sequence),
        party=PARTIES[survey_round],
        recorded_by=7,
        commitments=YES if said["outcome"] == "supports" else None,
        menu_items=said.get("menu_items", []),
        reasons=said.get("reasons", []),
        has_note="note" in said,
        supersedes=said.get("supersedes"),
        private=private_hash(salt("private", sequence), private["note"], None, PRIVACY_NOTICE),
        plan=said.get("plan"),
    )


def leaves() -> list[Leaf]:
    return [leaf(sequence) for sequence in range(len(VISITS))]


def leaf_hashes() -> list[bytes]:
    return [merkle.leaf_hash(leaf_bytes(leaf)) for leaf in leaves()]


def head(size: int) -> Head:
    last = leaf(size - 1).recorded_at if size else OPENED_AT
    return Head(LEDGER, size, merkle.root_of(leaf_hashes()[:size]), last)


def signed_head(size: int) -> dict[str, Any]:
    signature = KEY.sign(head_bytes(head(size)))
    return dict(signed_head_object(SignedHead(head(size), key_id_of(PUBLIC_KEY), signature)))


def signed(content: dict[str, Any]) -> dict[str, Any]:
    """The file with its signature, the old one left out."""
    return {**content, "signature": KEY.sign(file_bytes(content)).hex()}


def survey_file() -> dict[str, Any]:
    """The signed file. Its figures are counted by hand: 104 is vacant with a note, 105 says nothing, 106 left."""
    return signed(
        {
            "format": FILE_FORMAT,
            "exported_at": utc_text(EXPORTED_AT),
            "survey": {
                "id": 17,
                "ledger": LEDGER.hex,
                "number": 1,
                "title": "示例小区改造意愿征询",
                "neighbourhood": {"code": "420503001001-001", "name": "示例小区"},
                "opened_at": utc_text(OPENED_AT),
                "closed_at": utc_text(CLOSED_AT),
                "verdict": "passed",
            },
            "policy": {"pass_share": "0.80", "count_vacant": False, "count_verbal": False},
            "roll": {
                "size": len(ROLL),
                "doors": sorted(door(household).hex() for household in ROLL),
                "amendments": [
                    {"at": utc_text(ADDED[1]), "action": "add", "door": door(ADDED[0]).hex()},
                    {"at": utc_text(REMOVED[1]), "action": "remove", "door": door(REMOVED[0]).hex()},
                ],
            },
            "leaves": [leaf_object(each) for each in leaves()],
            "photos": [{"sequence": 3, "sha256": "ab" * 32, "recorded_at": "2026-03-04T10:30:00.000000Z"}],
            "heads": [signed_head(size) for size in PUBLISHED_SIZES],
            "result": RESULT,
            "key": {"id": key_id_of(PUBLIC_KEY), "public_key": PUBLIC_KEY.hex(), "algorithm": ALGORITHM},
            "earlier_keys": [],
        }
    )


RESULT = {
    "households": 6,
    "excluded": 1,
    "visited": 5,
    "supports": 4,
    "visit_rate": "0.8333",
    "support_rate": "0.8000",
    "pass_share": "0.80",
    "missing": 0,
    "verdict": "passed",
    "by_round": {"1": 1, "2": 2, "3": 1},
    "commitments": dict.fromkeys(YES, 4),
    "menu_items": {"B03": 2, "U11": 1},
}


def receipt() -> dict[str, Any]:
    """The receipt of household 102 for its signed yes, under the head of ten visits."""
    sequence, size = 6, 10
    return {
        "format": RECEIPT_FORMAT,
        "leaf": leaf_object(leaf(sequence)),
        "door": {"household": 102, "salt": salt("door", 102).hex()},
        "private": {"salt": salt("private", sequence).hex(), **private_of(sequence)},
        "proof": [node.hex() for node in merkle.inclusion_proof(leaf_hashes()[:size], sequence)],
        "head": signed_head(size),
        "key": {"id": key_id_of(PUBLIC_KEY), "public_key": PUBLIC_KEY.hex(), "algorithm": ALGORITHM},
    }


def page_section() -> str:
    """The worked example in the words of the page."""
    first, hashes = leaf(0), leaf_hashes()
    roots = "\n".join(f"    {size:2}  {merkle.root_of(hashes[:size]).hex()}" for size in range(len(hashes) + 1))
    listed = "\n".join(f"    {index:2}  {digest.hex()}" for index, digest in enumerate(hashes))
    return f"""
## A worked example

An invented survey of six doors, with eleven visits. Its [file](examples/survey.json) and one
[receipt](examples/receipt.json) lie beside this page; a test holds them against the code. Check them with

    python3 tools/verify_survey.py docs/examples/survey.json --receipt docs/examples/receipt.json \\
        --key {PUBLIC_KEY.hex()}

**The first leaf.** Household {VISITS[0][0]} says yes, and signs. The salt of its door and the hash of its door are

    {salt("door", VISITS[0][0]).hex()}
    {door(VISITS[0][0]).hex()}

There is no note and no signature image. The salt of the private part, its canonical JSON and its hash are

    {salt("private", 0).hex()}
    {canonical_bytes(private_of(0)).decode()}
    {first.private.hex()}

The canonical JSON of the leaf is, in one line, and its leaf hash below:

    {leaf_bytes(first).decode()}

    {hashes[0].hex()}

**A leaf of version 2.** 107 was shown the second revision of the plan; leaf 9 names its digest:

    {leaf_bytes(leaf(9)).decode()}

    {hashes[9].hex()}

**The tree.** The eleven leaf hashes:

{listed}

The root at each size:

{roots}

**A proof.** Leaf 6 in the tree of size 10:

{_nodes(merkle.inclusion_proof(hashes[:10], 6))}

The tree of size 5 is the beginning of that of size 10:

{_nodes(merkle.consistency_proof(hashes, 5, 10))}

**A head.** The signed bytes of the head of size 10 (two lines, no line feed at the end), and the signature by the key
`{key_id_of(PUBLIC_KEY)}`:

    {head_bytes(head(10)).decode().replace(chr(10), chr(10) + "    ")}

    {signed_head(10)["signature"]}

**The count.** Six doors when it opened; 107 came onto the roll and 106 left it, which leaves six. 101, 102, 103 and
107 support: 102's spoken yes was corrected by the signed one that followed, and nobody opening the door at 103 later
does not undo its yes. 105 declined: a contact and no support. 104 is vacant, with a note, and leaves the denominator.
So 4 of 5 support, exactly the 0.80 that was asked for: passed. 101's withdrawal came after the closing, and counts from
then on: 3 of 5.
"""


def _nodes(nodes: list[bytes]) -> str:
    return "\n".join(f"    {node.hex()}" for node in nodes)


def page_with_example() -> str:
    """The page, its example made anew."""
    text = PAGE.read_text(encoding="utf-8")
    before = text.split(BEGIN)[0].rstrip()
    return f"{before}\n\n{BEGIN}\n{page_section()}\n{END}\n"


def text_of(content: dict[str, Any]) -> str:
    """A file of the example: readable, since its signature is over the canonical spelling and not over this one."""
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page_with_example(), encoding="utf-8")
    FILE.write_text(text_of(survey_file()), encoding="utf-8")
    RECEIPT.write_text(text_of(receipt()), encoding="utf-8")
