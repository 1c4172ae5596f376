"""The stand-alone verifier takes the example of the page, and objects to whatever is changed in it."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from common.figures import hash_text
from consent.rules import merkle
from consent.rules.canonical import canonical_bytes
from tests.consent import ledger_example as example

VERIFIER = Path(__file__).resolve().parents[2] / "tools/verify_survey.py"
spec = importlib.util.spec_from_file_location("verify_survey", VERIFIER)
assert spec
assert spec.loader
verifier = importlib.util.module_from_spec(spec)
spec.loader.exec_module(verifier)

Change = Callable[[dict[str, Any]], object]
FOREIGN = "ee" * 32
DATA = Path(__file__).parent / "data"
SEED = bytes(range(32))


is_signed = verifier.is_signed
reckoned: dict[Any, bool] = {}


def is_signed_once(key: bytes, prefix: bytes, value: Any, signature: str) -> bool:
    """The verifier's own answer, which its plain arithmetic takes a while for, reckoned once for the same question."""
    question = (key, prefix, verifier.canonical(value), signature)
    if question not in reckoned:
        reckoned[question] = is_signed(key, prefix, value, signature)
    return reckoned[question]


@pytest.fixture
def verify(tmp_path, monkeypatch, capsys):
    """Runs the verifier; gives its first objection, or None where it has none."""
    monkeypatch.setattr(verifier, "is_signed", is_signed_once)

    def run(content: Any, *, receipt: Any = None, key: str | None = None) -> str | None:
        (tmp_path / "survey.json").write_text(content if isinstance(content, str) else json.dumps(content))
        arguments = [str(tmp_path / "survey.json")]
        if receipt is not None:
            (tmp_path / "receipt.json").write_text(json.dumps(receipt))
            arguments += ["--receipt", str(tmp_path / "receipt.json")]
        if key is not None:
            arguments += ["--key", key]
        monkeypatch.setattr(sys, "argv", ["verify_survey.py", *arguments])
        try:
            verifier.main()
        except SystemExit as stop:
            return str(stop.code)
        return None if capsys.readouterr().out.endswith("All of it holds.\n") else "nothing was said"

    return run


def changed(change: Change) -> dict[str, Any]:
    """The file, changed by somebody without the key."""
    content = deepcopy(example.survey_file())
    change(content)
    return content


def forged(change: Change) -> dict[str, Any]:
    """The file, changed by the site itself, which signs the file again, but has its heads out already."""
    return example.signed(changed(change))


