"""What narrows a sheet: forms that read what was sent by the page, the API and a saved view alike. Their choices are
what the caller may see; the rest does not exist.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from renovation.models import Division, Neighbourhood

LONGEST_ID = 19
"""Digits: so many may be more than a column holds."""


class DivisionField(forms.ModelChoiceField):
    """A division by its code."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            Division.objects.none(),
            to_field_name="code",
            label=pgettext_lazy("of an export", "Place"),
            empty_label=_("Everywhere"),
            **kwargs,
        )


class NeighbourhoodField(forms.ModelChoiceField):
    """A neighbourhood by its id, its code or its whole name: people type the one, systems send the other."""

    # The page that asks puts the names that fit into this list, where they are few.
    widget = forms.TextInput(attrs={"list": "neighbourhood-names", "autocomplete": "off"})
    default_error_messages = {"several": _("More than one neighbourhood is called this. Write its code.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            Neighbourhood.objects.none(), label=_("Neighbourhood"), help_text=_("Its name or its code."), **kwargs
        )

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        text = str(value).strip()
        if "\x00" in text:
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        rows: Any = self.queryset
        if text.isascii() and text.isdigit() and len(text) < LONGEST_ID and (found := rows.filter(pk=text).first()):
            return found
        if found := rows.filter(code=text).first():
            return found
        named = list(rows.filter(name=text)[:2])
        if len(named) > 1:
            raise ValidationError(self.error_messages["several"], code="several")
        if not named:
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return named[0]


class SheetForm(forms.Form):
    """The filters of a sheet; without a field it takes none. A subclass adds fields, and in `narrow` says which
    choices the caller has.
    """

    def __init__(self, *args: Any, caller: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.caller = caller
        for name, form_field in self.fields.items():
            if isinstance(form_field, DivisionField):
                form_field.queryset = Division.objects.visible_to(caller).order_by("code")
            elif isinstance(form_field, NeighbourhoodField):
                form_field.queryset = Neighbourhood.objects.visible_to(caller)
            else:
                self.narrow(name, form_field)
            if isinstance(form_field, forms.DateField):
                form_field.widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def narrow(self, name: str, form_field: forms.Field) -> None:
        """Called for each further field: set its `queryset` or `choices` to what `self.caller` may see."""

    @property
    def kept(self) -> Mapping[str, Any]:
        """What was filled in, as JSON that the same form reads again: kept with an export and a saved view."""
        return {name: self.data[name] for name in self.fields if self.data.get(name) not in (None, "")}


class PlaceForm(SheetForm):
    """One division, or one neighbourhood, or everything that the caller sees."""

    division = DivisionField(required=False)
    neighbourhood = NeighbourhoodField(required=False)


def neighbourhoods_asked(caller: User, filters: Mapping[str, Any]) -> Any:
    """The neighbourhoods that a PlaceForm names, of those that the caller sees."""
    rows: Any = Neighbourhood.objects.visible_to(caller)
    if division := filters.get("division"):
        rows = rows.in_division(division.code)
    if neighbourhood := filters.get("neighbourhood"):
        rows = rows.filter(pk=neighbourhood.pk)
    return rows
