from typing import Any

from django.core.management.base import BaseCommand

from overview.services.weekly import send_weekly_sheets


class Command(BaseCommand):
    help = "Makes the weekly sheets that are due and mails them to their owners. Run it hourly; each goes once a week."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{send_weekly_sheets()} weekly sheets queued.")
