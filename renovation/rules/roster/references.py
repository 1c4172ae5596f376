"""Property systems' exports: sheets for buildings and stairwells, owners, rooms and parking that name each other by
number. What the first two say is kept here, so that rooms can be read like the rows of any other roster.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from renovation.rules.roster.columns import Field
from renovation.rules.roster.places import MAX_PLACE_LENGTH, read_building, read_stairwell
from renovation.rules.roster.tables import Table, is_total
from renovation.rules.roster.values import read_area
from renovation.rules.roster.words import compact, says_nothing

UNRESOLVED = "\0"
"""Stands in a cell for a number that no sheet explains."""

Door = tuple[str, str, str]

_SEPARATORS = re.compile(r"[、,;/\s]+")
_OWNERSHIPS = (
    (re.compile("人防|civil_defence"), "civil_defence"),
    (re.compile("产权|规划|私有|出售|planned"), "planned"),
    (re.compile("公共|公用|地面|路面|租|shared_land"), "shared_land"),
)


class Space(NamedTuple):
    """A parking space as text, and the door that holds it, if any; an empty text says nothing."""

    number: str
    ownership: str = ""
    area: str = ""
    building: str = ""
    stairwell: str = ""
    unit_number: str = ""


def spaces_in(text: str) -> list[str]:
    """The numbers of parking spaces in a roster's cell; "无" and what is too long to be one are none."""
    numbers = _SEPARATORS.split(compact(text).upper())
    return [number for number in numbers if not says_nothing(number) and len(number) <= MAX_PLACE_LENGTH]


def cell(cells: Sequence[str], table: Table, field: Field) -> str:
    """A field's cell in a row, compacted; nothing where the table or the row has none."""
    column = table.column(field)
    return compact(cells[column.index]) if column and column.index < len(cells) else ""


class References:
    """The numbers that sheets of one file refer to."""

    def __init__(self) -> None:
        self.buildings: dict[str, str] = {}
        self.stairwells: dict[tuple[str, str], tuple[str, str]] = {}
        self.owners: dict[str, tuple[str, str]] = {}
        self.rooms: dict[str, Door] = {}
        self.rooms_of: dict[str, list[Door]] = {}
        self._alone: dict[str, tuple[str, str] | None] = {}

    def take_buildings(self, table: Table) -> None:
        for cells in table.rows:
            code = cell(cells, table, Field.BUILDING_CODE)
            name = cell(cells, table, Field.BUILDING) or code
            stairwell_code = cell(cells, table, Field.STAIRWELL_CODE)
            stairwell_name = cell(cells, table, Field.STAIRWELL) or stairwell_code
            if is_total(code) or not (code or name):
                continue
            # A sheet of stairwells may name its building by the number that a sheet of buildings explains.
            number = self.buildings.get(code, "") if name == code else ""
            number = number or read_building(name).number
            if code and number:
                self.buildings[code] = number
            if stairwell_code and number:
                place = (number, read_stairwell(stairwell_name).stairwell)
                self.stairwells[code, stairwell_code] = place
                self._alone[stairwell_code] = place if self._alone.get(stairwell_code, place) == place else None

    def take_owners(self, table: Table) -> None:
        phones = [*table.columns_for(Field.PHONE), *table.columns_for(Field.OWNER_PHONE)]
        for cells in table.rows:
            code = cell(cells, table, Field.OWNER_CODE)
            name = cell(cells, table, Field.OWNER) or cell(cells, table, Field.HEAD)
            if not code or is_total(code):
                continue
            numbers = [cells[column.index] for column in phones if column.index < len(cells) and cells[column.index]]
            self.owners[code] = (name, "、".join(numbers))

    def place_of(self, building_code: str, stairwell_code: str) -> tuple[str, str]:
        """Building and stairwell as text for the rest of the reading; UNRESOLVED where no sheet explains a number."""
        if not building_code and stairwell_code:
            return self._alone.get(stairwell_code) or (UNRESOLVED, "")
        if not building_code:
            return "", ""
        if found := self.stairwells.get((building_code, stairwell_code)):
            return found
        if building_code not in self.buildings and read_building(building_code).number in self.buildings.values():
            return building_code, stairwell_code
        return self.buildings.get(building_code, UNRESOLVED), stairwell_code

    def owner_of(self, codes: str) -> tuple[str, str, bool]:
        """Names and phones of one or several owners by number, and whether every number was explained."""
        found = [self.owners.get(code) for code in _SEPARATORS.split(codes) if code]
        known = [owner for owner in found if owner]
        return "、".join(name for name, _phones in known), known[0][1] if known else "", len(known) == len(found)

    def take_room(self, room_code: str, owner_codes: str, door: Door) -> None:
        if room_code:
            self.rooms[room_code] = door
        for code in _SEPARATORS.split(owner_codes):
            if code:
                self.rooms_of.setdefault(code, []).append(door)

    def spaces_of(self, table: Table) -> Iterator[tuple[int, Space | None]]:
        """A parking sheet's rows: each space with the door that it names, or with its owner's door if that is one."""
        for row, cells in enumerate(table.rows, table.first_row):
            number = cell(cells, table, Field.PARKING).upper()
            if not any(cells) or is_total(number) or (cells and is_total(cells[0])):
                continue
            if says_nothing(number) or len(number) > MAX_PLACE_LENGTH:
                yield row, None
                continue
            door = self.rooms.get(cell(cells, table, Field.ROOM_CODE))
            doors = self.rooms_of.get(cell(cells, table, Field.OWNER_CODE), [])
            if door is None and len(doors) == 1:
                door = doors[0]
            kind = cell(cells, table, Field.SPACE_OWNERSHIP)
            ownership = next((value for words, value in _OWNERSHIPS if words.search(kind)), "")
            yield row, Space(number, ownership, read_area(cell(cells, table, Field.AREA))[0], *(door or ("", "", "")))
