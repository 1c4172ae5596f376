"""Closing an owners' vote, which fixes its result, and calling one off."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.services.history import add_history
from common.errors import DomainError
from common.figures import full_day_text
from consent.choices import Verdict
from consent.errors import BallotsUndelivered, ReasonNeeded, VoteNotAnnounced, VotingNotOver
from consent.models import OwnersVote
from consent.reports.votes import VoteResult, result_of, undelivered_until
from consent.rules.votes import UNDELIVERED_DAYS
from consent.services.signing import publish_head
from consent.services.votes.opening import lock_vote, require_open
from consent.services.votes.standing import push_votes


def obstacles_to_closing(*, vote: OwnersVote, result: VoteResult, today: date) -> list[DomainError]:
    """What closing still waits for: the announcement, the last day, ballots that nobody got (policy.md, section a).

    A vote ends early where every ballot has come back. Owners whose ballot could not be delivered got a notice of
    seven days, the day of posting not counted.
    """
    found: list[DomainError] = []
    days = {"announced_on": vote.announced_on, "residents_committee_told_on": vote.residents_committee_told_on}
    if missing := [name for name, day in days.items() if day is None]:
        found.append(
            VoteNotAnnounced(
                _("It is not on record when the owners and the residents' committee were told of this vote."),
                missing=missing,
            )
        )
    out = result.tally.heads - result.tally.returned_heads
    if out and (vote.ends_on is None or today <= vote.ends_on):
        found.append(
            VotingNotOver(
                _("Ballots are taken until %(day)s.") % {"day": full_day_text(vote.ends_on)}
                if vote.ends_on
                else _("Not every ballot is back, and no last day was set."),
                ends_on=vote.ends_on.isoformat() if vote.ends_on else None,
                heads=out,
            )
        )
    undelivered = result.tally.heads - result.tally.delivered_heads
    until = undelivered_until(vote)
    if undelivered and (until is None or today <= until):
        found.append(
            BallotsUndelivered(
                ngettext(
                    "%(count)s owner has no ballot yet, and no notice of %(days)s days in place of it is over.",
                    "%(count)s owners have no ballot yet, and no notice of %(days)s days in place of it is over.",
                    undelivered,
                )
                % {"count": undelivered, "days": UNDELIVERED_DAYS},
                heads=undelivered,
                notice_until=until.isoformat() if until else None,
            )
        )
    return found


@transaction.atomic
def close_vote(*, vote: OwnersVote, counted_by: str = "", by: User, at: datetime | None = None) -> OwnersVote:
    """Close a vote: fix its result, publish the ledger's head, tell the lifecycle.

    Raises VoteClosed, VoteCancelled, or the first of `obstacles_to_closing`.
    """
    locked = lock_vote(vote)
    require_open(locked)
    # What was counted is never dated after the closing.
    at = max(filter(None, (at or timezone.now(), locked.opened_at, locked.last_recorded_at)))
    result = result_of(locked)
    for obstacle in obstacles_to_closing(vote=locked, result=result, today=timezone.localdate(at)):
        raise obstacle
    locked.closed_at, locked.closed_by, locked.counted_by = at, by, counted_by.strip()
    locked.verdict = Verdict.PASSED if result.tally.passed else Verdict.FAILED
    locked.result = VoteResult(result.tally, locked.verdict).as_json()
    locked.save()
    head = publish_head(locked, at)
    add_history(
        locked,
        "vote_closed",
        by=by,
        fields=["closed_at", "verdict", "result"],
        verdict=locked.verdict,
        tree_size=locked.tree_size,
        root_hash=bytes(head.root_hash).hex(),
        **{name: f"{test.numerator}/{test.denominator}" for name, test in result.tests.items()},
    )
    push_votes(vote=locked, by=by, at=at)
    return locked


@transaction.atomic
def cancel_vote(*, vote: OwnersVote, reason: str, by: User, at: datetime | None = None) -> OwnersVote:
    """Call off a vote that is not closed; its ballots stay readable. Raises ReasonNeeded, VoteClosed, VoteCancelled."""
    locked = lock_vote(vote)
    require_open(locked)
    if not reason.strip():
        raise ReasonNeeded(_("Write down why this vote is called off."))
    at = at or timezone.now()
    locked.cancelled_at, locked.cancel_reason = at, reason.strip()
    locked.save(update_fields=["cancelled_at", "cancel_reason"])
    add_history(locked, "vote_cancelled", by=by, fields=["cancelled_at"], reason=locked.cancel_reason)
    push_votes(vote=locked, by=by, at=at)
    return locked
