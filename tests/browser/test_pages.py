"""Every page of the desk, at both sizes and in both languages: nobody is kept out, nothing is cut, all is said in
the language of the page.
"""

import os
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.choices import Role
from accounts.models import User
from consent.models import Survey
from consent.services.contests import contest_receipt
from consent.services.handed import enter_handed, hand_visit, set_aside
from consent.services.phones import QueueReport, note_queues, note_taken, register_phone
from consent.services.rounds import close_round
from consent.services.surveys import close_survey, open_survey
from consent.services.visits import record_visits
from renovation.choices import Stage
from renovation.models import Household, Neighbourhood
from renovation.services.menu import load_menu
from renovation.services.roster_imports import queue_import, run_import
from tests.browser import looks
from tests.browser.agreed import agree, nothing_agreed
from tests.browser.arrived import arrive, nothing_arrived
from tests.browser.billed import bill, nothing_billed
from tests.browser.bodied import empty_seats, seat
from tests.browser.checked_in import nobody_serves, serve
from tests.browser.disclosed import disclose, nothing_disclosed
from tests.browser.handles import DESK, MENU, PHONE, enter, picture
from tests.browser.hung import hang_notice, notice_addresses
from tests.browser.kept import empty_upkeep, keep_up
from tests.browser.met import meet, workshop_addresses
from tests.browser.overdue import fall_due, nothing_overdue
from tests.browser.planned import TOLD_IN as TOLD_IN_PLANS
from tests.browser.planned import plan
from tests.browser.priced import nothing_priced, price
from tests.browser.supervised import damage, show, supervise
from tests.browser.voted import vote, vote_addresses
from tests.consent.casts import a_visit, make_policy
from tests.factories import (
    COMMUNITY,
    make_building,
    make_division,
    make_household,
    make_neighbourhood,
    make_stairwell,
    make_user,
)
from tests.governance_rows.exports import keep_exports


@dataclass
class Site:
    """A small world told in one language, so that a word of the other one is never a name."""

    worker: User
    official: User
    surveyed: Neighbourhood
    empty: Neighbourhood
    survey: Survey
    failed: Survey
    doors: list[Household]
    roster_import: int
    deferred: Neighbourhood
    defect: int
    export: int
    view: int


TOLD_IN: dict[str, dict[str, str]] = {
    "zh-hans": {
        "city": "宜昌市",
        "district": "西陵区",
        "street": "示范街道",
        "community": "示范社区",
        "surveyed": "嘉明花园",
        "empty": "黄龙小区",
        "deferred": "桃花岭小区",
        "finished": "宜港小区",
        "worker": "王丽",
        "colleague": "李强",
        "phone": "安卓手机",
        "head": "周敏",
        "first": "第一次征询",
        "second": "第二次征询",
        "note": "先修排水",
        "reason": "还有两户不在家",
        "document": "示范文件",
        "file": "花名册.csv",
    },
    "en": {
        "city": "Yichang",
        "district": "Xiling",
        "street": "First Street",
        "community": "First Community",
        "surveyed": "Jiaming Garden",
        "empty": "Huanglong",
        "deferred": "Peach Hill",
        "finished": "Yigang",
        "worker": "Wang Li",
        "colleague": "Li Qiang",
        "phone": "Android phone",
        "head": "Zhou Min",
        "first": "First survey",
        "second": "Second survey",
        "note": "Mend the drain first",
        "reason": "Two households are away",
        "document": "Document 1 of 2025",
        "file": "roster.csv",
    },
}
# A good row, a door that stands twice, a row without a door, an area and a telephone number that cannot be.
ROSTER = """楼栋,单元,房号,户主姓名,联系电话,建筑面积
1,1,101,{head},13800138001,86.5
1,1,102,{head},1380013800,1086
1,1,102,{head},,
2,1,,{head},,
"""
HEADERS = ROSTER.splitlines()[0].split(",")


