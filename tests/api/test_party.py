"""Party members, areas, reports and points over HTTP: names for whoever keeps them, totals for all others."""

from datetime import date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.choices import Role
from accounts.models import Change
from accounts.services.changes import number_changes
from governance.models import Body, MemberReport, PartyMember, ResponsibilityArea, ServiceRecord
from governance.services.party import end_member, give_area
from governance.services.points import approve_service
from tests.api.helpers import API, signed_in, system
from tests.cast import ELSEWHERE, HERE
from tests.factories import make_user
from tests.governance.party_cast import DAY, a_member, a_rule, a_service, deputy_secretary, to_come

__all__ = ["deputy_secretary"]

pytestmark = pytest.mark.django_db


def member_body(neighbourhood: Any, **fields: Any) -> dict[str, Any]:
    told = {"name": "钟爱国", "check_in": "unit", "work_unit": "市一中", "checked_in_on": "2026-03-01"}
    return {"neighbourhood": neighbourhood.pk, **told, **fields}


def plain(body: dict[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in body if name not in ("id", "created_at", "updated_at")}


# --- Members ---------------------------------------------------------------------------------------


def test_a_member_is_checked_in_and_read(cast, community_worker):
    branch = Body.objects.create(
        neighbourhood=cast.home, kind="party_branch", name="嘉明花园党支部", founded_on=date(2025, 1, 1)
    )
    client = signed_in(community_worker)

    made = client.post(
        f"{API}/party-members/", member_body(cast.home, body=branch.pk, phone="13812342071"), format="json"
    )

    assert made.status_code == 201
    body = made.json()
    assert plain(body) == {
        "neighbourhood": cast.home.pk,
        "name": "钟爱国",
        "work_unit": "市一中",
        "check_in": "unit",
        "checked_in_on": "2026-03-01",
        "body": branch.pk,
        "phone": "13812342071",
        "user": None,
        "ended_on": None,
    }
    assert client.get(f"{API}/party-members/{body['id']}/").json() == body
    assert client.get(f"{API}/party-members/?search=市一中&serving=true").json()["results"] == [body]


def test_it_is_changed_by_version_and_ended(cast, party_secretary):
    client = signed_in(party_secretary)
    made = client.post(f"{API}/party-members/", member_body(cast.home), format="json")
    url = f"{API}/party-members/{made.json()['id']}/"

    changed = client.patch(url, {"phone": "13900002222"}, format="json", HTTP_IF_MATCH=made["ETag"])
    late = client.patch(url, {"phone": "1"}, format="json", HTTP_IF_MATCH=made["ETag"])
    ended = client.post(f"{url}end/", {"ended_on": "2026-05-01"}, format="json")
    again = client.post(f"{url}end/", {"ended_on": "2026-05-02"}, format="json")

    assert (changed.status_code, changed.json()["phone"]) == (200, "13900002222")
    assert late.status_code == 412
    assert (ended.status_code, ended.json()["ended_on"]) == (200, "2026-05-01")
    assert client.get(f"{API}/party-members/?serving=true").json()["results"] == []
    assert client.get(f"{API}/party-members/?serving=false").json()["results"] == [ended.json()]
    today = timezone.localdate()
    last_day = end_member(member=a_member(cast.home, party_secretary), ended_on=today, by=party_secretary)
    serving = client.get(f"{API}/party-members/?serving=true").json()["results"]
    assert [row["id"] for row in serving] == [last_day.pk]
    assert (again.status_code, again.json()["code"]) == (409, "member_ended")


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"work_unit": ""}, 409, "work_unit_needed"),
        ({"check_in": "letter"}, 400, "invalid"),
        ({"user": 1}, 400, "invalid"),
    ],
)
def test_what_is_no_check_in(cast, community_worker, fields, status, code):
    answer = signed_in(community_worker).post(f"{API}/party-members/", member_body(cast.home, **fields), format="json")

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert PartyMember.objects.count() == 0


def test_a_day_to_come_is_refused(cast, community_worker):
    sent = member_body(cast.home, checked_in_on=to_come().isoformat())

    answer = signed_in(community_worker).post(f"{API}/party-members/", sent, format="json")

    assert (answer.status_code, answer.json()["code"]) == (409, "day_in_future")


