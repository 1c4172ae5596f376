"""Requests are counted by all processes together, and a client may have a limit of its own."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import ApiClient
from accounts.services import rate_counts
from accounts.services.rate_counts import count_request, forget_here, forget_minutes
from tests.api.helpers import token_of
from tests.factories import make_client

NOW = 1_800_000_000.0
MINUTE = 60


@pytest.fixture
def caller() -> str:
    """Somebody of whom nothing was counted."""
    forget_here()
    return f"test:{uuid4()}"


def another_process() -> None:
    """What another process knows: nothing of what was counted here but what stands in the table."""
    forget_here()


def asks(caller: str, times: int, limit: int, *, now: float = NOW) -> list[bool]:
    return [count_request(caller, limit, now=now) for _time in range(times)]


@pytest.mark.django_db
def test_so_many_a_minute_and_no_more(caller: str) -> None:
    assert asks(caller, 5, 3) == [True, True, True, False, False]
    assert asks(caller, 2, 3, now=NOW + MINUTE) == [True, True]


@pytest.mark.django_db(transaction=True)
def test_processes_see_what_the_others_counted(caller: str) -> None:
    assert asks(caller, 3, 5) == [True] * 3
    another_process()
    assert asks(caller, 4, 5) == [True, True, False, False]
    another_process()
    assert asks(caller, 1, 5) == [False]
    another_process()
    assert asks(caller, 5, 5, now=NOW + MINUTE) == [True] * 5


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("limit", "share"), [(99, 1), (1_000, 10), (60_000, 50)])
def test_a_share_of_the_limit_is_told_at_a_time(caller: str, limit: int, share: int) -> None:
    with CaptureQueriesContext(connection) as captured:
        asks(caller, 5 * share, limit)

    assert len(captured) == 5


@pytest.mark.django_db(transaction=True)
def test_a_caller_goes_beyond_its_limit_by_a_share_for_each_process(caller: str) -> None:
    limit, share, processes = 1_000, 10, 4
    passed = 0
    for _process in range(processes):
        another_process()
        passed += sum(asks(caller, limit, limit))

    assert limit <= passed <= limit + processes * share


@pytest.mark.django_db(transaction=True)
def test_who_is_over_the_limit_costs_no_statement(caller: str) -> None:
    asks(caller, 4, 3)

    with CaptureQueriesContext(connection) as captured:
        asks(caller, 100, 3)

    assert len(captured) == 0


@pytest.mark.django_db(transaction=True)
def test_inside_a_transaction_no_row_is_locked(caller: str) -> None:
    with transaction.atomic(), CaptureQueriesContext(connection) as captured:
        asks(caller, 3, 10)
    inside = [query for query in captured if "accounts_ratecount" in query["sql"]]
    asks(caller, 1, 10)
    another_process()

    assert inside == []
    assert asks(caller, 7, 10) == [True] * 6 + [False]


@pytest.mark.django_db(transaction=True)
def test_a_machine_whose_clock_is_behind_sets_no_count_back(caller: str) -> None:
    asks(caller, 3, 4, now=NOW + MINUTE)
    another_process()

    assert asks(caller, 2, 4, now=NOW) == [True, False]


@pytest.mark.django_db(transaction=True)
def test_what_was_counted_an_hour_ago_is_forgotten(caller: str) -> None:
    forget_minutes(now=NOW + 10 * 3600)
    asks(caller, 1, 1, now=NOW)
    asks(f"{caller} later", 1, 1, now=NOW + 2 * MINUTE)

    assert forget_minutes(now=NOW + 61 * MINUTE) == 1


@pytest.mark.django_db
def test_a_client_has_its_own_limit_where_it_was_given_one(settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = {"client": 0, "user": 0, "visitor": 0}
    limited, other = make_client("registry:read", requests_per_minute=2), make_client("registry:read")
    rate_counts.forget_here()

    def statuses(row: ApiClient) -> list[int]:
        http = APIClient()
        http.credentials(HTTP_AUTHORIZATION=f"Bearer {token_of(row)}")
        return [http.get("/api/v1/divisions/").status_code for _time in range(5)]

    # Five meet a limit of two, also where a minute ends among them.
    assert 429 in statuses(limited)
    assert statuses(other) == [200] * 5
