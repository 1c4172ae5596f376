from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renovation.choices import FundingKind, ResidentsRoute
from renovation.rules.funding import (
    FROM_PERSONS,
    PER_HOUSEHOLD,
    SMALL_GROUP,
    FourSums,
    Group,
    groups_to_show,
    may_name_payer,
    read_weights,
    source_fault,
)

MONEY = st.decimals(min_value=-(10**8), max_value=10**8, places=2)


def fault_of(kind: str = "residents", route: str = "by_area", weights: Any = None, has_stairwell: bool = False) -> str:
    found = source_fault(kind=kind, route=route, floor_weights=weights or {}, has_stairwell=has_stairwell)
    return f"{found.name}: {found.code}" if found else ""


@pytest.mark.parametrize("kind", FundingKind.values)
def test_residents_and_nobody_else_say_how_they_raise_it(kind: str) -> None:
    assert fault_of(kind, "") == ("route: route_missing" if kind == "residents" else "")
    assert fault_of(kind, "by_area") == ("" if kind == "residents" else "route: route_of_residents_only")


@pytest.mark.parametrize("route", ResidentsRoute.values)
def test_floors_have_weights_where_it_is_raised_by_them(route: str) -> None:
    by_weight = route == "by_weight"

    assert fault_of(route=route) == ("floor_weights: weights_missing" if by_weight else "")
    assert fault_of(route=route, weights={"2": "1"}) == ("" if by_weight else "floor_weights: weights_by_weight_only")


@pytest.mark.parametrize("route", ResidentsRoute.values)
def test_only_what_households_share_may_be_one_stairwells(route: str) -> None:
    found = fault_of(route=route, weights={"2": "1"} if route == "by_weight" else {}, has_stairwell=True)

    assert found == ("" if route in PER_HOUSEHOLD else "stairwell: stairwell_of_households_only")


def test_the_ground_floor_may_pay_nothing() -> None:
    assert read_weights({"1": "0", "2": "0.5", "-1": "1.2345"}) == {1: 0, 2: Decimal("0.5"), -1: Decimal("1.2345")}


@pytest.mark.parametrize(
    "weights",
    [
        {"1": "0"},
        {"1": "-1"},
        {"1": "1.23456"},
        {"1": "NaN"},
        {"1": "Infinity"},
        {"1": "sNaN"},
        {"1": "1000000.1"},
        {"1": "one"},
        {"one": "1"},
        {"01": "1"},
        {"1.0": "1"},
        {"200": "1"},
        {"-10": "1"},
        {"１": "1"},
    ],
)
def test_what_is_no_weight_of_a_floor_cannot_be_read(weights: dict[str, str]) -> None:
    assert read_weights(weights) is None
    assert fault_of(route="by_weight", weights=weights) == "floor_weights: weights_unreadable"


@given(st.tuples(*[MONEY] * 4), st.tuples(*[MONEY] * 4))
def test_the_four_numbers_add_up_each_by_itself(one: tuple[Decimal, ...], other: tuple[Decimal, ...]) -> None:
    total = FourSums(*one) + FourSums(*other)

    sums = (total.planned, total.committed, total.received, total.spent)
    assert sums == tuple(a + b for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("kind", FundingKind.values)
def test_a_person_is_named_with_consent_or_to_whoever_keeps_contributions(kind: str) -> None:
    seen = [
        may_name_payer(kind=kind, agreed=agreed, reads_contributions=reads)
        for agreed in (False, True)
        for reads in (False, True)
    ]

    assert seen == [kind not in FROM_PERSONS, True, True, True]


def a_group(key: int, households: int) -> Group:
    return Group(key, str(key), households, Decimal(households), Decimal(2), Decimal(1))


@given(st.lists(st.integers(1, 12), max_size=8))
def test_no_group_of_fewer_than_five_households_is_ever_readable(sizes: list[int]) -> None:
    groups = [a_group(key, size) for key, size in enumerate(sizes, 1)]

    shown = groups_to_show(groups, sees_households=False)

    assert sum(group.households for group in shown) == sum(sizes)
    assert sum((group.due for group in shown), Decimal(0)) == sum(sizes)
    assert sum(group.buildings for group in shown) == len(sizes)
    readable = [group for group in shown if not group.is_hidden]
    assert all(group.households >= SMALL_GROUP for group in readable)
    # What is hidden cannot be told from the total either, unless it is all there is.
    assert not readable or len(readable) == len(shown)


@given(st.lists(st.integers(1, 12), max_size=8))
def test_whoever_may_see_households_sees_each_building(sizes: list[int]) -> None:
    groups = [a_group(key, size) for key, size in enumerate(sizes, 1)]

    assert groups_to_show(groups, sees_households=True) == groups
