"""The account of one debtor, entry by entry, as it is read out: what was billed, paid and given back, and what was owed
after each.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import accumulate
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened at a moment. `change` is in yuan: above 0 more is owed, below 0 less; 0 for what is only noted."""

    at: datetime
    kind: str
    change: Decimal
    thing: Any = None


@dataclass(frozen=True, slots=True)
class Line:
    """An entry, and what was owed after it: below 0 it is credit."""

    entry: Entry
    balance: Decimal


_ORDER = ("billed", "void", "paid", "reversed", "refunded", "reminded")


def ledger_lines(entries: Iterable[Entry]) -> list[Line]:
    """Entries in the order in which they happened, each with the balance after it. Of one moment, what is billed comes
    before what is paid.
    """
    ordered = sorted(entries, key=lambda entry: (entry.at, _ORDER.index(entry.kind)))
    balances = accumulate(entry.change for entry in ordered)
    return [Line(entry, balance) for entry, balance in zip(ordered, balances, strict=True)]
