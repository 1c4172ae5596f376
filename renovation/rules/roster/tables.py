"""Finding the table in a sheet: title rows, one or two header rows, which kind of table it is, repeated headers."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, islice

from renovation.rules.roster.columns import Column, Fate, Field, columns_of, is_recognised, mapped, recognise, signature
from renovation.rules.roster.files import MAX_COLUMNS, Merged, Sheet
from renovation.rules.roster.places import building_as_sheet_name, building_in_title, stairwell_in_title
from renovation.rules.roster.words import clean, compact

ROWS_SEARCHED = 40
"""How far down a sheet its header is looked for."""

ROWS_SAMPLED = 200

_PLACES = frozenset(
    {Field.UNIT, Field.PLACE, Field.BUILDING, Field.STAIRWELL, Field.ROOM_CODE, Field.OWNER_CODE, Field.BUILDING_CODE}
)
_TOTAL = re.compile("^(?:小计|合计|总计|共计|总户数|本页|本栋|本单元|累计|平均|均值|共\\d+户|total|subtotal|sum\\b)")
_FOOT = re.compile("^(?:制表|填表|填报|审核|经办|负责人|日期|注[:：]|备注[:：]|说明[:：]|单位[:：(]|盖章|联系人)")


class Kind(StrEnum):
    """What the rows of a table are. A property system's export has one table of each, tied by numbers."""

    ROSTER = "roster"
    BUILDINGS = "buildings"
    OWNERS = "owners"
    PARKING = "parking"


@dataclass(slots=True)
class Table:
    """A table found in a sheet. Rows are counted from 1 as a spreadsheet counts them; `rows` begin below the header.

    `columns` carry the person's mapping; `signature` is that of the head without it. A table whose `kind` is None
    has rows that nobody can place: its columns are offered for mapping.
    """

    sheet: str
    number: int
    kind: Kind | None
    columns: list[Column]
    mapping: dict[str, str]
    signature: str
    header_row: int
    first_row: int
    rows: Iterator[list[str]]
    heading: list[list[str]]
    building: str
    stairwell: str
    merged: list[Merged]
    hidden_columns: frozenset[int]
    has_content: bool = True

    def column(self, field: Field) -> Column | None:
        return next((column for column in self.columns if column.field is field), None)

    def columns_for(self, field: Field) -> list[Column]:
        return [column for column in self.columns if column.field is field]

    def is_repeated_header(self, cells: Sequence[str]) -> bool:
        """Whether a row says the header again, as sheets for printing do."""
        named = [column for column in self.columns if column.header and column.index < len(cells)]
        same = sum(compact(cells[column.index]) == column.header for column in named)
        return same >= 2 and same * 2 >= sum(bool(cell) for cell in cells)


def is_total(text: str) -> bool:
    """Whether a cell begins a subtotal, total or average row."""
    return _TOTAL.match(compact(text).lower()) is not None


def is_foot(text: str) -> bool:
    """Whether a cell begins a line below the table: who made it, when, a note."""
    return _FOOT.match(clean(text)) is not None


def find_table(
    sheet: Sheet,
    number: int,
    mappings: Mapping[str, Mapping[str, str]],
    mapping: Mapping[str, str],
    *,
    only_sheet: bool,
) -> Table:
    """The table of a sheet. `mappings` are remembered by signature; `mapping` is this import's own, by column name.

    Takes the first rows into memory and leaves the rest a stream.
    """
    head = [row[:MAX_COLUMNS] for row in islice(sheet.rows, ROWS_SEARCHED + ROWS_SAMPLED)]
    filled = {index for row in head for index, cell in enumerate(row) if cell and not cell.isspace()}
    header, depth = _find_header(head)
    heading = [*head[:header]]
    names = [clean(cell) for cell in head[header + depth - 1]] if head else []
    groups = _groups(head, header, depth, names)
    names += [""] * (len(groups) - len(names))
    columns = columns_of(names, groups, filled)
    shape = signature(columns)
    keys = {column.key for column in columns}
    by_hand = {key: field for key, field in {**mappings.get(shape, {}), **mapping}.items() if key in keys}
    columns = mapped(columns, by_hand)
    titles = [cell for row in heading for cell in row if cell]
    building = next(filter(None, map(building_in_title, titles)), "")
    if not building and sheet.name:
        building = building_as_sheet_name(sheet.name) if not only_sheet else building_in_title(sheet.name)
    return Table(
        sheet=sheet.name,
        number=number,
        kind=_kind_of(columns),
        columns=columns,
        mapping=by_hand,
        signature=shape,
        header_row=header + depth,
        first_row=header + depth + 1,
        rows=chain(head[header + depth :], sheet.rows),
        heading=[*heading, *head[header : header + depth]],
        building=building,
        stairwell=next(filter(None, map(stairwell_in_title, titles)), ""),
        merged=sheet.merged,
        hidden_columns=sheet.hidden_columns,
        has_content=bool(filled),
    )


