"""The ledger of a vote: verified, rebuilt, exported, and checked by a stranger."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from copy import deepcopy
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone, translation

from consent.errors import VoteNotClosed
from consent.models import BallotState, OwnersVote
from consent.reports.vote_check import faults_of_vote
from consent.reports.votes import result_of
from consent.rules import merkle
from consent.rules.canonical import canonical_bytes
from consent.rules.heads import vote_file_bytes
from consent.services import signing
from consent.services.signing import publish_head
from consent.services.votes.closing import cancel_vote, close_vote
from consent.services.votes.export import vote_file
from consent.services.votes.opening import amend_vote
from consent.services.votes.rebuild import rebuild_vote
from tests.consent.vote_casts import DAY, delivered, make_vote, record, returned
from tests.factories import make_user

pytestmark = pytest.mark.django_db
VERIFIER = Path(__file__).resolve().parents[2] / "tools/verify_vote.py"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Faults are told in the language of the command's reader."""
    with translation.override("en"):
        yield


@pytest.fixture
def counted() -> OwnersVote:
    """Closed with six entries: deliveries, a correction, a proxy, an owner who stays silent, one who got a notice."""
    vote, owners, by = make_vote(
        "100.10", "90.25", "80", "70.05", "60", rules={"silent_votes": True}, silent_votes=True
    )
    publish_head(vote)
    first = returned(owners[0], "disagree", proof="照片1")
    record(vote, by, first, delivered(owners[3], delivery="door"))
    record(vote, by, returned(owners[0], "agree", supersedes=first.client_id, note="写错了"))
    record(
        vote,
        by,
        returned(owners[1], "agree", form="proxy", proxy_holder="周敏"),
        returned(owners[2], "abstain"),
        delivered(owners[4], delivery="notice"),
    )
    amend_vote(vote=vote, undelivered_posted_on=timezone.localdate() - 2 * DAY, by=by)
    close_vote(vote=vote, by=by, at=timezone.now() + 8 * DAY)
    return OwnersVote.objects.select_related("neighbourhood").get(pk=vote.pk)


