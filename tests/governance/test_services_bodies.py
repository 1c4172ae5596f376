from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Change, HistoryEntry, User
from common.errors import DomainError
from consent.models import OwnersVote
from governance.models import Body, Management, Membership
from governance.reports.bodies import structure_of
from governance.services.bodies import describe_body, end_body, file_body, renew_body
from governance.services.bodies_evidence import tell_ended_managements
from governance.services.managements import end_management
from governance.services.memberships import add_member, change_member, end_membership
from renovation.models import Evidence, Neighbourhood
from renovation.services.evidence import latest_of, record_evidence
from tests.cast import Cast
from tests.factories import make_owner, make_user
from tests.governance.bodies_cast import DAY, TERM_ENDS, a_body, a_management, a_vote, in_days, some_members

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(cast: Cast) -> Neighbourhood:
    return cast.home


@pytest.fixture
def staff(community_worker: User) -> User:
    return community_worker


def refused(code: str, act: Any, **told: Any) -> DomainError:
    with pytest.raises(DomainError) as caught:
        act(**told)
    assert caught.value.code == code
    return caught.value


def facts(neighbourhood: Neighbourhood, kind: str) -> dict[str, Any] | None:
    """What stands of a kind, without its source."""
    latest = latest_of(neighbourhood, kind)
    if latest is None or latest.revoked:
        return None
    return {name: value for name, value in latest.facts.items() if name != "source"}


def acts(thing: Any) -> list[str]:
    rows = HistoryEntry.objects.filter(resource=thing.resource, object_id=thing.pk)
    return list(rows.order_by("pk").values_list("act", flat=True))


# --- Founding ---------------------------------------------------------------------------------------


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


# --- Members ----------------------------------------------------------------------------------------


def test_one_person_sits_in_two_bodies(home: Neighbourhood, staff: User) -> None:
    committee, branch = a_body(home, staff), a_body(home, staff, kind="party_branch")
    owner = make_owner(neighbourhood=home, name="周敏")
    told = {"name": "周敏", "owner": owner, "phone": "13812342071", "starts_on": DAY, "by": staff}

    add_member(body=committee, role="chair", **told)
    made = add_member(body=branch, role="secretary", post="书记", **told)

    made.refresh_from_db()
    assert (made.name, made.role, made.post, made.owner, made.ends_on) == ("周敏", "secretary", "书记", owner, None)
    assert Membership.objects.current().filter(owner=owner).count() == 2
    assert acts(made) == ["membership_begun"]


def test_who_cannot_be_taken_in(cast: Cast, home: Neighbourhood, staff: User) -> None:
    body = a_body(home, staff)
    owner = make_owner(neighbourhood=home, name="周敏")
    add_member(body=body, name="周敏", role="chair", owner=owner, starts_on=DAY, by=staff)
    told = {"body": body, "starts_on": DAY, "by": staff}

    assert refused("role_does_not_fit", add_member, **told, name="x", role="staff").extra == {
        "roles": ["chair", "deputy", "member", "alternate"]
    }
    refused("head_there", add_member, **told, name="x", role="chair")
    refused("member_already", add_member, **told, name="周敏", role="member")
    refused("member_already", add_member, **told, name="周 敏", role="member", owner=owner)
    elsewhere = make_owner(neighbourhood=cast.next_door)
    refused("other_neighbourhood", add_member, **told, name="x", role="member", owner=elsewhere)
    refused("day_in_future", add_member, body=body, name="x", role="member", starts_on=in_days(30), by=staff)
    early = DAY - timedelta(days=1)
    refused("day_out_of_order", add_member, body=body, name="x", role="member", starts_on=early, by=staff)
    assert body.memberships.count() == 1


def test_two_of_one_name_are_told_apart_by_their_phones(home: Neighbourhood, staff: User) -> None:
    body = a_body(home, staff)
    told = {"body": body, "name": "王伟", "role": "member", "starts_on": DAY, "by": staff}

    first = add_member(**told, phone="13800000001")
    second = add_member(**told, phone="13800000002")

    refused("member_already", change_member, membership=second, phone="13800000001", by=staff)
    assert first.pk != second.pk


def test_a_member_changes_role_and_the_chair_passes_on(home: Neighbourhood, staff: User) -> None:
    body = a_body(home, staff)
    chair, other, _third = some_members(body, staff, 3)

    refused("head_there", change_member, membership=other, role="chair", by=staff)
    change_member(membership=chair, role="deputy", by=staff)
    change_member(membership=other, role="chair", post="召集", by=staff)

    other.refresh_from_db()
    assert (other.role, other.post) == ("chair", "召集")
    assert acts(other) == ["membership_begun", "membership_changed"]


