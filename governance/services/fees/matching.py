"""Matching the lines of a statement with the book: payments, orders, and households that owe exactly a line's sum."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.choices import Act
from accounts.models import User
from accounts.permissions import may_write
from accounts.services.history import add_history
from accounts.services.jobs import queue_job, tell_progress
from common.errors import DomainError
from governance.choices.fees import LineState, OrderState
from governance.models import Payment, PaymentOrder, Statement, StatementLine
from governance.reports.fees.statements import Debt, debts_named, outstanding_of
from governance.rules.fees.statements import orders_in
from governance.services.fees.books import hold_book
from governance.services.fees.credit import hold_accounts
from governance.services.fees.notifications import record_order
from governance.services.fees.payments import record_payment
from governance.services.fees.statement_lines import lock_line, tie_line

JOB = "governance.jobs.match_statement"

AT_ONCE = 50
"""How many lines are recorded while somebody waits. More are left to the worker."""


@dataclass(frozen=True, slots=True)
class Matched:
    """How many lines were found in the book, and recorded, and whether the worker goes on with the rest."""

    matched: int
    recorded: int
    goes_on: bool


def match_statement(*, statement: Statement, by: User, at: datetime | None = None, waits: bool = True) -> Matched:
    """Match what is not matched yet: with payments of the same reference and amount; with an order whose number is
    told and whose sum it is; with a household whose code is told and who owes exactly this sum. The last two are
    recorded, each in a transaction of its own. Run again, it does only what is left.

    Where somebody `waits` and many are to be recorded, the worker does it, as whoever asked for it.
    """
    at = at or timezone.now()
    with transaction.atomic():
        lines = list(_lines_left(statement).select_for_update(of=("self",)))
        matched = _match_payments(statement, lines, by, at)
    left = [line for line in lines if line.state == LineState.UNMATCHED and line.reference]
    orders = _orders_told(statement, left)
    debts = debts_named(statement.neighbourhood_id, {line.pk: line.remark for line in left if line.pk not in orders})
    exact = {line.pk: found[0] for line in left if len(found := debts.get(line.pk, [])) == 1}
    exact = {line.pk: exact[line.pk] for line in left if line.pk in exact and exact[line.pk].amount == line.amount}
    accounts = {key: order.account_id for key, order in orders.items()}
    accounts |= {key: debt.account for key, debt in exact.items()}
    # In the order in which accounts are locked, so that two statements never wait for each other.
    ready = sorted((line for line in left if line.pk in accounts), key=lambda line: accounts[line.pk])
    goes_on = waits and len(ready) > AT_ONCE
    recorded = 0
    if goes_on:
        queue_job(JOB, statement.pk, by.pk, about=statement, by=by)
    else:
        for number, line in enumerate(ready):
            tell_progress(number, len(ready))
            recorded += _record_one(line, orders.get(line.pk), exact.get(line.pk), by, at)
    if matched or recorded:
        add_history(statement, "statement_matched", by=by, matched=matched, recorded=recorded)
    return Matched(matched, recorded, goes_on)


def match_in_background(statement_id: int, user_id: int) -> None:
    """Go on with a statement for whoever asked for it, unless the right to was lost since. Safe to run twice, and
    after a worker that was killed: each line is recorded once.
    """
    statement = Statement.objects.select_related("neighbourhood").get(pk=statement_id)
    by = User.objects.get(pk=user_id)
    if by.is_active and may_write(by, Act.FEES, statement.neighbourhood):
        match_statement(statement=statement, by=by, waits=False)


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
            locked = lock_line(line)
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
    tie_line(line, LineState.RECORDED, recorded.payment, by)
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
    tie_line(line, LineState.RECORDED, recorded.payment, by)
    return True
