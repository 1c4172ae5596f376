"""Who reads the dashboard of which places, and what the API says to the others."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.choices import Role
from accounts.rules.territory import Reach
from overview.reports.dashboard import NoDashboard, NoSuchFigure, dashboard_of, division_for, rows_of
from overview.reports.dashboard.scope import outermost
from renovation.choices import Stage
from tests.api.helpers import API, signed_in, system
from tests.cast import HERE, THERE
from tests.factories import give_role, make_division, make_neighbourhood, make_user

pytestmark = pytest.mark.django_db

DISTRICT = HERE[:6]


@pytest.mark.parametrize("role", [Role.GRID_WORKER, Role.COMMITTEE_MEMBER, Role.PARTY_SECRETARY, Role.PROPERTY_CLERK])
def test_who_works_at_the_doors_or_the_books_has_no_dashboard(role: str) -> None:
    place = make_neighbourhood(community_code=HERE)
    user = make_user(role, f"{HERE}001" if role == Role.GRID_WORKER else place.code)

    with pytest.raises(NoDashboard):
        dashboard_of(user)
    assert signed_in(user).get(f"{API}/reports/overview/").status_code == 404


@pytest.mark.parametrize("role", [Role.CITY_OFFICIAL, Role.AUDITOR, Role.ADMIN])
def test_whoever_reads_a_city_reads_its_districts(role: str) -> None:
    make_neighbourhood(community_code=HERE, stage=Stage.DEFERRED)
    make_neighbourhood(community_code="420503001001")
    user = make_user(role, HERE[:4])

    assert [tile.place.code for tile in dashboard_of(user).tiles] == ["420502", "420503"]
    assert dashboard_of(user, DISTRICT).neighbourhoods.count == 1


def test_a_part_of_a_division_is_not_shown_as_the_whole() -> None:
    make_neighbourhood(community_code=HERE)
    make_neighbourhood(community_code=THERE)
    staff = make_user(Role.COMMUNITY_STAFF, HERE)

    assert dashboard_of(staff).neighbourhoods.count == 1
    assert (division_for(staff, HERE[:9]), division_for(staff, HERE).code) == (None, HERE)
    for code in (HERE[:9], HERE[:4], THERE):
        with pytest.raises(NoDashboard):
            dashboard_of(staff, code)
    with pytest.raises(NoSuchFigure):
        rows_of(staff, None, None, f"division-{THERE}-001")


def test_two_places_of_one_person_are_added_and_nothing_else() -> None:
    for code in (HERE, THERE, "420503001001"):
        make_neighbourhood(community_code=code)
    user = make_user(Role.COMMUNITY_STAFF, HERE)
    give_role(user, Role.COMMUNITY_STAFF, "420503001001")

    found = dashboard_of(user)

    assert (found.place.level, found.neighbourhoods.count) == ("own", 2)
    assert [tile.place.code for tile in found.tiles] == [HERE, "420503001001"]


def test_a_place_inside_another_of_the_same_person_counts_once() -> None:
    inside = make_neighbourhood(community_code=HERE)
    make_neighbourhood(community_code=THERE)
    user = make_user(Role.DISTRICT_OFFICIAL, DISTRICT)
    give_role(user, Role.COMMUNITY_STAFF, HERE)
    committee = make_user(Role.COMMUNITY_STAFF, HERE)

    found = dashboard_of(user)

    assert (found.place.code, found.neighbourhoods.count) == (DISTRICT, 2)
    assert [tile.place.code for tile in found.tiles] == [HERE[:9]]
    reach = Reach.of([HERE, f"{HERE[:9]}002", inside.code, f"{THERE}-001", HERE[:9], "420503001001"])
    assert outermost(reach) == Reach.of([HERE[:9], "420503001001"])
    assert dashboard_of(committee).place.code == HERE


def test_a_system_needs_the_scope_and_the_territory() -> None:
    make_neighbourhood(community_code=HERE)
    make_division("420503")

    reads = system("reports:read", territory=DISTRICT)
    assert reads.get(f"{API}/reports/overview/").json()["neighbourhoods"] == 1
    assert reads.get(f"{API}/reports/overview/", {"division": "420503"}).status_code == 404
    assert system("registry:read", territory=DISTRICT).get(f"{API}/reports/overview/").status_code == 403


def test_the_api_refuses_a_day_to_come_one_too_early_and_an_unknown_filter() -> None:
    make_neighbourhood(community_code=HERE)
    client = signed_in(make_user(Role.DISTRICT_OFFICIAL, DISTRICT))
    tomorrow = timezone.localdate() + timedelta(days=1)

    assert client.get(f"{API}/reports/overview/", {"as_of": tomorrow}).status_code == 400
    early = client.get(f"{API}/reports/overview/", {"as_of": "0001-01-10"})
    assert (early.status_code, "as_of" in str(early.json()["errors"])) == (400, True)
    assert client.get(f"{API}/reports/overview/", {"as_of": "2000-01-01"}).status_code == 200
    assert client.get(f"{API}/reports/overview/", {"divisions": DISTRICT}).status_code == 400
    past = client.get(f"{API}/reports/overview/", {"as_of": tomorrow - timedelta(days=9)}).json()
    assert (past["neighbourhoods"], past["day"]) == (0, str(tomorrow - timedelta(days=9)))
