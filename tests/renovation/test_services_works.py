"""Packages, their progress and states, changes asked for, and what the guards are told of it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import HistoryEntry
from renovation.choices import Stage
from renovation.errors import (
    ChangeDecided,
    ChangeInDraft,
    DatesReversed,
    DayInFuture,
    ItemsNotInPackage,
    ItemsNotInPlan,
    ItemsPackaged,
    ItemsUndone,
    NoPlanInForce,
    NoSuchStep,
    PackageBegun,
    PackageEmpty,
    PackageNotRunning,
    ProgressEmpty,
    ReasonNeeded,
    ReviewDateNeeded,
    WrongStage,
)
from renovation.models import ChangeRequest, Defect, Neighbourhood, PackageEvent, RenovationPlan, WorkPackage
from renovation.services.works import change_package, push_works, refuse_change, request_change
from tests.factories import make_neighbourhood
from tests.renovation.works_cast import Site

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Site:
    return Site()


def at_stage(site: Site, stage: str) -> None:
    Neighbourhood.objects.filter(pk=site.home.pk).update(stage=stage)


def test_a_package_takes_items_of_the_plan_and_tells_who_builds_and_who_supervises(site):
    first = site.package("B01", supervisor="三峡监理", contract_sum=Decimal("590000.00"))
    second = site.package("U11", contractor="平湖园林", contract_document="合同〔2026〕2号", supervisor="三峡监理")

    assert [first.number, second.number, first.state] == [1, 2, "planned"]
    assert [item.menu_item.code for item in first.items.all()] == ["B01"]
    assert site.told("contractor") == {"name": "宜江建设、平湖园林"}
    assert site.told("supervisor") == {"name": "三峡监理"}
    assert site.told("works_done") == {"item_count": 3, "done": 0, "changed": 0}
    assert site.told("inspections") == {"findings": 0, "closed": 0}
    assert HistoryEntry.objects.filter(resource="work-packages", act="package_created").count() == 2


def test_works_are_packaged_from_designed_on_and_not_before_or_once_all_is_done():
    early = Site(stage=Stage.PLANNED)
    with pytest.raises(WrongStage) as refused:
        early.package("B01")
    assert refused.value.extra == {"stage": "planned"}

    assert Site(stage=Stage.DESIGNED).package("B01").state == "planned"

    with pytest.raises(WrongStage):
        Site(stage=Stage.WORKS_DONE).package("B01")


def test_a_package_that_cannot_be_is_refused(site):
    site.package("B01")
    site.edition.items.create(code="Z01", category="basic", name_zh="甲", name_en="A", unit="m")

    with pytest.raises(PackageEmpty):
        site.package()
    with pytest.raises(DatesReversed):
        site.package("B03", starts_on=site.day(1), ends_on=site.day(0))
    with pytest.raises(ItemsNotInPlan) as strange:
        site.package("B03", "Z01")
    with pytest.raises(ItemsPackaged) as taken:
        site.package("B01", "B03")

    assert strange.value.extra == {"menu_items": [site.item("Z01").pk]}
    assert taken.value.extra == {"menu_items": [site.item("B01").pk]}
    assert WorkPackage.objects.count() == 1


def test_without_a_plan_in_force_there_is_nothing_to_package(site):
    site.home = make_neighbourhood(stage=Stage.DESIGNED)
    with pytest.raises(NoPlanInForce):
        site.package("B01")


def test_before_it_begins_a_package_and_its_items_may_change(site):
    package = site.package("B01", "B03")

    changed = change_package(
        package=package, contractor="平湖园林", menu_items=[site.item("B03"), site.item("U11")], by=site.official
    )

    assert changed.version == package.version + 1
    assert sorted(item.menu_item.code for item in package.items.all()) == ["B03", "U11"]
    assert site.told("contractor") == {"name": "平湖园林"}
    with pytest.raises(DatesReversed):
        change_package(package=package, ends_on=site.day(-30), by=site.official)
    with pytest.raises(PackageEmpty):
        change_package(package=package, menu_items=[], by=site.official)


def test_a_supervisor_who_is_named_no_more_is_taken_back(site):
    package = site.package("B01", supervisor="三峡监理")

    change_package(package=package, supervisor="", by=site.official)

    latest = site.home.evidence.filter(kind="supervisor").latest("pk")
    assert (latest.revoked, list(latest.facts)) == (True, ["source"])
    change_package(package=package, name="一标段", by=site.official)
    assert site.home.evidence.filter(kind="supervisor").count() == 2


def test_a_supervisor_who_was_recorded_by_hand_stays(site):
    facts = {"name": "三峡监理"}
    site.home.evidence.create(kind="supervisor", facts=facts, document="监〔2026〕1号", at=timezone.now())

    site.package("B01")

    assert site.home.evidence.filter(kind="supervisor").count() == 1


def test_what_stays_as_it_was_is_no_change(site):
    package = site.package("B01")
    site.home.refresh_from_db()

    same = change_package(package=package, name=package.name, menu_items=[site.item("B01")], by=site.official)

    assert same.version == package.version
    assert not HistoryEntry.objects.filter(act="package_changed").exists()


def test_once_begun_a_package_stays_as_it_is(site):
    package = site.running("B01")
    with pytest.raises(PackageBegun):
        change_package(package=package, contractor="平湖园林", by=site.official)


def test_a_package_begins_only_under_works():
    site = Site(stage=Stage.DESIGNED)
    package = site.package("B01")
    with pytest.raises(WrongStage):
        site.move(package, "running")

    at_stage(site, Stage.UNDER_WORKS)

    assert site.move(package, "running").state == "running"


def test_progress_is_kept_as_reported_and_told_to_the_guards(site):
    package = site.running("B01", "B03")

    site.report(package, {"B01": "0.2500"}, done_on=site.day(-3))
    site.report(package, {"B01": "1", "B03": "0.5000"}, done_on=site.day(-1))

    shares = dict(package.items.values_list("menu_item__code", "done_share"))
    assert shares == {"B01": Decimal(1), "B03": Decimal("0.5")}
    assert [entry.done_share for entry in package.items.get(menu_item__code="B01").progress.order_by("pk")] == [
        Decimal("0.25"),
        Decimal(1),
    ]
    assert site.told("works_done") == {"item_count": 3, "done": 1, "changed": 0}


def test_a_report_of_an_earlier_day_is_kept_and_moves_nothing(site):
    package = site.running("B01")
    site.report(package, {"B01": "0.8"}, done_on=site.day(-1))

    site.report(package, {"B01": "0.3"}, done_on=site.day(-2))

    item = package.items.get()
    assert (item.done_share, item.progress.count()) == (Decimal("0.8"), 2)


def test_less_than_was_reported_before_needs_to_be_explained(site):
    package = site.running("B01")
    site.report(package, {"B01": "0.8"})
    with pytest.raises(ReasonNeeded):
        site.report(package, {"B01": "0.7"}, note=" ")

    site.report(package, {"B01": "0.7"}, note="返工")

    assert package.items.get().done_share == Decimal("0.7")


def test_progress_that_cannot_be_is_refused(site):
    package = site.running("B01")
    with pytest.raises(ProgressEmpty):
        site.report(package, {})
    with pytest.raises(ItemsNotInPackage) as refused:
        site.report(package, {"B01": "1", "U11": "1"})
    assert refused.value.extra == {"menu_items": [site.item("U11").pk]}
    with pytest.raises(DayInFuture):
        site.report(package, {"B01": "1"}, done_on=site.day(1))
    site.report(package, {"B01": "0.5"}, done_on=site.day(0))
    assert package.items.get().progress.count() == 1


def test_progress_is_reported_while_the_package_is_under_way_and_the_works_are(site):
    planned = site.package("B03")
    with pytest.raises(PackageNotRunning):
        site.report(planned, {"B03": "1"})

    package = site.running("B01")
    at_stage(site, Stage.SUSPENDED)
    with pytest.raises(WrongStage):
        site.report(package, {"B01": "1"})


def test_a_suspension_has_its_reason_and_the_day_to_look_again(site):
    package = site.running("B01")
    with pytest.raises(ReasonNeeded):
        site.move(package, "suspended", review_on=site.day(9))
    for day in (None, site.day(0)):
        with pytest.raises(ReviewDateNeeded):
            site.move(package, "suspended", reason="暴雨", review_on=day)

    site.move(package, "suspended", reason=" 暴雨 ", review_on=site.day(1))
    site.move(package, "running", reason="复工", review_on=site.day(9))

    events = PackageEvent.objects.filter(package=package).order_by("pk")
    assert [(event.to_state, event.reason, event.review_on) for event in events] == [
        ("running", "", None),
        ("suspended", "暴雨", site.day(1)),
        ("running", "复工", None),
    ]


def test_no_state_is_skipped_and_acceptance_is_not_taken_by_hand(site):
    package = site.package("B01")
    for to in ("done", "suspended", "accepted", "planned"):
        with pytest.raises(NoSuchStep) as refused:
            site.move(package, to)
        assert refused.value.extra == {"steps": ["running"]}
    done = site.done("B03")
    with pytest.raises(NoSuchStep) as refused:
        site.move(done, "accepted")
    assert refused.value.extra == {"steps": []}


def test_a_package_is_done_when_all_that_the_plan_still_has_is(site):
    package = site.running("B01", "B03")
    site.report(package, {"B01": "1", "B03": "0.9999"})
    with pytest.raises(ItemsUndone) as refused:
        site.move(package, "done")
    assert refused.value.extra == {"menu_items": [site.item("B03").pk]}

    site.revise({"B01": "600000.00", "U11": "100000.00"})

    assert site.move(package, "done").state == "done"


def test_what_a_new_revision_takes_out_counts_as_changed(site):
    package = site.running("B01", "B03")
    site.report(package, {"B01": "1"})
    site.revise({"B01": "600000.00", "U11": "100000.00"})

    push_works(site.home, site.official, timezone.now())

    assert site.told("works_done") == {"item_count": 3, "done": 1, "changed": 1}


def test_findings_before_acceptance_are_told_and_early_damage_is_not(site):
    home, day = site.home, site.day(0)
    push_works(home, site.official, timezone.now())
    assert site.told("inspections") == {}

    for state, late in (("open", False), ("closed", False), ("open", True)):
        Defect.objects.create(
            neighbourhood=home, severity="minor", text="空鼓", found_on=day, state=state, after_acceptance=late
        )
    push_works(home, site.official, timezone.now())
    rows = home.evidence.count()
    push_works(home, site.official, timezone.now() + timedelta(minutes=1))

    assert site.told("inspections") == {"findings": 2, "closed": 1}
    assert site.told("works_done") == {}
    assert home.evidence.count() == rows


# --- Changes ---------------------------------------------------------------------------------------


def ask(site: Site, **fields):
    defaults = {"requested_by": "宜江建设", "requested_on": site.day(0), "text": "沥青改为透水砖", "by": site.official}
    return request_change(neighbourhood=site.home, **{**defaults, **fields})


def test_a_change_is_asked_for_once_the_plan_is_settled(site):
    package = site.package("B01")

    first, second = ask(site), ask(site, package=package, document="变更〔2026〕2号")

    assert [first.number, second.number, first.state] == [1, 2, "requested"]
    assert second.package == package
    with pytest.raises(DayInFuture):
        ask(site, requested_on=site.day(1))
    with pytest.raises(WrongStage):
        ask(Site(stage=Stage.PLANNED))


def test_a_change_is_refused_once_with_a_reason(site):
    change = ask(site)
    with pytest.raises(ReasonNeeded):
        refuse_change(change_request=change, decision=" ", by=site.official)

    refused = refuse_change(change_request=change, decision="不影响使用", by=site.official)

    assert (refused.state, refused.decision, refused.decided_by) == ("refused", "不影响使用", site.official)
    with pytest.raises(ChangeDecided):
        refuse_change(change_request=change, decision="不影响使用", by=site.official)


def test_a_change_that_a_draft_is_made_for_waits_for_the_draft(site):
    change = ask(site)
    draft = RenovationPlan.objects.create(neighbourhood=site.home, number=2, menu_edition=site.edition)
    ChangeRequest.objects.filter(pk=change.pk).update(plan=draft)

    with pytest.raises(ChangeInDraft):
        refuse_change(change_request=change, decision="不影响使用", by=site.official)

    ChangeRequest.objects.filter(pk=change.pk).update(plan=None)
    assert refuse_change(change_request=change, decision="不影响使用", by=site.official).state == "refused"
