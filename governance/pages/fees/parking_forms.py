"""Forms of parking: a vehicle comes in, a vehicle of a household, a monthly pass."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from governance.choices.fees import PayMethod
from governance.pages.forms import DayField
from governance.reports.fees.households import find_households
from governance.rules.fees.parking import read_plate
from renovation.choices import SpaceOwnership
from renovation.models import Neighbourhood


class PlateField(forms.CharField):
    """A number plate, as `read_plate` keeps it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=gettext_lazy("Number plate"),
            max_length=20,
            widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
            **kwargs,
        )

    def clean(self, value: Any) -> str:
        try:
            return read_plate(super().clean(value))
        except ValueError:
            raise forms.ValidationError(_("This is no number plate."), code="invalid") from None


class EnterForm(forms.Form):
    plate = PlateField()
    space_ownership = forms.ChoiceField(
        label=gettext_lazy("Parks on"), choices=SpaceOwnership.choices, initial=SpaceOwnership.SHARED_LAND
    )
    client_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    @property
    def told(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class PayStayForm(forms.Form):
    """What a stay costs, by a method; cash and codes at the gate need no number of their own."""

    method = forms.ChoiceField(
        choices=[(str(method), method.label) for method in (PayMethod.CASH, PayMethod.WECHAT, PayMethod.ALIPAY)]
    )


class VehicleForm(forms.Form):
    """A vehicle of a household, which is named by its door."""

    door = forms.CharField(
        label=gettext_lazy("Household"),
        max_length=40,
        help_text=gettext_lazy("Building-stairwell-unit, as 5-1-302."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    plate = PlateField()

    def __init__(self, *args: Any, neighbourhood: Neighbourhood, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.neighbourhood = neighbourhood

    def clean_door(self) -> Any:
        text = self.cleaned_data["door"]
        found = list(find_households(self.neighbourhood, text, named=True).filter(retired_at=None)[:2]) if text else []
        if len(found) != 1:
            raise forms.ValidationError(
                _("Several households fit: write building-stairwell-unit.") if found else _("No household fits.")
            )
        return found[0]

    @property
    def told(self) -> dict[str, Any]:
        return {"household": self.cleaned_data["door"], "plate": self.cleaned_data["plate"]}


class PassForm(forms.Form):
    """A pass of one vehicle; `spaces` are those of its household."""

    space = forms.ChoiceField(
        label=pgettext_lazy("parking pass", "Where"),
        required=False,
        help_text=gettext_lazy("Without a space of its own it parks on shared land, and is billed as one more space."),
    )
    starts_on = DayField(label=gettext_lazy("First day"))
    ends_on = DayField(label=gettext_lazy("Last day"), required=False, help_text=gettext_lazy("Empty: until ended."))
    document = forms.CharField(label=gettext_lazy("Agreement"), required=False, max_length=120)

    def __init__(self, *args: Any, spaces: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.spaces = {str(space.pk): space for space in spaces}
        self.fields["space"].choices = [  # type: ignore[attr-defined]
            ("", _("On shared land, where there is room")),
            *((key, f"{space.number} · {space.get_ownership_display()}") for key, space in self.spaces.items()),
        ]

    @property
    def told(self) -> dict[str, Any]:
        entered = {**self.cleaned_data}
        return {**entered, "space": self.spaces.get(entered.pop("space"))}


class LastDayForm(forms.Form):
    """The last day of a vehicle or of a pass."""

    day = DayField(label=gettext_lazy("Last day"))
