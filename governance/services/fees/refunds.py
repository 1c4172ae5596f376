"""Paying credit back to its debtor, and ending what a company charges when it leaves (policy.md, section f)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import F, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.change_rows import tell_changes
from accounts.services.history import add_history
from governance.choices.fees import AllocationKind
from governance.errors.fees import MoreThanCredit, ReferenceReused
from governance.models import Allocation, FeeAccount, Payment, Refund
from governance.services.fees.books import booking_day, hold_book
from governance.services.fees.credit import add_credit, hold_accounts
from renovation.errors import ReasonNeeded


@dataclass(frozen=True, slots=True)
class Refunded:
    """A refund, and whether it was recorded just now."""

    refund: Refund
    created: bool


@transaction.atomic
def refund_credit(
    *,
    account: FeeAccount,
    amount: Decimal,
    method: str,
    reference: str,
    reason: str,
    document: str = "",
    by: User | None,
    at: datetime | None = None,
) -> Refunded:
    """Record that `amount` yuan of an account's credit was paid back, from its oldest money, so that what came last may
    still be reversed. The same method and reference again, with the same content, is the same refund.

    Raises ReasonNeeded, MoreThanCredit, or ReferenceReused.
    """
    at = at or timezone.now()
    reference, reason, document = reference.strip(), reason.strip(), document.strip()
    if not reason:
        raise ReasonNeeded(_("Write down the reason."))
    wanted = Refund(
        account=account,
        neighbourhood_id=account.neighbourhood_id,
        amount=amount,
        method=method,
        reference=reference,
        reason=reason,
        document=document,
        created_at=at,
        by=by,
    )
    if earlier := _recorded(wanted):
        return Refunded(earlier, False)
    hold_book(account.neighbourhood_id)
    wanted.account = held = hold_accounts([account.pk])[account.pk]
    wanted.booked_on = booking_day(account.neighbourhood_id, timezone.localdate(at))
    try:
        with transaction.atomic():
            wanted.save(force_insert=True)
    except IntegrityError:
        if earlier := _recorded(wanted):  # somebody recorded it meanwhile
            return Refunded(earlier, False)
        raise
    if amount > held.credit:
        raise MoreThanCredit(
            _("There is a credit of %(credit)s yuan: no more can be paid back.") % {"credit": f"{held.credit:.2f}"},
            credit=f"{held.credit:.2f}",
        )
    _take_oldest(wanted)
    add_credit(account.pk, -amount, at)
    add_history(
        wanted, "credit_refunded", by=by, action="created", account=account.pk, amount=str(amount), reason=reason
    )
    return Refunded(wanted, True)


def _take_oldest(refund: Refund) -> None:
    free = (
        Payment.objects.filter(account=refund.account, reversal=None)
        .annotate(free=F("amount") - Coalesce(Sum("allocations__amount"), Decimal(0)))
        .filter(free__gt=0)
        .order_by("booked_on", "pk")
        .values_list("pk", "free")
    )
    rows, left = [], refund.amount
    for payment, part in free:
        if left > 0:
            rows.append(
                Allocation(
                    payment_id=payment,
                    refund=refund,
                    kind=AllocationKind.REFUND,
                    amount=min(left, part),
                    booked_on=refund.booked_on,
                    created_at=refund.created_at,
                )
            )
            left -= part
    Allocation.objects.bulk_create(rows)
    payments = Payment.objects.filter(pk__in=[row.payment_id for row in rows]).select_related("neighbourhood")
    tell_changes(payments.order_by("pk"), fields=["refunded", "credit"])


def _recorded(wanted: Refund) -> Refund | None:
    """The refund of this method and reference, if there is one. Raises ReferenceReused where it is another."""
    found = Refund.objects.filter(method=wanted.method, reference=wanted.reference).first()
    if found is not None and any(
        getattr(found, name) != getattr(wanted, name) for name in ("account_id", "amount", "reason", "document")
    ):
        raise ReferenceReused(
            _("Another refund bears this reference: nothing was recorded."), reference=wanted.reference
        )
    return found
