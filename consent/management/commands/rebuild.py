"""Makes the projections anew from the ledgers and holds them against what is stored."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet

from consent.models import OwnersVote, Survey
from consent.services.rebuild import Difference, rebuild
from consent.services.votes.rebuild import rebuild_vote


class Command(BaseCommand):
    help = (
        "Recompute stances, tallies, rounds and trees of surveys, states and trees of votes from their ledgers; "
        "name what differs from what is stored."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--survey", type=int, help="a survey's id; all surveys and votes without it")
        which.add_argument("--vote", type=int, help="a vote's id; all surveys and votes without it")
        parser.add_argument("--repair", action="store_true", help="write what the ledger gives")

    def handle(self, *args: Any, **options: Any) -> None:
        self.found_count = self.left_count = 0
        counts = []
        if options["vote"] is None:
            surveys = self._asked(Survey.objects.order_by("pk"), "survey", options["survey"])
            for survey in surveys:
                self._rebuild(f"survey {survey.pk}", partial(rebuild, survey=survey), options["repair"])
            counts.append(f"{len(surveys)} surveys")
        if options["survey"] is None:
            votes = self._asked(OwnersVote.objects.order_by("pk"), "vote", options["vote"])
            for vote in votes:
                self._rebuild(f"vote {vote.pk}", partial(rebuild_vote, vote=vote), options["repair"])
            counts.append(f"{len(votes)} votes")
        if self.left_count:
            kept = "were left" if options["repair"] else "were found"
            raise CommandError(f"{self.left_count} differences {kept} in {' and '.join(counts)}.")
        done = f"{self.found_count} differences were repaired" if self.found_count else "no difference"
        self.stdout.write(f"{' and '.join(counts)}: {done}.")

    def _asked(self, rows: QuerySet[Any], kind: str, pk: int | None) -> list[Any]:
        if pk is not None:
            rows = rows.filter(pk=pk)
            if not rows.exists():
                raise CommandError(f"There is no {kind} {pk}.")
        return list(rows)

    def _rebuild(self, name: str, anew: Callable[..., list[Difference]], repair: bool) -> None:
        found = anew(repair=repair)
        for difference in found:
            self.stdout.write(self.style.WARNING(f"{name}: {_said(difference)}"))
        self.found_count += len(found)
        if found:
            self.left_count += len(anew()) if repair else len(found)


def _said(difference: Difference) -> str:
    of = {
        "stances": "stance of door",
        "tallies": "tally",
        "walks": "round and door",
        "rounds": "round",
        "states": "state of owner",
        "vote": "vote's",
    }
    kind = of.get(difference.kind, "survey's")
    return f"{kind} {difference.key}: stored {_shown(difference.stored)}, the ledger gives {_shown(difference.found)}"


def _shown(value: object) -> str:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list):
        return "[" + ", ".join(_shown(member) for member in value) + "]"
    return "nothing" if value is None else str(value)
