from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from accounts.services.idempotency import forget_old_keys


class Command(BaseCommand):
    help = "Deletes what has run out: sessions, access tokens, and answers kept for repeated requests. Run it daily."

    def handle(self, *args: Any, **options: Any) -> None:
        kept = forget_old_keys()
        call_command("cleartokens")
        call_command("clearsessions")
        self.stdout.write(f"{kept} answers to repeated requests deleted, and what has expired.")
