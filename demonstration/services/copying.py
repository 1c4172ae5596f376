"""Rows for many tables at once, by COPY, with ids taken beforehand where other rows point to them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from itertools import chain
from typing import Any

import orjson
from django.db import connection

ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
BLOCK = 500


class Rows:
    """Rows that wait, by table; `copy` writes them, the tables in the order given, so that what is pointed to is there.

    Each table comes with its columns. Values are text, numbers, dates, times with their zone, UUIDs, bytes, None, and
    JSON for whatever is a mapping or a list.
    """

    def __init__(self, tables: Mapping[str, str]) -> None:
        self.tables = tables
        self.waiting: dict[str, StringIO] = {table: StringIO() for table in tables}
        self.ids: dict[str, Iterator[int]] = {}

    def add(self, table: str, *values: Any) -> None:
        self.waiting[table].write("\t".join([_text(value) for value in values]) + "\n")

    def next_id(self, table: str) -> int:
        """An id that the table's own sequence gives to nobody else."""
        if table not in self.ids:
            self.ids[table] = chain.from_iterable(iter(lambda: _block(table), None))
        return next(self.ids[table])

    def copy(self, *tables: str) -> None:
        """Write what waits for these tables, or for all."""
        with connection.cursor() as cursor:
            for table in tables or self.tables:
                rows = self.waiting[table]
                if rows.tell():
                    rows.seek(0)
                    cursor.copy_expert(f"COPY {table} ({self.tables[table]}) FROM STDIN", rows)
                    self.waiting[table] = StringIO()


def _block(table: str) -> Sequence[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, BLOCK])
        return [number for (number,) in cursor.fetchall()]


def _text(value: Any) -> str:
    if value is None:
        return r"\N"
    if isinstance(value, str):
        return value.translate(ESCAPES)
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return rf"\\x{value.hex()}"
    if isinstance(value, Mapping | list):
        return orjson.dumps(value).decode().translate(ESCAPES)
    return str(value)
