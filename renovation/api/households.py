from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from accounts.rest import VisibleField
from renovation.api.base import RegistryResource, fault, require_same_neighbourhood
from renovation.api.filters import HouseholdFilters, OwnerFilters, OwnershipFilters, ParkingSpaceFilters
from renovation.api.personal import PersonalOutput, PersonalResource, PhonesField
from renovation.choices import OwnerKind
from renovation.models import Building, Household, Neighbourhood, Owner, Ownership, ParkingSpace, Stairwell
from renovation.services.registry import only_stairwell, remove_household


class AreaField(serializers.DecimalField):
    """Square metres; unknown is null and never zero."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=8, decimal_places=2, allow_null=True, required=False, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        area = super().to_internal_value(data)
        if area <= 0:
            raise serializers.ValidationError(_("An area is more than zero; unknown is null."), code="not_positive")
        return area


class HouseholdOutput(PersonalOutput):
    personal_fields = ("head_name", "phones", "remarks")

    class Meta:
        model = Household
        fields = [
            "id",
            "neighbourhood",
            "building",
            "stairwell",
            "unit_number",
            "floor",
            "gross_floor_area",
            "use",
            "tenure_type",
            "occupancy",
            "head_name",
            "phones",
            "remarks",
            "masked",
            "retired_at",
            "created_at",
            "updated_at",
        ]


class HouseholdInput(serializers.ModelSerializer):
    """The stairwell may be left out where the building has only one."""

    building = VisibleField(queryset=Building.objects.select_related("neighbourhood"), required=False)
    stairwell = VisibleField(queryset=Stairwell.objects.select_related("building__neighbourhood"), required=False)
    gross_floor_area = AreaField()
    floor = serializers.IntegerField(min_value=-9, max_value=200, allow_null=True, required=False)
    phones = PhonesField(required=False)

    class Meta:
        model = Household
        fields = [
            "building",
            "stairwell",
            "unit_number",
            "floor",
            "gross_floor_area",
            "use",
            "tenure_type",
            "occupancy",
            "head_name",
            "phones",
            "remarks",
        ]
        validators: list[Any] = []

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        building, stairwell = attrs.get("building"), attrs.get("stairwell")
        if building is None and stairwell is None and self.instance is None:
            raise fault("stairwell", _("Please name the stairwell, or a building that has only one."), "required")
        if building is not None and stairwell is not None and stairwell.building_id != building.pk:
            raise fault("stairwell", _("This stairwell is in another building."), "other_building")
        attrs.setdefault("building", stairwell.building if stairwell else self.instance and self.instance.building)
        return attrs


class Households(PersonalResource):
    """Doors and the units behind them. Personal fields are masked unless the caller may see them."""

    queryset = Household.objects.select_related("neighbourhood", "building")
    serializer_class = HouseholdOutput
    input_serializer_class = HouseholdInput
    filterset_class = HouseholdFilters
    search_fields = ("unit_number",)
    personal_search_fields = ("head_name",)
    parent = "building"

    def complete(self, values: dict[str, Any]) -> None:
        values["neighbourhood"] = values["building"].neighbourhood
        if values.get("stairwell") is None:
            values["stairwell"] = only_stairwell(values["building"], by=self.request.user)

    def remove(self, row: Household) -> None:
        remove_household(row, by=self.request.user)


class OwnerOutput(PersonalOutput):
    personal_fields = ("name", "phones")

    class Meta:
        model = Owner
        fields = ["id", "neighbourhood", "kind", "name", "phones", "masked", "created_at", "updated_at"]

    def is_personal(self, thing: Owner) -> bool:
        return thing.kind == OwnerKind.PERSON


class OwnerInput(serializers.ModelSerializer):
    neighbourhood = VisibleField(queryset=Neighbourhood.objects.all())
    phones = PhonesField(required=False)

    class Meta:
        model = Owner
        fields = ["neighbourhood", "kind", "name", "phones"]
        validators: list[Any] = []


class Owners(PersonalResource):
    """Persons and organisations that own in a neighbourhood. Persons are masked unless the caller may see them."""

    queryset = Owner.objects.select_related("neighbourhood")
    serializer_class = OwnerOutput
    input_serializer_class = OwnerInput
    filterset_class = OwnerFilters
    personal_search_fields = ("name",)


class OwnershipOutput(serializers.ModelSerializer):
    class Meta:
        model = Ownership
        fields = [
            "id",
            "owner",
            "household",
            "area_source",
            "is_voter",
            "starts_on",
            "ends_on",
            "created_at",
            "updated_at",
        ]


class OwnershipInput(serializers.ModelSerializer):
    household = VisibleField(queryset=Household.objects.select_related("neighbourhood", "building"))
    owner = VisibleField(queryset=Owner.objects.all())

    class Meta:
        model = Ownership
        fields = ["owner", "household", "area_source", "is_voter", "starts_on", "ends_on"]
        validators: list[Any] = []

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        def now(name: str) -> Any:
            return attrs[name] if name in attrs else getattr(self.instance, name, None)

        require_same_neighbourhood("owner", now("owner"), now("household").neighbourhood_id)
        if now("starts_on") and now("ends_on") and now("ends_on") < now("starts_on"):
            raise fault("ends_on", _("This is before it begins."), "ends_before_it_starts")
        return attrs


class Ownerships(RegistryResource):
    """Who owns which household, from when to when. Co-owners are several rows; one of them is the named voter."""

    queryset = Ownership.objects.select_related("household__neighbourhood", "household__building")
    serializer_class = OwnershipOutput
    input_serializer_class = OwnershipInput
    filterset_class = OwnershipFilters
    parent = "household"


class ParkingSpaceOutput(serializers.ModelSerializer):
    class Meta:
        model = ParkingSpace
        fields = [
            "id",
            "neighbourhood",
            "number",
            "ownership",
            "household",
            "owner",
            "area",
            "created_at",
            "updated_at",
        ]


class ParkingSpaceInput(serializers.ModelSerializer):
    neighbourhood = VisibleField(queryset=Neighbourhood.objects.all())
    household = VisibleField(queryset=Household.objects.all(), allow_null=True, required=False)
    owner = VisibleField(queryset=Owner.objects.all(), allow_null=True, required=False)
    area = AreaField()

    class Meta:
        model = ParkingSpace
        fields = ["neighbourhood", "number", "ownership", "household", "owner", "area"]
        validators: list[Any] = []

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        here = (attrs.get("neighbourhood") or self.instance.neighbourhood).pk  # type: ignore[union-attr]
        require_same_neighbourhood("household", attrs.get("household"), here)
        require_same_neighbourhood("owner", attrs.get("owner"), here)
        return attrs


class ParkingSpaces(RegistryResource):
    queryset = ParkingSpace.objects.select_related("neighbourhood")
    serializer_class = ParkingSpaceOutput
    input_serializer_class = ParkingSpaceInput
    filterset_class = ParkingSpaceFilters
    search_fields = ("number",)
