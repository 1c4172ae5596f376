from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.choices import Role
from accounts.models import User
from governance.models import Body, Membership
from governance.services.bodies import end_body
from governance.services.memberships import add_member
from tests.api.helpers import API, signed_in, system
from tests.cast import ELSEWHERE, GRID, HERE, Cast
from tests.factories import make_neighbourhood, make_owner, make_user
from tests.governance.bodies_cast import DAY, a_body, a_management, a_vote, in_days, some_members

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(community_worker: User) -> User:
    return community_worker


@pytest.fixture
def secretary(cast: Cast) -> User:
    return make_user(Role.PARTY_SECRETARY, HERE, username="secretary")


@pytest.fixture
def official(cast: Cast) -> User:
    return make_user(Role.DISTRICT_OFFICIAL, HERE[:6], username="official")


@pytest.fixture
def stranger(cast: Cast) -> User:
    return make_user(Role.COMMUNITY_STAFF, ELSEWHERE, username="stranger")


def found(client: Any, neighbourhood: Any, kind: str = "self_governing_group", **fields: Any) -> Any:
    told = {"neighbourhood": neighbourhood.pk, "kind": kind, "name": "红管家", "founded_on": "2026-01-01", **fields}
    return client.post(f"{API}/bodies/", told, format="json")


def test_a_committee_is_founded_and_shown_with_what_wants_doing(cast: Cast, staff: User) -> None:
    vote = a_vote(cast.home, staff)
    term = {"term_starts_on": "2026-01-01", "term_ends_on": "2031-01-01", "elected_by": vote.pk}

    answer = found(signed_in(staff), cast.home, "owners_committee", name="第一届业委会", **term)

    body = Body.objects.get()
    assert answer.status_code == 201
    days = (timezone.localdate() - DAY).days - 30
    assert answer.json() == {
        "id": body.pk,
        "neighbourhood": cast.home.pk,
        "kind": "owners_committee",
        "name": "第一届业委会",
        "purpose": "",
        "founded_on": "2026-01-01",
        "document": "",
        "elected_by": vote.pk,
        "filed_on": None,
        "filed_with": "",
        "filing_document": "",
        "term_starts_on": "2026-01-01",
        "term_ends_on": "2031-01-01",
        "contract_document": "",
        "members": 0,
        "concerns": [
            {"code": "no_members", "is_urgent": True, "days": 0, "number": 0, "needed": 0},
            {"code": "filing_late", "is_urgent": True, "days": days, "number": 0, "needed": 0},
        ],
        "ended_on": None,
        "end_reason": "",
        "created_at": answer.json()["created_at"],
        "updated_at": answer.json()["updated_at"],
    }


def test_a_body_is_filed_renewed_described_and_ended(cast: Cast, staff: User) -> None:
    body = a_body(cast.home, staff)
    client, url = signed_in(staff), f"{API}/bodies/{body.pk}/"

    filed = client.post(f"{url}file/", {"filed_on": "2026-01-20", "filed_with": "学院街道"}, format="json")
    renewed = client.post(f"{url}renew/", {"term_starts_on": "2031-01-01", "term_ends_on": "2036-01-01"}, format="json")
    named = client.patch(url, {"name": "第二届业委会"}, format="json")
    ended = client.post(f"{url}end/", {"ended_on": in_days(0).isoformat(), "reason": "解散"}, format="json")

    assert [one.status_code for one in (filed, renewed, named, ended)] == [200, 200, 200, 200]
    assert (filed.json()["filed_with"], renewed.json()["filed_with"]) == ("学院街道", "")
    assert renewed.json()["term_ends_on"] == "2036-01-01"
    assert named.json()["name"] == "第二届业委会"
    assert (ended.json()["end_reason"], ended.json()["concerns"]) == ("解散", [])


def test_a_refusal_has_its_code_and_its_figures(cast: Cast, staff: User) -> None:
    long = {"term_starts_on": "2026-01-01", "term_ends_on": "2031-01-02"}

    answer = found(signed_in(staff), cast.home, "owners_committee", **long)

    assert (answer.status_code, answer.json()["code"], answer.json()["years"]) == (409, "term_too_long", 5)
    assert answer["Content-Type"] == "application/problem+json"


