"""Workshops, who came, decisions, tasks and announcements over HTTP."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.choices import Role
from accounts.models import User
from consent.models import Announcement, Workshop
from consent.services.announcements import announce
from consent.services.workshops import add_attendances, add_decision, cancel_workshop, settle_task
from tests.api.helpers import API, signed_in, system
from tests.consent.notice_casts import a_photo, passed_survey, posted
from tests.consent.workshop_casts import PLAN, days, held, planned, task_of, today
from tests.factories import COMMUNITY, make_household, make_neighbourhood, make_user

pytestmark = pytest.mark.django_db

ELSEWHERE = "420503001001"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def of(workshop: Workshop, tail: str = "") -> str:
    return f"{API}/workshops/{workshop.pk}/{tail}"


def errors(answer) -> set[tuple[str, str]]:
    return {(one["pointer"], one["code"]) for one in answer.json()["errors"]}


# --- Workshops -------------------------------------------------------------------------------------


def test_one_is_planned_and_read_back():
    neighbourhood = make_neighbourhood()
    client = signed_in(make_user())
    body = {"neighbourhood": neighbourhood.pk, "kind": "workshop", "held_on": today().isoformat(), **PLAN}

    made = client.post(f"{API}/workshops/", body, format="json")

    assert made.status_code == 201, made.content
    found = made.json()
    assert found == {
        "id": found["id"],
        **body,
        "state": "planned",
        "summary": "",
        "attendances": 0,
        "households": 0,
        "decisions": 0,
        "open_tasks": 0,
        "announcements": 0,
        "created_at": found["created_at"],
        "updated_at": found["updated_at"],
    }
    address = f"{API}/workshops/{found['id']}/"
    read = client.get(address)
    assert read.json() == found
    assert client.get(address, HTTP_IF_NONE_MATCH=read["ETag"]).status_code == 304


def test_held_in_one_go_its_counts_are_told_and_the_tag_moves_with_them():
    workshop, by = planned()
    home = make_household(neighbourhood=workshop.neighbourhood)
    client = signed_in(by)
    before = client.get(of(workshop))["ETag"]
    body = {
        "summary": "议了停车。",
        "attendances": [
            {"name": "李芳", "role": "resident", "household": home.pk},
            {"name": "李强", "role": "resident", "household": home.pk},
            {"name": "赵工", "role": "designer"},
        ],
        "decisions": [{"text": "抽签", "outcome": "agreed", "votes_for": 2, "votes_against": 1}],
    }

    answer = client.post(of(workshop, "hold/"), body, format="json", HTTP_IF_MATCH=before)

    assert answer.status_code == 200, answer.content
    found = answer.json()
    assert (found["state"], found["attendances"], found["households"], found["decisions"]) == ("held", 3, 1, 1)
    task = task_of(workshop, by)
    with_task = client.get(of(workshop))
    assert (with_task.json()["open_tasks"], with_task["ETag"] != answer["ETag"]) == (1, True)
    settle_task(task=task, state="done", by=by)
    assert client.get(of(workshop)).json()["open_tasks"] == 0
    stale = client.patch(of(workshop), {"summary": "x"}, format="json", HTTP_IF_MATCH=before)
    assert stale.status_code == 412


def test_the_plan_changes_until_it_is_held_and_then_the_summary():
    workshop, by = planned()
    client = signed_in(by)

    changed = client.patch(of(workshop), {"place": "活动室"}, format="json")
    early = client.patch(of(workshop), {"summary": "x"}, format="json")
    client.post(of(workshop, "hold/"), {"summary": "x"}, format="json")
    late = client.patch(of(workshop), {"place": "别处"}, format="json")
    summed = client.patch(of(workshop), {"summary": "y"}, format="json")

    assert (changed.status_code, changed.json()["place"]) == (200, "活动室")
    assert (early.status_code, early.json()["code"]) == (409, "workshop_not_held")
    assert (late.status_code, late.json()["code"]) == (409, "workshop_not_planned")
    assert (summed.status_code, summed.json()["summary"]) == (200, "y")


def test_a_cancelled_one_keeps_the_reason_and_is_not_held():
    workshop, by = planned()
    client = signed_in(by)

    cancelled = client.post(of(workshop, "cancel/"), {"reason": "暴雨"}, format="json")
    held_after = client.post(of(workshop, "hold/"), {"summary": "x"}, format="json")

    assert (cancelled.json()["state"], cancelled.json()["summary"]) == ("cancelled", "暴雨")
    assert (held_after.status_code, held_after.json()["code"]) == (409, "workshop_not_planned")


def test_refusals_of_holding_say_why():
    workshop, by = planned()
    client = signed_in(by)
    stranger = make_household(neighbourhood=make_neighbourhood())
    tomorrow = (today() + days(30)).isoformat()
    twice = [{"name": "李芳", "role": "other"}] * 2
    tie = [{"text": "x", "outcome": "agreed", "votes_for": 1, "votes_against": 1}]
    abroad = [{"name": "李芳", "role": "resident", "household": stranger.pk}]

    codes = [
        client.post(of(workshop, "hold/"), {"summary": "x", **fields}, format="json").json()["code"]
        for fields in ({"held_on": tomorrow}, {"attendances": twice}, {"decisions": tie}, {"attendances": abroad})
    ]

    assert codes == ["day_in_future", "already_attending", "hands_disagree", "other_neighbourhood"]
    workshop.refresh_from_db()
    assert (workshop.state, workshop.attendances.count()) == ("planned", 0)


def test_more_than_five_hundred_at_once_are_too_many():
    workshop, by = planned()
    many = [{"name": f"业主{number}", "role": "resident"} for number in range(501)]
    client = signed_in(by)

    refused = client.post(of(workshop, "hold/"), {"summary": "x", "attendances": many}, format="json")
    taken = client.post(of(workshop, "hold/"), {"summary": "x", "attendances": many[1:]}, format="json")

    assert (refused.status_code, errors(refused)) == (400, {("/attendances", "max_length")})
    assert (taken.status_code, taken.json()["attendances"]) == (200, 500)


def test_what_is_not_a_workshop_is_said_at_its_place():
    client = signed_in(make_user())
    make_neighbourhood()

    refused = client.post(f"{API}/workshops/", {"kind": "party", "neighbourhood": 10**9}, format="json")

    assert refused.status_code == 400
    assert errors(refused) >= {
        ("/kind", "invalid_choice"),
        ("/neighbourhood", "does_not_exist"),
        ("/title", "required"),
        ("/agenda", "required"),
    }


def test_lists_are_filtered_and_ordered():
    first, by = held(title="甲")
    second, _by = planned(first.neighbourhood, by, title="乙", held_on=today() - days(1))
    planned(make_neighbourhood(community_code=ELSEWHERE), None, title="丙")
    client = signed_in(by)

    def found(query: str) -> list[int]:
        answer = client.get(f"{API}/workshops/{query}")
        assert answer.status_code == 200, answer.content
        return [row["id"] for row in answer.json()["results"]]

    assert found("") == [first.pk, second.pk]
    assert found("?ordering=-held_on") == [second.pk, first.pk]
    assert found("?state=held") == [first.pk]
    assert found("?overdue=true") == [second.pk]
    assert found("?kind=party_meeting") == []
    assert found("?search=乙") == [second.pk]
    assert found(f"?neighbourhood={first.neighbourhood_id}&division={COMMUNITY}") == [first.pk, second.pk]
    assert client.get(f"{API}/workshops/?due=true").status_code == 400


@pytest.mark.parametrize(
    ("role", "territory", "status"),
    [
        (Role.COMMUNITY_STAFF, COMMUNITY, 200),
        (Role.COMMITTEE_MEMBER, f"{COMMUNITY}-001", 200),
        (Role.PARTY_SECRETARY, f"{COMMUNITY}-001", 200),
        (Role.DISTRICT_OFFICIAL, COMMUNITY[:6], 403),
        (Role.GRID_WORKER, f"{COMMUNITY}001", 404),
        (Role.PROPERTY_CLERK, f"{COMMUNITY}-001", 403),
        (Role.AUDITOR, COMMUNITY[:4], 403),
        (Role.COMMUNITY_STAFF, ELSEWHERE, 404),
    ],
)
def test_who_may_keep_one_who_may_read_it_and_who_does_not_see_it(role, territory, status):
    workshop, _by = planned()

    answer = signed_in(make_user(role, territory)).post(of(workshop, "hold/"), {"summary": "x"}, format="json")

    assert answer.status_code == status


def test_a_party_meeting_is_kept_by_who_keeps_the_partys_members():
    neighbourhood = make_neighbourhood()
    body = {
        "neighbourhood": neighbourhood.pk,
        "kind": "party_meeting",
        "held_on": today().isoformat(),
        **PLAN,
    }
    committee = signed_in(make_user(Role.COMMITTEE_MEMBER, neighbourhood.code))
    secretary = signed_in(make_user(Role.PARTY_SECRETARY, neighbourhood.code))

    refused = committee.post(f"{API}/workshops/", body, format="json")
    made = secretary.post(f"{API}/workshops/", body, format="json")

    assert (refused.status_code, made.status_code) == (403, 201)
    listed = f"{API}/workshops/{made.json()['id']}/attendances/"
    somebody = {"name": "党员甲", "role": "party"}
    assert secretary.post(listed, somebody, format="json").status_code == 201
    assert committee.post(listed, somebody, format="json").status_code == 403
    assert [row["name"] for row in secretary.get(listed).json()["results"]] == ["党员甲"]
    assert committee.get(listed).status_code == 403
    counted = committee.get(f"{API}/workshops/{made.json()['id']}/").json()
    assert counted["attendances"] == 1


@pytest.mark.parametrize("scope", ["governance:read", "consent:write"])
def test_a_system_needs_the_scope_of_governance(scope):
    workshop, _by = planned()

    answer = system(scope).post(of(workshop, "hold/"), {"summary": "x"}, format="json")

    assert answer.status_code == 403
    assert system("governance:write").post(of(workshop, "hold/"), {"summary": "x"}, format="json").status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_a_list_takes_as_many_queries_for_one_row_as_for_three(rows, django_assert_num_queries):
    workshop, by = held(attendances=[{"name": "李芳", "role": "other"}])
    task_of(workshop, by)
    for _number in range(rows - 1):
        more, _by = held(workshop.neighbourhood, by, attendances=[{"name": "李芳", "role": "other"}])
        task_of(more, by)
    client = signed_in(by)
    for path in ("workshops", "workshop-tasks"):
        with django_assert_num_queries(5):
            assert len(client.get(f"{API}/{path}/").json()["results"]) == rows


# --- Who came --------------------------------------------------------------------------------------


def test_who_came_is_written_down_and_taken_off():
    workshop, by = planned()
    home = make_household(neighbourhood=workshop.neighbourhood)
    client = signed_in(by)
    somebody = {"name": "李芳", "role": "resident", "household": home.pk}

    made = client.post(of(workshop, "attendances/"), somebody, format="json")
    again = client.post(of(workshop, "attendances/"), somebody, format="json")

    body = made.json()
    assert body == {"id": body["id"], "workshop": workshop.pk, **somebody, "created_at": body["created_at"]}
    assert (again.status_code, again.json()["code"], again.json()["name"]) == (409, "already_attending", "李芳")
    assert client.delete(of(workshop, f"attendances/{body['id']}/")).status_code == 204
    assert client.delete(of(workshop, f"attendances/{body['id']}/")).status_code == 404
    assert client.get(of(workshop, "attendances/")).json()["results"] == []


def test_names_are_masked_for_who_neither_keeps_workshops_nor_reads_personal_fields():
    workshop, _by = held(attendances=[{"name": "李芳芳", "role": "resident"}])

    def name(role: Role, territory: str) -> str:
        answer = signed_in(make_user(role, territory)).get(of(workshop, "attendances/"))
        return answer.json()["results"][0]["name"]

    code = workshop.neighbourhood.code
    assert name(Role.COMMITTEE_MEMBER, code) == "李芳芳"
    assert name(Role.COMMUNITY_STAFF, COMMUNITY) == "李芳芳"
    assert name(Role.DISTRICT_OFFICIAL, COMMUNITY[:6]) == "李**"
    assert name(Role.PROPERTY_CLERK, code) == "李**"


def test_a_version_is_compared_under_the_lock_of_the_neighbourhood():
    workshop, by = planned()
    client = signed_in(by)

    with CaptureQueriesContext(connection) as caught:
        answer = client.post(of(workshop, "cancel/"), {"reason": "下雨"}, format="json")

    asked = [query["sql"] for query in caught.captured_queries]
    locked = next(n for n, sql in enumerate(asked) if "renovation_neighbourhood" in sql and "FOR UPDATE" in sql)
    read = next(n for n, sql in enumerate(asked) if '"consent_workshop"."version"' in sql)
    assert answer.status_code == 200
    assert locked < read


def test_a_door_is_told_of_nobody_whose_name_is_masked():
    neighbourhood = make_neighbourhood()
    home = make_household(neighbourhood=neighbourhood)
    workshop, by = held(neighbourhood, attendances=[{"name": "李芳芳", "role": "resident", "household": home}])

    def household(user: User) -> int | None:
        return signed_in(user).get(of(workshop, "attendances/")).json()["results"][0]["household"]

    assert household(by) == home.pk
    assert household(make_user(Role.PROPERTY_CLERK, neighbourhood.code)) is None
    assert household(make_user(Role.DISTRICT_OFFICIAL, COMMUNITY[:6])) is None


def test_who_does_a_task_of_the_partys_meeting_is_read_by_who_reads_its_members():
    workshop, by = held(kind="party_meeting")
    task_of(workshop, by, assignee="孙党员")

    def assignee(user: User) -> str:
        return signed_in(user).get(f"{API}/workshop-tasks/").json()["results"][0]["assignee"]

    assert assignee(by) == "孙党员"
    assert assignee(make_user(Role.PARTY_SECRETARY, workshop.neighbourhood.code)) == "孙党员"
    assert assignee(make_user(Role.COMMITTEE_MEMBER, workshop.neighbourhood.code)) == "孙**"


def test_an_administrator_reads_how_many_came_and_not_who():
    workshop, by = held(attendances=[{"name": "李芳芳", "role": "resident"}])
    task_of(workshop, by, assignee="王师傅")
    client = signed_in(make_user(Role.ADMIN, COMMUNITY[:4]))

    assert client.get(of(workshop)).json()["attendances"] == 1
    assert client.get(of(workshop, "attendances/")).status_code == 403
    assert client.get(f"{API}/workshop-tasks/").json()["results"][0]["assignee"] == "王**"


@pytest.mark.parametrize("part", ["attendances/", "decisions/"])
def test_the_parts_of_one_that_is_not_seen_do_not_exist(part):
    workshop, by = held()
    stranger = signed_in(make_user(Role.COMMUNITY_STAFF, ELSEWHERE))
    official = signed_in(make_user(Role.DISTRICT_OFFICIAL, COMMUNITY[:6]))

    assert signed_in(by).get(of(workshop, part)).status_code == 200
    assert stranger.get(of(workshop, part)).status_code == 404
    assert stranger.post(of(workshop, part), {}, format="json").status_code == 404
    assert official.get(of(workshop, part)).status_code == 200
    assert official.post(of(workshop, part), {}, format="json").status_code == 403


# --- Decisions and tasks ---------------------------------------------------------------------------


def test_a_decision_is_kept_with_its_hands():
    workshop, by = held()
    client = signed_in(by)
    body = {"text": "抽签", "outcome": "agreed", "votes_for": 12, "votes_against": 3}

    made = client.post(of(workshop, "decisions/"), body, format="json")
    half = client.post(of(workshop, "decisions/"), {**body, "votes_against": None}, format="json")
    wrong = client.post(of(workshop, "decisions/"), {**body, "votes_for": 3}, format="json")

    found = made.json()
    assert found == {
        "id": found["id"],
        "workshop": workshop.pk,
        **body,
        "by": by.pk,
        "created_at": found["created_at"],
    }
    assert (half.status_code, errors(half)) == (400, {("/votes_against", "required")})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "hands_disagree")
    assert [row["id"] for row in client.get(of(workshop, "decisions/")).json()["results"]] == [found["id"]]


def test_nothing_is_decided_at_a_cancelled_one():
    workshop, by = planned()
    cancel_workshop(workshop=workshop, reason="x", by=by)

    refused = signed_in(by).post(of(workshop, "decisions/"), {"text": "x", "outcome": "agreed"}, format="json")

    assert (refused.status_code, refused.json()["code"]) == (409, "workshop_not_held")


def test_a_task_is_given_changed_and_settled():
    workshop, by = held()
    client = signed_in(by)
    body = {"workshop": workshop.pk, "text": "画线", "assignee": "王师傅", "due_on": (today() + days(30)).isoformat()}

    made = client.post(f"{API}/workshop-tasks/", body, format="json")

    assert made.status_code == 201, made.content
    found = made.json()
    assert found == {
        "id": found["id"],
        "neighbourhood": workshop.neighbourhood_id,
        **body,
        "overdue": False,
        "state": "open",
        "done_on": None,
        "note": "",
        "created_at": found["created_at"],
        "updated_at": found["updated_at"],
    }
    address = f"{API}/workshop-tasks/{found['id']}/"
    changed = client.patch(address, {"assignee": "李师傅"}, format="json", HTTP_IF_MATCH=made["ETag"])
    assert (changed.status_code, changed.json()["assignee"]) == (200, "李师傅")
    assert client.patch(address, {"text": "x"}, format="json", HTTP_IF_MATCH=made["ETag"]).status_code == 412
    done = client.post(f"{address}settle/", {"state": "done"}, format="json")
    assert (done.json()["state"], done.json()["done_on"]) == ("done", today().isoformat())
    again = client.post(f"{address}settle/", {"state": "dropped", "note": "x"}, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "task_settled")


def test_what_is_dropped_says_why_and_was_not_done():
    workshop, by = held()
    task = task_of(workshop, by)
    client = signed_in(by)
    address = f"{API}/workshop-tasks/{task.pk}/settle/"

    silent = client.post(address, {"state": "dropped"}, format="json")
    both = client.post(address, {"state": "dropped", "note": "x", "done_on": today().isoformat()}, format="json")
    opened = client.post(address, {"state": "open"}, format="json")

    assert (silent.status_code, errors(silent)) == (400, {("/note", "required")})
    assert (both.status_code, errors(both)) == (400, {("/done_on", "invalid")})
    assert (opened.status_code, errors(opened)) == (400, {("/state", "invalid_choice")})


def test_the_overdue_ones_are_found_and_come_first_by_their_day():
    workshop, by = held()
    later = task_of(workshop, by)
    late = task_of(workshop, by, due_on=today() - days(2))
    on_the_day = task_of(workshop, by, due_on=today())
    done = task_of(workshop, by, due_on=today() - days(3))
    settle_task(task=done, state="done", by=by)
    client = signed_in(by)

    def found(query: str) -> list[int]:
        return [row["id"] for row in client.get(f"{API}/workshop-tasks/{query}").json()["results"]]

    assert found("?overdue=true") == [late.pk]
    assert found("?overdue=false") == [later.pk, on_the_day.pk, done.pk]
    assert found("?state=open&ordering=due_on") == [late.pk, on_the_day.pk, later.pk]
    assert found(f"?workshop={workshop.pk}&neighbourhood={workshop.neighbourhood_id}&state=done") == [done.pk]
    assert client.get(f"{API}/workshop-tasks/{late.pk}/").json()["overdue"] is True


def test_tasks_are_kept_where_workshops_are_and_not_seen_elsewhere():
    workshop, by = held()
    task = task_of(workshop, by)
    address = f"{API}/workshop-tasks/{task.pk}/settle/"
    body = {"state": "done"}
    given = {"workshop": workshop.pk, "text": "x", "assignee": "x", "due_on": today().isoformat()}
    official = signed_in(make_user(Role.DISTRICT_OFFICIAL, COMMUNITY[:6]))
    stranger = signed_in(make_user(Role.COMMUNITY_STAFF, ELSEWHERE))

    assert official.post(address, body, format="json").status_code == 403
    assert stranger.post(address, body, format="json").status_code == 404
    assert official.post(f"{API}/workshop-tasks/", given, format="json").status_code == 403
    unseen = stranger.post(f"{API}/workshop-tasks/", given, format="json")
    assert (unseen.status_code, errors(unseen)) == (400, {("/workshop", "does_not_exist")})


# --- Announcements ---------------------------------------------------------------------------------


def told(**fields):
    return {"channel": "board", "told_on": today().isoformat(), "place": "东门公告栏", **fields}


def test_how_residents_were_told_is_kept_with_its_photo():
    workshop, by = planned(held_on=today() + days(5))
    client = signed_in(by)

    made = client.post(
        f"{API}/announcements/", told(workshop=workshop.pk, reached=40, photo=a_photo()), format="multipart"
    )

    assert made.status_code == 201, made.content
    found = made.json()
    assert found == {
        "id": found["id"],
        "neighbourhood": workshop.neighbourhood_id,
        "workshop": workshop.pk,
        "notice": None,
        "vote": None,
        **told(),
        "reached": 40,
        "text": "",
        "photo": f"/api/v1/announcements/{found['id']}/photo/",
        "by": by.pk,
        "created_at": found["created_at"],
    }
    photo = client.get(found["photo"])
    assert (photo["Content-Type"], photo["Cache-Control"]) == ("image/jpeg", "private")
    assert b"".join(photo.streaming_content).startswith(b"\xff\xd8")
    stranger = signed_in(make_user(Role.COMMUNITY_STAFF, ELSEWHERE))
    assert stranger.get(found["photo"]).status_code == 404
    assert client.get(of(workshop)).json()["announcements"] == 1


def test_residents_are_told_of_exactly_one_thing():
    survey, by = passed_survey()
    notice = posted(survey, by)
    workshop, _by = planned(survey.neighbourhood, by)
    client = signed_in(by)

    of_notice = client.post(f"{API}/announcements/", told(notice=notice.pk), format="json")
    of_nothing = client.post(f"{API}/announcements/", told(), format="json")
    of_both = client.post(f"{API}/announcements/", told(notice=notice.pk, workshop=workshop.pk), format="json")

    assert (of_notice.status_code, of_notice.json()["notice"], of_notice.json()["photo"]) == (201, notice.pk, None)
    assert (of_nothing.status_code, errors(of_nothing)) == (400, {("/workshop", "exactly_one")})
    assert (of_both.status_code, errors(of_both)) == (400, {("/notice", "exactly_one")})
    assert client.get(f"{API}/announcements/{of_notice.json()['id']}/photo/").status_code == 404


def test_refusals_of_telling():
    workshop, by = planned()
    client = signed_in(by)
    to_come = told(workshop=workshop.pk, told_on=(today() + days(30)).isoformat())
    broken = a_photo()
    broken.file.truncate(20)

    early = client.post(f"{API}/announcements/", to_come, format="json")
    blurred = client.post(f"{API}/announcements/", told(workshop=workshop.pk, photo=broken), format="multipart")

    assert (early.status_code, early.json()["code"]) == (409, "day_in_future")
    assert (blurred.status_code, blurred.json()["code"]) == (400, "photo_refused")
    assert not Announcement.objects.exists()


def test_who_tells_residents_and_who_only_reads_of_it():
    workshop, by = planned()
    announce(about=workshop, channel="door", told_on=today(), place="3 号楼", by=by)
    official = signed_in(make_user(Role.DISTRICT_OFFICIAL, COMMUNITY[:6]))
    stranger = signed_in(make_user(Role.COMMUNITY_STAFF, ELSEWHERE))

    assert official.post(f"{API}/announcements/", told(workshop=workshop.pk), format="json").status_code == 403
    unseen = stranger.post(f"{API}/announcements/", told(workshop=workshop.pk), format="json")
    assert (unseen.status_code, errors(unseen)) == (400, {("/workshop", "does_not_exist")})
    assert len(official.get(f"{API}/announcements/").json()["results"]) == 1
    assert stranger.get(f"{API}/announcements/").json()["results"] == []


@pytest.mark.parametrize("rows", [1, 3])
def test_announcements_and_parts_take_as_many_queries_for_one_row_as_for_three(rows, django_assert_num_queries):
    workshop, by = held()
    for number in range(rows):
        announce(about=workshop, channel="door", told_on=today(), place=f"{number} 号楼", by=by)
        add_attendances(workshop=workshop, attendances=[{"name": f"业主{number}", "role": "resident"}], by=by)
        add_decision(workshop=workshop, text="x", outcome="agreed", by=by)
    client = signed_in(by)
    for path in ("announcements", f"workshops/{workshop.pk}/attendances", f"workshops/{workshop.pk}/decisions"):
        with django_assert_num_queries(5 if path == "announcements" else 6):
            assert len(client.get(f"{API}/{path}/").json()["results"]) == rows
    channels = client.get(f"{API}/announcements/?channel=board").json()["results"]
    assert channels == []
