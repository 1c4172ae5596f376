"""Reductions: proposed by one person, decided by another, and taken back (policy.md, section f)."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from governance.choices.fees import FeeKind, ReductionReason, ReductionState
from governance.errors.fees import ReductionDecided, ReductionTooLarge, ShareDoesNotFit, VacancyNoReason
from governance.models import FeeReduction, FeeSchedule
from governance.reports.fees.schedules import prices_of
from governance.reports.fees.words import month_text
from governance.rules.fees.charges import price_of_month
from governance.rules.fees.periods import months_between
from governance.services.fees.books import hold_books_to_bill
from renovation.choices import SpaceOwnership
from renovation.errors import DatesReversed, ReasonNeeded, SecondPersonNeeded
from renovation.models import Household


@transaction.atomic
def propose_reduction(
    *,
    household: Household,
    kind: str,
    reason: str,
    from_month: date,
    to_month: date,
    text: str,
    share: Decimal | None = None,
    document: str = "",
    by: User,
) -> FeeReduction:
    """Propose that a household pays less of a kind of fee for some months, told by days in them, both included.

    `share` is the part that is let off, above 0 and at most 1. For a vacant home it follows from the contract and need
    not be given. Raises DatesReversed, ReasonNeeded, VacancyNoReason where the contract lets nothing off, or
    ShareDoesNotFit.
    """
    first, last = from_month.replace(day=1), to_month.replace(day=1)
    if last < first:
        raise DatesReversed(_("It ends before it begins."))
    if not text.strip():
        raise ReasonNeeded(_("Write down the reason."))
    if reason == ReductionReason.VACANT:
        due = share_of_vacancy(household, kind, months_between(first, last))
        if share is not None and share != due:
            raise ShareDoesNotFit(
                _("By contract a vacant home is let off %(share)s of the whole.") % {"share": due.normalize()},
                share=str(due),
            )
        share = due
    if share is None:
        raise ShareDoesNotFit(_("Say which share of the fee is let off."))
    made = FeeReduction.objects.create(
        neighbourhood=household.neighbourhood,
        household=household,
        kind=kind,
        reason=reason,
        share=share,
        from_month=first,
        to_month=last,
        text=text.strip(),
        document=document.strip(),
        proposed_by=by,
    )
    add_history(
        made,
        "fee_reduction_proposed",
        by=by,
        action="created",
        share=str(share),
        from_month=f"{first:%Y-%m}",
        to_month=f"{last:%Y-%m}",
    )
    return made


@transaction.atomic
def decide_reduction(
    *, reduction: FeeReduction, approve: bool, text: str = "", by: User, at: datetime | None = None
) -> FeeReduction:
    """Approve a reduction, or refuse it with the reason in `text`. Bills posted before stay as they are.

    Raises ReductionDecided, SecondPersonNeeded for whoever proposed it, ReasonNeeded, VacancyNoReason where the
    contract has changed since, or ReductionTooLarge where a month's approved shares would add up to more than the
    whole.
    """
    locked = _lock(reduction)
    if locked.state != ReductionState.PROPOSED:
        raise ReductionDecided(_("This reduction is decided already."))
    if locked.proposed_by_id == by.pk:
        raise SecondPersonNeeded(_("You proposed this reduction: somebody else must decide it."))
    if approve:
        _require_contract(locked)
        _require_room(locked)
    elif not text.strip():
        raise ReasonNeeded(_("Write down the reason."))
    state = ReductionState.APPROVED if approve else ReductionState.REFUSED
    return _settle(locked, state, text, by, at)


@transaction.atomic
def withdraw_reduction(*, reduction: FeeReduction, reason: str, by: User, at: datetime | None = None) -> FeeReduction:
    """Take a proposed or an approved reduction back, with a reason. Bills posted with it stay as they are.

    Raises ReductionDecided where it was refused or withdrawn, or ReasonNeeded.
    """
    locked = _lock(reduction)
    if locked.state not in (ReductionState.PROPOSED, ReductionState.APPROVED):
        raise ReductionDecided(_("This reduction is decided already."))
    if not reason.strip():
        raise ReasonNeeded(_("Write down the reason."))
    return _settle(locked, ReductionState.WITHDRAWN, reason, by, at)


def share_of_vacancy(household: Household, kind: str, months: Iterable[date]) -> Decimal:
    """The share of each of these months that the contract lets a vacant home off: one for all of them.

    Raises VacancyNoReason: vacancy by itself is no reason to pay less, there is no national discount.
    """
    schedules = list(FeeSchedule.objects.filter(neighbourhood=household.neighbourhood_id, kind=kind))
    vacant = {schedule.pk: schedule.vacant_share for schedule in schedules}
    uses = SpaceOwnership.values if kind == FeeKind.PARKING else [household.use]
    found = {
        vacant[price.schedule] if (price := price_of_month(prices, use, month)) else None
        for prices in prices_of(schedules).values()
        for use in uses
        for month in months
    }
    share = found.pop() if len(found) == 1 else None
    if share is None:
        raise VacancyNoReason(
            _(
                "The contract lets vacant homes off nothing, or not the same in all of these months: without its word "
                "vacancy is no reason to pay less."
            )
        )
    return 1 - share


def _lock(reduction: FeeReduction) -> FeeReduction:
    """The book first: a run reads what is approved while it holds it."""
    hold_books_to_bill([reduction.neighbourhood_id])
    rows = FeeReduction.objects.select_for_update(of=("self",)).select_related("neighbourhood", "household")
    locked: FeeReduction = rows.get(pk=reduction.pk)
    return locked


def _settle(locked: FeeReduction, state: str, text: str, by: User, at: datetime | None) -> FeeReduction:
    locked.state, locked.decision = state, text.strip()
    locked.decided_by, locked.decided_at = by, at or timezone.now()
    fields = ["state", "decision", "decided_by", "decided_at"]
    locked.save(update_fields=fields)
    add_history(locked, f"fee_reduction_{state}", by=by, fields=fields, share=str(locked.share))
    return locked


def _require_contract(reduction: FeeReduction) -> None:
    if reduction.reason != ReductionReason.VACANT:
        return
    months = months_between(reduction.from_month, reduction.to_month)
    due = share_of_vacancy(reduction.household, reduction.kind, months)
    if due != reduction.share:
        raise VacancyNoReason(_("The contract has changed since this was proposed: propose it anew."), share=str(due))


def _require_room(reduction: FeeReduction) -> None:
    approved = FeeReduction.objects.filter(
        household=reduction.household_id,
        kind=reduction.kind,
        state=ReductionState.APPROVED,
        from_month__lte=reduction.to_month,
        to_month__gte=reduction.from_month,
    )
    shares = list(approved.values_list("share", "from_month", "to_month"))
    for month in months_between(reduction.from_month, reduction.to_month):
        taken = sum((share for share, first, last in shares if first <= month <= last), Decimal(0))
        if taken + reduction.share > 1:
            raise ReductionTooLarge(
                _("With what is approved already, more than the whole of %(month)s would be let off.")
                % {"month": month_text(month)},
                month=f"{month:%Y-%m}",
            )
