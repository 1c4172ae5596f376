"""From a change to the receiver: each once, in order, signed; tried again, paused and taken up; and none missed."""

import hmac
import json
import os
import subprocess
import sys
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_network
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from accounts.back_office.words import ACTS
from accounts.errors import (
    CursorExpired,
    RotationUnderWay,
    StillWaiting,
    TooManyWebhooks,
    UnusableName,
    WebhookNotSending,
)
from accounts.models import ApiClient, Change, HistoryEntry, Webhook, WebhookAttempt, WebhookDelivery
from accounts.rules.events import NAMED, TYPES
from accounts.services.changes import number_changes
from accounts.services.clients import switch_off_client, switch_on_client
from accounts.services.history import add_history
from accounts.services.webhooks import fan_out as fanning
from accounts.services.webhooks import sending, subscribing
from accounts.services.webhooks.addresses import Answer
from accounts.services.webhooks.fan_out import fan_out
from accounts.services.webhooks.sending import (
    deliver,
    forget_deliveries,
    queue_due,
    retry_after,
    send_again,
    send_test,
)
from accounts.services.webhooks.signing import new_event_id, new_secret, signed_headers
from consent.services.surveys import open_survey
from tests.accounts.webhook_receiver import LOOPBACK, Receiver, receiving, tick
from tests.cast import ELSEWHERE, GRID, HERE, THERE, Cast
from tests.consent.casts import make_policy
from tests.factories import (
    SECRET,
    make_client,
    make_delivery,
    make_household,
    make_menu_edition,
    make_neighbourhood,
    make_user,
    make_webhook,
)

QUEUE_IN_THE_DATABASE = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default", "webhooks"]}}
NOW = timezone.now()


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOK_ALLOW_HTTP, settings.WEBHOOK_ALLOWED_NETWORKS = True, LOOPBACK
    with receiving() as found:
        yield found


@pytest.fixture
def work(settings: Any) -> Callable[[datetime], None]:
    """What a worker does at a moment: queue what is due, and do what is queued."""
    settings.TASKS = QUEUE_IN_THE_DATABASE

    def run(at: datetime) -> None:
        queue_due(at=at)
        for job in DBTaskResult.objects.filter(status="READY").order_by("enqueued_at"):
            deliver(delivery_id=job.args_kwargs["args"][0], at=at)
            job.status = "SUCCESSFUL"
            job.save()

    return run


def change(thing: Any, act: str = "changed", **kwargs: Any) -> None:
    add_history(thing, act, by=None, **kwargs)


def told(webhook: Webhook) -> list[tuple[str, int]]:
    """The types and objects of a webhook's deliveries, in the order in which they were made."""
    rows = webhook.deliveries.order_by("pk").values_list("type", "body")
    return [(event, json.loads(body)["data"]["id"]) for event, body in rows]


def later(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


# --- Fan-out ---------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_change_is_told_once_with_what_it_is_about_and_nothing_personal(cast: Cast, settings: Any) -> None:
    settings.SITE_ADDRESS = "https://gongdi.example"
    webhook = make_webhook()
    change(cast.doors[0], fields=["head_name"])

    assert (fan_out(at=NOW), fan_out(at=NOW)) == (1, 0)

    delivery = webhook.deliveries.get()
    made = Change.objects.get()
    assert (delivery.type, delivery.state, delivery.next_at) == ("household.updated", "waiting", NOW)
    assert json.loads(delivery.body) == {
        "type": "household.updated",
        "timestamp": timezone.localtime(made.at).isoformat(timespec="milliseconds"),
        "data": {
            "resource": "households",
            "id": cast.doors[0].pk,
            "action": "updated",
            "fields": ["head_name"],
            "cursor": str(made.cursor),
            "url": f"https://gongdi.example/api/v1/households/{cast.doors[0].pk}/",
            "neighbourhood": cast.home.code,
            "community": HERE,
        },
    }
    webhook.refresh_from_db()
    assert (webhook.cursor, webhook.version) == (made.cursor, 1)


@pytest.mark.django_db
def test_acts_have_their_names_and_what_has_no_address_has_none(cast: Cast) -> None:
    make_policy()
    make_menu_edition()
    webhook = make_webhook(client=make_client("consent:read"), events=["survey.*"])

    survey = open_survey(neighbourhood=cast.home, title="a", closes_on=None, by=make_user())
    change(survey, "survey_closed")
    fan_out()

    assert told(webhook) == [("survey.created", survey.pk), ("survey.closed", survey.pk)]
    assert fanning.url_of("visits", 1) is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("events", "count"),
    [(["*"], 3), (["household.*"], 2), (["household.retired"], 1), (["household.retired", "building.updated"], 2)],
)
def test_only_the_types_that_were_asked_for_are_told(cast: Cast, events: list[str], count: int) -> None:
    webhook = make_webhook(events=events)
    change(cast.doors[0])
    change(cast.doors[0], "retired")
    change(cast.doors[0].building)

    fan_out()

    assert webhook.deliveries.count() == count


