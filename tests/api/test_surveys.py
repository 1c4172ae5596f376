import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from accounts.models import HistoryEntry
from consent.models import Survey, VisitPhoto
from consent.services.handed import enter_handed, hand_visit
from consent.services.rounds import close_round
from consent.services.surveys import close_survey, open_survey
from consent.services.visits import record_visits
from renovation.models import Evidence
from tests.api.helpers import API, signed_in, system
from tests.consent.casts import EVERYBODY, a_visit, as_item, make_doors, make_frozen_plan, make_policy, make_survey
from tests.factories import make_division, make_menu_edition, make_neighbourhood, make_user

pytestmark = pytest.mark.django_db

REVISIT = (timezone.localdate() + timedelta(days=120)).isoformat()


def url(survey: Survey, rest: str = "") -> str:
    return f"{API}/surveys/{survey.pk}/{rest}"


def codes(response) -> list[list[str]]:
    return [[error["code"] for error in one["errors"]] for one in response.json()["results"]]


def photo(size: tuple[int, int] = (3000, 2000)) -> bytes:
    """A JPEG with a place in it, as phones make them."""
    image = Image.new("RGB", size, "white")
    exif = Image.Exif()
    exif.get_ifd(0x8825)[2] = (30.0, 42.0, 0.0)  # GPSLatitude
    file = io.BytesIO()
    image.save(file, "JPEG", exif=exif)
    return file.getvalue()


def test_a_system_needs_no_other_scope_to_open_a_survey_and_to_amend_its_roll():
    doors = make_doors()
    make_menu_edition()
    make_policy()
    app = system("consent:write")

    opened = app.post(
        f"{API}/surveys/", {"neighbourhood": doors[0].neighbourhood_id, "title": "2026 年征询"}, format="json"
    )
    assert opened.status_code == 201, opened.content
    amended = app.post(
        f"{API}/surveys/{opened.json()['id']}/roll-amendments/",
        {"household": doors[0].pk, "action": "remove", "reason": "已拆除"},
        format="json",
    )
    assert amended.status_code == 201, amended.content


def test_the_whole_story_by_an_integrator():
    """From a policy to a decision, with nothing but the API: three rounds, a correction, a close, a check."""
    doors = make_doors(buildings=2, doors=5)
    make_menu_edition()
    city = signed_in(make_user("city_official", "4205"))
    app = system("registry:read", "consent:read", "consent:write", "plans:read")

    policy = city.post(
        f"{API}/consent-policies/",
        {"division": "4205", "pass_share": "0.90", "valid_from": "2026-01-01", "document": "宜住建〔2026〕1号"},
        format="json",
    )
    assert policy.status_code == 201, policy.content
    opened = app.post(
        f"{API}/surveys/",
        {"neighbourhood": doors[0].neighbourhood_id, "title": "2026 年征询", "closes_on": None},
        format="json",
    )
    assert opened.status_code == 201, opened.content
    assert (opened.json()["pass_share"], opened.json()["roll_size"], opened.json()["round"]) == ("0.9000", 10, 1)
    survey = f"{API}/surveys/{opened.json()['id']}/"

    def send(visits) -> list[str]:
        answer = app.post(f"{survey}visits/", {"visits": [as_item(visit) for visit in visits]}, format="json")
        assert answer.status_code == 200, answer.content
        return [one["status"] for one in answer.json()["results"]]

    committee, grid = ("owners_committee",), ("grid",)
    assert send([a_visit(door, party=committee) for door in doors[:6]]) == ["recorded"] * 6
    assert send([a_visit(door, "no_answer", party=committee) for door in doors[6:9]]) == ["recorded"] * 3
    refused = app.post(f"{survey}rounds/", {"action": "close"}, format="json")
    assert (refused.status_code, refused.json()["code"], refused.json()["doors"]) == (409, "doors_unvisited", 1)
    closed = app.post(f"{survey}rounds/", {"action": "close", "reason": "全家外出"}, format="json")
    assert closed.json()["round"] == 2
    due = app.get(f"{survey}doors/?round=2&count=true").json()
    assert due["count"] == 4
    assert {door["stance"] for door in due["results"]} == {"no_answer", "not_visited"}
    assert send([a_visit(doors[6], party=grid), a_visit(doors[7], given="verbal", party=grid)]) == ["recorded"] * 2
    app.post(f"{survey}rounds/", {"action": "close", "reason": "两户未遇"}, format="json")
    assert send([a_visit(door, party=EVERYBODY) for door in doors[7:9]]) == ["recorded"] * 2
    live = app.get(f"{survey}result/").json()
    assert (live["supports"], live["support_rate"], live["missing"], live["verdict"]) == (9, "0.9000", 0, "open")

    result = app.post(f"{survey}close/", {}, format="json")

    assert result.status_code == 200, result.content
    assert (result.json()["verdict"], result.json()["supports"], result.json()["visited"]) == ("passed", 9, 9)
    assert [row["supports"] for row in result.json()["by_round"]] == [6, 1, 2]
    assert app.get(f"{survey}result/").json() == result.json()
    neighbourhood = app.get(f"{API}/neighbourhoods/{doors[0].neighbourhood_id}/").json()
    assert neighbourhood["stage"] == "consented"


