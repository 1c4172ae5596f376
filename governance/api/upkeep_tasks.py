"""Upkeep tasks, from reported to checked."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.http import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound

from accounts.http import SignedInApiRequest
from accounts.rest import VisibleField
from common.filters import TRUE_OR_FALSE, CodeFilter, IdFilter
from governance.api.base import lock_place_of
from governance.api.upkeep_parts import (
    JPEG,
    DoerInput,
    PhotoField,
    PlaceInput,
    SaidField,
    TakesPhotos,
    UpkeepNeighbourhoodField,
    photo_address,
    photo_answer,
)
from governance.choices.upkeep import TaskAct, TaskOrigin, TaskState
from governance.models import Body, TaskEvent, UpkeepTask
from governance.permissions.upkeep import sees_reporter
from governance.services.upkeep_tasks import amend_task, check_task, do_task, drop_task, open_task
from renovation.models import Neighbourhood
from renovation.rules.masking import mask_name, mask_phone

REPORTED = [(value, label) for value, label in TaskOrigin.choices if value != TaskOrigin.INSPECTION]
MASKED = "Masked unless the caller reads personal fields there, or is to do it."


class TaskEventOutput(serializers.ModelSerializer):
    act = serializers.ChoiceField(TaskAct.choices)
    photo = serializers.SerializerMethodField(help_text="Where its photo is; null where there is none.")

    class Meta:
        model = TaskEvent
        fields = ["id", "act", "done_on", "note", "photo", "by", "at"]

    def get_photo(self, event: TaskEvent) -> str | None:
        return photo_address(event, "upkeep-task-step-photo", event.task_id, event.pk)


class UpkeepTaskOutput(serializers.ModelSerializer):
    reporter_name = serializers.SerializerMethodField(help_text=MASKED)
    reporter_phone = serializers.SerializerMethodField(help_text=MASKED)
    photo = serializers.SerializerMethodField(help_text="Where its photo is; null where there is none.")
    events = TaskEventOutput(many=True)

    class Meta:
        model = UpkeepTask
        fields = [
            "id",
            "neighbourhood",
            "origin",
            "finding",
            "building",
            "stairwell",
            "place",
            "text",
            "is_safety",
            "reporter_name",
            "reporter_phone",
            "reported_on",
            "body",
            "due_on",
            "state",
            "done_on",
            "note",
            "photo",
            "events",
            "created_at",
            "updated_at",
        ]

    def get_reporter_name(self, task: UpkeepTask) -> str:
        sees = sees_reporter(self.context["request"].user, task)
        return task.reporter_name if sees else mask_name(task.reporter_name)

    def get_reporter_phone(self, task: UpkeepTask) -> str:
        sees = sees_reporter(self.context["request"].user, task)
        return task.reporter_phone if sees else mask_phone(task.reporter_phone)

    def get_photo(self, task: UpkeepTask) -> str | None:
        return photo_address(task, "upkeep-task-photo")


class UpkeepTaskInput(PlaceInput, DoerInput):
    neighbourhood = UpkeepNeighbourhoodField(queryset=Neighbourhood.objects.all())
    origin = serializers.ChoiceField(REPORTED, help_text="A task of an inspection comes from its finding.")
    text = serializers.CharField(max_length=500)
    place = serializers.CharField(max_length=80, allow_blank=True, required=False, default="")
    is_safety = SaidField(required=False, default=False, help_text="Such tasks come first.")
    reporter_name = serializers.CharField(max_length=40, allow_blank=True, required=False, default="")
    reporter_phone = serializers.CharField(max_length=20, allow_blank=True, required=False, default="")
    reported_on = serializers.DateField(help_text="Not in the future.")
    photo = PhotoField()


class UpkeepTaskChange(serializers.Serializer):
    body = VisibleField(queryset=Body.objects.all(), allow_null=True, required=False, help_text="Who is to do it.")
    due_on = serializers.DateField(allow_null=True, required=False)
    place = serializers.CharField(max_length=80, allow_blank=True, required=False)
    is_safety = SaidField(required=False)


class DoneInput(serializers.Serializer):
    done_on = serializers.DateField(help_text="Not before the step that it follows, not in the future.")
    note = serializers.CharField(max_length=500, allow_blank=True, required=False, default="")
    photo = PhotoField()


class CheckInput(serializers.Serializer):
    passed = SaidField()
    checked_on = serializers.DateField(help_text="Not before it was done, not in the future.")
    note = serializers.CharField(
        max_length=500, allow_blank=True, required=False, default="", help_text="Needed where it is sent back."
    )
    photo = PhotoField()


class DropInput(serializers.Serializer):
    reason = serializers.CharField(max_length=500)


class UpkeepTaskFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    building = IdFilter("building_id")
    stairwell = IdFilter("stairwell_id")
    body = IdFilter("body_id")
    finding = IdFilter("finding_id")
    inspection = IdFilter("finding__inspection_id")
    origin = django_filters.ChoiceFilter(choices=TaskOrigin.choices)
    state = django_filters.ChoiceFilter(choices=TaskState.choices)
    is_safety = django_filters.ChoiceFilter(method="by_safety", choices=TRUE_OR_FALSE)
    overdue = django_filters.ChoiceFilter(
        method="by_overdue", choices=TRUE_OR_FALSE, label="Still to be done after its last day, or not."
    )

    def by_safety(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(is_safety=value == "true")

    def by_overdue(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        late = Q(state=TaskState.OPEN, due_on__lt=timezone.localdate(), due_on__isnull=False)
        return queryset.filter(late) if value == "true" else queryset.exclude(late)


class UpkeepTasks(TakesPhotos):
    """What is to be set right: found on a tour, reported by a resident, decided at a workshop. Done by one, it is
    checked by another.
    """

    queryset = UpkeepTask.objects.all()
    serializer_class = UpkeepTaskOutput
    filterset_class = UpkeepTaskFilters
    ordering_fields = ("id", "reported_on")

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().select_related("neighbourhood", "building", "body").prefetch_related("events")

    def get_object(self) -> Any:
        lock_place_of(self, "neighbourhood_id")
        return super().get_object()

    @extend_schema(
        request={"application/json": UpkeepTaskInput, "multipart/form-data": UpkeepTaskInput},
        responses={201: UpkeepTaskOutput},
    )
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Write down a repair that a resident reported, or another task.

        409 `day_in_future`, `day_out_of_order` (due before it was reported), `stairwell_elsewhere`, `body_ended`,
        `other_neighbourhood`; 400 `photo_refused`.
        """
        self.require_write()
        values = self.read_body(UpkeepTaskInput)
        self.require_keeper(values["neighbourhood"])
        return self.shown(open_task(by=request.user, **values), status=201)

    @extend_schema(request={"application/json": UpkeepTaskChange}, responses=UpkeepTaskOutput)
    def partial_update(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Give an open task to somebody, say by when. 409 `task_not_open`, `body_ended`, `day_out_of_order`,
        `other_neighbourhood`.
        """
        task = self.get_object()
        values = self.read_body(UpkeepTaskChange, partial=True)
        return self.shown(amend_task(task=task, by=request.user, **values))

    @extend_schema(
        request={"application/json": DoneInput, "multipart/form-data": DoneInput}, responses=UpkeepTaskOutput
    )
    @action(detail=True, methods=["post"])
    def done(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Record that it is done. 409 `task_not_open`, `day_in_future`, `day_out_of_order`; 400 `photo_refused`."""
        task = self.get_object()
        return self.shown(do_task(task=task, by=request.user, **self.read_body(DoneInput)))

    @extend_schema(
        request={"application/json": CheckInput, "multipart/form-data": CheckInput}, responses=UpkeepTaskOutput
    )
    @action(detail=True, methods=["post"])
    def check(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Check what was done: passed, it is over; else it is to be done again, and `note` says what is not in order.

        409 `task_not_done`, `second_person_needed` for who recorded the doing, `reason_needed`, `day_in_future`,
        `day_out_of_order`; 400 `photo_refused`.
        """
        task = self.get_object()
        return self.shown(check_task(task=task, by=request.user, **self.read_body(CheckInput)))

    @extend_schema(request={"application/json": DropInput}, responses=UpkeepTaskOutput)
    @action(detail=True, methods=["post"])
    def drop(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Give an open task up; else 409 `task_not_open`."""
        task = self.get_object()
        return self.shown(drop_task(task=task, by=request.user, **self.read_body(DropInput)))

    @extend_schema(responses={(200, JPEG): OpenApiTypes.BINARY}, filters=False)
    @action(detail=True, pagination_class=None, filter_backends=[])
    def photo(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """The photo of what is wrong, a JPEG without location; 404 where there is none."""
        return photo_answer(self.get_object().photo)

    @extend_schema(responses={(200, JPEG): OpenApiTypes.BINARY}, filters=False)
    @action(
        detail=True,
        url_path=r"steps/(?P<step>[0-9]{1,18})/photo",
        url_name="step-photo",
        pagination_class=None,
        filter_backends=[],
    )
    def step_photo(self, request: SignedInApiRequest, pk: str, step: str) -> HttpResponseBase:
        """The photo of what was done, by the id of one of its `events`; 404 where there is none."""
        event = TaskEvent.objects.filter(task=self.get_object(), pk=step).first()
        if event is None:
            raise NotFound
        return photo_answer(event.photo)
