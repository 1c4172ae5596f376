"""The back office of the registry, the menu and the lifecycle.

Divisions and menu editions are reference data and kept here. The registry comes in by rosters and is edited by its
communities: here it is read, with names and phones masked for everybody.
"""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    RangeDateFilter,
    RangeDateTimeFilter,
)

from accounts.back_office.admins import BackOfficeAdmin, EditableAdmin, EditableInline, as_json, is_referred_to
from accounts.back_office.lists import TerritoryFilter
from accounts.choices import Act
from accounts.models import RoleAssignment, User
from common.figures import area_text
from renovation.back_office import DistrictFilter, DivisionDistrictFilter, NeighbourhoodDistrictFilter
from renovation.models import (
    Building,
    Division,
    Evidence,
    GuardOverride,
    Household,
    MenuEdition,
    MenuItem,
    Neighbourhood,
    Owner,
    Ownership,
    ParkingSpace,
    RosterBeforeImage,
    RosterImport,
    RosterMapping,
    RosterProblem,
    RosterTouch,
    StageChange,
    Stairwell,
)
from renovation.rules.masking import mask_name, mask_phone
from renovation.rules.menu import is_code

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
    form = DivisionForm
    fields = ["name", "level", "code", "parent", "created_at", "updated_at"]
    list_display = ["name", "code", "level", "parent"]
    list_select_related = ["parent"]
    list_filter = [("level", ChoicesDropdownFilter), DivisionDistrictFilter]
    search_fields = ["name", "code__startswith"]
    search_help_text = _("By name, or by the first digits of the code.")
    autocomplete_fields = ["parent"]
    ordering = ["code"]

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
    list_display = ["name", "code", "community", "stage", "stage_since", "built_year"]
    list_select_related = ["community"]
    list_filter = [("stage", ChoicesDropdownFilter), DistrictFilter, TerritoryFilter]
    search_fields = ["name", "aliases", "code__startswith"]
    search_help_text = _("By name, former name, or the first digits of the code.")
    ordering = ["code"]
    sortable_by = ["name", "code", "stage_since"]
    fields = [
        "name", "aliases", "code", "community", "address", "built_year", "stage", "stage_since",
        "building_count", "household_count", "floor_area", "created_at", "updated_at",
    ]  # fmt: skip
    readonly_fields = ["building_count", "household_count", "floor_area"]

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