def test_a_failed_survey_is_closed_with_a_reason_and_a_day_and_may_be_asked_again():
    survey, doors, worker = make_survey()
    client = signed_in(worker)

    without = client.post(url(survey, "close/"), {}, format="json")
    assert (without.status_code, without.json()["code"]) == (409, "reason_needed")
    no_day = client.post(url(survey, "close/"), {"reason": "停车"}, format="json")
    assert (no_day.status_code, no_day.json()["code"]) == (409, "revisit_needed")
    closed = client.post(url(survey, "close/"), {"reason": "停车", "revisit_on": REVISIT}, format="json")
    assert (closed.status_code, closed.json()["verdict"]) == (200, "failed")

    again = client.post(f"{API}/surveys/", {"neighbourhood": survey.neighbourhood_id, "title": "再次"}, format="json")

    assert (again.status_code, again.json()["number"]) == (201, 2)
    assert client.get(url(survey, "result/")).json()["households"] == len(doors)


def test_without_a_policy_opening_is_refused():
    doors = make_doors()
    make_menu_edition()

    answer = signed_in(make_user()).post(
        f"{API}/surveys/", {"neighbourhood": doors[0].neighbourhood_id, "title": "t"}, format="json"
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "no_policy")


def test_a_second_survey_is_refused_while_one_is_open():
    survey, _doors, worker = make_survey()

    answer = signed_in(worker).post(
        f"{API}/surveys/", {"neighbourhood": survey.neighbourhood_id, "title": "t"}, format="json"
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "survey_open")


def test_items_that_cannot_be_read_stop_no_other():
    survey, doors, worker = make_survey()
    good = as_item(a_visit(doors[0]))
    bad = [
        None,
        7,
        [],
        {},
        good | {"client_id": "x"},
        good | {"client_id": str(uuid4()), "household": "1"},
        good | {"client_id": str(uuid4()), "outcome": "maybe"},
        good | {"client_id": str(uuid4()), "visited_at": "2026-11-24T19:42:00"},
        good | {"client_id": str(uuid4()), "visited_at": "yesterday"},
        good | {"client_id": str(uuid4()), "note": "a\x00b"},
        good | {"client_id": str(uuid4()), "commitments": {"convention": "yes"}},
        good | {"client_id": str(uuid4()), "signature": "data:image/png;base64,!!!!"},
        good | {"client_id": str(uuid4()), "household": 2**63},
        good | {"client_id": str(uuid4()), "round": 4},
    ]

    answer = signed_in(worker).post(url(survey, "visits/"), {"visits": [*bad, good]}, format="json")

    assert answer.status_code == 200
    assert codes(answer) == [["malformed"]] * 3 + [["malformed"] * 4] + [["malformed"]] * 10 + [[]]
    assert answer.json()["results"][-1]["status"] == "recorded"
    assert answer.json()["tree"]["size"] == 1


def test_a_signature_above_64_kb_is_refused_by_name():
    survey, doors, worker = make_survey()
    item = as_item(a_visit(doors[0])) | {"signature": "data:image/png;base64," + "A" * 100_000}

    assert codes(signed_in(worker).post(url(survey, "visits/"), {"visits": [item]}, format="json")) == [
        ["signature_too_large"]
    ]


