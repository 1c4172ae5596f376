"""The sheets that officials ask for: their rows, who gets which, and totals that equal those on the screen."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.choices import Role
from consent.models import Objection, Survey
from consent.reports.headlines import closed_figures
from governance.reports.fees.rates import collection_rate
from governance.rules.fees.periods import month_of
from overview.reports.dashboard import dashboard_of
from overview.sheets import SHEETS
from renovation.choices import Stage
from renovation.models import AwardTranche, Evidence, FundingSource, Neighbourhood, Warranty
from renovation.reports.plans import sheet_of
from tests.cast import ELSEWHERE, HERE, THERE
from tests.consent.notice_casts import passed_survey, posted
from tests.consent.vote_casts import delivered, make_vote, record, returned
from tests.factories import make_division, make_user
from tests.overview.sheets_cast import LAST_MONTH, a_full_place, fees, made, totals
from tests.plan_casts import make_planned

pytestmark = pytest.mark.django_db

OF_ONE_SURVEY = "household-list"


def test_each_sheet_takes_as_many_queries_for_three_neighbourhoods_as_for_one():
    place = a_full_place(HERE)
    official = make_user(Role.CITY_OFFICIAL, HERE[:4])

    def spent() -> dict[str, tuple[int, int]]:
        found = {}
        for name in SHEETS:
            narrowed = {"neighbourhood": place.code} if name == OF_ONE_SURVEY else {}
            with CaptureQueriesContext(
                connection,
            ) as queries:
                rows = made(name, official, full=True, **narrowed)
            found[name] = (len(queries), len(rows))
        return found

    made("neighbourhood-list", official)  # reads the roles, once

    one = spent()
    a_full_place(HERE)
    a_full_place(THERE)
    three = spent()

    assert {name: queries for name, (queries, _rows) in three.items()} == {
        name: queries for name, (queries, _rows) in one.items()
    }
    assert all(rows > 0 for _queries, rows in one.values()), one
    for name, (_queries, rows) in three.items():
        assert rows == one[name][1] * (1 if name == OF_ONE_SURVEY else 3), name


def test_nobody_gets_rows_of_other_places():
    a_full_place(HERE)
    make_division(ELSEWHERE)
    stranger = make_user(Role.DISTRICT_OFFICIAL, ELSEWHERE[:6])

    for name in set(SHEETS) - {OF_ONE_SURVEY}:
        assert made(name, stranger) == [], name


def test_a_place_narrows_every_sheet():
    a_full_place(HERE)
    there = a_full_place(THERE)
    official = make_user(Role.CITY_OFFICIAL, HERE[:4])

    for name in set(SHEETS) - {OF_ONE_SURVEY}:
        rows = made(name, official, division=THERE)
        assert {row["code"][:12] for row in rows} == {THERE}, name
        if "neighbourhood" in SHEETS[name].form.base_fields and name != "deferred-list" and name != "vote-results":
            assert {row["code"] for row in made(name, official, neighbourhood=there.name)} == {there.code}, name


@pytest.mark.parametrize(
    ("role", "territory", "missing"),
    [
        (Role.DISTRICT_OFFICIAL, HERE[:6], set()),
        (Role.COMMUNITY_STAFF, HERE, set()),
        (Role.ADMIN, HERE[:4], {"household-list"}),
        (Role.COMMITTEE_MEMBER, f"{HERE}-001", {"weekly-progress", "collection"}),
        (
            Role.PROPERTY_CLERK,
            f"{HERE}-001",
            {"weekly-progress", "round-tally", "household-list", "item-choices", "notice-log", "deferred-list"},
        ),
    ],
)
def test_a_sheet_is_offered_to_who_reads_what_is_in_it(role, territory, missing):
    caller = make_user(role, territory)

    assert {name for name, sheet in SHEETS.items() if not sheet.is_open_to(caller)} == missing


def test_cost_and_shares_add_up_to_the_plan_and_to_its_payers():
    planned = make_planned()
    district = planned.district

    rows = made("cost-shares", district)

    assert [(row["item"], row["amount"], row["municipal"], row["residents"]) for row in rows] == [
        ("B01", Decimal("1000.00"), Decimal("1000.00"), None),
        ("B03", Decimal("1000.00"), None, Decimal("1000.00")),
    ]
    assert made("cost-shares", district, revision="last_frozen") == rows
    sheet, total = sheet_of(planned.plan), totals("cost-shares", district)
    assert (total["amount"], total["unpaid"]) == (sheet.total, 0)
    assert {kind: total[kind] for kind in ("municipal", "residents")} == {
        payer.source.kind: payer.planned for payer in sheet.payers
    }


def test_a_precondition_counts_until_it_is_revoked(cast):
    staff = make_user(Role.COMMUNITY_STAFF, HERE)

    def confirm(kind, **fields):
        told = {"facts": {"evidence": "公约"}, "document": "居〔2026〕3号", "dated_on": date(2026, 9, 1)}
        Evidence.objects.create(neighbourhood=cast.home, kind=kind, at=timezone.now(), by=staff, **{**told, **fields})

    confirm("precondition_2")
    confirm("precondition_4")
    confirm("precondition_4", facts={}, document="", dated_on=None, revoked=True, reason="缺出资方案")

    rows = [row for row in made("precondition-checklist", staff) if row["code"] == cast.home.code]

    assert [(row["number"], row["party"], row["confirmed"]) for row in rows] == [
        ("1", "the community", 0),
        ("2", "the community", 1),
        ("3", "the community", 0),
        ("4", "the owners' committee", 0),
        ("4", "the district", 0),
        ("5", "the owners' committee", 0),
    ]
    assert (rows[1]["document"], rows[1]["evidence"]) == ("居〔2026〕3号", "公约")
    assert rows[3]["remark"] == "Revoked: 缺出资方案"
    assert totals("precondition-checklist", staff)["confirmed"] == 1


def test_votes_are_told_by_owners_and_by_area():
    vote, owners, staff = make_vote(100, 100, 100, "60.50")
    record(vote, staff, *(ballot for owner in owners[:3] for ballot in (delivered(owner), returned(owner))))

    (row,) = made("vote-results", staff)

    assert (row["heads"], row["area"], row["returned"]) == (4, Decimal("360.50"), 3)
    assert [row[f"quorum_heads_{part}"] for part in ("part", "whole", "share", "needs", "met")] == [
        *(3, 4, Decimal("0.7500"), "at least 2/3", "Yes")
    ]
    assert [row[f"quorum_area_{part}"] for part in ("part", "whole", "share", "met")] == [
        *(Decimal("300.00"), Decimal("360.50"), Decimal("0.8321"), "Yes")
    ]
    assert [row[f"approval_heads_{part}"] for part in ("part", "whole", "needs")] == [3, 3, "more than 1/2"]
    assert row["verdict"] == "Open"


def test_a_notice_is_logged_with_its_days_and_its_objections():
    survey, staff = passed_survey()
    notice = posted(survey, staff)
    Objection.objects.create(notice=notice, raised_on=notice.posted_on, text="不公平", recorded_by=staff)

    (row,) = made("notice-log", staff, kind="survey_result", state="posted")

    assert (row["days"], row["days_left"], row["objections"], row["open"]) == (7, 7, 1, 1)
    assert (row["state"], row["posting_photo"], row["head"]) == ("Posted", "No", 10)
    assert made("notice-log", staff, kind="plan") == []
    assert made("notice-log", staff, posted_from=str(notice.posted_on + timedelta(days=1))) == []


def test_collection_is_that_of_the_rates_report_and_old_arrears_stand_apart(cast):
    before = (LAST_MONTH - timedelta(days=1)).replace(day=1)
    fees(cast.home, "100.00", "60.00")
    fees(cast.home, "80.00", "50.00", month=before)
    fees(cast.next_door, "50.00", "50.00")
    fees(cast.next_door, "10.00", "4.00", kind="parking")
    official, today = make_user(Role.DISTRICT_OFFICIAL, HERE[:6]), timezone.localdate()

    rows = made("collection", official, kind="property")
    total = totals("collection", official, kind="property")

    assert [(row["receivable"], row["settled"], row["rate"], row["above"], row["arrears"]) for row in rows] == [
        (100, 60, Decimal("0.6000"), "No", 30),
        (50, 50, Decimal("1.0000"), "Yes", 0),
    ]
    period = month_of(LAST_MONTH)
    rate = collection_rate(
        neighbourhoods=Neighbourhood.objects.all(), kind="property", period=period, cut_off=today, today=today
    )
    assert (total["billed"], total["settled"], str(total["rate"])) == (rate.billed, rate.settled, rate.rate)
    assert [row["kind"] for row in made("collection", official)] == ["Property fee", "Property fee", "Parking fee"]
    year = totals("collection", official, kind="property", period=f"{LAST_MONTH:%Y}", cut_off=str(LAST_MONTH))
    assert year["settled"] == (160 if before.year == LAST_MONTH.year else 110)
    assert not SHEETS["collection"].form({"period": "2026-13"}, caller=official).is_valid()


def test_awards_deferred_ones_and_terms_are_those_of_the_dashboard(cast):
    a_full_place(HERE)
    make_division(THERE)
    official = make_user(Role.DISTRICT_OFFICIAL, HERE[:6])
    place = Neighbourhood.objects.get(stage=Stage.DEFERRED)
    survey = Survey.objects.get(neighbourhood=place)
    award = FundingSource.objects.create(neighbourhood=place, kind="award", name="奖补")
    AwardTranche.objects.create(source=award, number=1, amount=Decimal("300.00"))
    sections = dashboard_of(official).sections

    awards, waiting = made("award-ledger", official), totals("award-ledger", official)
    assert (len([row for row in awards if row["waiting"]]), waiting["waiting"]) == (
        sections["awards"].figure.count,
        sections["awards"].amount,
    )
    assert (waiting["amount"], waiting["due"]) == (Decimal("400.00"), Decimal("100.00"))
    (deferred,) = made("deferred-list", official)
    figures = closed_figures(survey)
    assert (deferred["supports"], deferred["denominator"], deferred["missing"]) == (0, 5, figures.missing)
    assert (deferred["reason"], deferred["is_due"]) == ("缓一缓", sections["deferred_due"].figure.count)
    terms = totals("committee-terms", official)
    assert terms["ends_soon"] + terms["is_over"] == sections["terms_ending"].figure.count == 1


def test_the_weekly_sheet_adds_up_to_the_dashboard_now_and_on_a_past_day():
    place = a_full_place(HERE)
    a_full_place(THERE)
    fees(place, "30.00", "10.00", kind="parking")
    official = make_user(Role.DISTRICT_OFFICIAL, HERE[:6])

    for filters, day in (({}, None), ({"division": THERE}, None), ({"on": str(timezone.localdate())}, None)):
        total, rows = totals("weekly-progress", official, **filters), made("weekly-progress", official, **filters)
        shown = dashboard_of(official, filters.get("division"), day)
        assert (len(rows), total["households"]) == (shown.neighbourhoods.count, shown.households)
        assert [total[name] for name in ("roll", "denominator", "visited", "supports", "support_rate")] == [
            *(shown.support.households, shown.support.denominator, shown.support.visited),
            *(shown.support.supports, shown.support.support_rate),
        ]
        money = shown.money.total
        assert [total[name] for name in ("planned", "committed", "received", "spent")] == [
            *(money.planned, money.committed, money.received, money.spent)
        ]
        for kind, found in shown.fees.items():
            assert (total[f"{kind}_month_receivable"], total[f"{kind}_month_settled"], total[f"{kind}_month_rate"]) == (
                *(found.month.receivable, found.month.settled, found.month.rate),
            )
            assert total[f"{kind}_year_receivable"] == found.year.receivable
    week_ago = timezone.localdate() - timedelta(days=7)
    assert made("weekly-progress", official, on=str(week_ago)) == []
    assert not SHEETS["weekly-progress"].form({"on": "2199-01-01"}, caller=official).is_valid()
    assert list(SHEETS["weekly-progress"].form({"on": "0001-01-10"}, caller=official).errors) == ["on"]
    assert not SHEETS["weekly-progress"].form({"division": HERE[:4]}, caller=official).is_valid()


def test_an_acceptance_stands_with_each_of_its_warranties():
    a_full_place(HERE)
    official = make_user(Role.DISTRICT_OFFICIAL, HERE[:6])
    warranty = Warranty.objects.select_related("acceptance").get()

    (row,) = made("acceptance-list", official)

    assert (row["held_on"], row["passed"]) == (warranty.acceptance.held_on, "Yes")
    assert (row["starts_on"], row["ends_on"], row["years"]) == (warranty.starts_on, warranty.ends_on, warranty.years)
    assert row["days_left"] == (warranty.ends_on - timezone.localdate()).days
    assert made("acceptance-list", official, ends_by=str(warranty.ends_on - timedelta(days=1))) == []
    assert len(made("acceptance-list", official, ends_by=str(warranty.ends_on))) == 1
