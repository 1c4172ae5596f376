"""The sheets that officials ask for: their rows, who gets which, and totals that equal those on the screen."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.choices import Role
from overview.sheets import SHEETS
from tests.cast import HERE, THERE
from tests.factories import make_user
from tests.overview.sheets_cast import a_full_place, made

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
