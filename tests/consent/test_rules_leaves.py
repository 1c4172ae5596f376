"""The bytes of leaves and heads: spelled out once by hand, then against the standard library's JSON."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.rules.canonical import canonical_bytes, utc_text
from consent.rules.heads import Head, file_bytes, head_bytes, key_id_of
from consent.rules.leaves import Leaf, door_hash, leaf_bytes, leaf_object, private_hash

SALT = bytes(range(32))
LEAF = Leaf(
    ledger=UUID("0193f2d4a1b27c3d8e4f5a6b7c8d9e0f"),
    sequence=412,
    client_id=UUID("0193F2D4-0000-7000-8000-00000000ABCD"),
    door=bytes(32),
    round=1,
    out_of_round=False,
    outcome="supports",
    given="signed",
    respondent="owner",
    visited_at=datetime(2026, 11, 24, 19, 42, tzinfo=timezone(timedelta(hours=8))),
    recorded_at=datetime(2026, 11, 24, 11, 42, 5, 120, tzinfo=UTC),
    party=["owners_committee", "grid"],
    recorded_by=7,
    commitments={
        "self_governance": True,
        "convention": True,
        "demolition": True,
        "contribution": False,
        "property_management": True,
    },
    menu_items=["U11", "B03", "U11"],
    reasons=["cost"],
    has_note=False,
    supersedes=None,
    private=b"\xff" * 32,
)
LEAF_TEXT = (
    '{"client_id":"0193f2d4-0000-7000-8000-00000000abcd","commitments":{"contribution":false,'
    '"convention":true,"demolition":true,"property_management":true,"self_governance":true},'
    f'"door":"{"00" * 32}","given":"signed","has_note":false,"ledger":"0193f2d4a1b27c3d8e4f5a6b7c8d9e0f",'
    '"menu_items":["B03","U11"],"out_of_round":false,"outcome":"supports",'
    f'"party":["grid","owners_committee"],"private":"{"ff" * 32}","reasons":["cost"],'
    '"recorded_at":"2026-11-24T11:42:05.000120Z","recorded_by":7,"respondent":"owner","round":1,'
    '"sequence":412,"supersedes":null,"v":1,"visited_at":"2026-11-24T11:42:00.000000Z"}'
)

safe_integers = st.integers(-(2**53) + 1, 2**53 - 1)
texts = st.text(st.characters(exclude_categories=["Cs"]))
names = st.text(st.characters(exclude_categories=["Cs"], max_codepoint=0xFFFF))
json_values = st.recursive(
    st.none() | st.booleans() | safe_integers | texts,
    lambda inner: st.lists(inner) | st.dictionaries(names, inner),
    max_leaves=20,
)


def as_specified(value: object) -> bytes:
    """RFC 8785 for the types that we allow, in the standard library's words."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class Colour(StrEnum):
    """Stands for Django's TextChoices, whose members reach the leaf as they are."""

    RED = "red"


def test_the_bytes_of_a_leaf_are_these():
    assert leaf_bytes(LEAF).decode() == LEAF_TEXT


def test_a_leaf_that_names_a_plan_is_of_version_2_and_has_one_member_more():
    digest = "0f" * 32

    made = leaf_bytes(replace(LEAF, plan=digest)).decode()

    assert made == LEAF_TEXT.replace('"private":', f'"plan":"{digest}","private":').replace('"v":1', '"v":2')


def test_the_order_of_the_party_changes_nothing():
    assert leaf_bytes(replace(LEAF, party=["grid", "owners_committee"])) == leaf_bytes(LEAF)


def test_the_same_moment_elsewhere_changes_nothing():
    assert leaf_bytes(replace(LEAF, visited_at=LEAF.visited_at.astimezone(UTC))) == leaf_bytes(LEAF)


def test_what_does_not_apply_is_null():
    leaf = leaf_object(replace(LEAF, given="", respondent=""))

    assert (leaf["given"], leaf["respondent"]) == (None, None)


def test_enumerations_are_written_as_their_text():
    assert leaf_bytes(replace(LEAF, outcome=Colour.RED)) == leaf_bytes(replace(LEAF, outcome="red"))


