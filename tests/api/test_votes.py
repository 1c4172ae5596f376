"""Owners' votes over HTTP."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.choices import Role
from accounts.models import HistoryEntry
from consent.models import OwnersVote
from consent.services.votes.closing import close_vote
from renovation.models import Stairwell
from tests.api.helpers import API, signed_in, system
from tests.consent.vote_casts import DAY, delivered, make_owners, make_vote, record, returned
from tests.factories import COMMUNITY, make_user

pytestmark = pytest.mark.django_db

STRANGER = "420503001001"


def item(owner, choice="agree", **fields):
    now = timezone.now()
    return {
        "client_id": str(uuid4()),
        "owner": owner.pk,
        "choice": choice,
        "form": "written",
        "proxy_holder": "",
        "delivered_at": (now - timedelta(hours=2)).isoformat(),
        "returned_at": (now - timedelta(seconds=1)).isoformat(),
        **fields,
    }


def post_ballots(client, vote, *items):
    return client.post(f"{API}/votes/{vote}/ballots/", {"ballots": list(items)}, format="json")


def opened(client, neighbourhood, **fields):
    body = {
        "neighbourhood": neighbourhood.pk,
        "matter": 9,
        "scope": "neighbourhood",
        "stairwell": None,
        "silent_votes": False,
        **fields,
    }
    return client.post(f"{API}/votes/", body, format="json")


def test_a_vote_is_opened_voted_on_and_read():
    owners = make_owners(50, 100, 150)
    client = system("consent:write")

    made = opened(client, owners[0].neighbourhood)

    assert made.status_code == 201, made.content
    vote = made.json()
    today = timezone.localdate().isoformat()
    assert {name: vote[name] for name in ("matter", "scope", "stairwell", "silent_votes", "verdict", "starts_on")} == {
        "matter": 9,
        "scope": "neighbourhood",
        "stairwell": None,
        "silent_votes": False,
        "verdict": "open",
        "starts_on": today,
    }
    answer = post_ballots(client, vote["id"], item(owners[0]), item(owners[2]))
    assert answer.status_code == 200, answer.content
    assert [result["status"] for result in answer.json()["results"]] == ["recorded", "recorded"]
    assert answer.json()["tree"]["size"] == 2
    result = client.get(f"{API}/votes/{vote['id']}/result/").json()
    part = {"numerator": "200.00", "denominator": "300.00", "needs": "2/3", "at_least": True, "met": True}
    heads = {"numerator": 2, "denominator": 3, "needs": "2/3", "at_least": True, "met": True}
    more = {"needs": "1/2", "at_least": False, "met": True}
    assert result == {
        "heads": 3,
        "area": "300.00",
        "delivered_heads": 2,
        "delivered_area": "200.00",
        "returned_heads": 2,
        "returned_area": "200.00",
        "agree_heads": 2,
        "agree_area": "200.00",
        "disagree_heads": 0,
        "disagree_area": "0.00",
        "abstain_heads": 0,
        "abstain_area": "0.00",
        "silent_heads": 0,
        "silent_area": "0.00",
        "silent_side": "",
        "quorum_area": part,
        "quorum_heads": heads,
        "approval_area": {"numerator": "200.00", "denominator": "200.00", **more},
        "approval_heads": {"numerator": 2, "denominator": 2, **more},
        "verdict": "open",
    }


def test_a_batch_answers_item_by_item_in_the_order_sent():
    vote, owners, by = make_vote()
    good = item(owners[0])
    items = [good, good, {**good, "choice": "disagree"}, item(owners[1], form=None), {"client_id": 7}, 5]

    answer = post_ballots(signed_in(by), vote.pk, *items)

    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [(result["status"], [error["code"] for error in result["errors"]]) for result in results] == [
        ("recorded", []),
        ("duplicate", []),
        ("rejected", ["client_id_reused"]),
        ("rejected", ["form_missing"]),
        ("rejected", ["malformed"]),
        ("rejected", ["malformed"]),
    ]
    assert results[0]["sequence"] == results[1]["sequence"] == 0
    assert len(results[0]["leaf_hash"]) == 64
    assert results[1]["receipt_code"] == results[0]["receipt_code"]
    assert [result["client_id"] for result in results[3:]] == [items[3]["client_id"], None, None]


@pytest.mark.parametrize("body", [{}, {"ballots": []}, {"ballots": "x"}, [], {"ballots": [{}] * 501}])
def test_a_batch_is_a_list_of_1_to_500(body):
    vote, _owners, by = make_vote()

    assert signed_in(by).post(f"{API}/votes/{vote.pk}/ballots/", body, format="json").status_code == 400


def test_both_or_neither_of_owner_and_voter_cannot_be_read():
    vote, owners, by = make_vote()
    voter = vote.voters.first().pk

    both, neither = item(owners[0], voter=voter), {**item(owners[0]), "owner": None}

    answer = post_ballots(signed_in(by), vote.pk, both, neither)

    assert [[error["code"] for error in result["errors"]] for result in answer.json()["results"]] == [
        ["malformed"],
        ["malformed"],
    ]


def test_who_reads_votes_may_enter_no_ballot_and_a_stranger_finds_no_vote():
    vote, owners, _by = make_vote()
    secretary = make_user(Role.PARTY_SECRETARY, vote.neighbourhood.code)
    stranger = make_user(Role.COMMUNITY_STAFF, STRANGER)

    assert post_ballots(signed_in(secretary), vote.pk, item(owners[0])).status_code == 403
    assert post_ballots(signed_in(stranger), vote.pk, item(owners[0])).status_code == 404
    assert vote.ballots.count() == 0


@pytest.mark.parametrize("path", ["", "result/", "close/", "cancel/", "voters/", "ballots/", "challenges/", "tree/"])
def test_a_stranger_finds_nothing_below_a_vote(path):
    vote, _owners, by = make_vote()
    stranger = signed_in(make_user(Role.COMMUNITY_STAFF, STRANGER))
    address = f"{API}/votes/{vote.pk}/{path}"

    if path in ("close/", "cancel/"):
        assert stranger.post(address, {}, format="json").status_code == 404
    else:
        assert signed_in(by).get(address).status_code == 200
        assert stranger.get(address).status_code == 404


@pytest.mark.parametrize("path", ["close/", "cancel/", "challenges/"])
def test_who_reads_a_vote_does_not_run_it(path):
    vote, _owners, _by = make_vote()
    clerk = signed_in(make_user(Role.PROPERTY_CLERK, vote.neighbourhood.code))

    assert clerk.get(f"{API}/votes/{vote.pk}/").status_code == 200
    assert clerk.post(f"{API}/votes/{vote.pk}/{path}", {}, format="json").status_code == 403


def test_who_reads_votes_opens_none():
    owners = make_owners(80)
    clerk = signed_in(make_user(Role.PROPERTY_CLERK, owners[0].neighbourhood.code))

    assert opened(clerk, owners[0].neighbourhood).status_code == 403
    assert opened(system("consent:read"), owners[0].neighbourhood).status_code == 403


def test_a_vote_in_another_place_cannot_be_opened():
    owners = make_owners(80)
    stranger = signed_in(make_user(Role.COMMUNITY_STAFF, STRANGER))

    answer = opened(stranger, owners[0].neighbourhood)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "does_not_exist"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"silent_votes": True}, "silent_votes_not_adopted"),
        ({"scope": "stairwell"}, "wrong_subject"),
        ({"starts_on": "2026-10-02", "ends_on": "2026-10-01"}, "day_out_of_order"),
    ],
)
def test_an_opening_that_is_refused_says_why(fields, code):
    owners = make_owners(80)

    answer = opened(system("consent:write"), owners[0].neighbourhood, **fields)

    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert not OwnersVote.objects.exists()


def test_owners_are_told_fifteen_days_before():
    owners = make_owners(80)
    client, today = system("consent:write"), timezone.localdate()
    days = {"announced_on": today.isoformat(), "starts_on": (today + 14 * DAY).isoformat()}

    short = opened(client, owners[0].neighbourhood, **days)
    days["starts_on"] = (today + 15 * DAY).isoformat()

    assert (short.status_code, short.json()["code"]) == (409, "notice_too_short")
    assert short.json()["earliest_start"] == days["starts_on"]
    assert opened(client, owners[0].neighbourhood, **days).status_code == 201


def test_a_lift_is_decided_by_its_stairwell():
    owners = make_owners(80, 90)
    stairwell = Stairwell.objects.get()

    made = opened(system("consent:write"), owners[0].neighbourhood, matter=7, scope="stairwell", stairwell=stairwell.pk)

    assert made.status_code == 201, made.content
    assert (made.json()["stairwell"], made.json()["is_special"]) == (stairwell.pk, True)


@pytest.mark.parametrize("matter", [0, 10, "x", None, 1.5])
def test_a_matter_is_one_of_nine(matter):
    owners = make_owners(80)

    assert opened(system("consent:write"), owners[0].neighbourhood, matter=matter).status_code == 400


def test_a_stale_version_is_not_amended():
    vote, _owners, by = make_vote()
    client = signed_in(by)
    address = f"{API}/votes/{vote.pk}/"
    tag = client.get(address)["ETag"]
    later = (vote.ends_on + DAY).isoformat()

    first = client.patch(address, {"ends_on": later}, format="json", HTTP_IF_MATCH=tag)
    second = client.patch(address, {"ends_on": later}, format="json", HTTP_IF_MATCH=tag)

    assert (first.status_code, first.json()["ends_on"]) == (200, later)
    assert second.status_code == 412
    assert client.get(address, HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 304


def test_a_vote_closes_once_every_ballot_is_back_and_its_result_stays():
    vote, owners, by = make_vote()
    client = signed_in(by)
    early = client.post(f"{API}/votes/{vote.pk}/close/", {}, format="json")
    record(vote, by, *(returned(owner, "agree" if n else "disagree") for n, owner in enumerate(owners)))

    closed = client.post(f"{API}/votes/{vote.pk}/close/", {"counted_by": "居委会两人"}, format="json")

    assert (early.status_code, early.json()["code"]) == (409, "voting_not_over")
    assert closed.status_code == 200, closed.content
    assert (closed.json()["verdict"], closed.json()["approval_heads"]["numerator"]) == ("passed", 3)
    assert client.get(f"{API}/votes/{vote.pk}/result/").json() == closed.json()
    body = client.get(f"{API}/votes/{vote.pk}/").json()
    assert (body["verdict"], body["stands"], body["counted_by"]) == ("passed", True, "居委会两人")
    again = client.post(f"{API}/votes/{vote.pk}/close/", {}, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "vote_closed")
    late = post_ballots(client, vote.pk, item(owners[0])).json()["results"][0]
    assert [error["code"] for error in late["errors"]] == ["vote_closed"]


def test_a_vote_is_called_off_with_a_reason():
    vote, _owners, by = make_vote()
    client = signed_in(by)

    assert client.post(f"{API}/votes/{vote.pk}/cancel/", {}, format="json").status_code == 400
    answer = client.post(f"{API}/votes/{vote.pk}/cancel/", {"reason": "议题有误"}, format="json")

    assert (answer.status_code, answer.json()["cancel_reason"]) == (200, "议题有误")


def test_a_challenge_is_recorded_decided_and_undoes_the_decision():
    vote, owners, by = make_vote()
    record(vote, by, *(returned(owner) for owner in owners))
    close_vote(vote=vote, by=by)
    client = signed_in(by)
    today = timezone.localdate().isoformat()
    address = f"{API}/votes/{vote.pk}/challenges/"

    made = client.post(address, {"raised_on": today, "raised_by": "王业主", "text": "未收到表决票"}, format="json")
    assert made.status_code == 201, made.content
    clerk = signed_in(make_user(Role.PROPERTY_CLERK, vote.neighbourhood.code))
    seen = clerk.get(address).json()["results"][0]
    assert (made.json()["raised_by"], seen["raised_by"]) == ("王业主", "")
    decision = {"outcome": "rescinded", "decided_on": today}
    decided = f"{address}{made.json()['id']}/decide/"
    assert clerk.post(decided, decision, format="json").status_code == 403
    answer = client.post(decided, decision, format="json")
    assert (answer.status_code, answer.json()["outcome"]) == (200, "rescinded")
    assert client.get(f"{API}/votes/{vote.pk}/").json()["stands"] is False
    again = client.post(decided, decision, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "challenge_decided")


def test_an_open_vote_cannot_be_challenged():
    vote, _owners, by = make_vote()
    body = {"raised_on": timezone.localdate().isoformat(), "text": "未收到表决票"}

    answer = signed_in(by).post(f"{API}/votes/{vote.pk}/challenges/", body, format="json")

    assert (answer.status_code, answer.json()["code"]) == (409, "vote_not_closed")


def test_the_roll_names_owners_to_who_enters_ballots_and_masks_them_on_reason():
    vote, owners, by = make_vote()
    record(vote, by, returned(owners[0], "disagree"))
    official = signed_in(make_user(Role.DISTRICT_OFFICIAL, COMMUNITY[:6]))
    address = f"{API}/votes/{vote.pk}/voters/"

    mine = signed_in(by).get(address).json()["results"]
    unasked = official.get(address)
    theirs = official.get(address, {"reason": "信访核查"})

    assert mine[0]["name"] == "业主1号"
    assert mine[0]["parts"][0]["area"] == "100.00"
    assert mine[0]["created_at"] == signed_in(by).get(f"{API}/votes/{vote.pk}/").json()["opened_at"]
    assert (mine[0]["choice"], mine[0]["is_delivered"], mine[1]["choice"]) == ("disagree", True, "")
    assert (unasked.status_code, unasked.json()["code"]) == (403, "ballots_on_reason")
    assert theirs.json()["results"][0]["name"] == "业**"
    assert HistoryEntry.objects.get(act="ballots_read").details == {"reason": "信访核查"}


def test_who_sees_totals_sees_no_ballot():
    vote, owners, by = make_vote()
    record(vote, by, returned(owners[0]))
    secretary = signed_in(make_user(Role.PARTY_SECRETARY, vote.neighbourhood.code))

    assert secretary.get(f"{API}/votes/{vote.pk}/result/").status_code == 200
    for path in ("voters", "ballots"):
        assert secretary.get(f"{API}/votes/{vote.pk}/{path}/", {"reason": "x"}).status_code == 403
    assert secretary.get(f"{API}/votes/{vote.pk}/tree/export/", {"reason": "x"}).status_code == 403


def test_the_roll_is_narrowed_by_where_a_ballot_is():
    vote, owners, by = make_vote()
    record(vote, by, returned(owners[0]), delivered(owners[1]))
    client = signed_in(by)

    def found(**query):
        rows = client.get(f"{API}/votes/{vote.pk}/voters/", query).json()["results"]
        return [row["owner"] for row in rows]

    assert found(state="returned") == [owners[0].pk]
    assert found(state="out") == [owners[1].pk]
    assert found(state="undelivered") == [owners[2].pk, owners[3].pk]
    assert found(owner=owners[3].pk) == [owners[3].pk]
    assert client.get(f"{API}/votes/{vote.pk}/voters/", {"name": "x"}).status_code == 400


def test_the_ledger_is_read_in_order_with_what_corrects_what():
    vote, owners, by = make_vote()
    first = returned(owners[0], form="proxy", proxy_holder="周敏", proof="签收单3号")
    record(vote, by, first, returned(owners[0], "disagree", supersedes=first.client_id, proof=""))

    rows = signed_in(by).get(f"{API}/votes/{vote.pk}/ballots/").json()["results"]

    assert [(row["sequence"], row["choice"], row["supersedes"]) for row in rows] == [
        (0, "agree", None),
        (1, "disagree", str(first.client_id)),
    ]
    assert (rows[0]["proxy_holder"], rows[0]["proof"], rows[1]["proof"]) == ("周敏", "签收单3号", "")


def test_an_entry_is_proved_to_be_in_the_tree():
    vote, owners, by = make_vote()
    record(vote, by, *(returned(owner) for owner in owners))
    client = signed_in(by)

    proof = client.get(f"{API}/votes/{vote.pk}/tree/proof/", {"ballot": 2}).json()
    tree = client.get(f"{API}/votes/{vote.pk}/tree/").json()

    assert (proof["size"], proof["root_hash"]) == (4, tree["root_hash"])
    assert len(proof["nodes"]) == 2
    assert client.get(f"{API}/votes/{vote.pk}/tree/proof/", {"ballot": 4}).status_code == 404
    assert client.get(f"{API}/votes/{vote.pk}/tree/consistency/", {"from": 1}).status_code == 200
    assert client.get(f"{API}/votes/{vote.pk}/tree/consistency/", {"from": 1, "to": 5}).status_code == 400


def test_the_signed_file_is_there_once_the_vote_is_closed():
    vote, owners, by = make_vote()
    client = signed_in(by)
    early = client.get(f"{API}/votes/{vote.pk}/tree/export/")
    record(vote, by, *(returned(owner) for owner in owners))
    close_vote(vote=vote, by=by)

    file = client.get(f"{API}/votes/{vote.pk}/tree/export/")

    assert (early.status_code, early.json()["code"]) == (409, "vote_not_closed")
    assert file.status_code == 200
    assert file.json()["format"] == "gongdi-vote/1"
    assert len(file.json()["leaves"]) == 4


def test_rules_of_procedure_are_recorded_and_freeze_into_the_next_vote():
    owners = make_owners(80, 90)
    client = system("consent:write")
    today = timezone.localdate().isoformat()
    body = {"neighbourhood": owners[0].neighbourhood_id, "adopted_on": today, "document": "议事规则", "proxy_limit": 3}

    made = client.post(f"{API}/procedure-rules/", {**body, "silent_votes": True}, format="json")

    assert made.status_code == 201, made.content
    assert (made.json()["silent_votes"], made.json()["proxy_limit"], made.json()["vote"]) == (True, 3, None)
    vote = opened(client, owners[0].neighbourhood, silent_votes=True).json()
    assert (vote["rules"], vote["silent_votes"], vote["proxy_limit"]) == (made.json()["id"], True, 3)
    again = client.post(f"{API}/procedure-rules/", body, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "rules_adopted_already")
    stranger = signed_in(make_user(Role.COMMUNITY_STAFF, STRANGER))
    assert stranger.get(f"{API}/procedure-rules/{made.json()['id']}/").status_code == 404


def test_votes_are_narrowed_by_place_matter_and_verdict():
    vote, _owners, by = make_vote(matter=6, needed_by_plan=True)
    other, _others, _by = make_vote(by=by)
    client = signed_in(by)

    def found(**query):
        return [row["id"] for row in client.get(f"{API}/votes/", query).json()["results"]]

    assert found() == [vote.pk, other.pk]
    assert found(neighbourhood=other.neighbourhood_id) == [other.pk]
    assert found(matter=6) == [vote.pk]
    assert found(needed_by_plan="false") == [other.pk]
    assert found(verdict="passed") == []
    assert found(division="420503") == []


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize("path", ["votes/", "votes/{vote}/voters/", "votes/{vote}/ballots/"])
def test_a_list_costs_the_same_for_one_row_and_for_three(number, path, django_assert_max_num_queries):
    vote, owners, by = make_vote(*[100] * number)
    record(vote, by, *(returned(owner) for owner in owners))
    for _more in range(number - 1):
        make_vote(by=by)
    client = signed_in(by)
    client.get(f"{API}/votes/")

    with django_assert_max_num_queries(8):
        answer = client.get(f"{API}/{path.format(vote=vote.pk)}")

    assert len(answer.json()["results"]) == number
