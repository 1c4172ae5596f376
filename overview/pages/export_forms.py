"""What the pages about exports ask for."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from overview.choices import ExportFormat, Weekday
from overview.models import WeeklySheet
from overview.services.exports.asking import LONGEST_REASON
from overview.sheets.filters import NeighbourhoodField, SheetForm
from overview.sheets.frame import Sheet
from renovation.models import Neighbourhood

FORMATS = [(choice.value, choice.label) for choice in (ExportFormat.XLSX, ExportFormat.CSV)]
NAMES_OFFERED = 300
"""Neighbourhoods whose names are offered while one types; of more, one types the code or the whole name."""


class AskForm(forms.Form):
    """How the file is to be made."""

    format = forms.ChoiceField(label=_("File"), choices=FORMATS, initial=ExportFormat.XLSX, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Why personal data is to stand in it in full"),
        required=False,
        max_length=LONGEST_REASON,
        help_text=_("Without a reason names and phones are masked. A reason is kept with your name."),
    )

    def __init__(self, *args: Any, sheet: Sheet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not sheet.personal:
            del self.fields["reason"]


class ViewNameForm(forms.Form):
    # It stands folded up beside the file, which is asked for without a name.
    use_required_attribute = False

    view = forms.CharField(label=_("Name of the view"), max_length=60)


class WeeklyForm(forms.ModelForm):
    """When a sheet comes by mail."""

    weekday = forms.TypedChoiceField(label=_("Weekday"), choices=Weekday.choices, coerce=int, initial=Weekday.MONDAY)
    hour = forms.TypedChoiceField(
        label=_("Hour"), choices=[(hour, f"{hour:02d}:00") for hour in range(24)], coerce=int, initial=7
    )

    class Meta:
        model = WeeklySheet
        fields = ["weekday", "hour", "format"]


def neighbourhood_names(form: type[SheetForm], caller: User) -> list[str]:
    """The names to offer where a sheet asks for a neighbourhood, if they are few."""
    if not any(isinstance(field, NeighbourhoodField) for field in form.base_fields.values()):
        return []
    rows = Neighbourhood.objects.visible_to(caller).order_by("name").values_list("name", flat=True)
    names = list(rows[: NAMES_OFFERED + 1])
    return names if len(names) <= NAMES_OFFERED else []


def shown_filters(form: type[SheetForm], given: Mapping[str, str], caller: User) -> dict[str, str]:
    """What a link fills in, as people would type it: a neighbourhood by its name, or its code where two share one."""
    shown = {name: value for name, value in given.items() if name in form.base_fields}
    for name, field in form.base_fields.items():
        value = shown.get(name, "")
        if isinstance(field, NeighbourhoodField) and value.isascii() and value.isdigit() and len(value) < 16:
            rows = Neighbourhood.objects.visible_to(caller)
            found = rows.filter(pk=value).first()
            if found is not None:
                shown[name] = found.code if rows.filter(name=found.name).count() > 1 else found.name
    return shown
