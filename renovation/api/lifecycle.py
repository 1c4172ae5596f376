"""The life of a neighbourhood over HTTP: its steps, its evidence, overrides of guards, and its history."""

from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, NotFound, PermissionDenied, ValidationError
from rest_framework.response import Response

from accounts.choices import Role
from accounts.http import SignedInApiRequest
from common.filters import refuse_unknown
from common.pagination import PositionPagination
from renovation.choices import EvidenceKind, OverrideState, Stage
from renovation.models import Evidence, GuardOverride, Neighbourhood
from renovation.permissions import may_move, may_override, may_record, reads_support_rate
from renovation.reports.fault_words import words_of_fault
from renovation.reports.history import history_of
from renovation.reports.lifecycle import ToldStep, guard_json, steps_of
from renovation.rules.evidence import SCHEMAS, FactsUnreadable, Fault
from renovation.rules.lifecycle import movers
from renovation.services.evidence import record_evidence, revoke_evidence
from renovation.services.lifecycle import move
from renovation.services.overrides import confirm_override, request_override

RECORDED = [(kind.value, kind.label) for kind in EvidenceKind if kind in SCHEMAS]
PAGING = frozenset({"cursor", "page_size", "count"})
LIFECYCLE_ACTIONS = ("history", "transitions", "evidence", "overrides", "confirm_override")


class GuardOutput(serializers.Serializer):
    code = serializers.CharField()
    title = serializers.CharField()
    met = serializers.BooleanField()
    overridden = serializers.BooleanField(help_text="Not met, and lifted by two officials.")
    may_be_overridden = serializers.BooleanField()
    detail = serializers.CharField(allow_blank=True, help_text="Its figures as a sentence.")
    remedy = serializers.CharField(allow_blank=True, help_text="What would meet it.")
    figures = serializers.DictField()


class StepOutput(serializers.Serializer):
    to = serializers.ChoiceField(Stage.choices)
    movers = serializers.ListField(
        child=serializers.ChoiceField(Role.choices), help_text="The roles that take it; none where it comes by itself."
    )
    may_move = serializers.BooleanField(help_text="Whether you may take it.")
    needs = serializers.ListField(
        child=serializers.ChoiceField(["reason", "review_on"]), help_text="What the step must be given besides."
    )
    unmet_guards = GuardOutput(many=True)
    guards = GuardOutput(many=True, help_text="All of them, unmet first.")


class MoveInput(serializers.Serializer):
    to = serializers.ChoiceField(Stage.choices)
    reason = serializers.CharField(max_length=500, allow_blank=True, required=False, default="")
    review_on = serializers.DateField(
        allow_null=True, required=False, default=None, help_text="When a suspended one is looked at again."
    )


class HistoryOutput(serializers.Serializer):
    """A stage change, a piece of evidence that guards read, or an override of a guard."""

    id = serializers.CharField()
    kind = serializers.ChoiceField(["stage_change", "evidence", "override_requested", "override_confirmed"])
    at = serializers.DateTimeField()
    by = serializers.CharField(allow_null=True, help_text="The name of who did it; null is the system.")
    reason = serializers.CharField(allow_blank=True)
    from_stage = serializers.CharField(allow_null=True)
    to_stage = serializers.CharField(allow_null=True)
    evidence = serializers.CharField(allow_null=True, help_text="What the evidence is about.")
    guard = serializers.CharField(allow_null=True, help_text="The guard that an override lifts.")
    document = serializers.CharField(allow_blank=True)
    dated_on = serializers.DateField(allow_null=True)
    revoked = serializers.BooleanField()
    figures = serializers.DictField(help_text="As they stood.")


class EvidenceOutput(serializers.ModelSerializer):
    by = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(source="at")
    is_current = serializers.BooleanField(help_text="The latest of its kind, and not a revocation: guards read it.")

    class Meta:
        model = Evidence
        fields = [
            "id",
            "kind",
            "facts",
            "document",
            "dated_on",
            "revoked",
            "reason",
            "by",
            "is_current",
            "created_at",
        ]

    def get_by(self, evidence: Evidence) -> str | None:
        return str(evidence.by) if evidence.by else None


class RecordInput(serializers.Serializer):
    """A new piece of evidence; or, with `revoked`, the end of the one that stands, and why."""

    kind = serializers.ChoiceField(RECORDED)
    facts = serializers.JSONField(required=False, default=dict, help_text="The values of the kind, by name.")
    document = serializers.CharField(max_length=120, required=False, help_text="Its number.")
    dated_on = serializers.DateField(required=False, help_text="Of the document; not in the future.")
    revoked = serializers.BooleanField(required=False, default=False)
    reason = serializers.CharField(max_length=500, allow_blank=True, required=False, default="")

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        require_document(values)
        return values