@pytest.mark.parametrize(
    "change",
    [
        {"ledger": UUID(int=1)},
        {"sequence": 413},
        {"client_id": UUID(int=1)},
        {"door": b"\1" * 32},
        {"round": None},
        {"out_of_round": True},
        {"outcome": "opposes"},
        {"given": None},
        {"respondent": None},
        {"visited_at": LEAF.visited_at + timedelta(microseconds=1)},
        {"recorded_at": LEAF.recorded_at + timedelta(microseconds=1)},
        {"party": ["grid"]},
        {"recorded_by": 8},
        {"commitments": None},
        {"menu_items": []},
        {"reasons": []},
        {"has_note": True},
        {"supersedes": 0},
        {"private": bytes(32)},
        {"plan": "00" * 32},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_member_is_in_the_bytes(change):
    assert leaf_bytes(replace(LEAF, **change)) != leaf_bytes(LEAF)


def test_the_quick_way_to_a_leaf_equals_the_checked_one():
    assert leaf_bytes(LEAF) == canonical_bytes(leaf_object(LEAF)) == as_specified(leaf_object(LEAF))


def test_so_does_one_that_names_a_plan():
    leaf = replace(LEAF, plan="ab" * 32)

    assert leaf_bytes(leaf) == canonical_bytes(leaf_object(leaf)) == as_specified(leaf_object(leaf))


def test_a_time_without_an_offset_has_no_bytes():
    with pytest.raises(ValueError, match="offset"):
        leaf_bytes(replace(LEAF, visited_at=datetime(2026, 11, 24)))  # noqa: DTZ001


@given(st.datetimes(timezones=st.timezones()))
def test_times_are_written_in_utc_with_six_decimals(moment):
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:  # the first and last day of the calendar
        return

    text = utc_text(moment)

    assert len(text) == len("2026-11-24T11:42:05.000120Z")
    assert datetime.fromisoformat(text) == moment


def test_every_code_point_is_written_as_specified():
    points = [chr(point) for point in range(sys.maxunicode + 1) if not 0xD800 <= point <= 0xDFFF]

    for start in range(0, len(points), 4096):
        chunk = points[start : start + 4096]
        assert canonical_bytes(chunk) == as_specified(chunk)


@given(json_values)
def test_every_value_is_written_as_specified(value):
    assert canonical_bytes(value) == as_specified(value)


@pytest.mark.parametrize(
    "value",
    [1.5, [1.0], {"a": float("nan")}, {1: 2}, {"\U00010000": 1}, 2**53, -(2**53), "\ud800", b"a", UUID(int=1)],
)
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises(ValueError, match="no canonical form"):
        canonical_bytes(value)


def test_a_door_is_named_by_its_salt_and_number():
    assert door_hash(SALT, 90210) == sha256(b"gongdi/door/1\n" + SALT + b"90210").digest()


def test_the_private_part_is_named_by_its_salt_and_content():
    expected = sha256(
        b"gongdi/private/1\n" + SALT + '{"note":"儿子同意","privacy_notice":"2026-1","signature":null}'.encode()
    ).digest()

    assert private_hash(SALT, "儿子同意", None, "2026-1") == expected


@pytest.mark.parametrize("salt", [b"", bytes(31), bytes(33)])
def test_a_salt_of_another_length_is_refused(salt):
    with pytest.raises(ValueError, match="32 bytes"):
        door_hash(salt, 1)
    with pytest.raises(ValueError, match="32 bytes"):
        private_hash(salt, "", None, "")


def test_the_signed_bytes_of_a_head_are_these():
    head = Head(LEAF.ledger, 413, bytes(32), datetime(2026, 11, 24, tzinfo=UTC))

    assert head_bytes(head) == (
        b'gongdi/tree-head/1\n{"ledger":"0193f2d4a1b27c3d8e4f5a6b7c8d9e0f",'
        b'"root_hash":"' + b"00" * 32 + b'","size":413,"timestamp":"2026-11-24T00:00:00.000000Z"}'
    )


def test_the_signed_bytes_of_a_file_leave_out_its_signature():
    assert file_bytes({"b": 1, "signature": "x", "a": []}) == b'gongdi/survey-file/1\n{"a":[],"b":1}'


def test_a_key_is_named_by_the_first_16_digits_of_its_hash():
    assert key_id_of(bytes(32)) == "66687aadf862bd77"
