"""A city's billing run of 265,000 bills, beside a bare INSERT ... SELECT of as many of the same bills.

    python -m tests.bench.billing_run [--households 265000] [--repeat 3] [--years 5]

The run takes place in one database and by turns with the bare statement: a run bills a month; the bare statement then
puts the very bills of that run, moved on by a month, into the same table with its indexes and foreign keys, and
commits; the next run bills the month after. The first run, which also opens every household's account, is told apart.
With `--years` the table holds that many years of monthly bills before: about 16 million in five years, some 15 GB. They
are put in by one statement a month without the indexes and keys, which are made anew after it, as they were. The
database is made for this and dropped after it.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from datetime import date
from typing import Any

DATABASE = "bench_billing"
NEIGHBOURHOODS = 2_022
DOORS = 16
FIRST = date(2027, 1, 1)
"""The first month that is billed; the years before lie before it."""

REGISTRY = """
INSERT INTO renovation_building (created_at, updated_at, version, neighbourhood_id, community_code, number, grid)
SELECT now(), now(), 1, place.id, place.community_code, number::text, ''
FROM renovation_neighbourhood place, generate_series(1, %(buildings)s) AS number;
INSERT INTO renovation_stairwell (created_at, updated_at, version, building_id, community_code, number)
SELECT now(), now(), 1, id, community_code, '1' FROM renovation_building;
INSERT INTO renovation_household (created_at, updated_at, version, neighbourhood_id, building_id, stairwell_id,
    community_code, unit_number, floor, gross_floor_area, use, tenure_type, occupancy, head_name, phones, remarks)
SELECT now(), now(), 1, building.neighbourhood_id, building.id, stairwell.id, building.community_code,
       (door / 2 + 1) || '0' || (door %% 2 + 1), door / 2 + 1, 45 + (building.id * 7 + door * 13) %% 9000 / 100.0,
       'residential', 'commodity', 'owner', '周敏', '{}', ''
FROM renovation_building building JOIN renovation_stairwell stairwell ON stairwell.building_id = building.id,
     generate_series(0, %(doors)s - 1) AS door
LIMIT %(households)s;
INSERT INTO renovation_owner (id, created_at, updated_at, version, neighbourhood_id, community_code, kind, name, phones)
SELECT id, now(), now(), 1, neighbourhood_id, community_code, 'person', '王芳', '{}' FROM renovation_household;
INSERT INTO renovation_ownership (created_at, updated_at, version, owner_id, household_id, community_code, area_source,
    is_voter)
SELECT now(), now(), 1, id, id, community_code, 'register', true FROM renovation_household;
INSERT INTO governance_feeschedule (created_at, updated_at, version, neighbourhood_id, kind, name, basis, unit_price,
    uses, space_ownerships, late_charge_daily, due_days, free_minutes, valid_from, document)
SELECT now(), now(), 1, id, 'property', '', 'per_m2_month', 0.6 + id %% 5 / 10.0, '{}', '{}', 0, 15, 0, '2020-01-01',
       'HT-1'
FROM renovation_neighbourhood
"""

# The bills of a month again, so many months on; those that `{where}` says.
BARE = """
INSERT INTO governance_bill (run_id, neighbourhood_id, account_id, household_id, kind, charge, period, starts_on,
    ends_on, due_on, amount, reduction, settled, state, lines, created_at, updated_at, version, void_reason)
SELECT run_id, neighbourhood_id, account_id, household_id, kind, charge, to_char(%(month)s::date, 'YYYY-MM'),
       %(month)s::date, (%(month)s::date + interval '1 month - 1 day')::date,
       (%(month)s::date + interval '1 month + 14 days')::date, amount, reduction, {settled}, {state}, lines,
       now(), now(), 1, ''
FROM bench_bills
"""
OPEN = BARE.format(settled="0", state="'open'")
PAID = BARE.format(settled="amount - reduction", state="'settled'")

KEEP = "CREATE TABLE bench_bills AS SELECT * FROM governance_bill WHERE run_id = %s"

TALLIES = """
INSERT INTO governance_billedtally (neighbourhood_id, kind, starts_on, ends_on, bill_count, amount, reduction)
SELECT neighbourhood_id, kind, %(month)s::date, (%(month)s::date + interval '1 month - 1 day')::date, count(*),
       sum(amount), sum(reduction)
FROM bench_bills GROUP BY neighbourhood_id, kind
"""

# All but the primary key: what there is, and how it is made.
KEYS = """
SELECT format('ALTER TABLE governance_bill DROP CONSTRAINT %I', conname),
       format('ALTER TABLE governance_bill ADD CONSTRAINT %I %s', conname, pg_get_constraintdef(oid))
