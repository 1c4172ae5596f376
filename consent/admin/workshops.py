"""Workshops, what came of them, and how residents were told, to read; who came is not shown by name."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter

from accounts.back_office.admins import BackOfficeAdmin
from accounts.choices import Act
from consent.models import Announcement, Workshop, WorkshopAttendance, WorkshopDecision, WorkshopTask
from renovation.back_office import PlaceDistrictFilter, by_place


class MeetingAdmin(BackOfficeAdmin):
    """`place` leads from a row to its neighbourhood."""

    act = Act.WORKSHOPS
    place = "workshop__neighbourhood"
    search_help_text = _("By neighbourhood.")
    search_fields = by_place("workshop__neighbourhood")
    ordering = ["-id"]


@admin.register(Workshop)
class WorkshopAdmin(MeetingAdmin):
    place = "neighbourhood"
    list_display = ["title", "kind", "neighbourhood", "held_on", "state"]
    list_select_related = ["neighbourhood"]
    list_filter = [
        ("kind", ChoicesDropdownFilter),
        ("state", ChoicesDropdownFilter),
        PlaceDistrictFilter,
        ("held_on", RangeDateFilter),
    ]
    search_fields = [*by_place("neighbourhood"), "title"]
    fields = [*list_display, "place", "convened_by", "agenda", "summary", "created_at", "updated_at"]


@admin.register(WorkshopAttendance)
class WorkshopAttendanceAdmin(MeetingAdmin):
    list_display = ["workshop", "role", "at"]
    list_select_related = ["workshop"]
    list_filter = [("role", ChoicesDropdownFilter), PlaceDistrictFilter]
    fields = list_display


@admin.register(WorkshopDecision)
class WorkshopDecisionAdmin(MeetingAdmin):
    list_display = ["workshop", "text", "outcome", "votes_for", "votes_against"]
    list_select_related = ["workshop"]
    list_filter = [("outcome", ChoicesDropdownFilter), PlaceDistrictFilter]
    fields = [*list_display, "at", "by"]


@admin.register(WorkshopTask)
class WorkshopTaskAdmin(MeetingAdmin):
    list_display = ["workshop", "text", "due_on", "state", "done_on"]
    list_select_related = ["workshop"]
    list_filter = [("state", ChoicesDropdownFilter), PlaceDistrictFilter, ("due_on", RangeDateFilter)]
    fields = [*list_display, "note", "created_at", "updated_at"]


@admin.register(Announcement)
class AnnouncementAdmin(MeetingAdmin):
    place = "neighbourhood"
    list_display = ["neighbourhood", "channel", "told_on", "workshop", "notice", "vote"]
    list_select_related = ["neighbourhood", "workshop", "notice", "vote"]
    list_filter = [("channel", ChoicesDropdownFilter), PlaceDistrictFilter, ("told_on", RangeDateFilter)]
    search_fields = by_place("neighbourhood")
    fields = [*list_display, "place", "reached", "text", "at", "by"]
