"""The control figures of a closed month, as a table in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from governance.choices.fees import FeeKind, PayMethod


@dataclass(frozen=True, slots=True)
class TotalLine:
    """`amount` in yuan; below 0 what is taken off."""

    what: str
    name: str
    count: int | None
    amount: Decimal


def total_lines(totals: Mapping[str, Any]) -> list[TotalLine]:
    """The lines of a month's control totals: billed and let off by kind, taken and given back by method."""
    lines = []
    for kind, row in totals.get("bills", {}).items():
        name = str(FeeKind(kind).label) if kind in FeeKind.values else kind
        lines.append(TotalLine(_("Billed"), name, row["count"], Decimal(row["amount"])))
        if Decimal(row["reduction"]):
            lines.append(TotalLine(_("Let off"), name, None, -Decimal(row["reduction"])))
    for part, what, sign in (
        ("payments", _("Taken"), 1),
        ("reversals", _("Payments reversed"), -1),
        ("refunds", _("Credit given back"), -1),
    ):
        for method, row in totals.get(part, {}).items():
            name = str(PayMethod(method).label) if method in PayMethod.values else method
            lines.append(TotalLine(what, name, row["count"], sign * Decimal(row["amount"])))
    return lines
