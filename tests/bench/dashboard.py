"""The city's dashboard at city size: queries and database time, before and after visits have grown tenfold.

    python -m tests.bench.dashboard [--repeat 15] [--times 10] [--no-coordinates]

A city of 2,022 neighbourhoods and 265,000 households (`dashboard_city`) is made for the run and dropped after it. All
of its neighbourhoods are on the map, or with `--no-coordinates` none. The report is read in this process as the city's
official: as it was kept with nothing changed since, and with 40 neighbourhoods changed since, which are read live. Then
every visit is followed by nine more to the same door, with their changes, and both are read again. Told are the time
for which the server's process computed, by the kernel, the time that the driver waited, and the whole: on a machine
that is busy otherwise the first is the one to read. The server runs on this machine (Linux).
"""

import argparse
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

from tests.bench.dashboard_city import UNCHECKED, copy_days, execute, set_up, tear_down
from tests.bench.lifecycle_pages import timed

LIMIT_MS, LIMIT_GROWTH = 30, 1.2
CHANGED = 40

# Nobody was at home: what the visits say stays the same.
MORE_VISITS = """
INSERT INTO consent_visit (survey_id, sequence, client_id, door_id, round, outcome, given, respondent, visited_at,
    recorded_at, recorded_by_id, party, menu_items, reasons, has_note, out_of_round, private_hash, leaf_hash)
SELECT survey_id, sequence + number * 100000, gen_random_uuid(), door_id, round, 'no_answer', '', '', visited_at,
    recorded_at, recorded_by_id, party, '{}', '{}', FALSE, out_of_round, private_hash, leaf_hash
FROM consent_visit, generate_series(1, %(more)s) AS number WHERE sequence < 100000;
INSERT INTO accounts_change (at, resource, object_id, action, fields, community_code, neighbourhood_code, cursor)
SELECT now(), 'visits', visit.id, 'created', '{}', place.community_code, place.code,
    (SELECT coalesce(max(cursor), 0) FROM accounts_change) + row_number() OVER (ORDER BY visit.id)
FROM consent_visit visit JOIN consent_survey survey ON survey.id = visit.survey_id
JOIN renovation_neighbourhood place ON place.id = survey.neighbourhood_id
WHERE visit.sequence >= 100000
"""

TOUCH = """
INSERT INTO accounts_change (at, resource, object_id, action, fields, community_code, neighbourhood_code)
SELECT now(), 'neighbourhoods', id, 'updated', '{}', community_code, code
FROM renovation_neighbourhood WHERE stage <> 'registered' ORDER BY md5(code) LIMIT %(number)s
"""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--repeat", type=int, default=15)
    options.add_argument("--times", type=int, default=10)
    options.add_argument("--no-coordinates", action="store_true")
    args = options.parse_args()
    try:
        timed("the city", lambda: set_up(is_located=not args.no_coordinates))
        keep()
        first = measure(args.repeat)
        timed(f"visits grown {args.times} times", lambda: execute(UNCHECKED + MORE_VISITS, {"more": args.times - 1}))
        keep()
        grown = measure(args.repeat)
    finally:
        tear_down()
    for kind, found in grown.items():
        ratio = found.computed / first[kind].computed
        print(f"{kind}: {ratio:.2f} of before (to hold: {LIMIT_GROWTH}; {LIMIT_MS} ms)")  # noqa: T201


def keep() -> None:
    """Today, of the tallies; and the twelve Sundays before, as wide as today."""
    from django.utils import timezone

    from overview.models import KeptDay
    from overview.rules.dashboard import ends_of_weeks
    from overview.services.days import keep_day

    *sundays, today = ends_of_weeks(timezone.localdate())
    timed("keeping today, of the tallies", lambda: keep_day(day=today))
    if KeptDay.objects.count() == 1:
        copy_days(sundays)
    execute("VACUUM ANALYZE")


@dataclass(frozen=True)
class Taken:
    """Medians of one kind, in milliseconds: what the server computed, what the driver waited, and the wall."""

    queries: int
    computed: float
    waited: float
    wall: float


def measure(repeat: int) -> dict[str, Taken]:
    found = {"nothing changed since": take(repeat)}
    execute(TOUCH, {"number": CHANGED})
    found[f"{CHANGED} neighbourhoods changed since"] = take(repeat)
    for kind, one in found.items():
        print(  # noqa: T201
            f"{kind:34}{one.queries:4} queries{one.computed:8.1f} ms computed by the server"
            f"{one.waited:8.1f} ms waited for{one.wall:8.1f} ms in all",
            flush=True,
        )
    return found


def take(repeat: int) -> Taken:
    from django.db import connection, reset_queries

    from accounts.models import User
    from overview.reports.dashboard import dashboard_of

    rows: list[tuple[float, float, float]] = []
    slowest: dict[str, list[float]] = {}
    connection.force_debug_cursor = True
    for _round in range(repeat + 1):
        user = User.objects.get(username="city")
        reset_queries()
        begun, computed = time.perf_counter(), on_processor()
        dashboard_of(user)
        wall, computed = time.perf_counter() - begun, on_processor() - computed
        rows.append((computed * 1000, sum(float(query["time"]) for query in connection.queries) * 1000, wall * 1000))
        for query in connection.queries:
            slowest.setdefault(" ".join(query["sql"].split())[:100], []).append(float(query["time"]) * 1000)
    connection.force_debug_cursor = False
    for text, times in sorted(slowest.items(), key=lambda pair: -statistics.median(pair[1]))[:6]:
        print(f"    {statistics.median(times):6.1f}  {text}")  # noqa: T201
    return Taken(len(connection.queries), *(statistics.median(column) for column in zip(*rows[1:], strict=True)))


def on_processor() -> float:
    """Seconds for which this connection's server process has computed: what a busy machine does not add to."""
    from django.db import connection

    with connection.cursor() as cursor:
        pid = cursor.connection.info.backend_pid
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


if __name__ == "__main__":
    main()
