from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from governance.services.fees.rebuild import rebuild_fees

WORDS = {
    "bills": "settled of bill",
    "accounts": "credit of account",
    "billed": "tally of bills",
    "settled": "tally of what is settled",
}


class Command(BaseCommand):
    help = (
        "Computes what is settled of each bill, each account's credit and both tallies anew from bills, payments and "
        "allocations, and tells what differed. With --check it changes nothing and fails where something differs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="Only tell the differences.")
        parser.add_argument("--code", default="", help="Only neighbourhoods whose code begins so, such as 420502.")

    def handle(self, *args: Any, check: bool, code: str, **options: Any) -> None:
        total = 0
        for apart in rebuild_fees(check=check, code=code):
            total += sum(apart.counts.values())
            place = apart.neighbourhood
            for difference in apart.examples:
                what = WORDS[difference.projection]
                self.stdout.write(
                    f"{place.code} {what} {difference.key}: kept {difference.kept}, should be {difference.due}"
                )
            for projection, count in apart.counts.items():
                self.stdout.write(f"{place.code} {WORDS[projection]}: {count} differ")
        if check and total:
            raise CommandError(f"{total} figures differ from what the ledgers say.")
        self.stdout.write(f"{total} figures differed." if not check else "Every figure is what the ledgers say.")