def make_site(language: str) -> Site:
    told = TOLD_IN[language]
    codes = {"city": COMMUNITY[:4], "district": COMMUNITY[:6], "street": COMMUNITY[:9], "community": COMMUNITY}
    for level, code in codes.items():
        make_division(code, name=told[level])
    make_policy(document=told["document"])
    load_menu(path=MENU, valid_from=date(2025, 1, 1))
    worker = make_user(
        Role.COMMUNITY_STAFF, COMMUNITY, username="100023", display_name=told["worker"], unit=told["community"]
    )
    surveyed = make_neighbourhood(name=told["surveyed"], built_year=1998)
    doors = [
        make_household(
            stairwell=stairwell,
            unit_number=f"0{floor}0{side}",
            floor=floor,
            head_name=told["head"],
            phones=["13812342071", "0717-6223344"],
            gross_floor_area="86.50",
        )
        for building in ("3", "5")
        for stairwell in _stairwells(surveyed, building)
        for floor in (1, 2, 3, 4)
        for side in (1, 2)
    ]
    failed = open_survey(neighbourhood=surveyed, title=told["first"], closes_on=None, by=worker)
    _record(failed, worker, [a_visit(door, "not_yet", reasons=("cost",), note=told["note"]) for door in doors[:5]])
    close_survey(survey=failed, by=worker, reason=told["reason"], revisit_on=date(2027, 5, 1))
    survey = open_survey(neighbourhood=surveyed, title=told["second"], closes_on=None, by=worker)
    items = ("B03", "B05", "B06", "B07", "B08", "U01", "U02", "U03", "U04", "U05")
    supporting = [a_visit(door, menu_items=items, note=told["note"]) for door in doors[:22]]
    others = [
        a_visit(doors[22], given="verbal"),
        a_visit(doors[23], "not_yet", reasons=("cost", "parking", "illegal_structure"), note=told["note"]),
        a_visit(doors[24], "opposes", reasons=("distrust",)),
        a_visit(doors[25], "no_answer"),
        a_visit(doors[26], "declined"),
        a_visit(doors[27], "vacant"),
    ]
    _record(survey, worker, [*supporting, *others])
    close_round(survey=survey, by=worker, reason=told["reason"])
    _record(survey, worker, [a_visit(doors[28]), a_visit(doors[25], "no_answer")])
    _hand_over(survey, worker, doors, told)
    contest_receipt(visit=survey.visits.get(sequence=0), text=told["note"], phone="0717-6123456")
    deferred, finished = _defer(worker, told)
    defect = supervise(surveyed, worker, language)
    damage(finished, worker, language)
    show(finished, worker, language)
    official = plan(surveyed, language)
    empty = make_neighbourhood(name=told["empty"])
    _locate(surveyed, deferred, finished)
    made = queue_import(
        neighbourhood=empty,
        file=ContentFile(ROSTER.format(head=told["head"]).encode()),
        file_name=told["file"],
        mode="dry_run",
        by=worker,
    )
    run_import(roster_import_id=made.pk)
    kept = keep_exports(surveyed, doors[0], worker, language=language)
    return Site(
        worker=worker,
        official=official,
        surveyed=surveyed,
        empty=empty,
        survey=survey,
        failed=failed,
        doors=doors,
        roster_import=made.pk,
        deferred=deferred,
        defect=defect.pk,
        **kept,
    )


def _stairwells(neighbourhood: Neighbourhood, number: str) -> list[Any]:
    building = make_building(neighbourhood=neighbourhood, number=number, floor_count=4, grid=f"{COMMUNITY}001")
    return [make_stairwell(building=building, number=entrance) for entrance in ("1", "2")]


def _defer(worker: User, told: dict[str, str]) -> tuple[Neighbourhood, Neighbourhood]:
    """A neighbourhood that is due to be looked at again, beside one that has just finished."""
    deferred = make_neighbourhood(name=told["deferred"])
    homes = [make_household(neighbourhood=deferred) for _ in range(3)]
    then = timezone.now() - timedelta(days=200)
    survey = open_survey(neighbourhood=deferred, title=told["first"], closes_on=None, by=worker, at=then)
    record_visits(survey=survey, visits=[a_visit(homes[0], visited_at=then)], by=worker, at=then)
    revisit_on = timezone.localdate() - timedelta(days=3)
    close_survey(survey=survey, by=worker, reason=told["reason"], revisit_on=revisit_on, at=then)
    return deferred, make_neighbourhood(name=told["finished"], stage=Stage.ACCEPTED)


def _locate(*places: Neighbourhood) -> None:
    """Some kilometres from each other, so that each has room for a finger on the map."""
    for number, place in enumerate(places):
        place.longitude, place.latitude = 111 + Decimal(number * number) / 20, 30 + Decimal(number) / 20
        place.save(update_fields=["longitude", "latitude"])


def _record(survey: Survey, worker: User, visits: list[Any]) -> None:
    answers = record_visits(survey=survey, visits=visits, by=worker).answers
    assert {answer.status for answer in answers} == {"recorded"}


