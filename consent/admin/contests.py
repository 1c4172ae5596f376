"""Contested answers, to read: which entry and what came of it. What a household wrote and its phone are not shown."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, RangeDateTimeFilter

from accounts.back_office.admins import BackOfficeAdmin
from consent.models import ReceiptContest
from renovation.back_office import SurveyDistrictFilter


@admin.register(ReceiptContest)
class ReceiptContestAdmin(BackOfficeAdmin):
    """For administrators alone: auditors have the totals."""

    list_display = ["survey", "visit", "state", "raised_at", "answered_at"]
    list_select_related = ["survey", "visit__survey"]
    list_filter = [
        ("survey", AutocompleteSelectFilter),
        SurveyDistrictFilter,
        ("state", ChoicesDropdownFilter),
        ("raised_at", RangeDateTimeFilter),
    ]
    search_fields = ["survey__title", "survey__neighbourhood__name", "survey__neighbourhood__code__startswith"]
    search_help_text = _("By survey or by neighbourhood.")
    ordering = ["-id"]
    fields = [
        "survey", "visit", "raised_at", "has_phone", "state", "correction", "answered_at", "answered_by", "created_at",
        "updated_at",
    ]  # fmt: skip
    readonly_fields = ["has_phone"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("text")

    @admin.display(description=_("phone, to be erased"), boolean=True)
    def has_phone(self, obj: ReceiptContest) -> bool:
        return obj.phone is not None
