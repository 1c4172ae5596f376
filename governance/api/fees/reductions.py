"""Reductions of fees over HTTP: proposed, decided by another person, withdrawn."""

from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource
from common.filters import CodeFilter, IdFilter
from governance.api.fees.base import FeeHouseholdField, MonthField, hold_book_of
from governance.choices.fees import FeeKind, ReductionReason, ReductionState
from governance.models import FeeReduction
from governance.permissions.fees import reads_reasons
from governance.services.fees.reductions import decide_reduction, propose_reduction, withdraw_reduction
from renovation.models import Household


class ReducedHouseholdField(FeeHouseholdField):
    act_asked = Act.FEE_REDUCTIONS


class FeeReductionOutput(serializers.ModelSerializer):
    from_month = MonthField()
    to_month = MonthField(help_text="Included.")
    text = serializers.SerializerMethodField(help_text="Why. Empty for who reads it masked.")
    decision = serializers.SerializerMethodField(help_text="What was said to it. Empty for who reads it masked.")

    context: Any

    class Meta:
        model = FeeReduction
        fields = [
            "id",
            "neighbourhood",
            "household",
            "kind",
            "reason",
            "share",
            "from_month",
            "to_month",
            "text",
            "document",
            "state",
            "proposed_by",
            "decided_by",
            "decided_at",
            "decision",
            "created_at",
            "updated_at",
        ]

    def get_text(self, reduction: FeeReduction) -> str:
        return reduction.text if self._reasons(reduction) else ""

    def get_decision(self, reduction: FeeReduction) -> str:
        return reduction.decision if self._reasons(reduction) else ""

    def _reasons(self, reduction: FeeReduction) -> bool:
        known: dict[str, bool] = self.context.setdefault("reads_reasons", {})
        code = reduction.neighbourhood_code
        if code not in known:
            known[code] = reads_reasons(self.context["request"].user, reduction)
        return known[code]


class FeeReductionInput(serializers.Serializer):
    household = ReducedHouseholdField(queryset=Household.objects.all())
    kind = serializers.ChoiceField(FeeKind.choices)
    reason = serializers.ChoiceField(ReductionReason.choices)
    share = serializers.DecimalField(
        max_digits=4,
        decimal_places=3,
        min_value=Decimal("0.001"),
        max_value=Decimal(1),
        allow_null=True,
        required=False,
        default=None,
        help_text="The part that is let off. Of `vacant` it follows from the contract and need not be given.",
    )
    from_month = MonthField()
    to_month = MonthField(help_text="Included.")
    text = serializers.CharField(max_length=300, help_text="Why.")
    document = serializers.CharField(max_length=120, allow_blank=True, required=False, default="")


class ReductionDecisionInput(serializers.Serializer):
    approve = serializers.BooleanField(help_text="False refuses it, with the reason in `text`.")
    text = serializers.CharField(max_length=300, allow_blank=True, required=False, default="")


class WithdrawReductionInput(serializers.Serializer):
    reason = serializers.CharField(max_length=300)


class FeeReductionFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    household = IdFilter("household_id")
    kind = django_filters.ChoiceFilter(choices=FeeKind.choices)
    reason = django_filters.ChoiceFilter(choices=ReductionReason.choices)
    state = django_filters.ChoiceFilter(choices=ReductionState.choices)


class FeeReductions(ReadOnlyResource):
    """That a household pays less for some months. It counts in bills posted after it was approved; whoever proposed it
    does not decide it.
    """

    act = Act.FEE_REDUCTIONS
    queryset = FeeReduction.objects.select_related("neighbourhood")
    serializer_class = FeeReductionOutput
    filterset_class = FeeReductionFilters
    ordering_fields = ("id",)

    def get_object(self) -> Any:
        hold_book_of(self)
        return super().get_object()

    @extend_schema(request=FeeReductionInput, responses={201: FeeReductionOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Propose a reduction. 409 `dates_reversed`, `vacancy_no_reason` where the contract lets vacant homes off
        nothing (or not the same in all of these months), `share_does_not_fit`.
        """
        self.require_write()
        values = self.read_body(FeeReductionInput)
        self.require_write(values["household"])
        return self._answer(propose_reduction(by=request.user, **values), status=201)

    @extend_schema(request=ReductionDecisionInput, responses=FeeReductionOutput)
    @action(detail=True, methods=["post"])
    def decide(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Approve or refuse it. 409 `second_person_needed` for whoever proposed it, `reduction_decided`,
        `reason_needed`, `reduction_too_large` with the `month` of which more than the whole would be let off,
        `vacancy_no_reason`.
        """
        reduction = self.get_object()
        return self._answer(
            decide_reduction(reduction=reduction, by=request.user, **self.read_body(ReductionDecisionInput))
        )

    @extend_schema(request=WithdrawReductionInput, responses=FeeReductionOutput)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Take it back, proposed or approved; bills posted with it stay. 409 `reduction_decided`, `reason_needed`."""
        reduction = self.get_object()
        return self._answer(
            withdraw_reduction(reduction=reduction, by=request.user, **self.read_body(WithdrawReductionInput))
        )

    def _answer(self, reduction: FeeReduction, *, status: int = 200) -> HttpResponseBase:
        found: QuerySet[Any] = self.get_queryset()
        return self.answer(found.get(pk=reduction.pk), status=status)
