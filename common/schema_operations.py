"""Operations for migrations that Django's own do not have."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class Together(Operation):
    """Schema operations after all of which the models are drawn up once, not after each.

    After each operation Django draws up anew every model that leads to the one it touched. Here nearly all lead to the
    user and to the neighbourhood, so that twenty new tables took half a minute, of which the database needed a tenth of
    a second. Within this operation a new table is made as it stands at the end of it; what follows for the same table
    has nothing left to do. Not for: altering a field that it adds to a standing table, and `unique_together`.
    """

    reduces_to_sql = True
    serialization_expand_args = ["operations"]

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = list(operations)

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Take all of them into the state, which draws up its models when they are next asked for."""
        state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        """Make the new tables whole, and change those that were there."""
        for operation in self._that_touch_the_database():
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        """Change back the tables that stay, and drop the new ones whole."""
        for operation in reversed(list(self._that_touch_the_database())):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        """Name each of them, for `manage.py migrate --plan`."""
        return "; ".join(operation.describe() for operation in self.operations)

    def _that_touch_the_database(self) -> Iterator[Operation]:
        made = {operation.name_lower for operation in self.operations if isinstance(operation, CreateModel)}
        for operation in self.operations:
            if isinstance(operation, CreateModel) or getattr(operation, "model_name_lower", None) not in made:
                yield operation
