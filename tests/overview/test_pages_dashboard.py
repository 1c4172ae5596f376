"""The dashboard's pages: what is read in which order, that each figure opens its rows, and who reads it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.choices import Role
from accounts.models import HistoryEntry, User
from common.figures import cut_share
from consent.models import Survey
from consent.services.surveys import close_survey, open_survey
from governance.rules.fees.rates import TARGETS
from overview.pages import dashboard as pages
from overview.pages import dashboard_map as maps
from overview.pages import dashboard_what_if as what_if_pages
from overview.pages.dashboard_charts import trend_lines
from overview.prints.dashboard import dashboard_paper
from overview.reports.dashboard import dashboard_of
from overview.rules import maps as rules
from overview.services.days import keep_day
from renovation.models import Household, Neighbourhood
from tests.api.helpers import signed_in
from tests.cast import ELSEWHERE, HERE, THERE
from tests.factories import make_division, make_household, make_neighbourhood, make_user
from tests.overview.dashboard_cast import DISTRICT, Town

pytestmark = pytest.mark.django_db

FIGURE = re.compile(r'<a class="fig num" href="([^"]+)"[^>]*>([\d,]+)</a>')


@pytest.fixture(scope="module")
def town(django_db_setup: None, django_db_blocker: Any) -> Iterator[Town]:
    """Made once: what a test changes is taken back to here, and all of it at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        made = Town()
        for code in (DISTRICT[:4], DISTRICT, HERE[:9], HERE, THERE):
            make_division(code)
        yield made
        transaction.set_rollback(True)


@pytest.fixture
def official(town: Town) -> User:
    return make_user(Role.DISTRICT_OFFICIAL, DISTRICT)


@pytest.fixture
def reader(official: User) -> Client:
    return in_english(official)


def in_english(user: User | None) -> Client:
    client: Client = signed_in(user)
    client.cookies["django_language"] = "en"
    return client


