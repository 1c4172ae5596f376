"""Deliveries: queued when they are due, tried, tried again, sent anew, and at last forgotten."""

import random
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django_tasks_db.models import DBTaskResult

from accounts.choices import AttemptFault, DeliveryState, PauseReason, WebhookState
from accounts.errors import StillWaiting, WebhookNotSending
from accounts.models import User, Webhook, WebhookAttempt, WebhookDelivery
from accounts.rules import webhooks as rules
from accounts.rules.events import TEST
from accounts.services.history import add_history
from accounts.services.webhooks.addresses import Answer, post
from accounts.services.webhooks.fan_out import body_of_test, readable_changes
from accounts.services.webhooks.signing import new_event_id, signed_headers
from accounts.services.webhooks.subscribing import keys_of
from common.locks import alone

JOB = "accounts.jobs.deliver_webhook"

QUEUED_AT_ONCE = 20
"""Deliveries of one webhook that have a job at a time: a slow receiver leaves room for the others."""
JOB_SECONDS = 60
"""A job that has run for longer than any attempt may take died with its worker."""
FAILED_JOB_RESTS = timedelta(minutes=5)

KEPT_FOR = timedelta(days=30)
FORGOTTEN_AT_ONCE = 5_000

_RETRY_AFTER = frozenset({429, 503})
_DIGITS_READ = 9  # more are longer than a day in any case


def queue_due(*, at: datetime | None = None) -> int:
    """Queue a job for each delivery that is due and has none. Returns how many. Called by every worker each second.

    While a webhook fails only the oldest of its due deliveries is tried, once it has rested: a receiver that is down
    costs one connection at a time. One query where nothing is due.
    """
    at = at or timezone.now()
    # The first of each, from the index: a city's bills leave hundreds of thousands, and a join would read them all.
    first = WebhookDelivery.objects.waiting().filter(webhook=OuterRef("pk"), next_at__lte=at).order_by("next_at")
    rested = Q(rests_until=None) | Q(rests_until__lte=at)
    webhooks = Webhook.objects.sending().filter(rested).annotate(first_due=Subquery(first.values("next_at")[:1]))
    webhooks = webhooks.exclude(first_due=None).select_related("service_user__api_client")
    return sum(_queue_due(webhook.pk, at) for webhook in webhooks.order_by("pk") if webhook.client.is_usable(None))


@transaction.atomic
def _queue_due(pk: int, at: datetime) -> int:
    # Of two at once the second passes by, and leaves it to the first.
    webhook = Webhook.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
    if webhook is None:
        return 0
    # What has a job has waited longest, so it is among these: none of the rest need be looked at.
    due = webhook.deliveries.waiting().filter(next_at__lte=at).order_by("next_at", "pk").only("webhook", "job")
    oldest = list(due[: 1 if webhook.failing_since else QUEUED_AT_ONCE])
    live = _live_jobs([delivery.job for delivery in oldest if delivery.job], at)
    queued = 0
    for delivery in oldest:
        if delivery.job in live:
            continue
        # The queue is a table: in the same transaction, no crash can part a delivery from its job.
        row = getattr(import_string(JOB).enqueue(delivery.pk), "db_result", None)
        # Where there is no worker, as in a trial, the job was done here and now, and there is no row of it.
        if row is not None:
            WebhookDelivery.objects.filter(pk=delivery.pk).update(job=row.pk)
        queued += 1
    return queued


def _live_jobs(jobs: list[UUID], at: datetime) -> set[UUID]:
    """Those of the jobs that wait, may still run, or have just failed by a fault of ours.

    Looked up by their ids: asked beside the deliveries, all tasks of two weeks might be read for it.
    """
    runs = Q(status="RUNNING", started_at__gt=at - timedelta(seconds=JOB_SECONDS))
    failed = Q(status="FAILED", finished_at__gt=at - FAILED_JOB_RESTS)
    live = DBTaskResult.objects.filter(Q(status="READY") | runs | failed, pk__in=jobs)
    return set(live.values_list("pk", flat=True))


