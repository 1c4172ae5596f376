"""Where money goes: from payments to bills, and back. One statement moves any number of parts, of one account or of a
whole city's: allocations, bills, credit and the tally of what is settled change together.

Who posts a bill holds its account first (`hold_accounts`) and applies credit afterwards, so that no account ever has
credit and an open bill together: a payment that comes in the same moment waits, and then sees the bill.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Sum

from accounts.services.change_rows import TELL_PLACED, tell_changes
from governance.choices.fees import AllocationKind
from governance.models import Allocation, Bill, FeeAccount, Payment
from governance.services.fees import tallies

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Part:
    """So much of a payment's money, in yuan, for a bill; below 0 where it comes back. It counts from `booked_on`, or
    from the day on which the bill was last open again, if that is later.
    """

    payment: int
    bill: int
    amount: Decimal
    booked_on: date


# What was settled up to a reversal stays so for every day before it: new money counts from there, or those days would
# have the bill settled twice.
_OPEN_AGAIN = """
(SELECT max(back.booked_on) FROM governance_allocation back WHERE back.bill_id = {bill} AND back.kind = 'reversal')
"""

# Credit of before that goes to a bill of a closed month counts in the first that is open.
_FIRST_OPEN = """
(SELECT (max(shut.month) + interval '1 month')::date FROM governance_monthclosing shut
WHERE shut.neighbourhood_id = due.neighbourhood_id AND shut.reopened_at IS NULL)
"""

_PARTS = f"""
SELECT part.payment_id, part.bill_id, bill.account_id, part.amount,
    greatest(part.booked_on, {_OPEN_AGAIN.format(bill="bill.id")}) AS booked_on
FROM unnest(%(payments)s::bigint[], %(bills)s::bigint[], %(amounts)s::numeric[], %(days)s::date[])
    AS part (payment_id, bill_id, amount, booked_on)
JOIN governance_bill bill ON bill.id = part.bill_id
"""  # noqa: S608 - put together from constants

# The money of each account lies end to end, the oldest first, and so do its open bills: where a payment's stretch and a
# bill's overlap, that much goes from one to the other.
_CREDIT_PARTS = f"""
SELECT money.payment_id, due.bill_id, money.account_id,
    least(money.upto, due.upto) - greatest(money.upto - money.free, due.upto - due.outstanding) AS amount,
    greatest(money.booked_on, due.starts_on, {_FIRST_OPEN}, {_OPEN_AGAIN.format(bill="due.bill_id")}) AS booked_on
FROM (
    SELECT free.*, sum(free.free) OVER (PARTITION BY free.account_id ORDER BY free.booked_on, free.payment_id) AS upto
    FROM (
        SELECT payment.id AS payment_id, payment.account_id, payment.booked_on,
            payment.amount - coalesce(sum(given.amount), 0) AS free
        FROM governance_payment payment
        LEFT JOIN governance_allocation given ON given.payment_id = payment.id
        WHERE payment.account_id = ANY(%(accounts)s)
            AND NOT EXISTS (SELECT FROM governance_paymentreversal back WHERE back.payment_id = payment.id)
        GROUP BY payment.id
    ) free
    WHERE free.free > 0
) money
JOIN (
    SELECT bill.id AS bill_id, bill.account_id, bill.neighbourhood_id, bill.starts_on,
        bill.amount - bill.reduction - bill.settled AS outstanding,
        sum(bill.amount - bill.reduction - bill.settled)
            OVER (PARTITION BY bill.account_id ORDER BY bill.starts_on, bill.due_on, bill.id) AS upto
    FROM governance_bill bill
    WHERE bill.account_id = ANY(%(accounts)s) AND bill.state = 'open'
) due ON due.account_id = money.account_id
    AND money.upto - money.free < due.upto AND due.upto - due.outstanding < money.upto
"""  # noqa: S608 - put together from constants

_MOVE = """
WITH part AS ({parts}),
given AS (
    INSERT INTO governance_allocation (payment_id, bill_id, kind, amount, booked_on, created_at)
    SELECT payment_id, bill_id, %(kind)s, amount, booked_on, %(at)s FROM part ORDER BY payment_id, bill_id
    RETURNING id
),
settled AS (
    UPDATE governance_bill bill SET
        settled = bill.settled + sums.amount,
        state = CASE WHEN bill.settled + sums.amount = bill.amount - bill.reduction THEN 'settled' ELSE 'open' END,
        version = bill.version + 1,
        updated_at = %(at)s
    FROM (SELECT bill_id, sum(amount) AS amount FROM part GROUP BY bill_id) sums
    WHERE bill.id = sums.bill_id
    RETURNING bill.id, bill.neighbourhood_id
),
counted AS (
    INSERT INTO governance_settledtally AS tally (neighbourhood_id, kind, starts_on, ends_on, day, amount)
    SELECT bill.neighbourhood_id, bill.kind, bill.starts_on, bill.ends_on, part.booked_on, sum(part.amount)
    FROM part JOIN governance_bill bill ON bill.id = part.bill_id
    GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (neighbourhood_id, kind, starts_on, ends_on, day) DO UPDATE SET amount = tally.amount + excluded.amount
    RETURNING id
),
spent AS (
    UPDATE governance_feeaccount account SET
        credit = account.credit - sums.amount, version = account.version + 1, updated_at = %(at)s
    FROM (SELECT account_id, sum(amount) AS amount FROM part GROUP BY account_id) sums
    WHERE account.id = sums.account_id
    RETURNING account.id, account.neighbourhood_id
),
told AS ({tell}
)
SELECT (SELECT count(*) FROM given), (SELECT count(*) FROM settled), (SELECT count(*) FROM counted),
    (SELECT count(*) FROM spent)
