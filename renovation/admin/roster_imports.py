"""What was imported, by figures: never the values, which are the roster's."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    RangeDateTimeFilter,
)

from accounts.back_office.admins import BackOfficeAdmin
from accounts.back_office.history import as_json
from accounts.back_office.lists import TerritoryFilter
from renovation.back_office import DistrictFilter
from renovation.models import (
    RosterBeforeImage,
    RosterImport,
    RosterMapping,
    RosterProblem,
    RosterTouch,
)


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