def deliver(*, delivery_id: int, at: datetime | None = None) -> None:
    """Try a delivery, if it is still due. Run twice, it is tried once; killed between the answer and its record, it is
    sent again under the same `webhook-id`.
    """
    with alone("webhook-delivery", delivery_id):
        delivery = (
            WebhookDelivery.objects.select_related("webhook__service_user__api_client").filter(pk=delivery_id).first()
        )
        at = at or timezone.now()
        if delivery is None or not _may_be_tried(delivery, at):
            return
        if not _is_readable(delivery):
            # Not by `save()`: its webhook may be removed at this moment, and it with that.
            withdrawn = {"state": DeliveryState.WITHDRAWN, "next_at": None, "finished_at": at, "updated_at": at}
            WebhookDelivery.objects.filter(pk=delivery_id).update(**withdrawn)
            return
        webhook = delivery.webhook
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Gongdi-Webhooks/1",
            **signed_headers(event_id=delivery.event_id, at=at, body=delivery.body, keys=keys_of(webhook, at)),
        }
        answer = post(webhook.url, body=delivery.body, headers=headers)
        _note(delivery, answer, at)


def _may_be_tried(delivery: WebhookDelivery, at: datetime) -> bool:
    """Read again when its turn has come: it may have been tried, paused or switched off since it was queued."""
    webhook = delivery.webhook
    return (
        delivery.is_due(at)
        and webhook.state == WebhookState.ACTIVE
        and webhook.service_user.is_active
        and webhook.client.is_usable(None)
        and (webhook.rests_until is None or webhook.rests_until <= at)
    )


def _is_readable(delivery: WebhookDelivery) -> bool:
    """Whether the client may still read of the change: scopes and territory are those it has now."""
    if delivery.cursor is None:
        return True
    return readable_changes(delivery.webhook).filter(cursor=delivery.cursor).exists()


@transaction.atomic
def _note(delivery: WebhookDelivery, answer: Answer, at: datetime) -> None:
    """Write down what came of an attempt, and what follows from it for the delivery and for its webhook."""
    # It may have been removed meanwhile, its deliveries with it.
    webhook = Webhook.objects.select_for_update().filter(pk=delivery.webhook_id).first()
    if webhook is None:
        return
    is_delivered = rules.is_delivered(answer.status)
    fault = answer.fault or ("" if is_delivered else AttemptFault.STATUS)
    WebhookAttempt.objects.create(
        delivery=delivery,
        at=at,
        status=answer.status,
        fault=fault,
        milliseconds=answer.milliseconds,
        answer=answer.text,
    )
    delivery.attempt_count += 1
    if is_delivered:
        _finish(delivery, DeliveryState.DELIVERED, at)
        _note_success(webhook)
    else:
        asked = retry_after(answer, at)
        pause = rules.pause_before_next(delivery.attempt_count, shift=random.uniform(-1, 1))  # noqa: S311 - no secret
        if pause is None:
            _finish(delivery, DeliveryState.GIVEN_UP, at)
        else:
            delivery.next_at = at + max(pause, asked)
        _note_failure(webhook, answer, asked, at)
    delivery.save(update_fields=["state", "attempt_count", "next_at", "finished_at", "updated_at"])


def _finish(delivery: WebhookDelivery, state: DeliveryState, at: datetime) -> None:
    delivery.state, delivery.next_at, delivery.finished_at = state, None, at


def _note_success(webhook: Webhook) -> None:
    """The others go now: their time has come while they waited."""
    if webhook.failing_since is not None:
        _set_failures(webhook, since=None, count=0, rests_until=None)


