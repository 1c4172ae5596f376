"""Upkeep tasks from opened to checked: found on a tour, reported by a resident, or decided (policy.md, section g).

Each act locks the neighbourhood first, then the task.
"""

from datetime import date, datetime
from typing import Any

from django.core.files import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.change_rows import tell_changes
from accounts.services.history import add_history
from governance.choices.upkeep import FindingSeverity, TaskAct, TaskOrigin
from governance.errors.upkeep import FindingHasTask, TaskNotDone, TaskNotOpen
from governance.models import Body, Finding, TaskEvent, UpkeepTask
from governance.rules.upkeep import is_second_person, state_after
from governance.services.upkeep_checks import keep_photo, require_body, require_place
from renovation.errors import DayOutOfOrder, ReasonNeeded, SecondPersonNeeded
from renovation.models import Building, Neighbourhood, Stairwell
from renovation.services.checks import require_day
from renovation.services.site_photos import ReadyPhoto, ready_photos

AMENDED = ("due_on", "body", "place", "is_safety")
"""What may be changed of a task that is to be done. What was reported stays as it was said."""


@transaction.atomic
def open_task(
    *,
    neighbourhood: Neighbourhood,
    origin: TaskOrigin | str,
    text: str,
    reported_on: date,
    building: Building | None = None,
    stairwell: Stairwell | None = None,
    place: str = "",
    is_safety: bool = False,
    reporter_name: str = "",
    reporter_phone: str = "",
    body: Body | None = None,
    due_on: date | None = None,
    photo: File | ReadyPhoto | None = None,
    by: User,
    at: datetime | None = None,
) -> UpkeepTask:
    """Write down something to be set right: a repair that a resident reported, above all.

    Raises DayInFuture, DayOutOfOrder (due before it was reported), OtherNeighbourhood, StairwellElsewhere, BodyEnded or
    PhotoRefused.
    """
    at = at or timezone.now()
    ready = ready_photos([photo] if photo else [])
    locked = Neighbourhood.objects.select_for_update().get(pk=neighbourhood.pk)
    require_day(reported_on, at)
    building = require_place(locked, building, stairwell)
    task = UpkeepTask(
        neighbourhood=locked,
        origin=origin,
        building=building,
        stairwell=stairwell,
        place=place,
        text=text,
        is_safety=is_safety,
        reporter_name=reporter_name,
        reporter_phone=reporter_phone,
        reported_on=reported_on,
    )
    return _open(task, ready, body, due_on, by, at)


@transaction.atomic
def open_task_of(
    *,
    finding: Finding,
    due_on: date | None = None,
    body: Body | None = None,
    by: User,
    at: datetime | None = None,
) -> UpkeepTask:
    """Make a task of what was seen on a tour, with its words and its place; the photo stays with the finding.

    Raises FindingHasTask, OtherNeighbourhood, BodyEnded or DayOutOfOrder (due before the tour).
    """
    at = at or timezone.now()
    tour = finding.inspection
    locked = Neighbourhood.objects.select_for_update().get(pk=tour.neighbourhood_id)
    if UpkeepTask.objects.filter(finding=finding).exists():
        raise FindingHasTask(_("This finding has its task already."))
    task = UpkeepTask(
        neighbourhood=locked,
        origin=TaskOrigin.INSPECTION,
        finding=finding,
        building=finding.building,
        stairwell=finding.stairwell,
        text=finding.text,
        is_safety=finding.severity == FindingSeverity.SAFETY,
        reported_on=tour.held_on,
    )
    return _open(task, [], body, due_on, by, at)


@transaction.atomic
def amend_task(*, task: UpkeepTask, by: User, at: datetime | None = None, **values: Any) -> UpkeepTask:
    """Say by when a task is to be done, by whom, where, and whether it is a matter of safety; only what is given.

    Raises TaskNotOpen, OtherNeighbourhood, BodyEnded or DayOutOfOrder. What is so already changes nothing.
    """
    at = at or timezone.now()
    locked = _lock(task, TaskAct.ASSIGNED)
    changed = [name for name in AMENDED if name in values and getattr(locked, name) != values[name]]
    if not changed:
        return locked
    if "body" in changed:
        require_body(locked.neighbourhood, values["body"])
    if "due_on" in changed:
        _require_due(values["due_on"], locked.reported_on)
    for name in changed:
        setattr(locked, name, values[name])
    locked.save(update_fields=changed)
    if "body" in changed:
        to = locked.body.name if locked.body else ""
        _add_event(locked, TaskAct.ASSIGNED, timezone.localdate(at), to, [], by, at)
    add_history(locked, "upkeep_task_amended", by=by, fields=changed)
    return locked


@transaction.atomic
def do_task(
    *,
    task: UpkeepTask,
    done_on: date,
    note: str = "",
    photo: File | ReadyPhoto | None = None,
    by: User,
    at: datetime | None = None,
) -> UpkeepTask:
    """Record that a task is done, with a photo of it; somebody else then checks it.

    Raises TaskNotOpen, DayInFuture, DayOutOfOrder (before it was reported or last sent back) or PhotoRefused.
    """
    return _step(task, TaskAct.DONE, done_on, note, photo, by, at)


