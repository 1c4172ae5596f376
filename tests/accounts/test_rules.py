"""The roles table and territory, without a database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.choices import Access, Act, Role
from accounts.rules.roles import (
    BELOW_A_BUILDING,
    LOGS_OUT_OF_ROUND,
    RESOURCE_ACTS,
    ROUNDS_LOGGED,
    SCOPE_AREAS,
    SEEN_FROM_BELOW,
    STAGE_MOVES,
    TABLE,
    access_of,
    access_of_scopes,
)
from accounts.rules.territory import Reach, covers, kind_of_code, reach_of

CODES = st.sampled_from(["4205", "420502", "420502001", "420502001001", "420502001001001", "420502001001-001", "42051"])
PLACES = st.sampled_from(["420502001001", "420502001002", "420512001001"])


def test_the_table_has_a_cell_for_every_role_and_act() -> None:
    assert set(TABLE) == set(Act.values) == set(SCOPE_AREAS)
    for row in TABLE.values():
        assert set(row) == set(Role.values)
        assert set(row.values()) <= set(Access.values)


def test_what_is_easy_to_get_wrong() -> None:
    assert access_of(Role.PROPERTY_CLERK, Act.SURVEYS) == Access.PUBLISHED
    assert access_of(Role.PROPERTY_CLERK, Act.DOORS) == Access.NONE
    assert access_of(Role.PARTY_SECRETARY, Act.DOORS) == Access.NONE
    assert access_of(Role.AUDITOR, Act.PERSONAL_FIELDS) == Access.NONE
    assert access_of(Role.ADMIN, Act.PERSONAL_FIELDS) == Access.NONE
    assert [role for role in Role.values if access_of(role, Act.REGISTRY) == Access.WRITE] == [Role.COMMUNITY_STAFF]
    assert [role for role in Role.values if access_of(role, Act.SURVEYS) == Access.WRITE] == [Role.COMMUNITY_STAFF]


def test_rounds_and_stages_are_who_the_design_says() -> None:
    assert {"community_staff": {1, 2, 3}, "grid_worker": {2, 3}, "committee_member": {1, 3}} == ROUNDS_LOGGED
    assert {"community_staff"} == LOGS_OUT_OF_ROUND
    assert not any(15 in stages for stages in STAGE_MOVES.values())


def test_a_write_scope_reads_and_an_other_area_does_nothing() -> None:
    assert access_of_scopes(frozenset({"consent:write"}), Act.SURVEYS) == Access.WRITE
    assert access_of_scopes(frozenset({"consent:read"}), Act.SURVEYS) == Access.READ
    assert access_of_scopes(frozenset({"consent:write"}), Act.REGISTRY) == Access.NONE


def test_every_resource_of_changes_names_an_act() -> None:
    assert set(RESOURCE_ACTS.values()) <= set(Act.values)
    assert set(RESOURCE_ACTS) >= BELOW_A_BUILDING | SEEN_FROM_BELOW


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("4205", "division"),
        ("420502001001", "division"),
        ("420502001001001", "grid"),
        ("420502001001-001", "neighbourhood"),
        ("42050", None),
        ("", None),
        ("420502001001-01", None),
        ("４２０５", None),
        ("4205\n", None),
    ],
)
def test_a_code_says_what_it_is(code: str, kind: str | None) -> None:
    assert kind_of_code(code) == kind


def test_a_building_without_a_grid_belongs_to_every_grid_of_its_community() -> None:
    grid = "420502001001001"

    assert covers(grid, "420502001001", grid="")
    assert covers(grid, "420502001001", grid=grid)
    assert not covers(grid, "420502001001", grid="420502001001002")
    assert not covers(grid, "420502001002", grid="")


@given(st.lists(CODES, max_size=4), PLACES, st.sampled_from(["", "420502001001001", "420502001001002"]))
def test_a_reach_covers_what_one_of_its_codes_covers(codes: list[str], community: str, grid: str) -> None:
    neighbourhood = f"{community}-001"

    assert Reach.of(codes).covers(community, neighbourhood, grid) == any(
        covers(code, community, neighbourhood, grid) for code in codes
    )


def test_a_visitor_reaches_nothing() -> None:
    class Visitor:
        is_authenticated = False

        def reach(self, *_args: str) -> Reach:
            raise AssertionError("not asked")

    assert not reach_of(Visitor(), Act.REGISTRY)
