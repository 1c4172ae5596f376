"""How a neighbourhood is kept: what waits, the tours, what was seen on them; and the photos."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.choices import Act
from accounts.http import SignedInRequest
from common.keyset import keyset_page
from common.photos import KEPT_FOR, thumbnail
from governance.choices.upkeep import Criterion, InspectionState, TaskState
from governance.models import Finding, TaskEvent, UpkeepTask
from governance.pages.places import governed_neighbourhood
from governance.permissions.upkeep import may_keep_upkeep
from governance.reports.upkeep import (
    WaitingTask,
    by_criterion,
    count_tasks,
    findings_here,
    inspections_of,
    planned_inspections,
    tasks_of,
    waiting_tasks,
)
from renovation.models import Neighbourhood

WAITING_SHOWN = 200
SETTLED_SHOWN = 20
TOURS_SHOWN = 10
FINDINGS_SHOWN = 50
DAYS_COUNTED = 90
"""How far back the goal words are counted: a season, as contests are held."""


@login_required
@require_GET
def upkeep(request: SignedInRequest, pk: int) -> HttpResponse:
    """The tasks that wait, the tours, and what was found under each goal word."""
    neighbourhood, today = governed_neighbourhood(request, pk, Act.UPKEEP), timezone.localdate()
    settled = keyset_page(
        request,
        tasks_of(neighbourhood).filter(state__in=[TaskState.VERIFIED, TaskState.DROPPED]),
        key="id",
        size=SETTLED_SHOWN,
        newest_first=True,
    )
    held = inspections_of(neighbourhood).filter(state=InspectionState.DONE).order_by("-held_on", "-pk")
    context = {
        "neighbourhood": neighbourhood,
        "may": may_keep_upkeep(request.user, neighbourhood),
        "counts": count_tasks(neighbourhood, today),
        "open": waiting_tasks(neighbourhood, TaskState.OPEN, today, most=WAITING_SHOWN),
        "done": waiting_tasks(neighbourhood, TaskState.DONE, today, most=WAITING_SHOWN),
        "settled": [WaitingTask(task, 0) for task in settled.rows],
        "page": settled,
        "planned": planned_inspections(neighbourhood, today),
        "held": held[:TOURS_SHOWN],
        "criteria": by_criterion(neighbourhood, today - timedelta(days=DAYS_COUNTED)),
        "days_counted": DAYS_COUNTED,
        "today": today,
    }
    return render(request, "governance/upkeep.html", context)


@login_required
@require_GET
def upkeep_findings(request: SignedInRequest, pk: int) -> HttpResponse:
    """What was seen on the tours, the latest first; `?criterion=` of one goal word, `?days=90` of the last season."""
    neighbourhood = governed_neighbourhood(request, pk, Act.UPKEEP)
    criterion = request.GET.get("criterion", "")
    found = findings_here(neighbourhood)
    if criterion:
        if criterion not in Criterion.values:
            raise Http404
        found = found.filter(criterion=criterion)
    since = None
    if request.GET.get("days") == str(DAYS_COUNTED):
        since = timezone.localdate() - timedelta(days=DAYS_COUNTED)
        found = found.filter(inspection__held_on__gte=since)
    page = keyset_page(request, found, key="id", size=FINDINGS_SHOWN, newest_first=True)
    context = {
        "neighbourhood": neighbourhood,
        "criterion": Criterion(criterion) if criterion else None,
        "criteria": Criterion,
        "since": since,
        "page": page,
        "may": may_keep_upkeep(request.user, neighbourhood),
    }
    return render(request, "governance/upkeep_findings.html", context)


@login_required
@require_GET
def finding_photo(request: SignedInRequest, finding: int) -> HttpResponse:
    """The photo of a finding; with `?small=1` small, for lists. So are the two below."""
    return _photo(request, get_object_or_404(Finding.objects.visible_to(request.user), pk=finding))


@login_required
@require_GET
def upkeep_task_photo(request: SignedInRequest, upkeep_task: int) -> HttpResponse:
    """The photo of what a task is about."""
    return _photo(request, get_object_or_404(UpkeepTask.objects.visible_to(request.user), pk=upkeep_task))


@login_required
@require_GET
def upkeep_step_photo(request: SignedInRequest, step: int) -> HttpResponse:
    """The photo of what was done or seen at a step of a task."""
    return _photo(request, get_object_or_404(TaskEvent.objects.visible_to(request.user), pk=step))


def _photo(request: SignedInRequest, row: Any) -> HttpResponse:
    if not row.photo:
        raise Http404
    try:
        with row.photo.open("rb") as file:
            content = file.read()
    except FileNotFoundError as lost:
        raise Http404 from lost
    if request.GET.get("small") == "1":
        content = thumbnail(content)
    return HttpResponse(content, content_type="image/jpeg", headers={"Cache-Control": KEPT_FOR})


def keeper_of(request: SignedInRequest, pk: int) -> Neighbourhood:
    """A neighbourhood that the caller keeps up; 404 where not seen, 403 where only read."""
    neighbourhood = governed_neighbourhood(request, pk, Act.UPKEEP)
    if not may_keep_upkeep(request.user, neighbourhood):
        raise PermissionDenied
    return neighbourhood
