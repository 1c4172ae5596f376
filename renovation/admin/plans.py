"""Revisions of plans with their items and shares, to read. What a household pays is not for the back office."""

from django.contrib import admin
from django.db.models import Q
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter

from renovation.admin.base import WorksAdmin
from renovation.back_office import PlaceDistrictFilter, by_place
from renovation.models import FundingShare, HouseholdShare, PlanItem, RenovationPlan


@admin.register(RenovationPlan)
class RenovationPlanAdmin(WorksAdmin):
    list_display = ["neighbourhood", "number", "state", "item_count", "total", "frozen_at", "in_force_at"]
    list_filter = [("state", ChoicesDropdownFilter), "notice_needed", PlaceDistrictFilter]
    found_by = staticmethod(lambda words: Q(document__startswith=words))
    found_with = ["neighbourhood"]
    fields = [*list_display, "menu_edition", "based_on", "reason", "document", "digest", "notice_needed", "frozen_by"]


@admin.register(PlanItem)
class PlanItemAdmin(WorksAdmin):
    place = "plan__neighbourhood"
    list_display = ["plan", "menu_item", "quantity", "unit_price", "amount"]
    list_select_related = ["plan__neighbourhood", "menu_item"]
    list_filter = [("menu_item", AutocompleteSelectFilter), PlaceDistrictFilter]
    search_fields = [*by_place("plan__neighbourhood"), "menu_item__code__startswith"]
    fields = [*list_display, "contractor", "starts_on", "ends_on", "note", "created_at", "updated_at"]


@admin.register(FundingShare)
class FundingShareAdmin(WorksAdmin):
    place = "plan_item__plan__neighbourhood"
    list_display = ["plan_item", "source", "weight", "planned"]
    list_select_related = ["plan_item__menu_item", "source"]
    list_filter = [PlaceDistrictFilter]
    search_fields = by_place("plan_item__plan__neighbourhood")
    fields = list_display


@admin.register(HouseholdShare)
class HouseholdShareAdmin(WorksAdmin):
    """By source, never by door, and for administrators alone: who pays what is for those who keep contributions."""

    act = None
    place = "plan__neighbourhood"
    list_display = ["plan", "source", "amount"]
    list_select_related = ["plan__neighbourhood", "source"]
    list_filter = [PlaceDistrictFilter]
    search_fields = by_place("plan__neighbourhood")
    fields = list_display
