from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from renovation.choices import Attendee, WarrantyKind
from renovation.models.base import LiesInNeighbourhood
from renovation.querysets import OfNeighbourhoodQuerySet, OfPackageQuerySet


class Acceptance(LiesInNeighbourhood, models.Model):
    """One formal check of a package, passed or not, with its checklist (point to whether it holds). Append-only."""

    resource = "acceptances"
    lies_in = "package"

    package = models.ForeignKey(
        "renovation.WorkPackage", models.PROTECT, related_name="acceptances", verbose_name=_("work package")
    )
    held_on = models.DateField(_("held on"))
    passed = models.BooleanField(_("passed"))
    checklist = models.JSONField(_("checklist"), default=dict)
    attendees = ArrayField(models.CharField(max_length=12, choices=Attendee), verbose_name=_("who took part"))
    remarks = models.CharField(_("remarks"), max_length=1000, blank=True)
    document = models.CharField(_("report number"), max_length=120)
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("recorded by")
    )

    objects = OfPackageQuerySet.as_manager()

    class Meta:
        verbose_name = _("acceptance")
        verbose_name_plural = _("acceptances")
        constraints = [
            models.UniqueConstraint(fields=["package"], condition=Q(passed=True), name="acceptance_passed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.package} {self.held_on}"


class CompletionFiling(LiesInNeighbourhood, models.Model):
    """That the completion file was handed in, within 15 days of acceptance (policy.md, section j). Append-only."""

    resource = "completion-filings"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood", models.PROTECT, related_name="completion_filings", verbose_name=_("neighbourhood")
    )
    filed_on = models.DateField(_("filed on"))
    filed_with = models.CharField(_("filed with"), max_length=80)
    kept_at = models.CharField(_("kept at"), max_length=120)
    document = models.CharField(_("document number"), max_length=120)
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("recorded by")
    )

    objects = OfNeighbourhoodQuerySet.as_manager()

    class Meta:
        verbose_name = _("filing of a completion")
        verbose_name_plural = _("filings of completions")

    def __str__(self) -> str:
        return f"{self.filed_with} {self.filed_on}"


class Warranty(LiesInNeighbourhood, models.Model):
    """How long an item is under warranty, from the day its acceptance passed. Append-only.

    `years` are years, seasons for heating and cooling, the design working life for a structure.
    """

    resource = "warranties"
    lies_in = "package"

    package = models.ForeignKey(
        "renovation.WorkPackage", models.PROTECT, related_name="warranties", verbose_name=_("work package")
    )
    acceptance = models.ForeignKey(
        Acceptance, models.PROTECT, related_name="warranties", verbose_name=_("acceptance"), db_index=False
    )
    menu_item = models.ForeignKey("renovation.MenuItem", models.PROTECT, related_name="+", verbose_name=_("item"))
    kind = models.CharField(_("kind of work"), max_length=13, choices=WarrantyKind)
    years = models.PositiveSmallIntegerField(_("years"))
    starts_on = models.DateField(_("begins on"))
    ends_on = models.DateField(_("ends on"))
    document = models.CharField(_("warranty letter"), max_length=120, blank=True)

    objects = OfPackageQuerySet.as_manager()

    class Meta:
        verbose_name = _("warranty")
        verbose_name_plural = _("warranties")
        constraints = [
            models.UniqueConstraint(fields=["acceptance", "menu_item", "kind"], name="warranty_once"),
            models.CheckConstraint(condition=Q(ends_on__gt=models.F("starts_on")), name="warranty_ends_later"),
        ]

    def __str__(self) -> str:
        return f"{self.menu_item} {self.ends_on}"
