from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from renovation.choices import EvidenceKind, OverrideState, Stage
from renovation.querysets import EvidenceQuerySet, GuardOverrideQuerySet, StageRecordQuerySet


class Evidence(models.Model):
    """A fact about a neighbourhood that guards read, pushed down by the app that knows it. Append-only, by trigger.

    A later row of the same kind replaces an earlier one, or revokes it with a reason. What a person records bears the
    number and the day of its document.
    """

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="evidence",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    kind = models.CharField(_("kind"), max_length=24, choices=EvidenceKind)
    facts = models.JSONField(_("facts"), default=dict)
    document = models.CharField(_("document number"), max_length=120, blank=True)
    dated_on = models.DateField(_("date of the document"), null=True, blank=True)
    revoked = models.BooleanField(_("revokes the earlier one"), default=False)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("piece of evidence")
        verbose_name_plural = _("evidence")
        indexes = [
            # The latest row of a kind.
            models.Index(fields=["neighbourhood", "kind", "-id"], name="evidence_latest"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def is_kept_here(self) -> bool:
        """Whether a module pushed it, which keeps what it is about."""
        return "source" in self.facts


class StageChange(models.Model):
    """One step of the lifecycle: from where to where, who, when, and the guards' figures as they stood. Append-only."""

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="stage_changes",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    from_stage = models.CharField(_("from"), max_length=12, choices=Stage, blank=True)
    to_stage = models.CharField(_("to"), max_length=12, choices=Stage)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    figures = models.JSONField(_("figures as they stood"), default=dict)

    objects = StageRecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("stage change")
        verbose_name_plural = _("stage changes")
        indexes = [
            # The timeline of one neighbourhood.
            models.Index(fields=["neighbourhood", "id"], name="stage_change_timeline"),
            # The steps of all neighbourhoods since a moment.
            models.Index(fields=["at"], name="stage_change_since"),
        ]

    def __str__(self) -> str:
        return f"{self.get_from_stage_display()} → {self.get_to_stage_display()}"


class GuardOverride(models.Model):
    """That a guard of one step is lifted here: asked for by one official of the district, confirmed by another.

    It counts once it is confirmed, and only until the neighbourhood leaves the stage at which it was asked for.
    """

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="guard_overrides",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    to_stage = models.CharField(_("to"), max_length=12, choices=Stage)
    guard = models.CharField(_("guard"), max_length=24)
    reason = models.CharField(_("reason"), max_length=500)
    document = models.CharField(_("document number"), max_length=120)
    requested_at = models.DateTimeField(_("asked for at"))
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked for by")
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )

    objects = GuardOverrideQuerySet.as_manager()

    class Meta:
        verbose_name = _("override of a guard")
        verbose_name_plural = _("overrides of guards")
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("requested_by")),
                name="guard_override_by_two_people",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None, confirmed_at=None)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
                name="guard_override_confirmed_whole",
            ),
        ]
        indexes = [
            # Those of one neighbourhood that still count.
            models.Index(fields=["neighbourhood", "requested_at"], name="guard_override_in_force"),
        ]

    def __str__(self) -> str:
        return f"{self.guard} → {self.get_to_stage_display()}"

    @property
    def state(self) -> str:
        return OverrideState.REQUESTED if self.confirmed_at is None else OverrideState.CONFIRMED
