"""Forms of what is charged and to whom: prices, reductions, and tenants who pay."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from governance.choices.fees import FeeBasis, FeeKind, ReductionReason
from governance.models import FeeSchedule
from governance.pages.forms import DayField
from governance.reports.fees.households import find_households
from governance.rules.fees.charges import price_text
from governance.rules.fees.periods import parse_period
from renovation.choices import SpaceOwnership, Use
from renovation.models import Household, Neighbourhood

HUNDRED = Decimal(100)
MOST_DAYS, MINUTES_OF_A_DAY = 366, 24 * 60
MONTH_LENGTH = len("2026-10")

WHAT: dict[str, tuple[str, Any]] = {
    "property": (FeeKind.PROPERTY, gettext_lazy("Property fee")),
    "parking": (FeeKind.PARKING, gettext_lazy("Parking by the month")),
    "hourly": (FeeKind.PARKING, gettext_lazy("Parking by the hour")),
    "other": (FeeKind.OTHER, pgettext_lazy("fee", "Other charge")),
}
"""What a price can be for, as the page asks: the kind, and its words."""


class MonthField(forms.CharField):
    """A month as `2026-10`, which is also what browsers without a picker let people type; its first day."""

    widget = forms.TextInput(attrs={"type": "month", "placeholder": "2026-10"})

    def clean(self, value: Any) -> date | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            period = parse_period(text)
        except ValueError:
            period = None
        if period is None or len(text) != MONTH_LENGTH or len(period.months) != 1:
            raise forms.ValidationError(_("This is no month: write it like 2026-10."))
        return period.first


class PercentField(forms.DecimalField):
    """A share, asked for in percent."""

    def __init__(self, *, places: int = 1, most: str = "100", least: str = "0", **kwargs: Any) -> None:
        super().__init__(
            max_digits=6, decimal_places=places, min_value=Decimal(least), max_value=Decimal(most), **kwargs
        )
        self.widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def clean(self, value: Any) -> Any:
        percent = super().clean(value)
        return None if percent is None else percent / HUNDRED

    def prepare_value(self, value: Any) -> Any:
        """A share from a row is shown in percent; what was typed stays as it was typed."""
        return f"{(value * HUNDRED).normalize():f}" if isinstance(value, Decimal) else value


class ScheduleForm(forms.Form):
    """A price: `what` it is for decides what is asked. `schedule` is the one that is changed."""

    name = forms.CharField(label=gettext_lazy("What the charge is called"), max_length=40)
    basis = forms.ChoiceField(label=gettext_lazy("The price is"), widget=forms.RadioSelect)
    unit_price = forms.DecimalField(
        label=gettext_lazy("Price in yuan"),
        min_value=Decimal(0),
        max_digits=8,
        decimal_places=4,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    uses = forms.MultipleChoiceField(
        label=gettext_lazy("Only for units of this use"),
        choices=Use.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    space_ownerships = forms.MultipleChoiceField(
        label=gettext_lazy("Only for these spaces"),
        choices=SpaceOwnership.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    valid_from = DayField(
        label=gettext_lazy("Valid from"),
        help_text=gettext_lazy("A month is priced by what is in force on its first day."),
    )
    valid_to = DayField(label=gettext_lazy("Last day"), required=False)
    due_days = forms.IntegerField(
        label=gettext_lazy("Days to pay"),
        min_value=0,
        max_value=MOST_DAYS,
        initial=0,
        help_text=gettext_lazy("After the last day of the billed months."),
    )
    vacant_share = PercentField(
        label=gettext_lazy("A vacant home pays, in percent"),
        most="99.9",
        required=False,
        help_text=gettext_lazy("Only if the contract says so. Left empty, vacancy is no reason to pay less."),
    )
    late_charge_daily = PercentField(
        label=gettext_lazy("Late charge a day, in percent"),
        places=3,
        most="99.999",
        required=False,
        help_text=gettext_lazy("Only if the contract says so; else none is charged."),
    )
    free_minutes = forms.IntegerField(
        label=gettext_lazy("Free minutes"), min_value=0, max_value=MINUTES_OF_A_DAY, initial=0
    )
    daily_cap = forms.DecimalField(
        label=gettext_lazy("Most a day, in yuan"),
        required=False,
        min_value=Decimal("0.01"),
        max_digits=8,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    document = forms.CharField(
        label=gettext_lazy("Contract or decision that fixes it"),
        max_length=120,
    )

    def __init__(self, *args: Any, what: str, schedule: FeeSchedule | None = None, **kwargs: Any) -> None:
        if schedule is not None:
            kwargs["initial"] = {
                **{name: getattr(schedule, name) for name in self.base_fields},
                "unit_price": price_text(schedule.unit_price),
                "late_charge_daily": schedule.late_charge_daily or None,
            }
        super().__init__(*args, **kwargs)
        self.what, self.kind = what, WHAT[what][0]
        bases = {
            "parking": [FeeBasis.PER_SPACE_MONTH],
            "hourly": [FeeBasis.PER_HOUR],
        }.get(what, [FeeBasis.PER_M2_MONTH, FeeBasis.PER_HOUSEHOLD_MONTH])
        unasked = {
            "property": {"name", "space_ownerships", "free_minutes", "daily_cap"},
            "parking": {"name", "basis", "uses", "free_minutes", "daily_cap"},
            "hourly": {"name", "basis", "uses", "vacant_share", "late_charge_daily", "due_days"},
            "other": {"space_ownerships", "free_minutes", "daily_cap"},
        }[what]
        for name in unasked:
            del self.fields[name]
        self.first_basis = bases[0]
        if "basis" in self.fields:
            field: Any = self.fields["basis"]
            field.choices = [(basis.value, basis.label) for basis in bases]
            field.initial = self.first_basis.value
        else:
            self.fields["unit_price"].label = {
                "parking": _("Price of a space and month, in yuan"),
                "hourly": _("Price of an hour, in yuan"),
            }[what]

    @property
    def told(self) -> dict[str, Any]:
        entered = {"basis": self.first_basis.value, **self.cleaned_data}
        if "late_charge_daily" in entered:
            entered["late_charge_daily"] = entered["late_charge_daily"] or Decimal(0)
        return entered


def what_of(schedule: FeeSchedule) -> str:
    """What a schedule is for, as the form asks."""
    return "hourly" if schedule.basis == FeeBasis.PER_HOUR else str(schedule.kind)


class EndForm(forms.Form):
    last_day = DayField(label=gettext_lazy("Last day"))

    @property
    def told(self) -> dict[str, Any]:
        return self.cleaned_data


class OfHouseholdForm(forms.Form):
    """Something about one household: by the link that led here, else by its door."""

    door = forms.CharField(
        label=gettext_lazy("Household"),
        max_length=60,
        help_text=gettext_lazy("Building-stairwell-door, like 5-1-302."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "5-1-302"}),
    )

    def __init__(
        self, *args: Any, neighbourhood: Neighbourhood, household: Household | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.neighbourhood, self.household = neighbourhood, household
        if household is not None:
            del self.fields["door"]

    def clean_door(self) -> str:
        text: str = self.cleaned_data["door"]
        found = list(find_households(self.neighbourhood, text, named=False).filter(retired_at=None)[:2])
        if len(found) != 1:
            raise forms.ValidationError(
                _("More than one door is called this: name its building and stairwell too.")
                if found
                else _("There is no such door here.")
            )
        self.household = found[0]
        return text

    @property
    def told(self) -> dict[str, Any]:
        values = {name: value for name, value in self.cleaned_data.items() if name != "door"}
        return {**values, "household": self.household}


class ReductionForm(OfHouseholdForm):
    kind = forms.ChoiceField(label=gettext_lazy("Of which fee"), choices=FeeKind.choices, widget=forms.RadioSelect)
    reason = forms.ChoiceField(label=gettext_lazy("Why"), choices=ReductionReason.choices, widget=forms.RadioSelect)
    share = PercentField(
        label=gettext_lazy("Let off, in percent"),
        least="0.1",
        required=False,
        help_text=gettext_lazy("Of a vacant home the contract says it: leave this empty then."),
    )
    from_month = MonthField(label=gettext_lazy("From month"))
    to_month = MonthField(label=gettext_lazy("To month"), help_text=gettext_lazy("Included."))
    text = forms.CharField(
        label=gettext_lazy("What is the matter"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Whoever decides reads this, and auditors later. Write no more than it takes."),
    )
    document = forms.CharField(label=gettext_lazy("Proof, by its number"), max_length=120, required=False)


class DecisionForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Decision"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("A refusal says why."),
    )

    @property
    def told(self) -> dict[str, Any]:
        return self.cleaned_data


class LiabilityForm(OfHouseholdForm):
    name = forms.CharField(label=pgettext_lazy("fee", "Tenant"), max_length=60)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=20, required=False)
    starts_on = DayField(
        label=gettext_lazy("First day"),
        help_text=gettext_lazy("The tenant pays the months that begin on it or later."),
    )
    ends_on = DayField(label=gettext_lazy("Last day"), required=False)
    document = forms.CharField(label=gettext_lazy("Agreement, by its number"), max_length=120)


class EndLiabilityForm(forms.Form):
    liability = forms.IntegerField(widget=forms.HiddenInput)
    ends_on = DayField(label=gettext_lazy("Last day"))

    @property
    def told(self) -> dict[str, Any]:
        return {"ends_on": self.cleaned_data["ends_on"]}
