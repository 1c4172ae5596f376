"""From a row of cells to the texts that the walk reads, in one order: padded, merged cells filled in, several columns
of one field joined, numbers that refer to other sheets resolved.
"""

from collections.abc import Callable, Sequence
from operator import itemgetter

from renovation.rules.roster.columns import SEVERAL_COLUMNS, Field
from renovation.rules.roster.files import Merged
from renovation.rules.roster.places import Building, Unit
from renovation.rules.roster.references import References
from renovation.rules.roster.tables import Table
from renovation.rules.roster.words import compact

FIELDS = (
    Field.BUILDING,
    Field.STAIRWELL,
    Field.UNIT,
    Field.FLOOR,
    Field.AREA,
    Field.USE,
    Field.TENURE,
    Field.OCCUPANCY,
    Field.HEAD,
    Field.PHONE,
    Field.OWNER,
    Field.OWNER_PHONE,
    Field.REMARKS,
    Field.SERIAL,
    Field.NEIGHBOURHOOD,
    Field.PARKING,
)

_FILLED_DOWN = frozenset(FIELDS) - {Field.AREA, Field.UNIT, Field.SERIAL, Field.REMARKS, Field.PARKING} | {
    Field.BUILDING_CODE,
    Field.STAIRWELL_CODE,
}
"""What a merged cell says of each row it spans; a merged area is the area of all of them together."""

_MOST_MERGED = 200


class Layout:
    """Where each field's text stands in a row. `pick` takes them out of a row that `widened` has made."""

    def __init__(self, table: Table, references: References, say: Callable[[int, Field, str], None]) -> None:
        self._table, self._references, self._say = table, references, say
        self.width = max((column.index for column in table.columns), default=0) + 1
        self._joined: list[tuple[list[int], str]] = []
        self._active: list[tuple[Merged, str]] = []
        self._next_merged = 0
        self._fillable = {column.index for column in table.columns if column.field in _FILLED_DOWN}
        self._at: dict[Field, int] = {}
        for field in FIELDS:
            columns = [column.index for column in table.columns_for(field)]
            if len(columns) > 1 and field in SEVERAL_COLUMNS:
                self._at[field] = self.width + len(self._joined)
                self._joined.append((columns, "；" if field is Field.REMARKS else "、"))
            elif columns:
                self._at[field] = columns[0]
        self.unit_field = next(field for field in (Field.UNIT, Field.PLACE, Field.ROOM_CODE) if table.column(field))
        self._at[Field.UNIT] = self._index(self.unit_field)
        self.building_field = Field.BUILDING
        self._refer()
        self.is_plain = not (self._joined or table.merged or self._refers_to_places or self._refers_to_owners)
        self.pick = itemgetter(*(self._at.get(field, -1) for field in FIELDS))

    def _index(self, field: Field) -> int:
        column = self._table.column(field)
        return column.index if column else -1

    def _refer(self) -> None:
        """Columns of numbers: explained by other sheets where there are such, else taken as they stand."""
        table, at = self._table, self._at
        self._refers_to_places = bool(self._references.buildings) and Field.BUILDING not in at
        self._refers_to_places &= bool(table.column(Field.BUILDING_CODE) or table.column(Field.STAIRWELL_CODE))
        self._refers_to_owners = bool(self._references.owners) and table.column(Field.OWNER_CODE) is not None
        self._refers_to_owners &= Field.OWNER not in at
        after = self.width + len(self._joined)
        if Field.BUILDING not in at and table.column(Field.BUILDING_CODE):
            self.building_field = Field.BUILDING_CODE
            at[Field.BUILDING] = self._index(Field.BUILDING_CODE)
        if Field.STAIRWELL not in at and table.column(Field.STAIRWELL_CODE):
            at[Field.STAIRWELL] = self._index(Field.STAIRWELL_CODE)
        if self._refers_to_places:
            at[Field.BUILDING], at[Field.STAIRWELL] = after, after + 1
            after += 2
        if self._refers_to_owners:
            at[Field.OWNER], at[Field.OWNER_PHONE] = after, after + 1
        self.remembers_rooms = table.column(Field.ROOM_CODE) is not None or table.column(Field.OWNER_CODE) is not None

    def has(self, field: Field) -> bool:
        return field in self._at

    def widened(self, row: int, raw: list[str]) -> list[str]:
        """The row with what other rows, columns and sheets say of it, and an empty cell for fields it lacks."""
        cells = raw[: self.width]
        cells += [""] * (self.width - len(cells))
        if self._table.merged:
            self._fill(row - 1, cells)
        cells += [glue.join(filter(None, (cells[index] for index in columns))) for columns, glue in self._joined]
        if self._refers_to_places:
            codes = [
                compact(cells[self._index(field)]) if self._table.column(field) else ""
                for field in (Field.BUILDING_CODE, Field.STAIRWELL_CODE)
            ]
            cells += self._references.place_of(*codes)
        if self._refers_to_owners:
            names, phones, is_known = self._references.owner_of(self.owner_codes(cells))
            if not is_known:
                self._say(row, Field.OWNER_CODE, "unknown_owner")
            cells += (names, phones)
        cells.append("")
        return cells

    def owner_codes(self, cells: Sequence[str]) -> str:
        return compact(cells[self._index(Field.OWNER_CODE)]) if self._table.column(Field.OWNER_CODE) else ""

    def room_code(self, cells: Sequence[str]) -> str:
        return compact(cells[self._index(Field.ROOM_CODE)]) if self._table.column(Field.ROOM_CODE) else ""

    def _fill(self, row: int, cells: list[str]) -> None:
        """Fills what merged ranges say of `row` (from 0). Rows come in their order."""
        ranges = self._table.merged
        self._active = [(area, text) for area, text in self._active if area.bottom >= row]
        while self._next_merged < len(ranges) and ranges[self._next_merged].top <= row:
            area = ranges[self._next_merged]
            self._next_merged += 1
            if area.bottom > area.top and area.left < self.width and len(self._active) < _MOST_MERGED:
                self._active.append((area, cells[area.left] if area.top == row else ""))
        for area, text in self._active:
            if area.left in self._fillable and not cells[area.left]:
                cells[area.left] = text

    def is_merged(self, row: int, field: Field) -> bool:
        """Whether a row's cell of `field` is the lower part of a merged one. Asked while the row is walked."""
        index = self._at.get(field, -1)
        return any(area.left == index and area.top < row - 1 for area, _text in self._active)


