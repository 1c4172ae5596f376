from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Change, HistoryEntry, User
from governance.models import Body
from governance.services.bodies import describe_body, end_body, file_body, renew_body
from governance.services.managements import end_management
from governance.services.memberships import add_member, change_member, end_membership
from renovation.models import Neighbourhood
from tests.cast import Cast
from tests.governance.bodies_cast import (
    DAY,
    TERM_ENDS,
    a_body,
    a_management,
    a_vote,
    acts,
    in_days,
    refused,
    some_members,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(cast: Cast) -> Neighbourhood:
    return cast.home


@pytest.fixture
def staff(community_worker: User) -> User:
    return community_worker


def test_a_committee_is_founded_by_the_vote_that_elected_it(home: Neighbourhood, staff: User) -> None:
    vote = a_vote(home, staff)

    body = a_body(home, staff, name="第一届业委会", elected_by=vote, term_starts_on=None)

    body.refresh_from_db()
    assert (body.kind, body.name, body.elected_by, body.ended_on) == ("owners_committee", "第一届业委会", vote, None)
    assert (body.term_starts_on, body.term_ends_on) == (DAY, TERM_ENDS)
    assert acts(body) == ["body_founded"]
    assert Change.objects.filter(resource="bodies", object_id=body.pk, action="created").count() == 1


def test_one_committee_or_its_stand_in_stands_at_a_time(home: Neighbourhood, staff: User) -> None:
    body = a_body(home, staff)

    refused("committee_stands", a_body, neighbourhood=home, by=staff, kind="stand_in")
    end_body(body=body, ended_on=in_days(0), reason="任期届满", by=staff)

    assert a_body(home, staff, kind="stand_in").ended_on is None


def test_groups_are_any_number_but_each_has_its_own_name(home: Neighbourhood, staff: User) -> None:
    a_body(home, staff, kind="self_governing_group", name="红管家")
    a_body(home, staff, kind="self_governing_group", name="诸葛军团")

    told = {"neighbourhood": home, "by": staff, "kind": "self_governing_group", "name": "红管家"}
    refused("body_named_already", a_body, **told)

    assert home.bodies.count() == 2


@pytest.mark.parametrize(
    ("kind", "fields", "code"),
    [
        ("owners_committee", {"term_starts_on": None, "term_ends_on": None}, "term_needed"),
        ("stand_in", {"term_ends_on": None}, "term_needed"),
        ("property_company", {"term_ends_on": None}, "term_needed"),
        ("party_branch", {"term_starts_on": DAY}, "term_needed"),
        ("owners_committee", {"term_ends_on": date(2031, 1, 2)}, "term_too_long"),
        ("owners_committee", {"term_ends_on": date(2025, 12, 31)}, "day_out_of_order"),
        ("property_company", {"contract_document": " "}, "contract_needed"),
    ],
)
def test_a_body_that_cannot_be(home: Neighbourhood, staff: User, kind: str, fields: Any, code: str) -> None:
    refused(code, a_body, neighbourhood=home, by=staff, kind=kind, **fields)

    assert Body.objects.count() == 0


def test_a_body_is_in_being_today_or_since_a_day_past(home: Neighbourhood, staff: User) -> None:
    told = {"neighbourhood": home, "by": staff, "kind": "party_group"}

    refused("day_in_future", a_body, **told, founded_on=in_days(30))

    assert a_body(**told, founded_on=in_days(0)).founded_on == in_days(0)


@pytest.mark.parametrize(
    "fields",
    [
        {"matter": 4},
        {"verdict": "failed"},
        {"rescinded_at": timezone.now()},
        {"verdict": "open", "closed_at": None, "result": None},
    ],
)
def test_only_a_passed_vote_on_the_election_founds_a_committee(home: Neighbourhood, staff: User, fields: Any) -> None:
    vote = a_vote(home, staff, **fields)

    refusal = refused("vote_does_not_fit", a_body, neighbourhood=home, by=staff, elected_by=vote)

    assert refusal.extra == {"matter": 3}


def test_those_of_one_stairwell_elect_no_committee_of_all(cast: Cast, staff: User) -> None:
    stairwell = cast.doors[0].stairwell
    vote = a_vote(cast.home, staff, scope="stairwell", stairwell=stairwell)

    refused("vote_does_not_fit", a_body, neighbourhood=cast.home, by=staff, elected_by=vote)


def test_one_vote_elects_for_one_term(home: Neighbourhood, staff: User) -> None:
    vote = a_vote(home, staff)
    body = a_body(home, staff, elected_by=vote)
    term = {"term_starts_on": date(2031, 1, 1), "term_ends_on": date(2036, 1, 1)}

    refused("vote_does_not_fit", renew_body, body=body, elected_by=vote, by=staff, **term)

    body.refresh_from_db()
    assert body.term_ends_on == TERM_ENDS


def test_owners_elect_no_other_body_and_not_by_a_vote_elsewhere(cast: Cast, staff: User) -> None:
    vote, elsewhere = a_vote(cast.home, staff), a_vote(cast.next_door, staff)
    told = {"neighbourhood": cast.home, "by": staff}

    refused("vote_does_not_fit", a_body, **told, kind="stand_in", elected_by=vote)
    refused("other_neighbourhood", a_body, **told, elected_by=elsewhere)


# --- Describing, filing, renewing, ending -----------------------------------------------------------


def test_a_description_is_written_anew_and_the_old_one_stays_in_the_history(home: Neighbourhood, staff: User) -> None:
    body = a_body(home, staff, kind="self_governing_group", name="红管家", purpose="巡查")
    other = a_body(home, staff, kind="self_governing_group", name="诸葛军团")

    describe_body(body=body, purpose="巡查与调解", by=staff)
    describe_body(body=body, purpose="巡查与调解", by=staff)

    body.refresh_from_db()
    assert (body.purpose, body.version) == ("巡查与调解", 2)
    assert HistoryEntry.objects.get(act="body_described").details == {"was": {"purpose": "巡查"}}
    refused("body_named_already", describe_body, body=other, name="红管家", by=staff)


def test_a_committee_is_filed_and_a_filing_corrected(home: Neighbourhood, staff: User) -> None:
    body = a_body(home, staff)

    file_body(body=body, filed_on=DAY, filed_with="夷陵街道", by=staff)
    file_body(body=body, filed_on=DAY, filed_with="学院街道", filing_document="备案1号", by=staff)

    body.refresh_from_db()
    assert (body.filed_on, body.filed_with, body.filing_document) == (DAY, "学院街道", "备案1号")


def test_what_cannot_be_filed(home: Neighbourhood, staff: User) -> None:
    body, group = a_body(home, staff), a_body(home, staff, kind="party_group")
    told = {"filed_with": "x", "by": staff}

    refused("nothing_to_file", file_body, body=group, filed_on=DAY, **told)
    refused("day_in_future", file_body, body=body, filed_on=in_days(30), **told)
    refused("day_out_of_order", file_body, body=body, filed_on=DAY - timedelta(days=1), **told)


def test_the_next_term_is_filed_anew_and_the_last_one_stays_in_the_history(home: Neighbourhood, staff: User) -> None:
    vote = a_vote(home, staff)
    body = a_body(home, staff, elected_by=vote)
    file_body(body=body, filed_on=DAY, filed_with="学院街道", by=staff)
    again = a_vote(home, staff)

    renew_body(body=body, term_starts_on=date(2031, 1, 1), term_ends_on=date(2036, 1, 1), elected_by=again, by=staff)

    body.refresh_from_db()
    assert (body.term_starts_on, body.term_ends_on) == (date(2031, 1, 1), date(2036, 1, 1))
    assert (body.elected_by, body.filed_on, body.filed_with) == (again, None, "")
    assert HistoryEntry.objects.get(act="body_renewed").details["was"] == {
        "term_starts_on": "2026-01-01",
        "term_ends_on": "2030-12-31",
        "elected_by": vote.pk,
        "filed_on": "2026-01-01",
        "contract_document": "",
    }


def test_what_cannot_be_renewed(home: Neighbourhood, staff: User) -> None:
    body = a_body(home, staff)
    group = a_body(home, staff, kind="self_governing_group")
    company = a_body(home, staff, kind="property_company")
    starts_on, ends_on = date(2031, 1, 1), date(2036, 1, 1)
    term = {"term_starts_on": starts_on, "term_ends_on": ends_on, "by": staff}

    refused("nothing_to_renew", renew_body, body=group, **term)
    refused("contract_needed", renew_body, body=company, **term)
    refused("day_out_of_order", renew_body, body=body, term_starts_on=DAY, term_ends_on=TERM_ENDS, by=staff)
    long = {"term_starts_on": starts_on, "term_ends_on": date(2036, 1, 2), "by": staff}
    assert refused("term_too_long", renew_body, body=body, **long).extra == {"years": 5}


def test_members_leave_with_a_body_that_ends_and_then_nothing_of_it_changes(home: Neighbourhood, staff: User) -> None:
    body = a_body(home, staff)
    members = some_members(body, staff, 3)
    end_membership(membership=members[2], ends_on=DAY, reason="搬走", by=staff)

    end_body(body=body, ended_on=in_days(0), reason="换届", by=staff)

    body.refresh_from_db()
    assert (body.ended_on, body.end_reason) == (in_days(0), "换届")
    told = sorted(body.memberships.values_list("ends_on", "end_reason"))
    assert told == [(DAY, "搬走"), (in_days(0), "换届"), (in_days(0), "换届")]
    refused("body_ended", end_body, body=body, ended_on=in_days(0), reason="x", by=staff)
    refused("body_ended", file_body, body=body, filed_on=DAY, filed_with="x", by=staff)
    refused("body_ended", describe_body, body=body, name="x", by=staff)
    refused("body_ended", add_member, body=body, name="x", role="member", starts_on=DAY, by=staff)
    refused("membership_ended", change_member, membership=members[0], role="chair", by=staff)


def test_when_a_body_may_end(home: Neighbourhood, staff: User) -> None:
    body = a_body(home, staff)
    some_members(body, staff, 1, starts_on=DAY + timedelta(days=10))
    told = {"body": body, "by": staff}

    refused("reason_needed", end_body, **told, ended_on=in_days(0), reason=" ")
    refused("day_in_future", end_body, **told, ended_on=in_days(30), reason="x")
    refused("day_out_of_order", end_body, **told, ended_on=DAY + timedelta(days=9), reason="x")

    assert end_body(**told, ended_on=DAY + timedelta(days=10), reason="x").ended_on is not None


def test_a_company_that_manages_does_not_end(home: Neighbourhood, staff: User) -> None:
    company = a_body(home, staff, kind="property_company")
    management = a_management(home, staff, mode="company", body=company)

    refused("body_manages", end_body, body=company, ended_on=in_days(0), reason="x", by=staff)
    end_management(management=management, ends_on=in_days(0), reason="合同到期", by=staff)

    assert end_body(body=company, ended_on=in_days(0), reason="x", by=staff).ended_on == in_days(0)
