"""Bodies, their members and who manages, to read: they are kept on the pages of their neighbourhood."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter

from governance.admin.base import GovernanceAdmin
from governance.models import Body, Management, Membership
from renovation.back_office import PlaceDistrictFilter, by_place


@admin.register(Body)
class BodyAdmin(GovernanceAdmin):
    list_display = ["neighbourhood", "kind", "name", "founded_on", "filed_on", "term_ends_on", "ended_on"]
    list_filter = [("kind", ChoicesDropdownFilter), PlaceDistrictFilter, ("term_ends_on", RangeDateFilter)]
    search_fields = [*by_place("neighbourhood"), "name"]
    search_help_text = _("By neighbourhood, or by the name of the body.")
    fields = [
        *list_display,
        "purpose",
        "document",
        "elected_by",
        "filed_with",
        "filing_document",
        "term_starts_on",
        "contract_document",
        "end_reason",
        "created_at",
        "updated_at",
    ]


@admin.register(Membership)
class MembershipAdmin(GovernanceAdmin):
    place = "body__neighbourhood"
    list_display = ["masked_name", "body", "role", "post", "starts_on", "ends_on"]
    list_select_related = ["body"]
    list_filter = [("role", ChoicesDropdownFilter), PlaceDistrictFilter, ("starts_on", RangeDateFilter)]
    search_fields = [*by_place("body__neighbourhood"), "body__name"]
    search_help_text = _("By neighbourhood, or by the name of the body.")
    fields = [*list_display, "masked_phone", "end_reason", "created_at", "updated_at"]

    @admin.display(description=_("name"))
    def masked_name(self, membership: Membership) -> str:
        return membership.masked_name

    @admin.display(description=_("phone"))
    def masked_phone(self, membership: Membership) -> str:
        return membership.masked_phone


@admin.register(Management)
class ManagementAdmin(GovernanceAdmin):
    list_display = ["neighbourhood", "mode", "body", "starts_on", "ends_on"]
    list_select_related = ["neighbourhood", "body"]
    list_filter = [("mode", ChoicesDropdownFilter), PlaceDistrictFilter, ("starts_on", RangeDateFilter)]
    fields = [*list_display, "vote", "document", "fee_standard", "created_at", "updated_at"]
