from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from consent.models import OwnersVote
from consent.services.votes.challenges import challenge_vote, decide_challenge
from governance.reports.bodies import structure_of
from governance.services.bodies import end_body, file_body
from governance.services.bodies_evidence import tell_ended_managements
from governance.services.memberships import add_member, change_member, end_membership
from renovation.models import Evidence, Neighbourhood
from renovation.services.evidence import latest_of, record_evidence
from tests.cast import Cast
from tests.factories import make_user
from tests.governance.bodies_cast import DAY, a_body, a_management, a_vote, facts, in_days, refused, some_members

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(cast: Cast) -> Neighbourhood:
    return cast.home


@pytest.fixture
def staff(community_worker: User) -> User:
    return community_worker


def test_a_branch_counts_with_its_third_member_and_a_group_goes_behind_it(home: Neighbourhood, staff: User) -> None:
    group = a_body(home, staff, kind="party_group", name="党小组")
    some_members(group, staff, 1)
    branch = a_body(home, staff, kind="party_branch", name="党支部")
    some_members(branch, staff, 2)
    assert facts(home, "party_organisation") == {"form": "group", "name": "党小组", "members": 1}

    add_member(body=branch, name="第三人", role="member", starts_on=DAY, by=staff)

    assert facts(home, "party_organisation") == {"form": "branch", "name": "党支部", "members": 3}


def test_a_committee_counts_with_an_odd_number_and_its_filing_with_it(home: Neighbourhood, staff: User) -> None:
    body = a_body(home, staff, name="业委会")
    file_body(body=body, filed_on=DAY, filed_with="学院街道", by=staff)
    some_members(body, staff, 2)
    assert (facts(home, "owners_committee"), facts(home, "filing_receipt")) == (None, None)

    third = add_member(body=body, name="第三人", role="member", starts_on=DAY, by=staff)

    told = {"form": "committee", "name": "业委会", "members": 3, "term_ends_on": "2030-12-31"}
    assert facts(home, "owners_committee") == told
    assert facts(home, "filing_receipt") == {"filed_with": "学院街道"}
    end_membership(membership=third, ends_on=DAY, reason="辞职", by=staff)
    assert (facts(home, "owners_committee"), facts(home, "filing_receipt")) == (None, None)


def test_alternates_do_not_count(home: Neighbourhood, staff: User) -> None:
    body = a_body(home, staff)
    some_members(body, staff, 3)

    add_member(body=body, name="候补", role="alternate", starts_on=DAY, by=staff)

    told = facts(home, "owners_committee")
    assert told is not None
    assert told["members"] == 3


def test_a_stand_in_counts_without_a_filing_and_is_gone_once_it_ends(home: Neighbourhood, staff: User) -> None:
    body = a_body(home, staff, kind="stand_in", name="物管会")
    some_members(body, staff, 2)
    assert facts(home, "owners_committee") == {
        "form": "stand_in",
        "name": "物管会",
        "members": 2,
        "term_ends_on": "2030-12-31",
    }

    end_body(body=body, ended_on=in_days(0), reason="业委会已成立", by=staff)

    assert facts(home, "owners_committee") is None


def test_what_people_recorded_by_hand_stays_until_a_body_stands(home: Neighbourhood, staff: User) -> None:
    by_hand = {"form": "group", "name": "老党小组", "members": 2}
    day = timezone.localdate()
    told = {"neighbourhood": home, "kind": "party_organisation", "document": "x", "dated_on": day, "by": staff}
    record_evidence(facts=by_hand, **told)

    branch = a_body(home, staff, kind="party_branch", name="党支部")
    some_members(branch, staff, 2)
    assert facts(home, "party_organisation") == by_hand
    add_member(body=branch, name="第三人", role="member", starts_on=DAY, by=staff)

    assert facts(home, "party_organisation") == {"form": "branch", "name": "党支部", "members": 3}
    refused("kept_here", record_evidence, facts=by_hand, **told)


def test_telling_the_same_again_writes_nothing(home: Neighbourhood, staff: User) -> None:
    body = a_body(home, staff)
    some_members(body, staff, 3)
    before = Evidence.objects.count()

    member = body.memberships.first()
    assert member is not None
    change_member(membership=member, post="召集", by=staff)

    assert Evidence.objects.count() == before


def test_the_manager_of_the_guard_is_the_first_that_is_not_over(home: Neighbourhood, staff: User) -> None:
    a_management(home, staff, starts_on=DAY, ends_on=in_days(-1))
    assert facts(home, "manager") is None

    a_management(home, staff, starts_on=in_days(30))

    assert facts(home, "manager") == {
        "mode": "self_management",
        "name": home.name,
        "from_on": in_days(30).isoformat(),
    }


def test_a_vote_that_fell_leaves_the_body_and_is_told(home: Neighbourhood, staff: User) -> None:
    vote = a_vote(home, staff)
    body = a_body(home, staff, elected_by=vote)
    some_members(body, staff, 3)
    file_body(body=body, filed_on=DAY, filed_with="x", by=staff)
    reader = make_user(territory=home.community_code)
    assert structure_of(home, reader, DAY).committees[0].concerns == ()

    OwnersVote.objects.filter(pk=vote.pk).update(rescinded_at=timezone.now())

    assert [one.code for one in structure_of(home, reader, DAY).committees[0].concerns] == ["vote_fell"]


def test_a_committee_and_a_manager_by_a_vote_that_a_court_rescinded_count_no_more(
    home: Neighbourhood, staff: User, django_capture_on_commit_callbacks: Any
) -> None:
    election, hiring = a_vote(home, staff), a_vote(home, staff, matter=4)
    body = a_body(home, staff, elected_by=election)
    some_members(body, staff, 3)
    file_body(body=body, filed_on=DAY, filed_with="x", by=staff)
    a_management(home, staff, vote=hiring)
    kinds = ("owners_committee", "filing_receipt", "manager")
    assert [facts(home, kind) is not None for kind in kinds] == [True, True, True]

    today = timezone.localdate()
    with django_capture_on_commit_callbacks(execute=True):
        for vote in (election, hiring):
            raised = challenge_vote(vote=vote, raised_on=today, text="程序违法", by=staff)
            decide_challenge(challenge=raised, outcome="rescinded", decided_on=today, by=staff)

    assert [facts(home, kind) for kind in kinds] == [None, None, None]


def test_a_challenge_that_fails_takes_nothing_back(
    home: Neighbourhood, staff: User, django_capture_on_commit_callbacks: Any
) -> None:
    vote = a_vote(home, staff)
    some_members(a_body(home, staff, elected_by=vote), staff, 3)

    today = timezone.localdate()
    raised = challenge_vote(vote=vote, raised_on=today, text="程序违法", by=staff)
    with django_capture_on_commit_callbacks(execute=True):
        decide_challenge(challenge=raised, outcome="upheld", decided_on=today, by=staff)

    assert facts(home, "owners_committee") is not None


def test_a_management_that_is_over_is_told_once_by_the_daily_command(home: Neighbourhood, staff: User) -> None:
    then = timezone.now() - timedelta(days=60)
    a_management(home, staff, ends_on=in_days(-30), at=then)
    assert facts(home, "manager") is not None

    told = [tell_ended_managements(), tell_ended_managements()]

    assert (told, facts(home, "manager")) == ([1, 0], None)
    latest = latest_of(home, "manager")
    assert latest is not None
    assert latest.is_kept_here
