from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource
from accounts.rules.territory import reach_of
from common.filters import refuse_unknown
from common.pagination import PositionPagination
from renovation.api.filters import NeighbourhoodFilters
from renovation.choices import DivisionLevel
from renovation.models import Division, Evidence, Neighbourhood, StageChange
from renovation.querysets import neighbourhoods_within
from renovation.services.neighbourhoods import register_neighbourhood
from renovation.services.registry import change_row


class NeighbourhoodOutput(serializers.ModelSerializer):
    division = serializers.CharField(source="community_code", help_text="The community's code.")
    building_count = serializers.IntegerField()
    household_count = serializers.IntegerField(help_text="Current households, of every use.")
    floor_area = serializers.DecimalField(
        max_digits=12, decimal_places=2, help_text="Square metres, of the households whose area is known."
    )

    class Meta:
        model = Neighbourhood
        fields = [
            "id",
            "code",
            "name",
            "aliases",
            "division",
            "address",
            "built_year",
            "stage",
            "stage_since",
            "building_count",
            "household_count",
            "floor_area",
            "created_at",
            "updated_at",
        ]


class NeighbourhoodChange(serializers.Serializer):
    name = serializers.CharField(max_length=80)
    aliases = serializers.CharField(max_length=200, allow_blank=True, required=False)
    address = serializers.CharField(max_length=120, allow_blank=True, required=False)
    built_year = serializers.IntegerField(min_value=1840, max_value=2100, allow_null=True, required=False)


class RegisterNeighbourhoodInput(NeighbourhoodChange):
    division = serializers.CharField(max_length=12, help_text="The community's code.")

    def validate_division(self, code: str) -> Division:
        division = Division.objects.visible_to(self.context["request"].user).filter(code=code).first()
        if division is None:
            raise ValidationError(
                _("There is no division with this code, or none that you may see."), code="does_not_exist"
            )
        if division.level != DivisionLevel.COMMUNITY:
            raise ValidationError(_("A neighbourhood lies in a community."), code="not_a_community")
        return division


class HistoryOutput(serializers.Serializer):
    """A stage change, or a piece of evidence that guards read."""

    id = serializers.CharField()
    kind = serializers.ChoiceField(["stage_change", "evidence"])
    at = serializers.DateTimeField()
    by = serializers.CharField(allow_null=True, help_text="The name of who did it; null is the system.")
    reason = serializers.CharField(allow_blank=True)
    from_stage = serializers.CharField(allow_null=True)
    to_stage = serializers.CharField(allow_null=True)
    evidence = serializers.CharField(allow_null=True, help_text="What the evidence is about.")
    revoked = serializers.BooleanField()
    figures = serializers.DictField(help_text="As they stood.")


class Neighbourhoods(ReadOnlyResource):
    act = Act.REGISTRY
    acts = {"history": Act.PLANS}
    queryset = Neighbourhood.objects.all()
    serializer_class = NeighbourhoodOutput
    filterset_class = NeighbourhoodFilters
    search_fields = ("name",)
    ordering_fields = ("id", "code", "stage")

    def get_queryset(self) -> QuerySet[Any]:
        if self.action == "history":
            reach = reach_of(self.request.user, Act.PLANS)
            return Neighbourhood.objects.filter(neighbourhoods_within(reach))
        queryset: Any = super().get_queryset()
        return queryset.with_size()

    def etag_extra(self, thing: Any) -> str:
        return f"{thing.building_count}.{thing.household_count}.{thing.floor_area}"

    @extend_schema(request=RegisterNeighbourhoodInput, responses={201: NeighbourhoodOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Register a neighbourhood in a community; its code is given."""
        self.require_write()
        values = self.read_body(RegisterNeighbourhoodInput)
        community = values.pop("division")
        self.require_write(community)
        made = register_neighbourhood(community=community, by=request.user, **values)
        return self.answer(Neighbourhood.objects.with_size().get(pk=made.pk), status=201)

    @extend_schema(request=NeighbourhoodChange, responses=NeighbourhoodOutput)
    def partial_update(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        neighbourhood = self.get_object()
        values = self.read_body(NeighbourhoodChange, partial=True)
        return self.answer(change_row(neighbourhood, by=request.user, **values))

    @extend_schema(responses=HistoryOutput(many=True))
    @action(detail=True, pagination_class=PositionPagination)
    def history(self, request: SignedInApiRequest, pk: str) -> Response:
        """Every stage change and piece of evidence, oldest first."""
        refuse_unknown(request, {"cursor", "page_size", "count"})
        here = {"neighbourhood": self.get_object()}
        changes = StageChange.objects.visible_to(request.user).filter(**here).select_related("by")
        evidence = Evidence.objects.visible_to(request.user).filter(**here).select_related("by")
        rows = [*map(_of_change, changes), *map(_of_evidence, evidence)]
        rows.sort(key=lambda row: (row["at"], row["kind"], row["number"]))
        return self.get_paginated_response(HistoryOutput(self.paginate_queryset(rows), many=True).data)


def _of_change(change: StageChange) -> dict[str, Any]:
    return _HISTORY_ROW | {
        "id": f"stage_change-{change.pk}",
        "kind": "stage_change",
        "number": change.pk,
        "at": change.at,
        "by": change.by and str(change.by),
        "reason": change.reason,
        "from_stage": change.from_stage or None,
        "to_stage": change.to_stage,
        "figures": change.figures,
    }


def _of_evidence(evidence: Evidence) -> dict[str, Any]:
    return _HISTORY_ROW | {
        "id": f"evidence-{evidence.pk}",
        "kind": "evidence",
        "number": evidence.pk,
        "at": evidence.at,
        "by": evidence.by and str(evidence.by),
        "reason": evidence.reason,
        "evidence": evidence.kind,
        "revoked": evidence.revoked,
        "figures": evidence.facts,
    }


_HISTORY_ROW: dict[str, Any] = {"from_stage": None, "to_stage": None, "evidence": None, "revoked": False}
