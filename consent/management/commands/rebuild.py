"""Makes the projections anew from the ledgers and holds them against what is stored."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from consent.models import Survey
from consent.services.rebuild import Difference, rebuild


class Command(BaseCommand):
    help = "Recompute stances, tallies, rounds and trees from the ledgers; name what differs from what is stored."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--survey", type=int, help="a survey's id; all of them without it")
        parser.add_argument("--repair", action="store_true", help="write what the ledger gives")

    def handle(self, *args: Any, **options: Any) -> None:
        surveys = Survey.objects.order_by("pk")
        if options["survey"] is not None:
            surveys = surveys.filter(pk=options["survey"])
            if not surveys.exists():
                raise CommandError(f"There is no survey {options['survey']}.")
        survey_count = found_count = left_count = 0
        for survey in list(surveys.only("pk")):
            found = rebuild(survey=survey, repair=options["repair"])
            for difference in found:
                self.stdout.write(self.style.WARNING(f"survey {survey.pk}: {_said(difference)}"))
            survey_count += 1
            found_count += len(found)
            if found:
                left_count += len(rebuild(survey=survey)) if options["repair"] else len(found)
        if left_count:
            kept = "were left" if options["repair"] else "were found"
            raise CommandError(f"{left_count} differences {kept} in {survey_count} surveys.")
        done = f"{found_count} differences were repaired" if found_count else "no difference"
        self.stdout.write(f"{survey_count} surveys: {done}.")


def _said(difference: Difference) -> str:
    of = {"stances": "stance of door", "tallies": "tally", "walks": "round and door", "rounds": "round"}
    kind = of.get(difference.kind, "survey's")
    return f"{kind} {difference.key}: stored {_shown(difference.stored)}, the ledger gives {_shown(difference.found)}"


def _shown(value: object) -> str:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list):
        return "[" + ", ".join(_shown(member) for member in value) + "]"
    return "nothing" if value is None else str(value)
