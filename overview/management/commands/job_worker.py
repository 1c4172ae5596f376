from typing import Any

from django_tasks_db.management.commands import db_worker

from governance.services.fees.billing import queue_unfinished_runs
from renovation.services.roster_imports import queue_unfinished


class Command(db_worker.Command):
    help = "Run the job worker. It first takes up the roster imports and billing runs that a killed one left behind."

    def handle(self, *args: Any, **options: Any) -> None:
        queue_unfinished()
        queue_unfinished_runs()
        super().handle(*args, **options)
