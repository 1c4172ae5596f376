"""Many rows in one request: each as by a request of its own, and what is asked once for all of them."""

from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.bulk import MOST_ITEMS, bulk_methods
from accounts.choices import Role
from accounts.models import Change, HistoryEntry, User
from accounts.services import rate_counts
from config.api import router
from renovation.models import Building, Household
from tests.api.helpers import API, signed_in, system
from tests.cast import HERE, Cast
from tests.factories import make_user
from tests.walk import Home

BUILDINGS = f"{API}/buildings/bulk/"
HOUSEHOLDS = f"{API}/households/bulk/"


@pytest.fixture
def client(cast: Cast, community_worker: User) -> APIClient:
    return signed_in(community_worker)


def results(response: Any, status: int = 200) -> list[dict[str, Any]]:
    assert response.status_code == status, response.content
    return response.json()["results"]  # type: ignore[no-any-return]


def statuses(response: Any, status: int = 200) -> list[str]:
    return [result["status"] for result in results(response, status)]


def numbers() -> list[str]:
    return sorted(Building.objects.exclude(number__in=["1", "2"]).values_list("number", flat=True))


def building(cast: Cast, number: str, **fields: Any) -> dict[str, Any]:
    return {"neighbourhood": cast.home.pk, "number": number, **fields}


# --- Making rows -----------------------------------------------------------------------------------


def test_each_item_is_made_and_answered_as_by_itself(cast: Cast, client: APIClient) -> None:
    alone = client.post(f"{API}/buildings/", building(cast, "70", floor_count=6))

    made = results(client.post(BUILDINGS, {"items": [building(cast, "71", floor_count=6), building(cast, "72")]}))

    assert [(one["index"], one["status"], one["problem"]) for one in made] == [
        (0, "created", None),
        (1, "created", None),
    ]
    assert [one["object"]["number"] for one in made] == ["71", "72"]
    assert set(made[0]["object"]) == set(alone.json())
    for one in made:
        read = client.get(f"{API}/buildings/{one['id']}/")
        assert (one["object"], one["etag"]) == (read.json(), read["ETag"])
        assert Change.objects.filter(resource="buildings", object_id=one["id"], action="created").count() == 1
        assert HistoryEntry.objects.filter(resource="buildings", object_id=one["id"]).count() == 1


def test_a_refused_item_stops_no_other_and_says_where(cast: Cast, client: APIClient) -> None:
    sent = [building(cast, "71"), building(cast, "71"), {"neighbourhood": cast.next_door.pk, "number": ""}, "x"]
    sent.append(building(cast, "72"))

    answered = results(client.post(BUILDINGS, {"items": sent}))

    assert [one["status"] for one in answered] == ["created", "rejected", "rejected", "rejected", "created"]
    problems = [one["problem"] for one in answered[1:4]]
    assert [(problem["status"], problem["code"]) for problem in problems] == [
        (409, "already_exists"),
        (400, "invalid"),
        (400, "invalid"),
    ]
    assert {error["pointer"] for error in problems[1]["errors"]} == {"/items/2/neighbourhood", "/items/2/number"}
    assert [error["pointer"] for error in problems[2]["errors"]] == ["/items/3"]
    assert [one["object"] for one in answered[1:4]] == [None] * 3
    assert numbers() == ["71", "72"]


def test_all_or_nothing_does_nothing_and_says_all_that_is_wrong(cast: Cast, client: APIClient) -> None:
    sent = [building(cast, "71"), building(cast, ""), building(cast, "72"), {}]

    response = client.post(BUILDINGS, {"items": sent, "mode": "all_or_nothing"})

    assert (response.json()["code"], response["Content-Type"]) == ("items_refused", "application/problem+json")
    assert statuses(response, 422) == ["not_done", "rejected", "not_done", "rejected"]
    assert [one["id"] for one in results(response, 422)] == [None] * 4
    assert numbers() == []
    assert not Change.objects.filter(resource="buildings", action="created").exists()


def test_all_or_nothing_without_a_fault_does_all(cast: Cast, client: APIClient) -> None:
    sent = [building(cast, "71"), building(cast, "72")]

    assert statuses(client.post(BUILDINGS, {"items": sent, "mode": "all_or_nothing"})) == ["created", "created"]
    assert numbers() == ["71", "72"]


# --- Changing rows ---------------------------------------------------------------------------------