def test_the_account_is_one_that_decides_on_service_here(cast, community_worker, party_secretary):
    client = signed_in(community_worker)
    sent = member_body(cast.home, user=party_secretary.pk)

    made = client.post(f"{API}/party-members/", sent, format="json")
    elsewhere = client.post(
        f"{API}/party-members/", {**sent, "neighbourhood": cast.home.pk, "user": 10**9}, format="json"
    )

    assert (made.status_code, made.json()["user"]) == (201, party_secretary.pk)
    assert (elsewhere.status_code, elsewhere.json()["errors"][0]["pointer"]) == (400, "/user")


@pytest.mark.parametrize("role", [Role.CITY_OFFICIAL, Role.DISTRICT_OFFICIAL, Role.AUDITOR])
def test_who_reads_totals_finds_no_name_anywhere(cast, community_worker, party_secretary, deputy_secretary, role):
    member = a_member(cast.home, community_worker)
    give_area(
        member=member,
        building=cast.doors[0].building,
        duty="联系住户",
        starts_on=DAY,
        shown_with_consent_on=DAY,
        by=community_worker,
    )
    approve_service(record=a_service(member, party_secretary), by=deputy_secretary)
    number_changes()
    assert Change.objects.filter(resource__in=("party-members", "responsibility-areas", "service-records")).count() == 4
    reader = signed_in(make_user(role, HERE[:4] if role == Role.CITY_OFFICIAL else HERE[:6], username="reader"))

    for path in ("party-members", "responsibility-areas", "member-reports", "service-records"):
        assert reader.get(f"{API}/{path}/").json()["results"] == [], path
    for path, row in (
        ("party-members", member),
        ("responsibility-areas", ResponsibilityArea.objects.get()),
        ("service-records", ServiceRecord.objects.get()),
    ):
        assert reader.get(f"{API}/{path}/{row.pk}/").status_code == 404, path
    told = {change["resource"] for change in reader.get(f"{API}/changes/?page_size=200").json()["results"]}
    assert told & {"party-members", "responsibility-areas", "service-records", "member-reports"} == set()
    history = reader.get(f"/neighbourhoods/{cast.home.pk}/history/")
    for page in (history, reader.get(f"/neighbourhoods/{cast.home.pk}/party/")):
        assert page.status_code == 200
        assert "钟爱国" not in page.content.decode()
        assert "市一中" not in page.content.decode()


@pytest.mark.parametrize("role", [Role.GRID_WORKER, Role.COMMITTEE_MEMBER, Role.PROPERTY_CLERK, Role.ADMIN])
def test_others_read_not_even_totals(cast, community_worker, role):
    a_member(cast.home, community_worker)
    place = {Role.GRID_WORKER: f"{HERE}001", Role.ADMIN: HERE[:4]}.get(role, cast.home.code)
    reader = signed_in(make_user(role, place, username="reader"))

    assert reader.get(f"{API}/party-members/").json()["results"] == []
    assert reader.get(f"{API}/party-totals/").json()["results"] == []
    assert reader.get(f"/neighbourhoods/{cast.home.pk}/party/").status_code == 404


def test_404_where_nothing_is_seen_and_403_where_nothing_is_written(cast, community_worker, district_official):
    member = a_member(cast.home, community_worker)
    stranger = signed_in(make_user(Role.COMMUNITY_STAFF, ELSEWHERE, username="stranger"))
    reader = system("governance:read", territory=HERE)
    url = f"{API}/party-members/{member.pk}/"

    assert stranger.patch(url, {"phone": "1"}, format="json").status_code == 404
    assert reader.get(url).json()["phone"] == "138****2071"
    assert reader.patch(url, {"phone": "1"}, format="json").status_code == 403
    assert signed_in(district_official).patch(url, {"phone": "1"}, format="json").status_code == 404
    made = signed_in(district_official).post(f"{API}/party-members/", member_body(cast.home), format="json")
    assert made.status_code == 403


# --- Totals ----------------------------------------------------------------------------------------


