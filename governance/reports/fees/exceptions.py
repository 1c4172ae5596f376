"""What a billing run found to look at, in words, with the doors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from governance.models import BillingRun
from renovation.models import Household, Neighbourhood

WORDS: dict[str, tuple[Promise, Promise]] = {
    "area_unknown": (
        _("The floor area is unknown: no bill"),
        _("Enter the area in the roster and run again."),
    ),
    "owner_unknown": (
        _("The owner is not on record: billed to the household"),
        _("Enter who owns it, then issue the bill anew."),
    ),
    "billed_otherwise": (
        _("Billed already, with another sum than the roll of today gives"),
        _("Look at the bill, and issue it anew where it is wrong."),
    ),
    "months_overlap": (
        _("Some of the months are billed already: no bill"),
        _("Bill the months that are left by themselves."),
    ),
    "no_price": (
        _("No price for this use or space: no bill"),
        _("Enter the price under Prices and run again."),
    ),
    "no_schedule": (
        _("The neighbourhood has no price of this kind"),
        _("Enter it under Prices."),
    ),
    "month_closed": (
        _("The month is closed here"),
        _("Open it again, or bill from the next month on."),
    ),
}
"""By code: what it means for the bill, and what mends it."""

FAILURES: dict[str, Promise] = {
    "no_schedule": _("Nothing of this kind has a price in the period."),
    "month_closed": _("A month of the period is closed."),
    "not_allowed": _("Whoever asked for it may not bill here any more."),
    "cancelled": _("It was cancelled before it began, and nothing was posted."),
    "run_failed": _(
        "It broke off, and nothing was posted. Ask for it again; tell the administrator if it fails again."
    ),
}


@dataclass(frozen=True, slots=True)
class ExceptionGroup:
    """Units of one code: how many in the whole run, and those of the neighbourhood by door as far as they are kept."""

    code: str
    words: Any
    mend: Any
    count: int
    doors: Sequence[tuple[Any, str]]


def exceptions_of(run: BillingRun, neighbourhood: Neighbourhood) -> list[ExceptionGroup]:
    """The groups of a run, the largest first; of a division's run what lies in the neighbourhood. One query."""
    here = [one for one in run.exceptions if one.get("neighbourhood") in (None, neighbourhood.pk)]
    keys = {one["household"] for one in here if one.get("household")}
    rows = Household.objects.filter(neighbourhood=neighbourhood, pk__in=keys)
    doors = {row.pk: row for row in rows.select_related("building", "stairwell")}
    found: dict[str, list[tuple[Any, str]]] = {}
    for one in here:
        lines = found.setdefault(one["code"], [])
        if household := doors.get(one.get("household")):
            lines.append((household, one.get("charge", "")))
    codes = run.exception_counts if run.neighbourhood_id else {code: len(lines) for code, lines in found.items()}
    groups = []
    for code, count in codes.items():
        words, mend = WORDS.get(code, (code, ""))
        groups.append(ExceptionGroup(code, words, mend, count, found.get(code, [])))
    return sorted(groups, key=lambda group: (-group.count, group.code))
