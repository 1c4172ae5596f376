"""Django's `migrate`, which sets up an empty database in a third of the time."""

from typing import Any

from django.core.management.commands import migrate

BEFORE_ALL = "oauth2_provider"
"""Its many steps touch the user, and each draws up every model that leads there: cheap while there are few."""


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        """Apply what was asked for; where that is everything, one library's migrations before all others."""
        if not (options["app_label"] or options["plan"] or options["check_unapplied"]):
            super().handle(*args, **options | {"app_label": BEFORE_ALL, "run_syncdb": False})
        super().handle(*args, **options)