class OverrideInput(serializers.Serializer):
    to = serializers.ChoiceField(Stage.choices)
    guard = serializers.CharField(max_length=24)
    reason = serializers.CharField(max_length=500)
    document = serializers.CharField(max_length=120)


class OverrideOutput(serializers.ModelSerializer):
    to = serializers.ChoiceField(Stage.choices, source="to_stage")
    state = serializers.ChoiceField(OverrideState.choices)
    requested_by = serializers.CharField()
    confirmed_by = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField(source="requested_at")

    class Meta:
        model = GuardOverride
        fields = [
            "id",
            "to",
            "guard",
            "state",
            "reason",
            "document",
            "requested_by",
            "confirmed_by",
            "confirmed_at",
            "created_at",
        ]


class LifecycleActions:
    """What `neighbourhoods/{id}/` has of the lifecycle, for its viewset. Who may is asked by step and by kind."""

    def may(self: Any, thing: Any) -> bool:
        return True if self.action in LIFECYCLE_ACTIONS else super().may(thing)  # type: ignore[misc]

    @extend_schema(methods=["get"], responses=StepOutput(many=True), filters=False, operation_id="transitions_list")
    @extend_schema(methods=["post"], request=MoveInput, responses={200: HistoryOutput})
    @action(detail=True, methods=["get", "post"], pagination_class=PositionPagination, filter_backends=[])
    def transitions(self: Any, request: SignedInApiRequest, pk: str) -> Response:
        """GET the steps possible from here, each with its unmet guards. POST takes one; where guards are unmet, 409
        `guards_unmet` with `unmet_guards`.
        """
        neighbourhood: Neighbourhood = self.get_object()
        if request.method == "GET":
            refuse_unknown(request, PAGING)
            told = steps_of(
                neighbourhood, timezone.localdate(), reads_rate=reads_support_rate(request.user, neighbourhood)
            )
            rows = [_step_json(step, neighbourhood, request.user) for step in told]
            return self.get_paginated_response(StepOutput(self.paginate_queryset(rows), many=True).data)
        values = self.read_body(MoveInput)
        stage = neighbourhood.stage
        if not may_move(request.user, neighbourhood, movers(stage, values["to"])):
            raise PermissionDenied
        change = move(neighbourhood=neighbourhood, by=request.user, **values)
        row = next(row for row in history_of(neighbourhood, request.user) if row["id"] == f"stage_change-{change.pk}")
        return Response(HistoryOutput(row).data)

    @extend_schema(methods=["get"], responses=EvidenceOutput(many=True), filters=False, operation_id="evidence_list")
    @extend_schema(methods=["post"], request=RecordInput, responses={201: EvidenceOutput})
    @action(detail=True, methods=["get", "post"], pagination_class=PositionPagination, filter_backends=[])
    def evidence(self: Any, request: SignedInApiRequest, pk: str) -> Response:
        """GET the evidence that guards read, oldest first. POST records a piece, or revokes the one that stands."""
        neighbourhood: Neighbourhood = self.get_object()
        if request.method == "GET":
            refuse_unknown(request, PAGING)
            rows = evidence_rows(request.user).filter(neighbourhood=neighbourhood)
            return self.get_paginated_response(EvidenceOutput(self.paginate_queryset(rows), many=True).data)
        values = self.read_body(RecordInput)
        made = record_or_revoke(request.user, neighbourhood, values["kind"], values)
        return Response(EvidenceOutput(evidence_rows(request.user).get(pk=made.pk)).data, status=201)

    @extend_schema(methods=["get"], responses=OverrideOutput(many=True), filters=False, operation_id="overrides_list")
    @extend_schema(methods=["post"], request=OverrideInput, responses={201: OverrideOutput})
    @action(detail=True, methods=["get", "post"], pagination_class=PositionPagination, filter_backends=[])
    def overrides(self: Any, request: SignedInApiRequest, pk: str) -> Response:
        """GET the overrides of guards, oldest first. POST asks for one; it counts once a second official confirms."""
        neighbourhood: Neighbourhood = self.get_object()
        if request.method == "GET":
            refuse_unknown(request, PAGING)
            rows = _overrides(request.user, neighbourhood)
            return self.get_paginated_response(OverrideOutput(self.paginate_queryset(rows), many=True).data)
        if not may_override(request.user, neighbourhood):
            raise PermissionDenied
        values = self.read_body(OverrideInput)
        made = request_override(neighbourhood=neighbourhood, by=request.user, **values)
        return Response(OverrideOutput(made).data, status=201)

    @extend_schema(request=None, responses=OverrideOutput, filters=False)
    @action(detail=True, methods=["post"], url_path="overrides/(?P<override>[0-9]{1,18})/confirm")
    def confirm_override(self: Any, request: SignedInApiRequest, pk: str, override: str) -> Response:
        """Confirm an override that another official of the district asked for."""
        neighbourhood: Neighbourhood = self.get_object()
        found = _overrides(request.user, neighbourhood).filter(pk=override).first()
        if found is None:
            raise NotFound
        if not may_override(request.user, neighbourhood):
            raise PermissionDenied
        return Response(OverrideOutput(confirm_override(override=found, by=request.user)).data)

    @extend_schema(responses=HistoryOutput(many=True))
    @action(detail=True, pagination_class=PositionPagination)
    def history(self: Any, request: SignedInApiRequest, pk: str) -> Response:
        """Every stage change, piece of evidence and override, oldest first."""
        refuse_unknown(request, PAGING)
        rows = history_of(self.get_object(), request.user)
        return self.get_paginated_response(HistoryOutput(self.paginate_queryset(rows), many=True).data)


