"""Where a door is: building, stairwell, floor and unit number, as rosters write them (workflow.md, roster columns)."""

import re
from typing import NamedTuple

from renovation.rules.roster.words import NUMERALS, clean, compact, number_of, says_nothing, without_identity_numbers

MAX_PLACE_LENGTH = 20
FLOORS = range(-5, 121)

_NUMBER = rf"(?:\d+[A-Za-z]?|[{NUMERALS}]+|[A-Za-z]\d{{0,3}}|[甲乙丙丁戊己庚辛])"
_ZONE = rf"(?:(?:[东西南北中]|\d{{1,2}}|[A-Za-z]|[{NUMERALS}]{{1,2}}|新|老)(?:区|苑|期|院))"
_BUILDING_WORD = r"(?:号楼|号栋|栋楼|幢楼|#楼|#栋|栋|幢|座|#)"
_SIDE = "[东西南北中左右]"
_DITTO = frozenset({"同上", "〃", '"', "''", "″"})

_BUILDING_ALONE = re.compile(rf"^({_ZONE})?-?第?({_NUMBER})(?:{_BUILDING_WORD}|号|楼)?$")
_BUILDING_WITHIN = re.compile(rf"({_ZONE})?-?第?({_NUMBER}){_BUILDING_WORD}(?:楼)?")
_STAIRWELL_ALONE = re.compile(rf"^第?({_NUMBER}|{_SIDE})(?:单元|门洞|门栋|门|梯|#|号|号门)?$")
_STAIRWELL_NEXT = re.compile(rf"^-?第?({_NUMBER}|{_SIDE})(?:单元|门洞|门栋|梯)-?")
_STAIRWELL_WITHIN = re.compile(rf"({_NUMBER}|{_SIDE})单元")
_FLOOR_NEXT = re.compile(rf"^-?(负?(?:\d+|[{NUMERALS}]+))(?:层|楼)-?(?=.)", re.ASCII)
_FLOOR = re.compile(rf"^第?(负|地下|-|b)?(\d+|[{NUMERALS}]+)(?:层|楼|f)?(?:[-/].*)?$", re.IGNORECASE | re.ASCII)

_UNIT_TAIL = re.compile(r"(?<=[0-9A-Za-z])(?:号房间|号房|号室|房间|室|号|房|户|#)$")
_SEVERAL_FOLLOW = ("-", "至", "到", "、", ",", "共", "计", "有")
_PLAIN_UNIT = re.compile(r"^\d{1,2}\d{2}$", re.ASCII)
_NUMBERED_UNIT = re.compile(r"^(\d{1,2})\d{2}(?:[-A-Za-z(].*)?$", re.ASCII)
_SEVERAL = re.compile(r"^\d{2,4}[A-Za-z]?(?:[、,/;&+和及.]\d{2,4}[A-Za-z]?)+$|^\d{3,4}-\d{3,4}$")
_DATE = re.compile(r"\d月\d+日|^(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}(?!\d)|^\d{1,2}-[A-Z][a-z]{2}$")
_TRAILING_ZERO = re.compile(r"^(\d+)\.0+$")
_USES = (
    (re.compile("门面|商铺|商业|商|铺|店"), "shop"),
    (re.compile("车库|车位"), "garage"),
    (re.compile("储藏|储物|杂物|杂屋|柴"), "storage"),
)


class Building(NamedTuple):
    """What a cell about a building says: its number, and the stairwell if that stands in the same cell."""

    number: str = ""
    stairwell: str = ""
    code: str = ""


class Unit(NamedTuple):
    """What a cell about a door says. `lead` is a first part that may be building or stairwell ("3-101").

    `floor` is text, empty where the number does not tell; `use` is empty unless the number names one ("门面1").
    `code` is what is wrong, else empty.
    """

    number: str = ""
    floor: str = ""
    use: str = ""
    building: str = ""
    stairwell: str = ""
    lead: str = ""
    code: str = ""


def number_in_one_form(text: str) -> str:
    """ "03", "三" and "3" are one number; letters are upper case."""
    number = number_of(text)
    return text.upper() if number is None else str(number)


def _named(zone: str | None, number: str) -> str:
    return (zone or "").upper() + number_in_one_form(number)


def _short(place: Building, code: str) -> Building:
    """The place, or the code where a number is longer than any number is."""
    return place if max(len(place.number), len(place.stairwell)) <= MAX_PLACE_LENGTH else Building(code=code)


def read_building(text: str, *, may_hold_stairwell: bool = False) -> Building:
    """A building column's cell: "3", "3栋", "三栋", "3#", "03号楼", "黄龙小区3栋", "3栋1单元".

    A name without a number ("办公楼") is kept as it is. "3-1" is building 3 and stairwell 1 only where the table
    has no stairwells of their own.
    """
    text = _TRAILING_ZERO.sub(r"\1", compact(text))
    if says_nothing(text) or text in _DITTO:
        return Building()
    place = Building(text)
    parts = text.split("-")
    if alone := _BUILDING_ALONE.match(text):
        place = Building(_named(*alone.groups()))
    elif within := _BUILDING_WITHIN.search(text):
        stairwell = _STAIRWELL_NEXT.match(text[within.end() :] + "-")
        place = Building(_named(*within.groups()), number_in_one_form(stairwell[1]) if stairwell else "")
    elif may_hold_stairwell and len(parts) == 2 and all(_STAIRWELL_ALONE.match(part) for part in parts):
        place = Building(*map(number_in_one_form, parts))
    return _short(place, "building_unreadable")


