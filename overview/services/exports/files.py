"""Writing rows into a file, one by one: memory does not grow with their number.

CSV is for systems: one line of headings, then the rows, in UTF-8 with a byte order mark (without it Excel reads
mojibake). XLSX is for people: a title across all columns, the place and the as-of, the notes, headings that stay in
view and are printed on every page, and the totals.
"""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter
from django.utils import timezone
from django.utils.translation import gettext as _

from common.cells import safe_text
from overview.sheets.frame import HIDDEN, NO_DATA, Column, Kind, Row, Sums

LARGEST_SHEET = 1_000_000
"""Rows in one worksheet; Excel takes 1,048,576. What is more goes on to the next one."""
LONGEST_TEXT = 32_767
"""Characters in one cell of Excel."""
TELL_EVERY = 1_000
PLAIN = frozenset({Kind.NUMBER, Kind.COUNT, Kind.QUANTITY, Kind.DEGREES, Kind.MONEY, Kind.SHARE})
"""Kinds that are written as numbers."""

_FORMATS = {
    Kind.TEXT: "@",
    Kind.NUMBER: "0",
    Kind.COUNT: "#,##0",
    Kind.QUANTITY: "#,##0.00",
    Kind.DEGREES: "0.000000",
    Kind.MONEY: "#,##0.00",
    Kind.SHARE: "0.00%",
    Kind.DATE: "yyyy-mm-dd",
    Kind.MOMENT: "yyyy-mm-dd hh:mm",
}

Tell = Callable[[int], None]


@dataclass(frozen=True)
class Content:
    """What is to be written: `lines` stand below the title. The rest is as in a Sheet; no `totals`, no row of them."""

    title: str
    lines: Sequence[str]
    columns: Sequence[Column]
    rows: Iterator[Row]
    totals: Callable[[Sums], Mapping[str, Any]] | None = None
    apart: str = ""


def write_csv(content: Content, path: Path, tell: Tell) -> int:
    """Headings and rows. How many rows. A text that a spreadsheet would reckon gets an apostrophe before it."""
    done = 0
    columns = content.columns
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([safe_text(str(column.title)) for column in columns])
        for row in content.rows:
            writer.writerow([_csv_text(column.kind, value) for column, value in zip(columns, row, strict=True)])
            done += 1
            if done % TELL_EVERY == 0:
                tell(done)
    return done


