"""Numbering of changes (design.md: one reader after another, each change once), and how long they are kept."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, Min
from django.utils import timezone

from accounts.models import Change

_LOCK = 0x676F6E676469  # "gongdi"

AT_ONCE = 20_000
"""So many are numbered in one transaction: a city's billing run leaves half a million, and a reader must not wait."""

TIDIED_AT_ONCE = 10_000

NUMBER_CHANGES = """
UPDATE accounts_change AS change SET cursor = numbered.cursor
FROM (
    SELECT id, (SELECT coalesce(max(cursor), 0) FROM accounts_change) + row_number() OVER (ORDER BY id) AS cursor
    FROM (SELECT id FROM accounts_change WHERE cursor IS NULL ORDER BY id LIMIT %s) AS waiting
) AS numbered
WHERE change.id = numbered.id
"""


def number_changes(limit: int = AT_ONCE) -> int:
    """Give the next numbers to the committed changes that have none, by id: the first `limit` of them. Returns how
    many, so that who gets `limit` knows that there may be more.

    One query where there are none. A writer cannot number its rows: it does not know which transaction commits first.
    So the next reader does, or the worker each second, under one lock: all rows that it sees get numbers above all that
    were given, and whoever reads a number sees every lower one, since numbers become visible in the order of the lock.
    A row that commits later gets a later number, also where its id is lower. Changes of one object keep their order:
    the second was made under the row's lock, after the first had committed or within the same transaction, so whoever
    sees it sees the first, with its lower id, and numbers that before it, in this portion or in an earlier one.
    """
    if not Change.objects.filter(cursor=None).exists():
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        # A statement of its own: its snapshot begins after the lock, so it sees the numbers of the last holder.
        cursor.execute(NUMBER_CHANGES, [limit])
        return cursor.rowcount


def number_all_changes() -> int:
    """Give numbers to all that have committed, in portions; how many. For who has the time, and no reader."""
    numbered = 0
    while given := number_changes():
        numbered += given
        if given < AT_ONCE:
            break
    return numbered


def last_cursor() -> int:
    """The highest number that was given; 0 before the first."""
    return Change.objects.aggregate(last=Max("cursor"))["last"] or 0


def lowest_after() -> int:
    """From where on all changes are still kept: the number before the first of them."""
    first = Change.objects.aggregate(first=Min("cursor"))["first"]
    return first - 1 if first else 0


def forget_changes(*, at: datetime | None = None) -> int:
    """Delete the changes of more than `CHANGES_KEPT_DAYS` ago, from the lowest number up; how many.

    The last one stays, however old it is: the next number is given above it, and from the first that is kept a reader
    is told that its own cursor lies before. Each portion is a transaction of its own.
    """
    until = (at or timezone.now()) - timedelta(days=settings.CHANGES_KEPT_DAYS)
    deleted = 0
    while True:
        lowest = Change.objects.exclude(cursor=None).order_by("cursor").values_list("cursor", "at")[:TIDIED_AT_ONCE]
        rows = list(lowest)
        # In order up to the first that is kept, and not beyond: what is left has no gap.
        old = [cursor for cursor, _at in rows[: next((n for n, row in enumerate(rows) if row[1] >= until), len(rows))]]
        if old and old[-1] == last_cursor():
            old.pop()
        if not old:
            return deleted
        deleted += Change.objects.filter(cursor__lte=old[-1])._raw_delete(using=connection.alias)
