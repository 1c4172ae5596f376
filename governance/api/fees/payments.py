"""Payments over HTTP, taken back, and credit that is paid back."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource, VisibleField
from common.filters import LARGEST_ID, CodeFilter, IdFilter
from governance.api.fees.base import FeeHouseholdField
from governance.choices.fees import PayMethod
from governance.models import FeeAccount, Payment, PaymentReversal, Refund
from governance.reports.fees.payments import Standing, is_reversed, standing_of
from governance.services.fees.payments import record_payment
from governance.services.fees.refunds import refund_credit
from governance.services.fees.reversals import reverse_payment
from renovation.models import Household

MOST_BILLS = 200
FIRST_YEAR = 1990
MOST_DIGITS = 10
"""Of one payment, in fen: sums of any number of them still have room."""


def _amount(help_text: str = "") -> serializers.DecimalField:
    return serializers.DecimalField(
        max_digits=MOST_DIGITS, decimal_places=2, min_value=Decimal("0.01"), help_text=help_text
    )


class PayingHouseholdField(FeeHouseholdField):
    """Arrears are paid of households too that are on the roll no more."""

    def get_queryset(self) -> QuerySet[Any]:
        return self.everywhere()


class AllocationOutput(serializers.Serializer):
    """So much of a payment, in yuan, for a bill."""

    bill = serializers.IntegerField()
    amount = serializers.DecimalField(max_digits=14, decimal_places=2)


class PaymentOutput(serializers.ModelSerializer):
    receipt_number = serializers.CharField()
    allocations = serializers.SerializerMethodField(help_text="What of it stands allocated to which bill.")
    refunded = serializers.SerializerMethodField(help_text="What of it was paid back, in yuan.")
    credit = serializers.SerializerMethodField(help_text="What of it is not allocated: its part of the credit.")
    reversed = serializers.SerializerMethodField(help_text="Whether it was taken back; then it stands nowhere.")

    class Meta:
        model = Payment
        fields = [
            "id",
            "neighbourhood",
            "household",
            "account",
            "amount",
            "method",
            "reference",
            "paid_at",
            "booked_on",
            "bills",
            "note",
            "allocations",
            "refunded",
            "credit",
            "receipt_number",
            "reversed",
            "created_at",
        ]

    context: Any

    def _standing(self, payment: Payment) -> Standing:
        known: dict[int, Standing] = self.context.setdefault("standings", {})
        if payment.pk not in known:
            known[payment.pk] = standing_of(payment)
        return known[payment.pk]

    @extend_schema_field(AllocationOutput(many=True))
    def get_allocations(self, payment: Payment) -> list[dict[str, Any]]:
        return [{"bill": bill, "amount": f"{amount:.2f}"} for bill, amount in self._standing(payment).allocations]

    @extend_schema_field(serializers.DecimalField(max_digits=14, decimal_places=2))
    def get_refunded(self, payment: Payment) -> str:
        return f"{self._standing(payment).refunded:.2f}"

    @extend_schema_field(serializers.DecimalField(max_digits=14, decimal_places=2))
    def get_credit(self, payment: Payment) -> str:
        return f"{self._standing(payment).credit:.2f}"

    def get_reversed(self, payment: Payment) -> bool:
        return is_reversed(payment)


class PaymentInput(serializers.Serializer):
    household = PayingHouseholdField(queryset=Household.objects.all())
    account = VisibleField(
        queryset=FeeAccount.objects.all(),
        allow_null=True,
        required=False,
        default=None,
        help_text="Whose debt it pays; else that of the bills it names, else that of who owes on the day of payment.",
    )
    amount = _amount("In yuan.")
    method = serializers.ChoiceField(PayMethod.choices)
    reference = serializers.CharField(max_length=80, help_text="Unique in the payer's channel (the method).")
    paid_at = serializers.DateTimeField()
    bills = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID),
        max_length=MOST_BILLS,
        required=False,
        default=list,
        help_text="Open bills of one debtor that it settles before others; empty means the oldest.",
    )
    note = serializers.CharField(max_length=200, allow_blank=True, required=False, default="")

    def validate_paid_at(self, value: datetime) -> datetime:
        if value.year < FIRST_YEAR:
            raise ValidationError(_("This lies too far back."), code="min_value")
        return value


class PaymentFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    household = IdFilter("household_id")
    account = IdFilter("account_id")
    method = django_filters.ChoiceFilter(choices=PayMethod.choices)
    reference = django_filters.CharFilter(method="of_reference", max_length=80, label="The whole reference.")
    booked_from = django_filters.DateFilter("booked_on", lookup_expr="gte", label="Booked on this day or later.")
    booked_to = django_filters.DateFilter("booked_on", lookup_expr="lte", label="Booked on this day or earlier.")

    def of_reference(self, payments: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """By every method, so that the index of both serves it."""
        return payments.filter(method__in=PayMethod.values, reference=value)


class Payments(ReadOnlyResource):
    """Money from a debtor, in yuan: once by method and reference, never edited. It settles the bills that it names,
    then the oldest; what is left is credit. `booked_on` is the day on which it counts: that of payment, or the first
    one after months that are closed.
    """

    act = Act.FEES
    queryset = Payment.objects.select_related("neighbourhood", "reversal").prefetch_related("allocations")
    serializer_class = PaymentOutput
    filterset_class = PaymentFilters
    ordering_fields = ("id", "booked_on")

    @extend_schema(request=PaymentInput, responses={200: PaymentOutput, 201: PaymentOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Record a payment. The same method and reference again, with the same content, is answered with 200 and the
        payment as it stands. 409 `reference_reused` with other content, `in_the_future`, `bill_of_another_debtor`,
        `bill_not_open`, `prepayment_too_long` with the `most` that can be taken now.
        """
        self.require_write()
        values = self.read_body(PaymentInput)
        self.require_write(values["household"])
        recorded = record_payment(by=request.user, **values)
        found = self.get_queryset().get(pk=recorded.payment.pk)
        return self.answer(found, status=201 if recorded.created else 200)


