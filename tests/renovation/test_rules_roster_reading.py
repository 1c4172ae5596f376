from pathlib import Path

import pytest

from renovation.rules.roster.files import UnreadableFile
from renovation.rules.roster.reading import Reading, Row
from renovation.rules.roster.references import Space
from tests.renovation.roster_files import (
    write_community_workbook,
    write_csv,
    write_property_system_workbook,
    write_xls,
    write_xlsx,
)

HEADER = ["楼栋", "单元", "房号", "户主姓名", "建筑面积"]


def read(path: Path, **options: object) -> tuple[Reading, list[Row]]:
    reading = Reading(path, **options)  # type: ignore[arg-type]
    return reading, list(reading.rows())


def doors(rows: list[Row]) -> list[tuple[str, str, str]]:
    return [(row.building, row.stairwell, row.unit_number) for row in rows]


def said(reading: Reading) -> list[tuple[str, int, str, str]]:
    return [(problem.sheet, problem.row, problem.column, problem.code) for problem in reading.problems]


def test_a_workbook_as_communities_have_them(tmp_path: Path) -> None:
    reading, rows = read(write_community_workbook(tmp_path / "r.xlsx"), names=["黄龙小区"])

    assert doors(rows) == [
        ("3", "1", "0101"),
        ("3", "1", "102"),
        ("3", "2", "103"),
        ("3", "2", "104"),
        ("3", "2", "门面1"),
        ("3", "2", "201"),
        ("3", "2", "202-1"),
        ("3", "2", "202-2"),
        ("3", "2", "301"),
        ("4", "1", "101"),
        ("4", "1", "102"),
    ]
    first, second, third, fourth, shop, empty = rows[:6]
    assert (first.head_name, first.phones, first.gross_floor_area, first.tenure_type, first.remarks) == (
        "张三",
        "{13800138001}",
        "86.50",
        "reformed_public",
        "独居",
    )
    assert (second.head_name, second.phones, second.gross_floor_area) == (
        "李四",
        "{13800138002,0717-6223344}",
        "90.10",
    )
    assert (third.head_name, third.phones, third.remarks) == ("王五", "", "身份证***")
    assert (fourth.head_name, fourth.owners, fourth.gross_floor_area) == ("赵六", "赵六、钱七", "")
    assert (shop.use, shop.use_guess, shop.floor, shop.floor_guess) == ("", "shop", "", "")
    assert (first.floor, first.floor_guess) == ("", "1")
    assert (empty.head_name, empty.occupancy) == ("", "vacant")
    assert said(reading) == [
        ("3栋", 7, "G", "phone_digits"),
        ("3栋", 7, "K", "identity_number_removed"),
        ("3栋", 7, "E", "name_in_brackets"),
        ("3栋", 7, "H", "area_suspicious"),
        ("3栋", 8, "H", "area_empty"),
        ("3栋", 8, "E", "several_names"),
        ("4栋", 2, "F", "hidden_column"),
        ("4栋", 5, "B", "same_unit_twice"),
        ("4栋", 6, "B", "unit_missing"),
        ("填表说明", 1, "", "sheet_not_read"),
        ("去年", 0, "", "hidden_sheet"),
    ]
    assert reading.rows_read == 13
    assert [reading.where(key) for key in sorted(reading.rejected)] == [("4栋", 5), ("4栋", 6)]
    suspicious = next(problem for problem in reading.problems if problem.code == "area_suspicious")
    assert suspicious.params == {"area": "1086.00", "usual": "88.00", "meant": "108.60"}


def test_nothing_personal_is_in_a_problem(tmp_path: Path) -> None:
    reading, _rows = read(write_community_workbook(tmp_path / "r.xlsx"))

    words = repr(reading.problems)
    assert "phone_digits" in words
    assert not any(secret in words for secret in ("420502", "1380013800", "王小五", "钱七"))


