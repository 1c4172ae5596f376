from typing import Any

from django.core.management.base import BaseCommand

from governance.services.bodies_evidence import tell_ended_managements


class Command(BaseCommand):
    help = "Tells the guards where a management is over. Run it daily; run twice, it tells nothing anew."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{tell_ended_managements()} neighbourhoods have another manager now, or none.")
