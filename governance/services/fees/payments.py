"""Taking money: once by its reference, to the bills that it names and then to the oldest; what is left is credit."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from governance.choices.fees import AllocationKind, BillState
from governance.errors.fees import (
    BillNotOpen,
    BillOfAnotherDebtor,
    PaidInTheFuture,
    PrepaymentTooLong,
    ReferenceReused,
)
from governance.models import Bill, FeeAccount, Payment
from governance.reports.fees.payments import is_reversed, standing_of
from governance.reports.fees.prepayment import monthly_charge
from governance.rules.fees.spreading import OpenBill, most_ahead, spread
from governance.services.fees.accounts import current_account
from governance.services.fees.books import booking_day, hold_book
from governance.services.fees.credit import Part, add_credit, hold_accounts, hold_open_bills, move
from renovation.models import Household

CLOCKS_DIFFER = timedelta(minutes=5)
"""How far ahead of ours the clock of a payer's channel may be."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A payment, whether it was recorded just now, what of it stands allocated to which bill (by id), and what of it
    does not: its part of the debtor's credit.
    """

    payment: Payment
    created: bool
    allocations: Sequence[tuple[int, Decimal]]
    credit: Decimal


@transaction.atomic
def record_payment(
    *,
    household: Household | None,
    amount: Decimal,
    method: str,
    reference: str,
    paid_at: datetime,
    bills: Collection[int] = (),
    account: FeeAccount | None = None,
    note: str = "",
    by: User | None,
    at: datetime | None = None,
    enforce_prepayment: bool = True,
) -> Recorded:
    """Record `amount` yuan that was paid for a household: of the debtor whose `bills` (ids) it names, of `account`, or
    of who owes the household's fees on the day it was paid. Visitors have no household but an account.

    The same method and reference again is the same payment: with the same content it is answered as it stands now,
    else ReferenceReused. Raises PaidInTheFuture, BillOfAnotherDebtor, BillNotOpen, and PrepaymentTooLong where more
    than 12 months would be paid ahead; money that has been moved already is recorded all the same, by
    `enforce_prepayment` False.
    """
    at = at or timezone.now()
    reference, note, named = reference.strip(), note.strip(), sorted(set(bills))
    if paid_at > at + CLOCKS_DIFFER:
        raise PaidInTheFuture(_("This time of payment is still to come."))
    wanted = Payment(
        household=household,
        amount=amount,
        method=method,
        reference=reference,
        paid_at=paid_at,
        bills=named,
        note=note,
        created_at=at,
        by=by,
    )
    if earlier := _recorded(wanted, account):
        return earlier
    account = _account_of(household, named, account, paid_at, by)
    hold_book(account.neighbourhood_id)
    account = hold_accounts([account.pk])[account.pk]
    open_bills = [
        OpenBill(bill.pk, bill.starts_on, bill.due_on, bill.outstanding) for bill in hold_open_bills([account.pk])
    ]
    wanted.account, wanted.neighbourhood_id = account, account.neighbourhood_id
    wanted.booked_on = booking_day(account.neighbourhood_id, timezone.localdate(paid_at))
    try:
        with transaction.atomic():
            wanted.save(force_insert=True)
    except IntegrityError:
        if earlier := _recorded(wanted, account):  # somebody recorded it meanwhile
            return earlier
        raise
    _require_open(named, open_bills)
    if enforce_prepayment:
        _require_short(account, household, wanted, open_bills)
    moved = spread(amount, open_bills, named)
    add_credit(account.pk, amount, at)
    move(
        [Part(wanted.pk, bill.id, part, max(wanted.booked_on, bill.starts_on)) for bill, part in moved],
        kind=AllocationKind.PAYMENT,
        at=at,
    )
    allocations = [(bill.id, part) for bill, part in moved]
    credit = amount - sum((part for _bill, part in moved), Decimal(0))
    add_history(
        wanted,
        "payment_recorded",
        by=by,
        action="created",
        amount=str(amount),
        method=method,
        booked_on=wanted.booked_on.isoformat(),
        bills=[bill for bill, _part in allocations],
        credit=str(credit),
    )
    return Recorded(wanted, True, allocations, credit)


def _recorded(wanted: Payment, account: FeeAccount | None) -> Recorded | None:
    """The payment of this method and reference, if there is one. Raises ReferenceReused where it is another."""
    same_reference = Payment.objects.filter(method=wanted.method, reference=wanted.reference)
    if not same_reference.exists():  # nearly always, so this is what has to be quick
        return None
    found = same_reference.select_related("neighbourhood", "household", "account", "reversal").get()
    same = all(
        getattr(found, name) == getattr(wanted, name) for name in ("household_id", "amount", "paid_at", "bills", "note")
    )
    if not same or (account is not None and account.pk != found.account_id):
        raise ReferenceReused(
            _("A payment that was reversed bears this reference: put “-2” behind it to record the money anew.")
            if is_reversed(found)
            else _("Another payment bears this reference: nothing was recorded."),
            reference=wanted.reference,
        )
    standing = standing_of(found)
    return Recorded(found, False, standing.allocations, standing.credit)


def _account_of(
    household: Household | None, named: Sequence[int], account: FeeAccount | None, paid_at: datetime, by: User | None
) -> FeeAccount:
    """Whose money this is. Raises BillOfAnotherDebtor where bills that are named are not all this debtor's."""
    if named:
        rows = Bill.objects.filter(pk__in=named, household=household).select_related("account")
        found = {bill.account_id: bill.account for bill in rows}
        if len(rows) < len(named) or len(found) > 1 or (account is not None and account.pk not in found):
            raise BillOfAnotherDebtor(_("A payment settles bills of one debtor of one household."))
        return next(iter(found.values()))
    if account is not None:
        if account.household_id != (household.pk if household else None):
            raise BillOfAnotherDebtor(_("This debtor is not of this household."))
        return account
    if household is None:
        raise TypeError("A payment is of a household, or of an account.")
    return current_account(household, timezone.localdate(paid_at), by=by)


def _require_open(named: Sequence[int], open_bills: Sequence[OpenBill]) -> None:
    closed = sorted(set(named) - {bill.id for bill in open_bills})
    if closed:
        states = dict(Bill.objects.filter(pk__in=closed).values_list("pk", "state"))
        void = all(state == BillState.VOID for state in states.values())
        raise BillNotOpen(_("This bill is void.") if void else _("This bill is settled already."), bills=closed)


def _require_short(
    account: FeeAccount, household: Household | None, payment: Payment, open_bills: Sequence[OpenBill]
) -> None:
    """Raises PrepaymentTooLong, with the most that can be taken now (policy.md, section f)."""
    due = sum((bill.outstanding for bill in open_bills), Decimal(0))
    if payment.amount <= due or household is None:
        return
    limit = most_ahead(monthly_charge(household, payment.booked_on))
    most = None if limit is None else max(Decimal(0), due + limit - account.credit)
    if most is not None and payment.amount > most:
        raise PrepaymentTooLong(
            _("At most 12 months may be paid ahead: %(most)s yuan can be taken now.") % {"most": f"{most:.2f}"},
            most=f"{most:.2f}",
        )