@pytest.mark.django_db
def test_each_client_is_told_of_what_it_may_read_where_it_may(cast: Cast) -> None:
    change(cast.doors[0])  # in GRID
    change(cast.doors[2])  # in the next grid
    change(cast.other_doors[0])
    hooks = {
        "here": make_webhook(client=make_client("registry:read", territory=HERE)),
        "district": make_webhook(client=make_client("registry:read", territory=HERE[:6])),
        "narrower": make_webhook(client=make_client("registry:read", territory=HERE[:6]), territory=THERE),
        "grid": make_webhook(client=make_client("registry:read", territory=HERE), territory=GRID),
        "other scope": make_webhook(client=make_client("fees:read", territory=HERE)),
        "elsewhere": make_webhook(client=make_client("registry:read", territory=ELSEWHERE)),
        # Its client was given less since: the webhook's own territory opens nothing.
        "outside": make_webhook(client=make_client("registry:read", territory=THERE), territory=HERE),
    }

    fan_out()

    counts = {name: webhook.deliveries.count() for name, webhook in hooks.items()}
    assert counts == {
        "here": 2, "district": 3, "narrower": 1, "grid": 1, "other scope": 0, "elsewhere": 0, "outside": 0,
    }  # fmt: skip
    assert {webhook.cursor for webhook in Webhook.objects.all()} == {3}


@pytest.mark.django_db
def test_nothing_is_made_for_a_client_that_is_switched_off_and_nothing_missed_when_it_is_on_again(cast: Cast) -> None:
    webhook = make_webhook()
    switch_off_client(client=webhook.client, by=None)
    change(cast.doors[0])
    assert fan_out() == 0

    switch_on_client(client=ApiClient.objects.get(pk=webhook.client.pk), by=None)

    assert fan_out() == 1


@pytest.mark.django_db
def test_many_changes_are_gone_through_in_portions(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fanning, "AT_ONCE", 3)
    webhook = make_webhook()
    for door in cast.doors * 2:
        change(door)

    assert [fan_out() for _tick in range(4)] == [3, 3, 2, 0]
    assert [pk for _type, pk in told(webhook)] == [door.pk for door in cast.doors * 2]


@pytest.mark.django_db
def test_ticks_cost_four_queries_while_nothing_happens(django_assert_num_queries: Any) -> None:
    make_webhook()
    make_webhook()

    with django_assert_num_queries(4):
        tick()


def test_every_change_of_a_whole_home_has_a_type_that_can_be_asked_for(home: Any) -> None:
    number_changes()

    types = {fanning.event_type(row) for row in Change.objects.filter(resource__in=fanning.resources_of(["*"]))}

    assert len(types) >= 10
    assert types - set(TYPES) == set()


def test_acts_that_have_a_name_are_acts_that_are_done() -> None:
    assert {act for acts in NAMED.values() for act in acts} - set(ACTS) == set()


@pytest.mark.django_db(transaction=True)
def test_workers_that_fan_out_at_once_tell_each_change_once_and_in_order() -> None:
    neighbourhood = make_neighbourhood(community_code=HERE)
    doors = [make_household(neighbourhood=neighbourhood) for _number in range(3)]
    hooks = [make_webhook(), make_webhook(events=["household.*"])]
    writing, failures = True, []

    def write(door: Any) -> None:
        for _number in range(20):
            change(door)

    def fan() -> None:
        while True:
            last_round = not writing
            fan_out()
            if last_round:
                return

    def in_thread(work: Any, *args: Any) -> threading.Thread:
        def run() -> None:
            try:
                work(*args)
            except BaseException as failure:
                failures.append(failure)
            finally:
                connections.close_all()

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    workers = [in_thread(fan) for _number in range(3)]
    for thread in [in_thread(write, door) for door in doors]:
        thread.join()
    writing = False
    for thread in workers:
        thread.join()
    # Whoever passed by while another held the row leaves the rest to the next tick.
    fan_out()

    assert failures == []
    cursors = list(Change.objects.order_by("cursor").values_list("cursor", flat=True))
    assert len(cursors) == 60
    for webhook in hooks:
        assert list(webhook.deliveries.order_by("pk").values_list("cursor", flat=True)) == cursors


