"""Adopting the rules of procedure of the owners' assembly (policy.md, section a)."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from consent.choices import VoteMatter
from consent.errors import RulesAdoptedAlready, WrongSubject
from consent.models import OwnersVote, RulesOfProcedure
from renovation.errors import DocumentNeeded
from renovation.models import Neighbourhood
from renovation.services.checks import require_day


@transaction.atomic
def adopt_rules(
    *,
    neighbourhood: Neighbourhood,
    adopted_on: date,
    document: str,
    silent_votes: bool = False,
    count_spaces: bool = False,
    proxy_limit: int | None = None,
    vote: OwnersVote | None = None,
    by: User,
    at: datetime | None = None,
) -> RulesOfProcedure:
    """Put on record the rules that the owners adopted; votes opened from that day on go by them.

    `vote` is the one that adopted them, where it was kept here: one on matter 1 that stands. Raises DocumentNeeded,
    DayInFuture, WrongSubject or RulesAdoptedAlready.
    """
    neighbourhood = Neighbourhood.objects.select_for_update().get(pk=neighbourhood.pk)
    if not document.strip():
        raise DocumentNeeded(_("Give the number of the document."))
    require_day(adopted_on, at or timezone.now())
    # As it stands under the lock: a court may just have rescinded it.
    vote = OwnersVote.objects.get(pk=vote.pk) if vote is not None else None
    if vote is not None and not (
        vote.neighbourhood_id == neighbourhood.pk and vote.matter == VoteMatter.RULES_OF_PROCEDURE and vote.stands
    ):
        raise WrongSubject(_("Rules of procedure are adopted by a vote on them that passed here."))
    if RulesOfProcedure.objects.filter(neighbourhood=neighbourhood, adopted_on=adopted_on).exists():
        raise RulesAdoptedAlready(_("Rules of procedure adopted on this day are on record already."))
    made: RulesOfProcedure = RulesOfProcedure.objects.create(
        neighbourhood=neighbourhood,
        adopted_on=adopted_on,
        document=document.strip(),
        silent_votes=silent_votes,
        count_spaces=count_spaces,
        proxy_limit=proxy_limit,
        vote=vote,
    )
    add_history(
        made,
        "rules_adopted",
        by=by,
        action="created",
        document=made.document,
        silent_votes=silent_votes,
        count_spaces=count_spaces,
        proxy_limit=proxy_limit,
    )
    return made
