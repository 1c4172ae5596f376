import os
from typing import Any

from django.core.management.base import CommandError
from django.utils.autoreload import DJANGO_AUTORELOAD_ENV, run_with_reloader
from django_tasks_db.management.commands import db_worker

from accounts.services.worker import BeatingWorker


class Command(db_worker.Command):
    help = "Run a job worker. It takes over what lost ones were at, and does what the site does by itself each second."

    def handle(
        self,
        *,
        verbosity: int,
        queue_name: str,
        exclude_queues: str,
        reload: bool,
        batch: bool,
        **options: Any,
    ) -> None:
        """As the library's, with a worker of our own."""
        self.configure_logging(verbosity)
        excluded = exclude_queues.split(",") if exclude_queues else []
        queues = queue_name.split(",")
        if excluded and "*" not in queues:
            raise CommandError("--exclude-queues goes with --queue-name=* only.")
        names = ("interval", "backend_name", "startup_delay", "max_tasks", "worker_id")
        worker = BeatingWorker(
            queue_names=queues,
            excluded_queue_names=excluded,
            batch=batch,
            **{name: options[name] for name in names},
        )
        reloads = reload and not batch
        if not reloads or os.environ.get(DJANGO_AUTORELOAD_ENV) == "true":
            worker.configure_signals()
        if reloads:
            run_with_reloader(worker.run)
        else:
            worker.run()
