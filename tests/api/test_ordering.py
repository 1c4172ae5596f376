"""Lists are ordered by fields that an index has, never null: the 1,000th page costs what the first does."""

import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.rules.roles import SCOPE_AREAS
from config.api import router
from tests.api.helpers import API, signed_in, system
from tests.factories import make_user
from tests.walk import Home

ORDERED = sorted(
    {
        (view.queryset.model, name)
        for _prefix, view, _basename in router.registry
        for name in getattr(view, "ordering_fields", ())
        if getattr(view, "queryset", None) is not None
    },
    key=lambda pair: (pair[0].__name__, pair[1]),
)


@pytest.mark.django_db
@pytest.mark.parametrize(("model", "name"), ORDERED, ids=[f"{model.__name__}-{name}" for model, name in ORDERED])
def test_what_a_list_is_ordered_by_has_an_index(model, name):
    field = model._meta.get_field(name)

    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, model._meta.db_table).values()

    # Below one survey or edition of the menu, the order comes after that in the index.
    indexed = {
        column for one in found if one["index"] or one["unique"] or one["primary_key"] for column in one["columns"]
    }
    assert not field.null
    assert field.column in indexed


@pytest.mark.django_db
def test_evaluations_are_ordered_by_id_alone():
    assert signed_in(make_user()).get(f"{API}/evaluations/?ordering=opened_at").status_code == 400


PLANNED = """
SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off
"""
"""Where the planner sorts all the same, no index has the order. What is sorted within one key only is no fault."""

FEW = {"consent-policies by valid_from", "point-rules by valid_from", "menu-items by code"}
"""Some editions for each territory, and the items of one menu, are all that there are to sort."""


def sorts(plan: dict[str, Any]) -> bool:
    """Whether the rows themselves are sorted, on the way from their table; what is looked up for each may be."""
    while True:
        if plan["Node Type"] == "Sort":
            return True
        below = [node for node in plan.get("Plans", []) if node["Parent Relationship"] in ("Outer", "Subquery")]
        if not below:
            return False
        plan = below[0]


@pytest.mark.parametrize("territory", ["4205", "420502001001"])
def test_pages_come_out_of_an_index_in_their_order(home: Home, territory: str) -> None:
    """Of the whole city and of one community, also a page that begins behind a row."""
    reader = system(*(f"{area}:read" for area in sorted(set(SCOPE_AREAS.values()))), territory=territory)
    sorted_ones, unread, looked_at = set(), set(), 0
    with connection.cursor() as cursor:
        cursor.execute(PLANNED)
        for prefix, view, _name in router.registry:
            if "(" in prefix or not hasattr(view, "list") or getattr(view, "queryset", None) is None:
                continue
            for ordering in view.ordering_fields:
                path = f"{API}/{prefix}/?ordering={ordering}&page_size=1"
                while path:
                    with CaptureQueriesContext(connection) as queries:
                        page = reader.get(path).json()
                    shown = [query["sql"] for query in queries if re.search(r"ORDER BY .* LIMIT 2$", query["sql"])]
                    if not shown:
                        # Nothing of it is for a system, so no row is looked for.
                        assert page["results"] == []
                        unread.add(prefix)
                        break
                    (sql,) = shown[:1]
                    cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
                    found = cursor.fetchone()[0]
                    plan = found if isinstance(found, list) else json.loads(found)
                    looked_at += 1
                    if sorts(plan[0]["Plan"]):
                        sorted_ones.add(f"{prefix} by {ordering}")
                    path = page["next"] if path.startswith(API) else None

    assert looked_at > 90
    assert sorted_ones - FEW == set()
    assert unread == {"roster-imports"}
