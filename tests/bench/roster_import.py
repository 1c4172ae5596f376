"""Import of 265,000 rows of CSV, beside reading the file and a bare COPY of the same rows.

    python -m tests.bench.roster_import [--rows 265000] [--repeat 3] [--owners]

The bare COPY writes the very rows that the import made into the same tables with their indexes and foreign keys, and
commits. A COPY into tables without any index or key is shown too. With `--owners` every row names its owner, so that an
owner and an ownership come with each household. The import runs in a process of its own, whose peak of memory is shown
with what Django takes alone. The database is made for the run and dropped after it.
"""

import argparse
import csv
import io
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

DATABASE = "bench_roster"
TABLES = (
    "renovation_building",
    "renovation_stairwell",
    "renovation_household",
    "renovation_owner",
    "renovation_ownership",
)
FAMILY, GIVEN = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗", "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=265_000)
    options.add_argument("--repeat", type=int, default=3)
    options.add_argument("--owners", action="store_true")
    options.add_argument("--import-in-this-process", metavar="FILE", help=argparse.SUPPRESS)
    args = options.parse_args()
    if args.import_in_this_process:
        import_here(Path(args.import_in_this_process))
        return
    with TemporaryDirectory() as folder:
        path = Path(folder) / "roster.csv"
        write_roster(path, args.rows, owners=args.owners)
        os.environ["MEDIA_ROOT"] = folder
        run(path, args.repeat)


def run(path: Path, repeat: int) -> None:
    set_up()
    results: dict[str, list[float]] = {}
    memory = alone = 0.0

    def take(name: str, work: Callable[[], Any]) -> None:
        begun = time.perf_counter()
        work()
        results.setdefault(name, []).append(time.perf_counter() - begun)

    try:
        for _round in range(repeat):
            fresh()
            seconds, memory, alone = import_apart(path)
            results.setdefault("import", []).append(seconds)
            rows = dump()
            fresh()
            take("reading the file", lambda: read(path))
            take("bare COPY, same tables", lambda rows=rows: copy(rows))
            take("COPY, no index", lambda rows=rows: copy_bare(rows))
    finally:
        tear_down()
    report(results, memory, alone)


def report(results: dict[str, list[float]], memory: float, alone: float) -> None:
    medians = {name: statistics.median(times) for name, times in results.items()}
    for name, seconds in medians.items():
        print(f"{name:28}{seconds:8.2f} s")  # noqa: T201
    print()  # noqa: T201
    for name in ("bare COPY, same tables", "COPY, no index"):
        base = medians["reading the file"] + medians[name]
        print(f"import / ({name} + reading): {medians['import'] / base:.2f}")  # noqa: T201
    print(f"memory at its peak: {memory:.0f} MB, of which Django alone {alone:.0f} MB (under 300 MB)")  # noqa: T201


def write_roster(path: Path, rows: int, *, owners: bool) -> None:
    """Buildings of three stairwells, 16 doors each; every fifth home is let, every eighth has no area."""
    chance = random.Random(1)
    header = [
        "序号",
        "楼栋",
        "单元",
        "楼层",
        "房号",
        "户主姓名",
        "联系电话",
        "建筑面积(㎡)",
        "产权性质",
        "房屋用途",
        "居住情况",
        "备注",
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*header, "业主姓名"] if owners else header)
        for number in range(rows):
            building, place = divmod(number, 48)
            stairwell, door = divmod(place, 16)
            floor = door // 4 + 1
            name = chance.choice(FAMILY) + chance.choice(GIVEN) + chance.choice(GIVEN)
            row = [
                number + 1,
                f"{building + 1}栋",
                f"{stairwell + 1}单元",
                floor,
                f"{floor}0{door % 4 + 1}",
                name,
                f"1{chance.randrange(3 * 10**9, 10**10)}",
                "" if number % 8 == 7 else f"{chance.randrange(4500, 14000) / 100}",
                chance.choice(["房改房", "商品房", "集资房"]),
                "住宅",
                "出租" if number % 5 == 4 else "自住",
                "",
            ]
            writer.writerow([*row, name] if owners else row)


def set_up() -> None:
    """A database with the schema and an empty neighbourhood, from which each run's own is made."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    tear_down()
    on_server(f"CREATE DATABASE {DATABASE}_empty")
    connection.settings_dict["NAME"] = f"{DATABASE}_empty"
    call_command("migrate", verbosity=0)
    from accounts.choices import Role
    from tests.factories import make_neighbourhood, make_user

    make_neighbourhood()
    make_user(Role.COMMUNITY_STAFF)


def fresh() -> None:
    from django.db import connection

    connection.close()
    on_server(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
    on_server(f"CREATE DATABASE {DATABASE} TEMPLATE {DATABASE}_empty STRATEGY file_copy")
    on_server("CHECKPOINT")
    connection.settings_dict["NAME"] = DATABASE


def tear_down() -> None:
    from django.db import connection

    connection.close()
    for name in (DATABASE, f"{DATABASE}_empty"):
        on_server(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def on_server(statement: str) -> None:
    from django.db import connection

    with connection._nodb_cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(statement)


def import_apart(path: Path) -> tuple[float, float, float]:
    """Seconds, and megabytes at the peak of a fresh process, with and without the import."""
    command = [sys.executable, "-m", "tests.bench.roster_import", "--import-in-this-process", str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "BENCH": DATABASE})
    seconds, memory, alone = map(float, done.stdout.split())
    return seconds, memory, alone


def import_here(path: Path) -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.core.files import File
    from django.db import connection

    connection.settings_dict["NAME"] = os.environ["BENCH"]
    from accounts.models import User
    from renovation.models import Neighbourhood, RosterImport
    from renovation.services.roster_imports import queue_import, run_import

    neighbourhood, worker = Neighbourhood.objects.get(), User.objects.get()
    alone = peak()
    with path.open("rb") as file:
        queued = queue_import(
            neighbourhood=neighbourhood, file=File(file), file_name=path.name, mode="all_or_nothing", by=worker
        )
    begun = time.perf_counter()
    run_import(roster_import_id=queued.pk)
    seconds = time.perf_counter() - begun
    done = RosterImport.objects.get()
    if done.status != "done" or not done.created:
        raise SystemExit(f"{done.status}: {list(done.problems.values()[:5])}")
    print(seconds, peak(), alone)  # noqa: T201


def peak() -> float:
    """Megabytes this program held at most. What `getrusage` says includes the process that started it."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def read(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        for _row in csv.reader(file):
            pass


def dump() -> dict[str, bytes]:
    from django.db import connection

    rows = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            buffer = io.BytesIO()
            cursor.cursor.copy_expert(f"COPY {table} TO STDOUT", buffer)
            rows[table] = buffer.getvalue()
    return rows


def copy(rows: dict[str, bytes]) -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        for table in TABLES:
            cursor.cursor.copy_expert(f"COPY {table} FROM STDIN", io.BytesIO(rows[table]), size=1 << 16)


def copy_bare(rows: dict[str, bytes]) -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"CREATE TABLE bare_{table} (LIKE {table})")
            cursor.cursor.copy_expert(f"COPY bare_{table} FROM STDIN", io.BytesIO(rows[table]), size=1 << 16)


if __name__ == "__main__":
    main()
