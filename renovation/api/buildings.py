from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from accounts.rest import VisibleField
from accounts.rules.territory import kind_of_code
from renovation.api.base import RegistryResource, fault
from renovation.api.filters import BuildingFilters, StairwellFilters
from renovation.models import Building, Neighbourhood, Stairwell


class BuildingOutput(serializers.ModelSerializer):
    class Meta:
        model = Building
        fields = ["id", "neighbourhood", "number", "grid", "floor_count", "created_at", "updated_at"]


class BuildingInput(serializers.ModelSerializer):
    neighbourhood = VisibleField(queryset=Neighbourhood.objects.all())
    floor_count = serializers.IntegerField(min_value=1, max_value=200, allow_null=True, required=False)

    class Meta:
        model = Building
        fields = ["neighbourhood", "number", "grid", "floor_count"]
        validators: list[Any] = []

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        neighbourhood = attrs.get("neighbourhood") or self.instance.neighbourhood  # type: ignore[union-attr]
        grid = attrs.get("grid")
        if grid and not (kind_of_code(grid) == "grid" and grid.startswith(neighbourhood.community_code)):
            raise fault("grid", _("A grid's code is its community's and three digits."), "wrong_grid")
        return attrs


class Buildings(RegistryResource):
    queryset = Building.objects.select_related("neighbourhood")
    serializer_class = BuildingOutput
    input_serializer_class = BuildingInput
    filterset_class = BuildingFilters
    search_fields = ("number",)


class StairwellOutput(serializers.ModelSerializer):
    class Meta:
        model = Stairwell
        fields = ["id", "building", "number", "created_at", "updated_at"]


class StairwellInput(serializers.ModelSerializer):
    building = VisibleField(queryset=Building.objects.select_related("neighbourhood"))

    class Meta:
        model = Stairwell
        fields = ["building", "number"]
        validators: list[Any] = []


class Stairwells(RegistryResource):
    queryset = Stairwell.objects.select_related("building__neighbourhood")
    serializer_class = StairwellOutput
    input_serializer_class = StairwellInput
    filterset_class = StairwellFilters
    search_fields = ("number",)
    parent = "building"
