"""Founding the 3+X bodies, filing, renewing and ending them (policy.md, section g).

Each act locks the neighbourhood first, so that the evidence it pushes is told in the order in which it came about.
"""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from consent.models import OwnersVote
from governance.choices.bodies import BodyKind
from governance.errors.bodies import (
    BodyEnded,
    BodyManages,
    BodyNamedAlready,
    CommitteeStands,
    ContractNeeded,
    NothingToFile,
    NothingToRenew,
    TermNeeded,
    TermTooLong,
    VoteDoesNotFit,
)
from governance.models import Body, Management
from governance.rules.bodies import COMMITTEES, ELECTION, MOST_YEARS, TERMED, is_term_too_long
from governance.services.bodies_evidence import push_bodies
from renovation.errors import DayOutOfOrder, ReasonNeeded
from renovation.models import Neighbourhood
from renovation.services.checks import require_day, require_here

DESCRIBED = ("name", "purpose", "document")
"""What may be written anew without any act of its own."""


@transaction.atomic
def found_body(
    *,
    neighbourhood: Neighbourhood,
    kind: str,
    name: str,
    founded_on: date,
    purpose: str = "",
    document: str = "",
    elected_by: OwnersVote | None = None,
    term_starts_on: date | None = None,
    term_ends_on: date | None = None,
    contract_document: str = "",
    by: User,
    at: datetime | None = None,
) -> Body:
    """Write down that a body is in being. A term that does not say when it begins, begins with the body.

    Raises DayInFuture, OtherNeighbourhood, CommitteeStands, BodyNamedAlready, TermNeeded, TermTooLong, ContractNeeded,
    DayOutOfOrder (a term that ends before it begins) or VoteDoesNotFit.
    """
    at = at or timezone.now()
    locked = Neighbourhood.objects.select_for_update().get(pk=neighbourhood.pk)
    require_day(founded_on, at)
    if kind in COMMITTEES and locked.bodies.standing().filter(kind__in=COMMITTEES).exists():
        raise CommitteeStands(_("A committee stands here already. End it first, or begin its next term."))
    _require_free_name(locked, name)
    if term_ends_on is not None:
        term_starts_on = term_starts_on or founded_on
    _require_term(kind, term_starts_on, term_ends_on, contract_document)
    _require_election(locked, kind, elected_by)
    body = Body.objects.create(
        neighbourhood=locked,
        kind=kind,
        name=name,
        purpose=purpose,
        founded_on=founded_on,
        document=document,
        elected_by=elected_by,
        term_starts_on=term_starts_on,
        term_ends_on=term_ends_on,
        contract_document=contract_document,
    )
    add_history(body, "body_founded", by=by, action="created", kind=str(kind), **_term_of(body))
    push_bodies(locked, by, at)
    return body


@transaction.atomic
def describe_body(*, body: Body, by: User, at: datetime | None = None, **changes: str) -> Body:
    """Write its name, what it does or the document of its founding anew. Raises BodyEnded or BodyNamedAlready."""
    locked, neighbourhood = lock_body(body)
    require_standing(locked)
    changed = {name: value for name, value in changes.items() if getattr(locked, name) != value}
    if not changed:
        return locked
    if "name" in changed:
        _require_free_name(neighbourhood, changed["name"])
    was = {name: getattr(locked, name) for name in changed}
    for name, value in changed.items():
        setattr(locked, name, value)
    locked.save(update_fields=sorted(changed))
    add_history(locked, "body_described", by=by, fields=sorted(changed), was=was)
    push_bodies(neighbourhood, by, at or timezone.now())
    return locked


@transaction.atomic
def file_body(
    *, body: Body, filed_on: date, filed_with: str, filing_document: str = "", by: User, at: datetime | None = None
) -> Body:
    """Write down that an owners' committee was filed. A second time corrects the first.

    Raises NothingToFile for any other body, BodyEnded, DayInFuture, or DayOutOfOrder (before it was in being).
    """
    at = at or timezone.now()
    locked, neighbourhood = lock_body(body)
    require_standing(locked)
    if locked.kind != BodyKind.OWNERS_COMMITTEE:
        raise NothingToFile(_("Only an owners' committee is filed."))
    require_day(filed_on, at)
    if filed_on < locked.founded_on:
        raise DayOutOfOrder(_("A committee is filed after it is in being."))
    told: dict[str, Any] = {"filed_on": filed_on, "filed_with": filed_with, "filing_document": filing_document}
    for name, value in told.items():
        setattr(locked, name, value)
    locked.save(update_fields=list(told))
    add_history(locked, "body_filed", by=by, fields=list(told), filed_on=filed_on.isoformat(), document=filing_document)
    push_bodies(neighbourhood, by, at)
    return locked


