"""Contests of the best stairwell and building: opened, entered, judged, closed (policy.md, section g).

Each act locks the neighbourhood first, then the contest, so that no points come in behind a result.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from governance.choices.contests import ContestScope, ContestState
from governance.errors.contests import (
    CompetesAlready,
    ContestClosed,
    ContestNotBegun,
    ContestNotJudged,
    ContestNotOver,
    EntryLeft,
    EntryScored,
    PointsOutOfRange,
    WrongScope,
)
from governance.models import Contest, ContestEntry, ContestScore
from governance.reports.contests import standings_of
from governance.rules.contests import CRITERIA, is_within
from governance.services.upkeep_checks import require_place
from renovation.errors import DayOutOfOrder
from renovation.models import Building, Neighbourhood, Stairwell

AMENDED = ("title", "starts_on", "ends_on", "prize")
"""What may be changed of a contest until it is closed. What competes and the most points bind what was judged."""


@transaction.atomic
def open_contest(
    *,
    neighbourhood: Neighbourhood,
    title: str,
    scope: ContestScope | str,
    starts_on: date,
    ends_on: date,
    most_points: int = 10,
    prize: str = "",
    by: User,
) -> Contest:
    """Announce a contest. Raises DayOutOfOrder (it would end before it begins)."""
    locked = Neighbourhood.objects.select_for_update().get(pk=neighbourhood.pk)
    _require_days(starts_on, ends_on)
    contest = Contest.objects.create(
        neighbourhood=locked,
        title=title,
        scope=scope,
        starts_on=starts_on,
        ends_on=ends_on,
        most_points=most_points,
        prize=prize,
    )
    add_history(contest, "contest_opened", by=by, action="created", scope=str(scope))
    return contest


@transaction.atomic
def amend_contest(*, contest: Contest, by: User, **values: Any) -> Contest:
    """Change what was announced; only what is given of `AMENDED`. Raises ContestClosed or DayOutOfOrder.

    What is so already changes nothing.
    """
    locked = _lock(contest)
    changed = [name for name in AMENDED if name in values and getattr(locked, name) != values[name]]
    if not changed:
        return locked
    for name in changed:
        setattr(locked, name, values[name])
    _require_days(locked.starts_on, locked.ends_on)
    locked.save(update_fields=changed)
    add_history(locked, "contest_amended", by=by, fields=changed)
    return locked


@transaction.atomic
def enter_contest(
    *, contest: Contest, building: Building | None = None, stairwell: Stairwell | None = None, by: User
) -> ContestEntry:
    """Enter a stairwell, which says its building, or a building: whichever competes.

    Raises ContestClosed, WrongScope, OtherNeighbourhood, StairwellElsewhere or CompetesAlready.
    """
    locked = _lock(contest)
    building = require_place(locked.neighbourhood, building, stairwell)
    if building is None or (stairwell is not None) != (locked.scope == ContestScope.STAIRWELL):
        raise WrongScope(_("In this contest, the other kind competes."), scope=locked.scope)
    if locked.entries.filter(building=building, stairwell=stairwell).exists():
        raise CompetesAlready(_("This competes already."))
    entry = ContestEntry.objects.create(contest=locked, building=building, stairwell=stairwell)
    _touch(locked, "contest_entered", by, entries=1)
    return entry


@transaction.atomic
def enter_all(*, contest: Contest, by: User) -> int:
    """Enter every stairwell, or every building, that does not compete yet; and how many these are.

    Raises ContestClosed.
    """
    locked = _lock(contest)
    if locked.scope == ContestScope.STAIRWELL:
        there = set(locked.entries.values_list("stairwell_id", flat=True))
        stairwells = Stairwell.objects.filter(building__neighbourhood=locked.neighbourhood).order_by("pk")
        new = [
            ContestEntry(contest=locked, building_id=one.building_id, stairwell=one)
            for one in stairwells
            if one.pk not in there
        ]
    else:
        there = set(locked.entries.values_list("building_id", flat=True))
        buildings = Building.objects.filter(neighbourhood=locked.neighbourhood).order_by("pk")
        new = [ContestEntry(contest=locked, building=one) for one in buildings if one.pk not in there]
    if new:
        ContestEntry.objects.bulk_create(new)
        _touch(locked, "contest_entered", by, entries=len(new))
    return len(new)


@transaction.atomic
def leave_contest(*, entry: ContestEntry, by: User) -> None:
    """Take an entry out that was made by mistake. Raises ContestClosed, EntryLeft or EntryScored."""
    locked = _lock_with(entry)
    if entry.scores.exists():
        raise EntryScored(_("This has points already, so it stays in the contest."))
    ContestEntry.objects.filter(pk=entry.pk).delete()
    _touch(locked, "contest_left", by, entry=entry.pk)


@transaction.atomic
def score_entry(
    *, entry: ContestEntry, judge: str, points: Mapping[str, int], by: User, at: datetime | None = None
) -> list[ContestScore]:
    """Keep the points that a judge gives an entry, by goal word. Given again, the later ones count.

    Raises ContestClosed, EntryLeft, ContestNotBegun or PointsOutOfRange.
    """
    at = at or timezone.now()
    locked = _lock_with(entry)
    if timezone.localdate(at) < locked.starts_on:
        raise ContestNotBegun(_("The contest has not begun yet."))
    if not all(is_within(given, locked.most_points) for given in points.values()):
        words = _("A judge gives from 0 to %(most)s points for a goal word.") % {"most": locked.most_points}
        raise PointsOutOfRange(words, most_points=locked.most_points)
    scores = ContestScore.objects.bulk_create(
        ContestScore(entry=entry, criterion=criterion, points=points[criterion], judge=judge, at=at, by=by)
        for criterion in CRITERIA
        if criterion in points
    )
    _touch(locked, "contest_scored", by, entry=entry.pk)
    return scores


@transaction.atomic
def close_contest(*, contest: Contest, by: User, at: datetime | None = None) -> Contest:
    """Fix the result: from then on nothing is entered or judged.

    Raises ContestClosed, ContestNotOver (before its last day) or ContestNotJudged (an entry without points for some
    goal word, or no entry at all).
    """
    locked = _lock(contest)
    if timezone.localdate(at or timezone.now()) < locked.ends_on:
        raise ContestNotOver(_("The contest is not over yet."), ends_on=locked.ends_on.isoformat())
    found = standings_of(locked)
    missing = [standing.entry for standing in found if standing.missing]
    if missing or not found:
        raise ContestNotJudged(_("Some entries have no points yet for every goal word."), entries=missing)
    locked.state = ContestState.CLOSED
    locked.save(update_fields=["state"])
    best = [standing.entry for standing in found if standing.place == 1]
    add_history(locked, "contest_closed", by=by, fields=["state"], entries=len(found), best=best)
    return locked


def _lock(contest: Contest) -> Contest:
    neighbourhood = Neighbourhood.objects.select_for_update().get(pk=contest.neighbourhood_id)
    locked: Contest = Contest.objects.select_for_update().get(pk=contest.pk)
    if locked.state == ContestState.CLOSED:
        raise ContestClosed(_("This contest is closed: its result stands."))
    locked.neighbourhood = neighbourhood
    return locked


def _lock_with(entry: ContestEntry) -> Contest:
    """The contest of an entry that was not taken out meanwhile."""
    locked = _lock(entry.contest)
    if not ContestEntry.objects.filter(pk=entry.pk).exists():
        raise EntryLeft(_("This no longer competes."))
    return locked


def _touch(contest: Contest, act: str, by: User, **details: Any) -> None:
    """Entries and points are shown with the contest, so it is another version with them."""
    contest.save(update_fields=[])
    add_history(contest, act, by=by, **details)


def _require_days(starts_on: date, ends_on: date) -> None:
    if ends_on < starts_on:
        raise DayOutOfOrder(_("A contest ends after it begins."))
