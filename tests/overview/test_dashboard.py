"""The dashboard: every figure opens the rows that make it, and nobody is told what is not theirs."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import translation

from accounts.choices import Role
from accounts.models import User
from common.figures import day_text
from consent.models import Objection, PublicNotice
from consent.services.notices import answer_objection, post_notice
from governance.models import Body
from governance.services.bodies import end_body, renew_body
from overview.models import CommunityDay, KeptDay, NeighbourhoodDay
from overview.prints.dashboard import dashboard_paper
from overview.reports.dashboard import (
    DayToCome,
    dashboard_of,
    rows_of,
    things,
    what_if,
)
from overview.reports.dashboard.shape import Figure
from overview.reports.dashboard.words import title_of_key
from overview.reports.days import FEES, end_of, figures_on
from overview.rules import maps
from overview.rules.dashboard import last_friday
from overview.services.days import keep_day
from overview.sheets.frame import HIDDEN
from renovation.models import Household, Neighbourhood, WorkPackage
from renovation.reports.works import behind_schedule
from tests.api.helpers import API, signed_in, system
from tests.cast import HERE, THERE
from tests.factories import give_role, make_neighbourhood, make_user
from tests.governance.bodies_cast import a_body
from tests.overview.dashboard_cast import DISTRICT, Town
from tests.overview.sheets_cast import made, totals

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def town(django_db_setup: None, django_db_blocker: Any) -> Iterator[Town]:
    """Made once: what a test changes is taken back to here, and all of it at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield Town()
        transaction.set_rollback(True)


@pytest.fixture
def official(town: Town) -> User:
    return make_user(Role.DISTRICT_OFFICIAL, DISTRICT)


def figures_in(found: Any) -> Iterator[Figure]:
    if isinstance(found, Figure):
        yield found
    elif is_dataclass(found):
        for field in fields(found):
            yield from figures_in(getattr(found, field.name))
    elif isinstance(found, dict):
        for value in found.values():
            yield from figures_in(value)
    elif isinstance(found, list | tuple):
        for value in found:
            yield from figures_in(value)


def test_every_figure_counts_the_rows_behind_it(town: Town, official: User) -> None:
    found = dashboard_of(official)

    told = {figure.key: figure.count for figure in figures_in(found)}
    opened = {key: rows_of(official, None, None, key) for key in told}
    assert told == {key: rows.total for key, rows in opened.items()} == {k: len(o.rows) for k, o in opened.items()}
    asked = {key.partition("-")[0] for key in told}
    assert asked == {
        "all", "blocked", "nearest", "works", "awards", "below_target", "deferred_due", "terms_ending",
        "changes", "phase", "stage", "asked", "money", "fees", "division", "located", "unlocated",
    }  # fmt: skip
    empty = {key for key, count in told.items() if not count}
    assert {key for key in empty if not key.startswith(("stage-", "money-"))} == set()
    assert all(title_of_key(key, {}) for key in told)
    assert all(row.name and row.stage_name for rows in opened.values() for row in rows.rows)


def test_what_is_pressing_is_told_with_its_figures_and_what_is_next(town: Town, official: User) -> None:
    with translation.override("en"):
        found = dashboard_of(official)

    blocked = {row.part: row for row in found.sections["blocked"].rows}
    assert {part: row.name for part, row in blocked.items()} == {
        "notice_objections": "望江里",
        "support_fell": "机床厂宿舍",
        "votes_expiring": "东山苑",
        "guards_failing": "机床厂宿舍",
        "notice_overdue": "望江里",
        "survey_idle": "棉纺新村",
    }
    assert blocked["notice_objections"].text.startswith("2 objections to “方案公示” are not answered")
    assert blocked["support_fell"].text == "80.0% support (8 of 10), below the pass mark of 95%: 2 more doors."
    assert blocked["votes_expiring"].act == "Deliver the ballots"
    assert "five preconditions" in blocked["guards_failing"].text
    assert blocked["survey_idle"].facts["days_idle"] == 25
    assert found.pressing == 6

    nearest = [(row.name, row.facts["missing"]) for row in found.sections["nearest"].rows]
    assert nearest == [("桥边巷", 1), ("铁路二村", 5), ("棉纺新村", 7)]
    assert [row.kind for row in found.sections["works"].rows] == ["defect", "package"]
    assert found.sections["works"].rows[1].text == f"B01工程 was to end on {day(town, -5)}, 5 days ago; 0.0% is done."
    assert found.sections["awards"].amount == 120_000
    assert [row.name for row in found.sections["deferred_due"].rows] == ["到期"]
    assert [row.facts["days_left"] for row in found.sections["terms_ending"].rows] == [30]


