"""Acceptance of packages, the warranties that begin with it, its filing, and what the guards are told."""

from datetime import date

import pytest

from accounts.models import Change
from renovation.choices import Stage
from renovation.errors import (
    AttendeesMissing,
    ChecklistUnmet,
    DayInFuture,
    DefectsOpen,
    FiledTooEarly,
    HeldTooEarly,
    ItemsNotInPackage,
    KeptHere,
    NotAllAccepted,
    PackageNotDone,
    WarrantiesMissing,
    WarrantyTooShort,
    WarrantyTwice,
    WarrantyWithoutPass,
    WrongStage,
)
from renovation.models import Acceptance, CompletionFiling, Defect, Neighbourhood, Warranty
from renovation.rules.works import CHECKLIST
from renovation.services.acceptance import file_completion
from renovation.services.evidence import record_evidence
from renovation.services.plans.evidence import push_plan
from tests.renovation.works_cast import ALL_HOLD, Site

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Site:
    return Site()


def file(site: Site, **fields):
    defaults = {"filed_on": site.day(0), "filed_with": "区住建局", "kept_at": "区档案馆", "document": "备〔2026〕1号"}
    return file_completion(neighbourhood=site.home, by=site.official, **{**defaults, **fields})


def test_what_passes_is_accepted_and_under_warranty_from_that_day(site):
    package = site.done("B01", "B03")
    terms = [*site.terms("B01", kind="waterproofing", years=5), *site.terms("B03", kind="by_contract", years=3)]

    acceptance = site.check(package, held_on=site.day(-1), warranties=terms, remarks="合格")

    package.refresh_from_db()
    assert package.state == "accepted"
    rows = {row.menu_item.code: row for row in acceptance.warranties.all()}
    assert (rows["B01"].starts_on, rows["B01"].years) == (site.day(-1), 5)
    assert (rows["B01"].ends_on.year, rows["B03"].ends_on.year) == (site.day(-1).year + 5, site.day(-1).year + 3)
    assert site.told("acceptance") == {"passed": True, "passed_on": site.day(-1).isoformat()}
    assert site.told("warranties") == {"waterproofing_years": 5, "by_contract_years": 3}
    told = Change.objects.filter(neighbourhood_code=site.home.code, action="created")
    assert told.filter(resource="warranties").count() == 2
    assert told.filter(resource="acceptances", object_id=acceptance.pk).exists()


def test_acceptance_on_a_leap_day_is_under_warranty_to_the_last_of_february(site):
    day = date(2024, 2, 29)
    package = site.running("B01", starts_on=date(2024, 2, 1), ends_on=date(2024, 2, 20))
    site.report(package, {"B01": "1"}, done_on=date(2024, 2, 20))
    site.move(package, "done")

    site.check(package, held_on=day)

    assert Warranty.objects.get().ends_on == date(2026, 2, 28)


def test_the_works_have_passed_once_every_package_has_on_the_day_of_the_last(site):
    first, second = site.done("B01"), site.done("B03", "U11")
    site.check(second, held_on=site.day(0))
    assert site.told("acceptance") == {}

    site.check(first, held_on=site.day(-1))

    assert site.told("acceptance") == {"passed": True, "passed_on": site.day(0).isoformat()}


def test_a_package_added_later_takes_back_that_the_works_have_passed(site):
    site.accepted("B01")
    assert site.told("acceptance")["passed"] is True

    site.package("B03")

    assert site.told("acceptance") == {"passed": False, "passed_on": site.day(0).isoformat()}


def test_with_further_works_the_completion_must_be_filed_again(site):
    site.accepted("B01")
    file(site)
    assert site.told("completion_file") != {}

    site.accepted("B03")

    assert site.told("completion_file") == {}
    with pytest.raises(KeptHere):
        record_evidence(
            neighbourhood=site.home,
            kind="completion_file",
            facts={"kept_at": "区档案馆"},
            document="备〔2026〕2号",
            dated_on=site.day(0),
            by=site.official,
        )
    file(site)
    assert site.told("completion_file") != {}


def test_a_package_that_never_began_and_left_the_plan_is_not_waited_for(site):
    site.package("B03")
    site.accepted("B01")
    assert site.told("acceptance") == {}

    push_plan(site.revise({"B01": "600000.00"}), by=site.official, at=None)

    assert site.told("works_done") == {"item_count": 2, "done": 1, "changed": 1}
    assert site.told("acceptance")["passed"] is True


def test_a_package_of_which_the_plan_still_has_something_is_waited_for(site):
    site.package("B03", "U11")
    site.accepted("B01")

    push_plan(site.revise({"B01": "600000.00", "U11": "100000.00"}), by=site.official, at=None)

    assert site.told("acceptance") == {}


def test_what_failed_is_not_passed_on_an_earlier_day(site):
    package = site.done("B01")
    site.check(package, passed=False, held_on=site.day(0))
    site.move(package, "done")

    with pytest.raises(HeldTooEarly):
        site.check(package, held_on=site.day(-1))

    assert site.check(package, held_on=site.day(0)).passed


def test_the_guard_is_told_the_least_years_of_each_kind(site):
    package = site.done("B01", "B03", "U11")
    terms = [
        *site.terms("B01", kind="heating", years=4),
        *site.terms("B03", "U11", kind="heating", years=2),
        *site.terms("U11", kind="structure", years=50),
    ]

    site.check(package, warranties=terms)

    assert site.told("warranties") == {"heating_seasons": 2, "structure_years": 50}