def test_rows_are_changed_by_their_id_and_version(cast: Cast, client: APIClient) -> None:
    first, second, third, _fourth = cast.doors
    tag = client.get(f"{API}/households/{first.pk}/")["ETag"]
    client.patch(f"{API}/households/{second.pk}/", {"floor": 5})

    answered = results(
        client.patch(
            HOUSEHOLDS,
            {
                "items": [
                    {"id": first.pk, "if_match": tag, "floor": 3},
                    {"id": second.pk, "if_match": f'"{second.pk}-1"', "floor": 3},
                    {"id": third.pk, "floor": 3},
                    {"id": third.pk, "if_match": None, "floor": "x"},
                ]
            },
        )
    )

    assert [one["status"] for one in answered] == ["updated", "rejected", "updated", "rejected"]
    assert (answered[1]["problem"]["status"], answered[1]["problem"]["code"]) == (412, "stale_version")
    assert [error["pointer"] for error in answered[3]["problem"]["errors"]] == ["/items/3/floor"]
    floors = dict(Household.objects.values_list("pk", "floor"))
    assert [floors[door.pk] for door in (first, second, third)] == [3, 5, 3]
    assert answered[0]["etag"] == client.get(f"{API}/households/{first.pk}/")["ETag"] != tag


@pytest.mark.parametrize("bad", [None, True, "7", 0, -1, 1.5, 2**63, [1]])
def test_an_id_is_a_number(client: APIClient, bad: Any) -> None:
    (answered,) = results(client.patch(HOUSEHOLDS, {"items": [{"id": bad, "floor": 3}]}))

    (error,) = answered["problem"]["errors"]
    assert (error["pointer"], error["code"]) == ("/items/0/id", "incorrect_type")


def test_a_version_is_a_text(cast: Cast, client: APIClient) -> None:
    (answered,) = results(client.patch(HOUSEHOLDS, {"items": [{"id": cast.doors[0].pk, "if_match": 1}]}))

    assert [one["pointer"] for one in answered["problem"]["errors"]] == ["/items/0/if_match"]


def test_what_lies_elsewhere_is_not_there(cast: Cast, client: APIClient) -> None:
    assert Household.objects.filter(pk=cast.other_doors[0].pk).exists()

    (answered,) = results(client.patch(HOUSEHOLDS, {"items": [{"id": cast.other_doors[0].pk, "floor": 3}]}))

    assert answered["problem"]["status"] == 404


def test_what_is_seen_and_not_to_be_changed_is_403(cast: Cast) -> None:
    official = signed_in(make_user(Role.CITY_OFFICIAL, HERE[:4]))

    (answered,) = results(official.patch(HOUSEHOLDS, {"items": [{"id": cast.doors[0].pk, "floor": 3}]}))

    assert answered["problem"]["status"] == 403


# --- What is asked once ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["/items"]),
        ([], ["/items"]),
        ({"items": []}, ["/items"]),
        ({"items": {}}, ["/items"]),
        ({"items": [{}] * (MOST_ITEMS + 1)}, ["/items"]),
        ({"items": [{}], "mode": "most"}, ["/mode"]),
        ({"items": "x", "mode": []}, ["/items", "/mode"]),
    ],
)
def test_what_is_no_bulk_is_refused_whole(client: APIClient, body: Any, pointers: list[str]) -> None:
    response = client.post(BUILDINGS, body, format="json")

    assert response.status_code == 400
    assert [error["pointer"] for error in response.json()["errors"]] == pointers


def test_a_visitor_and_a_client_without_the_scope_get_no_further(cast: Cast) -> None:
    body = {"items": [building(cast, "71")]}

    assert signed_in(None).post(BUILDINGS, body).status_code == 401
    refused = system("registry:read").post(BUILDINGS, body)
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
    assert statuses(system("registry:write").post(BUILDINGS, body)) == ["created"]


def test_a_page_needs_its_token(cast: Cast, community_worker: User) -> None:
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(community_worker, backend="django.contrib.auth.backends.ModelBackend")

    assert browser.post(BUILDINGS, {"items": [building(cast, "71")]}).status_code == 403
    assert numbers() == []


def test_a_repeated_request_is_done_once(cast: Cast, client: APIClient) -> None:
    body = {"items": [building(cast, "71"), building(cast, "")]}

    first = client.post(BUILDINGS, body, headers={"idempotency-key": "k"})
    again = client.post(BUILDINGS, body, headers={"idempotency-key": "k"})

    assert again["Idempotent-Replayed"] == "true"
    assert again.json() == first.json()
    assert statuses(first) == ["created", "rejected"]
    assert Building.objects.filter(number="71").count() == 1


