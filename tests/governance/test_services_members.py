from datetime import date, timedelta

import pytest

from accounts.models import User
from governance.models import Management, Membership
from governance.services.bodies import end_body
from governance.services.managements import end_management
from governance.services.memberships import add_member, change_member, end_membership
from renovation.models import Neighbourhood
from tests.cast import Cast
from tests.factories import make_owner
from tests.governance.bodies_cast import (
    DAY,
    a_body,
    a_management,
    a_vote,
    acts,
    facts,
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
