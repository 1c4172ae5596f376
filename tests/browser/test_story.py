"""The main job as its users live it: from a roster file to a decided survey, on a phone and at a desk."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.choices import Role
from renovation.models import Household
from renovation.services.menu import load_menu
from tests.browser.handles import (
    DESK,
    MENU,
    PHONE,
    all_sent,
    go_out_as,
    number_in,
    picture,
    refusal_at,
    sign_in,
    stance_of,
    visit_door,
)
from tests.consent.casts import make_policy
from tests.factories import COMMUNITY, make_division, make_neighbourhood, make_user
from tests.renovation.roster_files import write_xlsx

EVERYBODY = ("owners_committee", "grid", "community")
Doors = dict[str, int]


@pytest.fixture(autouse=True)
def files_of_their_own(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def place(live_server: Any) -> int:
    """A neighbourhood that is only registered, in a city with a policy and a menu, and a worker in charge of it."""
    for code, name in (("4205", "宜昌市"), ("420502", "西陵区"), ("420502001", "示范街道"), (COMMUNITY, "示范社区")):
        make_division(code, name=name)
    make_policy()
    load_menu(path=MENU, valid_from=date(2025, 1, 1))
    make_user(Role.COMMUNITY_STAFF, COMMUNITY, username="worker", display_name="王丽", unit="示范社区")
    return make_neighbourhood(name="黄龙小区", built_year=1994).pk


def roster(folder: Path, name: str, *, third_floor_right: str = "") -> Path:
    """One building as a community keeps it: a title, two header rows, merged cells, identity numbers, a subtotal.

    Six homes and a shop; one row lacks its door number unless it is said.
    """
    title = ["黄龙小区3号楼住户花名册"]
    top = ["序号", "住址", "", "", "户主", "", "联系电话", "建筑面积(㎡)", "产权性质", "房屋用途", "备注"]
    below = ["", "楼栋", "单元", "房号", "姓名", "身份证号", "", "", "", "", ""]
    rows = [
        [1, "3栋", "一单元", "0101", "张三", "420502195001011234", 13800138001, "86.5平", "房改房", "住宅", "独居"],
        [2, None, None, "0102", "李四", "420502196001011234", "13800138002/0717-6223344", "９０．１㎡", "", "", ""],
        [3, None, None, "0201", "王五", "", 13800138003, 86.5, "商品房", "", "出租"],
        [4, None, None, "0202", "赵六", "", 13800138004, "90.1平", "商品房", "", "顶楼有棚"],
        [5, None, None, "0301", "孙八", "", 13800138005, "86.5平", "集资房", "", ""],
        [6, None, None, third_floor_right, "周九", "", 13800138006, "90.1平", "集资房", "", ""],
        [7, None, None, "门面1", "吴十", "", 13800138007, 45, "自建", "商铺", ""],
        ["小计", "", "", "7户", "", "", "", 574.8, "", "", ""],
    ]
    return write_xlsx(
        folder / name,
        {"3栋": [title, top, below, *rows]},
        merged={"3栋": ["A1:K1", "B2:D2", "E2:F2", "B4:B10", "C4:C10"]},
    )


def bring_roster_in(page: Page, folder: Path, *, words: dict[str, str]) -> Doors:
    """From the neighbourhood's page: hand a roster in, read what is wrong with it, mend it, import it."""
    page.get_by_role("link", name=words["import"]).click()
    page.get_by_test_id("roster-file").set_input_files(roster(folder, "花名册.xlsx"))
    page.get_by_test_id("roster-check").click()

    problem = page.get_by_test_id("roster-problems").locator("tr[data-code=unit_missing]")
    expect(problem).to_have_count(1)
    said = [cell.strip() for cell in problem.locator("td, th").all_inner_texts()]
    assert said[:3] == ["3栋", "9", words["column"]]
    expect(page.get_by_test_id("roster-problems")).not_to_contain_text("420502195001011234")
    expect(page.get_by_test_id("kpi-rejected")).to_have_text("1")
    picture(page, f"story-{words['name']}-problems")
    assert Household.objects.count() == 0

    page.get_by_role("link", name=words["again"]).click()
    page.get_by_test_id("roster-file").set_input_files(roster(folder, "花名册-改.xlsx", third_floor_right="0302"))
    page.get_by_test_id("roster-check").click()
    expect(page.get_by_test_id("kpi-rejected")).to_have_text("0")
    page.get_by_test_id("roster-write-all").click()

    expect(page.get_by_test_id("kpi-created")).to_have_text("7")
    picture(page, f"story-{words['name']}-imported")
    first = Household.objects.get(unit_number="0101")
    assert (first.building.number, first.stairwell.number, first.gross_floor_area) == ("3", "1", Decimal("86.50"))
    return dict(Household.objects.values_list("unit_number", "pk"))


