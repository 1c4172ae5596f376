"""Two imports for one neighbourhood at once, with real commits. For one whose worker is killed see accounts."""

import threading
import time
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.db import connection, connections, transaction

from renovation.models import Building, Household, Neighbourhood, RosterImport
from renovation.services.roster_imports import keep_file, run_import
from tests.factories import make_neighbourhood, make_user

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

pytestmark = pytest.mark.django_db(transaction=True)


def roster(first: int) -> bytes:
    rows = (f"{number % 5 + 1}栋,1,{1000 + number},张三,80" for number in range(first, first + 300))
    return ("楼栋,单元,房号,户主,建筑面积\n" + "\n".join(rows)).encode()


def run(roster_import: RosterImport, failures: list[BaseException]) -> None:
    try:
        run_import(roster_import_id=roster_import.pk)
    except BaseException as failure:
        failures.append(failure)
    finally:
        connections.close_all()


def test_they_queue_and_neither_makes_a_door_twice(settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    neighbourhood, worker = make_neighbourhood(), make_user()
    imports = [
        keep_file(
            neighbourhood=neighbourhood, file=ContentFile(roster(first)), file_name="r.csv", mode="good_rows", by=worker
        )
        for first in (0, 150, 150)
    ]
    failures: list[BaseException] = []
    threads = [threading.Thread(target=run, args=(made, failures)) for made in imports]

    # All wait for the neighbourhood until we let it go.
    with transaction.atomic():
        Neighbourhood.objects.select_for_update().get(pk=neighbourhood.pk)
        for thread in threads:
            thread.start()
        with connection.cursor() as cursor:
            deadline = time.monotonic() + 30
            waiting = 0
            while waiting < len(threads) and time.monotonic() < deadline:
                # Within one transaction the view stands still unless told otherwise.
                cursor.execute("SELECT pg_stat_clear_snapshot()")
                cursor.execute(WAITING)
                (waiting,) = cursor.fetchone()
    for thread in threads:
        thread.join()

    assert (waiting, failures) == (3, [])
    done = [RosterImport.objects.get(pk=made.pk) for made in imports]
    assert {made.status for made in done} == {"done"}
    assert sum(made.created for made in done) == Household.objects.count() == 450
    assert sum(made.unchanged for made in done) == 450
    assert Building.objects.count() == 5


def test_an_import_that_is_run_by_two_workers_runs_once(settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    made = keep_file(
        neighbourhood=make_neighbourhood(),
        file=ContentFile(roster(0)),
        file_name="r.csv",
        mode="good_rows",
        by=make_user(),
    )
    failures: list[BaseException] = []
    threads = [threading.Thread(target=run, args=(made, failures)) for _again in range(3)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    made.refresh_from_db()
    assert (failures, made.status, made.created) == ([], "done", 300)
    assert Household.objects.count() == 300
