"""What the book of a neighbourhood says today: owed, overdue, taken; and what waits to be done in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from governance.choices.fees import FeeBasis, FeeKind, LineState, ReductionState, RunMode, RunStatus
from governance.models import (
    Bill,
    BilledTally,
    BillingRun,
    FeeReduction,
    FeeSchedule,
    Payment,
    PaymentReversal,
    StatementLine,
)
from governance.reports.fees.closings import month_in_turn
from governance.rules.fees.periods import add_months, last_day
from renovation.models import Neighbourhood

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class BookFigures:
    """Of one neighbourhood, in yuan: what is owed now and how much of it is overdue; what came in this month and today,
    less what was reversed in the same time.
    """

    open_count: int = 0
    outstanding: Decimal = ZERO
    overdue_count: int = 0
    overdue: Decimal = ZERO
    month: Decimal = ZERO
    today_count: int = 0
    today: Decimal = ZERO


def book_figures(neighbourhood_ids: Iterable[int], today: date) -> dict[int, BookFigures]:
    """The figures of each neighbourhood. Three queries, however many they are."""
    here = list(neighbourhood_ids)
    owed = Sum("amount") - Sum("reduction") - Sum("settled")
    late = Q(due_on__lt=today)
    bills = Bill.objects.filter(neighbourhood__in=here).open().values("neighbourhood")
    owing = {
        row["neighbourhood"]: row
        for row in bills.annotate(
            open_count=Count("pk"),
            outstanding=owed,
            overdue_count=Count("pk", filter=late),
            overdue=Coalesce(
                Sum("amount", filter=late) - Sum("reduction", filter=late) - Sum("settled", filter=late), ZERO
            ),
        )
    }
    taken = _taken(Payment.objects.filter(neighbourhood__in=here), "neighbourhood", "amount", today)
    back = _taken(
        PaymentReversal.objects.filter(payment__neighbourhood__in=here),
        "payment__neighbourhood",
        "payment__amount",
        today,
    )
    nothing = {"month": ZERO, "today": ZERO, "count": 0}
    figures = {}
    for pk in here:
        row, came, went = owing.get(pk, {}), taken.get(pk, nothing), back.get(pk, nothing)
        figures[pk] = BookFigures(
            open_count=row.get("open_count", 0),
            outstanding=row.get("outstanding", ZERO),
            overdue_count=row.get("overdue_count", 0),
            overdue=row.get("overdue", ZERO),
            month=came["month"] - went["month"],
            today_count=came["count"],
            today=came["today"] - went["today"],
        )
    return figures


def _taken(rows: Any, place: str, amount: str, today: date) -> dict[int, Any]:
    month = rows.filter(booked_on__gte=today.replace(day=1), booked_on__lte=last_day(today)).values(place)
    of_today = Q(booked_on=today)
    return {
        row[place]: row
        for row in month.annotate(
            month=Sum(amount), today=Coalesce(Sum(amount, filter=of_today), ZERO), count=Count("pk", filter=of_today)
        )
    }


@dataclass(frozen=True, slots=True)
class BookNeeds:
    """What waits in a neighbourhood's book.

    `unbilled` are kinds that have a monthly price for the month before this one and no bill of that month; `exceptions`
    counts the units that the latest posted run of a kind left open; `close` is the month that can be closed now.
    """

    month: date
    unbilled: list[str]
    runs: list[tuple[Any, int]]
    reductions: int
    lines: int
    close: date | None
    is_priced: bool

    @property
    def unbilled_named(self) -> list[tuple[str, Any]]:
        return [(kind, FeeKind(kind).label) for kind in self.unbilled]

    @property
    def nothing(self) -> bool:
        return self.is_priced and not (self.unbilled or self.runs or self.reductions or self.lines or self.close)


def book_needs(neighbourhood: Neighbourhood, today: date) -> BookNeeds:
    """Ten queries at most."""
    month = add_months(today.replace(day=1), -1)
    schedules = FeeSchedule.objects.filter(neighbourhood=neighbourhood).exclude(basis=FeeBasis.PER_HOUR)
    priced = {
        row["kind"]
        for row in schedules.filter(valid_from__lte=month).exclude(valid_to__lt=month).values("kind").distinct()
    }
    billed = set(
        BilledTally.objects.filter(
            neighbourhood=neighbourhood, starts_on__lte=month, ends_on__gte=last_day(month), bill_count__gt=0
        ).values_list("kind", flat=True)
    )
    posted = BillingRun.objects.filter(neighbourhood=neighbourhood, mode=RunMode.POST, status=RunStatus.DONE)
    latest = posted.order_by("kind", "-pk").distinct("kind")
    runs = [(run, sum(run.exception_counts.values())) for run in latest if run.exception_counts]
    return BookNeeds(
        month=month,
        unbilled=[kind for kind in FeeKind.values if kind in priced - billed],
        runs=runs,
        reductions=FeeReduction.objects.filter(neighbourhood=neighbourhood, state=ReductionState.PROPOSED).count(),
        lines=StatementLine.objects.filter(statement__neighbourhood=neighbourhood, state=LineState.UNMATCHED).count(),
        close=next_to_close(neighbourhood, today),
        is_priced=bool(priced) or FeeSchedule.objects.filter(neighbourhood=neighbourhood).exists(),
    )


def next_to_close(neighbourhood: Neighbourhood, today: date) -> date | None:
    """The first day of the month that is in turn to be closed; None where it is not over, or nothing is in the book."""
    month = month_in_turn(neighbourhood.pk)
    return month if month and last_day(month) < today else None


def taken_today(neighbourhood: Neighbourhood, today: date | None = None) -> BookFigures:
    """The figures of one neighbourhood, for the head of a page."""
    return book_figures([neighbourhood.pk], today or timezone.localdate())[neighbourhood.pk]
