"""What a company that leaves has billed beyond its last month, and who is to get money back."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from governance.models import Bill, FeeAccount, FeeSchedule
from renovation.models import Neighbourhood


@dataclass(frozen=True, slots=True)
class Beyond:
    """Bills that reach beyond a month: how many, what is to be paid of them and what is settled, in yuan; and how many
    schedules go on.
    """

    bills: int
    payable: Decimal
    settled: Decimal
    schedules: int


def bills_beyond(neighbourhood: Neighbourhood, last: date) -> QuerySet[Any]:
    """Live bills of months after the day `last`, late charges apart: those go with the bills that they are for."""
    rows = Bill.objects.live().filter(neighbourhood=neighbourhood, ends_on__gt=last, late_for=None)
    return rows.exclude(household=None)


def schedules_beyond(neighbourhood: Neighbourhood, last: date) -> QuerySet[Any]:
    """Schedules that have begun by the day `last` and do not end with it. Those that begin later are the next
    company's.
    """
    rows = FeeSchedule.objects.filter(neighbourhood=neighbourhood, valid_from__lte=last)
    return rows.filter(Q(valid_to=None) | Q(valid_to__gt=last))


def beyond(neighbourhood: Neighbourhood, last: date) -> Beyond:
    """What ending the charges with the day `last` would change. Two queries."""
    zero = Decimal(0)
    sums = bills_beyond(neighbourhood, last).aggregate(
        bills=Count("pk"), payable=Sum(F("amount") - F("reduction")), settled=Sum("settled")
    )
    return Beyond(
        sums["bills"],
        sums["payable"] or zero,
        sums["settled"] or zero,
        schedules_beyond(neighbourhood, last).count(),
    )


def to_refund(neighbourhood: Neighbourhood) -> list[FeeAccount]:
    """The accounts with credit, which is what is to be paid back, by household."""
    rows = FeeAccount.objects.filter(neighbourhood=neighbourhood, credit__gt=0)
    related = rows.select_related("household__building", "household__stairwell", "neighbourhood")
    return list(related.order_by("household__building__number", "household__unit_number", "pk"))