def day(town: Town, days: int) -> str:
    with translation.override("en"):
        return day_text(town.day(days))


def test_the_funnel_adds_up_and_small_rolls_are_in_no_total(town: Town, official: User) -> None:
    found = dashboard_of(official).funnel

    assert (found.figure.count, found.support.neighbourhoods, found.support.hidden) == (4, 3, 1)
    assert (found.support.households, found.support.supports, found.left) == (30, 17, 13)
    assert [(one.listed, one.supports, one.cumulative, one.figure.count) for one in found.rounds] == [
        (30, 17, 17, 4),
        (5, 0, 17, 1),
        (5, 0, 17, 1),
    ]
    assert found.rounds[0].support_rate == Decimal("0.5666")
    assert found.pass_share == Decimal("0.95")
    small = next(row for row in rows_of(official, None, None, "asked").rows if row.name == "四户院")
    assert small.facts == {"survey": town.small.surveys.get().pk, "hidden": True, "round": 1}


def test_exactly_the_target_is_not_above_it(town: Town, official: User) -> None:
    fees = dashboard_of(official).fees

    property_fees, parking = fees["property"], fees["parking"]
    assert (property_fees.month.rate, property_fees.month.above_target) == (Decimal("0.8000"), True)  # 160.01 of 200
    assert (property_fees.above.count, property_fees.below.count) == (1, 1)
    assert (parking.month.settled, parking.above.count, parking.below.count) == (185, 1, 1)
    below = rows_of(official, None, None, "below_target-property").rows
    assert [(row.name, row.facts["short"]) for row in below] == [("收不齐", Decimal("0.01"))]


def test_the_rows_behind_rounds_and_fees_add_up_to_their_sums(town: Town, official: User) -> None:
    found = dashboard_of(official)

    for one in found.funnel.rounds:
        facts = [row.facts for row in rows_of(official, None, None, one.figure.key).rows if not row.facts["hidden"]]
        sums = [sum(fact[name] for fact in facts) for name in ("listed", "visited", "won")]
        assert sums == [one.listed, one.visited, one.supports]
    for kind, fees in found.fees.items():
        rows = rows_of(official, None, None, f"fees-{kind}").rows
        sums = [sum(row.facts[name] for row in rows) for name in ("billed", "reductions", "settled")]
        assert sums == [fees.month.billed, fees.month.reductions, fees.month.settled]
        assert {row.name: row.facts["rate"] is None for row in rows} == {"收得好": False, "收不齐": False}


def test_money_by_source_adds_up_to_its_total(town: Town, official: User) -> None:
    money = dashboard_of(official).money

    assert [(line.kind, line.committed, line.received, line.spent) for line in money.lines] == [
        ("municipal", 500_000, 250_000, 100_000)
    ]
    assert (money.total.received, money.total.rate) == (250_000, Decimal("0.5000"))


def test_tiles_part_the_place_and_lead_down_to_its_neighbourhoods(town: Town, official: User) -> None:
    street = dashboard_of(official, HERE[:9])
    community = dashboard_of(official, HERE)

    assert [tile.place.code for tile in street.tiles] == [HERE, THERE]
    assert sum(tile.neighbourhoods.count for tile in street.tiles) == street.neighbourhoods.count
    assert [place.code for place in community.above] == [DISTRICT, HERE[:9]]
    tiles = {tile.place.name: tile for tile in community.tiles}
    assert tiles["桥边巷"].support_rate == Decimal("0.9000")
    assert (tiles["四户院"].support_rate, tiles["四户院"].support_hidden) == (None, True)