def forged_with_heads(change: Change) -> dict[str, Any]:
    """The file, changed by the site, which also signs new heads for the changed visits."""
    content = changed(change)
    hashes = [merkle.leaf_hash(canonical_bytes(leaf)) for leaf in content["leaves"]]
    heads = []
    for size in {0, len(hashes) // 2, len(hashes)}:
        last = content["leaves"][size - 1]["recorded_at"] if size else content["survey"]["opened_at"]
        head = {
            "ledger": content["survey"]["ledger"],
            "size": size,
            "root_hash": merkle.root_of(hashes[:size]).hex(),
            "timestamp": last,
        }
        signature = example.KEY.sign(b"gongdi/tree-head/1\n" + canonical_bytes(head)).hex()
        heads.append({**head, "key_id": content["key"]["id"], "signature": signature})
    content["heads"] = heads
    return example.signed(content)


def put(*path: str | int) -> Callable[[Any], Change]:
    """put("leaves", 0, "outcome")("opposes") is the change that puts it there."""

    def of(value: Any) -> Change:
        def change(content: Any) -> None:
            for step in path[:-1]:
                content = content[step]
            content[path[-1]] = value

        return change

    return of


def renumber(content: dict[str, Any]) -> None:
    for index, leaf in enumerate(content["leaves"]):
        leaf["sequence"] = index


def drop_a_visit(content: dict[str, Any]) -> None:
    del content["leaves"][8]
    renumber(content)


def add_a_visit(content: dict[str, Any]) -> None:
    content["leaves"].append(
        {**content["leaves"][-1], "client_id": "0193f2d4-0000-7000-8000-00000000ffff", "sequence": 11}
    )


def with_key(content: dict[str, Any], key: Ed25519PrivateKey) -> dict[str, Any]:
    public_key = key.public_key().public_bytes_raw()
    content = {**content, "key": {**content["key"], "public_key": public_key.hex()}}
    content["key"]["id"] = example.key_id_of(public_key)
    return {**content, "signature": key.sign(example.file_bytes(content)).hex()}


def test_the_example_holds(verify):
    assert verify(example.survey_file(), receipt=example.receipt(), key=example.PUBLIC_KEY.hex()) is None


def test_a_file_from_before_plans_were_shown_still_holds(verify):
    """Written by the code of that time, and never again: all its leaves are of version 1."""
    survey, receipt = (json.loads((DATA / f"{name}_of_version_1.json").read_text()) for name in ("survey", "receipt"))

    assert {leaf["v"] for leaf in survey["leaves"]} == {1}
    assert verify(survey, receipt=receipt, key=example.PUBLIC_KEY.hex()) is None


def test_the_leaves_that_name_no_plan_are_those_of_before():
    before = json.loads((DATA / "survey_of_version_1.json").read_text())["leaves"]

    now = [example.leaf_object(leaf) for leaf in example.leaves()]

    assert [leaf["v"] for leaf in now] == [1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 1]
    assert now[9].pop("plan") == example.PLAN
    assert {**now[9], "v": 1} == before[9]
    assert now[:9] + now[10:] == before[:9] + before[10:]


def test_the_page_and_its_files_are_what_the_code_gives():
    """After a change: python -m tests.consent.ledger_example."""
    assert example.PAGE.read_text(encoding="utf-8") == example.page_with_example()
    assert example.FILE.read_text(encoding="utf-8") == example.text_of(example.survey_file())
    assert example.RECEIPT.read_text(encoding="utf-8") == example.text_of(example.receipt())


def test_it_runs_by_itself_and_uses_nothing_of_ours(tmp_path):
    command = [sys.executable, "-I", "-S", str(VERIFIER), str(example.FILE), "--receipt", str(example.RECEIPT)]

    good = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    bad = subprocess.run([*command, "--key", FOREIGN], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (good.returncode, good.stdout.splitlines()[-1]) == (0, "All of it holds.")
    assert (bad.returncode, bad.stderr.startswith("WRONG")) == (1, True)


@pytest.mark.parametrize("bare", [False, True], ids=["whole", "without what opens it"])
def test_a_receipt_is_checked_by_itself_too(tmp_path, bare):
    receipt = example.receipt()
    if bare:
        receipt = {name: value for name, value in receipt.items() if name not in ("door", "private")}
    kept, forged = tmp_path / "receipt.json", tmp_path / "forged.json"
    kept.write_text(json.dumps(receipt))
    forged.write_text(json.dumps({**receipt, "leaf": {**receipt["leaf"], "outcome": "opposes"}}))
    command = [sys.executable, "-I", "-S", str(VERIFIER.with_name("verify_receipt.py"))]
    root = receipt["head"]["root_hash"]
    lines = {}
    for name, arguments in {
        "good": [kept, "--key", example.PUBLIC_KEY.hex(), "--root", f"{root[:8]} {root[8:]}"],
        "in groups": [kept, "--key", hash_text(example.PUBLIC_KEY)],
        "forged": [forged],
        "other key": [kept, "--key", FOREIGN],
        "id": [kept, "--key", receipt["key"]["id"]],
        "other root": [kept, "--root", FOREIGN],
    }.items():
        ran = subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True, check=False)
        lines[name] = (ran.stdout if ran.returncode == 0 else ran.stderr).splitlines()[-1][:40]

    assert lines == {
        "good": "All of it holds.",
        "in groups": "All of it holds.",
        "forged": "WRONG     the entry does not lead to the",
        "other key": "WRONG     it names the key 093b476758e12",
        "id": "WRONG     --key takes the whole public k",
        "other root": "WRONG     the root is 8306eb9dd8a5f1b8fc",
    }


def test_a_receipt_that_does_not_say_whose_it_is_holds_against_the_file(verify):
    bare = {name: value for name, value in example.receipt().items() if name not in ("door", "private")}

    assert verify(example.survey_file(), receipt=bare) is None


def test_it_has_under_200_lines():
    assert len(VERIFIER.read_text(encoding="utf-8").splitlines()) < 200


@settings(max_examples=20, deadline=None)  # 20 ms a signature
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=80))
def test_its_signatures_are_those_of_the_library(seed, text):
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public_key, value = key.public_key().public_bytes_raw(), text.hex()
    signature = key.sign(b"a" + canonical_bytes(value))

    assert verifier.is_signed(public_key, b"a", value, signature.hex())
    assert not verifier.is_signed(public_key, b"b", value, signature.hex())
    assert not verifier.is_signed(public_key, b"a", value, signature.hex() + "00")
    too_large = int.from_bytes(signature[32:], "little") + verifier.ORDER
    assert not verifier.is_signed(public_key, b"a", value, (signature[:32] + too_large.to_bytes(32, "little")).hex())


