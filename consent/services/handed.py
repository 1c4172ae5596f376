"""Visits that their round no longer takes, from the phone to community staff: entered out of round, or set aside."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import orjson
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from common.secrets import decrypt, encrypt
from consent.choices import HandedStatus
from consent.errors import ClientIdReused, HandedAlreadySettled, ReasonNeeded, VisitRecorded
from consent.models import HandedVisit, RollEntry, Survey, Visit
from consent.rules.visit_items import as_item, read_visit
from consent.rules.visits import VisitInput
from consent.services.visits import VisitAnswer, record_visits


def content_of(handed: HandedVisit) -> VisitInput:
    """The visit as it was refused."""
    visit = read_visit(orjson.loads(decrypt(bytes(handed.content))))
    if not isinstance(visit, VisitInput):
        raise TypeError(f"What was handed over as {handed.client_id} can no longer be read.")
    return visit


@transaction.atomic
def hand_visit(
    *, door: RollEntry, visit: VisitInput, refusals: Sequence[str], by: User, at: datetime | None = None
) -> tuple[HandedVisit, bool]:
    """Keep a visit at `door` that was refused for `refusals` (codes of api.md); and whether it is new.

    The same visit again changes nothing, whatever has become of it since. Raises ClientIdReused where another one was
    handed over under its id, and VisitRecorded where the ledger holds one.
    """
    survey = _locked(door.survey_id)
    known = HandedVisit.objects.filter(client_id=visit.client_id).first()
    if known is not None:
        if known.handed_by_id != by.pk or known.door_id != door.pk or content_of(known) != visit:
            raise ClientIdReused(_("Another visit was handed over under this client id already."))
        return known, False
    # Appends wait for the survey's lock too, so what is not in the ledger now comes after this.
    if Visit.objects.filter(client_id=visit.client_id).exists():
        raise VisitRecorded(_("The ledger holds a visit under this client id already. There is nothing to hand over."))
    handed = HandedVisit.objects.create(
        survey=survey,
        door=door,
        client_id=visit.client_id,
        outcome=visit.outcome,
        visited_at=visit.visited_at,
        content=encrypt(orjson.dumps(as_item(visit))),
        refusals=list(refusals),
        handed_by=by,
        handed_at=at or timezone.now(),
    )
    add_history(survey, "visit_handed", by=by, action=None, client_id=str(visit.client_id))
    return handed, True


@transaction.atomic
def enter_handed(*, handed: HandedVisit, by: User, note: str, at: datetime | None = None) -> VisitAnswer:
    """Record a visit that waits out of round, under the id that the phone gave it, and with `note` as its note.

    A correction stands for itself then: out of round it supersedes nothing, and leads as the later one. Where the
    ledger refuses it, the answer says why and the visit goes on waiting. Raises HandedAlreadySettled, and
    VisitRecorded where the phone sent it after all.
    """
    survey = _locked(handed.survey_id)
    locked = _waiting(handed)
    if (sent := Visit.objects.filter(client_id=locked.client_id).first()) is not None:
        raise VisitRecorded(
            _("This visit was sent after all: the ledger holds it as no. %(sequence)s. Set it aside here.")
            % {"sequence": sent.sequence}
        )
    visit = replace(content_of(locked), out_of_round=True, round=None, supersedes=None, note=note)
    answer = record_visits(survey=survey, visits=[visit], by=by, at=at).answers[0]
    if answer.status != "rejected":
        recorded = Visit.objects.get(client_id=visit.client_id)
        _settle(handed, HandedStatus.ENTERED, by=by, at=at or timezone.now(), visit=recorded)
        add_history(survey, "handed_visit_entered", by=by, action=None, visit=answer.sequence)
    return answer


@transaction.atomic
def set_aside(*, handed: HandedVisit, by: User, reason: str, at: datetime | None = None) -> HandedVisit:
    """Enter a visit that waits nowhere, for a reason that the one who handed it over gets to read.

    It stays readable. Raises HandedAlreadySettled and ReasonNeeded.
    """
    reason = reason.strip()
    if not reason:
        raise ReasonNeeded(_("Say why this visit is set aside."))
    survey = _locked(handed.survey_id)
    _waiting(handed)
    _settle(handed, HandedStatus.SET_ASIDE, by=by, at=at or timezone.now(), settle_reason=reason)
    add_history(survey, "handed_visit_set_aside", by=by, action=None, client_id=str(handed.client_id))
    return handed


def _locked(pk: int) -> Survey:
    survey: Survey = Survey.objects.select_for_update(of=("self",)).select_related("neighbourhood").get(pk=pk)
    return survey


def _waiting(handed: HandedVisit) -> HandedVisit:
    """The row as it is now, behind the survey's lock."""
    now: HandedVisit = HandedVisit.objects.get(pk=handed.pk)
    if now.status != HandedStatus.WAITING:
        raise HandedAlreadySettled(_("Somebody has settled this visit already."))
    return now


def _settle(
    handed: HandedVisit, status: str, *, by: User, at: datetime, visit: Visit | None = None, settle_reason: str = ""
) -> None:
    handed.status, handed.visit, handed.settle_reason = status, visit, settle_reason
    handed.settled_by, handed.settled_at = by, at
    handed.save(update_fields=["status", "visit", "settle_reason", "settled_by", "settled_at"])