def test_points_are_the_neighbourhoods_whose_coordinates_are_known(town: Town, official: User) -> None:
    found = dashboard_of(official)

    points = {point.name: point for point in found.points}
    assert (found.located.count, found.unlocated.count) == (len(points), 1)
    assert len(points) == found.neighbourhoods.count - 1
    assert [row.name for row in rows_of(official, None, None, "unlocated").rows] == ["刚登记"]
    near, small = points["桥边巷"], points["四户院"]
    assert (near.longitude, near.latitude) == (Decimal("111.28"), Decimal("30.69"))
    assert (near.phase, near.support_rate, near.place) == ("consent", Decimal("0.9000"), HERE[:9])
    assert (small.support_rate, small.support_hidden, near.hidden) == (None, True, False)
    assert {point.place for point in dashboard_of(official, HERE[:9]).points} == {HERE, THERE}
    community = dashboard_of(official, HERE).points
    assert all(point.place == point.code for point in community)
    assert {point.name for point in community} == set(points) - {"工地"}


def test_fees_of_fewer_than_five_households_are_told_by_nothing(town: Town, official: User) -> None:
    place = town.run["收不齐"]

    def told() -> set[tuple[Any, ...]]:
        found = dashboard_of(official, HERE)
        point = next(point for point in found.points if point.name == place.name)
        tile = next(tile for tile in found.tiles if tile.place.code == place.code)
        return {(one.households, one.property_rate, one.parking_rate, one.fees_hidden) for one in (point, tile)}

    def listed() -> set[str]:
        keys = [f"fees-{kind}{side}" for kind in FEES for side in ("", "-above", "-below", "-no_data")]
        found = {key: rows_of(official, None, None, key).rows for key in (*keys, "below_target")}
        return {key for key, rows in found.items() if place.name in [row.name for row in rows]}

    among_five, everywhere = told(), listed()
    Household.objects.filter(neighbourhood=place).latest("pk").delete()
    found = dashboard_of(official)

    assert among_five == {(5, Decimal("0.8000"), Decimal("0.9000"), False)}
    assert everywhere == {
        "fees-property", "fees-property-below", "fees-parking", "fees-parking-below", "below_target"
    }  # fmt: skip
    assert told() == {(4, None, None, True)}
    assert listed() == set()
    assert {kind: (fees.month.settled, fees.year.billed, fees.hidden) for kind, fees in found.fees.items()} == {
        "property": (Decimal("80.01"), 100, 1),
        "parking": (95, 100, 1),
    }
    assert found.trend[-1].property_rate == Decimal("0.8001")
    sheet, total = made("weekly-progress", official), totals("weekly-progress", official)
    row = next(row for row in sheet if row["neighbourhood"] == place.name)
    assert {value for key, value in row.items() if key.startswith(("property", "parking"))} == {HIDDEN}
    assert total["property_month_settled"] == Decimal("80.01")
    Household.objects.filter(neighbourhood=town.run["收得好"]).latest("pk").delete()
    streets = [
        next(one for one in each.tiles if one.place.code == HERE[:9]) for each in (found, dashboard_of(official))
    ]
    assert [(street.property_rate, street.fees_hidden) for street in streets] == [
        (Decimal("0.8001"), False),
        (None, True),
    ]


def test_the_trend_leaves_out_what_the_day_itself_leaves_out(town: Town, official: User) -> None:
    Household.objects.filter(neighbourhood=town.run["收不齐"]).latest("pk").delete()
    sunday = last_sunday(town)
    keep_day(day=town.today)
    for days in (NeighbourhoodDay, CommunityDay):
        days.objects.update(day=sunday)
    KeptDay.objects.all().delete()
    single = make_user(Role.COMMUNITY_STAFF, town.run["收不齐"].code)
    give_role(single, Role.COMMUNITY_STAFF, town.run["收得好"].code)

    for user in (official, single):
        then, now = dashboard_of(user).trend
        assert (then.day, then.property_rate, then.parking_rate) == (sunday, Decimal("0.8001"), Decimal("0.9500"))
        assert (now.property_rate, now.parking_rate) == (then.property_rate, then.parking_rate)
        assert now.received == then.received


def last_sunday(town: Town) -> date:
    return town.day(-(town.today.isoweekday() % 7 or 7))


