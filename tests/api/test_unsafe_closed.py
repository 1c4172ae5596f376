"""No unsafe operation is let through: each of the document asked by who may not, and each method that there is not."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from oauth2_provider.settings import oauth2_settings
from rest_framework.test import APIClient

from accounts.choices import Role
from tests.api.document import address_of, served_document
from tests.api.helpers import signed_in, token_of
from tests.cast import HERE
from tests.factories import give_role, make_client, make_user
from tests.walk import Home

pytestmark = pytest.mark.django_db

UNSAFE = ("post", "put", "patch", "delete")
METHODS = ("get", *UNSAFE)

# What shows and does only what the caller's other scopes let it: they ask for none of their own.
WITHOUT_A_SCOPE = {"exports", "webhooks", "webhook-deliveries"}


def unsafe_operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in served_document()["paths"].items():
        for method in UNSAFE:
            if method in item:
                yield path, method, item[method]


def somewhere(path: str) -> str:
    """An address of the path, of no row there is: who may not come in is told so first."""
    return "/".join("999999999" if part.startswith("{") else part for part in path.split("/"))


def ask(client: Client, method: str, url: str, **headers: str) -> Any:
    return client.generic(method.upper(), url, b"{}", content_type="application/json", headers=headers)


def test_nobody_writes_without_saying_who_it_is() -> None:
    asked = 0
    for path, method, operation in unsafe_operations():
        answer = ask(Client(), method, somewhere(path))
        said = (method, path, answer.content)
        assert {} not in operation["security"], said
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated"), said
        assert answer["WWW-Authenticate"].startswith("Bearer"), said
        asked += 1
    assert asked > 280


def test_nobody_writes_with_a_token_that_has_ended_or_is_none() -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Bearer nonsense")
    for path, method, _operation in unsafe_operations():
        assert ask(client, method, somewhere(path)).status_code == 401, (method, path)


def test_nobody_writes_with_all_scopes_to_read() -> None:
    client = APIClient()
    scopes = sorted(scope for scope in oauth2_settings.SCOPES if scope.endswith(":read"))
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token_of(make_client(*scopes, territory=HERE))}")
    without = set()
    for path, method, operation in unsafe_operations():
        first = path.removeprefix("/api/v1/").split("/")[0]
        if not operation["security"][0]["clientCredentials"]:
            without.add(first)
            continue
        answer = ask(client, method, somewhere(path))
        assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope"), (method, path)
    assert without == WITHOUT_A_SCOPE


def test_nobody_writes_with_another_area_s_scope() -> None:
    """The scope that the document names is the one that is asked for: with all others it is refused."""
    scopes = sorted(oauth2_settings.SCOPES)
    clients = {}
    for scope in {operation["security"][0]["clientCredentials"][0] for _path, _method, operation in asking_for_one()}:
        client = APIClient()
        others = [other for other in scopes if other != scope]
        owner = make_client(*others, territory=HERE, name=f"all but {scope}")
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token_of(owner)}")
        clients[scope] = client
    assert len(clients) > 4
    for path, method, operation in asking_for_one():
        answer = ask(clients[operation["security"][0]["clientCredentials"][0]], method, somewhere(path))
        assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope"), (method, path)


def asking_for_one() -> Iterator[tuple[str, str, dict[str, Any]]]:
    return (found for found in unsafe_operations() if found[2]["security"][0]["clientCredentials"])


def test_no_browser_is_made_to_write_by_another_site() -> None:
    client = APIClient(enforce_csrf_checks=True)
    user = make_user(Role.COMMUNITY_STAFF, HERE, username="tricked")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/api/v1/neighbourhoods/").status_code == 200
    for path, method, _operation in unsafe_operations():
        answer = ask(client, method, somewhere(path))
        assert answer.status_code == 403, (method, path)
        assert "CSRF" in answer.json()["detail"], (method, path)


@pytest.fixture
def keeper(home: Home) -> Client:
    for role in (Role.CITY_OFFICIAL, Role.GRID_WORKER, Role.COMMITTEE_MEMBER, Role.ADMIN):
        give_role(home.keeper, role, HERE)
    return signed_in(home.keeper)


def test_there_is_no_method_that_the_document_does_not_name(home: Home, keeper: Client) -> None:
    for path, item in served_document()["paths"].items():
        url = address_of(path, home)
        for method in {*METHODS, "trace"} - set(item):
            answer = ask(keeper, method, url)
            assert answer.status_code == 405, (method, path, answer.content)
        assert {name.strip().lower() for name in answer["Allow"].split(",")} - {"head", "options"} == set(item), path


def test_no_header_or_parameter_makes_a_read_a_write(home: Home, keeper: Client) -> None:
    for path, item in served_document()["paths"].items():
        if "delete" not in item or "get" not in item:
            continue
        url = address_of(path, home)
        for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
            assert keeper.get(url, headers={name: "DELETE"}).status_code == 200, path
        assert keeper.get(f"{url}?_method=DELETE").status_code == 400, path
        assert keeper.get(url).status_code == 200, path
