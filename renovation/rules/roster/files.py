"""Opening a roster file: XLSX and XLS by what they are, everything else as CSV in UTF-8, UTF-16 or GB18030.

Nothing here trusts a file's name, its declared sizes or its layout. A CSV file is read as a stream; a workbook is
measured before it is opened, since a small one can unpack to something that no machine holds.
"""

import codecs
import csv
import datetime
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetMetadata,
    SheetTypeEnum,
    SheetVisibleEnum,
)

MAX_FILE_BYTES = 100 * 1024 * 1024
MAX_UNPACKED_BYTES = 600 * 1024 * 1024
MAX_CELLS = 12_000_000
MAX_ROWS = 1_048_576
MAX_COLUMNS = 702
MAX_SHEETS = 300

_CHUNK = 1 << 20
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ROW = re.compile(rb"<(?:\w+:)?row\b(?:[^>]*?\sr\s*=\s*[\"'](\d+)[\"'])?")
_CELL = re.compile(rb"<(?:\w+:)?c\b[^>]*?\sr\s*=\s*[\"']([A-Za-z]+)(\d+)[\"']")
_HIDDEN_COLUMN = re.compile(rb"<(?:\w+:)?col\b[^>]*?\shidden\s*=\s*[\"'](?:1|true)[\"'][^>]*>")
_SPAN = re.compile(rb"\s(min|max)\s*=\s*[\"'](\d+)[\"']")
_DELIMITERS = (",", ";", "\t")


class UnreadableFile(Exception):
    """The file is no roster that can be read. `code` says why; `params` fill in the words."""

    def __init__(self, code: str, **params: int | str) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass(slots=True)
class Merged:
    """A merged range: first row, first column, last row, last column, all counted from 0."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(slots=True)
class Sheet:
    """A sheet as rows of text. `rows` can be walked once; row 0 is the first row of the sheet, empty or not."""

    name: str
    rows: Iterator[list[str]]
    hidden: bool = False
    merged: list[Merged] = field(default_factory=list)
    hidden_columns: frozenset[int] = frozenset()


def open_sheets(path: Path, *, no: str = "", times: bool = False) -> Iterator[Sheet]:
    """The sheets of a file, one after the other. Raises UnreadableFile, also while rows are walked.

    `no` is how a cell of a workbook reads that holds the truth value "false"; with `times`, one that holds a moment
    tells its time of day too.
    """
    size = path.stat().st_size
    if size == 0:
        raise UnreadableFile("file_empty")
    if size > MAX_FILE_BYTES:
        raise UnreadableFile("file_too_large", megabytes=MAX_FILE_BYTES >> 20)
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(b"PK"):
        return _sheets_of_xlsx(path, no, times)
    if head.startswith(_OLE):
        return _sheets_of_workbook(path, {}, no, times)
    return iter([_csv_sheet(path, head)])


# --- CSV -------------------------------------------------------------------------------------------


def _csv_sheet(path: Path, head: bytes) -> Sheet:
    encoding = _encoding_of(path, head)
    with path.open(encoding=encoding, newline="") as file:
        sample = file.read(1 << 16)
    if not sample.strip("\ufeff \t\r\n,;"):
        raise UnreadableFile("file_empty")
    if re.match(r"\s*<(?:!doctype|html|\?xml|table|meta)", sample, re.IGNORECASE):
        raise UnreadableFile("file_is_a_web_page")
    return Sheet("", _csv_rows(path, encoding, _delimiter_of(sample)))


def _encoding_of(path: Path, head: bytes) -> str:
    """The encoding that the whole file can be read in. Reads it once, in chunks."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    elif b"\0" in head or head.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")):
        raise UnreadableFile("file_of_unknown_kind")
    else:
        candidates = ["utf-8-sig", "gb18030"]
    for encoding in candidates:
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise UnreadableFile("file_in_unknown_encoding")


def _delimiter_of(sample: str) -> str:
    """The delimiter that cuts the first lines into the most cells, line for line."""
    lines = sample.splitlines()[:60]
    if len(sample) >= 1 << 16 and len(lines) > 1:
        lines.pop()

    def cells(delimiter: str) -> int:
        try:
            return sum(len(row) - 1 for row in csv.reader(lines, delimiter=delimiter))
        except csv.Error:
            return 0

    return max(_DELIMITERS, key=cells)


def _csv_rows(path: Path, encoding: str, delimiter: str) -> Iterator[list[str]]:
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        try:
            yield from reader
        except csv.Error as error:
            raise UnreadableFile("file_damaged_at_line", line=reader.line_num) from error


# --- Workbooks -------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Measure:
    """What a sheet's XML says of its size, read as a stream."""

    rows: int = 0
    columns: int = 0
    hidden: set[int] = field(default_factory=set)


def _sheets_of_xlsx(path: Path, no: str, times: bool) -> Iterator[Sheet]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
                raise UnreadableFile("file_of_unknown_kind")
            if any(name.endswith("workbook.bin") for name in names):
                raise UnreadableFile("file_of_unknown_kind")
            measures = _measured(archive)
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, ValueError, RuntimeError) as error:
        raise UnreadableFile("file_damaged") from error
    except Exception as error:
        # zlib and lzma raise classes of their own for a damaged stream.
        if isinstance(error, UnreadableFile):
            raise
        raise UnreadableFile("file_damaged") from error
    return _sheets_of_workbook(path, measures, no, times)