def test_where_a_place_lies_is_seen_at_once_and_on_a_day_gone_by_as_it_was_kept(town: Town, official: User) -> None:
    def lies(day: date | None = None) -> tuple[Any, ...]:
        found = dashboard_of(official, day=day)
        at = {point.name: (point.longitude, point.latitude) for point in found.points}
        return at.get("刚登记"), at.get("桥边巷"), found.located.count

    keep_day(day=town.today)
    *before, count = lies()
    new = Neighbourhood.objects.get(name="刚登记")
    url = reverse("neighbourhood_details", args=[new.pk])
    form = {"name": new.name, "longitude": "111.3", "latitude": "30.7"}
    answer = signed_in(town.staff).post(url, form, format="multipart")
    gone = {"longitude": None, "latitude": None}
    system("registry:write", territory=DISTRICT).patch(f"{API}/neighbourhoods/{town.near.pk}/", gone, format="json")
    *after, now = lies()
    KeptDay.objects.update(day=town.day(-1), final=True)
    NeighbourhoodDay.objects.update(day=town.day(-1))

    assert answer.status_code == 302
    assert before == [None, (Decimal("111.28"), Decimal("30.69"))]
    assert after == [(Decimal("111.3"), Decimal("30.7")), None]
    assert lies(town.day(-1)) == (*before, count)
    assert now == count


