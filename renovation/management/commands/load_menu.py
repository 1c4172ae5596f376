from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from renovation.services.menu import load_menu

OURS = Path(__file__).resolve().parents[2] / "data" / "menu.csv"


class Command(BaseCommand):
    help = "Loads a menu of works from a CSV file; the same file for the same day changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, default=OURS, help="a CSV like renovation/data/menu.csv")
        parser.add_argument("--valid-from", type=date.fromisoformat, default=date(2025, 1, 1), help="YYYY-MM-DD")
        parser.add_argument("--document", default="", help="the document that set it")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            edition, new = load_menu(
                path=options["file"], valid_from=options["valid_from"], document=options["document"]
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"The file cannot be read: {error}") from error
        self.stdout.write(f"{edition.items.count()} items from {edition.valid_from}{'' if new else ', as before'}.")
