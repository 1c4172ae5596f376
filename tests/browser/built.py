"""Works in every state, told in one language: for pictures of the pages about them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from accounts.choices import Role
from renovation.choices import Stage
from renovation.models import ChangeRequest, WorkPackage
from renovation.services.acceptance import WarrantyTerm
from renovation.services.menu import load_menu
from renovation.services.works import request_change
from tests.browser.handles import MENU
from tests.factories import COMMUNITY, make_user
from tests.renovation.works_cast import ALL_HOLD, Site

TOLD_IN: dict[str, dict[str, str]] = {
    "zh-hans": {
        "official": "陈立",
        "home": "望江里小区",
        "settled": "黄龙小区",
        "finished": "桃花岭小区",
        "drains": "雨污分流与道路",
        "wiring": "线路与外墙整治",
        "parking": "停车位增设",
        "canteen": "社区助餐点",
        "all": "综合改造",
        "builder": "宜江建设工程有限公司",
        "electrician": "平湖电力安装",
        "supervisor": "三峡监理",
        "contract": "宜改合同〔2026〕1号",
        "trench": "主管沟槽开挖",
        "rain": "连续暴雨，外墙作业停工。",
        "drawings": "缺竣工图。",
        "residents": "居民代表",
        "bricks": "3 号楼前路面改用透水砖，积水严重。",
        "letter": "保修〔2026〕7号",
    },
    "en": {
        "official": "Chen Li",
        "home": "Wangjiang",
        "settled": "Huanglong",
        "finished": "Peach Hill",
        "drains": "Drains and roads",
        "wiring": "Wiring and facades",
        "parking": "Parking spaces",
        "canteen": "Canteen",
        "all": "All works",
        "builder": "Yijiang Builders",
        "electrician": "Pinghu Electric",
        "supervisor": "Sanxia Supervision",
        "contract": "Contract 1 of 2026",
        "trench": "Main trench dug",
        "rain": "Heavy rain stops work on the facades.",
        "drawings": "As-built drawings are missing.",
        "residents": "Residents",
        "bricks": "Permeable bricks before building 3: water stands there.",
        "letter": "Letter 7",
    },
}

AMOUNTS = {
    "B01": "602640.00",
    "B10": "172000.00",
    "B15": "455400.00",
    "B20": "101480.00",
    "I04": "174800.00",
    "I08": "62400.00",
    "U05": "222000.00",
}


@dataclass
class Built:
    """A neighbourhood under works with a package in each state, one that has only settled its plan, one long done."""

    home: Site
    settled: Site
    finished: Site
    running: WorkPackage
    suspended: WorkPackage
    accepted: WorkPackage
    done: WorkPackage
    change: ChangeRequest


def build(language: str) -> Built:
    told = TOLD_IN[language]
    load_menu(path=MENU, valid_from=date(2025, 1, 1))
    make_user(Role.DISTRICT_OFFICIAL, COMMUNITY[:6], username="works-official", display_name=told["official"])
    home = Site(amounts=AMOUNTS, name=told["home"])
    paper = {"contract_document": told["contract"], "contractor": told["builder"]}
    running = home.running(
        "B01",
        "B15",
        name=told["drains"],
        supervisor=told["supervisor"],
        contract_sum=Decimal(1020000),
        starts_on=home.day(-60),
        ends_on=home.day(30),
        **paper,
    )
    home.report(running, {"B01": "0.35"}, done_on=home.day(-30), note=told["trench"])
    home.report(running, {"B01": "0.8", "B15": "0.2"}, done_on=home.day(-2))
    change = request_change(
        neighbourhood=home.home,
        requested_by=told["residents"],
        requested_on=home.day(-3),
        text=told["bricks"],
        package=running,
        by=home.official,
    )
    return Built(
        home=home,
        settled=Site(stage=Stage.DESIGNED, amounts={"B01": "100.00"}, name=told["settled"]),
        finished=_finished(told, paper),
        running=running,
        suspended=_suspended(home, told),
        accepted=_accepted(home, told, paper),
        done=home.done("U05", name=told["canteen"], starts_on=home.day(-50), ends_on=home.day(-10), **paper),
        change=change,
    )


def _suspended(home: Site, told: dict[str, str]) -> WorkPackage:
    package = home.running(
        "B10",
        "B20",
        name=told["wiring"],
        contractor=told["electrician"],
        contract_document=told["contract"],
        starts_on=home.day(-80),
        ends_on=home.day(-5),
    )
    home.report(package, {"B10": "0.6", "B20": "0.9"}, done_on=home.day(-9))
    return home.move(package, "suspended", reason=told["rain"], review_on=home.day(6))


def _accepted(home: Site, told: dict[str, str], paper: dict[str, str]) -> WorkPackage:
    """Checked twice: at first the drawings were missing."""
    package = home.running("I04", name=told["parking"], starts_on=home.day(-90), ends_on=home.day(-40), **paper)
    home.report(package, {"I04": "1"}, done_on=home.day(-41))
    home.move(package, "done")
    home.check(
        package,
        passed=False,
        held_on=home.day(-38),
        checklist={**ALL_HOLD, "files_complete": False},
        remarks=told["drawings"],
        document=told["contract"],
    )
    home.move(package, "done")
    terms = [WarrantyTerm(home.item("I04"), "by_contract", 2, told["letter"])]
    home.check(package, held_on=home.day(-30), document=told["contract"], warranties=terms)
    return package


def _finished(told: dict[str, str], paper: dict[str, str]) -> Site:
    """One warranty ends soon, one later, one is over; the filing is late."""
    site = Site(amounts={"B01": "600000.00", "I08": "62400.00"}, name=told["finished"])
    package = site.running("B01", "I08", name=told["all"], starts_on=site.day(-900), ends_on=site.day(-800), **paper)
    site.report(package, {"B01": "1", "I08": "1"}, done_on=site.day(-800))
    site.move(package, "done")
    terms = [
        *site.terms("B01", years=2),
        *site.terms("B01", kind="waterproofing", years=5),
        *site.terms("I08", kind="by_contract", years=1),
    ]
    site.check(package, held_on=site.day(-700), document=told["contract"], warranties=terms)
    return site
