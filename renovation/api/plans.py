"""The plan of works over HTTP: its revisions, what each changed, and what each household is to pay."""

from collections.abc import Iterable
from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource, VisibleField
from common.as_of import AsOf
from common.filters import CodeFilter, IdFilter, refuse_unknown
from common.pagination import PositionPagination
from renovation.api.base import require_same_neighbourhood
from renovation.api.lifecycle import PAGING
from renovation.api.plan_changes import ComparisonOutput, MovedShareOutput, comparison_json, moved_shares_json
from renovation.api.preconditions import PlannedNeighbourhoodField
from renovation.choices import PlanState
from renovation.errors import NotFrozen
from renovation.models import ChangeRequest, HouseholdShare, Neighbourhood, RenovationPlan
from renovation.permissions import reads_household_shares
from renovation.reports.plan_changes import comparison_of
from renovation.reports.plans import content_of
from renovation.reports.then import plans_then
from renovation.rules.plans import canonical_bytes
from renovation.services.plans import describe_draft, discard_draft, freeze_plan, open_draft


class PlanOutput(serializers.ModelSerializer):
    menu_from = serializers.DateField(
        source="menu_edition.valid_from", help_text="From when the edition of the menu holds that it was made from."
    )
    digest = serializers.CharField(
        allow_blank=True, help_text="SHA-256 of a frozen revision, in hexadecimal; anyone can compute it."
    )
    notice_needed = serializers.SerializerMethodField(
        help_text="Whether residents must see a notice of it, null for a draft: see `comparison/`."
    )
    is_in_force = serializers.BooleanField(help_text="The last that came into force.")
    frozen_by = serializers.SerializerMethodField(help_text="Who froze it.")

    class Meta:
        model = RenovationPlan
        fields = [
            "id",
            "neighbourhood",
            "number",
            "menu_from",
            "based_on",
            "state",
            "reason",
            "document",
            "item_count",
            "total",
            "digest",
            "notice_needed",
            "is_in_force",
            "frozen_at",
            "frozen_by",
            "in_force_at",
            "created_at",
            "updated_at",
        ]

    def get_notice_needed(self, plan: RenovationPlan) -> bool | None:
        return None if plan.is_draft else plan.notice_needed

    def get_frozen_by(self, plan: RenovationPlan) -> str | None:
        return str(plan.frozen_by) if plan.frozen_by else None


class DraftChange(serializers.Serializer):
    reason = serializers.CharField(
        max_length=500, allow_blank=True, required=False, help_text="Why the plan is changed."
    )
    document = serializers.CharField(max_length=120, allow_blank=True, required=False, help_text="Its number.")


class DraftInput(DraftChange):
    neighbourhood = PlannedNeighbourhoodField(queryset=Neighbourhood.objects.all())
    change_request = VisibleField(
        queryset=ChangeRequest.objects.all(),
        allow_null=True,
        required=False,
        default=None,
        help_text="What it answers: needed once the plan is settled.",
    )


class HouseholdShareOutput(serializers.ModelSerializer):
    """What one household is to pay of a residents' source. `weight` is its area, 1, or the weight of its floor."""

    created_at = serializers.DateTimeField(source="plan.frozen_at")

    class Meta:
        model = HouseholdShare
        fields = ["id", "plan", "source", "household", "weight", "amount", "created_at"]


