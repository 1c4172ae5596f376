from typing import Any

from django.core.management.base import BaseCommand

from renovation.services.lifecycle import begin_long_term


class Command(BaseCommand):
    help = "Moves on every neighbourhood whose day of handover has come. Run it daily; run twice, it moves each once."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{begin_long_term()} neighbourhoods are now under long-term management.")