def test_totals_hide_what_is_made_of_few(cast, community_worker, party_secretary, deputy_secretary, district_official):
    a_rule()
    members = [a_member(cast.home, community_worker, name=f"党员{n}") for n in range(5)]
    a_member(cast.next_door, make_user(Role.COMMUNITY_STAFF, cast.next_door.community_code, username="there"))
    approve_service(record=a_service(members[0], party_secretary), by=deputy_secretary)
    reader = signed_in(district_official)

    rows = {row["neighbourhood"]: row for row in reader.get(f"{API}/party-totals/").json()["results"]}

    assert rows[cast.home.pk] == {
        "neighbourhood": cast.home.pk,
        "members": 5,
        "buildings": 2,
        "covered_buildings": 0,
        "by_unit": 5,
        "by_residence": 0,
        "reported": 0,
        "reports_due": 5,
        "services": 1,
        "points": 5,
    }
    assert {name: value for name, value in rows[cast.next_door.pk].items() if value is None} == dict.fromkeys(
        ("by_unit", "by_residence", "reported", "reports_due", "services", "points")
    )
    one = reader.get(f"{API}/party-totals/?neighbourhood={cast.home.pk}").json()["results"]
    assert one == [rows[cast.home.pk]]


def test_the_community_reads_no_points_in_totals(cast, community_worker):
    for n in range(5):
        a_member(cast.home, community_worker, name=f"党员{n}")

    row = signed_in(community_worker).get(f"{API}/party-totals/").json()["results"][0]

    assert (row["members"], row["services"], row["points"]) == (5, None, None)


# --- Areas and reports -----------------------------------------------------------------------------


def test_an_area_is_given_shown_and_ended(cast, community_worker):
    member = a_member(cast.home, community_worker)
    client = signed_in(community_worker)
    sent = {
        "member": member.pk,
        "building": cast.doors[0].building_id,
        "stairwell": cast.doors[0].stairwell_id,
        "duty": "联系住户",
        "starts_on": "2026-03-01",
    }

    made = client.post(f"{API}/responsibility-areas/", sent, format="json")
    url = f"{API}/responsibility-areas/{made.json()['id']}/"
    shown = client.post(f"{url}show/", {"consents_on": "2026-03-02"}, format="json")
    hidden = client.post(f"{url}show/", {"consents_on": None}, format="json")
    ended = client.post(f"{url}end/", {"ends_on": "2026-04-01"}, format="json")

    assert made.status_code == 201
    assert plain(made.json()) == {**sent, "shown_with_consent_on": None, "ends_on": None}
    assert (shown.json()["shown_with_consent_on"], hidden.json()["shown_with_consent_on"]) == ("2026-03-02", None)
    assert ended.json()["ends_on"] == "2026-04-01"
    assert client.post(f"{url}end/", {"ends_on": "2026-04-01"}, format="json").json()["code"] == "area_ended"
    assert client.get(f"{API}/responsibility-areas/?ended=false").json()["results"] == []


def test_a_client_gives_an_area_with_the_scope_of_governance_alone(cast, community_worker):
    door, member = cast.doors[0], a_member(cast.home, community_worker)
    area = {"member": member.pk, "building": door.building_id, "stairwell": door.stairwell_id, "duty": "联系住户"}

    answer = system("governance:write").post(
        f"{API}/responsibility-areas/", {**area, "starts_on": DAY.isoformat()}, format="json"
    )

    assert answer.status_code == 201


def test_an_area_of_a_member_that_is_not_seen_is_not_given(cast, community_worker):
    there = make_user(Role.COMMUNITY_STAFF, cast.next_door.community_code, username="there")
    member = a_member(cast.home, community_worker)
    sent = {"member": member.pk, "building": cast.doors[0].building_id, "duty": "x", "starts_on": "2026-03-01"}

    answer = signed_in(there).post(f"{API}/responsibility-areas/", sent, format="json")

    assert answer.status_code == 400
    assert {error["pointer"] for error in answer.json()["errors"]} == {"/member", "/building"}


def test_reports_are_handed_in_and_kept(cast, community_worker):
    member = a_member(cast.home, community_worker)
    client = signed_in(community_worker)
    sent = {"neighbourhood": cast.home.pk, "period": "2026-H1", "reported_on": "2026-07-03", "text": "参加巡逻六次"}

    made = client.post(f"{API}/member-reports/", {**sent, "member": member.pk}, format="json")
    nobodys = client.post(f"{API}/member-reports/", sent, format="json")

    assert made.status_code == 201
    assert made.json()["by"] == community_worker.pk
    assert datetime.fromisoformat(made.json()["created_at"]) == MemberReport.objects.get().at
    assert (nobodys.status_code, nobodys.json()["code"]) == (409, "work_unit_needed")
    assert client.get(f"{API}/member-reports/?period=2026-H1").json()["results"] == [made.json()]
    assert client.delete(f"{API}/member-reports/{made.json()['id']}/").status_code == 405


