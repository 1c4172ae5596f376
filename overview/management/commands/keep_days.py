from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from overview.models import KeptDay
from overview.services.days import days_to_keep, keep_day, rebuild_day


class Command(BaseCommand):
    help = "Keeps how each neighbourhood stands, day by day, for the dashboards. Run it hourly, or at least each night."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", type=date.fromisoformat, help="Also days gone by, from this one: 2026-01-01.")
        parser.add_argument(
            "--rebuild", action="store_true", help="Makes the kept days anew and tells what differs; nothing must."
        )
        parser.add_argument("--repair", action="store_true", help="With --rebuild: writes right what differs.")

    def handle(self, *args: Any, since: date | None, rebuild: bool, repair: bool, **options: Any) -> None:
        if rebuild:
            self._rebuild(since, repair)
            return
        today = timezone.localdate()
        written = [day for day in days_to_keep(today=today, since=since) if keep_day(day=day)]
        self.stdout.write(f"{len(written)} days kept, up to {today}.")

    def _rebuild(self, since: date | None, repair: bool) -> None:
        days = KeptDay.objects.filter(final=True, **({"day__gte": since} if since else {})).order_by("day")
        found = 0
        for day in list(days.values_list("day", flat=True)):
            for one in rebuild_day(day=day, repair=repair):
                found += 1
                self.stdout.write(f"{one.day} {one.place} {one.field}: kept {one.kept}, found {one.found}")
        if found and not repair:
            raise CommandError(f"{found} figures differ.")
        self.stdout.write(f"{days.count()} days made anew, {found} figures differed.")
