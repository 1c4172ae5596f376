"""A roster file as rows ready for COPY: the walk over its tables, quick for the plain row and careful for the rest."""

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple, TypeVar

from renovation.rules.roster.columns import Fate, Field, area_source
from renovation.rules.roster.files import UnreadableFile, open_sheets
from renovation.rules.roster.layout import Layout, Place
from renovation.rules.roster.people import (
    EMPTY_HOME,
    NO_NAME,
    is_plain_mobile,
    is_plain_name,
    owner_kind,
    read_names,
    read_phones,
)
from renovation.rules.roster.places import (
    Building,
    Unit,
    building_in_title,
    read_building,
    read_floor,
    read_stairwell,
    read_unit,
    stairwell_in_title,
)
from renovation.rules.roster.problems import Problem
from renovation.rules.roster.references import UNRESOLVED, References, Space, spaces_in
from renovation.rules.roster.tables import Kind, Table, find_table, is_foot, is_total
from renovation.rules.roster.values import (
    FEWEST_AREAS,
    is_suspicious,
    meant_area,
    read_area,
    read_occupancy,
    read_tenure,
    read_use,
)
from renovation.rules.roster.words import clean, compact, without_identity_numbers

UNMARKED = "1"
"""The number of the one stairwell of a building that has none marked (design.md, The registry)."""

MAX_REMARKS_LENGTH = 500
BETWEEN_NAMES = "、"

_CACHED = 20_000
_TOTALS = frozenset({"合计", "小计", "总计", "共计", "累计", "平均"})
_SAME_AS_HEAD = frozenset({"同户主", "户主", "本人", "同左", "户主本人"})
_PLAIN, _PLACED, _ODD = 0, 1, 2
"""Manners of a unit cell: a number; a number with a building or stairwell in it; anything that may be no door."""

V = TypeVar("V")


class Row(NamedTuple):
    """One household as text, in the order of the staging table; an empty text says nothing and changes nothing.

    `key` is `sheet number << 24 | row`. Guesses follow from the unit number and never replace what is known. `owners`
    and `owner_kinds` are joined by 、; phones are an array literal.
    """

    key: str
    building: str
    stairwell: str
    unit_number: str
    floor: str
    floor_guess: str
    gross_floor_area: str
    use: str
    use_guess: str
    tenure_type: str
    occupancy: str
    head_name: str
    phones: str
    remarks: str
    owners: str
    owner_kinds: str
    owner_phones: str
    area_source: str


