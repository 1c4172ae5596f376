"""A small cast in two neighbourhoods of two communities of one district, and somebody from elsewhere."""

from dataclasses import dataclass

import pytest

from accounts.choices import Role
from accounts.models import User
from renovation.models import Household, Neighbourhood
from tests.factories import make_building, make_household, make_neighbourhood, make_stairwell, make_user

HERE, THERE, ELSEWHERE = "420502001001", "420502001002", "420503001001"
GRID = f"{HERE}001"


@dataclass
class Cast:
    """`home` has one building in the grid and one in the next grid, two doors in each; `next_door` has two doors."""

    home: Neighbourhood
    next_door: Neighbourhood
    doors: list[Household]
    other_doors: list[Household]


@pytest.fixture
def cast(db: None) -> Cast:
    home = make_neighbourhood(community_code=HERE, name="嘉明花园")
    next_door = make_neighbourhood(community_code=THERE, name="宜港小区")
    doors: list[Household] = []
    for number, grid in (("1", GRID), ("2", f"{HERE}002")):
        building = make_building(neighbourhood=home, number=number, grid=grid, floor_count=6)
        stairwell = make_stairwell(building=building, number="1")
        doors += [
            make_household(
                stairwell=stairwell,
                unit_number=unit,
                floor=int(unit[0]),
                head_name="周敏",
                phones=["13812342071"],
                gross_floor_area="86.50",
            )
            for unit in ("101", "201")
        ]
    stairwell = make_stairwell(building=make_building(neighbourhood=next_door, number="1"), number="1")
    others = [
        make_household(stairwell=stairwell, unit_number=unit, head_name="李四", phones=["13900001111"])
        for unit in ("101", "201")
    ]
    return Cast(home=home, next_door=next_door, doors=doors, other_doors=others)


@pytest.fixture
def community_worker(cast: Cast) -> User:
    return make_user(Role.COMMUNITY_STAFF, HERE, username="community")


@pytest.fixture
def grid_worker(cast: Cast) -> User:
    return make_user(Role.GRID_WORKER, GRID, username="grid")


@pytest.fixture
def committee_member(cast: Cast) -> User:
    return make_user(Role.COMMITTEE_MEMBER, cast.home.code, username="committee")


@pytest.fixture
def party_secretary(cast: Cast) -> User:
    return make_user(Role.PARTY_SECRETARY, cast.home.code, username="secretary")


@pytest.fixture
def property_clerk(cast: Cast) -> User:
    return make_user(Role.PROPERTY_CLERK, cast.home.code, username="clerk")


@pytest.fixture
def district_official(cast: Cast) -> User:
    return make_user(Role.DISTRICT_OFFICIAL, HERE[:6], username="district")


@pytest.fixture
def city_official(cast: Cast) -> User:
    return make_user(Role.CITY_OFFICIAL, HERE[:4], username="city")


@pytest.fixture
def auditor(cast: Cast) -> User:
    return make_user(Role.AUDITOR, HERE[:4], username="auditor")


@pytest.fixture
def administrator(cast: Cast) -> User:
    return make_user(Role.ADMIN, HERE[:4], username="admin", is_staff=True)


@pytest.fixture
def outsider(cast: Cast) -> User:
    """Community staff like any other, of another district."""
    return make_user(Role.COMMUNITY_STAFF, ELSEWHERE, username="outsider")
