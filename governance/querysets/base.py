"""What lists of one neighbourhood's governance share."""

from typing import Any, Self

from django.db.models import QuerySet

from accounts.rules.territory import reach_of
from renovation.querysets import OfNeighbourhoodQuerySet, neighbourhoods_within


class GovernedQuerySet(OfNeighbourhoodQuerySet):
    """Rows of a neighbourhood that are read by whoever reads bodies and texts there."""

    act = "bodies"


class NamedQuerySet(QuerySet[Any]):
    """Rows that name somebody: read by whoever does `act` there, and not by who reads its totals only."""

    act = ""
    path = "neighbourhood__"

    def visible_to(self, caller: Any) -> Self:
        return self.filter(neighbourhoods_within(reach_of(caller, self.act, "read", "write"), self.path))