def tamper(table: str, statement: str, *parameters: object) -> None:
    """Changes rows behind the ledger's back, as the table's owner can."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement, parameters)
        assert cursor.rowcount > 0
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def faults(vote: OwnersVote) -> list[str]:
    return list(faults_of_vote(OwnersVote.objects.select_related("neighbourhood").get(pk=vote.pk)))


# --- verify_ledger ---------------------------------------------------------------------------------


def test_an_honest_ledger_has_no_fault(counted):
    assert (counted.tree_size, counted.verdict) == (6, "passed")
    assert faults(counted) == []


def test_nor_has_one_that_is_open_or_was_called_off():
    vote, owners, by = make_vote()
    record(vote, by, returned(owners[0]))
    assert faults(vote) == []

    cancel_vote(vote=vote, reason="重新组织", by=by)

    assert faults(vote) == []


@pytest.mark.parametrize(
    "change",
    [
        "choice = 'agree'",
        "form = 'electronic'",
        "delivered_at = delivered_at - interval '1 microsecond'",
        "delivery = 'post'",
        "returned_at = returned_at + interval '1 microsecond'",
        "recorded_by_id = (SELECT id FROM accounts_user WHERE id <> recorded_by_id LIMIT 1)",
        "client_id = gen_random_uuid()",
        "supersedes_id = (SELECT id FROM consent_ballot WHERE sequence = 1)",
        "voter_id = (SELECT voter_id FROM consent_ballot WHERE sequence = 1)",
    ],
)
def test_no_member_of_a_ballot_can_be_changed_unseen(counted, change):
    make_user()

    tamper("consent_ballot", f"UPDATE consent_ballot SET {change} WHERE sequence = 4")

    assert "Ballot 4 is not what was hashed when it was recorded." in faults(counted)


def test_a_leaf_hash_that_was_made_to_fit_breaks_the_root_and_the_head(counted):
    tamper("consent_ballot", "UPDATE consent_ballot SET leaf_hash = sha256('x') WHERE sequence = 4")

    assert faults(counted) == [
        "Ballot 4 is not what was hashed when it was recorded.",
        "The head of size 6 has another root than the ballots.",
        "The root hash is not that of the ballots.",
    ]


def test_a_ballot_that_was_taken_out_is_missed(counted):
    tamper("consent_ballotstate", "UPDATE consent_ballotstate SET ballot_id = null")
    tamper(
        "consent_ballotprivatedata",
        "DELETE FROM consent_ballotprivatedata USING consent_ballot WHERE ballot_id = id AND sequence = 4",
    )
    tamper("consent_ballot", "DELETE FROM consent_ballot WHERE sequence = 4")

    assert faults(counted) == ["Ballot 4 is missing: ballot 5 follows."]


@pytest.mark.parametrize("column", ["proxy_holder", "note", "proof"])
def test_what_is_personal_cannot_be_rewritten_unseen(counted, column):
    tamper("consent_ballotprivatedata", f"UPDATE consent_ballotprivatedata SET {column} = 'x'")

    assert faults(counted) == [f"What is personal in ballot {n} is not what was recorded." for n in range(6)]


def test_what_was_erased_is_no_fault(counted):
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE consent_ballotprivatedata SET salt = null, proxy_holder = '', proof = '', note = '', "
            "content_digest = null, receipt_code = null, erased_at = now()"
        )
        cursor.execute("UPDATE consent_voter SET voter_salt = null, name = ''")

    assert faults(counted) == []


def test_the_area_of_a_head_is_that_of_its_parts_and_the_result_that_of_the_areas(counted):
    voter = counted.voters.order_by("pk").first()
    tamper("consent_voter", "UPDATE consent_voter SET area = area + 1 WHERE id = %s", voter.pk)

    found = faults(counted)

    assert found[0] == f"The area of owner {voter.pk} on the roll is not that of its parts."
    assert "The result says area 400.40, the ballots give 401.40." in found


def test_a_part_given_to_another_owner_is_found(counted):
    first, second = counted.voters.order_by("pk")[:2]
    tamper("consent_voter", "UPDATE consent_voter SET owner_id = null WHERE id = %s", first.pk)

    assert faults(counted) == [f"Owner {first.pk} on the roll has another hash than what it owns."]
    assert second


def test_a_result_that_was_rewritten_is_found(counted):
    tamper(
        "consent_ownersvote",
        "UPDATE consent_ownersvote SET result = jsonb_set(result, '{agree_heads}', '5') WHERE id = %s",
        counted.pk,
    )

    assert faults(counted) == ["The result says agree_heads 5, the ballots give 2."]


def test_a_signature_that_was_forged_is_found(counted):
    tamper("consent_votehead", "UPDATE consent_votehead SET signature = signature || 'x' WHERE size = 6")

    assert faults(counted) == ["The signature of the head of size 6 does not hold."]


def test_the_command_says_that_all_holds_and_names_what_does_not(counted):
    call_command("verify_ledger", stdout=(out := StringIO()))
    assert out.getvalue() == "0 surveys with 0 visits and 1 votes with 6 ballots: everything holds.\n"
    tamper("consent_ballot", "UPDATE consent_ballot SET choice = 'disagree' WHERE sequence = 4")

    with pytest.raises(CommandError, match=r"faults in 1 votes\."):
        call_command("verify_ledger", "--vote", str(counted.pk), stdout=(out := StringIO()), no_color=True)

    assert f"vote {counted.pk}: Ballot 4 is not what was hashed when it was recorded." in out.getvalue()


@pytest.mark.parametrize("arguments", [("verify_ledger", "--vote"), ("rebuild", "--vote"), ("export_vote",)])
def test_the_commands_refuse_a_vote_that_is_not_there(arguments):
    with pytest.raises(CommandError, match=r"There is no vote 4\."):
        call_command(*arguments, "4")


# --- rebuild ---------------------------------------------------------------------------------------


def forget_a_ballot(vote: OwnersVote) -> None:
    BallotState.objects.filter(vote=vote, choice="abstain").update(choice="", form="", returned_at=None, ballot=None)


def deliver_a_notice(vote: OwnersVote) -> None:
    BallotState.objects.filter(vote=vote, delivery="notice").update(is_delivered=True)


def lose_a_state(vote: OwnersVote) -> None:
    BallotState.objects.filter(vote=vote).first().delete()


def cut_the_edge(vote: OwnersVote) -> None:
    OwnersVote.objects.filter(pk=vote.pk).update(tree_edge=[b"\1" * 32], root_hash=b"\2" * 32)


def test_states_and_tree_are_what_the_ledger_gives(counted):
    assert rebuild_vote(vote=counted) == []


@pytest.mark.parametrize(
    ("damage", "kind"),
    [
        (forget_a_ballot, "states"),
        (deliver_a_notice, "states"),
        (lose_a_state, "states"),
        (cut_the_edge, "vote"),
    ],
)
def test_what_was_changed_beside_the_ledger_is_found_and_repaired(counted, damage, kind):
    before = result_of(counted).as_json()
    damage(counted)

    assert {difference.kind for difference in rebuild_vote(vote=counted)} == {kind}
    assert rebuild_vote(vote=counted) != []  # looking changes nothing
    rebuild_vote(vote=counted, repair=True)
    assert rebuild_vote(vote=counted) == []
    counted.refresh_from_db()
    assert result_of(counted).as_json() == before == counted.result


def test_a_tree_that_would_change_its_size_stays_and_is_reported(counted):
    tamper("consent_ownersvote", "UPDATE consent_ownersvote SET tree_size = 5 WHERE id = %s", counted.pk)

    rebuild_vote(vote=counted, repair=True)

    assert [(difference.key, difference.stored) for difference in rebuild_vote(vote=counted)] == [("tree_size", 5)]


def test_the_command_writes_only_on_request(counted):
    call_command("rebuild", stdout=(out := StringIO()))
    assert out.getvalue() == "0 surveys and 1 votes: no difference.\n"
    deliver_a_notice(counted)

    with pytest.raises(CommandError, match=r"1 differences were found in 1 votes\."):
        call_command("rebuild", "--vote", str(counted.pk), stdout=(out := StringIO()))
    assert f"vote {counted.pk}: state of owner {counted.voters.latest('pk').pk}: stored (True," in out.getvalue()
    call_command("rebuild", "--repair", stdout=(out := StringIO()))

    assert out.getvalue().endswith("0 surveys and 1 votes: 1 differences were repaired.\n")
    call_command("rebuild", stdout=StringIO())


# --- The file, and the verifier --------------------------------------------------------------------


def verify(folder: Path, content: bytes) -> str:
    """What the verifier says last."""
    (folder / "vote.json").write_bytes(content)
    command = [sys.executable, "-I", str(VERIFIER), str(folder / "vote.json"), "--key", signing.public_key().hex()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stderr or done.stdout).splitlines()[-1]


def test_the_file_holds_for_the_verifier_and_names_nobody(counted, tmp_path):
    content = vote_file(vote=counted)

    assert verify(tmp_path, content) == "All of it holds."
    assert json.loads(content)["roll"]["size"] == 5
    for name in (*counted.voters.values_list("name", flat=True), "周敏", "写错了", "照片1"):
        assert name not in content.decode()


def test_a_vote_that_failed_holds_too(tmp_path):
    vote, owners, by = make_vote(matter=7)
    record(vote, by, *(returned(owner) for owner in owners[:2]), *(returned(o, "disagree") for o in owners[2:]))
    vote = close_vote(vote=vote, by=by)

    assert vote.verdict == "failed"
    assert verify(tmp_path, vote_file(vote=vote)) == "All of it holds."


def test_there_is_no_file_while_a_vote_is_open_or_where_it_was_called_off():
    vote, owners, by = make_vote()
    record(vote, by, returned(owners[0]))

    with pytest.raises(VoteNotClosed):
        vote_file(vote=vote)
    with pytest.raises(CommandError, match="not closed"):
        call_command("export_vote", str(vote.pk))
    with pytest.raises(VoteNotClosed):
        vote_file(vote=cancel_vote(vote=vote, reason="重新组织", by=by))


def test_the_export_command_writes_the_file(counted, tmp_path):
    call_command("export_vote", str(counted.pk), output=tmp_path / "vote.json", stderr=(said := StringIO()))

    content = json.loads((tmp_path / "vote.json").read_bytes())
    assert (content["format"], len(content["leaves"])) == ("gongdi-vote/1", 6)
    assert said.getvalue().endswith("6 entries, signed.\n")
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export_vote", str(counted.pk), output=tmp_path / "nowhere" / "vote.json")


Change = Callable[[dict[str, Any]], object]


def put(*path: str | int, value: Any) -> Change:
    def change(content: Any) -> None:
        for step in path[:-1]:
            content = content[step]
        content[path[-1]] = value

    return change


def drop(index: int) -> Change:
    def change(content: Any) -> None:
        del content["leaves"][index]
        for number, leaf in enumerate(content["leaves"]):
            leaf["sequence"] = number

    return change


def signed(content: dict[str, Any], *, with_heads: bool = False) -> bytes:
    """The file as the site itself could sign it again, and its heads too."""
    key = signing.signing_key()
    if with_heads:
        hashes = [merkle.leaf_hash(canonical_bytes(leaf)) for leaf in content["leaves"]]
        head = {
            "ledger": content["vote"]["ledger"],
            "size": len(hashes),
            "root_hash": merkle.root_of(hashes).hex(),
            "timestamp": content["leaves"][-1]["recorded_at"],
        }
        signature = key.sign(b"gongdi/tree-head/1\n" + canonical_bytes(head)).hex()
        content["heads"] = [{**head, "key_id": content["key"]["id"], "signature": signature}]
    return canonical_bytes({**content, "signature": key.sign(vote_file_bytes(content)).hex()})


@pytest.mark.parametrize(
    ("change", "objection"),
    [
        (put("vote", "matter", value=6), "the file's signature does not hold"),
        (put("leaves", 4, "choice", value="agree"), "the file's signature does not hold"),
    ],
)
def test_whoever_has_no_key_changes_nothing(counted, tmp_path, change, objection):
    content = json.loads(vote_file(vote=counted))
    change(content)

    assert verify(tmp_path, canonical_bytes(content)) == f"WRONG     {objection}"


@pytest.mark.parametrize(
    ("change", "objection"),
    [
        (put("leaves", 4, "choice", value="agree"), "the head of size 6 has not the root that the entries give"),
        (drop(5), "the head of size 6 covers entries that are not here"),
    ],
)
def test_the_site_that_has_its_heads_out_changes_nothing(counted, tmp_path, change, objection):
    content = json.loads(vote_file(vote=counted))
    change(content)

    assert verify(tmp_path, signed(content)) == f"WRONG     {objection}"


@pytest.mark.parametrize(
    ("change", "objection"),
    [
        (put("leaves", 4, "choice", value="agree"), "the result says"),
        (put("leaves", 4, "form", value=None), "the entry at place 4 is neither a delivery nor a whole ballot"),
        (put("leaves", 4, "voter", value="ee" * 32), "the entry at place 4 is of an owner that is not on the roll"),
        (put("leaves", 2, "supersedes", value=1), "the entry at place 2 corrects no earlier entry of this owner"),
        (put("leaves", 1, "v", value=2), "the entry at place 1 is of another ledger or version"),
        (put("leaves", 5, "delivery", value="door"), "the result says"),
        (put("roll", "voters", 0, "area", value="1.00"), "the result says"),
        (put("roll", "voters", 0, "area", value="1.0"), "1.0 is no area in square metres"),
        (put("roll", "size", value=6), "the roll has not the size that it says"),
        (put("vote", "silent_votes", value=False), "the result says"),
        (put("vote", "matter", value=6), "the result says"),
        (put("vote", "verdict", value="failed"), "the vote's verdict is not that of its result"),
        (put("vote", "closed_at", value="2020-01-01T00:00:00.000000Z"), "was recorded after the vote was closed"),
        (put("result", "approval_heads", "met", value=False), "the result says approval_heads"),
        (put("result", "silent_side", value=""), "the result says silent_side"),
    ],
)
def test_the_site_that_signs_everything_anew_still_cannot_have_another_count(counted, tmp_path, change, objection):
    content = json.loads(vote_file(vote=counted))
    before = deepcopy(content)
    change(content)
    assert content != before

    said = verify(tmp_path, signed(content, with_heads=True))

    assert said.startswith("WRONG     ")
    assert objection in said
