"""A building seen from the front, door by door: what staff walk by (pages.md, The elevation)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from consent.choices import Given, StanceValue
from consent.models import RollEntry, Round, RoundDoor, Survey
from consent.rules.numbers import natural
from consent.rules.walk import DoorPlace


@dataclass(frozen=True)
class DoorCell:
    """A door in the picture. `is_due`: the round in hand visits it and has not yet; `is_out`: it does not visit it."""

    household: int
    building: int
    building_number: str
    stairwell: str
    floor: int | None
    unit: str
    value: str
    given: str
    counts: bool
    round: int
    is_due: bool
    is_out: bool

    @property
    def look(self) -> str:
        """The sign: a yes that waits for its form looks like none of the others."""
        return "verbal" if self.value == StanceValue.SUPPORTS and self.given == Given.VERBAL else self.value

    @property
    def stance_name(self) -> str:
        return str(StanceValue(self.value).label)

    @property
    def place(self) -> DoorPlace:
        return DoorPlace(self.household, natural(self.building_number), self.stairwell, self.floor, self.unit)


@dataclass(frozen=True)
class StairwellColumn:
    number: str
    width: int
    due: int


@dataclass(frozen=True)
class Floor:
    """A row of the picture: for each stairwell its cells, None where there is no door. `number` None is unknown."""

    number: int | None
    cells: Sequence[tuple[DoorCell | None, bool]]
    """Each with whether a stairwell begins here."""


@dataclass(frozen=True)
class Elevation:
    building: int
    number: str
    stairwells: Sequence[StairwellColumn]
    floors: Sequence[Floor]
    households: int
    due: int


def round_in_hand(survey: Survey) -> Round | None:
    return survey.rounds.filter(closed_at=None).first()


def door_cells(doors: QuerySet[RollEntry], in_hand: Round | None) -> list[DoorCell]:
    """The doors as cells, in walking order. Two queries."""
    walked: dict[int, bool] = {}
    if in_hand is not None:
        walked = dict(RoundDoor.objects.filter(round=in_hand).values_list("door", "visited"))
    cells = [
        DoorCell(
            household=door.household_id,
            building=door.building_id,
            building_number=door.building.number,
            stairwell=door.stairwell_number,
            floor=door.floor,
            unit=door.unit_number,
            value=door.stance.value,
            given=door.stance.given,
            counts=door.stance.counts,
            round=door.stance.round,
            is_due=door.pk in walked and not walked[door.pk],
            is_out=in_hand is not None and door.pk not in walked,
        )
        for door in doors.select_related("building", "stance")
    ]
    return sorted(cells, key=lambda cell: (natural(cell.building_number), natural(cell.stairwell), natural(cell.unit)))


def elevations_of(cells: Iterable[DoorCell]) -> list[Elevation]:
    """The buildings of these cells, each with its floors from the top and its stairwells from the left."""
    buildings: dict[int, list[DoorCell]] = defaultdict(list)
    for cell in cells:
        buildings[cell.building].append(cell)
    return [_elevation(found) for found in buildings.values()]


def _elevation(cells: Sequence[DoorCell]) -> Elevation:
    stairwells: dict[str, list[DoorCell]] = defaultdict(list)
    for cell in cells:
        stairwells[cell.stairwell].append(cell)
    numbers = sorted(stairwells, key=natural)
    grids = {number: _grid(stairwells[number]) for number in numbers}
    floors = sorted({cell.floor for cell in cells if cell.floor is not None}, reverse=True)
    levels: list[int | None] = [*floors, None] if any(cell.floor is None for cell in cells) else list(floors)
    rows = []
    for level in levels:
        row: list[tuple[DoorCell | None, bool]] = []
        for number in numbers:
            columns, placed = grids[number]
            row += [(placed.get((level, column)), column == 0) for column in range(columns)]
        rows.append(Floor(level, row))
    return Elevation(
        building=cells[0].building,
        number=cells[0].building_number,
        stairwells=[
            StairwellColumn(number, grids[number][0], sum(cell.is_due for cell in stairwells[number]))
            for number in numbers
        ],
        floors=rows,
        households=len(cells),
        due=sum(cell.is_due for cell in cells),
    )


def _grid(cells: Sequence[DoorCell]) -> tuple[int, dict[tuple[int | None, int], DoorCell]]:
    """How many columns a stairwell needs, and each door's column: doors above each other share what their numbers
    share (301 and 401); where numbers say nothing of the kind, they stand in order from the left.
    """
    floors: dict[int | None, list[DoorCell]] = defaultdict(list)
    for cell in cells:
        floors[cell.floor].append(cell)
    most = max(len(found) for found in floors.values())
    endings = {cell.household: _ending(cell) for cell in cells}
    columns = sorted(set(endings.values()), key=natural)
    once_a_floor = all(len({endings[cell.household] for cell in found}) == len(found) for found in floors.values())
    placed: dict[tuple[int | None, int], Any] = {}
    if once_a_floor and len(columns) <= most + 2:
        for cell in cells:
            placed[cell.floor, columns.index(endings[cell.household])] = cell
        return len(columns), placed
    for floor, found in floors.items():
        for column, cell in enumerate(found):
            placed[floor, column] = cell
    return most, placed


def _ending(cell: DoorCell) -> str:
    """What is left of a door's number without its floor: 01 of 401."""
    unit = cell.unit.lstrip("0")
    return unit.removeprefix(str(cell.floor)) if cell.floor is not None and len(unit) > len(str(cell.floor)) else unit
