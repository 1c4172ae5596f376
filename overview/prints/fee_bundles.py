"""Bills, receipts and letters about arrears by the thousand: what is asked for, and its parts one after the other.

The same forms and parts make what a page prints at once, where it is little.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.choices import Act
from accounts.models import User
from common.addresses import site_address
from governance.choices.fees import FeeKind, PayMethod, ReminderStep
from governance.models import Bill, Payment
from governance.permissions.fees import sees_debtors
from governance.reports.fees.arrears import account_arrears, of_age, overdue_bills
from governance.reports.fees.receipts import payments_to_read, receipts_of
from governance.rules.fees.arrears import AGES
from governance.rules.fees.periods import parse_period
from overview.prints.fees import (
    AT_ONCE,
    Debtor,
    Setting,
    bill_notices,
    debtors_of,
    parts_of,
    receipt_slips,
)
from overview.prints.letters import LETTERS, LETTERS_AT_ONCE, arrears_letters
from overview.prints.places import nothing_to_print
from overview.prints.typesetting import typeset_parts
from overview.sheets.filters import NeighbourhoodField, SheetForm
from overview.sheets.frame import Asked, Print
from renovation.models import Neighbourhood

Data = Mapping[str, Any]
Tell = Callable[[int], None]


class FeePapersForm(SheetForm):
    """The neighbourhood, and a building by its number."""

    neighbourhood = NeighbourhoodField(required=True)
    building = forms.CharField(label=gettext_lazy("Building"), required=False, max_length=20)
    household = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)


class BillNoticesForm(FeePapersForm):
    """Which open bills: of a kind, of a period, of one billing run, of one household."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of fee"), required=False, choices=[("", gettext_lazy("All")), *FeeKind.choices]
    )
    period = forms.CharField(
        label=pgettext_lazy("of fees", "Period"),
        required=False,
        max_length=7,
        help_text=gettext_lazy("As 2026-10 or 2026-Q4."),
    )
    run = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    starts_from = forms.DateField(required=False, widget=forms.HiddenInput)
    ends_by = forms.DateField(required=False, widget=forms.HiddenInput)
    overdue = forms.CharField(required=False, max_length=5, widget=forms.HiddenInput)

    def clean_period(self) -> str:
        text: str = self.cleaned_data["period"]
        if text:
            try:
                parse_period(text)
            except ValueError:
                raise ValidationError(_("Write a period as 2026-10, 2026-Q4, 2026-H2 or 2026.")) from None
        return text


class ReceiptsForm(FeePapersForm):
    """Which payments: of the days from one to another, taken in one way."""

    from_day = forms.DateField(label=gettext_lazy("From"), widget=forms.DateInput(attrs={"type": "date"}))
    to_day = forms.DateField(label=gettext_lazy("To"), widget=forms.DateInput(attrs={"type": "date"}))
    method = forms.ChoiceField(
        label=gettext_lazy("Method"), required=False, choices=[("", gettext_lazy("All")), *PayMethod.choices]
    )


class LettersForm(FeePapersForm):
    """Which letter, to all who owe something overdue today."""

    step = forms.ChoiceField(
        label=gettext_lazy("Kind of letter"), choices=[(step.value, step.label) for step in LETTERS], required=False
    )
    account = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    age = forms.IntegerField(required=False, min_value=0, max_value=len(AGES) - 1, widget=forms.HiddenInput)


def setting_for(caller: User, neighbourhood: Neighbourhood, page: str, at: datetime | None = None) -> Setting:
    """`page` is the name of the page of the neighbourhood where the figures can be checked."""
    return Setting(
        neighbourhood=neighbourhood,
        at=at or timezone.now(),
        address=site_address(page, neighbourhood.pk),
        named=sees_debtors(caller, neighbourhood),
    )


# --- Bills ------------------------------------------------------------------------------------------------


def bills_asked(caller: User, filters: Mapping[str, Any]) -> Any:
    """The open bills, of households, that the caller reads and that the filters name."""
    names = {
        "building": "household__building__number",
        "household": "household",
        "run": "run",
        "kind": "kind",
        "starts_from": "starts_on__gte",
        "ends_by": "ends_on__lte",
    }
    wanted = {path: filters[name] for name, path in names.items() if filters.get(name)}
    bills = Bill.objects.visible_to(caller).filter(neighbourhood=filters["neighbourhood"], **wanted).open()
    if text := filters.get("period"):
        period = parse_period(text)
        bills = bills.filter(starts_on__gte=period.first, ends_on__lte=period.last)
    if filters.get("overdue"):
        bills = bills.filter(due_on__lt=timezone.localdate())
    return bills.filter(household__isnull=False)


def bill_parts(bills: Any, debtors: Sequence[Debtor], setting: Setting) -> Iterator[Data]:
    """Two queries a part, and a few for all of them."""
    for some in parts_of(debtors):
        yield bill_notices(bills, some, setting).data


