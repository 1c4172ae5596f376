"""The job worker: django-tasks-db's, seen by the others while it lives, and followed by them when it does not.

Two threads beside the work, each with a connection of its own: one says each few seconds that the worker is there and
how far it is, and ends the process when the work is stuck; the other does what the site does by itself each second.
"""

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from time import monotonic
from typing import Any, NoReturn

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models.functions import Now
from django_tasks import TaskResultStatus
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from accounts.models import WorkerBeat
from accounts.services.jobs import (
    AtWork,
    HeldElsewhere,
    at_work,
    begin_job,
    end_job,
    look_again,
    queue_again,
    write_progress,
)
from accounts.services.webhooks.fan_out import fan_out
from accounts.services.webhooks.sending import queue_due

logger = logging.getLogger(__name__)

ATTEMPTS = 3
"""So often a task is begun that ends with its worker each time; then it is what ends them."""
STUCK = 75
"""The exit code of a worker that ends itself (EX_TEMPFAIL): start it again."""
EACH_SECOND = 1.0

TICKS: list[Callable[[], object]] = [fan_out, queue_due]
"""What the site does by itself each second, in this order: the first one numbers changes. Every worker does: each must
bear another one beside it."""

_HELD = f"{HeldElsewhere.__module__}.{HeldElsewhere.__qualname__}"
_PASSES = frozenset(
    {
        "builtins.KeyboardInterrupt",
        "builtins.SystemExit",
        "django.db.utils.InterfaceError",
        "django.db.utils.OperationalError",
    }
)
"""What ends a task without saying anything against it: told to stop twice, the database was away, a deadlock."""


class BrokeOff(Exception):
    """Each attempt at a task ended with its worker, or with the database."""


def take_over(*, by: str = "") -> int:
    """Put the tasks of lost workers back into their queues; how many. A worker is lost once it was not seen for
    `JOB_LOST_SECONDS` (by the clock of the database), or left no beat at all. `by` is who asks, and is there.

    A task that was begun three times fails instead. Whoever comes second finds the tasks locked, and leaves them to the
    first. The lost worker may only have been slow: it finds its beat gone, and ends at once with its transaction.
    """
    with transaction.atomic():
        running = list(DBTaskResult.objects.running().select_for_update(skip_locked=True).order_by("pk"))
        late = Now() - timedelta(seconds=settings.JOB_LOST_SECONDS)
        WorkerBeat.objects.filter(seen_at__lt=late).exclude(worker_id=by).delete()
        if not running:
            return 0
        # A statement of its own: it sees the beat of whoever had begun a task by then.
        there = set(WorkerBeat.objects.values_list("worker_id", flat=True))
        left = [task for task in running if there.isdisjoint(task.worker_ids[-1:])]
        for task in left:
            logger.warning("Taking over task %s (%s) of a lost worker.", task.pk, task.task_path)
            _put_back(task)
        return len(left)


def _put_back(task: DBTaskResult) -> None:
    """Queue a task again that did not end by itself, or give it up. Its row is locked, or its worker is the caller."""
    if len(task.worker_ids) < ATTEMPTS:
        queue_again(task)
    else:
        task.set_failed(BrokeOff(f"It was begun {ATTEMPTS} times and never came to an end."))
        end_job(task.pk, error="broke_off")


class BeatingWorker(Worker):
    """The worker of the library, whose killed and stuck ones lose nothing."""

    work: AtWork | None = None

    def run(self) -> None:
        self._over = threading.Event()
        with self._seen():
            take_over(by=self.worker_id)
            super().run()

    def run_task(self, db_task_result: DBTaskResult) -> None:
        """Do a task, with its job. What it leaves behind is told only where it came to an end by itself."""
        work = begin_job(db_task_result)
        token = at_work.set(work)
        self.work = work
        try:
            super().run_task(db_task_result)
        finally:
            self.work = None
            at_work.reset(token)
        failed = db_task_result.status == TaskResultStatus.FAILED
        reason = db_task_result.exception_class_path if failed else ""
        if reason == _HELD:
            with transaction.atomic():
                look_again(db_task_result)
        elif reason in _PASSES:
            with transaction.atomic():
                _put_back(db_task_result)
        else:
            end_job(work.task_id, error=reason or work.error, work=work)

    # --- Seen by the others ---------------------------------------------------------------------------------------

    @contextmanager
    def _seen(self) -> Iterator[None]:
        """Be there for the others for as long as this lasts."""
        queues = ",".join(self.queue_names)
        WorkerBeat.objects.create(
            worker_id=self.worker_id,
            queues=queues[:200],
            machine=socket.gethostname()[:80],
            process=os.getpid(),
            seen_at=Now(),
        )
        threads = [threading.Thread(target=each, daemon=True) for each in (self._beat, self._tick)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join(timeout=5)
            # Where the database is away, the others see that nobody beats.
            with suppress(DatabaseError, InterfaceError):
                self._beats().delete()

    def _beats(self) -> Any:
        return WorkerBeat.objects.filter(worker_id=self.worker_id)

    def _beat(self) -> None:
        """Say that the worker is there, six times within the time after which it is lost, and write down each second
        how far it is.
        """
        between = settings.JOB_LOST_SECONDS / 6
        due = monotonic() + between
        told: object = None
        with _own_connection():
            while not self._over.wait(min(EACH_SECOND, between)):
                work = self.work
                if work is not None and 0 < work.limit_seconds < monotonic() - work.begun:
                    self._end_process(f"Task {work.task_id} is stuck: it ran for {work.limit_seconds} seconds.")
                try:
                    if work is not None and (says := (work.task_id, work.done, work.total)) != told:
                        told = says
                        write_progress(work)
                    if monotonic() >= due:
                        due = monotonic() + between
                        doing = {"task_id": work and work.task_id, "since": work and work.since}
                        if not self._beats().update(seen_at=Now(), **doing):
                            self._end_process("It was given up for lost, and another worker has what it did.")
                except (DatabaseError, InterfaceError):
                    logger.warning("The worker could not say that it is there.", exc_info=True)
                    connection.close()

    def _end_process(self, reason: str) -> NoReturn:
        """End at once, with the connections and so with the locks and the transaction of the work."""
        logger.error("The worker %s ends. %s", self.worker_id, reason)
        # Without the beat, another one takes over now and need not wait.
        with suppress(Exception):
            self._beats().delete()
        os._exit(STUCK)

    # --- What the site does by itself -----------------------------------------------------------------------------

    def _tick(self) -> None:
        with _own_connection():
            while not self._over.wait(EACH_SECOND):
                for tick in (*TICKS, lambda: take_over(by=self.worker_id)):
                    try:
                        tick()
                    except Exception:
                        logger.exception("A tick of the worker failed; the next one tries again.")
                        connection.close()


@contextmanager
def _own_connection() -> Iterator[None]:
    """A thread has a connection of its own, which must not outlive it."""
    try:
        yield
    finally:
        connection.close()
