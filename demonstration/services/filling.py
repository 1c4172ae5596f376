from collections.abc import Callable
from datetime import datetime

from django.utils.translation import gettext as _

from demonstration.services.mark import read_mark
from demonstration.services.small import fill_small


def fill(*, scale: str, now: datetime, say: Callable[[str], None]) -> None:
    """Fill a migrated database up to a scale; what is there stays as it is, and a city grows around a small one."""
    if read_mark() is None:
        say(_("Filling the small city…"))
        fill_small(now=now)
