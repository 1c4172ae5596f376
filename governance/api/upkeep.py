"""Inspection tours, and what was seen on them."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action

from accounts.http import SignedInApiRequest
from accounts.rest import VisibleField
from common.filters import CodeFilter, IdFilter
from governance.api.base import lock_place_of
from governance.api.upkeep_parts import (
    JPEG,
    DoerInput,
    PhotoField,
    PlaceInput,
    SaidField,
    TakesPhotos,
    UpkeepNeighbourhoodField,
    Upkept,
    photo_address,
    photo_answer,
)
from governance.choices.upkeep import Criterion, FindingSeverity, InspectionState
from governance.models import Body, Finding, Inspection
from governance.reports.upkeep import with_findings
from governance.services.upkeep import add_finding, amend_inspection, close_inspection, plan_inspection
from governance.services.upkeep_tasks import open_task_of
from renovation.models import Neighbourhood


class InspectionOutput(serializers.ModelSerializer):
    finding_count = serializers.IntegerField(help_text="How much was seen.")
    waiting_count = serializers.IntegerField(help_text="Of the tasks that followed, how many are not checked yet.")

    class Meta:
        model = Inspection
        fields = [
            "id",
            "neighbourhood",
            "title",
            "held_on",
            "route",
            "body",
            "party",
            "state",
            "finding_count",
            "waiting_count",
            "created_at",
            "updated_at",
        ]


class InspectionChange(serializers.Serializer):
    title = serializers.CharField(max_length=80)
    held_on = serializers.DateField()
    route = serializers.CharField(max_length=300, allow_blank=True, required=False)
    body = VisibleField(queryset=Body.objects.all(), allow_null=True, required=False, help_text="Who of the 3+X walks.")
    party = serializers.CharField(
        max_length=200, allow_blank=True, required=False, help_text="Who walks besides, in words."
    )


class InspectionInput(InspectionChange):
    neighbourhood = UpkeepNeighbourhoodField(queryset=Neighbourhood.objects.all())


class InspectionFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    body = IdFilter("body_id")
    state = django_filters.ChoiceFilter(choices=InspectionState.choices)
    held_after = django_filters.DateFilter("held_on", "gte")
    held_before = django_filters.DateFilter("held_on", "lte")


class Inspections(Upkept):
    """Tours through a neighbourhood to see how it is kept. What was seen is in `findings/`."""

    queryset = Inspection.objects.all()
    serializer_class = InspectionOutput
    filterset_class = InspectionFilters
    ordering_fields = ("id", "held_on")

    def get_queryset(self) -> QuerySet[Any]:
        return with_findings(super().get_queryset()).select_related("neighbourhood")

    def get_object(self) -> Any:
        lock_place_of(self, "neighbourhood_id")
        return super().get_object()

    def etag_extra(self, thing: Any) -> str:
        return f"{thing.finding_count}.{thing.waiting_count}"

    @extend_schema(request=InspectionInput, responses={201: InspectionOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Plan a tour, or write down one that was held. 409 `body_ended`, `other_neighbourhood`."""
        self.require_write()
        values = self.read_body(InspectionInput)
        self.require_keeper(values["neighbourhood"])
        return self.shown(plan_inspection(by=request.user, **values), status=201)

    @extend_schema(request=InspectionChange, responses=InspectionOutput)
    def partial_update(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Change a tour that is not closed; else 409 `inspection_done`. 409 `body_ended`, `other_neighbourhood`."""
        tour = self.get_object()
        values = self.read_body(InspectionChange, partial=True)
        return self.shown(amend_inspection(inspection=tour, by=request.user, **values))

    @extend_schema(request=None, responses=InspectionOutput)
    @action(detail=True, methods=["post"])
    def close(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """The tour is done and takes no more findings. 409 `inspection_done`, and `day_in_future` before its day."""
        return self.shown(close_inspection(inspection=self.get_object(), by=request.user))


class FindingOutput(serializers.ModelSerializer):
    photo = serializers.SerializerMethodField(help_text="Where its photo is; null where there is none.")
    task = serializers.SerializerMethodField(help_text="Id of the task that followed, in `upkeep-tasks/`.")
    recorded_by = serializers.IntegerField(source="by_id", allow_null=True)
    created_at = serializers.DateTimeField(source="at")

    class Meta:
        model = Finding
        fields = [
            "id",
            "inspection",
            "criterion",
            "severity",
            "building",
            "stairwell",
            "text",
            "photo",
            "task",
            "recorded_by",
            "created_at",
        ]

    def get_photo(self, finding: Finding) -> str | None:
        return photo_address(finding, "finding-photo")

    def get_task(self, finding: Finding) -> int | None:
        task = getattr(finding, "task", None)
        return task.pk if task else None


class FindingInput(PlaceInput, DoerInput):
    inspection = VisibleField(queryset=Inspection.objects.select_related("neighbourhood"))
    criterion = serializers.ChoiceField(Criterion.choices)
    severity = serializers.ChoiceField(FindingSeverity.choices)
    text = serializers.CharField(max_length=500)
    photo = PhotoField()
    task = SaidField(
        required=False, default=True, help_text="Whether a task follows. One always does where it is about safety."
    )


class FindingFilters(django_filters.FilterSet):
    inspection = IdFilter("inspection_id")
    neighbourhood = IdFilter("inspection__neighbourhood_id")
    division = CodeFilter("inspection__neighbourhood__community_code")
    building = IdFilter("building_id")
    stairwell = IdFilter("stairwell_id")
    criterion = django_filters.ChoiceFilter(choices=Criterion.choices)
    severity = django_filters.ChoiceFilter(choices=FindingSeverity.choices)


class Findings(TakesPhotos):
    """What was seen on tours, by the goal words clean, clear, bright, safe, beautiful. It is never changed: what became
    of it is told by its task.
    """

    queryset = Finding.objects.all()
    serializer_class = FindingOutput
    filterset_class = FindingFilters

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().select_related("inspection__neighbourhood", "task")

    @extend_schema(
        request={"application/json": FindingInput, "multipart/form-data": FindingInput}, responses={201: FindingOutput}
    )
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Write down what was seen, with a photo; and the task that follows.

        409 `inspection_done`, `day_in_future` (the tour is still to come), `stairwell_elsewhere`, `body_ended`,
        `day_out_of_order` (due before the tour), `other_neighbourhood`; 400 `photo_refused`.
        """
        self.require_write()
        values = self.read_body(FindingInput)
        self.require_keeper(values["inspection"])
        return self.shown(add_finding(by=request.user, **values), status=201)

    @extend_schema(request=DoerInput, responses={201: FindingOutput})
    @action(detail=True, methods=["post"])
    def task(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Make a task of it after all. 409 `finding_has_task`, `body_ended`, `day_out_of_order`,
        `other_neighbourhood`.
        """
        finding = self.get_object()
        values = self.read_body(DoerInput)
        open_task_of(finding=finding, by=request.user, **values)
        return self.shown(finding, status=201)

    @extend_schema(responses={(200, JPEG): OpenApiTypes.BINARY}, filters=False)
    @action(detail=True, pagination_class=None, filter_backends=[])
    def photo(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """The photo, a JPEG without location; 404 where there is none."""
        return photo_answer(self.get_object().photo)
