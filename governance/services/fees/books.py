"""The locks of a neighbourhood's book of fees, and the months that are closed in it.

The neighbourhood's row stands for its book. Taking money holds it lightly, so that clerks do not wait for each other; a
run holds it against other runs and against closing, and money still comes in meanwhile; closing a month and making a
bill void hold it alone. After it, in this order: fee accounts by id, bills by id, tallies by their key.
"""

from collections.abc import Iterable
from datetime import date

from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext as _

from governance.errors.fees import MonthClosed
from governance.models import MonthClosing
from governance.rules.fees.periods import add_months, last_day
from renovation.models import Neighbourhood

_HOLD = "SELECT id FROM renovation_neighbourhood WHERE id = %s FOR KEY SHARE"


def hold_book(neighbourhood_id: int) -> None:
    """Hold the book while money is taken or given back: no month closes meanwhile. In a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [neighbourhood_id])


def hold_books_to_bill(neighbourhood_ids: Iterable[int]) -> list[int]:
    """Hold books while bills are posted: one run at a time, and no month closes meanwhile. In a transaction."""
    rows = Neighbourhood.objects.filter(pk__in=list(neighbourhood_ids)).order_by("pk")
    return list(rows.select_for_update(no_key=True).values_list("pk", flat=True))


def hold_book_alone(neighbourhood_id: int) -> None:
    """Hold the book against everybody: its month is being closed or opened again, or a bill is made void, which takes
    from some tallies and then adds to others, in no order that money taken meanwhile could follow. In a transaction.
    """
    Neighbourhood.objects.select_for_update().get(pk=neighbourhood_id)


def closed_months(neighbourhood_id: int) -> set[date]:
    """The first days of the months that are closed now."""
    closed = MonthClosing.objects.filter(neighbourhood=neighbourhood_id, reopened_at=None)
    return set(closed.values_list("month", flat=True))


def require_open(neighbourhood_id: int, first: date, last: date) -> None:
    """Raises MonthClosed where a month between two days is closed. The book is held by then."""
    closed = MonthClosing.objects.filter(
        neighbourhood=neighbourhood_id, reopened_at=None, month__gte=first.replace(day=1), month__lte=last
    )
    if month := closed.order_by("month").values_list("month", flat=True).first():
        raise MonthClosed(
            _("%(month)s is closed: nothing is billed, voided or booked in it.") % {"month": f"{month:%Y-%m}"},
            month=f"{month:%Y-%m}",
        )


def booking_day(neighbourhood_id: int, day: date) -> date:
    """The day on which money of `day` counts: itself, or the first that is open where it lies in a closed month or
    before one. What was paid is never refused for a closed month, and moves no figure of one: also not by settling a
    bill of it from a month before the first that was closed. The book is held by then.
    """
    closed = MonthClosing.objects.filter(neighbourhood=neighbourhood_id, reopened_at=None)
    last = closed.aggregate(month=Max("month"))["month"]
    return day if last is None or day > last_day(last) else add_months(last, 1)
