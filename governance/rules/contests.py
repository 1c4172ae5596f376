"""Who is best in a contest of stairwells or buildings, by the five goal words (policy.md, section g)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

CRITERIA = ("clean", "clear", "bright", "safe", "beautiful")
"""The goal words, in the order in which they are said: 净、畅、亮、安、美."""

PODIUM = 3
"""The places that are shown apart, and that a prize goes to."""


@dataclass(frozen=True, slots=True)
class Score:
    """The points that a judge gave an entry for a goal word."""

    entry: int
    criterion: str
    judge: str
    points: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How an entry stands. `marks` are its mean points by goal word, of those that somebody judged; the total and the
    place are there once all five are.
    """

    entry: int
    marks: Mapping[str, Fraction]
    total: Fraction | None
    place: int | None

    @property
    def missing(self) -> tuple[str, ...]:
        """The goal words for which nobody has given points yet."""
        return tuple(criterion for criterion in CRITERIA if criterion not in self.marks)

    @property
    def is_on_podium(self) -> bool:
        return self.place is not None and self.place <= PODIUM


def standings(entries: Iterable[int], scores: Iterable[Score]) -> list[Standing]:
    """Every entry as it stands, the best first; those without a place after them, in the order given.

    The latest score of a judge for an entry and a goal word counts, so scores come in the order in which they were
    given. A goal word's mark is the mean over its judges, the total the sum of the five. Equal totals share a place,
    and the next place is counted after all who share it: 1, 1, 3.
    """
    latest = {(score.entry, score.criterion, score.judge): score.points for score in scores}
    given: dict[tuple[int, str], list[int]] = {}
    for (entry, criterion, _judge), points in latest.items():
        given.setdefault((entry, criterion), []).append(points)
    marked = [_marks(entry, given) for entry in entries]
    totals = [sum(marks.values(), Fraction(0)) for _entry, marks in marked if len(marks) == len(CRITERIA)]
    found = []
    for entry, marks in marked:
        total = sum(marks.values(), Fraction(0)) if len(marks) == len(CRITERIA) else None
        place = None if total is None else 1 + sum(1 for other in totals if other > total)
        found.append(Standing(entry=entry, marks=marks, total=total, place=place))
    return sorted(found, key=lambda standing: (standing.place is None, standing.place or 0))


def _marks(entry: int, given: Mapping[tuple[int, str], list[int]]) -> tuple[int, dict[str, Fraction]]:
    points = {criterion: given.get((entry, criterion), []) for criterion in CRITERIA}
    return entry, {criterion: Fraction(sum(some), len(some)) for criterion, some in points.items() if some}


def is_within(points: int, most_points: int) -> bool:
    """Whether a judge may give so many points for a goal word: from 0 to the most, both included."""
    return 0 <= points <= most_points
