"""How each neighbourhood stood at the end of each day: what the dashboard reads, and how a past day is shown again."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from consent.choices import Verdict
from overview.querysets import NO_FEES, CommunityDayQuerySet, KeptDayQuerySet, NeighbourhoodDayQuerySet
from renovation.choices import Stage


class PlainJSONField(models.JSONField):
    """JSON as it was written, which is read without being put together anew: it is kept to be read, not searched."""

    def db_type(self, connection: Any) -> str:
        return "json"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """The driver may have read it already."""
        return super().from_db_value(value, expression, connection) if isinstance(value, str) else value


class NeighbourhoodDay(models.Model):
    """One neighbourhood at the end of one day, made of the ledgers and histories as they were then recorded.

    A projection: `keep_days` writes it at night and overwrites only the day in hand; `keep_days --rebuild` makes it
    anew from what it was made of and must find no difference. The survey is the latest that was open or closed by then;
    its counts are those of `SurveyResult`. Money is yuan: `money` maps each kind of source to planned, committed,
    received and spent, as text. Fees are those of the last whole month before the day (`fee_month`), and of the year so
    far up to that month, as booked by the day.
    """

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood", models.CASCADE, related_name="days", verbose_name=_("neighbourhood")
    )
    community_code = models.CharField(_("community code"), max_length=12)
    day = models.DateField(_("day"))
    stage = models.CharField(_("stage"), max_length=12, choices=Stage)
    stage_since = models.DateTimeField(_("in this stage since"))
    households = models.PositiveIntegerField(_("households"), default=0)
    longitude = models.DecimalField(_("longitude"), max_digits=9, decimal_places=6, null=True)
    latitude = models.DecimalField(_("latitude"), max_digits=9, decimal_places=6, null=True)

    survey = models.ForeignKey(
        "consent.Survey", models.CASCADE, null=True, related_name="+", verbose_name=_("survey"), db_index=False
    )
    survey_verdict = models.CharField(_("verdict"), max_length=6, choices=Verdict, blank=True)
    pass_share = models.DecimalField(_("pass share"), max_digits=5, decimal_places=4, null=True)
    revisit_on = models.DateField(_("look again on"), null=True)
    round = models.PositiveSmallIntegerField(_("round"), default=0)
    last_visit_on = models.DateField(_("last visit on"), null=True)
    roll = models.PositiveIntegerField(_("households on the roll"), default=0)
    excluded = models.PositiveIntegerField(_("leave the denominator"), default=0)
    visited = models.PositiveIntegerField(_("had a contact"), default=0)
    supports = models.PositiveIntegerField(_("households that support"), default=0)
    verbal = models.PositiveIntegerField(_("verbal, do not count yet"), default=0)
    rounds = PlainJSONField(
        _("by round"), default=list, help_text=_("Doors listed, doors visited and supports of each round.")
    )

    money = PlainJSONField(_("money by source"), default=dict)
    received = models.DecimalField(_("received"), max_digits=16, decimal_places=2, default=0)

    packages = PlainJSONField(
        _("work packages not done"),
        default=list,
        help_text=_("Of each its id, number, name, first and last planned day, and how much is done of how much."),
    )

    fee_month = models.DateField(_("month of the fees"))
    property_billed = models.DecimalField(_("property fees billed"), max_digits=14, decimal_places=2, default=0)
    property_reduced = models.DecimalField(_("property fees let off"), max_digits=14, decimal_places=2, default=0)
    property_settled = models.DecimalField(_("property fees settled"), max_digits=14, decimal_places=2, default=0)
    parking_billed = models.DecimalField(_("parking fees billed"), max_digits=14, decimal_places=2, default=0)
    parking_reduced = models.DecimalField(_("parking fees let off"), max_digits=14, decimal_places=2, default=0)
    parking_settled = models.DecimalField(_("parking fees settled"), max_digits=14, decimal_places=2, default=0)
    property_year_billed = models.DecimalField(
        _("property fees billed, year so far"), max_digits=14, decimal_places=2, default=0
    )
    property_year_reduced = models.DecimalField(
        _("property fees let off, year so far"), max_digits=14, decimal_places=2, default=0
    )
    property_year_settled = models.DecimalField(
        _("property fees settled, year so far"), max_digits=14, decimal_places=2, default=0
    )
    parking_year_billed = models.DecimalField(
        _("parking fees billed, year so far"), max_digits=14, decimal_places=2, default=0
    )
    parking_year_reduced = models.DecimalField(
        _("parking fees let off, year so far"), max_digits=14, decimal_places=2, default=0
    )
    parking_year_settled = models.DecimalField(
        _("parking fees settled, year so far"), max_digits=14, decimal_places=2, default=0
    )

    objects = NeighbourhoodDayQuerySet.as_manager()

    class Meta:
        verbose_name = _("day of a neighbourhood")
        verbose_name_plural = _("days of neighbourhoods")
        constraints = [models.UniqueConstraint(fields=["neighbourhood", "day"], name="neighbourhood_day_once")]
        indexes = [
            # All of a division on one day, and the sums of some days for the trend.
            models.Index(fields=["day", "community_code"], name="neighbourhood_day_of_division"),
            # Those with fees, which are few.
            models.Index(fields=["day", "community_code"], condition=~NO_FEES, name="neighbourhood_day_with_fees"),
        ]

    def __str__(self) -> str:
        return f"{self.neighbourhood_id} {self.day}"


class CommunityDay(models.Model):
    """The sums of a community's rows of one day, of which the trend is made: so that twelve weeks of a city take some
    thousand rows. Written along with them. Support leaves out rolls of fewer than five households, fees neighbourhoods
    of fewer.
    """

    community_code = models.CharField(_("community code"), max_length=12)
    day = models.DateField(_("day"))
    supports = models.PositiveIntegerField(_("households that support"), default=0)
    denominator = models.PositiveIntegerField(_("counted for support"), default=0)
    consented = models.PositiveIntegerField(_("consented, or further"), default=0)
    under_works = models.PositiveIntegerField(_("under works"), default=0)
    in_long_term = models.PositiveIntegerField(_("in long-term management"), default=0)
    received = models.DecimalField(_("received"), max_digits=16, decimal_places=2, default=0)
    property_due = models.DecimalField(_("property fees to be collected"), max_digits=16, decimal_places=2, default=0)
    property_paid = models.DecimalField(_("property fees settled"), max_digits=16, decimal_places=2, default=0)
    parking_due = models.DecimalField(_("parking fees to be collected"), max_digits=16, decimal_places=2, default=0)
    parking_paid = models.DecimalField(_("parking fees settled"), max_digits=16, decimal_places=2, default=0)

    objects = CommunityDayQuerySet.as_manager()

    class Meta:
        verbose_name = _("day of a community")
        verbose_name_plural = _("days of communities")
        constraints = [models.UniqueConstraint(fields=["day", "community_code"], name="community_day_once")]

    def __str__(self) -> str:
        return f"{self.community_code} {self.day}"


class KeptDay(models.Model):
    """That a day was kept for all neighbourhoods. Every change up to `cursor`, a number in `changes/`, is in it;
    what has a later one is read live. A day is `final` once it is over and nothing of it can still commit.
    """

    day = models.DateField(_("day"), unique=True)
    made_at = models.DateTimeField(_("made at"))
    cursor = models.BigIntegerField(_("last change"), default=0)
    final = models.BooleanField(_("final"), default=False)

    objects = KeptDayQuerySet.as_manager()

    class Meta:
        verbose_name = _("kept day")
        verbose_name_plural = _("kept days")

    def __str__(self) -> str:
        return f"{self.day}"
