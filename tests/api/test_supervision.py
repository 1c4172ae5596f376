"""Site reports, defects and photos over HTTP."""

import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from accounts.choices import Role
from renovation.models import Defect, Evidence, SitePhoto, SiteReport
from renovation.services.site_photos import add_site_photo
from renovation.services.supervision import raise_defect, rectify_defect
from tests.api.helpers import API, signed_in, system
from tests.cast import ELSEWHERE, GRID, HERE, THERE
from tests.factories import give_role, make_building, make_menu_edition, make_user
from tests.renovation.supervision_cast import a_defect, a_package, a_photo, accept, an_item

pytestmark = pytest.mark.django_db
# A day that has not come, also for a run that crosses midnight.
TOO_EARLY = (timezone.localdate() + timedelta(days=30)).isoformat()


@pytest.fixture(autouse=True)
def files_of_their_own(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def report_body(neighbourhood: Any, **fields: Any) -> dict[str, Any]:
    return {
        "neighbourhood": neighbourhood.pk,
        "reporter": "residents_supervisor",
        "reporter_name": "周敏",
        "reported_on": "2026-03-01",
        "text": "三号楼屋面卷材未压边",
        **fields,
    }


def defect_body(neighbourhood: Any, **fields: Any) -> dict[str, Any]:
    return {
        "neighbourhood": neighbourhood.pk,
        "severity": "major",
        "text": "渗水",
        "found_on": "2026-03-01",
        **fields,
    }


def photo_body(neighbourhood: Any, **fields: Any) -> dict[str, Any]:
    body = {"neighbourhood": neighbourhood.pk, "phase": "before", "taken_on": "2026-03-01", "file": a_photo()}
    return {**body, **fields}


# --- Site reports ----------------------------------------------------------------------------------


def test_a_report_is_written_and_read(cast, committee_member):
    package, building = a_package(cast.home, "B01"), cast.doors[0].building
    client = signed_in(committee_member)

    made = client.post(
        f"{API}/site-reports/", report_body(cast.home, package=package.pk, building=building.pk), format="json"
    )

    assert made.status_code == 201
    body = made.json()
    assert {name: body[name] for name in body if name not in ("id", "created_at")} == {
        "neighbourhood": cast.home.pk,
        "package": package.pk,
        "building": building.pk,
        "reporter": "residents_supervisor",
        "reporter_name": "周敏",
        "reported_on": "2026-03-01",
        "text": "三号楼屋面卷材未压边",
        "photos": [],
        "defects": [],
    }
    assert client.get(f"{API}/site-reports/{body['id']}/").json() == body
    assert client.get(f"{API}/site-reports/?neighbourhood={cast.home.pk}").json()["results"] == [body]
    report = SiteReport.objects.get()
    assert report.recorded_by == committee_member


def test_a_report_of_a_day_to_come_is_refused(cast, community_worker):
    answer = signed_in(community_worker).post(f"{API}/site-reports/", report_body(cast.home, reported_on=TOO_EARLY))

    assert (answer.status_code, answer.json()["code"]) == (409, "day_in_future")
    assert not SiteReport.objects.exists()


def test_a_report_in_the_building_of_another_neighbourhood_is_refused(cast, community_worker):
    give_role(community_worker, Role.COMMUNITY_STAFF, THERE)

    answer = signed_in(community_worker).post(
        f"{API}/site-reports/", report_body(cast.home, building=cast.other_doors[0].building_id)
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "other_neighbourhood")


def test_what_a_report_names_must_be_seen(cast, community_worker):
    answer = signed_in(community_worker).post(
        f"{API}/site-reports/", report_body(cast.home, building=cast.other_doors[0].building_id)
    )

    assert answer.status_code == 400
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/building"]


@pytest.mark.parametrize(
    ("role", "territory", "status"),
    [
        (Role.COMMUNITY_STAFF, HERE, 201),
        (Role.DISTRICT_OFFICIAL, HERE[:6], 201),
        (Role.GRID_WORKER, GRID, 201),
        (Role.CITY_OFFICIAL, HERE[:4], 403),
        (Role.PARTY_SECRETARY, HERE, 403),
        (Role.PROPERTY_CLERK, HERE, 403),
        (Role.AUDITOR, HERE, 403),
        (Role.ADMIN, HERE, 403),
        (Role.COMMUNITY_STAFF, ELSEWHERE, 400),
        (Role.GRID_WORKER, f"{THERE}001", 400),
    ],
)
def test_who_reports(cast, role, territory, status):
    client = signed_in(make_user(role, territory))

    assert client.post(f"{API}/site-reports/", report_body(cast.home)).status_code == status


def test_a_grid_worker_reports_where_a_building_lies_in_the_grid_or_in_none(cast):
    worker = make_user(Role.GRID_WORKER, f"{THERE}009")
    client = signed_in(worker)
    home = cast.next_door
    for building in home.buildings.all():
        building.grid = f"{THERE}001"
        building.save()
    assert client.post(f"{API}/site-reports/", report_body(home)).status_code == 400

    make_building(neighbourhood=home, number="无网格")
    assert client.post(f"{API}/site-reports/", report_body(home)).status_code == 201


def test_the_name_of_who_looked_is_for_who_works_at_the_doors_and_who_wrote_it(
    client, cast, community_worker, grid_worker, committee_member, district_official, auditor, administrator
):
    signed_in(committee_member).post(f"{API}/site-reports/", report_body(cast.home, reporter_name="周敏"))
    signed_in(community_worker).post(f"{API}/site-reports/", report_body(cast.home, reporter_name="李强"))

    def names(user: Any) -> list[str]:
        rows = signed_in(user).get(f"{API}/site-reports/").json()["results"]
        client.force_login(user)
        page = client.get(f"/neighbourhoods/{cast.home.pk}/works/reports/").context["page"].rows
        assert [report.shown_name for report in page] == [row["reporter_name"] for row in rows][::-1]
        return [row["reporter_name"] for row in rows]

    assert names(community_worker) == names(grid_worker) == ["周敏", "李强"]
    assert names(committee_member) == ["周敏", "李**"]
    assert names(district_official) == names(auditor) == names(administrator) == ["周**", "李**"]


def test_a_report_of_elsewhere_does_not_exist(cast, community_worker, outsider):
    made = signed_in(community_worker).post(f"{API}/site-reports/", report_body(cast.home)).json()
    stranger = signed_in(outsider)

    assert signed_in(community_worker).get(f"{API}/site-reports/{made['id']}/").status_code == 200
    assert stranger.get(f"{API}/site-reports/{made['id']}/").status_code == 404
    assert stranger.get(f"{API}/site-reports/").json()["results"] == []
    photos = f"{API}/site-reports/{made['id']}/photos/"
    assert stranger.post(photos, {"file": a_photo()}, format="multipart").status_code == 404


def test_a_client_reports_with_the_scope_of_plans_alone(cast):
    assert system("plans:write").post(f"{API}/site-reports/", report_body(cast.home)).status_code == 201
    assert system("plans:read").post(f"{API}/site-reports/", report_body(cast.home)).status_code == 403
    assert system("registry:write").post(f"{API}/site-reports/", report_body(cast.home)).status_code == 403


def test_a_photo_comes_with_its_report_once_on_the_day_of_the_report(cast, committee_member):
    client = signed_in(committee_member)
    report = client.post(f"{API}/site-reports/", report_body(cast.home)).json()["id"]
    sent = a_photo().read()

    def send() -> Any:
        file = SimpleUploadedFile("p.jpg", sent)
        return client.post(f"{API}/site-reports/{report}/photos/", {"file": file}, format="multipart")

    first, again = send(), send()

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    photo = first.json()
    assert first["ETag"] == client.get(f"{API}/site-photos/{photo['id']}/")["ETag"]
    assert (photo["phase"], photo["taken_on"], photo["report"]) == ("during", "2026-03-01", report)
    assert client.get(f"{API}/site-reports/{report}/").json()["photos"] == [photo["id"]]


# --- Defects ---------------------------------------------------------------------------------------


def test_a_defect_is_raised_with_who_built_it_and_told_to_the_guard(cast, grid_worker):
    package = a_package(cast.home, "B01", contractor="宜建公司")
    item = an_item()

    made = signed_in(grid_worker).post(
        f"{API}/defects/", defect_body(cast.home, menu_item=item.pk, due_on="2026-03-15")
    )

    assert made.status_code == 201
    body = made.json()
    assert (body["package"], body["contractor"], body["item_code"]) == (package.pk, "宜建公司", "B01")
    assert (body["state"], body["after_acceptance"], body["due_on"]) == ("open", False, "2026-03-15")
    assert [(event["act"], event["done_on"], event["by"]) for event in body["events"]] == [
        ("raised", "2026-03-01", grid_worker.pk)
    ]
    facts = Evidence.objects.filter(kind="inspections").latest("pk").facts
    assert (facts["findings"], facts["closed"]) == (1, 0)


def test_a_defect_is_rectified_rechecked_and_closed(cast, community_worker, committee_member):
    a_package(cast.home, "B01")
    defect = signed_in(community_worker).post(f"{API}/defects/", defect_body(cast.home)).json()["id"]
    url = f"{API}/defects/{defect}/"
    one, other = signed_in(community_worker), signed_in(committee_member)

    rectified = one.post(f"{url}rectify/", {"done_on": "2026-03-02", "note": "重做"})
    failed = other.post(f"{url}recheck/", {"passed": False, "done_on": "2026-03-03"})
    again = one.post(f"{url}rectify/", {"done_on": "2026-03-04"})
    passed = other.post(f"{url}recheck/", {"passed": True, "done_on": "2026-03-04"})

    states = [answer.json()["state"] for answer in (rectified, failed, again, passed)]
    assert states == ["rectified", "open", "rectified", "closed"]
    acts = [event["act"] for event in passed.json()["events"]]
    assert acts == ["raised", "rectified", "recheck_failed", "rectified", "recheck_passed"]
    facts = Evidence.objects.filter(kind="inspections").latest("pk").facts
    assert (facts["findings"], facts["closed"]) == (1, 1)


def test_who_recorded_the_rectification_does_not_recheck_it(cast, community_worker):
    defect = a_defect(cast.home)
    client = signed_in(community_worker)
    client.post(f"{API}/defects/{defect.pk}/rectify/", {"done_on": "2026-03-02"})

    answer = client.post(f"{API}/defects/{defect.pk}/recheck/", {"passed": True, "done_on": "2026-03-02"})

    assert (answer.status_code, answer.json()["code"]) == (409, "second_person_needed")
    defect.refresh_from_db()
    assert defect.state == "rectified"


@pytest.mark.parametrize(
    ("act", "body", "code"),
    [
        ("recheck", {"passed": True, "done_on": "2026-03-02"}, "defect_not_rectified"),
        ("rectify", {"done_on": "2026-02-28"}, "day_out_of_order"),
        ("rectify", {"done_on": TOO_EARLY}, "day_in_future"),
    ],
)
def test_steps_out_of_turn_are_refused(cast, community_worker, act, body, code):
    defect = a_defect(cast.home)

    answer = signed_in(community_worker).post(f"{API}/defects/{defect.pk}/{act}/", body)

    assert (answer.status_code, answer.json()["code"]) == (409, code)


def test_a_rectified_defect_is_not_rectified_again(cast, community_worker):
    defect = a_defect(cast.home)
    rectify_defect(defect=defect, done_on=date(2026, 3, 2), note="", by=community_worker)

    answer = signed_in(community_worker).post(f"{API}/defects/{defect.pk}/rectify/", {"done_on": "2026-03-02"})

    assert (answer.status_code, answer.json()["code"]) == (409, "defect_not_open")


def test_a_defect_due_before_it_was_found_is_refused_and_on_that_day_is_not(cast, community_worker):
    client = signed_in(community_worker)

    early = client.post(f"{API}/defects/", defect_body(cast.home, due_on="2026-02-28"))
    same_day = client.post(f"{API}/defects/", defect_body(cast.home, due_on="2026-03-01"))

    assert (early.status_code, early.json()["code"]) == (409, "day_out_of_order")
    assert same_day.status_code == 201


def test_who_sees_a_defect_may_not_act_unless_the_role_says_so(cast, auditor, outsider, community_worker):
    defect = a_defect(cast.home)
    step = {"done_on": "2026-03-02"}

    url = f"{API}/defects/{defect.pk}/rectify/"
    statuses = [signed_in(user).post(url, step).status_code for user in (auditor, outsider, community_worker)]

    assert statuses == [403, 404, 200]


def test_a_step_on_an_old_version_is_refused(cast, community_worker):
    defect = a_defect(cast.home)
    client = signed_in(community_worker)
    tag = client.get(f"{API}/defects/{defect.pk}/")["ETag"]
    Defect.objects.get().save()

    answer = client.post(f"{API}/defects/{defect.pk}/rectify/", {"done_on": "2026-03-02"}, headers={"If-Match": tag})

    assert answer.status_code == 412


def test_early_damage_is_found_by_contractor_item_and_year(cast, community_worker):
    first = make_menu_edition(("B01", "B03"))
    later = make_menu_edition(("B01", "B03"), valid_from=date(2026, 1, 1))
    roof, road = first.items.get(code="B01"), first.items.get(code="B03")
    package = a_package(cast.home, contractor="宜建公司")
    accept(package, date(2024, 12, 31))
    built = {"package": package, "contractor": "宜建公司", "after_acceptance": True}
    early = a_defect(cast.home, menu_item=roof, found_on=date(2025, 12, 31), **built)
    newer = a_defect(cast.home, menu_item=later.items.get(code="B01"), found_on=date(2026, 1, 1), **built)
    other_item = a_defect(cast.home, menu_item=road, found_on=date(2026, 1, 1), **built)
    other_builder = a_defect(cast.home, menu_item=roof, contractor="江北公司", after_acceptance=True)
    during = a_defect(cast.home, menu_item=roof, contractor="宜建公司", package=package)
    client = signed_in(community_worker)

    def found(query: str) -> set[int]:
        return {row["id"] for row in client.get(f"{API}/defects/?{query}").json()["results"]}

    whole = {early.pk, newer.pk, other_item.pk, other_builder.pk}
    assert found("after_acceptance=true") == whole
    assert found("after_acceptance=false") == {during.pk}
    assert found("after_acceptance=true&contractor=宜建公司") == whole - {other_builder.pk}
    assert found(f"after_acceptance=true&menu_item={roof.pk}") == whole - {other_item.pk}
    assert found(f"after_acceptance=true&contractor=宜建公司&menu_item={roof.pk}&found_year=2025") == {early.pk}
    assert found("after_acceptance=true&accepted_year=2024") == whole - {other_builder.pk}
    assert found("accepted_year=2025") == set()


@pytest.mark.parametrize(
    "query", ["after_acceptance=yes", "found_year=x", "found_year=1", "builder=x", "menu_item=B01"]
)
def test_filters_of_defects_are_strict(cast, community_worker, query):
    assert signed_in(community_worker).get(f"{API}/defects/?{query}").status_code == 400


def test_lists_spend_the_same_queries_for_one_row_and_for_three(cast, committee_member, django_assert_num_queries):
    client = signed_in(committee_member)

    def add() -> None:
        report = client.post(f"{API}/site-reports/", report_body(cast.home)).json()["id"]
        defect = a_defect(cast.home, menu_item=an_item(), report=SiteReport.objects.get(pk=report))
        add_site_photo(
            neighbourhood=cast.home,
            phase="during",
            taken_on=date(2026, 3, 1),
            file=a_photo(),
            report=defect.report,
            defect=defect,
            by=committee_member,
        )

    add()
    counts = {"site-reports": 3, "defects": 2, "site-photos": 1}
    at_rest = 4  # the session and its record, the user and the roles
    for rows in (1, 3):
        for resource, queries in counts.items():
            with django_assert_num_queries(queries + at_rest):
                assert len(client.get(f"{API}/{resource}/").json()["results"]) == rows
        if rows == 1:
            add()
            add()


# --- Photos ----------------------------------------------------------------------------------------


def test_a_photo_is_kept_once_small_and_without_a_place(cast, community_worker):
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (30.0, 42.0, 0.0)}
    target = io.BytesIO()
    Image.new("RGB", (3000, 2000), "#336699").save(target, "JPEG", exif=exif)
    client = signed_in(community_worker)

    def send() -> Any:
        file = SimpleUploadedFile("p.jpg", target.getvalue())
        return client.post(f"{API}/site-photos/", photo_body(cast.home, file=file), format="multipart")

    first, again = send(), send()

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["is_published"] is False
    assert first["ETag"] == client.get(f"{API}/site-photos/{first.json()['id']}/")["ETag"]
    kept = client.get(f"{API}/site-photos/{first.json()['id']}/file/")
    assert (kept.status_code, kept["Content-Type"], kept["Cache-Control"]) == (200, "image/jpeg", "private")
    picture = Image.open(io.BytesIO(kept.content))
    assert (picture.size, dict(picture.getexif())) == ((1600, 1067), {})
    url = f"{API}/site-photos/{first.json()['id']}/file/"
    assert client.get(url, headers={"If-None-Match": kept["ETag"]}).status_code == 304
    assert client.get(url, headers={"Accept": "image/jpeg"}).status_code == 200


