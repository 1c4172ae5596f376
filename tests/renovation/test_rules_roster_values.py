from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renovation.choices import Occupancy, TenureType, Use
from renovation.rules.roster import values
from renovation.rules.roster.values import is_suspicious, meant_area, read_area, read_occupancy, read_tenure, read_use


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("86.5", "86.50"),
        ("86.5平", "86.50"),
        ("86.5㎡", "86.50"),
        ("86.5 m2", "86.50"),
        ("８６．５平方米", "86.50"),
        ("约86", "86.00"),
        ("1,086", "1086.00"),
        ("86.505", "86.51"),
        ("86.50499999", "86.50"),
    ],
)
def test_areas(text: str, area: str) -> None:
    assert read_area(text) == (area, "")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "area_empty"),
        ("-", "area_empty"),
        ("0", "area_zero"),
        ("0.001", "area_zero"),
        ("八十六", "area_unreadable"),
        ("86+12", "area_unreadable"),
        ("86,5", "area_unreadable"),
        ("9999999", "area_unreadable"),
        ("9" * 40, "area_unreadable"),
    ],
)
def test_an_area_that_cannot_be_read_is_unknown_and_never_zero(text: str, code: str) -> None:
    assert read_area(text) == ("", code)


@given(st.decimals("0.01", "999999.99", places=2))
def test_every_area_with_two_places_is_read_as_it_is(area: Decimal) -> None:
    assert Decimal(read_area(f"{area}平方米")[0]) == area


@pytest.mark.parametrize(
    ("text", "tenure"),
    [
        ("房改房", "reformed_public"),
        ("商品房", "commodity"),
        ("集资房", "raised_fund"),
        ("单位集资房", "raised_fund"),
        ("单位宿舍", "work_unit"),
        ("公租房", "public_rental"),
        ("自建", "self_built"),
        ("还建房", "other"),
        ("", ""),
    ],
)
def test_tenure_words(text: str, tenure: str) -> None:
    assert read_tenure(text) == (tenure, "")


@pytest.mark.parametrize(
    ("text", "use"),
    [
        ("住宅", "residential"),
        ("商铺", "shop"),
        ("门面", "shop"),
        ("车库", "garage"),
        ("储藏间", "storage"),
        ("办公", "other"),
        ("商住", "residential"),
    ],
)
def test_use_words(text: str, use: str) -> None:
    assert read_use(text) == (use, "")


@pytest.mark.parametrize(
    ("text", "occupancy"),
    [("自住", "owner"), ("出租", "let"), ("空置", "vacant"), ("空", "vacant"), ("未入住", "vacant"), ("无", "")],
)
def test_occupancy_words(text: str, occupancy: str) -> None:
    assert read_occupancy(text) == (occupancy, "")


def test_unknown_words_are_said_to_be_so() -> None:
    assert read_tenure("甲类") == ("", "tenure_unreadable")
    assert read_use("甲类") == ("", "use_unreadable")
    assert read_occupancy("甲类") == ("", "occupancy_unreadable")


def test_every_word_is_a_choice_of_the_model() -> None:
    assert {value for _words, value in values._TENURE} <= set(TenureType.values)
    assert {value for _words, value in values._USE} <= set(Use.values)
    assert {value for _words, value in values._OCCUPANCY} <= set(Occupancy.values)


@pytest.mark.parametrize(
    ("area", "suspicious"), [(300.0, False), (300.01, True), (33.34, False), (33.33, True), (1086.0, True)]
)
def test_more_than_three_times_the_median_or_less_than_a_third_is_suspicious(area: float, suspicious: bool) -> None:
    assert is_suspicious(area, 100.0) is suspicious


def test_a_lost_decimal_point_is_guessed() -> None:
    assert meant_area(1086.0, 100.0) == 108.6
    assert meant_area(9.1, 100.0) == 91.0
    assert meant_area(50_000.0, 100.0) is None
