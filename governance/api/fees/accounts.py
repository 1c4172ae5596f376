"""Fee accounts over HTTP: who owes, how much, and what is paid ahead."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.choices import Act
from accounts.rest import ReadOnlyResource
from common.filters import CodeFilter, IdFilter
from governance.api.fees.base import NamesDebtors
from governance.choices.fees import DebtorKind
from governance.models import FeeAccount
from governance.permissions.fees import debtor_name
from governance.reports.fees.accounts import with_outstanding


class OwesOutput(serializers.Serializer):
    """Who owes."""

    kind = serializers.ChoiceField(DebtorKind.choices)
    name = serializers.CharField(help_text="When the account was opened; a person's is masked for who reads it masked.")


class FeeAccountOutput(NamesDebtors, serializers.ModelSerializer):
    owes = serializers.SerializerMethodField()
    outstanding = serializers.DecimalField(
        max_digits=16, decimal_places=2, help_text="What is still to be paid of its open bills, in yuan."
    )

    class Meta:
        model = FeeAccount
        fields = [
            "id",
            "neighbourhood",
            "household",
            "owes",
            "owner",
            "liability",
            "credit",
            "outstanding",
            "created_at",
            "updated_at",
        ]

    @extend_schema_field(OwesOutput)
    def get_owes(self, account: FeeAccount) -> dict[str, str]:
        return {"kind": account.debtor_kind, "name": debtor_name(account, named=self.names(account))}


class FeeAccountFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    household = IdFilter("household_id")
    debtor_kind = django_filters.ChoiceFilter(choices=DebtorKind.choices)


class FeeAccounts(ReadOnlyResource):
    """One debtor of one household. What is owed stays with who owned, or had agreed to pay, at the time; `credit` is
    money paid and not yet allocated, in yuan.
    """

    act = Act.FEES
    queryset = FeeAccount.objects.select_related("neighbourhood")
    serializer_class = FeeAccountOutput
    filterset_class = FeeAccountFilters
    ordering_fields = ("id",)

    def get_queryset(self) -> QuerySet[Any]:
        return with_outstanding(super().get_queryset())

    def etag_extra(self, thing: Any) -> str:
        return f"{thing.credit}-{thing.outstanding}"