def building_in_title(text: str) -> str:
    """The building that a sheet's name or a title row names ("黄龙小区3号楼住户花名册"), else nothing."""
    text = compact(text)
    found = _BUILDING_WITHIN.search(text)
    # "3-5栋" and "共12栋" name several.
    if not found or found[0].startswith("-") or text[: found.start()].endswith(_SEVERAL_FOLLOW):
        return ""
    return _short(Building(_named(*found.groups())), "").number


def stairwell_in_title(text: str) -> str:
    found = _STAIRWELL_WITHIN.search(compact(text))
    return _short(Building(stairwell=number_in_one_form(found[1])), "").stairwell if found else ""


def building_as_sheet_name(text: str) -> str:
    """The building that a sheet is called after: "3栋", and a bare "3" or "A" too; not "Sheet1", nor a year."""
    text = compact(text)
    found = _BUILDING_ALONE.match(text)
    if found and text.isdigit() and len(text) > 3:
        return ""
    return _short(Building(_named(*found.groups())), "").number if found else building_in_title(text)


def read_stairwell(text: str) -> Building:
    """A stairwell column's cell. Empty, "-" and "无" mean that none is marked."""
    text = _TRAILING_ZERO.sub(r"\1", compact(text))
    if says_nothing(text) or text in ("无单元", "0") or text in _DITTO:
        return Building()
    place = Building(stairwell=text)
    if alone := _STAIRWELL_ALONE.match(text):
        place = Building(stairwell=number_in_one_form(alone[1]))
    elif within := _STAIRWELL_WITHIN.search(text):
        place = Building(building_in_title(text), number_in_one_form(within[1]))
    return _short(place, "stairwell_unreadable")


def read_unit(text: str) -> Unit:
    """A unit column's cell, or an address's: "302", "0302", "302-1", "门面1", "1单元101室", "3-1-101", "3栋101".

    "a-b" is a split flat where a has three digits or more ("302-1"), else a lead and a unit ("1-302").
    """
    if _PLAIN_UNIT.match(text):
        return Unit(text, floor_in_unit(text))
    text = clean(text)
    if _DATE.search(text):
        return Unit(code="date_instead_of_unit")
    text = _TRAILING_ZERO.sub(r"\1", compact(text))
    if says_nothing(text):
        return Unit()
    building = stairwell = floor = lead = ""
    rest = text
    if (found := _BUILDING_WITHIN.search(rest)) and rest[found.end() :]:
        building, rest = _named(*found.groups()), rest[found.end() :]
    found = _STAIRWELL_NEXT.match(rest) or (None if building else _STAIRWELL_WITHIN.search(rest))
    if found and rest[found.end() :]:
        stairwell, rest = number_in_one_form(found[1]), rest[found.end() :]
    if found := _FLOOR_NEXT.match(rest):
        floor, rest = read_floor(found[1])[0], rest[found.end() :]
    rest = _UNIT_TAIL.sub("", rest.strip("-").upper())
    parts = rest.split("-")
    short = all(len(part) <= 2 for part in parts[:-1]) and all(parts)
    if len(parts) == 3 and short and not building and not stairwell:
        building, stairwell, rest = number_in_one_form(parts[0]), number_in_one_form(parts[1]), parts[2]
    elif len(parts) == 2 and short and len(parts[1]) >= 3 and not stairwell:
        lead, rest = number_in_one_form(parts[0]), parts[1]
        if building:
            stairwell, lead = lead, ""
    if _SEVERAL.match(rest):
        return Unit(code="several_units")
    if not rest or without_identity_numbers(rest)[1] or len(rest) > MAX_PLACE_LENGTH or sum(map(str.isdigit, rest)) > 8:
        return Unit(code="unit_unreadable")
    if max(map(len, (building, stairwell, lead))) > MAX_PLACE_LENGTH:
        return Unit(code="unit_unreadable")
    use = next((use for words, use in _USES if words.search(rest)), "")
    return Unit(rest, floor or ("" if use else floor_in_unit(rest)), use, building, stairwell, lead)


def floor_in_unit(number: str) -> str:
    """The floor that a unit number carries, all but its last two digits ("302" 3, "1204" 12, "0302" 3), or nothing."""
    found = _NUMBERED_UNIT.match(number)
    floor = int(found[1]) if found else 0
    return str(floor) if floor else ""


def read_floor(text: str) -> tuple[str, str]:
    """A floor column's cell as a whole number in text ("三层" 3, "负1" -1, "3/6" 3), and what is wrong with it."""
    text = _TRAILING_ZERO.sub(r"\1", compact(text))
    if says_nothing(text):
        return "", ""
    if text in ("底层", "底楼", "一楼", "首层"):
        return "1", ""
    found = _FLOOR.match(text)
    number = number_of(found[2]) if found else None
    if not found or number is None:
        return "", "floor_unreadable"
    floor = -number if found[1] else number
    return (str(floor), "") if floor in FLOORS and floor != 0 else ("", "floor_unreadable")
