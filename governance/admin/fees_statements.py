"""Money by file and by code, to read: statements, their lines, accounts with providers, orders and notifications."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter, RangeDateTimeFilter

from accounts.choices import Act
from governance.admin.base import GovernanceAdmin
from governance.models import PaymentChannel, PaymentOrder, ProviderNotice, Statement, StatementLine
from renovation.back_office import PlaceDistrictFilter, by_place
from renovation.rules.masking import mask_name


class ArrivalAdmin(GovernanceAdmin):
    act = Act.FEES


@admin.register(Statement)
class StatementAdmin(ArrivalAdmin):
    list_display = ["file_name", "neighbourhood", "source", "line_count", "total", "created_at"]
    list_filter = [("source", ChoicesDropdownFilter), PlaceDistrictFilter, ("created_at", RangeDateTimeFilter)]
    fields = [*list_display, "sha256", "by", "updated_at"]


@admin.register(StatementLine)
class StatementLineAdmin(ArrivalAdmin):
    """Remarks hold names in any form, and are left out."""

    place = "statement__neighbourhood"
    list_display = ["reference", "statement", "received_at", "amount", "masked_payer", "state"]
    list_select_related = ["statement__neighbourhood"]
    list_filter = [("state", ChoicesDropdownFilter), PlaceDistrictFilter, ("received_at", RangeDateTimeFilter)]
    search_fields = [*by_place("statement__neighbourhood"), "reference__startswith"]
    fields = [*list_display, "row", "payment", "reason", "created_at", "updated_at"]
    readonly_fields = ["masked_payer"]

    @admin.display(description=StatementLine._meta.get_field("payer").verbose_name)
    def masked_payer(self, obj: StatementLine) -> str:
        return mask_name(obj.payer)


@admin.register(PaymentChannel)
class PaymentChannelAdmin(ArrivalAdmin):
    """Their keys are shown to nobody."""

    list_display = ["provider", "neighbourhood", "merchant", "app", "ended_at"]
    list_filter: Sequence[Any] = [("provider", ChoicesDropdownFilter), PlaceDistrictFilter]
    search_fields = [*by_place("neighbourhood"), "merchant__startswith"]
    fields = [*list_display, "created_at", "updated_at"]


@admin.register(PaymentOrder)
class PaymentOrderAdmin(ArrivalAdmin):
    list_display = ["number", "neighbourhood", "channel", "amount", "state", "created_at"]
    list_select_related = ["neighbourhood", "channel"]
    list_filter = [("state", ChoicesDropdownFilter), PlaceDistrictFilter, ("created_at", RangeDateTimeFilter)]
    search_fields = [*by_place("neighbourhood"), "number__startswith"]
    fields = [*list_display, "account", "bills", "payment", "expires_at", "by", "updated_at"]


@admin.register(ProviderNotice)
class ProviderNoticeAdmin(ArrivalAdmin):
    place = "channel__neighbourhood"
    list_display = ["transaction", "channel", "order_number", "amount", "outcome", "received_at"]
    list_select_related = ["channel__neighbourhood"]
    list_filter = [("outcome", ChoicesDropdownFilter), PlaceDistrictFilter, ("received_at", RangeDateFilter)]
    search_fields = [*by_place("channel__neighbourhood"), "transaction__startswith", "order_number__startswith"]
    fields = [*list_display, "payment", "body_sha256"]
