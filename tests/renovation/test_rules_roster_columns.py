import pytest

from renovation.rules.roster.columns import (
    Fate,
    Field,
    area_source,
    columns_of,
    letter_of,
    mapped,
    recognise,
    signature,
)


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("楼栋", Field.BUILDING),
        ("幢 号", Field.BUILDING),
        ("*楼栋号（必填）", Field.BUILDING),
        ("Building", Field.BUILDING),
        ("单元", Field.STAIRWELL),
        ("房号", Field.UNIT),
        ("unit_number", Field.UNIT),
        ("房屋坐落", Field.PLACE),
        ("户主姓名", Field.HEAD),
        ("产权人", Field.OWNER),
        ("业主联系电话", Field.OWNER_PHONE),
        ("联系电话", Field.PHONE),
        ("手机号码1", Field.PHONE),
        ("建筑面积(㎡)", Field.AREA),
        ("房产证面积", Field.AREA),
        ("房屋性质", Field.TENURE),
        ("居住情况", Field.OCCUPANCY),
        ("备注", Field.REMARKS),
    ],
)
def test_columns_are_known_by_their_many_names(header: str, field: Field) -> None:
    fate, found, _rank = recognise(header)

    assert (fate, found) == (Fate.USED, field)


@pytest.mark.parametrize(
    ("header", "fate"),
    [
        ("身份证号", Fate.IDENTITY),
        ("户主身份证号码", Fate.IDENTITY),
        ("是否党员", Fate.SENSITIVE),
        ("60岁以上", Fate.SENSITIVE),
        ("常住人口", Fate.SENSITIVE),
        ("残疾/低保", Fate.SENSITIVE),
        ("改造意愿", Fate.WILLINGNESS),
        ("是否同意改造", Fate.WILLINGNESS),
        ("签字", Fate.WILLINGNESS),
        ("出资金额", Fate.NOT_KEPT),
        ("是否有违建", Fate.NOT_KEPT),
        ("承租人及电话", Fate.NOT_KEPT),
        ("产权证号", Fate.NOT_KEPT),
        ("天干地支", Fate.UNKNOWN),
    ],
)
def test_what_is_not_imported(header: str, fate: Fate) -> None:
    assert recognise(header)[0] is fate


def test_the_heading_above_says_whose_name_and_phone_it_is() -> None:
    assert recognise("姓名", "产权人信息")[1] is Field.OWNER
    assert recognise("电话", "产权人信息")[1] is Field.OWNER_PHONE
    assert recognise("姓名", "户主")[1] is Field.HEAD
    assert recognise("姓名", "承租人")[0] is Fate.NOT_KEPT


def test_of_two_columns_for_one_field_the_surer_name_wins() -> None:
    weak, strong = columns_of(["面积", "建筑面积"], [], [0, 1])

    assert (weak.fate, weak.field) == (Fate.UNKNOWN, None)
    assert strong.field is Field.AREA


def test_a_column_without_name_and_content_is_none() -> None:
    assert [column.key for column in columns_of(["房号", "", ""], [], [0, 2])] == ["房号", "#C"]


def test_a_mapping_gives_unknown_columns_a_meaning_and_takes_it_from_others() -> None:
    columns = columns_of(["房号", "甲", "面积", "身份证号"], [], range(4))

    unit, first, area, identity = mapped(columns, {"甲": "gross_floor_area", "身份证号": "remarks"})

    assert unit.field is Field.UNIT
    assert first.field is Field.AREA
    assert (area.fate, area.field) == (Fate.NOT_KEPT, None)
    assert identity.fate is Fate.IDENTITY


def test_the_shape_of_a_head_does_not_depend_on_columns_that_are_dropped() -> None:
    whole = columns_of(["房号", "甲", "身份证号", "是否党员"], [], range(4))
    mended = columns_of(["问题", "房号", "甲"], [], range(3))
    other = columns_of(["房号", "乙"], [], range(2))

    assert signature(whole) == signature(mended)
    assert signature(whole) != signature(other)


def test_letters_and_sources() -> None:
    assert [letter_of(index) for index in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
    assert [area_source(name) for name in ("房产证面积", "实测面积", "合同面积", "建筑面积")] == [
        "register",
        "survey",
        "contract",
        "",
    ]
