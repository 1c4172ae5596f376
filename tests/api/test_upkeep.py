"""Tours, findings and upkeep tasks over HTTP."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.choices import Role
from governance.models import Finding, Inspection, UpkeepTask
from governance.services.upkeep import add_finding, close_inspection
from governance.services.upkeep_tasks import do_task
from tests.api.helpers import API, signed_in, system
from tests.cast import ELSEWHERE, GRID, HERE, THERE
from tests.factories import give_role, make_user
from tests.governance.upkeep_cast import DAY, a_body, a_task, a_tour, to_come, today
from tests.renovation.supervision_cast import a_photo

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files_of_their_own(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def tour_body(neighbourhood: Any, **fields: Any) -> dict[str, Any]:
    return {"neighbourhood": neighbourhood.pk, "title": "十月巡查", "held_on": DAY.isoformat(), **fields}


def finding_body(tour: Inspection, **fields: Any) -> dict[str, Any]:
    return {"inspection": tour.pk, "criterion": "clear", "severity": "minor", "text": "楼道堆物", **fields}


def task_body(neighbourhood: Any, **fields: Any) -> dict[str, Any]:
    body = {"neighbourhood": neighbourhood.pk, "origin": "repair", "text": "灯不亮", "reported_on": DAY.isoformat()}
    return {**body, **fields}


def seen(tour: Inspection, by: Any, **fields: Any) -> Finding:
    fields = {"criterion": "clear", "severity": "minor", "text": "楼道堆物", **fields}
    return add_finding(inspection=tour, by=by, **fields)


# --- Tours -----------------------------------------------------------------------------------------


def test_a_tour_is_planned_read_changed_and_closed(cast, grid_worker):
    client, walks = signed_in(grid_worker), a_body(cast.home)

    made = client.post(f"{API}/inspections/", tour_body(cast.home, body=walks.pk, route="全程"), format="json")

    assert made.status_code == 201
    body = made.json()
    assert {name: body[name] for name in body if name not in ("id", "created_at", "updated_at")} == {
        "neighbourhood": cast.home.pk,
        "title": "十月巡查",
        "held_on": DAY.isoformat(),
        "route": "全程",
        "body": walks.pk,
        "party": "",
        "state": "planned",
        "finding_count": 0,
        "waiting_count": 0,
    }
    address = f"{API}/inspections/{body['id']}/"
    read = client.get(address)
    assert read.json() == body
    changed = client.patch(address, {"party": "楼栋长"}, format="json", HTTP_IF_MATCH=read["ETag"])
    assert (changed.status_code, changed.json()["party"]) == (200, "楼栋长")
    stale = client.patch(address, {"party": "x"}, format="json", HTTP_IF_MATCH=read["ETag"])
    assert stale.status_code == 412
    assert client.post(f"{address}close/").json()["state"] == "done"
    again = client.post(f"{address}close/")
    assert (again.status_code, again.json()["code"]) == (409, "inspection_done")


def test_the_tag_of_a_tour_changes_with_its_findings(cast, grid_worker):
    tour, client = a_tour(cast.home, grid_worker), signed_in(grid_worker)
    before = client.get(f"{API}/inspections/{tour.pk}/")["ETag"]
    assert client.get(f"{API}/inspections/{tour.pk}/", HTTP_IF_NONE_MATCH=before).status_code == 304

    seen(tour, grid_worker)

    after = client.get(f"{API}/inspections/{tour.pk}/", HTTP_IF_NONE_MATCH=before)
    assert (after.status_code, after.json()["finding_count"], after.json()["waiting_count"]) == (200, 1, 1)


@pytest.mark.parametrize(
    ("role", "territory", "status"),
    [
        (Role.COMMUNITY_STAFF, HERE, 201),
        (Role.GRID_WORKER, GRID, 201),
        (Role.COMMITTEE_MEMBER, HERE, 201),
        (Role.PROPERTY_CLERK, HERE, 201),
        (Role.PARTY_SECRETARY, HERE, 403),
        (Role.DISTRICT_OFFICIAL, HERE[:6], 403),
        (Role.CITY_OFFICIAL, HERE[:4], 403),
        (Role.AUDITOR, HERE, 403),
        (Role.ADMIN, HERE, 403),
        (Role.COMMUNITY_STAFF, ELSEWHERE, 400),
        (Role.GRID_WORKER, f"{THERE}001", 400),
    ],
)
def test_who_keeps_tours_and_tasks(cast, role, territory, status):
    client = signed_in(make_user(role, territory))

    assert client.post(f"{API}/inspections/", tour_body(cast.home), format="json").status_code == status
    assert client.post(f"{API}/upkeep-tasks/", task_body(cast.home), format="json").status_code == status


def test_a_client_keeps_upkeep_with_the_scope_of_governance(cast):
    reader, writer = system("governance:read"), system("governance:write")
    body = task_body(cast.home, building=cast.doors[0].building_id, stairwell=cast.doors[0].stairwell_id)

    assert reader.post(f"{API}/upkeep-tasks/", body, format="json").status_code == 403
    assert writer.post(f"{API}/upkeep-tasks/", body, format="json").status_code == 201
    assert reader.get(f"{API}/upkeep-tasks/").json()["results"][0]["text"] == "灯不亮"
    assert system("plans:read").get(f"{API}/upkeep-tasks/").status_code == 403


def test_a_row_not_seen_is_not_there_and_one_only_read_is_not_written(cast, community_worker):
    tour = a_tour(cast.home, community_worker)
    finding = seen(tour, community_worker, task=False)
    task = a_task(cast.home, community_worker)
    stranger, reader = signed_in(make_user(Role.COMMUNITY_STAFF, THERE)), signed_in(make_user(Role.AUDITOR, HERE))
    acts = [
        ("patch", f"inspections/{tour.pk}/", {"title": "x"}),
        ("post", f"inspections/{tour.pk}/close/", {}),
        ("post", f"findings/{finding.pk}/task/", {}),
        ("patch", f"upkeep-tasks/{task.pk}/", {"place": "x"}),
        ("post", f"upkeep-tasks/{task.pk}/done/", {"done_on": DAY.isoformat()}),
        ("post", f"upkeep-tasks/{task.pk}/check/", {"passed": True, "checked_on": DAY.isoformat()}),
        ("post", f"upkeep-tasks/{task.pk}/drop/", {"reason": "x"}),
    ]

    for method, path, body in acts:
        answers = [getattr(client, method)(f"{API}/{path}", body, format="json") for client in (stranger, reader)]
        assert [answer.status_code for answer in answers] == [404, 403], path
    for path in (f"inspections/{tour.pk}/", f"findings/{finding.pk}/", f"upkeep-tasks/{task.pk}/"):
        assert [client.get(f"{API}/{path}").status_code for client in (stranger, reader)] == [404, 200], path


# --- Findings --------------------------------------------------------------------------------------


def test_a_finding_is_sent_with_its_photo_and_brings_its_task(cast, grid_worker):
    client, tour, stairwell = signed_in(grid_worker), a_tour(cast.home, grid_worker), cast.doors[0].stairwell
    due = (DAY + timedelta(days=7)).isoformat()

    made = client.post(
        f"{API}/findings/", finding_body(tour, stairwell=stairwell.pk, due_on=due, photo=a_photo()), format="multipart"
    )

    assert made.status_code == 201
    body = made.json()
    task = UpkeepTask.objects.get()
    assert {name: body[name] for name in body if name not in ("id", "created_at")} == {
        "inspection": tour.pk,
        "criterion": "clear",
        "severity": "minor",
        "building": stairwell.building_id,
        "stairwell": stairwell.pk,
        "text": "楼道堆物",
        "photo": f"{API}/findings/{body['id']}/photo/",
        "task": task.pk,
        "recorded_by": grid_worker.pk,
    }
    assert task.due_on.isoformat() == due
    picture = client.get(body["photo"])
    assert (picture["Content-Type"], picture.getvalue()[:3]) == ("image/jpeg", b"\xff\xd8\xff")
    assert client.get(f"{API}/findings/{body['id']}/").json() == body


def test_a_finding_without_a_photo_or_task_says_null(cast, grid_worker):
    finding, client = seen(a_tour(cast.home, grid_worker), grid_worker, task=False), signed_in(grid_worker)

    body = client.get(f"{API}/findings/{finding.pk}/").json()

    assert (body["photo"], body["task"]) == (None, None)
    assert client.get(f"{API}/findings/{finding.pk}/photo/").status_code == 404
    made = client.post(f"{API}/findings/{finding.pk}/task/", {}, format="json")
    assert (made.status_code, made.json()["task"]) == (201, UpkeepTask.objects.get().pk)
    again = client.post(f"{API}/findings/{finding.pk}/task/", {}, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "finding_has_task")


def test_what_findings_are_refused_for(cast, grid_worker):
    client, tour, stairwell = signed_in(grid_worker), a_tour(cast.home, grid_worker), cast.doors[0].stairwell
    give_role(grid_worker, Role.COMMUNITY_STAFF, HERE)
    early = (DAY - timedelta(days=1)).isoformat()
    to_be = a_tour(cast.home, grid_worker, held_on=to_come())

    def refused(**fields):
        target = fields.pop("tour", tour)
        answer = client.post(f"{API}/findings/", finding_body(target, **fields), format="json")
        return answer.status_code, answer.json()["code"]

    assert refused(tour=to_be) == (409, "day_in_future")
    assert refused(stairwell=stairwell.pk, building=cast.doors[2].building_id) == (409, "stairwell_elsewhere")
    assert refused(due_on=early) == (409, "day_out_of_order")
    assert refused(body=a_body(cast.home, ended_on=DAY, end_reason="到期").pk) == (409, "body_ended")
    close_inspection(inspection=tour, by=grid_worker)
    assert refused() == (409, "inspection_done")
    assert not Finding.objects.exists()


def test_a_file_that_is_no_photo_and_a_word_that_is_none_are_bad_input(cast, grid_worker, tmp_path):
    client, tour = signed_in(grid_worker), a_tour(cast.home, grid_worker)
    path = tmp_path / "a.png"
    path.write_bytes(b"no picture")
    with path.open("rb") as file:
        refused = client.post(f"{API}/findings/", finding_body(tour, photo=file), format="multipart")
    wrong = client.post(f"{API}/findings/", finding_body(tour, criterion="dirty"), format="json")

    assert (refused.status_code, refused.json()["code"]) == (400, "photo_refused")
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "/criterion")


# --- Tasks -----------------------------------------------------------------------------------------


def test_a_repair_goes_from_reported_to_checked(cast, community_worker, grid_worker):
    company, building = a_body(cast.home), cast.doors[0].building
    opened, other = signed_in(community_worker), signed_in(grid_worker)

    made = opened.post(
        f"{API}/upkeep-tasks/",
        task_body(cast.home, building=building.pk, place="三楼", reporter_name="周敏", reporter_phone="13812342071"),
        format="json",
    )

    assert made.status_code == 201
    body = made.json()
    assert {name: body[name] for name in body if name not in ("id", "created_at", "updated_at", "events")} == {
        "neighbourhood": cast.home.pk,
        "origin": "repair",
        "finding": None,
        "building": building.pk,
        "stairwell": None,
        "place": "三楼",
        "text": "灯不亮",
        "is_safety": False,
        "reporter_name": "周敏",
        "reporter_phone": "13812342071",
        "reported_on": DAY.isoformat(),
        "body": None,
        "due_on": None,
        "state": "open",
        "done_on": None,
        "note": "",
        "photo": None,
    }
    address = f"{API}/upkeep-tasks/{body['id']}/"
    given = opened.patch(address, {"body": company.pk, "due_on": today().isoformat()}, format="json")
    assert (given.status_code, given.json()["body"]) == (200, company.pk)
    done = opened.post(
        f"{address}done/", {"done_on": DAY.isoformat(), "note": "换灯", "photo": a_photo()}, format="multipart"
    )
    assert (done.status_code, done.json()["state"], done.json()["done_on"]) == (200, "done", DAY.isoformat())
    step = done.json()["events"][-1]
    assert (step["act"], step["note"], step["by"]) == ("done", "换灯", community_worker.pk)
    assert opened.get(step["photo"])["Content-Type"] == "image/jpeg"
    unsaid = other.post(f"{address}check/", {"checked_on": DAY.isoformat()}, format="multipart")
    assert (unsaid.status_code, unsaid.json()["errors"][0]["pointer"]) == (400, "/passed")
    check = {"passed": True, "checked_on": today().isoformat()}
    own = opened.post(f"{address}check/", check, format="json")
    assert (own.status_code, own.json()["code"]) == (409, "second_person_needed")
    wordless = other.post(f"{address}check/", {**check, "passed": False}, format="json")
    assert (wordless.status_code, wordless.json()["code"]) == (409, "reason_needed")
    checked = other.post(f"{address}check/", check, format="json")
    assert (checked.status_code, checked.json()["state"]) == (200, "verified")
    assert [event["act"] for event in checked.json()["events"]] == ["opened", "assigned", "done", "verified"]
    late = other.post(f"{address}check/", check, format="json")
    assert (late.status_code, late.json()["code"]) == (409, "task_not_done")
    dropped = other.post(f"{address}drop/", {"reason": "x"}, format="json")
    assert (dropped.status_code, dropped.json()["code"]) == (409, "task_not_open")


def test_a_task_of_an_inspection_comes_from_its_finding_only(cast, community_worker):
    client = signed_in(community_worker)

    answer = client.post(f"{API}/upkeep-tasks/", task_body(cast.home, origin="inspection"), format="json")

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/origin")


def test_what_tasks_are_refused_for(cast, community_worker):
    client = signed_in(community_worker)

    def refused(**fields):
        answer = client.post(f"{API}/upkeep-tasks/", task_body(cast.home, **fields), format="json")
        return answer.status_code, answer.json()["code"]

    assert refused(reported_on=to_come().isoformat()) == (409, "day_in_future")
    assert refused(due_on=(DAY - timedelta(days=1)).isoformat()) == (409, "day_out_of_order")
    give_role(community_worker, Role.COMMUNITY_STAFF, THERE)
    assert refused(building=cast.other_doors[0].building_id) == (409, "other_neighbourhood")
    assert not UpkeepTask.objects.exists()


def test_who_reported_is_masked_for_who_need_not_call(
    cast, community_worker, grid_worker, committee_member, auditor, district_official, administrator
):
    task = a_task(cast.home, community_worker, reporter_name="周敏", reporter_phone="13812342071")
    clerk = make_user(Role.PROPERTY_CLERK, HERE)

    def reads(user):
        client = signed_in(user)
        body = client.get(f"{API}/upkeep-tasks/{task.pk}/").json()
        assert client.get(f"{API}/upkeep-tasks/").json()["results"] == [body]
        return body["reporter_name"], body["reporter_phone"]

    whole, masked = ("周敏", "13812342071"), ("周**", "138****2071")
    assert [reads(user) for user in (community_worker, grid_worker)] == [whole, whole]
    assert [reads(user) for user in (committee_member, auditor, district_official, administrator, clerk)] == [
        masked
    ] * 5
    UpkeepTask.objects.filter(pk=task.pk).update(body=a_body(cast.home))
    assert reads(clerk) == whole
    assert reads(committee_member) == masked


def test_a_grid_worker_calls_who_reported_at_a_building_of_the_grid(cast, community_worker, grid_worker):
    told = {"reporter_name": "周敏", "reporter_phone": "13812342071"}
    own, other = (
        a_task(cast.home, community_worker, building=door.building, **told) for door in (cast.doors[0], cast.doors[2])
    )
    client = signed_in(grid_worker)

    phones = {row["id"]: row["reporter_phone"] for row in client.get(f"{API}/upkeep-tasks/").json()["results"]}

    assert phones == {own.pk: "13812342071", other.pk: "138****2071"}


def test_tasks_are_filtered(cast, community_worker, grid_worker):
    body, stairwell = a_body(cast.home), cast.doors[0].stairwell
    tour = a_tour(cast.home, community_worker)
    late = a_task(cast.home, community_worker, due_on=DAY, body=body)
    done = do_task(
        task=a_task(cast.home, community_worker, due_on=DAY, stairwell=stairwell), done_on=DAY, by=grid_worker
    )
    undated = a_task(cast.home, community_worker, origin="other")
    safety = seen(tour, grid_worker, severity="safety").task
    client = signed_in(community_worker)

    def found(query):
        return [row["id"] for row in client.get(f"{API}/upkeep-tasks/?{query}").json()["results"]]

    assert found("overdue=true") == [late.pk]
    assert found("overdue=false") == [done.pk, undated.pk, safety.pk]
    assert found("state=done") == [done.pk]
    assert found("is_safety=true") == found(f"inspection={tour.pk}") == found("origin=inspection") == [safety.pk]
    assert found(f"stairwell={stairwell.pk}") == [done.pk]
    assert found(f"body={body.pk}") == [late.pk]
    assert found(f"division={THERE}") == []
    assert found("ordering=-reported_on") == [safety.pk, undated.pk, done.pk, late.pk]
    assert client.get(f"{API}/upkeep-tasks/?reporter_name=x").status_code == 400


def test_tours_and_findings_are_filtered(cast, community_worker):
    tour = a_tour(cast.home, community_worker)
    later = a_tour(cast.home, community_worker, held_on=DAY + timedelta(days=5))
    close_inspection(inspection=a_tour(cast.home, community_worker), by=community_worker)
    clear = seen(tour, community_worker)
    safe = seen(tour, community_worker, criterion="safe", severity="safety")
    client = signed_in(community_worker)

    def found(path):
        return [row["id"] for row in client.get(f"{API}/{path}").json()["results"]]

    assert found("inspections/?state=planned&ordering=-held_on") == [later.pk, tour.pk]
    assert found(f"inspections/?held_after={(DAY + timedelta(days=1)).isoformat()}") == [later.pk]
    assert found("findings/?criterion=safe") == found("findings/?severity=safety") == [safe.pk]
    assert found(f"findings/?inspection={tour.pk}") == [clear.pk, safe.pk]


@pytest.mark.parametrize("path", ["inspections", "findings", "upkeep-tasks"])
def test_lists_take_the_same_queries_for_one_row_and_for_more(cast, community_worker, django_assert_num_queries, path):
    client = signed_in(community_worker)

    def fill():
        seen(
            a_tour(cast.home, community_worker),
            community_worker,
            body=a_body(cast.home, name=f"队{Inspection.objects.count()}"),
        )

    fill()
    client.get(f"{API}/{path}/")
    with CaptureQueriesContext(connection) as queries:
        assert len(client.get(f"{API}/{path}/").json()["results"]) == 1
    fill()
    fill()

    with django_assert_num_queries(len(queries)):
        assert len(client.get(f"{API}/{path}/").json()["results"]) == 3


def test_the_same_key_writes_one_finding(cast, grid_worker):
    client, tour = signed_in(grid_worker), a_tour(cast.home, grid_worker)
    sent = {"data": finding_body(tour), "format": "json", "HTTP_IDEMPOTENCY_KEY": "k1"}

    first, again = (client.post(f"{API}/findings/", **sent) for _ in range(2))

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert Finding.objects.count() == 1
