"""Workers as processes of their own, killed and stuck, with real commits: what they were at is done, and done once."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django_tasks_db.models import DBTaskResult

from accounts.models import HistoryEntry, Job, WorkerBeat
from accounts.services.worker import STUCK
from renovation.models import Household, Neighbourhood, RosterImport
from renovation.services.roster_imports import queue_import
from tests.accounts.jobs_cast import IN_THE_DATABASE
from tests.factories import make_neighbourhood, make_user

RUN_WORKER = """
import sys, django
from django.conf import settings
settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
settings.JOB_LOST_SECONDS = 3
settings.JOB_LIMIT_SECONDS = {"default": int(sys.argv[2])}
django.setup()
from django.db import connection
connection.settings_dict["NAME"] = sys.argv[1]
from django.core.management import call_command
call_command("job_worker", startup_delay=False, interval=0.1, verbosity=0)
"""
ROSTER = ("楼栋,单元,房号,户主,建筑面积\n" + "\n".join(f"1栋,1,{1000 + n},张三,80" for n in range(100))).encode()

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

Start = Callable[..., subprocess.Popen]


@pytest.fixture
def start(settings: Any, tmp_path: Path) -> Iterator[Start]:
    """Starts workers, which end with the test."""
    settings.MEDIA_ROOT = tmp_path
    settings.TASKS = IN_THE_DATABASE
    started: list[subprocess.Popen] = []

    def start(*, limit_seconds: int = 600) -> subprocess.Popen:
        arguments = [str(connection.settings_dict["NAME"]), str(limit_seconds)]
        process = subprocess.Popen(
            [sys.executable, "-c", RUN_WORKER, *arguments],
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "MEDIA_ROOT": str(tmp_path)},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def wait_for(happens: Callable[[], bool], *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline, "It did not happen."
        time.sleep(0.1)


@contextmanager
def held(neighbourhood: Neighbourhood) -> Iterator[None]:
    """An import runs as far as its neighbourhood, and waits there."""
    with transaction.atomic():
        Neighbourhood.objects.select_for_update().get(pk=neighbourhood.pk)
        yield


def asked() -> tuple[Neighbourhood, RosterImport]:
    neighbourhood = make_neighbourhood()
    file = ContentFile(ROSTER)
    made = queue_import(neighbourhood=neighbourhood, file=file, file_name="r.csv", mode="good_rows", by=make_user())
    return neighbourhood, made


def is_being_read(made: RosterImport) -> bool:
    made.refresh_from_db()
    return made.status == "running"


def read_once(made: RosterImport) -> None:
    """Wait until the import is read; see that it was read once, though it was begun twice."""
    job = Job.objects.get(subject="roster-imports", subject_id=made.pk)

    def is_done() -> bool:
        job.refresh_from_db()
        return job.state == "done"

    wait_for(is_done)
    made.refresh_from_db()
    assert (made.status, made.created, job.attempts, job.error) == ("done", 100, 2, "")
    assert Household.objects.count() == 100
    assert HistoryEntry.objects.filter(act="roster_imported").count() == 1
    task = DBTaskResult.objects.get(pk=job.task_id)
    assert (task.status, len(task.worker_ids)) == ("SUCCESSFUL", 2)


def test_what_a_killed_worker_was_at_is_done_by_another_one_that_is_there(start: Start) -> None:
    neighbourhood, made = asked()
    with held(neighbourhood):
        first = start()
        wait_for(lambda: is_being_read(made))
        start()
        wait_for(lambda: WorkerBeat.objects.count() == 2)
        first.kill()
        first.wait()

    read_once(made)


def test_a_worker_that_is_stuck_ends_itself_and_another_one_does_its_work(start: Start) -> None:
    neighbourhood, made = asked()
    with held(neighbourhood):
        stuck = start(limit_seconds=1)

        code = stuck.wait(timeout=60)

    assert code == STUCK
    assert WorkerBeat.objects.count() == 0
    start()
    read_once(made)


def test_a_worker_that_is_told_to_end_finishes_what_it_is_at(start: Start) -> None:
    neighbourhood, made = asked()
    with held(neighbourhood):
        worker = start()
        wait_for(lambda: is_being_read(made))
        worker.terminate()

    assert worker.wait(timeout=60) == 0
    made.refresh_from_db()
    assert (made.status, made.created) == ("done", 100)
    assert Job.objects.get().attempts == 1
    assert WorkerBeat.objects.count() == 0


def test_a_worker_shows_how_far_it_is_before_the_work_commits(start: Start) -> None:
    """An import is one transaction: its job is told of beside it."""
    neighbourhood, _made = asked()
    job = Job.objects.get()

    def is_seen() -> bool:
        job.refresh_from_db()
        return job.state == "running" and WorkerBeat.objects.filter(task_id=job.task_id).exists()

    with held(neighbourhood):
        start()
        wait_for(is_seen)
        assert (job.attempts, job.started_at is not None) == (1, True)
    wait_for(lambda: not WorkerBeat.objects.exclude(task_id=None).exists())
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == ("done", 4, 4)
