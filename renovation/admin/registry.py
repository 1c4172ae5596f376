"""The registry. Divisions are reference data and kept here; the rest comes in by rosters and is edited by its
communities: here it is read, with names and phones masked for everybody.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    DropdownFilter,
)

from accounts.back_office.admins import BackOfficeAdmin, EditableAdmin, caller
from accounts.back_office.lists import TerritoryFilter
from accounts.back_office.search import is_code
from accounts.choices import Act
from accounts.models import RoleAssignment
from common.figures import area_text
from renovation.admin.importing import DivisionLines
from renovation.admin.reveal import RevealAdmin
from renovation.back_office import DistrictFilter, DivisionDistrictFilter
from renovation.models import (
    Building,
    Division,
    Household,
    Neighbourhood,
    Owner,
    Ownership,
    ParkingSpace,
    Stairwell,
)
from renovation.rules.masking import mask_name, mask_phone

LENGTHS = {"city": 4, "district": 6, "street": 9, "community": 12}
ABOVE = {"city": None, "district": "city", "street": "district", "community": "street"}


class DivisionForm(forms.ModelForm):
    """A division has the code of the one above it, and digits of its own as its level has them."""

    class Meta:
        model = Division
        fields = ["name", "level", "code", "parent"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        # The code and the level of a division that stands are not asked for again.
        level = cleaned.get("level", self.instance.level)
        code = cleaned.get("code", self.instance.code)
        parent = cleaned.get("parent", self.instance.parent)
        if not level or not code:
            return cleaned
        if not (code.isascii() and code.isdigit() and len(code) == LENGTHS[level]):
            self.add_error("code", _("A code of this level has %(length)s digits.") % {"length": LENGTHS[level]})
        if ABOVE[level] is None:
            if parent is not None:
                self.add_error("parent", _("Nothing lies above a city here."))
        elif parent is None or parent.level != ABOVE[level] or not code.startswith(parent.code):
            self.add_error("parent", _("The division one level above, whose code this code begins with."))
        return cleaned


@admin.register(Division)
class DivisionAdmin(EditableAdmin):
    act = Act.REGISTRY
    is_reference = True
    line_resource = DivisionLines
    form = DivisionForm
    fields = ["name", "level", "code", "parent", "created_at", "updated_at"]
    list_display = ["name", "code", "level", "parent"]
    list_select_related = ["parent"]
    list_filter = [("level", ChoicesDropdownFilter), DivisionDistrictFilter]
    search_fields = ["name", "code__startswith"]
    search_help_text = _("By name, or by the first digits of the code.")
    autocomplete_fields = ["parent"]
    ordering = ["code"]
    found_by = staticmethod(lambda words: Q(code__startswith=words) if is_code(words) else Q(name__startswith=words))

    def found_as(self, obj: Division) -> str:
        return f"{obj.name} {obj.code}"

    def may_write(self, request: HttpRequest, obj: Any = None) -> bool:
        """Administrators alone: who edits the registry of a community does not draw the map it lies on."""
        return caller(request).is_administrator

    def get_readonly_fields(self, request: HttpRequest, obj: Division | None = None) -> list[str]:
        """The code stands in every row below it and in every role given for it: it is not changed."""
        stands = ["level", "code", "parent"] if obj else []
        return ["created_at", "updated_at", *stands]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        given = obj is not None and RoleAssignment.objects.filter(territory__startswith=obj.code).exists()
        return not given and super().has_delete_permission(request, obj)


class RegistryAdmin(BackOfficeAdmin):
    """Rows of the registry, of those who may read it."""

    act = Act.REGISTRY


@admin.register(Neighbourhood)
class NeighbourhoodAdmin(RegistryAdmin):
    # Officials narrow households and owners by it.
    is_for_officials = True
    list_display = ["name", "code", "community", "stage", "stage_since", "built_year"]
    list_select_related = ["community"]
    list_filter = [("stage", ChoicesDropdownFilter), DistrictFilter, TerritoryFilter]
    search_fields = ["name", "aliases", "code__startswith"]
    search_help_text = _("By name, former name, or the first digits of the code.")
    ordering = ["code"]
    found_by = staticmethod(lambda words: Q(code__startswith=words) if is_code(words) else Q(name__icontains=words))
    sortable_by = ["name", "code", "stage_since"]
    fields = [
        "name", "aliases", "code", "community", "address", "built_year", "longitude", "latitude", "stage",
        "stage_since", "building_count", "household_count", "floor_area", "created_at", "updated_at",
    ]  # fmt: skip
    readonly_fields = ["building_count", "household_count", "floor_area"]

    def found_as(self, obj: Neighbourhood) -> str:
        return f"{obj.name} {obj.code}"

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        return found and Neighbourhood.objects.with_size().select_related("community").get(pk=found.pk)

    @admin.display(description=_("buildings"))
    def building_count(self, obj: Any) -> int:
        return obj.building_count

    @admin.display(description=_("households"))
    def household_count(self, obj: Any) -> int:
        return obj.household_count

    @admin.display(description=_("gross floor area"))
    def floor_area(self, obj: Any) -> str:
        return area_text(obj.floor_area)


@admin.register(Building)
class BuildingAdmin(RegistryAdmin):
    list_display = ["number", "neighbourhood", "grid", "floor_count"]
    list_select_related = ["neighbourhood"]
    list_filter = [("neighbourhood", AutocompleteSelectFilter), DistrictFilter, TerritoryFilter]
    search_fields = ["number__startswith", "neighbourhood__name", "grid__startswith"]
    search_help_text = _("By number, by neighbourhood, or by grid.")
    ordering = ["id"]
    fields = ["neighbourhood", "number", "grid", "floor_count", "created_at", "updated_at"]


@admin.register(Stairwell)
class StairwellAdmin(RegistryAdmin):
    list_display = ["number", "building", "neighbourhood"]
    list_select_related = ["building__neighbourhood"]
    list_filter = [("building__neighbourhood", AutocompleteSelectFilter), DistrictFilter, TerritoryFilter]
    search_fields = ["number__startswith", "building__number__startswith", "building__neighbourhood__name"]
    search_help_text = _("By number, by building, or by neighbourhood.")
    ordering = ["id"]
    fields = ["neighbourhood", "building", "number", "created_at", "updated_at"]

    @admin.display(description=_("neighbourhood"))
    def neighbourhood(self, obj: Stairwell) -> Neighbourhood:
        return obj.building.neighbourhood


class CurrentFilter(DropdownFilter):
    """Households that stand, or those that were retired."""

    title = _("whether in use")
    parameter_name = "retired_at__isempty"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("1", _("Only those in use")), ("0", _("Only those retired"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(retired_at__isnull=self.value() == "1") if self.value() in ("0", "1") else queryset


@admin.register(Household)
class HouseholdAdmin(RevealAdmin, RegistryAdmin):
    is_for_officials = True
    personal_fields = ["head_name", "phones", "remarks"]
    list_display = ["unit_number", "neighbourhood", "building", "stairwell", "use", "occupancy", "head", "is_current"]
    list_select_related = ["neighbourhood", "building", "stairwell"]
    list_filter = [
        ("neighbourhood", AutocompleteSelectFilter),
        DistrictFilter,
        TerritoryFilter,
        ("use", ChoicesDropdownFilter),
        ("tenure_type", ChoicesDropdownFilter),
        ("occupancy", ChoicesDropdownFilter),
        CurrentFilter,
    ]
    search_fields = ["unit_number__startswith", "neighbourhood__name", "building__number"]
    search_help_text = _("By unit number, by neighbourhood, or by building. Names and phones are not searched here.")
    ordering = ["id"]
    fields = [
        "neighbourhood", "building", "stairwell", "unit_number", "floor", "gross_floor_area", "use", "tenure_type",
        "occupancy", "head", "masked_phones", "retired_at", "created_at", "updated_at",
    ]  # fmt: skip
    readonly_fields = ["head", "masked_phones"]

    @admin.display(description=_("head of household"))
    def head(self, obj: Household) -> str:
        return mask_name(obj.head_name)

    @admin.display(description=_("phones"))
    def masked_phones(self, obj: Household) -> str:
        return ", ".join(map(mask_phone, obj.phones))

    @admin.display(description=_("current"), boolean=True)
    def is_current(self, obj: Household) -> bool:
        return obj.retired_at is None


@admin.register(Owner)
class OwnerAdmin(RevealAdmin, RegistryAdmin):
    is_for_officials = True
    personal_fields = ["name", "phones"]
    list_display = ["masked_name", "kind", "neighbourhood"]
    list_select_related = ["neighbourhood"]
    list_filter = [
        ("neighbourhood", AutocompleteSelectFilter),
        DistrictFilter,
        TerritoryFilter,
        ("kind", ChoicesDropdownFilter),
    ]
    search_fields = ["neighbourhood__name", "neighbourhood__code__startswith"]
    search_help_text = _("By neighbourhood. Names and phones are not searched here.")
    ordering = ["id"]
    fields = ["neighbourhood", "kind", "masked_name", "masked_phones", "created_at", "updated_at"]
    readonly_fields = ["masked_name", "masked_phones"]

    @admin.display(description=_("name"))
    def masked_name(self, obj: Owner) -> str:
        return obj.masked_name

    @admin.display(description=_("phones"))
    def masked_phones(self, obj: Owner) -> str:
        return ", ".join(map(mask_phone, obj.phones))


@admin.register(Ownership)
class OwnershipAdmin(RegistryAdmin):
    list_display = ["household", "neighbourhood", "masked_owner", "area_source", "is_voter", "starts_on", "ends_on"]
    list_select_related = ["household__neighbourhood", "owner"]
    list_filter = [
        ("household__neighbourhood", AutocompleteSelectFilter),
        DistrictFilter,
        TerritoryFilter,
        ("area_source", ChoicesDropdownFilter),
    ]
    search_fields = ["household__unit_number__startswith", "household__neighbourhood__name"]
    search_help_text = _("By unit number or by neighbourhood. Names are not searched here.")
    ordering = ["id"]
    fields = [
        "neighbourhood", "household", "masked_owner", "area_source", "is_voter", "starts_on", "ends_on",
        "created_at", "updated_at",
    ]  # fmt: skip
    readonly_fields = ["neighbourhood", "masked_owner"]

    @admin.display(description=_("owner"))
    def masked_owner(self, obj: Ownership) -> str:
        return obj.owner.masked_name

    @admin.display(description=_("neighbourhood"))
    def neighbourhood(self, obj: Ownership) -> Neighbourhood:
        return obj.household.neighbourhood


@admin.register(ParkingSpace)
class ParkingSpaceAdmin(RegistryAdmin):
    list_display = ["number", "neighbourhood", "ownership", "household", "masked_owner", "area"]
    list_select_related = ["neighbourhood", "household", "owner"]
    list_filter = [
        ("neighbourhood", AutocompleteSelectFilter),
        DistrictFilter,
        TerritoryFilter,
        ("ownership", ChoicesDropdownFilter),
    ]
    search_fields = ["number__startswith", "neighbourhood__name"]
    search_help_text = _("By number or by neighbourhood.")
    ordering = ["id"]
    fields = ["neighbourhood", "number", "ownership", "household", "masked_owner", "area", "created_at", "updated_at"]
    readonly_fields = ["masked_owner"]

    @admin.display(description=_("owner"))
    def masked_owner(self, obj: ParkingSpace) -> str:
        return obj.owner.masked_name if obj.owner else ""