def _hand_over(survey: Survey, worker: User, doors: list[Household], told: dict[str, str]) -> None:
    """What the phone of a colleague brought: a door that was logged already, and visits that came too late."""
    colleague = make_user(Role.GRID_WORKER, f"{COMMUNITY}001", display_name=told["colleague"])
    _record(survey, colleague, [a_visit(doors[25], "not_yet", reasons=("cost",))])
    phone = uuid4()
    register_phone(phone=phone, by=colleague, name=told["phone"])
    note_taken(phone=phone, survey=survey, by=colleague)
    report = QueueReport(survey.pk, waiting=2, refused=1, photos=3, oldest_at=timezone.now())
    note_queues(phone=phone, reports=[report], by=colleague)
    note_queues(phone=uuid4(), reports=[QueueReport(survey.pk, waiting=0, refused=0, photos=0)], by=worker)
    visits = [
        a_visit(doors[23], menu_items=("B03", "U01"), reasons=("cost",), note=told["note"]),
        a_visit(doors[27], "vacant"),
        a_visit(doors[24], "not_yet", reasons=("distrust",)),
        a_visit(doors[26], "no_answer"),
    ]
    handed = [
        hand_visit(
            door=survey.doors.get(household=visit.household),
            visit=visit,
            refusals=["wrong_round", "wrong_party"],
            by=colleague,
        )[0]
        for visit in visits
    ]
    enter_handed(handed=handed[2], by=worker, note=told["note"])
    set_aside(handed=handed[3], by=worker, reason=told["reason"])


def addresses(site: Site) -> dict[str, str]:
    """Each page of the main job by a short name."""
    survey, failed, here, there = site.survey.pk, site.failed.pk, site.surveyed.pk, site.empty.pk
    return {
        "dashboard": "/dashboard/",
        "dashboard-place": f"/dashboard/{COMMUNITY}/",
        "dashboard-past": f"/dashboard/?on={timezone.localdate() - timedelta(days=20)}",
        "dashboard-rows": "/dashboard/rows/all/",
        "dashboard-rows-none": "/dashboard/rows/stage-withdrawn/",
        "dashboard-what-if": "/dashboard/what-if/?share=70",
        "dashboard-what-if-refused": "/dashboard/what-if/?share=7",
        "surveys": "/surveys/",
        "neighbourhoods": "/neighbourhoods/",
        "neighbourhoods-none": "/neighbourhoods/?search=zzz",
        "deferred": "/neighbourhoods/deferred/",
        "exports": "/exports/",
        "export": f"/exports/{site.export}/",
        "export-choose": "/exports/new/",
        "export-new": "/exports/new/?sheet=household-list",
        "saved-view": f"/exports/views/{site.view}/",
        "neighbourhood": f"/neighbourhoods/{here}/",
        "neighbourhood-empty": f"/neighbourhoods/{there}/",
        "households": f"/neighbourhoods/{here}/households/",
        "roster": f"/neighbourhoods/{there}/roster/",
        "roster-problems": f"/neighbourhoods/{there}/roster/{site.roster_import}/",
        "survey-open": f"/neighbourhoods/{there}/surveys/new/",
        "survey": f"/surveys/{survey}/",
        "survey-failed": f"/surveys/{failed}/",
        "print-survey": f"/surveys/{survey}/print/",
        "print-survey-closed": f"/surveys/{failed}/print/",
        "orders": f"/surveys/{survey}/orders/",
        "orders-building": f"/surveys/{survey}/orders/?building={site.doors[0].building_id}",
        "orders-closed": f"/surveys/{failed}/orders/",
        "doors": f"/surveys/{survey}/doors/",
        "ledger": f"/surveys/{survey}/ledger/",
        "roll": f"/surveys/{survey}/roll/",
        "outings": f"/surveys/{survey}/outings/",
        "outings-day": f"/surveys/{survey}/outings/?day=2026-01-05",
        "outings-closed": f"/surveys/{failed}/outings/",
        "handed": f"/surveys/{survey}/handed/",
        "handed-none": f"/surveys/{failed}/handed/",
        "contests": f"/surveys/{survey}/contests/",
        "contests-none": f"/surveys/{failed}/contests/",
        "check": "/check/",
        "public-notices": "/notices/",
        "public-notices-none": "/notices/?search=zzz",
        "neighbourhood-edit": f"/neighbourhoods/{here}/edit/",
        "evidence": f"/neighbourhoods/{here}/evidence/",
        "evidence-assessment": f"/neighbourhoods/{there}/evidence/assessment/",
        "evidence-notice": f"/neighbourhoods/{here}/evidence/result_notice/",
        "evidence-of-others": f"/neighbourhoods/{here}/evidence/annual_plan/",
        "move": f"/neighbourhoods/{there}/move/withdrawn/",
        "history": f"/neighbourhoods/{here}/history/",
        "site-reports": f"/neighbourhoods/{here}/works/reports/",
        "site-reports-none": f"/neighbourhoods/{there}/works/reports/",
        "defects": f"/neighbourhoods/{here}/works/defects/",
        "defect": f"/neighbourhoods/{here}/works/defects/{site.defect}/",
        "works-photos": f"/neighbourhoods/{here}/works/photos/",
        "works-photos-none": f"/neighbourhoods/{there}/works/photos/",
        "early-damage": "/neighbourhoods/early-damage/",
        "neighbours": f"/neighbourhoods/{site.deferred.pk}/neighbours/",
        "plan": f"/neighbourhoods/{here}/plan/",
        "evaluation-none": f"/neighbourhoods/{here}/evaluation/",
        "plan-none": f"/neighbourhoods/{there}/plan/",
        "plan-revision": f"/neighbourhoods/{here}/plan/1/",
        "plan-draft-read": f"/neighbourhoods/{here}/plan/draft/",
        "plan-draft-none": f"/neighbourhoods/{there}/plan/draft/",
        "plan-compare": f"/neighbourhoods/{here}/plan/compare/",
        "plan-compare-first": f"/neighbourhoods/{here}/plan/compare/?revision=1",
        "404": "/surveys/999999/",
        "password": "/accounts/password/change/",
        "sessions": "/accounts/sessions/",
        "two-steps": "/accounts/2fa/",
        "sign-out": "/accounts/logout/",
    }


