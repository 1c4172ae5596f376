"""Whatever stands in a file's cells, what comes out of the reading can be stored, and nothing breaks it."""

import csv
import re
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renovation.choices import AreaSource, Occupancy, OwnerKind, TenureType, Use
from renovation.rules.roster.files import UnreadableFile
from renovation.rules.roster.reading import Reading, Row

HEADERS = [
    "序号",
    "小区名称",
    "楼栋",
    "单元",
    "楼层",
    "房号",
    "户主",
    "业主",
    "业主电话",
    "电话",
    "建筑面积",
    "产权性质",
]
HEADERS += ["用途", "居住情况", "备注", "车位", "身份证号", "子丑"]
CELLS = st.one_of(
    st.just(""),
    st.text(max_size=30),
    st.text(alphabet="0123456789一二三十栋单元号楼室层-/、., ()（）\\\t\"'#\u3000\0", max_size=40),
    st.sampled_from(
        [
            "3栋",
            "1单元",
            "101",
            "0302",
            "3-1-101",
            "张三",
            "张三、李四",
            "13800138000",
            "86.5平",
            "合计",
            "门面1",
            "同上",
        ]
    ),
    st.integers(0, 10**30).map(str),
)
LENGTHS = {"building": 20, "stairwell": 20, "unit_number": 20, "head_name": 60, "remarks": 500}


def read(rows: list[list[str]]) -> tuple[Reading, list[Row]] | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r.csv"
        with path.open("w", encoding="utf-8", errors="surrogatepass", newline="") as file:
            csv.writer(file).writerows(rows)
        try:
            reading = Reading(path, names=["黄龙小区"])
            return reading, list(reading.rows())
        except UnreadableFile:
            return None


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(CELLS, min_size=0, max_size=len(HEADERS) + 2), max_size=8))
def test_what_is_read_can_be_stored(rows: list[list[str]]) -> None:
    outcome = read([HEADERS, *rows])
    if outcome is None:
        return
    reading, households = outcome

    for row in households:
        assert not re.search(r"[\x00-\x1f\\\ud800-\udfff]", "".join(row))
        assert all(len(getattr(row, name)) <= length for name, length in LENGTHS.items())
        assert row.building
        assert row.stairwell
        assert row.unit_number
        assert row.gross_floor_area == "" or re.fullmatch(r"\d{1,6}\.\d\d", row.gross_floor_area)
        assert all(-10 < int(floor) < 200 for floor in (row.floor, row.floor_guess) if floor)
        assert {row.use, row.use_guess} <= {"", *Use.values}
        assert row.tenure_type in ("", *TenureType.values)
        assert row.occupancy in ("", *Occupancy.values)
        assert row.area_source in ("", *AreaSource.values)
        assert set(row.owner_kinds.split("、")) <= {"", *OwnerKind.values}
        assert all(len(name) <= 80 for name in row.owners.split("、"))
        for phones in (row.phones, row.owner_phones):
            assert phones == "" or re.fullmatch(r"\{[0-9-]{7,20}(,[0-9-]{7,20})*\}", phones)
    assert len({row[1:4] for row in households}) == len(households)
    assert len(households) + len(reading.rejected) == reading.rows_read + len(reading.late)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(CELLS, max_size=6), max_size=8))
def test_a_file_of_anything_is_read_or_refused(rows: list[list[str]]) -> None:
    outcome = read(rows)

    assert outcome is None or outcome[0].tables
