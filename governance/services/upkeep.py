"""Inspection tours and what is seen on them (policy.md, section g; workflow.md, Roles: grid workers write findings).

Each act locks the neighbourhood first, then the tour.
"""

from datetime import date, datetime
from typing import Any

from django.core.files import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from governance.choices.upkeep import FindingSeverity, InspectionState
from governance.errors.upkeep import InspectionDone
from governance.models import Body, Finding, Inspection
from governance.rules.upkeep import becomes_a_task
from governance.services.upkeep_checks import keep_photo, require_body, require_place
from governance.services.upkeep_tasks import open_task_of
from renovation.models import Building, Neighbourhood, Stairwell
from renovation.services.checks import require_day
from renovation.services.site_photos import ReadyPhoto, ready_photos

AMENDED = ("title", "held_on", "route", "body", "party")
"""What may be changed of a tour until it is closed."""


@transaction.atomic
def plan_inspection(
    *,
    neighbourhood: Neighbourhood,
    title: str,
    held_on: date,
    route: str = "",
    body: Body | None = None,
    party: str = "",
    by: User,
) -> Inspection:
    """Plan a tour, or write one down that is held today. Raises OtherNeighbourhood or BodyEnded."""
    locked = Neighbourhood.objects.select_for_update().get(pk=neighbourhood.pk)
    require_body(locked, body)
    tour = Inspection.objects.create(
        neighbourhood=locked, title=title, held_on=held_on, route=route, body=body, party=party
    )
    add_history(tour, "inspection_planned", by=by, action="created", held_on=held_on.isoformat())
    return tour


@transaction.atomic
def amend_inspection(*, inspection: Inspection, by: User, **values: Any) -> Inspection:
    """Change what was planned of a tour; only what is given of `AMENDED`. What is so already changes nothing.

    Raises InspectionDone, OtherNeighbourhood or BodyEnded.
    """
    locked = _lock(inspection)
    changed = [name for name in AMENDED if name in values and getattr(locked, name) != values[name]]
    if not changed:
        return locked
    if "body" in changed:
        require_body(locked.neighbourhood, values["body"])
    for name in changed:
        setattr(locked, name, values[name])
    locked.save(update_fields=changed)
    add_history(locked, "inspection_amended", by=by, fields=changed)
    return locked


@transaction.atomic
def add_finding(
    *,
    inspection: Inspection,
    criterion: str,
    severity: FindingSeverity | str,
    text: str,
    building: Building | None = None,
    stairwell: Stairwell | None = None,
    photo: File | ReadyPhoto | None = None,
    task: bool = True,
    due_on: date | None = None,
    body: Body | None = None,
    by: User,
    at: datetime | None = None,
) -> Finding:
    """Write down what was seen on a tour. With `task`, and for safety always, a task follows: due on `due_on`, done by
    `body`. A stairwell says its building.

    Raises InspectionDone, DayInFuture (the tour is not held yet), OtherNeighbourhood, StairwellElsewhere, BodyEnded,
    DayOutOfOrder (due before the tour) or PhotoRefused.
    """
    at = at or timezone.now()
    ready = ready_photos([photo] if photo else [])
    locked = _lock(inspection)
    require_day(locked.held_on, at)
    building = require_place(locked.neighbourhood, building, stairwell)
    finding = Finding(
        inspection=locked,
        criterion=criterion,
        severity=severity,
        text=text,
        building=building,
        stairwell=stairwell,
        at=at,
        by=by,
    )
    keep_photo(finding, ready)
    finding.save()
    add_history(locked, "finding_added", by=by, finding=finding.pk, criterion=str(criterion), severity=str(severity))
    if becomes_a_task(severity, task):
        open_task_of(finding=finding, due_on=due_on, body=body, by=by, at=at)
    return finding


@transaction.atomic
def close_inspection(*, inspection: Inspection, by: User, at: datetime | None = None) -> Inspection:
    """The tour is done: it takes no more findings. Raises InspectionDone or DayInFuture (its day is still to come)."""
    locked = _lock(inspection)
    require_day(locked.held_on, at or timezone.now())
    locked.state = InspectionState.DONE
    locked.save(update_fields=["state"])
    add_history(locked, "inspection_done", by=by, fields=["state"], findings=locked.findings.count())
    return locked


def _lock(inspection: Inspection) -> Inspection:
    neighbourhood = Neighbourhood.objects.select_for_update().get(pk=inspection.neighbourhood_id)
    locked: Inspection = Inspection.objects.select_for_update().get(pk=inspection.pk)
    if locked.state == InspectionState.DONE:
        raise InspectionDone(_("This tour is closed."))
    locked.neighbourhood = neighbourhood
    return locked