def write_bills(asked: Asked, path: Path, tell: Tell) -> int:
    bills = bills_asked(asked.caller, asked.filters)
    setting = setting_for(asked.caller, asked.filters["neighbourhood"], "fee_bills", asked.at)
    debtors = debtors_of(bills)
    _write("bills", bill_parts(bills, debtors, setting), path, _("Notice of fees to pay"), setting, tell)
    return len(debtors)


# --- Receipts ---------------------------------------------------------------------------------------------


def payments_asked(caller: User, filters: Mapping[str, Any]) -> Any:
    """The payments that the caller reads and that the filters name, in the order of the book."""
    names = {"building": "household__building__number", "household": "household", "method": "method"}
    wanted = {path: filters[name] for name, path in names.items() if filters.get(name)}
    days = {"booked_on__gte": filters["from_day"], "booked_on__lte": filters["to_day"]}
    rows = Payment.objects.visible_to(caller).filter(neighbourhood=filters["neighbourhood"], **days, **wanted)
    return payments_to_read(rows).order_by("pk")


def receipt_parts(payments: Any, setting: Setting) -> Iterator[Data]:
    rows = payments.iterator(chunk_size=AT_ONCE)
    while some := list(islice(rows, AT_ONCE)):
        yield receipt_slips(receipts_of(some), setting).data


def write_receipts(asked: Asked, path: Path, tell: Tell) -> int:
    payments = payments_asked(asked.caller, asked.filters)
    setting = setting_for(asked.caller, asked.filters["neighbourhood"], "fee_payments", asked.at)
    _write("receipts", receipt_parts(payments, setting), path, _("Receipts"), setting, tell)
    return int(payments.count())


# --- Letters ----------------------------------------------------------------------------------------------


def overdue_asked(caller: User, filters: Mapping[str, Any], day: date) -> Any:
    """The bills that are overdue on `day`, of households, that the caller reads and that the filters name."""
    names = {"building": "household__building__number", "household": "household", "account": "account"}
    wanted = {path: filters[name] for name, path in names.items() if filters.get(name)}
    bills = overdue_bills(filters["neighbourhood"], day).visible_to(caller)  # type: ignore[attr-defined]
    bills = bills.filter(household__isnull=False, **wanted)
    age = filters.get("age")
    return bills if age is None else of_age(bills, day, age)


def letter_parts(bills: Any, debtors: Sequence[Debtor], step: str, setting: Setting) -> Iterator[Data]:
    """Letters by door; some six queries a part."""
    for some in parts_of(debtors, LETTERS_AT_ONCE):
        debts = account_arrears(bills, [debtor.account for debtor in some], setting.day)
        yield arrears_letters(debts, step, setting).data


def write_letters(asked: Asked, path: Path, tell: Tell) -> int:
    setting = setting_for(asked.caller, asked.filters["neighbourhood"], "fee_arrears", asked.at)
    bills = overdue_asked(asked.caller, asked.filters, setting.day)
    debtors = debtors_of(bills)
    step = asked.filters.get("step") or ReminderStep.LETTER
    parts = letter_parts(bills, debtors, step, setting)
    _write("letters", parts, path, str(ReminderStep(step).label), setting, tell)
    return len(debtors)


def _write(template: str, parts: Iterator[Data], path: Path, title: str, setting: Setting, tell: Tell) -> None:
    first = next(parts, None)
    if first is None:
        paper = nothing_to_print(setting.neighbourhood, title, at=setting.at, address=setting.address)
        template, first = paper.template, paper.data
    typeset_parts(template, chain([first], parts), path, title=title, tell=tell)


def _debtors(bills: Any) -> int:
    return int(bills.order_by().values("account").distinct().count())


FEE_PRINTS = (
    Print(
        name="bill-notices",
        title=gettext_lazy("Bills on paper"),
        says=gettext_lazy("What each household is to pay, a card each, by building and door."),
        acts=(Act.FEES,),
        form=BillNoticesForm,
        write=write_bills,
        count=lambda asked: _debtors(bills_asked(asked.caller, asked.filters)),
    ),
    Print(
        name="receipt-slips",
        title=gettext_lazy("Receipts on paper"),
        says=gettext_lazy("The receipts of some days, two on a page, in the order of the day book."),
        acts=(Act.FEES,),
        form=ReceiptsForm,
        write=write_receipts,
        count=lambda asked: int(payments_asked(asked.caller, asked.filters).count()),
    ),
    Print(
        name="arrears-letters",
        title=gettext_lazy("Letters about arrears"),
        says=gettext_lazy("A letter to each who owes something overdue, by building and door."),
        acts=(Act.FEES,),
        form=LettersForm,
        write=write_letters,
        count=lambda asked: _debtors(overdue_asked(asked.caller, asked.filters, timezone.localdate(asked.at))),
    ),
)