@transaction.atomic
def renew_body(
    *,
    body: Body,
    term_starts_on: date,
    term_ends_on: date,
    elected_by: OwnersVote | None = None,
    contract_document: str = "",
    by: User,
    at: datetime | None = None,
) -> Body:
    """Begin the next term, or the next contract, of a body that stands for a time. A committee is to be filed anew; the
    term before stays in its history.

    Raises NothingToRenew for a body without a term, BodyEnded, DayOutOfOrder (not after the last one began),
    TermTooLong, ContractNeeded or VoteDoesNotFit, also for the vote that elected it for the term before.
    """
    locked, neighbourhood = lock_body(body)
    require_standing(locked)
    if locked.kind not in TERMED:
        raise NothingToRenew(_("A body of this kind has no term to renew."))
    _require_term(locked.kind, term_starts_on, term_ends_on, contract_document)
    if locked.term_starts_on is not None and term_starts_on <= locked.term_starts_on:
        raise DayOutOfOrder(_("The next term begins after the last one began."))
    _require_election(neighbourhood, locked.kind, elected_by)
    if elected_by is not None and elected_by.pk == locked.elected_by_id:
        raise VoteDoesNotFit(
            _("This vote elected it for the term before; the next one takes another."), matter=ELECTION
        )
    was = {
        **_term_of(locked),
        "elected_by": locked.elected_by_id,
        "filed_on": locked.filed_on and locked.filed_on.isoformat(),
        "contract_document": locked.contract_document,
    }
    locked.term_starts_on, locked.term_ends_on = term_starts_on, term_ends_on
    locked.elected_by, locked.contract_document = elected_by, contract_document
    locked.filed_on, locked.filed_with, locked.filing_document = None, "", ""
    fields = ["term_starts_on", "term_ends_on", "elected_by", "contract_document"]
    fields += ["filed_on", "filed_with", "filing_document"]
    locked.save(update_fields=fields)
    add_history(locked, "body_renewed", by=by, fields=fields, was=was, **_term_of(locked))
    push_bodies(neighbourhood, by, at or timezone.now())
    return locked


@transaction.atomic
def end_body(*, body: Body, ended_on: date, reason: str, by: User, at: datetime | None = None) -> Body:
    """Write down that a body is no more; whoever still belongs to it leaves with it.

    Raises BodyEnded, ReasonNeeded, DayInFuture, DayOutOfOrder (before it was in being, or before a member joined), or
    BodyManages while it manages the neighbourhood beyond that day.
    """
    at = at or timezone.now()
    locked, neighbourhood = lock_body(body)
    require_standing(locked)
    if not reason.strip():
        raise ReasonNeeded(_("Write down why it ended."))
    require_day(ended_on, at)
    members = list(locked.memberships.current().select_for_update().order_by("pk"))
    if ended_on < max([locked.founded_on, *(member.starts_on for member in members)]):
        raise DayOutOfOrder(_("A body ends after it was founded and its last member joined."))
    manages = Management.objects.filter(body=locked).exclude(ends_on__lte=ended_on)
    if manages.exists():
        raise BodyManages(_("It manages the neighbourhood. End that first."))
    for member in members:
        member.ends_on, member.end_reason = ended_on, reason.strip()
        member.save(update_fields=["ends_on", "end_reason"])
        add_history(member, "membership_ended", by=by, fields=["ends_on"], ends_on=ended_on.isoformat())
    locked.ended_on, locked.end_reason = ended_on, reason.strip()
    locked.save(update_fields=["ended_on", "end_reason"])
    add_history(locked, "body_ended", by=by, fields=["ended_on"], ended_on=ended_on.isoformat(), reason=reason.strip())
    push_bodies(neighbourhood, by, at)
    return locked


def lock_body(body: Body) -> tuple[Body, Neighbourhood]:
    neighbourhood = Neighbourhood.objects.select_for_update().get(pk=body.neighbourhood_id)
    locked = Body.objects.select_for_update().get(pk=body.pk)
    locked.neighbourhood = neighbourhood
    return locked, neighbourhood


def require_standing(body: Body) -> None:
    """Raises BodyEnded for a body that is no more."""
    if body.ended_on is not None:
        raise BodyEnded(_("This body has ended; its record stays as it is."))


def require_vote(neighbourhood: Neighbourhood, vote: OwnersVote | None, matter: int) -> None:
    """Raises OtherNeighbourhood, or VoteDoesNotFit unless all owners here decided this matter by the vote, not those of
    one stairwell, and it passed and still stands.
    """
    require_here(neighbourhood, vote)
    if vote is None:
        return
    # As it is now: somebody may have written down that it was rescinded since the caller read it.
    vote = OwnersVote.objects.get(pk=vote.pk)
    if not (vote.matter == matter and vote.stairwell_id is None and vote.stands):
        raise VoteDoesNotFit(
            _("An owners' vote on this matter (No. %(matter)d) that passed and still stands is needed here.")
            % {"matter": matter},
            matter=matter,
        )


def _require_free_name(neighbourhood: Neighbourhood, name: str) -> None:
    if neighbourhood.bodies.standing().filter(name=name).exists():
        raise BodyNamedAlready(_("A body of this name stands here already."))


def _require_term(kind: str, starts_on: date | None, ends_on: date | None, contract: str) -> None:
    if kind == BodyKind.PROPERTY_COMPANY and not contract.strip():
        raise ContractNeeded(_("A property company works under a contract: write down its number."))
    if ends_on is None or starts_on is None:
        if kind in TERMED or starts_on is not None:
            raise TermNeeded(_("Write down when its term, or its contract, ends."))
        return
    if ends_on < starts_on:
        raise DayOutOfOrder(_("A term ends after it begins."))
    if is_term_too_long(kind, starts_on, ends_on):
        raise TermTooLong(
            _("The term of a committee is %(years)d years at most.") % {"years": MOST_YEARS}, years=MOST_YEARS
        )


def _require_election(neighbourhood: Neighbourhood, kind: str, vote: OwnersVote | None) -> None:
    if vote is not None and kind != BodyKind.OWNERS_COMMITTEE:
        raise VoteDoesNotFit(_("Owners elect their committee, and no other body."), matter=ELECTION)
    require_vote(neighbourhood, vote, ELECTION)


def _term_of(body: Body) -> dict[str, Any]:
    return {
        name: value.isoformat()
        for name in ("term_starts_on", "term_ends_on")
        if (value := getattr(body, name)) is not None
    }
