"""What the lifecycle keeps of a neighbourhood, to read."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    RangeDateTimeFilter,
)

from accounts.back_office.admins import BackOfficeAdmin
from accounts.back_office.history import as_json
from accounts.back_office.lists import SinceFilter
from accounts.choices import Act
from renovation.back_office import NeighbourhoodDistrictFilter
from renovation.models import (
    Evidence,
    GuardOverride,
    StageChange,
)


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
    list_filter = [("to_stage", ChoicesDropdownFilter), SinceFilter, NeighbourhoodDistrictFilter]
    since = "requested_at"
    fields = [*list_display, "confirmed_at", "reason", "document"]