# --- Delivery --------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_message_arrives_signed_so_that_the_library_verifies_it(cast: Cast, receiver: Receiver) -> None:
    webhook = make_webhook(url=receiver.url)
    change(cast.doors[0])

    tick()

    (got,) = receiver.got
    delivery = webhook.deliveries.get()
    assert got.verified()["type"] == "household.updated"
    assert got.body.decode() == delivery.body
    assert got.headers["webhook-id"] == delivery.event_id
    assert got.headers["Content-Type"] == "application/json"
    assert (delivery.state, delivery.attempt_count, delivery.next_at) == ("delivered", 1, None)
    attempt = delivery.attempts.get()
    assert (attempt.status, attempt.fault) == (204, "")


def test_the_signature_is_the_one_that_anybody_computes() -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, 999_999, tzinfo=UTC)
    body = '{"type":"survey.closed","a":"工"}'

    headers = signed_headers(event_id="msg_1", at=timezone.localtime(at), body=body, keys=[SECRET])

    signed = f"msg_1.1767323045.{body}".encode()
    digest = hmac.new(b64decode(SECRET.removeprefix("whsec_")), signed, sha256).digest()
    assert headers == {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1767323045",
        "webhook-signature": f"v1,{b64encode(digest).decode()}",
    }


def test_secrets_and_ids_have_the_form_of_the_standard() -> None:
    secret, event_id = new_secret(), new_event_id()

    assert (secret[:6], len(b64decode(secret[6:]))) == ("whsec_", 32)
    assert (event_id[:4], len(event_id)) == ("msg_", 30)
    assert len({new_event_id() for _number in range(100)}) == 100


@pytest.mark.django_db
def test_a_failing_delivery_walks_the_schedule_and_is_given_up_after_ten_attempts(receiver: Receiver) -> None:
    receiver.status = 500
    webhook = make_webhook(url=receiver.url)
    delivery = send_test(webhook=webhook, at=NOW)
    at, pauses = NOW, []
    while delivery.state == "waiting":
        # A day within the three is quiet enough: not what is tested here.
        Webhook.objects.update(failing_since=None, failures_in_a_row=0, rests_until=None)
        deliver(delivery_id=delivery.pk, at=at - timedelta(seconds=1))
        deliver(delivery_id=delivery.pk, at=at)
        delivery.refresh_from_db()
        if delivery.next_at:
            pauses.append((delivery.next_at - at).total_seconds())
            at = delivery.next_at

    assert (delivery.state, delivery.attempt_count, delivery.finished_at) == ("given_up", 10, at)
    told_pauses = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]
    assert [abs(pause - exact) <= exact / 10 for pause, exact in zip(pauses, told_pauses, strict=True)] == [True] * 9
    assert len(set(receiver.ids)) == 1
    assert len({got.headers["webhook-timestamp"] for got in receiver.got}) == 10
    assert list(delivery.attempts.values_list("status", "fault").distinct()) == [(500, "status")]


@pytest.mark.django_db
@pytest.mark.parametrize("status", [301, 400, 404, 429, 503])
def test_whatever_is_none_of_2xx_is_tried_again(receiver: Receiver, status: int) -> None:
    receiver.statuses = [status]
    delivery = send_test(webhook=make_webhook(url=receiver.url), at=NOW)

    deliver(delivery_id=delivery.pk, at=NOW)
    deliver(delivery_id=delivery.pk, at=later(1))

    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempt_count) == ("delivered", 2)
    assert Webhook.objects.get().failing_since is None


@pytest.mark.django_db
def test_a_receiver_that_is_too_busy_is_left_alone_for_as_long_as_it_asks(receiver: Receiver) -> None:
    receiver.status, receiver.headers = 503, {"Retry-After": "7200"}
    delivery = send_test(webhook=make_webhook(url=receiver.url), at=NOW)

    deliver(delivery_id=delivery.pk, at=NOW)

    delivery.refresh_from_db()
    assert (delivery.next_at, Webhook.objects.get().rests_until) == (later(2), later(2))


@pytest.mark.parametrize(
    ("status", "text", "seconds"),
    [
        (429, "90", 90),
        (503, "99999999999999999999", 86_400),
        (503, "Thu, 01 Jan 2026 00:02:00 GMT", 120),
        (503, "Thu, 01 Jan 2020 00:00:00 GMT", 0),
        (503, "Fri, 01 Jan 2027 00:00:00 -0000", 86_400),
        (503, "Thu, 01 Jan 99999999999999999999 00:00:00 GMT", 0),
        (503, "soon", 0),
        (503, "-5", 0),
        (503, "", 0),
        (500, "90", 0),
    ],
)
def test_what_it_asks_is_read_as_seconds_or_as_a_date(status: int, text: str, seconds: int) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)

    assert retry_after(Answer(status=status, retry_after=text), at) == timedelta(seconds=seconds)


