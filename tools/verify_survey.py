#!/usr/bin/env python3
"""Check the file of a closed survey with nothing but Python: docs/ledger.md says what it must hold.

    python3 verify_survey.py FILE [--key PUBLIC_KEY_HEX] [--receipt RECEIPT.json]

Says in plain words what was checked; at the first thing that is wrong, says it and exits with 1. --key takes the
public key of a notice, 64 digits, not its id of 16; without it the key inside shows a file to be whole, not whose.
"""
# ruff: noqa: T201  (printing is this program's work)

import argparse
import json
import re
import sys
from collections import Counter
from fractions import Fraction
from hashlib import sha256, sha512
from math import ceil
from pathlib import Path

ANSWERS = ("supports", "not_yet", "opposes")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def require(condition, what_is_wrong):
    if not condition:
        raise ValueError(what_is_wrong)


def canonical(value):
    """The one spelling of a value: sorted names, no spaces, UTF-8 (RFC 8785 without floats)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


# Ed25519 (RFC 8032, section 5.1), in plain coordinates: slow, but short enough to read.
P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def add(p, q):
    (x1, y1), (x2, y2) = p, q
    t = D * x1 * x2 * y1 * y2
    return (x1 * y2 + x2 * y1) * pow(1 + t, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - t, -1, P) % P


def times(number, point):
    return add(times(number >> 1, add(point, point)), point if number & 1 else (0, 1)) if number else (0, 1)


def point_of(data):
    y, odd = int.from_bytes(data, "little") % 2**255, data[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
    is_point = len(data) == 32 and y < P and x * x % P == square and (x or not odd)
    require(is_point, "a key or a signature is no point of the curve")
    return (x if x % 2 == odd else P - x), y


def is_signed(key, prefix, value, signature):
    signature = bytes.fromhex(signature)
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    k = int.from_bytes(sha512(r + key + prefix + canonical(value)).digest(), "little")
    base = point_of((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    return len(signature) == 64 and s < ORDER and times(s, base) == add(point_of(r), times(k % ORDER, point_of(key)))


# The Merkle tree (RFC 9162, section 2.1).
def root_hash(hashes):
    if len(hashes) < 2:
        return hashes[0] if hashes else sha256(b"").digest()
    k = 1 << (len(hashes) - 1).bit_length() - 1  # the largest power of two below the size
    return sha256(b"\1" + root_hash(hashes[:k]) + root_hash(hashes[k:])).digest()


def inclusion_proof(hashes, index):
    if len(hashes) < 2:
        return []
    k = 1 << (len(hashes) - 1).bit_length() - 1
    own, other = (hashes[:k], hashes[k:]) if index < k else (hashes[k:], hashes[:k])
    return [*inclusion_proof(own, index % k), root_hash(other).hex()]


def check_file(content, trusted, kind="survey"):
    """The file's own signature. Gives the public keys by their ids."""
    keys = {key["id"]: bytes.fromhex(key["public_key"]) for key in [content["key"], *content["earlier_keys"]]}
    for name, public_key in keys.items():
        require(name == sha256(public_key).hexdigest()[:16], f"the key {name} is not the one that its id names")
    own, unsigned = content["key"], {name: content[name] for name in content if name != "signature"}
    require(trusted is None or len(trusted) == 64, "--key takes the whole public key, 64 digits; 16 are only its id")
    require(trusted in (None, own["public_key"]), f"it is signed with the key {own['public_key']}, not the one given")
    holds = is_signed(keys[own["id"]], f"gongdi/{kind}-file/1\n".encode(), unsigned, content["signature"])
    require(holds and content["format"] == f"gongdi-{kind}/1", "the file's signature does not hold")
    print(f"file      signed with {own['id']}" + ("" if trusted else ", its own key: compare it with a printed notice"))
    return keys


def check_head(head, keys, survey, leaves, hashes, kept="visits"):
    """One signed tree head against the entries that it covers."""
    size, name = head["size"], f"the head of size {head['size']}"
    signed = {member: head[member] for member in ("ledger", "size", "root_hash", "timestamp")}
    holds = is_signed(keys[head["key_id"]], b"gongdi/tree-head/1\n", signed, head["signature"])
    require(holds, f"the signature of {name} does not hold")
    require(head["ledger"] == survey["ledger"] and 0 <= size <= len(leaves), f"{name} covers {kept} that are not here")
    require(root_hash(hashes[:size]).hex() == head["root_hash"], f"{name} has not the root that the {kept} give")
    last = leaves[size - 1]["recorded_at"] if size else survey["opened_at"]
    require(head["timestamp"] == last, f"{name} has not the time of its last entry")


