"""What meetings left to do, the minutes of one, and how residents were told."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from accounts.models import User
from consent.choices import AttendeeRole, TaskState
from consent.models import Announcement, OwnersVote, PublicNotice, Workshop, WorkshopDecision, WorkshopTask
from consent.permissions import reads_attendance, sees_names_at_workshops
from consent.rules.workshops import is_overdue
from renovation.models import Household, Neighbourhood
from renovation.rules.masking import mask_name

MOST_ANNOUNCEMENTS = 100


@dataclass(frozen=True)
class ShownTask:
    """A task, who does it, masked for who may not read that, and for how many days it has been overdue: 0 where it is
    not.
    """

    task: WorkshopTask
    assignee: str
    days_overdue: int


@dataclass(frozen=True)
class TaskCounts:
    open: int
    overdue: int


@dataclass(frozen=True)
class Attendee:
    """One who came: the name, masked for who may not read it, and to others the door where it is known: that names
    somebody as well.
    """

    pk: int
    name: str
    household: Household | None


@dataclass(frozen=True)
class Group:
    """Those who came in one role. `people` is empty where the list is not open to the reader."""

    role: AttendeeRole
    count: int
    people: list[Attendee]


@dataclass(frozen=True)
class Minutes:
    """Who came, what was decided, what follows (what is open first, the most overdue on top) and who was told how."""

    groups: list[Group]
    came: int
    households: int
    is_listed: bool
    decisions: list[WorkshopDecision]
    tasks: list[ShownTask]
    announcements: list[Announcement]


def count_tasks(neighbourhood: Neighbourhood, today: date) -> TaskCounts:
    """Open tasks of a neighbourhood's meetings, and those among them whose day has passed. One query."""
    late = Q(due_on__lt=today)
    found = _open_tasks(neighbourhood).aggregate(open=Count("pk"), overdue=Count("pk", filter=late))
    return TaskCounts(**found)


def waiting_tasks(neighbourhood: Neighbourhood, caller: User, today: date, *, most: int) -> list[ShownTask]:
    """Open tasks, the most overdue first. One query."""
    rows = _open_tasks(neighbourhood).select_related("workshop__neighbourhood").order_by("due_on", "pk")[:most]
    return [shown_task(task, caller, today) for task in rows]


def shown_task(task: WorkshopTask, caller: User, today: date) -> ShownTask:
    overdue = is_overdue(task.state == TaskState.OPEN, task.due_on, today)
    return ShownTask(task, assignee_for(task, caller), (today - task.due_on).days if overdue else 0)


def assignee_for(task: WorkshopTask, caller: User) -> str:
    """Who does a task: masked for who may not read who came to its meeting. Whoever the party's meeting gives one to is
    a member of the party.
    """
    return task.assignee if reads_attendance(caller, task.workshop) else mask_name(task.assignee)


def minutes_of(workshop: Workshop, caller: User, today: date) -> Minutes:
    """What one workshop's page and its printed minutes show to `caller`. Five queries at most."""
    is_listed = reads_attendance(caller, workshop)
    groups = _groups(workshop, caller) if is_listed else _counted(workshop)
    households = workshop.attendances.exclude(household=None).values("household").distinct().count()
    tasks = [shown_task(task, caller, today) for task in workshop.tasks.order_by("due_on", "pk")]
    return Minutes(
        groups=groups,
        came=sum(group.count for group in groups),
        households=households,
        is_listed=is_listed,
        decisions=list(workshop.decisions.order_by("pk")),
        tasks=sorted(tasks, key=lambda shown: shown.task.state != TaskState.OPEN),
        announcements=announcements_of(workshop),
    )


def announcements_of(about: Workshop | PublicNotice | OwnersVote) -> list[Announcement]:
    """How residents were told of it, the latest first; the last `MOST_ANNOUNCEMENTS`. One query."""
    rows: QuerySet[Any] = about.announcements.select_related("by").order_by("-told_on", "-pk")
    return list(rows[:MOST_ANNOUNCEMENTS])


def homes_at(
    neighbourhood: Neighbourhood, doors: Collection[tuple[str, ...]]
) -> Mapping[tuple[str, ...], list[Household]]:
    """The homes that are meant by each door, written as building, stairwell and unit, or as building and unit: none,
    one, or several stairwells of a building with that unit. One query.
    """
    wanted = {door for door in doors if door}
    found: dict[tuple[str, ...], list[Household]] = {door: [] for door in wanted}
    if not wanted:
        return found
    homes = Household.objects.current().filter(
        neighbourhood=neighbourhood,
        building__number__in={door[0] for door in wanted},
        unit_number__in={door[-1] for door in wanted},
    )
    for home in homes.select_related("building", "stairwell"):
        for door in (
            (home.building.number, home.unit_number),
            (home.building.number, home.stairwell.number, home.unit_number),
        ):
            if door in found:
                found[door].append(home)
    return found


def _open_tasks(neighbourhood: Neighbourhood) -> QuerySet[Any]:
    return WorkshopTask.objects.open().filter(workshop__neighbourhood=neighbourhood)


def _groups(workshop: Workshop, caller: User) -> list[Group]:
    sees = sees_names_at_workshops(caller, workshop)
    people: dict[str, list[Attendee]] = {}
    rows = workshop.attendances.select_related("household__building", "household__stairwell").order_by("pk")
    for row in rows:
        name = row.name if sees else mask_name(row.name)
        people.setdefault(row.role, []).append(Attendee(row.pk, name, row.household if sees else None))
    return [Group(role, len(people[role]), people[role]) for role in AttendeeRole if role in people]


def _counted(workshop: Workshop) -> list[Group]:
    counts = dict(workshop.attendances.order_by().values_list("role").annotate(n=Count("pk")))
    return [Group(role, counts[role], []) for role in AttendeeRole if role in counts]
