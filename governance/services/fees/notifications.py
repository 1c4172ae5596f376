"""What payment providers notify of: believed once the signature holds, recorded once, and never lost."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from governance.choices.fees import NoticeOutcome, OrderState
from governance.errors.fees import BillNotOpen, NoticeSettled, ReferenceReused
from governance.models import Bill, Payment, PaymentChannel, PaymentOrder, ProviderNotice
from governance.providers import Acknowledgement, Notice, adapter_of
from governance.reports.fees.channels import RECORDED_ANEW, notices_to_settle
from governance.reports.fees.payments import is_reversed
from governance.services.fees.channels import merchant_of
from governance.services.fees.payments import Recorded, record_payment
from renovation.models import Household


def take_notification(
    *, channel: PaymentChannel, headers: Mapping[str, str], body: bytes, at: datetime | None = None
) -> Acknowledgement:
    """Take a notification, and say what its provider wants to hear.

    Unless the provider signed it, it is refused and nothing of it is kept. The money of an order of this channel is
    recorded once, by the provider's transaction number; told again, the answer is the same. What does not fit an order
    is kept too, to be settled by hand: the provider does not tell it a second time once it was taken.
    """
    adapter = adapter_of(channel.provider)
    notice = adapter.read_notification(merchant_of(channel), headers, body)
    if notice is not None:
        _take(channel, notice, sha256(body).hexdigest(), at or timezone.now())
    return adapter.acknowledge(notice is not None)


@transaction.atomic
def settle_notice(*, notice: ProviderNotice, household: Household, by: User, at: datetime | None = None) -> Recorded:
    """Record the money of a notification that fitted no order, for a household of the neighbourhood. Raises
    NoticeSettled.
    """
    # Two clerks queue here; a notification that is being taken does not.
    PaymentChannel.objects.select_for_update(no_key=True).get(pk=notice.channel_id)
    left = notices_to_settle(ProviderNotice.objects.filter(pk=notice.pk)).select_related("channel").first()
    if left is None or left.amount is None:
        raise NoticeSettled(_("The money of this notification is in the book already."))
    method, reference = left.channel.provider, left.transaction
    if Payment.objects.filter(method=method, reference=reference, reversal__isnull=False).exists():
        reference += RECORDED_ANEW
    return record_payment(
        household=household,
        amount=left.amount,
        method=method,
        reference=reference,
        paid_at=left.received_at,
        note=left.order_number,
        by=by,
        at=at,
        enforce_prepayment=False,
    )


@transaction.atomic
def _take(channel: PaymentChannel, notice: Notice, digest: str, at: datetime) -> None:
    order = (
        PaymentOrder.objects.select_for_update(of=("self",))
        .select_related("account__household", "channel__neighbourhood", "neighbourhood")
        .filter(channel=channel, number=notice.order_number)
        .first()
    )
    # The very same message again says nothing new, however often it is sent.
    known = ProviderNotice.objects.filter(channel=channel, transaction=notice.transaction[:64], body_sha256=digest)
    if known.exists():
        return
    outcome, payment = _outcome(channel, notice, order, at)
    ProviderNotice.objects.create(
        channel=channel,
        transaction=notice.transaction[:64],
        order_number=notice.order_number[:64],
        amount=notice.amount,
        outcome=outcome,
        payment=payment,
        body_sha256=digest,
        received_at=at,
    )


def _outcome(
    channel: PaymentChannel, notice: Notice, order: PaymentOrder | None, at: datetime
) -> tuple[NoticeOutcome, Payment | None]:
    if notice.amount is None or not notice.transaction:
        return NoticeOutcome.NOT_PAID, None
    paid = (
        Payment.objects.filter(
            method=channel.provider, reference=notice.transaction, neighbourhood=channel.neighbourhood_id
        )
        .select_related("reversal")
        .first()
    )
    if paid is not None and paid.amount == notice.amount and not is_reversed(paid):
        if order is not None and order.state != OrderState.PAID and order.account_id == paid.account_id:
            mark_paid(order, paid, by=None)  # a statement, or a clerk, was first
        return NoticeOutcome.REPEATED, paid
    if order is None:
        return NoticeOutcome.UNKNOWN_ORDER, None
    # An order is paid once: a second transaction for it is money for somebody to look at.
    if order.amount != notice.amount or order.state == OrderState.PAID or paid is not None:
        return NoticeOutcome.WRONG_AMOUNT, None
    try:
        recorded = record_order(order, reference=notice.transaction, paid_at=notice.paid_at or at, by=None, at=at)
    except ReferenceReused:  # in the book of another neighbourhood, or under another debtor's name
        return NoticeOutcome.WRONG_AMOUNT, None
    return NoticeOutcome.RECORDED, recorded.payment


def record_order(order: PaymentOrder, *, reference: str, paid_at: datetime, by: User | None, at: datetime) -> Recorded:
    """Record that an order was paid, by the provider's transaction number. The order is locked by then.

    What it names and what has been settled otherwise meanwhile, is left out: its money goes to the oldest bill, or
    stays as credit.
    """
    still_open = Bill.objects.open().filter(pk__in=order.bills, account=order.account_id)
    try:
        recorded = _record(order, list(still_open.values_list("pk", flat=True)), reference, paid_at, by, at)
    except BillNotOpen:  # settled between the look and the lock
        recorded = _record(order, [], reference, paid_at, by, at)
    mark_paid(order, recorded.payment, by=by)
    return recorded


def mark_paid(order: PaymentOrder, payment: Payment, *, by: User | None) -> None:
    """Tie an order to its payment. The order is locked by then."""
    order.state, order.payment = OrderState.PAID, payment
    order.save(update_fields=["state", "payment"])
    add_history(order, "payment_order_paid", by=by, fields=["state", "payment"], payment=payment.pk)


def _record(
    order: PaymentOrder, bills: list[int], reference: str, paid_at: datetime, by: User | None, at: datetime
) -> Recorded:
    return record_payment(
        household=order.account.household,
        account=order.account,
        amount=order.amount,
        method=order.channel.provider,
        reference=reference,
        paid_at=min(paid_at, at),  # clocks differ; money that came is not refused for it
        bills=bills,
        note=order.number,
        by=by,
        at=at,
        enforce_prepayment=False,
    )
