"""Every list of the API, in every order, for a client of the city and one of a community: its 1,000th page beside the
first.

    python -m tests.bench.lists [--database NAME] [--scale city] [--repeat 7] [--only NAME ...]

Requests run in this process. A list is asked for its first page and for its 1,000th, with as many rows a page as 1,000
pages leave (50 at most); a shorter one for its last full page of 50, or of half its rows. Lists below one object are
those of the object with the most rows. Ends with status 1 where a later page takes more than 1.2 times the first and
that is more than 5 ms: below that it is noise. Without `--database`, which names a filled demonstration city on the
site's own server, one is made for the run and dropped after it.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.bench.lifecycle_pages import HOST, LARGEST_PAGE, LIMIT, PAGES_OF_A_LIST, Taken, cursor_url, database, measure

NOISE = 5.0
"""Milliseconds."""
PARAMETER = re.compile(r"\(\?P<(\w+)>[^)]*\)")
NOT_HERE = ("webhooks", "webhook-deliveries", "exports")
"""What a caller makes for itself: as long as it likes."""


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--database")
    options.add_argument("--scale", default="city")
    options.add_argument("--repeat", type=int, default=7)
    options.add_argument("--only", nargs="*")
    args = options.parse_args()
    with database(args.database, args.scale), nothing_kept():
        found = [row for client in clients() for row in lists_of(client, args.repeat, args.only)]
    slow = [row for row in found if row.is_slow]
    print("\nThe worst:")  # noqa: T201
    for row in sorted(found, key=lambda row: -row.ratio)[:10]:
        print(row.text)  # noqa: T201
    print(f"\n{len(found)} lists and orders; {len(slow)} of them above {LIMIT}.")  # noqa: T201
    return 1 if slow else 0


@contextmanager
def nothing_kept() -> Iterator[None]:
    """The clients of the bench go with it, also from a city that stays."""
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@dataclass(frozen=True)
class Row:
    """A list in an order, as a caller asks for it."""

    caller: str
    address: str
    ordering: str
    rows: int
    page: int
    first: Taken
    later: Taken

    @property
    def ratio(self) -> float:
        return self.later.wall / self.first.wall

    @property
    def is_slow(self) -> bool:
        return self.ratio > LIMIT and self.later.wall - self.first.wall > NOISE

    @property
    def text(self) -> str:
        label = f"{self.caller:10}{self.address:38}{self.ordering:14}{self.rows:10,}{self.page:7,}"
        mark = "  !" if self.is_slow else ""
        return f"{label}{self.first.wall:9.1f}{self.later.wall:9.1f}{self.ratio:7.2f}{self.later.queries:5}{mark}"


@dataclass(frozen=True)
class Caller:
    name: str
    user: Any
    client: Any


def clients() -> list[Caller]:
    """A client of the whole city, and one of its community with the most households; both read all."""
    from django.db.models import Count
    from rest_framework.test import APIClient

    from accounts.rules.roles import SCOPE_AREAS
    from renovation.models import Household
    from tests.api.helpers import token_of
    from tests.factories import make_client

    community = Household.objects.values("community_code").annotate(homes=Count("pk")).order_by("-homes")[0]
    made = []
    for name, territory in (("city", community["community_code"][:4]), ("community", community["community_code"])):
        scopes = [f"{area}:read" for area in sorted(set(SCOPE_AREAS.values()))]
        client = make_client(*scopes, territory=territory, name=f"bench {name}")
        asks = APIClient(SERVER_NAME=HOST, HTTP_AUTHORIZATION=f"Bearer {token_of(client)}")
        made.append(Caller(name, client.service_user, asks))
    return made


def lists_of(caller: Caller, repeat: int, only: list[str] | None) -> Iterator[Row]:
    """Each list that has any rows for the caller, in each of its orders."""
    from config.api import router

    head = f"{'caller':10}{'list':38}{'order':14}{'rows':>10}{'page':>7}{'first ms':>9}{'later':>9}{'/':>7}{'q':>5}"
    print(f"\n{head}")  # noqa: T201
    for prefix, view, _name in router.registry:
        path = PARAMETER.sub(r"{\1}", prefix)
        if not hasattr(view, "list") or not view.pagination_class or path in NOT_HERE or (only and path not in only):
            continue
        queryset = rows_of(view, path, caller.user)
        if queryset is None or caller.client.get(f"/api/v1/{filled(path, queryset)}/?page_size=1").status_code != 200:
            print(f"{caller.name:10}{path:38}(no rows)")  # noqa: T201
            continue
        for name in view.ordering_fields:
            for ordering in (name,) if name == "id" else (name, f"-{name}"):
                row = measured(caller, filled(path, queryset), ordering, queryset.rows, repeat)
                print(row.text)  # noqa: T201
                yield row


@dataclass(frozen=True)
class Rows:
    rows: Any
    parent: int | None


def rows_of(view: Any, path: str, user: Any) -> Rows | None:
    """The rows that a list shows to the user, of the parent with the most of them where it lies below one."""
    from django.db.models import Count

    parent = re.search(r"\{(\w+)\}", path)
    if getattr(view, "queryset", None) is None:
        return None
    rows = view.queryset.model.objects.all()
    if not parent:
        rows = rows.visible_to(user)
        rows = rows.filter(step=view.step) if hasattr(view, "step") else rows
        return Rows(rows, None) if rows.exists() else None
    name = parent[1] if any(field.name == parent[1] for field in rows.model._meta.fields) else f"door__{parent[1]}"
    most = rows.values(name).annotate(n=Count("pk")).order_by("-n").first()
    return Rows(rows.filter(**{name: most[name]}), most[name]) if most else None


def filled(path: str, found: Rows) -> str:
    return re.sub(r"\{\w+\}", str(found.parent), path)


def measured(caller: Caller, path: str, ordering: str, rows: Any, repeat: int) -> Row:
    count = rows.count()
    size = (
        min(LARGEST_PAGE, count // PAGES_OF_A_LIST) if count >= PAGES_OF_A_LIST else min(LARGEST_PAGE, -(-count // 2))
    )
    page = max(1, min(PAGES_OF_A_LIST, count // size))
    sign, name = ("-" if ordering.startswith("-") else ""), ordering.removeprefix("-")
    order = [f"{sign}pk"] if name == "id" else [f"{sign}{name}", f"{sign}pk"]
    address = f"/api/v1/{path}/?page_size={size}&ordering={ordering}"
    addresses = {"first": address, "later": address}
    if page > 1:
        addresses["later"] = cursor_url(address, rows.order_by(*order)[size * (page - 1) - 1], ordering)
    taken = measure(caller.client, addresses, repeat)
    return Row(caller.name, path, ordering, count, page, taken["first"], taken["later"])


if __name__ == "__main__":
    sys.exit(main())
