"""Work that only one process does at a time, and that may be done again when the process is killed."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def alone(work: str, number: int) -> Iterator[None]:
    """Hold the lock that stands for one piece of work, such as one import; whoever comes second waits. The connection
    holds it, not a transaction, so it ends with the process.
    """
    _ask("pg_advisory_lock", work, number)
    try:
        yield
    finally:
        _ask("pg_advisory_unlock", work, number)


@contextmanager
def alone_or_not(work: str, number: int) -> Iterator[bool]:
    """The same without waiting: whether the lock is held now. Whoever comes second is told so at once."""
    is_held = _ask("pg_try_advisory_lock", work, number)
    try:
        yield is_held
    finally:
        if is_held:
            _ask("pg_advisory_unlock", work, number)


def _ask(function: str, work: str, number: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtextextended(%s, %s))", [work, number])
        return bool(cursor.fetchone()[0])
