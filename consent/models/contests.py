from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.base import Versioned
from consent.choices import ContestState
from consent.querysets import ReceiptContestQuerySet
from renovation.models.base import LiesInNeighbourhood


class ReceiptContest(LiesInNeighbourhood, Versioned):
    """That a household says of a recorded answer "this is not what I said", by the code of its receipt.

    The ledger is not changed by it: where the household is right, a further visit corrects the one contested, and
    `correction` names it. `phone` is encrypted, asked for to call back, and erased when the contest is answered. `text`
    is emptied, by trigger, with the private data of the visit.
    """

    resource = "receipt-contests"
    lies_in = "survey"

    survey = models.ForeignKey(
        "consent.Survey", models.PROTECT, related_name="receipt_contests", verbose_name=_("survey"), db_index=False
    )
    visit = models.ForeignKey(
        "consent.Visit", models.PROTECT, related_name="contests", verbose_name=_("visit that is contested")
    )
    text = models.TextField(_("what the household says"), max_length=1000)
    phone = models.BinaryField(null=True)
    raised_at = models.DateTimeField(_("contested at"))
    state = models.CharField(_("state"), max_length=9, choices=ContestState, default=ContestState.OPEN)
    answer = models.TextField(_("answer"), max_length=1000, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("answered by")
    )
    correction = models.ForeignKey(
        "consent.Visit", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("corrected by")
    )

    objects = ReceiptContestQuerySet.as_manager()

    class Meta:
        verbose_name = _("contested answer")
        verbose_name_plural = _("contested answers")
        constraints = [
            models.UniqueConstraint(
                fields=["visit"], condition=Q(state=ContestState.OPEN), name="receipt_contest_one_open"
            ),
            models.CheckConstraint(
                condition=Q(state=ContestState.OPEN, answered_at=None, answer="", correction=None)
                | (Q(state=ContestState.STANDS, answered_at__isnull=False, correction=None, phone=None) & ~Q(answer=""))
                | (
                    Q(state=ContestState.CORRECTED, answered_at__isnull=False, correction__isnull=False, phone=None)
                    & ~Q(answer="")
                ),
                name="receipt_contest_answered_whole",
            ),
        ]
        indexes = [
            # Those of a survey, the open ones first; and their totals.
            models.Index(fields=["survey", "state", "id"], name="receipt_contest_of_survey"),
        ]

    def __str__(self) -> str:
        return f"{self.survey} · {self.pk}"
