import pytest
from hypothesis import given
from hypothesis import strategies as st

from renovation.rules.roster.places import (
    Building,
    Unit,
    building_as_sheet_name,
    building_in_title,
    read_building,
    read_floor,
    read_stairwell,
    read_unit,
)


@pytest.mark.parametrize(
    "text", ["3", "3栋", "三栋", "3#", "3号楼", "03栋", "３栋", " 3 幢 ", "第3栋", "3.0", "3楼", "黄龙小区3栋"]
)
def test_a_building_is_one_number_however_it_is_written(text: str) -> None:
    assert read_building(text) == Building("3")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("十二栋", "12"),
        ("二十一号楼", "21"),
        ("A座", "A"),
        ("a栋", "A"),
        ("甲栋", "甲"),
        ("东区3栋", "东区3"),
        ("二期5号楼", "二期5"),
        ("办公楼", "办公楼"),
    ],
)
def test_buildings_keep_zone_and_letters(text: str, number: str) -> None:
    assert read_building(text) == Building(number)


def test_a_building_with_its_stairwell_in_one_cell() -> None:
    assert read_building("3栋1单元") == Building("3", "1")
    assert read_building("3-1", may_hold_stairwell=True) == Building("3", "1")
    assert read_building("3-1") == Building("3-1")


def test_a_building_of_a_whole_sentence_is_unreadable() -> None:
    assert read_building("这里的编号请去问社区的网格员小王同志再来填写").code == "building_unreadable"


@pytest.mark.parametrize(
    ("text", "number"),
    [("1单元", "1"), ("一单元", "1"), ("2", "2"), ("2门", "2"), ("东单元", "东"), ("", ""), ("-", ""), ("无", "")],
)
def test_stairwells(text: str, number: str) -> None:
    assert read_stairwell(text) == Building(stairwell=number)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("302", Unit("302", "3")),
        ("302.0", Unit("302", "3")),
        ("３０２", Unit("302", "3")),
        ("302室", Unit("302", "3")),
        ("0302", Unit("0302", "3")),
        ("1204", Unit("1204", "12")),
        ("302-1", Unit("302-1", "3")),
        ("302A", Unit("302A", "3")),
        ("门面1", Unit("门面1", use="shop")),
        ("车库12号", Unit("车库12", use="garage")),
        ("储藏间2", Unit("储藏间2", use="storage")),
        ("1单元101室", Unit("101", "1", stairwell="1")),
        ("3-1-101", Unit("101", "1", building="3", stairwell="1")),
        ("3—1—101", Unit("101", "1", building="3", stairwell="1")),
        ("3栋101", Unit("101", "1", building="3")),
        ("3#1-101", Unit("101", "1", building="3", stairwell="1")),
        ("黄龙小区3栋1单元101室", Unit("101", "1", building="3", stairwell="1")),
        ("夷陵大道88号3栋101", Unit("101", "1", building="3")),
        ("1-302", Unit("302", "3", lead="1")),
        ("三楼302", Unit("302", "3")),
        ("9", Unit("9", "")),
        ("门卫室", Unit("门卫室")),
        ("", Unit()),
    ],
)
def test_unit_numbers(text: str, unit: Unit) -> None:
    assert read_unit(text) == unit


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("101、102", "several_units"),
        ("101-103", "several_units"),
        ("2026-03-01", "date_instead_of_unit"),
        ("3月1日", "date_instead_of_unit"),
        ("420502195001011234", "unit_unreadable"),
        ("1.23E+17", "unit_unreadable"),
        ("见备注里写的那一间房子的情况说明和附件", "unit_unreadable"),
    ],
)
def test_what_is_no_unit_number(text: str, code: str) -> None:
    if code == "unit_unreadable" and not text[0].isdigit():
        text *= 2
    assert read_unit(text) == Unit(code=code)


@pytest.mark.parametrize(
    ("text", "floor"),
    [
        ("3", "3"),
        ("三层", "3"),
        ("3F", "3"),
        ("-1", "-1"),
        ("负一层", "-1"),
        ("B1", "-1"),
        ("3/6", "3"),
        ("底层", "1"),
        ("", ""),
    ],
)
def test_floors(text: str, floor: str) -> None:
    assert read_floor(text) == (floor, "")


@pytest.mark.parametrize("text", ["高层", "0", "500"])
def test_what_is_no_floor(text: str) -> None:
    assert read_floor(text) == ("", "floor_unreadable")


def test_titles_and_sheet_names() -> None:
    assert building_in_title("黄龙小区3号楼住户花名册（2026年）") == "3"
    assert building_in_title("黄龙小区住户花名册") == ""
    assert building_as_sheet_name("5") == "5"
    assert building_as_sheet_name("Sheet1") == ""
    assert building_as_sheet_name("2025") == ""
    assert building_in_title("2026年3号楼花名册") == "3"
    assert building_in_title("3-5栋花名册") == ""
    assert building_in_title("黄龙小区共12栋") == ""


@given(st.text(max_size=40))
def test_no_text_breaks_the_readers(text: str) -> None:
    unit, building, stairwell = read_unit(text), read_building(text), read_stairwell(text)
    floor, _code = read_floor(text)

    assert max(map(len, (unit.number, unit.building, building.number, stairwell.stairwell))) <= 20
    assert "\t" not in "".join((*unit, *building, *stairwell))
    assert floor == "" or -5 <= int(floor) <= 120
