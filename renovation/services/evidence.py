"""Recording evidence, and taking it back: by the person whose act it is, or by the module that keeps what it is about
(workflow.md, States).
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.change_rows import tell_changes
from accounts.services.history import add_history
from renovation.errors import KeptHere, NothingToRevoke, ReasonNeeded
from renovation.models import Evidence, Neighbourhood
from renovation.reports.lifecycle import must_do_items
from renovation.rules.evidence import FactsUnreadable, Fault, read_facts
from renovation.services.lifecycle import add_evidence


@transaction.atomic
def record_evidence(
    *,
    neighbourhood: Neighbourhood,
    kind: str,
    facts: Any,
    document: str,
    dated_on: date,
    by: User,
    at: datetime | None = None,
) -> Evidence:
    """Record a piece of evidence with the number and the day of its document; it replaces the earlier one.

    Raises FactsUnreadable, which names every fault: `facts` against the schema of the kind, and a document of tomorrow;
    KeptHere where a module has told of it. The neighbourhood's lock keeps a step that reads it at this moment in order.
    """
    locked = Neighbourhood.objects.select_for_update().get(pk=neighbourhood.pk)
    _refuse_what_is_kept_here(latest_of(locked, kind))
    at = at or timezone.now()
    today = timezone.localdate(at)
    if dated_on > today:
        raise FactsUnreadable([Fault("dated_on", "in_the_future", {})], beside_facts=True)
    read = read_facts(kind, facts, must_do_items(today) or {})
    made = add_evidence(neighbourhood=locked, kind=kind, facts=read, by=by, at=at, document=document, dated_on=dated_on)
    add_history(locked, "evidence_recorded", by=by, action=None, kind=kind, document=document)
    return made


@transaction.atomic
def revoke_evidence(
    *, neighbourhood: Neighbourhood, kind: str, reason: str, by: User, at: datetime | None = None
) -> Evidence:
    """Take back the evidence of a kind that stands, with a reason; steps already taken stay.

    Raises ReasonNeeded, NothingToRevoke or KeptHere.
    """
    locked = Neighbourhood.objects.select_for_update().get(pk=neighbourhood.pk)
    if not reason.strip():
        raise ReasonNeeded(_("Write down why this no longer holds."))
    latest = latest_of(locked, kind)
    _refuse_what_is_kept_here(latest)
    if latest is None or latest.revoked:
        raise NothingToRevoke(_("Nothing of this kind stands that could be revoked."))
    made = Evidence.objects.create(
        neighbourhood=locked, kind=kind, revoked=True, reason=reason.strip(), by=by, at=at or timezone.now()
    )
    add_history(locked, "evidence_revoked", by=by, fields=["evidence"], kind=kind, reason=made.reason)
    return made


def push_evidence(
    *,
    neighbourhood: Neighbourhood,
    kind: str,
    facts: Mapping[str, Any],
    source: tuple[str, int],
    by: User | None,
    at: datetime | None = None,
) -> Evidence | None:
    """Write down what a module knows, for the guards; None where the same stands already, so that telling it again is
    harmless. `source` is the resource and the id of what it is made of: kept with the facts as their `source`.

    Call it under the neighbourhood's lock.
    """
    resource, number = source
    told = {**facts, "source": {"resource": resource, "id": number}}
    latest = latest_of(neighbourhood, kind)
    if latest is not None and not latest.revoked and latest.facts == told:
        return None
    return add_evidence(neighbourhood=neighbourhood, kind=kind, facts=told, by=by, at=at)


def withdraw_evidence(
    *,
    neighbourhood: Neighbourhood,
    kind: str,
    reason: str,
    by: User | None,
    at: datetime | None = None,
    kept_here: bool = True,
) -> Evidence | None:
    """Take back what a module told, since there is nothing of it any more; None where it tells nothing. It is kept here
    still, so nobody tells it by hand, unless `kept_here` says otherwise; what people recorded stays.

    Call it under the neighbourhood's lock.
    """
    latest = latest_of(neighbourhood, kind)
    if latest is None or latest.revoked or not latest.is_kept_here:
        return None
    made: Evidence = Evidence.objects.create(
        neighbourhood=neighbourhood,
        kind=kind,
        facts={"source": latest.facts["source"]} if kept_here else {},
        revoked=True,
        reason=reason,
        by=by,
        at=at or timezone.now(),
    )
    tell_changes([neighbourhood], fields=["evidence"])
    return made


def latest_of(neighbourhood: Neighbourhood, kind: str) -> Evidence | None:
    """The last row of a kind, be it a revocation."""
    found: Evidence | None = Evidence.objects.filter(neighbourhood=neighbourhood, kind=kind).order_by("-pk").first()
    return found


def _refuse_what_is_kept_here(latest: Evidence | None) -> None:
    """What a module keeps is not told beside it: two figures for one thing would disagree one day."""
    if latest is not None and latest.is_kept_here:
        raise KeptHere(
            _("“%(what)s” is kept here already and tells of itself. Change it where it is kept.")
            % {"what": latest.get_kind_display()}
        )
