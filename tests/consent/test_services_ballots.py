"""Taking ballots: each exactly once, into a ledger whose states and tree move with it."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import Change
from consent.errors import VoteNoticeTooShort
from consent.models import Ballot, BallotState
from consent.reports.ballot_leaves import stored_ballots
from consent.reports.votes import result_of
from consent.rules import merkle
from consent.rules.ballot_leaves import ballot_bytes
from consent.services.votes.ballots import record_ballots
from consent.services.votes.closing import cancel_vote
from consent.services.votes.opening import amend_vote, open_vote
from renovation.models import Household
from tests.consent.vote_casts import DAY, delivered, make_owners, make_vote, record, returned
from tests.factories import make_owner, make_user

pytestmark = pytest.mark.django_db


def state(vote, owner):
    return BallotState.objects.get(voter__vote=vote, voter__owner=owner)


def codes(batch):
    return [[refusal.code for refusal in answer.refusals] for answer in batch.answers]


def refused(vote, by, *ballots):
    before = Ballot.objects.count()
    batch = record_ballots(vote=vote, ballots=ballots, by=by)
    assert Ballot.objects.count() == before
    return codes(batch)


def test_a_delivery_and_a_return_are_two_rows_and_one_state():
    vote, owners, by = make_vote()

    record(vote, by, delivered(owners[0], delivery="door"))
    record(vote, by, returned(owners[0], delivered_at=None, delivery=""))

    found = state(vote, owners[0])
    assert (found.is_delivered, found.delivery, found.choice, found.form) == (True, "door", "agree", "written")
    assert [(row.sequence, row.choice, row.delivery) for row in vote.ballots.order_by("sequence")] == [
        (0, "", "door"),
        (1, "agree", "door"),
    ]
    assert found.ballot.sequence == 1
    assert list(Change.objects.filter(resource="ballots").values_list("action", flat=True)) == ["created", "created"]


def test_the_tree_is_that_of_the_leaves_made_anew():
    vote, owners, by = make_vote()

    batch = record(vote, by, *(returned(owner) for owner in owners[:3]), delivered(owners[3]))

    stored = list(stored_ballots(vote))
    hashes = [merkle.leaf_hash(ballot_bytes(each.leaf)) for each in stored]
    assert hashes == [each.leaf_hash for each in stored]
    assert batch.root_hash == bytes(vote.root_hash) == merkle.root_of(hashes)
    assert (batch.tree_size, vote.tree_size) == (4, 4)


def test_the_same_entry_again_is_the_first_answer_and_another_one_under_its_id_is_refused():
    vote, owners, by = make_vote()
    entry = returned(owners[0])

    first = record(vote, by, entry).answers[0]
    again = record_ballots(vote=vote, ballots=[entry, replace(entry, choice="disagree")], by=by)

    assert again.answers[0].status == "duplicate"
    assert (again.answers[0].sequence, again.answers[0].receipt_code) == (first.sequence, first.receipt_code)
    assert codes(again)[1] == ["client_id_reused"]
    assert vote.ballots.count() == 1


def test_a_batch_that_repeats_an_entry_records_it_once():
    vote, owners, by = make_vote()
    entry = returned(owners[0])

    batch = record_ballots(vote=vote, ballots=[entry, entry], by=by)

    assert [answer.status for answer in batch.answers] == ["recorded", "duplicate"]


def test_an_id_of_another_vote_is_taken_already():
    vote, owners, by = make_vote()
    other, others, _by = make_vote(by=by)
    entry = returned(owners[0])
    record(vote, by, entry)

    assert refused(other, by, replace(entry, owner=others[0].pk)) == [["client_id_reused"]]


def test_a_correction_takes_the_place_of_the_return_and_is_corrected_itself_only_once():
    vote, owners, by = make_vote()
    first = returned(owners[0], "agree")
    record(vote, by, first)

    second = returned(owners[0], "disagree", supersedes=first.client_id)
    record(vote, by, second)

    assert state(vote, owners[0]).choice == "disagree"
    assert vote.ballots.get(sequence=1).supersedes.sequence == 0
    late = returned(owners[0], "abstain", supersedes=first.client_id)
    # The first is corrected already, and the second still stands.
    assert refused(vote, by, late) == [["supersedes_unknown", "already_returned"]]


def test_a_return_entered_for_the_wrong_owner_is_taken_back_by_a_delivery():
    vote, owners, by = make_vote()
    wrong = returned(owners[0])
    record(vote, by, wrong)

    record(vote, by, delivered(owners[0], supersedes=wrong.client_id))

    found = state(vote, owners[0])
    assert (found.is_delivered, found.choice, found.ballot) == (True, "", None)
    assert result_of(vote).tally.returned_heads == 0


def test_correcting_a_delivery_does_not_let_a_second_return_in():
    vote, owners, by = make_vote()
    delivery = delivered(owners[0])
    record(vote, by, delivery, returned(owners[0]))

    assert refused(vote, by, returned(owners[0], "disagree", supersedes=delivery.client_id)) == [["already_returned"]]


def test_a_batch_may_correct_an_entry_of_its_own():
    vote, owners, by = make_vote()
    first = returned(owners[0], "agree")

    record(vote, by, first, returned(owners[0], "abstain", supersedes=first.client_id), returned(owners[1]))

    assert state(vote, owners[0]).choice == "abstain"
    assert [row.supersedes_id for row in vote.ballots.order_by("sequence")] == [
        None,
        vote.ballots.get(sequence=0).pk,
        None,
    ]


def test_a_later_delivery_does_not_undo_a_return():
    vote, owners, by = make_vote()
    record(vote, by, returned(owners[0]))

    record(vote, by, delivered(owners[0], at=timezone.now()))

    assert state(vote, owners[0]).choice == "agree"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"choice": ""}, "choice_missing"),
        ({"form": ""}, "form_missing"),
        ({"returned_at": None}, "malformed"),
        ({"delivered_at": None}, "not_delivered"),
        ({"form": "proxy"}, "proxy_holder_missing"),
        ({"form": "proxy", "proxy_holder": "  "}, "proxy_holder_missing"),
        ({"supersedes": uuid4()}, "supersedes_unknown"),
    ],
)
def test_what_is_missing_is_said(fields, code):
    vote, owners, by = make_vote()

    assert refused(vote, by, returned(owners[0], **fields)) == [[code]]


def test_a_delivery_alone_needs_its_time():
    vote, owners, by = make_vote()

    assert refused(vote, by, delivered(owners[0], delivered_at=None)) == [["malformed"]]


def test_a_ballot_cannot_come_back_before_it_was_delivered():
    vote, owners, by = make_vote()
    back = timezone.now() - DAY

    assert refused(vote, by, returned(owners[0], delivered_at=back + timedelta(seconds=1), returned_at=back)) == [
        ["not_delivered"]
    ]
    record(vote, by, returned(owners[0], delivered_at=back, returned_at=back))


def test_owners_of_another_place_are_not_on_the_roll():
    vote, _owners, by = make_vote()
    stranger = make_owner()

    assert refused(vote, by, returned(stranger)) == [["owner_not_on_roll"]]


def test_an_owner_nobody_knows_is_named_by_its_row():
    place = make_owners(80, 90)[0].neighbourhood
    Household.objects.filter(neighbourhood=place).first().ownerships.all().delete()
    by = make_user()
    vote = open_vote(neighbourhood=place, matter=9, starts_on=timezone.localdate() - 3 * DAY, by=by)
    unknown = vote.voters.get(owner=None)

    record(vote, by, returned(None, voter=unknown))

    assert BallotState.objects.get(voter=unknown).choice == "agree"


def test_ballots_are_handed_out_before_the_first_day_and_come_back_from_it_on():
    today = timezone.localdate()
    vote, owners, by = make_vote(starts_on=today + 2 * DAY)

    record(vote, by, delivered(owners[0]))

    assert refused(vote, by, returned(owners[0])) == [["voting_not_open"]]


def test_a_vote_that_is_entered_after_the_fact_takes_what_came_back_before():
    place = make_owners(80, 90)[0].neighbourhood
    owners, by, today = list(place.owners.order_by("pk")), make_user(), timezone.localdate()
    vote = open_vote(neighbourhood=place, matter=9, by=by)

    record(vote, by, returned(owners[0], returned_at=timezone.now() - DAY))

    # The first ballot came back yesterday: who was told fourteen days before was told too late.
    with pytest.raises(VoteNoticeTooShort):
        amend_vote(vote=vote, announced_on=today - 15 * DAY, by=by)
    amend_vote(vote=vote, announced_on=today - 16 * DAY, by=by)
    assert refused(vote, by, returned(owners[1], returned_at=timezone.now() - DAY)) == [["voting_not_open"]]


def test_what_came_back_after_the_last_day_came_too_late_whenever_it_is_entered():
    now = timezone.localtime()
    vote, owners, by = make_vote(starts_on=now.date() - 9 * DAY, announced_on=None, ends_on=now.date() - 3 * DAY)
    last = timezone.make_aware(datetime.combine(vote.ends_on, datetime.max.time()))
    sent = last - 5 * DAY

    assert refused(vote, by, returned(owners[0], delivered_at=sent, returned_at=last + timedelta(microseconds=1))) == [
        ["voting_not_open"]
    ]
    record(vote, by, returned(owners[0], delivered_at=sent, returned_at=last))


def test_what_is_delivered_after_the_last_day_makes_no_silent_vote():
    today = timezone.localdate()
    vote, owners, by = make_vote(
        rules={"silent_votes": True}, silent_votes=True, starts_on=today - 4 * DAY, ends_on=today - DAY
    )

    assert refused(vote, by, delivered(owners[0], at=timezone.now())) == [["voting_not_open"]]
    # The notice that stands in for a ballot which reached nobody may hang later, and makes no vote either.
    record(vote, by, delivered(owners[0], at=timezone.now(), delivery="notice"), delivered(owners[1]))
    assert vote.ballot_states.filter(is_delivered=True).count() == 1


def test_where_silence_counts_a_delivery_names_its_proof():
    vote, owners, by = make_vote(rules={"silent_votes": True}, silent_votes=True)

    assert refused(vote, by, delivered(owners[0], proof=" ")) == [["not_delivered"]]
    # A ballot that came back had been delivered, and a notice is no delivery.
    record(vote, by, returned(owners[1], proof=""), delivered(owners[2], proof="", delivery="notice"))
    record(vote, by, delivered(owners[0], proof="签收单3号"))


def test_five_minutes_ahead_are_a_clock_and_more_is_the_future():
    vote, owners, by = make_vote()
    now = timezone.now()

    assert refused(vote, by, delivered(owners[0], at=now + timedelta(minutes=10))) == [["in_the_future"]]
    record(vote, by, delivered(owners[0], at=now + timedelta(minutes=4)))


def test_nothing_is_taken_once_the_vote_was_called_off():
    vote, owners, by = make_vote()
    cancel_vote(vote=vote, reason="重新组织", by=by)

    assert refused(vote, by, returned(owners[0])) == [["vote_closed"]]


def test_a_holder_stands_for_as_many_owners_as_the_rules_allow():
    vote, owners, by = make_vote(rules={"proxy_limit": 2})
    names = dict(zip(owners[:3], ("周 敏", "周敏", "周敏"), strict=True))
    proxies = [returned(owner, form="proxy", proxy_holder=name) for owner, name in names.items()]

    record(vote, by, *proxies[:2])

    assert refused(vote, by, proxies[2]) == [["proxy_limit_reached"]]
    # Given back, it makes room.
    record(vote, by, returned(owners[1], supersedes=proxies[1].client_id), replace(proxies[2], client_id=uuid4()))


def test_a_proxy_may_be_corrected_at_the_limit():
    vote, owners, by = make_vote(rules={"proxy_limit": 1})
    proxy = returned(owners[0], form="proxy", proxy_holder="周敏")
    record(vote, by, proxy)

    record(vote, by, returned(owners[0], "disagree", form="proxy", proxy_holder="周敏", supersedes=proxy.client_id))


def test_without_rules_nobody_limits_proxies():
    vote, owners, by = make_vote()

    record(vote, by, *(returned(owner, form="proxy", proxy_holder="周敏") for owner in owners))


def test_ballots_do_not_change_the_version_that_an_amendment_is_held_against():
    vote, owners, by = make_vote()
    version = vote.version

    record(vote, by, returned(owners[0]))

    assert vote.version == version


@pytest.mark.parametrize("size", [1, 3])
def test_statements_do_not_grow_with_the_batch(size, django_assert_num_queries):
    vote, owners, by = make_vote()
    ballots = [returned(owner) for owner in owners[:size]]

    with django_assert_num_queries(11):
        record_ballots(vote=vote, ballots=ballots, by=by)