@pytest.mark.parametrize("body", [{}, {"visits": []}, {"visits": {}}, {"visits": [{}] * 501}, [], "x"])
def test_a_batch_that_is_no_batch_is_400(body):
    survey, _doors, worker = make_survey()

    answer = signed_in(worker).post(url(survey, "visits/"), body, format="json")

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_a_repeated_batch_carries_the_first_answers():
    survey, doors, worker = make_survey()
    body = {"visits": [as_item(a_visit(door)) for door in doors]}
    client = signed_in(worker)
    first = client.post(url(survey, "visits/"), body, format="json").json()

    second = client.post(url(survey, "visits/"), body, format="json").json()

    assert [one["status"] for one in second["results"]] == ["duplicate"] * 10
    assert [one["leaf_hash"] for one in second["results"]] == [one["leaf_hash"] for one in first["results"]]
    assert second["tree"] == first["tree"]


def test_the_ledger_reads_in_order_with_notes_for_who_sees_doors():
    survey, doors, worker = make_survey()
    visits = [a_visit(door, "not_yet", note="车位") for door in doors]
    record_visits(survey=survey, visits=visits, by=worker)

    rows = signed_in(worker).get(url(survey, "visits/?page_size=4")).json()

    assert [row["sequence"] for row in rows["results"]] == [0, 1, 2, 3]
    assert rows["results"][0]["note"] == "车位"
    assert rows["next"]


@pytest.mark.parametrize("rest", ["", "doors/", "visits/", "result/", "rounds/", "roll-amendments/"])
def test_another_territory_sees_no_survey(rest):
    survey, _doors, worker = make_survey()
    assert signed_in(worker).get(url(survey, rest)).status_code == 200

    outsider = signed_in(make_user(territory="420503001001"))

    assert outsider.get(url(survey, rest)).status_code == 404
    assert outsider.post(url(survey, "visits/"), {"visits": [{}]}, format="json").status_code == 404
    assert signed_in(None).get(url(survey, rest)).status_code == 401


@pytest.mark.parametrize("role", ["auditor", "district_official", "city_official", "party_secretary", "grid_worker"])
def test_who_may_only_read_a_survey_does_not_run_it(role):
    survey, doors, _worker = make_survey()
    client = signed_in(make_user(role, "4205" if role == "city_official" else "420502001001"))

    assert client.get(url(survey)).status_code == 200
    assert client.post(url(survey, "close/"), {}, format="json").status_code == 403
    assert client.post(url(survey, "rounds/"), {"action": "close"}, format="json").status_code == 403
    amendment = {"household": doors[0].pk, "action": "remove", "reason": "x"}
    assert client.post(url(survey, "roll-amendments/"), amendment, format="json").status_code == 403


def test_a_property_clerk_sees_a_survey_only_once_it_is_closed_and_never_its_doors():
    survey, _doors, worker = make_survey()
    clerk = signed_in(make_user("property_clerk", survey.neighbourhood.code))
    assert clerk.get(url(survey)).status_code == 404

    close_survey(survey=survey, by=worker, reason="no", revisit_on=timezone.localdate() + timedelta(days=9))

    assert clerk.get(url(survey, "result/")).status_code == 200
    assert clerk.get(url(survey, "doors/")).status_code == 403
    assert clerk.get(url(survey, "visits/")).status_code == 403


def test_an_official_reads_doors_on_a_reason_which_is_logged():
    survey, doors, _worker = make_survey()
    official = signed_in(make_user("district_official", "420502"))

    refused = official.get(url(survey, "doors/"))
    assert (refused.status_code, refused.json()["code"]) == (403, "reason_needed")
    shown = official.get(url(survey, "doors/?reason=信访件 12 号"))

    assert len(shown.json()["results"]) == len(doors)
    assert HistoryEntry.objects.get(act="doors_read").details == {"reason": "信访件 12 号"}


def test_every_page_of_doors_is_logged_and_a_cursor_opens_one_survey_only():
    survey, _doors, worker = make_survey()
    doors = make_doors(neighbourhood=make_neighbourhood(community_code="420502001002"))
    other = open_survey(neighbourhood=doors[0].neighbourhood, title="征询", closes_on=None, by=worker)
    official = signed_in(make_user("district_official", "420502"))
    first = official.get(url(survey, "doors/?reason=信访件 12 号&page_size=2")).json()

    second = official.get(first["next"])
    elsewhere = official.get(first["next"].replace(f"/surveys/{survey.pk}/", f"/surveys/{other.pk}/"))

    assert len(second.json()["results"]) == 2
    assert (elsewhere.status_code, elsewhere.json()["errors"][0]["code"]) == (400, "bad_cursor")
    assert HistoryEntry.objects.filter(act="doors_read", object_id=survey.pk).count() == 2


