"""Entries of the owners' common money: public income and the maintenance fund. Nothing is edited: a mistake is taken
back by an entry of its own.
"""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from governance.errors.fees import EntryReversed, WrongSign, WrongSource
from governance.models import PurseEntry
from governance.rules.fees.purses import SOURCES, has_right_sign
from governance.services.fees.books import hold_book, require_open
from renovation.errors import ReasonNeeded
from renovation.models import Neighbourhood
from renovation.services.checks import require_day


@transaction.atomic
def book_entry(
    *,
    neighbourhood: Neighbourhood,
    purse: str,
    source: str,
    amount: Decimal,
    booked_on: date,
    document: str,
    note: str = "",
    by: User,
    at: datetime | None = None,
) -> PurseEntry:
    """Enter what came in (above 0) or was spent (below 0), in yuan, by which document. Parking that was billed is not
    entered: it is counted off the bills.

    Raises WrongSource, WrongSign, DayInFuture, or MonthClosed for a day in a closed month.
    """
    at = at or timezone.now()
    require_day(booked_on, at)
    if source not in SOURCES[purse]:
        raise WrongSource(_("This purse has no such source."), sources=list(SOURCES[purse]))
    if not has_right_sign(source, amount):
        raise WrongSign(_("What comes in is above 0, and what is spent is below it."))
    hold_book(neighbourhood.pk)
    require_open(neighbourhood.pk, booked_on, booked_on)
    entry: PurseEntry = PurseEntry.objects.create(
        neighbourhood=neighbourhood,
        purse=purse,
        source=source,
        amount=amount,
        booked_on=booked_on,
        document=document.strip(),
        note=note.strip(),
        created_at=at,
        by=by,
    )
    add_history(entry, "purse_entry_booked", by=by, action="created", purse=purse, source=source, amount=str(amount))
    return entry


@transaction.atomic
def reverse_entry(*, entry: PurseEntry, reason: str, by: User, at: datetime | None = None) -> PurseEntry:
    """Take an entry back, whole, by one of the opposite amount today. Raises ReasonNeeded, EntryReversed
    or MonthClosed.
    """
    at = at or timezone.now()
    today = timezone.localdate(at)
    if not reason.strip():
        raise ReasonNeeded(_("Write down the reason."))
    hold_book(entry.neighbourhood_id)
    require_open(entry.neighbourhood_id, today, today)
    # No row of an append-only table is locked to be changed; this one is held so that two do not take it back.
    held = PurseEntry.objects.select_for_update(no_key=True, of=("self",)).get(pk=entry.pk)
    if held.reverses_id is not None or PurseEntry.objects.filter(reverses=held).exists():
        raise EntryReversed(_("This entry was taken back already, or takes another one back."))
    back: PurseEntry = PurseEntry.objects.create(
        neighbourhood=entry.neighbourhood,
        purse=held.purse,
        source=held.source,
        amount=-held.amount,
        booked_on=today,
        document=held.document,
        note=reason.strip()[:200],
        reverses=held,
        created_at=at,
        by=by,
    )
    add_history(back, "purse_entry_reversed", by=by, action="created", reverses=held.pk, reason=reason.strip())
    return back
