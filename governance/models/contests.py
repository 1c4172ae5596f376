from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.base import Versioned
from governance.choices.contests import ContestScope, ContestState
from governance.choices.upkeep import Criterion
from governance.querysets.contests import ContestQuerySet, ContestScoreQuerySet, OfContestQuerySet
from renovation.models.base import LiesInNeighbourhood


class Contest(LiesInNeighbourhood, Versioned):
    """A contest of the best stairwell or building, judged by the five goal words (policy.md, section g).

    For each of them a judge gives from 0 to `most_points` points.
    """

    resource = "contests"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="contests",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    title = models.CharField(_("title"), max_length=80)
    scope = models.CharField(_("what competes"), max_length=9, choices=ContestScope)
    starts_on = models.DateField(_("begins on"))
    ends_on = models.DateField(_("ends on"))
    most_points = models.PositiveSmallIntegerField(_("most points for a goal word"), default=10)
    prize = models.CharField(_("prize"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=6, choices=ContestState, default=ContestState.OPEN)

    objects = ContestQuerySet.as_manager()

    class Meta:
        verbose_name = _("contest")
        verbose_name_plural = _("contests")
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="contest_ends_after_it_begins"),
            models.CheckConstraint(condition=Q(most_points__range=(1, 100)), name="contest_points_1_to_100"),
        ]
        indexes = [
            # The contests of one neighbourhood, latest first.
            models.Index(fields=["neighbourhood", "starts_on", "id"], name="contest_here"),
            # Contests in the order in which they begin, over many neighbourhoods.
            models.Index(fields=["starts_on", "id"], name="contest_by_day"),
        ]

    def __str__(self) -> str:
        return self.title


class ContestEntry(LiesInNeighbourhood, models.Model):
    """A stairwell or a building that competes. It names no person."""

    lies_in = "contest"

    contest = models.ForeignKey(
        Contest, models.PROTECT, related_name="entries", verbose_name=_("contest"), db_index=False
    )
    building = models.ForeignKey(
        "renovation.Building", models.PROTECT, related_name="contest_entries", verbose_name=_("building")
    )
    stairwell = models.ForeignKey(
        "renovation.Stairwell",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="contest_entries",
        verbose_name=_("stairwell"),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True, editable=False)

    objects = OfContestQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry of a contest")
        verbose_name_plural = _("entries of contests")
        constraints = [
            models.UniqueConstraint(
                fields=["contest", "building", "stairwell"], nulls_distinct=False, name="contest_entry_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.stairwell or self.building)


class ContestScore(models.Model):
    """The points that a judge gives an entry for a goal word. Append-only: the latest of a judge counts."""

    entry = models.ForeignKey(
        ContestEntry, models.PROTECT, related_name="scores", verbose_name=_("entry of a contest"), db_index=False
    )
    criterion = models.CharField(_("goal word"), max_length=9, choices=Criterion)
    points = models.PositiveSmallIntegerField(_("points"))
    judge = models.CharField(_("judge"), max_length=40)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))

    objects = ContestScoreQuerySet.as_manager()

    class Meta:
        verbose_name = _("score of a contest")
        verbose_name_plural = _("scores of contests")
        indexes = [
            # The latest score of each judge for each entry and goal word.
            models.Index(fields=["entry", "criterion", "judge", "-id"], name="contest_score_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_criterion_display()} {self.points}"