def open_door(page: Page, door: int) -> None:
    page.get_by_test_id(f"door-{door}").click()
    expect(page.get_by_test_id("save-visit")).to_be_visible()


@pytest.mark.browser_context_args(viewport=PHONE, has_touch=True, is_mobile=True)
def test_a_neighbourhood_is_deferred_and_then_consents_on_a_phone(
    page: Page, live_server: Any, place: int, tmp_path: Path
) -> None:
    site = live_server.url
    sign_in(page, site, "worker")
    expect(page).to_have_url(f"{site}/surveys/")

    page.get_by_role("link", name="小区", exact=True).click()
    page.get_by_role("link", name="黄龙小区").click()
    words = {"name": "phone", "import": "导入花名册", "again": "导入花名册", "column": "D 房号"}
    doors = bring_roster_in(page, tmp_path, words=words)
    survey = open_survey(page, site, place, title="黄龙小区改造征询")

    walk_round_1(page, site, survey, doors)
    walk_round_2(page, site, survey, doors)
    walk_round_3(page, site, survey, doors)
    close_as_deferred(page, site, survey, place)
    second = open_survey(page, site, place, title="黄龙小区第二次征询")
    assert second != survey
    walk_all_as_yes(page, site, second)
    close_as_passed(page, site, second, place)


def open_survey(page: Page, site: str, place: int, *, title: str) -> int:
    page.goto(f"{site}/neighbourhoods/{place}/")
    page.locator(f"a[href='/neighbourhoods/{place}/surveys/new/']").click()
    page.get_by_label("标题").fill(title)
    page.get_by_test_id("survey-open").click()

    verdict = page.get_by_test_id("result-verdict")
    expect(verdict).to_have_attribute("data-verdict", "open")
    expect(verdict).to_have_text("还差 6 户达标")
    expect(page.get_by_test_id("support-rate")).to_have_text("0.0%")
    return number_in(page.url)


def walk_round_1(page: Page, site: str, survey: int, doors: Doors) -> None:
    page.goto(f"{site}/field/")
    page.get_by_test_id(f"survey-{survey}").click()
    expect(page.get_by_test_id("visit-rate")).to_have_text("0 / 6")
    picture(page, "story-phone-front")

    # The committee has to be there, and whoever forgets it is told where it belongs.
    page.get_by_test_id("next-door").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("0101")
    yes = {"commitments": ["self_governance", "convention", "demolition", "contribution", "property_management"]}
    visit_door(page, "supports", menu=["B03", "U01"], reasons=["parking"], note="先修排水", **yes)
    expect(refusal_at(page, "party-owners_committee")).to_contain_text("业委会")
    picture(page, "story-phone-refused-party")
    page.get_by_test_id("party-owners_committee").check()
    page.get_by_test_id("save-visit").click()
    stance_of(page, doors["0101"], "supports", given="signed", pending="false")
    expect(page.get_by_test_id("receipt-code")).not_to_be_empty()
    picture(page, "story-phone-saved")

    page.get_by_test_id("next-door").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("0102")
    visit_door(page, "supports", given="verbal", commitments=["convention"])
    stance_of(page, doors["0102"], "supports", given="verbal")

    # A tenant cannot say yes for the owner.
    open_door(page, doors["0201"])
    visit_door(page, "supports", respondent="tenant")
    expect(refusal_at(page, "respondent-tenant")).to_contain_text("承租人")
    picture(page, "story-phone-refused-tenant")
    visit_door(page, "no_answer", note="承租人说业主在武汉")
    stance_of(page, doors["0201"], "no_answer")

    page.get_by_test_id("next-door").click()
    visit_door(page, "not_yet", reasons=["illegal_structure"], note="顶楼有棚")
    stance_of(page, doors["0202"], "not_yet")

    # A slip is mended by a second row that names the first.
    open_door(page, doors["0301"])
    visit_door(page, "opposes")
    stance_of(page, doors["0301"], "opposes")
    all_sent(page)
    page.get_by_test_id("undo").click()
    expect(page.get_by_test_id("outcome-opposes")).to_be_checked()
    visit_door(page, "supports", given="thumbprint", commitments=["convention"])
    stance_of(page, doors["0301"], "supports", given="thumbprint")
    expect(page.get_by_test_id("visit-rate")).to_have_text("5 / 6")

    all_sent(page)
    page.goto(f"{site}/surveys/{survey}/")
    expect(page.get_by_test_id("support-rate")).to_have_text("33.3%")
    expect(page.get_by_test_id("visit-rate")).to_have_text("66.6%")
    expect(page.get_by_test_id("result-verdict")).to_have_text("还差 4 户达标")
    picture(page, "story-phone-survey")
    page.get_by_test_id("round-close").click()
    expect(page.locator("#close").get_by_text("本轮还有 1 户未访")).to_be_visible()
    picture(page, "story-phone-round-refused")
    page.get_by_label("为什么有户未访").fill("302 室一直无人，约好下一轮再去")
    page.get_by_test_id("round-close").click()
    expect(page.get_by_role("status")).to_contain_text("4 户")


