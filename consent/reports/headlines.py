"""The figures that decide, for many surveys at once: what lists show, at a cost that does not grow with them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from consent.models import RoundDoor, Survey, Tally
from consent.rules.results import needed


@dataclass(frozen=True)
class Headline:
    """One survey in a row of a list. `missing` is how many more doors must support."""

    survey: Survey
    supports: int
    denominator: int
    round: int | None
    left_in_round: int

    @property
    def missing(self) -> int:
        return max(0, needed(self.denominator, self.survey.pass_share) - self.supports)

    @property
    def verdict(self) -> str:
        return self.survey.verdict


def headlines_of(surveys: Iterable[Survey], doors: QuerySet[Any]) -> list[Headline]:
    """The surveys with their figures of now, and in `left_in_round` the doors of the round in hand that were not
    visited yet, among `doors` (those that the caller may see). Two queries.
    """
    rows = list(surveys)
    totals = {
        row["survey"]: row
        for row in Tally.objects.filter(survey__in=rows)
        .values("survey")
        .annotate(
            all=Coalesce(Sum("households"), 0),
            supports=Coalesce(Sum("households", filter=Q(counts=True)), 0),
            excluded=Coalesce(Sum("households", filter=Q(excluded=True)), 0),
        )
    }
    rounds = {
        row["round__survey"]: row
        for row in RoundDoor.objects.filter(round__survey__in=rows, round__closed_at=None, door__on_roll=True)
        .values("round__survey")
        .annotate(number=Max("round__number"), left=Count("pk", filter=Q(visited=False, door__in=doors)))
    }
    nothing = {"all": 0, "supports": 0, "excluded": 0}
    found = []
    for survey in rows:
        total, walked = totals.get(survey.pk, nothing), rounds.get(survey.pk)
        found.append(
            Headline(
                survey=survey,
                supports=total["supports"],
                denominator=total["all"] - total["excluded"],
                round=walked["number"] if walked else None,
                left_in_round=walked["left"] if walked else 0,
            )
        )
    return found


@dataclass(frozen=True)
class ClosedFigures:
    """What a closed survey was decided by, as it was kept then. `missing` is how many more doors it took."""

    supports: int
    denominator: int
    visited: int
    households: int
    missing: int


def closed_figures(survey: Survey) -> ClosedFigures:
    kept: dict[str, Any] = survey.result  # type: ignore[assignment] # a closed survey has one, by constraint
    supports, denominator = kept["supports"], kept["households"] - kept["excluded"]
    return ClosedFigures(
        supports=supports,
        denominator=denominator,
        visited=kept["visited"],
        households=kept["households"],
        missing=max(0, needed(denominator, survey.pass_share) - supports),
    )
