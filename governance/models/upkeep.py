from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models.base import Versioned
from governance.choices.upkeep import Criterion, FindingSeverity, InspectionState, TaskAct, TaskOrigin, TaskState
from governance.querysets.upkeep import InspectionQuerySet, OfInspectionQuerySet, OfTaskQuerySet, UpkeepTaskQuerySet
from renovation.models.base import LiesInNeighbourhood


class Inspection(LiesInNeighbourhood, Versioned):
    """A tour through the neighbourhood to see how it is kept, by the five goal words (policy.md, section g).

    `body` is the one of the 3+X that walks, `party` who walks in words.
    """

    resource = "inspections"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="inspections",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    title = models.CharField(_("title"), max_length=80)
    held_on = models.DateField(pgettext_lazy("inspection tour", "held on"))
    route = models.CharField(_("route"), max_length=300, blank=True)
    body = models.ForeignKey(
        "governance.Body", models.PROTECT, null=True, blank=True, related_name="inspections", verbose_name=_("body")
    )
    party = models.CharField(_("who walks"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=7, choices=InspectionState, default=InspectionState.PLANNED)

    objects = InspectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("inspection tour")
        verbose_name_plural = _("inspection tours")
        indexes = [
            # The tours of one neighbourhood, latest first.
            models.Index(fields=["neighbourhood", "held_on", "id"], name="inspection_here"),
            # Tours in the order in which they are held, over many neighbourhoods.
            models.Index(fields=["held_on", "id"], name="inspection_by_day"),
        ]

    def __str__(self) -> str:
        return self.title


class Finding(LiesInNeighbourhood, models.Model):
    """What was seen on a tour, under which goal word and where; without a building it lies between them. Append-only:
    what became of it is told by its task.
    """

    lies_in = "inspection"

    inspection = models.ForeignKey(
        Inspection, models.PROTECT, related_name="findings", verbose_name=_("inspection tour"), db_index=False
    )
    criterion = models.CharField(_("goal word"), max_length=9, choices=Criterion)
    building = models.ForeignKey(
        "renovation.Building", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("building")
    )
    stairwell = models.ForeignKey(
        "renovation.Stairwell", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("stairwell")
    )
    severity = models.CharField(_("severity"), max_length=6, choices=FindingSeverity)
    text = models.CharField(_("what was seen"), max_length=500)
    photo = models.FileField(_("photo"), upload_to="upkeep/%Y/%m/", blank=True)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))

    objects = OfInspectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("finding of a tour")
        verbose_name_plural = _("findings of tours")
        constraints = [
            models.CheckConstraint(
                condition=Q(stairwell=None) | Q(building__isnull=False), name="finding_stairwell_in_a_building"
            ),
        ]
        indexes = [
            # The findings of a tour, in the order in which they were written down.
            models.Index(fields=["inspection", "id"], name="finding_of_inspection"),
        ]

    def __str__(self) -> str:
        return self.text[:60]


class UpkeepTask(LiesInNeighbourhood, Versioned):
    """Something to be set right: found on a tour, reported by a resident, decided at a workshop, or otherwise.

    Who reported it is a personal field. `body` is the one of the 3+X that does it. `photo` shows what is wrong, that of
    the step shows what was done; `note` is that of the last step.
    """

    resource = "upkeep-tasks"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="upkeep_tasks",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    origin = models.CharField(_("where it comes from"), max_length=10, choices=TaskOrigin)
    finding = models.OneToOneField(
        Finding, models.PROTECT, null=True, blank=True, related_name="task", verbose_name=_("finding of a tour")
    )
    building = models.ForeignKey(
        "renovation.Building", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("building")
    )
    stairwell = models.ForeignKey(
        "renovation.Stairwell", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("stairwell")
    )
    place = models.CharField(_("place"), max_length=80, blank=True)
    text = models.CharField(_("what is to be done"), max_length=500)
    is_safety = models.BooleanField(_("a matter of safety"), default=False)
    reporter_name = models.CharField(_("reported by"), max_length=40, blank=True)
    reporter_phone = models.CharField(_("phone of who reported it"), max_length=20, blank=True)
    reported_on = models.DateField(_("reported on"))
    body = models.ForeignKey(
        "governance.Body", models.PROTECT, null=True, blank=True, related_name="upkeep_tasks", verbose_name=_("body")
    )
    due_on = models.DateField(_("to be done by"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=TaskState, default=TaskState.OPEN)
    done_on = models.DateField(_("done on"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    photo = models.FileField(_("photo"), upload_to="upkeep/%Y/%m/", blank=True)

    objects = UpkeepTaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("upkeep task")
        verbose_name_plural = _("upkeep tasks")
        constraints = [
            models.CheckConstraint(
                condition=Q(stairwell=None) | Q(building__isnull=False), name="upkeep_task_stairwell_in_a_building"
            ),
            models.CheckConstraint(
                condition=Q(finding=None) | Q(origin=TaskOrigin.INSPECTION), name="upkeep_task_finding_of_an_inspection"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[TaskState.OPEN, TaskState.DROPPED], done_on=None)
                | Q(state__in=[TaskState.DONE, TaskState.VERIFIED], done_on__isnull=False),
                name="upkeep_task_done_on_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(state=TaskState.DROPPED) | ~Q(note=""), name="upkeep_task_dropped_with_a_reason"
            ),
        ]
        indexes = [
            # The tasks of one neighbourhood by state, those due first.
            models.Index(fields=["neighbourhood", "state", "due_on"], name="upkeep_task_here"),
            # Tasks in the order in which they were reported, over many neighbourhoods.
            models.Index(fields=["reported_on", "id"], name="upkeep_task_by_day"),
            # What is overdue, over many neighbourhoods.
            models.Index(fields=["due_on"], condition=Q(state=TaskState.OPEN), name="upkeep_task_overdue"),
        ]

    def __str__(self) -> str:
        return self.text[:60]


class TaskEvent(models.Model):
    """One step in the life of an upkeep task. Append-only."""

    task = models.ForeignKey(UpkeepTask, models.PROTECT, related_name="events", verbose_name=_("upkeep task"))
    act = models.CharField(_("act"), max_length=9, choices=TaskAct)
    done_on = models.DateField(_("on"))
    note = models.CharField(_("note"), max_length=500, blank=True)
    photo = models.FileField(_("photo"), upload_to="upkeep/%Y/%m/", blank=True)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))

    objects = OfTaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("step of an upkeep task")
        verbose_name_plural = _("steps of upkeep tasks")

    def __str__(self) -> str:
        return self.get_act_display()
