"""A bill in words: each of its lines, as pages, prints and the API show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Case, CharField, DecimalField, F, OuterRef, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from governance.choices.fees import BillState, FeeBasis, FeeKind
from governance.models import Allocation, Bill
from governance.reports.fees.words import months_text
from renovation.choices import SpaceOwnership

LATE_CHARGE = "late_charge"
"""The basis of a late charge's line: what is overdue times the days, at the contract's share a day."""

UNITS: dict[str, Promise] = {
    FeeBasis.PER_M2_MONTH: gettext_lazy("m²"),
    FeeBasis.PER_HOUSEHOLD_MONTH: pgettext_lazy("unit of a bill", "household"),
    FeeBasis.PER_SPACE_MONTH: pgettext_lazy("unit of a bill", "space"),
    FeeBasis.PER_HOUR: pgettext_lazy("unit of a bill", "hour"),
    LATE_CHARGE: pgettext_lazy("unit of a bill", "yuan and day"),
}


@dataclass(frozen=True, slots=True)
class BillLine:
    """`quantity` and `unit_price` (yuan) with the places that they have; amounts in yuan, `amount` before
    `reduction`.
    """

    text: str
    quantity: str
    unit: str
    unit_price: str
    months: int
    amount: Decimal
    reduction: Decimal


def bill_lines(bill: Bill) -> list[BillLine]:
    """The lines of a bill in the reader's language. No query."""
    return [
        BillLine(
            text=_text(bill, line),
            quantity=line["quantity"],
            unit=str(UNITS.get(line["basis"], "")),
            unit_price=line["unit_price"],
            months=line["months"],
            amount=Decimal(line["amount"]),
            reduction=Decimal(line["reduction"]),
        )
        for line in bill.lines
    ]


def charge_text(kind: str, charge: str) -> str:
    """What a bill is for: property fee, parking fee by the ownership of the space, or the other charge's own name."""
    match kind:
        case FeeKind.PARKING if charge in SpaceOwnership.values:
            return _("%(kind)s (%(ownership)s)") % {
                "kind": FeeKind.PARKING.label,
                "ownership": SpaceOwnership(charge).label,
            }
        case FeeKind.OTHER if charge == "late":
            return _("Late charge")
        case FeeKind.OTHER:
            return charge
    return str(FeeKind(kind).label)


def _text(bill: Bill, line: Mapping[str, Any]) -> str:
    months = months_text(_month(line["from"]), _month(line["to"]))
    if line["basis"] == LATE_CHARGE:
        return _("Late charge to %(day)s") % {"day": formats.date_format(bill.ends_on)}
    if "day" in line:
        return _("Parking by the hour, %(day)s") % {"day": formats.date_format(date.fromisoformat(line["day"]))}
    if "space" in line:
        return _("Parking space %(space)s, %(months)s") % {"space": line["space"], "months": months}
    if "pass" in line:
        return _("Monthly pass, %(months)s") % {"months": months}
    return _("%(charge)s, %(months)s") % {"charge": charge_text(bill.kind, bill.charge), "months": months}


def _month(text: str) -> date:
    return date.fromisoformat(f"{text}-01")


def bills_then(bills: QuerySet[Any], moment: datetime) -> QuerySet[Any]:
    """Those of the bills that were posted by a moment, with what had settled each by then, `settled_then`, and its
    `state_then`: by what was recorded by then, whatever day it was booked on.
    """
    given = Allocation.objects.filter(bill=OuterRef("pk"), created_at__lte=moment).order_by()
    sums = given.values("bill").annotate(n=Sum("amount")).values("n")
    money = DecimalField(max_digits=14, decimal_places=2)
    return bills.filter(created_at__lte=moment).annotate(
        settled_then=Coalesce(Subquery(sums), Decimal(0), output_field=money),
        state_then=Case(
            When(voided_at__lte=moment, then=Value(BillState.VOID)),
            When(settled_then=F("amount") - F("reduction"), then=Value(BillState.SETTLED)),
            default=Value(BillState.OPEN),
            output_field=CharField(),
        ),
    )


def as_it_stood(bill: Bill) -> Bill:
    """The bill as it stood at the moment of `bills_then`, to be shown; any other as it is."""
    state = getattr(bill, "state_then", None)
    if state is not None:
        bill.state, bill.settled = state, bill.settled_then  # type: ignore[attr-defined]
        if state != BillState.VOID:
            bill.voided_at, bill.void_reason = None, ""
    return bill
