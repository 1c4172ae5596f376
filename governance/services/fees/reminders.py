"""Asking for arrears: each reminder is recorded once, with its proof, and no step is left out."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.files import File
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from governance.choices.fees import ReminderChannel, ReminderStep, VisitOutcome
from governance.errors.fees import (
    NothingOverdue,
    OutcomeNeeded,
    PromiseOutOfOrder,
    ProofMissing,
    RemindedToday,
    ReminderInTheFuture,
    ReminderReused,
    StepOutOfOrder,
    TooSoonToSue,
    WrongChannel,
)
from governance.models import Bill, FeeAccount, Reminder
from governance.reports.fees.reminded import steps_of
from governance.rules.fees.arrears import CHANNELS, may_sue_from, open_steps, years_later
from governance.services.fees.books import hold_book
from renovation.services.site_photos import ReadyPhoto, ready_photos

CLOCKS_DIFFER = timedelta(minutes=5)
"""How far ahead of ours the clock of a phone may be."""


def remind(
    *,
    account: FeeAccount,
    step: str,
    channel: str,
    outcome: str = "",
    promised_on: date | None = None,
    note: str = "",
    given_at: datetime | None = None,
    received: bool = False,
    proof: File | ReadyPhoto | None = None,
    document: str = "",
    client_id: UUID | None = None,
    by: User,
    at: datetime | None = None,
) -> tuple[Reminder, bool]:
    """Record that a debtor was asked for all that was overdue on the day of `given_at`; and whether it is new: sent
    twice by its `client_id`, it is kept once. `received` says that its proof, a photo or a document, shows its arrival.

    Raises ReminderInTheFuture, WrongChannel, OutcomeNeeded, PromiseOutOfOrder, ProofMissing, PhotoRefused,
    NothingOverdue, StepOutOfOrder, RemindedToday, TooSoonToSue, or ReminderReused for a client id of something else.
    """
    at = at or timezone.now()
    told = {
        "account_id": account.pk,
        "step": str(step),
        "channel": str(channel),
        "outcome": str(outcome),
        "promised_on": promised_on,
        "note": note.strip(),
        "received": received,
        "document": document.strip(),
    }
    # Decoding a photo takes long: before any lock.
    photos = ready_photos([proof] if proof else [])
    digest = photos[0].digest if photos else None
    with transaction.atomic():
        hold_book(account.neighbourhood_id)  # before the account, as others do: to keep the reminder holds it too
        locked: FeeAccount = FeeAccount.objects.select_for_update(of=("self",), no_key=True).get(pk=account.pk)
        if (earlier := _same(client_id, told, given_at, digest)) is not None:
            return earlier, False
        moment = given_at or at
        if moment > at + CLOCKS_DIFFER:
            raise ReminderInTheFuture(_("This is still to come: record it when it is done."))
        day = timezone.localdate(moment)
        _require_whole(told, day, has_proof=bool(photos))
        bills = list(Bill.objects.open().filter(account=locked, due_on__lt=day).oldest_first())
        if not bills:
            raise NothingOverdue(_("Nothing of this debtor is overdue: there is nothing to remind of."))
        _require_next(locked, str(step), bills, day)
        made = Reminder(
            **told,
            neighbourhood_id=locked.neighbourhood_id,
            household_id=locked.household_id,
            given_at=moment,
            bills=[bill.pk for bill in bills],
            amount=sum(bill.outstanding for bill in bills),
            proof_sha256=digest,
            client_id=client_id,
            created_at=at,
            by=by,
        )
        for ready in photos:
            made.proof.save(f"{ready.digest[:12].hex()}.jpg", ContentFile(ready.image), save=False)
        made.save(force_insert=True)
        add_history(
            made,
            "reminder_given",
            by=by,
            action="created",
            step=made.step,
            channel=made.channel,
            outcome=made.outcome,
            received=made.received,
            bills=made.bills,
            amount=str(made.amount),
        )
    return made, True


def _require_whole(told: dict[str, Any], day: date, *, has_proof: bool) -> None:
    step, channels = told["step"], CHANNELS[told["step"]]
    if told["channel"] not in channels:
        words = _(", ").join(str(ReminderChannel(channel).label) for channel in channels)
        raise WrongChannel(_("This step is taken so: %(channels)s.") % {"channels": words}, channels=list(channels))
    if (step == ReminderStep.VISIT) != bool(told["outcome"]):
        raise OutcomeNeeded(_("Say what came of the visit; only a visit has an outcome."))
    promised_on = told["promised_on"]
    if promised_on is not None and (
        told["outcome"] != VisitOutcome.PROMISED or not day <= promised_on <= years_later(day, 1)
    ):
        raise PromiseOutOfOrder(_("A day is promised with a promise, and lies within a year after it."))
    if told["received"] and not (has_proof or told["document"]):
        raise ProofMissing(_("That it arrived is shown by a photo, or by the number of a receipt."))


def _require_next(account: FeeAccount, step: str, bills: list[Bill], day: date) -> None:
    done = steps_of(account, bills)
    allowed = open_steps(one.step for one in done)
    if step not in allowed:
        raise StepOutOfOrder(
            _("One step comes after the other: the next is “%(step)s”.") % {"step": ReminderStep(allowed[-1]).label},
            next=allowed[-1],
        )
    if Reminder.objects.filter(account=account, given_at__date=day).exists():
        raise RemindedToday(_("This debtor was asked on that day already. Nobody is asked twice a day."))
    if step == ReminderStep.LEGAL:
        first = may_sue_from((one.step, timezone.localdate(one.given_at)) for one in done)
        if first is not None and day < first:
            raise TooSoonToSue(
                _("The formal demand leaves time to pay: a court may be asked from %(day)s on.")
                % {"day": first.isoformat()},
                from_on=first.isoformat(),
            )


def _same(
    client_id: UUID | None, told: dict[str, Any], given_at: datetime | None, digest: bytes | None
) -> Reminder | None:
    """What stands under a client id. Raises ReminderReused where it is something else."""
    if client_id is None:
        return None
    earlier: Reminder | None = Reminder.objects.filter(client_id=client_id).first()
    if earlier is None:
        return None
    kept = bytes(earlier.proof_sha256) if earlier.proof_sha256 else None
    same = all(getattr(earlier, name) == value for name, value in told.items()) and kept == digest
    if not same or (given_at is not None and given_at != earlier.given_at):
        raise ReminderReused(_("Another reminder was recorded under this client id already."))
    return earlier
