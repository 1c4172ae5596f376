"""Papers as PDF: what stands on them, who gets them, and that they are typeset at all."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from accounts.choices import Role
from accounts.models import User
from governance.models import Disclosure
from governance.permissions.party import reads_members
from governance.reports.boards import boards_by_stairwell
from governance.reports.handover import handovers_to_read, sheet_of
from governance.rules.fees.periods import parse_period
from governance.services.fees.disclosures import publish_disclosure
from governance.services.handover import amend_handover
from overview.pages import papers, papers_of_fees
from overview.paper_urls import urlpatterns
from overview.prints.applying import application_form, assessment_sheet
from overview.prints.blocks import Paper
from overview.prints.building import acceptance_report, site_board, warranty_letter
from overview.prints.home_bundles import homes_asked
from overview.prints.homes import evaluation_forms, letter_to_residents
from overview.prints.living import butler_boards, handover_list, income_notice
from overview.prints.typesetting import typeset
from renovation.models import (
    FundingShare,
    FundingSource,
    MenuItem,
    PackageItem,
    PlanItem,
    RenovationPlan,
    Warranty,
    WorkPackage,
)
from renovation.reports.evaluations import default_questions
from renovation.services.evaluations import open_evaluation
from renovation.services.evidence import record_evidence
from tests.cast import Cast
from tests.consent.casts import make_policy
from tests.factories import make_household, make_menu_edition, make_stairwell, make_user
from tests.governance.handover_cast import a_handover, an_asset, at_stage, complete, sign
from tests.governance.party_cast import HEAD, a_board
from tests.renovation.works_cast import Site
from tests.walk import QUERIES, Home, Route

AT = {"at": timezone.now(), "address": "https://gongdi.example/"}


@pytest.fixture(autouse=True)
def in_english() -> Any:
    with translation.override("en"):
        yield


def blocks(paper: Paper, kind: str, document: int = 0) -> list[Mapping[str, Any]]:
    return [block for block in paper.data["sheets"][document]["blocks"] if block["kind"] == kind]


def named(paper: Paper, title: str) -> Mapping[str, Any]:
    """The block with this title."""
    return next(block for block in paper.data["sheets"][0]["blocks"] if block["title"] == title)


def facts(paper: Paper) -> dict[str, str | None]:
    return {pair["name"]: pair["value"] for block in blocks(paper, "facts") for row in block["rows"] for pair in row}


def signed_in(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


# --- Who gets them ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_each_paper_is_a_pdf_to_its_keeper_and_nothing_to_a_stranger(home: Home, outsider: User) -> None:
    keeper, stranger, visitor = signed_in(home.keeper), signed_in(outsider), signed_in(None)

    mine = [
        pattern for pattern in urlpatterns if pattern.callback.__module__ in (papers.__name__, papers_of_fees.__name__)
    ]

    assert len(mine) == 15
    for pattern in mine:
        path = "/" + str(pattern.pattern).replace("<int:", "{").replace(">", "}")
        address = Route(pattern.name, path).address(home)
        answer = keeper.get(address)
        assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-"), pattern.name
        assert answer["Content-Type"] == "application/pdf"
        assert answer["Cache-Control"] == "private, no-store"
        if pattern.name != "print_disclosure":  # that is for everybody
            assert stranger.get(address).status_code == 404, pattern.name
            assert visitor.get(address).status_code == 302, pattern.name
        assert stranger.post(address).status_code in (404, 405), pattern.name
    assert "print_receipts" in QUERIES


def test_the_chinese_type_is_embedded(cast: Cast) -> None:
    with translation.override("zh-hans"):
        paper = letter_to_residents(cast.home, **AT, check="https://gongdi.example/check/")
        pdf = typeset(paper.template, paper.data)

    assert b"NotoSansCJK" in pdf
    assert b"/FontFile3" in pdf


def paid_for(place: Any, *lines: tuple[str, str, FundingSource]) -> None:
    """A plan in force of items by code and amount, each paid by one source."""
    edition = make_menu_edition(codes=tuple(code for code, _amount, _source in lines))
    plan = RenovationPlan.objects.create(neighbourhood=place, number=1, menu_edition=edition)
    for code, amount, source in lines:
        price = Decimal(amount)
        item = edition.items.get(code=code)
        line = PlanItem.objects.create(plan=plan, menu_item=item, quantity=1, unit_price=price, amount=price)
        FundingShare.objects.create(plan_item=line, source=source, weight=1, planned=price)
    plan.state, plan.frozen_at, plan.in_force_at, plan.digest = "frozen", AT["at"], AT["at"], "ab" * 32
    plan.save()


# --- Before the works -------------------------------------------------------------------------------------


def test_an_application_has_the_items_who_pays_and_the_preconditions(cast: Cast, community_worker: User) -> None:
    city = FundingSource.objects.create(neighbourhood=cast.home, kind="municipal", name="市级资金")
    residents = FundingSource.objects.create(neighbourhood=cast.home, kind="residents", name="居民", route="by_area")
    paid_for(cast.home, ("B01", "600000.00", city), ("B03", "300000.00", residents))
    record_evidence(
        neighbourhood=cast.home,
        kind="precondition_1",
        facts={"evidence": "批复"},
        document="备案 1 号",
        dated_on=date(2026, 3, 1),
        by=community_worker,
    )

    paper = application_form(cast.home, **AT, tells_support=True)

    items, payers = named(paper, "Items and cost estimate"), named(paper, "Sources of funds")
    assert [row[0] for row in items["rows"] if isinstance(row, list)] == ["B01", "B03"]
    assert items["foot"][-1] == "900,000.00"
    assert [(row[1], row[2], row[3]) for row in payers["rows"]] == [
        ("市级资金", "600,000.00", "66.6%"),
        ("居民", "300,000.00", "33.3%"),
    ]
    ticked = [(one["on"], one["note"]) for one in named(paper, "The five preconditions")["items"]]
    assert ticked == [(True, "备案 1 号 · 1 March 2026"), *[(False, "")] * 5]


def test_an_application_without_a_plan_leaves_room_to_write(cast: Cast) -> None:
    paper = application_form(cast.home, **AT, tells_support=True)

    assert named(paper, "Items and cost estimate")["rows"] == [[None] * 5] * 8
    assert named(paper, "Sources of funds")["foot"] == []
    assert facts(paper)["Year built"] is None
    assert len(blocks(paper, "opinions")[0]["items"]) == 3


def test_who_does_not_read_surveys_is_not_told_their_result(cast: Cast) -> None:
    told = application_form(cast.home, **AT, tells_support=True)
    untold = application_form(cast.home, **AT, tells_support=False)

    assert [row[0] for row in named(told, "What it leans on")["rows"]][3] == "Survey result"
    assert "Survey result" not in [row[0] for row in named(untold, "What it leans on")["rows"]]


def test_an_assessment_sheet_ticks_what_was_found(cast: Cast, community_worker: User) -> None:
    make_menu_edition()
    record_evidence(
        neighbourhood=cast.home,
        kind="assessment",
        facts={"hazards": 2, "must_do_found": ["B01"], "must_do_not_found": [], "findings": "外墙空鼓"},
        document="摸底 1 号",
        dated_on=date(2026, 3, 1),
        by=community_worker,
    )

    paper = assessment_sheet(cast.home, **AT)

    found = {one["text"].split()[0]: one["on"] for one in blocks(paper, "ticks")[0]["items"]}
    assert found["B01"] is True
    assert blocks(paper, "text")[0]["paragraphs"] == ["外墙空鼓"]
    assert facts(paper)["Safety hazards found"] == "2"
    buildings = named(paper, "Buildings")
    assert [row[:4] for row in buildings["rows"]] == [["1", "6", "1", "2"], ["2", "6", "1", "2"]]
    assert buildings["foot"][2:] == ["2", "4", "346.00 m²"]
    assert [one["signed"] for one in blocks(paper, "signatures")[0]["items"]] == ["摸底 1 号 · 1 March 2026", ""]


def test_the_letter_names_the_share_that_binds_here_and_its_document(cast: Cast) -> None:
    without = letter_to_residents(cast.home, **AT, check="x").data["paragraphs"][1]
    make_policy(pass_share=Decimal("0.95"), document="区发〔2026〕1 号")
    bound = letter_to_residents(cast.home, **AT, check="x").data["paragraphs"][1]

    assert "enough of all households" in without
    assert "at least 95% of all households support them (区发〔2026〕1 号)" in bound


# --- The works --------------------------------------------------------------------------------------------


def test_a_site_board_tells_who_pays_by_kind_alone(cast: Cast) -> None:
    gift = FundingSource.objects.create(neighbourhood=cast.home, kind="residents", name="周敏捐款", route="donation")
    paid_for(cast.home, ("B01", "600000.00", gift))
    today = timezone.localdate()
    package = WorkPackage.objects.create(
        neighbourhood=cast.home,
        number=1,
        name="管网工程",
        contractor="宜江建设",
        contract_document="合同 1 号",
        starts_on=today,
        ends_on=today + timedelta(days=9),
    )
    PackageItem.objects.create(package=package, menu_item=MenuItem.objects.get(code="B01"))

    paper = site_board([package], **AT, notice="https://gongdi.example/notices/1/")

    board = paper.data["sheets"][0]
    assert board["money"] == [("Residents", "¥600,000.00"), ("Total", "¥600,000.00")]
    assert "周敏" not in str(paper.data)
    assert board["days"].endswith(", 10 days")
    assert board["qr"].startswith("<svg")
    assert site_board([package], **AT).data["sheets"][0]["qr"] == ""


def test_an_acceptance_report_is_to_be_written_until_there_is_one(cast: Cast) -> None:
    site = Site(amounts={"B01": "600000.00"})
    package = site.done("B01")

    blank = acceptance_report(package, None, **AT)
    failed = acceptance_report(package, site.check(package, passed=False, remarks="漏水"), **AT)

    assert facts(blank)["Verdict"] is None
    assert [one["on"] for one in blocks(blank, "ticks")[0]["items"]] == [False] * 5
    assert (facts(failed)["Verdict"], facts(failed)["Remarks"]) == (
        "The works have not passed and are mended.",
        "漏水",
    )
    assert failed.data["sheets"][0]["lead"] == "验收〔2026〕1号"
    assert blocks(failed, "signatures")[0]["items"][0]["name"] == "Builder, took part"


def test_a_warranty_letter_says_until_when_each_item_is_under_warranty(cast: Cast) -> None:
    site = Site(amounts={"B01": "600000.00", "B03": "300000.00"})
    package = site.done("B01", "B03")
    before = signed_in(site.official).get(reverse("print_warranty", args=[site.home.pk, package.pk]))
    site.check(package, warranties=[*site.terms("B01"), *site.terms("B03", kind="heating", years=2)])
    rows = Warranty.objects.filter(package=package).select_related("menu_item", "acceptance").order_by("pk")

    paper = warranty_letter(package, list(rows), **AT)

    assert [(row[0].split()[0], row[2]) for row in blocks(paper, "table")[0]["rows"]] == [
        ("B01", "2 年"),
        ("B03", "2 个采暖（供冷）期"),
    ]
    assert before.status_code == 404


# --- After the works --------------------------------------------------------------------------------------


def test_evaluation_forms_bear_their_doors_in_the_order_of_a_walk(cast: Cast, community_worker: User) -> None:
    cast.home.stage = "accepted"
    cast.home.save()
    make_household(stairwell=cast.doors[0].stairwell, unit_number="1001")
    evaluation = open_evaluation(
        neighbourhood=cast.home,
        title="满意度",
        questions=default_questions(),
        minimum_share=Decimal("0.5"),
        by=community_worker,
    )

    blank = evaluation_forms(evaluation, [], **AT)
    whole = evaluation_forms(evaluation, homes_asked(community_worker, evaluation), **AT)
    one_building = homes_asked(community_worker, evaluation, "2")

    assert (len(blank.data["sheets"]), facts(blank)["Household"]) == (1, None)
    doors = [blocks(whole, "facts", place)[0]["rows"][1][0]["value"] for place in range(5)]
    assert [door.split(" · ")[-1] for door in doors] == ["101", "201", "1001", "101", "201"]
    assert len(blocks(whole, "scale")[0]["questions"]) == 5
    assert [home.building.number for home in one_building] == ["2", "2"]


def test_a_handover_list_says_who_signed_and_leaves_lines_for_the_others(cast: Cast, community_worker: User) -> None:
    at_stage(cast.home)
    handover = complete(a_handover(cast.home, community_worker), community_worker)
    sign(handover, "committee", community_worker)
    sheet = sheet_of(handovers_to_read(type(handover).objects.all()).get())

    paper = handover_list(cast.home, sheet, named=True, **AT)
    masked = handover_list(cast.home, sheet, named=False, **AT)

    signed = {one["name"]: one["signed"] for one in blocks(paper, "signatures")[0]["items"]}
    assert [bool(words) for words in signed.values()] == [True, False, False, False]
    assert "周敏" in str(paper.data)
    assert "周敏" not in str(masked.data)
    assert named(paper, "Asset list")["rows"][0][1:4] == ["水泵", "Equipment", "2 台"]
    assert sheet.handover.digest.replace(" ", "")[:4] in blocks(paper, "signatures")[0]["note"].replace(" ", "")

    an_asset(handover, community_worker, name="路灯")
    amend_handover(handover=handover, document="x", by=community_worker)
    changed = handover_list(
        cast.home, sheet_of(handovers_to_read(type(handover).objects.all()).get()), named=True, **AT
    )
    assert {one["signed"] for one in blocks(changed, "signatures")[0]["items"]} == {""}


def test_a_butler_board_shows_who_stands_on_it(cast: Cast, community_worker: User) -> None:
    a_board(cast.doors[0].stairwell, community_worker, **HEAD)
    make_stairwell(building=cast.doors[0].building, number="2")

    rows = boards_by_stairwell(cast.home, timezone.localdate(), with_members=reads_members(community_worker, cast.home))
    boards = butler_boards(cast.home, rows, **AT).data["sheets"]

    assert [[(one["name"], one["phone"]) for one in board["people"]] for board in boards] == [
        [("刘管家", "0717-6220001"), ("赵楼长", "13700001111")]
    ]
    assert boards[0]["where"] == ["嘉明花园", "Building 1", "Stairwell 1"]
    assert (boards[0]["frame"]["paper"], boards[0]["frame"]["landscape"]) == ("a3", True)


def test_a_disclosure_is_printed_as_published_and_says_if_its_figures_were_changed(
    cast: Cast, property_clerk: User
) -> None:
    published = publish_disclosure(
        neighbourhood=cast.home,
        period=parse_period("2026-Q3"),
        cut_off=date(2026, 10, 10),
        posted_at_place="东门公告栏",
        by=property_clerk,
    )
    address = reverse("print_disclosure", args=[cast.home.pk, published.pk])

    paper = income_notice(published, is_intact=True, paper="a3", **AT)
    doubtful = income_notice(published, is_intact=False, paper="a4", **AT)

    assert paper.data["frame"]["paper"] == "a3"
    assert "东门公告栏" in paper.data["lead"]
    assert (paper.data["warning"], bool(doubtful.data["warning"])) == ("", True)
    assert paper.data["digest"].replace(" ", "") == Disclosure.objects.get().digest
    assert signed_in(None).get(f"{address}?paper=a3").status_code == 200
    assert signed_in(None).get(f"{address}?paper=a0").status_code == 404
    assert signed_in(None).get(reverse("print_disclosure", args=[cast.next_door.pk, published.pk])).status_code == 404


def test_a_clerk_of_another_place_gets_no_paper_of_this_one(cast: Cast) -> None:
    clerk = signed_in(make_user(Role.PROPERTY_CLERK, cast.next_door.code))

    for name in ("print_assessment", "print_letter", "print_application", "print_boards", "print_bills"):
        assert clerk.get(reverse(name, args=[cast.home.pk])).status_code == 404
