"""The rate that the start of works is checked against: it moves after closing, the verdict does not."""

from datetime import datetime

from accounts.models import User
from accounts.services.history import add_history
from consent.choices import Verdict
from consent.models import Survey
from consent.reports.results import result_of
from renovation.choices import EvidenceKind
from renovation.models import Neighbourhood
from renovation.services.evidence import latest_of
from renovation.services.lifecycle import add_evidence


def push_support_rate(*, survey: Survey, by: User, at: datetime) -> None:
    """Push the rate of a closed survey as it is now, unless a later survey of the neighbourhood has closed since:
    guards read the latest evidence, and an old survey no longer decides anything.

    Falling below the pass mark after a passed survey, or rising to it again, is told in the neighbourhood's history:
    it does not undo the verdict, but stops the start of works (workflow.md, Movement rules).

    The neighbourhood's lock, which closing takes too, keeps two surveys' rates in order.
    """
    neighbourhood = Neighbourhood.objects.select_for_update().get(pk=survey.neighbourhood_id)
    later = Survey.objects.filter(neighbourhood=neighbourhood, number__gt=survey.number, closed_at__isnull=False)
    if later.exists():
        return
    result, before = result_of(survey), latest_of(neighbourhood, EvidenceKind.SUPPORT_RATE)
    figures = {**result.headline(), "survey": survey.pk, "tree_size": survey.tree_size}
    add_evidence(neighbourhood=neighbourhood, kind=EvidenceKind.SUPPORT_RATE, facts=figures, by=by, at=at)
    if survey.verdict == Verdict.PASSED and before is not None and result.passes != (before.facts["missing"] == 0):
        # Works cannot start, or can again: that is news to whoever follows this neighbourhood's changes.
        act = "support_recovered" if result.passes else "support_fell"
        add_history(
            neighbourhood, act, by=by, fields=["support_rate"], supports=figures["supports"], missing=result.missing
        )
