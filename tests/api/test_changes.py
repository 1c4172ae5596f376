import threading
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from accounts.models import Change, User
from accounts.services.changes import number_changes
from accounts.services.history import add_history
from consent.services.policies import set_policy
from renovation.models import Household
from tests.api.helpers import API, signed_in, system
from tests.cast import ELSEWHERE, GRID, HERE, Cast
from tests.factories import make_division, make_household, make_neighbourhood, make_ownership


def change(thing: Model, by: User | None = None) -> None:
    add_history(thing, "changed", by=by, fields=["floor"])


def test_changes_are_read_on_from_a_cursor(cast: Cast) -> None:
    client = system("registry:read", territory=HERE)
    for door in cast.doors[:3]:
        change(door)

    first = client.get(f"{API}/changes/?page_size=2").json()
    second = client.get(f"{API}/changes/?after={first['next_after']}").json()
    third = client.get(f"{API}/changes/?after={second['next_after']}").json()

    seen = [row["id"] for row in first["results"] + second["results"]]
    assert seen == [door.pk for door in cast.doors[:3]]
    assert third == {"results": [], "next_after": second["next_after"], "more": False}
    assert set(first["results"][0]) == {"cursor", "at", "resource", "id", "action", "fields"}
    assert first["results"][0]["fields"] == ["floor"]


def test_changes_elsewhere_and_of_other_scopes_are_not_shown(cast: Cast) -> None:
    change(cast.doors[0])

    assert len(system("registry:read", territory=HERE).get(f"{API}/changes/").json()["results"]) == 1
    assert system("registry:read", territory=ELSEWHERE).get(f"{API}/changes/").json()["results"] == []
    assert system("consent:read", territory=HERE).get(f"{API}/changes/").json()["results"] == []


def test_a_grid_worker_is_told_of_the_doors_that_it_sees(cast: Cast, grid_worker: User, community_worker: User) -> None:
    in_no_grid = make_household(neighbourhood=cast.home)
    for thing in (
        cast.doors[0],
        cast.doors[2],
        in_no_grid,
        cast.doors[0].stairwell,
        make_ownership(household=in_no_grid),
    ):
        change(thing)
    add_history(cast.doors[1].building, "changed", by=None)

    def seen_by(user: User) -> list[tuple[str, int]]:
        rows = signed_in(user).get(f"{API}/changes/").json()["results"]
        return [(row["resource"], row["id"]) for row in rows]

    told = seen_by(community_worker)
    assert len(told) == 6
    assert seen_by(grid_worker) == [one for one in told if one != ("households", cast.doors[2].pk)]


def test_a_change_whose_grid_is_not_known_is_for_those_who_see_every_grid(
    cast: Cast, grid_worker: User, community_worker: User
) -> None:
    change(cast.doors[0])
    Change.objects.update(grid=None)

    assert len(signed_in(community_worker).get(f"{API}/changes/").json()["results"]) == 1
    assert signed_in(grid_worker).get(f"{API}/changes/").json()["results"] == []


@pytest.mark.parametrize("territory", [HERE[:4], HERE, GRID, f"{HERE}-001"])
def test_a_policy_is_told_of_to_those_whom_it_binds(cast: Cast, territory: str) -> None:
    for code in (HERE[:4], HERE[:6], ELSEWHERE[:6]):
        set_policy(
            division=make_division(code),
            by=None,
            pass_share=Decimal("0.95"),
            valid_from=timezone.localdate(),
            document="",
        )
    client = system("consent:read", territory=territory)
    listed = {row["id"] for row in client.get(f"{API}/consent-policies/").json()["results"]}

    told = {row["id"] for row in client.get(f"{API}/changes/?resource=consent-policies").json()["results"]}

    assert told == listed
    assert len(told) == (3 if territory == HERE[:4] else 2)


def test_changes_of_one_resource(cast: Cast) -> None:
    change(cast.doors[0])
    add_history(cast.home, "changed", by=None)
    client = system("registry:read", territory=HERE)

    rows = client.get(f"{API}/changes/?resource=neighbourhoods").json()["results"]

    assert [(row["resource"], row["id"]) for row in rows] == [("neighbourhoods", cast.home.pk)]


@pytest.mark.parametrize(
    "query", ["after=x", "after=-1", "after=99999999999999999999", "after=%00", "resource=cats", "a=1"]
)
def test_a_cursor_that_is_none_is_400(cast: Cast, community_worker: User, query: str) -> None:
    assert signed_in(community_worker).get(f"{API}/changes/?{query}").status_code == 400


def in_thread(work: Callable[[], None]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True)
def test_a_change_that_commits_late_gets_a_later_number() -> None:
    early, late = make_household(), make_household()
    written, may_commit = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            change(late)
            written.set()
            assert may_commit.wait(10)

    thread = in_thread(hold)
    assert written.wait(10)
    change(early)
    assert number_changes() == 1
    may_commit.set()
    thread.join()

    assert number_changes() == 1
    rows = list(Change.objects.order_by("cursor").values_list("object_id", "cursor"))
    assert rows == [(early.pk, 1), (late.pk, 2)]
    # The late one was written first: by its id alone a reader at cursor 1 would have missed it.
    assert list(Change.objects.order_by("id").values_list("object_id", flat=True)) == [late.pk, early.pk]


@pytest.mark.django_db(transaction=True)
def test_readers_among_writers_miss_nothing_and_see_nothing_twice() -> None:
    neighbourhood = make_neighbourhood(community_code=HERE)
    doors = [make_household(neighbourhood=neighbourhood) for _number in range(4)]
    writing = True
    seen: dict[str, list[int]] = {"a": [], "b": []}

    def write(door: Household) -> None:
        for _number in range(25):
            with transaction.atomic():
                Household.objects.select_for_update().get(pk=door.pk)
                change(door)

    def read(name: str) -> None:
        after = 0
        while True:
            last_round = not writing
            number_changes()
            rows = list(Change.objects.filter(cursor__gt=after).order_by("cursor").values_list("cursor", "id"))
            seen[name] += [row for _cursor, row in rows]
            after = rows[-1][0] if rows else after
            if last_round and not rows:
                return

    readers = [in_thread(lambda name=name: read(name)) for name in seen]
    writers = [in_thread(lambda door=door: write(door)) for door in doors]
    for thread in writers:
        thread.join()
    writing = False
    for thread in readers:
        thread.join()

    assert Change.objects.count() == 100
    for name in seen:
        assert len(seen[name]) == 100
        assert len(set(seen[name])) == 100
    for door in doors:
        own = Change.objects.filter(object_id=door.pk)
        assert list(own.order_by("cursor").values_list("id")) == list(own.order_by("id").values_list("id"))
