import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from renovation.rules.roster import files
from renovation.rules.roster.files import UnreadableFile, open_sheets
from tests.renovation.roster_files import write_csv, write_xls, write_xlsx

ROWS = [["楼栋", "房号", "户主"], ["3栋", "101", "张三"], ["3栋", "102", "李四、王五"]]


def rows_of(path: Path) -> list[list[str]]:
    return [row for sheet in open_sheets(path) for row in sheet.rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_in_every_encoding_and_with_every_delimiter(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = write_csv(tmp_path / "r.csv", ROWS, encoding=encoding, delimiter=delimiter)

    assert rows_of(path) == ROWS


def test_gb18030_is_found_late_in_a_long_file(tmp_path: Path) -> None:
    many = [["a", "1", "b"]] * 100_000
    path = write_csv(tmp_path / "r.csv", [*many, *ROWS], encoding="gb18030")

    assert rows_of(path)[-3:] == ROWS


def test_xls_is_read_by_what_it_is_and_not_by_its_name(tmp_path: Path) -> None:
    path = write_xls(tmp_path / "r.csv", [["楼栋", "房号"], ["3栋", 101.0], ["", "0102"]], merged=[(1, 2, 0, 0)])

    sheet = next(iter(open_sheets(path)))

    assert list(sheet.rows) == [["楼栋", "房号"], ["3栋", "101"], ["", "0102"]]
    assert [(area.top, area.bottom, area.left) for area in sheet.merged] == [(1, 2, 0)]


def test_xlsx_rows_are_counted_from_the_first_of_the_sheet(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "r.xlsx", {"一": [[], [], ["", "楼栋"], ["", 3]], "二": [["x"]]}, hidden_columns=["B"])

    first, second = open_sheets(path)

    assert list(first.rows) == [["", ""], ["", ""], ["", "楼栋"], ["", "3"]]
    assert first.hidden_columns == {1}
    assert second.name == "二"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"\xef\xbb\xbf \r\n,,\r\n", "file_empty"),
        (b"%PDF-1.7 ...", "file_of_unknown_kind"),
        (b"\x89PNG\r\n\x1a\n", "file_of_unknown_kind"),
        (b"a\0b,c\n", "file_of_unknown_kind"),
        (b"PK\x03\x04 no archive", "file_damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "file_damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600, "file_encrypted"),
        ("楼栋,房号\n".encode() + b"\xff\xff\xff\n", "file_in_unknown_encoding"),
        (b"<html><table><tr><td>101</td></tr></table>", "file_is_a_web_page"),
    ],
)
def test_what_is_no_roster_is_refused_with_its_reason(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "r.xlsx"
    path.write_bytes(content)

    with pytest.raises(UnreadableFile) as refusal:
        rows_of(path)

    assert refusal.value.code == code


def test_an_endless_cell_in_csv_is_refused_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text('楼栋,房号\n3,"' + "x" * 200_000, encoding="utf-8")

    with pytest.raises(UnreadableFile) as refusal:
        rows_of(path)

    assert refusal.value.code == "file_damaged_at_line"


def test_too_large_a_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_FILE_BYTES", 10)
    path = write_csv(tmp_path / "r.csv", ROWS)

    with pytest.raises(UnreadableFile) as refusal:
        rows_of(path)

    assert refusal.value.code == "file_too_large"


def altered(path: Path, part: str, change: Callable[[bytes], bytes]) -> Path:
    """The workbook with one part of its archive changed."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts[part] = change(parts[part])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items():
            new.writestr(name, content)
    return path


def test_a_workbook_that_unpacks_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_UNPACKED_BYTES", 1 << 20)
    path = write_xlsx(tmp_path / "r.xlsx", {"一": ROWS})
    altered(path, "xl/styles.xml", lambda part: part + b" " * (2 << 20))

    with pytest.raises(UnreadableFile) as refusal:
        rows_of(path)

    assert path.stat().st_size < 20_000
    assert refusal.value.code == "file_unpacks_too_large"


@pytest.mark.parametrize("reference", [b"XFD1048576", b"ZZ1048576", b"AAA2"])
def test_one_far_cell_does_not_make_a_sheet_of_billions(tmp_path: Path, reference: bytes) -> None:
    path = write_xlsx(tmp_path / "r.xlsx", {"一": ROWS})
    row = b'<row r="%d"><c r="%s" t="n"><v>1</v></c></row></sheetData>' % (
        int(reference.lstrip(b"ABCDEFXZ")),
        reference,
    )
    altered(path, "xl/worksheets/sheet1.xml", lambda part: part.replace(b"</sheetData>", row))

    with pytest.raises(UnreadableFile) as refusal:
        rows_of(path)

    assert refusal.value.code == "sheet_too_large"


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml"])
def test_a_workbook_with_a_broken_part_is_refused_or_read(tmp_path: Path, part: str) -> None:
    for cut in range(0, 400, 40):
        path = write_xlsx(tmp_path / "r.xlsx", {"一": ROWS})
        altered(path, part, lambda content, cut=cut: content[:cut] + b"<&\xff>" + content[cut + 20 :])
        with suppress(UnreadableFile):
            assert rows_of(path)