def check_ledger(content, keys):
    """The visits in their order, and every head. Gives the leaf hashes."""
    survey, leaves, roll, before = content["survey"], content["leaves"], content["roll"], content["survey"]["opened_at"]
    doors = {*roll["doors"], *(change["door"] for change in roll["amendments"])}
    require(len(set(roll["doors"])) == roll["size"] == len(roll["doors"]), "the roll has not the size that it says")
    for index, leaf in enumerate(leaves):
        name, earlier, version = f"the visit at place {index}", leaf["supersedes"], 1 + ("plan" in leaf)
        require(leaf["v"] == version and leaf["ledger"] == survey["ledger"], f"{name} is of another ledger or version")
        require(leaf["sequence"] == index, f"{name} has the sequence {leaf['sequence']}: a gap or a double")
        require(TIME.fullmatch(leaf["visited_at"]) and TIME.fullmatch(leaf["recorded_at"]), f"{name} has a bad time")
        require(leaf["recorded_at"] >= before, f"{name} was recorded before the one ahead of it")
        require(leaf["door"] in doors, f"{name} is of a door that is not on the roll")
        require(earlier is None or 0 <= earlier < index, f"{name} corrects no earlier visit")
        before = leaf["recorded_at"]
    require(len({leaf["client_id"] for leaf in leaves}) == len(leaves), "two visits have the same client id")
    print(f"ledger    {len(leaves)} visits in order, no gap, no double, each of a door on the roll")
    hashes = [sha256(b"\0" + canonical(leaf)).digest() for leaf in leaves]
    for head in content["heads"]:
        check_head(head, keys, survey, leaves, hashes)
    require(any(head["size"] == len(leaves) for head in content["heads"]), "no head covers all visits")
    print(f"heads     {len(content['heads'])} signed tree heads, each with the root that the visits give")
    return hashes


def check_result(content):
    """Count the result at closing anew."""
    survey, policy, roll, given = content["survey"], content["policy"], content["roll"], content["result"]
    doors, rate = set(roll["doors"]), lambda part, whole: f"{part * 10000 // whole / 10000:.4f}" if whole else None
    for change in roll["amendments"]:
        (doors.add if change["action"] == "add" else doors.discard)(change["door"])
    taken = [leaf for leaf in content["leaves"] if leaf["recorded_at"] <= survey["closed_at"]]
    corrected = {leaf["supersedes"] for leaf in taken}
    live = [leaf for leaf in taken if leaf["door"] in doors and leaf["sequence"] not in corrected]
    live.sort(key=lambda leaf: (leaf["outcome"] in ANSWERS, leaf["visited_at"], leaf["sequence"]))
    leading = {leaf["door"]: leaf for leaf in live}.values()  # the last one stays: an answer goes before the rest
    visited = len({leaf["door"] for leaf in live if leaf["outcome"] in (*ANSWERS, "declined")})
    ways = ("signed", "thumbprint", "verbal") if policy["count_verbal"] else ("signed", "thumbprint")
    agreed = [leaf for leaf in leading if leaf["outcome"] == "supports"]
    counted = [leaf for leaf in agreed if leaf["given"] in ways]
    photos = {photo["sequence"] for photo in content["photos"] if photo["recorded_at"] <= survey["closed_at"]}
    vacant = [leaf for leaf in leading if leaf["outcome"] == "vacant" and not policy["count_vacant"]]
    excluded = sum(leaf["has_note"] or leaf["sequence"] in photos for leaf in vacant)
    size, yes, base, share = len(doors), len(counted), len(doors) - excluded, Fraction(policy["pass_share"])
    expected = {"households": size, "excluded": excluded, "visited": visited, "supports": yes}
    expected |= {"visit_rate": rate(visited, size), "support_rate": rate(yes, base), "pass_share": policy["pass_share"]}
    expected["missing"] = max(0, max(1, ceil(share * base)) - yes)
    expected["verdict"] = "passed" if base and yes >= share * base else "failed"
    expected["by_round"] = Counter(str(leaf["round"] or "out_of_round") for leaf in counted)
    expected["commitments"] = Counter(name for leaf in agreed for name, said in leaf["commitments"].items() if said)
    expected["menu_items"] = Counter(code for leaf in agreed for code in leaf["menu_items"])
    for name, value in expected.items():
        require(given[name] == value, f"the result says {name} {given[name]}, the visits give {value}")
    require(survey["verdict"] == expected["verdict"], "the survey's verdict is not that of its result")
    print(f"result    {yes} of {base} support, {share} needed: {expected['verdict']}")


def check_receipt(receipt, content, keys, hashes):
    leaf, head, door, told = receipt["leaf"], receipt["head"], receipt.get("door"), receipt.get("private")
    index, size = leaf["sequence"], head["size"]
    require(leaf == content["leaves"][index], f"the receipt's visit is not the one at place {index} of the ledger")
    check_head(head, keys, content["survey"], content["leaves"], hashes)
    require(index < size, "the receipt's head does not cover its visit")
    require(receipt["proof"] == inclusion_proof(hashes[:size], index), "the receipt's proof does not lead to its head")
    named = door and b"gongdi/door/1\n" + bytes.fromhex(door["salt"]) + str(door["household"]).encode()
    require(door is None or sha256(named).hexdigest() == leaf["door"], "the receipt's visit is of another household")
    said = told and sha256(b"gongdi/private/1\n" + bytes.fromhex(told.pop("salt")) + canonical(told)).hexdigest()
    require(said in (None, leaf["private"]), "the receipt's note or signature is not the one recorded")
    print(f"receipt   visit {index}, '{leaf['outcome']}' at {leaf['visited_at']}, is in the ledger")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--key", type=lambda text: text.lower().replace(" ", ""), metavar="PUBLIC_KEY_HEX")
    parser.add_argument("--receipt", type=Path, metavar="RECEIPT.json")
    options = parser.parse_args()
    try:
        content = json.loads(options.file.read_bytes())
        keys = check_file(content, options.key)
        hashes = check_ledger(content, keys)
        check_result(content)
        if options.receipt:
            check_receipt(json.loads(options.receipt.read_bytes()), content, keys, hashes)
    except Exception as error:  # whatever makes this program trip is wrong with the file
        sys.exit(f"WRONG     {error if isinstance(error, ValueError) else repr(error)}")
    print("All of it holds.")


if __name__ == "__main__":
    main()
