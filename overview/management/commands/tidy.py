from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from accounts.services.idempotency import forget_old_keys
from accounts.services.webhooks.sending import forget_deliveries
from accounts.services.webhooks.subscribing import forget_old_secrets
from overview.services.exports.fetching import forget_exports
from overview.services.exports.making import sweep_folders


class Command(BaseCommand):
    help = (
        "Deletes what has run out: sessions, tokens, answers to repeated requests, files of exports, deliveries to "
        "webhooks. Run it daily."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        kept, files = forget_old_keys(), forget_exports()
        sweep_folders()
        deliveries = forget_deliveries()
        forget_old_secrets()
        call_command("cleartokens")
        call_command("clearsessions")
        self.stdout.write(
            f"{kept} answers to repeated requests, {files} files of exports and {deliveries} deliveries to webhooks "
            "deleted, and what has expired."
        )
