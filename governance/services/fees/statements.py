"""Statements of banks and payment providers: taken in once, matched with the book, and the rest settled by hand."""

import hashlib
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.core.files import File
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.services.history import add_history
from common.errors import DomainError
from governance.choices.fees import LineState, OrderState
from governance.errors.fees import LineSettled, StatementTooLarge, StatementUnreadable
from governance.models import FeeAccount, Payment, PaymentOrder, Statement, StatementLine
from governance.reports.fees.statements import Debt, debts_named, outstanding_of
from governance.rules.fees.statements import LONGEST_REFERENCE, MAX_BYTES, Reading, orders_in, read_statement
from governance.services.fees.books import hold_book
from governance.services.fees.credit import hold_accounts
from governance.services.fees.notifications import mark_paid, record_order
from governance.services.fees.payments import record_payment
from renovation.errors import ReasonNeeded
from renovation.models import Household, Neighbourhood
from renovation.rules.roster.files import UnreadableFile

FAULTS_TOLD = 20

WHY_UNREADABLE = {
    "file_empty": gettext_lazy("The file is empty."),
    "file_encrypted": gettext_lazy("The file is under a password. Save it without one."),
    "file_is_a_web_page": gettext_lazy("The file is a web page, not a table. Download it again as CSV or Excel."),
    "columns_missing": gettext_lazy("The table has no column for: %(columns)s."),
    "too_many_rows": gettext_lazy("A statement has at most %(rows)s receipts. Take it in by months."),
    "amount_unreadable": gettext_lazy("Row %(row)s: the amount cannot be read."),
    "time_unreadable": gettext_lazy("Row %(row)s: the time cannot be read."),
    "reference_cut": gettext_lazy(
        "Row %(row)s: the spreadsheet has cut the reference. Download the file again as CSV."
    ),
    "reference_too_long": gettext_lazy("Row %(row)s: the reference is too long."),
}


@dataclass(frozen=True, slots=True)
class Taken:
    """A statement, and whether it was taken in just now."""

    statement: Statement
    created: bool


def take_statement(
    *, neighbourhood: Neighbourhood, source: str, file: File, by: User, at: datetime | None = None
) -> Taken:
    """Read a file, keep it with its receipts, and match them. The same file again is the statement that stands.

    Raises StatementTooLarge, or StatementUnreadable with the rows at fault: nothing of it is kept then.
    """
    if (file.size or 0) > MAX_BYTES:
        raise StatementTooLarge(_("A statement has at most %(megabytes)s MB.") % {"megabytes": MAX_BYTES >> 20})
    digest = hashlib.sha256()
    with NamedTemporaryFile(suffix=Path(file.name or "").suffix) as copy:
        for chunk in file.chunks():
            digest.update(chunk)
            copy.write(chunk)
        copy.flush()
        if earlier := _kept(neighbourhood, digest.hexdigest()):
            return Taken(earlier, False)
        reading = _read(Path(copy.name))
    file.seek(0)
    statement = Statement(
        neighbourhood=neighbourhood,
        source=source,
        file_name=(file.name or "")[-200:],
        sha256=digest.hexdigest(),
        line_count=len(reading.receipts),
        total=sum(receipt.amount for receipt in reading.receipts),
        by=by,
    )
    try:
        with transaction.atomic():
            statement.file.save(uuid.uuid4().hex, file, save=False)
            _keep(statement, reading)
    except IntegrityError:
        if earlier := _kept(neighbourhood, statement.sha256):  # two sent it at once
            return Taken(earlier, False)
        raise
    match_statement(statement=statement, by=by, at=at)
    return Taken(statement, True)