@pytest.mark.django_db
def test_while_a_receiver_fails_one_delivery_is_tried_at_a_time_and_then_the_rest_go(
    work: Callable[[datetime], None], receiver: Receiver
) -> None:
    receiver.status = 500
    webhook = make_webhook(url=receiver.url)
    deliveries = [make_delivery(webhook=webhook, next_at=NOW) for _number in range(5)]

    for seconds in (0, 1, 2, 4):
        work(NOW + timedelta(seconds=seconds))
    assert len(receiver.got) == 1

    # Rested: another one is tried, and only that.
    work(NOW + timedelta(seconds=5))
    assert receiver.ids == [deliveries[0].event_id, deliveries[1].event_id]
    webhook.refresh_from_db()
    assert (webhook.failures_in_a_row, webhook.failing_since) == (2, NOW)

    receiver.status = 204
    work(later(1))
    work(later(1))
    assert set(webhook.deliveries.values_list("state", flat=True)) == {"delivered"}
    webhook.refresh_from_db()
    assert (webhook.failures_in_a_row, webhook.failing_since, webhook.rests_until) == (0, None, None)


@pytest.mark.django_db
def test_what_fails_at_once_is_one_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    webhook = make_webhook()
    under_way = [make_delivery(webhook=webhook, next_at=NOW).pk for _number in range(4)]

    def post(*_args: Any, **_kwargs: Any) -> Answer:
        # Before this one has its answer another worker has begun with the next.
        if under_way:
            deliver(delivery_id=under_way.pop(), at=NOW)
        return Answer(status=502)

    monkeypatch.setattr(sending, "post", post)

    deliver(delivery_id=under_way.pop(), at=NOW)

    webhook.refresh_from_db()
    assert WebhookAttempt.objects.count() == 4
    assert (webhook.failures_in_a_row, webhook.rests_until) == (1, NOW + timedelta(seconds=5))


@pytest.mark.django_db
def test_after_a_day_of_failures_it_is_paused_and_resumed_it_has_missed_nothing(
    work: Callable[[datetime], None], cast: Cast, receiver: Receiver
) -> None:
    receiver.status = 500
    webhook = make_webhook(url=receiver.url)
    change(cast.doors[0])
    fan_out(at=NOW)
    hours = 0.0
    while webhook.state == "active":
        work(later(hours))
        hours += 0.5
        webhook.refresh_from_db()
        # A delivery of its own each half hour, as from a busy site.
        change(cast.doors[1])
        fan_out(at=later(hours))
    assert 24 < hours < 27
    assert (webhook.state, webhook.paused_reason) == ("paused", "failures")
    assert HistoryEntry.objects.filter(resource="webhooks", act="webhook_paused").count() == 1
    tried = len(receiver.got)
    assert 15 <= tried < 40

    change(cast.doors[2])
    work(later(50))
    assert (fan_out(at=later(50)), len(receiver.got)) == (0, tried)

    receiver.status, receiver.got[:] = 204, []
    subscribing.resume_webhook(webhook=webhook, by=make_user())
    fan_out(at=later(51))
    for _tick in range(5):
        work(later(200))
    told_of = [got.read()["data"]["cursor"] for got in receiver.got]
    assert sorted(map(int, told_of)) == list(Change.objects.order_by("cursor").values_list("cursor", flat=True))
    assert set(webhook.deliveries.values_list("state", flat=True)) == {"delivered"}


@pytest.mark.django_db
def test_410_ends_it_at_once_until_somebody_resumes_it(work: Callable[[datetime], None], receiver: Receiver) -> None:
    receiver.status = 410
    webhook = make_webhook(url=receiver.url)
    deliveries = [make_delivery(webhook=webhook, next_at=NOW) for _number in range(2)]

    work(NOW)
    work(later(1))

    webhook.refresh_from_db()
    assert (webhook.state, len(receiver.got)) == ("gone", 1)
    assert HistoryEntry.objects.filter(resource="webhooks").latest("pk").act == "webhook_gone"
    receiver.status = 204
    subscribing.resume_webhook(webhook=webhook, by=make_user())
    work(later(1))
    assert sorted(receiver.ids[1:]) == sorted(one.event_id for one in deliveries)


