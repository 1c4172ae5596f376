"""A server that can be stopped, phones that can be closed, and doors to take along."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright

from accounts.choices import Role
from accounts.models import User
from consent.models import Survey
from consent.pages import field_shell
from renovation.models import Household
from tests.browser.field.phone import Phone
from tests.browser.field.server import FieldServer
from tests.consent.casts import make_survey
from tests.factories import make_building, make_household, make_neighbourhood, make_stairwell, make_user

MakePhone = Callable[..., Phone]


@pytest.fixture
def server(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[FieldServer]:
    settings.MEDIA_ROOT = tmp_path / "media"
    # Known once a process, and somebody may be working on the files meanwhile.
    field_shell._version.cache_clear()
    server = FieldServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def make_phone(playwright: Playwright, server: FieldServer, tmp_path: Path) -> Iterator[MakePhone]:
    """Phones, each with a profile of its own, that are open; keywords are Playwright's for a context."""
    made: list[Phone] = []

    def make(*, script: str = "", **options: Any) -> Phone:
        phone = Phone(playwright, tmp_path / f"phone-{len(made)}", server, **options)
        made.append(phone)
        phone.open(script=script)
        return phone

    yield make
    for phone in made:
        phone.close()
    assert [complaint for phone in made for complaint in phone.complaints] == []


@pytest.fixture
def phone(make_phone: MakePhone) -> Phone:
    return make_phone()


@dataclass
class Walk:
    """A survey in its first round, which the committee walks: building by building, its doors in walking order."""

    survey: Survey
    buildings: dict[int, list[Household]]
    staff: User
    member: User

    @property
    def doors(self) -> list[Household]:
        return [door for doors in self.buildings.values() for door in doors]

    def outcomes(self) -> dict[int, str]:
        """What the ledger says of each door that was visited; fails if a door was recorded twice."""
        visits = list(self.survey.visits.values_list("door__household", "outcome"))
        assert len(visits) == len(dict(visits))
        return dict(visits)


def make_walk(*, buildings: int = 1, floors: int = 4) -> Walk:
    neighbourhood = make_neighbourhood(name="嘉明花园")
    doors = {}
    for number in range(1, buildings + 1):
        building = make_building(neighbourhood=neighbourhood, number=str(number), floor_count=floors)
        stairwell = make_stairwell(building=building, number="1")
        doors[building.pk] = [
            make_household(
                stairwell=stairwell,
                unit_number=f"{floor}01",
                floor=floor,
                head_name="周敏",
                phones=["13812342071"],
                gross_floor_area="86.50",
            )
            for floor in range(1, floors + 1)
        ]
    every = [door for of_building in doors.values() for door in of_building]
    survey, _doors, staff = make_survey(households=every)
    member = make_user(Role.COMMITTEE_MEMBER, neighbourhood.code, username="member", display_name="陈刚")
    return Walk(survey=survey, buildings=doors, staff=staff, member=member)


@pytest.fixture
def walk(server: FieldServer) -> Walk:
    """One building of four doors."""
    return make_walk()
