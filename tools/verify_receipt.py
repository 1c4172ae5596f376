#!/usr/bin/env python3
"""Check a receipt by itself, as a household holds it, with nothing but Python: docs/ledger.md says what it must hold.

    python3 verify_receipt.py RECEIPT.json [--key PUBLIC_KEY_HEX] [--root ROOT_HASH]

Keep verify_survey.py beside it. Says in plain words what was checked; at the first thing that is wrong, says it and
exits with 1. Give the public key (64 digits, not its id of 16) and the root hash of a printed notice: without them the
receipt is held against those inside it, which shows that it is whole, not that others were shown the same ledger.
"""
# ruff: noqa: T201  (printing is this program's work)

import argparse
import json
import sys
from hashlib import sha256
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from verify_survey import canonical, is_signed, require


def root_of(leaf, index, size, nodes):
    """The root that a leaf hash and the nodes beside its way give (RFC 9162, section 2.1.3)."""
    if size == 1:
        require(not nodes, "the proof has nodes to spare")
        return leaf
    require(nodes, "the proof is too short")
    left = 1 << (size - 1).bit_length() - 1  # the largest power of two below the size
    *rest, last = nodes
    if index < left:
        return sha256(b"\1" + root_of(leaf, index, left, rest) + last).digest()
    return sha256(b"\1" + last + root_of(leaf, index - left, size - left, rest)).digest()


def check(receipt, trusted_key, trusted_root):
    """The signature of the head, the way from the entry to its root, and what salts open where they are there."""
    leaf, head, key = receipt["leaf"], receipt["head"], receipt["key"]
    is_ballot = receipt["format"] == "gongdi-ballot-receipt/1"
    require(is_ballot or receipt["format"] == "gongdi-receipt/1", "this is no receipt")
    is_whole = trusted_key is None or len(trusted_key) == 64
    require(is_whole, "--key takes the whole public key, 64 digits; 16 are only its id")
    require(trusted_key in (None, key["public_key"]), f"it names the key {key['public_key']}, not the one given")
    public_key = bytes.fromhex(key["public_key"])
    name = sha256(public_key).hexdigest()[:16]
    require(name == key["id"] == head["key_id"], "the head was signed with another key than the one that is here")
    signed = {member: head[member] for member in ("ledger", "size", "root_hash", "timestamp")}
    holds = is_signed(public_key, b"gongdi/tree-head/1\n", signed, head["signature"])
    require(holds, "the signature of the head does not hold")
    print(
        f"head      {head['size']} entries at {head['timestamp']}, signed with {name}"
        + ("" if trusted_key else ", its own key")
    )
    index, size = leaf["sequence"], head["size"]
    require(leaf["ledger"] == head["ledger"] and 0 <= index < size, "the head is of another ledger, or covers less")
    root = root_of(
        sha256(b"\0" + canonical(leaf)).digest(), index, size, [bytes.fromhex(node) for node in receipt["proof"]]
    )
    require(root.hex() == head["root_hash"], "the entry does not lead to the root of the head")
    require(trusted_root in (None, root.hex()), f"the root is {root.hex()}, not the one given")
    what = f"ballot {index}, '{leaf['choice']}'" if is_ballot else f"visit {index}, '{leaf['outcome']}'"
    print(f"receipt   {what}, recorded at {leaf['recorded_at']}, is in the ledger with root {root.hex()}")
    if door := receipt.get("door"):
        named = b"gongdi/door/1\n" + bytes.fromhex(door["salt"]) + str(door["household"]).encode()
        require(sha256(named).hexdigest() == leaf["door"], "the visit is of another household")
        print(f"door      it is of household {door['household']}")
    if private := receipt.get("private"):
        told = {member: value for member, value in private.items() if member != "salt"}
        said = b"gongdi/private/1\n" + bytes.fromhex(private["salt"]) + canonical(told)
        require(sha256(said).hexdigest() == leaf["private"], "the note or the signature is not the one recorded")
        print("private   its note and its signature are those recorded")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, metavar="RECEIPT.json")
    parser.add_argument("--key", type=lambda text: text.lower().replace(" ", ""), metavar="PUBLIC_KEY_HEX")
    parser.add_argument("--root", type=lambda text: text.lower().replace(" ", ""), metavar="ROOT_HASH")
    options = parser.parse_args()
    try:
        check(json.loads(options.file.read_bytes()), options.key, options.root)
    except Exception as error:  # whatever makes this program trip is wrong with the file
        sys.exit(f"WRONG     {error if isinstance(error, ValueError) else repr(error)}")
    print("All of it holds.")


if __name__ == "__main__":
    main()
