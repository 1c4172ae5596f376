"""What a plan's items cost, and the bytes that a frozen revision is recognised by (docs/plans.md)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from hashlib import sha256
from typing import Any

import orjson

from renovation.rules.evidence import FEN, MAX_MONEY

FORM = "gongdi/plan/1"
"""Named in the bytes. Another form gets another name, and what was frozen under this one keeps it."""

PLANNING = frozenset(
    {
        "assessed",
        "mobilising",
        "organised",
        "consenting",
        "consented",
        "deferred",
        "ready",
        "applied",
        "planned",
        "designed",
        "under_works",
        "suspended",
    }
)
"""The stages in which a plan is made or changed."""

SETTLED = frozenset({"designed", "under_works", "suspended"})
"""The stages in which the plan has been settled: it changes only by a change request (workflow.md, Movement rules)."""

_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


def amount_of(quantity: Decimal, unit_price: Decimal) -> Decimal | None:
    """Quantity times unit price in yuan, half-up to the fen; None where that is beyond what can be kept."""
    amount = _EXACT.multiply(quantity, unit_price).quantize(FEN, ROUND_HALF_UP, _EXACT)
    return amount if amount < MAX_MONEY else None


@dataclass(frozen=True, slots=True)
class Payment:
    """What a source is to pay, in yuan. `kind` and `name` say which: within a neighbourhood they are unique."""

    kind: str
    name: str
    planned: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """An item as it is frozen. Prices and amounts are yuan, None where it has none yet."""

    code: str
    quantity: Decimal
    unit_price: Decimal | None
    amount: Decimal | None
    contractor: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    note: str = ""
    payers: tuple[Payment, ...] = ()


@dataclass(frozen=True, slots=True)
class SharedOut:
    """A residents' source that is shared among households: how, among how many, the sum of their weights, and the sum
    of their shares. What one household is to pay follows from these and its own weight, to within a fen; it does not
    stand here itself.
    """

    name: str
    route: str
    households: int
    weight: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Content:
    """All that a revision's digest covers. `menu_from` is the day from which its edition of the menu holds."""

    neighbourhood: str
    number: int
    menu_from: date
    items: Sequence[Line]
    shared_out: Sequence[SharedOut]


def canonical_bytes(content: Content) -> bytes:
    """The bytes of a revision: JSON as RFC 8785 says, of objects, arrays, strings, integers and null alone.

    Numbers with places are strings with all of them, dates `YYYY-MM-DD`. Items come by code, sources by kind and name,
    whatever the order in which they were given.
    """
    value: dict[str, Any] = {
        "form": FORM,
        "neighbourhood": content.neighbourhood,
        "revision": content.number,
        "menu_from": content.menu_from.isoformat(),
        "items": [_line(line) for line in sorted(content.items, key=lambda line: line.code)],
        "shared_out": [_shared_out(source) for source in sorted(content.shared_out, key=lambda source: source.name)],
    }
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def digest_of(content: Content) -> str:
    """SHA-256 of the canonical bytes, in hexadecimal."""
    return sha256(canonical_bytes(content)).hexdigest()


def _line(line: Line) -> Mapping[str, Any]:
    return {
        "code": line.code,
        "quantity": _places(line.quantity, 2),
        "unit_price": _places(line.unit_price, 2),
        "amount": _places(line.amount, 2),
        "contractor": line.contractor,
        "starts_on": line.starts_on and line.starts_on.isoformat(),
        "ends_on": line.ends_on and line.ends_on.isoformat(),
        "note": line.note,
        "payers": [
            {"kind": payer.kind, "name": payer.name, "planned": _places(payer.planned, 2)}
            for payer in sorted(line.payers, key=lambda payer: (payer.kind, payer.name))
        ],
    }


def _shared_out(source: SharedOut) -> Mapping[str, Any]:
    return {
        "name": source.name,
        "route": source.route,
        "households": source.households,
        "weight": _places(source.weight, 4),
        "amount": _places(source.amount, 2),
    }


def _places(number: Decimal | None, places: int) -> str | None:
    return None if number is None else f"{number:.{places}f}"
