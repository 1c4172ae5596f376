"""Forms of the clerk's pages: taking money, giving it back, billing, and closing months."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from governance.choices.fees import BillState, FeeKind, PayMethod
from governance.reports.fees.words import period_text
from governance.rules.fees.periods import Period, add_months, month_of, parse_period, quarter_of


class MoneyField(forms.DecimalField):
    """Yuan to the fen, above 0; eight digits, so that a sum of many fits."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=10, decimal_places=2, min_value=Decimal("0.01"), localize=False, **kwargs)
        self.widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = value.replace(",", "").replace("，", "").strip()
        return super().to_python(value)


class MomentField(forms.DateTimeField):
    """A moment of here, to the minute."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], **kwargs)


class WithReference(forms.Form):
    """Money by a method, with the number that its channel gave it. Cash has none: `token`, made when the page was
    opened, stands for it, so that the same form sent twice is one payment.
    """

    method = forms.ChoiceField(
        label=gettext_lazy("Method"),
        choices=PayMethod.choices,
        initial=PayMethod.CASH,
        widget=forms.RadioSelect,
    )
    reference = forms.CharField(
        label=gettext_lazy("Transaction number"),
        required=False,
        max_length=80,
        help_text=gettext_lazy("The one of the bank, WeChat or Alipay: it is taken once. Cash needs none."),
    )
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def clean(self) -> dict[str, Any]:
        entered = super().clean() or {}
        if entered.get("method") and entered.get("token") and not entered.get("reference"):
            if entered["method"] == PayMethod.CASH:
                entered["reference"] = f"{timezone.localdate():%Y%m%d}-{entered['token'].hex[:12].upper()}"
            else:
                self.add_error("reference", _("Only cash goes without a transaction number."))
        return entered


class PaymentForm(WithReference):
    amount = MoneyField(label=gettext_lazy("Amount in yuan"))
    bills = forms.MultipleChoiceField(label=gettext_lazy("Pay these first"), required=False)
    paid_at = MomentField(
        label=gettext_lazy("Paid at"), required=False, help_text=gettext_lazy("Empty is now; else when it came in.")
    )
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=200)

    def __init__(self, *args: Any, bills: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["bills"].choices = [(str(bill.pk), str(bill)) for bill in bills]  # type: ignore[attr-defined]

    @property
    def told(self) -> dict[str, Any]:
        entered = self.cleaned_data
        return {
            "amount": entered["amount"],
            "method": entered["method"],
            "reference": entered["reference"],
            "paid_at": entered["paid_at"],
            "bills": [int(pk) for pk in entered["bills"]],
            "note": entered["note"],
        }


class RefundForm(WithReference):
    amount = MoneyField(label=gettext_lazy("Amount in yuan"))
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)
    document = forms.CharField(label=gettext_lazy("Document number"), required=False, max_length=120)

    @property
    def told(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("amount", "method", "reference", "reason", "document")}


class ReasonForm(forms.Form):
    """Why something is taken back."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))

    @property
    def told(self) -> dict[str, Any]:
        return {"reason": self.cleaned_data["reason"]}


class RunForm(forms.Form):
    """What is to be billed: the periods around today, the nearest first."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind of fee"), choices=FeeKind.choices)
    period = forms.ChoiceField(label=pgettext_lazy("of a bill", "Period"))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["period"].choices = period_choices(today)  # type: ignore[attr-defined]
        self.fields["period"].initial = f"{today:%Y-%m}"

    @property
    def told(self) -> dict[str, Any]:
        return {"kind": self.cleaned_data["kind"], "period": self.cleaned_data["period"]}


def period_choices(today: date) -> list[tuple[str, list[tuple[str, str]]]]:
    """Months of a year and the next one, quarters of a year and the next one, half-years and years around today."""
    first = today.replace(day=1)
    months = [month_of(add_months(first, number)).text for number in range(1, -12, -1)]
    quarters = [quarter_of(add_months(first, 3 * number)).text for number in range(1, -5, -1)]
    halves = [f"{add_months(first, 6 * n).year}-H{1 if add_months(first, 6 * n).month < 7 else 2}" for n in (1, 0, -1)]
    years = [str(today.year + number) for number in (1, 0, -1)]
    return [
        (name, [(text, period_text(text)) for text in texts])
        for name, texts in (
            (_("Months"), months),
            (_("Quarters"), quarters),
            (_("Half-years"), halves),
            (pgettext("periods", "Years"), years),
        )
    ]


class BillFilter(forms.Form):
    """What a list of bills is narrowed to. What cannot be read narrows nothing."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of fee"), required=False, choices=[("", gettext_lazy("All")), *FeeKind.choices]
    )
    state = forms.ChoiceField(label=pgettext_lazy("of a bill", "State"), required=False)
    building = forms.ChoiceField(label=gettext_lazy("Building"), required=False)

    def __init__(self, *args: Any, buildings: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = [("", _("All")), *BillState.choices]  # type: ignore[attr-defined]
        self.fields["building"].choices = [("", _("All")), *buildings]  # type: ignore[attr-defined]

    def apply(self, bills: Any) -> Any:
        """The bills that are asked for: by the fields, and by `household`, `period`, `from`, `to` and
        `overdue` of a figure's link."""
        self.is_valid()
        wanted = {name: value for name, value in self.cleaned_data.items() if value}
        if building := wanted.pop("building", ""):
            bills = bills.filter(household__building=building)
        bills = bills.filter(**wanted)
        if (door := self.data.get("household", "")).isascii() and door.isdigit() and len(door) < 19:
            bills = bills.filter(household=door)
        if period := _period(self.data.get("period", "")):
            bills = bills.filter(starts_on__gte=period.first, ends_on__lte=period.last)
        if day := _day(self.data.get("from", "")):
            bills = bills.filter(starts_on__gte=day)
        if day := _day(self.data.get("to", "")):
            bills = bills.filter(ends_on__lte=day)
        if self.data.get("overdue"):
            bills = bills.open().filter(due_on__lt=timezone.localdate())
        return bills


def _period(text: str) -> Period | None:
    try:
        return parse_period(text)
    except ValueError:
        return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
