"""Sources, entries and awards, to read. Payers and households are not for the back office."""

from django.contrib import admin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter

from renovation.admin.base import WorksAdmin
from renovation.back_office import PlaceDistrictFilter, by_place
from renovation.models import AwardStep, AwardTranche, FundingEntry, FundingSource


@admin.register(FundingSource)
class FundingSourceAdmin(WorksAdmin):
    list_display = ["name", "kind", "route", "neighbourhood"]
    list_filter = [("kind", ChoicesDropdownFilter), ("route", ChoicesDropdownFilter), PlaceDistrictFilter]
    fields = [*list_display, "floor_weights", "stairwell", "document", "created_at", "updated_at"]


@admin.register(FundingEntry)
class FundingEntryAdmin(WorksAdmin):
    place = "source__neighbourhood"
    list_display = ["source", "step", "amount", "dated_on", "document", "recorded_at"]
    list_select_related = ["source"]
    list_filter = [("step", ChoicesDropdownFilter), PlaceDistrictFilter, ("dated_on", RangeDateFilter)]
    search_fields = [*by_place("source__neighbourhood"), "document__startswith"]
    fields = [*list_display, "menu_item", "package", "tranche", "reverses", "reason", "recorded_by"]


@admin.register(AwardTranche)
class AwardTrancheAdmin(WorksAdmin):
    place = "source__neighbourhood"
    list_display = ["source", "number", "amount", "state"]
    list_select_related = ["source"]
    list_filter = [("state", ChoicesDropdownFilter), PlaceDistrictFilter]
    search_fields = by_place("source__neighbourhood")
    fields = [*list_display, "created_at", "updated_at"]


@admin.register(AwardStep)
class AwardStepAdmin(WorksAdmin):
    place = "tranche__source__neighbourhood"
    list_display = ["tranche", "to_state", "document", "at", "by"]
    list_select_related = ["tranche__source", "by"]
    list_filter = [("to_state", ChoicesDropdownFilter), PlaceDistrictFilter]
    search_fields = by_place("tranche__source__neighbourhood")
    fields = list_display
