"""How the API tells what a revision of the plan changes."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from renovation.models import PlanItem
from renovation.reports.plan_changes import PlanComparison, reason_text
from renovation.rules.plan_changes import COMPARED, REASONS


def _money(text: str = "Yuan.", **kwargs: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=14, decimal_places=2, help_text=text, **kwargs)


class ComparedItemOutput(serializers.ModelSerializer):
    """An item as it stands in one of the two revisions."""

    code = serializers.CharField(source="menu_item.code")

    class Meta:
        model = PlanItem
        fields = [
            "id",
            "plan",
            "menu_item",
            "code",
            "quantity",
            "unit_price",
            "amount",
            "contractor",
            "starts_on",
            "ends_on",
            "note",
        ]


class ChangedItemOutput(serializers.Serializer):
    code = serializers.CharField()
    fields_changed = serializers.ListField(child=serializers.ChoiceField(COMPARED), source="fields")
    before = ComparedItemOutput()
    after = ComparedItemOutput()


class ChangedSourceOutput(serializers.Serializer):
    source = serializers.IntegerField(source="source.pk")  # type: ignore[assignment]
    kind = serializers.CharField(source="source.kind")
    name = serializers.CharField(source="source.name")
    before = _money(source="moved.before")
    after = _money(source="moved.after")
    difference = _money(source="moved.difference")


class ReasonOutput(serializers.Serializer):
    code = serializers.ChoiceField(REASONS)
    detail = serializers.CharField()


class FaultOutput(serializers.Serializer):
    code = serializers.CharField()
    detail = serializers.CharField()


class ComparisonOutput(serializers.Serializer):
    """What `after` changes of `before`. Sums are yuan."""

    before = serializers.IntegerField(allow_null=True, help_text="The revision then in force; null for the first.")
    after = serializers.IntegerField()
    is_empty = serializers.BooleanField(help_text="Nothing differs.")
    added = ComparedItemOutput(many=True)
    removed = ComparedItemOutput(many=True)
    changed = ChangedItemOutput(many=True)
    total_before = _money()
    total_after = _money()
    difference = _money()
    sources = ChangedSourceOutput(many=True, help_text="Those that are to pay another sum.")
    shares_known = serializers.BooleanField(help_text="False where a draft cannot be split yet: `faults` say why.")
    faults = FaultOutput(many=True)
    household_count = serializers.IntegerField(help_text="Households with a share in either.")
    households_rising = serializers.IntegerField(help_text="Those that are to pay more.")
    households_falling = serializers.IntegerField(help_text="Those that are to pay less.")
    notice_needed = serializers.BooleanField()
    reasons = ReasonOutput(many=True, help_text="Why residents must be told.")


class MovedShareOutput(serializers.Serializer):
    """A household whose share moves. Sums are yuan, of all sources together."""

    household = serializers.IntegerField()
    before = _money()
    after = _money()
    difference = _money()


def comparison_json(found: PlanComparison) -> dict[str, Any]:
    moved = found.moved_shares.values()
    return {
        "before": found.before and found.before.pk,
        "after": found.after.pk,
        "is_empty": found.is_empty,
        "added": found.added,
        "removed": found.removed,
        "changed": found.changed,
        "total_before": found.total_before,
        "total_after": found.total_after,
        "difference": found.total_after - found.total_before,
        "sources": found.sources,
        "shares_known": found.shares_known,
        "faults": [{"code": fault.code, "detail": str(fault)} for fault in found.faults],
        "household_count": len(found.shares),
        "households_rising": sum(share.difference > 0 for share in moved),
        "households_falling": sum(share.difference < 0 for share in moved),
        "notice_needed": found.notice_needed,
        "reasons": [{"code": code, "detail": reason_text(code)} for code in found.reasons],
    }


def moved_shares_json(found: PlanComparison) -> list[dict[str, int | Decimal]]:
    return [
        {"household": key, "before": moved.before, "after": moved.after, "difference": moved.difference}
        for key, moved in found.moved_shares.items()
    ]
