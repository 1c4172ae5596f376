"""Webhooks over HTTP: a client's own, set up, changed, tried and looked through."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import HistoryEntry, IdempotencyKey, User, Webhook, WebhookAttempt
from accounts.services.history import add_history
from accounts.services.webhooks import addresses, subscribing
from tests.accounts.webhook_receiver import LOOPBACK, receiving, tick
from tests.api.helpers import API, signed_in, token_of
from tests.cast import ELSEWHERE, HERE, Cast
from tests.factories import SECRET, make_client, make_delivery, make_webhook

pytestmark = pytest.mark.django_db

HOOK = {"name": "Ledger", "url": "https://93.184.216.34/in", "events": ["household.*", "survey.closed"]}


class Caller(APIClient):
    """An integrator's system, and the client that it is."""

    def __init__(self, *scopes: str, territory: str = HERE) -> None:
        super().__init__()
        self.api_client = make_client(*(scopes or ("registry:read",)), territory=territory)
        self.credentials(HTTP_AUTHORIZATION=f"Bearer {token_of(self.api_client)}")

    def hook(self, **fields: Any) -> Webhook:
        return make_webhook(client=self.api_client, **fields)


@pytest.fixture
def caller() -> Caller:
    return Caller()


def test_a_webhook_is_made_and_its_secret_shown_once(caller: Caller) -> None:
    answer = caller.post(f"{API}/webhooks/", HOOK)

    made = answer.json()
    assert answer.status_code == 201
    assert made["secret"].startswith("whsec_")
    assert answer["Cache-Control"] == "no-store"
    read = caller.get(f"{API}/webhooks/{made['id']}/")
    assert (read["ETag"], answer["Location"]) == (answer["ETag"], f"{API}/webhooks/{made['id']}/")
    assert read.json() == {name: value for name, value in made.items() if name != "secret"}
    assert {name: made[name] for name in HOOK} == HOOK
    assert (made["client"], made["state"], made["territory"]) == (caller.api_client.client_id, "active", "")
    assert subscribing.keys_of(Webhook.objects.get(), timezone.now()) == [made["secret"]]
    assert caller.get(f"{API}/webhooks/").json()["results"] == [read.json()]


def test_an_answer_with_a_secret_in_it_is_given_again_and_kept_unreadable(caller: Caller) -> None:
    made, made_again = [caller.post(f"{API}/webhooks/", HOOK, headers={"Idempotency-Key": "a"}) for _time in range(2)]
    url = f"{API}/webhooks/{made.json()['id']}/rotate-secret/"
    rotated, rotated_again = [caller.post(url, {}, headers={"Idempotency-Key": "b"}) for _time in range(2)]

    for first, again in ((made, made_again), (rotated, rotated_again)):
        assert (again["Idempotent-Replayed"], again.content, again["Cache-Control"]) == (
            "true",
            first.content,
            "no-store",
        )
        kept = [bytes(row.body) for row in IdempotencyKey.objects.all()]
        assert [first.json()["secret"].encode() in body for body in kept] == [False, False]
    assert made.json()["secret"] != rotated.json()["secret"]
    without_key = caller.post(f"{API}/webhooks/", HOOK)
    assert (without_key.status_code, without_key.json()["code"]) == (409, "unusable_name")
    assert Webhook.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"url": "http://93.184.216.34/"}, "/url", "https_only"),
        ({"url": "https://10.0.0.1/"}, "/url", "forbidden_address"),
        ({"url": "https://user@93.184.216.34/"}, "/url", "user_in_url"),
        ({"url": "https://93.184.216.34:25/"}, "/url", "port_not_allowed"),
        ({"url": "https://hooks.invalid/"}, "/url", "unresolved"),
        ({"url": "x" * 501}, "/url", "max_length"),
        ({"events": []}, "/events", "min_length"),
        ({"events": ["survey.closed", "survey.eaten"]}, "/events/1", "invalid_choice"),
        ({"events": "*"}, "/events", "not_a_list"),
        ({"territory": ELSEWHERE}, "/territory", "outside_territory"),
        ({"territory": "x"}, "/territory", "outside_territory"),
        ({"name": ""}, "/name", "blank"),
    ],
)
def test_faults_stand_at_their_place(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, fields: dict[str, Any], pointer: str, code: str
) -> None:
    monkeypatch.setattr("socket.getaddrinfo", lambda *args, **kwargs: [])
    webhook = caller.hook()

    for answer in (
        caller.post(f"{API}/webhooks/", {**HOOK, **fields}),
        caller.patch(f"{API}/webhooks/{webhook.pk}/", fields),
    ):
        assert answer.status_code == 400, answer.json()
        assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]
    assert Webhook.objects.count() == 1


