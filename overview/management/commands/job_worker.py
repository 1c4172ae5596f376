from typing import Any

from django_tasks_db.management.commands import db_worker

from governance.services.fees.billing import queue_unfinished_runs
from overview.services.exports.asking import queue_unfinished_exports
from overview.services.ticks import ticking
from renovation.services.roster_imports import queue_unfinished


class Command(db_worker.Command):
    help = (
        "Run the job worker. It first takes up what a killed one left behind: imports, billing runs and exports. Each "
        "second it makes deliveries to webhooks of what changed, and queues those that are due."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        queue_unfinished()
        queue_unfinished_runs()
        queue_unfinished_exports()
        with ticking():
            super().handle(*args, **options)
