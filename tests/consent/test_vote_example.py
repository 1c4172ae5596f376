"""The example of a vote's file, beside docs/ledger.md, is what the code gives, and the count by hand what it counts."""

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

from consent.rules.votes import Group, tally
from tests.consent import vote_example as example
from tests.consent.ledger_example import PUBLIC_KEY, text_of

VERIFIER = Path(__file__).resolve().parents[2] / "tools/verify_vote.py"


def test_the_example_is_what_the_code_gives():
    """`python -m tests.consent.vote_example` writes it anew."""
    assert example.FILE.read_text(encoding="utf-8") == text_of(example.vote_file())


def test_the_example_holds_for_the_verifier():
    command = [sys.executable, "-I", "-S", str(VERIFIER), str(example.FILE), "--key", PUBLIC_KEY.hex()]

    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()

    assert said[-2:] == [
        "result    4 of 5 owners who take part agree, 6 in all: passed",
        "All of it holds.",
    ]


def test_the_count_by_hand_is_the_programs():
    area = {owner: Decimal(square_metres) for owner, square_metres in example.ROLL.items()}
    choices = {201: "agree", 202: "agree", 203: "agree", 204: "disagree"}
    groups = [Group(owner != 206, choices.get(owner, ""), 1, area[owner]) for owner in area]

    found = tally(groups, matter=6, silent_votes=True)

    result = example.RESULT
    assert found.passed
    assert (found.silent_heads, found.silent_area, found.silent_side) == (1, Decimal("75.25"), "agree")
    for name in ("quorum_area", "quorum_heads", "approval_area", "approval_heads"):
        test = getattr(found, name)
        assert [str(test.numerator), str(test.denominator), str(test.needs), test.at_least, test.met] == [
            str(value) for value in list(result[name].values())[:3]
        ] + [True, True]