def test_an_old_version_is_not_written_over(cast: Cast, staff: User) -> None:
    body = a_body(cast.home, staff, kind="self_governing_group")
    client, url = signed_in(staff), f"{API}/bodies/{body.pk}/"
    tag = client.get(url)["ETag"]

    first = client.patch(url, {"name": "甲"}, format="json", HTTP_IF_MATCH=tag)
    second = client.patch(url, {"name": "乙"}, format="json", HTTP_IF_MATCH=tag)

    assert (first.status_code, second.status_code) == (200, 412)
    assert client.get(url, HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 304


@pytest.mark.parametrize("path", ["bodies", "memberships"])
def test_the_neighbourhood_is_locked_before_what_lies_in_it(cast: Cast, staff: User, path: str) -> None:
    body = a_body(cast.home, staff)
    row = {"bodies": body, "memberships": some_members(body, staff, 1)[0]}[path]
    change = {"bodies": {"purpose": "议事"}, "memberships": {"post": "召集"}}[path]
    client = signed_in(staff)

    with CaptureQueriesContext(connection) as caught:
        answer = client.patch(f"{API}/{path}/{row.pk}/", change, format="json")

    locks = [query["sql"] for query in caught.captured_queries if "FOR UPDATE" in query["sql"]]
    assert answer.status_code == 200
    assert 'FROM "renovation_neighbourhood"' in locks[0]


def test_a_vote_that_a_court_rescinds_changes_the_tag_of_the_body(cast: Cast, staff: User) -> None:
    vote = a_vote(cast.home, staff)
    body = a_body(cast.home, staff, elected_by=vote)
    client, url = signed_in(staff), f"{API}/bodies/{body.pk}/"
    before = client.get(url)

    vote.rescinded_at = timezone.now()
    vote.save(update_fields=["rescinded_at"])
    after = client.get(url, HTTP_IF_NONE_MATCH=before["ETag"])

    assert after.status_code == 200
    codes = [[concern["code"] for concern in answer.json()["concerns"]] for answer in (before, after)]
    assert codes[1] == ["vote_fell", *codes[0]]


def test_a_new_member_changes_the_tag_of_the_body(cast: Cast, staff: User) -> None:
    body = a_body(cast.home, staff)
    client, url = signed_in(staff), f"{API}/bodies/{body.pk}/"
    tag = client.get(url)["ETag"]

    some_members(body, staff, 1)

    again = client.get(url, HTTP_IF_NONE_MATCH=tag)
    assert (again.status_code, again.json()["members"]) == (200, 1)


def test_strangers_find_nothing_and_readers_write_nothing(
    cast: Cast, staff: User, stranger: User, official: User
) -> None:
    body = a_body(cast.home, staff)
    member = some_members(body, staff, 1)[0]
    management = a_management(cast.home, staff)
    for path in (f"bodies/{body.pk}/", f"memberships/{member.pk}/", f"managements/{management.pk}/"):
        assert signed_in(staff).get(f"{API}/{path}").status_code == 200
        assert signed_in(stranger).get(f"{API}/{path}").status_code == 404
        assert signed_in(official).get(f"{API}/{path}").status_code == 200
        assert signed_in(None).get(f"{API}/{path}").status_code == 401
        end = {"ended_on": "2026-01-02", "ends_on": "2026-01-02", "reason": "x"}
        assert signed_in(official).post(f"{API}/{path}end/", end, format="json").status_code == 403
        assert signed_in(stranger).post(f"{API}/{path}end/", end, format="json").status_code == 404
    assert found(signed_in(official), cast.home).status_code == 403
    assert found(signed_in(stranger), cast.home).status_code == 400


def test_a_secretary_keeps_the_partys_bodies_and_a_committee_all_the_others(
    cast: Cast, staff: User, secretary: User
) -> None:
    chair = make_user(Role.COMMITTEE_MEMBER, HERE, username="chair")

    assert found(signed_in(secretary), cast.home, "party_branch", name="党支部").status_code == 201
    assert found(signed_in(secretary), cast.home).status_code == 403
    assert found(signed_in(chair), cast.home).status_code == 201
    assert found(signed_in(chair), cast.home, "party_group", name="党小组").status_code == 403

    branch = Body.objects.get(kind="party_branch")
    member = {"body": branch.pk, "name": "周敏", "role": "secretary", "starts_on": "2026-01-01"}
    assert signed_in(chair).post(f"{API}/memberships/", member, format="json").status_code == 403
    assert signed_in(secretary).post(f"{API}/memberships/", member, format="json").status_code == 201
    end = {"ended_on": in_days(0).isoformat(), "reason": "x"}
    assert signed_in(chair).post(f"{API}/bodies/{branch.pk}/end/", end, format="json").status_code == 403


def test_a_system_with_the_scope_of_governance_founds_a_body(cast: Cast) -> None:
    assert found(system("governance:write"), cast.home).status_code == 201
    assert found(system("governance:read"), cast.home, name="诸葛军团").status_code == 403
    assert system("registry:read").get(f"{API}/bodies/").status_code == 403


def test_plain_members_of_a_branch_are_for_who_keeps_party_members(
    cast: Cast, staff: User, secretary: User, official: User, grid_worker: User
) -> None:
    branch = a_body(cast.home, staff, kind="party_branch")
    some_members(branch, staff, 3)
    group = a_body(cast.home, staff, kind="self_governing_group")
    some_members(group, staff, 2)

    def seen(user: User) -> list[str]:
        rows = signed_in(user).get(f"{API}/memberships/?neighbourhood={cast.home.pk}").json()["results"]
        return [f"{row['body'] == branch.pk and 'party'}:{row['role']}" for row in rows]

    whole = ["party:secretary", "party:member", "party:member", "False:chair", "False:member"]
    assert seen(staff) == seen(secretary) == whole
    assert seen(official) == seen(grid_worker) == ["party:secretary", "False:chair", "False:member"]
    assert signed_in(official).get(f"{API}/bodies/{branch.pk}/").json()["members"] == 3
    assert seen(make_user(Role.ADMIN, HERE, username="administrator", is_staff=True)) == []


def test_phones_are_masked_for_who_does_not_read_personal_fields(
    cast: Cast, staff: User, secretary: User, official: User, grid_worker: User
) -> None:
    branch, committee = a_body(cast.home, staff, kind="party_branch"), a_body(cast.home, staff)
    for body, role in ((branch, "secretary"), (committee, "chair")):
        add_member(body=body, name="周敏", role=role, phone="13812342071", starts_on=DAY, by=staff)
    full, masked = "13812342071", "138****2071"

    def phones(user: User) -> list[str]:
        rows = signed_in(user).get(f"{API}/memberships/").json()["results"]
        return [row["phone"] for row in rows]

    assert phones(staff) == phones(grid_worker) == [full, full]
    assert phones(secretary) == [full, masked]
    assert phones(official) == [masked, masked]


def test_a_member_is_taken_in_changed_and_leaves(cast: Cast, staff: User) -> None:
    body, owner = a_body(cast.home, staff), make_owner(neighbourhood=cast.home)
    client = signed_in(staff)
    told = {"body": body.pk, "name": "周敏", "role": "member", "owner": owner.pk, "starts_on": "2026-01-01"}

    made = client.post(f"{API}/memberships/", told, format="json")
    url = f"{API}/memberships/{made.json()['id']}/"
    changed = client.patch(url, {"role": "chair", "post": "主任"}, format="json")
    left = client.post(f"{url}end/", {"ends_on": "2026-02-01", "reason": "搬走"}, format="json")

    assert (made.status_code, changed.status_code, left.status_code) == (201, 200, 200)
    assert left.json() == {
        "id": made.json()["id"],
        "body": body.pk,
        "neighbourhood": cast.home.pk,
        "name": "周敏",
        "role": "chair",
        "post": "主任",
        "owner": owner.pk,
        "phone": "",
        "starts_on": "2026-01-01",
        "ends_on": "2026-02-01",
        "end_reason": "搬走",
        "created_at": made.json()["created_at"],
        "updated_at": left.json()["updated_at"],
    }
    again = client.post(f"{url}end/", {"ends_on": "2026-02-01", "reason": "x"}, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "membership_ended")


def test_management_is_agreed_on_once_for_one_key(cast: Cast, staff: User) -> None:
    company = a_body(cast.home, staff, kind="property_company")
    client = signed_in(staff)
    told = {
        "neighbourhood": cast.home.pk,
        "mode": "company",
        "body": company.pk,
        "document": "物合1号",
        "fee_standard": "0.60 元",
        "starts_on": "2026-01-01",
    }

    first = client.post(f"{API}/managements/", told, format="json", HTTP_IDEMPOTENCY_KEY="a")
    again = client.post(f"{API}/managements/", told, format="json", HTTP_IDEMPOTENCY_KEY="a")
    other = client.post(f"{API}/managements/", told, format="json")
    ended = client.post(
        f"{API}/managements/{first.json()['id']}/end/", {"ends_on": "2026-06-30", "reason": "x"}, format="json"
    )

    assert (first.status_code, again.json(), again["Idempotent-Replayed"]) == (201, first.json(), "true")
    assert (other.status_code, other.json()["code"]) == (409, "managed_already")
    assert (ended.json()["ends_on"], ended.json()["vote"], ended.json()["mode"]) == ("2026-06-30", None, "company")


def test_lists_are_narrowed(cast: Cast, staff: User) -> None:
    committee = a_body(cast.home, staff)
    company = a_body(cast.home, staff, kind="property_company", term_ends_on=in_days(30))
    ended = a_body(cast.home, staff, kind="self_governing_group")
    end_body(body=ended, ended_on=in_days(0), reason="x", by=staff)
    client = signed_in(staff)

    def ids(query: str) -> list[int]:
        return [row["id"] for row in client.get(f"{API}/bodies/?{query}").json()["results"]]

    assert ids("kind=property_company") == [company.pk]
    assert ids("standing=true") == [committee.pk, company.pk]
    assert ids("standing=false") == [ended.pk]
    assert ids("filed=false") == [committee.pk]
    assert ids("filed=true") == []
    assert ids(f"ending_by={in_days(30)}") == [company.pk]
    assert ids(f"ending_by={in_days(29)}") == []
    assert ids(f"neighbourhood={cast.next_door.pk}") == []
    assert ids("ordering=-founded_on") == [ended.pk, company.pk, committee.pk]
    assert client.get(f"{API}/bodies/?sort=name").status_code == 400


def test_memberships_and_managements_are_narrowed(cast: Cast, staff: User) -> None:
    body = a_body(cast.home, staff)
    members = some_members(body, staff, 3)
    Membership.objects.filter(pk=members[2].pk).update(ends_on=DAY, end_reason="x")
    past = a_management(cast.home, staff, ends_on=DAY + timedelta(days=9))
    later = a_management(cast.home, staff, starts_on=in_days(30))
    client = signed_in(staff)

    def ids(path: str) -> list[int]:
        return [row["id"] for row in client.get(f"{API}/{path}").json()["results"]]

    assert ids("memberships/?current=true&role=member") == [members[1].pk]
    assert ids(f"memberships/?current=false&body={body.pk}") == [members[2].pk]
    assert ids(f"managements/?on={DAY + timedelta(days=9)}") == [past.pk]
    assert ids(f"managements/?on={DAY + timedelta(days=10)}") == []
    assert ids("managements/?mode=self_management&ordering=-starts_on") == [later.pk, past.pk]


def test_what_is_wanting_where(cast: Cast, staff: User, official: User) -> None:
    a_body(cast.home, staff, kind="party_group")
    a_body(cast.home, staff, term_ends_on=in_days(90))
    a_management(cast.home, staff)
    client = signed_in(official)

    def wants(query: str = "") -> dict[str, list[str]]:
        rows = client.get(f"{API}/bodies/seats/?{query}").json()["results"]
        return {row["name"]: row["wants"] for row in rows}

    assert wants() == {"嘉明花园": ["filing", "ending"], "宜港小区": ["party", "committee", "manager"]}
    assert set(wants("wants=manager")) == {"宜港小区"}
    assert set(wants("wants=ending")) == {"嘉明花园"}
    assert wants(f"division={ELSEWHERE}") == {}
    assert client.get(f"{API}/bodies/seats/?wants=money").status_code == 400
    assert set(wants(f"ordering=-code&division={HERE}")) == {"嘉明花园"}


def test_a_management_ends_within_90_days_until_another_one_follows(cast: Cast, staff: User, official: User) -> None:
    client = signed_in(official)

    def ending() -> list[str]:
        return [row["name"] for row in client.get(f"{API}/bodies/seats/?wants=ending").json()["results"]]

    a_management(cast.home, staff, ends_on=in_days(90))
    a_management(cast.next_door, staff, ends_on=in_days(91))
    page = client.get("/bodies/").content.decode()
    assert ending() == ["嘉明花园"]
    assert page.count('class="ends"') == 1

    a_management(cast.home, staff, starts_on=in_days(91))

    assert ending() == []
    assert 'class="ends"' not in client.get("/bodies/").content.decode()


@pytest.mark.parametrize("path", ["bodies/", "memberships/", "managements/", "bodies/seats/"])
def test_lists_cost_the_same_with_more_rows(
    cast: Cast, staff: User, official: User, path: str, django_assert_num_queries: Any
) -> None:
    client = signed_in(official)

    def fill(neighbourhood: Any) -> None:
        body = a_body(neighbourhood, staff, elected_by=a_vote(neighbourhood, staff))
        some_members(body, staff, 1)
        a_management(neighbourhood, staff, body=body)

    fill(cast.home)
    client.get(f"{API}/{path}")
    with django_assert_num_queries(COST):
        few = client.get(f"{API}/{path}").json()["results"]
    fill(cast.next_door)
    fill(make_neighbourhood(community_code=HERE))
    with django_assert_num_queries(COST):
        more = client.get(f"{API}/{path}").json()["results"]

    assert len(more) == (3 if path == "bodies/seats/" else 3 * len(few))


COST = 5


def test_a_grid_worker_reads_the_bodies_of_the_grids_neighbourhood(cast: Cast, staff: User) -> None:
    a_body(cast.home, staff)
    a_body(cast.next_door, staff)
    worker = make_user(Role.GRID_WORKER, GRID, username="reader")

    rows = signed_in(worker).get(f"{API}/bodies/").json()["results"]

    assert [row["neighbourhood"] for row in rows] == [cast.home.pk]
