from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from renovation.choices import EvidenceKind, Stage
from renovation.querysets import EvidenceQuerySet, StageRecordQuerySet


class Evidence(models.Model):
    """A fact about a neighbourhood that guards read, pushed down by the app that knows it. Append-only, by trigger.

    A later row of the same kind replaces an earlier one, or revokes it with a reason.
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
        ]

    def __str__(self) -> str:
        return f"{self.get_from_stage_display()} → {self.get_to_stage_display()}"