class PlanFilters(django_filters.FilterSet):
    as_of = AsOf(plans_then, label="The revisions that were in force at this moment.")
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    state = django_filters.ChoiceFilter(choices=PlanState.choices)
    in_force = django_filters.ChoiceFilter(
        method="by_force", choices=[("false", "false"), ("true", "true")], label="The revisions in force, or the rest."
    )

    def by_force(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(is_in_force=value == "true")


class HouseholdShareFilters(django_filters.FilterSet):
    source = IdFilter("source_id")
    household = IdFilter("household_id")


class Plans(ReadOnlyResource):
    """The revisions of the plans of works: at most one draft a neighbourhood, the frozen ones for good."""

    act = Act.PLANS
    queryset = RenovationPlan.objects.all()
    serializer_class = PlanOutput
    filterset_class = PlanFilters
    ordering_fields = ("id",)

    def get_queryset(self) -> QuerySet[Any]:
        later = RenovationPlan.objects.filter(neighbourhood=OuterRef("neighbourhood"), number__gt=OuterRef("number"))
        in_force = RenovationPlan.objects.filter(pk=OuterRef("pk")).exclude(in_force_at=None)
        return (
            super()
            .get_queryset()
            .annotate(is_in_force=Exists(in_force) & ~Exists(later.exclude(in_force_at=None)))
            .select_related("neighbourhood", "menu_edition", "frozen_by")
        )

    def get_object(self) -> Any:
        if self.request.method not in ("GET", "HEAD"):
            lock_place(self.get_queryset().filter(pk=self.kwargs["pk"]).values_list("neighbourhood", flat=True))
        return super().get_object()

    def etag_extra(self, thing: Any) -> str:
        return "in-force" if thing.is_in_force else ""

    @extend_schema(request=DraftInput, responses={201: PlanOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Open a draft of the next revision: a copy of the last one, else the must-do items. 409 `draft_open` where
        there is one, `change_request_needed` once the plan is settled, `no_plan_now` at other stages.
        """
        self.require_write()
        values = self.read_body(DraftInput)
        self.require_write(values["neighbourhood"])
        require_same_neighbourhood("change_request", values["change_request"], values["neighbourhood"].pk)
        made = open_draft(by=request.user, **values)
        return self.answer(self.get_queryset().get(pk=made.pk), status=201)

    @extend_schema(request=DraftChange, responses=PlanOutput)
    def partial_update(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Write down why a draft changes the plan. 409 `plan_frozen` for a frozen one."""
        plan = self.get_object()
        describe_draft(plan=plan, by=request.user, **self.read_body(DraftChange))
        return self.answer(self.get_queryset().get(pk=plan.pk))

    def destroy(self, request: SignedInApiRequest, pk: str) -> Response:
        """Discard a draft with its items. 409 `plan_frozen` for a frozen one."""
        discard_draft(plan=self.get_object(), by=request.user)
        return Response(status=204)

    @extend_schema(request=None, responses=PlanOutput)
    @action(detail=True, methods=["post"])
    def freeze(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Make a draft the next revision, for good. 409 with what is in the way: `plan_empty`, `must_do_missing`,
        `items_unpriced`, `payers_missing`, `areas_unknown`, `floors_unweighted`, `nobody_to_share`.
        """
        plan = freeze_plan(plan=self.get_object(), by=request.user)
        return self.answer(self.get_queryset().get(pk=plan.pk))

    @extend_schema(responses=ComparisonOutput, filters=False)
    @action(detail=True, pagination_class=None, filter_backends=[])
    def comparison(self, request: SignedInApiRequest, pk: str) -> Response:
        """What a revision changed of the one in force before it; of a draft, what it would change as it stands."""
        refuse_unknown(request, frozenset())
        body = comparison_json(comparison_of(self.get_object()))
        return Response(ComparisonOutput(body).data, headers={"Cache-Control": "private"})

    @extend_schema(responses=MovedShareOutput(many=True), filters=False, operation_id="plan_moved_shares_list")
    @action(
        detail=True, url_path="comparison/household-shares", pagination_class=PositionPagination, filter_backends=[]
    )
    def moved_shares(self, request: SignedInApiRequest, pk: str) -> Response:
        """The households whose share moves, by id; 403 for who may not read a household's share."""
        refuse_unknown(request, PAGING)
        plan = self.get_object()
        if not reads_household_shares(request.user, plan.neighbourhood):
            raise PermissionDenied
        rows = self.paginate_queryset(moved_shares_json(comparison_of(plan)))
        response: Response = self.get_paginated_response(MovedShareOutput(rows, many=True).data)
        response["Cache-Control"] = "private"
        return response

    @extend_schema(responses={(200, "application/json"): OpenApiTypes.OBJECT}, filters=False)
    @action(detail=True, pagination_class=None, filter_backends=[], is_whole=True)
    def content(self, request: SignedInApiRequest, pk: str) -> HttpResponse:
        """The very bytes whose SHA-256 is the digest of a frozen revision. 409 `not_frozen` for a draft."""
        refuse_unknown(request, frozenset())
        plan = self.get_object()
        if plan.is_draft:
            raise NotFrozen(_("A draft has no content that is settled."))
        answer = HttpResponse(canonical_bytes(content_of(plan)), content_type="application/json")
        answer["Cache-Control"] = "private"
        return answer

    @extend_schema(responses=HouseholdShareOutput(many=True), operation_id="plan_household_shares_list")
    @action(detail=True, url_path="household-shares", filterset_class=HouseholdShareFilters)
    def household_shares(self, request: SignedInApiRequest, pk: str) -> Response:
        """What each household is to pay under a frozen revision: those that the caller may see."""
        shares = HouseholdShare.objects.visible_to(request.user).filter(plan=self.get_object()).select_related("plan")
        page = self.paginate_queryset(self.filter_queryset(shares))
        response: Response = self.get_paginated_response(HouseholdShareOutput(page, many=True).data)
        response["Cache-Control"] = "private"
        return response


def lock_place(neighbourhoods: Iterable[int]) -> None:
    """Lock the neighbourhood in which a row lies before the row itself: every writer of plans queues there first."""
    list(Neighbourhood.objects.select_for_update().filter(pk__in=list(neighbourhoods)))
