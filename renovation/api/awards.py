"""Tranches of an award in place of subsidy, and their steps."""

from typing import Any

import django_filters
from django.db.models import Prefetch, QuerySet
from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource, VisibleField
from common.filters import CodeFilter, IdFilter
from renovation.api.funding import LEAST
from renovation.choices import AwardState
from renovation.models import AwardStep, AwardTranche, FundingSource
from renovation.services.awards import add_tranche, advance_tranche


class AwardStepOutput(serializers.ModelSerializer):
    to = serializers.ChoiceField(AwardState.choices, source="to_state")
    by = serializers.SerializerMethodField()

    class Meta:
        model = AwardStep
        fields = ["to", "document", "at", "by"]

    def get_by(self, step: AwardStep) -> str | None:
        return str(step.by) if step.by else None


class AwardTrancheOutput(serializers.ModelSerializer):
    neighbourhood = serializers.IntegerField(source="source.neighbourhood_id")
    steps = AwardStepOutput(many=True, help_text="The steps taken, in their order.")

    class Meta:
        model = AwardTranche
        fields = ["id", "neighbourhood", "source", "number", "amount", "state", "steps", "created_at", "updated_at"]


class AwardTrancheInput(serializers.Serializer):
    source = VisibleField(  # type: ignore[assignment] # a field of this name, not where it reads from
        queryset=FundingSource.objects.select_related("neighbourhood")
    )
    amount = serializers.DecimalField(max_digits=14, decimal_places=2, min_value=LEAST, help_text="Yuan.")


class AdvanceInput(serializers.Serializer):
    to = serializers.ChoiceField(AwardState.choices)
    document = serializers.CharField(max_length=120, help_text="Its number.")


class AwardTrancheFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("source__neighbourhood_id")
    division = CodeFilter("source__neighbourhood__community_code")
    source = IdFilter("source_id")
    state = django_filters.ChoiceFilter(choices=AwardState.choices)


class AwardTranches(ReadOnlyResource):
    """Parts of an award: `planned`, `eligible` once handover is accepted, `approved`, `paid`; no step is left out."""

    act = Act.PLANS
    queryset = AwardTranche.objects.all()
    serializer_class = AwardTrancheOutput
    filterset_class = AwardTrancheFilters
    ordering_fields = ("id",)

    def get_queryset(self) -> QuerySet[Any]:
        steps = Prefetch("steps", AwardStep.objects.select_related("by").order_by("pk"))
        return super().get_queryset().select_related("source__neighbourhood").prefetch_related(steps)

    @extend_schema(request=AwardTrancheInput, responses={201: AwardTrancheOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Plan a tranche of an award. 409 `not_an_award` for a source of another kind, `amount_too_large`."""
        self.require_write()
        values = self.read_body(AwardTrancheInput)
        self.require_write(values["source"])
        made = add_tranche(by=request.user, **values)
        return self.answer(self.get_queryset().get(pk=made.pk), status=201)

    @extend_schema(request=AdvanceInput, responses=AwardTrancheOutput)
    @action(detail=True, methods=["post"])
    def advance(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Take its next step. 409 `no_such_award_step` with the one possible in `steps`, `handover_not_accepted`.

        `paid` records the money received.
        """
        tranche = self.get_object()
        advance_tranche(tranche=tranche, by=request.user, **self.read_body(AdvanceInput))
        return self.answer(self.get_queryset().get(pk=tranche.pk))
