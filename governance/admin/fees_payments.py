"""Payments, what was taken back or paid back, and where money went, to read."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Q
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter

from accounts.back_office.lists import SinceFilter
from accounts.choices import Act
from governance.admin.base import GovernanceAdmin
from governance.choices.fees import PayMethod
from governance.models import Allocation, Payment, PaymentReversal, Refund
from renovation.back_office import PlaceDistrictFilter, by_place

RECEIPT = re.compile(r"(\d{8})-(\d{8,18})")


def payment_by(words: str) -> Q:
    """A payment by the number on its receipt, which says the day and the number in the book; else by its reference."""
    if found := RECEIPT.fullmatch(words):
        day, number = found.groups()
        return Q(pk=int(number), created_at__date=f"{day[:4]}-{day[4:6]}-{day[6:]}") if _is_day(day) else Q(pk=None)
    # All methods are named, or the index by method and reference would be no help.
    return Q(method__in=PayMethod.values, reference=words)


def _is_day(digits: str) -> bool:
    try:
        datetime.strptime(digits, "%Y%m%d")  # noqa: DTZ007 - a day
    except ValueError:
        return False
    return True


class MoneyAdmin(GovernanceAdmin):
    act = Act.FEES


@admin.register(Payment)
class PaymentAdmin(MoneyAdmin):
    list_display = ["receipt_number", "neighbourhood", "household", "amount", "method", "reference", "booked_on"]
    list_select_related = ["neighbourhood", "household"]
    list_filter = [("method", ChoicesDropdownFilter), PlaceDistrictFilter, ("booked_on", RangeDateFilter)]
    search_fields = [*by_place("neighbourhood"), "reference__startswith"]
    found_by = staticmethod(payment_by)
    found_with = ["neighbourhood"]
    fields = [*list_display, "account", "paid_at", "bills", "note", "created_at", "by"]

    def found_as(self, obj: Payment) -> str:
        return f"{obj.receipt_number} · {obj.neighbourhood}"


@admin.register(PaymentReversal)
class PaymentReversalAdmin(MoneyAdmin):
    place = "payment__neighbourhood"
    list_display = ["payment", "reason", "booked_on", "by"]
    list_select_related = ["payment__neighbourhood", "by"]
    list_filter: Sequence[Any] = [PlaceDistrictFilter, ("booked_on", RangeDateFilter), SinceFilter]
    since = "created_at"
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
