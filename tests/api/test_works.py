"""Work packages, changes, acceptances, warranties and filings over HTTP."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.choices import Role
from renovation.choices import Stage
from renovation.models import Warranty, WorkPackage
from renovation.reports.works import package_sheets
from renovation.rules.works import CHECKLIST
from tests.api.helpers import API, signed_in, system
from tests.factories import COMMUNITY, make_user
from tests.renovation.works_cast import ALL_HOLD, Site

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def official(site: Site) -> APIClient:
    return signed_in(site.official)


@pytest.fixture
def reader(site: Site) -> APIClient:
    return signed_in(make_user(Role.COMMUNITY_STAFF, COMMUNITY))


@pytest.fixture
def outsider(site: Site) -> APIClient:
    return signed_in(make_user(Role.DISTRICT_OFFICIAL, "420503"))


def contract(site: Site, *codes: str, **fields: Any) -> dict[str, Any]:
    return {
        "neighbourhood": site.home.pk,
        "name": "雨污分流",
        "contractor": "宜江建设",
        "contract_document": "合同〔2026〕1号",
        "contract_sum": "590000.00",
        "starts_on": site.day(-5).isoformat(),
        "ends_on": site.day(4).isoformat(),
        "menu_items": [site.item(code).pk for code in codes],
        **fields,
    }


def check(site: Site, *terms: tuple[str, str, int], **fields: Any) -> dict[str, Any]:
    return {
        "held_on": site.day(0).isoformat(),
        "passed": True,
        "checklist": ALL_HOLD,
        "attendees": ["builder", "designer", "surveyor", "supervisor"],
        "document": "验收〔2026〕1号",
        "warranties": [{"menu_item": site.item(code).pk, "kind": kind, "years": years} for code, kind, years in terms],
        **fields,
    }


def test_a_package_from_its_contract_to_its_warranties(site, official):
    made = official.post(f"{API}/work-packages/", contract(site, "B01", "B03"), format="json")
    assert made.status_code == 201, made.content
    package = made.json()
    address = f"{API}/work-packages/{package['id']}"
    assert (package["state"], package["done_share"], package["expected_share"], package["behind"]) == (
        "planned",
        "0.0000",
        "0.5000",
        True,
    )
    assert (package["contract_sum"], package["amount"]) == ("590000.00", "900000.00")
    assert [row["code"] for row in package["items"]] == ["B01", "B03"]
    assert package["items"][0]["plan_item"] == site.plan.items.get(menu_item__code="B01").pk

    moved = official.post(f"{address}/move/", {"to": "running"}, format="json")
    assert (moved.status_code, moved.json()["state"]) == (200, "running")
    report = {
        "done_on": site.day(-1).isoformat(),
        "items": [
            {"menu_item": site.item("B01").pk, "done_share": "0.5000"},
            {"menu_item": site.item("B03").pk, "done_share": "0.5000"},
        ],
    }
    told = official.post(f"{address}/progress/", report, format="json")
    assert (told.status_code, told.json()["done_share"], told.json()["behind"]) == (201, "0.5000", False)
    entries = official.get(f"{address}/progress/").json()["results"]
    assert [(row["menu_item"], row["done_share"]) for row in entries] == [
        (site.item("B01").pk, "0.5000"),
        (site.item("B03").pk, "0.5000"),
    ]

    early = official.post(f"{address}/move/", {"to": "done"}, format="json")
    assert (early.status_code, early.json()["code"]) == (409, "items_undone")
    assert early.json()["menu_items"] == [site.item("B01").pk, site.item("B03").pk]
    for item in report["items"]:
        item["done_share"] = "1"
    assert official.post(f"{address}/progress/", report, format="json").status_code == 201
    assert official.post(f"{address}/move/", {"to": "done"}, format="json").status_code == 200

    short = official.post(
        f"{address}/acceptances/", check(site, ("B01", "waterproofing", 4), ("B03", "installation", 2)), format="json"
    )
    assert (short.status_code, short.json()["code"]) == (409, "warranty_too_short")
    assert short.json()["short"][0]["least"] == 5
    passed = official.post(
        f"{address}/acceptances/", check(site, ("B01", "waterproofing", 5), ("B03", "installation", 2)), format="json"
    )
    assert passed.status_code == 201, passed.content
    assert (passed.json()["checklist"], len(passed.json()["warranties"])) == (ALL_HOLD, 2)
    assert passed["ETag"] == official.get(f"{API}/acceptances/{passed.json()['id']}/")["ETag"]
    events = official.get(f"{address}/events/").json()["results"]
    assert [row["to"] for row in events] == ["running", "done", "accepted"]
    assert official.get(f"{address}/acceptances/?count=true").json()["count"] == 1
    kept = official.get(f"{API}/warranties/?neighbourhood={site.home.pk}&kind=waterproofing").json()["results"]
    assert [(row["code"], row["years"], row["contractor"]) for row in kept] == [("B01", 5, "宜江建设")]

    filing = {
        "neighbourhood": site.home.pk,
        "filed_on": site.day(0).isoformat(),
        "filed_with": "区住建局",
        "kept_at": "区档案馆",
        "document": "备〔2026〕1号",
    }
    filed = official.post(f"{API}/completion-filings/", filing, format="json")
    assert (filed.status_code, filed.json()["in_time"]) == (201, True)
    assert filed.json()["due_on"] == site.day(15).isoformat()


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"menu_items": []}, "/menu_items"),
        ({"menu_items": [10**15]}, "/menu_items"),
        ({"menu_items": "x"}, "/menu_items"),
        ({"starts_on": "gestern"}, "/starts_on"),
        ({"contract_sum": "-1"}, "/contract_sum"),
        ({"contract_sum": "1.005"}, "/contract_sum"),
        ({"neighbourhood": None}, "/neighbourhood"),
        ({"name": ""}, "/name"),
    ],
)
def test_what_cannot_be_read_is_told_at_its_place(site, official, change, pointer):
    answer = official.post(f"{API}/work-packages/", contract(site, "B01") | change, format="json")

    assert answer.status_code == 400
    assert pointer in {fault["pointer"] for fault in answer.json()["errors"]}


def test_progress_and_checks_that_cannot_be_read(site, official):
    package = site.done("B01")
    address = f"{API}/work-packages/{package.pk}"
    item = {"menu_item": site.item("B01").pk, "done_share": "1.0001"}

    over = official.post(f"{address}/progress/", {"done_on": "2026-01-01", "items": [item]}, format="json")
    twice = official.post(
        f"{address}/progress/", {"done_on": "2026-01-01", "items": [item | {"done_share": "1"}] * 2}, format="json"
    )
    lacking = dict.fromkeys(CHECKLIST[1:], True)
    unsaid = official.post(f"{address}/acceptances/", check(site, checklist=lacking), format="json")

    assert [fault["pointer"] for fault in over.json()["errors"]] == ["/items/0/done_share"]
    assert twice.json()["errors"][0]["code"] == "twice"
    assert [fault["pointer"] for fault in unsaid.json()["errors"]] == [f"/checklist/{CHECKLIST[0]}"]


def test_a_package_changes_until_it_begins_and_a_stale_copy_changes_nothing(site, official):
    package = site.package("B01")
    address = f"{API}/work-packages/{package.pk}/"
    tag = official.get(address)["ETag"]

    changed = official.patch(address, {"contractor": "平湖园林"}, format="json", headers={"if-match": tag})
    stale = official.patch(address, {"contractor": "甲"}, format="json", headers={"if-match": tag})
    elsewhere = official.patch(address, {"neighbourhood": Site().home.pk}, format="json")
    backwards = official.patch(address, {"ends_on": site.day(-30).isoformat()}, format="json")
    site.move(package, "running")
    late = official.patch(address, {"contractor": "甲"}, format="json")

    assert (changed.status_code, changed.json()["contractor"]) == (200, "平湖园林")
    assert stale.status_code == 412
    assert (elsewhere.status_code, elsewhere.json()["errors"][0]["code"]) == (400, "immutable")
    assert (backwards.status_code, backwards.json()["code"]) == (409, "dates_reversed")
    assert (late.status_code, late.json()["code"]) == (409, "package_begun")


def test_what_a_package_shows_has_another_tag_once_the_plan_in_force_is_another(site, official):
    address = f"{API}/work-packages/{site.package('B01').pk}/"
    tag = official.get(address)["ETag"]
    assert official.get(address, headers={"if-none-match": tag}).status_code == 304

    site.revise({"B01": "500000.00"})

    assert official.get(address, headers={"if-none-match": tag}).status_code == 200


def test_a_suspended_package_tells_why_and_until_when(site, official):
    package = site.running("B01")
    address = f"{API}/work-packages/{package.pk}"

    bare = official.post(f"{address}/move/", {"to": "suspended", "reason": "暴雨"}, format="json")
    official.post(
        f"{address}/move/",
        {"to": "suspended", "reason": "暴雨", "review_on": site.day(3).isoformat()},
        format="json",
    )
    told = official.get(f"{address}/").json()
    unknown = official.post(f"{address}/move/", {"to": "accepted"}, format="json")

    assert (bare.status_code, bare.json()["code"]) == (409, "review_date_needed")
    assert (told["suspended_reason"], told["review_on"]) == ("暴雨", site.day(3).isoformat())
    assert unknown.status_code == 400


def test_packages_are_found_by_place_state_and_schedule(site, official):
    late = site.running("B01")
    site.report(late, {"B01": "0.5"})
    good = site.running("B03", ends_on=site.day(90))
    site.report(good, {"B03": "0.5"})
    done = site.done("U11", ends_on=site.day(-2))

    def found(query: str) -> set[int]:
        answer = official.get(f"{API}/work-packages/?{query}")
        assert answer.status_code == 200
        return {row["id"] for row in answer.json()["results"]}

    assert found("behind=true") == {late.pk}
    assert found("behind=false") == {good.pk, done.pk}
    assert found("state=done") == {done.pk}
    assert found(f"neighbourhood={site.home.pk}&state=running") == {late.pk, good.pk}
    assert found(f"division={COMMUNITY[:6]}") == {late.pk, good.pk, done.pk}
    assert found("division=420503") == set()
    assert official.get(f"{API}/work-packages/?contractor=x").status_code == 400


def test_the_filter_by_schedule_says_of_each_package_what_the_rule_says(site, official):
    """The statement over sets, against the plain rule: amounts, nil amounts, items taken out, and each state."""
    site.running("B01", "B03", starts_on=site.day(-4), ends_on=site.day(5))
    nil = Site(amounts={"B01": "0.00", "B03": "0.00", "U11": "1.00"})
    half = nil.running("B01", "B03", starts_on=site.day(-5), ends_on=site.day(4))
    nil.report(half, {"B01": "1"})
    gone = nil.running("U11", starts_on=site.day(-5), ends_on=site.day(4))
    nil.revise({"B01": "0.00", "B03": "0.00"})
    other = Site()
    other.package("B01", starts_on=site.day(0), ends_on=site.day(0))
    other.package("B03", starts_on=site.day(-1), ends_on=site.day(0))
    edge = other.running("U11", starts_on=site.day(-3), ends_on=site.day(-1))
    other.report(edge, {"U11": "1"})

    behind = {row["id"] for row in official.get(f"{API}/work-packages/?behind=true").json()["results"]}

    packages = list(WorkPackage.objects.all())
    assert behind == {sheet.package.pk for sheet in package_sheets(packages, site.today) if sheet.is_behind}
    assert gone.pk not in behind
    assert half.pk not in behind
    assert edge.pk in behind
    assert 0 < len(behind) < len(packages)


def test_warranties_are_found_by_their_last_day(site, official):
    site.accepted("B01")
    row = Warranty.objects.get()

    def found(query: str) -> int:
        return len(official.get(f"{API}/warranties/?{query}").json()["results"])

    day = row.ends_on
    assert found(f"ends_before={day.isoformat()}") == 0
    assert found(f"ends_before={day.replace(year=day.year + 1).isoformat()}") == 1
    assert found("kind=heating") == 0
    assert found(f"package={row.package_id}") == 1
    assert official.get(f"{API}/acceptances/?passed=false").json()["results"] == []
    assert len(official.get(f"{API}/acceptances/?package={row.package_id}").json()["results"]) == 1


def test_a_change_is_asked_for_and_refused(site, official):
    package, elsewhere = site.package("B01"), Site().package("B01")
    sent = {
        "neighbourhood": site.home.pk,
        "package": package.pk,
        "requested_by": "居民代表",
        "requested_on": site.day(0).isoformat(),
        "text": "改用透水砖",
    }

    made = official.post(f"{API}/change-requests/", sent, format="json")
    wrong = official.post(f"{API}/change-requests/", sent | {"package": elsewhere.pk}, format="json")
    address = f"{API}/change-requests/{made.json()['id']}"
    refused = official.post(f"{address}/refuse/", {"decision": "不影响使用"}, format="json")
    again = official.post(f"{address}/refuse/", {"decision": "不影响使用"}, format="json")

    assert (made.status_code, made.json()["state"], made.json()["plan"]) == (201, "requested", None)
    assert wrong.json()["errors"][0]["code"] == "other_neighbourhood"
    assert (refused.json()["state"], refused.json()["decision"]) == ("refused", "不影响使用")
    assert (again.status_code, again.json()["code"]) == (409, "change_decided")
    assert len(official.get(f"{API}/change-requests/?state=refused").json()["results"]) == 1


def test_who_only_reads_is_forbidden_and_strangers_find_nothing(site, reader, outsider):
    package = site.running("B01")
    address = f"{API}/work-packages/{package.pk}"
    filing = {
        "neighbourhood": site.home.pk,
        "filed_on": "2026-01-01",
        "filed_with": "x",
        "kept_at": "x",
        "document": "x",
    }
    writes = [
        (f"{API}/work-packages/", contract(site, "B03")),
        (f"{address}/move/", {"to": "done"}),
        (f"{address}/progress/", {"done_on": "2026-01-01", "items": [{"menu_item": 1, "done_share": "1"}]}),
        (f"{address}/acceptances/", check(site)),
        (f"{API}/completion-filings/", filing),
    ]
    assert reader.get(f"{address}/").status_code == 200
    assert [reader.post(path, body, format="json").status_code for path, body in writes] == [403] * len(writes)
    assert reader.patch(f"{address}/", {"name": "x"}, format="json").status_code == 403

    assert outsider.get(f"{address}/").status_code == 404
    assert outsider.get(f"{API}/work-packages/").json()["results"] == []
    assert [outsider.post(path, body, format="json").status_code for path, body in writes] == [400, 404, 404, 404, 400]


def test_a_system_needs_the_scope_of_plans(site):
    package = site.running("B01")
    address = f"{API}/work-packages/{package.pk}"

    assert system("registry:read").get(f"{address}/").status_code == 403
    assert system("plans:read").get(f"{address}/").status_code == 200
    assert system("plans:read").post(f"{address}/move/", {"to": "done"}, format="json").status_code == 403
    answer = system("plans:write").post(f"{API}/work-packages/", contract(site, "B03"), format="json")
    assert answer.status_code == 201, answer.content


def test_stages_bind_over_http_too(official):
    early = Site(stage=Stage.PLANNED)

    answer = official.post(f"{API}/work-packages/", contract(early, "B01"), format="json")

    assert (answer.status_code, answer.json()["code"], answer.json()["stage"]) == (409, "wrong_stage", "planned")


@pytest.mark.parametrize("path", ["work-packages", "acceptances", "warranties", "change-requests"])
def test_lists_cost_the_same_with_one_row_and_with_three(site, official, path):
    def cost() -> int:
        with CaptureQueriesContext(connection) as found:
            assert official.get(f"{API}/{path}/").status_code == 200
        return len(found)

    def change() -> None:
        sent = {"neighbourhood": site.home.pk, "requested_by": "甲", "requested_on": "2026-01-01", "text": "乙"}
        assert official.post(f"{API}/change-requests/", sent, format="json").status_code == 201

    site.accepted("B01")
    change()
    cost()
    one = cost()
    for code in ("B03", "U11"):
        site.accepted(code)
        change()

    assert cost() == one
    assert len(official.get(f"{API}/{path}/").json()["results"]) == 3
