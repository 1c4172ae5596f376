"""Asking a payer through a provider: an order with a number of ours, and the provider's address to pay at."""

import logging
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from governance.choices.fees import OrderState
from governance.errors.fees import (
    BillNotOpen,
    BillOfAnotherDebtor,
    NoPaymentChannel,
    OrderNotWaiting,
    PrepaymentTooLong,
    ProviderUnavailable,
)
from governance.models import Bill, FeeAccount, PaymentChannel, PaymentOrder
from governance.providers import Asked, ProviderFailed, adapter_of
from governance.reports.fees.prepayment import monthly_charge
from governance.rules.fees.spreading import most_ahead
from governance.services.fees.accounts import current_account
from governance.services.fees.channels import merchant_of
from renovation.models import Household

logger = logging.getLogger(__name__)

LASTS = timedelta(hours=2)
"""How long a code can be paid by; the providers close it then."""


def ask_for_payment(
    *,
    channel: PaymentChannel,
    household: Household,
    amount: Decimal,
    notify_url: str,
    bills: Collection[int] = (),
    account: FeeAccount | None = None,
    by: User,
    at: datetime | None = None,
) -> PaymentOrder:
    """Ask for `amount` yuan of the debtor whose `bills` (ids) it names, of `account`, or of who owes today.

    The order is kept before the provider hears of it, so that no payment comes for a number that nobody knows. Raises
    NoPaymentChannel for a channel that has ended or is elsewhere, BillOfAnotherDebtor, BillNotOpen, PrepaymentTooLong
    for more than 12 months ahead, and ProviderUnavailable, with the order closed.
    """
    at = at or timezone.now()
    with transaction.atomic():
        order = _keep(channel, household, amount, sorted(set(bills)), account, by, at)
    place = household.neighbourhood.name
    asked = Asked(order.number, amount, _("%(place)s: fees") % {"place": place}, order.expires_at, notify_url)
    try:
        url = adapter_of(channel.provider).pay_url(merchant_of(channel), asked)
    except ProviderFailed as failure:
        logger.warning("%s gave no code for order %s: %s", channel.provider, order.number, failure)
        close_order(order=order, by=by)
        raise ProviderUnavailable(
            _("The provider gave no code to pay by. It says: %(words)s") % {"words": str(failure)[:200] or "-"}
        ) from failure
    with transaction.atomic():
        order = _lock(order)
        order.pay_url = url
        order.save(update_fields=["pay_url"])
    return order


@transaction.atomic
def close_order(*, order: PaymentOrder, by: User | None) -> PaymentOrder:
    """Wait for it no longer. Money that comes for it all the same is taken. Raises OrderNotWaiting."""
    locked = _lock(order)
    if locked.state != OrderState.WAITING:
        raise OrderNotWaiting(_("This order is paid or closed."))
    locked.state = OrderState.CLOSED
    locked.save(update_fields=["state"])
    add_history(locked, "payment_order_closed", by=by, fields=["state"])
    return locked


def _keep(
    channel: PaymentChannel,
    household: Household,
    amount: Decimal,
    named: list[int],
    account: FeeAccount | None,
    by: User,
    at: datetime,
) -> PaymentOrder:
    current = PaymentChannel.objects.filter(pk=channel.pk, ended_at=None, neighbourhood=household.neighbourhood_id)
    if not current.exists():
        raise NoPaymentChannel(_("The neighbourhood has no account with this provider."))
    account = _account_of(household, named, account, at, by)
    _require_short(household, account, amount, at)
    order = PaymentOrder.objects.create(
        channel=channel,
        neighbourhood_id=household.neighbourhood_id,
        account=account,
        number=f"{timezone.localdate(at):%Y%m%d}{secrets.randbelow(10**12):012d}",
        amount=amount,
        bills=named,
        expires_at=at + LASTS,
        by=by,
    )
    add_history(order, "payment_asked_for", by=by, action="created", amount=str(amount), provider=channel.provider)
    return order


def _account_of(
    household: Household, named: list[int], account: FeeAccount | None, at: datetime, by: User
) -> FeeAccount:
    if named:
        rows = list(Bill.objects.filter(pk__in=named, household=household).select_related("account"))
        found = {bill.account_id: bill.account for bill in rows}
        if len(rows) < len(named) or len(found) != 1 or (account is not None and account.pk not in found):
            raise BillOfAnotherDebtor(_("A payment settles bills of one debtor of one household."))
        if closed := sorted(bill.pk for bill in rows if not bill.outstanding):
            raise BillNotOpen(_("This bill is settled already, or void."), bills=closed)
        return next(iter(found.values()))
    if account is not None and account.household_id != household.pk:
        raise BillOfAnotherDebtor(_("This debtor is not of this household."))
    return account or current_account(household, timezone.localdate(at), by=by)


def _require_short(household: Household, account: FeeAccount, amount: Decimal, at: datetime) -> None:
    """Raises PrepaymentTooLong. Looked at, not locked: what has been paid is taken whatever happens meanwhile."""
    due = sum((bill.outstanding for bill in Bill.objects.open().filter(account=account)), Decimal(0))
    ahead = most_ahead(monthly_charge(household, timezone.localdate(at))) if amount > due else None
    if ahead is None:
        return
    most = max(Decimal(0), due + ahead - account.credit)
    if amount > most:
        raise PrepaymentTooLong(
            _("At most 12 months may be paid ahead: %(most)s yuan can be taken now.") % {"most": f"{most:.2f}"},
            most=f"{most:.2f}",
        )


def _lock(order: PaymentOrder) -> PaymentOrder:
    locked: PaymentOrder = (
        PaymentOrder.objects.select_for_update(of=("self",))
        .select_related("channel", "channel__neighbourhood", "account__household", "neighbourhood")
        .get(pk=order.pk)
    )
    return locked
