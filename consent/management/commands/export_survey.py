"""Writes the signed file of a closed survey."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.errors import DomainError
from consent.models import Survey
from consent.services.survey_export import survey_file


class Command(BaseCommand):
    help = "Write the signed file of a closed survey, which tools/verify_survey.py checks, to a file or to the output."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("survey", type=int, help="the survey's id")
        parser.add_argument("--output", type=Path, help="where to; an existing file is replaced")

    def handle(self, *args: Any, **options: Any) -> None:
        survey = Survey.objects.select_related("neighbourhood").filter(pk=options["survey"]).first()
        if survey is None:
            raise CommandError(f"There is no survey {options['survey']}.")
        try:
            content = survey_file(survey=survey)
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal
        if options["output"] is None:
            sys.stdout.buffer.write(content)
            return
        try:
            options["output"].write_bytes(content)
        except OSError as error:
            raise CommandError(f"{options['output']} cannot be written: {error.strerror}") from error
        self.stderr.write(f"{options['output']}: {survey.tree_size} visits, signed.")
