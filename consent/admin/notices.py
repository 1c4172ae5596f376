"""Notices and objections, to read; who objected is not shown."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter

from accounts.back_office.admins import BackOfficeAdmin
from accounts.choices import Act
from consent.models import Objection, PublicNotice
from renovation.back_office import PlaceDistrictFilter, by_place


class NoticeBoardAdmin(BackOfficeAdmin):
    """`place` leads from a row to its neighbourhood."""

    act = Act.SURVEYS
    place = "neighbourhood"
    search_help_text = _("By neighbourhood.")
    ordering = ["-id"]


@admin.register(PublicNotice)
class PublicNoticeAdmin(NoticeBoardAdmin):
    list_display = ["title", "kind", "neighbourhood", "posted_on", "ends_on", "state"]
    list_select_related = ["neighbourhood"]
    list_filter = [
        ("kind", ChoicesDropdownFilter),
        ("state", ChoicesDropdownFilter),
        PlaceDistrictFilter,
        ("ends_on", RangeDateFilter),
    ]
    search_fields = [*by_place("neighbourhood"), "title"]
    fields = [
        *list_display, "text", "survey", "plan", "tree_head", "replaces", "place", "posted_by", "closed_at",
        "closed_by", "closing_note", "created_at", "updated_at",
    ]  # fmt: skip


@admin.register(Objection)
class ObjectionAdmin(NoticeBoardAdmin):
    place = "notice__neighbourhood"
    list_display = ["notice", "raised_on", "state", "answered_on"]
    list_select_related = ["notice"]
    list_filter = [("state", ChoicesDropdownFilter), PlaceDistrictFilter, ("raised_on", RangeDateFilter)]
    search_fields = by_place("notice__neighbourhood")
    fields = [*list_display, "text", "answer", "answered_by", "recorded_by", "created_at", "updated_at"]
