"""Workshops and meetings: planned, held or cancelled, who came, what was decided, and the tasks that follow.

Each act locks the neighbourhood first, then the workshop.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.change_rows import tell_changes
from accounts.services.history import add_history
from consent.choices import DecisionOutcome, TaskState, WorkshopState
from consent.errors import AlreadyAttending, HandsDisagree, TaskSettled, WorkshopNotHeld, WorkshopNotPlanned
from consent.models import Workshop, WorkshopAttendance, WorkshopDecision, WorkshopTask
from consent.rules.workshops import hands_fit
from renovation.errors import DayOutOfOrder
from renovation.models import Household, Neighbourhood
from renovation.services.checks import require_day, require_here

PLAN = ("title", "held_on", "place", "convened_by", "agenda")
"""What may be changed until it is held."""


@transaction.atomic
def plan_workshop(
    *,
    neighbourhood: Neighbourhood,
    kind: str,
    title: str,
    held_on: date,
    place: str,
    convened_by: str,
    agenda: str,
    by: User,
) -> Workshop:
    """Call a workshop or a meeting together; its day may have passed, where it is told of afterwards."""
    locked = Neighbourhood.objects.select_for_update().get(pk=neighbourhood.pk)
    made = Workshop.objects.create(
        neighbourhood=locked,
        kind=kind,
        title=title.strip(),
        held_on=held_on,
        place=place.strip(),
        convened_by=convened_by.strip(),
        agenda=agenda.strip(),
    )
    add_history(made, "workshop_planned", by=by, action="created", kind=str(kind), held_on=held_on.isoformat())
    return made


@transaction.atomic
def amend_workshop(*, workshop: Workshop, by: User, **values: Any) -> Workshop:
    """Change what is planned (`PLAN`), or the `summary` of one that was held.

    Raises WorkshopNotPlanned for the plan of one that is over, WorkshopNotHeld for the summary of one that is not.
    """
    locked = _locked(workshop)
    if "summary" in values and locked.state != WorkshopState.HELD:
        raise WorkshopNotHeld(_("It has not been held: there is nothing to sum up."))
    changed = {name: value for name, value in values.items() if value != getattr(locked, name)}
    if locked.state != WorkshopState.PLANNED and set(changed) & set(PLAN):
        _refuse_over(locked)
    if not changed:
        return locked
    for name, value in changed.items():
        setattr(locked, name, value)
    locked.save(update_fields=list(changed))
    add_history(locked, "workshop_amended", by=by, fields=sorted(changed), changed=sorted(changed))
    return locked


@transaction.atomic
def hold_workshop(
    *,
    workshop: Workshop,
    summary: str,
    held_on: date | None = None,
    attendances: Sequence[Mapping[str, Any]] = (),
    decisions: Sequence[Mapping[str, Any]] = (),
    by: User,
    at: datetime | None = None,
) -> Workshop:
    """Record that it was held, on the planned day unless `held_on` says otherwise: with those who came and what was
    decided, all of it or nothing. Both may be added to afterwards.

    Raises WorkshopNotPlanned, DayInFuture, OtherNeighbourhood, AlreadyAttending or HandsDisagree.
    """
    at = at or timezone.now()
    locked = _locked(workshop)
    _refuse_over(locked)
    locked.held_on = held_on or locked.held_on
    require_day(locked.held_on, at)
    locked.state, locked.summary = WorkshopState.HELD, summary.strip()
    locked.save(update_fields=["state", "summary", "held_on"])
    add_history(
        locked,
        "workshop_held",
        by=by,
        fields=["state", "summary", "held_on"],
        held_on=locked.held_on.isoformat(),
        came=len(attendances),
        decisions=len(decisions),
    )
    _add_attendances(locked, attendances, at)
    for decision in decisions:
        _add_decision(locked, by=by, at=at, **decision)
    return locked


@transaction.atomic
def cancel_workshop(*, workshop: Workshop, reason: str, by: User) -> Workshop:
    """It will not be held; the reason stands in its summary. Raises WorkshopNotPlanned."""
    locked = _locked(workshop)
    _refuse_over(locked)
    locked.state, locked.summary = WorkshopState.CANCELLED, reason.strip()
    locked.save(update_fields=["state", "summary"])
    add_history(locked, "workshop_cancelled", by=by, fields=["state", "summary"], reason=locked.summary)
    return locked


@transaction.atomic
def add_attendances(
    *, workshop: Workshop, attendances: Sequence[Mapping[str, Any]], by: User, at: datetime | None = None
) -> list[WorkshopAttendance]:
    """Write down who came: each with `name`, `role`, and `household` where it is known; all of them or none.

    From the planned day on. Raises WorkshopNotHeld, OtherNeighbourhood or AlreadyAttending.
    """
    at = at or timezone.now()
    locked = _locked(workshop)
    _require_begun(locked, at)
    made = _add_attendances(locked, attendances, at)
    if made:
        add_history(locked, "attendance_added", by=by, fields=["attendance"], count=len(made))
    return made


@transaction.atomic
def remove_attendance(*, attendance: WorkshopAttendance, by: User) -> None:
    """Take off the list whoever was written down by mistake; the history names nobody."""
    locked = _locked(attendance.workshop)
    if WorkshopAttendance.objects.filter(pk=attendance.pk).delete()[0]:
        add_history(locked, "attendance_removed", by=by, fields=["attendance"], attendance=attendance.pk)


@transaction.atomic
def add_decision(
    *,
    workshop: Workshop,
    text: str,
    outcome: str,
    votes_for: int | None = None,
    votes_against: int | None = None,
    by: User,
    at: datetime | None = None,
) -> WorkshopDecision:
    """Write down what was decided, for good: from the planned day on. Raises WorkshopNotHeld or HandsDisagree."""
    at = at or timezone.now()
    locked = _locked(workshop)
    _require_begun(locked, at)
    told: dict[str, Any] = {
        "text": text,
        "outcome": outcome,
        "votes_for": votes_for,
        "votes_against": votes_against,
    }
    made = _add_decision(locked, by=by, at=at, **told)
    add_history(locked, "decision_added", by=by, fields=["decisions"], decision=made.pk, outcome=str(outcome))
    return made


@transaction.atomic
def add_task(
    *, workshop: Workshop, text: str, assignee: str, due_on: date, by: User, at: datetime | None = None
) -> WorkshopTask:
    """What somebody is to do after it, and by when; from the planned day on.

    Raises WorkshopNotHeld, or DayOutOfOrder where it would be due before the meeting.
    """
    locked = _locked(workshop)
    _require_begun(locked, at or timezone.now())
    _require_after(locked, due_on)
    made = WorkshopTask.objects.create(workshop=locked, text=text.strip(), assignee=assignee.strip(), due_on=due_on)
    add_history(made, "workshop_task_added", by=by, action="created", workshop=locked.pk, due_on=due_on.isoformat())
    tell_changes([locked], fields=["open_tasks"])
    return made


@transaction.atomic
def amend_task(*, task: WorkshopTask, by: User, **values: Any) -> WorkshopTask:
    """Change the `text`, the `assignee` or the `due_on` of an open task. Raises TaskSettled or DayOutOfOrder."""
    locked = _locked_task(task)
    changed = {name: value for name, value in values.items() if value != getattr(locked, name)}
    if not changed:
        return locked
    if "due_on" in changed:
        _require_after(locked.workshop, changed["due_on"])
    for name, value in changed.items():
        setattr(locked, name, value)
    locked.save(update_fields=list(changed))
    dates = {"due_on": locked.due_on.isoformat()} if "due_on" in changed else {}
    add_history(locked, "workshop_task_amended", by=by, fields=sorted(changed), changed=sorted(changed), **dates)
    return locked


@transaction.atomic
def settle_task(
    *,
    task: WorkshopTask,
    state: TaskState | str,
    done_on: date | None = None,
    note: str = "",
    by: User,
    at: datetime | None = None,
) -> WorkshopTask:
    """A task is done (today unless `done_on` says otherwise), or is dropped, and its note says why.

    Raises TaskSettled, DayInFuture, or DayOutOfOrder where it was done before the meeting.
    """
    at = at or timezone.now()
    locked = _locked_task(task)
    if state == TaskState.DONE:
        locked.done_on = done_on or timezone.localdate(at)
        require_day(locked.done_on, at)
        _require_after(locked.workshop, locked.done_on)
    locked.state, locked.note = state, note.strip()
    locked.save(update_fields=["state", "done_on", "note"])
    fields = ["state", "done_on", "note"]
    add_history(locked, "workshop_task_settled", by=by, fields=fields, state=str(state), note=locked.note)
    tell_changes([locked.workshop], fields=["open_tasks"])
    return locked


def _locked(workshop: Workshop) -> Workshop:
    neighbourhood = Neighbourhood.objects.select_for_update().get(pk=workshop.neighbourhood_id)
    locked = Workshop.objects.select_for_update().get(pk=workshop.pk)
    locked.neighbourhood = neighbourhood
    return locked


def _locked_task(task: WorkshopTask) -> WorkshopTask:
    """An open task under the locks of its neighbourhood, its workshop and its own. Raises TaskSettled."""
    workshop = _locked(task.workshop)
    locked = WorkshopTask.objects.select_for_update().get(pk=task.pk)
    if locked.state != TaskState.OPEN:
        raise TaskSettled(_("This task is done or was dropped already."))
    locked.workshop = workshop
    return locked


def _refuse_over(workshop: Workshop) -> None:
    if workshop.state == WorkshopState.HELD:
        raise WorkshopNotPlanned(_("It was held already."))
    if workshop.state == WorkshopState.CANCELLED:
        raise WorkshopNotPlanned(_("It was cancelled."))


def _require_begun(workshop: Workshop, at: datetime) -> None:
    if workshop.state == WorkshopState.CANCELLED:
        raise WorkshopNotHeld(_("It was cancelled."))
    if workshop.held_on > timezone.localdate(at):
        raise WorkshopNotHeld(_("Its day is still to come."), held_on=workshop.held_on.isoformat())


def _require_after(workshop: Workshop, day: date) -> None:
    if day < workshop.held_on:
        raise DayOutOfOrder(_("This is before the day of the meeting."))


def _add_attendances(
    workshop: Workshop, attendances: Sequence[Mapping[str, Any]], at: datetime
) -> list[WorkshopAttendance]:
    known = set(WorkshopAttendance.objects.filter(workshop=workshop).values_list("role", "household", "name"))
    rows = []
    for told in attendances:
        household: Household | None = told.get("household")
        require_here(workshop.neighbourhood, household)
        name = told["name"].strip()
        key = (str(told["role"]), household.pk if household else None, name)
        if key in known:
            raise AlreadyAttending(_("%(name)s is on the list already.") % {"name": name}, name=name)
        known.add(key)
        rows.append(WorkshopAttendance(workshop=workshop, household=household, name=name, role=told["role"], at=at))
    return WorkshopAttendance.objects.bulk_create(rows)


def _add_decision(
    workshop: Workshop,
    *,
    text: str,
    outcome: str,
    votes_for: int | None = None,
    votes_against: int | None = None,
    by: User,
    at: datetime,
) -> WorkshopDecision:
    if not hands_fit(outcome, votes_for, votes_against):
        raise HandsDisagree(
            _("“%(outcome)s” is not what the hands say: %(for)s for it, %(against)s against it.")
            % {"outcome": DecisionOutcome(outcome).label, "for": votes_for, "against": votes_against}
        )
    return WorkshopDecision.objects.create(
        workshop=workshop,
        text=text.strip(),
        outcome=outcome,
        votes_for=votes_for,
        votes_against=votes_against,
        at=at,
        by=by,
    )
