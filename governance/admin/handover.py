"""Handovers with their lists and signatures, and services that end, to read; who signed is masked."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter

from accounts.back_office.history import as_json
from governance.admin.base import GovernanceAdmin
from governance.models import Asset, Handover, HandoverItem, HandoverSignature, ServiceWithdrawal
from renovation.back_office import PlaceDistrictFilter, by_place
from renovation.rules.masking import mask_name


@admin.register(Handover)
class HandoverAdmin(GovernanceAdmin):
    list_display = ["neighbourhood", "handover_on", "state", "signed_at"]
    list_filter = [("state", ChoicesDropdownFilter), PlaceDistrictFilter, ("handover_on", RangeDateFilter)]
    fields = [*list_display, "management", "document", "digest", "created_at", "updated_at"]


class OfHandoverAdmin(GovernanceAdmin):
    place = "handover__neighbourhood"
    list_select_related = ["handover__neighbourhood"]
    list_filter: Sequence[Any] = [PlaceDistrictFilter]
    search_fields = by_place("handover__neighbourhood")


@admin.register(HandoverItem)
class HandoverItemAdmin(OfHandoverAdmin):
    list_display = ["handover", "kind", "handed", "count"]
    list_filter = [("kind", ChoicesDropdownFilter), "handed", PlaceDistrictFilter]
    fields = [*list_display, "note"]


@admin.register(Asset)
class AssetAdmin(OfHandoverAdmin):
    list_display = ["name", "kind", "quantity", "unit", "state", "handover"]
    list_filter = [("kind", ChoicesDropdownFilter), ("state", ChoicesDropdownFilter), PlaceDistrictFilter]
    search_fields = [*by_place("handover__neighbourhood"), "name__startswith"]
    fields = [*list_display, "place", "taken_by", "created_at", "updated_at"]


@admin.register(HandoverSignature)
class HandoverSignatureAdmin(OfHandoverAdmin):
    list_display = ["handover", "party", "masked_name", "signed_on"]
    list_filter = [("party", ChoicesDropdownFilter), PlaceDistrictFilter, ("signed_on", RangeDateFilter)]
    fields = [*list_display, "document", "digest", "at", "by"]
    readonly_fields = ["masked_name"]

    @admin.display(description=HandoverSignature._meta.get_field("name").verbose_name)
    def masked_name(self, obj: HandoverSignature) -> str:
        return mask_name(obj.name)


@admin.register(ServiceWithdrawal)
class ServiceWithdrawalAdmin(GovernanceAdmin):
    list_display = ["neighbourhood", "service", "ends_on", "state"]
    list_filter = [
        ("service", ChoicesDropdownFilter),
        ("state", ChoicesDropdownFilter),
        PlaceDistrictFilter,
        ("ends_on", RangeDateFilter),
    ]
    fields = [*list_display, "answers", "document", "reason", "created_at", "updated_at"]
    readonly_fields = ["answers"]

    @admin.display(description=ServiceWithdrawal._meta.get_field("readiness").verbose_name)
    def answers(self, obj: ServiceWithdrawal) -> str:
        return as_json(obj.readiness)
