"""Visits per second: single posts and batches of 200, beside a bare DRF insert view and a bare psycopg2 INSERT.

    python -m tests.bench.visits [--seconds 10] [--connections 16] [--repeat 3]

Client, site and database share the machine. All commits are durable. The database is made for the run and dropped
after it. Rounds of the kinds alternate, so that a machine that slows down slows all of them.
"""

import argparse
import http.client
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import orjson

PORT = 8765
BATCH = 200
DATABASE = "bench_visits"
HOUSEHOLDS, A_BUILDING = 40_000, 40


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=10)
    options.add_argument("--connections", type=int, default=16)
    options.add_argument("--repeat", type=int, default=3)
    args = options.parse_args()
    with database() as connect:
        survey, households, token = fill()
        with site():
            load = Load(token, args.seconds, args.connections)
            doors = count()
            kinds: dict[str, Callable[[], tuple[str, bytes]]] = {
                "bare DRF view": lambda: ("/bare/", orjson.dumps(visit(households[next(doors) % HOUSEHOLDS]))),
                "single posts": lambda: (
                    f"/api/v1/surveys/{survey}/visits/",
                    orjson.dumps({"visits": [visit(households[next(doors) % HOUSEHOLDS])]}),
                ),
                f"batches of {BATCH}": lambda: (
                    f"/api/v1/surveys/{survey}/visits/",
                    orjson.dumps({"visits": [visit(households[next(doors) % HOUSEHOLDS]) for _ in range(BATCH)]}),
                ),
            }
            results: dict[str, list[tuple[float, float, float]]] = {
                name: [] for name in [*kinds, "bare psycopg2 INSERT"]
            }
            for make in kinds.values():
                load.run(make, seconds=1)  # warm
            for _round in range(args.repeat):
                for name, make in kinds.items():
                    results[name].append(load.run(make))
                results["bare psycopg2 INSERT"].append(bare_insert(connect, args.seconds, args.connections))
    report(results)


def report(results: dict[str, list[tuple[float, float, float]]]) -> None:
    """Medians over the rounds: visits per second, and request times in milliseconds."""
    print(f"{'':24}{'visits/s':>10}{'p50 ms':>10}{'p99 ms':>10}")  # noqa: T201
    medians = {}
    for name, rounds in results.items():
        rate, p50, p99 = (statistics.median(values) for values in zip(*rounds, strict=True))
        rate *= BATCH if name.startswith("batches") else 1
        medians[name] = (rate, p99)
        print(f"{name:24}{rate:10.0f}{p50:10.1f}{p99:10.1f}")  # noqa: T201
    bare, single, batch = medians["bare DRF view"], medians["single posts"], medians[f"batches of {BATCH}"]
    print(  # noqa: T201
        f"\nsingle / bare view: {single[0] / bare[0]:.2f} (at least 0.5); p99 {single[1] / bare[1]:.1f}x (under 5x);"
        f" batch / single: {batch[0] / single[0]:.0f}x (at least 10x)"
    )


def visit(household: int) -> dict[str, Any]:
    """A yes with its commitments, items and a note, as a phone sends it."""
    return {
        "client_id": str(uuid4()),
        "household": household,
        "outcome": "supports",
        "given": "signed",
        "respondent": "owner",
        "visited_at": datetime.now(UTC).isoformat(),
        "party": ["owners_committee"],
        "commitments": {
            "self_governance": True,
            "convention": True,
            "demolition": True,
            "contribution": False,
            "property_management": True,
        },
        "menu_items": ["B03", "U11"],
        "reasons": [],
        "note": "晚上在家",
    }


