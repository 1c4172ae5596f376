"""Opening an owners' vote: its roll and its counting rules are frozen then (policy.md, section a)."""

import os
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Max, Min, Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from common.figures import full_day_text
from consent.choices import VoteMatter, VoteScope
from consent.errors import (
    AreasUnknown,
    NobodyToVote,
    SilentVotesNotAdopted,
    VoteCancelled,
    VoteClosed,
    VoteNoticeTooShort,
    VoteOpen,
    WrongSubject,
)
from consent.models import BallotState, OwnersVote, RulesOfProcedure, Voter, VoterPart
from consent.rules.ballot_leaves import voter_hash
from consent.rules.leaves import SALT_SIZE
from consent.rules.merkle import EMPTY_ROOT
from consent.rules.votes import NOTICE_DAYS, Claim, Head, best_source, heads_of
from consent.services.votes.standing import push_votes
from renovation.choices import OwnerKind
from renovation.errors import DayOutOfOrder
from renovation.models import Household, Neighbourhood, Owner, Ownership, ParkingSpace, Stairwell
from renovation.services.checks import require_day

NAMED = 20
"""Households without an area that a refusal names."""


@transaction.atomic
def open_vote(
    *,
    neighbourhood: Neighbourhood,
    matter: int,
    title: str = "",
    text: str = "",
    scope: str = VoteScope.NEIGHBOURHOOD,
    stairwell: Stairwell | None = None,
    rules: RulesOfProcedure | None = None,
    silent_votes: bool = False,
    needed_by_plan: bool = False,
    announced_on: date | None = None,
    residents_committee_told_on: date | None = None,
    starts_on: date | None = None,
    ends_on: date | None = None,
    by: User,
    at: datetime | None = None,
) -> OwnersVote:
    """Open a vote on a matter, by its number in article 278, and freeze its roll: every owner, of all uses.

    The rules of procedure in force on its first day count; `rules` may name them, and no others. Raises WrongSubject
    for a stairwell of another place or for other rules, VoteOpen where one on the matter is open,
    SilentVotesNotAdopted, VoteNoticeTooShort, DayInFuture, DayOutOfOrder for a last day before the first or a
    residents' committee told after it, AreasUnknown or NobodyToVote.
    """
    neighbourhood = Neighbourhood.objects.select_for_update().get(pk=neighbourhood.pk)
    at = at or timezone.now()
    starts_on = starts_on or timezone.localdate(at)
    _require_place(neighbourhood, scope, stairwell)
    title = title.strip() or str(VoteMatter(matter).label)
    same = OwnersVote.objects.open().filter(neighbourhood=neighbourhood, matter=matter, stairwell=stairwell)
    if matter == VoteMatter.OTHER:  # any number of questions, which only their titles tell apart
        same = same.filter(title=title)
    if (standing := same.first()) is not None:
        raise VoteOpen(_("A vote on this matter is open here already."), vote=standing.pk)
    in_force = RulesOfProcedure.objects.filter(neighbourhood=neighbourhood).in_force_on(starts_on).first()
    if rules is not None and rules != in_force:
        raise WrongSubject(_("These rules of procedure are not those in force here on the first day of the vote."))
    rules = in_force
    if silent_votes and not (rules and rules.silent_votes):
        raise SilentVotesNotAdopted(
            _("Silent ballots join the majority only where the adopted rules of procedure say so. None here do.")
        )
    _require_days(announced_on, residents_committee_told_on, starts_on, at)
    _require_order(starts_on, ends_on)
    vote = OwnersVote.objects.create(
        neighbourhood=neighbourhood,
        number=1 + (OwnersVote.objects.filter(neighbourhood=neighbourhood).aggregate(last=Max("number"))["last"] or 0),
        matter=matter,
        title=title,
        text=text.strip(),
        scope=scope,
        stairwell=stairwell,
        needed_by_plan=needed_by_plan,
        rules=rules,
        silent_votes=silent_votes,
        count_spaces=bool(rules and rules.count_spaces),
        proxy_limit=rules.proxy_limit if rules else None,
        announced_on=announced_on,
        residents_committee_told_on=residents_committee_told_on,
        starts_on=starts_on,
        ends_on=ends_on,
        opened_at=at,
        opened_by=by,
        root_hash=EMPTY_ROOT,
    )
    heads = _freeze_roll(vote, timezone.localdate(at))
    add_history(vote, "vote_opened", by=by, action="created", matter=matter, heads=heads)
    push_votes(vote=vote, by=by, at=at)
    return vote


