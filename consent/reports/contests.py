"""Contested answers: what corrects one, and the totals that are made public."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q

from consent.choices import ContestState
from consent.models import ReceiptContest, Stance, Survey, Visit
from consent.rules.stances import ANSWERS


@dataclass(frozen=True, slots=True)
class ContestTotals:
    """How many recorded answers of a survey were contested, and what became of it. No single one can be told."""

    raised: int = 0
    corrected: int = 0
    stands: int = 0

    @property
    def open(self) -> int:
        return self.raised - self.corrected - self.stands


def contest_totals(surveys: Iterable[Survey]) -> dict[int, ContestTotals]:
    """The totals of each survey that has any, by its id. One query, however many surveys."""
    rows = (
        ReceiptContest.objects.filter(survey__in=[survey.pk for survey in surveys])
        .order_by()
        .values("survey")
        .annotate(
            raised=Count("pk"),
            corrected=Count("pk", filter=Q(state=ContestState.CORRECTED)),
            stands=Count("pk", filter=Q(state=ContestState.STANDS)),
        )
    )
    return {row["survey"]: ContestTotals(row["raised"], row["corrected"], row["stands"]) for row in rows}


def corrections_of(visit: Visit) -> list[Visit]:
    """The entries that correct this one, each the one before it; mostly none. One query for each, and one more."""
    found: list[Visit] = []
    while (
        later := Visit.objects.filter(supersedes=found[-1] if found else visit).order_by("sequence").first()
    ) is not None:
        found.append(later)
    return found


def correction_of(contest: ReceiptContest) -> Visit | None:
    """The entry that mends what was contested: one that corrects it, else a later answer of the door out of round.

    Either was recorded after the household contested. A correction proper is taken while the survey is open; afterwards
    a change is recorded out of round, and mends it only where it is what the household now counts as: one whose visit
    lies before the contested one changes nothing.
    """
    corrections = [later for later in corrections_of(contest.visit) if later.recorded_at > contest.raised_at]
    if corrections:
        return corrections[-1]
    stance = Stance.objects.filter(door=contest.visit.door_id).values("visit")
    late: Visit | None = Visit.objects.filter(
        pk__in=stance, out_of_round=True, outcome__in=ANSWERS, recorded_at__gt=contest.raised_at
    ).first()
    return late
