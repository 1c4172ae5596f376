"""What api.md promises of every resource, tried on the registry's."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

import renovation.api.base
from accounts.choices import Role
from accounts.models import HistoryEntry, IdempotencyKey, User
from renovation.models import Building, Household
from tests.api.helpers import API, signed_in, system, token_of
from tests.cast import HERE, Cast
from tests.factories import make_building, make_client, make_household, make_neighbourhood, make_stairwell, make_user

PROBLEM = "application/problem+json"


def test_a_visitor_is_told_how_to_sign_in(cast: Cast) -> None:
    response = APIClient().get(f"{API}/households/")

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="gongdi"'
    assert response["Content-Type"] == PROBLEM
    assert response.json()["type"] == "/problems/not_authenticated"


@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer ", "Bearer é", f"Bearer {'x' * 5000}", "bearer a b"])
def test_a_wrong_token_is_401(cast: Cast, header: str) -> None:
    response = APIClient().get(f"{API}/households/", HTTP_AUTHORIZATION=header)

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="gongdi", error="invalid_token"'


def test_an_expired_token_and_one_of_a_client_switched_off_are_401(cast: Cast) -> None:
    api_client = make_client("registry:read")
    expired = token_of(api_client, "registry:read", expires=timezone.now() - timedelta(seconds=1))
    running = token_of(api_client)
    browser = APIClient()
    assert browser.get(f"{API}/households/", HTTP_AUTHORIZATION=f"Bearer {running}").status_code == 200

    api_client.service_user.is_active = False
    api_client.service_user.save()

    for token in (expired, running):
        assert browser.get(f"{API}/households/", HTTP_AUTHORIZATION=f"Bearer {token}").status_code == 401


def test_a_scope_of_another_area_is_403_and_names_the_one_needed(cast: Cast) -> None:
    response = system("consent:read").get(f"{API}/households/")

    assert response.status_code == 403
    assert response.json()["code"] == "insufficient_scope"
    assert response.json()["scope"] == "registry:read"
    assert 'scope="registry:read"' in response["WWW-Authenticate"]


def test_a_token_with_fewer_scopes_than_its_client_does_less(cast: Cast) -> None:
    token = token_of(make_client("registry:read", "registry:write", territory=HERE), "registry:read")
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {token}")

    assert client.get(f"{API}/buildings/").json()["results"] != []
    response = client.post(f"{API}/buildings/", {"neighbourhood": cast.home.pk, "number": "9"})
    assert response.status_code == 403
    assert response.json()["scope"] == "registry:write"


def test_a_client_sees_its_territory_and_nothing_else(cast: Cast) -> None:
    client = system("registry:read", territory=HERE)

    shown = client.get(f"{API}/households/").json()["results"]

    assert {row["id"] for row in shown} == {door.pk for door in cast.doors}
    assert client.get(f"{API}/households/{cast.other_doors[0].pk}/").status_code == 404


def test_a_token_costs_one_query(cast: Cast, django_assert_num_queries: Any) -> None:
    client = system("registry:read")

    with django_assert_num_queries(2):
        client.get(f"{API}/households/{cast.doors[0].pk}/")


def test_a_write_from_a_page_needs_the_csrf_token(community_worker: User, cast: Cast) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(community_worker, backend="django.contrib.auth.backends.ModelBackend")

    response = browser.post(
        f"{API}/buildings/", {"neighbourhood": cast.home.pk, "number": "9"}, content_type="application/json"
    )

    assert response.status_code == 403
    assert response["Content-Type"] == PROBLEM


@pytest.mark.parametrize(
    "path", ["nothing/", "", "households/0x1/", "households/1/nothing/", "households/99999999999999999999/"]
)
def test_an_unknown_route_is_a_problem(community_worker: User, path: str) -> None:
    for method in ("get", "post", "delete"):
        response = getattr(signed_in(community_worker), method)(f"{API}/{path}")

        assert response.status_code == 404
        assert response["Content-Type"] == PROBLEM


def test_a_method_that_is_not_there_is_405(community_worker: User, cast: Cast) -> None:
    response = signed_in(community_worker).put(f"{API}/households/{cast.doors[0].pk}/", {})

    assert (response.status_code, response["Content-Type"]) == (405, PROBLEM)
    assert "GET" in response["Allow"]


def test_a_type_that_is_not_spoken_is_406_or_415(community_worker: User) -> None:
    client = signed_in(community_worker)

    assert client.get(f"{API}/households/", HTTP_ACCEPT="text/csv").status_code == 406
    response = client.post(f"{API}/households/", "<a/>", content_type="text/xml")
    assert (response.status_code, response["Content-Type"]) == (415, PROBLEM)


BAD_BODIES = [
    b"{",
    b"\xff\xfe",
    b'{"number": "\\ud800"}',
    b"NaN",
    b"[" * 100_000,
    b'"text"',
    b"[]",
    b"7",
    b"null",
    b"",
    b'{"number": "a\\u0000b"}',
    b'{"a\\u0000": 1}',
    b'{"neighbourhood": 99999999999999999999999999999999}',
    b'{"neighbourhood": -1}',
    b'{"neighbourhood": 1.5}',
    b'{"neighbourhood": true}',
    b'{"neighbourhood": [1]}',
    b'{"neighbourhood": {"id": 1}}',
    b'{"neighbourhood": "\\u0000"}',
    b'{"number": {"a": 1}, "floor_count": "many", "grid": 7}',
    b'{"floor_count": 1e400}',
    b'{"number": "' + b"1" * 100_000 + b'"}',
]


@pytest.mark.parametrize("body", BAD_BODIES, ids=lambda body: repr(body[:40]))
def test_a_body_that_cannot_be_read_is_400(community_worker: User, body: bytes) -> None:
    client = signed_in(community_worker)
    for path in ("buildings/", "households/", "neighbourhoods/", "ownerships/", "parking-spaces/"):
        response = client.post(f"{API}/{path}", body, content_type="application/json")

        assert (response.status_code, response["Content-Type"]) == (400, PROBLEM), response.content


def test_a_body_that_is_too_large_is_413(community_worker: User, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

    response = signed_in(community_worker).post(
        f"{API}/buildings/", b'{"number": "' + b"1" * 3_000_000 + b'"}', content_type="application/json"
    )

    assert response.status_code == 413, response.content


def test_faults_are_pointed_at(community_worker: User, cast: Cast) -> None:
    response = signed_in(community_worker).post(
        f"{API}/households/",
        {"building": cast.doors[0].building_id, "phones": ["1", "2" * 30], "use": "castle", "gross_floor_area": "0"},
    )

    assert response.status_code == 400
    assert {(error["pointer"], error["code"]) for error in response.json()["errors"]} == {
        ("/unit_number", "required"),
        ("/phones/1", "max_length"),
        ("/use", "invalid_choice"),
        ("/gross_floor_area", "not_positive"),
    }


@pytest.mark.parametrize(
    ("query", "name", "code"),
    [
        ("colour=red", "colour", "unknown_parameter"),
        ("format=json", "format", "unknown_parameter"),
        ("head_name=x", "head_name", "unknown_parameter"),
        ("building=1&building=2", "building", "repeated_parameter"),
        ("building=abc", "building", "invalid"),
        ("building=-1", "building", "min_value"),
        ("building=99999999999999999999999", "building", "max_value"),
        ("use=castle", "use", "invalid_choice"),
        ("use=%00", "use", None),
        ("division=%00", "division", None),
        ("division=%ff", None, None),
        ("search=%00", "search", "invalid"),
        ("page_size=0", "page_size", "out_of_range"),
        ("page_size=501", "page_size", "out_of_range"),
        ("page_size=ten", "page_size", "out_of_range"),
        ("page_size=", "page_size", "out_of_range"),
        ("ordering=head_name", "ordering", "unknown_ordering"),
        ("ordering=--id", "ordering", "unknown_ordering"),
        ("count=maybe", "count", "invalid"),
        ("cursor=abc", "cursor", "bad_cursor"),
        ("cursor=%ff", "cursor", "bad_cursor"),
        ("cursor=", "cursor", "bad_cursor"),
    ],
)
def test_a_parameter_that_cannot_be_read_is_an_error(
    community_worker: User, query: str, name: str | None, code: str | None
) -> None:
    response = signed_in(community_worker).get(f"{API}/households/?{query}")

    if name is None:
        assert response.status_code == 200
        return
    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert error["pointer"] == f"/{name}"
    assert code is None or error["code"] == code


def _walk(client: APIClient, url: str) -> tuple[list[Any], list[str]]:
    """All rows by `next`, and the addresses of the pages."""
    rows, urls = [], []
    while url:
        page = client.get(url)
        assert page.status_code == 200, page.content
        urls.append(url)
        rows += page.json()["results"]
        url = page.json()["next"]
    return rows, urls


@pytest.mark.parametrize("ordering", ["id", "-id", "stage", "-stage", "code", "-code"])
def test_pages_have_every_row_once_forth_and_back(db: None, ordering: str) -> None:
    for number in range(11):
        make_neighbourhood(stage=["registered", "assessed"][number % 2])
    client = signed_in(make_user(Role.CITY_OFFICIAL, "4205"))

    rows, urls = _walk(client, f"{API}/neighbourhoods/?page_size=3&ordering={ordering}&count=true")

    name = ordering.removeprefix("-")
    assert len(urls) == 4
    wanted = sorted(rows, key=lambda row: (row[name], row["id"]), reverse=ordering.startswith("-"))
    assert [row["id"] for row in rows] == [row["id"] for row in wanted]
    assert len({row["id"] for row in rows}) == 11
    last = client.get(urls[-1]).json()
    assert last["count"] == 11
    back = []
    url = last["previous"]
    while url:
        page = client.get(url).json()
        back = page["results"] + back
        url = page["previous"]
    assert [row["id"] for row in back] == [row["id"] for row in rows[:9]]


def test_a_cursor_belongs_to_its_order(db: None) -> None:
    for _number in range(3):
        make_neighbourhood()
    client = signed_in(make_user(Role.CITY_OFFICIAL, "4205"))
    url = client.get(f"{API}/neighbourhoods/?page_size=1&ordering=code").json()["next"]

    response = client.get(url.replace("ordering=code", "ordering=stage"))

    assert response.status_code == 400
    assert response.json()["errors"][0]["code"] == "bad_cursor"


def test_an_etag_is_the_version_whoever_asks(cast: Cast, community_worker: User, auditor: User) -> None:
    url = f"{API}/households/{cast.doors[0].pk}/"
    open_answer, masked_answer = signed_in(community_worker).get(url), signed_in(auditor).get(url)

    assert open_answer.json() != masked_answer.json()
    assert open_answer["ETag"] == masked_answer["ETag"]
    assert open_answer["Cache-Control"] == "private"
    again = signed_in(community_worker).get(url, HTTP_IF_NONE_MATCH=open_answer["ETag"])
    assert (again.status_code, again.content) == (304, b"")


def test_a_stale_write_is_412_and_changes_nothing(cast: Cast, community_worker: User) -> None:
    client, url = signed_in(community_worker), f"{API}/households/{cast.doors[0].pk}/"
    tag = client.get(url)["ETag"]
    first = client.patch(url, {"floor": 2}, HTTP_IF_MATCH=tag)
    assert first.status_code == 200
    assert first["ETag"] != tag

    second = client.patch(url, {"floor": 3}, HTTP_IF_MATCH=tag)

    assert (second.status_code, second.json()["code"]) == (412, "stale_version")
    assert client.delete(url, HTTP_IF_MATCH='"nonsense"').status_code == 412
    assert client.get(url).json()["floor"] == 2
    assert client.patch(url, {"floor": 4}, HTTP_IF_MATCH=first["ETag"]).status_code == 200


def test_a_new_building_changes_the_tag_of_its_neighbourhood_but_not_its_version(
    cast: Cast, community_worker: User
) -> None:
    client, url = signed_in(community_worker), f"{API}/neighbourhoods/{cast.home.pk}/"
    tag = client.get(url)["ETag"]
    make_building(neighbourhood=cast.home)

    assert client.get(url, HTTP_IF_NONE_MATCH=tag).status_code == 200
    assert client.patch(url, {"address": "x"}, HTTP_IF_MATCH=tag).status_code == 200


def test_a_repeated_key_gives_the_first_answer_and_does_nothing(cast: Cast, community_worker: User) -> None:
    client, body = signed_in(community_worker), {"neighbourhood": cast.home.pk, "number": "9"}
    first = client.post(f"{API}/buildings/", body, HTTP_IDEMPOTENCY_KEY="k1")
    assert first.status_code == 201

    second = client.post(f"{API}/buildings/", body, HTTP_IDEMPOTENCY_KEY="k1")

    assert (second.status_code, second.json(), second["ETag"]) == (201, first.json(), first["ETag"])
    assert second["Content-Type"] == first["Content-Type"]
    assert Building.objects.filter(number="9").count() == 1
    assert HistoryEntry.objects.filter(resource="buildings").count() == 1


def test_a_key_with_another_body_is_422_and_another_caller_has_keys_of_its_own(
    cast: Cast, community_worker: User
) -> None:
    client = signed_in(community_worker)
    client.post(f"{API}/buildings/", {"neighbourhood": cast.home.pk, "number": "9"}, HTTP_IDEMPOTENCY_KEY="k1")
    other = {"neighbourhood": cast.home.pk, "number": "10"}

    response = client.post(f"{API}/buildings/", other, HTTP_IDEMPOTENCY_KEY="k1")

    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
    colleague = signed_in(make_user(Role.COMMUNITY_STAFF, HERE))
    assert colleague.post(f"{API}/buildings/", other, HTTP_IDEMPOTENCY_KEY="k1").status_code == 201


def test_a_refusal_is_the_first_answer_too(cast: Cast, community_worker: User) -> None:
    client, body = signed_in(community_worker), {"neighbourhood": cast.home.pk, "number": "1"}
    first = client.post(f"{API}/buildings/", body, HTTP_IDEMPOTENCY_KEY="k1")
    assert (first.status_code, first.json()["code"]) == (409, "already_exists")
    Household.objects.filter(building__number="1").delete()
    building = Building.objects.get(neighbourhood=cast.home, number="1")
    building.stairwells.all().delete()
    building.delete()

    second = client.post(f"{API}/buildings/", body, HTTP_IDEMPOTENCY_KEY="k1")

    assert (second.status_code, second.json()) == (409, first.json())
    assert client.post(f"{API}/buildings/", body).status_code == 201


def test_an_answer_that_says_to_try_again_is_not_kept(
    cast: Cast, community_worker: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meet_another_writer(*args: Any, **kwargs: Any) -> None:
        cause = Exception()
        cause.pgcode = "55P03"  # type: ignore[attr-defined] # as psycopg2's error has it
        raise OperationalError from cause

    client, body = signed_in(community_worker), {"neighbourhood": cast.home.pk, "number": "9"}
    with monkeypatch.context() as patched:
        patched.setattr(renovation.api.base, "create_row", meet_another_writer)
        first = client.post(f"{API}/buildings/", body, HTTP_IDEMPOTENCY_KEY="k1")
    assert (first.status_code, first["Retry-After"]) == (503, "1")

    second = client.post(f"{API}/buildings/", body, HTTP_IDEMPOTENCY_KEY="k1")

    assert second.status_code == 201
    assert Building.objects.filter(number="9").count() == 1


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_that_is_none_is_400(cast: Cast, community_worker: User, key: str) -> None:
    response = signed_in(community_worker).post(f"{API}/buildings/", {}, HTTP_IDEMPOTENCY_KEY=key)

    assert response.status_code == 400
    assert IdempotencyKey.objects.count() == 0


def test_a_limit_answers_429_with_the_time_to_wait(cast: Cast, settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = {"client": 2, "user": 0, "visitor": 1}
    client = system("registry:read")

    answers = [client.get(f"{API}/divisions/") for _number in range(4)]

    assert [answer.status_code for answer in answers].count(429) >= 1
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    assert answers[-1].json()["code"] == "throttled"


def test_lists_cost_the_same_with_one_and_with_three(cast: Cast, django_assert_num_queries: Any) -> None:
    client = system("registry:read")
    stairwell = make_stairwell(building=cast.doors[0].building)
    for path in ("households", "buildings", "stairwells", "neighbourhoods", "owners", "ownerships", "parking-spaces"):
        with django_assert_num_queries(2):
            client.get(f"{API}/{path}/")
    make_household(stairwell=stairwell)
    make_neighbourhood(community_code=HERE)
    with django_assert_num_queries(4):
        client.get(f"{API}/households/")
        client.get(f"{API}/neighbourhoods/")