class Place:
    """The building and stairwell in hand while a table is walked: a blank cell means the one above."""

    def __init__(self, building: str, stairwell: str) -> None:
        self.building, self.stairwell = building, stairwell
        self.is_assumed = False
        self._is_led = False
        self._stairwell_style: set[str] = set()

    def enter(self, building: str, stairwell: str) -> None:
        """A title row between the rows names what is below it."""
        if building:
            self.building, self.stairwell = building, ""
        if stairwell:
            self.stairwell = stairwell

    def move(self, building: Building, stairwell: Building, unit: Unit, *, is_stated: bool) -> tuple[Field, str] | None:
        """Goes where a row's cells say, or tells which field is at fault and how.

        `is_assumed` says after it that the stairwell was taken from above although the row named its building.
        """
        self.is_assumed = False
        for field, code in (
            (Field.UNIT, unit.code),
            (Field.BUILDING, building.code),
            (Field.STAIRWELL, stairwell.code),
        ):
            if code:
                return field, code
        numbers = {number for number in (building.number, stairwell.number, unit.building) if number}
        if len(numbers) > 1:
            return Field.UNIT, "place_contradicts"
        marked = {number for number in (stairwell.stairwell, building.stairwell, unit.stairwell) if number}
        if len(marked) > 1:
            return Field.UNIT, "place_contradicts"
        # Where nothing else names a building, the first part of "3-101" does, row by row.
        is_led = not numbers and unit.lead != "" and (self._is_led or not self.building)
        here = unit.lead if is_led else next(iter(numbers), "") or self.building
        if not here:
            return Field.BUILDING, "building_missing"
        above = self.stairwell if here == self.building else ""
        entrance = next(iter(marked), "")
        if unit.lead and not is_led:
            # "3-101" in building 3 names the building, unless doors of the same building began with other numbers.
            if entrance and unit.lead not in (entrance, here):
                return Field.UNIT, "place_contradicts"
            if not entrance and (unit.lead != here or here in self._stairwell_style):
                self._stairwell_style.add(here)
                entrance = unit.lead
        if not entrance and above:
            self.is_assumed = is_stated and not unit.lead
            entrance = above
        self.building, self.stairwell, self._is_led = here, entrance, is_led
        return None
