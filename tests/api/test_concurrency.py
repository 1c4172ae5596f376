"""What only real connections show: one key by two at once, and numbers given to two at once."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from accounts.choices import Role
from accounts.errors import RequestInFlight
from accounts.models import IdempotencyKey
from accounts.services.idempotency import claim_key
from renovation.models import Building, Neighbourhood
from renovation.services.neighbourhoods import register_neighbourhood
from tests.api.helpers import API, signed_in
from tests.cast import HERE
from tests.factories import make_division, make_neighbourhood, make_user

pytestmark = pytest.mark.django_db(transaction=True)


def in_threads(*works: Callable[[], None]) -> list[BaseException]:
    """Run at once; what they raised."""
    raised: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_a_key_in_flight_is_409_and_free_again_when_its_request_failed() -> None:
    user = make_user(Role.COMMUNITY_STAFF, HERE)
    home = make_neighbourhood(community_code=HERE)
    claimed, answered = threading.Event(), threading.Event()

    def first() -> None:
        with transaction.atomic():
            assert claim_key(user=user, key="k", request_hash=b"x") is None
            claimed.set()
            assert answered.wait(10)
            transaction.set_rollback(True)

    def second() -> None:
        assert claimed.wait(10)
        try:
            client = signed_in(user)
            body = {"neighbourhood": home.pk, "number": "1"}
            response = client.post(f"{API}/buildings/", body, HTTP_IDEMPOTENCY_KEY="k")
            assert (response.status_code, response.json()["code"]) == (409, RequestInFlight.code)
            assert not Building.objects.exists()
        finally:
            answered.set()

    assert in_threads(first, second) == []

    again = signed_in(user).post(
        f"{API}/buildings/", {"neighbourhood": home.pk, "number": "1"}, HTTP_IDEMPOTENCY_KEY="k"
    )
    assert again.status_code == 201
    assert IdempotencyKey.objects.get().status == 201


def test_one_request_sent_many_times_at_once_is_done_once() -> None:
    user = make_user(Role.COMMUNITY_STAFF, HERE)
    home = make_neighbourhood(community_code=HERE)
    statuses: list[int] = []

    def send() -> None:
        body = {"neighbourhood": home.pk, "number": "1"}
        statuses.append(signed_in(user).post(f"{API}/buildings/", body, HTTP_IDEMPOTENCY_KEY="k").status_code)

    assert in_threads(*[send] * 6) == []

    assert 201 in statuses
    assert set(statuses) <= {201, 409}
    assert Building.objects.count() == 1


def test_neighbourhoods_registered_at_once_get_numbers_of_their_own() -> None:
    community = make_division(HERE)

    raised = in_threads(*[lambda: register_neighbourhood(community=community, name="x", by=None) and None] * 8)

    assert raised == []
    codes = sorted(Neighbourhood.objects.values_list("code", flat=True))
    assert codes == [f"{HERE}-{number:03}" for number in range(1, 9)]
