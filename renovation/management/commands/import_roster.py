import json
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from renovation.choices import ImportMode, ImportStatus
from renovation.models import Neighbourhood, RosterImport
from renovation.reports.roster_problems import detail_of
from renovation.rules.roster.columns import MAPPABLE
from renovation.services.roster_imports import keep_file, run_import


def mapping(text: str) -> dict[str, str]:
    known = {field.value for field in MAPPABLE}
    try:
        value = json.loads(text)
    except ValueError as error:
        raise ArgumentTypeError(f"not JSON: {error}") from error
    if not isinstance(value, dict) or not known.issuperset(map(str, value.values())):
        raise ArgumentTypeError(f"not an object of column names and fields; fields are {', '.join(sorted(known))}")
    return value


class Command(BaseCommand):
    help = "Read a household roster into a neighbourhood: a dry run unless a mode is given."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("neighbourhood", help="its code, as in 420502001001-003")
        parser.add_argument("file", type=Path, help="XLSX, XLS or CSV")
        parser.add_argument("--by", required=True, metavar="USER", help="the user name of who imports, and may")
        parser.add_argument("--mode", choices=ImportMode.values, default=ImportMode.DRY_RUN)
        parser.add_argument("--mapping", type=mapping, default={}, metavar="JSON", help='{"column name": "field", ...}')

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        by = User.objects.filter(username=options["by"], is_active=True).first()
        if by is None:
            raise CommandError(f"There is no user {options['by']}.")
        neighbourhood = Neighbourhood.objects.visible_to(by).filter(code=options["neighbourhood"]).first()
        if neighbourhood is None:
            raise CommandError(f"There is no neighbourhood {options['neighbourhood']} that {by} sees.")
        try:
            with path.open("rb") as file:
                kept = keep_file(
                    neighbourhood=neighbourhood,
                    file=File(file),
                    file_name=path.name,
                    mode=options["mode"],
                    mapping=options["mapping"],
                    by=by,
                )
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        run_import(roster_import_id=kept.pk)
        self.report(RosterImport.objects.get(pk=kept.pk))

    def report(self, done: RosterImport) -> None:
        """One line a problem, by tabs: sheet, row, column, `error` or `warning`, code, words. The sum comes last."""
        for problem in done.problems.order_by("id").iterator():
            weight = "error" if problem.is_error else "warning"
            place = (problem.sheet, str(problem.row), problem.column)
            self.stdout.write("\t".join((*place, weight, problem.code, detail_of(problem))))
        self.stdout.write(
            f"{done.status}: {done.rows_read} rows, {done.created} created, {done.updated} updated, "
            f"{done.unchanged} unchanged, {done.rejected} kept out (import {done.pk})"
        )
        if done.status != ImportStatus.DONE:
            raise CommandError("Nothing was imported.")
