from typing import Self

from governance.querysets.base import GovernedQuerySet


class ContestQuerySet(GovernedQuerySet):
    act = "upkeep"


class OfContestQuerySet(GovernedQuerySet):
    act = "upkeep"
    path = "contest__neighbourhood__"


class ContestScoreQuerySet(GovernedQuerySet):
    act = "upkeep"
    path = "entry__contest__neighbourhood__"

    def counting(self) -> Self:
        """The latest score of each judge for each entry and criterion; what it replaced stays, and counts no more."""
        latest = self.order_by("entry_id", "criterion", "judge", "-pk").distinct("entry_id", "criterion", "judge")
        counting: Self = self.model.objects.filter(pk__in=latest.values("pk"))
        return counting
