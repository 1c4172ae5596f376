from typing import Self

from governance.querysets.base import GovernedQuerySet


class NoticeBoardQuerySet(GovernedQuerySet):
    """Boards hang at the doors for everybody to read, so a grid worker reads those of the whole neighbourhood."""

    act = "upkeep"

    def up(self) -> Self:
        return self.filter(taken_down_on=None)
