"""The rate that the start of works is checked against: it moves after closing, the verdict does not."""

from datetime import datetime

from accounts.models import User
from consent.models import Survey
from consent.reports.results import result_of
from renovation.choices import EvidenceKind
from renovation.models import Neighbourhood
from renovation.services.lifecycle import add_evidence


def push_support_rate(*, survey: Survey, by: User, at: datetime) -> None:
    """Push the rate of a closed survey as it is now, unless a later survey of the neighbourhood has closed since:
    guards read the latest evidence, and an old survey no longer decides anything.

    The neighbourhood's lock, which closing takes too, keeps two surveys' rates in order.
    """
    neighbourhood = Neighbourhood.objects.select_for_update().get(pk=survey.neighbourhood_id)
    later = Survey.objects.filter(neighbourhood=neighbourhood, number__gt=survey.number, closed_at__isnull=False)
    if later.exists():
        return
    figures = {**result_of(survey).headline(), "survey": survey.pk, "tree_size": survey.tree_size}
    add_evidence(neighbourhood=neighbourhood, kind=EvidenceKind.SUPPORT_RATE, facts=figures, by=by, at=at)