def read(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, url
    return re.sub(r"\s+", " ", answer.content.decode())


def text_of(html: str, testid: str) -> str:
    found = re.search(rf'data-testid="{testid}"[^>]*>(.*?)</', html)
    assert found, testid
    return re.sub(r"<[^>]+>", "", found[1]).strip()


def test_every_figure_on_the_page_opens_as_many_rows_as_it_says(town: Town, reader: Client) -> None:
    html = read(reader, "/dashboard/")

    figures = set(FIGURE.findall(html))
    figures |= {
        (f"/dashboard/rows/stage-{stage}/", text_of(html, f"kpi-{stage}"))
        for stage in re.findall(r'href="/dashboard/rows/stage-(\w+)/"', html)
    }
    figures = {(url, count) for url, count in figures if "/asked-" not in url}
    assert len({url for url, _count in figures}) > 30
    for url, count in figures:
        assert text_of(read(reader, url), "row-count") in (f"{count} rows", f"{count} row"), url


def test_the_doors_of_a_round_the_collection_rates_and_money_are_what_their_rows_add_up_to(
    town: Town, reader: Client
) -> None:
    html = read(reader, "/dashboard/")

    for number in (1, 2, 3):
        url = f"/dashboard/rows/asked-{number}/"
        _name, *said = re.findall(rf'href="{url}"[^>]*>([^<]+)</a>', html)
        found = re.findall(r"In this round: (\d+) listed, (\d+) visited, (\d+) won", read(reader, url))
        assert [str(sum(map(int, part))) for part in zip(*found, strict=True)] == said
    for kind, target in TARGETS.items():
        tile = html.split(f'data-testid="kpi-{kind}"')[1].split("</div>")[0]
        rows = re.findall(r"¥([\d.]+\d) of ¥([\d.]+\d)", read(reader, f"/dashboard/rows/fees-{kind}/"))
        settled, receivable = (sum(map(Decimal, part)) for part in zip(*rows, strict=True))
        rate = cut_share(Decimal(settled), Decimal(receivable), target)
        assert f'href="/dashboard/rows/fees-{kind}/">{rate}<small>%' in tile
    for kind in ("municipal", "all"):
        line = html.split(f'data-testid="kpi-money-{kind}"')[1].split("</tr>")[0]
        (url,) = set(re.findall(r'href="([^"]+)"', line))
        words = r"Planned ¥(\S+), committed ¥(\S+), received ¥(\S+), spent ¥(\S+)\."
        rows = [[Decimal(yuan.replace(",", "")) for yuan in row] for row in re.findall(words, read(reader, url))]
        assert [f"{sum(part):,}" for part in zip(*rows, strict=True)] == re.findall(r'href="[^>]+>([^<]+)</a>', line)


def test_it_is_read_in_the_order_of_a_monday_morning(town: Town, reader: Client) -> None:
    html = read(reader, "/dashboard/")

    order = re.findall(r'data-testid="dash-([a-z_]+)"', html)
    assert [name for name in order if name not in ("on", "print", "weekly")] == [
        "blocked", "nearest", "works", "awards", "below_target", "deferred_due", "terms_ending",
        "funnel", "tiles", "phases", "map", "trend", "money",
    ]  # fmt: skip
    assert text_of(html, "kpi-pressing") == "6 things"
    assert text_of(html, "kpi-nearest") == "3"
    assert "<b>1</b> more door</span>" in html
    assert "style=" not in html


@pytest.mark.parametrize(
    ("role", "territory", "status"),
    [
        (Role.CITY_OFFICIAL, DISTRICT[:4], 200),
        (Role.COMMUNITY_STAFF, HERE, 200),
        (Role.AUDITOR, DISTRICT, 200),
        (Role.ADMIN, DISTRICT[:4], 200),
        (Role.GRID_WORKER, f"{HERE}001", 403),
        (Role.COMMITTEE_MEMBER, f"{HERE}-001", 403),
        (Role.PARTY_SECRETARY, f"{HERE}-001", 403),
        (Role.PROPERTY_CLERK, f"{HERE}-001", 403),
    ],
)
def test_who_reads_a_dashboard_is_led_to_it(town: Town, role: str, territory: str, status: int) -> None:
    client = in_english(make_user(role, territory))

    assert client.get("/dashboard/").status_code == status
    assert client.get("/dashboard/rows/all/").status_code == status
    assert client.get("/dashboard/what-if/").status_code == status
    assert client.get("/dashboard/print/").status_code == status
    assert ('href="/dashboard/"' in client.get("/neighbourhoods/").content.decode()) == (status == 200)


def test_a_visitor_signs_in_first(town: Town) -> None:
    assert signed_in(None).get("/dashboard/")["Location"] == "/accounts/login/?next=/dashboard/"


def test_a_place_that_is_not_all_the_readers_own_is_not_there(town: Town, reader: Client) -> None:
    staff = in_english(make_user(Role.COMMUNITY_STAFF, HERE))

    assert reader.get(f"/dashboard/{DISTRICT}/").status_code == 200
    assert staff.get(f"/dashboard/{HERE}/").status_code == 200
    for client, place in ((staff, DISTRICT), (staff, THERE), (reader, DISTRICT[:4]), (reader, ELSEWHERE[:6])):
        for page in ("", "rows/all/", "what-if/", "print/"):
            assert client.get(f"/dashboard/{place}/{page}").status_code == 404, (place, page)
    assert reader.get("/dashboard/rows/nothing/").status_code == 404
    assert reader.get(f"/dashboard/rows/division-{ELSEWHERE[:6]}/").status_code == 404


def test_what_is_of_another_community_is_in_no_figure_and_no_row(town: Town) -> None:
    staff = in_english(make_user(Role.COMMUNITY_STAFF, THERE))

    html, rows = read(staff, "/dashboard/"), read(staff, "/dashboard/rows/all/")

    assert text_of(html, "kpi-neighbourhoods") == "1"
    assert "工地" in rows
    assert "望江里" not in html + rows


def test_crumbs_lead_up_and_tiles_lead_down(town: Town) -> None:
    city = in_english(make_user(Role.CITY_OFFICIAL, DISTRICT[:4]))

    html = read(city, f"/dashboard/{DISTRICT}/")

    assert f'<p class="crumbs"><a href="/dashboard/{DISTRICT[:4]}/">' in html
    assert f'href="/dashboard/{HERE[:9]}/"' in html
    below = read(city, f"/dashboard/{HERE[:9]}/")
    assert f'href="/dashboard/{HERE}/"' in below
    assert f'data-testid="tile-{HERE}"' in below


def test_tiles_can_be_coloured_by_stage(town: Town, reader: Client) -> None:
    by_support, by_stage = (read(reader, f"/dashboard/?tiles={way}") for way in ("support", "stage"))

    assert re.search(r'class="tile" data-band="\d"', by_support)
    assert "data-phase" not in by_support.split('id="tiles"')[1].split("<details")[0]
    assert re.search(r'class="tile" data-phase="\d"', by_stage)


def test_the_map_has_a_point_for_each_place_and_says_who_is_not_on_it(town: Town, reader: Client) -> None:
    html = read(reader, "/dashboard/")

    part = html.split('id="map"')[1].split("</section>")[0]
    points = re.findall(r'<a class="point" href="/neighbourhoods/(\d+)/"><title>([^<]+)</title>', part)
    count = int(text_of(html, "kpi-neighbourhoods"))
    assert len(points) == count - 1
    assert (str(town.near.pk), "桥边巷: 10 households, Support 90.0%") in points
    assert (str(town.small.pk), "四户院: 4 households, Support fewer than 5 households") in points
    said = re.sub(r"<[^>]+>", "", part.split('data-testid="map-located">')[1].split("</p>")[0])
    assert said.startswith(f"Coordinates are known of {count - 1} of {count} neighbourhoods.1 is not on the map.")
    for key in ("located", "unlocated", "all"):
        assert f'href="/dashboard/rows/{key}/"' in part
    row = part.split(f'data-testid="point-{town.near.code}"')[1].split("</tr>")[0]
    assert re.findall(r">([\d.,%]+)<", row)[:4] == ["111.280000", "30.690000", "10", "90.0%"]


def test_points_are_coloured_as_the_tiles_and_told_apart_without_colour(town: Town, reader: Client) -> None:
    for way, kind in (("support", "band"), ("stage", "phase"), ("property", "band"), ("parking", "band")):
        part = read(reader, f"/dashboard/?tiles={way}").split('id="map"')[1].split("<ul")[0]
        marks = re.findall(r'<g class="mark" data-(\w+)="(\d)" data-quarters="(\w+)"', part)
        assert {name for name, _value, _quarters in marks} == {kind}
        assert len({quarters for _name, _value, quarters in marks}) == len({value for _n, value, _q in marks})
        assert "style=" not in part
    assert len({value for _n, value, _q in marks}) > 1


def test_what_is_left_out_for_too_few_households_does_not_read_as_no_data_and_is_said_where_it_is_so(
    town: Town, official: User, reader: Client
) -> None:
    few, said, none = town.run["收不齐"], "Fewer than five households tell no rate.", "fewer than 5 households"

    def told(way: str, code: str) -> tuple[bool, bool, str, str]:
        html = read(reader, f"/dashboard/{HERE}/?tiles={way}")
        tiles, points = (html.split(f'id="{part}"')[1].split("</section>")[0] for part in ("tiles", "map"))
        rows = [part.split(f'-{code}">')[1].split("</tr>")[0] for part in (tiles, points)]
        cells = [re.sub(r"<[^>]+>", "", " ".join(re.findall(r"<td.*?</td>", row)[-3:])) for row in rows]
        return "A place with fewer than five households tells no rate." in tiles, said in points, *cells

    for place in Neighbourhood.objects.filter(community_code=HERE):
        for _number in range(5 - (place.households.count() or 5)):  # five live where four were asked, too
            make_household(neighbourhood=place)
    before = {way: told(way, few.code)[:2] for way in ("support", "property", "parking", "stage")}
    Household.objects.filter(neighbourhood=few).latest("pk").delete()
    after = {way: told(way, few.code)[:2] for way in before}
    *_said, tile, point = told("property", few.code)
    html = read(reader, f"/dashboard/{HERE}/?tiles=property")
    with translation.override("en"):
        places = {row[0]: row for row in dashboard_paper(dashboard_of(official, HERE)).data["tiles"]["rows"]}

    assert before == {"support": (True,) * 2, "property": (False,) * 2, "parking": (False,) * 2, "stage": (False,) * 2}
    assert after == before | {"property": (True, True), "parking": (True, True)}
    assert tile == point == f"no data {none} {none}"
    assert told("support", town.small.code)[2:] == (f"{none} no data no data",) * 2
    assert f"收不齐: 4 households, Property fee {none}" in html
    assert f"<strong>{none}</strong>" in html
    assert text_of(html, "kpi-property-met")
    assert html.count("1 of fewer than five households is left out") == 2
    assert places["收不齐"][-3:] == ["–", "fewer than 5", "fewer than 5"]
    assert "fewer than 5" in places["四户院"]


def test_without_coordinates_there_is_no_map_and_no_word_of_one(town: Town, official: User, reader: Client) -> None:
    Neighbourhood.objects.update(longitude=None, latitude=None)

    html = read(reader, "/dashboard/")

    assert 'id="map"' not in html
    assert "located" not in html
    assert dashboard_paper(dashboard_of(official)).data["map"] is None


def test_more_points_than_can_be_told_apart_lead_to_the_place_that_they_lie_in(
    town: Town, reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MOST", 3)

    part = read(reader, "/dashboard/").split('id="map"')[1].split("</section>")[0]

    assert 'class="point"' not in part
    count = len(re.findall(r"M[\d.]+ [\d.]+h0", part)) // 2  # each with its rim
    assert f'<a class="dots" href="/dashboard/{HERE[:9]}/"><title>' in part
    assert f"{count} neighbourhoods</title>" in part
    assert FIGURE.findall(part.split("<tbody>")[1]) == [(f"/dashboard/{HERE[:9]}/rows/located/", str(count))]
    assert text_of(read(reader, f"/dashboard/{HERE[:9]}/rows/located/"), "row-count") == f"{count} rows"
    assert count == Neighbourhood.objects.filter(community_code__startswith=DISTRICT).count() - 1


def test_in_a_community_each_point_stays_a_link_however_many(
    town: Town, reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MOST", 0)
    monkeypatch.setattr(maps, "RADII", ((0, 8.0),))

    part = read(reader, f"/dashboard/{HERE}/").split('id="map"')[1].split("</section>")[0]

    assert 'class="dots"' not in part
    here = Neighbourhood.objects.filter(community_code=HERE, longitude__isnull=False).values_list("pk", flat=True)
    assert here
    for pk in here:
        assert f'<a class="point" href="/neighbourhoods/{pk}/">' in part


def test_a_day_gone_by_says_so_and_keeps_its_day_in_every_link(town: Town, reader: Client) -> None:
    on = (town.today - timedelta(days=30)).isoformat()

    html = read(reader, f"/dashboard/?on={on}")

    assert 'data-testid="past"' in html
    links = re.findall(r'href="(/dashboard/rows/[^"]+)"', html)
    assert links
    assert all(f"on={on}" in link for link in links)
    url, count = FIGURE.findall(html)[0]
    assert text_of(read(reader, url.replace("&amp;", "&")), "row-count").startswith(count)


def test_a_day_gone_by_leads_to_the_survey_of_that_day(town: Town, reader: Client) -> None:
    place = town.asked("问了两次", yeses=3, ago=10)
    first = place.surveys.get()
    close_survey(survey=first, by=town.staff, reason="先到这里", revisit_on=town.day(30))
    second = open_survey(neighbourhood=place, title="再征询", closes_on=None, by=town.staff)

    now = read(reader, "/dashboard/rows/asked/")
    then = read(reader, f"/dashboard/rows/asked/?on={town.day(-5)}")

    assert [f'href="/surveys/{survey.pk}/"' in now for survey in (first, second)] == [False, True]
    assert [f'href="/surveys/{survey.pk}/"' in then for survey in (first, second)] == [True, False]


def test_rows_and_the_other_pass_mark_say_of_which_moment_they_are(town: Town, reader: Client) -> None:
    for url in ("/dashboard/", "/dashboard/rows/all/", "/dashboard/what-if/"):
        assert re.search(r'data-testid="as-of">.*?as of \d\d:\d\d</span></p>', read(reader, url)), url
    assert "as of the end of the day</span>" in read(reader, f"/dashboard/rows/all/?on={town.day(-30)}")


@pytest.mark.parametrize("asked", ["2999-01-01", "0001-01-01", "yesterday", "", "today"])
def test_a_day_that_cannot_be_shown_is_today(town: Town, reader: Client, asked: str) -> None:
    asked = timezone.localdate().isoformat() if asked == "today" else asked

    assert 'data-testid="past"' not in read(reader, f"/dashboard/?on={asked}")


def test_weeks_are_drawn_once_there_are_two_of_them(town: Town, reader: Client) -> None:
    before = read(reader, "/dashboard/")
    sunday = town.today - timedelta(days=(town.today.isoweekday() % 7) or 7)
    keep_day(day=sunday)

    html = read(reader, "/dashboard/")

    assert "A line needs two weeks" in before
    assert html.count('<figure class="trend">') > 2
    assert html.count('role="img" aria-label=') == html.count('<figure class="trend">')


def test_a_change_names_the_day_compared_with_and_is_not_said_where_it_reads_as_0(town: Town, official: User) -> None:
    found = dashboard_of(official)
    now = found.trend[-1]
    sunday = replace(now, day=date(now.day.year, 1, 4), support_rate=Decimal("0.5"), under_works=now.under_works - 1)
    now = replace(now, support_rate=Decimal("0.5123"))

    with translation.override("en"):
        lines = {line.key: line.change for line in trend_lines(replace(found, trend=[sunday, now]))}
        close = replace(sunday, support_rate=Decimal("0.5119"))
        still = {line.key: line.change for line in trend_lines(replace(found, trend=[close, now]))}
    with translation.override("zh-hans"):
        chinese = {line.key: line.change for line in trend_lines(replace(found, trend=[sunday, now]))}

    assert (lines["support_rate"], lines["under_works"]) == ("+1.2 points since 4 Jan", "+1 since 4 Jan")
    assert (lines["consented"], lines["received"], still["support_rate"]) == ("", "", "")
    assert "1月4日" in chinese["support_rate"]


def test_long_lists_come_in_pages(town: Town, reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE_SIZE", 2)

    first = read(reader, "/dashboard/rows/nearest/")
    last = read(reader, "/dashboard/rows/nearest/?page=2")

    assert text_of(first, "row-count") == text_of(last, "row-count") == "3 rows"
    assert (first.count('data-testid="row-neigh'), last.count('data-testid="row-neigh')) == (2, 1)
    assert 'rel="next" href="/dashboard/rows/nearest/?page=2"' in first
    assert 'rel="next"' not in last
    assert "There is nothing on this page of the list." in read(reader, "/dashboard/rows/nearest/?page=9")
    assert read(reader, "/dashboard/rows/nearest/?page=x").count('data-testid="row-neigh') == 2


def test_rows_lead_to_where_something_can_be_done(town: Town, reader: Client) -> None:
    html = "".join(read(reader, f"/dashboard/rows/{key}/") for key in ("blocked", "works", "awards", "nearest"))

    place = town.noticed.pk
    survey = town.near.surveys.get().pk
    for url in (f"/neighbourhoods/{place}/notices/", f"/votes/{town.voting.pk}/", f"/surveys/{survey}/"):
        assert f'href="{url}' in html
    assert f"/works/defects/{town.hazard.pk}/" in html
    assert f'href="/neighbourhoods/{town.site.home.pk}/handover/"' in html
    for url in set(re.findall(r'href="(/(?:neighbourhoods|votes|surveys)/\d[^"]*)"', html)):
        assert reader.get(url).status_code == 200, url


def test_another_pass_mark_says_who_would_pass_and_which_doors_would_do_it(town: Town, reader: Client) -> None:
    html = read(reader, "/dashboard/what-if/?share=50")

    assert text_of(html, "kpi-passing-then") == "4/ 7"
    turned, missing = html.split('id="turned"')[1].split('id="missing"')
    assert "桥边巷" in turned
    assert "棉纺新村" in missing
    survey = town.idle.surveys.get().pk
    assert f'href="/surveys/{survey}/doors/?counts=no"' in missing
    assert "四户院" not in html


def test_all_that_would_still_miss_doors_come_in_pages(
    town: Town, reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(page: int) -> list[str]:
        html = read(reader, f"/dashboard/what-if/?share=100&page={page}").split('id="missing"')[1]
        assert ('rel="next"' in html, 'rel="prev"' in html) == (page < 3, page > 1)
        return re.findall(r'data-testid="what-if-(\d+)"', html)

    whole = re.findall(
        r'data-testid="what-if-(\d+)"', read(reader, "/dashboard/what-if/?share=100").split('id="missing"')[1]
    )
    monkeypatch.setattr(what_if_pages, "PAGE_SIZE", (len(whole) + 2) // 3)

    assert missing(1) + missing(2) + missing(3) == whole
    assert missing(99) == missing(3)
    html = read(reader, "/dashboard/what-if/?share=100")
    assert 'rel="next" href="/dashboard/what-if/?share=100&amp;page=2#missing"' in html


def test_by_itself_the_pass_mark_that_holds_is_tried(town: Town, reader: Client) -> None:
    html = read(reader, "/dashboard/what-if/")

    assert 'name="share" min="50" max="100" step="0.01" inputmode="decimal" value="95"' in html
    assert "No verdict would change" not in html or "桥边巷" in html


@pytest.mark.parametrize("share", ["49.9", "100.01", "many", "", "NaN"])
def test_a_share_that_is_none_is_said_at_its_place(town: Town, reader: Client, share: str) -> None:
    html = read(reader, f"/dashboard/what-if/?share={share}", status=400)

    assert 'aria-describedby="what-if-error"' in html


def test_reading_writes_nothing(town: Town, reader: Client) -> None:
    before = (HistoryEntry.objects.count(), list(Survey.objects.order_by("pk").values()))

    for url in ("/dashboard/", "/dashboard/what-if/?share=60", "/dashboard/rows/blocked/", "/dashboard/print/"):
        read(reader, url) if "print" not in url else reader.get(url)

    assert (HistoryEntry.objects.count(), list(Survey.objects.order_by("pk").values())) == before
    assert reader.post("/dashboard/").status_code == 405


def test_the_print_has_the_figures_of_the_page_and_its_type_in_it(town: Town, official: User, reader: Client) -> None:
    found = dashboard_of(official)

    answer, data = reader.get(f"/dashboard/{DISTRICT}/print/"), dashboard_paper(found).data

    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert b"NotoSansCJK" in answer.content
    assert data["blocked"]["count"] == str(found.pressing)
    assert data["nearest"]["rows"][0][0] == "桥边巷"
    assert data["stages"]["total"][1] == str(found.neighbourhoods.count)
    assert len(data["money"]["rows"]) == len(found.money.lines)
    assert data["frame"]["checked_at"].endswith(f"/dashboard/{DISTRICT}/")


def test_the_print_of_a_day_gone_by_names_that_day_and_leads_to_it(town: Town, official: User) -> None:
    day = town.day(-30)

    with translation.override("en"):
        around = dashboard_paper(dashboard_of(official, day=day)).data["frame"]

    assert around["as_of"] == f"as of {day.day} {day:%B %Y}"
    assert around["checked_at"].endswith(f"/dashboard/{DISTRICT}/?on={day.isoformat()}")


def test_more_neighbourhoods_ask_no_more_queries(town: Town, official: User) -> None:
    client = in_english(official)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get("/dashboard/")
        return len(asked)

    queries()
    before = queries()
    for number in range(3):
        make_neighbourhood(name=f"又一个{number}", community_code=HERE)
        town.asked(f"再一个{number}", yeses=4)

    assert queries() <= before + 1