# --- Points ----------------------------------------------------------------------------------------


def test_service_is_proposed_approved_by_another_and_taken_back(
    cast, community_worker, party_secretary, deputy_secretary
):
    rule, member = a_rule(), a_member(cast.home, community_worker)
    proposer, judge = signed_in(party_secretary), signed_in(deputy_secretary)
    sent = {"member": member.pk, "rule": rule.pk, "done_on": "2026-04-01", "text": "夜间巡逻"}

    made = proposer.post(f"{API}/service-records/", sent, format="json")
    url = f"{API}/service-records/{made.json()['id']}/"
    own = proposer.post(f"{url}approve/", {}, format="json")
    approved = judge.post(f"{url}approve/", {"note": "属实"}, format="json", HTTP_IF_MATCH=made["ETag"])
    reversed_ = judge.post(f"{url}reverse/", {"reason": "重复"}, format="json", HTTP_IF_MATCH=approved["ETag"])
    again = judge.post(f"{url}reverse/", {"reason": "重复"}, format="json")

    assert made.status_code == 201
    assert (made.json()["state"], made.json()["points"], made.json()["points_earned"]) == ("proposed", 5, 0)
    assert (own.status_code, own.json()["code"]) == (409, "second_person_needed")
    assert (approved.json()["state"], approved.json()["points_earned"]) == ("approved", 5)
    assert approved.json()["decided_by"] == deputy_secretary.pk
    assert [entry["points"] for entry in reversed_.json()["entries"]] == [5, -5]
    assert reversed_.json()["points_earned"] == 0
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_reverse")
    assert signed_in(community_worker).get(url).status_code == 404
    assert signed_in(community_worker).post(f"{API}/service-records/", sent, format="json").status_code == 403


def test_service_is_rejected_with_a_reason(cast, community_worker, party_secretary, deputy_secretary):
    record = a_service(a_member(cast.home, community_worker), party_secretary)
    judge, url = signed_in(deputy_secretary), f"{API}/service-records/{record.pk}/"

    assert judge.post(f"{url}reject/", {}, format="json").status_code == 400
    assert judge.post(f"{url}reject/", {"reason": "重复"}, format="json").json()["state"] == "rejected"
    assert judge.post(f"{url}approve/", {}, format="json").json()["code"] == "service_decided"
    assert judge.get(f"{API}/service-records/?state=rejected").json()["results"][0]["decision"] == "重复"


def test_rules_are_read_where_they_bind_and_written_nowhere_here(cast, party_secretary, community_worker):
    rule = a_rule()
    a_rule("420503")
    client = signed_in(party_secretary)

    rows = client.get(f"{API}/point-rules/").json()["results"]

    assert [plain(row) for row in rows] == [
        {
            "division": "420502",
            "code": "patrol",
            "name": "义务巡逻",
            "points": 5,
            "document": "积分办法",
            "valid_from": "2026-01-01",
            "valid_to": None,
        }
    ]
    assert client.get(f"{API}/point-rules/{rule.pk}/").json() == rows[0]
    assert client.post(f"{API}/point-rules/", {}, format="json").status_code == 405
    assert signed_in(community_worker).get(f"{API}/point-rules/").json()["results"] == []


@pytest.mark.parametrize("path", ["party-members", "responsibility-areas", "service-records", "party-totals"])
def test_lists_cost_the_same_for_one_and_for_three(
    cast, community_worker, party_secretary, deputy_secretary, path, django_assert_num_queries
):
    def add(name: str) -> None:
        member = a_member(cast.home, community_worker, name=name)
        give_area(member=member, building=cast.doors[0].building, duty="x", starts_on=DAY, by=community_worker)
        approve_service(record=a_service(member, party_secretary), by=deputy_secretary)

    client = signed_in(party_secretary)
    add("甲")
    client.get(f"{API}/{path}/")
    with CaptureQueriesContext(connection) as one:
        client.get(f"{API}/{path}/")
    add("乙")
    add("丙")

    with django_assert_num_queries(len(one)):
        rows = client.get(f"{API}/{path}/").json()["results"]
    assert len(rows) == (1 if path == "party-totals" else 3)