def require_document(values: dict[str, Any]) -> None:
    """What is recorded bears the number and the day of a document; what is revoked needs a reason instead."""
    missing = [] if values["revoked"] else [name for name in ("document", "dated_on") if name not in values]
    if missing:
        raise ValidationError(
            {name: [ErrorDetail(words_of_fault(Fault(name, "required", {})), code="required")] for name in missing}
        )


def record_or_revoke(
    user: Any, neighbourhood: Neighbourhood, kind: str, values: dict[str, Any], *, facts_at: str = "facts"
) -> Evidence:
    """Record evidence as it was sent, or revoke what stands; 403 unless it is the caller's act, 400 at each fault.

    `facts_at` is the member of the body that holds the facts; empty where they stand beside the rest.
    """
    if not may_record(user, neighbourhood, kind):
        raise PermissionDenied
    if values["revoked"]:
        return revoke_evidence(neighbourhood=neighbourhood, kind=kind, reason=values["reason"], by=user)
    try:
        return record_evidence(
            neighbourhood=neighbourhood,
            kind=kind,
            facts=values["facts"],
            document=values["document"],
            dated_on=values["dated_on"],
            by=user,
        )
    except FactsUnreadable as unreadable:
        raise _faults_of(unreadable, facts_at) from unreadable


def _faults_of(unreadable: FactsUnreadable, facts_at: str) -> ValidationError:
    """Every fault at its place in what was sent."""
    at_names: dict[str, Any] = {}
    for fault in unreadable.faults:
        at_names.setdefault(fault.name, []).append(ErrorDetail(words_of_fault(fault), code=fault.code))
    if unreadable.beside_facts or not facts_at:
        return ValidationError(at_names)
    return ValidationError({facts_at: at_names.get("") or at_names})


def evidence_rows(user: Any) -> Any:
    """The evidence that the caller sees, each row with whether guards read it."""
    later = Evidence.objects.filter(
        neighbourhood=OuterRef("neighbourhood"), kind=OuterRef("kind"), pk__gt=OuterRef("pk")
    )
    rows = Evidence.objects.visible_to(user).select_related("by", "neighbourhood").order_by("pk")
    return rows.annotate(is_current=ExpressionWrapper(Q(revoked=False) & ~Exists(later), output_field=BooleanField()))


def _overrides(user: Any, neighbourhood: Neighbourhood) -> Any:
    rows = GuardOverride.objects.visible_to(user).filter(neighbourhood=neighbourhood)
    return rows.select_related("requested_by", "confirmed_by").order_by("pk")


def _step_json(step: ToldStep, neighbourhood: Neighbourhood, user: Any) -> dict[str, Any]:
    return {
        "to": step.to,
        "movers": step.movers,
        "may_move": may_move(user, neighbourhood, step.movers),
        "needs": step.needs,
        "unmet_guards": [guard_json(guard) for guard in step.unmet],
        "guards": [guard_json(guard) for guard in step.guards],
    }
