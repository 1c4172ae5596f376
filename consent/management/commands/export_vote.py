"""Writes the signed file of a closed owners' vote."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.errors import DomainError
from consent.models import OwnersVote
from consent.services.votes.export import vote_file


class Command(BaseCommand):
    help = "Write the signed file of a closed vote, which tools/verify_vote.py checks, to a file or to the output."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("vote", type=int, help="the vote's id")
        parser.add_argument("--output", type=Path, help="where to; an existing file is replaced")

    def handle(self, *args: Any, **options: Any) -> None:
        vote = OwnersVote.objects.select_related("neighbourhood").filter(pk=options["vote"]).first()
        if vote is None:
            raise CommandError(f"There is no vote {options['vote']}.")
        try:
            content = vote_file(vote=vote)
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal
        if options["output"] is None:
            sys.stdout.buffer.write(content)
            return
        try:
            options["output"].write_bytes(content)
        except OSError as error:
            raise CommandError(f"{options['output']} cannot be written: {error.strerror}") from error
        self.stderr.write(f"{options['output']}: {vote.tree_size} entries, signed.")
