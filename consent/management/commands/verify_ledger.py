"""Holds the ledgers against their hashes, trees, heads and results."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from consent.models import Survey
from consent.reports.ledger_check import faults_of


class Command(BaseCommand):
    help = "Check that the ledgers of all surveys, or of one, are what they were; name what is not, and exit with 1."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("survey", type=int, nargs="?", help="a survey's id; all of them without it")

    def handle(self, *args: Any, **options: Any) -> None:
        surveys = Survey.objects.order_by("pk")
        if options["survey"] is not None:
            surveys = surveys.filter(pk=options["survey"])
            if not surveys.exists():
                raise CommandError(f"There is no survey {options['survey']}.")
        visit_count = survey_count = fault_count = 0
        for pk in list(surveys.values_list("pk", flat=True)):
            with transaction.atomic():
                # Appends queue on this lock, so that all reads see one moment.
                survey = Survey.objects.select_for_update(of=("self",)).select_related("neighbourhood").get(pk=pk)
                for fault in faults_of(survey):
                    fault_count += 1
                    self.stdout.write(self.style.ERROR(f"survey {pk}: {fault}"))
            survey_count += 1
            visit_count += survey.tree_size
        if fault_count:
            raise CommandError(f"{fault_count} faults in {survey_count} surveys.")
        self.stdout.write(f"{survey_count} surveys with {visit_count} visits: everything holds.")
