"""Tours, findings, tasks and their steps, to read; who reported a task, masked."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter

from accounts.choices import Act
from governance.admin.base import GovernanceAdmin
from governance.models import Finding, Inspection, TaskEvent, UpkeepTask
from renovation.back_office import PlaceDistrictFilter, by_place
from renovation.rules.masking import mask_name, mask_phone


class UpkeepAdmin(GovernanceAdmin):
    act = Act.UPKEEP


@admin.register(Inspection)
class InspectionAdmin(UpkeepAdmin):
    list_display = ["neighbourhood", "title", "held_on", "body", "state"]
    list_select_related = ["neighbourhood", "body"]
    list_filter = [("state", ChoicesDropdownFilter), PlaceDistrictFilter, ("held_on", RangeDateFilter)]
    fields = [*list_display, "route", "party", "created_at", "updated_at"]


@admin.register(Finding)
class FindingAdmin(UpkeepAdmin):
    place = "inspection__neighbourhood"
    list_display = ["inspection", "criterion", "severity", "building", "stairwell", "text"]
    list_select_related = ["inspection", "building", "stairwell"]
    list_filter = [("criterion", ChoicesDropdownFilter), ("severity", ChoicesDropdownFilter), PlaceDistrictFilter]
    search_fields = by_place("inspection__neighbourhood")
    fields = [*list_display, "at", "by"]


@admin.register(UpkeepTask)
class UpkeepTaskAdmin(UpkeepAdmin):
    list_display = ["neighbourhood", "text", "origin", "is_safety", "state", "reported_on", "due_on", "body"]
    list_select_related = ["neighbourhood", "body"]
    list_filter = [
        ("state", ChoicesDropdownFilter),
        ("origin", ChoicesDropdownFilter),
        "is_safety",
        PlaceDistrictFilter,
        ("reported_on", RangeDateFilter),
    ]
    fields = [
        *list_display,
        "finding",
        "building",
        "stairwell",
        "place",
        "masked_reporter",
        "masked_phone",
        "done_on",
        "note",
        "created_at",
        "updated_at",
    ]

    @admin.display(description=_("reported by"))
    def masked_reporter(self, task: UpkeepTask) -> str:
        return mask_name(task.reporter_name)

    @admin.display(description=_("phone of who reported it"))
    def masked_phone(self, task: UpkeepTask) -> str:
        return mask_phone(task.reporter_phone)


@admin.register(TaskEvent)
class TaskEventAdmin(UpkeepAdmin):
    place = "task__neighbourhood"
    list_display = ["task", "act", "done_on", "by"]
    list_select_related = ["task", "by"]
    list_filter = [("act", ChoicesDropdownFilter), PlaceDistrictFilter]
    search_fields = by_place("task__neighbourhood")
    fields = [*list_display, "note", "at"]
