from typing import Any, Self

from django.db.models import Q, QuerySet

from accounts.querysets import within
from accounts.rules.territory import reach_of
from governance.querysets.base import GovernedQuerySet


class ConventionVersionQuerySet(GovernedQuerySet):
    path = "convention__neighbourhood__"

    def in_force(self) -> Self:
        return self.filter(state="adopted")


class ConventionSignatureQuerySet(QuerySet[Any]):
    """Who signed what, by door: for whoever does `signatures` there, a grid worker in the own grid. Others read totals
    (`governance.reports.conventions`).
    """

    def visible_to(self, caller: Any) -> Self:
        reach = reach_of(caller, "signatures", "read", "write")
        neighbourhood, grid = "household__neighbourhood__code", "household__building__grid"
        return self.filter(within(reach, "household__", neighbourhood=neighbourhood, grid=grid))

    def standing(self) -> Self:
        """Signatures that were not taken back; a row that takes one back is none itself."""
        return self.filter(withdraws=None, withdrawn_by=None)

    def by_standing(self, stands: bool) -> Self:
        here = Q(withdraws=None, withdrawn_by=None)
        return self.filter(here if stands else ~here)
