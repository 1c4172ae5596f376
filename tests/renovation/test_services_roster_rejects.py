from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.utils import translation

from accounts.models import User
from renovation.errors import NoFileKept
from renovation.models import Household, Neighbourhood
from renovation.reports.roster_problems import TEXTS, problem_text
from renovation.rules.roster.problems import ERRORS, REFUSALS, WARNINGS
from renovation.services.roster_rejects import rejected_rows_workbook
from tests.renovation.roster_files import write_community_workbook, write_csv, write_property_system_workbook
from tests.renovation.roster_helpers import counts, do_import


def rows_of(sheet: Any) -> list[list[Any]]:
    return [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)]


def test_every_code_has_its_words() -> None:
    elsewhere = {"same_unit_twice_elsewhere", "area_suspicious_meant"}

    assert set(TEXTS) - elsewhere == ERRORS | WARNINGS | REFUSALS


def test_words_hold_the_figures() -> None:
    with translation.override("en"):
        twice = problem_text("same_unit_twice", {"first_sheet": "3栋", "first_row": 7}, "3栋")
        elsewhere = problem_text("same_unit_twice", {"first_sheet": "3栋", "first_row": 7}, "4栋")

    assert twice == "This unit stands in row 7 already."
    assert elsewhere == "This unit stands in sheet “3栋”, row 7, already."


def test_the_rows_kept_out_come_with_their_heads_and_problems(
    neighbourhood: Neighbourhood,
    worker: User,
    tmp_path: Path,
) -> None:
    made = do_import(neighbourhood, worker, write_community_workbook(tmp_path / "r.xlsx"), "good_rows")

    with translation.override("en"):
        workbook = openpyxl.load_workbook(rejected_rows_workbook(made))

    assert workbook.sheetnames == ["4栋"]
    assert rows_of(workbook["4栋"]) == [
        ["4号楼", "", "", "", "", "", ""],
        ["序号", "房号", "户主姓名", "手机", "固话", "面积", "问题"],
        ["4号楼1单元", "", "", "", "", "", ""],
        ["3", "1单元102", "褚四", "", "", "86", "房号: This unit stands in row 4 already."],
        ["4", "", "卫五", "", "", "86", "房号: The unit number is missing."],
    ]


def test_mended_and_sent_again_it_imports_cleanly(
    neighbourhood: Neighbourhood,
    worker: User,
    tmp_path: Path,
) -> None:
    made = do_import(neighbourhood, worker, write_community_workbook(tmp_path / "r.xlsx"), "good_rows")
    workbook = openpyxl.load_workbook(rejected_rows_workbook(made))
    workbook["4栋"]["B4"] = "1单元103"
    workbook["4栋"]["B5"] = "1单元104"
    workbook.save(tmp_path / "mended.xlsx")

    mended = do_import(neighbourhood, worker, tmp_path / "mended.xlsx")

    assert counts(mended) == ("done", 2, 0, 0, 0)
    added = Household.objects.filter(head_name__in=["褚四", "卫五"]).order_by("id")
    assert [(str(door.building), door.unit_number) for door in added] == [("4", "103"), ("4", "104")]


def test_blank_cells_that_meant_the_one_above_are_written_out_and_secrets_are_not(
    neighbourhood: Neighbourhood,
    worker: User,
    tmp_path: Path,
) -> None:
    path = write_csv(
        tmp_path / "r.csv",
        [
            ["楼栋", "单元", "房号", "户主", "身份证号", "是否党员", "建筑面积"],
            ["3栋", "2单元", "101", "张三", "420502195001011234", "是", 80],
            ["", "", "101", "李四420502196001011234", "420502196001011234", "否", 80],
        ],
    )
    made = do_import(neighbourhood, worker, path, "good_rows")

    with translation.override("en"):
        workbook = openpyxl.load_workbook(rejected_rows_workbook(made))

    assert rows_of(workbook.worksheets[0]) == [
        ["楼栋", "单元", "房号", "户主", "建筑面积", "问题"],
        ["3", "2", "101", "李四***", "80", "房号: This unit stands in row 2 already."],
    ]


def test_a_property_systems_rows_keep_the_sheets_they_refer_to(
    neighbourhood: Neighbourhood,
    worker: User,
    tmp_path: Path,
) -> None:
    made = do_import(neighbourhood, worker, write_property_system_workbook(tmp_path / "r.xlsx"), "good_rows")
    workbook = openpyxl.load_workbook(rejected_rows_workbook(made))
    assert workbook.sheetnames == ["楼栋单元", "房屋信息", "业主信息", "车位信息"]
    assert "身份证号" not in rows_of(workbook["业主信息"])[0]
    workbook["房屋信息"]["B2"] = "L02"
    workbook["房屋信息"]["D2"] = "301"
    workbook["车位信息"]["A2"] = "A-03"
    workbook.save(tmp_path / "mended.xlsx")

    mended = do_import(neighbourhood, worker, tmp_path / "mended.xlsx")

    assert not mended.problems.values()
    assert counts(mended) == ("done", 1, 0, 0, 0)
    door = Household.objects.get(unit_number="301")
    assert [ownership.owner.name for ownership in door.ownerships.all()] == ["张三"]


def test_without_the_file_there_is_no_workbook(
    neighbourhood: Neighbourhood,
    worker: User,
    tmp_path: Path,
) -> None:
    made = do_import(neighbourhood, worker, write_community_workbook(tmp_path / "r.xlsx"), "good_rows")
    made.file.delete()

    with pytest.raises(NoFileKept):
        rejected_rows_workbook(made)
