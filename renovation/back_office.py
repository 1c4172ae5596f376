"""What the back office shows of the registry, for this app's admin and those above it."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from accounts.back_office.admins import EditableAdmin, caller
from renovation.models import Division
from renovation.rules.divisions import cut_code


def division_of(line: Mapping[str, str]) -> Division:
    """The division whose code a line of a file has. Raises ValidationError at its column."""
    code = cut_code(line["division"].strip())
    found = Division.objects.filter(code=code).first() if code else None
    if found is None:
        raise ValidationError({"division": [gettext("There is no division of this code.")]})
    return found


class InDivisionAdmin(EditableAdmin):
    """Reference data that holds in a division and below it, kept by those to whom the roles table gives `act` there."""

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """A form that refuses a division in which the caller may not write: who may add rows may do so somewhere."""
        form = super().get_form(request, obj, change, **kwargs)

        def clean_division(here: forms.ModelForm) -> Division:
            division: Division = here.cleaned_data["division"]
            if not self.may_write(request, division):
                raise ValidationError(gettext("This division lies outside your territory."))
            return division

        return type(f"{form.__name__}Here", (form,), {"clean_division": clean_division})


class DistrictFilter(DropdownFilter):
    """Rows of one district: a dozen or two to choose from, where neighbourhoods would be thousands."""

    title = _("district")
    parameter_name = "district"
    field = "community_code"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        districts = Division.objects.filter(level="district").order_by("code")
        if not caller(request).is_administrator:
            districts = districts.visible_to(caller(request))
        return list(districts.values_list("code", "name"))

    def has_output(self) -> bool:
        return True

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        code = self.value()
        return queryset.filter(**{f"{self.field}__startswith": code}) if code else queryset


class NeighbourhoodDistrictFilter(DistrictFilter):
    """For rows that know their place by their neighbourhood."""

    field = "neighbourhood__community_code"


class SurveyDistrictFilter(DistrictFilter):
    """For rows that know their place by their survey."""

    field = "survey__community_code"


class DivisionDistrictFilter(DistrictFilter):
    """For divisions themselves."""

    field = "code"


class PlaceDistrictFilter(DistrictFilter):
    """For rows that know their place by a neighbourhood further up, which their admin names in `place`."""

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        self.field = f"{model_admin.place}__community_code"
        super().__init__(request, params, model, model_admin)


def by_place(place: str) -> list[str]:
    """The fields in which a search for a neighbourhood looks; `place` leads there from a row."""
    return [f"{place}__name", f"{place}__code__startswith"]
