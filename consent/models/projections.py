"""What is remembered of the ledger so that reads need not scan it; `rebuild` makes the same from the visits."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from consent.choices import Given, StanceValue
from consent.querysets import OfSurveyQuerySet, StanceQuerySet


class Stance(models.Model):
    """A household's stance in a survey: its latest answer, else its latest outcome, else not visited."""

    door = models.OneToOneField(
        "consent.RollEntry", models.CASCADE, primary_key=True, related_name="stance", verbose_name=_("door")
    )
    survey = models.ForeignKey(
        "consent.Survey", models.CASCADE, related_name="stances", verbose_name=_("survey"), db_index=False
    )
    value = models.CharField(_("stance"), max_length=11, choices=StanceValue, default=StanceValue.NOT_VISITED)
    given = models.CharField(_("how it was given"), max_length=10, choices=Given, blank=True)
    counts = models.BooleanField(_("counts as support"), default=False)
    excluded = models.BooleanField(_("leaves the denominator"), default=False)
    contacted = models.BooleanField(_("had a contact"), default=False)
    visit_count = models.PositiveSmallIntegerField(_("visits"), default=0)
    round = models.PositiveSmallIntegerField(_("round"), default=0, help_text=_("Of the leading visit; 0 for none."))
    visit = models.ForeignKey(
        "consent.Visit", models.PROTECT, null=True, related_name="+", verbose_name=_("visit"), db_index=False
    )

    objects = StanceQuerySet.as_manager()

    class Meta:
        verbose_name = _("stance")
        verbose_name_plural = _("stances")
        indexes = [
            # Doors by stance, and who is left for the next round.
            models.Index(fields=["survey", "value"], name="stance_by_value"),
        ]

    def __str__(self) -> str:
        return self.value


class Tally(models.Model):
    """How many households of a building share a stance; only those on the roll. Zero rows may stay behind."""

    survey = models.ForeignKey(
        "consent.Survey", models.CASCADE, related_name="tallies", verbose_name=_("survey"), db_index=False
    )
    building = models.ForeignKey("renovation.Building", models.PROTECT, related_name="+", verbose_name=_("building"))
    round = models.PositiveSmallIntegerField(_("round"))
    value = models.CharField(_("stance"), max_length=11, choices=StanceValue)
    counts = models.BooleanField(_("counts as support"))
    excluded = models.BooleanField(_("leaves the denominator"))
    contacted = models.BooleanField(_("had a contact"))
    households = models.IntegerField(_("households"))

    objects = OfSurveyQuerySet.as_manager()

    class Meta:
        verbose_name = _("tally")
        verbose_name_plural = _("tallies")
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "building", "round", "value", "counts", "excluded", "contacted"],
                name="tally_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.building} {self.value} {self.households}"
