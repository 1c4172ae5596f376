"""Vehicles, monthly passes and stays over HTTP; a barrier tells entries and exits."""

from datetime import datetime
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import SAFE_METHODS

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource, VisibleField
from accounts.rules.territory import reach_of
from common.as_of import InForceOn
from common.filters import TRUE_OR_FALSE, CodeFilter, IdFilter
from governance.api.fees.base import FeeHouseholdField, FeeNeighbourhoodField, NamesDebtors
from governance.choices.fees import PayMethod
from governance.models import ParkingPass, ParkingSession, Vehicle
from governance.rules.fees.parking import read_plate
from governance.services.fees.parking import (
    add_vehicle,
    end_pass,
    end_vehicle,
    enter,
    grant_pass,
    leave,
    pay_session,
)
from renovation.choices import SpaceOwnership
from renovation.models import Household, Neighbourhood, ParkingSpace
from renovation.querysets import neighbourhoods_within

FIRST_YEAR = 1990


class PlateField(serializers.CharField):
    """A number plate, kept in capitals and without a dot or a space."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        try:
            return read_plate(super().to_internal_value(data))
        except ValueError:
            raise ValidationError(_("This is no number plate."), code="invalid") from None


class MomentField(serializers.DateTimeField):
    """A time of this age; now, where none is given."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_null=True, required=False, default=None, help_text="If not given, now.", **kwargs)

    def to_internal_value(self, value: Any) -> datetime:
        moment: datetime = super().to_internal_value(value)
        if moment.year < FIRST_YEAR:
            raise ValidationError(_("This lies too far back."), code="min_value")
        return moment


class SpaceField(VisibleField):
    """A parking space where the caller does `fees` in any way."""

    def get_queryset(self) -> QuerySet[Any]:
        reach = reach_of(self.context["request"].user, Act.FEES)
        return ParkingSpace.objects.filter(neighbourhoods_within(reach, "neighbourhood__"))


