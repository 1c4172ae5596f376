"""Payment orders over HTTP: asking a payer by the code of WeChat Pay or Alipay."""

from decimal import Decimal

import django_filters
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource, VisibleField
from common.filters import LARGEST_ID, CodeFilter, IdFilter
from governance.api.fees.base import FeeHouseholdField
from governance.choices.fees import OrderState, Provider
from governance.errors.fees import NoPaymentChannel
from governance.models import FeeAccount, PaymentOrder
from governance.reports.fees.channels import current_channels
from governance.services.fees.orders import ask_for_payment, close_order
from renovation.models import Household

MOST_BILLS = 200
MOST_DIGITS = 10
"""As of a payment: up to 99,999,999.99 yuan."""


class PaymentOrderOutput(serializers.ModelSerializer):
    household = serializers.IntegerField(source="account.household_id", allow_null=True)
    provider = serializers.ChoiceField(source="channel.provider", choices=Provider.choices)
    pay_url = serializers.CharField(help_text="What the code to scan says; empty where the provider gave none.")

    class Meta:
        model = PaymentOrder
        fields = [
            "id",
            "neighbourhood",
            "household",
            "account",
            "provider",
            "number",
            "amount",
            "bills",
            "pay_url",
            "state",
            "payment",
            "expires_at",
            "created_at",
            "updated_at",
        ]


class PaymentOrderInput(serializers.Serializer):
    household = FeeHouseholdField(queryset=Household.objects.all())
    account = VisibleField(
        queryset=FeeAccount.objects.all(),
        allow_null=True,
        required=False,
        default=None,
        help_text="Whose debt it pays; else that of the bills it names, else that of who owes today.",
    )
    provider = serializers.ChoiceField(Provider.choices)
    amount = serializers.DecimalField(
        max_digits=MOST_DIGITS,
        decimal_places=2,
        min_value=Decimal("0.01"),
        help_text="In yuan; at most 12 months ahead.",
    )
    bills = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID),
        max_length=MOST_BILLS,
        required=False,
        default=list,
        help_text="Open bills of one debtor that it settles before others; empty means the oldest.",
    )


class PaymentOrderFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    household = IdFilter("account__household_id")
    account = IdFilter("account_id")
    provider = django_filters.ChoiceFilter("channel__provider", choices=Provider.choices)
    state = django_filters.ChoiceFilter(choices=OrderState.choices)


class PaymentOrders(ReadOnlyResource):
    """That a payer was asked through a provider. Once the provider notifies us that it is paid, `payment` says which
    payment it became.
    """

    act = Act.FEES
    queryset = PaymentOrder.objects.select_related("neighbourhood", "channel", "account")
    serializer_class = PaymentOrderOutput
    filterset_class = PaymentOrderFilters
    # The provider is asked between two transactions: nobody waits for it on a lock.
    in_one_transaction = False

    @extend_schema(request=PaymentOrderInput, responses={201: PaymentOrderOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Ask for a sum. 409 `no_payment_channel`, `bill_of_another_debtor`, `bill_not_open`, `prepayment_too_long`;
        502 `provider_unavailable`.
        """
        self.require_write()
        values = self.read_body(PaymentOrderInput)
        self.require_write(values["household"].neighbourhood)
        provider = values.pop("provider")
        channel = current_channels(values["household"].neighbourhood).filter(provider=provider).first()
        if channel is None:
            raise NoPaymentChannel(_("The neighbourhood has no account with this provider."))
        notify_url = request.build_absolute_uri(reverse("fee_notify", args=[provider, channel.pk]))
        order = ask_for_payment(channel=channel, notify_url=notify_url, by=request.user, **values)
        return self._answer(order, status=201)

    @extend_schema(request=None, responses=PaymentOrderOutput)
    @action(detail=True, methods=["post"])
    def close(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Wait for it no longer; money that comes all the same is taken. 409 `order_not_waiting`."""
        return self._answer(close_order(order=self.get_object(), by=request.user))

    def _answer(self, order: PaymentOrder, *, status: int = 200) -> HttpResponseBase:
        return self.answer(self.get_queryset().get(pk=order.pk), status=status)