def test_a_webhook_is_changed_and_a_stale_change_refused(caller: Caller) -> None:
    webhook = caller.hook(name="a")
    url = f"{API}/webhooks/{webhook.pk}/"
    tag = caller.get(url)["ETag"]

    changed = caller.patch(url, {"events": ["*"], "territory": f"{HERE}-001"}, headers={"If-Match": tag})
    stale = caller.patch(url, {"name": "b"}, headers={"If-Match": tag})

    assert (changed.status_code, changed.json()["events"], changed.json()["territory"]) == (200, ["*"], f"{HERE}-001")
    assert stale.status_code == 412
    assert HistoryEntry.objects.get(resource="webhooks").details["changed"] == {"territory": ["", f"{HERE}-001"]}
    assert caller.patch(url, {"name": "b"}, headers={"If-Match": changed["ETag"]}).json()["name"] == "b"


def test_how_deliveries_go_makes_another_tag_and_no_change_stale(caller: Caller) -> None:
    webhook = caller.hook()
    url = f"{API}/webhooks/{webhook.pk}/"
    tag = caller.get(url)["ETag"]

    Webhook.objects.update(failures_in_a_row=1, failing_since=timezone.now())

    assert caller.get(url, headers={"If-None-Match": tag}).status_code == 200
    assert caller.patch(url, {"name": "b"}, headers={"If-Match": tag}).status_code == 200


def test_others_webhooks_do_not_exist_and_people_have_none(
    caller: Caller, administrator: User, city_official: User
) -> None:
    other = Caller()
    webhook = caller.hook()
    delivery = make_delivery(webhook=webhook, state="delivered")
    one, log = f"{API}/webhooks/{webhook.pk}/", f"{API}/webhook-deliveries/{delivery.pk}/"

    assert [caller.get(url).status_code for url in (one, log)] == [200, 200]
    for url in (f"{API}/webhooks/", f"{API}/webhook-deliveries/"):
        assert other.get(url).json()["results"] == []
        assert len(signed_in(administrator).get(url).json()["results"]) == 1
        assert signed_in(city_official).get(url).status_code == 403
        assert signed_in(None).get(url).status_code == 401
    for act in ("test/", "pause/", "resume/", "rotate-secret/"):
        assert other.post(f"{one}{act}", {}).status_code == 404
        assert signed_in(city_official).post(f"{one}{act}", {}).status_code == 403
    assert other.post(f"{log}resend/").status_code == 404
    assert [other.get(url).status_code for url in (one, log)] == [404, 404]
    assert [other.patch(one, {"name": "x"}).status_code, other.delete(one).status_code] == [404, 404]
    assert caller.get(f"{API}/webhook-deliveries/?webhook={webhook.pk}").json()["results"][0]["id"] == delivery.pk


def test_an_administrator_looks_after_all_and_has_none(caller: Caller, administrator: User) -> None:
    webhook = caller.hook()
    desk = signed_in(administrator)

    assert desk.post(f"{API}/webhooks/", HOOK).status_code == 403
    assert desk.post(f"{API}/webhooks/{webhook.pk}/pause/").json()["state"] == "paused"
    assert desk.get(f"{API}/webhooks/?state=paused").json()["results"][0]["paused_reason"] == "asked"
    assert desk.get(f"{API}/webhooks/?state=active").json()["results"] == []


def test_it_is_paused_and_resumed(caller: Caller) -> None:
    webhook = caller.hook()
    url = f"{API}/webhooks/{webhook.pk}/"

    assert caller.post(f"{url}pause/").json()["state"] == "paused"
    refused = caller.post(f"{url}test/")
    assert (refused.status_code, refused.json()["code"]) == (409, "webhook_not_sending")
    assert caller.post(f"{url}resume/", {"from": "then"}).json()["errors"][0]["pointer"] == "/from"
    assert caller.post(f"{url}resume/", {"from": "now"}).json()["state"] == "active"
    assert caller.post(f"{url}resume/", {}).json()["state"] == "active"


def test_a_secret_is_rotated_with_an_overlap_that_is_told(caller: Caller) -> None:
    webhook = caller.hook()
    url = f"{API}/webhooks/{webhook.pk}/rotate-secret/"

    first = caller.post(url, {"overlap_hours": 2})
    second = caller.post(url, {})

    assert first.status_code == 200
    webhook.refresh_from_db()
    assert subscribing.keys_of(webhook, timezone.now()) == [first.json()["secret"], SECRET]
    assert timezone.now() < webhook.previous_until < timezone.now() + timedelta(hours=2)
    assert (second.status_code, second.json()["code"]) == (409, "rotation_under_way")
    assert "previous_until" in second.json()
    assert caller.post(url, {"overlap_hours": 169}).status_code == 400
    assert caller.post(url, {"overlap_hours": 0}).json()["previous_until"] is None


def test_it_is_removed_with_its_log(caller: Caller) -> None:
    webhook = caller.hook()
    delivery = make_delivery(webhook=webhook)
    WebhookAttempt.objects.create(delivery=delivery, at=timezone.now(), status=500, milliseconds=1)

    assert caller.delete(f"{API}/webhooks/{webhook.pk}/").status_code == 204

    assert not Webhook.objects.exists()
    assert not WebhookAttempt.objects.exists()
    assert HistoryEntry.objects.get(resource="webhooks").act == "webhook_removed"


