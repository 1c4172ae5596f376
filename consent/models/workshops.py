from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models.base import Versioned
from consent.choices import AttendeeRole, Channel, DecisionOutcome, TaskState, WorkshopKind, WorkshopState
from consent.querysets import (
    AnnouncementQuerySet,
    AttendanceQuerySet,
    OfWorkshopQuerySet,
    WorkshopQuerySet,
    WorkshopTaskQuerySet,
)
from renovation.models.base import LiesInNeighbourhood


class Workshop(LiesInNeighbourhood, Versioned):
    """A joint creation workshop or a meeting: what is to be discussed, and once held, what came of it.

    Who came, what was decided and what follows hang on it as rows of their own.
    """

    resource = "workshops"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="workshops",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    kind = models.CharField(_("kind"), max_length=17, choices=WorkshopKind)
    title = models.CharField(_("title"), max_length=120)
    held_on = models.DateField(
        pgettext_lazy("meeting", "held on"), help_text=_("The day that it is planned for, until it was held.")
    )
    place = models.CharField(_("place"), max_length=120)
    convened_by = models.CharField(_("convened by"), max_length=80)
    agenda = models.TextField(_("agenda"), max_length=4000)
    state = models.CharField(_("state"), max_length=9, choices=WorkshopState, default=WorkshopState.PLANNED)
    summary = models.TextField(
        _("summary"),
        max_length=8000,
        blank=True,
        help_text=_("What was talked about; of one that was cancelled, why."),
    )

    objects = WorkshopQuerySet.as_manager()

    class Meta:
        verbose_name = _("workshop or meeting")
        verbose_name_plural = _("workshops and meetings")
        constraints = [
            models.CheckConstraint(
                condition=Q(state=WorkshopState.PLANNED, summary="")
                | (~Q(state=WorkshopState.PLANNED) & ~Q(summary="")),
                name="workshop_summed_up_once_over",
            ),
        ]
        indexes = [
            # The workshops of one neighbourhood, newest first.
            models.Index(fields=["neighbourhood", "-id"], name="workshop_of_neighbourhood"),
            # The list of all workshops, a page at a time, by the day.
            models.Index(fields=["held_on", "id"], name="workshop_by_day"),
        ]

    def __str__(self) -> str:
        return self.title


class WorkshopAttendance(models.Model):
    """Somebody who came to a workshop, as what, and for which household."""

    workshop = models.ForeignKey(
        Workshop, models.PROTECT, related_name="attendances", verbose_name=_("workshop or meeting"), db_index=False
    )
    household = models.ForeignKey(
        "renovation.Household",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("household"),
    )
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=40)
    role = models.CharField(_("came as"), max_length=10, choices=AttendeeRole)
    at = models.DateTimeField(_("recorded at"))

    objects = AttendanceQuerySet.as_manager()

    class Meta:
        verbose_name = _("attendance")
        verbose_name_plural = _("attendances")
        constraints = [
            models.UniqueConstraint(
                fields=["workshop", "role", "household", "name"], name="attendance_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return self.get_role_display()


class WorkshopDecision(models.Model):
    """What a workshop decided, with the show of hands where there was one. Append-only: a later decision changes it."""

    workshop = models.ForeignKey(
        Workshop, models.PROTECT, related_name="decisions", verbose_name=_("workshop or meeting")
    )
    text = models.CharField(_("decision"), max_length=1000)
    outcome = models.CharField(_("outcome"), max_length=9, choices=DecisionOutcome)
    votes_for = models.PositiveIntegerField(_("hands for it"), null=True, blank=True)
    votes_against = models.PositiveIntegerField(_("hands against it"), null=True, blank=True)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))

    objects = OfWorkshopQuerySet.as_manager()

    class Meta:
        verbose_name = _("decision of a workshop")
        verbose_name_plural = _("decisions of workshops")
        constraints = [
            models.CheckConstraint(
                condition=Q(votes_for=None, votes_against=None)
                | Q(votes_for__isnull=False, votes_against__isnull=False),
                name="decision_hands_both_or_none",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]


class WorkshopTask(LiesInNeighbourhood, Versioned):
    """What somebody is to do after a workshop, and by when. A dropped one says why."""

    resource = "workshop-tasks"
    lies_in = "workshop"

    workshop = models.ForeignKey(Workshop, models.PROTECT, related_name="tasks", verbose_name=_("workshop or meeting"))
    text = models.CharField(_("task"), max_length=500)
    assignee = models.CharField(_("who does it"), max_length=80)
    due_on = models.DateField(_("due on"))
    state = models.CharField(_("state"), max_length=7, choices=TaskState, default=TaskState.OPEN)
    done_on = models.DateField(_("done on"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)

    objects = WorkshopTaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("task of a workshop")
        verbose_name_plural = _("tasks of workshops")
        constraints = [
            models.CheckConstraint(
                condition=Q(state=TaskState.OPEN, done_on=None)
                | Q(state=TaskState.DONE, done_on__isnull=False)
                | (Q(state=TaskState.DROPPED, done_on=None) & ~Q(note="")),
                name="task_settled_whole",
            ),
        ]
        indexes = [
            # The list of all tasks, a page at a time, by the day that they are due.
            models.Index(fields=["due_on", "id"], name="workshop_task_by_due"),
            # Those still open, the most overdue first.
            models.Index(fields=["due_on", "id"], condition=Q(state=TaskState.OPEN), name="workshop_task_open"),
        ]

    def __str__(self) -> str:
        return self.text[:60]


class Announcement(LiesInNeighbourhood, models.Model):
    """That residents were told of a workshop, a notice or a vote: how, when, how many, and what proves it.

    Append-only: telling once more is a further row.
    """

    resource = "announcements"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="announcements",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    workshop = models.ForeignKey(
        Workshop,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="announcements",
        verbose_name=_("workshop or meeting"),
    )
    notice = models.ForeignKey(
        "consent.PublicNotice",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="announcements",
        verbose_name=_("public notice"),
    )
    vote = models.ForeignKey(
        "consent.OwnersVote",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="announcements",
        verbose_name=_("owners' vote"),
    )
    channel = models.CharField(_("channel"), max_length=11, choices=Channel)
    told_on = models.DateField(_("told on"))
    place = models.CharField(_("where"), max_length=200, help_text=_("The board, the group or the doors."))
    reached = models.PositiveIntegerField(_("people reached"), null=True, blank=True)
    text = models.CharField(_("what was said"), max_length=1000, blank=True)
    photo = models.FileField(_("photo that proves it"), upload_to="announcement-photos/%Y/%m/", blank=True)
    at = models.DateTimeField(_("recorded at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by"))

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        constraints = [
            models.CheckConstraint(
                condition=Q(workshop__isnull=False, notice=None, vote=None)
                | Q(workshop=None, notice__isnull=False, vote=None)
                | Q(workshop=None, notice=None, vote__isnull=False),
                name="announcement_of_exactly_one",
            ),
        ]
        indexes = [
            # What residents of one neighbourhood were told, newest first.
            models.Index(fields=["neighbourhood", "-id"], name="announcement_of_neighbourhood"),
            # The list of all announcements, a page at a time, by the day.
            models.Index(fields=["told_on", "id"], name="announcement_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.told_on}"
