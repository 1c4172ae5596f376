"""Whether `changes/` tells of everything: all lists are read as an integrator of the whole city reads them, before and
after each request of a story, and whatever reads otherwise must have been told.
"""

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.permissions import SAFE_METHODS
from rest_framework.test import APIClient

from accounts.rules.roles import SCOPE_AREAS
from config.api import router
from tests.api.helpers import API, token_of
from tests.factories import make_client

PARAMETER = re.compile(r"\(\?P<(\w+)>[^)]*\)")
NUMBER = re.compile(r"/[0-9]+/")
TABLE = re.compile(r'(?:FROM|JOIN) "?(\w+)')

# What every request reads or writes on its way, and no list shows.
_OF_REQUESTS = re.compile(r"^(accounts_|auth_|oauth2_|django_|pg_)")

_WRITTEN = """
SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables WHERE schemaname = 'public'
"""


BY_THE_CALENDAR = ("concerns", "is_over", "is_overdue", "expected_share", "behind")
"""What follows the day alone, as docs/changes.md says: a story lets years go by between two requests."""

EACH = 1 if os.environ.get("GONGDI_SOAK") else 10
"""Lists are read again after so many requests that wrote something: each costs as much as several requests."""

DOCS = Path(__file__).resolve().parents[2] / "docs" / "changes.md"


def followed() -> dict[str, tuple[str, ...]]:
    """Of each list without changes of its own, what it follows: as integrators are told."""
    table = DOCS.read_text().partition("| list | follows |")[2].partition("\n\n")[0]
    rows = [[re.findall(r"`([a-z/-]+)`", cell) for cell in line.split("|")[1:3]] for line in table.splitlines()[2:]]
    return {name.rsplit("/", 1)[-1]: tuple(follows) for names, follows in rows for name in names}


def lists() -> list[str]:
    """The addresses of all lists of rows, below `/api/v1/`; where one lies below an object, with its `{name}`."""
    return [
        PARAMETER.sub(r"{\1}", prefix)
        for prefix, view, _name in router.registry
        if hasattr(view, "list") and view.pagination_class and not view.__module__.startswith("accounts")
    ]


class Watch:
    """What an integrator that reads everything has in hand, and what of it went stale untold.

    A list is read again where a table that it is made of was written: the database counts that in the transaction of
    the test. `follows` says for a list without changes of its own which resource's changes have it read again.
    """

    def __init__(self, follows: dict[str, tuple[str, ...]]) -> None:
        self.follows = follows
        client = make_client(*(f"{area}:read" for area in sorted(set(SCOPE_AREAS.values()))), territory="4205")
        # Stories let years go by.
        token = token_of(client, expires=timezone.now() + timedelta(days=3650))
        self.reader = APIClient()
        self.reader.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        self.busy = False
        self.faults: dict[str, set[str]] = defaultdict(set)
        self.seen: set[str] = set()
        """The lists in which something was seen to change."""
        self.rows: dict[str, dict[Any, Any]] = {}
        self.tables: dict[str, set[str]] = {}
        self.counts: dict[str, int] = {}
        self.pending: set[str] = set()
        self.after = "0"
        self.look()

    @contextmanager
    def by_itself(self) -> Iterator[None]:
        self.busy = True
        try:
            yield
        finally:
            self.busy = False

    def look(self, what: str = "") -> None:
        """Read what may have changed, and hold it against what was told, if it was something that is to be told."""
        with self.by_itself():
            self.note()
            written, self.pending = self.pending, set()
            told = self._told()
            for path in self._paths():
                if path in self.tables and not (self.tables[path] & written):
                    continue
                before, now = self.rows.get(path, {}), self._read(path)
                self.rows[path] = now
                resource = path.rsplit("/", 1)[-1]
                for key in before.keys() | now.keys():
                    if before.get(key) == now.get(key):
                        continue
                    if not what:
                        continue
                    self.seen.add(resource)
                    follows = self.follows.get(resource)
                    if (resource, key) in told or (follows and any(one in follows for one, _id in told)):
                        continue
                    self.faults[f"{resource}: {_fields(before.get(key), now.get(key))}"].add(what)

    def note(self) -> bool:
        """Take down which tables were written since the last time; whether any was."""
        with connection.cursor() as cursor:
            cursor.execute(_WRITTEN)
            counts = {name: count for name, count in cursor.fetchall() if not _OF_REQUESTS.match(name)}
        written = {name for name, count in counts.items() if count != self.counts.get(name)}
        self.pending |= written
        self.counts = counts
        return bool(written)

    def _told(self) -> set[tuple[str, int]]:
        told: set[tuple[str, int]] = set()
        while True:
            page = self._get(f"changes/?after={self.after}&page_size=500")
            told |= {(row["resource"], row["id"]) for row in page["results"]}
            self.after = page["next_after"]
            if not page["results"]:
                return told

    def _paths(self) -> Iterator[str]:
        for path in lists():
            parent = re.search(r"(\w+)/\{", path)
            if parent is None:
                yield path
                continue
            for key in self.rows.get(parent[1], {}):
                yield re.sub(r"\{\w+\}", str(key), path)

    def _read(self, path: str) -> dict[Any, Any]:
        rows: dict[Any, Any] = {}
        with CaptureQueriesContext(connection) as queries:
            address = f"{path}/?page_size=500"
            while address:
                page = self._get(address)
                found = page["results"] if isinstance(page, dict) else page
                found = [{name: row[name] for name in row if name not in BY_THE_CALENDAR} for row in found]
                rows |= {row.get("id", number): row for number, row in enumerate(found, len(rows))}
                address = page.get("next") if isinstance(page, dict) else None
        self.tables[path] = {name for query in queries for name in TABLE.findall(query["sql"])}
        return rows

    def _get(self, path: str) -> Any:
        answer = self.reader.get(path if path.startswith("http") else f"{API}/{path}")
        if answer.status_code in (404, 405) and path.count("/") > 2:
            return []  # below an object that has none of it
        assert answer.status_code == 200, (path, answer.status_code, answer.content)
        return answer.json()


def _fields(before: Any, now: Any) -> str:
    if before is None or now is None:
        return "deleted" if now is None else "created"
    return ", ".join(sorted(name for name in now if before.get(name) != now[name]))


@contextmanager
def watched(*, each: int = EACH) -> Iterator[Watch]:
    """Look after every so many requests that write, and at the end."""
    watch = Watch(followed())
    ask = APIClient.request
    asked: list[str] = []

    def request(self: APIClient, **kwargs: Any) -> Any:
        if watch.busy or kwargs.get("REQUEST_METHOD") in SAFE_METHODS:
            return ask(self, **kwargs)
        # What the story put there by itself since its last request is no request's, so nothing until now is blamed.
        if watch.note():
            watch.look()
            asked.clear()
        answer = ask(self, **kwargs)
        if answer.status_code < 400 and watch.note():
            asked.append(f"{kwargs['REQUEST_METHOD']} {NUMBER.sub('/7/', kwargs['PATH_INFO'])}")
            if len(asked) >= each:
                watch.look("; ".join(asked))
                asked.clear()
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(APIClient, "request", request)
        yield watch
        if asked and not watch.note():
            watch.look("; ".join(asked))