def _measured(archive: zipfile.ZipFile) -> dict[str, _Measure]:
    """Unpacks every part once, chunk by chunk, and refuses what is too large; the sizes in the archive may lie."""
    entries = archive.infolist()
    if len(entries) > 5_000 or sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        raise UnreadableFile("file_unpacks_too_large")
    left, cells = MAX_UNPACKED_BYTES, MAX_CELLS
    measures: dict[str, _Measure] = {}
    for entry in entries:
        is_sheet = entry.filename.startswith("xl/worksheets/")
        measure = _Measure()
        with archive.open(entry) as part:
            left = _measure(part, measure if is_sheet else None, left)
        if is_sheet:
            cells -= measure.rows * measure.columns
            if measure.columns > MAX_COLUMNS or measure.rows > MAX_ROWS or cells < 0:
                raise UnreadableFile("sheet_too_large", rows=MAX_ROWS, columns=MAX_COLUMNS)
            measures[entry.filename] = measure
    return measures


def _measure(part: IO[bytes], measure: _Measure | None, left: int) -> int:
    tail = b""
    while chunk := part.read(_CHUNK):
        left -= len(chunk)
        if left < 0:
            raise UnreadableFile("file_unpacks_too_large")
        if measure is None:
            continue
        text = tail + chunk
        cut = text.rfind(b"<", max(0, len(text) - 4096))
        text, tail = (text[:cut], text[cut:]) if cut > 0 else (text, b"")
        _take_measure(text, measure)
    if measure is not None:
        _take_measure(tail, measure)
    return left


def _take_measure(text: bytes, measure: _Measure) -> None:
    for row in _ROW.finditer(text):
        measure.rows = max(measure.rows + 1, int(row[1] or 0))
    cells = _CELL.findall(text)
    if cells:
        widest = max({letters.upper() for letters, _row in cells}, key=lambda letters: (len(letters), letters))
        measure.columns = max(measure.columns, _column_number(widest))
        measure.rows = max(measure.rows, max(int(row) for _letters, row in cells))
    for column in _HIDDEN_COLUMN.findall(text):
        span = {name: int(value) for name, value in _SPAN.findall(column)}
        measure.hidden.update(range(span.get(b"min", 1) - 1, min(span.get(b"max", 1), MAX_COLUMNS)))


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters[:8]:
        number = number * 26 + letter - 64
    return number


@contextmanager
def _reading_workbook() -> Iterator[None]:
    """Turns what the reader raises into a refusal; a damaged file can make its Rust code panic, too."""
    try:
        yield
    except PasswordError as error:
        raise UnreadableFile("file_encrypted") from error
    except CalamineError as error:
        raise UnreadableFile("file_damaged") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise UnreadableFile("file_damaged") from error


def _sheets_of_workbook(path: Path, measures: dict[str, _Measure], no: str, times: bool) -> Iterator[Sheet]:
    if not measures and _is_encrypted(path):
        raise UnreadableFile("file_encrypted")
    with _reading_workbook():
        workbook = CalamineWorkbook.from_path(path)
    sheets = [sheet for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    if len(sheets) > MAX_SHEETS:
        raise UnreadableFile("too_many_sheets", sheets=MAX_SHEETS)
    # Parts are numbered in the order of the sheets unless sheets were moved; then no column is said to be hidden.
    in_order = sorted(measures, key=lambda name: (len(name), name))
    known = len(in_order) == len(sheets)
    measured = [measures[name] for name in in_order] if known else [_Measure()] * len(sheets)
    return _each_sheet(workbook, sheets, measured, no, times)


def _each_sheet(
    workbook: CalamineWorkbook, sheets: Sequence[SheetMetadata], measures: Sequence[_Measure], no: str, times: bool
) -> Iterator[Sheet]:
    left = MAX_CELLS
    for metadata, measure in zip(sheets, measures, strict=True):
        if metadata.visible != SheetVisibleEnum.Visible:
            yield Sheet(metadata.name, iter(()), hidden=True)
            continue
        with _reading_workbook():
            content = workbook.get_sheet_by_name(metadata.name)
            ranges = content.merged_cell_ranges or []
            _above, left_column = content.start or (0, 0)
        left -= content.total_height * content.total_width
        if left < 0:
            raise UnreadableFile("sheet_too_large", rows=MAX_ROWS, columns=MAX_COLUMNS)
        merged = sorted((Merged(*first, *last) for first, last in ranges), key=lambda area: area.top)
        rows = _workbook_rows(content, left_column, no, times)
        yield Sheet(metadata.name, rows, False, merged, frozenset(measure.hidden))


def _workbook_rows(content: CalamineSheet, left: int, no: str, times: bool) -> Iterator[list[str]]:
    """The reader counts rows from the sheet's first and cells from the first column that has something."""
    margin = [""] * left
    for row in content.iter_rows():
        yield margin + [cell if type(cell) is str else as_text(cell, no, times=times) for cell in row]


def as_text(value: Any, no: str = "", *, times: bool = False) -> str:
    """A cell as a person reads it: 302.0 is "302", 86.5 is "86.5", a date is its ISO form, without its time of day
    unless `times` is asked for.
    """
    if isinstance(value, bool):
        return "TRUE" if value else no
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else format(value, ".10g")
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ", "seconds") if times else value.date().isoformat()
    return str(value)


def _is_encrypted(path: Path) -> bool:
    """Whether an OLE file is a workbook under a password: its parts are named in UTF-16."""
    with path.open("rb") as file:
        return "EncryptedPackage".encode("utf-16-le") in file.read(_CHUNK)