@transaction.atomic
def amend_vote(
    *,
    vote: OwnersVote,
    announced_on: date | None = None,
    residents_committee_told_on: date | None = None,
    ends_on: date | None = None,
    undelivered_posted_on: date | None = None,
    by: User,
    at: datetime | None = None,
) -> OwnersVote:
    """Put on record what is given: when it was announced and told, another last day, when the notice to owners whose
    ballot could not be delivered was posted.

    Raises VoteClosed, VoteCancelled, VoteNoticeTooShort, DayInFuture, or DayOutOfOrder for a last day before the first
    or before one that owners were told of and are voting by, and for a notice from before the announcement.
    """
    locked = lock_vote(vote)
    require_open(locked)
    at = at or timezone.now()
    _require_days(announced_on, residents_committee_told_on, _first_day(locked), at)
    if undelivered_posted_on is not None:
        require_day(undelivered_posted_on, at)
    posted, told = undelivered_posted_on or locked.undelivered_posted_on, announced_on or locked.announced_on
    if posted is not None and told is not None and posted < told:
        raise DayOutOfOrder(_("No notice can stand in for ballots of a vote that was not announced yet on that day."))
    _require_order(locked.starts_on, ends_on)
    _require_time_left(locked, ends_on, timezone.localdate(at))
    given = {
        "announced_on": announced_on,
        "residents_committee_told_on": residents_committee_told_on,
        "ends_on": ends_on,
        "undelivered_posted_on": undelivered_posted_on,
    }
    changed = [name for name, value in given.items() if value is not None and value != getattr(locked, name)]
    for name in changed:
        setattr(locked, name, given[name])
    if changed:
        locked.save(update_fields=changed)
        add_history(locked, "vote_amended", by=by, fields=changed, **{name: str(given[name]) for name in changed})
    return locked


def lock_vote(vote: OwnersVote) -> OwnersVote:
    """The vote under its lock, after that of its neighbourhood: every writer takes them in this order."""
    Neighbourhood.objects.select_for_update().get(pk=vote.neighbourhood_id)
    locked: OwnersVote = (
        OwnersVote.objects.select_for_update(of=("self",)).select_related("neighbourhood").get(pk=vote.pk)
    )
    return locked


def require_open(vote: OwnersVote) -> None:
    """Raises VoteCancelled or VoteClosed."""
    if vote.cancelled_at:
        raise VoteCancelled(_("This vote was called off."))
    if vote.closed_at:
        raise VoteClosed(_("This vote is closed."))


def _require_place(neighbourhood: Neighbourhood, scope: str, stairwell: Stairwell | None) -> None:
    if (scope == VoteScope.STAIRWELL) != (stairwell is not None):
        raise WrongSubject(_("A vote of one stairwell names it, and no other vote does."))
    if stairwell is not None and stairwell.building.neighbourhood_id != neighbourhood.pk:
        raise WrongSubject(_("This stairwell lies in another neighbourhood."))


def _first_day(vote: OwnersVote) -> date:
    """The first day of a vote, or that of the first ballot that came back, where that is earlier. What was corrected
    since does not count.
    """
    first = vote.ballot_states.aggregate(first=Min("returned_at"))["first"]
    return min(vote.starts_on, timezone.localdate(first)) if first else vote.starts_on


def _require_days(announced_on: date | None, told_on: date | None, starts_on: date, at: datetime) -> None:
    for day in (announced_on, told_on):
        if day is not None:
            require_day(day, at)
    if announced_on is not None and starts_on < (earliest := announced_on + timedelta(days=NOTICE_DAYS)):
        raise VoteNoticeTooShort(
            _("Owners are told at least %(days)s days before: ballots can be taken from %(day)s on.")
            % {"days": NOTICE_DAYS, "day": full_day_text(earliest)},
            earliest_start=earliest.isoformat(),
        )
    if told_on is not None and told_on > starts_on:
        raise DayOutOfOrder(_("The residents' committee is told of a vote before its first ballot."))


def _require_order(starts_on: date, ends_on: date | None) -> None:
    if ends_on is not None and ends_on < starts_on:
        raise DayOutOfOrder(_("The last day lies before the first."))


