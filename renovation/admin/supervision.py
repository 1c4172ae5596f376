"""Site reports, defects and photos, to read; without the names of who looked."""

from django.contrib import admin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter

from accounts.choices import Act
from renovation.admin.base import WorksAdmin
from renovation.back_office import PlaceDistrictFilter, by_place
from renovation.models import Defect, DefectEvent, SitePhoto, SiteReport


class OnSiteAdmin(WorksAdmin):
    act = Act.SITE_REPORTS


@admin.register(SiteReport)
class SiteReportAdmin(OnSiteAdmin):
    list_display = ["neighbourhood", "reporter", "reported_on", "package"]
    list_select_related = ["neighbourhood", "package"]
    list_filter = [("reporter", ChoicesDropdownFilter), PlaceDistrictFilter, ("reported_on", RangeDateFilter)]
    fields = [*list_display, "building", "text", "recorded_at", "recorded_by"]


@admin.register(Defect)
class DefectAdmin(OnSiteAdmin):
    list_display = ["neighbourhood", "text", "severity", "state", "found_on", "due_on", "after_acceptance"]
    list_filter = [
        ("state", ChoicesDropdownFilter),
        ("severity", ChoicesDropdownFilter),
        "after_acceptance",
        PlaceDistrictFilter,
    ]
    search_fields = [*by_place("neighbourhood"), "contractor__startswith"]
    fields = [*list_display, "package", "menu_item", "building", "contractor", "report", "created_at", "updated_at"]


@admin.register(DefectEvent)
class DefectEventAdmin(OnSiteAdmin):
    place = "defect__neighbourhood"
    list_display = ["defect", "act", "done_on", "by"]
    list_select_related = ["defect", "by"]
    list_filter = [("act", ChoicesDropdownFilter), PlaceDistrictFilter]
    search_fields = by_place("defect__neighbourhood")
    fields = [*list_display, "note", "at"]


@admin.register(SitePhoto)
class SitePhotoAdmin(OnSiteAdmin):
    list_display = ["neighbourhood", "phase", "caption", "taken_on", "is_published"]
    list_filter = [("phase", ChoicesDropdownFilter), "is_published", PlaceDistrictFilter]
    fields = [*list_display, "report", "defect", "menu_item", "recorded_at", "recorded_by"]
