"""API clients by the command, and the token endpoint."""

import base64
import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from oauth2_provider.models import get_access_token_model

from accounts.errors import UnknownScope, UnknownTerritory, UnusableName
from accounts.models import ApiClient, HistoryEntry
from accounts.services.clients import create_client, switch_off_client
from tests.cast import HERE, Cast

pytestmark = pytest.mark.django_db


def command(*args: str) -> dict[str, str]:
    out = StringIO()
    call_command("api_client", *args, stdout=out)
    return json.loads(out.getvalue())  # type: ignore[no-any-return]


def ask_token(client: Client, made: dict[str, str], **fields: str) -> Any:
    fields = {"grant_type": "client_credentials", **made, **fields}
    return client.post("/oauth/token/", fields)


def test_the_command_prints_one_json_object_and_keeps_only_a_hash() -> None:
    made = command("估价系统", "--territory", "420502", "--scope", "consent:read", "--scope", "consent:write")

    assert set(made) == {"client_id", "client_secret"}
    api_client = ApiClient.objects.get(client_id=made["client_id"])
    assert made["client_secret"] not in api_client.client_secret
    assert (api_client.territory, api_client.scopes) == ("420502", ["consent:read", "consent:write"])
    assert not api_client.service_user.has_usable_password()
    assert HistoryEntry.objects.get(resource="api-clients").act == "created"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--territory", "420502", "--scope", "consent:all"], "consent:all"),
        (["--territory", "42050", "--scope", "consent:read"], "42050"),
        (["--territory", "", "--scope", "consent:read"], "''"),
        (["--territory", "420502"], "registry:read"),
    ],
)
def test_the_command_says_what_is_wrong_and_makes_nothing(args: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        command("name", *args)
    assert ApiClient.objects.count() == 0


def test_a_name_is_used_once() -> None:
    create_client(name="a", territory=HERE, scopes=["registry:read"])

    with pytest.raises(UnusableName):
        create_client(name="a", territory=HERE, scopes=["registry:read"])
    with pytest.raises(UnusableName):
        create_client(name="a\x00", territory=HERE, scopes=["registry:read"])
    with pytest.raises(UnknownScope):
        create_client(name="b", territory=HERE, scopes=[])
    with pytest.raises(UnknownTerritory):
        create_client(name="b", territory="x", scopes=["registry:read"])


def test_a_token_by_form_and_by_basic_opens_the_api(cast: Cast, client: Client) -> None:
    made = command("a", "--territory", HERE, "--scope", "registry:read")
    basic = base64.b64encode(f"{made['client_id']}:{made['client_secret']}".encode()).decode()

    by_form = ask_token(client, made)
    by_basic = client.post(
        "/oauth/token/", {"grant_type": "client_credentials"}, headers={"authorization": f"Basic {basic}"}
    )

    for answer in (by_form, by_basic):
        assert answer.status_code == 200
        assert answer.json()["token_type"] == "Bearer"
        assert answer.json()["scope"] == "registry:read"
        token = answer.json()["access_token"]
        households = client.get("/api/v1/households/", headers={"authorization": f"Bearer {token}"})
        assert len(households.json()["results"]) == 4
    assert not get_access_token_model().objects.exclude(token="").exists()


def test_a_token_has_the_scopes_asked_for_among_the_clients_own(client: Client) -> None:
    made = command("a", "--territory", HERE, "--scope", "registry:read", "--scope", "consent:read")

    assert ask_token(client, made).json()["scope"].split() == ["consent:read", "registry:read"]
    assert ask_token(client, made, scope="consent:read").json()["scope"] == "consent:read"
    refused = ask_token(client, made, scope="consent:write")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize(
    "fields",
    [
        {"client_secret": "wrong"},
        {"client_id": "wrong"},
        {"client_id": "a\x00"},
        {"grant_type": "password", "username": "x", "password": "y"},
        {"grant_type": "authorization_code", "code": "x"},
        {"grant_type": "urn:ietf:params:oauth:grant-type:device_code"},
        {"grant_type": ""},
        {"grant_type": "refresh_token", "refresh_token": "x"},
    ],
)
def test_other_ways_to_a_token_are_closed(client: Client, fields: dict[str, str]) -> None:
    made = command("a", "--territory", HERE, "--scope", "registry:read")

    assert ask_token(client, made, **fields).status_code in (400, 401)


def test_a_client_switched_off_gets_nothing_and_its_tokens_end(cast: Cast, client: Client) -> None:
    made = command("a", "--territory", HERE, "--scope", "registry:read")
    token = ask_token(client, made).json()["access_token"]

    switch_off_client(client=ApiClient.objects.get(), by=None)

    assert ask_token(client, made).status_code == 401
    assert client.get("/api/v1/divisions/", headers={"authorization": f"Bearer {token}"}).status_code == 401


def test_a_token_ends_after_an_hour(client: Client) -> None:
    made = command("a", "--territory", HERE, "--scope", "registry:read")
    ask_token(client, made)

    left = get_access_token_model().objects.get().expires - timezone.now()
    assert timedelta(minutes=59) < left <= timedelta(minutes=60)


def test_nobody_signs_up_by_themselves(client: Client) -> None:
    response = client.post("/accounts/signup/", {"username": "me", "password1": "a-long-word-1", "password2": "x"})

    assert response.status_code in (200, 403)
    assert ApiClient.objects.count() == 0
    assert "signup_closed" in str([template.name for template in response.templates])


@pytest.mark.parametrize("path", ["/oauth/token/", "/oauth/revoke/"])
def test_secrets_are_tried_so_many_times_a_minute_from_one_address(client: Client, settings: Any, path: str) -> None:
    settings.API_REQUESTS_PER_MINUTE = {"client": 0, "user": 0, "visitor": 2}
    made = command("a", "--territory", HERE, "--scope", "registry:read")
    guess = {"grant_type": "client_credentials", **made, "client_secret": "guessed", "token": "guessed"}
    here, elsewhere = f"10.9.8.{len(path)}", f"10.9.7.{len(path)}"

    # Five meet a limit of two, also where a minute ends among them.
    answers = [client.post(path, guess, REMOTE_ADDR=here) for _number in range(5)]

    assert [answer.status_code for answer in answers[:2]] == [401, 401]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused != []
    assert 1 <= int(refused[0]["Retry-After"]) <= 60
    assert client.post(path, guess, REMOTE_ADDR=elsewhere).status_code == 401


def test_what_visitors_ask_from_an_address_takes_no_token_from_a_client_behind_it(
    client: Client, settings: Any
) -> None:
    settings.API_REQUESTS_PER_MINUTE = {"client": 0, "user": 0, "visitor": 2}
    here = "10.9.6.1"

    asked = [client.post("/check/", {"code": "0" * 12}, REMOTE_ADDR=here).status_code for _number in range(5)]

    assert 429 in asked
    guess = {"grant_type": "client_credentials", "client_id": "a", "client_secret": "guessed"}
    assert client.post("/oauth/token/", guess, REMOTE_ADDR=here).status_code == 401
