from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from renovation.services.divisions import load_divisions


class Command(BaseCommand):
    help = "Loads divisions from a CSV with the columns code and name; the same file again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="codes of 4 to 12 digits, each after the one it lies in")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made, renamed = load_divisions(path=options["file"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"The file cannot be read: {error}") from error
        self.stdout.write(f"{made} divisions made, {renamed} renamed.")
