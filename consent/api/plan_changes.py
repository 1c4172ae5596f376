"""Whose consent a change of the plan affects, door by door and in totals."""

from decimal import Decimal
from typing import Any

import django_filters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import VisibleField
from common.filters import TRUE_OR_FALSE, IdFilter
from common.pagination import KeysetPagination
from consent.api.parts import PartOfSurvey
from consent.choices import StanceValue
from consent.models import RollEntry
from consent.permissions import reads_only_what_is_published, sees_doors, sees_doors_on_reason, sees_every_door
from consent.reports.plan_changes import (
    Touch,
    TouchedCounts,
    consent_touched,
    orders_removed,
    touch_of,
    touched_doors,
    with_touch,
)
from renovation.models import RenovationPlan
from renovation.permissions import reads_household_shares
from renovation.reports.plan_changes import PlanComparison, comparison_of

COUNTS_SCHEMA: dict[str, dict[str, Any]] = {
    "households": {"type": "integer", "description": "On the roll."},
    "supporting": {"type": "integer", "description": "Of these, whose support counts."},
    "touched": {"type": "integer", "description": "Of the roll, whose share moves or whose order is taken out."},
    "affected": {
        "type": ["integer", "null"],
        "description": "Supporting and touched: the consent that is affected. Null where the share of fewer than 5"
        " households moves, or stays, so that their answers could be told from it; not for who sees the doors.",
    },
}