class _Cache(dict[str, V]):
    """What a cell's text comes to, found out once for each distinct text; forgets all when it has grown too large."""

    def __init__(self, read: Callable[[str], V]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> V:
        if len(self) >= _CACHED:
            self.clear()
        value = self[text] = self._read(text)
        return value


def _building_of(text: str, *, may_hold_stairwell: bool) -> Building:
    if text == UNRESOLVED:
        return Building(code="unknown_building")
    return read_building(text, may_hold_stairwell=may_hold_stairwell)


def _unit_of(text: str) -> tuple[Unit, int]:
    unit = read_unit(text)
    if unit.code or not any(letter.isdigit() for letter in unit.number):
        return unit, _ODD
    return unit, _PLACED if unit.building or unit.stairwell or unit.lead else _PLAIN


def _area_of(text: str) -> tuple[str, str, float]:
    area, code = read_area(text)
    return area, code, float(area or 0)


def _owners_of(names: Sequence[str]) -> tuple[str, str]:
    """Names and kinds of owners, joined; no kinds where all are persons."""
    kinds = [owner_kind(name) for name in names]
    return BETWEEN_NAMES.join(names), "" if set(kinds) <= {"person"} else BETWEEN_NAMES.join(kinds)


class Reading:
    """One walk through a roster file. Iterate `rows()` once; what was found on the way stands in the attributes after.

    `rejected` holds the keys of rows that are kept out, each with the building and stairwell in hand there; the last
    of them are known only when the walk ends, after their rows were given (`late`).

    `names` are those of the neighbourhood it is meant for. `mapping` is this import's own, by column name; `remembered`
    are earlier ones by the signature of a table's head. Raises UnreadableFile, also while rows are walked.
    """

    def __init__(
        self,
        path: Path,
        *,
        names: Sequence[str] = (),
        mapping: Mapping[str, str] | None = None,
        remembered: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self.problems: list[Problem] = []
        self.rejected: dict[int, tuple[str, str]] = {}
        self.late: list[int] = []
        self.rows_read = 0
        self.spaces: list[Space] = []
        self.sheets: list[str] = []
        self.tables: list[Table] = []
        self._names = [compact(name) for name in names if name]
        self._references = References()
        self._seen: dict[tuple[str, str], dict[str, int]] = {}
        self._areas = array("d")
        self._area_keys = array("Q")
        self._others: dict[str, array[int]] = {}
        self._is_named = False
        self._place = Place("", "")
        self._open(path, mapping or {}, remembered or {})

    def _open(self, path: Path, mapping: Mapping[str, str], remembered: Mapping[str, Mapping[str, str]]) -> None:
        sheets = list(open_sheets(path))
        shown = sum(not sheet.hidden for sheet in sheets)
        for number, sheet in enumerate(sheets):
            self.sheets.append(sheet.name)
            if sheet.hidden:
                self.problems.append(Problem("hidden_sheet", sheet.name))
                continue
            table = find_table(sheet, number, remembered, mapping, only_sheet=shown == 1)
            if table.has_content:
                self.tables.append(table)
        if not self.tables:
            raise UnreadableFile("file_empty")
        self.has_roster = any(table.kind is Kind.ROSTER for table in self.tables)
        for table in self.tables:
            self._describe(table)

    def _describe(self, table: Table) -> None:
        """Says what a person should know of a table's columns before any row is read."""
        if table.kind is None:
            code = "sheet_not_read" if self.has_roster else "no_table_found"
            self.problems.append(Problem(code, table.sheet, table.header_row))
            if self.has_roster:
                return
        for column in table.columns:
            code = "unknown_column" if column.fate is Fate.UNKNOWN else ""
            if column.index in table.hidden_columns and column.fate is Fate.USED:
                code = "hidden_column"
            if code:
                self.problems.append(Problem(code, table.sheet, table.header_row, column.letter, column.header))
        if table.kind is Kind.ROSTER and table.column(Field.AREA) is None:
            self.problems.append(Problem("no_area_column", table.sheet, table.header_row))

    def rows(self) -> Iterator[Row]:
        """Every household that can be placed, as it comes. Sheets that others refer to are read first."""
        for kind in (Kind.BUILDINGS, Kind.OWNERS, Kind.ROSTER, Kind.PARKING):
            for table in self.tables:
                if table.kind is not kind:
                    continue
                if kind is Kind.BUILDINGS:
                    self._references.take_buildings(table)
                elif kind is Kind.OWNERS:
                    self._references.take_owners(table)
                elif kind is Kind.ROSTER:
                    yield from self._households(table)
                else:
                    self._parking(table)
        self._judge_areas()
        self._judge_neighbourhoods()
        order = {sheet: number for number, sheet in enumerate(self.sheets)}
        self.problems.sort(key=lambda problem: (order[problem.sheet], problem.row))

    def where(self, key: int) -> tuple[str, int]:
        """The sheet and row of a key."""
        return self.sheets[key >> 24], key & 0xFFFFFF

    # --- What is said of a row ---------------------------------------------------------------------

    def _say(self, table: Table, row: int, field: Field, code: str, **params: int | str) -> None:
        column = table.column(field)
        letter, header = (column.letter, column.header) if column else ("", "")
        self.problems.append(Problem(code, table.sheet, row, letter, header, params))

    def _reject(self, table: Table, row: int, field: Field, code: str, **params: int | str) -> None:
        self._say(table, row, field, code, **params)
        self.rejected[table.number << 24 | row] = (self._place.building, self._place.stairwell)

    # --- Households --------------------------------------------------------------------------------

    def _households(self, table: Table) -> Iterator[Row]:
        layout = Layout(table, self._references, lambda row, field, code: self._say(table, row, field, code))
        place = self._place = Place(table.building, table.stairwell)
        has_stairwell, has_area = layout.has(Field.STAIRWELL), layout.has(Field.AREA)
        has_owner, has_occupancy = layout.has(Field.OWNER), layout.has(Field.OCCUPANCY)
        buildings = _Cache(lambda text: _building_of(text, may_hold_stairwell=not has_stairwell))
        stairwells, units, areas = _Cache(read_stairwell), _Cache(_unit_of), _Cache(_area_of)
        floors, uses, tenures, occupancies = map(_Cache, (read_floor, read_use, read_tenure, read_occupancy))
        source = next((area_source(column.header) for column in table.columns_for(Field.AREA)), "")
        pick, widened, width, is_plain_layout = layout.pick, layout.widened, layout.width, layout.is_plain
        base, others = table.number << 24, self._others
        last_building = last_stairwell = last_neighbourhood = ""
        doors: dict[str, int] = {}

        for row, cells in enumerate(table.rows, table.first_row):
            if is_plain_layout and len(cells) == width:
                cells.append("")
            else:
                cells = widened(row, cells)
            (
                building_text,
                stairwell_text,
                unit_text,
                floor_text,
                area_text,
                use_text,
                tenure_text,
                occupancy_text,
                head_text,
                phone_text,
                owner_text,
                owner_phone_text,
                remarks_text,
                serial_text,
                neighbourhood_text,
                space_text,
            ) = pick(cells)
            unit, manner = units[unit_text]
            is_odd = manner == _ODD or (serial_text and not serial_text.isdigit()) or head_text in _TOTALS
            if is_odd and self._is_no_household(table, layout, row, cells, unit, place):
                last_building = ""
                continue
            self.rows_read += 1
            if manner or not building_text or building_text != last_building or stairwell_text != last_stairwell:
                fault = place.move(
                    buildings[building_text], stairwells[stairwell_text], unit, is_stated=building_text != ""
                )
                if fault:
                    field, code = fault
                    column = {Field.UNIT: layout.unit_field, Field.BUILDING: layout.building_field}.get(field, field)
                    self._reject(table, row, column, code)
                    last_building = ""
                    continue
                if place.is_assumed and has_stairwell and not manner:
                    self._say(table, row, Field.STAIRWELL, "stairwell_from_above", stairwell=place.stairwell)
                last_building, last_stairwell = ("" if manner else building_text), stairwell_text
                building, stairwell = place.building, place.stairwell or UNMARKED
                doors = self._seen.setdefault((building, stairwell), {})
            number = unit.number
            key = base | row
            if doors.setdefault(number, key) != key:
                sheet, first = self.where(doors[number])
                self._reject(table, row, layout.unit_field, "same_unit_twice", first_sheet=sheet, first_row=first)
                continue
            if neighbourhood_text:
                if neighbourhood_text != last_neighbourhood:
                    self._note_neighbourhood(neighbourhood_text)
                    last_neighbourhood = neighbourhood_text
                if neighbourhood_text in others:
                    others[neighbourhood_text].append(key)
            floor = use = area = tenure = occupancy = phones = owner_phones = remarks = owners = kinds = ""
            if floor_text:
                floor, code = floors[floor_text]
                if code:
                    self._say(table, row, Field.FLOOR, code)
            if use_text:
                use, code = uses[use_text]
                if code:
                    self._say(table, row, Field.USE, code)
            if tenure_text:
                tenure, code = tenures[tenure_text]
                if code:
                    self._say(table, row, Field.TENURE, code)
            if occupancy_text:
                occupancy, code = occupancies[occupancy_text]
                if code:
                    self._say(table, row, Field.OCCUPANCY, code)
            if has_area:
                area, code, square_metres = areas[area_text]
                if code:
                    is_merged = code == "area_empty" and layout.is_merged(row, Field.AREA)
                    self._say(table, row, Field.AREA, "area_merged" if is_merged else code)
                elif (use or unit.use or "residential") == "residential":
                    self._areas.append(square_metres)
                    self._area_keys.append(key)
            if phone_text:
                is_mobile = is_plain_mobile(phone_text)
                phones = f"{{{phone_text}}}" if is_mobile else self._phones(table, row, Field.PHONE, phone_text)
            if owner_phone_text:
                owner_phones = self._phones(table, row, Field.OWNER_PHONE, owner_phone_text)
            if remarks_text:
                remarks = self._remarks(table, row, remarks_text)
            head = head_text
            if head_text and (not is_plain_name(head_text) or head_text in NO_NAME):
                heads = self._names_in(table, row, Field.HEAD, head_text)
                head = heads[0] if heads else ""
                if len(heads) > 1:
                    self._say(table, row, Field.HEAD, "several_names")
                    if not has_owner:
                        owners, kinds = _owners_of(heads)
                if head_text in EMPTY_HOME and not has_occupancy:
                    occupancy = "vacant"
            if owner_text:
                if owner_text in _SAME_AS_HEAD:
                    owners = head
                elif is_plain_name(owner_text) and owner_text not in NO_NAME:
                    owners = owner_text
                else:
                    owners, kinds = _owners_of(self._names_in(table, row, Field.OWNER, owner_text))
            if space_text:
                self.spaces += [Space(space, "", "", building, stairwell, number) for space in spaces_in(space_text)]
            if layout.remembers_rooms:
                self._references.take_room(
                    layout.room_code(cells), layout.owner_codes(cells), (building, stairwell, number)
                )
            yield Row(
                str(key),
                building,
                stairwell,
                number,
                floor,
                unit.floor,
                area,
                use,
                unit.use,
                tenure,
                occupancy,
                head,
                phones,
                remarks,
                owners,
                kinds,
                owner_phones,
                source if area else "",
            )

    def _is_no_household(
        self, table: Table, layout: Layout, row: int, cells: Sequence[str], unit: Unit, place: Place
    ) -> bool:
        """Whether a row that looks odd is blank, a total, a title, the header again, a line below the table, or lacks
        its unit number. Titles move `place`; only the last of these is a problem.
        """
        filled = [index for index, cell in enumerate(cells[: layout.width]) if cell and not cell.isspace()]
        if not filled:
            return True
        texts = [cells[index] for index in filled]
        if any(map(is_total, texts[:4])) or is_foot(texts[0]) or table.is_repeated_header(cells):
            return True
        if len(set(texts)) == 1 and not unit.number and not unit.code:
            place.enter(building_in_title(texts[0]), stairwell_in_title(texts[0]))
            return True
        if unit.number or unit.code:
            return False
        self.rows_read += 1
        self._reject(table, row, layout.unit_field, "unit_missing")
        return True

    def _phones(self, table: Table, row: int, field: Field, text: str) -> str:
        found = read_phones(text)
        for digits in found.wrong:
            self._say(table, row, field, "phone_digits", digits=digits)
        if found.had_identity_number:
            self._say(table, row, field, "identity_number_removed")
        return f"{{{','.join(found.numbers)}}}" if found.numbers else ""

    def _names_in(self, table: Table, row: int, field: Field, text: str) -> tuple[str, ...]:
        found = read_names(text)
        for code in found.codes:
            self._say(table, row, field, code)
        return found.names

    def _remarks(self, table: Table, row: int, text: str) -> str:
        text, had_identity_number = without_identity_numbers(clean(text))
        if had_identity_number:
            self._say(table, row, Field.REMARKS, "identity_number_removed")
        if len(text) > MAX_REMARKS_LENGTH:
            self._say(table, row, Field.REMARKS, "remarks_cut", characters=MAX_REMARKS_LENGTH)
        return text[:MAX_REMARKS_LENGTH]

    # --- Other tables, and what only the whole file shows ------------------------------------------

    def _parking(self, table: Table) -> None:
        for row, space in self._references.spaces_of(table):
            if space is None:
                # A row that is kept out is a row read, so that rows read less those kept out are households.
                self.rows_read += 1
                self._reject(table, row, Field.PARKING, "space_missing")
            else:
                self.spaces.append(space)

    def _note_neighbourhood(self, text: str) -> None:
        name = compact(text)
        if any(name in own or own in name for own in self._names):
            self._is_named = True
        elif name:
            self._others.setdefault(text, array("Q"))

    def _judge_neighbourhoods(self) -> None:
        """Rows of another neighbourhood are errors once the file names this one too, or several others.

        One other name throughout may be an old one: that is said once, and the rows are taken.
        """
        tables = {table.number: table for table in self.tables}
        is_error = self._is_named or len(self._others) > 1
        for keys in self._others.values():
            for key in keys if is_error else keys[:1]:
                table, row = tables[key >> 24], key & 0xFFFFFF
                if is_error:
                    self.late.append(key)
                    self._reject(table, row, Field.NEIGHBOURHOOD, "other_neighbourhood")
                else:
                    self._say(table, row, Field.NEIGHBOURHOOD, "neighbourhood_differs")

    def _judge_areas(self) -> None:
        """Says which homes' areas are more than three times, or less than a third of, the file's median."""
        if len(self._areas) < FEWEST_AREAS:
            return
        usual = median(self._areas)
        tables = {table.number: table for table in self.tables}
        for key, area in zip(self._area_keys, self._areas, strict=True):
            if is_suspicious(area, usual):
                params: dict[str, int | str] = {"area": f"{area:.2f}", "usual": f"{usual:.2f}"}
                if (meant := meant_area(area, usual)) is not None:
                    params["meant"] = f"{meant:.2f}"
                self._say(tables[key >> 24], key & 0xFFFFFF, Field.AREA, "area_suspicious", **params)
