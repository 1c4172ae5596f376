"""Work that is left to the worker: queued with what it is about, told of while it runs, tried again."""

from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from accounts.choices import JobState
from accounts.errors import NothingToCancel, NothingToTryAgain
from accounts.models import Job, User
from accounts.services.history import add_history

TASKS_KEPT_FOR = timedelta(days=14)
JOBS_KEPT_FOR = timedelta(days=90)
LOOK_AGAIN_AFTER = timedelta(seconds=30)


class HeldElsewhere(Exception):
    """Another process is at the same thing, or its connection still stands for it: nothing was done, look again later.
    Raised by a task that does not want to wait there.
    """


@dataclass(slots=True)
class AtWork:
    """What a worker has in hand. The work tells it how far it is, in memory; the worker's other thread writes it down,
    since the work itself is often one transaction, of which nobody else sees anything yet.
    """

    task_id: UUID
    limit_seconds: int
    """Whoever is at one thing for longer is stuck; 0 is no limit."""
    since: datetime = field(default_factory=timezone.now)
    begun: float = field(default_factory=monotonic)
    done: int = 0
    total: int | None = None
    error: str = ""
    is_cancelled: bool = False


at_work: ContextVar[AtWork | None] = ContextVar("at_work", default=None)


# --- Queued --------------------------------------------------------------------------------------------------------


@transaction.atomic
def queue_job(task: str, *args: int, about: models.Model, by: User | None, can_be_cancelled: bool = False) -> Job:
    """Queue a task by its dotted name, and keep what it is about and for whom. The queue is a table: in the caller's
    transaction, no crash can part the two from each other or from what they are about.

    `about` names its resource and where it lies, as for the history. One that `can_be_cancelled` asks `is_cancelled`
    before it begins. Where there is no worker, as in a trial, the work is done when this returns.
    """
    queued = import_string(task)
    job = Job(
        task=task,
        queue=queued.queue_name,
        subject=about.resource,  # type: ignore[attr-defined]
        subject_id=about.pk,
        community_code=getattr(about, "community_code", ""),
        neighbourhood_code=getattr(about, "neighbourhood_code", ""),
        by=by,
        can_be_cancelled=can_be_cancelled,
    )
    result = queued.enqueue(*args)
    if not result.is_finished:
        job.task_id = str(result.id)
    else:
        job.state = JobState.DONE if result.status == TaskResultStatus.SUCCESSFUL else JobState.FAILED
        job.started_at, job.finished_at, job.attempts = result.started_at, result.finished_at, 1
    job.save()
    return job


@transaction.atomic
def try_again(*, job: Job, by: User) -> Job:
    """Queue a failed job once more, with all its attempts before it. Raises NothingToTryAgain where it did not fail, or
    its task is no longer kept. Where what it is about has ended meanwhile, the task does nothing.
    """
    task = _locked_task(job, TaskResultStatus.FAILED)
    if task is None:
        raise NothingToTryAgain(_("Only a job that failed, and not long ago, can be tried again."))
    task.worker_ids = []
    queue_again(task)
    add_history(job, "job_tried_again", by=by, action=None)
    job.refresh_from_db()
    return job


@transaction.atomic
def cancel_job(*, job: Job, by: User) -> Job:
    """Cancel a job that no worker has begun. Its task is done here and now, and told that it is cancelled: it writes
    down at once, where people look, that it came to nothing. Raises NothingToCancel.
    """
    task = _locked_task(job, TaskResultStatus.READY) if job.can_be_cancelled else None
    if task is None or task.worker_ids:
        raise NothingToCancel(_("Only a job that no worker has begun can be cancelled."))
    token = at_work.set(AtWork(task_id=task.pk, limit_seconds=0, is_cancelled=True))
    try:
        task.task.call(*task.args_kwargs["args"])
    finally:
        at_work.reset(token)
    task.set_successful(None)
    _job(task.pk).update(state=JobState.CANCELLED, finished_at=timezone.now())
    add_history(job, "job_cancelled", by=by, action=None)
    job.refresh_from_db()
    return job


