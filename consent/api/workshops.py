"""Workshops and meetings: what is discussed, who came, what was decided, and the tasks that follow."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, NotFound, PermissionDenied
from rest_framework.permissions import SAFE_METHODS
from rest_framework.response import Response

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ListResource, ReadOnlyResource, VisibleField
from accounts.rules.territory import reach_of
from common.filters import TRUE_OR_FALSE, CodeFilter, IdFilter
from consent.choices import AttendeeRole, DecisionOutcome, TaskState, WorkshopKind, WorkshopState
from consent.models import Workshop, WorkshopAttendance, WorkshopDecision, WorkshopTask
from consent.permissions import may_keep_workshop, reads_attendance, sees_names_at_workshops
from consent.reports.workshops import assignee_for
from consent.rules.workshops import LONGEST_NAME, is_overdue
from consent.services.workshops import (
    add_attendances,
    add_decision,
    add_task,
    amend_task,
    amend_workshop,
    cancel_workshop,
    hold_workshop,
    plan_workshop,
    remove_attendance,
    settle_task,
)
from renovation.models import Household, Neighbourhood
from renovation.querysets import neighbourhoods_within
from renovation.rules.masking import mask_name

MOST_AT_ONCE = 500
MOST_HANDS = 100_000
SETTLED = [TaskState.DONE, TaskState.DROPPED]


class MeetingNeighbourhoodField(VisibleField):
    """A neighbourhood whose workshops the caller may read; a client needs no more scopes than that."""

    def get_queryset(self) -> QuerySet[Any]:
        reach = reach_of(self.context["request"].user, Act.WORKSHOPS)
        return Neighbourhood.objects.filter(neighbourhoods_within(reach))


class MeetingHouseholdField(VisibleField):
    """A household where the caller may read workshops."""

    def get_queryset(self) -> QuerySet[Any]:
        reach = reach_of(self.context["request"].user, Act.WORKSHOPS)
        return Household.objects.filter(neighbourhoods_within(reach, "neighbourhood__"))


class WorkshopOutput(serializers.ModelSerializer):
    attendances = serializers.IntegerField(source="attendance_count", help_text="How many came.")
    households = serializers.IntegerField(source="household_count", help_text="For how many households they came.")
    decisions = serializers.IntegerField(source="decision_count", help_text="How much was decided.")
    open_tasks = serializers.IntegerField(source="open_task_count", help_text="What of it is still to be done.")
    announcements = serializers.IntegerField(source="announcement_count", help_text="How often residents were told.")

    class Meta:
        model = Workshop
        fields = [
            "id",
            "neighbourhood",
            "kind",
            "title",
            "held_on",
            "place",
            "convened_by",
            "agenda",
            "state",
            "summary",
            "attendances",
            "households",
            "decisions",
            "open_tasks",
            "announcements",
            "created_at",
            "updated_at",
        ]


class PlanInput(serializers.Serializer):
    title = serializers.CharField(max_length=120)
    held_on = serializers.DateField(help_text="The planned day; one that has passed, where it is told of afterwards.")
    place = serializers.CharField(max_length=120)
    convened_by = serializers.CharField(max_length=80)
    agenda = serializers.CharField(max_length=4000)


class WorkshopInput(PlanInput):
    neighbourhood = MeetingNeighbourhoodField(queryset=Neighbourhood.objects.all())
    kind = serializers.ChoiceField(WorkshopKind.choices)


class AmendWorkshopInput(PlanInput):
    summary = serializers.CharField(max_length=8000, help_text="Of one that was held.")


class AttendanceInput(serializers.Serializer):
    name = serializers.CharField(max_length=LONGEST_NAME)
    role = serializers.ChoiceField(AttendeeRole.choices)
    household = MeetingHouseholdField(
        queryset=Household.objects.all(),
        allow_null=True,
        required=False,
        default=None,
        help_text="For which they came.",
    )


class DecisionInput(serializers.Serializer):
    text = serializers.CharField(max_length=1000)
    outcome = serializers.ChoiceField(DecisionOutcome.choices)
    votes_for = serializers.IntegerField(
        min_value=0, max_value=MOST_HANDS, allow_null=True, required=False, default=None, help_text="Counted hands."
    )
    votes_against = serializers.IntegerField(
        min_value=0, max_value=MOST_HANDS, allow_null=True, required=False, default=None
    )

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        missing = [name for name in ("votes_for", "votes_against") if values[name] is None]
        if len(missing) == 1:
            words = _("Give both counts, or neither.")
            raise serializers.ValidationError({missing[0]: [ErrorDetail(words, code="required")]})
        return values


class HoldInput(serializers.Serializer):
    summary = serializers.CharField(max_length=8000)
    held_on = serializers.DateField(
        allow_null=True, required=False, default=None, help_text="The planned day if not given; not in the future."
    )
    attendances = AttendanceInput(many=True, required=False, default=list, help_text="At most 500.")
    decisions = DecisionInput(many=True, required=False, default=list, help_text="At most 500.")

    def validate_attendances(self, rows: list[Any]) -> list[Any]:
        return _not_too_many(rows)

    def validate_decisions(self, rows: list[Any]) -> list[Any]:
        return _not_too_many(rows)


def _not_too_many(rows: list[Any]) -> list[Any]:
    if len(rows) > MOST_AT_ONCE:
        raise serializers.ValidationError(_("At most %(most)s at once.") % {"most": MOST_AT_ONCE}, code="max_length")
    return rows


class CancelInput(serializers.Serializer):
    reason = serializers.CharField(max_length=1000)


class WorkshopFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    kind = django_filters.ChoiceFilter(choices=WorkshopKind.choices)
    state = django_filters.ChoiceFilter(choices=WorkshopState.choices)
    overdue = django_filters.ChoiceFilter(
        method="by_overdue", choices=[("true", "true")], label="Those still planned though their day has passed."
    )

    def by_overdue(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        workshops: Any = queryset
        return workshops.overdue(timezone.localdate())


class Workshops(ReadOnlyResource):
    """Joint creation workshops and meetings of residents, the owners' committee and the party branch."""

    act = Act.WORKSHOPS
    queryset = Workshop.objects.all()
    serializer_class = WorkshopOutput
    filterset_class = WorkshopFilters
    ordering_fields = ("id", "held_on")
    search_fields = ("title",)

    def get_queryset(self) -> QuerySet[Any]:
        rows: Any = super().get_queryset()
        return rows.select_related("neighbourhood").with_counts()

    def get_object(self) -> Any:
        lock_place_of(self, "neighbourhood")
        return super().get_object()

    def etag_extra(self, thing: Any) -> str:
        """Who came, what was decided and what follows come without a new version of the workshop."""
        counts = (thing.attendance_count, thing.household_count, thing.decision_count, thing.open_task_count)
        return ".".join(str(count) for count in (*counts, thing.announcement_count))

    def may(self, thing: Any) -> bool:
        return may_keep_workshop(self.request.user, thing, thing.kind)

    @extend_schema(request=WorkshopInput, responses={201: WorkshopOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Call a workshop or a meeting together. That of the party branch is kept by who keeps its members."""
        self.require_write()
        values = self.read_body(WorkshopInput)
        if not may_keep_workshop(request.user, values["neighbourhood"], values["kind"]):
            raise PermissionDenied
        return self._shown(plan_workshop(**values, by=request.user), status=201)

    @extend_schema(request=AmendWorkshopInput)
    def partial_update(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Change the plan of one that is planned, else 409 `workshop_not_planned`; or the summary of one that was held,
        else 409 `workshop_not_held`.
        """
        workshop = self.get_object()
        values = self.read_body(AmendWorkshopInput, partial=True)
        return self._shown(amend_workshop(workshop=workshop, by=request.user, **values))

    @extend_schema(request=HoldInput, responses=WorkshopOutput, filters=False)
    @action(detail=True, methods=["post"])
    def hold(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Record that it was held, with who came and what was decided: all of it or nothing.

        409 `workshop_not_planned`, `day_in_future`, `already_attending`, `hands_disagree`, `other_neighbourhood`.
        """
        workshop = self.get_object()
        return self._shown(hold_workshop(workshop=workshop, by=request.user, **self.read_body(HoldInput)))

    @extend_schema(request=CancelInput, responses=WorkshopOutput, filters=False)
    @action(detail=True, methods=["post"])
    def cancel(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """It will not be held; the reason is kept as its summary. 409 `workshop_not_planned`."""
        workshop = self.get_object()
        return self._shown(cancel_workshop(workshop=workshop, by=request.user, **self.read_body(CancelInput)))

    def _shown(self, workshop: Workshop, *, status: int = 200) -> HttpResponseBase:
        return self.answer(self.get_queryset().get(pk=workshop.pk), status=status)


class PartOfWorkshop(ListResource):
    """Rows of one workshop, which the route names; 404 where the caller may not see the workshop."""

    act = Act.WORKSHOPS

    @cached_property
    def workshop(self) -> Workshop:
        seen = Workshop.objects.visible_to(self.request.user).select_related("neighbourhood")
        found: Workshop | None = seen.filter(pk=self.kwargs["workshop"]).first()
        if found is None:
            raise NotFound
        return found

    def get_queryset(self) -> QuerySet[Any]:
        rows = super().get_queryset()
        return rows if getattr(self, "swagger_fake_view", False) else rows.filter(workshop=self.workshop)

    def require_keeper(self) -> None:
        if not may_keep_workshop(self.request.user, self.workshop, self.workshop.kind):
            raise PermissionDenied

    def may(self, thing: Any) -> bool:
        return may_keep_workshop(self.request.user, self.workshop, self.workshop.kind)


class AttendanceOutput(serializers.ModelSerializer):
    name = serializers.SerializerMethodField(
        help_text="Masked unless the caller keeps workshops or reads personal fields here."
    )
    household = serializers.SerializerMethodField(
        help_text="For which they came, where it is known; null where the name is masked: a door names somebody, too."
    )
    created_at = serializers.DateTimeField(source="at")

    class Meta:
        model = WorkshopAttendance
        fields = ["id", "workshop", "name", "role", "household", "created_at"]

    @extend_schema_field(OpenApiTypes.STR)
    def get_name(self, attendance: WorkshopAttendance) -> str:
        return attendance.name if self._sees() else mask_name(attendance.name)

    def get_household(self, attendance: WorkshopAttendance) -> int | None:
        return attendance.household_id if self._sees() else None

    def _sees(self) -> bool:
        return sees_names_at_workshops(self.context["request"].user, self.context["view"].workshop)


class Attendances(PartOfWorkshop):
    """Who came to a workshop. The list of a party meeting is read by who reads the party's members, else 403."""

    queryset = WorkshopAttendance.objects.all()
    serializer_class = AttendanceOutput

    def get_queryset(self) -> QuerySet[Any]:
        rows = super().get_queryset()
        fake = getattr(self, "swagger_fake_view", False)
        if not fake and not reads_attendance(self.request.user, self.workshop):
            raise PermissionDenied
        return rows

    @extend_schema(request=AttendanceInput, responses={201: AttendanceOutput})
    def create(self, request: SignedInApiRequest, workshop: str) -> HttpResponseBase:
        """Write down who came, from the planned day on. 409 `workshop_not_held`, `already_attending`,
        `other_neighbourhood`.
        """
        self.require_keeper()
        values = self.read_body(AttendanceInput)
        made = add_attendances(workshop=self.workshop, attendances=[values], by=request.user)[0]
        return self.answer(made, status=201)

    def destroy(self, request: SignedInApiRequest, workshop: str, pk: str) -> Response:
        """Take somebody off the list who was written down by mistake."""
        self.require_keeper()
        remove_attendance(attendance=self.get_object(), by=request.user)
        return Response(status=204)


class DecisionOutput(serializers.ModelSerializer):
    created_at = serializers.DateTimeField(source="at")

    class Meta:
        model = WorkshopDecision
        fields = ["id", "workshop", "text", "outcome", "votes_for", "votes_against", "by", "created_at"]


class Decisions(PartOfWorkshop):
    """What a workshop decided. A decision is never changed; a later one says otherwise."""

    queryset = WorkshopDecision.objects.all()
    serializer_class = DecisionOutput

    @extend_schema(request=DecisionInput, responses={201: DecisionOutput})
    def create(self, request: SignedInApiRequest, workshop: str) -> HttpResponseBase:
        """Write down what was decided, from the planned day on. 409 `workshop_not_held`, `hands_disagree`."""
        self.require_keeper()
        made = add_decision(workshop=self.workshop, by=request.user, **self.read_body(DecisionInput))
        return self.answer(made, status=201)


class TaskOutput(serializers.ModelSerializer):
    neighbourhood = serializers.IntegerField(source="workshop.neighbourhood_id")
    assignee = serializers.SerializerMethodField(help_text="Masked for who may not read who came to the meeting.")
    overdue = serializers.SerializerMethodField(help_text="Whether it is open though its day has passed.")

    class Meta:
        model = WorkshopTask
        fields = [
            "id",
            "neighbourhood",
            "workshop",
            "text",
            "assignee",
            "due_on",
            "overdue",
            "state",
            "done_on",
            "note",
            "created_at",
            "updated_at",
        ]

    @extend_schema_field(OpenApiTypes.STR)
    def get_assignee(self, task: WorkshopTask) -> str:
        return assignee_for(task, self.context["request"].user)

    def get_overdue(self, task: WorkshopTask) -> bool:
        return is_overdue(task.state == TaskState.OPEN, task.due_on, timezone.localdate())


class AmendTaskInput(serializers.Serializer):
    text = serializers.CharField(max_length=500)
    assignee = serializers.CharField(max_length=80)
    due_on = serializers.DateField(help_text="Not before the day of the meeting.")


class TaskInput(AmendTaskInput):
    workshop = VisibleField(queryset=Workshop.objects.select_related("neighbourhood"))


class SettleTaskInput(serializers.Serializer):
    state = serializers.ChoiceField([(state.value, state.label) for state in SETTLED])
    done_on = serializers.DateField(
        allow_null=True, required=False, default=None, help_text="Of one that is done: today if not given."
    )
    note = serializers.CharField(
        max_length=500, allow_blank=True, required=False, default="", help_text="Of a dropped one: why."
    )

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        if values["state"] == TaskState.DROPPED and not values["note"]:
            words = _("Say why it is dropped.")
            raise serializers.ValidationError({"note": [ErrorDetail(words, code="required")]})
        if values["state"] == TaskState.DROPPED and values["done_on"]:
            words = _("What is dropped was not done.")
            raise serializers.ValidationError({"done_on": [ErrorDetail(words, code="invalid")]})
        return values


class TaskFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("workshop__neighbourhood_id")
    division = CodeFilter("workshop__neighbourhood__community_code")
    workshop = IdFilter("workshop_id")
    state = django_filters.ChoiceFilter(choices=TaskState.choices)
    overdue = django_filters.ChoiceFilter(
        method="by_overdue", choices=TRUE_OR_FALSE, label="Open though their day has passed, or the rest."
    )

    def by_overdue(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        tasks: Any = queryset
        late = tasks.overdue(timezone.localdate())
        return late if value == "true" else tasks.exclude(pk__in=late.values("pk"))


class WorkshopTasks(ReadOnlyResource):
    """What somebody is to do after a workshop, and by when."""

    act = Act.WORKSHOPS
    queryset = WorkshopTask.objects.all()
    serializer_class = TaskOutput
    filterset_class = TaskFilters
    ordering_fields = ("id", "due_on")

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().select_related("workshop__neighbourhood")

    def get_object(self) -> Any:
        lock_place_of(self, "workshop__neighbourhood")
        return super().get_object()

    def etag_extra(self, thing: Any) -> str:
        """That its day has passed comes by itself."""
        return f"{is_overdue(thing.state == TaskState.OPEN, thing.due_on, timezone.localdate()):d}"

    def may(self, thing: Any) -> bool:
        return may_keep_workshop(self.request.user, thing, thing.workshop.kind)

    @extend_schema(request=TaskInput, responses={201: TaskOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Give somebody a task, from the planned day on. 409 `workshop_not_held`, `day_out_of_order`."""
        self.require_write()
        values = self.read_body(TaskInput)
        if not may_keep_workshop(request.user, values["workshop"], values["workshop"].kind):
            raise PermissionDenied
        return self._shown(add_task(by=request.user, **values), status=201)

    @extend_schema(request=AmendTaskInput)
    def partial_update(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Change an open task. 409 `task_settled`, `day_out_of_order`."""
        task = self.get_object()
        return self._shown(amend_task(task=task, by=request.user, **self.read_body(AmendTaskInput, partial=True)))

    @extend_schema(request=SettleTaskInput, responses=TaskOutput, filters=False)
    @action(detail=True, methods=["post"])
    def settle(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """It is done, or is dropped and `note` says why. 409 `task_settled`, `day_in_future`, `day_out_of_order`."""
        task = self.get_object()
        return self._shown(settle_task(task=task, by=request.user, **self.read_body(SettleTaskInput)))

    def _shown(self, task: WorkshopTask, *, status: int = 200) -> HttpResponseBase:
        return self.answer(self.get_queryset().get(pk=task.pk), status=status)


def lock_place_of(view: ReadOnlyResource, path: str) -> None:
    """The neighbourhood of the row at hand, locked before the row is read to be written: every writer locks in this
    order, and no version is compared that somebody else is changing.
    """
    if view.request.method in SAFE_METHODS:
        return
    place = view.get_queryset().filter(pk=view.kwargs["pk"]).values_list(path, flat=True).first()
    if place is not None:
        Neighbourhood.objects.select_for_update().get(pk=place)
