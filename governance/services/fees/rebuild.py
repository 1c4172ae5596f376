"""The projections of fees computed anew from their ledgers: what is settled of each bill, each account's credit, and
both tallies. One neighbourhood after another, its book held alone, so that memory stays flat and each is told whole.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from accounts.services.history import add_history
from governance.services.fees.books import hold_book_alone
from renovation.models import Neighbourhood

EXAMPLES = 20
"""Differences that are told one by one, of each projection in a neighbourhood; all are counted."""

# Each finds what is kept otherwise than its ledger says: a key as text, what is kept, what it should be.
_BILLS = """
SELECT bill.id, bill.settled AS kept, coalesce(given.amount, 0) AS due
FROM governance_bill bill
LEFT JOIN (
    SELECT part.bill_id, sum(part.amount) AS amount
    FROM governance_allocation part JOIN governance_bill of ON of.id = part.bill_id
    WHERE of.neighbourhood_id = %(place)s GROUP BY part.bill_id
) given ON given.bill_id = bill.id
WHERE bill.neighbourhood_id = %(place)s AND bill.settled <> coalesce(given.amount, 0)
"""

_ACCOUNTS = """
SELECT account.id, account.credit AS kept, coalesce(came.amount, 0) - coalesce(went.amount, 0) AS due
FROM governance_feeaccount account
LEFT JOIN (
    SELECT payment.account_id, sum(payment.amount) AS amount FROM governance_payment payment
    WHERE payment.neighbourhood_id = %(place)s
        AND NOT EXISTS (SELECT FROM governance_paymentreversal back WHERE back.payment_id = payment.id)
    GROUP BY 1
) came ON came.account_id = account.id
LEFT JOIN (
    SELECT payment.account_id, sum(part.amount) AS amount
    FROM governance_allocation part JOIN governance_payment payment ON payment.id = part.payment_id
    WHERE payment.neighbourhood_id = %(place)s GROUP BY 1
) went ON went.account_id = account.id
WHERE account.neighbourhood_id = %(place)s AND account.credit <> coalesce(came.amount, 0) - coalesce(went.amount, 0)
"""

_BILLED = """
SELECT kind, starts_on, ends_on, coalesce(tally.bill_count, 0) AS kept_count, coalesce(tally.amount, 0) AS kept_amount,
    coalesce(tally.reduction, 0) AS kept_reduction, coalesce(bills.bill_count, 0) AS due_count,
    coalesce(bills.amount, 0) AS due_amount, coalesce(bills.reduction, 0) AS due_reduction
FROM (SELECT * FROM governance_billedtally WHERE neighbourhood_id = %(place)s) tally
FULL JOIN (
    SELECT kind, starts_on, ends_on, count(*) AS bill_count, sum(amount) AS amount, sum(reduction) AS reduction
    FROM governance_bill WHERE neighbourhood_id = %(place)s AND state <> 'void' GROUP BY 1, 2, 3
) bills USING (kind, starts_on, ends_on)
WHERE (coalesce(tally.bill_count, 0), coalesce(tally.amount, 0), coalesce(tally.reduction, 0))
    <> (coalesce(bills.bill_count, 0), coalesce(bills.amount, 0), coalesce(bills.reduction, 0))
