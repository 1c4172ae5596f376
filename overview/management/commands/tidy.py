from collections.abc import Callable
from time import time
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from accounts.services.changes import forget_changes
from accounts.services.idempotency import forget_old_keys
from accounts.services.jobs import forget_jobs, forget_tasks
from accounts.services.rate_counts import forget_minutes
from accounts.services.webhooks.sending import forget_deliveries
from accounts.services.webhooks.subscribing import forget_old_secrets
from overview.services.exports.fetching import forget_exports
from overview.services.exports.making import sweep_folders

TIDY: list[tuple[str, Callable[[], int]]] = [
    ("answers to repeated requests", forget_old_keys),
    ("files of exports", forget_exports),
    ("folders of exports that nobody makes", sweep_folders),
    ("tasks that ended", forget_tasks),
    ("jobs that ended", forget_jobs),
    ("deliveries to webhooks", forget_deliveries),
    ("earlier secrets of webhooks", forget_old_secrets),
    ("changes", forget_changes),
    ("callers counted", lambda: forget_minutes(now=time())),
]
"""What is deleted, and what deletes it and says how many."""


class Command(BaseCommand):
    help = "Deletes what has run out: sessions, tokens, kept answers, files of exports, jobs, changes. Run it daily."

    def handle(self, *args: Any, **options: Any) -> None:
        deleted = [f"{forget()} {what}" for what, forget in TIDY]
        call_command("cleartokens")
        call_command("clearsessions")
        self.stdout.write(f"Deleted: {', '.join(deleted)}, and what has expired.")
