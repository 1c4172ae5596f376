"""Contests: opened, entered, judged, closed."""

from datetime import datetime, time, timedelta
from fractions import Fraction

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import HistoryEntry
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
from governance.errors.upkeep import StairwellElsewhere
from governance.models import Contest, ContestEntry, ContestScore
from governance.reports.contests import counting_ids, not_entered, result_of, standings_of
from governance.services.contests import (
    amend_contest,
    close_contest,
    enter_all,
    enter_contest,
    leave_contest,
    score_entry,
)
from renovation.errors import DayOutOfOrder, OtherNeighbourhood
from tests.governance.upkeep_cast import DAY, a_contest, enter, judge, to_come

pytestmark = pytest.mark.django_db


def test_a_contest_is_announced(cast, community_worker):
    contest = a_contest(cast.home, community_worker, most_points=20, prize="流动红旗")

    contest.refresh_from_db()
    assert (contest.scope, contest.most_points, contest.prize, contest.state) == ("stairwell", 20, "流动红旗", "open")
    assert HistoryEntry.objects.get(act="contest_opened").details == {"scope": "stairwell"}
    with pytest.raises(DayOutOfOrder):
        a_contest(cast.home, community_worker, ends_on=DAY - timedelta(days=1))
    assert Contest.objects.count() == 1


def test_what_was_announced_is_changed_until_it_is_closed(cast, community_worker):
    contest = a_contest(cast.home, community_worker)

    amend_contest(contest=contest, prize="锦旗", by=community_worker)

    contest.refresh_from_db()
    assert (contest.prize, contest.version) == ("锦旗", 2)
    with pytest.raises(DayOutOfOrder):
        amend_contest(contest=contest, ends_on=DAY - timedelta(days=1), by=community_worker)
    contest.refresh_from_db()
    assert contest.ends_on == DAY + timedelta(days=20)


def test_a_stairwell_is_entered_with_its_building_and_once(cast, community_worker):
    contest, stairwell = a_contest(cast.home, community_worker), cast.doors[0].stairwell

    entry = enter(contest, stairwell, community_worker)

    assert (entry.building, entry.stairwell) == (stairwell.building, stairwell)
    contest.refresh_from_db()
    assert contest.version == 2
    with pytest.raises(CompetesAlready):
        enter(contest, stairwell, community_worker)
    with pytest.raises(WrongScope):
        enter_contest(contest=contest, building=stairwell.building, by=community_worker)
    with pytest.raises(WrongScope):
        enter_contest(contest=contest, by=community_worker)
    with pytest.raises(StairwellElsewhere):
        enter_contest(contest=contest, stairwell=stairwell, building=cast.doors[2].building, by=community_worker)
    with pytest.raises(OtherNeighbourhood):
        enter(contest, cast.other_doors[0].stairwell, community_worker)


def test_a_building_is_entered_into_a_contest_of_buildings(cast, community_worker):
    contest, stairwell = a_contest(cast.home, community_worker, scope="building"), cast.doors[0].stairwell

    entry = enter(contest, stairwell.building, community_worker)

    assert (entry.building, entry.stairwell) == (stairwell.building, None)
    with pytest.raises(CompetesAlready):
        enter(contest, stairwell.building, community_worker)
    with pytest.raises(WrongScope):
        enter_contest(contest=contest, stairwell=stairwell, by=community_worker)


@pytest.mark.parametrize("scope", ["stairwell", "building"])
def test_all_are_entered_at_once_and_nothing_twice(cast, community_worker, scope):
    contest = a_contest(cast.home, community_worker, scope=scope)
    first = cast.doors[0].stairwell if scope == "stairwell" else cast.doors[0].building
    enter(contest, first, community_worker)
    offered = not_entered(contest)
    assert [len(rows) for rows in offered] == ([0, 1] if scope == "stairwell" else [1, 0])

    assert enter_all(contest=contest, by=community_worker) == 1
    assert enter_all(contest=contest, by=community_worker) == 0

    assert contest.entries.count() == 2
    assert contest.entries.filter(building__neighbourhood=cast.home).count() == 2
    assert [len(rows) for rows in not_entered(contest)] == [0, 0]


def test_an_entry_leaves_until_it_has_points(cast, community_worker):
    contest = a_contest(cast.home, community_worker)
    first, second = (enter(contest, door.stairwell, community_worker) for door in (cast.doors[0], cast.doors[2]))
    judge(first, community_worker, 5)

    leave_contest(entry=second, by=community_worker)

    assert list(contest.entries.all()) == [first]
    with pytest.raises(EntryScored):
        leave_contest(entry=first, by=community_worker)
    with pytest.raises(EntryLeft):
        leave_contest(entry=second, by=community_worker)
    with pytest.raises(EntryLeft):
        judge(second, community_worker, 5)


