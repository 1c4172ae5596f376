"""Which door is offered next: the way a person walks through a house."""

from collections.abc import Iterable
from dataclasses import dataclass

from consent.rules.numbers import natural


@dataclass(frozen=True, slots=True)
class DoorPlace:
    """Where a door is. `building` sorts in walking order; an unknown floor is None."""

    household: int
    building: tuple[int, str]
    stairwell: str
    floor: int | None
    unit: str


def next_door(open_doors: Iterable[DoorPlace], last: DoorPlace | None) -> DoorPlace | None:
    """The open door to offer after `last`: on the same floor of the same stairwell, else the nearest floor there, else
    the next stairwell, else the next building; without a last one, the first of all. None where nothing is open.
    """
    doors = [door for door in open_doors if last is None or door.household != last.household]
    if not doors:
        return None
    if last is None:
        return min(doors, key=_in_order)

    def distance(door: DoorPlace) -> tuple[object, ...]:
        same_building = door.building == last.building
        same_stairwell = same_building and door.stairwell == last.stairwell
        floors = abs((door.floor or 0) - (last.floor or 0)) if same_stairwell else 0
        behind = _in_order(door) < _in_order(last)
        return (not same_building, not same_stairwell, floors, behind, _in_order(door))

    return min(doors, key=distance)


def _in_order(door: DoorPlace) -> tuple[object, ...]:
    return (door.building, natural(door.stairwell), door.floor or 0, natural(door.unit), door.household)
