"""Billing runs, bills and closed months with their tallies, to read; who owes is masked."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter

from accounts.back_office.history import as_json
from accounts.back_office.search import number_of
from accounts.choices import Act
from governance.admin.base import GovernanceAdmin
from governance.admin.fees_charges import FeeAdmin
from governance.models import Bill, BilledTally, BillingRun, FeeAccount, MonthClosing, SettledTally
from governance.permissions.fees import debtor_name
from governance.reports.fees.bills import bill_lines
from renovation.back_office import DistrictFilter, PlaceDistrictFilter


@admin.register(BillingRun)
class BillingRunAdmin(GovernanceAdmin):
    act = Act.FEES
    list_display = ["community_code", "neighbourhood", "kind", "period", "mode", "status", "bill_count", "total"]
    list_filter = [
        ("kind", ChoicesDropdownFilter),
        ("mode", ChoicesDropdownFilter),
        ("status", ChoicesDropdownFilter),
        DistrictFilter,
    ]
    search_fields = ["community_code__startswith", "period__startswith"]
    search_help_text = _("By code or period.")
    fields = [
        *list_display,
        "reduction_total",
        "already_billed",
        "counted",
        "by",
        "started_at",
        "finished_at",
        "error",
        "created_at",
    ]
    readonly_fields = ["counted"]

    @admin.display(description=BillingRun._meta.get_field("exception_counts").verbose_name)
    def counted(self, obj: BillingRun) -> str:
        return as_json(obj.exception_counts)


@admin.register(Bill)
class BillAdmin(FeeAdmin):
    list_display = ["neighbourhood", "household", "kind", "charge", "period", "amount", "settled", "state", "due_on"]
    list_select_related = ["neighbourhood", "household"]
    list_filter = [
        ("kind", ChoicesDropdownFilter),
        ("state", ChoicesDropdownFilter),
        PlaceDistrictFilter,
        ("due_on", RangeDateFilter),
    ]
    search_fields = [*FeeAdmin.search_fields, "period__startswith"]
    search_help_text = _("By neighbourhood or period.")
    found_by = staticmethod(lambda words: None if (number := number_of(words)) is None else Q(pk=number))
    found_with = ["neighbourhood"]
    fields = [
        *list_display,
        "starts_on",
        "ends_on",
        "reduction",
        "masked_debtor",
        "told",
        "run",
        "late_for",
        "replaces",
        "voided_at",
        "voided_by",
        "void_reason",
        "created_at",
        "updated_at",
    ]
    readonly_fields = ["masked_debtor", "told"]

    def found_as(self, obj: Bill) -> str:
        return f"{obj.pk} · {obj} · {obj.neighbourhood}"

    @admin.display(description=FeeAccount._meta.get_field("name").verbose_name)
    def masked_debtor(self, obj: Bill) -> str:
        return debtor_name(obj.account, named=False)

    @admin.display(description=Bill._meta.get_field("lines").verbose_name)
    def told(self, obj: Bill) -> str:
        return "\n".join(f"{line.text}: {line.amount}" for line in bill_lines(obj))


@admin.register(MonthClosing)
class MonthClosingAdmin(FeeAdmin):
    list_display = ["neighbourhood", "month", "closed_at", "closed_by", "reopened_at"]
    list_select_related = ["neighbourhood", "closed_by"]
    list_filter: Sequence[Any] = [PlaceDistrictFilter, ("month", RangeDateFilter)]
    fields = [*list_display, "figures", "digest", "reopened_by", "reopen_reason"]
    readonly_fields = ["figures"]

    @admin.display(description=MonthClosing._meta.get_field("totals").verbose_name)
    def figures(self, obj: MonthClosing) -> str:
        return as_json(obj.totals)


@admin.register(BilledTally)
class BilledTallyAdmin(FeeAdmin):
    list_display = ["neighbourhood", "kind", "starts_on", "ends_on", "bill_count", "amount", "reduction"]
    list_filter: Sequence[Any] = [
        ("kind", ChoicesDropdownFilter),
        PlaceDistrictFilter,
        ("starts_on", RangeDateFilter),
    ]
    fields = list_display


@admin.register(SettledTally)
class SettledTallyAdmin(FeeAdmin):
    list_display = ["neighbourhood", "kind", "starts_on", "ends_on", "day", "amount"]
    list_filter: Sequence[Any] = [("kind", ChoicesDropdownFilter), PlaceDistrictFilter, ("day", RangeDateFilter)]
    fields = list_display