def queue_again(task: DBTaskResult, *, at: datetime | None = None) -> None:
    """Put a task back into its queue, as the caller has locked it, and its job with it; for now, or a moment to come.

    It waits from then on: by when it was queued at first, `/readyz` would say at once that nobody takes it.
    """
    task.status, task.started_at, task.finished_at = TaskResultStatus.READY, None, None
    task.run_after = at or timezone.now()
    task.exception_class_path, task.traceback = "", ""
    task.save(
        update_fields=[
            *("status", "started_at", "finished_at", "run_after"),
            *("exception_class_path", "traceback", "worker_ids"),
        ]
    )
    _job(task.pk).update(state=JobState.QUEUED, done=0, total=None, error="", started_at=None, finished_at=None)


def look_again(task: DBTaskResult) -> None:
    """Put a task back that found its work held elsewhere, for half a minute from now. It is no attempt."""
    task.worker_ids = task.worker_ids[:-1]
    queue_again(task, at=timezone.now() + LOOK_AGAIN_AFTER)
    _job(task.pk).update(attempts=F("attempts") - 1)


# --- At work --------------------------------------------------------------------------------------------------------


def tell_progress(done: int, total: int | None = None) -> None:
    """Say how far the work in hand is, and of how much if that is known. Does nothing outside a worker."""
    if (work := at_work.get()) is not None:
        work.done = done
        work.total = work.total if total is None else total


def tell_failure(code: str) -> None:
    """Say that the work in hand came to nothing though its task ended well: what it is about says why."""
    if (work := at_work.get()) is not None:
        work.error = code


def is_cancelled() -> bool:
    """Whether the work in hand was cancelled while it waited, and only has to say so."""
    work = at_work.get()
    return work is not None and work.is_cancelled


def begin_job(task: DBTaskResult) -> AtWork:
    """Write down that a worker begins with a task. A task without a job is a deed of the site's own."""
    limits = settings.JOB_LIMIT_SECONDS
    work = AtWork(task_id=task.pk, limit_seconds=limits.get(task.queue_name, limits["default"]))
    _job(task.pk).update(
        state=JobState.RUNNING, attempts=F("attempts") + 1, started_at=work.since, done=0, total=None, error=""
    )
    return work


def write_progress(work: AtWork) -> None:
    _job(work.task_id).filter(state=JobState.RUNNING).update(done=work.done, total=work.total)


def end_job(task_id: UUID, *, error: str = "", work: AtWork | None = None) -> None:
    """Write down how a task ended, and how far it was."""
    state = JobState.FAILED if error else JobState.DONE
    how_far = {"done": work.done, "total": work.total} if work else {}
    _job(task_id).update(state=state, error=error[:200], finished_at=timezone.now(), **how_far)


# --- Forgotten ------------------------------------------------------------------------------------------------------


def forget_tasks(*, at: datetime | None = None) -> int:
    """Delete the tasks of the queue that ended more than 14 days ago. How many."""
    old = DBTaskResult.objects.finished().filter(finished_at__lt=(at or timezone.now()) - TASKS_KEPT_FOR)
    return int(old.delete()[0])


def forget_jobs(*, at: datetime | None = None) -> int:
    """Delete the jobs that ended more than 90 days ago. How many."""
    return Job.objects.filter(finished_at__lt=(at or timezone.now()) - JOBS_KEPT_FOR).delete()[0]


def _locked_task(job: Job, status: TaskResultStatus) -> DBTaskResult | None:
    """The task of a job, where it is kept, stands so, and no worker is about to take it."""
    if job.task_id is None:
        return None
    return DBTaskResult.objects.select_for_update(skip_locked=True).filter(pk=job.task_id, status=status).first()


def _job(task_id: UUID) -> models.QuerySet[Job]:
    return Job.objects.filter(task_id=str(task_id))