def match_statement(*, statement: Statement, by: User, at: datetime | None = None) -> Mapping[str, int]:
    """Match what is not matched yet: with payments of the same reference and amount; with an order whose number is
    told and whose sum it is; with a household whose code is told and who owes exactly this sum. The last two are
    recorded, each in a transaction of its own. How many came to which state; run again, it does only what is left.
    """
    at = at or timezone.now()
    counts: Counter[str] = Counter()
    with transaction.atomic():
        lines = list(_lines_left(statement).select_for_update(of=("self",)))
        counts[LineState.MATCHED] = _match_payments(statement, lines, by, at)
    left = [line for line in lines if line.state == LineState.UNMATCHED and line.reference]
    orders = _orders_told(statement, left)
    debts = debts_named(statement.neighbourhood_id, {line.pk: line.remark for line in left if line.pk not in orders})
    exact = {key: found[0] for key, found in debts.items() if len(found) == 1}
    # In the order in which accounts are locked, so that two statements never wait for each other.
    accounts = {**{key: order.account_id for key, order in orders.items()}}
    accounts |= {line.pk: exact[line.pk].account for line in left if line.pk in exact}
    for line in sorted((line for line in left if line.pk in accounts), key=lambda line: accounts[line.pk]):
        done = _record_one(line, orders.get(line.pk), exact.get(line.pk), by, at)
        counts[LineState.RECORDED] += done
    matched, recorded = counts[LineState.MATCHED], counts[LineState.RECORDED]
    add_history(statement, "statement_matched", by=by, matched=matched, recorded=recorded)
    return counts


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
    locked = _lock(line)
    source, reference = locked.statement.source, _reference(locked)
    standing = Payment.objects.filter(neighbourhood=locked.statement.neighbourhood_id, reversal=None)
    payment = standing.filter(method=source, reference=reference, amount=locked.amount).first()
    if payment is not None:
        return _settled(locked, LineState.MATCHED, payment, by)
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
    return _settled(locked, LineState.RECORDED, recorded.payment, by)


@transaction.atomic
def set_aside(*, line: StatementLine, reason: str, by: User) -> StatementLine:
    """Say why a receipt is no fee: it stays listed with its reason. Raises LineSettled or ReasonNeeded."""
    locked = _lock(line)
    if not reason.strip():
        raise ReasonNeeded(_("Write down the reason."))
    locked.state, locked.reason = LineState.SET_ASIDE, reason.strip()
    locked.save(update_fields=["state", "reason"])
    add_history(locked, "statement_line_set_aside", by=by, fields=["state", "reason"], reason=locked.reason)
    return locked


@transaction.atomic
def take_up(*, line: StatementLine, by: User) -> StatementLine:
    """List a receipt again that was set aside. Raises LineSettled."""
    locked = _lock(line, state=LineState.SET_ASIDE)
    locked.state, locked.reason = LineState.UNMATCHED, ""
    locked.save(update_fields=["state", "reason"])
    add_history(locked, "statement_line_taken_up", by=by, fields=["state", "reason"])
    return locked


# --- Taking in -------------------------------------------------------------------------------------


def _kept(neighbourhood: Neighbourhood, digest: str) -> Statement | None:
    return Statement.objects.filter(neighbourhood=neighbourhood, sha256=digest).first()


def _read(path: Path) -> Reading:
    try:
        reading = read_statement(path, timezone.get_default_timezone())
    except UnreadableFile as refusal:
        why = str(WHY_UNREADABLE.get(refusal.code, gettext_lazy("The file cannot be read: no table of receipts.")))
        raise StatementUnreadable(why % refusal.params, reason=refusal.code, rows=[]) from refusal
    if reading.faults:
        told = reading.faults[:FAULTS_TOLD]
        words = " ".join(str(WHY_UNREADABLE[fault.code]) % {"row": fault.row} for fault in told)
        rows = [{"row": fault.row, "code": fault.code} for fault in told]
        raise StatementUnreadable(words, reason="rows_unreadable", rows=rows)
    return reading


def _keep(statement: Statement, reading: Reading) -> None:
    statement.save()
    StatementLine.objects.bulk_create(
        [
            StatementLine(
                statement=statement,
                row=receipt.row,
                reference=receipt.reference,
                received_at=receipt.received_at,
                amount=receipt.amount,
                payer=receipt.payer,
                remark=receipt.remark,
            )
            for receipt in reading.receipts
        ],
        batch_size=1_000,
    )
    add_history(
        statement,
        "statement_taken",
        by=statement.by,
        action="created",
        source=statement.source,
        lines=statement.line_count,
        total=str(statement.total),
        sha256=statement.sha256,
    )


# --- Matching --------------------------------------------------------------------------------------


def _lines_left(statement: Statement) -> QuerySet[StatementLine]:
    return StatementLine.objects.filter(statement=statement, state=LineState.UNMATCHED).order_by("row")


def _match_payments(statement: Statement, lines: Sequence[StatementLine], by: User, at: datetime) -> int:
    """Tie lines to the payments of their reference and amount, each payment to one. The lines are locked by then."""
    references = {line.reference for line in lines if line.reference}
    known = Payment.objects.visible_to(by).filter(method=statement.source, reversal=None)
    by_reference = {payment.reference: payment for payment in known.filter(reference__in=references)}
    taken = set(
        StatementLine.objects.filter(statement=statement).exclude(payment=None).values_list("payment", flat=True)
    )
    matched = []
    for line in lines:
        payment = by_reference.get(line.reference)
        if payment is None or payment.amount != line.amount or payment.pk in taken:
            continue
        taken.add(payment.pk)
        line.state, line.payment = LineState.MATCHED, payment
        line.version, line.updated_at = line.version + 1, at
        matched.append(line)
    StatementLine.objects.bulk_update(matched, ["state", "payment", "version", "updated_at"], batch_size=1_000)
    return len(matched)


