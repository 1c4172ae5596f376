"""Numbering of changes (design.md: one reader after another, each change once)."""

from django.db import connection, transaction

from accounts.models import Change

_LOCK = 0x676F6E676469  # "gongdi"

NUMBER_CHANGES = """
UPDATE accounts_change AS change SET cursor = numbered.cursor
FROM (
    SELECT id, (SELECT coalesce(max(cursor), 0) FROM accounts_change) + row_number() OVER (ORDER BY id) AS cursor
    FROM accounts_change WHERE cursor IS NULL
) AS numbered
WHERE change.id = numbered.id
"""


def number_changes() -> int:
    """Give the next numbers to the committed changes that have none, by id. Returns how many.

    One query where there are none. A writer cannot number its rows: it does not know which transaction commits first.
    So the next reader does, under one lock: all rows that it sees get numbers above all that were given, and whoever
    reads a number sees every lower one, since numbers become visible in the order of the lock. A row that commits
    later gets a later number, also where its id is lower. Changes of one object keep their order: the second was made
    under the row's lock, after the first had committed or within the same transaction.
    """
    if not Change.objects.filter(cursor=None).exists():
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        # A statement of its own: its snapshot begins after the lock, so it sees the numbers of the last holder.
        cursor.execute(NUMBER_CHANGES)
        return cursor.rowcount
