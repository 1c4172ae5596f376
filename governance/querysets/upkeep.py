from datetime import date
from typing import Self

from governance.querysets.base import GovernedQuerySet


class InspectionQuerySet(GovernedQuerySet):
    act = "upkeep"


class OfInspectionQuerySet(GovernedQuerySet):
    act = "upkeep"
    path = "inspection__neighbourhood__"


class UpkeepTaskQuerySet(GovernedQuerySet):
    """A grid worker reads the tasks of the whole neighbourhood, since stairwells share what lies between them."""

    act = "upkeep"

    def waiting(self) -> Self:
        """Those to be done, and those done that nobody has checked."""
        return self.filter(state__in=["open", "done"])

    def overdue(self, day: date) -> Self:
        """Those still to be done after the last day for them."""
        return self.filter(state="open", due_on__lt=day)


class OfTaskQuerySet(GovernedQuerySet):
    act = "upkeep"
    path = "task__neighbourhood__"