@transaction.atomic
def check_task(
    *,
    task: UpkeepTask,
    passed: bool,
    checked_on: date,
    note: str = "",
    photo: File | ReadyPhoto | None = None,
    by: User,
    at: datetime | None = None,
) -> UpkeepTask:
    """Record that somebody else looked at what was done: well done, the task is over; else it is to be done again.

    Raises TaskNotDone, SecondPersonNeeded (who recorded the doing does not check it), DayInFuture, DayOutOfOrder,
    ReasonNeeded (sent back without a word) or PhotoRefused.
    """
    if not passed and not note.strip():
        raise ReasonNeeded(_("Say what is not in order yet."))
    return _step(task, TaskAct.VERIFIED if passed else TaskAct.SENT_BACK, checked_on, note, photo, by, at)


@transaction.atomic
def drop_task(*, task: UpkeepTask, reason: str, by: User, at: datetime | None = None) -> UpkeepTask:
    """Give a task up: it was none, or it is done elsewhere. Raises TaskNotOpen or ReasonNeeded."""
    if not reason.strip():
        raise ReasonNeeded(_("Say why the task is dropped."))
    at = at or timezone.now()
    return _step(task, TaskAct.DROPPED, timezone.localdate(at), reason, None, by, at)


def _open(
    task: UpkeepTask, photos: list[ReadyPhoto], body: Body | None, due_on: date | None, by: User, at: datetime
) -> UpkeepTask:
    require_body(task.neighbourhood, body)
    _require_due(due_on, task.reported_on)
    task.body, task.due_on = body, due_on
    keep_photo(task, photos)
    task.save()
    _add_event(task, TaskAct.OPENED, task.reported_on, "", [], by, at)
    add_history(task, "upkeep_task_opened", by=by, action="created", origin=str(task.origin))
    _tell_tour(task)
    return task


def _step(
    task: UpkeepTask,
    act: TaskAct,
    done_on: date,
    note: str,
    photo: File | ReadyPhoto | None,
    by: User,
    at: datetime | None,
) -> UpkeepTask:
    at = at or timezone.now()
    ready = ready_photos([photo] if photo else [])
    locked = _lock(task, act)
    if act in (TaskAct.VERIFIED, TaskAct.SENT_BACK):
        done = locked.events.filter(act=TaskAct.DONE).latest("pk")
        if not is_second_person(done.by_id, by.pk):
            raise SecondPersonNeeded(_("You recorded that it is done: somebody else must check it."))
    require_day(done_on, at)
    if act != TaskAct.DROPPED and done_on < _last_day(locked):
        raise DayOutOfOrder(_("This day lies before the step that it follows."))
    locked.state = state_after(locked.state, act) or locked.state
    if act == TaskAct.DONE:
        locked.done_on = done_on
    elif act == TaskAct.SENT_BACK:
        locked.done_on = None
    locked.note = note
    locked.save(update_fields=["state", "done_on", "note"])
    _add_event(locked, act, done_on, note, ready, by, at)
    add_history(locked, f"upkeep_task_{act}", by=by, fields=["state", "done_on", "note"], on=done_on.isoformat())
    _tell_tour(locked)
    return locked


def _tell_tour(task: UpkeepTask) -> None:
    """The tour on which it was found counts what waits of it."""
    if task.finding is not None:
        tell_changes([task.finding.inspection], fields=["waiting_count"])


def _last_day(task: UpkeepTask) -> date:
    """The day that a step may not lie before. That of being given to somebody binds nothing: it is when it was told."""
    day: date = task.events.exclude(act=TaskAct.ASSIGNED).latest("pk").done_on
    return day


def _lock(task: UpkeepTask, act: TaskAct) -> UpkeepTask:
    neighbourhood = Neighbourhood.objects.select_for_update().get(pk=task.neighbourhood_id)
    locked: UpkeepTask = UpkeepTask.objects.select_for_update().get(pk=task.pk)
    if state_after(locked.state, act) is None:
        if act in (TaskAct.VERIFIED, TaskAct.SENT_BACK):
            raise TaskNotDone(_("There is nothing to check: the task is not done yet, or was checked."))
        raise TaskNotOpen(_("This task is not to be done any more."))
    locked.neighbourhood = neighbourhood
    return locked


def _require_due(due_on: date | None, reported_on: date) -> None:
    if due_on is not None and due_on < reported_on:
        raise DayOutOfOrder(_("A task is to be done after it was reported."))


def _add_event(
    task: UpkeepTask, act: TaskAct, done_on: date, note: str, photos: list[ReadyPhoto], by: User, at: datetime
) -> None:
    event = TaskEvent(task=task, act=act, done_on=done_on, note=note, at=at, by=by)
    keep_photo(event, photos)
    event.save()
