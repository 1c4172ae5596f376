"""Party members on duty, the buildings they answer for, and their reports: by name for whoever keeps members only."""

from dataclasses import asdict
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.models import User
from accounts.rest import ListResource, ReadOnlyResource, VisibleField
from accounts.rules.territory import reach_of
from common.filters import LARGEST_ID, TRUE_OR_FALSE, CodeFilter, IdFilter
from governance.api.base import GovernedNeighbourhoodField, lock_place_of
from governance.choices.party import CheckIn
from governance.models import Body, PartyMember
from governance.permissions.party import keeps_members
from governance.reports.party import figures_of, points_keepers
from governance.rules.party import without_small_groups
from governance.services.party import (
    check_in_member,
    describe_member,
    end_member,
)
from renovation.models import Neighbourhood
from renovation.querysets import neighbourhoods_within
from renovation.rules.masking import mask_phone


class PartyNeighbourhoodField(GovernedNeighbourhoodField):
    act_asked = Act.PARTY_MEMBERS


class PartyMemberOutput(serializers.ModelSerializer):
    phone = serializers.SerializerMethodField(help_text="Masked unless the caller keeps members here.")

    class Meta:
        model = PartyMember
        fields = [
            "id",
            "neighbourhood",
            "name",
            "work_unit",
            "check_in",
            "checked_in_on",
            "body",
            "phone",
            "user",
            "ended_on",
            "created_at",
            "updated_at",
        ]

    def get_phone(self, member: PartyMember) -> str:
        keeps = keeps_members(self.context["request"].user, member)
        return member.phone if keeps else mask_phone(member.phone)


class DescribeMemberInput(serializers.Serializer):
    name = serializers.CharField(max_length=40)
    work_unit = serializers.CharField(
        max_length=80,
        allow_blank=True,
        required=False,
        default="",
        help_text="Needed where the member checks in by it.",
    )
    check_in = serializers.ChoiceField(CheckIn.choices)
    body = VisibleField(
        queryset=Body.objects.all(),
        allow_null=True,
        required=False,
        default=None,
        help_text="A party branch or group that is in being.",
    )
    phone = serializers.CharField(max_length=20, allow_blank=True, required=False, default="")
    user = serializers.IntegerField(
        min_value=1,
        max_value=LARGEST_ID,
        allow_null=True,
        required=False,
        default=None,
        help_text="The member's own account, where it is one that decides on service here.",
    )

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        if values.get("user") is not None:
            neighbourhood = values.get("neighbourhood") or self.context["neighbourhood"]
            values["user"] = self._account(neighbourhood, values["user"])
        return values

    def _account(self, neighbourhood: Neighbourhood, pk: int) -> User:
        found: User | None = points_keepers(neighbourhood, timezone.localdate()).filter(pk=pk).first()
        if found is None:
            raise ValidationError(
                {"user": [_("No account with this id decides on service here.")]}, code="does_not_exist"
            )
        return found


class CheckInInput(DescribeMemberInput):
    neighbourhood = PartyNeighbourhoodField(queryset=Neighbourhood.objects.all())
    checked_in_on = serializers.DateField(help_text="Not in the future.")


class EndMemberInput(serializers.Serializer):
    ended_on = serializers.DateField(help_text="The last day of service here, not in the future.")


class PartyTotalsOutput(serializers.Serializer):
    """A figure is null where it is made of fewer than five members, or where the caller reads no points."""

    neighbourhood = serializers.IntegerField(source="place.pk")
    members = serializers.IntegerField(help_text="Who serve today.")
    buildings = serializers.IntegerField()
    covered_buildings = serializers.IntegerField(help_text="With somebody who answers for them or a stairwell of them.")
    by_unit = serializers.IntegerField(allow_null=True, help_text="Checked in through the work unit.")
    by_residence = serializers.IntegerField(allow_null=True)
    reported = serializers.IntegerField(allow_null=True, help_text="Of those of whom a report was due.")
    reports_due = serializers.IntegerField(allow_null=True, help_text="For the last half-year that is over.")
    services = serializers.IntegerField(allow_null=True, help_text="Done in this year and approved.")
    points = serializers.IntegerField(allow_null=True, help_text="Earned by service of this year.")


class PartyMemberFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    body = IdFilter("body_id")
    check_in = django_filters.ChoiceFilter(choices=CheckIn.choices)
    serving = django_filters.ChoiceFilter(
        method="by_serving", choices=TRUE_OR_FALSE, label="Those who serve, or those whose duty ended."
    )

    def by_serving(self, queryset: Any, name: str, value: str) -> QuerySet[Any]:
        today = timezone.localdate()
        found: QuerySet[Any] = queryset.serving(today) if value == "true" else queryset.filter(ended_on__lt=today)
        return found


class TotalsFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("pk")
    division = CodeFilter("community_code")


class PartyMembers(ReadOnlyResource):
    """Who checked in for duty. Sensitive: who reads totals only has an empty list here, and `party-totals/`."""

    act = Act.PARTY_MEMBERS
    queryset = PartyMember.objects.all()
    serializer_class = PartyMemberOutput
    filterset_class = PartyMemberFilters
    search_fields = ("name", "work_unit")

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().select_related("neighbourhood")

    def get_object(self) -> Any:
        lock_place_of(self, "neighbourhood_id")
        return super().get_object()

    @extend_schema(request=CheckInInput, responses={201: PartyMemberOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Check a member in. 409 `member_known`, `work_unit_needed`, `no_party_body`, `other_neighbourhood`,
        `day_in_future`.
        """
        self.require_write()
        values = self.read_body(CheckInInput)
        self.require_write(values["neighbourhood"])
        return self.answer(check_in_member(by=request.user, **values), status=201)

    @extend_schema(request=DescribeMemberInput, responses=PartyMemberOutput)
    def partial_update(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Write what is known of a serving member anew. 409 `member_ended`, `own_service` for who takes off
        an account of their own, and those of checking in.
        """
        member = self.get_object()
        serializer = DescribeMemberInput(
            data=request.data,
            partial=True,
            context={**self.get_serializer_context(), "neighbourhood": member.neighbourhood},
        )
        serializer.is_valid(raise_exception=True)
        return self.answer(describe_member(member=member, by=request.user, **serializer.validated_data))

    @extend_schema(request=EndMemberInput, responses=PartyMemberOutput)
    @action(detail=True, methods=["post"])
    def end(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """The member no longer serves here; areas that are open end with it. 409 `member_ended`, `day_in_future`,
        `day_out_of_order`.
        """
        member = self.get_object()
        return self.answer(end_member(member=member, by=request.user, **self.read_body(EndMemberInput)))


class PartyTotals(ListResource):
    """How many members serve and what they did, by neighbourhood: without a name, and without a figure that tells of
    one of them.
    """

    act = Act.PARTY_MEMBERS
    queryset = Neighbourhood.objects.all()
    serializer_class = PartyTotalsOutput
    filterset_class = TotalsFilters

    def get_queryset(self) -> QuerySet[Any]:
        reach = reach_of(self.request.user, Act.PARTY_MEMBERS)
        return Neighbourhood.objects.filter(neighbourhoods_within(reach))

    def list(self, request: SignedInApiRequest, *args: Any, **kwargs: Any) -> Response:
        """The totals of the neighbourhoods that the caller reaches, in the order of their ids."""
        page: Any = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        here = Neighbourhood.objects.filter(pk__in=[place.pk for place in page])
        of_points = here.filter(neighbourhoods_within(reach_of(request.user, Act.PARTY_POINTS)))
        points = set(of_points.order_by().values_list("pk", flat=True))
        figures = figures_of(here, timezone.localdate(), with_points=points)
        rows = [{"place": place, **asdict(without_small_groups(figures[place.pk]))} for place in page]
        response: Response = self.get_paginated_response(PartyTotalsOutput(rows, many=True).data)
        response["Cache-Control"] = "private"
        return response