def test_somebody_leaves_and_may_come_back(home: Neighbourhood, staff: User) -> None:
    body = a_body(home, staff)
    member = some_members(body, staff, 1)[0]
    told = {"membership": member, "by": staff}

    refused("reason_needed", end_membership, **told, ends_on=DAY, reason="")
    refused("day_in_future", end_membership, **told, ends_on=in_days(30), reason="x")
    refused("day_out_of_order", end_membership, **told, ends_on=DAY - timedelta(days=1), reason="x")
    end_membership(**told, ends_on=DAY, reason="辞职")
    refused("membership_ended", end_membership, **told, ends_on=DAY, reason="x")
    again = add_member(body=body, name=member.name, role="chair", starts_on=in_days(0), by=staff)

    member.refresh_from_db()
    assert (member.ends_on, member.end_reason) == (DAY, "辞职")
    assert again.ends_on is None


# --- Management -------------------------------------------------------------------------------------


def test_a_company_manages_by_contract_from_a_day_to_come(home: Neighbourhood, staff: User) -> None:
    company = a_body(home, staff, kind="property_company", name="诚信物业")
    vote = a_vote(home, staff, matter=4)

    made = a_management(home, staff, mode="company", body=company, vote=vote, starts_on=in_days(30))

    assert (made.mode, made.body, made.vote, made.ends_on) == ("company", company, vote, None)
    assert facts(home, "manager") == {"mode": "company", "name": "诚信物业", "from_on": in_days(30).isoformat()}


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("company", None),
        ("company", "self_governing_group"),
        ("self_management", "property_company"),
        ("self_management", "party_branch"),
    ],
)
def test_who_does_not_manage(home: Neighbourhood, staff: User, mode: str, kind: str | None) -> None:
    body = a_body(home, staff, kind=kind) if kind else None

    refused("body_does_not_manage", a_management, neighbourhood=home, by=staff, mode=mode, body=body)


def test_what_else_keeps_somebody_from_managing(cast: Cast, home: Neighbourhood, staff: User) -> None:
    elsewhere = a_body(cast.next_door, staff, kind="property_company")
    ended = a_body(home, staff, kind="property_company")
    end_body(body=ended, ended_on=in_days(0), reason="x", by=staff)
    told = {"neighbourhood": home, "by": staff}

    refused("other_neighbourhood", a_management, **told, mode="company", body=elsewhere)
    refused("body_ended", a_management, **told, mode="company", body=ended)
    refused("vote_does_not_fit", a_management, **told, vote=a_vote(home, staff, matter=3))
    refused("day_out_of_order", a_management, **told, ends_on=DAY - timedelta(days=1))


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "is_free"),
    [
        (date(2026, 6, 30), date(2026, 12, 31), False),
        (date(2026, 7, 1), date(2026, 12, 31), True),
        (date(2025, 1, 1), date(2025, 12, 31), True),
        (date(2025, 1, 1), date(2026, 1, 1), False),
        (date(2025, 1, 1), None, False),
        (date(2026, 7, 1), None, True),
    ],
)
def test_nobody_manages_beside_another(
    home: Neighbourhood, staff: User, starts_on: date, ends_on: date | None, is_free: bool
) -> None:
    a_management(home, staff, starts_on=DAY, ends_on=date(2026, 6, 30))
    told = {"neighbourhood": home, "by": staff, "starts_on": starts_on, "ends_on": ends_on}

    if is_free:
        a_management(**told)
    else:
        refused("managed_already", a_management, **told)

    assert Management.objects.count() == 1 + is_free


def test_a_management_ends_earlier_and_never_later(home: Neighbourhood, staff: User) -> None:
    management = a_management(home, staff, ends_on=in_days(60))
    told = {"management": management, "by": staff}

    refused("reason_needed", end_management, **told, ends_on=in_days(30), reason="")
    refused("day_out_of_order", end_management, **told, ends_on=DAY - timedelta(days=1), reason="x")
    refused("day_out_of_order", end_management, **told, ends_on=in_days(60), reason="x")
    end_management(**told, ends_on=in_days(30), reason="业主另聘")

    management.refresh_from_db()
    assert management.ends_on == in_days(30)
    assert facts(home, "manager") is not None


# --- What the guards learn --------------------------------------------------------------------------


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


def test_a_management_that_is_over_is_told_once_by_the_daily_command(home: Neighbourhood, staff: User) -> None:
    then = timezone.now() - timedelta(days=60)
    a_management(home, staff, ends_on=in_days(-30), at=then)
    assert facts(home, "manager") is not None

    told = [tell_ended_managements(), tell_ended_managements()]

    assert (told, facts(home, "manager")) == ([1, 0], None)
    latest = latest_of(home, "manager")
    assert latest is not None
    assert latest.is_kept_here