@pytest.mark.django_db
def test_a_scope_taken_away_ends_what_it_showed(
    work: Callable[[datetime], None], cast: Cast, receiver: Receiver
) -> None:
    webhook = make_webhook(client=make_client("registry:read", "fees:read"), url=receiver.url)
    change(cast.doors[0])
    fan_out(at=NOW)

    ApiClient.objects.update(scopes=["fees:read"])
    change(cast.doors[1])
    fan_out(at=NOW)
    work(NOW)

    delivery = webhook.deliveries.get()
    assert (delivery.state, delivery.attempt_count, receiver.got) == ("withdrawn", 0, [])


@pytest.mark.django_db
def test_nothing_is_sent_for_a_client_that_is_switched_off(
    work: Callable[[datetime], None], receiver: Receiver
) -> None:
    webhook = make_webhook(url=receiver.url)
    delivery = make_delivery(webhook=webhook, next_at=NOW)
    switch_off_client(client=webhook.client, by=None)

    work(NOW)
    deliver(delivery_id=delivery.pk, at=NOW)

    assert receiver.got == []


@pytest.mark.django_db
def test_an_address_that_leads_inside_by_now_is_not_asked(
    work: Callable[[datetime], None], receiver: Receiver, settings: Any
) -> None:
    webhook = make_webhook(url=receiver.url)
    delivery = make_delivery(webhook=webhook, next_at=NOW)
    settings.WEBHOOK_ALLOWED_NETWORKS = ()

    work(NOW)

    assert delivery.attempts.get().fault == "forbidden_address"
    assert receiver.got == []


# --- Jobs ------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_delivery_has_one_job_at_a_time_and_another_when_that_died(settings: Any) -> None:
    settings.TASKS = QUEUE_IN_THE_DATABASE
    delivery = make_delivery(webhook=make_webhook(), next_at=NOW)

    assert (queue_due(at=NOW), queue_due(at=NOW)) == (1, 0)
    job = DBTaskResult.objects.get()
    assert (job.queue_name, job.args_kwargs["args"]) == ("webhooks", [delivery.pk])
    DBTaskResult.objects.update(status="RUNNING", started_at=NOW)
    assert queue_due(at=NOW + timedelta(seconds=59)) == 0
    assert queue_due(at=NOW + timedelta(seconds=61)) == 1
    DBTaskResult.objects.update(status="FAILED", finished_at=NOW)
    assert queue_due(at=NOW + timedelta(minutes=4)) == 0
    assert queue_due(at=NOW + timedelta(minutes=6)) == 1


@pytest.mark.django_db
def test_a_slow_receiver_takes_no_more_than_its_part_of_the_queue(settings: Any) -> None:
    settings.TASKS = QUEUE_IN_THE_DATABASE
    slow, other = make_webhook(), make_webhook()
    for _number in range(30):
        make_delivery(webhook=slow, next_at=NOW)
    make_delivery(webhook=other, next_at=NOW)

    assert (queue_due(at=NOW), queue_due(at=NOW)) == (21, 0)


@pytest.mark.django_db
def test_of_many_that_wait_only_the_oldest_are_read(settings: Any) -> None:
    settings.TASKS = QUEUE_IN_THE_DATABASE
    webhook, waiting = make_webhook(), 3000
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(
            webhook=webhook,
            event_id=new_event_id(),
            cursor=number,
            type="bill.created",
            next_at=NOW - timedelta(seconds=number),
        )
        for number in range(1, waiting + 1)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE accounts_webhookdelivery")
        # As of a table that is too large to be read whole.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        with CaptureQueriesContext(connection) as asked:
            assert (queue_due(at=NOW), queue_due(at=NOW)) == (20, 0)
        for sql in (one["sql"] for one in asked if one["sql"].startswith("SELECT")):
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
            assert rows_read(cursor.fetchone()[0][0]["Plan"], "accounts_webhookdelivery") < 100, sql


def rows_read(plan: dict[str, Any], table: str) -> float:
    """How many rows of a table a statement looked at."""
    own = plan["Actual Rows"] * plan["Actual Loops"] if plan.get("Relation Name") == table else 0
    return own + sum(rows_read(part, table) for part in plan.get("Plans", ()))


@pytest.mark.django_db
def test_queued_deliveries_wait_once_one_before_them_has_failed(receiver: Receiver, settings: Any) -> None:
    settings.TASKS = QUEUE_IN_THE_DATABASE
    receiver.status = 500
    webhook = make_webhook(url=receiver.url)
    deliveries = [make_delivery(webhook=webhook, next_at=NOW) for _number in range(3)]
    queue_due(at=NOW)

    for one in deliveries:
        deliver(delivery_id=one.pk, at=NOW)

    assert len(receiver.got) == 1
    assert WebhookAttempt.objects.count() == 1


