"""Points of party members: the rules of a place, and service that is proposed, approved by another and reversed."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource, VisibleField
from common.as_of import InForceOn
from common.filters import CodeFilter, IdFilter
from governance.api.base import lock_place_of
from governance.choices.party import ServiceState
from governance.models import PartyMember, PointEntry, PointRule, ServiceRecord
from governance.reports.party import records_with_points
from governance.services.points import approve_service, propose_service, reject_service, reverse_points


class PointRuleOutput(serializers.ModelSerializer):
    division = serializers.CharField(source="division_code", help_text="A division's code.")

    class Meta:
        model = PointRule
        fields = [
            "id",
            "division",
            "code",
            "name",
            "points",
            "document",
            "valid_from",
            "valid_to",
            "created_at",
            "updated_at",
        ]


class PointRuleFilters(django_filters.FilterSet):
    division = CodeFilter("division__code")
    code = django_filters.CharFilter("code", max_length=20)
    as_of = InForceOn("valid_from", "valid_to")


class PointRules(ReadOnlyResource):
    """What a kind of service is worth, by division and day. Reference data, kept in the back office."""

    act = Act.PARTY_POINTS
    queryset = PointRule.objects.all()
    serializer_class = PointRuleOutput
    filterset_class = PointRuleFilters
    ordering_fields = ("id", "valid_from")

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().select_related("division")


class PointEntryOutput(serializers.ModelSerializer):
    class Meta:
        model = PointEntry
        fields = ["id", "points", "reason", "at", "by"]


class ServiceRecordOutput(serializers.ModelSerializer):
    points_earned = serializers.IntegerField(help_text="0 unless approved, and once they were taken back.")
    entries = PointEntryOutput(many=True)

    class Meta:
        model = ServiceRecord
        fields = [
            "id",
            "member",
            "rule",
            "done_on",
            "text",
            "points",
            "state",
            "points_earned",
            "entries",
            "proposed_by",
            "decision",
            "decided_at",
            "decided_by",
            "created_at",
            "updated_at",
        ]


class ProposeInput(serializers.Serializer):
    member = VisibleField(queryset=PartyMember.objects.all())
    rule = VisibleField(queryset=PointRule.objects.all(), help_text="One that holds here on that day.")
    done_on = serializers.DateField(help_text="While the member serves here, not in the future.")
    text = serializers.CharField(max_length=500)


class ApproveInput(serializers.Serializer):
    note = serializers.CharField(max_length=500, allow_blank=True, required=False, default="")


class RejectInput(serializers.Serializer):
    reason = serializers.CharField(max_length=500)


class ServiceRecordFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("member__neighbourhood_id")
    division = CodeFilter("member__neighbourhood__community_code")
    member = IdFilter("member_id")
    rule = IdFilter("rule_id")
    state = django_filters.ChoiceFilter(choices=ServiceState.choices)


class ServiceRecords(ReadOnlyResource):
    """Service of members for points: by name for whoever keeps points only. Another person than proposed it decides."""

    act = Act.PARTY_POINTS
    queryset = ServiceRecord.objects.all()
    serializer_class = ServiceRecordOutput
    filterset_class = ServiceRecordFilters

    def get_queryset(self) -> QuerySet[Any]:
        rows = records_with_points(super().get_queryset())
        return rows.select_related("member__neighbourhood")

    def get_object(self) -> Any:
        lock_place_of(self, "member__neighbourhood_id")
        return super().get_object()

    @extend_schema(request=ProposeInput, responses={201: ServiceRecordOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Propose a service. 409 `rule_not_in_force`, `member_not_serving`, `day_in_future`."""
        self.require_write()
        values = self.read_body(ProposeInput)
        self.require_write(values["member"])
        return self._shown(propose_service(by=request.user, **values), status=201)

    @extend_schema(request=ApproveInput, responses=ServiceRecordOutput)
    @action(detail=True, methods=["post"])
    def approve(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Approve it, which earns its points. 409 `service_decided`, `second_person_needed`, `own_service`."""
        record = self.get_object()
        return self._shown(approve_service(record=record, by=request.user, **self.read_body(ApproveInput)))

    @extend_schema(request=RejectInput, responses=ServiceRecordOutput)
    @action(detail=True, methods=["post"])
    def reject(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Reject it, with the reason. 409 as for approving."""
        record = self.get_object()
        return self._shown(reject_service(record=record, by=request.user, **self.read_body(RejectInput)))

    @extend_schema(request=RejectInput, responses=ServiceRecordOutput)
    @action(detail=True, methods=["post"])
    def reverse(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Take its points back, with the reason: a row of its own. 409 `nothing_to_reverse`, `own_service`."""
        record = self.get_object()
        reverse_points(record=record, by=request.user, **self.read_body(RejectInput))
        return self._shown(record)

    def _shown(self, record: ServiceRecord, *, status: int = 200) -> HttpResponseBase:
        return self.answer(self.get_queryset().get(pk=record.pk), status=status)
