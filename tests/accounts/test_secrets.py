"""Secrets that are changed over without a gap, last days, and who is in use."""

import base64
import json
import threading
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from oauth2_provider.models import get_access_token_model

from accounts import oauth
from accounts.errors import UnusableExpiry, UnusableLimit
from accounts.models import ApiClient, ClientSecret, HistoryEntry
from accounts.services.clients import (
    NewClient,
    change_client,
    create_client,
    end_earlier_secret,
    note_client_used,
    renew_secret,
)
from tests.cast import HERE, Cast
from tests.factories import make_client

pytestmark = pytest.mark.django_db


def make(**fields: Any) -> NewClient:
    return create_client(**{"name": "a", "territory": HERE, "scopes": ["registry:read"], **fields})


def ask(http: Client, made: NewClient, secret: str | None = None, *, by_basic: bool = False) -> Any:
    """Ask for a token with a secret of the client, the one in `made` if none is named."""
    fields, secret = {"grant_type": "client_credentials"}, secret or made.secret
    if by_basic:
        basic = base64.b64encode(f"{made.client.client_id}:{secret}".encode()).decode()
        return http.post("/oauth/token/", fields, headers={"authorization": f"Basic {basic}"})
    return http.post("/oauth/token/", {**fields, "client_id": made.client.client_id, "client_secret": secret})


def opens(http: Client, answer: Any) -> int:
    """What the API says to whoever brings the token."""
    token = answer.json()["access_token"]
    return http.get("/api/v1/households/", headers={"authorization": f"Bearer {token}"}).status_code


def end_now(secret: ClientSecret) -> None:
    """As if its time had passed."""
    ClientSecret.objects.filter(pk=secret.pk).update(expires_at=timezone.now() - timedelta(seconds=1))


# --- Changed over ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by_basic", [True, False], ids=["basic", "form"])
def test_a_client_never_stands_without_a_way_in_while_its_secret_is_changed_over(
    cast: Cast, client: Client, by_basic: bool
) -> None:
    old = make()
    statuses = []

    def calls(secret: str) -> None:
        statuses.append(opens(client, ask(client, old, secret, by_basic=by_basic)))

    calls(old.secret)
    held = ask(client, old)
    new = renew_secret(client=old.client, overlap_days=7)
    statuses.append(opens(client, held))
    for secret in (old.secret, new.secret, old.secret, new.secret):
        calls(secret)
    end_now(old.client.secrets.earliest("id"))
    calls(new.secret)

    assert statuses == [200] * 7
    assert ask(client, old, by_basic=by_basic).status_code == 401
    assert ask(client, old, "guessed", by_basic=by_basic).status_code == 401


def test_without_an_overlap_the_old_secret_and_its_tokens_end_at_once(cast: Cast, client: Client) -> None:
    old = make()
    held = ask(client, old)

    new = renew_secret(client=old.client)

    assert opens(client, held) == 401
    assert [ask(client, old, secret).status_code for secret in (old.secret, new.secret)] == [401, 200]


