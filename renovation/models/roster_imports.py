from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.base import Versioned
from renovation.choices import ImportMode, ImportStatus
from renovation.querysets import RosterImportQuerySet


class RosterImport(Versioned):
    """One reading of a roster file: a check that writes nothing, or an import that can be reverted.

    The file is kept as it came, with its hash, under a name that says nothing. It holds personal data, so the row and
    all that hangs on it are seen by those who may import (`visible_to`). `mapping` is what columns were
    taken for beyond their names.
    """

    resource = "roster-imports"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood", models.PROTECT, related_name="roster_imports", verbose_name=_("neighbourhood")
    )
    community_code = models.CharField(_("community code"), max_length=12, db_index=True, editable=False)
    file = models.FileField(_("file"), upload_to="rosters")
    file_name = models.CharField(_("file name"), max_length=200)
    sha256 = models.CharField("SHA-256", max_length=64)
    mode = models.CharField(_("mode"), max_length=14, choices=ImportMode)
    status = models.CharField(_("status"), max_length=8, choices=ImportStatus, default=ImportStatus.QUEUED)
    mapping = models.JSONField(_("mapping of columns"), default=dict)
    columns = models.JSONField(_("columns found"), default=list)
    rows_read = models.PositiveIntegerField(_("rows read"), default=0)
    created = models.PositiveIntegerField(_("created"), default=0)
    updated = models.PositiveIntegerField(_("updated"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    rejected = models.PositiveIntegerField(_("rows kept out"), default=0)
    problem_count = models.PositiveIntegerField(_("problems"), default=0)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    reverted_at = models.DateTimeField(_("reverted at"), null=True, blank=True)
    reverted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reverted by")
    )

    objects = RosterImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("roster import")
        verbose_name_plural = _("roster imports")
        indexes = [
            # The imports of one neighbourhood, newest first.
            models.Index(fields=["neighbourhood", "-id"], name="roster_import_newest"),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def neighbourhood_code(self) -> str:
        return self.neighbourhood.code

    @property
    def is_under_way(self) -> bool:
        return self.status in (ImportStatus.QUEUED, ImportStatus.RUNNING)


class RosterProblem(models.Model):
    """What is wrong at one place of the file. Made into words when shown, in the reader's language."""

    roster_import = models.ForeignKey(
        RosterImport, models.CASCADE, related_name="problems", verbose_name=_("roster import")
    )
    sheet = models.CharField(_("sheet"), max_length=100, blank=True)
    row = models.PositiveIntegerField(_("row"))
    column = models.CharField(_("column"), max_length=3, blank=True)
    header = models.CharField(_("column name"), max_length=60, blank=True)
    code = models.CharField(_("code"), max_length=40)
    is_error = models.BooleanField(_("keeps the row out"))
    params = models.JSONField(_("details"), default=dict)

    class Meta:
        verbose_name = _("problem in a roster")
        verbose_name_plural = _("problems in rosters")
        indexes = [
            # The problems of one import, in the order of the file.
            models.Index(fields=["roster_import", "id"], name="roster_problem_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.sheet} {self.row} {self.column} {self.code}"


class RosterMapping(models.Model):
    """What a community took the columns of one shape of table for, to do the same with its next file of that shape."""

    community_code = models.CharField(_("community code"), max_length=12)
    signature = models.CharField(_("shape"), max_length=64)
    mapping = models.JSONField(_("mapping of columns"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        verbose_name = _("remembered mapping")
        verbose_name_plural = _("remembered mappings")
        constraints = [
            models.UniqueConstraint(fields=["community_code", "signature"], name="roster_mapping_once_per_shape")
        ]

    def __str__(self) -> str:
        return f"{self.community_code} {self.signature[:8]}"


class RosterTouch(models.Model):
    """The rows of one resource that an import created, so that they can be taken back."""

    roster_import = models.ForeignKey(
        RosterImport, models.CASCADE, related_name="touches", verbose_name=_("roster import")
    )
    resource = models.CharField(_("resource"), max_length=20)
    object_ids = ArrayField(models.BigIntegerField(), verbose_name=_("objects"))

    class Meta:
        verbose_name = _("rows created by an import")
        verbose_name_plural = _("rows created by imports")
        constraints = [
            models.UniqueConstraint(fields=["roster_import", "resource"], name="roster_touch_once_per_resource")
        ]

    def __str__(self) -> str:
        return f"{self.resource} · {self.roster_import_id}"


class RosterBeforeImage(models.Model):
    """What an import changed in a row, as it was before. `version` is the row's own after the import: while it stands,
    nobody has changed the row since.
    """

    roster_import = models.ForeignKey(
        RosterImport, models.CASCADE, related_name="before_images", verbose_name=_("roster import")
    )
    resource = models.CharField(_("resource"), max_length=20)
    object_id = models.BigIntegerField(_("object"))
    version = models.PositiveIntegerField(_("version"))
    before = models.JSONField(_("before"))

    class Meta:
        verbose_name = _("row before an import")
        verbose_name_plural = _("rows before imports")
        constraints = [
            models.UniqueConstraint(
                fields=["roster_import", "resource", "object_id"], name="roster_before_image_once_per_row"
            )
        ]

    def __str__(self) -> str:
        return f"{self.resource} {self.object_id}"
