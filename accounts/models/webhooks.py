"""Where an integrator's system wants to be told of changes, and what was told to it."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.choices import AttemptFault, DeliveryState, PauseReason, WebhookState
from accounts.models.base import Versioned
from accounts.querysets import WebhookDeliveryQuerySet, WebhookQuerySet


class Webhook(Versioned):
    """An address of a client's that is sent events of some types. Its secrets are encrypted; its `cursor` says up to
    which change it has been told (deliveries for those are in the log).
    """

    resource = "webhooks"

    service_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="webhooks", verbose_name=_("API client")
    )
    name = models.CharField(_("name"), max_length=100)
    url = models.CharField(_("URL"), max_length=500)
    events = ArrayField(models.CharField(max_length=64), verbose_name=_("event types"))
    territory = models.CharField(
        _("territory"), max_length=16, blank=True, help_text=_("Narrower than the client's; empty for all of that.")
    )
    secret = models.BinaryField()
    previous_secret = models.BinaryField(null=True)
    previous_until = models.DateTimeField(_("previous secret signs until"), null=True)
    state = models.CharField(_("state"), max_length=8, choices=WebhookState, default=WebhookState.ACTIVE)
    paused_reason = models.CharField(_("why paused"), max_length=10, choices=PauseReason, blank=True)
    failing_since = models.DateTimeField(_("failing since"), null=True)
    failures_in_a_row = models.PositiveIntegerField(_("failures in a row"), default=0)
    rests_until = models.DateTimeField(
        _("rests until"),
        null=True,
        help_text=_("While it fails, one delivery is tried at a time, and not before this."),
    )
    cursor = models.BigIntegerField(_("told up to change"), default=0)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        constraints = [
            # A client that did not hear that one was made finds it by its name, rather than making another.
            models.UniqueConstraint(fields=["service_user", "name"], name="webhook_named_once_per_client"),
            models.CheckConstraint(condition=Q(state__in=WebhookState.values), name="webhook_state_known"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def client(self) -> Any:
        """The API client that it belongs to."""
        return self.service_user.client


class WebhookDelivery(models.Model):
    """One event for one webhook: the body as it is signed, and how far it is. Deleted 30 days after its end."""

    resource = "webhook-deliveries"

    # Without an index of its own: that of the log serves.
    webhook = models.ForeignKey(
        Webhook, models.CASCADE, related_name="deliveries", db_index=False, verbose_name=_("webhook")
    )
    event_id = models.CharField(
        _("message id"), max_length=32, help_text=_("Sent as `webhook-id`: the same at each attempt, and sent again.")
    )
    cursor = models.BigIntegerField(_("change"), null=True, help_text=_("Empty for a test."))
    type = models.CharField(_("event type"), max_length=64)
    body = models.TextField(_("message text"))
    state = models.CharField(_("state"), max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    attempt_count = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(_("next attempt"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    resend_of = models.BigIntegerField(_("sent again for"), null=True, help_text=_("The delivery before, by its id."))
    job = models.UUIDField(_("job"), null=True, help_text=_("That was queued last to make an attempt."))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        constraints = [
            # Whatever fans out, a change is told once to each webhook.
            models.UniqueConstraint(
                fields=["webhook", "cursor"], condition=Q(resend_of=None), name="webhook_delivery_once_per_change"
            ),
            models.CheckConstraint(
                condition=(Q(state="waiting") & Q(next_at__isnull=False, finished_at=None))
                | (~Q(state="waiting") & Q(next_at=None, finished_at__isnull=False)),
                name="webhook_delivery_waits_or_is_over",
            ),
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="webhook_delivery_state_known"),
        ]
        indexes = [
            # What is due for a webhook, the oldest first; stays as small as what waits.
            models.Index(fields=["webhook", "next_at"], condition=Q(state="waiting"), name="webhook_delivery_due"),
            # The log of a webhook by id.
            models.Index(fields=["webhook", "id"], name="webhook_delivery_log"),
            # What `tidy` deletes.
            models.Index(fields=["finished_at"], name="webhook_delivery_finished"),
            # A message that the receiver's log names.
            models.Index(fields=["event_id"], name="webhook_delivery_event"),
        ]

    def __str__(self) -> str:
        return f"{self.type} · {self.event_id}"

    def is_due(self, at: datetime) -> bool:
        return self.state == DeliveryState.WAITING and self.next_at is not None and self.next_at <= at


class WebhookAttempt(models.Model):
    """One attempt of a delivery and what came of it. Written once."""

    delivery = models.ForeignKey(
        WebhookDelivery, models.CASCADE, related_name="attempts", verbose_name=_("webhook delivery")
    )
    at = models.DateTimeField(_("at"))
    status = models.PositiveSmallIntegerField(_("status of the answer"), null=True)
    fault = models.CharField(_("fault"), max_length=20, choices=AttemptFault, blank=True)
    milliseconds = models.PositiveIntegerField(_("milliseconds"))
    answer = models.CharField(_("answer"), max_length=1024, blank=True, help_text=_("How it began."))

    class Meta:
        verbose_name = _("webhook attempt")
        verbose_name_plural = _("webhook attempts")

    def __str__(self) -> str:
        return f"{self.delivery_id} · {self.status or self.fault}"
