"""How a neighbourhood is kept: what waits to be done or checked, and the tours with what was seen on them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from governance.choices.upkeep import Criterion, InspectionState, TaskAct, TaskState
from governance.models import Finding, Inspection, TaskEvent, UpkeepTask
from governance.rules.upkeep import is_tour_overdue
from renovation.models import Neighbourhood
from renovation.rules.supervision import days_overdue


@dataclass(frozen=True)
class TaskCounts:
    open: int
    overdue: int
    safety: int
    done: int
    settled: int


@dataclass(frozen=True)
class WaitingTask:
    """A task with for how many days it is overdue; 0 where it is not, or is done."""

    task: UpkeepTask
    days_overdue: int


@dataclass(frozen=True)
class CriterionCount:
    """How much was found under a goal word, and how much of it still waits to be done or checked."""

    criterion: Criterion
    found: int
    waiting: int


def count_tasks(neighbourhood: Neighbourhood, today: date) -> TaskCounts:
    """The tasks of a neighbourhood by what they wait for; `safety` and `overdue` are of the open ones. One query."""
    is_open = Q(state=TaskState.OPEN)
    counts = UpkeepTask.objects.filter(neighbourhood=neighbourhood).aggregate(
        open=Count("pk", filter=is_open),
        overdue=Count("pk", filter=is_open & Q(due_on__lt=today)),
        safety=Count("pk", filter=is_open & Q(is_safety=True)),
        done=Count("pk", filter=Q(state=TaskState.DONE)),
        settled=Count("pk", filter=Q(state__in=[TaskState.VERIFIED, TaskState.DROPPED])),
    )
    return TaskCounts(**counts)


def tasks_of(neighbourhood: Neighbourhood) -> QuerySet[Any]:
    """The tasks of a neighbourhood with what their lines and the masking of who reported them need."""
    tasks = UpkeepTask.objects.filter(neighbourhood=neighbourhood)
    return tasks.select_related("building", "stairwell__building", "body", "finding", "neighbourhood")


def waiting_tasks(neighbourhood: Neighbourhood, state: str, today: date, *, most: int) -> list[WaitingTask]:
    """The tasks in a state, matters of safety first, then those due first, those without a day last. One query."""
    tasks = tasks_of(neighbourhood).filter(state=state)
    tasks = tasks.order_by("-is_safety", F("due_on").asc(nulls_last=True), "pk")[:most]
    return [WaitingTask(task, days_overdue(task.due_on, today) if state == TaskState.OPEN else 0) for task in tasks]


def done_by(task: UpkeepTask) -> int | None:
    """Who recorded that a task is done, the last time."""
    last = TaskEvent.objects.filter(task=task, act=TaskAct.DONE).order_by("-pk").values_list("by_id", flat=True).first()
    found: int | None = last
    return found


def with_findings(inspections: QuerySet[Any]) -> QuerySet[Any]:
    """Adds `finding_count` and, of the tasks that followed, `waiting_count`: how many are not checked or dropped."""
    findings = Finding.objects.filter(inspection=OuterRef("pk")).order_by().values("inspection")
    waiting = findings.filter(task__state__in=[TaskState.OPEN, TaskState.DONE])
    return inspections.annotate(
        finding_count=Coalesce(Subquery(findings.annotate(n=Count("pk")).values("n")), 0),
        waiting_count=Coalesce(Subquery(waiting.annotate(n=Count("pk")).values("n")), 0),
    )


def inspections_of(neighbourhood: Neighbourhood) -> QuerySet[Any]:
    """The tours of a neighbourhood with how much was found on each."""
    return with_findings(Inspection.objects.filter(neighbourhood=neighbourhood)).select_related("body")


def planned_inspections(neighbourhood: Neighbourhood, today: date) -> list[tuple[Inspection, bool]]:
    """The tours not closed yet, the earliest first, each with whether its day has passed. One query."""
    tours = inspections_of(neighbourhood).filter(state=InspectionState.PLANNED).order_by("held_on", "pk")
    return [(tour, is_tour_overdue(tour.held_on, False, today)) for tour in tours]


def findings_of(inspection: Inspection) -> QuerySet[Any]:
    """What was seen on a tour, in the order in which it was written down, each with its task."""
    findings = Finding.objects.filter(inspection=inspection)
    return findings.select_related("building", "stairwell__building", "task", "by").order_by("pk")


def findings_here(neighbourhood: Neighbourhood) -> QuerySet[Any]:
    """What was seen on all tours of a neighbourhood, each with its tour and its task."""
    findings = Finding.objects.filter(inspection__neighbourhood=neighbourhood)
    return findings.select_related("inspection", "building", "stairwell__building", "task")


def by_criterion(neighbourhood: Neighbourhood, since: date) -> list[CriterionCount]:
    """What was found on the tours held since a day, by goal word, all five in their order. One query."""
    findings = Finding.objects.filter(inspection__neighbourhood=neighbourhood, inspection__held_on__gte=since)
    waiting = Count("pk", filter=Q(task__state__in=[TaskState.OPEN, TaskState.DONE]))
    rows = findings.order_by().values("criterion").annotate(found=Count("pk"), waiting=waiting)
    counts = {row["criterion"]: row for row in rows}
    none = {"found": 0, "waiting": 0}
    return [
        CriterionCount(criterion, counts.get(criterion, none)["found"], counts.get(criterion, none)["waiting"])
        for criterion in Criterion
    ]
