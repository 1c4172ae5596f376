"""The pages of supervision: forms that keep what they were given, figures that open what they count."""

import re
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.choices import Role
from renovation.models import Defect, SitePhoto, SiteReport
from renovation.services.supervision import rectify_defect
from tests.cast import ELSEWHERE, HERE, THERE
from tests.factories import make_neighbourhood, make_user
from tests.renovation.supervision_cast import a_defect, a_package, a_photo, accept, an_item, keep_photo

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
# A day that has not come, also for a run that crosses midnight.
TOO_EARLY = (TODAY + timedelta(days=30)).isoformat()


@pytest.fixture(autouse=True)
def files_of_their_own(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def url(cast):
    return f"/neighbourhoods/{cast.home.pk}/works/"


def browse(client, user):
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client


def body(answer) -> str:
    text = re.sub(r"\s+", " ", answer.content.decode())
    return re.sub(r" ?(<|>) ?", r"\1", text)


def a_report(**fields):
    told = {"text": "Felt overlaps too little", "reporter": "residents_supervisor", "reported_on": TODAY.isoformat()}
    return {**told, "severity": "", **fields}


# --- Site reports ----------------------------------------------------------------------------------


def test_a_report_with_photos_and_a_defect_is_handed_in_at_once(client, cast, url, committee_member):
    a_package(cast.home, "B01", contractor="甲公司")
    sent = a_report(
        severity="safety",
        defect_text="Loose rail",
        menu_item=an_item("B01").pk,
        building=cast.doors[0].building_id,
        taken=a_photo(),
        picked=[a_photo(), a_photo()],
    )

    answer = browse(client, committee_member).post(f"{url}reports/", sent)

    assert answer["Location"] == f"{url}reports/"
    defect = Defect.objects.get()
    assert (defect.text, defect.severity, defect.contractor) == ("Loose rail", "safety", "甲公司")
    assert SitePhoto.objects.filter(report=SiteReport.objects.get(), defect=defect).count() == 3
    page = body(client.get(f"{url}reports/"))
    assert f'href="{url}defects/{defect.pk}/">Loose rail</a>' in page
    assert page.count("/small/") == 3
    assert "1 open defect</a>" in page


@pytest.mark.parametrize(
    ("fields", "name", "status"),
    [
        ({"text": ""}, "text", 400),
        ({"severity": "major"}, "defect_text", 400),
        ({"defect_text": "x"}, "severity", 400),
        ({"reported_on": "soon"}, "reported_on", 400),
        ({"building": "999999"}, "building", 400),
        ({"reported_on": TOO_EARLY}, "__all__", 409),
    ],
)
def test_a_report_that_cannot_be_kept_comes_back_with_its_words(
    client, cast, url, community_worker, fields, name, status
):
    answer = browse(client, community_worker).post(f"{url}reports/", a_report(**fields))

    assert answer.status_code == status
    assert list(answer.context["form"].errors) == [name]
    assert not SiteReport.objects.exists()
    assert fields.get("text", "Felt overlaps too little") in answer.content.decode()


def test_a_file_that_is_no_photo_is_refused_and_nothing_is_kept(client, cast, url, community_worker):
    answer = browse(client, community_worker).post(
        f"{url}reports/", a_report(taken=SimpleUploadedFile("x.jpg", b"no picture"))
    )

    assert answer.status_code == 400
    assert "This is no photo that can be read." in body(answer)
    assert not SiteReport.objects.exists()


def test_at_most_six_photos_come_at_once_from_the_gallery(client, cast, url, community_worker):
    browse(client, community_worker)

    seven = client.post(f"{url}reports/", a_report(picked=[a_photo() for _ in range(7)]))
    six = client.post(f"{url}reports/", a_report(picked=[a_photo() for _ in range(6)]))

    assert (seven.status_code, six.status_code) == (400, 302)
    assert SitePhoto.objects.count() == 6


@pytest.mark.parametrize(
    ("role", "reporter"),
    [
        (Role.COMMITTEE_MEMBER, "residents_supervisor"),
        (Role.COMMUNITY_STAFF, "community"),
        (Role.GRID_WORKER, "grid"),
        (Role.DISTRICT_OFFICIAL, "district"),
    ],
)
def test_who_looked_is_proposed_by_role(client, cast, url, role, reporter):
    territory = {Role.GRID_WORKER: f"{HERE}001", Role.DISTRICT_OFFICIAL: HERE[:6]}.get(role, HERE)

    form = browse(client, make_user(role, territory)).get(f"{url}reports/").context["form"]

    assert form["reporter"].value() == reporter


def test_the_camera_opens_on_a_phone_and_the_rule_for_photos_stands_at_the_form(client, cast, url, community_worker):
    page = body(browse(client, community_worker).get(f"{url}reports/"))

    assert re.search(r'<input type="file" name="taken"[^>]*capture="environment"', page)
    assert "never of persons, and never of the inside of a home" in page
    assert "never of persons, and never of the inside of a home" in body(client.get(f"{url}photos/"))


# --- Defects ---------------------------------------------------------------------------------------


def test_open_defects_stand_first_with_safety_and_then_the_oldest_due_day(client, cast, url, community_worker):
    today = timezone.localdate()
    late = a_defect(cast.home, text="late", due_on=today - timedelta(days=3), found_on=today - timedelta(days=9))
    soon = a_defect(cast.home, text="due today", due_on=today)
    safety = a_defect(cast.home, text="safety", severity="safety")
    closed = a_defect(cast.home, text="closed one", state="closed")
    waits = a_defect(cast.home, text="waits", state="rectified", due_on=today - timedelta(days=3))

    answer = browse(client, community_worker).get(f"{url}defects/")

    assert [row.defect for row in answer.context["open"]] == [safety, late, soon]
    assert [row.days_overdue for row in answer.context["open"]] == [0, 3, 0]
    assert [(row.defect, row.days_overdue) for row in answer.context["rectified"]] == [(waits, 0)]
    assert [row.defect for row in answer.context["closed"]] == [closed]
    page = body(answer)
    assert "3 open defects</h1>" in page
    assert "1 is overdue" in page
    assert page.count("3 days overdue") == 1


def test_a_defect_is_raised_and_led_to(client, cast, url, community_worker):
    sent = {"text": "Loose kerb", "severity": "minor", "found_on": TODAY.isoformat(), "taken": a_photo()}

    answer = browse(client, community_worker).post(f"{url}defects/", sent)

    defect = Defect.objects.get()
    assert answer["Location"] == f"{url}defects/{defect.pk}/"
    assert defect.photos.count() == 1


def test_a_defect_due_before_it_was_found_is_refused_in_words(client, cast, url, community_worker):
    sent = {
        "text": "x",
        "severity": "minor",
        "found_on": TODAY.isoformat(),
        "due_on": (TODAY - timedelta(days=1)).isoformat(),
    }

    answer = browse(client, community_worker).post(f"{url}defects/", sent)

    assert answer.status_code == 409
    assert "A defect is to be rectified after it was found." in body(answer)


def test_from_the_rectification_to_the_recheck_by_somebody_else(client, cast, url, community_worker, committee_member):
    defect = a_defect(cast.home)
    one = f"{url}defects/{defect.pk}/"
    step = {"done_on": TODAY.isoformat(), "note": "Laid again"}
    browse(client, community_worker)
    assert 'data-testid="defect-rectify"' in body(client.get(one))

    assert client.post(one, {**step, "act": "rectify", "taken": a_photo()}).status_code == 302
    own = body(client.get(one))
    assert "You recorded the rectification: somebody else must recheck it." in own
    assert 'data-testid="recheck-passed"' not in own
    refused = client.post(one, {**step, "act": "passed"})
    assert refused.status_code == 409
    assert "somebody else must recheck it" in body(refused)

    browse(client, committee_member)
    assert 'data-testid="recheck-passed"' in body(client.get(one))
    assert client.post(one, {**step, "act": "failed"}).status_code == 302
    assert 'data-testid="defect-rectify"' in body(client.get(one))
    assert client.post(one, {**step, "act": "rectify"}).status_code == 302
    browse(client, community_worker)
    assert client.post(one, {**step, "act": "passed"}).status_code == 302

    page = body(client.get(one))
    assert '<form class="own-form"' not in page
    acts = [event.act for event in client.get(one).context["events"]]
    assert acts == ["recheck_passed", "rectified", "recheck_failed", "rectified", "raised"]


def test_a_step_that_is_none_and_one_without_a_note_are_not_taken(client, cast, url, community_worker):
    one = f"{url}defects/{a_defect(cast.home).pk}/"
    browse(client, community_worker)

    assert client.post(one, {"act": "forget", "done_on": TODAY.isoformat(), "note": "x"}).status_code == 404
    assert client.post(one, {"act": "rectify", "done_on": TODAY.isoformat()}).status_code == 400
    assert Defect.objects.get().state == "open"


def test_who_only_reads_sees_no_form_and_may_not_post(client, cast, url, auditor):
    defect = a_defect(cast.home)
    pages = (f"{url}reports/", f"{url}defects/", f"{url}defects/{defect.pk}/", f"{url}photos/")
    browse(client, auditor)

    assert [client.get(page).status_code for page in pages] == [200] * 4
    assert not any("enctype" in body(client.get(page)) for page in pages)
    assert [client.post(page, {"act": "rectify"}).status_code for page in pages] == [403] * 4


def test_a_stranger_finds_none_of_the_pages(client, cast, url, outsider):
    defect = a_defect(cast.home)
    browse(client, outsider)

    for page in ("reports/", "defects/", f"defects/{defect.pk}/", "photos/"):
        assert client.get(url + page).status_code == 404


def test_a_defect_of_another_neighbourhood_is_not_found_below_this_one(client, cast, url, district_official):
    other = a_defect(cast.next_door)
    browse(client, district_official)

    assert client.get(f"/neighbourhoods/{cast.next_door.pk}/works/defects/{other.pk}/").status_code == 200
    assert client.get(f"{url}defects/{other.pk}/").status_code == 404


# --- Photos ----------------------------------------------------------------------------------------


def test_photos_are_grouped_by_item_and_phase_and_published_one_by_one(client, cast, url, community_worker):
    before = keep_photo(cast.home, "before", by=community_worker, menu_item=an_item("B03"), published=False)
    keep_photo(cast.home, "during", by=community_worker, published=False)
    browse(client, community_worker)

    groups = client.get(f"{url}photos/").context["groups"]
    assert [(group.code, len(group.before), len(group.during), len(group.after)) for group in groups] == [
        ("", 0, 1, 0),
        ("B03", 1, 0, 0),
    ]

    publish = f"{url}photos/{before.pk}/publish/"
    assert client.post(publish, {"published": "1"})["Location"] == f"{url}photos/"
    before.refresh_from_db()
    assert before.is_published
    assert "1 is published" in body(client.get(f"{url}photos/"))
    client.post(publish, {"published": "0"})
    before.refresh_from_db()
    assert not before.is_published
    assert client.get(publish).status_code == 405


def test_of_many_photos_the_latest_are_shown_and_the_others_with_their_item(client, cast, url, community_worker):
    item = an_item("B03")
    photos = [
        keep_photo(cast.home, "before", by=community_worker, menu_item=item, taken_on=date(2026, 1, day + 1))
        for day in range(8)
    ]
    browse(client, community_worker)

    (group,) = client.get(f"{url}photos/").context["groups"]
    assert (group.before, group.more) == (photos[::-1][:6], 2)
    assert 'href="?item=B03"' in body(client.get(f"{url}photos/"))
    (whole,) = client.get(f"{url}photos/?item=B03").context["groups"]
    assert (whole.before, whole.more) == (photos[::-1], 0)
    assert client.get(f"{url}photos/?item=%00").status_code == 200


def test_a_photo_is_added_and_the_same_file_only_once(client, cast, url, committee_member):
    content = a_photo().read()
    browse(client, committee_member)

    def send():
        sent = {"file": SimpleUploadedFile("p.png", content), "phase": "before", "taken_on": TODAY.isoformat()}
        return body(client.post(f"{url}photos/", sent, follow=True))

    assert "The photo is kept." in send()
    assert "This photo is here already." in send()
    assert SitePhoto.objects.count() == 1


def test_who_may_not_supervise_publishes_nothing(client, cast, url, auditor, community_worker, outsider):
    photo = keep_photo(cast.home, "before", by=community_worker, published=False)
    publish = f"{url}photos/{photo.pk}/publish/"

    assert browse(client, auditor).post(publish, {"published": "1"}).status_code == 403
    assert browse(client, outsider).post(publish, {"published": "1"}).status_code == 404
    photo.refresh_from_db()
    assert not photo.is_published


def test_the_file_is_private_and_for_who_may_see_the_photo(client, cast, community_worker, outsider):
    photo = keep_photo(cast.home, "before", by=community_worker, published=False)

    for address in (f"/site-photos/{photo.pk}/", f"/site-photos/{photo.pk}/small/"):
        client.logout()
        assert client.get(address)["Location"].startswith("/accounts/login/")
        mine = browse(client, community_worker).get(address)
        assert (mine.status_code, mine["Content-Type"]) == (200, "image/jpeg")
        assert mine["Cache-Control"].startswith("private")
        assert browse(client, outsider).get(address).status_code == 404


# --- Early damage ----------------------------------------------------------------------------------


def test_every_count_of_early_damage_opens_the_defects_behind_it(client, cast, district_official):
    package = a_package(cast.home, contractor="甲 & 乙")
    accept(package, date(2024, 6, 1))
    built = {"package": package, "contractor": "甲 & 乙", "after_acceptance": True}
    a_defect(cast.home, menu_item=an_item("B01"), found_on=date(2025, 3, 1), **built)
    a_defect(cast.home, menu_item=an_item("B03"), found_on=date(2026, 3, 1), **built)
    a_defect(cast.next_door, after_acceptance=True)
    browse(client, district_official)

    page = client.get("/neighbourhoods/early-damage/")
    links = re.findall(r'href="(\?[^"#]*)#behind"[^>]*>([\d,]+)</a>', page.content.decode())

    assert len(links) >= 10
    for link, count in links:
        opened = client.get("/neighbourhoods/early-damage/" + link.replace("&amp;", "&"))
        assert (opened.context["found"].total, len(opened.context["page"].rows)) == (int(count), int(count)), link


def test_early_damage_of_a_neighbourhood_and_of_a_district(client, cast, city_official):
    far = make_neighbourhood(community_code=ELSEWHERE)
    for neighbourhood in (cast.home, cast.next_door, far):
        a_defect(neighbourhood, after_acceptance=True)
    browse(client, city_official)

    def total(query: str) -> int:
        return client.get(f"/neighbourhoods/early-damage/{query}").context["found"].total

    assert total("") == 3
    assert total(f"?division={THERE[:6]}") == 2
    assert total(f"?neighbourhood={cast.home.pk}") == 1
    for nonsense in ("?found=x", "?accepted=x", "?division=9999", "?neighbourhood=0", "?found=9", "?item=%00"):
        assert total(nonsense) == 3


def test_the_defects_page_leads_to_the_early_damage_of_its_neighbourhood(client, cast, url, community_worker):
    a_defect(cast.home, after_acceptance=True)

    page = body(browse(client, community_worker).get(f"{url}defects/"))

    assert f'href="/neighbourhoods/early-damage/?neighbourhood={cast.home.pk}">1 found after acceptance</a>' in page


# --- What pages cost -------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["reports/", "defects/", "photos/"])
def test_pages_cost_the_same_queries_for_one_row_and_for_three(
    client, cast, url, community_worker, page, django_assert_num_queries, django_assert_max_num_queries
):
    def add() -> None:
        client.post(
            f"{url}reports/",
            a_report(severity="minor", defect_text="x", menu_item=an_item("B01").pk, taken=a_photo()),
        )
        for state in ("rectified", "closed"):
            a_defect(cast.home, state=state, menu_item=an_item("B01"), building=cast.doors[0].building)

    browse(client, community_worker)
    add()
    client.get(url + page)
    with django_assert_max_num_queries(20) as first:
        client.get(url + page)
        spent = len(first)
    add()
    add()
    with django_assert_num_queries(spent):
        client.get(url + page)


def test_one_defect_costs_the_same_queries_for_one_event_and_for_three(
    client, cast, url, community_worker, django_assert_num_queries, django_assert_max_num_queries
):
    defect = a_defect(cast.home, by=community_worker, menu_item=an_item("B01"))
    one = f"{url}defects/{defect.pk}/"
    browse(client, community_worker)
    with django_assert_max_num_queries(14) as first:
        client.get(one)
        spent = len(first)
    rectify_defect(defect=defect, done_on=TODAY, note="", photos=[a_photo(), a_photo()], by=community_worker)
    with django_assert_num_queries(spent):
        client.get(one)
