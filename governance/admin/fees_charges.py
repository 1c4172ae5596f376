"""What is charged, to whom, and who is let off, to read; who owes is masked."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter

from accounts.choices import Act
from governance.admin.base import GovernanceAdmin
from governance.models import FeeAccount, FeeLiability, FeeReduction, FeeSchedule
from governance.permissions.fees import debtor_name
from renovation.back_office import PlaceDistrictFilter
from renovation.rules.masking import mask_name, mask_phone


class FeeAdmin(GovernanceAdmin):
    """Rows of a neighbourhood's fees."""

    act = Act.FEES


@admin.register(FeeSchedule)
class FeeScheduleAdmin(FeeAdmin):
    list_display = ["neighbourhood", "kind", "name", "basis", "unit_price", "valid_from", "valid_to", "billed_at"]
    list_filter = [
        ("kind", ChoicesDropdownFilter),
        ("basis", ChoicesDropdownFilter),
        PlaceDistrictFilter,
        ("valid_from", RangeDateFilter),
    ]
    search_fields = [*FeeAdmin.search_fields, "document__startswith"]
    fields = [
        *list_display,
        "uses",
        "space_ownerships",
        "vacant_share",
        "late_charge_daily",
        "due_days",
        "free_minutes",
        "daily_cap",
        "document",
        "created_at",
        "updated_at",
    ]


@admin.register(FeeLiability)
class FeeLiabilityAdmin(FeeAdmin):
    list_display = ["neighbourhood", "household", "masked_tenant", "starts_on", "ends_on"]
    list_select_related = ["neighbourhood", "household"]
    list_filter = [PlaceDistrictFilter, ("starts_on", RangeDateFilter)]
    fields = [*list_display, "masked_number", "document", "created_at", "updated_at"]
    readonly_fields = ["masked_tenant", "masked_number"]

    @admin.display(description=FeeLiability._meta.get_field("name").verbose_name)
    def masked_tenant(self, obj: FeeLiability) -> str:
        return mask_name(obj.name)

    @admin.display(description=FeeLiability._meta.get_field("phone").verbose_name)
    def masked_number(self, obj: FeeLiability) -> str:
        return mask_phone(obj.phone)


@admin.register(FeeReduction)
class FeeReductionAdmin(FeeAdmin):
    act = Act.FEE_REDUCTIONS
    list_display = ["neighbourhood", "household", "kind", "reason", "share", "from_month", "to_month", "state"]
    list_select_related = ["neighbourhood", "household"]
    list_filter = [
        ("state", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        ("reason", ChoicesDropdownFilter),
        PlaceDistrictFilter,
    ]
    fields = [
        *list_display,
        "document",
        "proposed_by",
        "decided_by",
        "decided_at",
        "created_at",
        "updated_at",
    ]


@admin.register(FeeAccount)
class FeeAccountAdmin(FeeAdmin):
    list_display = ["neighbourhood", "household", "debtor_kind", "masked_debtor", "credit"]
    list_select_related = ["neighbourhood", "household"]
    list_filter: Sequence[Any] = [("debtor_kind", ChoicesDropdownFilter), PlaceDistrictFilter]
    fields = [*list_display, "owner", "liability", "created_at", "updated_at"]
    readonly_fields = ["masked_debtor"]

    @admin.display(description=FeeAccount._meta.get_field("name").verbose_name)
    def masked_debtor(self, obj: FeeAccount) -> str:
        return debtor_name(obj, named=False)
