"""The workbook of the rows that an import kept out: mended there and sent again, it imports cleanly.

It is made when it is asked for, from the kept file, so that no second copy of personal data lies about. Identity
numbers and sensitive columns do not come along.
"""

from collections.abc import Mapping, Sequence
from tempfile import TemporaryFile
from typing import IO, Any

import xlsxwriter
from django.utils.translation import gettext as _

from renovation.models import RosterImport
from renovation.reports.roster_problems import details_by_row
from renovation.rules.roster.columns import Fate, Field
from renovation.rules.roster.layout import Layout
from renovation.rules.roster.reading import Reading
from renovation.rules.roster.references import References
from renovation.rules.roster.tables import Kind, Table
from renovation.rules.roster.words import without_identity_numbers
from renovation.services.roster_imports import local_file

PROBLEM_COLUMN = "问题"
"""Read as a column that is not kept, so it may stay in the mended workbook."""

_LEFT_OUT = (Fate.IDENTITY, Fate.SENSITIVE)

Places = Mapping[int, tuple[str, str]]


def rejected_rows_workbook(roster_import: RosterImport) -> IO[bytes]:
    """An XLSX file of the rows kept out, below the heads of their tables, each with what is wrong with it.

    Walks the kept file twice. Raises NoFileKept, and UnreadableFile as the import did.
    """
    texts = details_by_row(roster_import)
    with local_file(roster_import) as path:
        first = Reading(path, mapping=roster_import.mapping)
        for _row in first.rows():
            pass
        second = Reading(path, mapping=roster_import.mapping)
        output = TemporaryFile()  # noqa: SIM115 - closed by whoever sends it
        workbook = xlsxwriter.Workbook(output, {"constant_memory": True, "strings_to_formulas": False})
        try:
            for table in second.tables:
                if table.kind in (Kind.BUILDINGS, Kind.OWNERS):
                    _Writer(workbook, table).write_all()
                elif table.kind is not None and any(sheet == table.sheet for sheet, _row in texts):
                    _Writer(workbook, table).write_rejected(texts, first.rejected)
            if not workbook.worksheets():
                workbook.add_worksheet()
        finally:
            workbook.close()
    output.seek(0)
    return output


class _Writer:
    """One table's sheet, under the same name, without the columns that are left out."""

    def __init__(self, workbook: Any, table: Table) -> None:
        self._table = table
        self._sheet = workbook.add_worksheet(table.sheet[:31] or None)
        self._text = workbook.add_format({"num_format": "@"})
        self._mark = workbook.add_format({"num_format": "@", "font_color": "#b3261e"})
        self._kept = [column.index for column in table.columns if column.fate not in _LEFT_OUT]
        self._next = 0
        for index, cells in enumerate(table.heading):
            filled = [cell for cell in cells if cell]
            is_head = index >= len(table.heading) - 2 and len(filled) > 1
            self._write(cells if is_head else filled[:1], plain=not is_head)
        self._sheet.write_string(max(self._next - 1, 0), len(self._kept), PROBLEM_COLUMN, self._mark)
        self._sheet.freeze_panes(self._next, 0)

    def _write(self, cells: Sequence[str], *, plain: bool = False, problem: str = "") -> None:
        shown = cells if plain else [cells[index] if index < len(cells) else "" for index in self._kept]
        for column, cell in enumerate(shown):
            if cell:
                self._sheet.write_string(self._next, column, without_identity_numbers(cell)[0], self._text)
        if problem:
            self._sheet.write_string(self._next, len(self._kept), problem, self._mark)
        self._next += 1

    def write_all(self) -> None:
        for cells in self._table.rows:
            self._write(cells)

    def write_rejected(self, texts: Mapping[tuple[str, int], str], places: Places) -> None:
        """Blank cells that meant the building or stairwell above get it written out: the rows above are gone."""
        table = self._table
        layout = Layout(table, References(), lambda _row, _field, _code: None) if table.kind is Kind.ROSTER else None
        building, stairwell = (
            next((column.index for name in names if (column := table.column(name))), None)
            for names in ((Field.BUILDING, Field.BUILDING_CODE), (Field.STAIRWELL, Field.STAIRWELL_CODE))
        )
        here = (table.building, table.stairwell)
        for row, raw in enumerate(table.rows, table.first_row):
            cells = layout.widened(row, raw)[: layout.width] if layout else raw
            problem = texts.get((table.sheet, row))
            if problem is None:
                continue
            place = places.get(table.number << 24 | row, here)
            if layout and building is None and place != here and place[0]:
                self._write([_title(*place)], plain=True)
                here = place
            for index, number in ((building, place[0]), (stairwell, place[1])):
                if index is not None and index < len(cells) and not cells[index]:
                    cells[index] = number
            self._write(cells, problem=problem)


def _title(building: str, stairwell: str) -> str:
    """A title row as the reading understands it."""
    return f"{building}号楼{stairwell}单元" if stairwell else f"{building}号楼"


def file_name_of(roster_import: RosterImport) -> str:
    return _("Rows to mend %(number)s.xlsx") % {"number": roster_import.pk}