def _note_failure(webhook: Webhook, answer: Answer, asked: timedelta, at: datetime) -> None:
    # Of several that were under way at once the first has said it: a moment's fault is no row of failures.
    is_news = webhook.rests_until is None or at >= webhook.rests_until
    since, count = webhook.failing_since or at, webhook.failures_in_a_row + (1 if is_news else 0)
    rests_until = max(at + max(rules.rest_after(count), asked), webhook.rests_until or at)
    _set_failures(webhook, since=since, count=count, rests_until=rests_until)
    if webhook.state != WebhookState.ACTIVE:
        return
    if answer.status == rules.GONE:
        webhook.state = WebhookState.GONE
        act = "webhook_gone"
    elif rules.is_to_be_paused(count, at - since):
        webhook.state, webhook.paused_reason = WebhookState.PAUSED, PauseReason.FAILURES
        act = "webhook_paused"
    else:
        return
    webhook.save(update_fields=["state", "paused_reason"])
    add_history(webhook, act, by=None, action=None, failures=count, failing_since=since.isoformat())


def _set_failures(webhook: Webhook, *, since: datetime | None, count: int, rests_until: datetime | None) -> None:
    # Not by `save()`: how it goes is no change of what its client set up, so its version stays.
    Webhook.objects.filter(pk=webhook.pk).update(failing_since=since, failures_in_a_row=count, rests_until=rests_until)


def retry_after(answer: Answer, at: datetime) -> timedelta:
    """How long a receiver that is too busy (429, 503) asks to be left alone: seconds or a date; a day at most."""
    text = answer.retry_after.strip()
    if answer.status not in _RETRY_AFTER or not text:
        return timedelta(0)
    if text.isascii() and text.isdigit():
        asked = timedelta(seconds=int(text[:_DIGITS_READ]))
    else:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, OverflowError):
            return timedelta(0)
        asked = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - at
    return max(timedelta(0), min(asked, rules.LONGEST_RETRY_AFTER))


@transaction.atomic
def send_test(*, webhook: Webhook, at: datetime | None = None) -> WebhookDelivery:
    """Make a delivery that is about the webhook itself. Raises WebhookNotSending."""
    at = at or timezone.now()
    _require_sending(webhook)
    return WebhookDelivery.objects.create(
        webhook=webhook, event_id=new_event_id(), type=TEST, body=body_of_test(webhook, at), next_at=at
    )


@transaction.atomic
def send_again(*, delivery: WebhookDelivery, by: User, at: datetime | None = None) -> WebhookDelivery:
    """Make another delivery of the same message under the same `webhook-id`.

    Raises StillWaiting where it is still tried by itself, and WebhookNotSending.
    """
    _require_sending(delivery.webhook)
    if delivery.state == DeliveryState.WAITING:
        raise StillWaiting(_("This is still tried by itself. Send it again once it was delivered or given up."))
    again = WebhookDelivery.objects.create(
        webhook=delivery.webhook,
        event_id=delivery.event_id,
        cursor=delivery.cursor,
        type=delivery.type,
        body=delivery.body,
        next_at=at or timezone.now(),
        resend_of=delivery.pk,
    )
    add_history(delivery.webhook, "webhook_sent_again", by=by, action=None, event_id=delivery.event_id)
    return again


def _require_sending(webhook: Webhook) -> None:
    if webhook.state != WebhookState.ACTIVE:
        raise WebhookNotSending(_("This webhook is paused. Resume it first."))


def forget_deliveries(*, at: datetime | None = None) -> int:
    """Delete what was delivered or given up more than 30 days ago, some thousands at a time. Returns how many."""
    old = WebhookDelivery.objects.filter(finished_at__lt=(at or timezone.now()) - KEPT_FOR)
    deleted = 0
    while keys := list(old.order_by("finished_at").values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE]):
        with transaction.atomic():
            WebhookAttempt.objects.filter(delivery__in=keys).delete()
            some = WebhookDelivery.objects.filter(pk__in=keys)
            deleted += some._raw_delete(some.db)
    return deleted
