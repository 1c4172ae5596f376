"""The start page and the neighbourhoods, for each role."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.choices import Role
from accounts.models import HistoryEntry
from consent.services.surveys import close_survey
from renovation.choices import Stage
from renovation.models import Neighbourhood
from tests.consent.casts import make_survey
from tests.factories import COMMUNITY, make_division, make_household, make_neighbourhood, make_user

pytestmark = pytest.mark.django_db


def body(answer) -> str:
    return re.sub(r"\s+", " ", answer.content.decode()).replace(" <", "<")


def sign_in(client, role=Role.COMMUNITY_STAFF, territory=COMMUNITY, **fields):
    user = make_user(role, territory, **fields)
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return user


@pytest.mark.parametrize(
    ("role", "territory", "leads_to"),
    [
        (Role.COMMUNITY_STAFF, COMMUNITY, "/surveys/"),
        (Role.GRID_WORKER, f"{COMMUNITY}001", "/field/"),
        (Role.COMMITTEE_MEMBER, f"{COMMUNITY}-001", "/field/"),
        (Role.PARTY_SECRETARY, f"{COMMUNITY}-001", "/neighbourhoods/"),
        (Role.PROPERTY_CLERK, f"{COMMUNITY}-001", "/fees/"),
        (Role.DISTRICT_OFFICIAL, COMMUNITY[:6], "/dashboard/"),
        (Role.CITY_OFFICIAL, COMMUNITY[:4], "/dashboard/"),
        (Role.AUDITOR, COMMUNITY[:4], "/dashboard/"),
        (Role.ADMIN, COMMUNITY[:4], "/admin/"),
    ],
)
def test_the_start_page_leads_to_where_a_role_works(client, role, territory, leads_to):
    sign_in(client, role, territory)

    answer = client.get("/")

    assert answer["Location"] == leads_to
    assert client.get(leads_to).status_code == 200


def test_a_visitor_signs_in_first_and_comes_back(client):
    assert client.get("/")["Location"] == "/accounts/login/"
    assert client.get("/surveys/")["Location"] == "/accounts/login/?next=/surveys/"


def test_without_a_role_today_the_page_says_so(client):
    client.force_login(make_user(None))

    assert client.get("/").status_code == 200


def test_the_list_shows_the_own_territory_and_can_be_narrowed(client):
    mine = make_neighbourhood(name="嘉明花园", aliases="纺织厂宿舍", stage=Stage.MOBILISING)
    make_neighbourhood(name="宜港小区", community_code="420503001001")
    other = make_neighbourhood(name="白龙岗小区")
    sign_in(client)

    everything = body(client.get("/neighbourhoods/"))
    by_former_name = body(client.get("/neighbourhoods/", {"search": "纺织"}))
    by_stage = body(client.get("/neighbourhoods/", {"stage": "mobilising"}))
    nothing = body(client.get("/neighbourhoods/", {"search": "无此小区"}))

    assert mine.name in everything
    assert other.name in everything
    assert "宜港小区" not in everything
    assert mine.name in by_former_name
    assert other.name not in by_former_name
    assert other.name not in by_stage
    assert "No neighbourhood fits this search." in nothing


def test_the_page_of_a_neighbourhood_says_what_comes_next(client):
    sign_in(client)
    empty = make_neighbourhood()
    filled = make_household().neighbourhood

    assert "import the roster" in body(client.get(f"/neighbourhoods/{empty.pk}/"))
    assert "import the roster" not in body(client.get(f"/neighbourhoods/{filled.pk}/"))
    assert 'data-testid="transition-consenting"' in body(client.get(f"/neighbourhoods/{filled.pk}/"))


def test_who_sees_no_doors_still_reads_how_many_are_left(client):
    survey, doors, _worker = make_survey()
    sign_in(client, Role.DISTRICT_OFFICIAL, "420502")

    page = body(client.get(f"/neighbourhoods/{survey.neighbourhood_id}/"))

    assert f'<span class="figure">{len(doors)}</span><span class="says">doors of its list</span>' in page


def test_the_page_shows_the_survey_in_hand_and_then_its_result(client):
    survey, _doors, worker = make_survey()
    sign_in(client)
    address = f"/neighbourhoods/{survey.neighbourhood_id}/"

    open_page = body(client.get(address))
    close_survey(survey=survey, by=worker, reason="x", revisit_on=timezone.localdate() + timedelta(days=30))
    closed_page = body(client.get(address))

    assert 'data-stage="consenting"' in open_page
    assert "10 more doors to pass" in open_page
    assert 'data-stage="deferred"' in closed_page
    assert "A new survey starts from a fresh ledger" in closed_page
    assert 'data-testid="transition-consenting"' in closed_page
    assert 'data-testid="support-rate">0.0%</span>' in closed_page


@pytest.mark.parametrize("stage", [Stage.SUSPENDED, Stage.WITHDRAWN, Stage.LONG_TERM, Stage.DEFERRED])
def test_every_stage_stands_on_the_line_once(client, stage):
    sign_in(client)
    neighbourhood = make_neighbourhood(stage=stage)

    page = body(client.get(f"/neighbourhoods/{neighbourhood.pk}/"))

    assert page.count('data-testid="stage"') == 1
    assert f'data-stage="{stage}"' in page


def test_a_neighbourhood_elsewhere_is_not_there(client):
    sign_in(client, territory="420503001001")
    there = make_neighbourhood()

    assert client.get(f"/neighbourhoods/{there.pk}/").status_code == 404
    assert client.get(f"/neighbourhoods/{there.pk}/households/").status_code == 404


def test_names_and_phones_of_the_roster_open_for_who_may_and_that_is_kept(client):
    household = make_household(head_name="周敏", phones=["13812342071"])
    address = f"/neighbourhoods/{household.neighbourhood_id}/households/"
    worker = sign_in(client)

    masked, opened = body(client.get(address)), body(client.get(f"{address}?names=shown"))

    assert "周**" in masked
    assert "13812342071" not in masked
    assert "13812342071" in opened
    assert HistoryEntry.objects.get(act="personal_fields_read").by == worker


@pytest.mark.parametrize("role", [Role.CITY_OFFICIAL, Role.AUDITOR, Role.DISTRICT_OFFICIAL])
def test_officials_see_the_roster_masked_whatever_they_ask(client, role):
    household = make_household(head_name="周敏", phones=["13812342071"])
    sign_in(client, role, COMMUNITY[:6])

    page = body(client.get(f"/neighbourhoods/{household.neighbourhood_id}/households/?names=shown"))

    assert "周**" in page
    assert "13812342071" not in page


@pytest.mark.parametrize(
    "address", ["/neighbourhoods/?stage=x&after=%00&search=%00", "/neighbourhoods/99999999999999999999/", "/no/such/"]
)
def test_no_address_breaks_the_site(client, address):
    sign_in(client)

    assert client.get(address).status_code in (200, 404)


def test_community_staff_register_a_neighbourhood_and_go_on_to_its_roster(client):
    community = make_division()
    client.force_login(make_user())
    assert b'data-testid="register"' in client.get("/neighbourhoods/").content

    answer = client.post(
        "/neighbourhoods/new/", {"community": community.pk, "name": "望江里小区", "built_year": "1986"}
    )

    made = Neighbourhood.objects.get()
    assert (made.code, made.name, made.stage) == (f"{community.code}-001", "望江里小区", "registered")
    assert answer.headers["Location"] == f"/neighbourhoods/{made.pk}/roster/"


def test_a_neighbourhood_is_not_registered_in_another_community_or_without_a_name(client):
    make_division()
    elsewhere = make_division("420503001001")
    client.force_login(make_user())

    assert client.post("/neighbourhoods/new/", {"community": elsewhere.pk, "name": "望江里小区"}).status_code == 400
    assert client.post("/neighbourhoods/new/", {"community": make_division().pk, "name": ""}).status_code == 400
    assert not Neighbourhood.objects.exists()


@pytest.mark.parametrize("role", ["district_official", "grid_worker", "auditor", "property_clerk"])
def test_who_may_only_read_the_registry_registers_nothing(client, role):
    make_division()
    client.force_login(make_user(role, "420502001001"))

    assert client.get("/neighbourhoods/new/").status_code == 403
    assert b'data-testid="register"' not in client.get("/neighbourhoods/").content
