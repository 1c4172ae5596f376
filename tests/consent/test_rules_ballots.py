"""Entries about ballots: how they are read, what they amount to, and the bytes that stand for them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.rules.ballot_items import read_ballot
from consent.rules.ballot_leaves import BallotLeaf, ballot_bytes, ballot_private_hash, voter_hash
from consent.rules.ballots import (
    BallotInput,
    BallotSituation,
    Entry,
    Standing,
    ballot_refusals,
    holder_key,
    standing_of,
)

NOON = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ID = UUID("0193f2d4-0000-7000-8000-000000000001")


# --- Reading ---------------------------------------------------------------------------------------

SENT = {
    "client_id": str(ID),
    "owner": 7,
    "choice": "agree",
    "form": "written",
    "delivered_at": "2026-03-10T12:00:00+08:00",
    "delivery": "door",
    "returned_at": "2026-03-10T14:00:00+08:00",
    "proof": "照片1",
}


def test_an_item_is_read_with_its_times_in_utc():
    assert read_ballot(SENT) == BallotInput(
        client_id=ID,
        owner=7,
        choice="agree",
        form="written",
        delivered_at=NOON,
        delivery="door",
        returned_at=NOON + 2 * HOUR,
        proof="照片1",
    )


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("client_id", "1"),
        ("client_id", None),
        ("owner", "7"),
        ("owner", True),
        ("owner", 0),
        ("choice", "yes"),
        ("form", "thumbprint"),
        ("delivery", "drone"),
        ("delivered_at", "2026-03-10T12:00:00"),
        ("returned_at", 5),
        ("supersedes", "x"),
        ("proxy_holder", "周" * 81),
        ("note", ["x"]),
    ],
)
def test_a_member_that_cannot_be_read_is_named(member, value):
    client_id, refusals = read_ballot({**SENT, member: value})

    assert [(refusal.code, refusal.figures) for refusal in refusals] == [
        ("malformed", {"why": "member", "member": member})
    ]
    assert client_id == (value if member == "client_id" else str(ID))


@pytest.mark.parametrize("who", [{"owner": None}, {"voter": 3}])
def test_an_item_names_an_owner_or_a_row_of_the_roll_and_never_both(who):
    assert read_ballot({**SENT, **who})[1][0].figures == {"why": "member", "member": "owner"}


def test_what_is_no_object_is_malformed():
    assert read_ballot(["x"])[1][0].figures == {"why": "ballot"}


# --- What entries amount to ------------------------------------------------------------------------


def entry(sequence, choice="", **fields):
    back = {"form": "written", "returned_at": NOON + HOUR} if choice else {}
    return Entry(
        **{"sequence": sequence, "delivered_at": NOON, "delivery": "in_person", "choice": choice, **back, **fields}
    )


def test_nothing_is_delivered_by_a_notice_alone_and_a_return_shows_that_it_was_there():
    notice = entry(0, delivery="notice")

    assert not standing_of([notice]).is_delivered
    assert standing_of([notice, entry(1, "agree", delivery="notice")]).is_delivered


def test_a_later_notice_does_not_undo_a_delivery():
    found = standing_of([entry(0, delivery="post"), entry(1, delivery="notice")])

    assert (found.is_delivered, found.delivery) == (True, "post")


def test_a_correction_counts_in_place_of_what_it_corrects():
    rows = [entry(0, "agree"), entry(1, "disagree", supersedes=0)]

    assert (standing_of(rows).choice, standing_of(rows).sequence) == ("disagree", 1)
    assert standing_of([*rows, entry(2, supersedes=1)]) == Standing(NOON, "in_person")


ENTRIES = st.lists(
    st.tuples(
        st.sampled_from(["", "agree", "disagree", "abstain"]),
        st.sampled_from(["in_person", "post", "notice"]),
        st.none() | st.integers(0, 9),
    ),
    max_size=10,
).map(
    lambda rows: [
        entry(n, choice, delivery=delivery, supersedes=earlier if earlier is not None and earlier < n else None)
        for n, (choice, delivery, earlier) in enumerate(rows)
    ]
)


@given(ENTRIES.flatmap(lambda entries: st.tuples(st.just(entries), st.permutations(entries))))
def test_the_order_in_which_rows_are_read_changes_nothing(rows):
    entries, shuffled = rows

    assert standing_of(shuffled) == standing_of(entries)


@given(ENTRIES)
def test_an_owner_counts_with_the_last_choice_that_stands_and_never_with_a_corrected_one(entries):
    found = standing_of(entries)

    corrected = {row.supersedes for row in entries}
    standing = [row for row in entries if row.choice and row.sequence not in corrected]
    assert found.choice == (standing[-1].choice if standing else "")
    assert found.sequence == (standing[-1].sequence if standing else None)
    assert bool(found.choice) <= found.is_delivered  # who answered had the ballot


# --- What is refused, at its edge ------------------------------------------------------------------

BACK = BallotInput(
    client_id=ID,
    owner=7,
    choice="agree",
    form="written",
    delivered_at=NOON - HOUR,
    delivery="door",
    returned_at=NOON,
)


def situation(**fields):
    defaults = {
        "now": NOON,
        "starts_on": NOON.date(),
        "ends_on": NOON.date(),
        "is_open": True,
        "standing": Standing(),
        "returned_on": NOON.date(),
    }
    return BallotSituation(**{**defaults, **fields})


def codes(ballot, **fields):
    return [refusal.code for refusal in ballot_refusals(ballot, situation(**fields))]


DAY = timedelta(days=1)
AGAIN = Standing(NOON - HOUR, "door", "agree", "written", NOON, "", 0)
PROXY = replace(BACK, form="proxy", proxy_holder="周敏")


@pytest.mark.parametrize(
    ("ballot", "fields", "expected"),
    [
        (BACK, {}, []),
        (BACK, {"now": NOON - timedelta(minutes=5)}, []),
        (BACK, {"now": NOON - timedelta(minutes=5, microseconds=1)}, ["in_the_future"]),
        (BACK, {"starts_on": NOON.date() + DAY}, ["voting_not_open"]),
        (BACK, {"ends_on": NOON.date() - DAY, "starts_on": NOON.date() - 3 * DAY}, ["voting_not_open"]),
        (BACK, {"ends_on": None}, []),
        (BACK, {"is_open": False}, ["vote_closed"]),
        (BACK, {"standing": None}, ["owner_not_on_roll"]),
        (BACK, {"standing": AGAIN}, ["already_returned"]),
        (replace(BACK, supersedes=ID), {}, ["supersedes_unknown"]),
        (replace(BACK, supersedes=ID), {"corrected": entry(0, "agree")}, []),
        (
            replace(BACK, supersedes=ID),
            {"corrected": entry(0, "agree"), "corrected_again": True},
            ["supersedes_unknown"],
        ),
        (PROXY, {"proxy_limit": 3, "proxies": 2}, []),
        (PROXY, {"proxy_limit": 3, "proxies": 3}, ["proxy_limit_reached"]),
        (PROXY, {"proxies": 300}, []),
        (replace(BACK, delivered_at=NOON), {}, []),
        (replace(BACK, delivered_at=NOON + timedelta(microseconds=1)), {}, ["not_delivered"]),
        (replace(BACK, delivered_at=None), {}, ["not_delivered"]),
        (replace(BACK, delivered_at=None), {"standing": Standing(NOON - HOUR, "door")}, []),
        (replace(BACK, choice="", form=""), {}, ["choice_missing", "form_missing"]),
    ],
)
def test_every_refusal_at_its_edge(ballot, fields, expected):
    assert codes(ballot, **fields) == expected


def test_a_holder_is_the_same_however_the_name_is_spaced_and_another_by_another_name():
    assert holder_key(" 周 敏 ") == holder_key("周敏") != holder_key("周民")
    assert holder_key("Zhou Min") == holder_key("zhou min")


# --- The bytes -------------------------------------------------------------------------------------

LEAF = BallotLeaf(
    ledger=UUID("6f9619ff8b86d011b42d00c04fc964ff"),
    sequence=3,
    client_id=ID,
    voter=bytes(range(32)),
    choice="agree",
    form="proxy",
    delivered_at=NOON,
    delivery="in_person",
    returned_at=NOON + HOUR,
    recorded_at=NOON + 2 * HOUR,
    recorded_by=7,
    supersedes=1,
    private=bytes(32),
)


def test_the_bytes_of_a_ballot_are_those_of_the_page_for_ever():
    assert ballot_bytes(LEAF).decode() == (
        '{"choice":"agree","client_id":"0193f2d4-0000-7000-8000-000000000001",'
        '"delivered_at":"2026-03-10T04:00:00.000000Z","delivery":"in_person","form":"proxy",'
        '"ledger":"6f9619ff8b86d011b42d00c04fc964ff","private":"' + "00" * 32 + '",'
        '"recorded_at":"2026-03-10T06:00:00.000000Z","recorded_by":7,'
        '"returned_at":"2026-03-10T05:00:00.000000Z","sequence":3,"supersedes":1,"v":1,'
        '"voter":"' + bytes(range(32)).hex() + '"}'
    )


def test_a_delivery_alone_says_so_with_nulls():
    alone = orjson.loads(ballot_bytes(replace(LEAF, choice=None, form=None, returned_at=None)))

    assert [alone[name] for name in ("choice", "form", "returned_at")] == [None, None, None]


def test_the_hashes_of_a_head_and_of_what_is_personal_are_those_of_the_page():
    salt = bytes(range(32))

    assert voter_hash(salt, 12, [("household", 340), ("parking_space", 2), ("household", 12)]).hex() == (
        "c8a5767a91c3c8b42bfcb73e53fdf390e05552610587704a3812f769a70c52ec"
    )
    assert (
        ballot_private_hash(salt, proxy_holder="周敏", proof="", note="写错了").hex()
        == "c65adea3072c90a3b6c2c564e01162edf2fa3e49a987827e89779b911c62b5da"
    )


def test_a_head_is_named_by_what_it_owns_whatever_the_order_and_by_another_salt_in_another_vote():
    salt = bytes(range(32))
    parts = [("household", 12), ("household", 340)]

    assert voter_hash(salt, None, parts) == voter_hash(salt, None, parts[::-1])
    assert voter_hash(salt, None, parts) != voter_hash(salt, None, parts[:1])
    assert voter_hash(salt, None, parts) != voter_hash(salt, 12, parts)
    assert voter_hash(salt, None, parts) != voter_hash(bytes(32), None, parts)
    with pytest.raises(ValueError, match="32 bytes"):
        voter_hash(b"short", 12, parts)
