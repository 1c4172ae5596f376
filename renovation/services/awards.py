"""The award in place of subsidy: its tranches and their steps (policy.md, section e)."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Max, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from renovation.choices import AwardState, FundingKind, FundingStep
from renovation.errors import AmountTooLarge, DocumentNeeded, HandoverNotAccepted, NoSuchAwardStep, NotAnAward
from renovation.models import AwardStep, AwardTranche, FundingSource, Neighbourhood
from renovation.rules.awards import leads_to, next_state, waits_for_handover
from renovation.rules.evidence import MAX_MONEY
from renovation.services.funding import write_entry


@transaction.atomic
def add_tranche(*, source: FundingSource, amount: Decimal, by: User | None) -> AwardTranche:
    """Plan a further part of an award: yuan above 0. Raises NotAnAward for a source of another kind, AmountTooLarge."""
    Neighbourhood.objects.select_for_update().get(pk=source.neighbourhood_id)
    if source.kind != FundingKind.AWARD:
        raise NotAnAward(_("Only an award in place of subsidy is paid in tranches."))
    planned = AwardTranche.objects.filter(source=source).aggregate(sum=Sum("amount"))["sum"] or 0
    if planned + amount >= MAX_MONEY:
        raise AmountTooLarge(_("The sum of this source would be more than can be kept here: check the amount."))
    last = AwardTranche.objects.filter(source=source).aggregate(last=Max("number"))["last"] or 0
    made = AwardTranche.objects.create(source=source, number=last + 1, amount=amount)
    add_history(made, "created", by=by, action="created", fields=["number", "amount"], amount=str(amount))
    return made


@transaction.atomic
def advance_tranche(
    *, tranche: AwardTranche, to: str, document: str, by: User | None, at: datetime | None = None
) -> AwardTranche:
    """Take a tranche's next step, by which document; paid, its money is received.

    Raises NoSuchAwardStep where the step does not lead there from here, HandoverNotAccepted for `eligible` before the
    neighbourhood is handed over, DocumentNeeded.
    """
    neighbourhood = Neighbourhood.objects.select_for_update().get(pk=tranche.source.neighbourhood_id)
    locked: AwardTranche = (
        AwardTranche.objects.select_for_update(of=("self",)).select_related("source").get(pk=tranche.pk)
    )
    at = at or timezone.now()
    if not leads_to(locked.state, to):
        following = next_state(locked.state)
        raise NoSuchAwardStep(
            _("From “%(here)s” no step leads to “%(there)s”: none is left out, and none leads back.")
            % {"here": locked.get_state_display(), "there": AwardState(to).label},
            steps=[following] if following else [],
        )
    if waits_for_handover(locked.state, neighbourhood.stage):
        raise HandoverNotAccepted(
            _("The award is paid after results: the neighbourhood must be handed over to its management first.")
        )
    if not document.strip():
        raise DocumentNeeded(_("Write down the number of the document."))
    before, locked.state = locked.state, to
    locked.save(update_fields=["state"])
    AwardStep.objects.create(tranche=locked, to_state=to, document=document.strip(), at=at, by=by)
    add_history(locked, "award_advanced", by=by, fields=["state"], before=before, to=to, document=document.strip())
    if to == AwardState.PAID:
        write_entry(
            source=locked.source,
            step=FundingStep.RECEIVED,
            amount=locked.amount,
            document=document,
            dated_on=timezone.localdate(at),
            by=by,
            at=at,
            tranche=locked,
        )
    return locked
