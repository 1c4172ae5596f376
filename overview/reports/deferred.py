"""The deferred neighbourhoods: when to look at each again, what its last survey said, and who near it has finished."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from consent.models import Survey
from consent.permissions import reads_only_what_is_published
from consent.reports.headlines import ClosedFigures, closed_figures
from overview.rules.deferred import (
    FINISHED,
    JUST_FINISHED,
    Deferred,
    Finished,
    Neighbours,
    is_due,
    neighbours_of,
    place_in_list,
)
from renovation.choices import Stage
from renovation.models import Neighbourhood
from renovation.reports.before_after import Pair, published_pairs


@dataclass(frozen=True)
class FinishedNeighbour:
    """A neighbourhood that has just finished, with the stage at which it stands in words."""

    neighbourhood: int
    name: str
    stage: str
    since: date


@dataclass(frozen=True)
class Deferral:
    """One row of the list. `survey` is the last one that did not pass, if the reader sees one; `reason` why it was
    closed, None for who reads only what is published. `pairs` are the published photos of its neighbours, before and
    after.
    """

    neighbourhood: Neighbourhood
    survey: Survey | None
    figures: ClosedFigures | None
    reason: str | None
    revisit_on: date | None
    days_overdue: int | None
    neighbours: Sequence[FinishedNeighbour]
    in_community: bool
    pairs: Sequence[Pair]

    @property
    def is_due(self) -> bool:
        return self.days_overdue is not None


@dataclass(frozen=True)
class DeferredList:
    """A page of the list, and how many there are: of all, due, and put forward by their neighbours."""

    rows: Sequence[Deferral]
    total: int
    due: int
    put_forward: int


@dataclass(frozen=True)
class _Place:
    pk: int
    deferred: Deferred
    survey: int | None
    neighbours: Neighbours


def deferred_list(
    reader: User, neighbourhoods: QuerySet[Any], *, start: int, size: int, today: date | None = None
) -> DeferredList:
    """A page of the deferred ones among `neighbourhoods`, which the reader may see, in the order of the rules.

    Six queries whatever the number, besides the reader's roles: all deferred ones are read in few columns to be put in
    order, which are at most some hundreds in a city, and only the page's in full.
    """
    today = today or timezone.localdate()
    places = _places(reader, neighbourhoods, today)
    places.sort(key=lambda place: place_in_list(place.deferred, place.neighbours, today))
    return DeferredList(
        rows=_rows(reader, places[start : start + size], today),
        total=len(places),
        due=sum(is_due(place.deferred, today) for place in places),
        put_forward=sum(bool(place.neighbours.finished) for place in places),
    )


def _places(reader: User, neighbourhoods: QuerySet[Any], today: date) -> list[_Place]:
    found = list(neighbourhoods.filter(stage=Stage.DEFERRED).values_list("pk", "code", "community_code"))
    surveys = {
        neighbourhood: (survey, revisit_on)
        for survey, neighbourhood, revisit_on in Survey.objects.visible_to(reader)
        .deferring()
        .filter(neighbourhood__in=[pk for pk, _code, _community in found])
        .values_list("pk", "neighbourhood_id", "revisit_on")
    }
    finished = _just_finished(reader, today)
    places = []
    for pk, code, community_code in found:
        survey, revisit_on = surveys.get(pk, (None, None))
        deferred = Deferred(code, community_code, revisit_on)
        places.append(_Place(pk, deferred, survey, neighbours_of(deferred, finished, today)))
    return places


def _just_finished(reader: User, today: date) -> list[Finished]:
    """Those in the reader's territory, from the first hour of the first day that the rule takes."""
    since = timezone.make_aware(datetime.combine(today - JUST_FINISHED, datetime.min.time()))
    rows = Neighbourhood.objects.visible_to(reader).filter(stage__in=FINISHED, stage_since__gte=since)
    return [
        Finished(pk, code, name, community_code, stage, timezone.localdate(at))
        for pk, code, name, community_code, stage, at in rows.values_list(
            "pk", "code", "name", "community_code", "stage", "stage_since"
        )
    ]


def _rows(reader: User, places: Sequence[_Place], today: date) -> list[Deferral]:
    shown = Neighbourhood.objects.select_related("community__parent__parent").in_bulk([place.pk for place in places])
    surveys = Survey.objects.in_bulk([place.survey for place in places if place.survey])
    pairs = published_pairs({found.pk for place in places for found in place.neighbours.finished})
    rows = []
    for place in places:
        neighbourhood = shown[place.pk]
        survey = surveys.get(place.survey) if place.survey else None
        if survey is not None:
            survey.neighbourhood = neighbourhood
        told = survey is not None and not reads_only_what_is_published(reader, survey)
        revisit_on = place.deferred.revisit_on
        rows.append(
            Deferral(
                neighbourhood=neighbourhood,
                survey=survey,
                figures=closed_figures(survey) if survey else None,
                reason=survey.close_reason if survey and told else None,
                revisit_on=revisit_on,
                days_overdue=(today - revisit_on).days if revisit_on and is_due(place.deferred, today) else None,
                neighbours=[
                    FinishedNeighbour(found.pk, found.name, str(Stage(found.stage).label), found.since)
                    for found in place.neighbours.finished
                ],
                in_community=place.neighbours.in_community,
                pairs=[pair for found in place.neighbours.finished for pair in pairs.get(found.pk, ())],
            )
        )
    return rows
