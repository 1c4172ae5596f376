"""What is disclosed to owners, the common money that it tells of, and the nightly audit of the book."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.choices.fees import CommonPurse, PurseSource
from governance.querysets.fees import DisclosureQuerySet, FeeAuditQuerySet, FeeQuerySet
from renovation.models.base import LiesInNeighbourhood


class PurseEntry(LiesInNeighbourhood, models.Model):
    """Money of the owners in common, in or (below zero) out: public income or the maintenance fund. Append-only.

    What shared-land parking brings through bills is not entered here: disclosure counts it off the bills.
    """

    resource = "purse-entries"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="purse_entries",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    purse = models.CharField(_("purse"), max_length=16, choices=CommonPurse)
    source = models.CharField(pgettext_lazy("purse", "what for"), max_length=12, choices=PurseSource)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    booked_on = models.DateField(_("booked on"))
    document = models.CharField(_("document number"), max_length=120)
    note = models.CharField(_("note"), max_length=200, blank=True)
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversed_by", verbose_name=_("takes back")
    )
    created_at = models.DateTimeField(_("recorded at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))

    objects = FeeQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry of a common purse")
        verbose_name_plural = _("entries of common purses")
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="purse_entry_of_some_amount")]
        indexes = [
            # A purse of one neighbourhood over a period.
            models.Index(fields=["neighbourhood", "purse", "booked_on", "id"], name="purse_entry_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.get_purse_display()} {self.amount}"


class Disclosure(LiesInNeighbourhood, models.Model):
    """The fees, the fund and the public income of a period as they were published (Civil Code 943). Append-only: what
    was wrong is published anew, and names what it corrects.
    """

    resource = "fee-disclosures"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="fee_disclosures",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    period = models.CharField(_("period"), max_length=7)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    figures = models.JSONField(_("figures"))
    digest = models.CharField(_("digest"), max_length=64)
    posted_at_place = models.CharField(_("posted where"), max_length=120, blank=True)
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="corrected_by", verbose_name=_("corrects")
    )
    published_at = models.DateTimeField(_("published at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))

    objects = DisclosureQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("fee", "disclosure")
        verbose_name_plural = pgettext_lazy("fee", "disclosures")
        constraints = [
            models.UniqueConstraint(
                fields=["neighbourhood", "period"], condition=Q(corrects=None), name="disclosure_once_a_period"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.neighbourhood} {self.period}"


class FeeAudit(models.Model):
    """One nightly audit of the whole book: what was proved, over how many rows, and what did not hold. Signed, and
    append-only.

    `checks` holds for each check its code, how many rows it looked at and how many it found; `findings` the rows found,
    up to a limit, each with its neighbourhood.
    """

    day = models.DateField(_("day"))
    checks = models.JSONField(_("checks"))
    findings = models.JSONField(_("findings"), default=list)
    finding_count = models.PositiveIntegerField(_("findings in all"), default=0)
    body = models.TextField(_("what was signed"))
    digest = models.CharField(_("digest"), max_length=64)
    key_id = models.CharField(_("key"), max_length=16)
    signature = models.BinaryField(_("signature"))
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), db_index=True)

    objects = FeeAuditQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("fee", "nightly audit")
        verbose_name_plural = pgettext_lazy("fee", "nightly audits")

    def __str__(self) -> str:
        return f"{self.day}"