def test_a_test_is_sent_and_stands_in_the_log(caller: Caller, settings: Any) -> None:
    settings.WEBHOOK_ALLOW_HTTP, settings.WEBHOOK_ALLOWED_NETWORKS = True, LOOPBACK
    with receiving() as receiver:
        webhook = caller.hook(url=receiver.url)
        receiver.status, receiver.body = 500, b"no room"

        asked = caller.post(f"{API}/webhooks/{webhook.pk}/test/")
        tick()

    delivery = asked.json()
    assert (asked.status_code, delivery["type"], delivery["state"], delivery["cursor"]) == (
        202, "webhook.test", "waiting", None,
    )  # fmt: skip
    message = receiver.got[0].verified()
    assert (message["type"], message["data"]["resource"], message["data"]["id"]) == (
        "webhook.test", "webhooks", webhook.pk,
    )  # fmt: skip
    read = caller.get(f"{API}/webhook-deliveries/{delivery['id']}/").json()
    assert json.loads(read["body"]) == message
    (attempt,) = read["attempts"]
    assert (attempt["status"], attempt["fault"], attempt["answer"]) == (500, "status", "no room")
    assert (read["attempt_count"], read["state"]) == (1, "waiting")
    assert caller.get(f"{API}/webhooks/{webhook.pk}/").json()["failures_in_a_row"] == 1


def test_the_log_is_filtered(caller: Caller) -> None:
    one, two = caller.hook(), caller.hook()
    old = make_delivery(webhook=one, state="delivered", type="survey.closed")
    new = make_delivery(webhook=two)

    def ids(query: str) -> list[int]:
        return [row["id"] for row in caller.get(f"{API}/webhook-deliveries/?{query}").json()["results"]]

    assert ids("") == [new.pk, old.pk]
    assert ids(f"webhook={one.pk}") == [old.pk]
    assert ids("state=waiting") == [new.pk]
    assert ids("type=survey.closed") == [old.pk]
    between = (old.created_at + (new.created_at - old.created_at) / 2).isoformat().replace("+", "%2B")
    assert ids(f"after={between}") == [new.pk]
    for query in ("state=x", "webhook=x", "after=yesterday", "cat=1"):
        assert caller.get(f"{API}/webhook-deliveries/?{query}").status_code == 400


def test_a_message_is_sent_again(caller: Caller) -> None:
    over, waiting = make_delivery(webhook=caller.hook(), state="given_up"), make_delivery(webhook=caller.hook())

    again = caller.post(f"{API}/webhook-deliveries/{over.pk}/resend/")
    refused = caller.post(f"{API}/webhook-deliveries/{waiting.pk}/resend/")

    assert again.status_code == 202
    assert {name: again.json()[name] for name in ("event_id", "state", "resend_of")} == {
        "event_id": over.event_id,
        "state": "waiting",
        "resend_of": over.pk,
    }
    assert (refused.status_code, refused.json()["code"]) == (409, "still_waiting")


def test_from_a_change_to_the_receiver_and_back_to_the_object(cast: Cast, settings: Any) -> None:
    """What an integrator does: hears of a change, and reads the object with the scopes that it has."""
    settings.WEBHOOK_ALLOW_HTTP, settings.WEBHOOK_ALLOWED_NETWORKS = True, LOOPBACK
    caller = Caller("registry:read")
    with receiving() as receiver:
        made = caller.post(f"{API}/webhooks/", {**HOOK, "url": receiver.url}).json()
        add_history(cast.doors[0], "changed", by=None, fields=["floor"])
        tick()

    message = receiver.got[0].verified(made["secret"])
    path = message["data"]["url"].removeprefix(settings.SITE_ADDRESS)
    assert caller.get(path).json()["id"] == cast.doors[0].pk
    told = caller.get(f"{API}/changes/?after={int(message['data']['cursor']) - 1}").json()["results"]
    assert (told[0]["id"], told[0]["cursor"]) == (cast.doors[0].pk, message["data"]["cursor"])


@pytest.mark.parametrize("path", ["webhooks", "webhook-deliveries"])
def test_lists_cost_the_same_for_one_row_and_for_three(caller: Caller, path: str) -> None:
    counts = []
    for _number in range(3):
        make_delivery(webhook=caller.hook())
        with CaptureQueriesContext(connection) as found:
            assert caller.get(f"{API}/{path}/").status_code == 200
        counts.append(len(found))

    assert len(set(counts)) == 1


def test_names_are_looked_up_before_anything_is_written(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(addresses, "look_up", lambda host: asked.append(host) or [])

    caller.post(f"{API}/webhooks/", {**HOOK, "url": "https://hooks.example/"})
    caller.post(f"{API}/webhooks/", {**HOOK, "url": "https://hooks.example/", "events": ["x"]})

    assert asked == ["hooks.example"]
