from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.base import Versioned
from overview.choices import ExportFormat, ExportState, Weekday
from overview.querysets import ExportQuerySet, OwnQuerySet, WeeklySheetQuerySet

FORMATS_OF_SHEETS = [(choice.value, choice.label) for choice in (ExportFormat.XLSX, ExportFormat.CSV)]


class Export(Versioned):
    """A file that was asked for: made by the worker as whoever asked, kept for some days, and fetched by them alone.

    `subject` is the name of a sheet, of a print, or of a list of the API (`households`, `surveys/17/doors`). `filters`
    are kept as they were sent and read anew when the file is made, by what the caller may see then. `areas` are the
    scopes' areas that it takes to read it, `scopes` what the client's token allowed, `reach` the caller's grants when
    the file was made. Files hold personal data, so they lie under a name that says nothing.
    """

    resource = "exports"

    subject = models.CharField(_("what"), max_length=120)
    filters = models.JSONField(_("filters"), default=dict)
    format = models.CharField(_("format"), max_length=4, choices=ExportFormat)
    language = models.CharField(_("language"), max_length=10)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="exports", verbose_name=_("by"), db_index=False
    )
    areas = ArrayField(models.CharField(max_length=16), verbose_name=_("areas"), default=list)
    scopes = ArrayField(models.CharField(max_length=32), verbose_name=_("scopes"), null=True, blank=True)
    reach = ArrayField(models.CharField(max_length=40), verbose_name=_("made by the reach"), default=list, blank=True)
    reason = models.CharField(
        _("reason"), max_length=200, blank=True, help_text=_("Why personal data stands in it in full.")
    )
    community_code = models.CharField(_("community code"), max_length=12, blank=True)
    neighbourhood_code = models.CharField(_("neighbourhood"), max_length=16, blank=True)
    weekly = models.ForeignKey(
        "overview.WeeklySheet", models.SET_NULL, null=True, blank=True, related_name="exports", verbose_name=_("weekly")
    )
    due_at = models.DateTimeField(_("due at"), null=True, blank=True, help_text=_("Of a weekly sheet: its moment."))
    mailed_at = models.DateTimeField(_("mailed at"), null=True, blank=True)

    state = models.CharField(_("state"), max_length=8, choices=ExportState, default=ExportState.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    rows_done = models.PositiveBigIntegerField(_("rows done"), default=0)
    rows_total = models.PositiveBigIntegerField(_("rows in all"), null=True, blank=True)
    file = models.FileField(_("file"), upload_to="exports", blank=True)
    size = models.PositiveBigIntegerField(_("size in bytes"), default=0)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    error = models.CharField(_("error"), max_length=40, blank=True)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        constraints = [
            models.CheckConstraint(condition=~Q(state="done") | ~Q(file=""), name="export_done_has_file"),
            models.UniqueConstraint(fields=["weekly", "due_at"], name="export_weekly_once"),
        ]
        indexes = [
            # The caller's own, newest first.
            models.Index(fields=["by", "-id"], name="export_of_caller"),
            # What is to be deleted.
            models.Index(fields=["expires_at"], condition=Q(state="done"), name="export_to_expire"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} · {self.format}"

    @property
    def is_under_way(self) -> bool:
        return self.state in (ExportState.QUEUED, ExportState.RUNNING)

    def has_file(self, now: datetime | None = None) -> bool:
        """Whether its file may be fetched: from when it is made until it expires, to the second."""
        return self.state == ExportState.DONE and (self.expires_at is None or (now or timezone.now()) < self.expires_at)


class SavedView(Versioned):
    """A sheet with its filters under a name of one's own, to be opened again with one tap."""

    resource = "saved-views"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="saved_views",
        verbose_name=_("user"),
        # The name's constraint serves.
        db_index=False,
    )
    name = models.CharField(_("name"), max_length=60)
    sheet = models.CharField(_("sheet"), max_length=60)
    filters = models.JSONField(_("filters"), default=dict, blank=True)

    objects = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="saved_view_name_once")]

    def __str__(self) -> str:
        return self.name


class WeeklySheet(Versioned):
    """A saved view that its owner gets by mail once a week, at their own address and at no other."""

    resource = "weekly-sheets"

    view = models.OneToOneField(SavedView, models.CASCADE, related_name="weekly", verbose_name=_("saved view"))
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday, default=Weekday.MONDAY)
    hour = models.PositiveSmallIntegerField(_("hour"), default=7)
    format = models.CharField(_("format"), max_length=4, choices=FORMATS_OF_SHEETS, default=ExportFormat.XLSX)
    language = models.CharField(_("language"), max_length=10)
    starts_at = models.DateTimeField(
        _("from"), default=timezone.now, help_text=_("A moment before it was asked for is not made up for.")
    )
    last_due_at = models.DateTimeField(_("last made for"), null=True, blank=True)

    objects = WeeklySheetQuerySet.as_manager()

    class Meta:
        verbose_name = _("weekly sheet")
        verbose_name_plural = _("weekly sheets")
        constraints = [
            models.CheckConstraint(condition=Q(weekday__range=(1, 7)), name="weekly_sheet_weekday_1_to_7"),
            models.CheckConstraint(condition=Q(hour__range=(0, 23)), name="weekly_sheet_hour_0_to_23"),
        ]

    def __str__(self) -> str:
        return f"{self.view} · {self.get_weekday_display()}"

    @property
    def clock(self) -> str:
        return f"{self.hour:02d}:00"
