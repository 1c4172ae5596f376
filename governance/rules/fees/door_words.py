"""A door as somebody types it: 5-1-302, 5-302, 302, 5号楼1单元302室."""

import re
from dataclasses import dataclass

_BETWEEN = re.compile(r"(?:号楼|栋|幢|座|单元|[\s\-–—/·.,，#])+")
_AT_THE_END = re.compile(r"[室号户]$")


@dataclass(frozen=True, slots=True)
class DoorWords:
    """The parts of a door that were named; empty where they were not."""

    building: str = ""
    stairwell: str = ""
    unit: str = ""


def read_door(text: str) -> DoorWords | None:
    """The door that a text names; None where it holds no digit, and so is a name. What stands before three parts is
    left out.
    """
    if not any(letter in "0123456789" for letter in text):
        return None
    parts = [part for part in _BETWEEN.split(_AT_THE_END.sub("", text.strip())) if part]
    match parts:
        case []:
            return None
        case [unit]:
            return DoorWords(unit=unit)
        case [building, unit]:
            return DoorWords(building=building, unit=unit)
    return DoorWords(*parts[-3:])
