"""What is published of fees, the maintenance fund and public income (Civil Code 943; policy.md, section f), as figures
that stand for themselves: plain values, money as text, nobody's name.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from consent.reports.results import SMALL_GROUP
from consent.rules.canonical import canonical_bytes
from governance.choices.fees import CommonPurse, FeeBasis, FeeKind
from governance.models import (
    Allocation,
    Bill,
    BilledTally,
    Disclosure,
    FeeSchedule,
    MonthClosing,
    Payment,
    PaymentReversal,
    PurseEntry,
    Refund,
)
from governance.reports.fees.rates import collection_rate
from governance.reports.handover import handover_day, management_on
from governance.rules.fees.charges import price_text
from governance.rules.fees.periods import Period, quarter_of
from governance.rules.fees.rates import TARGETS
from renovation.choices import SpaceOwnership
from renovation.models import Neighbourhood

FORMAT = "gongdi-fee-disclosure/1"

_NOTHING = Decimal(0)


def figures_of(*, neighbourhood: Neighbourhood, period: Period, cut_off: date) -> dict[str, Any]:
    """What would be published of a period now: the manager, prices, collection by the cut-off date, the purses. Some
    thirty queries, of one neighbourhood.
    """
    management = management_on(neighbourhood, period.last)
    closed = set(
        MonthClosing.objects.filter(neighbourhood=neighbourhood, reopened_at=None).values_list("month", flat=True)
    )
    return {
        "format": FORMAT,
        "neighbourhood": {"code": neighbourhood.code, "name": neighbourhood.name},
        "manager": management
        and {
            "mode": management.mode,
            "name": management.body.name if management.body else "",
            "document": management.document,
            "fee_standard": management.fee_standard,
        },
        "period": period.text,
        "starts_on": period.first.isoformat(),
        "ends_on": period.last.isoformat(),
        "cut_off": cut_off.isoformat(),
        "open_months": [f"{month:%Y-%m}" for month in period.months if month not in closed],
        "prices": _prices(neighbourhood, period),
        "fees": [_fees(neighbourhood, kind, period, cut_off) for kind in TARGETS],
        "received": _received(neighbourhood, period),
        "purses": [_purse(neighbourhood, purse, period) for purse in CommonPurse.values],
    }


def digest_of_figures(figures: dict[str, Any]) -> str:
    """SHA-256 of the canonical JSON of the figures, in hexadecimal."""
    return sha256(canonical_bytes(figures)).hexdigest()


def latest_of(neighbourhood: Neighbourhood, period: str) -> Disclosure | None:
    """What was published last of a period: the correction where there is one. One query."""
    rows = Disclosure.objects.filter(neighbourhood=neighbourhood, period=period, corrected_by=None)
    return rows.order_by("-pk").first()


@dataclass(frozen=True, slots=True)
class Due:
    """Quarters that are over and not published, the oldest first; and the last one that is over, published or not."""

    missing: tuple[Period, ...]
    last: Period


def disclosures_due(neighbourhood: Neighbourhood, today: date) -> Due:
    """Published quarterly (policy.md, section f: ours, where nothing else is said), at most two years back, from the
    quarter in which the neighbourhood was handed over or first billed on. At most three queries.
    """
    last = quarter_of(quarter_of(today).first - timedelta(days=1))
    begun = handover_day(neighbourhood)
    if begun is None:
        begun = (
            BilledTally.objects.filter(neighbourhood=neighbourhood)
            .order_by("starts_on")
            .values_list("starts_on", flat=True)
            .first()
        )
    if begun is None:
        return Due((), last)
    told = set(Disclosure.objects.filter(neighbourhood=neighbourhood).values_list("starts_on", "ends_on"))
    missing = []
    quarter = last
    for _number in range(8):
        if quarter.last < begun:
            break
        if not any(first <= quarter.first and quarter.last <= end for first, end in told):
            missing.append(quarter)
        quarter = quarter_of(quarter.first - timedelta(days=1))
    return Due(tuple(reversed(missing)), last)


def purse_balances(neighbourhood: Neighbourhood) -> dict[str, Decimal]:
    """What is in each purse now, in yuan, by its word; shared parking that was billed and paid is public income. Two
    queries.
    """
    entries = PurseEntry.objects.filter(neighbourhood=neighbourhood).order_by().values_list("purse")
    booked = dict(entries.annotate(Sum("amount")))
    left = {purse: booked.get(purse, _NOTHING) for purse in CommonPurse.values}
    left[CommonPurse.PUBLIC_INCOME] += _sum(_shared_parking(neighbourhood))
    return left


def _prices(neighbourhood: Neighbourhood, period: Period) -> list[dict[str, Any]]:
    """What was in force on any day of the period."""
    rows = FeeSchedule.objects.filter(neighbourhood=neighbourhood, valid_from__lte=period.last)
    rows = rows.filter(Q(valid_to=None) | Q(valid_to__gte=period.first))
    return [
        {
            "kind": row.kind,
            "name": row.name,
            "basis": row.basis,
            "unit_price": price_text(row.unit_price),
            "uses": list(row.uses),
            "space_ownerships": list(row.space_ownerships),
            "free_minutes": row.free_minutes if row.basis == FeeBasis.PER_HOUR else None,
            "daily_cap": None if row.daily_cap is None else _money(row.daily_cap),
            "valid_from": row.valid_from.isoformat(),
            "valid_to": row.valid_to and row.valid_to.isoformat(),
            "document": row.document,
        }
        for row in rows.order_by("kind", "name", "valid_from", "pk")
    ]


def _fees(neighbourhood: Neighbourhood, kind: str, period: Period, cut_off: date) -> dict[str, Any]:
    """All that tells of households is None of too few: the billed too, since the owners' purse shows what of it came
    in for parking on their land, and the rest would be what is owed.
    """
    rate = collection_rate(neighbourhoods=[neighbourhood.pk], kind=kind, period=period, cut_off=cut_off, today=cut_off)
    few = _are_few(neighbourhood, kind, period)
    return {
        "kind": kind,
        "billed": None if few else _money(rate.billed),
        "reductions": None if few else _money(rate.reductions),
        "receivable": None if few else _money(rate.receivable),
        "settled": None if few else _money(rate.settled),
        "rate": None if few else rate.rate,
        "target": str(rate.target),
        "above_target": None if few else rate.above_target,
        "recovered_arrears": None if few else _money(rate.recovered_arrears),
        "overdue": None if few else _money(rate.overdue),
        "few": few,
    }


def _are_few(neighbourhood: Neighbourhood, kind: str, period: Period) -> bool:
    """Whether the sums tell of fewer households than could not be told from them (design.md, Roles): of those billed in
    the period, or, where none was, of those ever billed, since what they owe of older months is told too.
    """
    bills = Bill.objects.live().filter(neighbourhood=neighbourhood, kind=kind).exclude(household=None)
    here = bills.filter(starts_on__gte=period.first, ends_on__lte=period.last)
    homes = here.values("household").distinct().count() or bills.values("household").distinct().count()
    return 0 < homes < SMALL_GROUP


def _received(neighbourhood: Neighbourhood, period: Period) -> str | None:
    """Payments of the period less what was reversed and refunded in it; None of too few payers."""
    when = {"booked_on__gte": period.first, "booked_on__lte": period.last}
    payments = Payment.objects.filter(neighbourhood=neighbourhood, **when)
    back = PaymentReversal.objects.filter(payment__neighbourhood=neighbourhood, **when)
    refunds = Refund.objects.filter(neighbourhood=neighbourhood, **when)
    payers = payments.values("account").union(back.values("payment__account"), refunds.values("account"))
    if 0 < payers.count() < SMALL_GROUP:
        return None
    return _money(_sum(payments) - _sum(back, "payment__amount") - _sum(refunds))


def _purse(neighbourhood: Neighbourhood, purse: str, period: Period) -> dict[str, Any]:
    """What there was, came in, was spent and is left. The first figure is what all entries so far come to: where that
    is not what was published last, the difference is shown.
    """
    entries = PurseEntry.objects.filter(neighbourhood=neighbourhood, purse=purse)
    opening = _sum(entries.filter(booked_on__lt=period.first))
    rows = [
        {
            "booked_on": entry.booked_on.isoformat(),
            "source": entry.source,
            "amount": _money(entry.amount),
            "document": entry.document,
            "note": entry.note,
        }
        for entry in entries.filter(booked_on__gte=period.first, booked_on__lte=period.last).order_by("booked_on", "pk")
    ]
    parking = _NOTHING
    if purse == CommonPurse.PUBLIC_INCOME:
        before, parking = shared_parking(neighbourhood, period)
        opening += before
    amounts = [parking, *(Decimal(row["amount"]) for row in rows)]
    income = sum((amount for amount in amounts if amount > 0), _NOTHING)
    spent = sum((amount for amount in amounts if amount < 0), _NOTHING)
    return {
        "purse": purse,
        "opening": _money(opening),
        "published_before": _published_before(neighbourhood, purse, period),
        "parking_billed": _money(parking) if purse == CommonPurse.PUBLIC_INCOME else None,
        "income": _money(income),
        "spent": _money(spent),
        "closing": _money(opening + income + spent),
        "entries": rows,
    }


def shared_parking(neighbourhood: Neighbourhood, period: Period) -> tuple[Decimal, Decimal]:
    """What bills for spaces on shared land, which is the owners' (Civil Code 275, 282), brought before the period, and
    in it. One query.
    """
    sums = _shared_parking(neighbourhood).aggregate(
        before=Coalesce(Sum("amount", filter=Q(booked_on__lt=period.first)), _NOTHING),
        here=Coalesce(Sum("amount", filter=Q(booked_on__range=(period.first, period.last))), _NOTHING),
    )
    return sums["before"], sums["here"]


def _shared_parking(neighbourhood: Neighbourhood) -> Any:
    return Allocation.objects.filter(
        bill__neighbourhood=neighbourhood, bill__kind=FeeKind.PARKING, bill__charge=SpaceOwnership.SHARED_LAND
    )


def _published_before(neighbourhood: Neighbourhood, purse: str, period: Period) -> str | None:
    """What was published as left in the purse on the day before the period."""
    before = (
        Disclosure.objects.filter(
            neighbourhood=neighbourhood, ends_on=period.first - timedelta(days=1), corrected_by=None
        )
        .order_by("-pk")
        .first()
    )
    if before is None:
        return None
    kept = {row["purse"]: row["closing"] for row in before.figures.get("purses", ())}
    return kept.get(purse)


def _sum(rows: Any, field: str = "amount") -> Decimal:
    found: Decimal = rows.aggregate(sum=Coalesce(Sum(field), _NOTHING))["sum"]
    return found


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"
