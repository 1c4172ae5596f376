"""Tenants' agreements to pay, over HTTP."""

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
from common.as_of import InForceOn
from common.filters import CodeFilter, IdFilter
from governance.api.fees.base import FeeHouseholdField, NamesDebtors, hold_book_of
from governance.models import FeeLiability
from governance.services.fees.liabilities import agree_liability, end_liability
from renovation.models import Household
from renovation.rules.masking import mask_name, mask_phone


class FeeLiabilityOutput(NamesDebtors, serializers.ModelSerializer):
    name = serializers.SerializerMethodField(help_text="The tenant's; masked for who reads who owes masked.")
    phone = serializers.SerializerMethodField(help_text="Masked like the name.")

    class Meta:
        model = FeeLiability
        fields = [
            "id",
            "neighbourhood",
            "household",
            "name",
            "phone",
            "starts_on",
            "ends_on",
            "document",
            "created_at",
            "updated_at",
        ]

    def get_name(self, liability: FeeLiability) -> str:
        return liability.name if self.names(liability) else mask_name(liability.name)

    def get_phone(self, liability: FeeLiability) -> str:
        return liability.phone if self.names(liability) else mask_phone(liability.phone)


class FeeLiabilityInput(serializers.Serializer):
    household = FeeHouseholdField(queryset=Household.objects.all())
    name = serializers.CharField(max_length=60, help_text="The tenant's.")
    phone = serializers.CharField(max_length=20, allow_blank=True, required=False, default="")
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True, required=False, default=None, help_text="The last day.")
    document = serializers.CharField(max_length=120, help_text="The agreement.")


class EndLiabilityInput(serializers.Serializer):
    ends_on = serializers.DateField(help_text="The last day; what the tenant owes by then stays with the tenant.")


class FeeLiabilityFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    household = IdFilter("household_id")
    in_force_on = InForceOn("starts_on", "ends_on", label="As `as_of`.")
    as_of = InForceOn("starts_on", "ends_on")


class FeeLiabilities(ReadOnlyResource):
    """That a tenant pays a household's fees; the owner stays jointly liable. Who owes a month is who does on its first
    day.
    """

    act = Act.FEES
    queryset = FeeLiability.objects.select_related("household__neighbourhood")
    serializer_class = FeeLiabilityOutput
    filterset_class = FeeLiabilityFilters
    ordering_fields = ("id",)

    def get_object(self) -> Any:
        hold_book_of(self)
        return super().get_object()

    @extend_schema(request=FeeLiabilityInput, responses={201: FeeLiabilityOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Write an agreement down; bills posted before stay with whom they name. 409 `dates_reversed`,
        `liability_overlaps` with the `liability` that runs.
        """
        self.require_write()
        values = self.read_body(FeeLiabilityInput)
        self.require_write(values["household"])
        return self._answer(agree_liability(by=request.user, **values), status=201)

    @extend_schema(request=EndLiabilityInput, responses=FeeLiabilityOutput)
    @action(detail=True, methods=["post"])
    def end(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Let it end on a day. 409 `liability_ended` where it ends no later already, `dates_reversed`."""
        liability = self.get_object()
        return self._answer(end_liability(liability=liability, by=request.user, **self.read_body(EndLiabilityInput)))

    def _answer(self, liability: FeeLiability, *, status: int = 200) -> HttpResponseBase:
        found: QuerySet[Any] = self.get_queryset()
        return self.answer(found.get(pk=liability.pk), status=status)
