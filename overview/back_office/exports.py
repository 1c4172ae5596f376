"""Exports, views and weekly sheets, to read: who asked for what, and what became of it. Not their filters, in which a
name may stand, and not their files, which only who asked may fetch. Administrators alone.
"""

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter

from accounts.back_office.admins import BackOfficeAdmin
from accounts.back_office.search import number_of
from overview.models import Export, SavedView, WeeklySheet

BY_PERSON = ["by__username__startswith", "by__display_name__startswith"]
OF_VIEW = ["view__user__username__startswith", "view__user__display_name__startswith"]


@admin.register(Export)
class ExportAdmin(BackOfficeAdmin):
    list_display = ["subject", "format", "state", "by", "rows_done", "created_at"]
    list_filter = [
        ("state", ChoicesDropdownFilter),
        ("format", ChoicesDropdownFilter),
        ("created_at", RangeDateTimeFilter),
    ]
    list_select_related = ["by"]
    search_fields = ["subject__startswith", *BY_PERSON]
    search_help_text = _("By what was asked for, or who asked.")
    ordering = ["-id"]
    found_by = staticmethod(lambda words: None if (number := number_of(words)) is None else Q(pk=number))
    fields = [
        *("subject", "format", "language", "by", "reason", "areas", "community_code", "neighbourhood_code"),
        *("state", "error", "attempts", "rows_done", "rows_total", "size", "sha256"),
        *("created_at", "started_at", "finished_at", "expires_at", "weekly", "due_at", "mailed_at"),
    ]

    def found_as(self, obj: Export) -> str:
        return f"{obj.pk} · {obj}"


@admin.register(SavedView)
class SavedViewAdmin(BackOfficeAdmin):
    list_display = ["name", "sheet", "user", "created_at"]
    list_filter = [("created_at", RangeDateTimeFilter)]
    list_select_related = ["user"]
    search_fields = ["sheet__startswith", "user__username__startswith", "user__display_name__startswith"]
    search_help_text = _("By sheet or person.")
    ordering = ["-id"]
    fields = [*list_display, "updated_at"]


@admin.register(WeeklySheet)
class WeeklySheetAdmin(BackOfficeAdmin):
    list_display = ["view", "weekday", "hour", "format", "last_due_at"]
    list_filter = [("weekday", ChoicesDropdownFilter), ("format", ChoicesDropdownFilter)]
    list_select_related = ["view__user"]
    search_fields = OF_VIEW
    search_help_text = _("By person.")
    ordering = ["-id"]
    fields: Any = [*list_display, "language", "starts_at", "created_at", "updated_at"]
