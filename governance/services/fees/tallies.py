"""The projections that collection rates read: what stands billed, and what was settled of it by which day."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from django.db import connection

BilledKey = tuple[int, str, date, date]
"""Neighbourhood, kind, first and last day of the months."""

SettledKey = tuple[int, str, date, date, date]
"""The same, and the day on which it counts."""

_ADD_BILLED = """
INSERT INTO governance_billedtally (neighbourhood_id, kind, starts_on, ends_on, bill_count, amount, reduction)
VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (neighbourhood_id, kind, starts_on, ends_on) DO UPDATE SET
    bill_count = governance_billedtally.bill_count + excluded.bill_count,
    amount = governance_billedtally.amount + excluded.amount,
    reduction = governance_billedtally.reduction + excluded.reduction
"""

# A key that something is taken from is there; a row proposed below zero would not get as far as the conflict.
_TAKE_BILLED = """
UPDATE governance_billedtally SET bill_count = bill_count + %s, amount = amount + %s, reduction = reduction + %s
WHERE (neighbourhood_id, kind, starts_on, ends_on) = (%s, %s, %s, %s)
"""

_ADD_SETTLED = """
INSERT INTO governance_settledtally (neighbourhood_id, kind, starts_on, ends_on, day, amount)
VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (neighbourhood_id, kind, starts_on, ends_on, day) DO UPDATE SET
    amount = governance_settledtally.amount + excluded.amount
"""


def add_billed(deltas: Mapping[BilledKey, tuple[int, Decimal, Decimal]]) -> None:
    """Add so many bills, their amount and their reduction (less than 0 for void ones) to each key."""
    with connection.cursor() as cursor:
        for key in sorted(deltas):  # one order for all, so that nobody waits in a circle
            count, amount, reduction = deltas[key]
            if count < 0:
                cursor.execute(_TAKE_BILLED, [count, amount, reduction, *key])
            else:
                cursor.execute(_ADD_BILLED, [*key, count, amount, reduction])


def add_settled(deltas: Mapping[SettledKey, Decimal]) -> None:
    """Add to what was settled by each day; below 0 for what came back."""
    with connection.cursor() as cursor:
        for key in sorted(deltas):
            if deltas[key]:
                cursor.execute(_ADD_SETTLED, [*key, deltas[key]])