def test_names_of_points_that_cannot_be_told_apart_are_read_for_who_asks_for_them(
    town: Town, official: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    apart = dashboard_of(official).points
    monkeypatch.setattr(maps, "MOST", 3)
    monkeypatch.setattr(things, "FEW", 3)
    dense = dashboard_of(official).points

    assert {point.pk: (point.code, point.name) for point in dashboard_of(official, all_names=True).points} == {
        point.pk: (point.code, point.name) for point in apart
    }
    assert [replace(point, code="", name="") for point in apart] == [replace(p, code="", name="") for p in dense]
    assert "" in {point.name for point in dense}
    assert all(point.name for point in dashboard_of(official, HERE).points)
    told = signed_in(official).get(f"{API}/reports/overview/").json()["map"]
    assert [point["name"] for point in told] == [point.name for point in apart]


def test_nobody_is_shown_points_of_another_place(town: Town) -> None:
    staff = make_user(Role.COMMUNITY_STAFF, THERE)

    assert [point.name for point in dashboard_of(staff).points] == ["工地"]
    assert len(dashboard_of(make_user(Role.CITY_OFFICIAL, DISTRICT[:4])).points) > 10


def test_what_if_tells_who_would_pass_and_changes_nothing(town: Town, official: User) -> None:
    found = what_if(official, None, Decimal("0.90"))

    assert [row.row.name for row in found.turned] == ["桥边巷"]
    assert (found.passing_now, found.passing_then) == (1, 2)
    missing = {row.row.name: (row.missing_now, row.missing_then) for row in found.rows}
    assert missing["铁路二村"] == (5, 4)
    assert "四户院" not in missing
    assert found.doors_missing == sum(then for _now, then in missing.values())


def test_page_api_weekly_sheet_and_print_say_the_same(town: Town, official: User) -> None:
    found = dashboard_of(official)
    client = signed_in(official)
    client.cookies["django_language"] = "en"

    body = client.get(f"{API}/reports/overview/", {"division": DISTRICT}).json()
    page = client.get(reverse("dashboard", args=[DISTRICT])).content.decode()
    sheet = totals("weekly-progress", official, division=DISTRICT)
    with translation.override("en"):
        paper = dashboard_paper(dashboard_of(official)).data

    counts = {name: section.figure.count for name, section in found.sections.items()}
    stages = {one.stage: one.figure.count for phase in found.phases for one in phase.stages}
    assert {name: part["count"] for name, part in body["sections"].items()} == counts
    assert body["stages"] == stages
    assert {stage: int(told(page, stage)) for stage in stages} == stages
    assert {name: int(told(page, name)) for name in ("blocked", "nearest", "terms_ending")} == {
        name: counts[name] for name in ("blocked", "nearest", "terms_ending")
    }
    assert (paper["blocked"]["count"], paper["nearest"]["count"]) == (str(counts["blocked"]), str(counts["nearest"]))

    points = {point.pk: point for point in found.points}
    assert {point["id"]: point["households"] for point in body["map"]} == {p.pk: p.households for p in points.values()}
    for point in body["map"]:
        ours = points[point["id"]]
        told_of = (
            f"{ours.longitude:.6f}",
            f"{ours.latitude:.6f}",
            ours.phase,
            ours.support_rate and str(ours.support_rate),
        )
        assert (point["longitude"], point["latitude"], point["phase"], point["support_rate"]) == told_of
        assert f'href="/neighbourhoods/{ours.pk}/"' in page.split('id="map"')[1].split("</svg>\n    <ul")[0]
    on_file = {
        row["neighbourhood"]: (row["longitude"], row["latitude"])
        for row in made("weekly-progress", official, division=DISTRICT)
    }
    assert {name: at for name, at in on_file.items() if at != (None, None)} == {
        point.name: (point.longitude, point.latitude) for point in points.values()
    }
    assert len(paper["map"]["points"]) == len(points)
    assert str(len(points)) in paper["map"]["note"]

    support, money, fees = found.support, found.money.total, found.fees["property"].month
    assert body["support"]["support_rate"] == str(support.support_rate)
    assert (sheet["supports"], sheet["denominator"], sheet["visited"]) == (
        support.supports, support.denominator, support.visited
    )  # fmt: skip
    assert body["money"]["total"]["received"] == str(money.received) == f"{sheet['received']:.2f}"
    assert body["fees"]["property"]["month"]["settled"] == str(fees.settled) == f"{sheet['property_month_settled']:.2f}"
    assert sheet["households"] == body["households"] == found.households
    assert "80.0%" in page
    assert "80.0" in str(paper["fees"])


def told(page: str, name: str) -> str:
    """The text of the element of a figure."""
    found = re.search(rf'data-testid="kpi-{name}"[^>]*>([^<]*)<', page)
    assert found, name
    return found[1].strip()


def test_a_past_day_is_shown_as_it_stood_whether_it_was_kept_or_not(town: Town, official: User) -> None:
    then = town.day(-30)
    made = dashboard_of(official, day=then)
    keep_day(day=then)
    kept = dashboard_of(official, day=then)

    assert made.is_past
    assert (made.neighbourhoods, made.funnel, made.phases, made.support) == (
        kept.neighbourhoods, kept.funnel, kept.phases, kept.support
    )  # fmt: skip
    assert made.sections["blocked"].figure.count == kept.sections["blocked"].figure.count
    with pytest.raises(DayToCome):
        dashboard_of(official, day=town.day(1))


def test_objections_against_a_notice_that_was_replaced_keep_the_next_one_open(town: Town, official: User) -> None:
    first = PublicNotice.objects.get(title="方案公示")
    second = post_notice(
        neighbourhood=town.noticed, kind=first.kind, title="新公示", text="公示", place="东门", posted_on=town.today,
        ends_on=town.day(40), replaces=first, by=town.staff,
    )  # fmt: skip

    def told() -> list[tuple[int, int]]:
        found = rows_of(official, None, None, "blocked-notice_objections")
        return [(row.pk, row.facts["objections"]) for row in found.rows]

    assert told() == [(second.pk, 2)]
    one, other = first.objections.order_by("pk")
    answer_objection(objection=one, answer="已改", answered_on=town.today, by=town.staff)
    assert told() == [(second.pk, 1)]
    answer_objection(objection=other, answer="已改", answered_on=town.today, by=town.staff)
    assert told() == []


def test_a_past_day_tells_nothing_that_was_written_down_later(town: Town, official: User) -> None:
    yesterday = town.day(-1)
    notice = PublicNotice.objects.get(title="方案公示")
    objection = Objection.objects.create(notice=notice, raised_on=town.day(-4), text="粉尘", recorded_by=town.staff)
    ended = a_body(town.later, town.staff, term_ends_on=town.day(20))
    renewed = Body.objects.get(neighbourhood=town.noticed)
    for model in (Neighbourhood, PublicNotice, Objection, Body):
        model._default_manager.update(created_at=town.now - timedelta(days=10))

    def told(day: date | None) -> tuple[list[int], dict[str, date]]:
        objections = rows_of(official, None, day, "blocked-notice_objections").rows
        terms = rows_of(official, None, day, "terms_ending").rows
        return [row.facts["objections"] for row in objections], {r.name: r.facts["term_ends_on"] for r in terms}

    as_it_was = ([3], {"以后": town.day(20), "望江里": town.day(30)})
    assert told(yesterday) == as_it_was
    answer_objection(objection=objection, answer="已洒水", answered_on=town.day(-3), by=town.staff)
    end_body(body=ended, ended_on=town.day(-3), reason="解散", by=town.staff)
    renew_body(body=renewed, term_starts_on=town.today, term_ends_on=town.day(700), by=town.staff)

    assert told(yesterday) == as_it_was
    assert told(None) == ([2], {})


def test_changes_are_the_steps_since_friday(town: Town, official: User) -> None:
    since = end_of(last_friday(town.today))
    before = since - timedelta(minutes=1)

    def lived(name: str, *stages: str, at: datetime = since) -> Any:
        place = town.at(name, stages[-1], days=0)
        for came_from, to in pairwise(stages):
            town.step(place, came_from, to, at)
        return place

    lived("复工", "suspended", "under_works")
    lived("开工", "designed", "under_works")
    running = lived("早已移交", "evaluated", "handed_over", at=before)
    town.step(running, "handed_over", "long_term", since)
    lived("移交又转入", "evaluated", "handed_over", "long_term")
    lived("达标又齐备", "consenting", "consented", "ready")
    lived("停工", "under_works", "suspended")
    lived("退出", "planned", "withdrawn")
    lived("暂缓", "consenting", "deferred")
    lived("上周", "planned", "designed", at=before)

    def names(part: str) -> list[str]:
        return [row.name for row in rows_of(official, None, None, f"changes-{part}").rows]

    told = {part: names(part) for part in ("passed", "deferred", "works_begun", "handed_over", "moved")}
    assert set(told["works_begun"]) == {"工地", "开工"}
    assert set(told["handed_over"]) == {"已移交", "移交又转入"}
    assert {"刚达标", "达标又齐备"} <= set(told["passed"])
    assert "暂缓" in told["deferred"]
    new = {"复工", "开工", "早已移交", "移交又转入", "达标又齐备", "停工", "退出", "暂缓", "上周"}
    assert new & set(told["moved"]) == {"开工", "早已移交", "移交又转入", "达标又齐备"}
    assert all(len(found) == len(set(found)) for found in told.values())


def test_packages_are_behind_exactly_where_their_own_list_says_so(town: Town, official: User) -> None:
    site = town.site
    half = site.running("U11", starts_on=site.day(-9), ends_on=site.day(10))
    site.report(half, {"U11": "0.5"})
    site.report(half, {"U11": "0.1"}, done_on=site.day(-3))  # told late: it moves nothing
    late = site.running("B03", starts_on=site.day(-9), ends_on=site.day(10))
    site.report(late, {"B03": "0.1"})

    rows = rows_of(official, None, None, "works-behind").rows
    (now,) = figures_on(town.today, here=[site.home.pk], parts=("works",))
    (then,) = figures_on(town.today, here=[site.home.pk], until=end_of(town.today), parts=("works",))

    assert {row.pk for row in rows} == set(
        behind_schedule(WorkPackage.objects.all(), town.today).values_list("pk", flat=True)
    )
    assert late.pk in {row.pk for row in rows}
    assert half.pk not in {row.pk for row in rows}
    assert now.packages == then.packages
    assert len(now.packages) == 3


def test_its_cost_does_not_grow_with_neighbourhoods(
    town: Town, official: User, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    town.asked("一处", yeses=2)  # not on the map, which knows the names of the others
    with django_assert_max_num_queries(32) as some:
        dashboard_of(make_user(Role.DISTRICT_OFFICIAL, DISTRICT))
    make_neighbourhood(community_code=HERE)
    town.asked("又一处", yeses=2)

    with django_assert_num_queries(len(some)):
        dashboard_of(make_user(Role.DISTRICT_OFFICIAL, DISTRICT))
