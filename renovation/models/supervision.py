from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.base import Versioned
from renovation.choices import DefectAct, DefectState, PhotoPhase, Reporter, Severity
from renovation.models.base import LiesInNeighbourhood
from renovation.querysets import DefectEventQuerySet, SitePhotoQuerySet, SiteReportQuerySet


class SiteReport(LiesInNeighbourhood, models.Model):
    """What somebody saw on site: residents' supervisors above all. Append-only."""

    resource = "site-reports"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="site_reports",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    package = models.ForeignKey(
        "renovation.WorkPackage",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="site_reports",
        verbose_name=_("work package"),
    )
    building = models.ForeignKey(
        "renovation.Building", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("building")
    )
    reporter = models.CharField(_("who looked"), max_length=20, choices=Reporter)
    reporter_name = models.CharField(_("name"), max_length=40, blank=True)
    reported_on = models.DateField(_("on"))
    text = models.CharField(_("what was seen"), max_length=1000)
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("recorded by")
    )

    objects = SiteReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("site report")
        verbose_name_plural = _("site reports")
        indexes = [
            # The reports of one neighbourhood, latest first.
            models.Index(fields=["neighbourhood", "-id"], name="site_report_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_reporter_display()} {self.reported_on}"


class Defect(LiesInNeighbourhood, Versioned):
    """Something built badly or broken: to be rectified, rechecked and closed. After acceptance it is early damage.

    `contractor` is who built it, as it was known when the defect was found.
    """

    resource = "defects"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="defects",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    package = models.ForeignKey(
        "renovation.WorkPackage",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="defects",
        verbose_name=_("work package"),
    )
    menu_item = models.ForeignKey(
        "renovation.MenuItem", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("item")
    )
    building = models.ForeignKey(
        "renovation.Building", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("building")
    )
    report = models.ForeignKey(
        SiteReport, models.PROTECT, null=True, blank=True, related_name="defects", verbose_name=_("site report")
    )
    severity = models.CharField(_("severity"), max_length=6, choices=Severity)
    text = models.CharField(_("what is wrong"), max_length=1000)
    contractor = models.CharField(_("contractor"), max_length=80, blank=True)
    found_on = models.DateField(_("found on"))
    due_on = models.DateField(_("to be rectified by"), null=True, blank=True)
    after_acceptance = models.BooleanField(_("found after acceptance"), default=False)
    state = models.CharField(_("state"), max_length=9, choices=DefectState, default=DefectState.OPEN)

    objects = SiteReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("defect")
        verbose_name_plural = _("defects")
        indexes = [
            # The defects of one neighbourhood, those not closed first.
            models.Index(fields=["neighbourhood", "state", "id"], name="defect_of_neighbourhood"),
            # What endangers people and is not closed, of all neighbourhoods, the oldest first.
            models.Index(
                fields=["found_on", "id"],
                condition=Q(severity=Severity.SAFETY) & ~Q(state=DefectState.CLOSED),
                name="defect_hazards",
            ),
            # Early damage by item, contractor and year.
            models.Index(
                fields=["menu_item", "found_on"], condition=Q(after_acceptance=True), name="defect_early_damage"
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]


class DefectEvent(models.Model):
    """One step in the life of a defect. Append-only."""

    defect = models.ForeignKey(Defect, models.PROTECT, related_name="events", verbose_name=_("defect"))
    act = models.CharField(_("act"), max_length=14, choices=DefectAct)
    done_on = models.DateField(_("on"))
    note = models.CharField(_("note"), max_length=1000, blank=True)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))

    objects = DefectEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event of a defect")
        verbose_name_plural = _("events of defects")

    def __str__(self) -> str:
        return self.get_act_display()


class SitePhoto(LiesInNeighbourhood, models.Model):
    """A photo of a place before, during or after the works; without location, and never of persons or interiors.

    A published one may be shown at the doors of other neighbourhoods.
    """

    resource = "site-photos"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood", models.PROTECT, related_name="site_photos", verbose_name=_("neighbourhood")
    )
    report = models.ForeignKey(
        SiteReport, models.PROTECT, null=True, blank=True, related_name="photos", verbose_name=_("site report")
    )
    defect = models.ForeignKey(
        Defect, models.PROTECT, null=True, blank=True, related_name="photos", verbose_name=_("defect")
    )
    menu_item = models.ForeignKey(
        "renovation.MenuItem", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("item")
    )
    phase = models.CharField(_("phase"), max_length=6, choices=PhotoPhase)
    caption = models.CharField(_("caption"), max_length=120, blank=True)
    taken_on = models.DateField(_("taken on"))
    file = models.FileField(_("file"), upload_to="site-photos/%Y/%m/")
    sha256 = models.BinaryField(help_text=_("Of the file as it was sent: sending it again changes nothing."))
    is_published = models.BooleanField(_("published"), default=False)
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("recorded by")
    )

    objects = SitePhotoQuerySet.as_manager()

    class Meta:
        verbose_name = _("site photo")
        verbose_name_plural = _("site photos")
        constraints = [models.UniqueConstraint(fields=["neighbourhood", "sha256"], name="site_photo_once")]

    def __str__(self) -> str:
        return self.caption or self.get_phase_display()
