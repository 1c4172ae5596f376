from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers

from accounts.choices import Act
from consent.api.filters import DoorFilters
from consent.api.parts import PartOfSurvey
from consent.choices import Given, StanceValue
from consent.models import RollEntry, RoundDoor


class DoorOutput(serializers.ModelSerializer):
    household = serializers.IntegerField(source="household_id")
    building_number = serializers.CharField(source="building.number")
    stairwell = serializers.CharField(source="stairwell_number")
    stance = serializers.ChoiceField(StanceValue.choices, source="stance.value")
    given = serializers.ChoiceField(Given.choices, source="stance.given", allow_blank=True)
    counts = serializers.BooleanField(source="stance.counts", help_text="Counts as support.")
    excluded = serializers.BooleanField(source="stance.excluded", help_text="Vacant, and out of the denominator.")
    contacted = serializers.BooleanField(source="stance.contacted")
    visit_count = serializers.IntegerField(source="stance.visit_count")
    in_round = serializers.BooleanField(help_text="The round in hand visits this door.")
    visited_in_round = serializers.BooleanField(help_text="It has done so.")

    class Meta:
        model = RollEntry
        fields = [
            "id",
            "household",
            "building",
            "building_number",
            "stairwell",
            "unit_number",
            "floor",
            "gross_floor_area",
            "stance",
            "given",
            "counts",
            "excluded",
            "contacted",
            "visit_count",
            "in_round",
            "visited_in_round",
        ]


@extend_schema_view(
    list=extend_schema(
        parameters=[
            OpenApiParameter("reason", OpenApiTypes.STR, description="Why an official reads doors; it is logged.")
        ],
        operation_id="survey_doors_list",
    )
)
class Doors(PartOfSurvey):
    """The roll with each household's current stance, and whether the round in hand visits it."""

    act = Act.DOORS
    queryset = RollEntry.objects.all()
    serializer_class = DoorOutput
    filterset_class = DoorFilters
    ordering_fields = ("id",)
    by_reason = True

    def get_queryset(self) -> QuerySet[Any]:
        listed = RoundDoor.objects.filter(door=OuterRef("pk"), round__closed_at=None)
        doors: Any = super().get_queryset()
        return (
            doors.on_roll()
            .select_related("stance", "building")
            .annotate(in_round=Exists(listed), visited_in_round=Exists(listed.filter(visited=True)))
        )
