"""At the doors: the surveys in hand, a building seen from the front, and finding a door."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.http import SignedInRequest
from consent.choices import Party
from consent.models import RollEntry, Survey
from consent.pages.party import party_of, remember_party
from consent.permissions import may_log_any_visit
from consent.reports.elevations import DoorCell, door_cells, elevations_of, round_in_hand
from consent.reports.headlines import headlines_of
from consent.reports.results import result_of
from consent.rules.rounds import missing_from_party
from consent.rules.walk import next_door

MOST_DOORS_AT_ONCE = 150
"""A survey of fewer doors shows all its buildings below each other; a larger one, one building at a time."""


@login_required
def field(request: SignedInRequest) -> HttpResponse:
    """The surveys in which the caller may log visits, and what is left for them to do."""
    surveys = [
        survey
        for survey in Survey.objects.visible_to(request.user).open().select_related("neighbourhood__community")
        if may_log_any_visit(request.user, survey)
    ]
    mine = RollEntry.objects.visible_to(request.user)
    return render(request, "consent/field.html", {"rows": headlines_of(surveys, mine)})


@login_required
def field_survey(request: SignedInRequest, pk: int) -> HttpResponse:
    survey = field_survey_or_404(request, pk)
    in_hand = round_in_hand(survey)
    cells = door_cells(survey.doors.visible_to(request.user).on_roll(), in_hand)
    buildings = elevations_of(cells)
    last = next((cell for cell in cells if str(cell.household) == request.GET.get("from")), None)
    wanted = request.GET.get("building", str(last.building) if last else "")
    shown = [building for building in buildings if str(building.building) == wanted]
    if not shown and len(cells) <= MOST_DOORS_AT_ONCE:
        shown = buildings
    if not shown:
        shown = [building for building in buildings if building.due][:1] or buildings[:1]
    offered = offer(cells, last, [building.building for building in shown])
    party = party_of(request, survey)
    here = [cell for cell in cells if any(cell.building == building.building for building in shown)]
    context: dict[str, Any] = {
        "survey": survey,
        "in_hand": in_hand,
        "buildings": buildings,
        "shown": shown,
        "is_all": len(shown) == len(buildings),
        "offered": offered,
        "party": [(choice, choice in party) for choice in Party],
        "party_names": [choice.label for choice in Party if choice in party],
        "absent": missing_from_party(in_hand.number, party) if in_hand else (),
        "listed": sum(not cell.is_out for cell in here),
        "visited": sum(not cell.is_out and not cell.is_due for cell in here),
        "gained": sum(cell.counts and in_hand is not None and cell.round == in_hand.number for cell in here),
        "due": sum(cell.is_due for cell in here),
        "result": result_of(survey),
        "saved": request.session.pop(f"saved-{survey.pk}", None),
    }
    return render(request, "consent/elevation.html", context)


@login_required
@require_POST
def field_party(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who goes along, chosen once for the outing."""
    survey = field_survey_or_404(request, pk)
    remember_party(request, survey, request.POST.getlist("party"))
    return redirect("field_survey", survey.pk)


@login_required
def field_search(request: SignedInRequest, pk: int) -> HttpResponse:
    """Doors by a part of their number: 401, or 3-2-401 for building, stairwell and door."""
    survey = field_survey_or_404(request, pk)
    search = request.GET.get("search", "").strip().replace("\x00", "")[:40]
    cells: list[DoorCell] = []
    if search:
        doors = survey.doors.visible_to(request.user).on_roll().filter(_matches(search))
        cells = door_cells(doors[:60], round_in_hand(survey))
    return render(request, "consent/field_search.html", {"survey": survey, "search": search, "cells": cells})


def field_survey_or_404(request: SignedInRequest, pk: int) -> Survey:
    """A survey in which the caller may log visits; one that it only sees is refused."""
    surveys = Survey.objects.visible_to(request.user).select_related("neighbourhood")
    survey: Survey = get_object_or_404(surveys, pk=pk)
    if not may_log_any_visit(request.user, survey):
        raise PermissionDenied
    return survey


def offer(cells: list[DoorCell], last: DoorCell | None, buildings: list[int]) -> DoorCell | None:
    """The door to visit next: after the one just saved, else the first open one of the buildings shown, else of all."""
    due = [cell for cell in cells if cell.is_due]
    here = [cell for cell in due if cell.building in buildings]
    found = next_door([cell.place for cell in (due if last else here or due)], last.place if last else None)
    return next((cell for cell in due if found and cell.household == found.household), None)


def _matches(search: str) -> Q:
    parts = [part.strip() for part in search.replace("－", "-").split("-") if part.strip()]
    match parts:
        case [building, stairwell, unit]:
            return Q(building__number=building, stairwell_number=stairwell, unit_number__startswith=unit)
        case [stairwell, unit]:
            return Q(stairwell_number=stairwell, unit_number__startswith=unit)
        case _:
            return Q(unit_number__icontains=search)
