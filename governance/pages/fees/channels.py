"""Accounts with payment providers, and asking a payer by code."""

from typing import Any

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from accounts.http import SignedInRequest
from common.errors import DomainError
from common.keyset import keyset_page
from governance.choices.fees import OrderState, Provider
from governance.errors.fees import KeyUnfit
from governance.models import FeeAccount, PaymentChannel, PaymentOrder, ProviderNotice
from governance.pages.fees.channel_forms import ChannelForm, KeysForm, OrderForm
from governance.pages.fees.places import fee_kept_neighbourhood, fee_neighbourhood
from governance.pages.forms import posted
from governance.permissions.fees import may_write_fees, sees_debtors
from governance.reports.fees.channels import current_channels, providers_here
from governance.reports.fees.statements import outstanding_of
from governance.services.fees.accounts import debtor_on
from governance.services.fees.channels import end_channel, open_channel, renew_keys
from governance.services.fees.orders import ask_for_payment, close_order
from renovation.models import Household, Neighbourhood

NOTICES_SHOWN = 20


@login_required
def fee_channels(request: SignedInRequest, pk: int) -> HttpResponse:
    """The accounts with providers, the orders that payers were asked by, and what the providers notified us of."""
    neighbourhood = fee_neighbourhood(request, pk)
    orders = PaymentOrder.objects.filter(neighbourhood=neighbourhood).select_related(
        "channel", "account__household__building", "account__household__stairwell", "payment"
    )
    notices = ProviderNotice.objects.filter(channel__neighbourhood=neighbourhood).select_related("channel", "payment")
    current = list(current_channels(neighbourhood))
    taken = {channel.provider for channel in current}
    context = {
        "neighbourhood": neighbourhood,
        "current": current,
        "ended": PaymentChannel.objects.filter(neighbourhood=neighbourhood, ended_at__isnull=False).order_by("-pk"),
        "free": [(value, label) for value, label in Provider.choices if value not in taken],
        "page": keyset_page(request, orders, key="id", size=20, newest_first=True),
        "notices": notices.order_by("-pk")[:NOTICES_SHOWN],
        "may": may_write_fees(request.user, neighbourhood),
        "named": sees_debtors(request.user, neighbourhood),
        "now": timezone.now(),
    }
    return render(request, "governance/fees/channels.html", context)


@login_required
def fee_channel_new(request: SignedInRequest, pk: int, provider: str) -> HttpResponse:
    neighbourhood = fee_kept_neighbourhood(request, pk)
    provider = provider if provider in Provider.values else Provider.WECHAT
    form = ChannelForm(posted(request), provider=provider)
    made, status = _submit(form, open_channel, neighbourhood=neighbourhood, provider=provider, by=request.user)
    if made:
        messages.success(request, _("The account is kept: payers can be asked by its code."))
        return redirect("fee_channels", pk)
    context = {"neighbourhood": neighbourhood, "form": form, "provider": Provider(provider)}
    return render(request, "governance/fees/channel_new.html", context, status=status)


@login_required
def fee_channel(request: SignedInRequest, pk: int, channel: int) -> HttpResponse:
    """New keys for an account with a provider, and its end."""
    neighbourhood = fee_kept_neighbourhood(request, pk)
    rows = PaymentChannel.objects.filter(neighbourhood=neighbourhood).select_related("neighbourhood")
    found: PaymentChannel = get_object_or_404(rows, pk=channel)
    act = request.POST.get("act", "")
    if act == "end":
        try:
            end_channel(channel=found, by=request.user)
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The account has ended. What was asked for before may still be paid."))
        return redirect("fee_channels", pk)
    form = KeysForm(posted(request), provider=found.provider)
    made, status = _submit(form, renew_keys, channel=found, by=request.user)
    if made:
        messages.success(request, _("The keys are renewed."))
        return redirect("fee_channels", pk)
    context = {"neighbourhood": neighbourhood, "form": form, "channel": found}
    return render(request, "governance/fees/channel.html", context, status=status)


