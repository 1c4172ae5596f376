"""Recording evidence by hand, and taking it back: by the person whose act it is (workflow.md, States)."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from renovation.errors import NothingToRevoke, ReasonNeeded
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

    Raises FactsUnreadable, which names every fault: `facts` against the schema of the kind, and a document of tomorrow.
    The neighbourhood's lock keeps a step that reads it at this moment in order.
    """
    locked = Neighbourhood.objects.select_for_update().get(pk=neighbourhood.pk)
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
    """Take back the evidence of a kind that stands, with a reason; steps already taken stay. Raises ReasonNeeded or
    NothingToRevoke.
    """
    locked = Neighbourhood.objects.select_for_update().get(pk=neighbourhood.pk)
    if not reason.strip():
        raise ReasonNeeded(_("Write down why this no longer holds."))
    latest = Evidence.objects.filter(neighbourhood=locked, kind=kind).order_by("-pk").first()
    if latest is None or latest.revoked:
        raise NothingToRevoke(_("Nothing of this kind stands that could be revoked."))
    made = Evidence.objects.create(
        neighbourhood=locked, kind=kind, revoked=True, reason=reason.strip(), by=by, at=at or timezone.now()
    )
    add_history(locked, "evidence_revoked", by=by, action=None, kind=kind, reason=made.reason)
    return made
