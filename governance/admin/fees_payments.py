"""Payments, what was taken back or paid back, and where money went, to read."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter

from accounts.choices import Act
from governance.admin.base import GovernanceAdmin
from governance.models import Allocation, Payment, PaymentReversal, Refund
from renovation.back_office import PlaceDistrictFilter, by_place


class MoneyAdmin(GovernanceAdmin):
    act = Act.FEES


@admin.register(Payment)
class PaymentAdmin(MoneyAdmin):
    list_display = ["receipt_number", "neighbourhood", "household", "amount", "method", "reference", "booked_on"]
    list_select_related = ["neighbourhood", "household"]
    list_filter = [("method", ChoicesDropdownFilter), PlaceDistrictFilter, ("booked_on", RangeDateFilter)]
    search_fields = [*by_place("neighbourhood"), "reference__startswith"]
    fields = [*list_display, "account", "paid_at", "bills", "note", "created_at", "by"]


@admin.register(PaymentReversal)
class PaymentReversalAdmin(MoneyAdmin):
    place = "payment__neighbourhood"
    list_display = ["payment", "reason", "booked_on", "by"]
    list_select_related = ["payment__neighbourhood", "by"]
    list_filter: Sequence[Any] = [PlaceDistrictFilter, ("booked_on", RangeDateFilter)]
    search_fields = [*by_place("payment__neighbourhood"), "payment__reference__startswith"]
    fields = [*list_display, "created_at"]


@admin.register(Refund)
class RefundAdmin(MoneyAdmin):
    list_display = ["neighbourhood", "account", "amount", "method", "reference", "booked_on"]
    list_select_related = ["neighbourhood", "account"]
    list_filter = [("method", ChoicesDropdownFilter), PlaceDistrictFilter, ("booked_on", RangeDateFilter)]
    search_fields = [*by_place("neighbourhood"), "reference__startswith"]
    fields = [*list_display, "reason", "document", "created_at", "by"]


@admin.register(Allocation)
class AllocationAdmin(MoneyAdmin):
    place = "payment__neighbourhood"
    list_display = ["payment", "bill", "refund", "kind", "amount", "booked_on"]
    list_select_related = ["payment__neighbourhood", "bill", "refund"]
    list_filter: Sequence[Any] = [("kind", ChoicesDropdownFilter), PlaceDistrictFilter, ("booked_on", RangeDateFilter)]
    search_fields = by_place("payment__neighbourhood")
    fields = [*list_display, "created_at"]
