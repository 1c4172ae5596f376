"""What every test may use."""

import gc
import string
from collections.abc import Iterator

import pytest
from django.conf import settings
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
    """Tests with real commits end in TRUNCATE, which the ledgers refuse.

    For that one statement, and as the tables' owner, the triggers that would refuse it are switched off; all others
    stay on, so that a test never sees a ledger that can be changed.
    """
    make_flush = DatabaseOperations.sql_flush

    def sql_flush(self: DatabaseOperations, style, tables, **options) -> list[str]:
        statements = make_flush(self, style, tables, **options)
        if not statements:
            return []
        with self.connection.cursor() as cursor:
            cursor.execute(TRUNCATE_TRIGGERS)
            triggers = cursor.fetchall()
        off = [f"ALTER TABLE {table} DISABLE TRIGGER {trigger};" for table, trigger in triggers]
        on = [f"ALTER TABLE {table} ENABLE TRIGGER {trigger};" for table, trigger in triggers]
        return [*off, *statements, *on]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", sql_flush)
        yield