@pytest.mark.parametrize("member", sorted(example.leaf_object(example.leaf(0))))
def test_no_member_of_a_visit_can_be_changed(verify, member):
    def change(content: dict[str, Any]) -> None:
        value = content["leaves"][7][member]
        content["leaves"][7][member] = f"{value}x" if isinstance(value, str) else ["x"]

    assert verify(changed(change)) == "WRONG     the file's signature does not hold"
    assert verify(forged(change)).startswith("WRONG")


@pytest.mark.parametrize("member", sorted(set(example.survey_file()) - {"signature"}))
def test_no_member_of_the_file_can_be_changed_or_left_out(verify, member):
    assert verify(changed(lambda content: content.pop(member))).startswith("WRONG")
    assert verify(changed(put(member)("another"))).startswith("WRONG")


@pytest.mark.parametrize("member", ["ledger", "size", "root_hash", "timestamp", "key_id", "signature"])
def test_no_member_of_a_head_can_be_changed(verify, member):
    def change(content: dict[str, Any]) -> None:
        value = content["heads"][2][member]
        content["heads"][2][member] = 9 if member == "size" else value[:-1] + ("0" if value[-1] != "0" else "1")

    assert verify(forged(change)).startswith("WRONG")


@pytest.mark.parametrize(
    ("change", "objection"),
    [
        (drop_a_visit, "the head of size 10 has not the root that the visits give"),
        (lambda content: content["leaves"].pop(), "the head of size 11 covers visits that are not here"),
        (add_a_visit, "no head covers all visits"),
        (lambda content: content["leaves"].reverse(), "the visit at place 0 has the sequence 10: a gap or a double"),
        (lambda content: content["heads"].pop(), "no head covers all visits"),
        (lambda content: content.update(heads=[]), "no head covers all visits"),
        (put("leaves", 9, "outcome")("opposes"), "the head of size 10 has not the root that the visits give"),
    ],
)
def test_a_site_cannot_change_what_its_heads_cover(verify, change, objection):
    assert verify(forged(change)) == f"WRONG     {objection}"