DIE_AFTER_THE_ANSWER = """
import ipaddress, os, signal, sys, django
django.setup()
from django.conf import settings
from django.db import connection
connection.settings_dict["NAME"] = sys.argv[1]
settings.WEBHOOK_ALLOW_HTTP, settings.WEBHOOK_ALLOWED_NETWORKS = True, (ipaddress.ip_network("127.0.0.0/8"),)
from accounts.services.webhooks import sending
sending._note = lambda *args: os.kill(os.getpid(), signal.SIGKILL)
sending.deliver(delivery_id=int(sys.argv[2]))
"""


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_between_answer_and_record_leaves_it_to_be_sent_again_under_its_id(
    receiver: Receiver, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TASKS = QUEUE_IN_THE_DATABASE
    delivery = send_test(webhook=make_webhook(url=receiver.url))

    name, key = str(connection.settings_dict["NAME"]), str(delivery.pk)
    killed = subprocess.run(
        [sys.executable, "-c", DIE_AFTER_THE_ANSWER, name, key],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        timeout=60,
        check=False,
    )
    assert killed.returncode == -9
    assert receiver.ids == [delivery.event_id]
    assert not WebhookAttempt.objects.exists()

    tick()
    monkeypatch.setattr(Worker, "configure_signals", lambda worker: None)
    call_command("job_worker", queue_name="webhooks", batch=True, startup_delay=False, verbosity=0)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempt_count) == ("delivered", 1)
    assert receiver.ids == [delivery.event_id] * 2


@pytest.mark.django_db(transaction=True)
def test_two_workers_with_one_delivery_send_it_once(receiver: Receiver) -> None:
    delivery = send_test(webhook=make_webhook(url=receiver.url))
    at_the_receiver, may_answer = threading.Event(), threading.Event()

    def on_request() -> None:
        at_the_receiver.set()
        may_answer.wait(10)

    receiver.on_request = on_request

    def work() -> None:
        try:
            deliver(delivery_id=delivery.pk)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _number in range(3)]
    for thread in threads:
        thread.start()
    assert at_the_receiver.wait(10)
    may_answer.set()
    for thread in threads:
        thread.join()

    assert len(receiver.got) == 1
    assert WebhookAttempt.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_webhook_removed_while_its_message_is_under_way_leaves_nothing(receiver: Receiver) -> None:
    webhook = make_webhook(url=receiver.url)
    delivery = send_test(webhook=webhook)
    user = make_user()

    def on_request() -> None:
        try:
            subscribing.remove_webhook(webhook=webhook, by=user)
        finally:
            connections.close_all()

    receiver.on_request = on_request
    deliver(delivery_id=delivery.pk)

    assert len(receiver.got) == 1
    assert not Webhook.objects.exists()
    assert not WebhookDelivery.objects.exists()


