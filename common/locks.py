"""Work that only one process does at a time, and that may be done again when the process is killed."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def alone(work: str, number: int) -> Iterator[None]:
    """Hold the lock that stands for one piece of work, such as one import; whoever comes second waits. The connection
    holds it, not a transaction, so it ends with the process.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, %s))", [work, number])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, %s))", [work, number])
