"""What the lifecycle learns of owners' votes: how many the plan needs, and how many of them passed."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from consent.choices import VoteMatter
from consent.models import OwnersVote
from renovation.choices import EvidenceKind
from renovation.models import Neighbourhood
from renovation.services.evidence import push_evidence, withdraw_evidence


def push_votes(*, vote: OwnersVote, by: User, at: datetime) -> None:
    """Tell how the votes stand that the plan needs, after this one moved. Call it under the neighbourhood's lock.

    Of several votes on one matter, in one stairwell or in the whole, the last that was not cancelled speaks; other
    major matters are told apart by their titles. With the only one cancelled nothing is told any more: that none is
    needed is for somebody to say, with a document.
    """
    neighbourhood: Neighbourhood = vote.neighbourhood
    rows = OwnersVote.objects.filter(neighbourhood=neighbourhood, needed_by_plan=True, cancelled_at=None)
    latest = {_question(row): row for row in rows.order_by("number")}
    if latest:
        push_evidence(
            neighbourhood=neighbourhood,
            kind=EvidenceKind.VOTES,
            facts={"needed": len(latest), "passed": sum(row.stands for row in latest.values())},
            source=("votes", vote.pk),
            by=by,
            at=at,
        )
    elif vote.needed_by_plan:
        withdraw_evidence(
            neighbourhood=neighbourhood,
            kind=EvidenceKind.VOTES,
            reason=_("The vote that the plan needs was called off."),
            by=by,
            at=at,
            kept_here=False,
        )


def _question(vote: OwnersVote) -> tuple[int, int | None, str]:
    return vote.matter, vote.stairwell_id, vote.title if vote.matter == VoteMatter.OTHER else ""
