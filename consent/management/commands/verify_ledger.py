"""Holds the ledgers of surveys and votes against their hashes, trees, heads and results."""

from collections.abc import Callable, Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.db.models import Model

from consent.models import OwnersVote, Survey
from consent.reports.ledger_check import faults_of
from consent.reports.vote_check import faults_of_vote


class Command(BaseCommand):
    help = (
        "Check that the ledgers of all surveys and votes, or of one, are what they were; name what is not, and exit "
        "with 1."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument("survey", type=int, nargs="?", help="a survey's id; all surveys and votes without it")
        which.add_argument("--vote", type=int, help="a vote's id; all surveys and votes without it")

    def handle(self, *args: Any, **options: Any) -> None:
        self.fault_count = 0
        checked, held = [], []
        if options["vote"] is None:
            surveys, visits = self._check("survey", Survey, faults_of, options["survey"])
            checked.append(f"{surveys} surveys")
            held.append(f"{surveys} surveys with {visits} visits")
        if options["survey"] is None:
            votes, ballots = self._check("vote", OwnersVote, faults_of_vote, options["vote"])
            checked.append(f"{votes} votes")
            held.append(f"{votes} votes with {ballots} ballots")
        if self.fault_count:
            raise CommandError(f"{self.fault_count} faults in {' and '.join(checked)}.")
        self.stdout.write(f"{' and '.join(held)}: everything holds.")

    def _check(
        self, kind: str, model: type[Model], faults: Callable[[Any], Iterator[str]], asked: int | None
    ) -> tuple[int, int]:
        """How many ledgers were checked, with how many entries."""
        rows = model._default_manager.order_by("pk")
        if asked is not None:
            rows = rows.filter(pk=asked)
            if not rows.exists():
                raise CommandError(f"There is no {kind} {asked}.")
        ledgers = entries = 0
        for pk in list(rows.values_list("pk", flat=True)):
            with transaction.atomic():
                # Appends queue on this lock, so that all reads see one moment.
                kept: Any = rows.select_for_update(of=("self",)).select_related("neighbourhood").get(pk=pk)
                for fault in faults(kept):
                    self.fault_count += 1
                    self.stdout.write(self.style.ERROR(f"{kind} {pk}: {fault}"))
            ledgers += 1
            entries += kept.tree_size
        return ledgers, entries