@pytest.mark.django_db(transaction=True)
def test_a_token_that_is_given_while_the_secret_ends_ends_with_it(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = make()
    note = oauth.note_secret_used
    ending: list[threading.Thread] = []

    def end_it() -> None:
        try:
            renew_secret(client=old.client)
        finally:
            connection.close()

    def noted(**kwargs: Any) -> ClientSecret:
        secret = note(**kwargs)
        ending.append(threading.Thread(target=end_it))
        ending[0].start()
        ending[0].join(timeout=1)
        return secret

    monkeypatch.setattr(oauth, "note_secret_used", noted)

    held = ask(client, old)
    ending[0].join()

    assert held.status_code == 200
    assert opens(client, held) == 401


def test_the_row_keeps_the_hash_of_the_newest_secret_whichever_was_used(client: Client) -> None:
    old = make()
    renew_secret(client=old.client, overlap_days=7)
    newest = ApiClient.objects.get().client_secret

    assert ask(client, old).status_code == 200

    assert ApiClient.objects.get().client_secret == newest
    assert not ClientSecret.objects.filter(hash__in=[old.secret]).exists()


def test_of_several_earlier_secrets_that_which_is_in_use_holds(client: Client) -> None:
    used = make()
    ask(client, used)
    never_used = renew_secret(client=used.client, overlap_days=7)

    newest = renew_secret(client=used.client, overlap_days=7)

    asked = [ask(client, used, secret).status_code for secret in (used.secret, never_used.secret, newest.secret)]
    assert asked == [200, 401, 200]


def test_a_client_that_was_made_before_secrets_were_kept_is_changed_over_too(client: Client) -> None:
    row = make_client("registry:read", territory=HERE, client_secret="a-secret-of-before")
    before = NewClient(client=row, secret="a-secret-of-before")
    assert row.secrets.count() == 0

    new = renew_secret(client=row, overlap_days=1)

    assert [ask(client, before, secret).status_code for secret in (before.secret, new.secret)] == [200, 200]
    assert row.secrets.count() == 2


def test_the_earlier_secret_is_ended_by_hand_and_every_token_with_it(cast: Cast, client: Client) -> None:
    old = make()
    new = renew_secret(client=old.client, overlap_days=7)
    held = ask(client, old)

    assert end_earlier_secret(client=old.client, by=None)

    assert opens(client, held) == 401
    assert [ask(client, old, secret).status_code for secret in (old.secret, new.secret)] == [401, 200]
    assert not end_earlier_secret(client=old.client, by=None)
    assert HistoryEntry.objects.filter(act="secret_ended").count() == 1


@pytest.mark.parametrize("days", [-1, 31])
def test_an_overlap_is_of_thirty_days_at_most(days: int) -> None:
    made = make()

    with pytest.raises(UnusableExpiry):
        renew_secret(client=made.client, overlap_days=days)

    assert made.client.secrets.count() == 1


def test_a_token_ends_no_later_than_the_secret_that_asked_for_it(client: Client) -> None:
    old = make()
    renew_secret(client=old.client, overlap_days=1)
    in_ten_minutes = timezone.now() + timedelta(minutes=10)
    ClientSecret.objects.filter(pk=old.client.secrets.earliest("id").pk).update(expires_at=in_ten_minutes)

    answer = ask(client, old).json()

    assert 590 <= answer["expires_in"] <= 600
    assert get_access_token_model().objects.get().expires <= in_ten_minutes


def test_the_command_rotates_by_name() -> None:
    old = make(name="估价系统")
    out = StringIO()

    call_command("api_client", "估价系统", "--rotate", "--overlap-days", "1", stdout=out)

    new = json.loads(out.getvalue())
    assert new["client_id"] == old.client.client_id
    left = old.client.secrets.earliest("id").expires_at - timezone.now()  # type: ignore[operator]
    assert timedelta(hours=23) < left <= timedelta(days=1)
    assert HistoryEntry.objects.latest("id").details == {"overlap_days": 1}
    with pytest.raises(CommandError, match="nobody"):
        call_command("api_client", "nobody", "--rotate")
    with pytest.raises(CommandError, match="nothing but the secret"):
        call_command("api_client", "估价系统", "--rotate", "--territory", HERE)
    with pytest.raises(CommandError, match="--rotate"):
        call_command("api_client", "b", "--territory", HERE, "--scope", "registry:read", "--overlap-days", "1")


# --- The last day ------------------------------------------------------------------------------------------------


def test_a_client_has_access_to_the_end_of_its_last_day_in_the_time_of_the_site(cast: Cast, client: Client) -> None:
    made = make(expires_on=timezone.localdate())

    answer = ask(client, made)

    ends_at = made.client.ends_at
    assert ends_at == datetime.fromisoformat(f"{timezone.localdate() + timedelta(days=1)}T00:00+08:00")
    assert opens(client, answer) == 200
    assert get_access_token_model().objects.get().expires <= ends_at
    assert answer.json()["expires_in"] <= (ends_at - timezone.now()).total_seconds() + 1


def test_after_its_last_day_a_client_gets_no_token_and_those_it_has_open_nothing(cast: Cast, client: Client) -> None:
    made = make()
    held = ask(client, made)
    assert opens(client, held) == 200

    ApiClient.objects.update(expires_on=timezone.localdate() - timedelta(days=1))

    assert opens(client, held) == 401
    assert ask(client, made).status_code == 401


def test_a_last_day_gone_by_and_a_limit_of_nothing_are_refused() -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    made = make()
    for fields, refusal in (
        ({"expires_on": yesterday}, UnusableExpiry),
        ({"requests_per_minute": 0}, UnusableLimit),
        ({"requests_per_minute": 1_000_001}, UnusableLimit),
    ):
        with pytest.raises(refusal):
            make(**{"name": "b", **fields})
        with pytest.raises(refusal):
            change_client(
                client=made.client,
                territory=HERE,
                scopes=["registry:read"],
                **{"expires_on": None, "requests_per_minute": None, **fields},
            )
    assert ApiClient.objects.count() == 1
    assert HistoryEntry.objects.count() == 1


def test_another_last_day_ends_no_token_and_other_scopes_do(cast: Cast, client: Client) -> None:
    made = make()
    held = ask(client, made)
    kept = {"client": made.client, "territory": HERE, "requests_per_minute": None}

    change_client(scopes=["registry:read"], expires_on=timezone.localdate(), **kept)
    first = opens(client, held)
    change_client(scopes=["registry:read", "consent:read"], expires_on=timezone.localdate(), **kept)

    assert (first, opens(client, held)) == (200, 401)


# --- In use ------------------------------------------------------------------------------------------------------


def test_the_last_use_is_noted_once_in_ten_minutes(cast: Cast, client: Client) -> None:
    made = make()
    answer = ask(client, made)
    noted = ApiClient.objects.get().last_used_at
    assert noted is not None
    assert made.client.secrets.get().last_used_at is not None

    with CaptureQueriesContext(connection) as captured:
        opens(client, answer)
    assert [query["sql"] for query in captured if query["sql"].startswith("UPDATE")] == []
    assert ApiClient.objects.get().last_used_at == noted

    long_ago = timezone.now() - timedelta(minutes=11)
    ApiClient.objects.update(last_used_at=long_ago)
    opens(client, answer)
    assert ApiClient.objects.get().last_used_at > long_ago


def test_of_two_requests_at_once_one_notes_the_use() -> None:
    row = make_client("registry:read", last_used_at=None)
    first, second = ApiClient.objects.get(pk=row.pk), ApiClient.objects.get(pk=row.pk)
    at = timezone.now()

    note_client_used(client=first, at=at)
    note_client_used(client=second, at=at + timedelta(seconds=1))

    row.refresh_from_db()
    assert row.last_used_at == at
