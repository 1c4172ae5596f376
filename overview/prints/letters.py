"""Letters about arrears (催缴函) on paper: a reminder, a letter or a formal demand, one a sheet.

They ask; they threaten with nothing. The same words stand on the page from which they are recorded as given.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from common.figures import amount_text, full_day_text
from governance.choices.fees import ReminderStep
from governance.permissions.fees import debtor_name
from governance.reports.fees.arrears import AccountArrears
from governance.rules.fees.arrears import REASONABLE_DAYS
from overview.prints.blocks import Paper
from overview.prints.fees import Setting, between, in_capitals, name_of, visitors, ways_to_pay
from overview.prints.places import door_text

LETTERS = (ReminderStep.NOTICE, ReminderStep.LETTER, ReminderStep.FORMAL)
"""The steps that may be taken on paper."""

LETTERS_AT_ONCE = 12
"""Letters of one part, most of a page each: about as many pages as a part of bills has."""

ROWS_ON_A_PAGE = 8
"""So many bills, and the letter is sure to fit on one page, in the longest of its wordings."""

_TITLES: Mapping[str, Callable[[], str]] = {
    ReminderStep.NOTICE: lambda: _("Friendly reminder of unpaid fees"),
    ReminderStep.LETTER: lambda: _("Letter about unpaid fees"),
    ReminderStep.FORMAL: lambda: _("Formal demand to pay fees"),
}


def arrears_letters(debts: Sequence[AccountArrears], step: str, setting: Setting) -> Paper:
    """Letters to debtors, one a sheet, by door: what is owed and since when, how to pay, how to object, and what the
    owner may ask for. It asks; it threatens with nothing. `step` is one of those taken on paper.
    """
    title = _TITLES[step]()
    pay_by = full_day_text(setting.day + timedelta(days=REASONABLE_DAYS))
    neighbourhood = setting.neighbourhood
    data = {
        "frame": setting.frame(title),
        "title": title,
        "columns": [
            pgettext("a line of a bill", "For"),
            _("Due on"),
            _("Billed, yuan"),
            _("Paid, yuan"),
            _("Open, yuan"),
        ],
        "total": _("Total"),
        "asks": _asks(step, pay_by) + between() + _(
            "If you have paid in the meantime, thank you: then this letter needs no answer."
        ),
        "sections": [
            [_("How to pay"), [ways_to_pay(neighbourhood) + between() + _("Name your door, and keep the receipt.")]],
            [
                _("If you do not agree"),
                [
                    _(
                        "Tell us in writing or at the desk which line is wrong. We check it with you against the"
                        " contract, the prices and the roll; a wrong bill is made void and issued anew."
                    )
                ],
            ],
        ],
        "rights_title": _("What you may ask for"),
        "rights": [
            _(
                "To see the contract, the prices, and what is disclosed each quarter of fees, the maintenance fund and"
                " public income (Civil Code, article 943)."
            ),
            _("To refuse what is charged without ground or twice, and to have it back."),
            _(
                "A reduction, where the contract or hardship gives reason for one: somebody other than who proposes it"
                " decides."
            ),
            _(
                "That water, power, gas and heating stay as they are: fees are never collected through them (Civil"
                " Code, article 944)."
            ),
        ],
        "company": setting.company() or neighbourhood.name,
        "day": full_day_text(setting.day),
        "slip": [
            _("Receipt of this letter"),
            _("Received by (signature)"),
            pgettext("to be written by hand", "Day"),
        ],
        "sheets": [_letter(debt, title, setting) for debt in debts],
    }  # fmt: skip
    return Paper("letters", data, f"{step}-{neighbourhood.code}")


def _asks(step: str, pay_by: str) -> str:
    match step:
        case ReminderStep.FORMAL:
            words = _(
                "You have been asked for them before. Please pay by %(day)s, or tell us by then what stands in the"
                " way. If neither happens, a court or an arbitration body may be asked to decide (Civil Code, article"
                " 944)."
            )
        case ReminderStep.NOTICE:
            words = _("Perhaps it slipped your mind. Please pay by %(day)s if you can.")
        case _:
            words = _("Please pay by %(day)s, or tell us by then what stands in the way. You may pay in parts.")
    return words % {"day": pay_by}


def _letter(debt: AccountArrears, title: str, setting: Setting) -> dict[str, Any]:
    household = debt.account.household
    door = door_text(household) if household else visitors()
    around = setting.frame(title, door)
    if len(debt.bills) <= ROWS_ON_A_PAGE:
        around["pages"] = 1
    return {
        "frame": around,
        "door": door,
        "to": _("Dear %(name)s,") % {"name": debtor_name(debt.account, named=setting.named) or "–"},
        "opening": _("By our book these fees of your home were not paid by %(day)s; the oldest was due on %(since)s:")
        % {"day": full_day_text(setting.day), "since": full_day_text(debt.oldest_due_on)},
        "rows": [
            [
                name_of(bill),
                full_day_text(bill.due_on),
                amount_text(bill.payable),
                amount_text(bill.settled),
                amount_text(bill.owed),  # type: ignore[attr-defined]
            ]
            for bill in debt.bills
        ],
        "amount": amount_text(debt.amount),
        "capitals": in_capitals(debt.amount),
    }
