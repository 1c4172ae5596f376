"""The mark of a demonstration: a comment on the database, in its own words, where people's own data never lies."""

from django.db import connection
from django.utils.translation import gettext as _

from demonstration.errors import NotADemonstration

WORDS = "gongdi demonstration: "

# Rows that every set-up makes, with or without a demonstration.
FRAMEWORK = ("django_migrations", "django_content_type", "auth_permission")

TABLES = """
SELECT format('%%I.%%I', schemaname, tablename) FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND tablename <> ALL(%s)
"""


def read_mark() -> str | None:
    """The scale of the demonstration in this database, or None where it is none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
        )
        comment = cursor.fetchone()[0] or ""
    return comment.removeprefix(WORDS) if comment.startswith(WORDS) else None


def write_mark(scale: str) -> None:
    """Say that this database is a demonstration, in the caller's transaction."""
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    with connection.cursor() as cursor:
        cursor.execute(f"COMMENT ON DATABASE {name} IS %s", [WORDS + scale])


def refuse_foreign_database() -> None:
    """Raises NotADemonstration where the database is not marked and somebody keeps rows in it."""
    if read_mark() is not None:
        return
    with connection.cursor() as cursor:
        cursor.execute(TABLES, [list(FRAMEWORK)])
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT EXISTS (SELECT FROM {table})")  # noqa: S608 -- quoted by the database itself
            if cursor.fetchone()[0]:
                raise NotADemonstration(
                    _(
                        "The database “%(name)s” holds data (in %(table)s) and is no demonstration: nothing was done. "
                        "Name another one in DATABASE_URL."
                    )
                    % {"name": connection.settings_dict["NAME"], "table": table}
                )
