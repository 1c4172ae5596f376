"""The tables that every app writes to: what was done, what changed, and which request was already answered."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.querysets import ChangeQuerySet, TerritorialQuerySet


class HistoryEntry(models.Model):
    """One act on one object: who, when, in which request, and the figures as they stood. Append-only, by trigger."""

    at = models.DateTimeField(_("at"), auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    request_id = models.CharField(_("request"), max_length=64, blank=True)
    act = models.CharField(_("act"), max_length=40)
    resource = models.CharField(_("resource"), max_length=40, help_text=_("The object's resource in the API."))
    object_id = models.BigIntegerField(_("object"))
    community_code = models.CharField(_("community"), max_length=12, blank=True)
    neighbourhood_code = models.CharField(_("neighbourhood"), max_length=16, blank=True)
    details = models.JSONField(_("details"), default=dict)

    objects = TerritorialQuerySet.as_manager()

    class Meta:
        verbose_name = _("history entry")
        verbose_name_plural = _("history")
        indexes = [
            # The history of one object, newest first.
            models.Index(fields=["resource", "object_id", "-id"], name="history_of_object"),
            # What one request did, looked up by the whole of its id.
            models.Index(fields=["request_id"], condition=~models.Q(request_id=""), name="history_of_request"),
            # What was read on a reason in the last days: READS of the back office's words.
            models.Index(
                fields=["at"],
                condition=models.Q(
                    act__in=["revealed", "personal_fields_read", "doors_read", "ledger_read", "ballots_read"]
                ),
                name="history_of_reads",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.act} · {self.resource} {self.object_id}"


class Change(models.Model):
    """That an object changed, for `changes/`. `cursor` is given to committed rows in order, by whoever reads next.

    Rows are written unnumbered inside their transaction; numbering happens after commit under one lock, so that a
    reader who has seen cursor n has seen every change below n.
    """

    at = models.DateTimeField(_("at"), auto_now_add=True)
    resource = models.CharField(_("resource"), max_length=40)
    object_id = models.BigIntegerField(_("object"))
    action = models.CharField(_("action"), max_length=8)
    event = models.CharField(
        _("event type"),
        max_length=64,
        blank=True,
        db_default="",
        help_text=_("Of the act behind it; empty where the action says it all."),
    )
    fields = ArrayField(models.CharField(max_length=40), verbose_name=_("fields"), default=list)
    community_code = models.CharField(_("community"), max_length=12, blank=True)
    neighbourhood_code = models.CharField(_("neighbourhood"), max_length=16, blank=True)
    grid = models.CharField(  # noqa: DJ001 - no grid and not written down are two things
        _("grid"),
        max_length=15,
        null=True,
        help_text=_("Of the building; empty where that belongs to all grids of its community."),
    )
    cursor = models.BigIntegerField(_("cursor"), null=True, unique=True)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        indexes = [
            # What waits for its number; stays as small as what waits.
            models.Index(fields=["id"], condition=models.Q(cursor=None), name="change_without_cursor"),
        ]

    def __str__(self) -> str:
        return f"{self.action} · {self.resource} {self.object_id}"


class IdempotencyKey(models.Model):
    """The first answer to an unsafe request that carried an `Idempotency-Key`; given again when it is repeated."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("user"))
    key = models.CharField(_("key"), max_length=255)
    request_hash = models.BinaryField(help_text="SHA-256 of method, path and body.")
    status = models.PositiveSmallIntegerField(_("status of the answer"), null=True)
    body = models.BinaryField(default=bytes)
    is_encrypted = models.BooleanField(default=False, help_text="False for what was kept before bodies were encrypted.")
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once_per_caller")]

    def __str__(self) -> str:
        return self.key
