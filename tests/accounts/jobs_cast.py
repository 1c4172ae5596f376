"""Tasks for the tests of the worker, and a worker that does them here and now."""

from typing import Any

from django.db import OperationalError
from django_tasks import task
from django_tasks_db.models import DBTaskResult

from accounts.models import Job
from accounts.services.jobs import HeldElsewhere, queue_job, tell_failure, tell_progress
from accounts.services.worker import BeatingWorker
from tests.factories import make_neighbourhood

IN_THE_DATABASE = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default", "webhooks"]}}


@task()
def works(total: int) -> None:
    for number in range(total):
        tell_progress(number + 1, total)


@task()
def comes_to_nothing(code: int) -> None:
    tell_failure(f"code_{code}")


@task()
def breaks(number: int) -> None:
    raise ValueError(number)


@task()
def loses_the_database(number: int) -> None:
    raise OperationalError("server closed the connection unexpectedly")


@task()
def is_told_to_stop(number: int) -> None:
    raise SystemExit(1)


@task()
def finds_it_held(number: int) -> None:
    raise HeldElsewhere


def queue(name: str, argument: int = 3) -> tuple[Job, DBTaskResult]:
    """A task of this module in the queue, with its job."""
    job = queue_job(f"{__name__}.{name}", argument, about=make_neighbourhood(), by=None)
    return job, DBTaskResult.objects.get(pk=job.task_id)


def worker(worker_id: str = "w", **options: Any) -> BeatingWorker:
    return BeatingWorker(
        queue_names=["default"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id=worker_id,
        excluded_queue_names=[],
        **options,
    )


def attempt(task: DBTaskResult, worker_id: str = "w") -> None:
    """Let a worker claim the task and do it."""
    task.refresh_from_db()
    task.claim(worker_id)
    worker(worker_id).run_task(task)