def _orders_told(statement: Statement, lines: Sequence[StatementLine]) -> dict[int, PaymentOrder]:
    """The order that each line tells and whose sum it is, by the line's id."""
    told = {line.pk: orders_in(line.remark) for line in lines}
    numbers = {number for found in told.values() for number in found}
    rows = PaymentOrder.objects.filter(
        neighbourhood=statement.neighbourhood_id, channel__provider=statement.source, number__in=numbers
    ).exclude(state=OrderState.PAID)
    orders = {order.number: order for order in rows}
    return {
        line.pk: orders[number]
        for line in lines
        for number in told[line.pk]
        if number in orders and orders[number].amount == line.amount
    }


def _record_one(line: StatementLine, order: PaymentOrder | None, debt: Debt | None, by: User, at: datetime) -> bool:
    """Record one line; False, with nothing done, where it turned out otherwise meanwhile. That it is then settled by
    hand is no fault.
    """
    try:
        with transaction.atomic():
            locked = _lock(line)
            if order is not None:
                return _record_order(locked, order, by, at)
            return debt is not None and _record_debt(locked, debt, by, at)
    except DomainError:
        return False


def _record_order(line: StatementLine, order: PaymentOrder, by: User, at: datetime) -> bool:
    locked = (
        PaymentOrder.objects.select_for_update(of=("self",))
        .select_related("account__household", "channel__neighbourhood", "neighbourhood")
        .get(pk=order.pk)
    )
    if locked.state == OrderState.PAID:
        return False
    recorded = record_order(locked, reference=line.reference, paid_at=line.received_at, by=by, at=at)
    _settled(line, LineState.RECORDED, recorded.payment, by)
    return True


def _record_debt(line: StatementLine, debt: Debt, by: User, at: datetime) -> bool:
    hold_book(line.statement.neighbourhood_id)
    account = hold_accounts([debt.account])[debt.account]
    if outstanding_of([debt.account]).get(debt.account) != line.amount:  # an earlier line paid it, or somebody else
        return False
    recorded = record_payment(
        household=account.household,
        account=account,
        amount=line.amount,
        method=line.statement.source,
        reference=line.reference,
        paid_at=line.received_at,
        by=by,
        at=at,
        enforce_prepayment=False,
    )
    _settled(line, LineState.RECORDED, recorded.payment, by)
    return True


# --- Single lines ----------------------------------------------------------------------------------


def _reference(line: StatementLine) -> str:
    """Its own, or one by the statement and the row where the bank gave none: the file is taken in once. A payment that
    was reversed keeps the reference: the one that comes in its place is told apart by a number.
    """
    own = line.reference or f"{line.statement.sha256[:16]}-{line.row}"
    tries = [own, *(f"{own[: LONGEST_REFERENCE - 2]}-{number}" for number in range(2, 10))]
    reversed_ones = Payment.objects.filter(method=line.statement.source, reference__in=tries, reversal__isnull=False)
    gone = set(reversed_ones.values_list("reference", flat=True))
    return next((reference for reference in tries if reference not in gone), own)


def _settled(line: StatementLine, state: str, payment: Payment, by: User) -> StatementLine:
    order = PaymentOrder.objects.filter(number__in=orders_in(line.remark), account=payment.account_id).first()
    if order is not None and order.state != OrderState.PAID and order.amount == payment.amount:
        mark_paid(PaymentOrder.objects.select_for_update(of=("self",)).get(pk=order.pk), payment, by=by)
    line.state, line.payment = state, payment
    line.save(update_fields=["state", "payment"])
    add_history(line, f"statement_line_{state}", by=by, fields=["state", "payment"], payment=payment.pk)
    return line


def _lock(line: StatementLine, *, state: str = LineState.UNMATCHED) -> StatementLine:
    locked: StatementLine = (
        StatementLine.objects.select_for_update(of=("self",)).select_related("statement__neighbourhood").get(pk=line.pk)
    )
    if locked.state != state:
        raise LineSettled(_("This line is settled by now."))
    return locked
