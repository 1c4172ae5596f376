"""From changes to deliveries: each change once to each webhook that asked for its type and whose client may read it."""

from copy import copy
from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import Resolver404, resolve
from django.utils import timezone

from accounts.choices import PauseReason, WebhookState
from accounts.models import Change, Webhook, WebhookDelivery
from accounts.querysets import ChangeQuerySet
from accounts.rules.events import TEST, event_by_action, matches, resources_of
from accounts.services.changes import last_cursor, lowest_after, number_changes
from accounts.services.history import add_history
from accounts.services.webhooks.signing import new_event_id
from common.json_format import dumps

AT_ONCE = 2_000
"""Changes that a webhook is taken through in one transaction."""


def fan_out(*, at: datetime | None = None) -> int:
    """Number what changed and make the deliveries of it, up to AT_ONCE changes for each webhook. Returns how many.

    Called by every worker each second. The deliveries and the webhook's cursor are written in one transaction under
    the lock of its row, so whoever is killed has done all of it or none, and of two at once the second passes by.
    Three queries where nothing changed.
    """
    number_changes()
    last = last_cursor()
    behind = Webhook.objects.sending().filter(cursor__lt=last).order_by("pk").values_list("pk", flat=True)
    return sum(_fan_out(pk, last, at or timezone.now()) for pk in behind)


@transaction.atomic
def _fan_out(pk: int, last: int, at: datetime) -> int:
    webhook = (
        Webhook.objects.sending()
        .select_related("service_user__api_client")
        .select_for_update(of=("self",), skip_locked=True)
        .filter(pk=pk, cursor__lt=last)
        .first()
    )
    if webhook is None or not webhook.client.is_usable(None):
        return 0
    if webhook.cursor < lowest_after():
        # Its client was switched off for longer than changes are kept: that some are lost is for somebody to know.
        webhook.state, webhook.paused_reason = WebhookState.PAUSED, PauseReason.LOST
        webhook.save(update_fields=["state", "paused_reason"])
        add_history(webhook, "webhook_paused", by=None, action=None, reason=webhook.paused_reason)
        return 0
    up_to = min(last, webhook.cursor + AT_ONCE)
    changes = readable_changes(webhook).filter(
        cursor__gt=webhook.cursor, cursor__lte=up_to, resource__in=resources_of(webhook.events)
    )
    made = WebhookDelivery.objects.bulk_create(
        WebhookDelivery(
            webhook=webhook,
            event_id=new_event_id(),
            cursor=change.cursor,
            type=event,
            body=body_of(change, event),
            next_at=at,
        )
        for change in changes.order_by("cursor")
        if matches(webhook.events, event := event_type(change))
    )
    # Not by `save()`: how far it was told is no change of what its client set up.
    Webhook.objects.filter(pk=pk).update(cursor=up_to)
    return len(made)


def readable_changes(webhook: Webhook) -> ChangeQuerySet:
    """The changes that the webhook's client may read of, with the territory and the scopes that it has now, within the
    webhook's own territory.
    """
    user = webhook.service_user
    changes: ChangeQuerySet = Change.objects.visible_to(user)
    if webhook.territory:
        narrower, client = copy(user), copy(webhook.client)
        client.territory = webhook.territory
        narrower.__dict__["client"] = client
        changes = changes.visible_to(narrower)
    return changes


def event_type(change: Change) -> str:
    """What a change is called: after the act behind it where that has a name, else after its action."""
    return change.event or event_by_action(change.resource, change.action)


def body_of(change: Change, event: str) -> str:
    """The message, as it is signed. Which object it is about and no more: it is read over the API, by who may."""
    data = {
        "resource": change.resource,
        "id": change.object_id,
        "action": change.action,
        "fields": change.fields,
        "cursor": str(change.cursor),
        "url": url_of(change.resource, change.object_id),
        "neighbourhood": change.neighbourhood_code,
        "community": change.community_code,
    }
    return _message(event, change.at, data)


def body_of_test(webhook: Webhook, at: datetime) -> str:
    """The message of a test, of the same form."""
    data = {
        "resource": webhook.resource,
        "id": webhook.pk,
        "action": "test",
        "fields": [],
        "cursor": None,
        "url": url_of(webhook.resource, webhook.pk),
        "neighbourhood": "",
        "community": "",
    }
    return _message(TEST, at, data)


def url_of(resource: str, object_id: int) -> str | None:
    """Where the object is read, under the site's address; None for what has no address of its own, as visits."""
    return f"{settings.SITE_ADDRESS}/api/v1/{resource}/{object_id}/" if _is_routed(resource) else None


@cache
def _is_routed(resource: str) -> bool:
    try:
        return resolve(f"/api/v1/{resource}/1/").url_name != "api-nothing"
    except Resolver404:
        return False


def _message(event: str, at: datetime, data: dict[str, Any]) -> str:
    moment = timezone.localtime(at).isoformat(timespec="milliseconds")
    return dumps({"type": event, "timestamp": moment, "data": data}).decode()
