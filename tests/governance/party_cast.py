"""Party members, rules of points and butler boards of the cast's home."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.choices import Role
from accounts.models import User
from governance.models import NoticeBoard, PartyMember, PointRule, ServiceRecord
from governance.services.boards import put_up_board
from governance.services.party import check_in_member
from governance.services.points import propose_service, set_rule
from renovation.models import Neighbourhood, Stairwell
from tests.factories import make_division, make_user

DAY = date(2026, 3, 1)


def to_come() -> date:
    """A day that has not come, also for a run that crosses midnight."""
    return timezone.localdate() + timedelta(days=30)


def a_member(neighbourhood: Neighbourhood, by: User, **fields: Any) -> PartyMember:
    told = {"name": "钟爱国", "work_unit": "市一中", "check_in": "unit", "checked_in_on": DAY, "phone": "13812342071"}
    return check_in_member(neighbourhood=neighbourhood, by=by, **{**told, **fields})


def a_rule(division: str = "420502", **fields: Any) -> PointRule:
    told = {"code": "patrol", "name": "义务巡逻", "points": 5, "document": "积分办法", "valid_from": date(2026, 1, 1)}
    by = User.objects.filter(username="ruler").first() or make_user(None, username="ruler")
    return set_rule(division=make_division(division), by=by, **{**told, **fields})


def a_service(member: PartyMember, by: User, rule: PointRule | None = None, **fields: Any) -> ServiceRecord:
    told = {
        "rule": rule or PointRule.objects.first() or a_rule(),
        "done_on": date(2026, 4, 1),
        "text": "夜间巡逻两小时",
    }
    return propose_service(member=member, by=by, **{**told, **fields})


def a_board(stairwell: Stairwell, by: User, **fields: Any) -> NoticeBoard:
    told = {"butler_name": "刘管家", "butler_phone": "0717-6220001", "put_up_on": DAY}
    return put_up_board(stairwell=stairwell, by=by, **{**told, **fields})


HEAD: dict[str, Any] = {
    "building_head_name": "赵楼长",
    "building_head_phone": "13700001111",
    "head_consents_on": date(2026, 2, 20),
}


@pytest.fixture
def deputy_secretary(cast: Any) -> User:
    """A second person who decides on service at home."""
    return make_user(Role.PARTY_SECRETARY, cast.home.code, username="deputy")


def browser(user: User) -> Client:
    """A browser in which the user is signed in; it sends forms."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client
