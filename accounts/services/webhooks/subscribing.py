"""Webhooks: made, changed, paused, taken up again, given another secret."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.choices import PauseReason, WebhookState
from accounts.errors import CursorExpired, RotationUnderWay, TooManyWebhooks, UnusableName
from accounts.models import User, Webhook, WebhookAttempt
from accounts.rules.territory import lies_in
from accounts.rules.webhooks import UnusableUrl
from accounts.services.changes import last_cursor, lowest_after, number_changes
from accounts.services.history import add_history
from accounts.services.webhooks.addresses import ForbiddenAddress, Unresolved, open_target
from accounts.services.webhooks.signing import new_secret
from common.secrets import decrypt, encrypt

AT_MOST = 20
"""Webhooks that one client may have."""
LONGEST_OVERLAP = 168


@dataclass(frozen=True)
class WithSecret:
    """A webhook with the secret that it signs with from now on: shown once."""

    webhook: Webhook
    secret: str


@transaction.atomic
def add_webhook(*, client: User, name: str, url: str, events: Sequence[str], territory: str = "") -> WithSecret:
    """Make a webhook of the client whose service user is `client`. It is told of what changes from now on.

    Raises ValidationError for an address or a territory that cannot be used, TooManyWebhooks, UnusableName.
    """
    _check_url(url)
    _check_territory(territory, client)
    # Of two at once the second waits, and counts the first.
    User.objects.select_for_update().get(pk=client.pk)
    if Webhook.objects.filter(service_user=client).count() >= AT_MOST:
        raise TooManyWebhooks(_("You have %(limit)s webhooks; there can be no more.") % {"limit": AT_MOST})
    secret = new_secret()
    number_changes()
    webhook = Webhook(
        service_user=client,
        name=name,
        url=url,
        events=_sorted(events),
        territory=territory,
        secret=encrypt(secret.encode()),
        cursor=last_cursor(),
    )
    _save_named(webhook)
    add_history(webhook, "webhook_added", by=client, action=None, url=url, events=webhook.events, territory=territory)
    return WithSecret(webhook, secret)


@transaction.atomic
def change_webhook(*, webhook: Webhook, by: User, **values: Any) -> Webhook:
    """Change what is given of name, url, events and territory. Another address is tried at once, whatever the last did.

    Raises ValidationError and UnusableName as `add_webhook` does.
    """
    # Before the row is locked: the name is looked up.
    if "url" in values:
        _check_url(values["url"])
    if "territory" in values:
        _check_territory(values["territory"], webhook.service_user)
    locked = _locked(webhook)
    if "events" in values:
        values["events"] = _sorted(values["events"])
    changed = {name: [getattr(locked, name), new] for name, new in values.items() if getattr(locked, name) != new}
    if not changed:
        return locked
    for name, (_before, new) in changed.items():
        setattr(locked, name, new)
    _save_named(locked, [*changed, *(_clear_failures(locked) if "url" in changed else ())])
    add_history(locked, "webhook_changed", by=by, action=None, changed=changed)
    return locked


@transaction.atomic
def remove_webhook(*, webhook: Webhook, by: User) -> None:
    """Remove a webhook with its deliveries; the history keeps that it was there."""
    locked = _locked(webhook)
    add_history(locked, "webhook_removed", by=by, action=None, name=locked.name, url=locked.url)
    # By two statements, however long the log is: Django would read every row of it.
    attempts = WebhookAttempt.objects.filter(delivery__webhook=locked)
    attempts._raw_delete(attempts.db)
    locked.deliveries.all()._raw_delete(attempts.db)
    locked.delete()


@transaction.atomic
def pause_webhook(*, webhook: Webhook, by: User) -> Webhook:
    """Stop sending to it. What changes meanwhile is sent when it is taken up again."""
    locked = _locked(webhook)
    if locked.state == WebhookState.ACTIVE:
        locked.state, locked.paused_reason = WebhookState.PAUSED, PauseReason.ASKED
        locked.save(update_fields=["state", "paused_reason"])
        add_history(locked, "webhook_paused", by=by, action=None, reason=locked.paused_reason)
    return locked


@transaction.atomic
def resume_webhook(*, webhook: Webhook, by: User, from_now: bool = False) -> Webhook:
    """Send to it again, whatever stopped it: first what waits, then what changed meanwhile, unless `from_now`, which
    passes over the latter.

    Raises CursorExpired where some of what changed meanwhile is no longer kept.
    """
    locked = _locked(webhook)
    if locked.state == WebhookState.ACTIVE:
        return locked
    fields = ["state", "paused_reason", *_clear_failures(locked)]
    if from_now:
        number_changes()
        locked.cursor = last_cursor()
        fields.append("cursor")
    elif locked.cursor < lowest_after():
        raise CursorExpired(
            _("The changes since it was paused are no longer all kept. Read the lists anew and resume from now.")
        )
    locked.state, locked.paused_reason = WebhookState.ACTIVE, ""
    locked.save(update_fields=fields)
    add_history(locked, "webhook_resumed", by=by, action=None, from_now=from_now)
    return locked


@transaction.atomic
def rotate_secret(*, webhook: Webhook, by: User, overlap_hours: int, at: datetime | None = None) -> WithSecret:
    """Give it a new secret. Until `overlap_hours` from now (0 to 168) messages are signed with the old one, too.

    Raises RotationUnderWay while the overlap of the last rotation lasts, unless the old secrets are to end now: of
    three, the receiver might know the one that fell away.
    """
    at = at or timezone.now()
    locked = _locked(webhook)
    if overlap_hours and locked.previous_until and locked.previous_until > at:
        raise RotationUnderWay(
            _("The secret before the present one signs until %(until)s. Rotate after that, or without an overlap.")
            % {"until": timezone.localtime(locked.previous_until).isoformat(timespec="minutes")},
            previous_until=locked.previous_until,
        )
    secret = new_secret()
    locked.previous_secret = locked.secret if overlap_hours else None
    locked.previous_until = at + timedelta(hours=overlap_hours) if overlap_hours else None
    locked.secret = encrypt(secret.encode())
    locked.save(update_fields=["secret", "previous_secret", "previous_until"])
    add_history(locked, "webhook_secret_rotated", by=by, action=None, overlap_hours=overlap_hours)
    return WithSecret(locked, secret)


def keys_of(webhook: Webhook, at: datetime) -> list[str]:
    """The secrets that sign at a moment, the newest first."""
    kept = [webhook.secret]
    if webhook.previous_secret is not None and webhook.previous_until and webhook.previous_until > at:
        kept.append(webhook.previous_secret)
    return [decrypt(bytes(secret)).decode() for secret in kept]


def forget_old_secrets(*, at: datetime | None = None) -> int:
    """Delete the secrets whose overlap is over."""
    over = Webhook.objects.filter(previous_until__lte=at or timezone.now())
    return over.update(previous_secret=None, previous_until=None)


def _locked(webhook: Webhook) -> Webhook:
    return Webhook.objects.select_for_update().get(pk=webhook.pk)


def _save_named(webhook: Webhook, fields: list[str] | None = None) -> None:
    try:
        with transaction.atomic():
            webhook.save(update_fields=fields)
    except IntegrityError as error:
        raise UnusableName(_("There is a webhook of this name already.")) from error


def _clear_failures(webhook: Webhook) -> list[str]:
    webhook.failing_since, webhook.failures_in_a_row, webhook.rests_until = None, 0, None
    return ["failing_since", "failures_in_a_row", "rests_until"]


def _sorted(events: Sequence[str]) -> list[str]:
    return sorted(set(events))


def _check_territory(territory: str, client: User) -> None:
    if territory and not lies_in(territory, client.client.territory):  # type: ignore[union-attr] # it is a client
        raise ValidationError(
            {"territory": ValidationError(_("This is no territory within your own."), "outside_territory")}
        )


def _check_url(url: str) -> None:
    try:
        open_target(url)
    except UnusableUrl as error:
        raise _url_fault(_URL_FAULTS[error.code](), error.code) from error
    except Unresolved as error:
        raise _url_fault(_("No address was found for this name."), "unresolved") from error
    except ForbiddenAddress as error:
        raise _url_fault(_("This leads into a network to which nothing is sent."), "forbidden_address") from error


def _url_fault(text: str, code: str) -> ValidationError:
    return ValidationError({"url": ValidationError(text, code)})


# Asked for when they are needed, in the language of that moment.
_URL_FAULTS = {
    "too_long": lambda: _("A URL has at most 500 characters."),
    "unreadable": lambda: _("This is no URL that every reader takes for the same address."),
    "https_only": lambda: _("Only https is allowed."),
    "user_in_url": lambda: _("No user name or password may stand in it."),
    "fragment_in_url": lambda: _("No fragment (#) may stand in it."),
    "port_not_allowed": lambda: _("The port must be 443, or 1024 and above."),
}
