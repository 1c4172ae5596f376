"""Reports, defects and photos: who built what, what is kept together, and what is written down."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import Change, HistoryEntry
from common.photos import PhotoRefused
from renovation.errors import DayOutOfOrder, DefectNotRectified
from renovation.models import Defect, Evidence, PlanItem, RenovationPlan, SitePhoto, SiteReport
from renovation.services.site_photos import add_site_photo, publish_photo
from renovation.services.supervision import raise_defect, recheck_defect, rectify_defect, report_from_site
from tests.factories import make_menu_edition, make_neighbourhood
from tests.renovation.supervision_cast import a_defect, a_package, a_photo, accept, an_item

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 1)


@pytest.fixture(autouse=True)
def files_of_their_own(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def a_report(**fields):
    return {"reporter": "residents_supervisor", "reported_on": DAY, "text": "渗水", **fields}


def raised(neighbourhood, by, **fields) -> Defect:
    told = {"severity": "minor", "text": "渗水", "found_on": DAY, **fields}
    return raise_defect(neighbourhood=neighbourhood, by=by, **told)


# --- Who built it ----------------------------------------------------------------------------------


def test_the_package_says_who_built_it(cast, community_worker):
    package = a_package(cast.home, contractor="甲公司")
    a_package(cast.home, "B01", contractor="乙公司")

    defect = raised(cast.home, community_worker, package=package, menu_item=an_item("B01"))

    assert (defect.package, defect.contractor) == (package, "甲公司")


def test_the_one_package_of_an_item_is_found_by_the_code_of_the_item(cast, community_worker):
    package = a_package(cast.home, "B01", contractor="甲公司")
    a_package(cast.home, "B03", contractor="乙公司")
    later = make_menu_edition(("B01",), valid_from=date(2026, 1, 1)).items.get()

    defect = raised(cast.home, community_worker, menu_item=later)

    assert (defect.package, defect.contractor) == (package, "甲公司")


def test_of_two_packages_with_an_item_nobody_knows_which_but_one_contractor_is_told(cast, community_worker):
    a_package(cast.home, "B01", contractor="甲公司")
    a_package(cast.home, "B01", contractor="甲公司")
    same = raised(cast.home, community_worker, menu_item=an_item("B01"))
    a_package(cast.home, "B01", contractor="乙公司")
    different = raised(cast.home, community_worker, menu_item=an_item("B01"))

    assert [(found.package, found.contractor) for found in (same, different)] == [(None, "甲公司"), (None, "")]


def test_without_a_package_the_plan_in_force_says_who_built_it(cast, community_worker):
    item = an_item("B01")
    plan = RenovationPlan.objects.create(neighbourhood=cast.home, number=1, menu_edition=item.edition)
    PlanItem.objects.create(plan=plan, menu_item=item, quantity=Decimal(1), contractor="甲公司")
    plan.state, plan.frozen_at, plan.digest, plan.in_force_at = "frozen", timezone.now(), "ab" * 32, timezone.now()
    plan.save()

    assert raised(cast.home, community_worker, menu_item=item).contractor == "甲公司"
    assert raised(cast.home, community_worker).contractor == ""


# --- Before or after acceptance --------------------------------------------------------------------


def tell_acceptance(neighbourhood, **fields) -> None:
    facts = {"passed": True, "passed_on": DAY.isoformat()}
    row = {"facts": facts, "document": "YS-1", "at": timezone.now(), **fields}
    Evidence.objects.create(neighbourhood=neighbourhood, kind="acceptance", **row)


def test_without_a_package_the_day_of_the_neighbourhood_decides(cast, community_worker):
    next_day = DAY + timedelta(days=1)
    assert raised(cast.home, community_worker, found_on=next_day).after_acceptance is False

    tell_acceptance(cast.home)
    assert raised(cast.home, community_worker, found_on=DAY).after_acceptance is False
    assert raised(cast.home, community_worker, found_on=next_day).after_acceptance is True

    tell_acceptance(cast.home, facts={}, revoked=True, reason="误录")
    assert raised(cast.home, community_worker, found_on=next_day).after_acceptance is False


def test_an_acceptance_that_failed_is_none(cast, community_worker):
    package = a_package(cast.home)
    accept(package, DAY, passed=False)
    next_day = DAY + timedelta(days=1)
    assert raised(cast.home, community_worker, package=package, found_on=next_day).after_acceptance is False

    accept(package, DAY)
    assert raised(cast.home, community_worker, package=package, found_on=next_day).after_acceptance is True


# --- The inspections that the guard reads ----------------------------------------------------------


def findings(neighbourhood) -> tuple[int, int]:
    facts = Evidence.objects.filter(neighbourhood=neighbourhood, kind="inspections").latest("pk").facts
    return facts["findings"], facts["closed"]


def test_each_step_of_a_defect_tells_the_guard_and_early_damage_does_not(cast, community_worker, committee_member):
    first = raised(cast.home, community_worker)
    assert findings(cast.home) == (1, 0)
    raised(cast.home, community_worker)
    assert findings(cast.home) == (2, 0)

    rectify_defect(defect=first, done_on=DAY, note="", by=community_worker)
    assert findings(cast.home) == (2, 0)
    recheck_defect(defect=first, passed=True, done_on=DAY, note="", by=committee_member)
    assert findings(cast.home) == (2, 1)

    tell_acceptance(cast.home)
    raised(cast.home, community_worker, found_on=DAY + timedelta(days=1))
    assert findings(cast.home) == (2, 1)


# --- Steps -----------------------------------------------------------------------------------------


def test_a_recheck_lies_on_the_day_of_the_rectification_or_later(cast, community_worker, committee_member):
    defect = raised(cast.home, community_worker)
    rectify_defect(defect=defect, done_on=DAY + timedelta(days=2), note="", by=community_worker)

    with pytest.raises(DayOutOfOrder):
        recheck_defect(defect=defect, passed=True, done_on=DAY + timedelta(days=1), note="", by=committee_member)
    done = recheck_defect(defect=defect, passed=True, done_on=DAY + timedelta(days=2), note="", by=committee_member)

    assert done.state == "closed"


def test_who_rectified_it_first_rechecks_what_another_rectified_since(cast, community_worker, committee_member):
    defect = raised(cast.home, community_worker)
    for by, other in ((community_worker, committee_member), (committee_member, community_worker)):
        rectify_defect(defect=defect, done_on=DAY, note="", by=by)
        recheck_defect(defect=defect, passed=False, done_on=DAY, note="", by=other)

    assert [event.by for event in defect.events.order_by("pk")][1:] == [
        community_worker,
        committee_member,
        committee_member,
        community_worker,
    ]


def test_a_closed_defect_is_not_rechecked_again(cast, community_worker, committee_member):
    defect = raised(cast.home, community_worker)
    rectify_defect(defect=defect, done_on=DAY, note="", by=community_worker)
    recheck_defect(defect=defect, passed=True, done_on=DAY, note="", by=committee_member)

    with pytest.raises(DefectNotRectified):
        recheck_defect(defect=defect, passed=True, done_on=DAY, note="", by=committee_member)


def test_every_act_is_in_the_history_and_among_the_changes(cast, community_worker, committee_member):
    defect = raised(cast.home, community_worker)
    rectify_defect(defect=defect, done_on=DAY, note="", by=community_worker)
    recheck_defect(defect=defect, passed=True, done_on=DAY, note="", by=committee_member)
    photo, _is_new = add_site_photo(
        neighbourhood=cast.home, phase="after", taken_on=DAY, file=a_photo(), by=community_worker
    )
    for published in (True, True, False):
        publish_photo(photo=photo, published=published, by=community_worker)

    def acts(resource: str) -> list[str]:
        return list(HistoryEntry.objects.filter(resource=resource).order_by("pk").values_list("act", flat=True))

    assert acts("defects") == ["defect_raised", "defect_rectified", "defect_recheck_passed"]
    assert acts("site-photos") == ["site_photo_added", "site_photo_published", "site_photo_withdrawn"]
    changes = Change.objects.filter(resource="defects").values_list("action", flat=True)
    assert sorted(changes) == ["created", "updated", "updated"]


# --- All of it or nothing --------------------------------------------------------------------------


def test_a_report_keeps_its_photos_and_its_defect_together(cast, committee_member):
    package = a_package(cast.home, "B01")

    report = report_from_site(
        neighbourhood=cast.home,
        report=a_report(package=package, building=cast.doors[0].building),
        photos=[a_photo(), a_photo()],
        defect={"severity": "safety", "text": "护栏松动", "menu_item": an_item("B01"), "due_on": DAY},
        by=committee_member,
    )

    defect = Defect.objects.get()
    assert (defect.report, defect.package, defect.building, defect.found_on) == (
        report,
        package,
        cast.doors[0].building,
        DAY,
    )
    told = {(photo.report, photo.defect, photo.menu_item.code, photo.phase) for photo in SitePhoto.objects.all()}
    assert told == {(report, defect, "B01", "during")}
    assert SitePhoto.objects.count() == 2


def test_without_a_defect_the_photos_are_of_the_report_alone(cast, committee_member):
    report = report_from_site(neighbourhood=cast.home, report=a_report(), photos=[a_photo()], by=committee_member)

    photo = SitePhoto.objects.get()
    assert (photo.report, photo.defect, photo.taken_on) == (report, None, DAY)


def test_a_photo_that_cannot_be_read_keeps_the_whole_report_out(cast, committee_member, tmp_path):
    with pytest.raises(PhotoRefused):
        report_from_site(
            neighbourhood=cast.home,
            report=a_report(),
            photos=[a_photo(), SimpleUploadedFile("x.jpg", b"x")],
            defect={"severity": "minor", "text": "x"},
            by=committee_member,
        )

    assert [model.objects.count() for model in (SiteReport, Defect, SitePhoto, Evidence)] == [0, 0, 0, 0]
    assert [found for found in tmp_path.rglob("*") if found.is_file()] == []


def test_photos_of_steps_show_the_defect_and_after_acceptance_the_finished_place(cast, community_worker):
    during, early = a_defect(cast.home), a_defect(cast.home, after_acceptance=True)
    for defect in (during, early):
        rectify_defect(defect=defect, done_on=DAY, note="", photos=[a_photo()], by=community_worker)

    assert [photo.phase for photo in (during.photos.get(), early.photos.get())] == ["during", "after"]


def test_the_same_file_is_kept_once_a_neighbourhood(cast, community_worker):
    content = a_photo().read()

    def keep(neighbourhood):
        file = SimpleUploadedFile("p.png", content)
        return add_site_photo(neighbourhood=neighbourhood, phase="before", taken_on=DAY, file=file, by=community_worker)

    (first, is_new), (again, is_new_again) = keep(cast.home), keep(cast.home)
    other, is_new_there = keep(make_neighbourhood())

    assert (is_new, is_new_again, is_new_there) == (True, False, True)
    assert (first == again, first == other) == (True, False)
