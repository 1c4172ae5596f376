"""The demonstration's database: made where it is missing, set up by one process at a time, dropped on request."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection

from demonstration.services.mark import refuse_foreign_database

SET_UP_LOCK = 4205_0000_0001


def create_if_missing() -> None:
    """Create the database of the settings on a server that lacks it."""
    try:
        connection.ensure_connection()
    except OperationalError:
        name = connection.settings_dict["NAME"]
        with connection._nodb_cursor() as cursor:
            cursor.execute("SELECT FROM pg_database WHERE datname = %s", [name])
            if cursor.fetchone():
                raise
            cursor.execute(f"CREATE DATABASE {connection.ops.quote_name(name)} ENCODING 'UTF8' TEMPLATE template0")
        connection.ensure_connection()


@contextmanager
def set_up_alone() -> Iterator[None]:
    """Hold the database for setting up; a second process waits. Raises NotADemonstration for somebody's own."""
    create_if_missing()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [SET_UP_LOCK])
    try:
        refuse_foreign_database()
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [SET_UP_LOCK])


def reset() -> None:
    """Drop the database and make it anew, whoever is connected. Raises NotADemonstration for somebody's own."""
    create_if_missing()
    refuse_foreign_database()
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