def _find_header(head: Sequence[Sequence[str]]) -> tuple[int, int]:
    """Where the header begins, and whether it has one row or two.

    The first row with two known names, one of them of a place, or with three. Where there is none, the fullest of
    the first rows: its columns are then offered for mapping.
    """
    for number, row in enumerate(head[:ROWS_SEARCHED]):
        if _looks_like_header(row):
            below = head[number + 1] if number + 1 < len(head) else []
            if _continues_header(row, below):
                return number, 2
            above = head[number - 1] if number else []
            if _is_group_row(above, row):
                return number - 1, 2
            return number, 1
    counts = [sum(bool(compact(cell)) for cell in row) for row in head[:10]]
    return (counts.index(max(counts)), 1) if counts else (0, 0)


def _fields_of(row: Sequence[str]) -> list[Field | Fate]:
    found = (recognise(cell) for cell in row if cell and len(cell) <= 40)
    return [field or fate for fate, field, _rank in found if fate is not Fate.UNKNOWN]


def _looks_like_header(row: Sequence[str]) -> bool:
    fields = set(_fields_of(row))
    return len(fields) >= 3 or (len(fields) == 2 and not fields.isdisjoint(_PLACES))


def _is_text(cell: str) -> bool:
    return not any(letter.isdigit() for letter in cell) or is_recognised(cell)


def _continues_header(row: Sequence[str], below: Sequence[str]) -> bool:
    """Whether the row below is the header's second: only names, at least half of them known, other than those above."""
    cells = [(index, compact(cell)) for index, cell in enumerate(below) if compact(cell)]
    if not cells or not all(_is_text(cell) for _index, cell in cells):
        return False
    if any(index < len(row) and compact(row[index]) == cell for index, cell in cells):
        return False
    known = sum(is_recognised(cell) or cell in ("姓名", "名称") for _index, cell in cells)
    return known >= 1 and known * 2 >= len(cells)


def _is_group_row(above: Sequence[str], row: Sequence[str]) -> bool:
    """Whether the row above holds headings over several columns ("产权人" over 姓名 and 电话)."""
    cells = [compact(cell) for cell in above if compact(cell)]
    short = all(len(cell) <= 12 and _is_text(cell) and ":" not in cell for cell in cells)
    return len(cells) >= 2 and short and len(cells) <= sum(bool(compact(cell)) for cell in row)


def _groups(head: Sequence[Sequence[str]], header: int, depth: int, names: Sequence[str]) -> list[str]:
    """The headings of the upper header row, each carried to the right over the columns that it spans."""
    if depth != 2:
        return []
    groups: list[str] = []
    for index, name in enumerate(names):
        own = clean(head[header][index]) if index < len(head[header]) else ""
        groups.append(own or (groups[-1] if groups and name else ""))
    for index in range(len(names), len(head[header])):
        groups.append(clean(head[header][index]))
    return groups


def _kind_of(columns: Sequence[Column]) -> Kind | None:
    fields = {column.field for column in columns if column.field}
    of_homes = {Field.UNIT, Field.PLACE, Field.HEAD, Field.BUILDING, Field.BUILDING_CODE}
    if Field.PARKING in fields and fields.isdisjoint(of_homes):
        return Kind.PARKING
    if not fields.isdisjoint({Field.UNIT, Field.PLACE, Field.ROOM_CODE}):
        return Kind.ROSTER
    if Field.OWNER_CODE in fields and not fields.isdisjoint({Field.HEAD, Field.OWNER}):
        return Kind.OWNERS
    if not fields.isdisjoint({Field.BUILDING_CODE, Field.STAIRWELL_CODE}):
        return Kind.BUILDINGS
    return None
