from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.base import Versioned
from renovation.choices import Rater
from renovation.models.base import LiesInNeighbourhood
from renovation.querysets import EvaluationAnswerQuerySet, EvaluationQuerySet


class Evaluation(LiesInNeighbourhood, Versioned):
    """Residents' evaluation of the works: what was asked, of how many households, and how many must answer.

    `questions` are objects of `code` and `text`, each answered from 1 to 5. Closed, its result is fixed, by trigger.
    """

    resource = "evaluations"

    neighbourhood = models.ForeignKey(
        "renovation.Neighbourhood",
        models.PROTECT,
        related_name="evaluations",
        verbose_name=_("neighbourhood"),
        db_index=False,
    )
    number = models.PositiveSmallIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=120)
    questions = models.JSONField(_("questions"))
    minimum_share = models.DecimalField(_("least share of households"), max_digits=5, decimal_places=4)
    household_count = models.PositiveIntegerField(_("households asked"))
    opened_at = models.DateTimeField(_("opened at"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("opened by")
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("closed by")
    )
    result = models.JSONField(_("result when it was closed"), null=True, blank=True)

    objects = EvaluationQuerySet.as_manager()

    class Meta:
        verbose_name = _("evaluation")
        verbose_name_plural = _("evaluations")
        constraints = [
            models.UniqueConstraint(fields=["neighbourhood", "number"], name="evaluation_number_once"),
            models.UniqueConstraint(
                fields=["neighbourhood"], condition=Q(closed_at=None), name="evaluation_one_open_a_neighbourhood"
            ),
            models.CheckConstraint(
                condition=Q(minimum_share__gt=0, minimum_share__lte=1), name="evaluation_share_within_0_and_1"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, result=None) | Q(closed_at__isnull=False, result__isnull=False),
                name="evaluation_closed_with_result",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


class EvaluationAnswer(models.Model):
    """One respondent's answers; a household may have several. Append-only. `client_id` makes a sheet count once."""

    evaluation = models.ForeignKey(
        Evaluation, models.PROTECT, related_name="answers", verbose_name=_("evaluation"), db_index=False
    )
    client_id = models.UUIDField(_("client id"), unique=True)
    household = models.ForeignKey("renovation.Household", models.PROTECT, related_name="+", verbose_name=_("household"))
    respondent = models.CharField(_("respondent"), max_length=8, choices=Rater)
    scores = models.JSONField(_("scores"), help_text=_("Question to a score from 1 to 5."))
    note = models.CharField(_("note"), max_length=500, blank=True)
    answered_on = models.DateField(_("answered on"))
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("recorded by")
    )

    objects = EvaluationAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = _("answer to an evaluation")
        verbose_name_plural = _("answers to evaluations")
        indexes = [
            # Who has answered, by household.
            models.Index(fields=["evaluation", "household"], name="evaluation_answer_household"),
        ]

    def __str__(self) -> str:
        return f"{self.evaluation} · {self.household}"
