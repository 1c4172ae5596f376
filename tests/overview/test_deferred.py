"""The list of deferred neighbourhoods: its page, its filters over the API, and who is told what."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.choices import Role
from consent.services.surveys import close_survey, open_survey
from consent.services.visits import record_visits
from overview.reports.deferred import deferred_list
from overview.sheets.frame import HIDDEN
from renovation.choices import Stage
from renovation.models import Neighbourhood
from tests.api.helpers import signed_in
from tests.cast import ELSEWHERE, HERE, THERE
from tests.consent.casts import a_visit, make_doors, make_policy
from tests.factories import make_menu_edition, make_neighbourhood, make_user
from tests.overview.sheets_cast import made

pytestmark = pytest.mark.django_db

REASON = "先看周边完工"


@pytest.fixture
def terms(db):
    make_policy()
    make_menu_edition()


def defer(name: str, *, days: int, community_code: str = HERE, yeses: int = 1, doors: int = 10) -> Neighbourhood:
    """A neighbourhood whose survey failed half a year ago, to be looked at again in so many days (or ago)."""
    neighbourhood = make_neighbourhood(community_code=community_code, name=name)
    homes = make_doors(buildings=1, doors=doors, neighbourhood=neighbourhood)
    staff = make_user(Role.COMMUNITY_STAFF, community_code)
    then = timezone.now() - timedelta(days=200)
    survey = open_survey(neighbourhood=neighbourhood, title="征询", closes_on=None, by=staff, at=then)
    at = then + timedelta(hours=1)
    record_visits(survey=survey, visits=[a_visit(home, visited_at=at) for home in homes[:yeses]], by=staff, at=at)
    closed = then + timedelta(days=1)
    revisit_on = timezone.localdate() + timedelta(days=days)
    close_survey(survey=survey, by=staff, reason=REASON, revisit_on=revisit_on, at=closed)
    neighbourhood.refresh_from_db()
    assert neighbourhood.stage == Stage.DEFERRED
    return neighbourhood


def finish(name: str, *, community_code: str = HERE, days: int = 30, stage: str = Stage.ACCEPTED) -> Neighbourhood:
    since = timezone.now() - timedelta(days=days)
    return make_neighbourhood(community_code=community_code, name=name, stage=stage, stage_since=since)


def body(answer) -> str:
    text = re.sub(r"\s+", " ", answer.content.decode())
    return re.sub(r" ?(<|>) ?", r"\1", text)


def browse(client, user):
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client


def names(found) -> list[str]:
    return [row.neighbourhood.name for row in found.rows]


def test_due_ones_stand_first_and_those_with_finished_neighbours_are_put_forward(terms):
    defer("等着", days=20)
    defer("被带动", days=90, community_code=THERE)
    defer("到期", days=-3, yeses=2)
    finish("完工的", community_code=THERE)
    official = make_user(Role.DISTRICT_OFFICIAL, HERE[:6])

    found = deferred_list(official, Neighbourhood.objects.visible_to(official), start=0, size=50)

    assert names(found) == ["到期", "等着", "被带动"]
    assert (found.total, found.due, found.put_forward) == (3, 1, 3)
    due, street, community = found.rows
    assert (due.days_overdue, due.figures.supports, due.figures.denominator, due.figures.missing) == (3, 2, 10, 8)
    assert [near.name for near in community.neighbours] == ["完工的"]
    assert (community.in_community, street.in_community) == (True, False)
    assert due.reason == REASON


def test_without_neighbours_only_the_day_decides(terms):
    defer("乙", days=40)
    defer("甲", days=20)
    finish("太久", days=181)
    finish("还在施工", stage=Stage.UNDER_WORKS)
    finish("别的街道", community_code="420502002001")
    official = make_user(Role.DISTRICT_OFFICIAL, HERE[:6])

    found = deferred_list(official, Neighbourhood.objects.visible_to(official), start=0, size=50)

    assert names(found) == ["甲", "乙"]
    assert (found.due, found.put_forward) == (0, 0)


def test_the_page_says_figures_reason_and_neighbours_with_links(client, terms):
    here = defer("黄龙小区", days=-1)
    near = finish("宜港小区", community_code=THERE)
    survey = here.surveys.get()
    browse(client, make_user(Role.DISTRICT_OFFICIAL, HERE[:6]))

    page = body(client.get("/neighbourhoods/deferred/"))

    assert "1 deferred neighbourhood</h1>" in page
    assert f'href="/surveys/{survey.pk}/">10.0%: 1 of 10</a>; 9 more doors' in page
    assert REASON in page
    assert f'href="/neighbourhoods/{near.pk}/">宜港小区</a>' in page
    assert "in the same street" in page
    assert "1 day overdue" in page
    assert 'href="/neighbourhoods/deferred/"' in body(client.get("/neighbourhoods/"))


def test_a_neighbourhood_surveyed_again_is_no_longer_listed_and_the_last_failed_survey_speaks(client, terms):
    again = defer("再来", days=-5)
    staff = make_user(Role.COMMUNITY_STAFF, HERE)
    browse(client, staff)
    assert "再来" in body(client.get("/neighbourhoods/deferred/"))

    second = open_survey(neighbourhood=again, title="二", closes_on=None, by=staff)
    assert "再来" not in body(client.get("/neighbourhoods/deferred/"))
    close_survey(survey=second, by=staff, reason="还差", revisit_on=timezone.localdate() + timedelta(days=3))
    page = body(client.get("/neighbourhoods/deferred/"))
    listed = signed_in(staff).get("/api/v1/surveys/?deferring=true").json()["results"]

    assert f'href="/surveys/{second.pk}/">0.0%: 0 of 10</a>; 10 more doors' in page
    assert REASON not in page
    assert [row["id"] for row in listed] == [second.pk]


def test_territory_holds_for_the_deferred_and_for_the_neighbours_that_are_named(client, terms):
    defer("本社区", days=-5)
    defer("邻社区", days=-6, community_code=THERE)
    finish("邻居完工", community_code=THERE)
    official = browse(client, make_user(Role.DISTRICT_OFFICIAL, HERE[:6]))
    assert all(name in body(official.get("/neighbourhoods/deferred/")) for name in ("本社区", "邻社区", "邻居完工"))

    staff = body(browse(client, make_user(Role.COMMUNITY_STAFF, HERE)).get("/neighbourhoods/deferred/"))
    outsider = body(browse(client, make_user(Role.COMMUNITY_STAFF, ELSEWHERE)).get("/neighbourhoods/deferred/"))

    assert "本社区" in staff
    assert not any(name in staff for name in ("邻社区", "邻居完工"))
    assert not any(name in outsider for name in ("本社区", "邻社区", "邻居完工"))
    assert "No neighbourhood in your territory is deferred." in outsider


def test_a_survey_of_a_few_is_told_only_to_who_sees_its_doors_on_the_page_and_in_the_sheet(client, terms):
    few, many = defer("小小区", days=30, doors=4), defer("大小区", days=60)
    staff, official = make_user(Role.COMMUNITY_STAFF, HERE), make_user(Role.DISTRICT_OFFICIAL, HERE[:6])

    for reader, text in ((official, "fewer than 5"), (staff, "1 of 4")):
        page = body(browse(client, reader).get("/neighbourhoods/deferred/"))
        rows = {place.pk: page.partition(f"deferred-{place.pk}")[2].partition("</tr>")[0] for place in (few, many)}
        assert (text in rows[few.pk], "closed" in rows[few.pk], "1 of 10" in rows[many.pk]) == (True, True, True)
        assert ("1 of 4" in page) == (reader == staff)
    keys = ("supports", "denominator", "support_rate", "pass_share", "missing")
    hidden, shown = ([row[key] for key in keys] for row in made("deferred-list", official))
    assert hidden == [HIDDEN] * len(keys)
    assert HIDDEN not in shown
    assert HIDDEN not in [row["supports"] for row in made("deferred-list", staff)]


def test_who_reads_only_what_is_published_reads_the_figures_and_not_the_reason(client, terms):
    here = defer("黄龙小区", days=-1)
    assert REASON in body(browse(client, make_user(Role.COMMUNITY_STAFF, HERE)).get("/neighbourhoods/deferred/"))

    page = body(browse(client, make_user(Role.PROPERTY_CLERK, here.code)).get("/neighbourhoods/deferred/"))

    assert "10.0%: 1 of 10" in page
    assert REASON not in page


def test_a_visitor_signs_in_first(client, db):
    assert client.get("/neighbourhoods/deferred/")["Location"] == "/accounts/login/?next=/neighbourhoods/deferred/"


def test_the_list_is_narrowed_to_a_district_and_turned_and_no_address_breaks_it(client, terms, monkeypatch):
    monkeypatch.setattr("overview.pages.deferred.PAGE_SIZE", 1)
    defer("甲", days=-5)
    defer("乙", days=-4, community_code=ELSEWHERE)
    browse(client, make_user(Role.CITY_OFFICIAL, HERE[:4]))
    url = "/neighbourhoods/deferred/"

    first, second = client.get(url), client.get(url, {"page": "2"})
    district = client.get(url, {"division": ELSEWHERE[:6]})

    assert names(first.context["found"]) == ["甲"]
    assert (first.context["previous_url"], first.context["next_url"]) == ("", "?page=2")
    assert names(second.context["found"]) == ["乙"]
    assert (second.context["previous_url"], second.context["next_url"]) == ("?page=1", "")
    assert names(district.context["found"]) == ["乙"]
    assert client.get(url, {"page": "9"}).status_code == 200
    for query in ({"page": "0"}, {"page": "x"}, {"page": "9" * 40}, {"division": "\x00"}, {"division": "9999"}):
        answer = client.get(url, query)
        assert (answer.status_code, names(answer.context["found"])) == (200, ["甲"])


def test_surveys_are_filtered_by_what_they_defer_and_by_the_day_over_the_api(terms):
    sooner, later = defer("甲", days=-5), defer("乙", days=5)
    staff = make_user(Role.COMMUNITY_STAFF, HERE)
    api = signed_in(staff)
    today = timezone.localdate()
    passed = make_neighbourhood(community_code=HERE)
    make_doors(buildings=1, doors=1, neighbourhood=passed)
    survey = open_survey(neighbourhood=passed, title="x", closes_on=None, by=staff)

    def listed(query: str) -> list[int]:
        return [row["neighbourhood"] for row in api.get(f"/api/v1/surveys/?{query}").json()["results"]]

    assert survey.neighbourhood_id in listed("")
    assert listed("deferring=true") == [sooner.pk, later.pk]
    assert listed(f"deferring=true&revisit_before={today}") == [sooner.pk]
    assert listed(f"revisit_before={today + timedelta(days=6)}") == [sooner.pk, later.pk]
    assert listed(f"revisit_before={today - timedelta(days=5)}") == []
    for query in ("deferring=maybe", "revisit_before=soon", "revisit=2026-01-01"):
        assert api.get(f"/api/v1/surveys/?{query}").status_code == 400
    outsider = signed_in(make_user(Role.COMMUNITY_STAFF, ELSEWHERE))
    assert outsider.get("/api/v1/surveys/?deferring=true").json()["results"] == []


def test_the_list_costs_the_same_queries_for_one_and_for_many(client, terms, django_assert_num_queries):
    browse(client, make_user(Role.DISTRICT_OFFICIAL, HERE[:6]))
    defer("甲", days=-5)
    finish("完")
    client.get("/neighbourhoods/deferred/")
    with django_assert_num_queries(11):
        client.get("/neighbourhoods/deferred/")
    for number in range(3):
        defer(f"乙{number}", days=number)
        finish(f"完{number}", community_code=THERE)
    with django_assert_num_queries(11):
        client.get("/neighbourhoods/deferred/")