def walk_round_2(page: Page, site: str, survey: int, doors: Doors) -> None:
    page.goto(f"{site}/field/surveys/{survey}/")
    go_out_as(page, "grid")
    expect(page.get_by_test_id("visit-rate")).to_have_text("0 / 4")
    expect(page.get_by_test_id(f"door-{doors['0101']}")).to_have_attribute("data-round", "out")

    open_door(page, doors["0102"])
    visit_door(page, "supports", commitments=["convention"])
    stance_of(page, doors["0102"], "supports", given="signed")
    open_door(page, doors["0302"])
    visit_door(page, "supports", commitments=["convention", "demolition"], menu=["U01"])
    open_door(page, doors["0201"])
    visit_door(page, "no_answer")
    page.get_by_test_id("next-door").click()
    visit_door(page, "not_yet", reasons=["illegal_structure", "cost"])

    expect(page.get_by_test_id("next-door")).to_be_hidden()
    all_sent(page)
    page.goto(f"{site}/surveys/{survey}/")
    page.get_by_test_id("round-close").click()
    expect(page.get_by_role("status")).to_contain_text("2 户")


def walk_round_3(page: Page, site: str, survey: int, doors: Doors) -> None:
    page.goto(f"{site}/field/surveys/{survey}/")
    expect(page.get_by_test_id("visit-rate")).to_have_text("0 / 2")

    open_door(page, doors["0201"])
    visit_door(page, "supports", given="thumbprint", commitments=["convention"])
    refused = refusal_at(page, "party-grid")
    expect(refused).to_contain_text("业委会")
    expect(refused).to_contain_text("社区")
    expect(page.get_by_test_id("commitment-convention")).to_be_checked()
    for who in EVERYBODY:
        page.get_by_test_id(f"party-{who}").check()
    page.get_by_test_id("save-visit").click()
    stance_of(page, doors["0201"], "supports", given="thumbprint")

    page.get_by_test_id("next-door").click()
    for who in EVERYBODY:
        expect(page.get_by_test_id(f"party-{who}")).to_be_checked()
    visit_door(page, "opposes", reasons=["illegal_structure"], note="不愿拆棚")
    stance_of(page, doors["0202"], "opposes")
    all_sent(page)
    page.goto(f"{site}/surveys/{survey}/")
    page.get_by_test_id("round-close").click()
    expect(page.get_by_test_id("round-close")).to_have_count(0)


def close_as_deferred(page: Page, site: str, survey: int, place: int) -> None:
    expect(page.get_by_test_id("support-rate")).to_have_text("83.3%")
    page.get_by_test_id("survey-close").click()
    expect(page.locator(".field").filter(has=page.get_by_label("为什么现在结束")).locator(".error")).to_be_visible()
    page.get_by_label("为什么现在结束").fill("202 室不愿拆棚")
    page.get_by_test_id("survey-close").click()
    expect(page.locator(".field").filter(has=page.get_by_label("回访日期")).locator(".error")).to_be_visible()
    picture(page, "story-phone-close-refused")
    page.get_by_label("回访日期").fill("2027-05-01")
    page.get_by_test_id("survey-close").click()

    expect(page.get_by_test_id("result-verdict")).to_have_attribute("data-verdict", "failed")
    expect(page.get_by_test_id("result-verdict")).to_have_text("未达标，已顺延")
    expect(page.locator(".rates")).to_contain_text("还差 1 户")
    picture(page, "story-phone-failed")
    page.goto(f"{site}/neighbourhoods/{place}/")
    expect(page.get_by_test_id("stage")).to_have_attribute("data-stage", "deferred")
    expect(page.locator("main")).to_contain_text("还差 1 户")
    expect(page.locator("main")).to_contain_text("202 室不愿拆棚")
    expect(page.locator("main")).to_contain_text("2027年5月1日")
    picture(page, "story-phone-deferred")


