"""Who sees which rows of what is made of several apps."""

from typing import Any, Self

from django.db.models import QuerySet

from accounts.rules.territory import reach_of
from renovation.querysets import neighbourhoods_within


class NeighbourhoodDayQuerySet(QuerySet[Any]):
    def visible_to(self, caller: Any) -> Self:
        """Days of the neighbourhoods in the places whose dashboard the caller reads."""
        return self.filter(neighbourhoods_within(reach_of(caller, "overview"), "neighbourhood__"))


class KeptDayQuerySet(QuerySet[Any]):
    def visible_to(self, caller: Any) -> Self:
        """Which days were kept is known to whoever reads a dashboard somewhere."""
        return self if reach_of(caller, "overview") else self.none()