def test_a_photo_whose_file_is_lost_is_not_there(cast, community_worker):
    client = signed_in(community_worker)
    kept = client.post(f"{API}/site-photos/", photo_body(cast.home), format="multipart").json()["id"]
    photo = SitePhoto.objects.get(pk=kept)
    photo.file.storage.delete(photo.file.name)

    assert client.get(f"{API}/site-photos/{kept}/file/").status_code == 404
    assert client.get(f"/site-photos/{kept}/").status_code == 404


def test_what_is_no_photo_is_refused(cast, community_worker):
    body = photo_body(cast.home, file=SimpleUploadedFile("p.jpg", b"no picture"))

    answer = signed_in(community_worker).post(f"{API}/site-photos/", body, format="multipart")

    assert (answer.status_code, answer.json()["code"]) == (400, "photo_refused")
    assert not SitePhoto.objects.exists()


@pytest.mark.parametrize("kind", ["report", "defect"])
def test_a_photo_of_something_in_another_neighbourhood_is_refused(cast, community_worker, kind):
    give_role(community_worker, Role.COMMUNITY_STAFF, THERE)
    client = signed_in(community_worker)
    there = {
        "report": client.post(f"{API}/site-reports/", report_body(cast.next_door)).json()["id"],
        "defect": a_defect(cast.next_door).pk,
    }

    answer = client.post(f"{API}/site-photos/", photo_body(cast.home, **{kind: there[kind]}), format="multipart")

    assert (answer.status_code, answer.json()["code"]) == (409, "other_neighbourhood")


