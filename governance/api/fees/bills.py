"""Bills over HTTP: what is owed and for what; a wrong one is void, or issued anew."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.response import Response

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource
from common.as_of import AsOf, is_of_then
from common.filters import CodeFilter, IdFilter
from governance.api.fees.accounts import OwesOutput
from governance.api.fees.base import NamesDebtors, hold_book_of
from governance.choices.fees import BillState, FeeKind
from governance.models import Bill
from governance.permissions.fees import debtor_name
from governance.reports.fees.bills import as_it_stood, bill_lines, bills_then
from governance.services.fees.voiding import reissue_bill, void_bill

YUAN: dict[str, Any] = {"max_digits": 14, "decimal_places": 2}


class BillLineOutput(serializers.Serializer):
    text = serializers.CharField()
    quantity = serializers.CharField(help_text="A decimal: square metres, 1 of a household or a space, hours.")
    unit = serializers.CharField()
    unit_price = serializers.CharField(help_text="Yuan per unit (and month), with 2 to 4 places.")
    months = serializers.IntegerField()
    amount = serializers.DecimalField(**YUAN, help_text="Before the reduction; lines add up to the bill's, to the fen.")
    reduction = serializers.DecimalField(**YUAN)


class BillOutput(NamesDebtors, serializers.ModelSerializer):
    owes = serializers.SerializerMethodField()
    outstanding = serializers.DecimalField(
        **YUAN, help_text="Still to be paid: amount - reduction - settled; 0 if void."
    )
    lines = serializers.SerializerMethodField()
    charge = serializers.CharField(help_text="Of parking: the ownership of the spaces; of another charge: its name.")

    class Meta:
        model = Bill
        fields = [
            "id",
            "neighbourhood",
            "household",
            "account",
            "owes",
            "kind",
            "charge",
            "period",
            "starts_on",
            "ends_on",
            "due_on",
            "amount",
            "reduction",
            "settled",
            "outstanding",
            "state",
            "lines",
            "run",
            "late_for",
            "replaces",
            "voided_at",
            "void_reason",
            "created_at",
            "updated_at",
        ]

    def to_representation(self, bill: Bill) -> Any:
        return super().to_representation(as_it_stood(bill))

    @extend_schema_field(OwesOutput)
    def get_owes(self, bill: Bill) -> dict[str, str]:
        return {"kind": bill.account.debtor_kind, "name": debtor_name(bill.account, named=self.names(bill))}

    @extend_schema_field(BillLineOutput(many=True))
    def get_lines(self, bill: Bill) -> Any:
        return BillLineOutput(bill_lines(bill), many=True).data


class VoidInput(serializers.Serializer):
    reason = serializers.CharField(max_length=300)


class ReissueOutput(serializers.Serializer):
    bills = BillOutput(many=True, help_text="One a debtor; the first bears what it `replaces`.")


NARROW = ("neighbourhood", "household", "account", "run")
"""What leaves so few bills that each may be looked at."""


class BillFilters(django_filters.FilterSet):
    as_of = AsOf(bills_then, label="What was billed by this moment, with what had settled it.")
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    household = IdFilter("household_id")
    account = IdFilter("account_id")
    run = IdFilter("run_id")
    kind = django_filters.ChoiceFilter(choices=FeeKind.choices)
    period = django_filters.CharFilter(max_length=7)
    state = django_filters.ChoiceFilter(method="by_state", choices=BillState.choices)
    due_before = django_filters.DateFilter("due_on", lookup_expr="lt", label="Due before this day.")

    def by_state(self, queryset: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        if not is_of_then(queryset, "state_then"):
            return queryset.filter(state=value)
        # No index has the states of a moment, so a city's bills would be gone through one by one.
        if not any(self.form.cleaned_data.get(name) for name in NARROW):
            fault = _("With as_of, please say of which neighbourhood, household, account or run.")
            raise ValidationError({"state": [ErrorDetail(fault, code="too_wide")]})
        return queryset.filter(state_then=value)


class Bills(ReadOnlyResource):
    """What one debtor owes for one charge and consecutive months. Posted by runs and never edited: a wrong one is void,
    or issued anew.
    """

    act = Act.FEES
    queryset = Bill.objects.select_related("neighbourhood", "account")
    serializer_class = BillOutput
    filterset_class = BillFilters
    ordering_fields = ("id",)

    def get_object(self) -> Any:
        hold_book_of(self)
        return super().get_object()

    @extend_schema(request=VoidInput, responses=BillOutput)
    @action(detail=True, methods=["post"])
    def void(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Make it void, with the late charges on it: what settled it becomes credit, which settles what is open. 409
        `bill_void`, `month_closed`, `reason_needed`.
        """
        bill = self.get_object()
        voided = void_bill(bill=bill, by=request.user, **self.read_body(VoidInput))
        return self.answer(self._found().get(pk=voided.pk))

    @extend_schema(request=VoidInput, responses={201: ReissueOutput})
    @action(detail=True, methods=["post"])
    def reissue(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Make it void and bill its months anew, as the roll and the schedules say them today. 409 `bill_void`,
        `month_closed`, `not_from_the_roll` for a visitor's bill and a late charge, `nothing_to_issue` with the `codes`
        of the exceptions that were met.
        """
        bill = self.get_object()
        issued = reissue_bill(bill=bill, by=request.user, **self.read_body(VoidInput))
        rows = self._found().filter(pk__in=[one.pk for one in issued]).order_by("starts_on", "id")
        return Response(ReissueOutput({"bills": rows}, context=self.get_serializer_context()).data, status=201)

    def _found(self) -> QuerySet[Any]:
        found: QuerySet[Any] = self.get_queryset()
        return found