class PaymentReversalOutput(serializers.ModelSerializer):
    class Meta:
        model = PaymentReversal
        fields = ["id", "payment", "reason", "booked_on", "created_at"]


class PaymentReversalInput(serializers.Serializer):
    payment = VisibleField(queryset=Payment.objects.select_related("neighbourhood"))
    reason = serializers.CharField(max_length=300)


class PaymentReversalFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("payment__neighbourhood_id")
    division = CodeFilter("payment__neighbourhood__community_code")
    payment = IdFilter("payment_id")


class PaymentReversals(ReadOnlyResource):
    """That a payment was taken back, whole: what it had settled is open again, unless other credit settles it."""

    act = Act.FEES
    queryset = PaymentReversal.objects.select_related("payment__neighbourhood")
    serializer_class = PaymentReversalOutput
    filterset_class = PaymentReversalFilters

    @extend_schema(request=PaymentReversalInput, responses={201: PaymentReversalOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Take a payment back. 409 `already_reversed`, `refunded_already`, `reason_needed`."""
        self.require_write()
        values = self.read_body(PaymentReversalInput)
        self.require_write(values["payment"])
        return self.answer(reverse_payment(by=request.user, **values), status=201)


class FeeRefundOutput(serializers.ModelSerializer):
    class Meta:
        model = Refund
        fields = [
            "id",
            "neighbourhood",
            "account",
            "amount",
            "method",
            "reference",
            "reason",
            "document",
            "booked_on",
            "created_at",
        ]


class FeeRefundInput(serializers.Serializer):
    account = VisibleField(queryset=FeeAccount.objects.select_related("neighbourhood"))
    amount = _amount("In yuan; at most the account's credit.")
    method = serializers.ChoiceField(PayMethod.choices)
    reference = serializers.CharField(max_length=80, help_text="Unique among refunds by this method.")
    reason = serializers.CharField(max_length=300)
    document = serializers.CharField(max_length=120, allow_blank=True, required=False, default="")


class FeeRefundFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    account = IdFilter("account_id")
    household = IdFilter("account__household_id")
    method = django_filters.ChoiceFilter(choices=PayMethod.choices)


class FeeRefunds(ReadOnlyResource):
    """Credit that was paid back to its debtor, as when a company leaves before prepaid months have come."""

    act = Act.FEES
    queryset = Refund.objects.select_related("neighbourhood", "account")
    serializer_class = FeeRefundOutput
    filterset_class = FeeRefundFilters

    @extend_schema(request=FeeRefundInput, responses={200: FeeRefundOutput, 201: FeeRefundOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Record a refund. The same method and reference again, with the same content, is answered with 200. 409
        `more_than_credit` with the `credit` that there is, `reference_reused`, `reason_needed`.
        """
        self.require_write()
        values = self.read_body(FeeRefundInput)
        self.require_write(values["account"])
        refunded = refund_credit(by=request.user, **values)
        return self.answer(refunded.refund, status=201 if refunded.created else 200)
