"""What every test may use."""

import gc
import string
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.management.commands import flush
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.operations import DatabaseOperations
from django.middleware import csrf
from django.utils import translation

pytest_plugins = ["tests.cast", "tests.walk", "tests.plan_rows"]


def pytest_collection_finish() -> None:
    """Keep what was imported out of the garbage collector's rounds: going through it again took a third of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


TRUNCATE_TRIGGERS = """
SELECT tgrelid::regclass::text, quote_ident(tgname) FROM pg_trigger WHERE NOT tgisinternal AND tgtype & 32 <> 0
"""

# Locked as TRUNCATE would lock them: whoever still writes is waited for. As a replica, it asks no trigger.
EMPTY = """
DO $$
DECLARE
    name text;
BEGIN
    LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE;
    SET LOCAL session_replication_role = replica;
    FOREACH name IN ARRAY ARRAY['{names}'] LOOP
        EXECUTE 'DELETE FROM ' || name;
    END LOOP;
END $$;
"""
OF_THE_CODE = {"django_content_type", "auth_permission"}
"""What `migrate` writes there is the same for every test; no test writes there."""


@pytest.fixture(autouse=True)
def language_of_the_site() -> None:
    """What the last request of the test before spoke would be spoken here, too."""
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(scope="session", autouse=True)
def no_figure_is_in_a_page_by_chance() -> Iterator[None]:
    """The random tokens of forms are of letters alone: a test that no page may tell "77" to must not find it in one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csrf, "CSRF_ALLOWED_CHARS", string.ascii_letters)
        yield


@pytest.fixture(scope="session", autouse=True)
def ledgers_let_tests_clean_up() -> Iterator[None]:
    """Tests with real commits end in a flush, which the ledgers refuse.

    For that one transaction, the triggers that would refuse it are switched off; all others stay on, so that a test
    never sees a ledger that can be changed. As a superuser, as on the site's own server, rows are deleted: TRUNCATE
    makes a thousand files anew for a few rows, and what it took from OF_THE_CODE takes long to write again.
    """
    make_flush = DatabaseOperations.sql_flush
    emit = flush.emit_post_migrate_signal

    def sql_flush(self: DatabaseOperations, style, tables, **options) -> list[str]:
        statements = make_flush(self, style, tables, **options)
        if not statements:
            return []
        if deletes(self.connection) and not options["reset_sequences"]:
            names = [self.quote_name(table) for table in tables if table not in OF_THE_CODE]
            return [EMPTY.format(tables=", ".join(names), names="', '".join(names))]
        with self.connection.cursor() as cursor:
            cursor.execute(TRUNCATE_TRIGGERS)
            triggers = cursor.fetchall()
        off = [f"ALTER TABLE {table} DISABLE TRIGGER {trigger};" for table, trigger in triggers]
        on = [f"ALTER TABLE {table} ENABLE TRIGGER {trigger};" for table, trigger in triggers]
        return [*off, *statements, *on]

    def write_again(verbosity: int, interactive: bool, db: str) -> None:
        if not deletes(connections[db]):
            emit(verbosity, interactive, db)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", sql_flush)
        patch.setattr(flush, "emit_post_migrate_signal", write_again)
        yield


def deletes(connection: BaseDatabaseWrapper) -> bool:
    """Whether rows are deleted rather than tables truncated: what it takes is a superuser's."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW is_superuser")
        return cursor.fetchone() == ("on",)