def test_a_property_systems_sheets_refer_to_each_other_by_number(tmp_path: Path) -> None:
    reading, rows = read(write_property_system_workbook(tmp_path / "r.xlsx"))

    assert doors(rows) == [("1", "1", "101"), ("1", "2", "101"), ("2", "1", "201"), ("2", "1", "202")]
    assert [(row.owners, row.owner_kinds, row.owner_phones) for row in rows] == [
        ("张三", "", "{13800138001}"),
        ("李四、宜昌某某有限公司", "person、company", "{13800138002}"),
        ("张三", "", "{13800138001}"),
        ("", "", ""),
    ]
    assert reading.spaces == [
        Space("A-01", "planned", "12.50", "1", "2", "101"),
        Space("A-02", "shared_land", "", "2", "1", "201"),
    ]
    assert said(reading) == [
        ("房屋信息", 5, "B", "unknown_building"),
        ("房屋信息", 6, "G", "unknown_owner"),
        ("车位信息", 4, "A", "space_missing"),
    ]


def test_a_blank_building_or_stairwell_is_the_one_above(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "r.csv",
        [
            HEADER,
            ["3栋", "1单元", "101"],
            ["", "", "102"],
            ["", "2单元", "101"],
            ["4栋", "", "101"],
            ["4栋", "", "102"],
        ],
    )

    reading, rows = read(path)

    assert doors(rows) == [
        ("3", "1", "101"),
        ("3", "1", "102"),
        ("3", "2", "101"),
        ("4", "1", "101"),
        ("4", "1", "102"),
    ]
    assert {problem.code for problem in reading.problems} == {"area_empty"}


def test_a_stairwell_taken_from_above_though_the_building_is_stated_is_said(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "r.csv", [HEADER, ["3栋", "2", "101", "", 80], ["3栋", "", "102", "", 80]])

    reading, rows = read(path)

    assert doors(rows) == [("3", "2", "101"), ("3", "2", "102")]
    assert said(reading) == [("", 3, "B", "stairwell_from_above")]


def test_merged_cells_of_an_old_workbook_fill_down_and_a_merged_area_is_unknown(tmp_path: Path) -> None:
    path = write_xls(
        tmp_path / "r.xls",
        [HEADER, ["3栋", "1", "101", "张三", 160.0], ["", "", "102", "", ""]],
        merged=[(1, 2, 0, 0), (1, 2, 1, 1), (1, 2, 3, 3), (1, 2, 4, 4)],
    )

    reading, rows = read(path)

    assert [(row.building, row.unit_number, row.head_name, row.gross_floor_area) for row in rows] == [
        ("3", "101", "张三", "160.00"),
        ("3", "102", "张三", ""),
    ]
    assert said(reading) == [("Sheet1", 3, "E", "area_merged")]


def test_a_lead_is_a_building_or_a_stairwell(tmp_path: Path) -> None:
    without = write_csv(tmp_path / "a.csv", [["房号", "户主", "电话"], ["3-101", "张三", ""], ["4-101", "李四", ""]])
    stairwells = write_csv(
        tmp_path / "b.csv",
        [["楼栋", "房号", "户主"], ["3", "1-101", "张三"], ["3", "2-101", "李四"], ["3", "3-101", "王五"]],
    )
    repeated = write_csv(tmp_path / "c.csv", [["楼栋", "房号", "户主"], ["3", "3-101", "张三"], ["3", "3-102", "李四"]])

    assert doors(read(without)[1]) == [("3", "1", "101"), ("4", "1", "101")]
    assert doors(read(stairwells)[1]) == [("3", "1", "101"), ("3", "2", "101"), ("3", "3", "101")]
    assert doors(read(repeated)[1]) == [("3", "1", "101"), ("3", "1", "102")]


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        (["", "1", "101"], "A", "building_missing"),
        (["3", "1", ""], "C", "unit_missing"),
        (["3", "1", "4栋101"], "C", "place_contradicts"),
        (["3", "1", "2单元101"], "C", "place_contradicts"),
        (["3", "1", "101、102"], "C", "several_units"),
        (["3", "1", "2026-01-01"], "C", "date_instead_of_unit"),
        (["3", "1", "420502195001011234"], "C", "unit_unreadable"),
    ],
)
def test_a_door_that_cannot_be_told_is_an_error_at_its_place(
    tmp_path: Path, row: list[str], column: str, code: str
) -> None:
    path = write_csv(tmp_path / "r.csv", [HEADER, [*row, "张三", "80"]])

    reading, rows = read(path)

    assert rows == []
    assert said(reading) == [("", 2, column, code)]
    assert reading.problems[0].is_error
    assert list(reading.rejected) == [2]