@login_required
def fee_order_new(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask a household by code, for what it owes or another sum."""
    neighbourhood = fee_kept_neighbourhood(request, pk)
    if not request.GET.get("household"):
        return redirect("fee_households", pk)
    household = _household(neighbourhood, request.GET["household"])
    account = _account(household, request.GET.get("account", ""))
    providers = providers_here(neighbourhood)
    owed = outstanding_of([account.pk]).get(account.pk) if account else None
    form = OrderForm(posted(request), providers=providers, initial={"amount": owed})
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                order = _ask(request, household, account, form.cleaned_data)
            except DomainError as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                return redirect("fee_order", pk, order.pk)
    context = {
        "neighbourhood": neighbourhood,
        "household": household,
        "account": account,
        "owed": owed,
        "form": form,
        "providers": providers,
    }
    return render(request, "governance/fees/order_new.html", context, status=status)


@login_required
def fee_order(request: SignedInRequest, pk: int, order: int) -> HttpResponse:
    """The code to pay by, until it is paid, closed or too old."""
    neighbourhood = fee_neighbourhood(request, pk)
    rows = PaymentOrder.objects.filter(neighbourhood=neighbourhood).select_related(
        "channel", "account__household__building", "account__household__stairwell", "payment", "neighbourhood"
    )
    found: PaymentOrder = get_object_or_404(rows, pk=order)
    may = may_write_fees(request.user, neighbourhood)
    if request.method == "POST":
        if not may:
            raise PermissionDenied
        try:
            close_order(order=found, by=request.user)
        except DomainError as refusal:
            messages.error(request, str(refusal))
        return redirect("fee_order", pk, found.pk)
    waits = found.state == OrderState.WAITING and found.expires_at > timezone.now()
    context = {
        "neighbourhood": neighbourhood,
        "order": found,
        "waits": waits,
        "code": _code(found.pay_url) if waits and found.pay_url else "",
        "may": may,
        "named": sees_debtors(request.user, neighbourhood),
    }
    return render(request, "governance/fees/order.html", context)


def _submit(form: Any, act: Any, **place: Any) -> tuple[Any, int]:
    """As `submit` does; a key that does not fit is said at its field."""
    if not form.is_bound:
        return None, 200
    if not form.is_valid():
        return None, 400
    try:
        return act(**place, **form.told), 302
    except DomainError as refusal:
        form.add_error(refusal.extra["key"] if isinstance(refusal, KeyUnfit) else None, str(refusal))
        return None, refusal.status


def _ask(
    request: SignedInRequest, household: Household, account: FeeAccount | None, entered: dict[str, Any]
) -> PaymentOrder:
    channel = get_object_or_404(current_channels(household.neighbourhood), provider=entered["provider"])
    return ask_for_payment(
        channel=channel,
        household=household,
        account=account,
        amount=entered["amount"],
        notify_url=request.build_absolute_uri(reverse("fee_notify", args=[channel.provider, channel.pk])),
        by=request.user,
    )


def _household(neighbourhood: Neighbourhood, text: str) -> Household:
    rows = Household.objects.filter(neighbourhood=neighbourhood).select_related(
        "building", "stairwell", "neighbourhood"
    )
    return get_object_or_404(rows, pk=_id(text))


def _account(household: Household, text: str) -> FeeAccount | None:
    """The account that the address names, else that of who owes today, where one was opened."""
    rows = FeeAccount.objects.filter(household=household)
    if text:
        return get_object_or_404(rows, pk=_id(text))
    debtor = debtor_on(household, timezone.localdate())
    return rows.filter(owner=debtor.owner, liability=debtor.liability).first()


def _id(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _code(url: str) -> str:
    """A QR code as SVG, dark on light in any look: scanners need it so."""
    svg = segno.make(url, error="m").svg_inline(omitsize=True, light="#fff", border=2)
    return mark_safe(svg)  # noqa: S308 # made by segno, of modules only