def test_the_limit_counts_items(cast: Cast, client: APIClient, settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = {**settings.API_REQUESTS_PER_MINUTE, "user": 3}
    rate_counts.forget_here()

    within = client.post(BUILDINGS, {"items": [building(cast, str(number)) for number in (71, 72)]})
    beyond = client.post(BUILDINGS, {"items": [building(cast, str(number)) for number in (73, 74)]})
    rate_counts.forget_here()

    assert statuses(within) == ["created", "created"]
    assert beyond.status_code == 429
    assert int(beyond["Retry-After"]) > 0
    assert numbers() == ["71", "72"]


def test_writers_who_met_are_told_to_come_again(cast: Cast, client: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock that was lost is no fault of the item: nothing is done, and the same request with the same key may."""
    from renovation.api import base

    make = base.create_row

    class Lost(Exception):
        pgcode = "40P01"

    def met(model: Any, **values: Any) -> Any:
        if values["number"] == "72":
            raise OperationalError("deadlock detected") from Lost()
        return make(model, **values)

    body = {"items": [building(cast, "71"), building(cast, "72")]}
    with monkeypatch.context() as patch:
        patch.setattr(base, "create_row", met)
        response = client.post(BUILDINGS, body, headers={"idempotency-key": "k"})

    assert (response.status_code, response["Retry-After"]) == (503, "1")
    assert numbers() == []
    assert statuses(client.post(BUILDINGS, body, headers={"idempotency-key": "k"})) == ["created", "created"]


def test_a_fault_of_ours_is_a_500_and_nothing_is_done(
    cast: Cast, client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from renovation.api import base

    make = base.create_row

    def broken(model: Any, **values: Any) -> Any:
        return make(model, **values) if values["number"] == "71" else 1 / 0

    monkeypatch.setattr(base, "create_row", broken)
    client.raise_request_exception = False

    response = client.post(BUILDINGS, {"items": [building(cast, "71"), building(cast, "72")]})

    assert (response.status_code, response.json()["code"]) == (500, "internal_error")
    assert numbers() == []


def test_fields_are_those_of_each_object(cast: Cast, client: APIClient) -> None:
    made = results(client.post(f"{BUILDINGS}?fields=number", {"items": [building(cast, "71")]}))
    unknown = client.post(f"{BUILDINGS}?fields=nmae", {"items": [building(cast, "72")]})

    assert made[0]["object"] == {"id": made[0]["id"], "number": "71"}
    assert (unknown.status_code, [one["pointer"] for one in unknown.json()["errors"]]) == (400, ["/fields"])
    assert numbers() == ["71"]


def test_an_unknown_parameter_is_an_error(cast: Cast, client: APIClient) -> None:
    assert client.post(f"{BUILDINGS}?dry_run=true", {"items": [building(cast, "71")]}).status_code == 400
    assert numbers() == []


def test_personal_fields_are_masked_in_bulk_too(cast: Cast) -> None:
    client = signed_in(make_user(Role.COMMUNITY_STAFF, HERE))
    alone = client.patch(f"{API}/households/{cast.doors[0].pk}/", {"floor": 2}).json()

    (many,) = results(client.patch(HOUSEHOLDS, {"items": [{"id": cast.doors[0].pk, "floor": 3}]}))

    assert {**many["object"], "floor": 2, "updated_at": None} == {**alone, "updated_at": None}


def test_many_cost_no_more_than_each_alone_and_one_authentication(cast: Cast) -> None:
    def queries(call: Any) -> list[str]:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert call().status_code in (200, 201)
        return [query["sql"] for query in captured.captured_queries]

    client = system("registry:write")
    alone = queries(lambda: client.post(f"{API}/buildings/", building(cast, "one")))
    several = [building(cast, f"n{number}") for number in range(MOST_ITEMS)]

    together = queries(lambda: client.post(BUILDINGS, {"items": several}))

    assert len(together) <= MOST_ITEMS * len(alone)
    assert sum("oauth2_provider_accesstoken" in sql for sql in together) == 1
    assert Building.objects.filter(number__startswith="n").count() == MOST_ITEMS


# --- Which resources have it -----------------------------------------------------------------------


def test_every_resource_whose_rows_are_made_one_by_one_has_it() -> None:
    without = {
        prefix.rpartition(")/")[2]
        for prefix, resource, _basename in router.registry
        if hasattr(resource, "create") and not bulk_methods(resource)
    }

    assert without == {
        # Files.
        "roster-imports",
        "photos",
        "site-photos",
        "fee-statements",
        # Batches already.
        "visits",
        "ballots",
        # Long jobs, and what somebody else is asked for.
        "billing-runs",
        "exports",
        "payment-orders",
        # With a secret that is shown once.
        "webhooks",
    }


def test_it_is_only_written_to(client: APIClient) -> None:
    for method in ("get", "put", "delete"):
        assert getattr(client, method)(BUILDINGS).status_code == 405
    assert client.patch(f"{API}/fee-liabilities/bulk/", {"items": [{"id": 1}]}).status_code == 405


def test_parts_of_another_row_are_made_below_it(home: Home) -> None:
    keeper = signed_in(home.keeper)
    item = {"text": "同意", "outcome": "agreed"}

    answered = keeper.post(f"{API}/workshops/{home.ids['workshop']}/decisions/bulk/", {"items": [item, {}]})
    elsewhere = keeper.post(f"{API}/workshops/999999/decisions/bulk/", {"items": [item]})

    assert statuses(answered) == ["created", "rejected"]
    assert results(answered)[0]["object"]["workshop"] == home.ids["workshop"]
    assert [one["problem"]["status"] for one in results(elsewhere)] == [404]
