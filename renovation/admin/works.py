"""Packages with their progress, changes, acceptance and warranties, to read."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter

from accounts.back_office.history import as_json
from renovation.admin.base import WorksAdmin
from renovation.back_office import PlaceDistrictFilter, by_place
from renovation.models import (
    Acceptance,
    ChangeRequest,
    CompletionFiling,
    PackageEvent,
    PackageItem,
    ProgressEntry,
    Warranty,
    WorkPackage,
)


@admin.register(WorkPackage)
class WorkPackageAdmin(WorksAdmin):
    list_display = ["name", "contractor", "state", "starts_on", "ends_on", "neighbourhood"]
    list_filter = [("state", ChoicesDropdownFilter), PlaceDistrictFilter, ("ends_on", RangeDateFilter)]
    search_fields = [*by_place("neighbourhood"), "contractor__startswith"]
    fields = [*list_display, "number", "contract_document", "contract_sum", "supervisor", "created_at", "updated_at"]


class OfPackageAdmin(WorksAdmin):
    place = "package__neighbourhood"
    list_select_related = ["package"]
    list_filter: Sequence[Any] = [PlaceDistrictFilter]
    search_fields = by_place("package__neighbourhood")


@admin.register(PackageItem)
class PackageItemAdmin(OfPackageAdmin):
    list_display = ["package", "menu_item", "done_share"]
    list_select_related = ["package", "menu_item"]
    fields = list_display


@admin.register(PackageEvent)
class PackageEventAdmin(OfPackageAdmin):
    list_display = ["package", "to_state", "at", "by"]
    list_select_related = ["package", "by"]
    list_filter = [("to_state", ChoicesDropdownFilter), PlaceDistrictFilter]
    fields = [*list_display, "reason", "review_on"]


@admin.register(ProgressEntry)
class ProgressEntryAdmin(WorksAdmin):
    place = "package_item__package__neighbourhood"
    list_display = ["package_item", "done_share", "done_on", "by"]
    list_select_related = ["package_item__menu_item", "by"]
    list_filter = [PlaceDistrictFilter, ("done_on", RangeDateFilter)]
    search_fields = by_place("package_item__package__neighbourhood")
    fields = [*list_display, "note", "at"]


@admin.register(ChangeRequest)
class ChangeRequestAdmin(WorksAdmin):
    list_display = ["neighbourhood", "number", "requested_by", "requested_on", "state"]
    list_filter = [("state", ChoicesDropdownFilter), PlaceDistrictFilter]
    fields = [*list_display, "package", "text", "document", "plan", "decision", "decided_at", "decided_by"]


@admin.register(Acceptance)
class AcceptanceAdmin(OfPackageAdmin):
    list_display = ["package", "held_on", "passed", "document"]
    list_filter = ["passed", PlaceDistrictFilter, ("held_on", RangeDateFilter)]
    fields = [*list_display, "points", "attendees", "remarks", "recorded_at", "recorded_by"]
    readonly_fields = ["points"]

    @admin.display(description=Acceptance._meta.get_field("checklist").verbose_name)
    def points(self, obj: Acceptance) -> str:
        return as_json(obj.checklist)


@admin.register(CompletionFiling)
class CompletionFilingAdmin(WorksAdmin):
    list_display = ["neighbourhood", "filed_on", "filed_with", "document"]
    list_filter = [PlaceDistrictFilter, ("filed_on", RangeDateFilter)]
    fields = [*list_display, "kept_at", "recorded_at", "recorded_by"]


@admin.register(Warranty)
class WarrantyAdmin(OfPackageAdmin):
    list_display = ["package", "menu_item", "kind", "years", "starts_on", "ends_on"]
    list_select_related = ["package", "menu_item"]
    list_filter = [("kind", ChoicesDropdownFilter), PlaceDistrictFilter, ("ends_on", RangeDateFilter)]
    fields = [*list_display, "acceptance", "document"]
