"""Operations of migrations that are taken together."""

from __future__ import annotations

import pytest
from django.db import connection, models
from django.db.migrations.migration import Migration
from django.db.migrations.operations import AddConstraint, AddField, AddIndex, CreateModel
from django.db.migrations.state import ProjectState

from common.schema_operations import Together

KEY = ("id", models.BigAutoField(primary_key=True))


def standing() -> ProjectState:
    """A state with one table, `tram`, that is in the database."""
    state = ProjectState()
    operation = CreateModel("Tram", [KEY])
    before = state.clone()
    operation.state_forwards("yard", state)
    with connection.schema_editor() as editor:
        operation.database_forwards("yard", editor, before, state)
    return state


def steps() -> list:
    """Two tables that lead to each other, an index, a constraint, and a field of the table that stands."""
    return [
        CreateModel("Line", [KEY, ("number", models.IntegerField())]),
        CreateModel("Stop", [KEY, ("line", models.ForeignKey("yard.Line", models.PROTECT))]),
        AddField("Line", "first", models.ForeignKey("yard.Stop", models.PROTECT, null=True)),
        AddIndex("Line", models.Index(fields=["number"], name="line_number")),
        AddConstraint("Line", models.CheckConstraint(condition=models.Q(number__gt=0), name="line_numbered")),
        AddField("Tram", "line", models.ForeignKey("yard.Line", models.PROTECT, null=True)),
    ]


def schema() -> dict:
    """Of each table of the yard its columns, and its indexes and constraints by kind and columns."""
    with connection.cursor() as cursor:
        return {
            table: (
                {column.name for column in connection.introspection.get_table_description(cursor, table)},
                sorted(
                    (
                        tuple(entry["columns"]),
                        entry["unique"],
                        entry["index"],
                        entry["check"],
                        entry["foreign_key"] or (),
                    )
                    for entry in connection.introspection.get_constraints(cursor, table).values()
                ),
            )
            for table in connection.introspection.table_names(cursor)
            if table.startswith("yard_")
        }


def migration(operations: list) -> Migration:
    made = Migration("0001_yard", "yard")
    made.operations = operations
    return made


@pytest.mark.django_db
def test_tables_made_together_are_those_made_one_after_the_other() -> None:
    state = standing()
    with connection.schema_editor() as editor:
        after = migration(steps()).apply(state.clone(), editor)
    one_by_one = schema()
    with connection.schema_editor() as editor:
        migration(steps()).unapply(state.clone(), editor)
    assert set(schema()) == {"yard_tram"}

    with connection.schema_editor() as editor:
        together = migration([Together(steps())]).apply(state.clone(), editor)

    assert schema() == one_by_one
    assert set(one_by_one) == {"yard_tram", "yard_line", "yard_stop"}
    assert {name: model.fields.keys() for name, model in together.models.items()} == {
        name: model.fields.keys() for name, model in after.models.items()
    }


@pytest.mark.django_db
def test_going_back_leaves_what_stood_before() -> None:
    state = standing()
    before = schema()
    with connection.schema_editor() as editor:
        migration([Together(steps())]).apply(state.clone(), editor)

    with connection.schema_editor() as editor:
        migration([Together(steps())]).unapply(state.clone(), editor)

    assert schema() == before


def test_the_plan_names_each_step() -> None:
    assert Together(steps()).describe().startswith("Create model Line; Create model Stop; Add field first to Line;")
