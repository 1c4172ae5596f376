from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.choices import Access, Act, Role
from accounts.models import HistoryEntry, User
from accounts.permissions import may_write
from accounts.services.users import create_user, end_role, give_role
from tests.cast import GRID, HERE, THERE, Cast
from tests.factories import give_role as give_role_row
from tests.factories import make_client, make_user

pytestmark = pytest.mark.django_db


def test_a_user_gets_roles_from_today() -> None:
    user = create_user(username="zhou", password="a-long-word-1", roles=[(Role.COMMUNITY_STAFF, HERE)])

    assert user.roles_in_force == [(Role.COMMUNITY_STAFF, HERE)]
    assert user.check_password("a-long-word-1")
    assert not user.is_staff
    assert list(HistoryEntry.objects.order_by("id").values_list("act", flat=True)) == ["created", "role_given"]


def test_an_auditor_opens_the_back_office() -> None:
    assert create_user(username="a", password=None, roles=[(Role.AUDITOR, "4205")]).is_staff


@pytest.mark.parametrize(("role", "territory"), [("king", HERE), (Role.ADMIN, "42050"), (Role.ADMIN, "")])
def test_a_role_or_place_that_is_none_is_refused_and_nobody_made(role: str, territory: str) -> None:
    with pytest.raises(ValidationError):
        create_user(username="a", password=None, roles=[(role, territory)])
    assert User.objects.count() == 0


def test_a_name_that_is_taken_is_refused() -> None:
    create_user(username="a", password=None)
    with pytest.raises(ValidationError):
        create_user(username="a", password=None)


def test_roles_hold_on_their_first_and_last_day() -> None:
    today = timezone.localdate()
    user = make_user(None)
    give_role(user=user, role=Role.GRID_WORKER, territory=HERE, starts_on=today, ends_on=today)
    give_role(user=user, role=Role.AUDITOR, territory=HERE, starts_on=today + timedelta(days=1))
    give_role_row(user, Role.ADMIN, HERE, ends_on=today - timedelta(days=1))

    assert user.roles_in_force == [(Role.GRID_WORKER, HERE)]


def test_a_role_ends_on_its_last_day() -> None:
    user = make_user(Role.GRID_WORKER, HERE)
    assignment = user.assignments.get()

    end_role(assignment=assignment, on=timezone.localdate() - timedelta(days=1), by=None)

    assert User.objects.get(pk=user.pk).roles_in_force == []


def test_a_role_ends_once_and_not_before_it_begins() -> None:
    assignment, today = make_user(Role.GRID_WORKER, HERE).assignments.get(), timezone.localdate()

    with pytest.raises(ValidationError):
        end_role(assignment=assignment, on=date(2019, 1, 1), by=None)
    end_role(assignment=assignment, on=today - timedelta(days=1), by=None)
    with pytest.raises(ValidationError):
        end_role(assignment=assignment, on=today + timedelta(days=1), by=None)

    assignment.refresh_from_db()
    assert assignment.ends_on == today - timedelta(days=1)


def test_two_roles_reach_two_places() -> None:
    user = make_user(Role.COMMUNITY_STAFF, HERE)
    give_role_row(user, Role.GRID_WORKER, THERE)

    assert user.reach(Act.REGISTRY).divisions == (HERE, THERE)
    assert user.reach(Act.REGISTRY, Access.WRITE).divisions == (HERE,)
    assert user.reach_for_round(1).divisions == (HERE,)
    assert user.reach_for_round(2).divisions == (HERE, THERE)
    assert user.reach_for_round(None).divisions == (HERE,)


def test_an_inactive_user_reaches_nothing() -> None:
    user = make_user(Role.COMMUNITY_STAFF, HERE, is_active=False)

    assert not user.reach(Act.REGISTRY)


def test_writing_asks_where_the_thing_lies(cast: Cast, community_worker: User, auditor: User) -> None:
    assert may_write(community_worker, Act.REGISTRY, cast.home)
    assert not may_write(community_worker, Act.REGISTRY, cast.next_door)
    assert not may_write(auditor, Act.REGISTRY, cast.home)


def test_a_client_of_a_grid_writes_what_lies_in_the_grid_only(cast: Cast) -> None:
    client = make_client("registry:write", "consent:write", territory=GRID).service_user
    inside, outside = cast.doors[0], cast.doors[2]
    assert may_write(client, Act.REGISTRY, inside)
    assert not may_write(client, Act.REGISTRY, outside)

    for act, thing in (
        (Act.REGISTRY, cast.home),
        (Act.SURVEYS, cast.home),
        (Act.CONSENT_POLICIES, cast.home.community),
    ):
        assert not may_write(client, act, thing)
