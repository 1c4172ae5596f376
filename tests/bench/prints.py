"""3,003 round sheets of 36,036 doors, each with its QR code, and 1,452 consultation forms of two pages, as PDF.

    python -m tests.bench.prints [--neighbourhoods 273]

Each file is made by the job, in a process of its own, whose peak of memory is shown with what Django takes alone. The
database, a survey in its first round in every neighbourhood, is made for the run and dropped after it.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench.roster_import import on_server, peak

DATABASE = "bench_prints"
A_COMMUNITY = 11
BUILDINGS, DOORS = 11, 12
MEGABYTE = 1024 * 1024

DOORS_OF_ALL = """
INSERT INTO renovation_building (created_at, updated_at, version, neighbourhood_id, community_code, number, grid)
SELECT now(), now(), 1, place.id, place.community_code, number::text, ''
FROM renovation_neighbourhood place, generate_series(1, %(buildings)s) AS number;
INSERT INTO renovation_stairwell (created_at, updated_at, version, building_id, community_code, number)
SELECT now(), now(), 1, id, community_code, '1' FROM renovation_building;
INSERT INTO renovation_household (created_at, updated_at, version, neighbourhood_id, building_id, stairwell_id,
    community_code, unit_number, floor, gross_floor_area, use, tenure_type, occupancy, head_name, phones, remarks)
SELECT now(), now(), 1, building.neighbourhood_id, building.id, stairwell.id, building.community_code,
       (door / 2 + 1) || '0' || (door %% 2 + 1), door / 2 + 1, 45 + (building.id * 7 + door * 13) %% 9000 / 100.0,
       'residential', 'commodity', 'owner', substr('周吴郑王冯陈褚卫蒋沈韩杨', door + 1, 1) || '敏',
       ARRAY['138' || lpad((building.id * 16 + door)::text, 8, '0')], ''
FROM renovation_building building JOIN renovation_stairwell stairwell ON stairwell.building_id = building.id,
     generate_series(0, %(doors)s - 1) AS door;
ANALYZE
"""

CASES: list[tuple[str, dict[str, Any]]] = [
    ("round-sheets", {}),
    ("consultation-forms", {"division": "420502001001"}),
]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--neighbourhoods", type=int, default=273)
    options.add_argument("--in-this-process", nargs=2, metavar=("SUBJECT", "FILTERS"), help=argparse.SUPPRESS)
    args = options.parse_args()
    if args.in_this_process:
        make_here(*args.in_this_process)
        return
    with TemporaryDirectory() as folder:
        os.environ["MEDIA_ROOT"] = folder
        os.environ["SITE_ADDRESS"] = "https://gongdi.example"
        set_up(args.neighbourhoods)
        try:
            for subject, filters in CASES:
                report(subject, *apart(subject, filters))
        finally:
            tear_down()


def report(
    subject: str, seconds: float, busy: float, memory: float, alone: float, size: float, documents: float
) -> None:
    print(  # noqa: T201
        f"{subject:20}{documents:>7,.0f} documents{size / MEGABYTE:7.1f} MB{seconds:8.1f} s, of which {busy:.1f} s busy"
        f" (under 60 s)   memory at its peak {memory:.0f} MB, of which Django alone {alone:.0f} MB (under 500 MB)"
    )


def set_up(neighbourhoods: int) -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    tear_down()
    on_server(f"CREATE DATABASE {DATABASE}")
    connection.settings_dict["NAME"] = DATABASE
    call_command("migrate", verbosity=0)
    from consent.services.surveys import open_survey
    from tests.consent.casts import make_policy
    from tests.factories import make_menu_edition, make_neighbourhood, make_user

    by = make_user(territory="4205")
    make_policy()
    make_menu_edition()
    places = [
        make_neighbourhood(community_code=f"420502001{number // A_COMMUNITY + 1:03}")
        for number in range(neighbourhoods)
    ]
    with connection.cursor() as cursor:
        cursor.execute(DOORS_OF_ALL, {"buildings": BUILDINGS, "doors": DOORS})
    for place in places:
        open_survey(neighbourhood=place, title="改造意愿三轮入户征询", closes_on=None, by=by)
    connection.close()


def tear_down() -> None:
    from django.db import connection

    connection.close()
    on_server(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")


def apart(subject: str, filters: dict[str, Any]) -> list[float]:
    """Seconds, how many of them busy, megabytes at the peak of a fresh process with and without the print, bytes of the
    file, documents.
    """
    command = [sys.executable, "-m", "tests.bench.prints", "--in-this-process", subject, json.dumps(filters)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return [float(figure) for figure in done.stdout.split()]


def make_here(subject: str, filters: str) -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.db import connection

    connection.settings_dict["NAME"] = DATABASE
    from accounts.models import User
    from overview.models import Export
    from overview.services.exports.asking import queue_export
    from overview.services.exports.making import make_export

    who = User.objects.get()
    queued = queue_export(subject=subject, filters=json.loads(filters), format="pdf", by=who, language="zh-hans")
    alone = peak()
    begun, before = time.perf_counter(), time.process_time()
    make_export(export_id=queued.pk)
    seconds, busy = time.perf_counter() - begun, time.process_time() - before
    done = Export.objects.get(pk=queued.pk)
    if done.state != "done" or not done.rows_done:
        raise SystemExit(f"{done.state}: {done.error}")
    print(seconds, busy, peak(), alone, done.size, done.rows_done)  # noqa: T201


if __name__ == "__main__":
    main()
