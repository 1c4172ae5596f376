from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from django_tasks_db.models import DBTaskResult, get_date_max

from accounts.models import WorkerBeat
from config import health

pytestmark = pytest.mark.django_db


def queue_job(*, waiting: timedelta, run_after=None) -> None:
    job = DBTaskResult.objects.create(
        args_kwargs={"args": [], "kwargs": {}},
        task_path="nowhere.task",
        backend_name="default",
        run_after=run_after or get_date_max(),
        exception_class_path="",
        traceback="",
    )
    DBTaskResult.objects.filter(pk=job.pk).update(enqueued_at=timezone.now() - waiting)


def test_the_process_answers_without_the_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/healthz")

    assert response.status_code == 200
    assert response.json() == {"status": "ok", "checks": {}}


def test_a_site_with_all_it_needs_is_ready(client):
    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json()["checks"] == {"database": "ok", "migrations": "ok", "queue": "ok"}
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_needs_no_host_name_and_no_tls(client, settings, path):
    settings.SECURE_SSL_REDIRECT = True

    response = client.get(path, headers={"host": "10.0.0.7:8000"})

    assert response.status_code == 200


def test_a_migration_to_come_is_not_ready(client):
    MigrationRecorder.Migration.objects.filter(app="accounts").delete()

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["checks"] == {"database": "ok", "migrations": "pending"}


def test_a_lost_database_is_not_ready_and_gives_nothing_away(client, monkeypatch):
    def lost():
        raise connection.Database.OperationalError("connection to 10.0.0.9 failed for user gongdi")

    monkeypatch.setattr(connection, "ensure_connection", lost)

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {"status": "unavailable", "checks": {"database": "failed"}}


def see_worker(*, ago: timedelta) -> None:
    WorkerBeat.objects.create(worker_id="w", process=1, seen_at=timezone.now() - ago)


def test_a_job_that_nobody_takes_is_not_ready(client):
    see_worker(ago=timedelta(seconds=5))
    queue_job(waiting=health.LONGEST_WAIT + timedelta(seconds=5))

    assert client.get("/readyz").json()["checks"]["queue"] == "no worker"


@pytest.mark.parametrize(
    ("waiting", "said"), [(timedelta(seconds=65), "no worker"), (timedelta(seconds=55), "ok")], ids=["long", "short"]
)
def test_without_a_worker_in_sight_a_job_need_not_wait_so_long(client, waiting, said):
    see_worker(ago=timedelta(seconds=65))
    queue_job(waiting=waiting)

    assert client.get("/readyz").json()["checks"]["queue"] == said


@pytest.mark.parametrize(
    ("waiting", "due_in"),
    [
        (health.LONGEST_WAIT - timedelta(seconds=5), None),
        (timedelta(days=1), timedelta(hours=1)),
        (timedelta(days=1), -timedelta(minutes=1)),
    ],
    ids=["just queued", "not due yet", "just due"],
)
def test_a_job_that_has_time_is_fine(client, waiting, due_in):
    see_worker(ago=timedelta(seconds=5))
    queue_job(waiting=waiting, run_after=None if due_in is None else timezone.now() + due_in)

    assert client.get("/readyz").json()["checks"]["queue"] == "ok"
