"""A row of each kind that a neighbourhood keeps of its owners' votes."""

from datetime import date
from typing import Any
from uuid import uuid4

from django.utils import timezone

from accounts.models import User
from consent.models import RulesOfProcedure, VoteChallenge
from consent.rules.ballots import BallotInput
from consent.services.signing import publish_head
from consent.services.votes.ballots import record_ballots
from consent.services.votes.opening import open_vote
from renovation.models import Household, Neighbourhood

DAY = date(2026, 9, 1)


def keep_votes(neighbourhood: Neighbourhood, household: Household, staff: User) -> dict[str, Any]:
    """Makes the rows, each with words that stand nowhere else, and returns their ids by what routes call them."""
    # Nobody counts a vote over units without an area.
    neighbourhood.households.filter(gross_floor_area=None).update(gross_floor_area="86.50")
    rules = RulesOfProcedure.objects.create(
        neighbourhood=neighbourhood, adopted_on=DAY, document="本小区议事规则", silent_votes=True, proxy_limit=3
    )
    vote = open_vote(
        neighbourhood=neighbourhood,
        matter=4,
        title="本小区选聘物业",
        text="本小区是否选聘物业服务企业",
        silent_votes=True,
        announced_on=DAY,
        residents_committee_told_on=DAY,
        starts_on=date(2026, 9, 16),
        by=staff,
    )
    voter = vote.voters.get(parts__household=household)
    now = timezone.now()
    ballot = BallotInput(
        client_id=uuid4(),
        voter=voter.pk,
        choice="agree",
        form="proxy",
        proxy_holder="王业主",
        delivered_at=now,
        delivery="door",
        returned_at=now,
        proof="本小区送达记录",
        note="本小区代投",
    )
    (answer,) = record_ballots(vote=vote, ballots=[ballot], by=staff).answers
    assert answer.status == "recorded"
    vote.refresh_from_db()
    publish_head(vote)
    challenge = VoteChallenge.objects.create(
        vote=vote, raised_on=DAY, raised_by="王业主", text="本小区异议表决", document="本小区案号", recorded_by=staff
    )
    return {
        "procedure-rule": rules.pk,
        "vote": vote.pk,
        "voter": voter.pk,
        "challenge": challenge.pk,
    }
