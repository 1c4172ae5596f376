"""Rosters as communities and property systems really keep them, made for the tests. All names are invented."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import xlwt

Cells = Iterable[Sequence[Any]]


def write_csv(path: Path, rows: Cells, *, encoding: str = "utf-8", delimiter: str = ",") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def write_xlsx(
    path: Path,
    sheets: dict[str, Cells],
    *,
    merged: dict[str, Sequence[str]] | None = None,
    hidden: Sequence[str] = (),
    hidden_columns: Sequence[str] = (),
) -> Path:
    """Every sheet's rows from A1; `merged` are ranges by sheet; `hidden_columns` are letters, hidden on all sheets."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        for area in (merged or {}).get(name, ()):
            sheet.merge_cells(area)
        for letter in hidden_columns:
            sheet.column_dimensions[letter].hidden = True
        if name in hidden:
            sheet.sheet_state = "hidden"
    workbook.save(path)
    return path


def write_xls(path: Path, rows: Cells, *, merged: Sequence[tuple[int, int, int, int]] = ()) -> Path:
    """`merged` are first row, last row, first column, last column, from 0; the value is that of the first cell."""
    workbook = xlwt.Workbook()
    sheet = workbook.add_sheet("Sheet1")
    tops = {(first, left): area for area in merged for first, _last, left, _right in [area]}
    covered = {
        (row, column)
        for first, last, left, right in merged
        for row in range(first, last + 1)
        for column in range(left, right + 1)
    }
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if area := tops.get((number, column)):
                sheet.write_merge(*area, value)
            elif (number, column) not in covered:
                sheet.write(number, column, value)
    workbook.save(str(path))
    return path


COMMUNITY_HEADER = [
    "序号",
    "楼栋",
    "单元",
    "房号",
    "户主姓名",
    "身份证号",
    "联系电话",
    "建筑面积(㎡)",
    "产权性质",
    "房屋用途",
    "居住情况",
    "备注",
]


def write_community_workbook(path: Path) -> Path:
    """One sheet a building; titles, two header rows, merged cells, totals, notes below, a hidden sheet."""
    title = ["黄龙小区3号楼住户花名册"]
    top = ["序号", "住址", "", "", "户主", "", "联系电话", "建筑面积(㎡)", "产权性质", "是否党员", "备注"]
    below = ["", "楼栋", "单元", "房号", "姓名", "身份证号", "", "", "", "", ""]
    third = [
        title,
        [],
        top,
        below,
        [1, "3栋", "一单元", "0101", "张三", "420502195001011234", 13800138001, "86.5平", "房改房", "是", "独居"],
        [2, None, None, 102.0, "李 四", "", "13800138002/0717-6223344", "９０．１㎡", "商品房", "", ""],
        [
            3,
            None,
            "2单元",
            "1０３",
            "王五(王小五)",
            "",
            "1380013800",
            "1,086",
            "集资房",
            "",
            "身份证420502196001011234",
        ],
        [4, None, None, "104", "赵六、钱七", "", "", "", "单位宿舍", "", ""],
        ["小计", "", "", "4户", "", "", "", 1262.6, "", "", ""],
        top,
        below,
        [5, "3#", "2单元", "门面1", "孙八", "", "13800138005", 45, "自建", "", ""],
        [6, "三栋", "2单元", "201", "空置", "", "", 88.0, "公租房", "", ""],
        [7, "3号楼", "二单元", "202-1", "周九", "", "13800138007", 92.25, "商品房", "", ""],
        [8, "3号楼", "二单元", "202-2", "吴十", "", "13800138008", 30.5, "商品房", "", ""],
        [9, "3号楼", "二单元", "301", "郑一", "", "13800138009", 91, "商品房", "", ""],
        ["合计", None, None, None, None, None, None, 1609.35],
        ["制表人：", "王丽", None, "日期：", "2026-11-01"],
    ]
    fourth = [
        ["4号楼"],
        ["序号", "房号", "户主姓名", "手机", "固话", "面积"],
        [1, "1单元101室", "冯二", "13800138011", "6223345", "85"],
        [2, "1单元102室", "陈三", "", "", "86"],
        [3, "1单元102", "褚四", "", "", "86"],
        [4, "", "卫五", "", "", "86"],
    ]
    return write_xlsx(
        path,
        {
            "3栋": third,
            "4栋": fourth,
            "填表说明": [["请如实填写"]],
            "去年": [["序号", "楼栋", "房号"], [1, "9栋", "101"]],
        },
        merged={
            "3栋": ["A1:K1", "B3:D3", "E3:F3", "B5:B8", "C5:C6", "C7:C8"],
            "4栋": ["A1:F1"],
        },
        hidden=["去年"],
        hidden_columns=["F"],
    )


def write_property_system_workbook(path: Path) -> Path:
    """Sheets that refer to each other by number, rooms before owners, as a property system exports them."""
    return write_xlsx(
        path,
        {
            "楼栋单元": [
                ["楼栋编号", "楼栋名称", "单元编号", "总层数", "是否有电梯"],
                ["L01", "1号楼", "1", 6, "无"],
                ["L01", "1号楼", "2", 6, "无"],
                ["L02", "2号楼", "1", 6, "无"],
            ],
            "房屋信息": [
                ["房屋编号", "楼栋编号", "单元编号", "房号", "房屋楼层", "建筑面积", "业主编号"],
                ["F1", "L01", "1", "101", 1, 80.5, "Y1"],
                ["F2", "L01", "2", "101", 1, 81, "Y2,Y3"],
                ["F3", "L02", "1", "201", 2, 82, "Y1"],
                ["F4", "L09", "1", "201", 2, 82, "Y1"],
                ["F5", "L02", "1", "202", 2, 82, "Y9"],
            ],
            "业主信息": [
                ["业主编号", "业主名称", "性别", "身份证号", "联系电话"],
                ["Y1", "张三", "男", "420502195001011234", "13800138001"],
                ["Y2", "李四", "女", "", "13800138002"],
                ["Y3", "宜昌某某有限公司", "", "", "0717-6223344"],
            ],
            "车位信息": [
                ["车位编号", "车位类型", "面积", "业主编号", "房屋编号", "车牌号"],
                ["A-01", "产权车位", 12.5, "Y2", "", "鄂E00001"],
                ["A-02", "地面", "", "", "F3", ""],
                ["", "地面", "", "", "F3", ""],
            ],
        },
    )
