"""Challenges to a decision before the court (SPC interpretation, art. 12; policy.md, section a)."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from accounts.services.jobs import queue_job
from consent.choices import ChallengeOutcome
from consent.errors import ChallengeDecided, ReasonNeeded, VoteNotClosed
from consent.models import OwnersVote, VoteChallenge
from consent.services.votes.opening import lock_vote
from consent.services.votes.standing import push_votes
from renovation.errors import DayOutOfOrder
from renovation.services.checks import require_day

JOB = "governance.jobs.vote_fell"
"""Who was elected or hired by a vote is kept in an app above this one."""


@transaction.atomic
def challenge_vote(
    *,
    vote: OwnersVote,
    raised_on: date,
    text: str,
    raised_by: str = "",
    document: str = "",
    by: User,
    at: datetime | None = None,
) -> VoteChallenge:
    """Put on record that a decision is challenged. It stands until a court has rescinded it.

    No day is too late: the year runs from when the owner knew, which the court decides. Raises VoteNotClosed,
    ReasonNeeded, DayInFuture, or DayOutOfOrder for a day before the closing.
    """
    locked = lock_vote(vote)
    at = at or timezone.now()
    if locked.closed_at is None:
        raise VoteNotClosed(_("Only a vote that is closed can be challenged."))
    if not text.strip():
        raise ReasonNeeded(_("Write down what the challenge says."))
    require_day(raised_on, at)
    if raised_on < timezone.localdate(locked.closed_at):
        raise DayOutOfOrder(_("The vote was not closed on that day."))
    made: VoteChallenge = VoteChallenge.objects.create(
        vote=locked,
        raised_on=raised_on,
        raised_by=raised_by.strip(),
        text=text.strip(),
        document=document.strip(),
        recorded_by=by,
    )
    add_history(locked, "vote_challenged", by=by, challenge=made.pk, raised_on=str(raised_on), document=made.document)
    return made


@transaction.atomic
def decide_challenge(
    *, challenge: VoteChallenge, outcome: str, decided_on: date, by: User, at: datetime | None = None
) -> VoteChallenge:
    """Write down what the court decided: `upheld`, or `rescinded`, after which the decision no longer stands.

    Raises ChallengeDecided, DayInFuture or DayOutOfOrder.
    """
    vote = lock_vote(challenge.vote)
    locked = VoteChallenge.objects.select_for_update().get(pk=challenge.pk)
    at = at or timezone.now()
    if locked.outcome != ChallengeOutcome.PENDING:
        raise ChallengeDecided(_("The court has decided on this challenge already."))
    require_day(decided_on, at)
    if decided_on < locked.raised_on:
        raise DayOutOfOrder(_("The challenge was not raised yet on that day."))
    locked.outcome, locked.decided_on = ChallengeOutcome(outcome), decided_on
    locked.save(update_fields=["outcome", "decided_on"])
    if locked.outcome == ChallengeOutcome.RESCINDED and vote.stands:
        vote.rescinded_at = at
        vote.save(update_fields=["rescinded_at"])
        push_votes(vote=vote, by=by, at=at)
        queue_job(JOB, vote.neighbourhood_id, about=vote, by=by)
    add_history(
        vote, "vote_challenge_decided", by=by, challenge=locked.pk, outcome=locked.outcome, decided_on=str(decided_on)
    )
    return locked
