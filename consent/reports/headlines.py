"""The figures that decide, for many surveys at once: what lists show, at a cost that does not grow with them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum, prefetch_related_objects
from django.db.models.functions import Coalesce

from consent.models import RoundDoor, Survey, Tally
from consent.reports.results import SurveyResult, count_of, orders_by_survey, result_as_closed, result_from
from consent.rules.results import Count as Households
from consent.rules.results import needed
from renovation.models import Building


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


def results_to_show(surveys: Iterable[Survey]) -> dict[int, SurveyResult]:
    """The whole results of surveys by their ids: live while one is open, else as it was closed. Four queries, however
    many surveys; one where all are closed.
    """
    rows = list(surveys)
    prefetch_related_objects(rows, "rounds")
    results = {survey.pk: result_as_closed(survey) for survey in rows if not survey.is_open}
    open_ones = [survey for survey in rows if survey.is_open]
    if open_ones:
        counts: dict[int, list[Households]] = defaultdict(list)
        for tally in Tally.objects.filter(survey__in=open_ones, households__gt=0):
            counts[tally.survey_id].append(count_of(tally))
        orders = orders_by_survey([survey.pk for survey in open_ones])
        places = {survey.neighbourhood_id for survey in open_ones}
        numbers = dict(Building.objects.filter(neighbourhood__in=places).values_list("pk", "number"))
        for survey in open_ones:
            results[survey.pk] = result_from(survey, counts[survey.pk], *orders[survey.pk], numbers)
    return results
