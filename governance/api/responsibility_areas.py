"""Which party member answers for which building or stairwell."""

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
from common.filters import TRUE_OR_FALSE, CodeFilter, IdFilter
from governance.api.base import GovernedBuildingField, GovernedStairwellField, lock_place_of
from governance.models import PartyMember, ResponsibilityArea
from governance.services.party import end_area, give_area, show_area
from renovation.models import Building, Stairwell


class ResponsibilityAreaOutput(serializers.ModelSerializer):
    class Meta:
        model = ResponsibilityArea
        fields = [
            "id",
            "member",
            "building",
            "stairwell",
            "duty",
            "shown_with_consent_on",
            "starts_on",
            "ends_on",
            "created_at",
            "updated_at",
        ]


class PartyBuildingField(GovernedBuildingField):
    act_asked = Act.PARTY_MEMBERS


class PartyStairwellField(GovernedStairwellField):
    act_asked = Act.PARTY_MEMBERS


class AreaInput(serializers.Serializer):
    member = VisibleField(queryset=PartyMember.objects.all())
    building = PartyBuildingField(queryset=Building.objects.all())
    stairwell = PartyStairwellField(
        queryset=Stairwell.objects.all(),
        allow_null=True,
        required=False,
        default=None,
        help_text="Of that building; all of it if not given.",
    )
    duty = serializers.CharField(max_length=200)
    starts_on = serializers.DateField(help_text="Not before the check-in, not in the future.")
    shown_with_consent_on = serializers.DateField(
        allow_null=True,
        required=False,
        default=None,
        help_text="Since when the member consents to be shown at the door.",
    )


class ShowAreaInput(serializers.Serializer):
    consents_on = serializers.DateField(allow_null=True, help_text="Null takes the consent back.")


class EndAreaInput(serializers.Serializer):
    ends_on = serializers.DateField(help_text="The last day, not in the future.")


class ResponsibilityAreaFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("member__neighbourhood_id")
    division = CodeFilter("member__neighbourhood__community_code")
    member = IdFilter("member_id")
    building = IdFilter("building_id")
    stairwell = IdFilter("stairwell_id")
    as_of = InForceOn("starts_on", "ends_on")
    ended = django_filters.ChoiceFilter(method="by_end", choices=TRUE_OR_FALSE, label="Those with an end, or without.")

    def by_end(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(ends_on__isnull=value == "false")


class ResponsibilityAreas(ReadOnlyResource):
    """Which member answers for which building or stairwell. Shown at the door only with the member's consent."""

    act = Act.PARTY_MEMBERS
    queryset = ResponsibilityArea.objects.all()
    serializer_class = ResponsibilityAreaOutput
    filterset_class = ResponsibilityAreaFilters

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().select_related("member__neighbourhood")

    def get_object(self) -> Any:
        lock_place_of(self, "member__neighbourhood_id")
        return super().get_object()

    @extend_schema(request=AreaInput, responses={201: ResponsibilityAreaOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Give a member an area. 409 `area_given_already`, `member_ended`, `other_building`, `other_neighbourhood`,
        `day_in_future`, `day_out_of_order`.
        """
        self.require_write()
        values = self.read_body(AreaInput)
        self.require_write(values["member"])
        return self.answer(give_area(by=request.user, **values), status=201)

    @extend_schema(request=ShowAreaInput, responses=ResponsibilityAreaOutput)
    @action(detail=True, methods=["post"])
    def show(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Write down the member's consent to be shown at the door, or that it is taken back. 409 `area_ended`,
        `day_in_future`.
        """
        area = self.get_object()
        return self.answer(show_area(area=area, by=request.user, **self.read_body(ShowAreaInput)))

    @extend_schema(request=EndAreaInput, responses=ResponsibilityAreaOutput)
    @action(detail=True, methods=["post"])
    def end(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """The member no longer answers for it. 409 `area_ended`, `day_in_future`, `day_out_of_order`."""
        area = self.get_object()
        return self.answer(end_area(area=area, by=request.user, **self.read_body(EndAreaInput)))
