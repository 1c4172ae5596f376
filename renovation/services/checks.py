"""What several services refuse alike."""

from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from renovation.errors import DayInFuture, OtherNeighbourhood
from renovation.models import Neighbourhood


def require_day(day: date, at: datetime) -> None:
    """Raises DayInFuture for a day after the one on which it is recorded."""
    if day > timezone.localdate(at):
        raise DayInFuture(_("This day is still to come."))


def require_here(neighbourhood: Neighbourhood, *things: Any) -> None:
    """Raises OtherNeighbourhood where one of the things, if there, lies somewhere else."""
    if any(thing is not None and thing.neighbourhood_id != neighbourhood.pk for thing in things):
        raise OtherNeighbourhood(_("This lies in another neighbourhood."))