# --- Subscribing -----------------------------------------------------------------------------------


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every name leads to the internet."""
    monkeypatch.setattr(subscribing, "open_target", lambda url: None)


@pytest.mark.django_db
def test_a_webhook_is_told_from_now_on_and_its_secret_is_kept_encrypted(cast: Cast, names: None) -> None:
    change(cast.doors[0])
    client = make_client("registry:read")

    made = subscribing.add_webhook(
        client=client.service_user, name="a", url="https://hooks.example/", events=["household.*", "*", "*"]
    )

    assert fan_out() == 0
    change(cast.doors[1])
    assert fan_out() == 1
    kept = Webhook.objects.get()
    assert kept.events == ["*", "household.*"]
    assert made.secret.encode() not in bytes(kept.secret)
    assert subscribing.keys_of(kept, NOW) == [made.secret]
    entry = HistoryEntry.objects.get(resource="webhooks")
    assert (entry.act, entry.by, made.secret in str(entry.details)) == ("webhook_added", client.service_user, False)


@pytest.mark.django_db
def test_a_name_is_used_once_by_each_client_and_there_are_twenty_at_most(names: None) -> None:
    one, other = make_client("registry:read"), make_client("registry:read")
    for client in (one, other):
        subscribing.add_webhook(client=client.service_user, name="a", url="https://a.example/", events=["*"])

    with pytest.raises(UnusableName):
        subscribing.add_webhook(client=one.service_user, name="a", url="https://a.example/", events=["*"])
    for number in range(19):
        make_webhook(client=one, name=f"n{number}")
    with pytest.raises(TooManyWebhooks):
        subscribing.add_webhook(client=one.service_user, name="b", url="https://a.example/", events=["*"])
    with pytest.raises(UnusableName):
        subscribing.change_webhook(webhook=Webhook.objects.get(name="n0"), by=one.service_user, name="n1")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("territory", "is_fine"), [("", True), (HERE, True), (f"{HERE}-001", True), (ELSEWHERE, False), (HERE[:4], False)]
)
def test_its_territory_lies_within_the_clients(names: None, territory: str, is_fine: bool) -> None:
    client = make_client("registry:read", territory=HERE[:6])
    asked = {"client": client.service_user, "name": "a", "url": "https://a.example/", "events": ["*"]}

    if is_fine:
        assert subscribing.add_webhook(**asked, territory=territory).webhook.territory == territory
    else:
        with pytest.raises(ValidationError) as refusal:
            subscribing.add_webhook(**asked, territory=territory)
        assert refusal.value.error_dict["territory"][0].code == "outside_territory"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://93.184.216.34/", "https_only"),
        ("https://127.0.0.1/", "forbidden_address"),
        ("https://[::ffff:169.254.169.254]/", "forbidden_address"),
        ("https://hooks.invalid/", "unresolved"),
    ],
)
def test_an_address_that_may_not_be_asked_is_refused_when_it_is_saved(
    monkeypatch: pytest.MonkeyPatch, url: str, code: str
) -> None:
    monkeypatch.setattr("socket.getaddrinfo", lambda *args, **kwargs: [])
    webhook = make_webhook()

    for save in (
        lambda: subscribing.add_webhook(client=webhook.service_user, name="a", url=url, events=["*"]),
        lambda: subscribing.change_webhook(webhook=webhook, by=webhook.service_user, url=url),
    ):
        with pytest.raises(ValidationError) as refusal:
            save()
        assert [(name, faults[0].code) for name, faults in refusal.value.error_dict.items()] == [("url", code)]


@pytest.mark.django_db
def test_another_address_is_tried_at_once(work: Callable[[datetime], None], names: None, receiver: Receiver) -> None:
    webhook = make_webhook(url="https://down.example/", failing_since=NOW, failures_in_a_row=9, rests_until=later(1))
    make_delivery(webhook=webhook, next_at=NOW)

    subscribing.change_webhook(webhook=webhook, by=webhook.service_user, url=receiver.url)
    work(NOW)

    assert len(receiver.got) == 1


@pytest.mark.django_db
def test_two_secrets_sign_while_the_overlap_lasts_and_one_after(receiver: Receiver, settings: Any) -> None:
    webhook = make_webhook(url=receiver.url)
    now = timezone.now()

    made = subscribing.rotate_secret(webhook=webhook, by=webhook.service_user, overlap_hours=24, at=now)
    deliver(delivery_id=send_test(webhook=webhook, at=now).pk, at=now)
    deliver(delivery_id=send_test(webhook=webhook, at=now).pk, at=now + timedelta(hours=24))

    both, one = receiver.got
    assert both.verified(SECRET) == both.verified(made.secret)
    assert len(both.headers["webhook-signature"].split(" ")) == 2
    assert len(one.headers["webhook-signature"].split(" ")) == 1
    assert subscribing.keys_of(Webhook.objects.get(), now) == [made.secret, SECRET]
    assert subscribing.forget_old_secrets(at=now + timedelta(hours=24)) == 1
    assert Webhook.objects.get().previous_secret is None


@pytest.mark.django_db
def test_a_second_rotation_waits_for_the_overlap_of_the_first_or_ends_it() -> None:
    webhook = make_webhook()
    by = webhook.service_user
    subscribing.rotate_secret(webhook=webhook, by=by, overlap_hours=24, at=NOW)

    with pytest.raises(RotationUnderWay):
        subscribing.rotate_secret(webhook=webhook, by=by, overlap_hours=1, at=later(23))
    ended = subscribing.rotate_secret(webhook=webhook, by=by, overlap_hours=0, at=later(23))
    assert subscribing.keys_of(Webhook.objects.get(), later(23)) == [ended.secret]
    assert subscribing.rotate_secret(webhook=webhook, by=by, overlap_hours=1, at=later(23))


@pytest.mark.django_db
def test_what_changed_while_it_was_paused_is_told_or_passed_over_as_asked(cast: Cast) -> None:
    webhook, by = make_webhook(), make_user()
    subscribing.pause_webhook(webhook=webhook, by=by)
    change(cast.doors[0])
    assert fan_out() == 0

    subscribing.resume_webhook(webhook=webhook, by=by)
    assert fan_out() == 1

    subscribing.pause_webhook(webhook=webhook, by=by)
    change(cast.doors[1])
    subscribing.resume_webhook(webhook=webhook, by=by, from_now=True)
    assert fan_out() == 0
    change(cast.doors[2])
    assert fan_out() == 1


@pytest.mark.django_db
def test_it_is_not_resumed_over_a_gap_that_nobody_would_see(cast: Cast) -> None:
    webhook, by = make_webhook(), make_user()
    change(cast.doors[0])
    fan_out()
    subscribing.pause_webhook(webhook=webhook, by=by)
    for door in cast.doors[1:]:
        change(door)
    number_changes()
    Change.objects.filter(cursor=1).delete()
    subscribing.resume_webhook(webhook=webhook, by=by)
    subscribing.pause_webhook(webhook=webhook, by=by)
    Change.objects.filter(cursor=2).delete()

    with pytest.raises(CursorExpired):
        subscribing.resume_webhook(webhook=webhook, by=by)
    assert subscribing.resume_webhook(webhook=webhook, by=by, from_now=True).state == "active"


# --- The log ---------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_client_that_was_off_for_longer_than_changes_are_kept_learns_that_some_are_lost(cast: Cast) -> None:
    webhook = make_webhook()
    change(cast.doors[0])
    change(cast.doors[1])
    number_changes()
    Change.objects.filter(cursor=1).delete()

    assert fan_out() == 0

    webhook.refresh_from_db()
    assert (webhook.state, webhook.paused_reason) == ("paused", "lost")
    assert not webhook.deliveries.exists()


@pytest.mark.django_db
def test_a_message_is_sent_again_as_it_was(cast: Cast, receiver: Receiver) -> None:
    webhook = make_webhook(url=receiver.url)
    change(cast.doors[0])
    tick()
    first = webhook.deliveries.get()

    again = send_again(delivery=first, by=make_user())
    more = send_again(delivery=first, by=make_user())
    tick()

    assert {(row.event_id, row.cursor, row.body) for row in webhook.deliveries.all()} == {
        (first.event_id, first.cursor, first.body)
    }
    assert (again.resend_of, more.resend_of) == (first.pk, first.pk)
    assert receiver.ids == [first.event_id] * 3


@pytest.mark.django_db
def test_what_is_still_tried_or_paused_is_not_sent_again() -> None:
    webhook = make_webhook()
    waiting, over = make_delivery(webhook=webhook), make_delivery(webhook=webhook, state="given_up")

    with pytest.raises(StillWaiting):
        send_again(delivery=waiting, by=make_user())
    subscribing.pause_webhook(webhook=webhook, by=make_user())
    over.refresh_from_db()
    with pytest.raises(WebhookNotSending):
        send_again(delivery=WebhookDelivery.objects.get(pk=over.pk), by=make_user())
    with pytest.raises(WebhookNotSending):
        send_test(webhook=Webhook.objects.get())


@pytest.mark.django_db
def test_the_log_is_kept_for_thirty_days_after_the_end(cast: Cast) -> None:
    webhook = make_webhook()
    old = {"state": "delivered", "finished_at": NOW - timedelta(days=30, minutes=1)}
    gone = make_delivery(webhook=webhook, **old, cursor=1)
    make_delivery(webhook=webhook, **old, cursor=1, resend_of=gone.pk)
    kept = make_delivery(webhook=webhook, state="delivered", finished_at=NOW - timedelta(days=29), resend_of=gone.pk)
    waiting = make_delivery(webhook=webhook, next_at=NOW - timedelta(days=99))
    for delivery in (gone, kept):
        WebhookAttempt.objects.create(delivery=delivery, at=NOW, status=200, milliseconds=1)

    assert forget_deliveries(at=NOW) == 2

    assert set(WebhookDelivery.objects.all()) == {kept, waiting}
    assert [attempt.delivery for attempt in WebhookAttempt.objects.all()] == [kept]


def test_networks_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core.exceptions import ImproperlyConfigured

    from config import env

    monkeypatch.setenv("WEBHOOK_ALLOWED_NETWORKS", "10.1.0.0/16, fd00::/8")
    named = [ip_network("10.1.0.0/16"), ip_network("fd00::/8")]
    assert env.networks("WEBHOOK_ALLOWED_NETWORKS", default=[]) == named
    monkeypatch.setenv("WEBHOOK_ALLOWED_NETWORKS", "10.1.0.1/16")
    with pytest.raises(ImproperlyConfigured, match="WEBHOOK_ALLOWED_NETWORKS"):
        env.networks("WEBHOOK_ALLOWED_NETWORKS", default=[])
