"""The lines of statements: settled for a household, set aside with a reason, taken up again."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.change_rows import tell_changes
from accounts.services.history import add_history
from governance.choices.fees import LineState, OrderState
from governance.errors.fees import LineSettled
from governance.models import FeeAccount, Payment, PaymentOrder, StatementLine
from governance.rules.fees.statements import LONGEST_REFERENCE, orders_in
from governance.services.fees.notifications import mark_paid
from governance.services.fees.payments import record_payment
from renovation.errors import ReasonNeeded
from renovation.models import Household


@transaction.atomic
def settle_line(
    *,
    line: StatementLine,
    household: Household,
    account: FeeAccount | None = None,
    by: User,
    at: datetime | None = None,
) -> StatementLine:
    """Record a receipt as a payment for a household, of `account` or of who owes then; where a payment of this
    reference and amount stands in the book by now, it is that one. Raises LineSettled, ReferenceReused.
    """
    at = at or timezone.now()
    locked = lock_line(line)
    source, reference = locked.statement.source, _reference(locked)
    standing = Payment.objects.filter(neighbourhood=locked.statement.neighbourhood_id, reversal=None)
    payment = standing.filter(method=source, reference=reference, amount=locked.amount).first()
    if payment is not None:
        return tie_line(locked, LineState.MATCHED, payment, by)
    recorded = record_payment(
        household=household,
        account=account,
        amount=locked.amount,
        method=source,
        reference=reference,
        paid_at=locked.received_at,
        by=by,
        at=at,
        enforce_prepayment=False,
    )
    return tie_line(locked, LineState.RECORDED, recorded.payment, by)


@transaction.atomic
def set_aside(*, line: StatementLine, reason: str, by: User) -> StatementLine:
    """Say why a receipt is no fee: it stays listed with its reason. Raises LineSettled or ReasonNeeded."""
    locked = lock_line(line)
    if not reason.strip():
        raise ReasonNeeded(_("Write down the reason."))
    locked.state, locked.reason = LineState.SET_ASIDE, reason.strip()
    locked.save(update_fields=["state", "reason"])
    add_history(locked, "statement_line_set_aside", by=by, fields=["state", "reason"], reason=locked.reason)
    tell_changes([locked.statement], fields=["lines"])
    return locked


@transaction.atomic
def take_up(*, line: StatementLine, by: User) -> StatementLine:
    """List a receipt again that was set aside. Raises LineSettled."""
    locked = lock_line(line, state=LineState.SET_ASIDE)
    locked.state, locked.reason = LineState.UNMATCHED, ""
    locked.save(update_fields=["state", "reason"])
    add_history(locked, "statement_line_taken_up", by=by, fields=["state", "reason"])
    tell_changes([locked.statement], fields=["lines"])
    return locked


def _reference(line: StatementLine) -> str:
    """Its own, or one by the statement and the row where the bank gave none: the file is taken in once. A payment that
    was reversed, or is that of another line of this statement, keeps the reference: one more is told apart by a number.
    """
    own = line.reference or f"{line.statement.sha256[:16]}-{line.row}"
    tries = [own, *(f"{own[: LONGEST_REFERENCE - 2]}-{number}" for number in range(2, 10))]
    others = Q(reversal__isnull=False) | Q(statement_lines__statement=line.statement_id)
    taken = Payment.objects.filter(others, method=line.statement.source, reference__in=tries)
    gone = set(taken.values_list("reference", flat=True))
    return next((reference for reference in tries if reference not in gone), own)


def tie_line(line: StatementLine, state: str, payment: Payment, by: User) -> StatementLine:
    """Tie a line to its payment, and with it the order that it tells of. The line is locked by then."""
    order = PaymentOrder.objects.filter(number__in=orders_in(line.remark), account=payment.account_id).first()
    if order is not None and order.state != OrderState.PAID and order.amount == payment.amount:
        mark_paid(order, payment, by=by)
    line.state, line.payment = state, payment
    line.save(update_fields=["state", "payment"])
    add_history(line, f"statement_line_{state}", by=by, fields=["state", "payment"], payment=payment.pk)
    tell_changes([line.statement], fields=["lines"])
    return line


def lock_line(line: StatementLine, *, state: str = LineState.UNMATCHED) -> StatementLine:
    """The line, locked, and then the orders that it tells of: as a notification, before any account. Raises LineSettled
    where it does not stand in `state`.
    """
    locked: StatementLine = (
        StatementLine.objects.select_for_update(of=("self",)).select_related("statement__neighbourhood").get(pk=line.pk)
    )
    if locked.state != state:
        raise LineSettled(_("This line is settled by now."))
    told = PaymentOrder.objects.filter(number__in=orders_in(locked.remark)).order_by("pk")
    list(told.select_for_update(of=("self",)).values_list("pk"))
    return locked
