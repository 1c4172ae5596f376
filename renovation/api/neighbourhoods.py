from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource
from accounts.rules.territory import reach_of
from renovation.api.filters import NeighbourhoodFilters
from renovation.api.lifecycle import LIFECYCLE_ACTIONS, LifecycleActions
from renovation.choices import DivisionLevel
from renovation.models import Division, Neighbourhood
from renovation.querysets import neighbourhoods_within
from renovation.rules.coordinates import COORDINATES, LAST_LATITUDE, LAST_LONGITUDE, missing_half
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
            "longitude",
            "latitude",
        ]


class DegreesField(serializers.DecimalField):
    """Decimal degrees as text, to six places."""

    def __init__(self, last: int, **kwargs: Any) -> None:
        super().__init__(
            max_digits=9,
            decimal_places=6,
            min_value=Decimal(-last),
            max_value=Decimal(last),
            allow_null=True,
            required=False,
            **kwargs,
        )


class NeighbourhoodChange(serializers.Serializer):
    name = serializers.CharField(max_length=80)
    aliases = serializers.CharField(max_length=200, allow_blank=True, required=False)
    address = serializers.CharField(max_length=120, allow_blank=True, required=False)
    built_year = serializers.IntegerField(min_value=1840, max_value=2100, allow_null=True, required=False)
    longitude = DegreesField(LAST_LONGITUDE, help_text="Of its middle, east of Greenwich. With `latitude`, or neither.")
    latitude = DegreesField(LAST_LATITUDE, help_text="CGCS2000 or WGS 84, not the shifted GCJ-02 of map services.")

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        longitude, latitude = (values.get(name, getattr(self.instance, name, None)) for name in COORDINATES)
        missing = missing_half(longitude, latitude)
        if missing:
            text = _("Longitude and latitude belong together: give both or neither.")
            raise ValidationError({missing: [ErrorDetail(text, code="required")]})
        return values


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


class Neighbourhoods(LifecycleActions, ReadOnlyResource):
    act = Act.REGISTRY
    acts = dict.fromkeys(LIFECYCLE_ACTIONS, Act.PLANS)
    queryset = Neighbourhood.objects.all()
    serializer_class = NeighbourhoodOutput
    filterset_class = NeighbourhoodFilters
    search_fields = ("name",)
    ordering_fields = ("id", "code", "stage")

    def get_queryset(self) -> QuerySet[Any]:
        if self.action in LIFECYCLE_ACTIONS:
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
        values = self.read_body(NeighbourhoodChange, instance=neighbourhood, partial=True)
        return self.answer(change_row(neighbourhood, by=request.user, **values))