def walk_all_as_yes(page: Page, site: str, survey: int) -> None:
    page.goto(f"{site}/field/surveys/{survey}/")
    go_out_as(page, "owners_committee", "community")
    for left in range(6, 0, -1):
        expect(page.get_by_test_id("visit-rate")).to_have_text(f"{6 - left} / 6")
        page.get_by_test_id("next-door").click()
        visit_door(page, "supports", commitments=["convention"])
    expect(page.get_by_test_id("visit-rate")).to_have_text("6 / 6")
    all_sent(page)
    picture(page, "story-phone-all-yes")


def close_as_passed(page: Page, site: str, survey: int, place: int) -> None:
    page.goto(f"{site}/surveys/{survey}/")
    expect(page.get_by_test_id("support-rate")).to_have_text("100.0%")
    page.get_by_test_id("survey-close").click()

    expect(page.get_by_test_id("result-verdict")).to_have_attribute("data-verdict", "passed")
    picture(page, "story-phone-passed")
    page.goto(f"{site}/neighbourhoods/{place}/")
    expect(page.get_by_test_id("stage")).to_have_attribute("data-stage", "consented")
    picture(page, "story-phone-consented")


@pytest.mark.browser_context_args(viewport=DESK)
def test_a_survey_is_closed_as_failed_at_a_desk_in_english(
    page: Page, live_server: Any, place: int, tmp_path: Path
) -> None:
    site = live_server.url
    page.goto(site)
    page.get_by_test_id("language-switch").click()
    sign_in(page, site, "worker")
    expect(page.get_by_role("heading", level=1)).to_have_text("0 surveys in hand")

    page.get_by_role("link", name="To the neighbourhoods").click()
    page.get_by_role("link", name="黄龙小区").click()
    words = {"name": "desk", "import": "Import the roster", "again": "Import the roster", "column": "D 房号"}
    doors = bring_roster_in(page, tmp_path, words=words)
    page.get_by_role("link", name="To 黄龙小区").click()
    page.get_by_role("link", name="Open a survey").click()
    expect(page.locator(".facts")).to_contain_text("6 residential households")
    picture(page, "story-desk-open")
    page.get_by_test_id("survey-open").click()
    survey = number_in(page.url)

    page.get_by_role("link", name="To the 6 doors of this round").click()
    go_out_as(page, "owners_committee", "community")
    open_door(page, doors["0202"])
    visit_door(page, "supports", commitments=["convention", "contribution"], menu=["U01"])
    stance_of(page, doors["0202"], "supports", given="signed")
    picture(page, "story-desk-front")
    # The next door on the same floor is offered.
    page.get_by_test_id("next-door").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Building 3 · Stairwell 1 · 0201")
    visit_door(page, "opposes", reasons=["distrust"])
    stance_of(page, doors["0201"], "opposes")
    all_sent(page)

    page.goto(f"{site}/surveys/{survey}/")
    expect(page.get_by_test_id("result-verdict")).to_have_text("5 more doors to pass")
    expect(page.get_by_test_id("support-rate")).to_have_text("16.6%")
    expect(page.get_by_test_id("visit-rate")).to_have_text("33.3%")
    page.get_by_label("Why it is closed now").fill("Most households are away until spring")
    page.get_by_label("Look again on").fill("2027-03-01")
    page.get_by_test_id("survey-close").click()

    expect(page.get_by_test_id("result-verdict")).to_have_text("not passed, deferred")
    expect(page.locator(".rates")).to_contain_text("Pass mark 95%, 5 doors to go")
    expect(page.get_by_test_id("survey-close")).to_have_count(0)
    picture(page, "story-desk-failed")
    page.goto(f"{site}/neighbourhoods/{place}/")
    expect(page.get_by_test_id("stage")).to_have_attribute("data-stage", "deferred")
    expect(page.locator("main")).to_contain_text("5 more doors to pass")
    expect(page.locator("main")).to_contain_text("Most households are away until spring")
    expect(page.locator("main")).to_contain_text("look again on 1 March 2027")
    picture(page, "story-desk-deferred")