def test_what_fails_is_under_way_again_and_may_be_checked_anew(site):
    package = site.done("B01")

    failed = site.check(package, passed=False, checklist={**ALL_HOLD, "files_complete": False}, remarks="资料不全")

    package.refresh_from_db()
    assert (package.state, failed.checklist["files_complete"]) == ("running", False)
    assert site.told("acceptance") == {}
    Neighbourhood.objects.filter(pk=site.home.pk).update(stage=Stage.WORKS_DONE)
    site.move(package, "done")
    site.check(package)
    assert list(Acceptance.objects.order_by("pk").values_list("passed", flat=True)) == [False, True]


def test_only_what_is_reported_done_is_checked(site):
    running = site.running("B01")
    with pytest.raises(PackageNotDone):
        site.check(running)
    accepted = site.accepted("B03")
    with pytest.raises(PackageNotDone):
        site.check(accepted)


def test_a_neighbourhood_that_stands_still_has_no_acceptance(site):
    package = site.done("B01")
    Neighbourhood.objects.filter(pk=site.home.pk).update(stage=Stage.SUSPENDED)
    with pytest.raises(WrongStage):
        site.check(package)


def test_it_is_held_after_the_works_and_not_tomorrow(site):
    package = site.done("B01")
    with pytest.raises(DayInFuture):
        site.check(package, held_on=site.day(1))
    with pytest.raises(HeldTooEarly):
        site.check(package, held_on=site.day(-2))

    assert site.check(package, held_on=site.day(-1)).passed


@pytest.mark.parametrize("passed", [True, False])
def test_the_four_whom_the_law_asks_for_take_part_whatever_comes_of_it(site, passed):
    package = site.done("B01")
    with pytest.raises(AttendeesMissing) as refused:
        site.check(package, passed=passed, attendees=["builder", "surveyor", "residents"])

    assert refused.value.extra == {"missing": ["designer", "supervisor"]}
    assert site.check(
        package, passed=passed, attendees=["supervisor", "surveyor", "designer", "builder"]
    ).attendees == [
        "builder",
        "designer",
        "surveyor",
        "supervisor",
    ]


@pytest.mark.parametrize("point", CHECKLIST)
def test_it_passes_only_where_every_point_holds(site, point):
    package = site.done("B01")
    with pytest.raises(ChecklistUnmet) as refused:
        site.check(package, checklist={**ALL_HOLD, point: False})

    assert refused.value.extra == {"points": [point]}


@pytest.mark.parametrize(
    ("severity", "state", "late", "blocks"),
    [
        ("safety", "open", False, True),
        ("major", "rectified", False, True),
        ("major", "closed", False, False),
        ("minor", "open", False, False),
        ("safety", "open", True, False),
    ],
)
def test_a_grave_defect_keeps_it_from_passing_until_it_is_closed(site, severity, state, late, blocks):
    package = site.done("B01")
    defect = Defect.objects.create(
        neighbourhood=site.home,
        package=package,
        severity=severity,
        state=state,
        after_acceptance=late,
        text="渗漏",
        found_on=site.day(0),
    )
    if not blocks:
        assert site.check(package).passed
        return
    with pytest.raises(DefectsOpen) as refused:
        site.check(package)
    assert refused.value.extra == {"defects": [defect.pk]}


def test_every_item_that_the_plan_has_gets_a_warranty(site):
    package = site.done("B01", "B03")
    with pytest.raises(WarrantiesMissing) as refused:
        site.check(package, warranties=site.terms("B01"))
    assert refused.value.extra == {"menu_items": [site.item("B03").pk]}

    site.revise({"B01": "600000.00"})

    assert site.check(package, warranties=site.terms("B01")).warranties.count() == 1


def test_a_warranty_may_be_longer_than_the_law_asks_for_never_shorter(site):
    package = site.done("B01")
    with pytest.raises(WarrantyTooShort) as refused:
        site.check(package, warranties=site.terms("B01", kind="waterproofing", years=4))

    item = site.item("B01").pk
    assert refused.value.extra == {"short": [{"menu_item": item, "kind": "waterproofing", "years": 4, "least": 5}]}
    assert Acceptance.objects.count() == 0


def test_warranties_that_cannot_be_are_refused(site):
    package = site.done("B01")
    with pytest.raises(ItemsNotInPackage):
        site.check(package, warranties=site.terms("B01", "U11"))
    with pytest.raises(WarrantyTwice):
        site.check(package, warranties=site.terms("B01", "B01"))
    with pytest.raises(WarrantyWithoutPass):
        site.check(package, passed=False, warranties=site.terms("B01"))


# --- Filing ----------------------------------------------------------------------------------------


def test_the_completion_is_filed_once_every_package_has_passed(site):
    package = site.done("B01")
    with pytest.raises(NotAllAccepted):
        file(site)
    site.check(package, held_on=site.day(-1))
    with pytest.raises(FiledTooEarly):
        file(site, filed_on=site.day(-2))
    with pytest.raises(DayInFuture):
        file(site, filed_on=site.day(1))

    made = file(site, filed_on=site.day(-1))

    assert site.told("completion_file") == {"kept_at": "区档案馆"}
    assert Change.objects.filter(resource="completion-filings", object_id=made.pk).exists()


def test_a_second_filing_supplements_the_first(site):
    site.accepted("B01")
    file(site)

    file(site, kept_at="市档案馆", document="备〔2026〕2号")

    assert CompletionFiling.objects.count() == 2
    assert site.told("completion_file") == {"kept_at": "市档案馆"}
