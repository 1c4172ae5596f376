"""The pages of owners' votes, as people of each role find them."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.choices import Role
from accounts.models import HistoryEntry
from consent.models import OwnersVote, RulesOfProcedure, VoteChallenge
from consent.services.votes.challenges import challenge_vote, decide_challenge
from consent.services.votes.closing import close_vote
from consent.services.votes.opening import open_vote
from consent.services.votes.rules import adopt_rules
from tests.consent.vote_casts import DAY, delivered, make_owners, make_vote, record, returned
from tests.factories import COMMUNITY, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client):
    """A function that signs somebody of a role in."""

    def sign_in(role: str = Role.COMMUNITY_STAFF, territory: str = COMMUNITY):
        client.force_login(make_user(role, territory))
        client.cookies["django_language"] = "en"
        return client

    return sign_in


def body(answer) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def test_the_headline_says_what_is_missing_and_the_four_fractions_are_drawn(signed_in):
    vote, owners, by = make_vote()
    record(vote, by, returned(owners[0]), returned(owners[1], "disagree"))

    page = body(signed_in().get(f"/votes/{vote.pk}/"))

    assert "1 more owner to take part" in page
    assert page.count('data-met="false"') - page.count('<li data-met="false"') == 4
    assert "2 / 4" in page or "2 of 4" in page
    # Nobody calls it a survey.
    assert "survey" not in re.sub(r"<header.*?</header>", "", page).lower()


def test_a_vote_that_reached_all_four_says_so_and_offers_the_close(signed_in):
    vote, owners, by = make_vote()
    record(vote, by, *(returned(owner) for owner in owners))

    page = body(signed_in().get(f"/votes/{vote.pk}/"))

    assert "all four fractions reached" in page
    assert 'data-testid="vote-close"' in page
    assert page.count('data-kind="main"') == 1


def test_what_closing_waits_for_is_listed(signed_in):
    vote, _owners, _by = make_vote(announced_on=None)

    page = body(signed_in().get(f"/votes/{vote.pk}/"))

    assert "3 things to be met first" in page
    assert 'data-testid="vote-close"' not in page


def test_silent_ballots_stand_apart(signed_in):
    vote, owners, by = make_vote(rules={"silent_votes": True}, silent_votes=True)
    record(vote, by, *(returned(owner) for owner in owners[:3]), delivered(owners[3]))

    page = body(signed_in().get(f"/votes/{vote.pk}/"))

    row = re.search(r'<tr data-silent="true">(.*?)</tr>', page)
    assert row is not None
    assert "Silent, and counted" in row[1]
    assert "100.00 m²" in row[1]
    assert "join the majority of those that did: Agrees" in page


def test_the_list_shows_votes_in_hand_and_decided_and_the_rules(signed_in):
    vote, owners, by = make_vote(title="屋面防水", rules={"proxy_limit": 3})
    record(vote, by, *(returned(owner) for owner in owners))
    close_vote(vote=vote, by=by)
    open_vote(neighbourhood=vote.neighbourhood, matter=6, by=by)

    page = body(signed_in().get(f"/neighbourhoods/{vote.neighbourhood_id}/votes/"))

    assert "1 in hand" in page
    assert "屋面防水" in page
    assert "议事规则" in page
    assert 'data-testid="vote-new"' in page


def test_a_reader_sees_totals_and_no_way_to_the_ballots(signed_in):
    vote, owners, by = make_vote()
    record(vote, by, returned(owners[0]))
    clerk = signed_in(Role.PROPERTY_CLERK, vote.neighbourhood.code)

    page = body(clerk.get(f"/votes/{vote.pk}/"))

    assert f"/votes/{vote.pk}/roll/" not in page
    assert 'data-testid="vote-close"' not in page
    for path in ("roll", "ledger", "file", "ballots"):
        assert clerk.get(f"/votes/{vote.pk}/{path}/").status_code == 403
    for path in ("close", "cancel", "amend", "challenge", "deliver", "enter"):
        assert clerk.post(f"/votes/{vote.pk}/{path}/").status_code == 403


def test_an_official_states_a_reason_before_seeing_who_voted_how(signed_in):
    vote, owners, by = make_vote()
    record(vote, by, returned(owners[0]))
    official = signed_in(Role.DISTRICT_OFFICIAL, COMMUNITY[:6])
    address = f"/votes/{vote.pk}/roll/"

    asked = body(official.get(address))
    stated = official.post(address, {"reason": "信访核查"})
    page = body(official.get(address))

    assert "A reason is needed" in asked
    assert stated.status_code == 302
    assert "业**" in page
    assert "业主1号" not in page
    assert HistoryEntry.objects.get(act="ballots_read").details == {"reason": "信访核查"}
    # What is masked is not searched by.
    assert "No owner fits" in body(official.get(address, {"q": "业主1号"}))


def test_a_stranger_finds_no_vote(signed_in):
    vote, _owners, _by = make_vote()
    stranger = signed_in(territory="420503001001")

    for path in ("", "result/", "roll/", "ballots/", "ledger/", "file/"):
        assert stranger.get(f"/votes/{vote.pk}/{path}").status_code == 404
    assert stranger.get(f"/neighbourhoods/{vote.neighbourhood_id}/votes/").status_code == 404


def test_a_vote_is_opened_by_the_form_and_says_at_its_place_what_is_refused(signed_in):
    owners = make_owners(80, 90)
    pk, today = owners[0].neighbourhood_id, timezone.localdate()
    client = signed_in()
    form = {
        "matter": 6,
        "title": "首期维修资金",
        "scope": "neighbourhood",
        "announced_on": today.isoformat(),
        "residents_committee_told_on": today.isoformat(),
        "starts_on": (today + 14 * DAY).isoformat(),
        "ends_on": (today + 30 * DAY).isoformat(),
    }

    early = client.post(f"/neighbourhoods/{pk}/votes/new/", form)
    last_first = {**form, "starts_on": (today + 31 * DAY).isoformat()}
    backwards = client.post(f"/neighbourhoods/{pk}/votes/new/", last_first)
    opened = client.post(f"/neighbourhoods/{pk}/votes/new/", {**form, "starts_on": (today + 15 * DAY).isoformat()})

    assert early.status_code == 409
    assert "at least 15 days before" in body(early)
    assert backwards.status_code == 409
    assert "The last day lies before the first." in body(backwards)
    vote = OwnersVote.objects.get()
    assert opened.url == f"/votes/{vote.pk}/"
    assert (vote.matter, vote.title, vote.voters.count()) == (6, "首期维修资金", 2)


def test_a_lift_names_its_stairwell(signed_in):
    owners = make_owners(80, 90)
    place, today = owners[0].neighbourhood, timezone.localdate()
    stairwell = place.buildings.get().stairwells.get()
    days = {
        "announced_on": (today - 20 * DAY).isoformat(),
        "residents_committee_told_on": today.isoformat(),
        "starts_on": today.isoformat(),
        "ends_on": (today + 30 * DAY).isoformat(),
    }
    form = {"matter": 7, "title": "加装电梯", "scope": "stairwell", **days}
    client, address = signed_in(), f"/neighbourhoods/{place.pk}/votes/new/"

    assert client.post(address, form).status_code == 409
    assert client.post(address, {**form, "stairwell": stairwell.pk}).status_code == 302
    assert OwnersVote.objects.get().stairwell == stairwell


def test_rules_are_recorded_by_the_form(signed_in):
    owners = make_owners(80)
    pk, today = owners[0].neighbourhood_id, timezone.localdate().isoformat()
    form = {"document": "议事规则2026", "adopted_on": today, "silent_votes": "on", "proxy_limit": 3}
    client = signed_in()

    first = client.post(f"/neighbourhoods/{pk}/votes/rules/", form)
    again = client.post(f"/neighbourhoods/{pk}/votes/rules/", form)

    rules = RulesOfProcedure.objects.get()
    assert (first.status_code, again.status_code) == (302, 409)
    assert (rules.silent_votes, rules.count_spaces, rules.proxy_limit) == (True, False, 3)


def test_the_rules_that_a_court_undid_are_in_force_no_more(signed_in):
    vote, owners, by = make_vote(matter=1, rules={})
    record(vote, by, *(returned(owner) for owner in owners))
    close_vote(vote=vote, by=by)
    place, today = vote.neighbourhood, timezone.localdate()
    adopt_rules(neighbourhood=place, adopted_on=today, document="新规则", silent_votes=True, vote=vote, by=by)
    client, address = signed_in(), f"/neighbourhoods/{place.pk}/votes/"

    def in_force():
        badge = r'scope="row">([^<]+) <span class="badge" data-tone="good">in force'
        return re.findall(badge, body(client.get(address)))

    assert in_force() == ["新规则"]
    assert "silent_votes" in body(client.get(f"{address}new/"))

    challenge = challenge_vote(vote=vote, raised_on=today, text="未送达", by=by)
    decide_challenge(challenge=challenge, outcome="rescinded", decided_on=today, by=by)

    assert in_force() == ["议事规则"]
    assert "silent_votes" not in body(client.get(f"{address}new/"))


def test_deliveries_are_ticked_and_a_sheet_sent_twice_counts_once(signed_in):
    vote, owners, _by = make_vote()
    voters = [vote.voters.get(owner=owner).pk for owner in owners[:2]]
    client = signed_in()
    form = {"voter": voters, "delivery": "door", "delivered_on": timezone.localdate().isoformat(), "sheet": uuid4()}

    for _time in range(2):
        assert client.post(f"/votes/{vote.pk}/deliver/", form).status_code == 302

    assert vote.ballots.count() == 2
    assert vote.ballot_states.filter(is_delivered=True, delivery="door").count() == 2
    page = body(client.get(f"/votes/{vote.pk}/roll/", {"state": "undelivered"}))
    assert page.count('name="voter"') == 2


def test_where_silence_counts_the_proof_is_asked_for_and_shown_in_the_ledger(signed_in):
    vote, owners, _by = make_vote(rules={"silent_votes": True}, silent_votes=True)
    client, ticked = signed_in(), vote.voters.get(owner=owners[0]).pk
    form = {"voter": ticked, "delivery": "door", "delivered_on": timezone.localdate().isoformat(), "sheet": uuid4()}

    bare = client.post(f"/votes/{vote.pk}/deliver/", form, follow=True)
    client.post(f"/votes/{vote.pk}/deliver/", {**form, "proof": "签收单3号"})

    assert "say by what it is proved" in body(bare)
    assert "签收单3号" in body(client.get(f"/votes/{vote.pk}/ledger/"))


def test_a_whole_list_is_delivered_without_ticking_each(signed_in):
    vote, owners, by = make_vote()
    record(vote, by, delivered(owners[0], delivery="post"))
    form = {"all": "yes", "delivery": "door", "delivered_on": timezone.localdate().isoformat(), "sheet": uuid4()}
    client = signed_in()

    client.post(f"/votes/{vote.pk}/deliver/", {**form, "query": "q=301"})
    assert vote.ballot_states.filter(delivery="door").count() == 1
    client.post(f"/votes/{vote.pk}/deliver/", {**form, "query": ""})

    assert vote.ballot_states.filter(delivery="door").count() == 3
    assert vote.ballot_states.filter(is_delivered=True).count() == 4


def test_a_whole_list_is_all_of_it_however_long(signed_in, monkeypatch):
    monkeypatch.setattr("consent.pages.vote_ballots.MOST_TICKED", 2)
    vote, _owners, _by = make_vote()
    form = {"all": "yes", "delivery": "door", "delivered_on": timezone.localdate().isoformat(), "sheet": uuid4()}

    signed_in().post(f"/votes/{vote.pk}/deliver/", form)

    assert vote.ballot_states.filter(is_delivered=True).count() == 4


def test_nobody_ticked_is_said(signed_in):
    vote, _owners, _by = make_vote()
    form = {"delivery": "door", "delivered_on": timezone.localdate().isoformat(), "sheet": uuid4()}

    answer = signed_in().post(f"/votes/{vote.pk}/deliver/", form)

    assert answer.status_code == 400
    assert "Tick the owners" in body(answer)


def test_an_owner_is_found_by_name_and_by_door(signed_in):
    vote, owners, _by = make_vote()
    client = signed_in()

    def found(text):
        page = body(client.get(f"/votes/{vote.pk}/ballots/", {"q": text}))
        return re.findall(r'data-testid="enter-(\d+)"', page)

    third = [str(vote.voters.get(owner=owners[2]).pk)]
    assert found("业主3号") == third
    assert found("301") == found("1-301") == found("1-1-301") == third
    assert found("2-301") == []
    assert len(found("业主")) == 4


def enter(client, vote, owner, **fields):
    form = {
        "client_id": str(uuid4()),
        "voter": vote.voters.get(owner=owner).pk,
        "returned_on": timezone.localdate().isoformat(),
        "form": "written",
        "choice": "agree",
        **fields,
    }
    return form, client.post(f"/votes/{vote.pk}/enter/", form, follow=True)


def test_one_tap_records_a_ballot_once_and_counts_it_as_delivered(signed_in):
    vote, owners, _by = make_vote()
    client = signed_in()

    form, answer = enter(client, vote, owners[0])
    client.post(f"/votes/{vote.pk}/enter/", form)

    assert "Recorded for 业主1号: Agrees." in body(answer)
    ballot = vote.ballots.get()
    assert (ballot.choice, ballot.form, ballot.delivered_at) == ("agree", "written", ballot.returned_at)


def test_a_ballot_that_came_back_on_the_afternoon_of_its_delivery_is_entered_the_day_after(signed_in):
    vote, owners, by = make_vote()
    afternoon = timezone.localtime().replace(hour=15, minute=0) - DAY
    record(vote, by, delivered(owners[0], at=afternoon))

    enter(signed_in(), vote, owners[0], returned_on=afternoon.date().isoformat())

    assert vote.ballot_states.get(voter__owner=owners[0]).returned_at == afternoon


def test_a_slip_is_corrected_by_a_new_row(signed_in):
    vote, owners, by = make_vote()
    first = returned(owners[0])
    record(vote, by, first)

    _form, answer = enter(signed_in(), vote, owners[0], choice="disagree", supersedes=str(first.client_id))

    assert answer.status_code == 200
    assert vote.ballot_states.get(voter__owner=owners[0]).choice == "disagree"


def test_a_proxy_needs_its_holder_and_a_ballot_its_choice(signed_in):
    vote, owners, _by = make_vote()
    client = signed_in()

    _form, proxy = enter(client, vote, owners[0], form="proxy")
    _form, nothing = enter(client, vote, owners[0], choice="")
    _form, odd = enter(client, vote, owners[0], voter="x")
    _form, long = enter(client, vote, owners[0], voter="9" * 5000)

    assert "Name who holds the owner&#x27;s written proxy." in body(proxy)
    assert nothing.status_code == odd.status_code == long.status_code == 200
    assert vote.ballots.count() == 0


def test_a_vote_is_closed_challenged_and_decided(signed_in):
    vote, owners, by = make_vote()
    record(vote, by, *(returned(owner) for owner in owners))
    client, today = signed_in(), timezone.localdate().isoformat()

    assert client.post(f"/votes/{vote.pk}/close/", {"counted_by": "两名计票人"}).status_code == 302
    page = body(client.get(f"/votes/{vote.pk}/"))
    assert "passed" in page
    assert "两名计票人" in page
    words = {"text": "未收到表决票", "raised_on": today}
    assert client.post(f"/votes/{vote.pk}/challenge/", {**words, "document": "案" * 121}).status_code == 400
    client.post(f"/votes/{vote.pk}/challenge/", words)
    challenge = VoteChallenge.objects.get()
    form = {"outcome": "rescinded", "decided_on": today}
    assert client.post(f"/votes/{vote.pk}/challenges/{challenge.pk}/", form).status_code == 302
    assert "it no longer stands" in body(client.get(f"/votes/{vote.pk}/"))
    # Nor is its result posted any more.
    assert "vote-post-result" not in body(client.get(f"/votes/{vote.pk}/"))
    proposed = client.get(f"/neighbourhoods/{vote.neighbourhood_id}/notices/new/?kind=vote_result")
    assert vote.title not in body(proposed)


def test_an_open_vote_is_amended_and_called_off(signed_in):
    vote, _owners, _by = make_vote()
    client, today = signed_in(), timezone.localdate()

    client.post(f"/votes/{vote.pk}/amend/", {"undelivered_posted_on": today.isoformat()})
    vote.refresh_from_db()
    future = client.post(f"/votes/{vote.pk}/amend/", {"undelivered_posted_on": (today + 30 * DAY).isoformat()})
    client.post(f"/votes/{vote.pk}/cancel/", {"reason": "议题有误"})

    assert (vote.undelivered_posted_on, vote.announced_on) == (today, today - 20 * DAY)
    assert future.status_code == 409
    assert "议题有误" in body(client.get(f"/votes/{vote.pk}/"))


def test_the_sheet_tells_totals_only(signed_in):
    vote, owners, by = make_vote()
    record(vote, by, *(returned(owner) for owner in owners))

    page = body(signed_in(Role.PROPERTY_CLERK, vote.neighbourhood.code).get(f"/votes/{vote.pk}/result/"))

    assert page.count('<span class="good">yes</span>') == 4
    assert "业主" not in page


def test_the_result_is_posted_with_its_exact_figures_and_no_name(signed_in):
    vote, owners, by = make_vote(title="屋面防水")
    record(vote, by, returned(owners[0], "disagree"), *(returned(owner) for owner in owners[1:]))
    client, address = signed_in(), f"/neighbourhoods/{vote.neighbourhood_id}/notices/new/?kind=vote_result"
    assert "屋面防水" not in body(client.get(address))
    assert "vote-post-result" not in body(client.get(f"/votes/{vote.pk}/"))

    close_vote(vote=vote, by=by)

    page = body(client.get(address))
    assert "voted on: 屋面防水 (matter 9 of article 278)" in page
    assert "Agreed, by owners: 3 of 4, more than 1/2 needed: met." in page
    assert "Took part, by area: 400.00 m² of 400.00 m², 2/3 or more needed: met." in page
    assert "The matter has passed." in page
    assert "业主1号" not in page
    assert "vote-post-result" in body(client.get(f"/votes/{vote.pk}/"))


def test_the_ledger_shows_rows_and_the_file_comes_once_closed(signed_in):
    vote, owners, by = make_vote()
    first = returned(owners[0])
    record(vote, by, first, returned(owners[0], "disagree", supersedes=first.client_id))
    client = signed_in()

    assert "corrects row 0" in body(client.get(f"/votes/{vote.pk}/ledger/"))
    assert client.get(f"/votes/{vote.pk}/file/").status_code == 302
    record(vote, by, *(returned(owner) for owner in owners[1:]))
    close_vote(vote=vote, by=by)
    assert client.get(f"/votes/{vote.pk}/file/").json()["format"] == "gongdi-vote/1"


def test_those_found_cost_the_same_whether_their_ballots_are_back_or_not(signed_in):
    vote, owners, by = make_vote()
    client, address = signed_in(), f"/votes/{vote.pk}/ballots/?q=业主"

    def statements():
        with CaptureQueriesContext(connection) as found:
            client.get(address)
        return len(found)

    statements()
    before = statements()
    record(vote, by, *(returned(owner) for owner in owners))

    assert statements() == before


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize(
    "path", ["votes/{vote}/", "votes/{vote}/roll/", "votes/{vote}/ballots/?q=业主", "neighbourhoods/{place}/votes/"]
)
def test_a_page_costs_the_same_for_one_row_and_for_three(number, path, signed_in, django_assert_max_num_queries):
    vote, owners, by = make_vote(*[100] * number)
    record(vote, by, *(returned(owner, returned_at=timezone.now() - timedelta(hours=1)) for owner in owners))
    for matter in range(1, number):
        open_vote(neighbourhood=vote.neighbourhood, matter=matter, by=by)
    client, address = signed_in(), path.format(vote=vote.pk, place=vote.neighbourhood_id)

    with django_assert_max_num_queries(20):
        assert client.get(f"/{address}").status_code == 200
