import pytest
from django.db import connection

from common import prepared
from common.prepared import Prepared

SUM = Prepared("SELECT %(first)s::int + %(second)s::int + %(first)s, 'done 100%%'")

pytestmark = pytest.mark.django_db


def prepared_names() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements")
        return [name for (name,) in cursor.fetchall()]


def run() -> tuple[object, ...]:
    with connection.cursor() as cursor:
        SUM.execute(cursor, {"first": 1, "second": 20})
        return cursor.fetchone()


def test_a_statement_is_prepared_once_and_gives_what_it_gives_unprepared():
    assert [run(), run()] == [(22, "done 100%")] * 2
    assert prepared_names().count(SUM.name) == 1


def test_a_new_connection_prepares_anew():
    run()
    connection.connection.cursor().execute("DEALLOCATE ALL")  # what a lost connection amounts to
    prepared._prepared.clear()

    assert run() == (22, "done 100%")


def test_behind_a_pooler_nothing_is_prepared(monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    before = prepared_names()

    assert run() == (22, "done 100%")
    assert prepared_names() == before


def test_a_place_without_a_type_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="household"):
        Prepared("SELECT %(household)s")