"""

_SETTLED = """
SELECT kind, starts_on, ends_on, day, coalesce(tally.amount, 0) AS kept, coalesce(given.amount, 0) AS due
FROM (SELECT * FROM governance_settledtally WHERE neighbourhood_id = %(place)s) tally
FULL JOIN (
    SELECT bill.kind, bill.starts_on, bill.ends_on, part.booked_on AS day, sum(part.amount) AS amount
    FROM governance_allocation part JOIN governance_bill bill ON bill.id = part.bill_id
    WHERE bill.neighbourhood_id = %(place)s AND bill.state <> 'void' GROUP BY 1, 2, 3, 4
) given USING (kind, starts_on, ends_on, day)
WHERE coalesce(tally.amount, 0) <> coalesce(given.amount, 0)
"""

# What to tell of a difference: its key, what is kept, what the ledger says.
FIND = {
    "bills": (_BILLS, "SELECT id::text, kept::text, due::text FROM apart ORDER BY apart.id"),
    "accounts": (_ACCOUNTS, "SELECT id::text, kept::text, due::text FROM apart ORDER BY apart.id"),
    "billed": (
        _BILLED,
        """
        SELECT concat_ws(' ', kind, starts_on, ends_on), concat_ws(' ', kept_count, kept_amount, kept_reduction),
            concat_ws(' ', due_count, due_amount, due_reduction)
        FROM apart ORDER BY kind, starts_on, ends_on
        """,
    ),
    "settled": (
        _SETTLED,
        """
        SELECT concat_ws(' ', kind, starts_on, ends_on, day), kept::text, due::text
        FROM apart ORDER BY kind, starts_on, ends_on, day
        """,
    ),
}

# What no row can say stays as it is, for the audit: more settled than a bill asks for or of a void one, credit below 0.
MEND = {
    "bills": """
        UPDATE governance_bill bill SET settled = apart.due,
            state = CASE WHEN apart.due = bill.amount - bill.reduction THEN 'settled' ELSE 'open' END,
            version = bill.version + 1, updated_at = %(at)s
        FROM apart
        WHERE bill.id = apart.id AND bill.state <> 'void' AND apart.due BETWEEN 0 AND bill.amount - bill.reduction
    """,
    "accounts": """
        UPDATE governance_feeaccount account
        SET credit = apart.due, version = account.version + 1, updated_at = %(at)s
        FROM apart WHERE account.id = apart.id AND apart.due >= 0
    """,
    "billed": """
        INSERT INTO governance_billedtally (neighbourhood_id, kind, starts_on, ends_on, bill_count, amount, reduction)
        SELECT %(place)s, kind, starts_on, ends_on, due_count, due_amount, due_reduction FROM apart
        ON CONFLICT (neighbourhood_id, kind, starts_on, ends_on) DO UPDATE
        SET bill_count = excluded.bill_count, amount = excluded.amount, reduction = excluded.reduction
    """,
    "settled": """
        INSERT INTO governance_settledtally (neighbourhood_id, kind, starts_on, ends_on, day, amount)
        SELECT %(place)s, kind, starts_on, ends_on, day, due FROM apart
        ON CONFLICT (neighbourhood_id, kind, starts_on, ends_on, day) DO UPDATE SET amount = excluded.amount
    """,
}

_OF_APART = "WITH apart AS ({found}) {then}"


@dataclass(frozen=True, slots=True)
class Difference:
    """One projection that is kept otherwise than its ledger says; all three as text."""

    projection: str
    key: str
    kept: str
    due: str


@dataclass(slots=True)
class Apart:
    """What differs in one neighbourhood: how many of each projection, and the first of each."""

    neighbourhood: Neighbourhood
    counts: Counter[str] = field(default_factory=Counter)
    examples: list[Difference] = field(default_factory=list)


def rebuild_fees(*, check: bool = False, code: str = "", at: datetime | None = None) -> Iterator[Apart]:
    """Compute anew what is kept, in the neighbourhoods whose code begins with `code`, and yield each in which it
    differed. `check` changes nothing. Each neighbourhood is a transaction of its own; run twice, the second finds only
    what no projection can say, as a bill settled beyond its amount: that is for the audit.
    """
    for place in Neighbourhood.objects.filter(code__startswith=code).order_by("pk").iterator():
        with transaction.atomic():
            apart = _rebuild(place, check, at or timezone.now())
        if apart.counts:
            yield apart


def _rebuild(place: Neighbourhood, check: bool, at: datetime) -> Apart:
    hold_book_alone(place.pk)
    apart = Apart(place)
    values: dict[str, Any] = {"place": place.pk, "at": at}
    with connection.cursor() as cursor:
        for projection, (found, told) in FIND.items():
            cursor.execute(_OF_APART.format(found=found, then=told), values)
            rows: list[Any] = cursor.fetchall()
            if rows:
                apart.counts[projection] = len(rows)
                apart.examples += [Difference(projection, *row) for row in rows[:EXAMPLES]]
        if not check:
            for projection in apart.counts:
                found = FIND[projection][0]
                cursor.execute(_OF_APART.format(found=found, then=MEND[projection]), values)
    if apart.counts and not check:
        add_history(place, "fees_rebuilt", by=None, action=None, differed=dict(apart.counts))
    return apart
