"""A city's menu as it stands in its file, and how it differs from the one before (policy.md, section d).

Whether an item is must-do is what the file says: it is never inferred from its category.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import islice
from typing import Any

from renovation.choices import MenuCategory
from renovation.rules.roster.columns import letter_of
from renovation.rules.roster.files import Sheet
from renovation.rules.roster.words import clean

COLUMNS = ("code", "category", "name_zh", "name_en", "mandatory", "unit", "funding_hint", "source")
MAY_BE_EMPTY = frozenset({"funding_hint", "source"})
LONGEST = {"name_zh": 60, "name_en": 80, "unit": 20, "funding_hint": 20, "source": 200}
MOST_ITEMS = 500

_CODE = re.compile(r"[A-Za-z0-9]{1,8}")  # as a visit may order it
_YES_NO = {"true": True, "yes": True, "1": True, "是": True, "false": False, "no": False, "0": False, "否": False}
_HEADER_SEARCHED = 10
"""How many rows down a sheet its header is looked for."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a menu, with the columns of its file."""

    code: str
    category: str
    name_zh: str
    name_en: str
    mandatory: bool
    unit: str
    funding_hint: str
    source: str


@dataclass(frozen=True, slots=True)
class MenuProblem:
    """What keeps a menu file out, and where: `row` 0 is the whole sheet, `column` a letter or empty.

    `header` is the name of the column; `params` fill in the words of the code.
    """

    code: str
    sheet: str = ""
    row: int = 0
    column: str = ""
    header: str = ""
    params: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True)
class MenuReading:
    """The items of a file in its order, and everything that is wrong with it: one problem, and none of it is used.

    `sheets_not_read` are those that are hidden or hold no table of items.
    """

    items: Sequence[Item]
    problems: Sequence[MenuProblem]
    sheets_not_read: Sequence[str] = ()


def is_code(text: str) -> bool:
    """Whether an item can be ordered by this code at a door."""
    return _CODE.fullmatch(text) is not None


def read_menu(sheets: Iterable[Sheet]) -> MenuReading:
    """Read every sheet that has a table of items, as one menu. A code stands once in the whole file."""
    reader = _Reader()
    for sheet in sheets:
        reader.read(sheet)
    return reader.result()


class _Reader:
    def __init__(self) -> None:
        self.items: list[Item] = []
        self.problems: list[MenuProblem] = []
        self.not_read: list[str] = []
        self.places: dict[str, tuple[str, int]] = {}
        self.rows = 0
        self.tables = 0
        self.nearest: MenuProblem | None = None

    def result(self) -> MenuReading:
        if not self.tables:
            missing = MenuProblem("columns_missing", params={"names": ", ".join(COLUMNS)})
            self.problems.append(self.nearest or missing)
        elif not self.rows:
            self.problems.append(MenuProblem("no_items"))
        return MenuReading(self.items, self.problems, self.not_read)

    def read(self, sheet: Sheet) -> None:
        rows = enumerate(sheet.rows, 1)
        header = None if sheet.hidden else self._header(sheet.name, rows)
        if header is None:
            self.not_read.append(sheet.name)
            return
        self.tables += 1
        for number, row in rows:
            if any(cell.strip() for cell in row):
                self.rows += 1
                if self.rows > MOST_ITEMS:
                    self.problems.append(MenuProblem("too_many_items", sheet.name, number, params={"most": MOST_ITEMS}))
                    return
                self._row(sheet.name, number, row, header)

    def _header(self, sheet: str, rows: Iterator[tuple[int, list[str]]]) -> dict[str, int] | None:
        """Where each column stands; None where no row of the first ones names them all."""
        for number, row in islice(rows, _HEADER_SEARCHED):
            names = [clean(cell).lower().replace(" ", "_") for cell in row]
            found = {name: names.index(name) for name in COLUMNS if name in names}
            missing = [name for name in COLUMNS if name not in found]
            if not missing:
                self._refuse_doubles(sheet, number, names)
                return found
            if found and (self.nearest is None or len(missing) < self._missing_in_nearest()):
                self.nearest = MenuProblem("columns_missing", sheet, number, params={"names": ", ".join(missing)})
        return None

    def _missing_in_nearest(self) -> int:
        return len(str(self.nearest.params["names"]).split(", ")) if self.nearest else len(COLUMNS) + 1

    def _refuse_doubles(self, sheet: str, number: int, names: Sequence[str]) -> None:
        for index, name in enumerate(names):
            if name in COLUMNS and names.index(name) != index:
                self.problems.append(MenuProblem("column_twice", sheet, number, letter_of(index), name))

    def _row(self, sheet: str, number: int, row: Sequence[str], header: Mapping[str, int]) -> None:
        before = len(self.problems)
        values: dict[str, Any] = {}
        for name in COLUMNS:
            index = header[name]
            cell = row[index] if index < len(row) else ""
            value, code, params = _read_cell(name, cell)
            if code:
                self.problems.append(MenuProblem(code, sheet, number, letter_of(index), name, params))
            values[name] = value
        if is_code(code := values["code"]):
            first = self.places.setdefault(code, (sheet, number))
            if first != (sheet, number):
                column = letter_of(header["code"])
                params = {"code": code, "first_sheet": first[0], "first_row": first[1]}
                self.problems.append(MenuProblem("same_code_twice", sheet, number, column, "code", params))
        if len(self.problems) == before:
            self.items.append(Item(**values))


