"""What the lifecycle learns of owners' votes: how many the plan needs, and how many of them passed."""

from datetime import datetime

from accounts.models import User
from consent.models import OwnersVote
from renovation.choices import EvidenceKind
from renovation.models import Neighbourhood
from renovation.services.evidence import push_evidence


def push_votes(*, vote: OwnersVote, by: User, at: datetime) -> None:
    """Tell how the votes stand that the plan needs, after this one moved. Call it under the neighbourhood's lock.

    Of several votes on one matter, in one stairwell or in the whole, the last that was not cancelled speaks.
    """
    neighbourhood: Neighbourhood = vote.neighbourhood
    rows = OwnersVote.objects.filter(neighbourhood=neighbourhood, needed_by_plan=True, cancelled_at=None)
    latest = {(row.matter, row.stairwell_id): row for row in rows.order_by("number")}
    if not latest and not vote.needed_by_plan:
        return
    push_evidence(
        neighbourhood=neighbourhood,
        kind=EvidenceKind.VOTES,
        facts={"needed": len(latest), "passed": sum(row.stands for row in latest.values())},
        source=("votes", vote.pk),
        by=by,
        at=at,
    )