def test_a_committee_member_sees_doors_only_while_a_round_is_open():
    survey, _doors, worker = make_survey()
    member = signed_in(make_user("committee_member", survey.neighbourhood.code))
    assert len(member.get(url(survey, "doors/")).json()["results"]) == 10

    close_survey(survey=survey, by=worker, reason="no", revisit_on=timezone.localdate() + timedelta(days=9))

    assert member.get(url(survey, "doors/")).status_code == 403


def test_small_buildings_are_not_broken_down_for_who_may_not_see_doors():
    doors = [*make_doors(buildings=2, doors=6)]
    survey, doors, worker = make_survey(households=doors)
    small = doors[0].building
    amendment_client = signed_in(worker)
    for door in doors[:3]:
        body = {"household": door.pk, "action": "remove", "reason": "重复登记"}
        assert amendment_client.post(url(survey, "roll-amendments/"), body, format="json").status_code == 201
    for_worker = amendment_client.get(url(survey, "result/")).json()["by_building"]
    assert [row["households"] for row in for_worker if row["building"] == small.pk] == [3]

    rows = signed_in(make_user("district_official", "420502")).get(url(survey, "result/")).json()["by_building"]

    assert [(row["building"], row["households"]) for row in rows] == [(None, 9)]


def test_a_photo_of_a_visit_is_kept_once_small_and_without_a_place():
    survey, doors, worker = make_survey(count_vacant=False)
    visit = a_visit(doors[0], "vacant")
    record_visits(survey=survey, visits=[visit], by=worker)
    client, sent = signed_in(worker), photo()
    assert client.get(url(survey, "result/")).json()["excluded"] == 0

    def send() -> int:
        file = SimpleUploadedFile("form.jpg", sent, "image/jpeg")
        return client.post(
            url(survey, "photos/"), {"client_id": str(visit.client_id), "file": file}, format="multipart"
        ).status_code

    assert [send(), send()] == [201, 200]
    kept = Image.open(VisitPhoto.objects.get().file)
    assert max(kept.size) == 1600
    assert not kept.getexif().get_ifd(0x8825)
    assert client.get(url(survey, "result/")).json()["excluded"] == 1


@pytest.mark.parametrize("content", [b"", b"no picture", b"%PDF-1.7", photo()[:2000]])
def test_what_is_no_photo_is_refused(content):
    survey, doors, worker = make_survey()
    visit = a_visit(doors[0])
    record_visits(survey=survey, visits=[visit], by=worker)
    file = SimpleUploadedFile("form.jpg", content, "image/jpeg")

    answer = signed_in(worker).post(
        url(survey, "photos/"), {"client_id": str(visit.client_id), "file": file}, format="multipart"
    )

    assert answer.status_code == 400
    assert not VisitPhoto.objects.exists()


def test_a_photo_of_a_visit_not_sent_yet_is_404():
    survey, _doors, worker = make_survey()
    file = SimpleUploadedFile("form.jpg", photo((10, 10)), "image/jpeg")

    answer = signed_in(worker).post(
        url(survey, "photos/"), {"client_id": str(uuid4()), "file": file}, format="multipart"
    )

    assert (answer.status_code, answer.json()["code"]) == (404, "visit_unknown")