def _require_time_left(vote: OwnersVote, ends_on: date | None, today: date) -> None:
    """An announced vote that has begun may last longer than owners were told, not end before; nor does any vote end
    before a ballot that came back.
    """
    if ends_on is None:
        return
    if vote.announced_on and vote.ends_on and ends_on < vote.ends_on and today >= vote.starts_on:
        raise DayOutOfOrder(
            _("Owners are voting until %(day)s, as they were told. The last day can only be put off.")
            % {"day": full_day_text(vote.ends_on)}
        )
    last = vote.ballot_states.aggregate(last=Max("returned_at"))["last"]
    if last is not None and ends_on < timezone.localdate(last):
        raise DayOutOfOrder(
            _("A ballot came back on %(day)s. The last day cannot lie before.") % {"day": full_day_text(last)}
        )


# --- The roll ----------------------------------------------------------------------------------------


def _freeze_roll(vote: OwnersVote, day: date) -> int:
    """Write the roll as the registry has it on a day, a row for each head; returns how many."""
    households = _households(vote, day)
    unknown = [household.pk for household in households if household.gross_floor_area is None]
    if unknown:
        raise AreasUnknown(
            _("%(count)s units have no area on record. Without it nobody can count the vote.")
            % {"count": len(unknown)},
            count=len(unknown),
            households=unknown[:NAMED],
        )
    claims = [*_claims_to_units(households), *_claims_to_spaces(vote)]
    owners = Owner.objects.in_bulk({claim.owner for claim in claims if claim.owner is not None})
    developers = {pk for pk, owner in owners.items() if owner.kind == OwnerKind.DEVELOPER}
    heads = heads_of(claims, count_spaces=vote.count_spaces, developers=developers)
    if not heads:
        raise NobodyToVote(_("Nobody owns anything here. Import the roster first."))
    voters = Voter.objects.bulk_create([_voter(vote, head, owners) for head in heads], batch_size=1000)
    VoterPart.objects.bulk_create(
        [
            VoterPart(
                voter=voter,
                household_id=None if part.is_space else part.part,
                parking_space_id=part.part if part.is_space else None,
                area=part.area,
                area_source=part.area_source,
            )
            for voter, head in zip(voters, heads, strict=True)
            for part in head.parts
        ],
        batch_size=2000,
    )
    BallotState.objects.bulk_create([BallotState(vote=vote, voter=voter) for voter in voters], batch_size=2000)
    return len(voters)


def _voter(vote: OwnersVote, head: Head, owners: dict[int, Owner]) -> Voter:
    salt = os.urandom(SALT_SIZE)
    owner = owners[head.owner] if head.owner is not None else None
    return Voter(
        vote=vote,
        owner=owner,
        kind=owner.kind if owner else OwnerKind.PERSON,
        name=owner.name if owner else "",
        area=head.area,
        voter_salt=salt,
        voter_hash=voter_hash(
            salt, head.owner, [("parking_space" if part.is_space else "household", part.part) for part in head.parts]
        ),
    )


def _households(vote: OwnersVote, day: date) -> list[Household]:
    rows = Household.objects.current().filter(neighbourhood=vote.neighbourhood_id)
    if vote.stairwell_id is not None:
        rows = rows.filter(stairwell=vote.stairwell_id)
    # Bought and sold on one day, both are on record for it: whoever holds the unit still comes first.
    held = Ownership.objects.on(day).order_by(F("ends_on").desc(nulls_first=True), "pk")
    return list(
        rows.order_by("building_id", "stairwell_id", "pk").prefetch_related(Prefetch("ownerships", queryset=held))
    )


def _claims_to_units(households: Iterable[Household]) -> list[Claim]:
    claims = []
    for household in households:
        held = list(household.ownerships.all())
        source = best_source(one.area_source for one in held)
        area = household.gross_floor_area or Decimal(0)
        claims += [Claim(household.pk, one.owner_id, area, source, one.is_voter) for one in held] or [
            Claim(household.pk, None, area)
        ]
    return claims


def _claims_to_spaces(vote: OwnersVote) -> list[Claim]:
    """Registrable spaces with an owner and an area of their own; a stairwell decides without them."""
    if not vote.count_spaces or vote.stairwell_id is not None:
        return []
    spaces = ParkingSpace.objects.filter(
        neighbourhood=vote.neighbourhood_id, area__isnull=False, owner__isnull=False
    ).order_by("pk")
    return [Claim(space.pk, space.owner_id, space.area or Decimal(0), is_space=True) for space in spaces]