@pytest.fixture(autouse=True)
def files_of_their_own(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@dataclass
class Inspection:
    """Looks at page after page and keeps what is wrong with each."""

    page: Page
    site: str
    language: str
    width: int
    axe: int | None
    each: int
    found: dict[str, list[str]] = field(default_factory=dict)
    seen: int = 0

    def walk(self, addresses: dict[str, str]) -> None:
        """Opens pages by their short names and looks at those whose turn it is."""
        for place, (name, address) in enumerate(addresses.items()):
            if place % self.each == 0:
                self.page.goto(self.site + address)
                self.look(name)

    def look(self, name: str) -> None:
        self.page.wait_for_load_state()
        self.seen += 1
        with_axe = self.axe is not None and (SOAK or self.seen % 2 == self.axe)
        complaints = [
            *looks.sideways(self.page, self.width),
            *looks.cut_off(self.page),
            *looks.repeated_ids(self.page),
            # Rosters come in Chinese: their headers stand as they are, and how they write things is quoted.
            *looks.foreign_words(self.page, self.language, quoted=HEADERS),
            *(looks.barriers(self.page) if with_axe else ()),
        ]
        picture(self.page, f"{name}-{self.language}-{self.width}")
        if complaints:
            self.found[name] = complaints


SOAK = "GONGDI_SOAK" in os.environ
"""All of it for every page, a run of its own; otherwise axe, which takes most of the time, by turns."""


@pytest.mark.parametrize(
    ("language", "size", "scheme", "axe", "each"),
    [
        # axe at each size, in each language, in each scheme of colours: one half of the pages here, the other there.
        pytest.param("zh-hans", PHONE, "light", 0, 1, id="chinese-phone-light"),
        pytest.param("en", DESK, "dark", 1, 1, id="english-desk-dark"),
        # Chinese is short and a desk is wide: what is seen at both of the others is seldom wrong here.
        pytest.param("zh-hans", DESK, "light", None, 1 if SOAK else 3, id="chinese-desk-light"),
        pytest.param("en", PHONE, "dark", None, 1, id="english-phone-dark"),
    ],
)
def test_every_page_can_be_used_and_read_by_everybody(
    page: Page, live_server: Any, language: str, size: dict[str, int], scheme: str, axe: int | None, each: int
) -> None:
    site = make_site(language)
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)
    inspection = Inspection(page, live_server.url, language, size["width"], axe, each)

    enter(page, live_server.url, None, language)
    page.goto(f"{live_server.url}/accounts/login/")
    inspection.look("sign-in")
    enter(page, live_server.url, site.worker, language)
    notice = hang_notice(site.failed, site.worker, language)
    workshops = workshop_addresses(meet(site.doors, site.worker, language), site.empty.pk)
    made = vote(site.doors, site.worker, language)
    votes = vote_addresses(made, site.empty.pk)
    inspection.walk({**addresses(site), **notice_addresses(notice, site.empty.pk), **workshops, **votes})
    seats = {**seat(site.surveyed, site.worker, language), **empty_seats(site.empty)}
    inspection.walk(seats)
    inspection.walk({**serve(site.surveyed, site.worker, language), **nobody_serves(site.empty)})
    texts = {**agree(site.surveyed, site.doors, site.worker, language), **nothing_agreed(site.empty)}
    inspection.walk(texts)
    kept = {**keep_up(site.surveyed, site.worker, site.official, language), **empty_upkeep(site.empty)}
    inspection.walk(kept)

    page.goto(f"{live_server.url}/surveys/")
    page.locator("details.menu summary").click()
    inspection.look("account-menu")

    enter(page, live_server.url, site.official, language)
    here = f"{live_server.url}/neighbourhoods/{site.surveyed.pk}/plan"
    for name, address in (
        ("dashboard-district", f"{live_server.url}/dashboard/"),
        ("dashboard-stages", f"{live_server.url}/dashboard/?tiles=stage"),
        ("dashboard-parking", f"{live_server.url}/dashboard/?tiles=parking"),
        ("plan-draft", f"{here}/draft/"),
        ("plan-item", f"{here}/draft/items/I08/"),
        ("plan-item-new", f"{here}/draft/items/U05/"),
        ("plan-freeze", f"{here}/compare/"),
        ("plan-open", f"{live_server.url}/neighbourhoods/{site.empty.pk}/plan/draft/open/"),
    ):
        page.goto(address)
        inspection.look(name)
    page.goto(f"{here}/draft/items/U05/")
    page.get_by_label(TOLD_IN_PLANS[language]["city"]).fill("40")
    page.locator("#id_quantity").fill("2")
    page.get_by_test_id("plan-item-save").click()
    expect(page.locator(".refusal")).to_have_count(1)
    inspection.look("plan-item-refused")

    clerk = make_user(Role.PROPERTY_CLERK, COMMUNITY, username="100031", display_name=TOLD_IN[language]["colleague"])
    enter(page, live_server.url, clerk, language)
    priced = {**price(site.surveyed, site.doors, clerk, site.worker, language), **nothing_priced(site.empty)}
    priced |= {**fall_due(clerk, language), **nothing_overdue(site.empty)}
    for place, name in ((site.surveyed, "fee-ending"), (site.empty, "fee-ending-none")):
        priced[name] = f"/fees/{place.pk}/ending/"
    billed = {**bill(site.surveyed, site.doors, clerk, language), **nothing_billed(site.empty)}
    published = {**disclose(site.deferred, clerk, language), **nothing_disclosed(site.empty)}
    arrived = {**arrive(clerk, language), **nothing_arrived(site.empty)}
    inspection.walk({**priced, **billed, **published, **arrived})

    # Whoever may only look, may look for a reason, or has nothing to do here yet.
    for name, role, address in (
        ("403", Role.COMMITTEE_MEMBER, f"/neighbourhoods/{site.surveyed.pk}/roster/"),
        ("doors-reason", Role.AUDITOR, f"/surveys/{site.survey.pk}/doors/"),
        ("ballots-reason", Role.AUDITOR, f"/votes/{made['in-hand'].pk}/roll/"),
        ("survey-auditor", Role.AUDITOR, f"/surveys/{site.survey.pk}/"),
        ("no-role", None, "/"),
    ):
        territory = site.surveyed.code if role == Role.COMMITTEE_MEMBER else COMMUNITY[:4]
        enter(page, live_server.url, make_user(role, territory, display_name=site.worker.display_name), language)
        page.goto(live_server.url + address)
        inspection.look(name)
    enter(page, live_server.url, site.worker, language)

    page.goto(f"{live_server.url}/surveys/{site.survey.pk}/")
    page.get_by_test_id("survey-close").click()
    expect(page.locator("#close .error")).to_have_count(1)
    inspection.look("survey-close-refused")
    page.goto(f"{live_server.url}/surveys/{site.survey.pk}/handed/")
    page.locator("[id^='enter-'][id$='-note']").first.fill(" ")
    page.locator("button[value='enter']").first.click()
    expect(page.locator(".sec .error")).to_have_count(1)
    inspection.look("handed-refused")

    assert inspection.found == {}