@pytest.mark.parametrize(
    ("change", "objection"),
    [
        (put("leaves", 3, "sequence")(4), "the visit at place 3 has the sequence 4: a gap or a double"),
        (put("leaves", 3, "v")(2), "the visit at place 3 is of another ledger or version"),
        (put("leaves", 9, "v")(1), "the visit at place 9 is of another ledger or version"),
        (put("leaves", 3, "plan")(example.PLAN), "the visit at place 3 is of another ledger or version"),
        (lambda content: content["leaves"][9].pop("plan"), "the visit at place 9 is of another ledger or version"),
        (put("leaves", 9, "plan")(FOREIGN), None),  # a new head was signed over it, and the count is not the plan's
        (put("leaves", 3, "ledger")("00" * 16), "the visit at place 3 is of another ledger or version"),
        (put("leaves", 3, "client_id")(f"{example.leaf(1).client_id}"), "two visits have the same client id"),
        (put("leaves", 3, "door")(FOREIGN), "the visit at place 3 is of a door that is not on the roll"),
        (put("leaves", 3, "supersedes")(3), "the visit at place 3 corrects no earlier visit"),
        (put("leaves", 3, "supersedes")(-1), "the visit at place 3 corrects no earlier visit"),
        (put("leaves", 3, "visited_at")("2026-03-04T18:00:00+08:00"), "the visit at place 3 has a bad time"),
        (
            put("leaves", 3, "recorded_at")("2026-03-03T00:00:00.000000Z"),
            "the visit at place 3 was recorded before the one ahead of it",
        ),
        (
            put("survey", "opened_at")("2026-03-05T00:00:00.000000Z"),
            "the visit at place 0 was recorded before the one ahead of it",
        ),
        (put("result", "supports")(5), "the result says supports 5, the visits give 4"),
        (put("result", "missing")(1), "the result says missing 1, the visits give 0"),
        (put("result", "support_rate")("0.8001"), "the result says support_rate 0.8001, the visits give 0.8000"),
        (put("result", "verdict")("failed"), "the result says verdict failed, the visits give passed"),
        (put("survey", "verdict")("failed"), "the survey's verdict is not that of its result"),
        (put("policy", "pass_share")("0.81"), "the result says pass_share 0.80, the visits give 0.81"),
        (put("policy", "count_vacant")(True), "the result says excluded 1, the visits give 0"),
        (put("leaves", 3, "has_note")(False), None),  # the photo remains
        (put("photos")([]), None),  # the note remains
        (
            lambda content: (content.update(photos=[]), content["leaves"][3].update(has_note=False)),
            "the result says excluded 1, the visits give 0",
        ),
        (
            lambda content: (
                content["photos"][0].update(recorded_at="2026-03-21T00:00:00.000000Z"),
                content["leaves"][3].update(has_note=False),
            ),
            "the result says excluded 1, the visits give 0",
        ),
        (put("leaves", 6, "supersedes")(None), None),  # of two at one time the later one counts
        (put("leaves", 6, "supersedes")(0), "the result says visited 5, the visits give 4"),
        (put("leaves", 6, "supersedes")(7), "the visit at place 6 corrects no earlier visit"),
        (put("leaves", 6, "given")("verbal"), "the result says supports 4, the visits give 3"),
        (put("leaves", 6, "visited_at")("2026-03-10T11:00:00.000000Z"), None),  # what it corrects is out
        (put("leaves", 8, "outcome")("declined"), None),  # does not undo an answer either
        (put("leaves", 8, "outcome")("not_yet"), "the result says supports 4, the visits give 3"),
        (put("leaves", 8, "visited_at")("2026-03-01T00:00:00.000000Z"), None),
        (put("leaves", 4, "outcome")("no_answer"), "the result says visited 5, the visits give 4"),
        (put("leaves", 10, "recorded_at")("2026-03-31T00:00:00.000000Z"), None),
        (put("survey", "closed_at")("2026-03-30T00:00:00.000000Z"), "the result says supports 4, the visits give 3"),
        (put("roll", "amendments", 0, "action")("remove"), "the result says households 6, the visits give 5"),
        (lambda content: content["roll"]["amendments"].pop(), "the result says households 6, the visits give 7"),
        (lambda content: content["roll"]["doors"].pop(), "the roll has not the size that it says"),
        (
            put("leaves", 7, "menu_items")([]),
            "the result says menu_items {'B03': 2, 'U11': 1}, the visits give Counter",
        ),
        (put("leaves", 7, "commitments", "convention")(False), "the result says commitments {"),
        (put("leaves", 9, "round")(2), "the result says by_round {'1': 1, '2': 2, '3': 1}, the visits give Counter"),
    ],
)
def test_a_site_that_signs_anew_still_cannot_bend_the_order_or_the_count(verify, change, objection):
    """Where there is no objection, the change is one that may not matter to the count."""
    found = verify(forged_with_heads(change))

    assert found is None if objection is None else found.startswith(f"WRONG     {objection}")