def test_the_committee_sends_the_photos_of_its_own_visits_also_when_it_sees_no_doors_any_more(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    survey, doors, worker = make_survey()
    member = make_user("committee_member", survey.neighbourhood.code)
    own, handed, other = (a_visit(door, party=("owners_committee",), note="补录") for door in doors[:3])
    record_visits(survey=survey, visits=[own], by=member)
    record_visits(survey=survey, visits=[other], by=worker)
    for _ in range(3):
        close_round(survey=survey, by=worker, reason="雨天")
    door = survey.doors.get(household=doors[1])
    waiting, _is_new = hand_visit(door=door, visit=handed, refusals=["wrong_round"], by=member)
    enter_handed(handed=waiting, by=worker, note="补录")

    def send(visit) -> int:
        body = {
            "client_id": str(visit.client_id),
            "file": SimpleUploadedFile("form.jpg", photo((40, 40)), "image/jpeg"),
        }
        return signed_in(member).post(url(survey, "photos/"), body, format="multipart").status_code

    assert [send(own), send(handed), send(other)] == [201, 201, 404]


def test_the_result_as_of_an_earlier_time():
    survey, doors, worker = make_survey()
    client = signed_in(worker)
    record_visits(survey=survey, visits=[a_visit(doors[0])], by=worker)
    between = timezone.now()
    record_visits(survey=survey, visits=[a_visit(doors[1])], by=worker)

    then = client.get(url(survey, "result/"), {"as_of": between.isoformat()}).json()

    assert (then["supports"], client.get(url(survey, "result/")).json()["supports"]) == (1, 2)
    assert client.get(url(survey, "result/?as_of=yesterday")).status_code == 400
    assert client.get(url(survey, "result/?asof=2026-01-01T00:00:00Z")).status_code == 400


def test_lists_cost_the_same_queries_for_one_row_and_for_many(django_assert_num_queries):
    survey, doors, worker = make_survey()
    client = signed_in(worker)
    record_visits(survey=survey, visits=[a_visit(door) for door in doors], by=worker)
    for rest in ("doors/", "visits/"):
        client.get(url(survey, rest))
        with django_assert_num_queries(6):
            client.get(url(survey, f"{rest}?page_size=1"))
        with django_assert_num_queries(6):
            client.get(url(survey, f"{rest}?page_size=10"))


def test_a_policy_is_set_by_who_may_and_where():
    make_policy()
    body = {"division": "420502", "pass_share": "0.8", "valid_from": "2026-01-01", "document": "文件"}
    district = signed_in(make_user("district_official", "420502"))

    assert district.post(f"{API}/consent-policies/", body | {"division": "420502"}, format="json").status_code == 400
    make_division("420502001001")
    assert district.post(f"{API}/consent-policies/", body, format="json").status_code == 201
    twice = district.post(f"{API}/consent-policies/", body, format="json")
    assert (twice.status_code, twice.json()["code"]) == (409, "policy_set_already")
    assert district.post(f"{API}/consent-policies/", body | {"division": "4205"}, format="json").status_code == 403
    assert signed_in(make_user()).post(f"{API}/consent-policies/", body, format="json").status_code == 403
    too_much = district.post(f"{API}/consent-policies/", body | {"pass_share": "1.01"}, format="json")
    assert too_much.json()["errors"][0]["pointer"] == "/pass_share"


def test_of_two_who_close_a_round_at_once_one_is_refused(monkeypatch):
    survey, _doors, worker = make_survey()
    client = signed_in(worker)
    seen = {found.pk: list(found.rounds.all()) for found in [survey]}

    def meanwhile(self):
        """The survey as the second one read it, just before the first one's close was committed."""
        found = Survey.objects.select_related("neighbourhood").get(pk=survey.pk)
        found._prefetched_objects_cache = {"rounds": seen[found.pk]}
        return found

    body = {"action": "close", "reason": "next"}
    assert client.post(url(survey, "rounds/"), body, format="json").json()["round"] == 2
    monkeypatch.setattr("consent.api.surveys.Surveys.get_object", meanwhile)

    second = client.post(url(survey, "rounds/"), body, format="json")

    assert (second.status_code, second.json()["code"]) == (409, "round_already_closed")


def test_a_grid_worker_sees_no_small_building_of_another_grid():
    doors = make_doors(buildings=2, doors=3)
    for door, grid in ((doors[0], "420502001001001"), (doors[-1], "420502001001002")):
        door.building.grid = grid
        door.building.save()
    survey, _doors, worker = make_survey(households=doors)
    assert len(signed_in(worker).get(url(survey, "result/")).json()["by_building"]) == 2

    rows = signed_in(make_user("grid_worker", "420502001001001")).get(url(survey, "result/")).json()["by_building"]

    assert [(row["building"], row["households"]) for row in rows] == [(None, 6)]


def test_who_reads_what_is_published_reads_no_words_and_no_later_rate():
    survey, doors, worker = make_survey()
    runner = signed_in(worker)
    body = {"household": doors[0].pk, "action": "remove", "reason": "王某拆迁"}
    runner.post(url(survey, "roll-amendments/"), body, format="json")
    close_survey(survey=survey, by=worker, reason="李某反对", revisit_on=timezone.localdate() + timedelta(days=9))
    assert runner.get(url(survey, "roll-amendments/")).json()[0]["reason"] == "王某拆迁"
    assert runner.get(url(survey, "rounds/")).json()[0]["close_reason"] == "李某反对"

    clerk = signed_in(make_user("property_clerk", survey.neighbourhood.code))

    assert clerk.get(url(survey, "roll-amendments/")).status_code == 403
    assert clerk.get(url(survey, "rounds/")).json()[0]["close_reason"] == ""
    assert clerk.get(url(survey, "result/"), {"as_of": timezone.now().isoformat()}).status_code == 403
    history = f"{API}/neighbourhoods/{survey.neighbourhood_id}/history/"
    kinds = [row["evidence"] for row in clerk.get(history).json()["results"] if row["evidence"]]
    assert kinds == ["survey_result"]


def test_a_photo_of_a_door_in_another_grid_is_404_and_after_closing_it_moves_the_rate():
    doors = make_doors(buildings=2)
    doors[0].building.grid, doors[-1].building.grid = "420502001001001", "420502001001002"
    doors[0].building.save()
    doors[-1].building.save()
    survey, _doors, worker = make_survey(households=doors, count_vacant=False, pass_share="0.9000")
    vacant = a_visit(doors[-1], "vacant")
    record_visits(survey=survey, visits=[vacant, *[a_visit(door) for door in doors[:9]]], by=worker)
    close_survey(survey=survey, by=worker)

    def send(user) -> int:
        file = SimpleUploadedFile("form.jpg", photo((40, 40)), "image/jpeg")
        body = {"client_id": str(vacant.client_id), "file": file}
        return signed_in(user).post(url(survey, "photos/"), body, format="multipart").status_code

    assert send(make_user("grid_worker", "420502001001001")) == 404
    assert send(worker) == 201
    assert Evidence.objects.filter(kind="support_rate").last().facts["support_rate"] == "1.0000"


def test_a_visit_names_the_revision_that_was_shown():
    survey, doors, worker = make_survey()
    make_frozen_plan(survey.neighbourhood, number=2)
    client = signed_in(worker)
    named, unnamed, unheard_of = a_visit(doors[0], plan=2), a_visit(doors[1]), a_visit(doors[2], plan=3)
    items = [as_item(named), {**as_item(unnamed), "plan": None}, as_item(unheard_of)]

    answer = client.post(url(survey, "visits/"), {"visits": items}, format="json")
    again = client.post(url(survey, "visits/"), {"visits": [items[0], as_item(unnamed)]}, format="json")
    other = client.post(url(survey, "visits/"), {"visits": [{**items[0], "plan": None}]}, format="json")

    assert [one["status"] for one in answer.json()["results"]] == ["recorded", "recorded", "rejected"]
    assert codes(answer) == [[], [], ["unknown_plan"]]
    assert [one["status"] for one in again.json()["results"]] == ["duplicate", "duplicate"]
    assert codes(other) == [["client_id_reused"]]
    assert [row["plan"] for row in client.get(url(survey, "visits/")).json()["results"]] == [2, None]


@pytest.mark.parametrize("plan", [0, -1, True, "2", 2.0, [], 32768])
def test_a_revision_that_is_no_number_cannot_be_read(plan):
    survey, doors, worker = make_survey()

    answer = signed_in(worker).post(
        url(survey, "visits/"), {"visits": [{**as_item(a_visit(doors[0])), "plan": plan}]}, format="json"
    )

    assert codes(answer) == [["malformed"]]


def test_a_survey_shows_the_revision_to_show_and_says_when_it_changes():
    survey, _doors, worker = make_survey()
    client = signed_in(worker)
    before = client.get(url(survey))
    first = make_frozen_plan(survey.neighbourhood, number=1)
    tag = client.get(url(survey))["ETag"]
    second = make_frozen_plan(survey.neighbourhood, number=2, total="2000000.50")

    after = client.get(url(survey), headers={"If-None-Match": tag})

    assert before.json()["plan"] is None
    assert first.digest != second.digest
    assert after.json()["plan"] == {"id": second.pk, "number": 2, "digest": second.digest, "total": "2000000.50"}
    assert client.get(url(survey), headers={"If-None-Match": after["ETag"]}).status_code == 304


def test_the_list_of_visits_costs_the_same_with_plans(django_assert_num_queries):
    survey, doors, worker = make_survey()
    for number in (1, 2):
        make_frozen_plan(survey.neighbourhood, number=number)
    client = signed_in(worker)
    record_visits(survey=survey, visits=[a_visit(doors[0], plan=1)], by=worker)
    client.get(url(survey, "visits/"))
    with CaptureQueriesContext(connection) as one:
        client.get(url(survey, "visits/"))
    record_visits(survey=survey, visits=[a_visit(doors[1], plan=2), a_visit(doors[2])], by=worker)

    with django_assert_num_queries(len(one)):
        assert len(client.get(url(survey, "visits/")).json()["results"]) == 3
