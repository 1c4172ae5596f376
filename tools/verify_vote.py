#!/usr/bin/env python3
"""Check the file of a closed owners' vote with nothing but Python: docs/ledger.md says what it must hold.

    python3 verify_vote.py FILE [--key PUBLIC_KEY_HEX]

Keep verify_survey.py beside it: what the two files share is checked there. Says in plain words what was checked; at the
first thing that is wrong, says it and exits with 1. --key takes the public key of a printed notice, 64 digits and not
its id of 16; without it the key inside says that the file is whole, not whose.
"""
# ruff: noqa: T201  (printing is this program's work)

import argparse
import json
import re
import sys
from fractions import Fraction
from hashlib import sha256
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from verify_survey import TIME, canonical, check_file, check_head, require

CHOICES, FORMS = ("agree", "disagree", "abstain"), ("written", "electronic", "proxy")
SPECIAL = (6, 7, 8)  # raising the fund, rebuilding, other uses of common parts: article 278 of the Civil Code


def check_ledger(content, keys):
    """The entries in their order, and every head."""
    vote, leaves, roll, before = content["vote"], content["leaves"], content["roll"], content["vote"]["opened_at"]
    voters = {voter["voter"] for voter in roll["voters"]}
    require(len(voters) == roll["size"] == len(roll["voters"]), "the roll has not the size that it says")
    for index, leaf in enumerate(leaves):
        name, earlier = f"the entry at place {index}", leaf["supersedes"]
        require(leaf["v"] == 1 and leaf["ledger"] == vote["ledger"], f"{name} is of another ledger or version")
        require(leaf["sequence"] == index, f"{name} has the sequence {leaf['sequence']}: a gap or a double")
        times = [leaf["delivered_at"], leaf["recorded_at"], *([leaf["returned_at"]] if leaf["choice"] else [])]
        require(all(TIME.fullmatch(time) for time in times), f"{name} has a bad time")
        returned = leaf["choice"] in CHOICES and leaf["form"] in FORMS
        alone = leaf["choice"] is leaf["form"] is leaf["returned_at"] is None
        require(returned or alone, f"{name} is neither a delivery nor a whole ballot")
        require(before <= leaf["recorded_at"], f"{name} was recorded before the one ahead of it")
        require(leaf["recorded_at"] <= vote["closed_at"], f"{name} was recorded after the vote was closed")
        require(leaf["voter"] in voters, f"{name} is of an owner that is not on the roll")
        ours = earlier is None or (0 <= earlier < index and leaves[earlier]["voter"] == leaf["voter"])
        require(ours, f"{name} corrects no earlier entry of this owner")
        before = leaf["recorded_at"]
    require(len({leaf["client_id"] for leaf in leaves}) == len(leaves), "two entries have the same client id")
    print(f"ledger    {len(leaves)} entries in order, no gap, no double, each of an owner on the roll")
    hashes = [sha256(b"\0" + canonical(leaf)).digest() for leaf in leaves]
    for head in content["heads"]:
        check_head(head, keys, vote, leaves, hashes, "entries")
    require(any(head["size"] == len(leaves) for head in content["heads"]), "no head covers all entries")
    print(f"heads     {len(content['heads'])} signed tree heads, each with the root that the entries give")


def hundredths(area):
    require(re.fullmatch(r"\d+\.\d\d", area), f"{area} is no area in square metres")
    return int(area.replace(".", ""))


def standings(content):
    """For each owner: its area in hundredths of a square metre, whether it had the ballot, and what it says."""
    corrected = {leaf["supersedes"] for leaf in content["leaves"]}
    live = [leaf for leaf in content["leaves"] if leaf["sequence"] not in corrected]
    delivered = {leaf["voter"] for leaf in live if leaf["delivery"] != "notice" or leaf["choice"]}
    choice = {leaf["voter"]: leaf["choice"] for leaf in live if leaf["choice"]}  # the last one stays
    for voter in content["roll"]["voters"]:
        name = voter["voter"]
        yield hundredths(voter["area"]), name in delivered, choice.get(name, "")


def check_result(content):
    """Count the result anew: by owners and by area, exactly."""
    vote, given = content["vote"], content["result"]
    rows = list(standings(content))

    def count(wanted):
        found = [area for area, delivered, choice in rows if wanted(delivered, choice)]
        return len(found), sum(found)

    sides = {side: count(lambda _delivered, choice, side=side: choice == side) for side in CHOICES}
    whole, returned = count(lambda _delivered, _choice: True), count(lambda _delivered, choice: choice)
    silent = count(lambda delivered, choice: vote["silent_votes"] and delivered and not choice)
    leading = [name for name, side in sides.items() if all(2 * a > b for a, b in zip(side, returned, strict=True))]
    joined = leading[0] if leading and silent[0] else ""
    groups = {"": whole, "delivered_": count(lambda delivered, _choice: delivered), "returned_": returned}
    groups |= {f"{name}_": side for name, side in sides.items()} | {"silent_": silent}
    expected = {"silent_side": joined}
    for name, (heads, area) in groups.items():
        expected |= {f"{name}heads": heads, f"{name}area": f"{area // 100}.{area % 100:02}"}
    part = [a + b for a, b in zip(returned, silent, strict=True)]
    yes = [a + b * (joined == "agree") for a, b in zip(sides["agree"], silent, strict=True)]
    special, met = vote["matter"] in SPECIAL, []
    for name, above, below, needs, at_least in (
        ("quorum", part, whole, Fraction(2, 3), True),
        ("approval", yes, part, Fraction(3, 4) if special else Fraction(1, 2), special),
    ):
        for unit, numerator, denominator in zip(("heads", "area"), above, below, strict=True):
            mark = needs * denominator
            met.append(denominator > 0 and (numerator >= mark if at_least else numerator > mark))
            shown = [numerator, denominator]
            if unit == "area":
                shown = [f"{value // 100}.{value % 100:02}" for value in shown]
            expected[f"{name}_{unit}"] = {
                "numerator": shown[0],
                "denominator": shown[1],
                "needs": str(needs),
                "at_least": at_least,
                "met": met[-1],
            }
    expected["verdict"] = "passed" if all(met) else "failed"
    for name, value in expected.items():
        require(given[name] == value, f"the result says {name} {given[name]}, the entries give {value}")
    require(vote["verdict"] == expected["verdict"], "the vote's verdict is not that of its result")
    print(f"result    {yes[0]} of {part[0]} owners who take part agree, {whole[0]} in all: {expected['verdict']}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--key", type=lambda text: text.lower().replace(" ", ""), metavar="PUBLIC_KEY_HEX")
    options = parser.parse_args()
    try:
        content = json.loads(options.file.read_bytes())
        keys = check_file(content, options.key, "vote")
        check_ledger(content, keys)
        check_result(content)
    except Exception as error:  # whatever makes this program trip is wrong with the file
        sys.exit(f"WRONG     {error if isinstance(error, ValueError) else repr(error)}")
    print("All of it holds.")


if __name__ == "__main__":
    main()
