"""Tours, tasks and contests of a neighbourhood, for tests."""

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from governance.choices.bodies import BodyKind
from governance.models import Body, Contest, ContestEntry, Inspection, UpkeepTask
from governance.services.contests import enter_contest, open_contest, score_entry
from governance.services.upkeep import plan_inspection
from governance.services.upkeep_tasks import open_task
from renovation.models import Neighbourhood

DAY = date(2026, 10, 12)


def today() -> date:
    return timezone.localdate()


def to_come() -> date:
    """A day that has not come, also for a run that crosses midnight."""
    return today() + timedelta(days=30)


def a_body(neighbourhood: Neighbourhood, **fields: Any) -> Body:
    fields = {
        "kind": BodyKind.PROPERTY_COMPANY,
        "name": "宜物物业",
        "founded_on": date(2025, 1, 1),
        "term_starts_on": date(2025, 1, 1),
        "term_ends_on": date(2028, 12, 31),
        "contract_document": "HT-9",
        **fields,
    }
    made: Body = Body.objects.create(neighbourhood=neighbourhood, **fields)
    return made


def a_tour(neighbourhood: Neighbourhood, by: User, **fields: Any) -> Inspection:
    fields = {"title": "十月巡查", "held_on": DAY, **fields}
    return plan_inspection(neighbourhood=neighbourhood, by=by, **fields)


def a_task(neighbourhood: Neighbourhood, by: User, **fields: Any) -> UpkeepTask:
    fields = {"origin": "repair", "text": "楼道灯不亮", "reported_on": DAY, **fields}
    return open_task(neighbourhood=neighbourhood, by=by, **fields)


def a_contest(neighbourhood: Neighbourhood, by: User, **fields: Any) -> Contest:
    fields = {
        "title": "最美楼道",
        "scope": "stairwell",
        "starts_on": DAY,
        "ends_on": DAY + timedelta(days=20),
        **fields,
    }
    return open_contest(neighbourhood=neighbourhood, by=by, **fields)


def enter(contest: Contest, place: Any, by: User) -> ContestEntry:
    return enter_contest(contest=contest, by=by, **{contest.scope: place})


def judge(entry: ContestEntry, by: User, *points: int, judge: str = "张评委") -> None:
    """Points for the goal words in their order; one for all where only one is given."""
    words = ("clean", "clear", "bright", "safe", "beautiful")
    given = points * 5 if len(points) == 1 else points
    score_entry(entry=entry, judge=judge, points=dict(zip(words, given, strict=True)), by=by)