"""

# What was moved reads otherwise from now on. A payment is told by itself when it comes in.
_TELL = TELL_PLACED.format(
    told="""
    SELECT 'bills' AS resource, id, 'updated' AS action, ARRAY['settled', 'outstanding', 'state'] AS fields,
        neighbourhood_id
    FROM settled
    UNION ALL SELECT 'fee-accounts', id, 'updated', ARRAY['credit', 'outstanding'], neighbourhood_id FROM spent
    UNION ALL SELECT DISTINCT 'payments', payment.id, 'updated', ARRAY['allocations', 'credit'],
        payment.neighbourhood_id
    FROM part JOIN governance_payment payment ON payment.id = part.payment_id WHERE %(kind)s <> 'payment'
"""
)

MOVE_PARTS = _MOVE.format(parts=_PARTS, tell=_TELL)
MOVE_CREDIT = _MOVE.format(parts=_CREDIT_PARTS, tell=_TELL)


def hold_accounts(account_ids: Iterable[int]) -> dict[int, FeeAccount]:
    """Hold accounts, in order of their ids: money of theirs waits meanwhile. The book is held by then."""
    rows = FeeAccount.objects.filter(pk__in=list(account_ids)).order_by("pk")
    return {account.pk: account for account in rows.select_for_update(no_key=True)}


def hold_open_bills(account_ids: Sequence[int]) -> list[Bill]:
    """Hold the open bills of accounts that are held, in order of their ids: of each only its days and sums."""
    rows = Bill.objects.open().filter(account__in=account_ids).order_by("pk")
    rows = rows.only("account", "starts_on", "due_on", "amount", "reduction", "settled", "state")
    return list(rows.select_for_update(no_key=True, of=("self",)))


def apply_credit_to(account_ids: Iterable[int], at: datetime) -> int:
    """Settle the open bills of these accounts from their credit, the oldest from the oldest, and say how many accounts
    have some. In a transaction; the book is held by then.
    """
    held = hold_accounts(account_ids)
    with_credit = sorted(pk for pk, account in held.items() if account.credit > 0)
    if with_credit:
        _hold_bills_of(with_credit)
        with connection.cursor() as cursor:
            cursor.execute(MOVE_CREDIT, {"accounts": with_credit, "kind": AllocationKind.CREDIT, "at": at})
    return len(with_credit)


def move(parts: Sequence[Part], *, kind: str, at: datetime) -> None:
    """Move parts between payments and bills of accounts that are held, with the bills, and keep what follows from it:
    the bills' `settled` and state, the accounts' credit, the tally.
    """
    if not parts:
        return
    values: dict[str, Any] = {
        "payments": [part.payment for part in parts],
        "bills": [part.bill for part in parts],
        "amounts": [part.amount for part in parts],
        "days": [part.booked_on for part in parts],
    }
    with connection.cursor() as cursor:
        cursor.execute(MOVE_PARTS, {**values, "kind": kind, "at": at})


def free_bill(bill: Bill, at: datetime) -> Decimal:
    """Give what settled a bill back to its debtor's credit, since the bill is about to be void; how much that is.

    The book, the account and the bill are held by then. The bill itself is the caller's to write: void, nothing settled
    and why, at once. A void bill counts in no tally: what it counted on each day is taken out again.
    """
    given = Allocation.objects.filter(bill=bill)
    by_day = {row["booked_on"]: row["total"] for row in given.values("booked_on").annotate(total=Sum("amount"))}
    # A reversed payment has nothing left in it.
    held = given.filter(payment__reversal=None).values("payment", "booked_on").annotate(total=Sum("amount"))
    rows = [
        Allocation(
            payment_id=row["payment"],
            bill=bill,
            kind=AllocationKind.VOID,
            amount=-row["total"],
            booked_on=row["booked_on"],
            created_at=at,
        )
        for row in held.order_by("payment", "booked_on")
    ]
    Allocation.objects.bulk_create(rows)
    payments = Payment.objects.filter(pk__in={row.payment_id for row in rows}).select_related("neighbourhood")
    tell_changes(payments.order_by("pk"), fields=["allocations", "credit"])
    tallies.add_settled(
        {(bill.neighbourhood_id, bill.kind, bill.starts_on, bill.ends_on, day): -by_day[day] for day in by_day}
    )
    freed = -sum((row.amount for row in rows), _ZERO)
    add_credit(bill.account_id, freed, at)
    return freed


def add_credit(account_id: int, amount: Decimal, at: datetime) -> None:
    """Add to the credit of an account that is held; below 0 to take from it."""
    with connection.cursor() as cursor:
        cursor.execute(_ADD_CREDIT, {"amount": amount, "at": at, "account": account_id})


_TELL_CREDIT = TELL_PLACED.format(
    told="""
    SELECT 'fee-accounts' AS resource, id, 'updated' AS action, ARRAY['credit', 'outstanding'] AS fields,
        neighbourhood_id
    FROM moved
"""
)

_ADD_CREDIT = f"""
WITH moved AS (
    UPDATE governance_feeaccount SET credit = credit + %(amount)s, version = version + 1, updated_at = %(at)s
    WHERE id = %(account)s
    RETURNING id, neighbourhood_id
)
{_TELL_CREDIT}
"""  # noqa: S608 - put together from constants

_HOLD_BILLS = """
SELECT count(*) FROM (
    SELECT id FROM governance_bill WHERE account_id = ANY(%s) AND state = 'open' ORDER BY id FOR NO KEY UPDATE
) held
"""


def _hold_bills_of(account_ids: list[int]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(_HOLD_BILLS, [account_ids])
