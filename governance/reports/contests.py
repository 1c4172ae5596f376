"""How a contest stands, entry by entry, and what its figures are made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from governance.choices.upkeep import Criterion
from governance.models import Contest, ContestEntry, ContestScore
from governance.rules.contests import CRITERIA, Score, Standing, standings
from renovation.models import Building, Neighbourhood, Stairwell


@dataclass(frozen=True)
class ResultLine:
    """An entry with its place; marks and total to two places, None where nobody has judged."""

    entry: ContestEntry
    standing: Standing
    most_points: int

    @property
    def place(self) -> int | None:
        return self.standing.place

    @property
    def total(self) -> Decimal | None:
        return None if self.standing.total is None else two_places(self.standing.total)

    @property
    def mark_of(self) -> dict[str, Decimal | None]:
        """The mark of each goal word, by its name."""
        return {criterion.value: mark for criterion, mark in self.marks}

    @property
    def marks(self) -> list[tuple[Criterion, Decimal | None]]:
        """The mark of each goal word, in their order."""
        marks = self.standing.marks
        return [(Criterion(name), two_places(marks[name]) if name in marks else None) for name in CRITERIA]


def two_places(number: Fraction) -> Decimal:
    """A mean as it is shown: to two places, half up. Places are made of the exact ones."""
    exact = Decimal(number.numerator) / Decimal(number.denominator)
    return exact.quantize(Decimal("0.01"), ROUND_HALF_UP)


def standings_of(contest: Contest) -> list[Standing]:
    """Every entry of a contest as it stands. Two queries."""
    entries = list(ContestEntry.objects.filter(contest=contest).order_by("pk").values_list("pk", flat=True))
    counting = ContestScore.objects.filter(entry__contest=contest).counting()
    rows = counting.order_by("pk").values_list("entry_id", "criterion", "judge", "points")
    return standings(entries, [Score(*row) for row in rows])


def result_of(contest: Contest) -> list[ResultLine]:
    """The result as it is now, final once the contest is closed; the best first. Three queries."""
    there = {entry.pk: entry for entry in entries_of(contest)}
    return [ResultLine(there[found.entry], found, contest.most_points) for found in standings_of(contest)]


def entries_of(contest: Contest) -> QuerySet[Any]:
    """What competes, in the order of building and stairwell."""
    return entries_in([contest])


def scores_of(entry: ContestEntry) -> QuerySet[Any]:
    """All points that were given to an entry, the latest first; those replaced are among them."""
    return ContestScore.objects.filter(entry=entry).select_related("by").order_by("-pk")


def counting_ids(entry: ContestEntry) -> frozenset[int]:
    """The ids of those that count: the latest of each judge for each goal word."""
    return frozenset(ContestScore.objects.filter(entry=entry).counting().values_list("pk", flat=True))


def judges_of(contest: Contest) -> list[str]:
    """Who has judged in it, by name."""
    judges = ContestScore.objects.filter(entry__contest=contest).order_by("judge").values_list("judge", flat=True)
    return list(judges.distinct())


def with_entries(contests: QuerySet[Any]) -> QuerySet[Any]:
    """Adds `entry_count`: how many compete."""
    entries = ContestEntry.objects.filter(contest=OuterRef("pk")).order_by().values("contest")
    return contests.annotate(entry_count=Coalesce(Subquery(entries.annotate(n=Count("pk")).values("n")), 0))


def contests_of(neighbourhood: Neighbourhood) -> QuerySet[Any]:
    """The contests of a neighbourhood with how many compete."""
    return with_entries(Contest.objects.filter(neighbourhood=neighbourhood))


def not_entered(contest: Contest) -> tuple[QuerySet[Any], QuerySet[Any]]:
    """The buildings and the stairwells that could still be entered; only one of the two holds any."""
    entries = ContestEntry.objects.filter(contest=contest)
    buildings = Building.objects.filter(neighbourhood=contest.neighbourhood).order_by("number", "pk")
    stairwells = Stairwell.objects.filter(building__neighbourhood=contest.neighbourhood).select_related("building")
    if contest.scope == "building":
        return buildings.exclude(pk__in=entries.values("building_id")), stairwells.none()
    return buildings.none(), stairwells.exclude(pk__in=entries.values("stairwell_id")).order_by(
        "building__number", "number", "pk"
    )


def next_to_judge(contest: Contest, judge: str) -> int | None:
    """The first entry, in their order, to which a judge has given no points yet."""
    judged = ContestScore.objects.filter(judge=judge, entry__contest=contest).values("entry")
    found: int | None = entries_of(contest).exclude(pk__in=judged).values_list("pk", flat=True).first()
    return found


def best_of(contests: Sequence[Contest]) -> dict[int, list[ContestEntry]]:
    """Who came first in each of some contests, by its id. Two queries for all of them."""
    entries = {entry.pk: entry for entry in entries_in(contests)}
    counting = ContestScore.objects.filter(entry__contest__in=contests).counting()
    scores = [Score(*row) for row in counting.order_by("pk").values_list("entry_id", "criterion", "judge", "points")]
    best: dict[int, list[ContestEntry]] = {}
    for contest in contests:
        here = [pk for pk, entry in entries.items() if entry.contest_id == contest.pk]
        found = standings(here, [score for score in scores if entries[score.entry].contest_id == contest.pk])
        best[contest.pk] = [entries[one.entry] for one in found if one.place == 1]
    return best


def entries_in(contests: Sequence[Contest]) -> QuerySet[Any]:
    """What competes in some contests, in the order of building and stairwell."""
    entries = ContestEntry.objects.filter(contest__in=contests).select_related("building", "stairwell__building")
    return entries.order_by("building__number", "stairwell__number", "pk")
