"""Closing a round, which opens the next."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.services.history import add_history
from consent.errors import DoorsUnvisited, NoRoundOpen, RoundAlreadyClosed, SurveyClosed
from consent.models import RollEntry, Round, Survey
from consent.rules.rounds import next_round
from consent.services import projections
from renovation.services.lifecycle import set_round_open


@transaction.atomic
def close_round(
    *, survey: Survey, by: User, number: int | None = None, reason: str = "", at: datetime | None = None
) -> Round | None:
    """Close the round in hand and open the next, with its list fixed; the one that opened, or None.

    `number` is the round that the caller saw in hand: RoundAlreadyClosed if somebody was first. None opens after the
    third, nor where every household supports. DoorsUnvisited when doors of the list were not visited and no reason is
    given. Raises SurveyClosed and NoRoundOpen too.
    """
    survey = Survey.objects.select_for_update(of=("self",)).select_related("neighbourhood").get(pk=survey.pk)
    at = at or timezone.now()
    if not survey.is_open:
        raise SurveyClosed(_("This survey is already closed."))
    closing = survey.rounds.select_for_update().filter(closed_at=None).first()
    if closing is None:
        raise NoRoundOpen(_("No round is open. Close the survey."))
    if number is not None and closing.number != number:
        raise RoundAlreadyClosed(_("This round is already closed."))
    left = closing.listed_count - closing.visited_count
    if left and not reason.strip():
        raise DoorsUnvisited(
            ngettext(
                "%(count)d door of this round was not visited. Give a reason, or visit it first.",
                "%(count)d doors of this round were not visited. Give a reason, or visit them first.",
                left,
            )
            % {"count": left},
            doors=left,
        )
    closing.closed_at, closing.closed_by, closing.close_reason = at, by, reason
    closing.save(update_fields=["closed_at", "closed_by", "close_reason"])
    still = RollEntry.objects.filter(survey=survey).on_roll().not_counted().count()
    following = next_round(closing.number, still)
    opened = None
    if following is not None:
        opened = Round.objects.create(survey=survey, number=following, opened_at=at)
        projections.run(projections.LIST_DOORS, projections.COUNT_ROUNDS, surveys=[survey.pk])
        opened.refresh_from_db()
    survey.has_open_round = opened is not None
    survey.save(update_fields=["has_open_round"])
    set_round_open(survey.neighbourhood, survey.has_open_round)
    add_history(
        survey,
        "round_closed",
        by=by,
        fields=["rounds"],
        round=closing.number,
        listed=closing.listed_count,
        visited=closing.visited_count,
        reason=reason,
        opened=following,
    )
    return opened
