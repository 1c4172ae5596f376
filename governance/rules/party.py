"""Points, periods of reports and totals of party members (policy.md, section g).

Which service earns how much is no law: a place sets it in dated rows. That a unit reports each year and a member each
half-year is Jingmen's reading of the province's scheme.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

SMALL_GROUP = 5
"""Figures that are made of fewer members tell of one of them."""

_HALF_YEAR = re.compile(r"(?P<year>[12]\d{3})-H(?P<half>[12])")
_YEAR = re.compile(r"(?P<year>[12]\d{3})")


class Rule(Protocol):
    """A rule of points, as `pick_rules` looks at it."""

    @property
    def code(self) -> str: ...
    @property
    def division_code(self) -> str: ...
    @property
    def valid_from(self) -> date: ...


AnyRule = TypeVar("AnyRule", bound=Rule)


def pick_rules(rules: Iterable[AnyRule]) -> list[AnyRule]:
    """The rules that hold, in the order of their codes: of those with one code the longest division's, then the latest.

    `rules` are those of a community's divisions that are valid on the day.
    """
    best: dict[str, AnyRule] = {}
    for rule in rules:
        held = best.get(rule.code)
        if held is None or _rank(rule) > _rank(held):
            best[rule.code] = rule
    return [best[code] for code in sorted(best)]


def _rank(rule: Rule) -> tuple[int, date]:
    return len(rule.division_code), rule.valid_from


def first_day_of(period: str, *, of_member: bool) -> date | None:
    """The day on which a period begins; None where it is no period of a member (a half-year) or of a unit (a year)."""
    found = (_HALF_YEAR if of_member else _YEAR).fullmatch(period)
    if found is None:
        return None
    return date(int(found["year"]), 7 if of_member and found["half"] == "2" else 1, 1)


def last_ended_period(day: date, *, of_member: bool) -> str:
    """The latest period that is over on a day: the one for which reports are due."""
    if not of_member:
        return str(day.year - 1)
    return f"{day.year - 1}-H2" if day.month <= 6 else f"{day.year}-H1"


def last_day_of(period: str, *, of_member: bool) -> date | None:
    first = first_day_of(period, of_member=of_member)
    if first is None:
        return None
    return date(first.year, 6, 30) if of_member and first.month == 1 else date(first.year, 12, 31)


@dataclass(frozen=True)
class PartyFigures:
    """What is counted in one neighbourhood, whole: members who serve, how they checked in, whose report of the last
    half-year is there and of whom it is due, buildings with somebody who answers for them, and the services approved
    in this year with their points; None where the caller reads no points.
    """

    members: int = 0
    by_unit: int = 0
    reported: int = 0
    reports_due: int = 0
    buildings: int = 0
    covered_buildings: int = 0
    services: int | None = None
    points: int | None = None

    @property
    def by_residence(self) -> int:
        return self.members - self.by_unit


@dataclass(frozen=True)
class PartyTotals:
    """What of it who reads totals only may see. None is hidden: it was made of too few members."""

    members: int = 0
    buildings: int = 0
    covered_buildings: int = 0
    by_unit: int | None = None
    by_residence: int | None = None
    reported: int | None = None
    reports_due: int | None = None
    services: int | None = None
    points: int | None = None


def without_small_groups(figures: PartyFigures) -> PartyTotals:
    """How many there are, and what they did where there are at least five. A split is shown only where no side of it
    is small: the other one and the whole would tell it.
    """
    split = all(part == 0 or part >= SMALL_GROUP for part in (figures.by_unit, figures.by_residence))
    reports = figures.reports_due >= SMALL_GROUP
    work = figures.members >= SMALL_GROUP
    return PartyTotals(
        members=figures.members,
        buildings=figures.buildings,
        covered_buildings=figures.covered_buildings,
        by_unit=figures.by_unit if split else None,
        by_residence=figures.by_residence if split else None,
        reported=figures.reported if reports else None,
        reports_due=figures.reports_due if reports else None,
        services=figures.services if work else None,
        points=figures.points if work else None,
    )
