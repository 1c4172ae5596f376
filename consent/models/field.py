"""What the server knows of the phones at the doors, and the records that it could not take from them."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consent.choices import HandedStatus, Outcome
from consent.querysets import HandedVisitQuerySet, PhoneQueueQuerySet


class FieldPhone(models.Model):
    """A browser that one person takes to the doors, with the secret that its store is encrypted with.

    A phone that two people use is two rows, with a secret each. Deleting the row is what makes a lost phone's store
    unreadable once its browser has let go of the key (docs/field.md).
    """

    phone = models.UUIDField(_("phone"), help_text=_("Made by the browser, kept in it."))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="phones", verbose_name=_("user"), db_index=False
    )
    secret = models.BinaryField()
    name = models.CharField(_("name"), max_length=80, blank=True, help_text=_("System and browser, as it says itself."))
    first_seen_at = models.DateTimeField(_("first seen at"), default=timezone.now)
    last_seen_at = models.DateTimeField(_("last seen at"), default=timezone.now)

    class Meta:
        verbose_name = _("phone")
        # Not the numbers of households, which are phones too.
        verbose_name_plural = pgettext_lazy("at the doors", "phones")
        constraints = [models.UniqueConstraint(fields=["user", "phone"], name="field_phone_once_a_user")]

    def __str__(self) -> str:
        return f"{self.user} · {self.name}" if self.name else str(self.user)


class PhoneQueue(models.Model):
    """What a phone had of a survey when it was last heard of: doors taken along, and what waits on it."""

    phone = models.ForeignKey(
        FieldPhone, models.CASCADE, related_name="queues", verbose_name=_("phone"), db_index=False
    )
    survey = models.ForeignKey("consent.Survey", models.CASCADE, related_name="phone_queues", verbose_name=_("survey"))
    taken_at = models.DateTimeField(_("doors taken along at"), null=True)
    waiting_count = models.PositiveIntegerField(_("visits waiting"), default=0)
    refused_count = models.PositiveIntegerField(_("visits refused"), default=0)
    photo_count = models.PositiveIntegerField(_("photos waiting"), default=0)
    oldest_at = models.DateTimeField(_("oldest waiting visit"), null=True)
    reported_at = models.DateTimeField(_("reported at"), default=timezone.now)

    objects = PhoneQueueQuerySet.as_manager()

    class Meta:
        verbose_name = _("queue of a phone")
        verbose_name_plural = _("queues of phones")
        constraints = [models.UniqueConstraint(fields=["phone", "survey"], name="phone_queue_once_a_survey")]

    def __str__(self) -> str:
        return f"{self.phone} · {self.waiting_count}"


class HandedVisit(models.Model):
    """A visit that its round no longer took, handed to community staff to be entered out of round or set aside.

    `content` is what was refused, as api.md has a visit sent, encrypted: it holds what a household said.
    """

    survey = models.ForeignKey(
        "consent.Survey", models.PROTECT, related_name="handed_visits", verbose_name=_("survey"), db_index=False
    )
    door = models.ForeignKey("consent.RollEntry", models.PROTECT, related_name="+", verbose_name=_("door"))
    client_id = models.UUIDField(_("client id"), unique=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    visited_at = models.DateTimeField(_("visited at"))
    content = models.BinaryField()
    refusals = ArrayField(models.CharField(max_length=40), verbose_name=_("refused for"))
    handed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="handed_visits", verbose_name=_("handed over by")
    )
    handed_at = models.DateTimeField(_("handed over at"))
    status = models.CharField(_("status"), max_length=9, choices=HandedStatus, default=HandedStatus.WAITING)
    visit = models.OneToOneField(
        "consent.Visit", models.PROTECT, null=True, related_name="handed", verbose_name=_("entered as")
    )
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("settled by")
    )
    settled_at = models.DateTimeField(_("settled at"), null=True)
    settle_reason = models.CharField(_("reason for setting it aside"), max_length=500, blank=True)

    objects = HandedVisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("visit handed over")
        verbose_name_plural = _("visits handed over")
        indexes = [
            # What waits for community staff in a survey, oldest first.
            models.Index(fields=["survey", "status", "handed_at"], name="handed_visit_by_status"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status=HandedStatus.WAITING, settled_at=None, visit=None)
                | Q(status=HandedStatus.ENTERED, settled_at__isnull=False, visit__isnull=False)
                | (Q(status=HandedStatus.SET_ASIDE, settled_at__isnull=False, visit=None) & ~Q(settle_reason="")),
                name="handed_visit_waits_or_is_settled",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.survey} · {self.client_id}"
