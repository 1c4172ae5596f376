"""Collection rates, off the tallies: what they cost grows with months and neighbourhoods, not with bills."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import QuerySet, Sum
from django.db.models.functions import Coalesce

from governance.models import BilledTally, SettledTally
from governance.rules.fees.arrears import AGES
from governance.rules.fees.periods import Period
from governance.rules.fees.rates import TARGETS, Collected, is_above_target, rate_cut, short_of_target, together

Places = QuerySet[Any] | Iterable[int]
"""Neighbourhoods: rows that the caller may read, or their ids."""

_NOTHING = Decimal(0)

# What was settled after the day is owed again on it. Such money was booked later, or came back by a later reversal, or
# took its place; a prepayment counts from the months of its bill, so that no bill overdue by then is left out.
_ARREARS = """
WITH later AS (
    SELECT allocation.bill_id, sum(allocation.amount) AS amount
    FROM governance_allocation AS allocation
    WHERE allocation.booked_on > %(on)s AND allocation.bill_id IS NOT NULL AND allocation.payment_id IN (
        SELECT id FROM governance_payment WHERE neighbourhood_id = ANY(%(here)s) AND booked_on > %(on)s
        UNION
        SELECT payment.id FROM governance_paymentreversal AS reversal
        JOIN governance_payment AS reversed ON reversed.id = reversal.payment_id
        JOIN governance_payment AS payment ON payment.account_id = reversed.account_id
        WHERE reversed.neighbourhood_id = ANY(%(here)s) AND reversal.booked_on > %(on)s
    )
    GROUP BY allocation.bill_id
), owed AS (
    SELECT bill.due_on, bill.amount - bill.reduction - bill.settled + coalesce(later.amount, 0) AS amount
    FROM governance_bill AS bill LEFT JOIN later ON later.bill_id = bill.id
    WHERE bill.neighbourhood_id = ANY(%(here)s) AND bill.kind = %(kind)s AND bill.due_on < %(on)s
        AND bill.state = 'open'
    UNION ALL
    SELECT bill.due_on, later.amount
    FROM later JOIN governance_bill AS bill ON bill.id = later.bill_id
    WHERE bill.kind = %(kind)s AND bill.due_on < %(on)s AND bill.state = 'settled'
)
SELECT width_bucket(%(on)s - due_on, %(ages)s) - 1, count(*), sum(amount)
FROM owed WHERE amount > 0 GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class AgedArrears:
    """Bills that were due so many days ago, both included, and what of them is not settled, in yuan."""

    from_days: int
    to_days: int | None
    bills: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class CollectionRate:
    """The rate of a kind of fee and a period by a cut-off date, with the figures that it is made of, in yuan.

    `recovered_arrears` came in from the period's first day to the cut-off date for months before the period: it is no
    part of the rate. `arrears` are all bills of the kind that are overdue on the cut-off date, of whatever months.
    """

    kind: str
    period: Period
    cut_off: date
    collected: Collected
    recovered_arrears: Decimal
    arrears: tuple[AgedArrears, ...] = ()

    @property
    def billed(self) -> Decimal:
        return self.collected.billed

    @property
    def reductions(self) -> Decimal:
        return self.collected.reductions

    @property
    def receivable(self) -> Decimal:
        return self.collected.receivable

    @property
    def settled(self) -> Decimal:
        return self.collected.settled

    @property
    def outstanding(self) -> Decimal:
        """What of the period's bills was not settled by the cut-off date."""
        return self.receivable - self.settled

    @property
    def rate(self) -> str | None:
        """Cut to four places; None where there is no data."""
        return rate_cut(self.collected.rate)

    @property
    def target(self) -> Decimal:
        return TARGETS[self.kind]

    @property
    def above_target(self) -> bool | None:
        return is_above_target(self.collected.rate, self.kind)

    @property
    def short(self) -> Decimal | None:
        """What is still to come in for the rate to be above its target; 0 where it is, None where there is no data."""
        return short_of_target(self.collected, self.kind)

    @property
    def overdue(self) -> Decimal:
        """All arrears of the kind on the cut-off date."""
        return sum((row.amount for row in self.arrears), _NOTHING)


def collection_rate(*, neighbourhoods: Places, kind: str, period: Period, cut_off: date, today: date) -> CollectionRate:
    """The rate over all these neighbourhoods together: their sums, and never an average of their rates. Five queries,
    however many they are.

    Bills whose months lie within the period count, whenever they were posted. Arrears are those of the cut-off date,
    or of today where that is yet to come.
    """
    here = _ids(neighbourhoods)
    billed, settled, recovered = _tallies(here, kind, period, cut_off)
    sums = billed.aggregate(billed=Coalesce(Sum("amount"), _NOTHING), reductions=Coalesce(Sum("reduction"), _NOTHING))
    return CollectionRate(
        kind=kind,
        period=period,
        cut_off=cut_off,
        collected=Collected(**sums, settled=settled.aggregate(all=Coalesce(Sum("amount"), _NOTHING))["all"]),
        recovered_arrears=recovered.aggregate(all=Coalesce(Sum("amount"), _NOTHING))["all"],
        arrears=arrears_by_age(neighbourhoods=here, kind=kind, on=min(cut_off, today)),
    )


