"""Filling the demonstration up to a scale."""

from collections.abc import Callable
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from demonstration.services.city import grow_city
from demonstration.services.mark import read_mark
from demonstration.services.small import fill_small
from overview.rules.dashboard import ends_of_weeks
from overview.services.days import keep_day


def fill(*, scale: str, now: datetime, say: Callable[[str], None]) -> None:
    """Fill a migrated database up to a scale; what is there stays as it is, and a city grows around a small one."""
    if read_mark() is None:
        say(_("Filling the small city…"))
        fill_small(now=now)
    if scale == "city" and read_mark() != "city":
        say(_("Filling the large city; this takes a few minutes…"))
        grow_city(now=now, say=say)
    keep_weeks(now=now)


def keep_weeks(*, now: datetime) -> None:
    """Keep how things stood at the end of each of the last weeks, for the trend of the dashboards, and today."""
    for day in ends_of_weeks(timezone.localdate(now)):
        keep_day(day=day, now=now)
