"""A row of each kind that a handover keeps, and a service that ends."""

from datetime import date
from typing import Any

from django.utils import timezone

from accounts.models import User
from governance.choices.handover import HandoverKind
from governance.models import Asset, Handover, HandoverItem, HandoverSignature, Management, ServiceWithdrawal
from renovation.models import Household, Neighbourhood

DAY = date(2026, 9, 1)


def keep_handover(neighbourhood: Neighbourhood, household: Household, staff: User) -> dict[str, Any]:
    """Makes the rows, each with words that stand nowhere else, and returns their ids by what routes call them."""
    management = Management.objects.create(
        neighbourhood=neighbourhood,
        mode="self_management",
        document="本小区自管决议",
        fee_standard="本小区每户每月十元",
        starts_on=DAY,
    )
    handover = Handover.objects.create(
        neighbourhood=neighbourhood, management=management, handover_on=DAY, document="本小区移交清单", digest="ab" * 32
    )
    told = {"handed": True, "count": 3, "note": "本小区钥匙"}
    HandoverItem.objects.bulk_create(
        HandoverItem(handover=handover, kind=kind, **(told if kind == HandoverKind.KEYS else {}))
        for kind in HandoverKind.values
    )
    asset = Asset.objects.create(
        handover=handover, name="本小区水泵", kind="equipment", quantity=2, unit="台", place="本小区泵房"
    )
    HandoverSignature.objects.create(
        handover=handover,
        party="manager",
        name="本小区赵",
        signed_on=DAY,
        document="本小区签收单",
        digest=handover.digest,
        at=timezone.now(),
        by=staff,
    )
    withdrawal = ServiceWithdrawal.objects.create(
        neighbourhood=neighbourhood,
        service="cleaning",
        ends_on=date(2027, 1, 1),
        document="本小区撤出文件",
        readiness={"taken_over_by": "本小区保洁队"},
    )
    return {
        "handover": handover.pk,
        "asset": asset.pk,
        "handover-asset": asset.pk,
        "signatory": "committee",
        "withdrawal": withdrawal.pk,
        "service-withdrawal": withdrawal.pk,
    }