def write_xlsx(content: Content, path: Path, tell: Tell) -> int:
    """A workbook, written row by row to the disk. How many rows."""
    parts: dict[str, _Sums] = {}
    split = [column.key for column in content.columns].index(content.apart) if content.apart else None
    done = 0
    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": str(path.parent)}) as book:
        book.set_properties({"title": content.title})
        page = _Page(book, content, part=1)
        for row in content.rows:
            if done and done % LARGEST_SHEET == 0:
                page = _Page(book, content, part=done // LARGEST_SHEET + 1)
            page.row(row)
            part = str(row[split]) if split is not None else ""
            parts.setdefault(part, _Sums(content.columns)).add(row)
            done += 1
            if done % TELL_EVERY == 0:
                tell(done)
        for part, sums in (parts or {"": _Sums(content.columns)}).items():
            if content.totals is not None or sums.has_any:
                page.totals({**sums.of(content.totals), **({content.apart: part} if content.apart else {})})
    return done


class _Sums:
    """The sums of the columns that ask for one. Hidden figures are in none, as they are in no total of the dashboard:
    so there is nothing to subtract them from. Where every figure is hidden, so is the sum.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self._places = [(place, column.key) for place, column in enumerate(columns) if column.sums]
        self._sums: dict[str, Any] = {key: 0 for _place, key in self._places}
        self._shown: set[str] = set()
        self._hidden: set[str] = set()
        self._rows = 0

    @property
    def has_any(self) -> bool:
        return bool(self._places)

    def add(self, row: Row) -> None:
        self._rows += 1
        for place, key in self._places:
            value = row[place]
            if value is HIDDEN:
                self._hidden.add(key)
            elif value is not None:
                self._shown.add(key)
                self._sums[key] += value

    def of(self, more: Callable[[Sums], Mapping[str, Any]] | None) -> dict[str, Any]:
        known = {**self._sums, "rows": self._rows}
        hidden = dict.fromkeys(self._hidden - self._shown, HIDDEN)
        return {**self._sums, **(more(known) if more else {}), **hidden}


class _Page:
    """One worksheet, from its title downwards."""

    def __init__(self, book: xlsxwriter.Workbook, content: Content, part: int) -> None:
        self._columns = content.columns
        name = _sheet_name(content.title, part)
        self._sheet: Any = book.add_worksheet(name)
        base = {"font_name": "SimSun", "font_size": 10, "valign": "vcenter"}
        cell = {**base, "border": 1, "border_color": "#B8B2A4"}
        self._cells = {kind: book.add_format({**cell, "num_format": code}) for kind, code in _FORMATS.items()}
        self._text = book.add_format({**cell, "num_format": "@", "align": "right"})
        strong = {**cell, "bold": True, "top": 2}
        self._strong = {kind: book.add_format({**strong, "num_format": code}) for kind, code in _FORMATS.items()}
        self._strong_text = book.add_format({**strong, "num_format": "@", "align": "right"})
        title = book.add_format({"font_name": "SimHei", "font_size": 16, "align": "center", "valign": "vcenter"})
        line = book.add_format({**base, "text_wrap": True})
        head = book.add_format(
            {**cell, "bold": True, "text_wrap": True, "align": "center", "bg_color": "#EFEBE1", "bottom": 2}
        )
        self._set_up()
        self._next = 0
        self._across(content.title, title, height=30)
        for text in content.lines:
            self._across(text, line, height=18)
        self._sheet.set_row(self._next, 32)
        for place, column in enumerate(self._columns):
            self._sheet.write_string(self._next, place, str(column.title), head)
        self._sheet.freeze_panes(self._next + 1, 0)
        self._sheet.repeat_rows(self._next)
        self._next += 1

    def _set_up(self) -> None:
        sheet, columns = self._sheet, self._columns
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width)
        if sum(column.width for column in columns) > 90:
            sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
        sheet.set_footer("&C&P / &N")

    def _across(self, text: str, look: Any, *, height: int) -> None:
        last = len(self._columns) - 1
        self._sheet.set_row(self._next, height)
        if last > 0:
            self._sheet.merge_range(self._next, 0, self._next, last, "", look)
        self._sheet.write_string(self._next, 0, text[:LONGEST_TEXT], look)
        self._next += 1

    def row(self, row: Row) -> None:
        for place, (column, value) in enumerate(zip(self._columns, row, strict=True)):
            self._write(place, column.kind, value, self._cells[column.kind], self._text)
        self._next += 1

    def totals(self, values: Mapping[str, Any]) -> None:
        """A last row; its first column says what it is, unless that has a figure of its own."""
        for place, column in enumerate(self._columns):
            look = self._strong[column.kind]
            if place == 0 and column.key not in values:
                self._sheet.write_string(self._next, 0, _("Total"), look)
            elif column.key in values:
                self._write(place, column.kind, values[column.key], look, self._strong_text)
            else:
                self._sheet.write_blank(self._next, place, None, look)
        self._next += 1

    def _write(self, place: int, kind: Kind, value: Any, look: Any, words: Any) -> None:
        sheet, here = self._sheet, self._next
        if value is HIDDEN:
            sheet.write_string(here, place, _("fewer than 5"), words)
        elif value is None:
            if kind == Kind.SHARE:
                sheet.write_string(here, place, str(NO_DATA), words)
            else:
                sheet.write_blank(here, place, None, look)
        elif kind in PLAIN:
            sheet.write_number(here, place, value, look)
        elif kind == Kind.MOMENT:
            sheet.write_datetime(here, place, _local(value), look)
        elif kind == Kind.DATE:
            sheet.write_datetime(here, place, value, look)
        else:
            sheet.write_string(here, place, str(value)[:LONGEST_TEXT], look)


def _sheet_name(title: str, part: int) -> str:
    """What Excel takes: at most 31 characters, none of a few."""
    name = "".join(" " if sign in "[]:*?/\\'" else sign for sign in title).strip()[:25] or "1"
    return name if part == 1 else f"{name} ({part})"


def _local(moment: datetime) -> datetime:
    """Spreadsheets know no offset: the time where we are."""
    return timezone.localtime(moment).replace(tzinfo=None) if timezone.is_aware(moment) else moment


def _csv_text(kind: Kind, value: Any) -> str:
    if value is HIDDEN:
        return _("fewer than 5")
    if value is None:
        return str(NO_DATA) if kind == Kind.SHARE else ""
    if kind == Kind.SHARE:
        return f"{Decimal(value) * 100:.2f}%"
    if kind == Kind.MONEY:
        return f"{Decimal(value):.2f}"
    if kind == Kind.MOMENT:
        return f"{_local(value):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if kind in PLAIN else safe_text(str(value))
