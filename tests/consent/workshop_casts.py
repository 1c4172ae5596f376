"""What tests of workshops start from: a meeting that is planned, and one that was held."""

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from accounts.choices import Role
from accounts.models import User
from consent.models import Workshop, WorkshopTask
from consent.services.workshops import add_task, hold_workshop, plan_workshop
from renovation.models import Neighbourhood
from tests.factories import make_neighbourhood, make_user

PLAN: dict[str, Any] = {
    "title": "停车位怎么画",
    "place": "东门议事亭",
    "convened_by": "居民委员会",
    "agenda": "一、现状\n二、方案",
}


def today() -> date:
    return timezone.localdate()


def days(number: int) -> timedelta:
    return timedelta(days=number)


def planned(neighbourhood: Neighbourhood | None = None, by: User | None = None, **fields: Any) -> tuple[Workshop, User]:
    """A workshop that is planned for today."""
    neighbourhood = neighbourhood or make_neighbourhood()
    by = by or make_user(Role.COMMUNITY_STAFF, neighbourhood.community_code)
    values = {"kind": "workshop", "held_on": today(), **PLAN, **fields}
    return plan_workshop(neighbourhood=neighbourhood, by=by, **values), by


def held(neighbourhood: Neighbourhood | None = None, by: User | None = None, **fields: Any) -> tuple[Workshop, User]:
    """A workshop that was held ten days ago."""
    told = {name: fields.pop(name) for name in ("attendances", "decisions") if name in fields}
    workshop, by = planned(neighbourhood, by, **{"held_on": today() - days(10), **fields})
    return hold_workshop(workshop=workshop, summary="议了停车。", by=by, **told), by


def task_of(workshop: Workshop, by: User, **fields: Any) -> WorkshopTask:
    """A task due in a month."""
    values = {"text": "画线", "assignee": "王师傅", "due_on": today() + days(30), **fields}
    return add_task(workshop=workshop, by=by, **values)
