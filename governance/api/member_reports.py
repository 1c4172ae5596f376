"""What party members and work units report of their service."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource, VisibleField
from common.filters import CodeFilter, IdFilter
from governance.api.party import PartyNeighbourhoodField
from governance.models import MemberReport, PartyMember
from governance.services.party import hand_in_report
from renovation.models import Neighbourhood


class MemberReportOutput(serializers.ModelSerializer):
    created_at = serializers.DateTimeField(source="at")

    class Meta:
        model = MemberReport
        fields = ["id", "neighbourhood", "member", "work_unit", "period", "reported_on", "text", "by", "created_at"]


class MemberReportInput(serializers.Serializer):
    neighbourhood = PartyNeighbourhoodField(queryset=Neighbourhood.objects.all())
    member = VisibleField(queryset=PartyMember.objects.all(), allow_null=True, required=False, default=None)
    work_unit = serializers.CharField(max_length=80, allow_blank=True, required=False, default="")
    period = serializers.CharField(
        max_length=7, help_text="Of a member a half-year, 2026-H1; of a work unit a year, 2026."
    )
    reported_on = serializers.DateField(help_text="Not in the future.")
    text = serializers.CharField(max_length=2000)


class MemberReportFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    member = IdFilter("member_id")
    period = django_filters.CharFilter("period", max_length=7)


class MemberReports(ReadOnlyResource):
    """What members and their work units report of their service. The latest of a period counts; none is changed."""

    act = Act.PARTY_MEMBERS
    queryset = MemberReport.objects.all()
    serializer_class = MemberReportOutput
    filterset_class = MemberReportFilters

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().select_related("neighbourhood")

    @extend_schema(request=MemberReportInput, responses={201: MemberReportOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Hand in a report, of a member or of a work unit. 409 `work_unit_needed` (neither or both are named),
        `period_unreadable`, `period_not_begun`, `member_not_serving`, `other_neighbourhood`, `day_in_future`.
        """
        self.require_write()
        values = self.read_body(MemberReportInput)
        self.require_write(values["neighbourhood"])
        return self.answer(hand_in_report(by=request.user, **values), status=201)
