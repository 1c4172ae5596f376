"""Bills and receipts on paper: for one household, a building, a billing run or all of them.

Each function makes one part of a print, of at most `AT_ONCE` documents; the parts are made one after the other
(fee_bundles.py), so that memory does not grow with their number.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from common.figures import amount_text, clock_text, full_day_text, money_text, speaks_chinese
from consent.rules.numbers import natural
from governance.models import Bill
from governance.permissions.fees import debtor_name
from governance.reports.fees.bills import BillLine, bill_lines
from governance.reports.fees.channels import providers_here
from governance.reports.fees.receipts import Receipt, manager_of
from governance.reports.fees.words import bill_text
from governance.rules.fees import capitals
from overview.prints.blocks import Paper
from overview.prints.places import door_text, place_of
from overview.prints.typesetting import frame
from renovation.models import Neighbourhood

USES_ON_HALF_A_PAGE = 5
"""So many bills that were paid, and the receipt is sure to fit on half a page."""

AT_ONCE = 24
"""Documents of one part: some ten pages, of which the typesetter remembers the last ten parts."""


@dataclass(frozen=True)
class Setting:
    """What all papers of a neighbourhood's fees have: where, as of when, where the figures can be checked, and whether
    the reader reads by name who owes.
    """

    neighbourhood: Neighbourhood
    at: datetime
    address: str
    named: bool

    @property
    def day(self) -> date:
        return timezone.localdate(self.at)

    def frame(self, title: str, *where: str) -> dict[str, Any]:
        """What stands around a sheet of these papers; `where` is the part of the neighbourhood that it is of."""
        return frame(
            title=" · ".join((title, *where, self.neighbourhood.name)),
            place=" · ".join((place_of(self.neighbourhood), *where)),
            as_of=self.at,
            checked_at=self.address,
        )

    def frame_to_cut(self, title: str, *where: str) -> dict[str, Any]:
        """The same for sheets that are cut apart: which page of how many says nothing there."""
        return {**self.frame(title, *where), "page_words": "", "pages": 0}

    def company(self) -> str:
        company = manager_of(self.neighbourhood, self.day)
        return company.name if company else ""


# --- Bills: 缴费通知单 ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Debtor:
    """An account with something to print, and its door, by whose numbers papers lie in the order of a walk."""

    account: int
    building: str
    stairwell: str
    unit: str

    @property
    def place(self) -> tuple[Any, ...]:
        return natural(self.building), natural(self.stairwell), natural(self.unit), self.account


def debtors_of(bills: QuerySet[Any]) -> list[Debtor]:
    """The accounts with a door that these bills are of, by door. One query of four columns, whatever their number."""
    names = ("account", "household__building__number", "household__stairwell__number", "household__unit_number")
    rows = bills.filter(household__isnull=False).order_by().values_list(*names).distinct()
    return sorted((Debtor(*row) for row in rows), key=lambda debtor: debtor.place)


def parts_of(debtors: Sequence[Debtor], at_once: int = AT_ONCE) -> Iterator[list[Debtor]]:
    """A part is of one building and of at most so many: what is handed out together lies together."""
    for _building, here in groupby(debtors, key=lambda debtor: debtor.building):
        rows = list(here)
        for start in range(0, len(rows), at_once):
            yield rows[start : start + at_once]


def bill_notices(bills: QuerySet[Any], debtors: Sequence[Debtor], setting: Setting) -> Paper:
    """The open ones of `bills`, a card for each of the debtors, who are of one building: what each is to pay, how it
    comes about and how to pay. Two queries.
    """
    found: dict[int, list[Bill]] = {debtor.account: [] for debtor in debtors}
    rows: Any = bills.filter(account__in=found).select_related("account", "household__building", "household__stairwell")
    for bill in rows.oldest_first():
        found[bill.account_id].append(bill)
    building = _("Building %(number)s") % {"number": debtors[0].building} if debtors else ""
    title = _("Notice of fees to pay")
    data = {
        "frame": setting.frame_to_cut(title, building),
        "title": title,
        "columns": [
            pgettext("a line of a bill", "For"),
            _("Reckoning"),
            pgettext("of a bill", "Due on"),
            _("Yuan"),
        ],
        "to_pay": pgettext("of a bill", "To be paid"),
        "how": ways_to_pay(setting.neighbourhood),
        "company": setting.company() or setting.neighbourhood.name,
        "day": full_day_text(setting.day),
        "sheets": [_card(own, setting.named) for own in found.values() if own],
    }
    return Paper("bills", data, f"bills-{setting.neighbourhood.code}")


def _card(bills: Sequence[Any], named: bool) -> dict[str, Any]:
    total = sum((bill.outstanding for bill in bills), Decimal(0))
    rows: list[list[str]] = []
    for bill in bills:
        due = full_day_text(bill.due_on)
        rows += [[line.text, reckoning_text(line), due, amount_text(line.amount)] for line in bill_lines(bill)]
        if bill.reduction:
            less = amount_text(-bill.reduction)
            rows.append([pgettext("of a bill", "Reduction"), pgettext("a reduction", "as approved"), "", less])
        if bill.settled:
            rows.append([_("Paid on it so far"), name_of(bill), "", amount_text(-bill.settled)])
    return {
        "door": door_text(bills[0].household),
        "who": _who(bills[0].account, named),
        "rows": rows,
        "total": amount_text(total),
        "capitals": in_capitals(total),
    }


def reckoning_text(line: BillLine) -> str:
    """86.50 m² × 0.50 × 3 months: how the amount of a line comes about."""
    text = f"{line.quantity} {line.unit} × {line.unit_price}"
    if line.months > 1:
        months = ngettext("%(n)s month", "%(n)s months", line.months) % {"n": line.months}
        text = f"{text} × {months}"
    return text


# --- Receipts: 收据 ---------------------------------------------------------------------------------------


def receipt_slips(receipts: Sequence[Receipt], setting: Setting) -> Paper:
    """Receipts as they were when the money was recorded, two on a page of A4; a reversed one says so. No query."""
    title = _("Receipt")
    data = {
        "frame": setting.frame_to_cut(title),
        "title": title,
        "names": {
            "number": pgettext("of a receipt", "Number"),
            "household": _("Household"),
            "payer": pgettext("a receipt", "Paid by"),
            "received": pgettext("a receipt", "Received"),
            "uses": pgettext("a receipt", "For"),
            "method": _("Method"),
            "time": _("Time"),
            "by": _("Taken by"),
            "note": _("Note"),
        },
        "seal": _("Seal of who received it"),
        "law": _("This receipt is no tax invoice."),
        "sheets": [_receipt(one, setting.named) for one in receipts],
        "pages": _two_a_page([len(one.uses) > USES_ON_HALF_A_PAGE for one in receipts]),
    }
    return Paper("receipts", data, f"receipts-{setting.neighbourhood.code}")


def _two_a_page(long: Sequence[bool]) -> list[list[int]]:
    """Which receipts, by their place, are on each page: two short ones, or a long one by itself."""
    pages: list[list[int]] = []
    for place, is_long in enumerate(long):
        if pages and len(pages[-1]) == 1 and not is_long and not long[pages[-1][0]]:
            pages[-1].append(place)
        else:
            pages.append([place])
    return pages


def _receipt(receipt: Receipt, named: bool) -> dict[str, Any]:
    payment = receipt.payment
    uses = [[name_of(use.bill), amount_text(use.amount)] for use in receipt.uses]
    if receipt.kept:
        uses.append([_("Credit for later bills"), amount_text(receipt.kept)])
    way = str(payment.get_method_display())
    reversal = receipt.reversal
    return {
        "place": " · ".join(
            part for part in (payment.neighbourhood.name, receipt.company.name if receipt.company else "") if part
        ),
        "number": payment.receipt_number,
        "household": door_text(payment.household) if payment.household else visitors(),
        "payer": debtor_name(payment.account, named=named) if payment.account.name else "",
        "received": money_text(payment.amount),
        "capitals": in_capitals(payment.amount),
        "uses": uses,
        "method": way if payment.method == "cash" else f"{way} {payment.reference}",
        "time": f"{full_day_text(payment.paid_at)} {clock_text(payment.paid_at)}",
        "by": str(payment.by) if payment.by else _("payment provider"),
        "note": payment.note,
        "stamp": pgettext("stamp on a receipt", "Reversed") if reversal else pgettext("stamp on a receipt", "Paid"),
        "is_void": reversal is not None,
        "void": f"{full_day_text(reversal.created_at)} · {reversal.reason}" if reversal else "",
    }


def visitors() -> str:
    return pgettext("who park by the hour", "Visitors")


# --- Words ------------------------------------------------------------------------------------------------


def name_of(bill: Bill) -> str:
    return bill_text(bill.kind, bill.charge, bill.period, is_late_charge=bool(bill.late_for_id))


def _who(account: Any, named: bool) -> str:
    name = debtor_name(account, named=named)
    return " ".join(part for part in (str(account.get_debtor_kind_display()), name) if part)


def in_capitals(yuan: Decimal) -> str:
    """人民币肆佰叁拾伍元捌角叁分 in Chinese, nothing in another language."""
    return f"人民币{capitals.capitals(yuan)}" if speaks_chinese() and 0 <= yuan <= capitals.LARGEST else ""


def between() -> str:
    """What stands between two sentences: Chinese needs nothing."""
    return "" if speaks_chinese() else " "


def ways_to_pay(neighbourhood: Neighbourhood) -> str:
    ways = _("At the service desk of the property company: in cash, by bank transfer or from the provident fund.")
    if providers_here(neighbourhood):
        ways += between() + _("By WeChat Pay or Alipay with a code that we make for you there.")
    return ways
