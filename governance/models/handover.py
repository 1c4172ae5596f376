from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models.base import Versioned
from governance.choices.handover import (
    AssetKind,
    AssetState,
    HandoverKind,
    HandoverState,
    Service,
    Signatory,
    WithdrawalState,
)
from governance.querysets.base import GovernedQuerySet
from governance.querysets.handover import OfHandoverQuerySet
from renovation.models.base import LiesInNeighbourhood


class Handover(LiesInNeighbourhood, Versioned):
    """That assets and files pass to whoever manages the place from a day on. Frozen, with its lists, once signed.

    `handover_on` is the day on which the manager takes over; long-term management begins with it. `digest` is that of
    the lists as they are now: who signs, signs it.
    """

    resource = "handovers"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="handovers",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    management = models.ForeignKey(
        "governance.Management", models.PROTECT, related_name="handovers", verbose_name=_("management")
    )
    handover_on = models.DateField(_("day of handover"))
    document = models.CharField(_("document number"), max_length=120, blank=True)
    state = models.CharField(_("state"), max_length=6, choices=HandoverState, default=HandoverState.DRAFT)
    signed_at = models.DateTimeField(_("signed at"), null=True, blank=True)
    digest = models.CharField(_("digest of its lists"), max_length=64)

    objects = GovernedQuerySet.as_manager()

    class Meta:
        verbose_name = _("handover")
        verbose_name_plural = _("handovers")
        constraints = [
            models.UniqueConstraint(
                fields=["neighbourhood"], condition=Q(state="draft"), name="handover_one_in_preparation"
            ),
            models.CheckConstraint(
                condition=Q(state="draft", signed_at=None) | (Q(state="signed", signed_at__isnull=False)),
                name="handover_signed_whole",
            ),
        ]
        indexes = [
            # The handovers of one neighbourhood, the latest first.
            models.Index(fields=["neighbourhood", "-id"], name="handover_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.neighbourhood} · {self.handover_on}"


class HandoverItem(models.Model):
    """One of the eight things that pass over, and whether it has; where it has not, the note says why.

    `count` is of sheets, keys, meters: whatever it is counted in.
    """

    handover = models.ForeignKey(
        Handover, models.CASCADE, related_name="items", verbose_name=_("handover"), db_index=False
    )
    kind = models.CharField(pgettext_lazy("handover", "what"), max_length=12, choices=HandoverKind)
    handed = models.BooleanField(_("handed over"), default=False)
    count = models.PositiveIntegerField(_("count"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)

    objects = OfHandoverQuerySet.as_manager()

    class Meta:
        verbose_name = _("item of a handover")
        verbose_name_plural = _("items of handovers")
        constraints = [models.UniqueConstraint(fields=["handover", "kind"], name="handover_item_once")]

    def __str__(self) -> str:
        return self.get_kind_display()


class Asset(LiesInNeighbourhood, Versioned):
    """A thing on the asset list. `taken_by` names the utility that takes it over, where the manager does not."""

    lies_in = "handover"

    handover = models.ForeignKey(
        Handover, models.CASCADE, related_name="assets", verbose_name=_("handover"), db_index=False
    )
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=13, choices=AssetKind)
    quantity = models.DecimalField(_("quantity"), max_digits=12, decimal_places=2)
    unit = models.CharField(_("unit"), max_length=20)
    place = models.CharField(_("place"), max_length=120, blank=True)
    state = models.CharField(_("state"), max_length=6, choices=AssetState, default=AssetState.GOOD)
    taken_by = models.CharField(_("taken over by the utility"), max_length=80, blank=True)

    objects = OfHandoverQuerySet.as_manager()

    class Meta:
        verbose_name = _("asset")
        verbose_name_plural = _("assets")
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="asset_quantity_above_0"),
        ]
        indexes = [
            # The list of one handover, in the order in which it was written.
            models.Index(fields=["handover", "id"], name="asset_of_handover"),
        ]

    def __str__(self) -> str:
        return self.name


class HandoverSignature(models.Model):
    """One party's signature below the lists as they were then: `digest` is theirs. Append-only.

    Lists that were changed afterwards are not what was signed: they are signed again.
    """

    handover = models.ForeignKey(
        Handover, models.PROTECT, related_name="signatures", verbose_name=_("handover"), db_index=False
    )
    party = models.CharField(pgettext_lazy("handover", "party"), max_length=9, choices=Signatory)
    name = models.CharField(_("signed by"), max_length=40)
    signed_on = models.DateField(_("signed on"))
    document = models.CharField(_("document number"), max_length=120, blank=True)
    digest = models.CharField(_("digest of what was signed"), max_length=64)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))

    objects = OfHandoverQuerySet.as_manager()

    class Meta:
        verbose_name = _("signature of a handover")
        verbose_name_plural = _("signatures of handovers")
        constraints = [
            models.UniqueConstraint(fields=["handover", "party", "digest"], name="handover_party_signs_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_party_display()} {self.signed_on}"


class ServiceWithdrawal(LiesInNeighbourhood, Versioned):
    """That a service which the government paid for ends on a day after handover (policy.md, section e).

    `readiness` holds the answers of the check, `taken_over_by`, `fee_covers_it`, `residents_told_on`, as far as they
    were given; `reason` is why it was put off.
    """

    resource = "service-withdrawals"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="service_withdrawals",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    service = models.CharField(_("service"), max_length=10, choices=Service)
    ends_on = models.DateField(_("ends on"))
    state = models.CharField(_("state"), max_length=9, choices=WithdrawalState, default=WithdrawalState.PLANNED)
    readiness = models.JSONField(_("readiness"), default=dict, blank=True)
    document = models.CharField(_("document number"), max_length=120)
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    objects = GovernedQuerySet.as_manager()

    class Meta:
        verbose_name = _("withdrawal of a service")
        verbose_name_plural = _("withdrawals of services")
        constraints = [
            models.UniqueConstraint(
                fields=["neighbourhood", "service"],
                condition=~Q(state="withdrawn"),
                name="service_withdrawal_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="postponed") | ~Q(reason=""), name="service_withdrawal_postponed_with_reason"
            ),
        ]
        indexes = [
            # The services of one neighbourhood, by the day on which they end.
            models.Index(fields=["neighbourhood", "ends_on", "id"], name="service_withdrawal_here"),
            # Those that end next, over many neighbourhoods.
            models.Index(fields=["ends_on", "id"], name="service_withdrawal_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.get_service_display()} {self.ends_on}"