def rates_by_neighbourhood(
    *, neighbourhoods: Places, kind: str, period: Period, cut_off: date
) -> dict[int, CollectionRate]:
    """The rate of each of these neighbourhoods that has something to collect in the period, by its id; without its
    arrears. Four queries, however many they are.
    """
    billed, settled, recovered = _tallies(_ids(neighbourhoods), kind, period, cut_off)
    settled_by, recovered_by = _by_neighbourhood(settled), _by_neighbourhood(recovered)
    rows = billed.values("neighbourhood").order_by("neighbourhood")
    return {
        row["neighbourhood"]: CollectionRate(
            kind=kind,
            period=period,
            cut_off=cut_off,
            collected=Collected(row["billed"], row["reductions"], settled_by.get(row["neighbourhood"], _NOTHING)),
            recovered_arrears=recovered_by.get(row["neighbourhood"], _NOTHING),
        )
        for row in rows.annotate(billed=Sum("amount"), reductions=Sum("reduction"))
        if row["billed"] > row["reductions"]
    }


def old_arrears_by_neighbourhood(
    *, neighbourhoods: Places, kind: str, period: Period, cut_off: date
) -> dict[int, Decimal]:
    """What of the months before the period was still owed at the end of the cut-off date, in yuan, by the ids of these
    neighbourhoods; those without are left out. Two queries, however many they are.
    """
    before = {"neighbourhood__in": _ids(neighbourhoods), "kind": kind, "ends_on__lt": period.first}
    settled = _by_neighbourhood(SettledTally.objects.filter(**before, day__lte=cut_off))
    billed = BilledTally.objects.filter(**before).order_by().values_list("neighbourhood")
    owed = {
        place: amount - reduction - settled.get(place, _NOTHING)
        for place, amount, reduction in billed.annotate(Sum("amount"), Sum("reduction"))
    }
    return {place: amount for place, amount in owed.items() if amount}


def rates_by_period(
    *, neighbourhoods: Places, kind: str, periods: Sequence[Period], cut_off: date
) -> list[tuple[Period, Collected]]:
    """What was collected of each period by one cut-off date, over all these neighbourhoods together. At most three
    queries, however many periods.
    """
    here = _ids(neighbourhoods)
    span = {
        "neighbourhood__in": here,
        "kind": kind,
        "starts_on__gte": min(period.first for period in periods),
        "ends_on__lte": max(period.last for period in periods),
    }
    months = ("starts_on", "ends_on")
    billed = BilledTally.objects.filter(**span).order_by().values_list(*months)
    settled = SettledTally.objects.filter(**span, day__lte=cut_off).order_by().values_list(*months)
    parts = [
        *((row[:2], Collected(row[2], row[3])) for row in billed.annotate(Sum("amount"), Sum("reduction"))),
        *((row[:2], Collected(settled=row[2])) for row in settled.annotate(Sum("amount"))),
    ]
    return [
        (period, together(part for (first, last), part in parts if period.first <= first and last <= period.last))
        for period in periods
    ]


def arrears_by_age(*, neighbourhoods: Places, kind: str, on: date) -> tuple[AgedArrears, ...]:
    """Overdue bills of a kind by how long they are, as of a day: every age, the empty ones too. At most two queries.

    As of a day gone by, what was settled later is owed again. Void bills were never owed.
    """
    starts = [first for first, _last in AGES]
    values: dict[str, Any] = {"here": _ids(neighbourhoods), "kind": kind, "on": on, "ages": starts}
    with connection.cursor() as cursor:
        cursor.execute(_ARREARS, values)
        found = {age: (bills, amount) for age, bills, amount in cursor.fetchall()}
    return tuple(
        AgedArrears(first, last, *found.get(number, (0, _NOTHING))) for number, (first, last) in enumerate(AGES)
    )


def _ids(neighbourhoods: Places) -> list[int]:
    if isinstance(neighbourhoods, QuerySet):
        return list(neighbourhoods.order_by().values_list("pk", flat=True))
    return list(neighbourhoods)


def _tallies(here: list[int], kind: str, period: Period, cut_off: date) -> tuple[QuerySet[Any], ...]:
    """What was billed for months within the period, what was settled of it, and what came in meanwhile for months
    before it.
    """
    of_kind = {"neighbourhood__in": here, "kind": kind}
    within = {"starts_on__gte": period.first, "ends_on__lte": period.last}
    settled = SettledTally.objects.filter(**of_kind, day__lte=cut_off)
    return (
        BilledTally.objects.filter(**of_kind, **within),
        settled.filter(**within),
        settled.filter(ends_on__lt=period.first, day__gte=period.first),
    )


def _by_neighbourhood(settled: QuerySet[Any]) -> dict[int, Decimal]:
    rows = settled.order_by().values_list("neighbourhood").annotate(amount=Sum("amount"))
    return dict(rows)
