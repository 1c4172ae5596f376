"""The pages of works: packages, progress, steps, acceptance with warranties, changes and filing."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.choices import Role
from renovation.choices import Stage
from renovation.models import Acceptance, ChangeRequest, CompletionFiling, Neighbourhood, Warranty, WorkPackage
from renovation.rules.works import ATTENDEES_BY_LAW, CHECKLIST
from renovation.services.works import request_change
from tests.factories import COMMUNITY, make_user
from tests.renovation.works_cast import Site

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Site:
    return Site()


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def official(site: Site) -> Client:
    return browser(site.official)


@pytest.fixture
def reader(site: Site) -> Client:
    return browser(make_user(Role.COMMUNITY_STAFF, COMMUNITY, username="works-reader"))


def page(site: Site, path: str = "") -> str:
    return f"/neighbourhoods/{site.home.pk}/works/{path}"


def body(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def at_stage(site: Site, stage: str) -> None:
    Neighbourhood.objects.filter(pk=site.home.pk).update(stage=stage)


def contract(site: Site, **fields: Any) -> dict[str, Any]:
    return {
        "name": "雨污分流",
        "contractor": "宜江建设",
        "contract_document": "合同〔2026〕1号",
        "contract_sum": "590000",
        "supervisor": "三峡监理",
        "starts_on": site.day(0).isoformat(),
        "ends_on": site.day(30).isoformat(),
        "menu_items": [site.item("B01").pk],
        **fields,
    }


def test_before_a_plan_is_in_force_the_page_says_what_works_wait_for(official):
    empty = Site(stage=Stage.DESIGNED, amounts={})

    told = body(official.get(page(empty)))

    assert "No package has been made yet." in told
    assert 'data-testid="package-new"' not in told


def test_items_are_put_in_a_package_and_the_rest_stays_listed(site, official):
    waiting = body(official.get(page(site)))
    assert "3 items of the plan in no package" in waiting
    new = page(site, "packages/new/")
    assert f'data-kind="main" href="{new}" data-testid="package-new"' in waiting

    answer = official.post(page(site, "packages/new/"), contract(site))

    package = WorkPackage.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, page(site, f"packages/{package.pk}/"))
    told = body(official.get(page(site)))
    assert "2 items of the plan in no package" in told
    assert f'data-testid="package-{package.pk}" data-state="planned"' in told
    assert "0.0% of the works done" in told


def test_a_form_that_cannot_be_is_shown_again_with_the_reason(site, official):
    answer = official.post(page(site, "packages/new/"), contract(site, ends_on=site.day(-1).isoformat()))
    assert (answer.status_code, "It ends before it begins." in body(answer)) == (409, True)

    answer = official.post(page(site, "packages/new/"), contract(site, menu_items=[]))
    assert (answer.status_code, WorkPackage.objects.count()) == (400, 0)


def test_a_package_is_edited_until_it_begins(site, official):
    package = site.package("B01")
    address = page(site, f"packages/{package.pk}/edit/")
    item = site.item("B01").pk
    assert re.search(rf'value="{item}"[^>]*checked', body(official.get(address)))

    answer = official.post(address, contract(site, menu_items=[site.item("B03").pk]))

    assert answer.status_code == 302
    assert [one.menu_item.code for one in package.items.all()] == ["B03"]
    site.move(package, "running")
    assert official.post(address, contract(site)).status_code == 409


def test_progress_is_reported_in_percent_and_only_what_moved(site, official):
    package = site.running("B01", "B03")
    address = page(site, f"packages/{package.pk}/progress/")
    shares = {f"share_{site.item(code).pk}": share for code, share in (("B01", "37.5"), ("B03", "0"))}

    answer = official.post(address, {"done_on": site.day(-1).isoformat(), "note": "", **shares})

    assert answer.status_code == 302
    told = body(official.get(answer["Location"]))
    assert "25.0%" in told
    assert "by the end of" in told
    assert package.items.get(menu_item__code="B03").progress.count() == 0
    assert official.post(address, {"done_on": site.day(-1).isoformat(), **shares}).status_code == 409


def test_what_somebody_else_reported_meanwhile_is_not_taken_back(site, official):
    package = site.running("B01", "B03")
    path = page(site, f"packages/{package.pk}/progress/")
    opened = dict(re.findall(r'name="((?:initial-)?share_\d+)" value="([\d.]*)"', body(official.get(path))))
    assert len(opened) == 4
    site.report(package, {"B01": "0.5"})

    changed = {f"share_{site.item('B03').pk}": "20"}
    answer = official.post(path, {**opened, **changed, "done_on": site.day(0).isoformat(), "note": "雨后复工"})

    assert answer.status_code == 302
    done = {str(item.menu_item.code): item.done_share for item in package.items.select_related("menu_item")}
    assert done == {"B01": Decimal("0.5"), "B03": Decimal("0.2")}


def test_a_package_is_suspended_with_a_reason_and_resumed(site, official):
    package = site.running("B01")
    address = page(site, f"packages/{package.pk}/move/")
    assert official.get(address + "?to=accepted").status_code == 404

    assert official.post(address + "?to=suspended", {"reason": "暴雨"}).status_code == 400
    official.post(address + "?to=suspended", {"reason": "暴雨", "review_on": site.day(3).isoformat()})

    told = body(official.get(page(site, f"packages/{package.pk}/")))
    assert 'data-testid="suspension"' in told
    assert "暴雨" in told
    assert "to be looked at again on" in body(official.get(page(site)))
    assert official.post(address + "?to=running", {"reason": ""}).status_code == 302
    package.refresh_from_db()
    assert package.state == "running"


def test_what_comes_next_is_the_one_main_act(site, official):
    package = site.package("B01")
    address = page(site, f"packages/{package.pk}/")

    def main() -> list[str]:
        return re.findall(r'data-kind="main"[^>]*data-testid="([\w-]+)"', body(official.get(address)))

    assert main() == ["package-to-running"]
    site.move(package, "running")
    assert main() == ["package-progress"]
    site.report(package, {"B01": "1"})
    assert main() == ["package-to-done"]
    site.move(package, "done")
    assert main() == ["package-accept"]
    site.check(package)
    assert main() == []


def check(site: Site, *codes: str, **fields: Any) -> dict[str, Any]:
    told = {"passed": "yes", "held_on": site.day(0).isoformat(), "document": "验收〔2026〕1号", "remarks": ""}
    terms = {f"kind_{site.item(code).pk}": "waterproofing" for code in codes}
    return {**told, "checklist": list(CHECKLIST), "attendees": [*ATTENDEES_BY_LAW, "residents"], **terms, **fields}


def test_acceptance_takes_a_warranty_for_each_item_never_shorter_than_the_law(site, official):
    package = site.done("B01", "B03")
    address = page(site, f"packages/{package.pk}/acceptance/")
    years = f"years_{site.item('B01').pk}"

    short = official.post(address, check(site, "B01", "B03", **{years: "4"}))
    assert (short.status_code, "The law asks for 5 at least." in body(short)) == (400, True)
    missing = official.post(address, check(site, "B01"))
    assert (missing.status_code, "Choose the kind of work." in body(missing)) == (400, True)
    unnamed = official.post(address, check(site, "B01", "B03", **{f"kind_{site.item('B03').pk}": "structure"}))
    assert (unnamed.status_code, "the law names no number" in body(unnamed)) == (400, True)
    assert Acceptance.objects.count() == 0

    passed = official.post(address, check(site, "B01", "B03", **{years: "8"}))

    assert passed.status_code == 302
    assert sorted(Warranty.objects.values_list("menu_item__code", "years")) == [("B01", 8), ("B03", 5)]
    told = body(official.get(page(site, f"packages/{package.pk}/")))
    assert "Builder, Designer, Surveyor, Supervisor of works, Residents&#x27; representative" in told
    assert "2 warranties" in body(official.get(page(site)))


def test_a_refusal_of_the_acceptance_is_told_on_its_form(site, official):
    package = site.done("B01")
    address = page(site, f"packages/{package.pk}/acceptance/")

    answer = official.post(address, check(site, "B01", attendees=["builder"]))

    assert answer.status_code == 409
    assert "The law asks for these to take part" in body(answer)


def test_a_failed_acceptance_asks_for_no_warranty(site, official):
    package = site.done("B01")

    answer = official.post(page(site, f"packages/{package.pk}/acceptance/"), check(site, passed="no", checklist=[]))

    package.refresh_from_db()
    assert (answer.status_code, package.state, Warranty.objects.count()) == (302, "running", 0)
    assert "does not hold" in body(official.get(page(site, f"packages/{package.pk}/")))


def test_the_filing_is_due_then_late_then_filed(site, official):
    waiting = body(official.get(page(site, "filing/")))
    assert "Not every package has passed its acceptance." in waiting
    package = site.running("B01", "B03", "U11", starts_on=site.day(-90), ends_on=site.day(-60))
    site.report(package, dict.fromkeys(("B01", "B03", "U11"), "1"), done_on=site.day(-60))
    site.move(package, "done")
    site.check(package, held_on=site.day(-16))
    told = body(official.get(page(site)))
    assert 'data-testid="filing" data-state="late"' in told
    assert 'data-testid="file-completion"' in told

    sent = {
        "filed_on": site.day(0).isoformat(),
        "filed_with": "区住建局",
        "document": "备〔2026〕1号",
        "kept_at": "档案馆",
    }
    answer = official.post(page(site, "filing/"), sent)

    assert (answer.status_code, CompletionFiling.objects.count()) == (302, 1)
    assert 'data-testid="filing" data-state="filed_late"' in body(official.get(page(site)))


def test_warranties_that_end_within_ninety_days_come_first(site, official):
    assert "Nothing is under warranty here yet." in body(official.get(page(site, "warranties/")))
    package = site.running("B01", "B03", "U11", starts_on=site.day(-800), ends_on=site.day(-760))
    site.report(package, dict.fromkeys(("B01", "B03", "U11"), "1"), done_on=site.day(-760))
    site.move(package, "done")
    # Two years end within three months, one is over, five go on.
    terms = [*site.terms("B03", kind="waterproofing", years=5), *site.terms("B01", years=2)]
    site.check(package, held_on=site.day(-700), warranties=[*terms, *site.terms("U11", kind="by_contract", years=1)])

    told = body(official.get(page(site, "warranties/")))

    assert "1 warranty ends within 90 days" in told
    assert [told.index(name) for name in ("Item B01", "Item B03", "Item U11")] == sorted(
        told.index(name) for name in ("Item B01", "Item B03", "Item U11")
    )


def test_a_change_is_asked_for_and_refused_with_a_reason(site, official):
    package = site.package("B01")
    sent = {
        "text": "改用透水砖",
        "requested_by": "居民代表",
        "requested_on": site.day(0).isoformat(),
        "package": package.pk,
    }

    answer = official.post(page(site, "changes/new/"), sent)

    change = ChangeRequest.objects.get()
    address = page(site, f"changes/{change.pk}/")
    assert (answer["Location"], change.package) == (address, package)
    assert 'data-testid="change-draft"' in body(official.get(address))
    assert official.post(address, {"decision": ""}).status_code == 400
    assert official.post(address, {"decision": "不影响使用"}).status_code == 302
    assert "不影响使用" in body(official.get(address))
    assert official.post(address, {"decision": "再拒"}).status_code == 409


def test_who_only_reads_sees_no_act_and_may_do_none(site, reader):
    package = site.running("B01")
    change = request_change(
        neighbourhood=site.home, requested_by="甲", requested_on=site.day(0), text="乙", by=site.official
    )

    for path in ("", f"packages/{package.pk}/", f"changes/{change.pk}/", "warranties/"):
        answer = reader.get(page(site, path))
        assert answer.status_code == 200
        assert 'data-kind="main"' not in body(answer)
    for path in (
        "packages/new/",
        f"packages/{package.pk}/edit/",
        f"packages/{package.pk}/progress/",
        f"packages/{package.pk}/move/?to=suspended",
        f"packages/{package.pk}/acceptance/",
        "changes/new/",
        "filing/",
    ):
        assert reader.get(page(site, path)).status_code == 403
    assert reader.post(page(site, f"changes/{change.pk}/"), {"decision": "x"}).status_code == 403


def test_a_package_of_another_neighbourhood_is_not_found_here(site, official):
    other = Site(stage=Stage.UNDER_WORKS)
    package = other.package("B01")

    assert official.get(page(other, f"packages/{package.pk}/")).status_code == 200
    assert official.get(page(site, f"packages/{package.pk}/")).status_code == 404


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as found:
        assert client.get(address).status_code == 200
    return len(found)


def test_the_pages_ask_as_much_of_one_package_as_of_three(site, official):
    first = site.accepted("B01")
    official.get(page(site))
    few = [queries(official, page(site, path)) for path in ("", "warranties/", f"packages/{first.pk}/")]
    site.accepted("B03")
    site.done("U11")
    site.home.work_packages.get(number=3)

    many = [queries(official, page(site, path)) for path in ("", "warranties/", f"packages/{first.pk}/")]

    assert many == few
    assert max(few) < 30