def test_the_latest_points_of_a_judge_count_and_the_others_stay(cast, community_worker):
    entry = enter(a_contest(cast.home, community_worker), cast.doors[0].stairwell, community_worker)
    judge(entry, community_worker, 10, 8, 6, 4, 2)
    judge(entry, community_worker, 1, judge="李评委")

    score_entry(entry=entry, judge="张评委", points={"clean": 4}, by=community_worker)

    assert ContestScore.objects.filter(entry=entry).count() == 11
    assert len(counting_ids(entry)) == 10
    [line] = result_of(entry.contest)
    assert [str(mark) for _word, mark in line.marks] == ["2.50", "4.50", "3.50", "2.50", "1.50"]
    assert (str(line.total), line.place) == ("14.50", 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        ContestScore.objects.filter(entry=entry).update(points=9)


def test_points_are_refused_out_of_range_and_before_the_contest_begins(cast, community_worker):
    entry = enter(a_contest(cast.home, community_worker), cast.doors[0].stairwell, community_worker)

    with pytest.raises(PointsOutOfRange) as refusal:
        score_entry(entry=entry, judge="甲", points={"clean": 10, "safe": 11}, by=community_worker)

    assert refusal.value.extra == {"most_points": 10}
    later = a_contest(cast.home, community_worker, starts_on=to_come(), ends_on=to_come())
    with pytest.raises(ContestNotBegun):
        judge(enter(later, cast.doors[0].stairwell, community_worker), community_worker, 1)
    assert not ContestScore.objects.exists()


def test_the_result_is_what_the_rule_makes_of_all_scores_in_their_order(cast, community_worker):
    contest = a_contest(cast.home, community_worker)
    first, second = (enter(contest, door.stairwell, community_worker) for door in (cast.doors[0], cast.doors[2]))
    for points, name in ((3, "甲"), (9, "乙"), (4, "甲")):
        judge(first, community_worker, points, judge=name)
    judge(second, community_worker, 7, judge="甲")

    found = standings_of(contest)

    assert [(one.entry, one.total, one.place) for one in found] == [
        (second.pk, Fraction(35), 1),
        (first.pk, Fraction(65, 2), 2),
    ]


def test_a_contest_is_closed_on_its_last_day_once_all_are_judged(cast, community_worker):
    contest = a_contest(cast.home, community_worker)
    last = timezone.make_aware(datetime.combine(contest.ends_on, time(8)))
    with pytest.raises(ContestNotJudged) as nobody:
        close_contest(contest=contest, by=community_worker, at=last)
    first, second = (enter(contest, door.stairwell, community_worker) for door in (cast.doors[0], cast.doors[2]))
    judge(first, community_worker, 8)
    with pytest.raises(ContestNotJudged) as some:
        close_contest(contest=contest, by=community_worker, at=last)
    judge(second, community_worker, 8)
    with pytest.raises(ContestNotOver):
        close_contest(contest=contest, by=community_worker, at=last - timedelta(days=1))

    close_contest(contest=contest, by=community_worker, at=last)

    assert (nobody.value.extra, some.value.extra) == ({"entries": []}, {"entries": [second.pk]})
    contest.refresh_from_db()
    assert contest.state == "closed"
    assert HistoryEntry.objects.get(act="contest_closed").details == {"entries": 2, "best": [first.pk, second.pk]}


def test_a_closed_contest_takes_nothing_more(cast, community_worker):
    contest = a_contest(cast.home, community_worker)
    entry = enter(contest, cast.doors[0].stairwell, community_worker)
    judge(entry, community_worker, 8)
    close_contest(contest=contest, by=community_worker)

    for act in (
        lambda: enter(contest, cast.doors[2].stairwell, community_worker),
        lambda: enter_all(contest=contest, by=community_worker),
        lambda: judge(entry, community_worker, 9),
        lambda: leave_contest(entry=entry, by=community_worker),
        lambda: amend_contest(contest=contest, prize="x", by=community_worker),
        lambda: close_contest(contest=contest, by=community_worker),
    ):
        with pytest.raises(ContestClosed):
            act()
    assert ContestEntry.objects.count() == 1
    assert ContestScore.objects.count() == 5
