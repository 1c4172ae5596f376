"""Taking a payment back, whole: it was keyed in wrongly, or the money went back to the payer."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Max, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.change_rows import tell_changes
from accounts.services.history import add_history
from governance.choices.fees import AllocationKind
from governance.errors.fees import AlreadyReversed, RefundedAlready
from governance.models import Allocation, Bill, Payment, PaymentReversal
from governance.services.fees.books import booking_day, hold_book
from governance.services.fees.credit import Part, add_credit, apply_credit_to, hold_accounts, move
from renovation.errors import ReasonNeeded


@transaction.atomic
def reverse_payment(*, payment: Payment, reason: str, by: User | None, at: datetime | None = None) -> PaymentReversal:
    """Take a payment back, once: what it settled is open again, as far as other credit of the debtor does not settle
    it. It counts from today, or from the first open month.

    Raises ReasonNeeded, AlreadyReversed, or RefundedAlready where some of it was paid back to the debtor.
    """
    at, reason = at or timezone.now(), reason.strip()
    if not reason:
        raise ReasonNeeded(_("Write down the reason."))
    hold_book(payment.neighbourhood_id)
    hold_accounts([payment.account_id])
    if PaymentReversal.objects.filter(payment=payment).exists():
        raise AlreadyReversed(_("This payment is reversed already."))
    given = Allocation.objects.filter(payment=payment)
    if given.filter(refund__isnull=False).exists():
        raise RefundedAlready(_("Some of this payment was paid back already: it cannot be reversed."))
    sums = given.values("bill").annotate(total=Sum("amount"), last=Max("booked_on")).order_by("bill")
    settled: list[tuple[int, Decimal, date]] = [
        (row["bill"], row["total"], row["last"]) for row in sums if row["total"]
    ]
    bills = [bill for bill, _total, _last in settled]
    list(Bill.objects.filter(pk__in=bills).order_by("pk").select_for_update(no_key=True))
    reversal = PaymentReversal.objects.create(
        payment=payment,
        reason=reason,
        booked_on=booking_day(payment.neighbourhood_id, timezone.localdate(at)),
        created_at=at,
        by=by,
    )
    move(
        # What was paid ahead does not count yet: it goes when it would have.
        [Part(payment.pk, bill, -total, max(reversal.booked_on, last)) for bill, total, last in settled],
        kind=AllocationKind.REVERSAL,
        at=at,
    )
    tell_changes([payment], fields=["reversed", "allocations", "credit"])
    add_credit(payment.account_id, -payment.amount, at)
    apply_credit_to([payment.account_id], at)
    add_history(
        reversal,
        "payment_reversed",
        by=by,
        action="created",
        payment=payment.pk,
        amount=str(payment.amount),
        bills=bills,
        reason=reason,
    )
    return reversal
