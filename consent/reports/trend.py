"""How the support rate of a survey grew, day by day, replayed from its ledger."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from django.utils import timezone

from consent.models import Survey, VisitPhoto
from consent.reports.results import facts_of, policy_of
from consent.rules.results import rate
from consent.rules.stances import VisitFacts, stance_of


@dataclass(frozen=True)
class DayOfTrend:
    """What the server had recorded by the end of a day: households that support, of how many."""

    day: date
    supports: int
    denominator: int

    @property
    def support_rate(self) -> Decimal | None:
        return rate(self.supports, self.denominator)


def trend_of(survey: Survey, until: date | None = None) -> list[DayOfTrend]:
    """The days on which something changed, from the opening to `until` (today, or the day of closing). Three queries.

    The roll is the one of now: an amendment moves the whole line, as it moved the denominator.
    """
    policy = policy_of(survey)
    roll = set(survey.doors.on_roll().values_list("pk", flat=True))
    photos = set(VisitPhoto.objects.filter(survey=survey).values_list("visit_id", flat=True))
    visits = list(survey.visits.select_related("supersedes").order_by("sequence"))
    ends = until or timezone.localdate(survey.closed_at or timezone.now())

    door_of = {visit.sequence: visit.door_id for visit in visits}
    known: dict[int, list[VisitFacts]] = defaultdict(list)
    gone: set[int] = set()
    supporting: set[int] = set()
    excluded: set[int] = set()
    days = {timezone.localdate(survey.opened_at): (0, len(roll))}
    for visit in visits:
        day = timezone.localdate(visit.recorded_at)
        if day > ends:
            break
        supersedes = visit.supersedes.sequence if visit.supersedes else None
        known[visit.door_id].append(facts_of(visit, supersedes, visit.pk in photos))
        moved = {visit.door_id}
        if supersedes is not None:
            gone.add(supersedes)
            moved.add(door_of[supersedes])
        for door in moved & roll:
            stance = stance_of(known[door], policy, frozenset(gone))
            (supporting.add if stance.counts else supporting.discard)(door)
            (excluded.add if stance.excluded else excluded.discard)(door)
        days[day] = (len(supporting), len(roll) - len(excluded))
    if ends not in days:
        days[ends] = days[max(days)]
    return [DayOfTrend(day, *days[day]) for day in sorted(days)]


def thin(trend: list[DayOfTrend], most: int = 12) -> list[DayOfTrend]:
    """At most `most` days for a table: the last one of each stretch, the first and the last day always."""
    if len(trend) <= most:
        return trend
    step = timedelta(days=max(1, (trend[-1].day - trend[0].day).days // (most - 1)))
    kept = [trend[0]]
    for earlier, later in pairwise(trend):
        if later is trend[-1]:
            kept.append(later)
        elif later.day > kept[-1].day + step and earlier is not kept[-1]:
            kept.append(earlier)
    return kept