@contextmanager
def database() -> Iterator[Callable[[], Any]]:
    """A database of its own on the server that the settings name; and a way to connect to it without Django."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"
    import django
    from django.db import connection

    django.setup()
    settings = connection.settings_dict
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
        cursor.execute(f"CREATE DATABASE {DATABASE}")
    host, user, secret = (connection.settings_dict[key] for key in ("HOST", "USER", "PASSWORD"))
    connection.close()
    settings["NAME"] = DATABASE
    os.environ["DATABASE_URL"] = (
        f"postgresql://{quote(user)}:{quote(secret)}@/{DATABASE}?host={quote(str(host), safe='')}"
    )
    try:
        import psycopg2

        yield lambda: psycopg2.connect(dbname=DATABASE, host=host or None, user=user or None, password=secret or None)
    finally:
        connection.close()
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")


def fill() -> tuple[int, list[int], str]:
    """A survey and the token of a client that may log its visits.

    All callers append to this one survey, which is the hard case. It has so many doors that none is visited dozens of
    times: at real doors it is three.
    """
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    call_command("migrate", "bench", run_syncdb=True, verbosity=0)
    from renovation.models import Household
    from tests.api.helpers import token_of
    from tests.bench.models import BareRow
    from tests.consent.casts import make_survey
    from tests.factories import make_building, make_client, make_neighbourhood, make_stairwell

    if BareRow._meta.db_table not in connection.introspection.table_names():
        with connection.schema_editor() as editor:
            editor.create_model(BareRow)
    neighbourhood = make_neighbourhood()
    stairwells = [
        make_stairwell(building=make_building(neighbourhood=neighbourhood, number=str(number)), number="1")
        for number in range(HOUSEHOLDS // A_BUILDING)
    ]
    doors = Household.objects.bulk_create(
        Household(
            neighbourhood=neighbourhood,
            building=stairwell.building,
            stairwell=stairwell,
            community_code=stairwell.community_code,
            unit_number=str(number),
        )
        for stairwell in stairwells
        for number in range(A_BUILDING)
    )
    survey, _doors, _worker = make_survey(households=doors)
    client = make_client("consent:read", "consent:write", "registry:read", territory="4205")
    return survey.pk, [door.pk for door in doors], token_of(client)


@contextmanager
def site() -> Iterator[None]:
    command = [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py", "--bind", f"127.0.0.1:{PORT}"]
    server = subprocess.Popen([*command, "--log-level", "warning", "config.wsgi"])
    try:
        for _attempt in range(100):
            try:
                http.client.HTTPConnection("127.0.0.1", PORT, timeout=1).request("GET", "/healthz")
                break
            except OSError:
                time.sleep(0.2)
        yield
    finally:
        server.terminate()
        server.wait()


class Load:
    """Requests as fast as they are answered, over kept connections."""

    def __init__(self, token: str, seconds: float, connections: int) -> None:
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.seconds, self.connections = seconds, connections

    def run(self, make: Callable[[], tuple[str, bytes]], seconds: float | None = None) -> tuple[float, float, float]:
        """Requests per second, and the median and 99th percentile of their times in milliseconds."""
        until = time.perf_counter() + (seconds or self.seconds)
        times: list[float] = []

        def send() -> None:
            connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
            while time.perf_counter() < until:
                path, body = make()
                start = time.perf_counter()
                connection.request("POST", path, body, self.headers)
                answer = connection.getresponse()
                content = answer.read()
                if answer.status not in (200, 201) or b'"rejected"' in content:
                    raise RuntimeError(f"{answer.status}: {content[:500]!r}")
                times.append((time.perf_counter() - start) * 1000)
            connection.close()

        start = time.perf_counter()
        in_threads(send, self.connections)
        elapsed = time.perf_counter() - start
        times.sort()
        return len(times) / elapsed, times[len(times) // 2], times[int(len(times) * 0.99)]


def bare_insert(connect: Callable[[], Any], seconds: float, connections: int) -> tuple[float, float, float]:
    """One INSERT and one COMMIT a row, without Django."""
    until = time.perf_counter() + seconds
    times: list[float] = []

    def send() -> None:
        connection = connect()
        with connection.cursor() as cursor:
            while time.perf_counter() < until:
                start = time.perf_counter()
                cursor.execute(
                    "INSERT INTO bench_barerow (client_id, household, outcome, given, respondent, visited_at, note)"
                    " VALUES (%s, 1, 'supports', 'signed', 'owner', now(), '晚上在家')",
                    [str(uuid4())],
                )
                connection.commit()
                times.append((time.perf_counter() - start) * 1000)
        connection.close()

    start = time.perf_counter()
    in_threads(send, connections)
    elapsed = time.perf_counter() - start
    times.sort()
    return len(times) / elapsed, times[len(times) // 2], times[int(len(times) * 0.99)]


def in_threads(work: Callable[[], None], number: int) -> None:
    faults: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=guarded) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]


if __name__ == "__main__":
    main()
