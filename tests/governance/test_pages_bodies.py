from typing import Any

import pytest
from django.test import Client

from accounts.choices import Role
from accounts.models import User
from governance.models import Body, Management, Membership
from governance.services.memberships import add_member
from tests.cast import ELSEWHERE, HERE, Cast
from tests.factories import make_neighbourhood, make_owner, make_user
from tests.governance.bodies_cast import DAY, a_body, a_management, in_days, some_members

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(community_worker: User) -> User:
    return community_worker


@pytest.fixture
def official(cast: Cast) -> User:
    return make_user(Role.DISTRICT_OFFICIAL, HERE[:6], username="official")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = "en"
    return client


def read(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def hub(cast: Cast) -> str:
    return f"/neighbourhoods/{cast.home.pk}/governance/"


def test_empty_seats_lead_on_those_who_may_fill_them(cast: Cast, staff: User, official: User) -> None:
    new = f"/neighbourhoods/{cast.home.pk}/bodies/new/owners_committee/"
    party = f"/neighbourhoods/{cast.home.pk}/bodies/new/party_branch/"
    secretary = make_user(Role.PARTY_SECRETARY, HERE, username="secretary")

    assert "None of the three seats is held yet" in read(signed_in(staff), hub(cast))
    assert [link in read(signed_in(staff), hub(cast)) for link in (new, party)] == [True, True]
    assert [link in read(signed_in(secretary), hub(cast)) for link in (new, party)] == [False, True]
    assert [link in read(signed_in(official), hub(cast)) for link in (new, party)] == [False, False]


def test_the_hub_names_who_holds_the_seats_and_who_holds_two(cast: Cast, staff: User, official: User) -> None:
    branch, committee = a_body(cast.home, staff, kind="party_branch"), a_body(cast.home, staff)
    owner = make_owner(neighbourhood=cast.home, name="周敏")
    add_member(body=committee, name="周敏", role="chair", owner=owner, starts_on=DAY, by=staff)
    add_member(body=branch, name="周敏", role="secretary", owner=owner, starts_on=DAY, by=staff)
    add_member(body=branch, name="李党员", role="member", starts_on=DAY, by=staff)
    a_body(cast.home, staff, kind="self_governing_group", name="诸葛军团", purpose="调解")

    kept, seen = read(signed_in(staff), hub(cast)), read(signed_in(official), hub(cast))

    assert "1 of three seats is empty" in kept
    assert "also in " + committee.name in " ".join(kept.split())
    assert [name in kept for name in ("周敏", "李党员", "诸葛军团", "调解")] == [True, True, True, True]
    assert [name in seen for name in ("周敏", "李党员", "诸葛军团")] == [True, False, True]
    assert "1 more member, counted without a name" in seen
    assert "It has 2 members; 3 are needed." in kept


def test_self_management_holds_the_seat_of_the_company(cast: Cast, staff: User) -> None:
    a_management(cast.home, staff)

    page = read(signed_in(staff), hub(cast))

    assert "The residents manage by themselves" in page
    assert "2 of three seats are empty" in page
    assert 'data-held="self"' in page


def test_the_hub_costs_the_same_with_more_bodies(cast: Cast, staff: User, django_assert_num_queries: Any) -> None:
    client = signed_in(staff)
    some_members(a_body(cast.home, staff), staff, 1)
    client.get(hub(cast))
    with django_assert_num_queries(HUB):
        client.get(hub(cast))
    for _number in range(2):
        some_members(a_body(cast.home, staff, kind="self_governing_group"), staff, 3)

    with django_assert_num_queries(HUB):
        client.get(hub(cast))


HUB = 8


def test_strangers_find_no_page_and_readers_send_none(cast: Cast, staff: User, official: User) -> None:
    body = a_body(cast.home, staff)
    member = some_members(body, staff, 1)[0]
    place = f"/neighbourhoods/{cast.home.pk}/"
    pages = ("governance/", "management/", f"bodies/{body.pk}/")
    forms = ("bodies/new/party_group/", f"bodies/{body.pk}/members/{member.pk}/")
    stranger = signed_in(make_user(Role.COMMUNITY_STAFF, ELSEWHERE, username="stranger"))

    for page in (*pages, *forms):
        assert signed_in(staff).get(place + page).status_code == 200
        assert stranger.get(place + page).status_code == 404
    for page in pages:
        assert signed_in(official).get(place + page).status_code == 200
    for page in forms:
        assert signed_in(official).get(place + page).status_code == 403
    for page in (pages[1], pages[2], *forms):
        assert signed_in(official).post(place + page, {"act": "end"}).status_code == 403
    other = f"/neighbourhoods/{cast.next_door.pk}/bodies/{body.pk}/"
    assert signed_in(official).get(other).status_code == 404
    assert signed_in(staff).get(f"{place}bodies/new/choir/").status_code == 404


def test_a_committee_is_written_down_with_its_members_and_its_filing(cast: Cast, staff: User) -> None:
    client = signed_in(staff)
    new = f"/neighbourhoods/{cast.home.pk}/bodies/new/owners_committee/"
    owner = make_owner(neighbourhood=cast.home, name="周敏")
    told = {"name": "业委会", "founded_on": "2026-01-01", "term_starts_on": "2026-01-01"}

    late = client.post(new, {**told, "term_ends_on": "2031-01-02"})
    made = client.post(new, {**told, "term_ends_on": "2031-01-01"})
    body = Body.objects.get()
    url = f"/neighbourhoods/{cast.home.pk}/bodies/{body.pk}/"
    member = {"act": "member", "name": "周敏", "role": "chair", "starts_on": "2026-01-01", "is_owner": "on"}
    taken = client.post(url, member)
    nobody = client.post(url, {**member, "name": "无此人", "role": "member"})
    filed = client.post(url, {"act": "file", "filed_on": "2026-01-20", "filed_with": "学院街道"})

    assert (late.status_code, made.status_code, made["Location"]) == (409, 302, url)
    assert "The term of a committee is 5 years at most." in late.content.decode()
    assert (taken.status_code, nobody.status_code, filed.status_code) == (302, 400, 302)
    assert "No owner of this name is in the register." in nobody.content.decode()
    assert Membership.objects.get().owner == owner
    body.refresh_from_db()
    assert body.filed_with == "学院街道"


def test_a_body_is_renewed_described_and_ended_on_its_page(cast: Cast, staff: User) -> None:
    body, client = a_body(cast.home, staff), signed_in(staff)
    url = f"/neighbourhoods/{cast.home.pk}/bodies/{body.pk}/"

    client.post(url, {"act": "renew", "term_starts_on": "2031-01-01", "term_ends_on": "2036-01-01"})
    client.post(url, {"act": "describe", "name": "第二届业委会"})
    unsaid = client.post(url, {"act": "end", "ended_on": in_days(0).isoformat(), "reason": ""})
    ended = client.post(url, {"act": "end", "ended_on": in_days(0).isoformat(), "reason": "解散"})
    after = client.post(url, {"act": "describe", "name": "x"})

    body.refresh_from_db()
    assert (unsaid.status_code, ended.status_code, after.status_code) == (400, 302, 302)
    assert (body.name, body.term_ends_on.year, body.end_reason) == ("第二届业委会", 2036, "解散")
    assert client.post(url, {"act": "sing"}).status_code == 404
    assert 'data-testid="body-end"' not in read(client, url)


def test_a_member_who_cannot_read_a_phone_does_not_wipe_it(cast: Cast, staff: User) -> None:
    body = a_body(cast.home, staff)
    member = add_member(body=body, name="周敏", role="chair", phone="13812342071", starts_on=DAY, by=staff)
    chair = signed_in(make_user(Role.COMMITTEE_MEMBER, HERE, username="chair"))
    url = f"/neighbourhoods/{cast.home.pk}/bodies/{body.pk}/members/{member.pk}/"

    assert "13812342071" not in read(chair, url)
    assert "138****2071" in read(chair, f"/neighbourhoods/{cast.home.pk}/bodies/{body.pk}/")
    changed = chair.post(url, {"act": "change", "role": "member", "post": "文体", "phone": ""})

    member.refresh_from_db()
    assert (changed.status_code, member.role, member.post, member.phone) == (302, "member", "文体", "13812342071")
    signed_in(staff).post(url, {"act": "change", "role": "member", "post": "", "phone": ""})
    member.refresh_from_db()
    assert member.phone == ""
    left = chair.post(url, {"act": "leave", "ended_on": in_days(0).isoformat(), "reason": "搬走"})
    assert (left.status_code, chair.get(url).status_code) == (302, 404)


def test_who_manages_is_agreed_on_and_ended(cast: Cast, staff: User) -> None:
    company, client = a_body(cast.home, staff, kind="property_company", name="诚信物业"), signed_in(staff)
    url = f"/neighbourhoods/{cast.home.pk}/management/"
    told = {"act": "agree", "mode": "company", "document": "物合1号", "fee_standard": "0.60", "starts_on": "2026-01-01"}

    unnamed = client.post(url, told)
    agreed = client.post(url, {**told, "body": company.pk})
    page = read(client, url)
    management = Management.objects.get()
    end = {"act": "end", "ended_on": in_days(-1).isoformat(), "reason": "另聘"}
    wrong = client.post(url, {**end, "management": "x"})
    ended = client.post(url, {**end, "management": management.pk})

    assert (unnamed.status_code, agreed.status_code) == (409, 302)
    assert "Name the property company that manages." in unnamed.content.decode()
    assert "诚信物业 manages" in page
    assert (wrong.status_code, ended.status_code) == (404, 302)
    assert "Nobody manages yet" in read(client, url)


def test_the_list_says_what_is_missing_where(cast: Cast, staff: User, official: User) -> None:
    a_body(cast.home, staff, kind="party_group", name="嘉明党小组")
    a_body(cast.home, staff, name="嘉明业委会", term_ends_on=in_days(90))
    a_management(cast.home, staff)
    client = signed_in(official)

    page, without = read(client, "/bodies/"), read(client, "/bodies/?wants=committee")
    ending, bogus = read(client, "/bodies/?wants=ending"), read(client, "/bodies/?wants=x")

    assert [name in page for name in ("嘉明花园", "宜港小区", "嘉明党小组", "not filed")] == [True, True, True, True]
    assert [name in without for name in ("嘉明花园", "宜港小区")] == [False, True]
    assert [name in ending for name in ("嘉明花园", "宜港小区")] == [True, False]
    assert [name in bogus for name in ("嘉明花园", "宜港小区")] == [True, True]
    assert 'href="/bodies/"' in read(client, "/neighbourhoods/")
    worker = make_user(Role.GRID_WORKER, f"{HERE}001", username="worker")
    assert 'href="/bodies/"' not in read(signed_in(worker), "/neighbourhoods/")
    assert signed_in(make_user(None, username="nobody")).get("/bodies/").status_code == 403


def test_the_list_costs_the_same_with_more_rows(
    cast: Cast, staff: User, official: User, django_assert_num_queries: Any
) -> None:
    client = signed_in(official)
    some_members(a_body(cast.home, staff), staff, 1)
    client.get("/bodies/")
    with django_assert_num_queries(LIST):
        client.get("/bodies/")
    for _number in range(2):
        place = make_neighbourhood(community_code=HERE)
        some_members(a_body(place, staff), staff, 3)
        a_management(place, staff)

    with django_assert_num_queries(LIST):
        client.get("/bodies/")


LIST = 8
