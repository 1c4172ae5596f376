"""Export of 265,000 households to XLSX and to CSV, and of the list of 2,022 neighbourhoods.

    python -m tests.bench.export [--rows 265000]

Each file is made by the job, in a process of its own, whose peak of memory is shown with what Django takes alone. The
households are read through the list of the API as a city official, page after page. The database is made for the run
and dropped after it.
"""

import argparse
import os
import subprocess
import sys
import time
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench.roster_import import on_server, peak

DATABASE = "bench_export"
NEIGHBOURHOODS = 2_022
DOORS = 16
MEGABYTE = 1024 * 1024

REGISTRY = """
INSERT INTO renovation_neighbourhood (created_at, updated_at, version, code, name, aliases, community_id,
    community_code, address, stage, stage_since, round_is_open)
SELECT now(), now(), 1, %(community)s || lpad(number::text, 4, '0'), '小区' || number, '', %(division)s, %(community)s,
       '', 'registered', now(), false
FROM generate_series(2, %(neighbourhoods)s) AS number;
INSERT INTO renovation_building (created_at, updated_at, version, neighbourhood_id, community_code, number, grid)
SELECT now(), now(), 1, place.id, place.community_code, number::text, ''
FROM renovation_neighbourhood place, generate_series(1, %(buildings)s) AS number;
INSERT INTO renovation_stairwell (created_at, updated_at, version, building_id, community_code, number)
SELECT now(), now(), 1, id, community_code, '1' FROM renovation_building;
INSERT INTO renovation_household (created_at, updated_at, version, neighbourhood_id, building_id, stairwell_id,
    community_code, unit_number, floor, gross_floor_area, use, tenure_type, occupancy, head_name, phones, remarks)
SELECT now(), now(), 1, building.neighbourhood_id, building.id, stairwell.id, building.community_code,
       (door / 2 + 1) || '0' || (door %% 2 + 1), door / 2 + 1, 45 + (building.id * 7 + door * 13) %% 9000 / 100.0,
       'residential', 'commodity', 'owner', '周敏', ARRAY['13812342071'], '顶楼有一处违建，已谈过两次'
FROM renovation_building building JOIN renovation_stairwell stairwell ON stairwell.building_id = building.id,
     generate_series(0, %(doors)s - 1) AS door
LIMIT %(rows)s;
ANALYZE
"""

CASES = [("households", "xlsx"), ("households", "csv"), ("neighbourhood-list", "xlsx")]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=265_000)
    options.add_argument("--in-this-process", nargs=2, metavar=("SUBJECT", "FORMAT"), help=argparse.SUPPRESS)
    args = options.parse_args()
    if args.in_this_process:
        make_here(*args.in_this_process)
        return
    with TemporaryDirectory() as folder:
        os.environ["MEDIA_ROOT"] = folder
        set_up(args.rows)
        try:
            for subject, file_format in CASES:
                seconds, memory, alone, size, rows = apart(subject, file_format)
                print(  # noqa: T201
                    f"{subject:20}{file_format:6}{rows:>9,.0f} rows{seconds:8.1f} s{size / MEGABYTE:7.1f} MB"
                    f"   memory at its peak {memory:.0f} MB, of which Django alone {alone:.0f} MB (under 300 MB)"
                )
        finally:
            tear_down()


def set_up(rows: int) -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    tear_down()
    on_server(f"CREATE DATABASE {DATABASE}")
    connection.settings_dict["NAME"] = DATABASE
    call_command("migrate", verbosity=0)
    from accounts.choices import Role
    from tests.factories import make_neighbourhood, make_user

    place = make_neighbourhood()
    make_user(Role.CITY_OFFICIAL, place.community_code[:4])
    parameters: dict[str, Any] = {
        "community": place.community_code,
        "division": place.community_id,
        "neighbourhoods": NEIGHBOURHOODS,
        "buildings": -(-rows // (NEIGHBOURHOODS * DOORS)),
        "doors": DOORS,
        "rows": rows,
    }
    with connection.cursor() as cursor:
        cursor.execute(REGISTRY, parameters)
    connection.close()


def tear_down() -> None:
    from django.db import connection

    connection.close()
    on_server(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")


def apart(subject: str, file_format: str) -> list[float]:
    """Seconds, megabytes at the peak of a fresh process with and without the export, bytes of the file, rows."""
    command = [sys.executable, "-m", "tests.bench.export", "--in-this-process", subject, file_format]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return [float(figure) for figure in done.stdout.split()]


def make_here(subject: str, file_format: str) -> None:
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
    # The routes and views are loaded before, as in a worker.
    queued = queue_export(subject=subject, filters={}, format=file_format, by=who, language="zh-hans")
    alone = peak()
    begun = time.perf_counter()
    make_export(export_id=queued.pk)
    seconds = time.perf_counter() - begun
    done = Export.objects.get(pk=queued.pk)
    if done.state != "done" or not done.rows_done:
        raise SystemExit(f"{done.state}: {done.error}")
    print(seconds, peak(), alone, done.size, done.rows_done)  # noqa: T201


if __name__ == "__main__":
    main()
