"""Conventions, their versions and signatures, to read; who signed is masked."""

from django.contrib import admin
from django.db.models import Q
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter

from accounts.back_office.search import is_code
from governance.admin.base import GovernanceAdmin
from governance.models import Convention, ConventionSignature, ConventionVersion
from renovation.back_office import PlaceDistrictFilter, by_place


@admin.register(Convention)
class ConventionAdmin(GovernanceAdmin):
    list_display = ["neighbourhood", "kind", "title", "stairwell"]
    list_select_related = ["neighbourhood", "stairwell"]
    list_filter = [("kind", ChoicesDropdownFilter), PlaceDistrictFilter]
    found_by = staticmethod(lambda words: None if is_code(words) else Q(title__startswith=words))
    found_with = ["neighbourhood"]
    search_fields = by_place("neighbourhood")
    fields = [*list_display, "created_at", "updated_at"]

    def found_as(self, obj: Convention) -> str:
        return f"{obj.title} · {obj.neighbourhood}"


@admin.register(ConventionVersion)
class ConventionVersionAdmin(GovernanceAdmin):
    place = "convention__neighbourhood"
    list_display = ["convention", "number", "state", "adopted_on", "filed_on"]
    list_select_related = ["convention"]
    list_filter = [
        ("state", ChoicesDropdownFilter),
        ("convention__kind", ChoicesDropdownFilter),
        PlaceDistrictFilter,
        ("adopted_on", RangeDateFilter),
    ]
    search_fields = by_place("convention__neighbourhood")
    fields = [
        *list_display,
        "text",
        "digest",
        "needed_share",
        "vote",
        "document",
        "filed_with",
        "ended_on",
        "end_reason",
        "created_at",
        "updated_at",
    ]


@admin.register(ConventionSignature)
class ConventionSignatureAdmin(GovernanceAdmin):
    act = None
    """Who signed is for who does signatures there: auditors read totals."""

    place = "household__neighbourhood"
    list_display = ["masked_name", "convention_version", "household", "respondent", "form", "signed_on"]
    list_select_related = ["convention_version__convention", "household"]
    list_filter = [("form", ChoicesDropdownFilter), PlaceDistrictFilter, ("signed_on", RangeDateFilter)]
    search_fields = by_place("household__neighbourhood")
    fields = [*list_display, "withdraws", "client_id", "at", "by"]
    readonly_fields = ["masked_name"]

    @admin.display(description=ConventionSignature._meta.get_field("signer").verbose_name)
    def masked_name(self, obj: ConventionSignature) -> str:
        return obj.masked_name
