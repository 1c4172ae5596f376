"""`changes/` in pieces: from now on, in portions, and as long as they are kept."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.api import changes as changes_api
from accounts.models import Change
from accounts.services import changes
from accounts.services.change_rows import tell_changes
from accounts.services.changes import forget_changes, lowest_after, number_changes
from tests.api.helpers import API, system
from tests.cast import ELSEWHERE, HERE, Cast

pytestmark = pytest.mark.django_db


def tell(thing: Any, times: int = 1) -> None:
    for _time in range(times):
        tell_changes([thing], fields=["floor"])


def test_latest_begins_with_what_comes(cast: Cast) -> None:
    client = system("registry:read", territory=HERE)
    tell(cast.doors[0])

    begun = client.get(f"{API}/changes/?after=latest").json()
    tell(cast.doors[1])
    followed = client.get(f"{API}/changes/?after={begun['next_after']}").json()

    assert (begun["results"], begun["more"]) == ([], False)
    assert [row["id"] for row in followed["results"]] == [cast.doors[1].pk]


def test_several_are_told_at_once_each_once_and_in_order(cast: Cast, django_assert_num_queries: Any) -> None:
    first, second = cast.doors[:2]

    with django_assert_num_queries(1):
        tell_changes([second, first, second], fields=["floor"])

    client = system("registry:read", territory=HERE)
    rows = client.get(f"{API}/changes/").json()["results"]
    assert [(row["id"], row["action"], row["fields"]) for row in rows] == [
        (second.pk, "updated", ["floor"]),
        (first.pk, "updated", ["floor"]),
    ]
    assert set(Change.objects.values_list("community_code", "neighbourhood_code", "grid")) == {
        (door.community_code, door.neighbourhood_code, door.grid) for door in (first, second)
    }


def test_numbers_are_given_in_portions_of_the_lowest_ids(cast: Cast) -> None:
    for door in cast.doors[:3]:
        tell(door)

    assert number_changes(2) == 2
    assert list(Change.objects.order_by("id").values_list("cursor", flat=True)) == [1, 2, None]
    assert (number_changes(2), number_changes(2)) == (1, 0)
    assert list(Change.objects.order_by("id").values_list("cursor", flat=True)) == [1, 2, 3]


def test_a_reader_follows_through_portions_and_windows(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is elsewhere takes whole windows: these come empty, and say that there is more."""
    monkeypatch.setattr(changes_api, "WINDOW", 3)
    monkeypatch.setattr(changes_api, "AT_ONCE", 4)
    monkeypatch.setattr(changes.number_changes, "__defaults__", (4,))
    client = system("registry:read", territory=HERE)
    tell(cast.doors[0], 2)
    tell(cast.next_door, 7)
    tell(cast.doors[1])
    pages: list[dict[str, Any]] = []
    after = "0"

    while not pages or pages[-1]["more"]:
        pages.append(client.get(f"{API}/changes/?after={after}").json())
        after = pages[-1]["next_after"]

    assert [len(page["results"]) for page in pages] == [2, 0, 0, 1]
    assert [page["next_after"] for page in pages] == ["3", "6", "9", "10"]
    assert [page["more"] for page in pages] == [True, True, True, False]
    assert pages[-1]["results"][0]["id"] == cast.doors[1].pk


def test_a_request_looks_through_a_window_and_no_further(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes_api, "WINDOW", 2)
    tell(cast.doors[0], 5)

    page = system("registry:read", territory=HERE).get(f"{API}/changes/?after=1").json()

    assert ([row["cursor"] for row in page["results"]], page["next_after"]) == (["2", "3"], "3")


@pytest.fixture
def kept(cast: Cast) -> list[Change]:
    """Five changes, of which the second and the third are of long ago, and the fourth is not."""
    tell(cast.doors[0], 5)
    number_changes()
    long_ago = timezone.now() - timedelta(days=401)
    Change.objects.filter(cursor__in=(1, 2, 3, 5)).update(at=long_ago)
    return list(Change.objects.order_by("cursor"))


def test_old_changes_go_from_the_lowest_number_up(kept: list[Change]) -> None:
    assert forget_changes() == 3
    assert list(Change.objects.order_by("cursor").values_list("cursor", flat=True)) == [4, 5]
    assert forget_changes() == 0


def test_the_last_change_stays_and_the_next_is_numbered_above_it(cast: Cast, kept: list[Change]) -> None:
    Change.objects.update(at=timezone.now() - timedelta(days=401))

    assert forget_changes() == 4
    tell(cast.doors[1])
    assert number_changes() == 1
    assert list(Change.objects.order_by("cursor").values_list("cursor", flat=True)) == [5, 6]


def test_what_waits_for_its_number_is_not_forgotten(cast: Cast) -> None:
    tell(cast.doors[0])
    Change.objects.update(at=timezone.now() - timedelta(days=500))

    assert forget_changes() == 0
    assert Change.objects.count() == 1


def test_portions_of_what_is_forgotten_add_up(kept: list[Change], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "TIDIED_AT_ONCE", 2)

    call_command("tidy")

    assert lowest_after() == 3


@pytest.mark.parametrize(
    ("after", "status"), [("0", 410), ("2", 410), ("3", 200), ("5", 200), ("6", 410), ("latest", 200)]
)
def test_a_cursor_from_before_what_is_kept_or_after_it_is_410(kept: list[Change], after: str, status: int) -> None:
    forget_changes()
    client = system("registry:read", territory=HERE)

    answer = client.get(f"{API}/changes/?after={after}")

    assert answer.status_code == status
    if status == 410:
        assert answer.json()["code"] == "cursor_expired"


def test_what_is_forgotten_while_a_reader_asks_is_not_passed_over(kept: list[Change]) -> None:
    forgot: list[int] = []

    def forget_first(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "accounts_change" in sql and "ORDER BY" in sql and not forgot:
            forgot.append(0)
            forgot.append(forget_changes())
        return execute(sql, params, many, context)

    client = system("registry:read", territory=HERE)

    with connection.execute_wrapper(forget_first):
        answer = client.get(f"{API}/changes/?after=1")

    assert forgot == [0, 3]
    assert (answer.status_code, answer.json()["code"]) == (410, "cursor_expired")


def test_without_a_cursor_the_first_that_is_kept_is_the_first(kept: list[Change]) -> None:
    forget_changes()
    rows = system("registry:read", territory=HERE).get(f"{API}/changes/").json()["results"]

    assert [row["cursor"] for row in rows] == ["4", "5"]


def test_the_menu_is_told_to_all_and_to_whom_it_is_not_read_by_not(cast: Cast) -> None:
    Change.objects.create(resource="menu-editions", object_id=1, action="created")

    for territory in (HERE, ELSEWHERE, f"{HERE}-001"):
        told = system("plans:read", territory=territory).get(f"{API}/changes/").json()["results"]
        assert [row["resource"] for row in told] == ["menu-editions"]
    assert system("registry:read", territory=HERE).get(f"{API}/changes/").json()["results"] == []