@admin.register(Household)
class HouseholdAdmin(RegistryAdmin):
    list_display = ["unit_number", "neighbourhood", "building", "stairwell", "use", "occupancy", "head", "is_current"]
    list_select_related = ["neighbourhood", "building", "stairwell"]
    list_filter = [
        ("neighbourhood", AutocompleteSelectFilter),
        DistrictFilter,
        TerritoryFilter,
        ("use", ChoicesDropdownFilter),
        ("tenure_type", ChoicesDropdownFilter),
        ("occupancy", ChoicesDropdownFilter),
        ("retired_at", admin.EmptyFieldListFilter),
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
class OwnerAdmin(RegistryAdmin):
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


class MenuItemForm(forms.ModelForm):
    """A code is one that phones can send."""

    class Meta:
        model = MenuItem
        fields = ["code", "category", "name_zh", "name_en", "mandatory", "unit", "funding_hint", "source"]

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if not is_code(code):
            raise forms.ValidationError(_("A code is 1 to 8 letters and digits, as phones send it."))
        return code


class MenuItemInline(EditableInline):
    model = MenuItem
    form = MenuItemForm
    hide_title = True
    fields = ["code", "category", "name_zh", "name_en", "mandatory", "unit", "funding_hint", "source"]
    ordering = ["code"]


class MenuEditionForm(forms.ModelForm):
    """By hand, too, an edition holds from today on or later: what was asked before was asked of another one."""

    class Meta:
        model = MenuEdition
        fields = ["valid_from", "document"]

    def clean_valid_from(self) -> date:
        day: date = self.cleaned_data["valid_from"]
        if "valid_from" in self.changed_data and day < timezone.localdate():
            raise forms.ValidationError(_("A menu holds from today on, or from a later day."))
        return day


@admin.register(MenuEdition)
class MenuEditionAdmin(EditableAdmin):
    """An edition with which a survey was opened stays as it is; a later edition takes its place."""

    act = Act.MENU
    is_reference = True
    tells_changes = False
    form = MenuEditionForm
    list_before_template = "admin/_menu_acts.html"
    inlines = [MenuItemInline]
    fields = ["valid_from", "document", "created_at"]
    readonly_fields = ["created_at"]
    list_display = ["valid_from", "document", "item_count"]
    list_filter = [("valid_from", RangeDateFilter)]
    search_fields = ["document"]
    ordering = ["-valid_from"]

    def visible_rows(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows if user.reach(Act.MENU) else rows.none()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(item_count=Count("items"))

    def may_write(self, request: HttpRequest, obj: Any = None) -> bool:
        """A menu is a whole city's: it lies in no place that could be asked for."""
        return super().may_write(request)

    def is_in_use(self, obj: MenuEdition) -> bool:
        return is_referred_to(obj, besides=(MenuItem,))

    @admin.display(description=_("items"))
    def item_count(self, obj: Any) -> int:
        return obj.item_count


@admin.register(MenuItem)
class MenuItemAdmin(BackOfficeAdmin):
    """To look items up; they are edited on the page of their edition."""

    act = Act.MENU
    is_reference = True
    list_display = ["code", "name", "category", "mandatory", "unit", "edition"]
    list_select_related = ["edition"]
    list_filter = ["edition", ("category", ChoicesDropdownFilter), "mandatory"]
    search_fields = ["code__startswith", "name_zh", "name_en"]
    ordering = ["-edition__valid_from", "code"]
    fields = ["edition", "code", "category", "name_zh", "name_en", "mandatory", "unit", "funding_hint", "source"]

    @admin.display(description=_("name"))
    def name(self, obj: MenuItem) -> str:
        return obj.name


class StageRecordAdmin(BackOfficeAdmin):
    """What the lifecycle keeps of a neighbourhood. Append-only."""

    act = Act.PLANS
    list_select_related = ["neighbourhood", "by"]
    search_fields = ["neighbourhood__name", "neighbourhood__code__startswith"]
    search_help_text = _("By neighbourhood.")
    ordering = ["-id"]


@admin.register(Evidence)
class EvidenceAdmin(StageRecordAdmin):
    list_display = ["neighbourhood", "kind", "revoked", "at", "by"]
    list_filter = [
        ("kind", ChoicesDropdownFilter),
        "revoked",
        ("neighbourhood", AutocompleteSelectFilter),
        NeighbourhoodDistrictFilter,
        ("at", RangeDateTimeFilter),
    ]
    fields = ["neighbourhood", "kind", "facts_told", "document", "dated_on", "revoked", "reason", "at", "by"]
    readonly_fields = ["facts_told"]

    @admin.display(description=_("facts"))
    def facts_told(self, obj: Evidence) -> str:
        return as_json(obj.facts)


@admin.register(StageChange)
class StageChangeAdmin(StageRecordAdmin):
    list_display = ["neighbourhood", "from_stage", "to_stage", "at", "by"]
    list_filter = [
        ("to_stage", ChoicesDropdownFilter),
        ("neighbourhood", AutocompleteSelectFilter),
        NeighbourhoodDistrictFilter,
        ("at", RangeDateTimeFilter),
    ]
    fields = ["neighbourhood", "from_stage", "to_stage", "at", "by", "reason", "figures_told"]
    readonly_fields = ["figures_told"]

    @admin.display(description=_("figures as they stood"))
    def figures_told(self, obj: StageChange) -> str:
        return as_json(obj.figures)


@admin.register(GuardOverride)
class GuardOverrideAdmin(StageRecordAdmin):
    list_display = ["neighbourhood", "to_stage", "guard", "requested_by", "requested_at", "confirmed_by"]
    list_select_related = ["neighbourhood", "requested_by", "confirmed_by"]
    list_filter = [("to_stage", ChoicesDropdownFilter), NeighbourhoodDistrictFilter]
    fields = [*list_display, "confirmed_at", "reason", "document"]


@admin.register(RosterImport)
class RosterImportAdmin(BackOfficeAdmin):
    """What was imported, by figures. The file and what was wrong in it are for those who may import."""

    list_display = ["file_name", "neighbourhood", "mode", "status", "rows_read", "problem_count", "created_at", "by"]
    list_select_related = ["neighbourhood", "by"]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("mode", ChoicesDropdownFilter),
        ("neighbourhood", AutocompleteSelectFilter),
        DistrictFilter,
        ("created_at", RangeDateTimeFilter),
    ]
    search_fields = ["file_name", "neighbourhood__name", "sha256__startswith"]
    search_help_text = _("By file name, by neighbourhood, or by the first digits of the SHA-256.")
    ordering = ["-id"]
    fields = [
        "neighbourhood", "file_name", "sha256", "mode", "status", "rows_read", "created", "updated", "unchanged",
        "rejected", "problem_count", "by", "created_at", "started_at", "finished_at", "reverted_at", "reverted_by",
    ]  # fmt: skip


class OfRosterImportAdmin(BackOfficeAdmin):
    """What hangs on an import: where and how much, never the values, which are the roster's."""

    list_select_related = ["roster_import"]
    list_filter = [("roster_import", AutocompleteSelectFilter)]
    search_fields = ["roster_import__file_name", "roster_import__neighbourhood__name"]
    search_help_text = _("By file name or by neighbourhood.")
    ordering = ["-id"]


@admin.register(RosterProblem)
class RosterProblemAdmin(OfRosterImportAdmin):
    list_display = ["roster_import", "sheet", "row", "column", "code", "is_error"]
    list_filter = [("roster_import", AutocompleteSelectFilter), ("is_error", admin.BooleanFieldListFilter)]
    search_fields = ["code__startswith", "roster_import__file_name", "roster_import__neighbourhood__name"]
    search_help_text = _("By code, by file name, or by neighbourhood.")
    fields = ["roster_import", "sheet", "row", "column", "code", "is_error"]


@admin.register(RosterTouch)
class RosterTouchAdmin(OfRosterImportAdmin):
    list_display = ["roster_import", "resource", "row_count"]
    fields = ["roster_import", "resource", "row_count"]
    readonly_fields = ["row_count"]

    @admin.display(description=_("rows"))
    def row_count(self, obj: RosterTouch) -> int:
        return len(obj.object_ids)


@admin.register(RosterBeforeImage)
class RosterBeforeImageAdmin(OfRosterImportAdmin):
    list_display = ["roster_import", "resource", "object_id", "changed_fields"]
    fields = ["roster_import", "resource", "object_id", "version", "changed_fields"]
    readonly_fields = ["changed_fields"]

    @admin.display(description=_("fields changed"))
    def changed_fields(self, obj: RosterBeforeImage) -> str:
        return ", ".join(sorted(obj.before))


@admin.register(RosterMapping)
class RosterMappingAdmin(BackOfficeAdmin):
    list_display = ["community_code", "signature", "by", "updated_at"]
    list_select_related = ["by"]
    list_filter = [TerritoryFilter, DistrictFilter, ("updated_at", RangeDateTimeFilter)]
    search_fields = ["community_code__startswith", "signature__startswith"]
    search_help_text = _("By community code or by shape.")
    ordering = ["-id"]
    fields = ["community_code", "signature", "told", "by", "updated_at"]
    readonly_fields = ["told"]

    @admin.display(description=_("mapping of columns"))
    def told(self, obj: RosterMapping) -> str:
        return as_json(obj.mapping)
