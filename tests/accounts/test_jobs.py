"""Jobs beside their tasks, and what a worker takes over from a lost one."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.errors import NothingToTryAgain
from accounts.models import HistoryEntry, Job, WorkerBeat
from accounts.services import worker as workers
from accounts.services.jobs import (
    JOBS_KEPT_FOR,
    TASKS_KEPT_FOR,
    at_work,
    begin_job,
    forget_jobs,
    forget_tasks,
    queue_job,
    tell_progress,
    try_again,
    write_progress,
)
from accounts.services.worker import ATTEMPTS, take_over
from config import health
from tests.accounts.jobs_cast import IN_THE_DATABASE, attempt, queue, worker
from tests.factories import make_neighbourhood, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def queue_is_a_table(settings: Any) -> None:
    settings.TASKS = IN_THE_DATABASE


def seen(worker_id: str, *, ago: float = 0) -> None:
    WorkerBeat.objects.create(worker_id=worker_id, process=1, seen_at=timezone.now() - timedelta(seconds=ago))


def running(worker_id: str, *, attempts: int = 1) -> tuple[Job, DBTaskResult]:
    """A task that a worker is at, for the so manieth time."""
    job, task = queue("works")
    task.worker_ids = [f"earlier{number}" for number in range(attempts - 1)]
    task.claim(worker_id)
    begin_job(task)
    return job, task


def states(job: Job, task: DBTaskResult) -> tuple[str, str]:
    job.refresh_from_db()
    task.refresh_from_db()
    return job.state, task.status


# --- Queued and done --------------------------------------------------------------------------------------------


def test_a_job_says_what_it_is_about_where_and_for_whom() -> None:
    place, user = make_neighbourhood(), make_user()

    job = queue_job("tests.accounts.jobs_cast.works", 3, about=place, by=user)

    assert (job.subject, job.subject_id, job.by) == ("neighbourhoods", place.pk, user)
    assert (job.community_code, job.state, job.attempts) == (place.community_code, "queued", 0)
    assert DBTaskResult.objects.get(pk=job.task_id).args_kwargs["args"] == [3]


def test_a_job_is_done_with_its_task_and_says_how_far_it_was() -> None:
    job, task = queue("works", 3)

    attempt(task)

    assert states(job, task) == ("done", "SUCCESSFUL")
    assert (job.done, job.total, job.attempts, job.error) == (3, 3, 1, "")
    assert job.started_at
    assert job.finished_at


def test_where_there_is_no_worker_the_job_is_done_at_once(settings: Any) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}

    done = queue_job("tests.accounts.jobs_cast.works", 1, about=make_neighbourhood(), by=None)
    failed = queue_job("tests.accounts.jobs_cast.breaks", 1, about=make_neighbourhood(), by=None)

    assert (done.state, failed.state) == ("done", "failed")
    assert Job.objects.filter(task_id=None).count() == 2


def test_a_task_that_breaks_fails_its_job_and_one_that_comes_to_nothing_too() -> None:
    broken, nothing = queue("breaks"), queue("comes_to_nothing", 7)

    attempt(broken[1])
    attempt(nothing[1])

    assert states(*broken) == ("failed", "FAILED")
    assert broken[0].error == "builtins.ValueError"
    assert states(*nothing) == ("failed", "SUCCESSFUL")
    assert nothing[0].error == "code_7"


def test_progress_is_told_in_memory_and_written_beside_the_work() -> None:
    tell_progress(1, 2)  # outside a worker it does nothing
    job, task = queue("works")
    work = begin_job(task)
    token = at_work.set(work)
    tell_progress(5, 20)
    tell_progress(6)
    at_work.reset(token)
    job.refresh_from_db()
    before = (job.done, job.total)

    write_progress(work)

    job.refresh_from_db()
    assert before == (0, None)
    assert (job.done, job.total) == (6, 20)


# --- Taken over -------------------------------------------------------------------------------------------------


def test_a_task_of_a_lost_worker_goes_back_into_the_queue(settings: Any) -> None:
    lost, there, never = running("lost"), running("there"), running("never seen")
    seen("lost", ago=settings.JOB_LOST_SECONDS + 2)
    seen("there", ago=settings.JOB_LOST_SECONDS - 5)

    assert take_over() == 2

    assert states(*lost) == ("queued", "READY")
    assert states(*never) == ("queued", "READY")
    assert states(*there) == ("running", "RUNNING")
    assert list(WorkerBeat.objects.values_list("worker_id", flat=True)) == ["there"]
    assert take_over() == 0
    attempt(lost[1], "there")
    assert states(*lost) == ("done", "SUCCESSFUL")
    assert (lost[0].attempts, lost[1].worker_ids) == (2, ["lost", "there"])


def test_who_asks_is_there_however_late_its_own_beat_is(settings: Any) -> None:
    mine = running("me")
    seen("me", ago=settings.JOB_LOST_SECONDS * 10)

    assert take_over(by="me") == 0

    assert states(*mine) == ("running", "RUNNING")


def test_what_ends_its_worker_each_time_is_given_up() -> None:
    job, task = running("lost", attempts=ATTEMPTS)

    assert take_over() == 1

    assert states(job, task) == ("failed", "FAILED")
    assert (job.error, task.exception_class_path) == ("broke_off", "accounts.services.worker.BrokeOff")


@pytest.mark.parametrize("name", ["loses_the_database", "is_told_to_stop"])
def test_what_a_task_is_not_to_blame_for_is_tried_three_times(name: str) -> None:
    job, task = queue(name)

    seen_states = []
    for _attempt in range(ATTEMPTS):
        attempt(task)
        seen_states.append(states(job, task))

    assert seen_states == [("queued", "READY")] * (ATTEMPTS - 1) + [("failed", "FAILED")]
    assert (job.attempts, job.error) == (ATTEMPTS, "broke_off")


def test_what_is_held_elsewhere_is_looked_at_again_later_and_costs_no_attempt() -> None:
    job, task = queue("finds_it_held")

    for _look in range(ATTEMPTS + 1):
        attempt(task)

    assert states(job, task) == ("queued", "READY")
    assert (job.attempts, task.worker_ids) == (0, [])
    assert timezone.now() < task.run_after <= timezone.now() + timedelta(seconds=30)


def test_a_failed_job_is_tried_again_with_all_its_attempts_before_it() -> None:
    user, (job, task) = make_user(), queue("breaks")
    attempt(task)

    try_again(job=job, by=user)

    assert states(job, task) == ("queued", "READY")
    assert (job.error, task.worker_ids, task.traceback) == ("", [], "")
    assert HistoryEntry.objects.get(resource="jobs").act == "job_tried_again"
    with pytest.raises(NothingToTryAgain):
        try_again(job=job, by=user)


@pytest.mark.parametrize("how", ["taken over", "tried again"])
def test_what_is_put_back_after_hours_waits_from_now_on(how: str) -> None:
    job, task = running("lost") if how == "taken over" else queue("breaks")
    DBTaskResult.objects.update(enqueued_at=timezone.now() - timedelta(hours=5))
    seen("there")

    if how == "taken over":
        take_over()
    else:
        attempt(task)
        try_again(job=job, by=make_user())

    assert states(job, task) == ("queued", "READY")
    assert DBTaskResult.objects.ready().get() == task
    assert health.checks()["queue"] == "ok"


# --- The worker -------------------------------------------------------------------------------------------------


def test_a_worker_that_was_given_up_ends_at_once(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Its task is another one's by then. The process is not ended here: that it would be is what is looked at."""

    class Ended(Exception):
        pass

    def end(code: int) -> None:
        raise Ended(code)

    settings.JOB_LOST_SECONDS = 0.06
    monkeypatch.setattr(workers.os, "_exit", end)
    # The test has the one connection in which its rows are.
    monkeypatch.setattr(workers.connection, "close", lambda: None)
    given_up = worker("given up")
    given_up._over = workers.threading.Event()

    with pytest.raises(Ended, match="75"):
        given_up._beat()


# --- Forgotten --------------------------------------------------------------------------------------------------


def test_what_ended_long_ago_is_forgotten_and_what_waits_is_not() -> None:
    now = timezone.now()
    old, young, waiting = queue("works"), queue("works"), queue("works")
    for (job, task), age in ((old, timedelta(minutes=1)), (young, -timedelta(minutes=1))):
        attempt(task)
        DBTaskResult.objects.filter(pk=task.pk).update(finished_at=now - TASKS_KEPT_FOR - age)
        Job.objects.filter(pk=job.pk).update(finished_at=now - JOBS_KEPT_FOR - age)

    assert (forget_tasks(at=now), forget_jobs(at=now)) == (1, 1)

    assert set(Job.objects.all()) == {young[0], waiting[0]}
    assert set(DBTaskResult.objects.all()) == {young[1], waiting[1]}
