"""Reminders, vehicles, passes and stays, to read; plates are masked."""

from typing import Any

from django.contrib import admin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter

from accounts.choices import Act
from governance.admin.base import GovernanceAdmin
from governance.models import ParkingPass, ParkingSession, Reminder, Vehicle
from renovation.back_office import PlaceDistrictFilter


class ArrearsAdmin(GovernanceAdmin):
    act = Act.FEES


@admin.register(Reminder)
class ReminderAdmin(ArrearsAdmin):
    list_display = ["neighbourhood", "household", "account", "step", "channel", "outcome", "given_at", "received"]
    list_select_related = ["neighbourhood", "household", "account"]
    list_filter = [
        ("step", ChoicesDropdownFilter),
        ("outcome", ChoicesDropdownFilter),
        "received",
        PlaceDistrictFilter,
        ("given_at", RangeDateFilter),
    ]
    fields = [
        *list_display,
        "promised_on",
        "document",
        "bills",
        "amount",
        "client_id",
        "created_at",
        "by",
    ]


class WithPlate(ArrearsAdmin):
    @admin.display(description=Vehicle._meta.get_field("plate").verbose_name)
    def masked_plate(self, obj: Any) -> str:
        return f"{obj.plate[:2]}***{obj.plate[-1:]}"


@admin.register(Vehicle)
class VehicleAdmin(WithPlate):
    list_display = ["neighbourhood", "household", "masked_plate", "ended_on"]
    list_select_related = ["neighbourhood", "household"]
    list_filter = [PlaceDistrictFilter, ("ended_on", RangeDateFilter)]
    fields = [*list_display, "created_at", "updated_at"]
    readonly_fields = ["masked_plate"]


@admin.register(ParkingPass)
class ParkingPassAdmin(ArrearsAdmin):
    list_display = ["neighbourhood", "vehicle", "space", "starts_on", "ends_on"]
    list_select_related = ["neighbourhood", "vehicle", "space"]
    list_filter = [PlaceDistrictFilter, ("starts_on", RangeDateFilter)]
    fields = [*list_display, "document", "created_at", "updated_at"]


@admin.register(ParkingSession)
class ParkingSessionAdmin(WithPlate):
    list_display = ["neighbourhood", "masked_plate", "space_ownership", "entered_at", "left_at", "amount"]
    list_filter = [
        ("space_ownership", ChoicesDropdownFilter),
        PlaceDistrictFilter,
        ("entered_at", RangeDateFilter),
    ]
    fields = [*list_display, "parking_pass", "schedule", "bill", "client_id", "by", "created_at", "updated_at"]
    readonly_fields = ["masked_plate"]
