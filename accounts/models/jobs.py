"""What the job worker does, as people follow it, and the workers that are there."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.choices import JobState


class Job(models.Model):
    """A piece of work that somebody gave to the worker: how far it is, how often it was begun, how it ended.

    One row for each task that stands for an object, written in the transaction that queues it. The queue itself is
    django-tasks-db's table, whose row has the id in `task_id`; it is deleted sooner than this one.
    """

    resource = "jobs"

    task = models.CharField(_("work"), max_length=120)
    task_id = models.CharField(_("task of the queue"), max_length=64, unique=True, null=True)  # noqa: DJ001 - unique
    queue = models.CharField(_("queue"), max_length=32)
    subject = models.CharField(_("resource"), max_length=40, help_text=_("Of the object that it is about."))
    subject_id = models.BigIntegerField(_("object"))
    community_code = models.CharField(_("community"), max_length=12, blank=True)
    neighbourhood_code = models.CharField(_("neighbourhood"), max_length=16, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"), db_index=False
    )

    state = models.CharField(_("state"), max_length=9, choices=JobState, default=JobState.QUEUED)
    done = models.PositiveBigIntegerField(_("done so far"), default=0)
    total = models.PositiveBigIntegerField(_("in all"), null=True)
    can_be_cancelled = models.BooleanField(_("can be cancelled"), default=False)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.CharField(_("error"), max_length=200, blank=True)
    queued_at = models.DateTimeField(_("queued at"), auto_now_add=True)
    started_at = models.DateTimeField(_("started at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        indexes = [
            # The list of what waits, runs or failed.
            models.Index(fields=["state", "-id"], name="job_by_state"),
            # What is to be deleted.
            models.Index(fields=["finished_at"], condition=~Q(finished_at=None), name="job_to_forget"),
        ]

    def __str__(self) -> str:
        return f"{self.task.rpartition('.')[2]} · {self.subject} {self.subject_id}"


class WorkerBeat(models.Model):
    """A worker that is there: when it was last seen, and what it does. The row goes when it ends, or is given up for
    lost; a worker that no longer finds its row ends at once, since another one has taken over what it did.
    """

    worker_id = models.CharField(_("worker"), max_length=64, unique=True)
    queues = models.CharField(_("queues"), max_length=200)
    machine = models.CharField(_("machine"), max_length=80, blank=True)
    process = models.PositiveIntegerField(_("process"))
    started_at = models.DateTimeField(_("started at"), auto_now_add=True)
    seen_at = models.DateTimeField(_("last seen at"))
    task_id = models.UUIDField(_("task of the queue"), null=True)
    since = models.DateTimeField(_("at it since"), null=True)

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")

    def __str__(self) -> str:
        return f"{self.machine} · {self.process}"
