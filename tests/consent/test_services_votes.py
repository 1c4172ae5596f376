"""Opening, closing, calling off and challenging owners' votes; adopting the rules they go by."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.models import HistoryEntry
from consent.choices import VoteMatter
from consent.errors import (
    AreasUnknown,
    BallotsUndelivered,
    ChallengeDecided,
    NobodyToVote,
    ReasonNeeded,
    RulesAdoptedAlready,
    SilentVotesNotAdopted,
    VoteCancelled,
    VoteClosed,
    VoteNotAnnounced,
    VoteNotClosed,
    VoteNoticeTooShort,
    VoteOpen,
    VotingNotOver,
    WrongSubject,
)
from consent.models import BallotState, OwnersVote, Voter
from consent.services.votes.challenges import challenge_vote, decide_challenge
from consent.services.votes.closing import cancel_vote, close_vote
from consent.services.votes.opening import amend_vote, open_vote
from consent.services.votes.rules import adopt_rules
from renovation.choices import OwnerKind
from renovation.errors import DayInFuture, DayOutOfOrder, DocumentNeeded, KeptHere
from renovation.models import Evidence, Household
from renovation.services.evidence import record_evidence
from tests.consent.vote_casts import DAY, delivered, make_owners, make_vote, record, returned
from tests.factories import (
    COMMUNITY,
    make_building,
    make_household,
    make_neighbourhood,
    make_owner,
    make_ownership,
    make_parking_space,
    make_stairwell,
    make_user,
)

pytestmark = pytest.mark.django_db


def opened(neighbourhood, **fields):
    by = fields.pop("by", None) or make_user(territory=COMMUNITY)
    return open_vote(neighbourhood=neighbourhood, **{"matter": 9, "by": by, **fields})


def roll(vote):
    return [
        (voter.owner and voter.owner.name, voter.area, voter.parts.count())
        for voter in vote.voters.select_related("owner").order_by("pk")
    ]


def passed(**fields):
    """A vote that passed, its ballots all back."""
    vote, owners, by = make_vote(**fields)
    record(vote, by, *(returned(owner) for owner in owners))
    return close_vote(vote=vote, by=by, counted_by="计票人甲、乙"), owners, by


def votes_told(neighbourhood):
    latest = Evidence.objects.filter(neighbourhood=neighbourhood, kind="votes").order_by("pk").last()
    return latest and (latest.facts["needed"], latest.facts["passed"])


# --- The roll --------------------------------------------------------------------------------------


def test_the_roll_merges_the_flats_of_one_owner_and_gives_every_head_an_undelivered_ballot():
    first, _second = make_owners("88.50", "120.00")
    other = make_household(
        stairwell=Household.objects.first().stairwell, unit_number="901", gross_floor_area=Decimal("61.25")
    )
    make_ownership(household=other, owner=first)

    vote = opened(first.neighbourhood)

    assert roll(vote) == [("业主1号", Decimal("149.75"), 2), ("业主2号", Decimal("120.00"), 1)]
    assert list(BallotState.objects.filter(vote=vote).values_list("is_delivered", "choice")) == [(False, "")] * 2
    assert (vote.number, vote.title, vote.starts_on) == (1, str(VoteMatter(9).label), timezone.localdate())


def test_the_developers_unsold_flats_are_one_head_and_co_owners_are_the_named_voter():
    owners = make_owners(100, 90, 80)
    owners[0].kind = owners[1].kind = OwnerKind.DEVELOPER
    for owner in owners[:2]:
        owner.save()
    flat = owners[2].ownerships.get()
    spouse = make_owner(neighbourhood=owners[0].neighbourhood, name="业主甲")
    flat.is_voter = False
    flat.save()
    make_ownership(household=flat.household, owner=spouse, is_voter=True)

    vote = opened(owners[0].neighbourhood)

    assert roll(vote) == [("业主1号", Decimal("190.00"), 2), ("业主甲", Decimal("80.00"), 1)]


def test_a_flat_that_nobody_is_on_record_for_is_a_head_of_its_own():
    owner = make_owners(100)[0]
    make_household(stairwell=Household.objects.get().stairwell, unit_number="902", gross_floor_area=Decimal("70.00"))

    assert roll(opened(owner.neighbourhood)) == [("业主1号", Decimal("100.00"), 1), (None, Decimal("70.00"), 1)]


def test_who_sold_before_the_opening_is_not_on_the_roll():
    owner = make_owners(100)[0]
    today = timezone.localdate()
    held = owner.ownerships.get()
    held.ends_on = today - DAY
    held.save()
    buyer = make_owner(neighbourhood=owner.neighbourhood, name="买受人")
    make_ownership(household=held.household, owner=buyer, starts_on=today)

    assert roll(opened(owner.neighbourhood)) == [("买受人", Decimal("100.00"), 1)]


def test_of_two_who_held_a_flat_on_the_day_the_one_who_holds_it_still_is_the_voter():
    seller = make_owners(100)[0]
    today = timezone.localdate()
    held = seller.ownerships.get()
    held.starts_on = held.ends_on = today
    held.save()
    buyer = make_owner(neighbourhood=seller.neighbourhood, name="买受人")
    make_ownership(household=held.household, owner=buyer, starts_on=today)

    assert roll(opened(seller.neighbourhood)) == [("买受人", Decimal("100.00"), 1)]


def test_spaces_count_only_under_rules_that_say_so_and_never_in_a_stairwells_vote():
    owner = make_owners(100)[0]
    place, by = owner.neighbourhood, make_user(territory=COMMUNITY)
    make_parking_space(neighbourhood=place, owner=owner, area=Decimal("12.50"))
    stairwell = Household.objects.get().stairwell
    without = opened(place, matter=8, by=by)
    today = timezone.localdate()

    rules = adopt_rules(neighbourhood=place, adopted_on=today, document="议事规则1号", count_spaces=True, by=by)

    assert roll(without) == [("业主1号", Decimal("100.00"), 1)]
    whole, stair = opened(place, by=by), opened(place, by=by, scope="stairwell", stairwell=stairwell)
    assert (whole.rules, roll(whole)) == (rules, [("业主1号", Decimal("112.50"), 2)])
    assert roll(stair) == [("业主1号", Decimal("100.00"), 1)]


def test_a_stairwells_vote_has_only_its_own_owners():
    owner = make_owners(100)[0]
    building = Household.objects.get().building
    make_ownership(
        household=make_household(
            stairwell=make_stairwell(building=building, number="2"), gross_floor_area=Decimal("77.00")
        ),
        owner=make_owner(neighbourhood=owner.neighbourhood),
    )

    vote = opened(owner.neighbourhood, matter=7, scope="stairwell", stairwell=Household.objects.first().stairwell)

    assert roll(vote) == [("业主1号", Decimal("100.00"), 1)]


def test_the_roll_stays_what_it_was():
    vote, owners, _by = make_vote()
    voter = Voter.objects.get(owner=owners[0])

    with pytest.raises(DatabaseError), transaction.atomic():
        Voter.objects.filter(pk=voter.pk).update(area=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        OwnersVote.objects.filter(pk=vote.pk).update(silent_votes=True)
    Voter.objects.filter(pk=voter.pk).update(name="", voter_salt=None)


@pytest.mark.parametrize("size", [1, 3])
def test_statements_do_not_grow_with_the_roll(size, django_assert_num_queries):
    owners = make_owners(*[100] * size)
    by = make_user(territory=COMMUNITY)

    with django_assert_num_queries(19):
        opened(owners[0].neighbourhood, by=by, needed_by_plan=True)


# --- Refusals of the opening -----------------------------------------------------------------------


def test_flats_without_an_area_are_named():
    owner = make_owners(100)[0]
    bare = make_household(stairwell=Household.objects.get().stairwell, unit_number="903")

    with pytest.raises(AreasUnknown) as refusal:
        opened(owner.neighbourhood)

    assert (refusal.value.code, refusal.value.extra) == ("areas_unknown", {"count": 1, "households": [bare.pk]})
    assert not OwnersVote.objects.exists()


def test_nobody_can_vote_where_nobody_owns():
    with pytest.raises(NobodyToVote):
        opened(make_neighbourhood())


def test_two_votes_on_one_matter_are_not_open_at_once_and_other_matters_are():
    vote, owners, by = make_vote()

    with pytest.raises(VoteOpen) as refusal:
        opened(owners[0].neighbourhood, title=f" {vote.title} ", by=by)

    assert refusal.value.extra == {"vote": vote.pk}
    assert opened(owners[0].neighbourhood, matter=5, by=by).number == 2
    cancel_vote(vote=vote, reason="重新组织", by=by)
    assert opened(owners[0].neighbourhood, title=vote.title, by=by).number == 3


def test_other_major_matters_are_as_many_votes_as_they_have_titles():
    vote, owners, by = make_vote(title="处置车棚")

    assert opened(owners[0].neighbourhood, title="拆除围墙", by=by).is_open
    assert vote.is_open


def test_fifteen_days_of_notice_are_enough_and_fourteen_are_not():
    owner = make_owners(100)[0]
    today = timezone.localdate()

    with pytest.raises(VoteNoticeTooShort) as refusal:
        opened(owner.neighbourhood, announced_on=today, starts_on=today + 14 * DAY)

    assert refusal.value.extra == {"earliest_start": (today + 15 * DAY).isoformat()}
    assert opened(owner.neighbourhood, announced_on=today, starts_on=today + 15 * DAY).announced_on == today


def test_the_residents_committee_is_told_before_the_first_ballot():
    vote, _owners, by = make_vote(residents_committee_told_on=None)

    with pytest.raises(DayOutOfOrder):
        amend_vote(vote=vote, residents_committee_told_on=vote.starts_on + DAY, by=by)
    with pytest.raises(DayOutOfOrder):
        opened(vote.neighbourhood, matter=5, starts_on=vote.starts_on, residents_committee_told_on=timezone.localdate())

    amend_vote(vote=vote, residents_committee_told_on=vote.starts_on, by=by)


@pytest.mark.parametrize("name", ["announced_on", "residents_committee_told_on"])
def test_nothing_was_told_on_a_day_to_come(name):
    owner = make_owners(100)[0]
    today = timezone.localdate()

    with pytest.raises(DayInFuture):
        opened(owner.neighbourhood, starts_on=today + 60 * DAY, **{name: today + 30 * DAY})


def test_silent_ballots_need_adopted_rules_that_say_so():
    owner = make_owners(100)[0]
    place, by, today = owner.neighbourhood, make_user(territory=COMMUNITY), timezone.localdate()
    with pytest.raises(SilentVotesNotAdopted):
        opened(place, silent_votes=True, by=by)
    adopt_rules(neighbourhood=place, adopted_on=today - DAY, document="议事规则1号", proxy_limit=3, by=by)
    with pytest.raises(SilentVotesNotAdopted):
        opened(place, silent_votes=True, by=by)

    adopt_rules(neighbourhood=place, adopted_on=today, document="议事规则2号", silent_votes=True, by=by)

    vote = opened(place, silent_votes=True, by=by)
    assert (vote.silent_votes, vote.proxy_limit, vote.rules.document) == (True, None, "议事规则2号")
    # What the rules allow is not what a vote must use.
    assert not opened(place, matter=5, by=by).silent_votes


def test_places_and_rules_of_another_neighbourhood_are_refused():
    owner, stranger = make_owners(100)[0], make_owners(100)[0]
    place, by = owner.neighbourhood, make_user(territory=COMMUNITY)
    elsewhere = stranger.ownerships.get().household.stairwell
    rules = adopt_rules(
        neighbourhood=stranger.neighbourhood, adopted_on=timezone.localdate(), document="议事规则", by=by
    )

    for wrong in (
        {"scope": "stairwell"},
        {"scope": "stairwell", "stairwell": elsewhere},
        {"stairwell": owner.ownerships.get().household.stairwell},
        {"rules": rules},
    ):
        with pytest.raises(WrongSubject):
            opened(place, by=by, **wrong)


def test_a_vote_goes_by_the_rules_in_force_on_its_first_day_and_by_no_others():
    owner = make_owners(100)[0]
    place, by, today = owner.neighbourhood, make_user(territory=COMMUNITY), timezone.localdate()
    old = adopt_rules(neighbourhood=place, adopted_on=today - 9 * DAY, document="旧规则", silent_votes=True, by=by)
    now = adopt_rules(neighbourhood=place, adopted_on=today, document="新规则", by=by)

    with pytest.raises(WrongSubject):
        opened(place, rules=old, silent_votes=True, by=by)

    assert opened(place, rules=now, by=by).rules == now
    assert opened(place, matter=5, rules=old, silent_votes=True, starts_on=today - DAY, by=by).rules == old


# --- What is put on record later -------------------------------------------------------------------


def test_days_are_put_on_record_while_the_vote_is_open():
    vote, _owners, by = make_vote(announced_on=None, residents_committee_told_on=None)
    today = timezone.localdate()

    amended = amend_vote(vote=vote, announced_on=today - 18 * DAY, residents_committee_told_on=today - 20 * DAY, by=by)

    assert amended.announced_on == today - 18 * DAY
    entry = HistoryEntry.objects.filter(act="vote_amended").get()
    assert entry.details["announced_on"] == str(today - 18 * DAY)
    amend_vote(vote=vote, announced_on=today - 18 * DAY, by=by)
    assert HistoryEntry.objects.filter(act="vote_amended").count() == 1


def test_what_does_not_fit_is_not_put_on_record():
    vote, _owners, by = make_vote(announced_on=None)
    today = timezone.localdate()

    with pytest.raises(VoteNoticeTooShort):
        amend_vote(vote=vote, announced_on=today - 17 * DAY, by=by)
    with pytest.raises(DayOutOfOrder):
        amend_vote(vote=vote, ends_on=vote.starts_on - DAY, by=by)
    with pytest.raises(DayInFuture):
        amend_vote(vote=vote, undelivered_posted_on=today + 30 * DAY, by=by)
    cancel_vote(vote=vote, reason="重新组织", by=by)
    with pytest.raises(VoteCancelled):
        amend_vote(vote=vote, ends_on=today, by=by)


def test_a_notice_stands_in_for_no_ballots_before_the_vote_was_announced():
    vote, _owners, by = make_vote()

    with pytest.raises(DayOutOfOrder):
        amend_vote(vote=vote, undelivered_posted_on=vote.announced_on - DAY, by=by)

    amend_vote(vote=vote, undelivered_posted_on=vote.announced_on, by=by)


def test_the_last_day_is_put_off_but_not_moved_before_what_owners_were_told():
    vote, _owners, by = make_vote()

    with pytest.raises(DayOutOfOrder):
        amend_vote(vote=vote, ends_on=vote.ends_on - DAY, by=by)

    assert amend_vote(vote=vote, ends_on=vote.ends_on + DAY, by=by).ends_on == vote.ends_on + DAY


def test_before_the_first_day_a_last_day_is_moved_either_way():
    today = timezone.localdate()
    vote, _owners, by = make_vote(starts_on=today + DAY)

    assert amend_vote(vote=vote, ends_on=today + 2 * DAY, by=by).ends_on == today + 2 * DAY


def test_the_last_day_of_a_vote_entered_after_the_fact_is_not_before_its_last_ballot():
    vote, owners, by = make_vote(announced_on=None, ends_on=None)
    record(vote, by, returned(owners[0]))
    day = timezone.localdate() - DAY

    with pytest.raises(DayOutOfOrder):
        amend_vote(vote=vote, ends_on=day - DAY, by=by)

    assert amend_vote(vote=vote, ends_on=day, by=by).ends_on == day


def test_a_return_entered_with_a_wrong_day_and_corrected_moves_no_first_day():
    vote, owners, by = make_vote(announced_on=None)
    wrong = returned(owners[0], at=timezone.now() - 90 * DAY, returned_at=timezone.now() - 89 * DAY)
    record(vote, by, wrong, returned(owners[0], supersedes=wrong.client_id))

    amended = amend_vote(vote=vote, announced_on=timezone.localdate() - 20 * DAY, by=by)

    assert amended.announced_on == timezone.localdate() - 20 * DAY


# --- Closing ---------------------------------------------------------------------------------------


def test_a_vote_whose_ballots_are_all_back_closes_early_and_its_result_is_fixed():
    vote, owners, by = make_vote(matter=6)
    record(vote, by, *(returned(owner) for owner in owners[:3]), returned(owners[3], "disagree"))

    closed = close_vote(vote=vote, by=by, counted_by=" 计票人甲 ")

    assert (closed.verdict, closed.counted_by, closed.stands) == ("passed", "计票人甲", True)
    assert closed.result["approval_heads"] == {
        "numerator": 3,
        "denominator": 4,
        "needs": "3/4",
        "at_least": True,
        "met": True,
    }
    assert closed.result["verdict"] == "passed"
    assert (closed.heads.get().size, bytes(closed.heads.get().root_hash)) == (4, bytes(closed.root_hash))
    with pytest.raises(VoteClosed):
        close_vote(vote=vote, by=by)
    with pytest.raises(DatabaseError), transaction.atomic():
        OwnersVote.objects.filter(pk=vote.pk).update(verdict="failed")


def test_too_few_back_fails_whatever_they_say():
    vote, owners, by = make_vote(100, 100, 100)
    record(vote, by, returned(owners[0]), delivered(owners[1]), delivered(owners[2]))

    closed = close_vote(vote=vote, by=by, at=timezone.now() + 8 * DAY)

    assert (closed.verdict, closed.stands, closed.result["quorum_heads"]["met"]) == ("failed", False, False)
    assert closed.result["approval_heads"]["met"]


def test_silent_ballots_join_the_majority_under_the_rules_and_only_those_that_were_delivered():
    vote, owners, by = make_vote(100, 100, 100, 100, rules={"silent_votes": True}, silent_votes=True)
    today = timezone.localdate()
    record(
        vote,
        by,
        *(returned(owner) for owner in owners[:2]),
        delivered(owners[2]),
        delivered(owners[3], delivery="notice"),
    )
    amend_vote(vote=vote, undelivered_posted_on=today - 2 * DAY, by=by)

    closed = close_vote(vote=vote, by=by, at=timezone.now() + 8 * DAY)

    figures = {name: closed.result[name] for name in ("returned_heads", "silent_heads", "silent_side", "agree_heads")}
    assert figures == {"returned_heads": 2, "silent_heads": 1, "silent_side": "agree", "agree_heads": 2}
    assert closed.result["quorum_heads"]["numerator"] == 3
    assert closed.verdict == "passed"


@pytest.mark.parametrize("name", ["announced_on", "residents_committee_told_on"])
def test_a_vote_that_nobody_was_told_of_is_not_closed(name):
    vote, owners, by = make_vote(**{name: None})
    record(vote, by, *(returned(owner) for owner in owners))

    with pytest.raises(VoteNotAnnounced) as refusal:
        close_vote(vote=vote, by=by)

    assert refusal.value.extra == {"missing": [name]}


def test_the_last_day_must_be_over_while_a_ballot_is_out():
    vote, owners, by = make_vote()
    record(vote, by, *(returned(owner) for owner in owners[:3]), delivered(owners[3]))
    last_day = timezone.now() + 7 * DAY

    with pytest.raises(VotingNotOver) as refusal:
        close_vote(vote=vote, by=by, at=last_day)

    assert refusal.value.extra == {"ends_on": vote.ends_on.isoformat(), "heads": 1}
    assert close_vote(vote=vote, by=by, at=last_day + DAY).verdict == "passed"


def test_without_a_last_day_every_ballot_must_be_back():
    vote, owners, by = make_vote(ends_on=None)
    record(vote, by, *(returned(owner) for owner in owners[:3]), delivered(owners[3]))

    with pytest.raises(VotingNotOver):
        close_vote(vote=vote, by=by, at=timezone.now() + 90 * DAY)


def test_who_got_no_ballot_is_given_a_notice_of_seven_days_the_day_of_posting_not_counted():
    today = timezone.localdate()
    vote, owners, by = make_vote(ends_on=today)
    record(vote, by, *(returned(owner) for owner in owners[:3]), delivered(owners[3], delivery="notice"))
    seventh = timezone.now() + 7 * DAY

    with pytest.raises(BallotsUndelivered) as refusal:
        close_vote(vote=vote, by=by, at=seventh)
    assert refusal.value.extra == {"heads": 1, "notice_until": None}
    amend_vote(vote=vote, undelivered_posted_on=today, by=by)
    with pytest.raises(BallotsUndelivered) as refusal:
        close_vote(vote=vote, by=by, at=seventh)
    assert refusal.value.extra == {"heads": 1, "notice_until": (today + 7 * DAY).isoformat()}

    assert close_vote(vote=vote, by=by, at=seventh + DAY).verdict == "passed"


def test_an_unreturned_vote_that_was_called_off_stays_readable_and_has_no_result():
    vote, owners, by = make_vote(needed_by_plan=True)
    record(vote, by, returned(owners[0]))
    with pytest.raises(ReasonNeeded):
        cancel_vote(vote=vote, reason="  ", by=by)

    cancelled = cancel_vote(vote=vote, reason=" 名册有误 ", by=by)

    assert (cancelled.cancel_reason, cancelled.is_open, cancelled.result) == ("名册有误", False, None)
    assert cancelled.ballots.count() == 1
    for refused in (lambda: cancel_vote(vote=vote, reason="再次", by=by), lambda: close_vote(vote=vote, by=by)):
        with pytest.raises(VoteCancelled):
            refused()


# --- Challenges ------------------------------------------------------------------------------------


def test_a_challenge_leaves_the_decision_standing_until_it_is_rescinded():
    vote, _owners, by = passed()
    today = timezone.localdate()

    challenge = challenge_vote(vote=vote, raised_on=today, raised_by="业主甲", text="送达程序有误", by=by)
    assert OwnersVote.objects.get(pk=vote.pk).stands
    decided = decide_challenge(challenge=challenge, outcome="rescinded", decided_on=today, by=by)

    vote.refresh_from_db()
    assert (decided.outcome, vote.stands, vote.verdict) == ("rescinded", False, "passed")
    assert vote.rescinded_at is not None
    with pytest.raises(ChallengeDecided):
        decide_challenge(challenge=challenge, outcome="upheld", decided_on=today, by=by)


def test_an_upheld_decision_stands():
    vote, _owners, by = passed()
    today = timezone.localdate()
    challenge = challenge_vote(vote=vote, raised_on=today, text="送达程序有误", by=by)

    decide_challenge(challenge=challenge, outcome="upheld", decided_on=today, by=by)

    vote.refresh_from_db()
    assert vote.stands


def test_challenges_that_cannot_be_are_refused():
    vote, owners, by = make_vote()
    today = timezone.localdate()
    with pytest.raises(VoteNotClosed):
        challenge_vote(vote=vote, raised_on=today, text="送达程序有误", by=by)
    record(vote, by, *(returned(owner) for owner in owners))
    close_vote(vote=vote, by=by)

    with pytest.raises(ReasonNeeded):
        challenge_vote(vote=vote, raised_on=today, text=" ", by=by)
    with pytest.raises(DayInFuture):
        challenge_vote(vote=vote, raised_on=today + 30 * DAY, text="送达程序有误", by=by)
    with pytest.raises(DayOutOfOrder):
        challenge_vote(vote=vote, raised_on=today - 3 * DAY, text="送达程序有误", by=by)
    challenge = challenge_vote(vote=vote, raised_on=today, text="送达程序有误", by=by)
    with pytest.raises(DayOutOfOrder):
        decide_challenge(challenge=challenge, outcome="upheld", decided_on=today - 3 * DAY, by=by)
    with pytest.raises(DayInFuture):
        decide_challenge(challenge=challenge, outcome="upheld", decided_on=today + 30 * DAY, by=by)


# --- What the lifecycle is told --------------------------------------------------------------------


def test_the_lifecycle_hears_of_the_votes_that_the_plan_needs():
    vote, owners, by = make_vote(needed_by_plan=True)
    place = owners[0].neighbourhood
    assert votes_told(place) == (1, 0)
    other = opened(place, matter=5, needed_by_plan=True, by=by)
    assert votes_told(place) == (2, 0)
    record(vote, by, *(returned(owner) for owner in owners))

    vote = close_vote(vote=vote, by=by)

    assert votes_told(place) == (2, 1)
    cancel_vote(vote=other, reason="不再需要", by=by)
    assert votes_told(place) == (1, 1)
    today = timezone.localdate()
    challenge = challenge_vote(vote=vote, raised_on=today, text="送达程序有误", by=by)
    assert votes_told(place) == (1, 1)
    decide_challenge(challenge=challenge, outcome="rescinded", decided_on=today, by=by)
    assert votes_told(place) == (1, 0)


def test_calling_the_only_needed_vote_off_meets_no_guard_and_leaves_it_to_a_document():
    vote, owners, by = make_vote(needed_by_plan=True)
    place = owners[0].neighbourhood

    cancel_vote(vote=vote, reason="不再需要", by=by)

    last = Evidence.objects.filter(neighbourhood=place, kind="votes").latest("pk")
    assert (last.revoked, last.is_kept_here) == (True, False)
    facts = {"needed": 0, "passed": 0}
    told = record_evidence(
        neighbourhood=place, kind="votes", facts=facts, document="会议纪要1号", dated_on=timezone.localdate(), by=by
    )
    assert told.facts == facts


def test_two_other_major_matters_are_two_votes_that_the_plan_needs():
    first, owners, by = make_vote(title="处分共用车棚", needed_by_plan=True)
    place = owners[0].neighbourhood
    record(first, by, *(returned(owner) for owner in owners))
    close_vote(vote=first, by=by)

    opened(place, matter=9, title="出租架空层", needed_by_plan=True, by=by)

    assert votes_told(place) == (2, 1)


def test_a_vote_held_again_speaks_for_its_matter():
    vote, owners, by = make_vote(matter=5, needed_by_plan=True)
    place = owners[0].neighbourhood
    record(vote, by, *(returned(owner, "disagree") for owner in owners))
    close_vote(vote=vote, by=by)

    again = opened(place, matter=5, needed_by_plan=True, by=by, announced_on=timezone.localdate() - 15 * DAY)

    assert (again.number, votes_told(place)) == (2, (1, 0))


def test_a_vote_that_the_plan_does_not_need_tells_nothing():
    vote, owners, _by = make_vote()

    assert votes_told(vote.neighbourhood) is None
    assert owners


def test_what_votes_told_is_not_recorded_by_hand():
    vote, _owners, by = make_vote(needed_by_plan=True)

    with pytest.raises(KeptHere):
        record_evidence(
            neighbourhood=vote.neighbourhood,
            kind="votes",
            facts={"needed": 1, "passed": 1},
            document="决定1号",
            dated_on=timezone.localdate(),
            by=by,
        )


# --- Rules of procedure ----------------------------------------------------------------------------


def test_rules_are_adopted_by_a_vote_on_them_that_passed_here():
    vote, owners, by = passed(matter=1)
    place, today = owners[0].neighbourhood, timezone.localdate()

    rules = adopt_rules(
        neighbourhood=place, adopted_on=today, document=" 议事规则1号 ", silent_votes=True, vote=vote, by=by
    )

    assert (rules.document, rules.silent_votes, rules.count_spaces, rules.vote) == ("议事规则1号", True, False, vote)
    assert HistoryEntry.objects.filter(act="rules_adopted").count() == 1


def test_rules_fall_with_the_vote_that_adopted_them():
    vote, owners, by = passed(matter=1)
    place, today = owners[0].neighbourhood, timezone.localdate()
    before = adopt_rules(neighbourhood=place, adopted_on=today - DAY, document="旧规则", by=by)
    adopt_rules(neighbourhood=place, adopted_on=today, document="新规则", silent_votes=True, vote=vote, by=by)
    challenge = challenge_vote(vote=vote, raised_on=today, text="未送达", by=by)
    decide_challenge(challenge=challenge, outcome="rescinded", decided_on=today, by=by)

    with pytest.raises(SilentVotesNotAdopted):
        opened(place, silent_votes=True, by=by)

    assert opened(place, by=by).rules == before
    with pytest.raises(WrongSubject):  # the vote as it was read before the court decided
        adopt_rules(neighbourhood=place, adopted_on=today - 2 * DAY, document="规则", vote=vote, by=by)


def test_rules_that_cannot_be_adopted_are_refused():
    vote, owners, by = passed()
    place, today = owners[0].neighbourhood, timezone.localdate()
    whole = {"neighbourhood": place, "adopted_on": today, "document": "议事规则1号", "by": by}

    with pytest.raises(WrongSubject):  # a vote on another matter
        adopt_rules(**whole, vote=vote)
    with pytest.raises(DocumentNeeded):
        adopt_rules(**{**whole, "document": " "})
    with pytest.raises(DayInFuture):
        adopt_rules(**{**whole, "adopted_on": today + 30 * DAY})
    adopt_rules(**whole)
    with pytest.raises(RulesAdoptedAlready):
        adopt_rules(**whole)


def test_a_vote_on_the_rules_of_another_neighbourhood_adopts_none_here():
    vote, _owners, by = passed(matter=1)
    elsewhere = make_building().neighbourhood

    with pytest.raises(WrongSubject):
        adopt_rules(neighbourhood=elsewhere, adopted_on=timezone.localdate(), document="议事规则1号", vote=vote, by=by)