def test_titles_totals_repeated_headers_and_notes_are_no_households(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "r.csv",
        [
            ["某某小区花名册"],
            ["填报单位：某某社区", "", "2026年"],
            ["序号", "房号", "户主姓名", "建筑面积"],
            ["5栋2单元"],
            [1, "101", "张三", 80],
            ["", "小 计", "", 80],
            ["序号", "房号", "户主姓名", "建筑面积"],
            ["6栋"],
            [1, "101", "李四", 80],
            [2],
            ["", "", "合计", 160],
            ["注：面积以产权证为准"],
        ],
    )

    reading, rows = read(path)

    assert doors(rows) == [("5", "2", "101"), ("6", "1", "101")]
    assert reading.rows_read == 2
    assert reading.problems == []


def test_the_same_unit_in_two_sheets_is_said_with_the_first_place(tmp_path: Path) -> None:
    sheet = [["房号", "户主姓名", "面积"], ["101", "张三", 80]]
    path = write_xlsx(tmp_path / "r.xlsx", {"3栋": sheet, "三栋（补）": [["3号楼"], *sheet]})

    reading, rows = read(path)

    assert doors(rows) == [("3", "1", "101")]
    assert said(reading) == [("三栋（补）", 3, "A", "same_unit_twice")]
    assert reading.problems[0].params == {"first_sheet": "3栋", "first_row": 2}


def test_another_neighbourhoods_rows_are_errors_where_this_one_is_named_too(tmp_path: Path) -> None:
    header = ["小区名称", *HEADER]
    both = write_csv(
        tmp_path / "a.csv", [header, ["黄龙", "1", "1", "101", "", 80], ["白龙小区", "1", "1", "102", "", 80]]
    )
    alias = write_csv(
        tmp_path / "b.csv", [header, ["物资局宿舍", "1", "1", "101", "", 80], ["物资局宿舍", "1", "1", "102", "", 80]]
    )

    mixed, _rows = read(both, names=["黄龙小区"])
    renamed, rows = read(alias, names=["黄龙小区"])

    assert said(mixed) == [("", 3, "A", "other_neighbourhood")]
    assert mixed.late == list(mixed.rejected) == [3]
    assert said(renamed) == [("", 2, "A", "neighbourhood_differs")]
    assert len(rows) == 2
    assert renamed.rejected == {}


def test_unknown_columns_are_offered_and_a_remembered_mapping_is_used(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "r.csv", [["楼栋", "子丑", "寅卯"], ["3", "101", "80"]])

    unmapped, none = read(path)
    shape = unmapped.tables[0].signature
    reading, rows = read(path, remembered={shape: {"子丑": "unit_number", "寅卯": "ignore"}})

    assert none == []
    assert said(unmapped) == [
        ("", 1, "", "no_table_found"),
        ("", 1, "B", "unknown_column"),
        ("", 1, "C", "unknown_column"),
    ]
    assert doors(rows) == [("3", "1", "101")]
    assert said(reading) == [("", 1, "", "no_area_column")]


def test_a_file_without_any_header_offers_its_fullest_row(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "r.csv", [["3", "101", "张三"], ["3", "102", "李四"]])

    reading, rows = read(path)

    assert rows == []
    assert reading.problems[0].code == "no_table_found"
    assert [column.key for column in reading.tables[0].columns] == ["3", "101", "张三"]


def test_a_workbook_of_empty_sheets_is_empty(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        Reading(write_xlsx(tmp_path / "r.xlsx", {"一": [], "二": [[""]]}))

    assert refusal.value.code == "file_empty"
