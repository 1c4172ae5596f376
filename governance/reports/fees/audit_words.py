"""What each check of the nightly audit proves, in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from governance.models import Bill, BillingRun, FeeAccount, MonthClosing, Payment, Refund
from renovation.models import Neighbourhood

CHECK_WORDS: dict[str, Any] = {
    "bill_lines": _("A bill is the sum of its lines."),
    "line_prices": _("A line is its quantity times the price of its schedule times its months."),
    "areas": _("What is billed by area is the area on the roll, unless the roll was changed after posting."),
    "months_once": _("No month of a household is billed twice."),
    "late_charges": _("Late charges come to no more than what is late, and bear none themselves."),
    "bill_settled": _("What is settled of a bill is what was allocated to it, from the same account."),
    "payments": _("Of a payment no more is allocated than was paid, and nothing of a reversed one."),
    "account_credit": _("Payments are allocations and refunds plus credit."),
    "credit_applied": _("Nobody has credit beside a bill to pay."),
    "refunds": _("What was given back was taken from payments."),
    "billed_tallies": _("What rates divide by is the sum of the bills that stand."),
    "settled_tallies": _("What rates count as settled is what was allocated, day by day."),
    "runs_unedited": _("The bills of a run are those that were posted: none edited, none added, none gone."),
    "bills_unedited": _("A bill that no run posted is as it was posted, and not edited."),
    "closed_months": _("The control figures of closed months are still those of the book."),
}


THINGS: dict[str, Any] = {
    model.resource: model._meta.verbose_name for model in (Bill, BillingRun, FeeAccount, MonthClosing, Payment, Refund)
}
"""What a finding is about, by its resource."""


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A check as a page shows it. `found` counts what the reader may see."""

    code: str
    words: str
    looked_at: int
    found: int


@dataclass(frozen=True, slots=True)
class FindingLine:
    """A thing that did not hold: `thing` says what it is, `bill` is its id where it is one bill."""

    words: str
    neighbourhood: Any
    thing: str
    id: int
    bill: int | None
    expected: str
    found: str


def check_lines(audit: Any, findings: Iterable[Mapping[str, Any]], *, all_places: bool) -> list[CheckLine]:
    """The checks of an audit: what was found everywhere, or of `findings` only, those of places that are read."""
    seen: dict[str, int] = {}
    for finding in findings:
        seen[finding["check"]] = seen.get(finding["check"], 0) + 1
    return [
        CheckLine(
            code=check["code"],
            words=str(CHECK_WORDS.get(check["code"], check["code"])),
            looked_at=check["looked_at"],
            found=check["found"] if all_places else seen.get(check["code"], 0),
        )
        for check in audit.checks
    ]


def finding_lines(findings: Iterable[Mapping[str, Any]]) -> list[FindingLine]:
    """Findings with their neighbourhoods. One query."""
    rows = list(findings)
    places = Neighbourhood.objects.in_bulk({row["neighbourhood"] for row in rows if row["neighbourhood"]})
    return [
        FindingLine(
            words=str(CHECK_WORDS.get(row["check"], row["check"])),
            neighbourhood=places.get(row["neighbourhood"]),
            thing=str(THINGS.get(row["resource"], "")),
            id=row["id"],
            bill=row["id"] if row["resource"] == "bills" else None,
            expected=row["expected"],
            found=row["is"],
        )
        for row in rows
    ]
