"""Closed months over HTTP."""

from typing import Any

import django_filters
from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource
from common.filters import TRUE_OR_FALSE, CodeFilter, IdFilter
from governance.api.fees.base import FeeNeighbourhoodField, MonthField, hold_book_of
from governance.models import MonthClosing
from governance.services.fees.closing import close_month, reopen_month
from renovation.models import Neighbourhood

YUAN: dict[str, Any] = {"max_digits": 14, "decimal_places": 2}


class BilledTotalOutput(serializers.Serializer):
    count = serializers.IntegerField()
    amount = serializers.DecimalField(**YUAN)
    reduction = serializers.DecimalField(**YUAN)


class MoneyTotalOutput(serializers.Serializer):
    count = serializers.IntegerField()
    amount = serializers.DecimalField(**YUAN)


class TotalsOutput(serializers.Serializer):
    """Control figures: bills whose months begin in it, by kind; money booked in it, by method."""

    bills = serializers.DictField(child=BilledTotalOutput())
    payments = serializers.DictField(child=MoneyTotalOutput())
    reversals = serializers.DictField(child=MoneyTotalOutput())
    refunds = serializers.DictField(child=MoneyTotalOutput())


class MonthClosingOutput(serializers.ModelSerializer):
    month = MonthField()
    totals = serializers.SerializerMethodField()
    digest = serializers.CharField(help_text="SHA-256 of `totals` as JSON with sorted keys and no spaces.")

    class Meta:
        model = MonthClosing
        fields = [
            "id",
            "neighbourhood",
            "month",
            "totals",
            "digest",
            "closed_at",
            "reopened_at",
            "reopen_reason",
            "created_at",
            "updated_at",
        ]

    @extend_schema_field(TotalsOutput)
    def get_totals(self, closing: MonthClosing) -> Any:
        return closing.totals


class MonthClosingInput(serializers.Serializer):
    neighbourhood = FeeNeighbourhoodField(queryset=Neighbourhood.objects.all())
    month = MonthField()


class ReopenInput(serializers.Serializer):
    reason = serializers.CharField(max_length=300)


class MonthClosingFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    closed = django_filters.TypedChoiceFilter(
        field_name="reopened_at",
        lookup_expr="isnull",
        choices=TRUE_OR_FALSE,
        coerce=lambda text: text == "true",
        label="Whether it is closed now.",
    )


class MonthClosings(ReadOnlyResource):
    """Months whose book is closed: nothing is billed, voided or booked in them any more."""

    act = Act.FEES
    queryset = MonthClosing.objects.select_related("neighbourhood")
    serializer_class = MonthClosingOutput
    filterset_class = MonthClosingFilters
    ordering_fields = ("id",)

    def get_object(self) -> Any:
        hold_book_of(self)
        return super().get_object()

    @extend_schema(request=MonthClosingInput, responses={201: MonthClosingOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Close a month. 409 `month_not_over`, `month_closed`, `closed_out_of_order` with the `next` to be closed."""
        self.require_write()
        values = self.read_body(MonthClosingInput)
        self.require_write(values["neighbourhood"])
        return self._answer(close_month(by=request.user, **values), status=201)

    @extend_schema(request=ReopenInput, responses=MonthClosingOutput)
    @action(detail=True, methods=["post"])
    def reopen(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Open it again. 409 `month_not_closed`, `reason_needed`, `closed_out_of_order` while a later one is closed."""
        closing = self.get_object()
        return self._answer(reopen_month(closing=closing, by=request.user, **self.read_body(ReopenInput)))

    def _answer(self, closing: MonthClosing, *, status: int = 200) -> HttpResponseBase:
        return self.answer(self.get_queryset().get(pk=closing.pk), status=status)
