"""What contests refuse."""

from common.errors import DomainError


class ContestClosed(DomainError):
    """Its result is fixed."""

    code = "contest_closed"


class ContestNotBegun(DomainError):
    code = "contest_not_begun"


class ContestNotOver(DomainError):
    """A contest is closed on its last day or later."""

    code = "contest_not_over"


class ContestNotJudged(DomainError):
    """Some entries lack points for a goal word, or there are no entries; `entries` are the ids of those that do."""

    code = "contest_not_judged"


class WrongScope(DomainError):
    """A building in a contest of stairwells, or a stairwell in one of buildings."""

    code = "wrong_scope"


class CompetesAlready(DomainError):
    code = "competes_already"


class EntryLeft(DomainError):
    """It was taken out of the contest meanwhile."""

    code = "entry_left"


class EntryScored(DomainError):
    """What has points stays in the contest."""

    code = "entry_scored"


class PointsOutOfRange(DomainError):
    """`most_points` is how many there may be."""

    code = "points_out_of_range"