def test_a_verbal_yes_counts_where_the_policy_says_so(verify):
    def change(content: dict[str, Any]) -> None:
        content["leaves"][6]["given"] = "verbal"
        content["policy"]["count_verbal"] = True

    assert verify(forged_with_heads(change)) is None


def test_an_empty_survey_never_passes(verify):
    def change(content: dict[str, Any]) -> None:
        content.update(leaves=[], photos=[], roll={"size": 0, "doors": [], "amendments": []})
        content["survey"]["verdict"] = "failed"
        content["result"] = {
            **dict.fromkeys(["households", "excluded", "visited", "supports"], 0),
            "visit_rate": None,
            "support_rate": None,
            "pass_share": "0.80",
            "missing": 1,
            "verdict": "failed",
            **{name: {} for name in ("by_round", "commitments", "menu_items")},
        }

    assert verify(forged_with_heads(change)) is None


def test_another_key_is_refused_where_one_is_trusted(verify):
    content = with_key(example.survey_file(), Ed25519PrivateKey.from_private_bytes(SEED))

    assert "not the one given" in verify(content, key=example.PUBLIC_KEY.hex())


def test_the_id_of_a_key_is_not_the_key(verify):
    content = example.survey_file()

    assert "--key takes the whole public key, 64 digits" in verify(content, key=content["key"]["id"])
    assert verify(content, key=hash_text(example.PUBLIC_KEY)) is None


def test_heads_of_an_earlier_key_hold_while_that_key_is_in_the_file(verify):
    content = example.survey_file()
    content["earlier_keys"] = [content["key"]]
    new_key = Ed25519PrivateKey.from_private_bytes(SEED)

    assert verify(with_key(content, new_key)) is None
    assert verify(with_key({**content, "earlier_keys": []}, new_key)).startswith("WRONG")


def test_a_key_under_another_name_is_refused(verify):
    assert "its id names" in verify(forged(put("key", "id")("0" * 16)))


@pytest.mark.parametrize(
    ("change", "objection"),
    [
        (put("leaf", "outcome")("opposes"), "the receipt's visit is not the one at place 6 of the ledger"),
        (put("door", "household")(103), "the receipt's visit is of another household"),
        (put("door", "salt")("00" * 32), "the receipt's visit is of another household"),
        (put("private", "note")("x"), "the receipt's note or signature is not the one recorded"),
        (put("private", "signature")("00" * 32), "the receipt's note or signature is not the one recorded"),
        (put("proof", 0)("00" * 32), "the receipt's proof does not lead to its head"),
        (lambda receipt: receipt["proof"].pop(), "the receipt's proof does not lead to its head"),
        (lambda receipt: receipt["proof"].append("00" * 32), "the receipt's proof does not lead to its head"),
        (put("head")(example.signed_head(5)), "the receipt's head does not cover its visit"),
        (put("head", "root_hash")("00" * 32), "the signature of the head of size 10 does not hold"),
    ],
)
def test_nothing_in_a_receipt_can_be_changed(verify, change, objection):
    receipt = deepcopy(example.receipt())
    change(receipt)

    assert verify(example.survey_file(), receipt=receipt) == f"WRONG     {objection}"


@pytest.mark.parametrize("content", ["", "[]", "null", "{}", '{"key": 1}', "[" * 100_000, "\ufeff{}", "NaN"])
def test_what_is_no_survey_file_is_refused_in_words(verify, content):
    assert verify(content).startswith("WRONG")


def test_a_missing_file_is_said_to_be_missing(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["verify_survey.py", "/nowhere/survey.json"])

    with pytest.raises(SystemExit, match="WRONG"):
        verifier.main()
