"""Months of a neighbourhood's book: closed one after the other, with control figures; opened again, the last first."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from governance.errors.fees import ClosedOutOfOrder, MonthClosed, MonthNotClosed, MonthNotOver
from governance.models import MonthClosing
from governance.reports.fees.closings import control_totals, month_in_turn, totals_digest
from governance.reports.fees.words import month_text
from governance.rules.fees.periods import last_day
from governance.services.fees.books import closed_months, hold_book_alone
from renovation.errors import ReasonNeeded
from renovation.models import Neighbourhood


@transaction.atomic
def close_month(
    *, neighbourhood: Neighbourhood, month: date, by: User | None, at: datetime | None = None
) -> MonthClosing:
    """Close the month that begins on `month`: nothing is billed, voided or booked in it from now on.

    Raises MonthNotOver before its last day is past, MonthClosed where it is closed, and ClosedOutOfOrder with the month
    whose turn it is (`next`): from the first month with a bill or a payment, one after the other.
    """
    at = at or timezone.now()
    first = month.replace(day=1)
    hold_book_alone(neighbourhood.pk)
    if last_day(first) >= timezone.localdate(at):
        raise MonthNotOver(_("A month is closed after its last day."))
    if first in closed_months(neighbourhood.pk):
        raise MonthClosed(_("This month is closed already."), month=f"{first:%Y-%m}")
    in_turn = month_in_turn(neighbourhood.pk)
    if in_turn is not None and first != in_turn:
        raise ClosedOutOfOrder(
            _("Months are closed one after the other: %(month)s is next.") % {"month": month_text(in_turn)},
            next=f"{in_turn:%Y-%m}",
        )
    totals = control_totals(neighbourhood.pk, first)
    closing = MonthClosing.objects.create(
        neighbourhood=neighbourhood,
        month=first,
        totals=totals,
        digest=totals_digest(totals),
        closed_at=at,
        closed_by=by,
    )
    add_history(closing, "month_closed", by=by, action="created", month=f"{first:%Y-%m}", digest=closing.digest)
    return closing


@transaction.atomic
def reopen_month(*, closing: MonthClosing, reason: str, by: User | None, at: datetime | None = None) -> MonthClosing:
    """Open a closed month again. Raises ReasonNeeded, MonthNotClosed where it is open, or ClosedOutOfOrder while a
    later one is closed (`next`).
    """
    if not reason.strip():
        raise ReasonNeeded(_("Write down the reason."))
    hold_book_alone(closing.neighbourhood_id)
    locked: MonthClosing = (
        MonthClosing.objects.select_for_update(of=("self",)).select_related("neighbourhood").get(pk=closing.pk)
    )
    if locked.reopened_at is not None:
        raise MonthNotClosed(_("This month is open again already."))
    last = max(closed_months(locked.neighbourhood_id))
    if last != locked.month:
        raise ClosedOutOfOrder(
            _("The last closed month is opened first: %(month)s.") % {"month": month_text(last)}, next=f"{last:%Y-%m}"
        )
    locked.reopened_at, locked.reopened_by, locked.reopen_reason = at or timezone.now(), by, reason.strip()
    locked.save(update_fields=["reopened_at", "reopened_by", "reopen_reason"])
    add_history(locked, "month_reopened", by=by, fields=["reopened_at"], month=f"{locked.month:%Y-%m}", reason=reason)
    return locked