def _read_cell(name: str, cell: str) -> tuple[Any, str, dict[str, int | str]]:
    """The value of a cell, and the code of what is wrong with it, if anything is, with what fills in its words."""
    text = cell.strip()
    if not text.isprintable():
        return text, "unprintable", {}
    if not text:
        return "", "" if name in MAY_BE_EMPTY else "cell_empty", {}
    if name == "code":
        text = clean(text).replace(" ", "")
        return text, "" if is_code(text) else "code_unreadable", {}
    if name == "category":
        text = clean(text).lower()
        allowed = ", ".join(MenuCategory.values)
        return text, "" if text in MenuCategory.values else "category_unknown", {"allowed": allowed}
    if name == "mandatory":
        value = _YES_NO.get(clean(text).lower())
        return value, "mandatory_unreadable" if value is None else "", {}
    longest = LONGEST[name]
    return text, "too_long" if len(text) > longest else "", {"longest": longest}


@dataclass(frozen=True, slots=True)
class ItemChange:
    """An item that stays under its code, as it was and as it is to be."""

    before: Item
    after: Item


@dataclass(frozen=True)
class Comparison:
    """How a menu differs from the one before. One item may be renamed and moved at once, and then stands in both.

    `otherwise` are those of which only the unit, who usually pays, or the source changes.
    """

    added: Sequence[Item]
    removed: Sequence[Item]
    renamed: Sequence[ItemChange]
    moved: Sequence[ItemChange]
    mandatory: Sequence[ItemChange]
    otherwise: Sequence[ItemChange]
    unchanged: int

    @property
    def changes_nothing(self) -> bool:
        return not any(
            (self.added, self.removed, self.renamed, self.moved, self.mandatory, self.otherwise),
        )


def compare_menus(before: Iterable[Item], after: Iterable[Item]) -> Comparison:
    """What a new menu adds, removes and changes, each in the order of the codes."""
    old, new = ({item.code: item for item in sorted(items, key=lambda item: item.code)} for items in (before, after))
    kept = [ItemChange(old[code], new[code]) for code in old if code in new]
    renamed = [one for one in kept if _differ(one, "name_zh", "name_en")]
    moved = [one for one in kept if _differ(one, "category")]
    mandatory = [one for one in kept if _differ(one, "mandatory")]
    otherwise = [
        one
        for one in kept
        if _differ(one, "unit", "funding_hint", "source")
        and not _differ(one, "name_zh", "name_en", "category", "mandatory")
    ]
    return Comparison(
        added=[item for code, item in new.items() if code not in old],
        removed=[item for code, item in old.items() if code not in new],
        renamed=renamed,
        moved=moved,
        mandatory=mandatory,
        otherwise=otherwise,
        unchanged=sum(one.before == one.after for one in kept),
    )


def differing(change: ItemChange) -> list[str]:
    """The columns in which an item changes."""
    return [column.name for column in fields(Item) if _differ(change, column.name)]


def _differ(change: ItemChange, *names: str) -> bool:
    return any(getattr(change.before, name) != getattr(change.after, name) for name in names)