class HoldsTheRow(ReadOnlyResource):
    """What acts on one row holds it before its version is compared."""

    act = Act.FEES

    def filter_one(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        safe = self.request.method in SAFE_METHODS
        return queryset if safe else queryset.select_for_update(of=("self",), no_key=True)

    def shown(self, row: Any, *, status: int = 200) -> HttpResponseBase:
        found: QuerySet[Any] = self.get_queryset()
        return self.answer(found.get(pk=row.pk), status=status)


# --- Vehicles -----------------------------------------------------------------------------------------------


class VehicleOutput(NamesDebtors, serializers.ModelSerializer):
    plate = serializers.SerializerMethodField(help_text="Masked for who reads who owes masked.")

    class Meta:
        model = Vehicle
        fields = ["id", "neighbourhood", "household", "plate", "ended_on", "created_at", "updated_at"]

    def get_plate(self, vehicle: Vehicle) -> str:
        return vehicle.plate if self.names(vehicle) else vehicle.masked_plate


class VehicleInput(serializers.Serializer):
    household = FeeHouseholdField(queryset=Household.objects.all())
    plate = PlateField()


class EndVehicleInput(serializers.Serializer):
    ended_on = serializers.DateField(help_text="Its last day here; a pass of it ends with it.")


class VehicleFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    household = IdFilter("household_id")
    current = django_filters.ChoiceFilter(method="by_end", choices=TRUE_OR_FALSE, label="Still on the list.")

    def by_end(self, queryset: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(ended_on__isnull=value == "true")


class Vehicles(HoldsTheRow):
    """Vehicles of households, by their number plates."""

    queryset = Vehicle.objects.select_related("neighbourhood")
    serializer_class = VehicleOutput
    filterset_class = VehicleFilters
    ordering_fields = ("id",)

    @extend_schema(request=VehicleInput, responses={201: VehicleOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Put a vehicle on the list. 409 `plate_taken`."""
        self.require_write()
        values = self.read_body(VehicleInput)
        self.require_write(values["household"])
        return self.shown(add_vehicle(by=request.user, **values), status=201)

    @extend_schema(request=EndVehicleInput, responses=VehicleOutput)
    @action(detail=True, methods=["post"])
    def end(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Take it off the list. 409 `vehicle_ended`."""
        vehicle = self.get_object()
        return self.shown(end_vehicle(vehicle=vehicle, by=request.user, **self.read_body(EndVehicleInput)))


# --- Passes -------------------------------------------------------------------------------------------------


class ParkingPassOutput(serializers.ModelSerializer):
    class Meta:
        model = ParkingPass
        fields = [
            "id",
            "neighbourhood",
            "vehicle",
            "space",
            "starts_on",
            "ends_on",
            "document",
            "created_at",
            "updated_at",
        ]


class ParkingPassInput(serializers.Serializer):
    vehicle = VisibleField(queryset=Vehicle.objects.select_related("neighbourhood"))
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True, required=False, default=None, help_text="The last day.")
    space = SpaceField(
        queryset=ParkingSpace.objects.all(),
        allow_null=True,
        required=False,
        default=None,
        help_text="One that the vehicle's household holds; without one it parks, and is billed, on shared land.",
    )
    document = serializers.CharField(max_length=120, allow_blank=True, required=False, default="")


class EndPassInput(serializers.Serializer):
    ends_on = serializers.DateField(help_text="The last day, earlier than before.")


class ParkingPassFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    vehicle = IdFilter("vehicle_id")
    household = IdFilter("vehicle__household_id")
    in_force_on = InForceOn("starts_on", "ends_on", label="As `as_of`.")
    as_of = InForceOn("starts_on", "ends_on")


class ParkingPasses(HoldsTheRow):
    """That a vehicle parks by the month, both days included: in a space of its household's, or on shared land."""

    queryset = ParkingPass.objects.select_related("vehicle__neighbourhood")
    serializer_class = ParkingPassOutput
    filterset_class = ParkingPassFilters
    ordering_fields = ("id",)

    @extend_schema(request=ParkingPassInput, responses={201: ParkingPassOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Grant a pass. 409 `vehicle_ended`, `space_of_another`, `pass_overlaps`, `day_out_of_order`."""
        self.require_write()
        values = self.read_body(ParkingPassInput)
        self.require_write(values["vehicle"])
        return self.shown(grant_pass(by=request.user, **values), status=201)

    @extend_schema(request=EndPassInput, responses=ParkingPassOutput)
    @action(detail=True, methods=["post"])
    def end(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Let it end on a day; what was billed beyond it is issued anew apart. 409 `pass_ended`, `day_out_of_order`."""
        found = self.get_object()
        return self.shown(end_pass(parking_pass=found, by=request.user, **self.read_body(EndPassInput)))


# --- Stays --------------------------------------------------------------------------------------------------


class ParkingSessionOutput(NamesDebtors, serializers.ModelSerializer):
    plate = serializers.SerializerMethodField(help_text="Masked for who reads who owes masked.")
    amount = serializers.DecimalField(
        max_digits=14, decimal_places=2, allow_null=True, help_text="What the stay costs, in yuan; null until the exit."
    )
    paid = serializers.SerializerMethodField(help_text="Whether nothing of it is left to pay; null until the exit.")

    class Meta:
        model = ParkingSession
        fields = [
            "id",
            "neighbourhood",
            "client_id",
            "plate",
            "space_ownership",
            "entered_at",
            "left_at",
            "parking_pass",
            "schedule",
            "amount",
            "bill",
            "paid",
            "created_at",
            "updated_at",
        ]

    def get_plate(self, session: ParkingSession) -> str:
        masked = f"{session.plate[:2]}***{session.plate[-1:]}"
        return session.plate if self.names(session) else masked

    def get_paid(self, session: ParkingSession) -> bool | None:
        if session.left_at is None:
            return None
        return session.bill is None or not session.bill.outstanding


class ParkingSessionInput(serializers.Serializer):
    neighbourhood = FeeNeighbourhoodField(queryset=Neighbourhood.objects.all())
    plate = PlateField()
    entered_at = MomentField()
    space_ownership = serializers.ChoiceField(
        SpaceOwnership.choices, required=False, default=SpaceOwnership.SHARED_LAND, help_text="Whose money it is."
    )
    client_id = serializers.UUIDField(
        allow_null=True, required=False, default=None, help_text="The barrier's own: sent twice, it is kept once."
    )


class LeaveInput(serializers.Serializer):
    left_at = MomentField()


class PaySessionInput(serializers.Serializer):
    method = serializers.ChoiceField(PayMethod.choices)
    reference = serializers.CharField(
        max_length=80,
        allow_blank=True,
        required=False,
        default="",
        help_text="Unique in the payer's channel; without one the stay's own.",
    )
    paid_at = MomentField()


class ParkingSessionFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    inside = django_filters.ChoiceFilter(method="by_exit", choices=TRUE_OR_FALSE, label="Came in and has not left.")

    def by_exit(self, queryset: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(left_at__isnull=value == "true")


class ParkingSessions(HoldsTheRow):
    """A vehicle's stay from entry to exit. A visitor's is priced by the hour at the exit and billed, due at once; a
    vehicle with a monthly pass stays free.
    """

    queryset = ParkingSession.objects.select_related("neighbourhood", "bill")
    serializer_class = ParkingSessionOutput
    filterset_class = ParkingSessionFilters
    ordering_fields = ("id", "entered_at")

    @extend_schema(request=ParkingSessionInput, responses={200: ParkingSessionOutput, 201: ParkingSessionOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """A vehicle came in; 200 with the stay that is there where the same was sent before. 409 `already_inside`,
        `in_the_future`, `client_id_reused`.
        """
        self.require_write()
        values = self.read_body(ParkingSessionInput)
        self.require_write(values["neighbourhood"])
        made, is_new = enter(by=request.user, **values)
        return self.shown(made, status=201 if is_new else 200)

    @extend_schema(request=LeaveInput, responses=ParkingSessionOutput)
    @action(detail=True, methods=["post"])
    def leave(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """It went out: priced and billed. 409 `already_left`, `day_out_of_order`, `in_the_future`, `month_closed`."""
        session = self.get_object()
        return self.shown(leave(session=session, by=request.user, **self.read_body(LeaveInput)))

    @extend_schema(request=PaySessionInput, responses=ParkingSessionOutput)
    @action(detail=True, methods=["post"])
    def pay(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Take what is left to pay of it. 409 `nothing_to_pay`, `reference_reused`, `in_the_future`."""
        session = self.get_object()
        pay_session(session=session, by=request.user, **self.read_body(PaySessionInput))
        return self.shown(session)
