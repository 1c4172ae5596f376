"""Pages of a neighbourhood and lists of the API at city size: queries, database time and wall time, beside bare ones.

    python -m tests.bench.lifecycle_pages [--database NAME] [--repeat 15]

Requests run in this process, signed in as the city's official, so that each one's queries can be counted; the first of
each is left out. A page's reference is the site's empty frame for the same user; a list's is a bare DRF list of the
same rows: a `ModelSerializer` of the table's own columns. A list is asked for its first page and for its 1,000th, with
as many rows a page as 1,000 pages leave. Without `--database`, which names a filled demonstration city on the site's
own server, one is made for the run (minutes) and dropped after it.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

DATABASE = "bench_lifecycle"
PAGES = ("neighbourhood", "plan", "money", "works", "site_reports", "defects", "evaluation", "notices")
LISTS = (
    "plans",
    "plan-items",
    "funding-sources",
    "funding-commitments",
    "funding-receipts",
    "work-packages",
    "defects",
    "notices",
)
PAGES_OF_A_LIST, LARGEST_PAGE = 1000, 50
LIMIT = 1.2
HOST = "127.0.0.1"
FRAME = "(the empty frame)"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--database")
    options.add_argument("--repeat", type=int, default=15)
    args = options.parse_args()
    with database(args.database):
        client, user = sign_in()
        print_pages(client, args.repeat)
        print_lists(client, user, args.repeat)


@dataclass(frozen=True)
class Taken:
    """One kind of request: its queries, and the medians of database time and wall time in milliseconds."""

    queries: int
    in_database: float
    wall: float

    @property
    def text(self) -> str:
        return f"{self.queries:8}{self.in_database:10.1f}{self.wall:10.1f}"


def measure(client: Any, addresses: dict[str, str], repeat: int) -> dict[str, Taken]:
    """Each address by its name. Their rounds alternate, so that a machine that slows down slows all of them."""
    from django.db import connection

    rounds: dict[str, list[tuple[int, float, float]]] = {name: [] for name in addresses}
    connection.force_debug_cursor = True
    for _round in range(repeat + 1):
        for name, address in addresses.items():
            rounds[name].append(ask(client, address))
    connection.force_debug_cursor = False
    taken = {}
    for name, found in rounds.items():
        counts, times, walls = zip(*found[1:], strict=True)
        taken[name] = Taken(max(counts), statistics.median(times), statistics.median(walls))
    return taken


def ask(client: Any, address: str) -> tuple[int, float, float]:
    """One request: its queries, milliseconds of the database and in all."""
    from django.db import connection, reset_queries

    reset_queries()
    begun = time.perf_counter()
    answer = client.get(address)
    wall = (time.perf_counter() - begun) * 1000
    if answer.status_code != 200:
        raise RuntimeError(f"{address}: {answer.status_code} {answer.content[:300]!r}")
    return len(connection.queries), sum(float(query["time"]) for query in connection.queries) * 1000, wall


# --- Pages -----------------------------------------------------------------------------------------


def print_pages(client: Any, repeat: int) -> None:
    """The pages of the largest neighbourhoods under works and in long-term management: those with the most to show."""
    from django.db.models import Count
    from django.urls import reverse

    from renovation.models import Neighbourhood

    places = {
        stage: Neighbourhood.objects.filter(stage=stage).annotate(homes=Count("households")).order_by("-homes", "pk")[0]
        for stage in ("under_works", "long_term")
    }
    print(f"{'page':38}{'queries':>8}{'db ms':>10}{'wall ms':>10}")  # noqa: T201
    for stage, place in places.items():
        addresses = {name: reverse(name, args=[place.pk]) for name in PAGES}
        print(f"{stage}, {place.homes} homes")  # noqa: T201
        for name, taken in measure(client, {FRAME: "/bare/frame/", **addresses}, repeat).items():
            print(f"  {name:36}{taken.text}")  # noqa: T201


# --- Lists -----------------------------------------------------------------------------------------


def print_lists(client: Any, user: Any, repeat: int) -> None:
    print()  # noqa: T201
    head = f"{'list':22}{'rows':>8}{'a page':>8}{'':12}{'queries':>8}{'db ms':>10}{'wall ms':>10}"
    print(f"{head}{'/ first':>9}{'/ bare':>8}")  # noqa: T201
    for name in LISTS:
        queryset = queryset_of(name, user)
        rows = queryset.count()
        size = max(1, min(LARGEST_PAGE, rows // PAGES_OF_A_LIST))
        last = min(PAGES_OF_A_LIST, rows // size)
        address = f"/api/v1/{name}/?page_size={size}"
        beyond = queryset.order_by("pk")[size * (last - 1) - 1] if last > 1 else None
        addresses = {"first": address, "bare": f"/bare/{queryset.model._meta.model_name}/?page_size={size}"}
        if beyond is not None:
            addresses[f"page {last:,}"] = cursor_url(address, beyond)
        taken = measure(client, addresses, repeat)
        label = f"{name:22}{rows:8,}{size:8}"
        for which, found in taken.items():
            ratio = found.wall / taken["first"].wall
            mark = "  !" if which.startswith("page") and ratio > LIMIT else ""
            told = f"{ratio:9.2f}{found.wall / taken['bare'].wall:8.1f}{mark}"
            print(f"{label}{which:>12}{found.text}{told}")  # noqa: T201
            label = " " * len(label)


def queryset_of(name: str, user: Any) -> Any:
    """The rows that a list shows to the user, without what each is shown with."""
    from django.urls import resolve

    view = resolve(f"/api/v1/{name}/").func.cls
    rows = view.queryset.model.objects.visible_to(user)
    return rows.filter(step=view.step) if hasattr(view, "step") else rows


def cursor_url(address: str, row: Any, ordering: str = "id") -> str:
    """The address of the page behind a row, as the page before it gives it in `next`."""
    from django.test import RequestFactory
    from rest_framework.request import Request

    from common.pagination import KeysetPagination

    pages = KeysetPagination()
    pages.request = Request(RequestFactory(SERVER_NAME=HOST).get(address))
    name = ordering.removeprefix("-")
    return pages._url(ordering, row, name, backwards=False).removeprefix(f"http://{HOST}")


# --- The city --------------------------------------------------------------------------------------


@contextmanager
def database(name: str | None, scale: str = "city") -> Iterator[None]:
    """The named demonstration city, or one of its own, which is dropped afterwards."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.bench.settings")
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from demonstration.services.filling import fill

    def on_server(statement: str) -> None:
        connection.close()
        with connection._nodb_cursor() as cursor:
            cursor.execute(statement)

    if name:
        connection.settings_dict["NAME"] = name
        yield
        return
    on_server(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
    on_server(f"CREATE DATABASE {DATABASE} ENCODING 'UTF8' TEMPLATE template0")
    connection.settings_dict["NAME"] = DATABASE
    try:
        call_command("migrate", verbosity=0)
        timed("filling the city", lambda: fill(scale=scale, now=datetime.now(UTC), say=lambda _text: None))
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        yield
    finally:
        on_server(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")


def timed(what: str, work: Callable[[], Any]) -> None:
    begun = time.perf_counter()
    work()
    print(f"{what}: {time.perf_counter() - begun:.0f} s\n")  # noqa: T201


def sign_in() -> tuple[Any, Any]:
    from django.test import Client

    from accounts.models import User

    user = User.objects.get(username="city")
    client = Client(SERVER_NAME=HOST)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client, user


if __name__ == "__main__":
    main()