class PlanChangeFilters(django_filters.FilterSet):
    building = IdFilter("building_id")
    stance = django_filters.ChoiceFilter("stance__value", choices=StanceValue.choices)
    affected = django_filters.ChoiceFilter(
        method="by_affected", choices=TRUE_OR_FALSE, label="Supports, and is touched."
    )
    plan = IdFilter(method="by_plan", label="The revision, frozen or a draft; the latest one if not given.")

    def by_affected(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(affected=value == "true")

    def by_plan(self, queryset: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        """Read by the view, which compares it."""
        return queryset


class PlanQuery(serializers.Serializer):
    plan = VisibleField(queryset=RenovationPlan.objects.select_related("neighbourhood"))


class PlanChangeOutput(serializers.ModelSerializer):
    """A door that the change touches. Shares are null for who may not see what each household is to pay."""

    household = serializers.IntegerField(source="household_id")
    building_number = serializers.CharField(source="building.number")
    stairwell = serializers.CharField(source="stairwell_number")
    stance = serializers.ChoiceField(StanceValue.choices, source="stance.value")
    counts = serializers.BooleanField(source="stance.counts", help_text="Counts as support.")
    affected = serializers.BooleanField(help_text="Its support counts, so its consent is affected.")
    revision_shown = serializers.SerializerMethodField(
        help_text="The number of the revision that its leading visit was shown."
    )
    share_before = serializers.SerializerMethodField(help_text="Yuan, under the revision in force.")
    share_after = serializers.SerializerMethodField(help_text="Yuan, under the revision that is compared.")
    ordered_items_removed = serializers.SerializerMethodField(help_text="Codes of what it ordered and would not get.")

    class Meta:
        model = RollEntry
        fields = [
            "id",
            "household",
            "building",
            "building_number",
            "stairwell",
            "unit_number",
            "stance",
            "counts",
            "affected",
            "revision_shown",
            "share_before",
            "share_after",
            "ordered_items_removed",
        ]

    def get_revision_shown(self, door: RollEntry) -> int | None:
        visit = door.stance.visit
        return visit.plan.number if visit is not None and visit.plan is not None else None

    def get_share_before(self, door: RollEntry) -> str | None:
        return self._share(door, 0)

    def get_share_after(self, door: RollEntry) -> str | None:
        return self._share(door, 1)

    def get_ordered_items_removed(self, door: RollEntry) -> list[str]:
        return orders_removed(door, self.context["touch"])

    def _share(self, door: RollEntry, which: int) -> str | None:
        pair = self.context["shares"].get(door.household_id)
        return None if pair is None else _yuan(pair[which])


class WithTotals(KeysetPagination):
    """The page of rows, and beside it the totals that everybody reads."""

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        body = super().get_paginated_response_schema(schema)
        money = {"type": "string", "format": "decimal"}
        hidden = {name: {**field, "type": ["integer", "null"]} for name, field in COUNTS_SCHEMA.items()}
        by_building = {
            "building": {"type": ["integer", "null"], "description": "Null where several small ones stand together."},
            "number": {"type": "string"},
            "buildings": {"type": "integer", "description": "How many buildings the row stands for."},
            **hidden,
        }
        totals = {
            "plan": {"type": "integer"},
            "revision": {"type": "integer"},
            "compared_with": {"type": ["integer", "null"], "description": "The revision before, by its id."},
            "total_before": money,
            "total_after": money,
            "notice_needed": {"type": "boolean"},
            "notice_reasons": {"type": "array", "items": {"type": "string"}},
            "shares_known": {"type": "boolean"},
            **COUNTS_SCHEMA,
            "by_building": {"type": "array", "items": {"type": "object", "properties": by_building}},
        }
        body["properties"]["totals"] = {"type": "object", "properties": totals, "required": list(totals)}
        body["required"] = [*body["required"], "totals"]
        return body


@extend_schema_view(
    list=extend_schema(
        parameters=[
            OpenApiParameter("reason", OpenApiTypes.STR, description="Why an official reads doors; it is logged.")
        ],
        operation_id="survey_plan_changes_list",
    )
)
class PlanChanges(PartOfSurvey):
    """Doors whose share a revision of the plan moves, or whose order it takes out, beside the revision in force.

    Rows are the doors that the caller may see (an official gives a `reason`, or gets none); `totals` are of all, with
    buildings of fewer than 5 households together or hidden.
    """

    act = Act.SURVEYS
    queryset = RollEntry.objects.all()
    serializer_class = PlanChangeOutput
    filterset_class = PlanChangeFilters
    pagination_class = WithTotals
    ordering_fields = ("id",)
    by_reason = True

    @cached_property
    def comparison(self) -> PlanComparison:
        plans = RenovationPlan.objects.visible_to(self.request.user).filter(neighbourhood=self.survey.neighbourhood)
        if "plan" in self.request.query_params:
            query = PlanQuery(
                data={"plan": self.request.query_params["plan"]},
                context={"request": self.request, "survey": self.survey},
            )
            query.is_valid(raise_exception=True)
            plans = plans.filter(pk=query.validated_data["plan"].pk)
        plan = plans.select_related("neighbourhood", "menu_edition").order_by("-number").first()
        if plan is None:
            raise NotFound
        return comparison_of(plan)

    @property
    def touch(self) -> Touch:
        return touch_of(self.comparison)

    def get_queryset(self) -> QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):
            return super().get_queryset()
        user, survey = self.request.user, self.survey
        if reads_only_what_is_published(user, survey):
            raise PermissionDenied(_("Of this survey you read only what was published."))
        on_reason = "reason" in self.request.query_params and not sees_doors(user, survey)
        if on_reason:
            if not sees_doors_on_reason(user, survey):
                raise PermissionDenied(_("You may not see the doors of this survey."))
            self._log_reason()
        doors = RollEntry.objects.filter(survey=survey).visible_to(user, on_reason=on_reason)
        return with_touch(touched_doors(doors, self.touch), self.touch)

    def get_serializer_context(self) -> dict[str, Any]:
        context = dict(super().get_serializer_context())
        if getattr(self, "swagger_fake_view", False):
            return context
        shown = reads_household_shares(self.request.user, self.survey.neighbourhood)
        return {**context, "touch": self.touch, "shares": self.comparison.shares if shown else {}}

    def list(self, request: SignedInApiRequest, *args: Any, **kwargs: Any) -> Response:
        response = super().list(request, *args, **kwargs)
        response.data["totals"] = self._totals()
        return response

    def _totals(self) -> dict[str, Any]:
        comparison = self.comparison
        found = consent_touched(self.survey, self.touch, sees_doors=sees_every_door(self.request.user, self.survey))
        return {
            "plan": comparison.after.pk,
            "revision": comparison.after.number,
            "compared_with": comparison.before.pk if comparison.before else None,
            "total_before": _yuan(comparison.total_before),
            "total_after": _yuan(comparison.total_after),
            "notice_needed": comparison.notice_needed,
            "notice_reasons": list(comparison.reasons),
            "shares_known": comparison.shares_known,
            **_counts(found.total),
            "by_building": [
                {
                    "building": group.row.building,
                    "number": group.row.number,
                    "buildings": group.row.buildings,
                    **_counts(group.counts),
                }
                for group in found.groups
            ],
        }


def _counts(counts: TouchedCounts | None) -> dict[str, int | None]:
    return {name: getattr(counts, name, None) for name in COUNTS_SCHEMA}


def _yuan(amount: Decimal) -> str:
    """To the fen also where it is nothing."""
    return f"{amount:.2f}"
