"""Which bills a sum of money settles, and how far it may run ahead of them (design.md, Fees; policy.md, section f)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

LONGEST_PREPAYMENT = 12
"""Months that may be paid ahead: Hangzhou and Zhengzhou cap prepayment there (policy.md, section f)."""


@dataclass(frozen=True, slots=True)
class OpenBill:
    """What is still to be paid of a bill, in yuan, and where it stands in the order of bills."""

    id: int
    starts_on: date
    due_on: date
    outstanding: Decimal


def oldest_first(bills: Iterable[OpenBill]) -> list[OpenBill]:
    """By the first day of their months, then by the day on which they are due, then by number."""
    return sorted(bills, key=lambda bill: (bill.starts_on, bill.due_on, bill.id))


def spread(
    amount: Decimal, open_bills: Iterable[OpenBill], named: Collection[int] = ()
) -> list[tuple[OpenBill, Decimal]]:
    """What of `amount` goes to which bill: those `named` by id first, then the others; of each the oldest first.

    No bill gets more than is outstanding, none gets nothing; what is left of `amount` is credit.
    """
    moved = []
    for bill in sorted(oldest_first(open_bills), key=lambda bill: bill.id not in named):
        part = min(amount, bill.outstanding)
        if part > 0:
            moved.append((bill, part))
            amount -= part
    return moved


def most_ahead(monthly: Decimal | None) -> Decimal | None:
    """The most credit that a debtor may have, in yuan; None where nobody knows what a month costs."""
    return None if monthly is None else LONGEST_PREPAYMENT * monthly