FROM pg_constraint WHERE conrelid = 'governance_bill'::regclass AND contype IN ('f', 'u')
"""
INDEXES = """
SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
FROM pg_index WHERE indrelid = 'governance_bill'::regclass AND NOT indisprimary
  AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid AND conrelid = indrelid)
"""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--households", type=int, default=265_000)
    options.add_argument("--repeat", type=int, default=3)
    options.add_argument("--years", type=int, default=0)
    args = options.parse_args()
    set_up(args.households)
    try:
        run(args.repeat, args.years)
    finally:
        tear_down()


def run(repeat: int, years: int) -> None:
    results: dict[str, list[float]] = {}

    def take(name: str, work: Callable[[], Any]) -> Any:
        checkpoint()
        begun = time.perf_counter()
        done = work()
        results.setdefault(name, []).append(time.perf_counter() - begun)
        print(f"{name:42}{results[name][-1]:8.2f} s", flush=True)  # noqa: T201
        return done

    first = take("first run, opening the accounts", lambda: bill(months_on(0)))
    execute(KEEP, [first])
    if years:
        take("the years before", lambda: fill(years))
    execute("VACUUM ANALYZE")
    month = 1
    for _round in range(repeat):
        take("run", lambda month=month: bill(months_on(month)))
        take("bare INSERT ... SELECT", lambda month=month: execute(OPEN, {"month": months_on(month + 1)}))
        month += 2
    take("the same run again, which bills nothing", lambda: bill(months_on(month - 2), bills=0))
    take("dry run", lambda: bill(months_on(month), mode="dry_run"))
    report(results)


def fill(years: int) -> None:
    made = [*rows(INDEXES), *rows(KEYS)]
    for drop, _make in reversed(made):
        execute(drop)
    for back in range(1, 12 * years + 1):
        execute(PAID, {"month": months_on(-back)})
        execute(TALLIES, {"month": months_on(-back)})
    for _drop, make in made:
        execute(make)


def report(results: dict[str, list[float]]) -> None:
    medians = {name: statistics.median(times) for name, times in results.items()}
    print()  # noqa: T201
    for name, seconds in medians.items():
        print(f"{name:42}{seconds:8.2f} s")  # noqa: T201
    print(f"\nrun / bare: {medians['run'] / medians['bare INSERT ... SELECT']:.2f} (to hold: within 3)")  # noqa: T201
    print(f"bills in the table: {count('governance_bill'):,}; {size('governance_bill')}")  # noqa: T201


def months_on(count: int) -> date:
    from governance.rules.fees.periods import add_months

    return add_months(FIRST, count)


def bill(month: date, *, mode: str = "post", bills: int | None = None) -> int:
    from accounts.models import User
    from governance.services.fees.billing import keep_run, run_billing

    run = keep_run(division="4205", kind="property", period=f"{month:%Y-%m}", mode=mode, by=User.objects.get())
    run_billing(run.pk)
    run.refresh_from_db()
    expected = count("renovation_household") if bills is None else bills
    if (run.status, run.bill_count) != ("done", expected):
        raise SystemExit(f"{run.status} {run.error}: {run.bill_count} bills, {run.exception_counts}")
    return run.pk


def set_up(households: int) -> None:
    """A database with the schema, the neighbourhoods of a city, their doors with an owner each, and their prices."""
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
    from renovation.models import Neighbourhood
    from tests.factories import make_division, make_user

    communities = [make_division(f"420502{street:03}{number:03}") for street in range(1, 21) for number in range(1, 11)]
    Neighbourhood.objects.bulk_create(
        Neighbourhood(
            community=community,
            community_code=community.code,
            code=f"{community.code}-{number // len(communities) + 1:03}",
            name=f"小区{number}",
        )
        for number in range(NEIGHBOURHOODS)
        for community in [communities[number % len(communities)]]
    )
    make_user(Role.PROPERTY_CLERK, "4205")
    buildings = households // (NEIGHBOURHOODS * DOORS) + 1
    execute(REGISTRY, {"buildings": buildings, "doors": DOORS, "households": households})
    execute("VACUUM ANALYZE")


def tear_down() -> None:
    from django.db import connection

    connection.close()
    on_server(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")


def checkpoint() -> None:
    on_server("CHECKPOINT")


def execute(statement: str, parameters: Any = None) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def on_server(statement: str) -> None:
    from django.db import connection

    with connection._nodb_cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(statement)


def count(table: str) -> int:
    return int(_one(f"SELECT count(*) FROM {table}"))


def size(table: str) -> str:
    return str(_one(f"SELECT pg_size_pretty(pg_total_relation_size('{table}'))"))


def rows(statement: str) -> list[Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def _one(statement: str) -> Any:
    return rows(statement)[0][0]


if __name__ == "__main__":
    main()
