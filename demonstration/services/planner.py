"""What the database's planner knows of rows filled in within one transaction, where it does not look by itself."""

from django.apps import apps
from django.db import connection

OURS = ("accounts", "renovation", "consent", "governance")


def tell_planner(*apps_filled: str) -> None:
    """Have every table of these apps counted as it is now; of all of ours where none is named.

    Else a fill is planned for empty tables, and reads all of each table for every row of another.
    """
    tables = [
        model._meta.db_table for label in apps_filled or OURS for model in apps.get_app_config(label).get_models()
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(tables)}")


def is_due(done: int) -> bool:
    """Whether to tell it after so many: 1, 2, 4, 8 and so on, since what has doubled is planned anew."""
    return done > 0 and done & (done - 1) == 0
