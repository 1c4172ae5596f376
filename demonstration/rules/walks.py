"""What happens at the doors of a survey of the large city: a list of visits, drawn by chance from its plan."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from consent.rules.results import needed

ROUND_DAYS = (9, 7, 4)
"""The last day of a round is for those who were not at home before."""

PAUSE_DAYS = 2
SUPPORT = {True: (0.46, 0.55, 1.0), False: (0.22, 0.16, 0.08)}
"""The share of yeses at the doors of each round, where a survey passes and where it fails."""

REMAINING = ("not_yet", "not_yet", "not_yet", "opposes", "no_answer", "no_answer", "no_answer", "declined", "vacant")
VERBAL_SHARE, AGAIN_SHARE, CORRECTED_SHARE = 0.07, 0.6, 0.02
REASONS = (("cost",), ("cost", "parking"), ("parking",), ("dust",), ("distrust",), ("illegal_structure",), ("other",))
EVIDENCE = "水表停走，邻居证实长期无人居住。"
"""A vacant home leaves the denominator only with a note."""


@dataclass(slots=True)
class Met:
    """A visit to come: to a door by its place on the roll, on a day of the survey (0 is the first).

    `supersedes` is the place of the visit that it corrects in the list.
    """

    door: int
    round: int
    day: int
    outcome: str
    given: str = ""
    reasons: tuple[str, ...] = ()
    note: str = ""
    supersedes: int | None = None


@dataclass(slots=True)
class Course:
    """How a survey went. `lists` are the doors of each round; `days`, by the survey's days, when each round ended."""

    visits: list[Met] = field(default_factory=list)
    lists: list[list[int]] = field(default_factory=list)
    days: list[int] = field(default_factory=list)


def course_of(
    dice: random.Random, doors: int, *, rounds: int, passes: bool, progress: float, pass_share: Decimal
) -> Course:
    """Draw the visits of a survey, in the order in which the server took them.

    `progress` is the share of its list that the last round has walked, 1 for a survey that was closed.
    """
    course = Course()
    left = list(range(doors))
    first_day = 0
    for number in range(1, rounds + 1):
        days = ROUND_DAYS[number - 1]
        walked = left[: max(1, int(len(left) * progress))] if number == rounds else left
        # In its last round, a survey that passes falls short of 100% by what the policy leaves, and by two at most.
        spare = min(2, doors - needed(doors, pass_share)) if passes and progress == 1 and number == rounds else None
        found = _walk(dice, walked, number, first_day, days, SUPPORT[passes][number - 1], spare, len(course.visits))
        course.visits += found
        course.lists.append(left)
        yes = {visit.door for visit in found if visit.given in ("signed", "thumbprint")}
        left = [door for door in left if door not in yes]
        first_day += days
        course.days.append(first_day - 1)
        if not left:
            break
        first_day += PAUSE_DAYS
    return course


def _walk(
    dice: random.Random,
    doors: Sequence[int],
    number: int,
    first_day: int,
    days: int,
    support: float,
    spare: int | None,
    before: int,
) -> list[Met]:
    found: list[Met] = []
    again: list[int] = []
    for place, door in enumerate(doors):
        day = first_day + place * (days - 1) // len(doors)
        if spare is not None:
            found.append(_yes(dice, door, number, day) if place >= spare else _not_yet(dice, door, number, day))
            continue
        draw = dice.random()
        if draw < support:
            visit = _yes(dice, door, number, day)
            if number < 3 and draw < support * VERBAL_SHARE:
                visit.given = "verbal"
        else:
            visit = _other(dice, door, number, day)
            if visit.outcome == "no_answer" and dice.random() < AGAIN_SHARE:
                again.append(door)
        found.append(visit)
    last = first_day + days - 1
    for door in again:
        found.append(_yes(dice, door, number, last) if dice.random() < support else _not_yet(dice, door, number, last))
    for place, visit in enumerate(found[: len(doors)]):
        if visit.outcome == "not_yet" and dice.random() < CORRECTED_SHARE:
            right = _not_yet(dice, visit.door, number, visit.day)
            right.day, right.supersedes, right.note = last, before + place, "更正：原因勾选有误。"
            found.append(right)
    return found


def _yes(dice: random.Random, door: int, number: int, day: int) -> Met:
    return Met(door, number, day, "supports", "thumbprint" if dice.random() < 0.1 else "signed")


def _not_yet(dice: random.Random, door: int, number: int, day: int) -> Met:
    return Met(door, number, day, "not_yet", reasons=dice.choice(REASONS))


def _other(dice: random.Random, door: int, number: int, day: int) -> Met:
    outcome = dice.choice(REMAINING)
    if outcome in ("not_yet", "opposes"):
        return Met(door, number, day, outcome, reasons=dice.choice(REASONS))
    return Met(door, number, day, outcome, note=EVIDENCE if outcome == "vacant" else "")