def test_a_photo_of_a_day_to_come_is_refused(cast, community_worker):
    body = photo_body(cast.home, taken_on=TOO_EARLY)

    answer = signed_in(community_worker).post(f"{API}/site-photos/", body, format="multipart")

    assert (answer.status_code, answer.json()["code"]) == (409, "day_in_future")


def test_photos_are_listed_by_neighbourhood_and_phase(cast, community_worker):
    client = signed_in(community_worker)
    before = client.post(f"{API}/site-photos/", photo_body(cast.home), format="multipart").json()["id"]
    after = client.post(f"{API}/site-photos/", photo_body(cast.home, phase="after"), format="multipart").json()["id"]

    def found(query: str) -> list[int]:
        return [row["id"] for row in client.get(f"{API}/site-photos/?{query}").json()["results"]]

    assert found(f"neighbourhood={cast.home.pk}&phase=after") == [after]
    assert found(f"neighbourhood={cast.home.pk}") == [before, after]
    assert found(f"neighbourhood={cast.next_door.pk}") == []


def test_a_published_photo_is_seen_by_all_who_work_here_and_a_withdrawn_one_no_longer(cast, community_worker, outsider):
    client, stranger = signed_in(community_worker), signed_in(outsider)
    photo = client.post(f"{API}/site-photos/", photo_body(cast.home), format="multipart").json()["id"]
    url = f"{API}/site-photos/{photo}/"

    def seen() -> list[int]:
        answers = (stranger.get(url), stranger.get(f"{url}file/"), stranger.get(f"/site-photos/{photo}/small/"))
        return [answer.status_code for answer in answers]

    assert seen() == [404, 404, 404]
    assert client.patch(url, {"is_published": True}).json()["is_published"] is True
    assert seen() == [200, 200, 200]
    assert stranger.patch(url, {"is_published": False}).status_code == 403
    assert signed_in(make_user(None)).get(f"{url}file/").status_code == 404
    assert client.patch(url, {"is_published": False}).json()["is_published"] is False
    assert seen() == [404, 404, 404]


def test_a_defect_found_after_acceptance_is_no_finding_of_the_works(cast, community_worker):
    package = a_package(cast.home, "B01")
    accept(package, date(2026, 2, 1))
    told = {"neighbourhood": cast.home, "severity": "minor", "text": "x", "package": package, "by": community_worker}

    on_the_day = raise_defect(found_on=date(2026, 2, 1), **told)
    later = raise_defect(found_on=date(2026, 2, 2), **told)

    assert (on_the_day.after_acceptance, later.after_acceptance) == (False, True)
    facts = Evidence.objects.filter(kind="inspections").latest("pk").facts
    assert (facts["findings"], facts["closed"]) == (1, 0)
