"""Common purses, what was published, and the nightly audits, to read."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter, RangeDateTimeFilter

from accounts.back_office.admins import BackOfficeAdmin
from accounts.back_office.history import as_json
from accounts.choices import Act
from accounts.models import User
from governance.admin.base import GovernanceAdmin
from governance.models import Disclosure, FeeAudit, PurseEntry
from governance.querysets.fees import bill_reach
from governance.reports.fees.audit_words import CHECK_WORDS
from renovation.back_office import PlaceDistrictFilter, by_place
from renovation.querysets import neighbourhoods_within


@admin.register(PurseEntry)
class PurseEntryAdmin(GovernanceAdmin):
    act = Act.FEES
    list_display = ["neighbourhood", "purse", "source", "amount", "booked_on", "document"]
    list_filter = [
        ("purse", ChoicesDropdownFilter),
        ("source", ChoicesDropdownFilter),
        PlaceDistrictFilter,
        ("booked_on", RangeDateFilter),
    ]
    search_fields = [*by_place("neighbourhood"), "document__startswith"]
    fields = [*list_display, "note", "reverses", "created_at", "by"]


@admin.register(Disclosure)
class DisclosureAdmin(GovernanceAdmin):
    act = Act.FEES
    list_display = ["neighbourhood", "period", "published_at", "posted_at_place", "corrects"]
    list_select_related = ["neighbourhood", "corrects__neighbourhood"]
    list_filter = [PlaceDistrictFilter, ("published_at", RangeDateTimeFilter)]
    search_fields = [*by_place("neighbourhood"), "period__startswith"]
    fields = [*list_display, "starts_on", "ends_on", "published", "digest", "by"]
    readonly_fields = ["published"]

    def visible_rows(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        """Published as they are, they are found here by place, as all else is."""
        return rows.filter(neighbourhoods_within(bill_reach(user), "neighbourhood__"))

    @admin.display(description=Disclosure._meta.get_field("figures").verbose_name)
    def published(self, obj: Disclosure) -> str:
        return as_json(obj.figures)


@admin.register(FeeAudit)
class FeeAuditAdmin(BackOfficeAdmin):
    """That the book was proved, and over how many rows. What was found is read where one may read the place."""

    act = Act.FEES
    list_display = ["day", "started_at", "finished_at", "key_id"]
    list_filter = [("finished_at", RangeDateTimeFilter)]
    search_fields = ["digest__startswith"]
    search_help_text = _("By the beginning of the digest.")
    ordering = ["-id"]
    fields = [*list_display, "looked_at", "digest", "signed"]
    readonly_fields = ["looked_at", "signed"]

    @admin.display(description=FeeAudit._meta.get_field("checks").verbose_name)
    def looked_at(self, obj: FeeAudit) -> str:
        return as_json({str(CHECK_WORDS.get(check["code"], check["code"])): check["looked_at"] for check in obj.checks})

    @admin.display(description=FeeAudit._meta.get_field("signature").verbose_name)
    def signed(self, obj: FeeAudit) -> str:
        return bytes(obj.signature).hex()
