"""Party members, their areas, reports and points. Membership is sensitive: these lists are for administrators alone,
without a name beside what would tell whose it is. The rules of points are reference data and kept here.
"""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter

from accounts.back_office.admins import caller
from accounts.back_office.bulk_edit import BulkEdit
from accounts.back_office.lists import InForceTodayFilter
from accounts.choices import Act
from governance.admin.base import GovernanceAdmin
from governance.admin.importing import PointRuleLines
from governance.models import MemberReport, PartyMember, PointEntry, PointRule, ResponsibilityArea, ServiceRecord
from governance.services.points import end_rule, set_rule
from renovation.back_office import InDivisionAdmin, PlaceDistrictFilter, by_place


class PartyAdmin(GovernanceAdmin):
    """For administrators alone: an auditor reads totals."""

    act = None


@admin.register(PartyMember)
class PartyMemberAdmin(PartyAdmin):
    list_display = ["masked_name", "neighbourhood", "check_in", "checked_in_on", "ended_on"]
    list_filter = [("check_in", ChoicesDropdownFilter), PlaceDistrictFilter, ("checked_in_on", RangeDateFilter)]
    fields = [*list_display, "created_at", "updated_at"]

    @admin.display(description=pgettext_lazy("of a person", "name"))
    def masked_name(self, member: PartyMember) -> str:
        return str(member)


@admin.register(ResponsibilityArea)
class ResponsibilityAreaAdmin(PartyAdmin):
    place = "member__neighbourhood"
    list_display = ["building", "stairwell", "duty", "shown_with_consent_on", "starts_on", "ends_on"]
    list_select_related = ["building", "stairwell"]
    list_filter = [PlaceDistrictFilter, ("starts_on", RangeDateFilter)]
    search_fields = by_place("member__neighbourhood")
    fields = [*list_display, "created_at", "updated_at"]


@admin.register(MemberReport)
class MemberReportAdmin(PartyAdmin):
    list_display = ["neighbourhood", "period", "work_unit", "reported_on", "at"]
    list_filter = [PlaceDistrictFilter, ("reported_on", RangeDateFilter)]
    fields = [*list_display, "by"]


@admin.register(ServiceRecord)
class ServiceRecordAdmin(PartyAdmin):
    place = "member__neighbourhood"
    list_display = ["rule", "done_on", "points", "state", "decided_at"]
    list_select_related = ["rule"]
    list_filter = [("state", ChoicesDropdownFilter), PlaceDistrictFilter, ("done_on", RangeDateFilter)]
    search_fields = by_place("member__neighbourhood")
    fields = [*list_display, "proposed_by", "decided_by", "created_at", "updated_at"]


@admin.register(PointEntry)
class PointEntryAdmin(PartyAdmin):
    place = "record__member__neighbourhood"
    list_display = ["points", "at", "by"]
    list_select_related = ["by"]
    list_filter = [PlaceDistrictFilter]
    search_fields = by_place("record__member__neighbourhood")
    fields = list_display


class PointRuleForm(forms.ModelForm):
    class Meta:
        model = PointRule
        fields = ["division", "code", "name", "points", "document", "valid_from", "valid_to"]
        help_texts = {
            "division": _("The rule holds here and below, unless a division further down has one of this code."),
            "code": _("A later rule of the same code takes the place of the one before it."),
        }


@admin.register(PointRule)
class PointRuleAdmin(BulkEdit, InDivisionAdmin):
    """A rule is never changed, since points were given by it: a later one takes its place, or it gets an end."""

    act = Act.PARTY_POINTS
    is_reference = True
    line_resource = PointRuleLines
    form = PointRuleForm
    list_display = ["division", "code", "name", "points", "valid_from", "valid_to"]
    list_select_related = ["division"]
    list_filter = [("division__level", ChoicesDropdownFilter), InForceTodayFilter, ("valid_from", RangeDateFilter)]
    search_fields = ["division__name", "division__code__startswith", "name"]
    ordering = ["division__code", "code", "-valid_from"]
    autocomplete_fields = ["division"]
    bulk_fields = ["valid_to"]
    fields = ["division", "code", "name", "points", "document", "valid_from", "valid_to"]

    def found_as(self, obj: PointRule) -> str:
        return f"{obj.division} · {obj}"

    def get_readonly_fields(self, request: HttpRequest, obj: PointRule | None = None) -> Sequence[str]:
        return ["valid_to"] if obj is None else [name for name in self.fields if name != "valid_to"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_write(request, obj) and (obj is None or obj.valid_to is None)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_write(request, obj) and (obj is None or not obj.services.exists())

    def save_model(self, request: HttpRequest, obj: PointRule, form: Any, change: bool) -> None:
        if not change:
            obj.pk = set_rule(**form.cleaned_data, by=caller(request)).pk
        elif (valid_to := form.cleaned_data.get("valid_to")) is not None:
            obj.version = end_rule(rule=obj, valid_to=valid_to, by=caller(request)).version

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The service has written it down."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The service has written it down."""
