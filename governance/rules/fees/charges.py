"""What a unit is charged for its months, who owes it, and what a bill of them amounts to (policy.md, section f).

Areas are square metres, prices yuan per unit of their basis and month, amounts yuan to the fen. A month is told by its
first day: the price, the owner and the tenant's agreement of that day are those of the whole month.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby

from governance.rules.fees.periods import add_months, last_day

FEN = Decimal("0.01")
_PER_M2, _PER_HOUR = "per_m2_month", "per_hour"
_ZERO, _WHOLE = Decimal(0), Decimal(1)


@dataclass(frozen=True, slots=True)
class Price:
    """A schedule as billing reads it. `only_for` are the uses of the units (property, other) or the ownerships of the
    spaces (parking) that it prices; empty means all.
    """

    schedule: int
    basis: str
    unit_price: Decimal
    valid_from: date
    valid_to: date | None = None
    only_for: frozenset[str] = frozenset()
    due_days: int = 0


@dataclass(frozen=True, slots=True)
class Holding:
    """An ownership: `id` is the ownership's, `owner_kind` a value of OwnerKind. An unknown first day is always past."""

    id: int
    owner: int
    owner_kind: str
    is_voter: bool
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """A tenant's agreement to pay, both days included."""

    id: int
    starts_on: date
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Debtor:
    """Who owes a month: a value of DebtorKind, with the owner or the agreement; neither where the owner is unknown."""

    kind: str
    owner: int | None = None
    liability: int | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a kind of fee that an approved reduction lets off, in months told by their first days, both
    included.
    """

    share: Decimal
    from_month: date
    to_month: date


@dataclass(frozen=True, slots=True)
class UnitMonth:
    """One month of one unit: of the household's area or the household itself, of a space (its number), or of a pass
    without a space (its id). `let_off` is the share of it that is let off, from 0 to 1.
    """

    first: date
    price: Price
    quantity: Decimal
    let_off: Decimal = _ZERO
    space: str = ""
    parking_pass: int | None = None

    @property
    def unit(self) -> tuple[int, str, int]:
        """The order of a bill's lines: spaces by number, as code points sort, before passes by id."""
        return (0 if self.parking_pass is None else 1, self.space, self.parking_pass or 0)


@dataclass(frozen=True, slots=True)
class Amounts:
    """What a bill says of its months. `lines` are as `Bill.lines` keeps them and add up to the amounts, to the fen."""

    amount: Decimal
    reduction: Decimal
    starts_on: date
    ends_on: date
    due_on: date
    lines: list[dict[str, object]] = field(default_factory=list)


def round_fen(yuan: Decimal) -> Decimal:
    """To the fen, half up: 0.005 is 0.01 (design.md, Fees)."""
    return yuan.quantize(FEN, ROUND_HALF_UP)


def price_text(unit_price: Decimal) -> str:
    """At least two places and at most the four that are kept: "0.60", "0.6250"."""
    text = f"{unit_price:.4f}"
    return text[:-2] if text.endswith("00") else text


def price_of_month(prices: Iterable[Price], use: str, first: date) -> Price | None:
    """The price of a unit of this use (or of a space of this ownership) in the month that begins on `first`; None where
    nothing is charged.

    `prices` are those of one kind, and of one name of another charge. One that names the use goes before one for all;
    then the one in force since the latest day (`FeeSchedule`). Prices by the hour are of no month.
    """
    fitting = [
        price
        for price in prices
        if price.basis != _PER_HOUR
        and (not price.only_for or use in price.only_for)
        and _covers(price.valid_from, price.valid_to, first)
    ]
    return max(fitting, key=lambda price: (bool(price.only_for), price.valid_from, price.schedule), default=None)


def debtor_of_month(holdings: Iterable[Holding], agreements: Iterable[Agreement], first: date) -> Debtor:
    """Who owes a household's fees of the month that begins on `first`: arrears stay with who owned then.

    A tenant who agreed to pay goes before the owner, who stays jointly liable; a developer owes what is unsold
    (regulation 41). Of co-owners the named voter, else the ownership with the lowest id.
    """
    agreed = [one for one in agreements if _covers(one.starts_on, one.ends_on, first)]
    if agreed:
        return Debtor("tenant", liability=min(one.id for one in agreed))
    held = [one for one in holdings if _covers(one.starts_on, one.ends_on, first)]
    if not held:
        return Debtor("owner")
    named = min(held, key=lambda one: (not one.is_voter, one.id))
    return Debtor("developer" if named.owner_kind == "developer" else "owner", owner=named.owner)


def debtors_of(months: Sequence[date], debtor: Callable[[date], Debtor]) -> list[tuple[Debtor, tuple[date, ...]]]:
    """The months, in order, each run of one debtor together: each run is billed by itself."""
    return [(who, tuple(run)) for who, run in groupby(months, key=debtor)]


def let_off_of_month(shares: Iterable[Share], first: date) -> Decimal:
    """The share of a month that approved reductions let off together: the whole at most."""
    return min(_WHOLE, sum((one.share for one in shares if one.from_month <= first <= one.to_month), _ZERO))


def quantity_of(price: Price, area: Decimal | None) -> Decimal | None:
    """How many units of its basis a household or a space is: its area in m2, None where that is unknown, else 1."""
    return area if price.basis == _PER_M2 else _WHOLE


def bill_of(units: Iterable[UnitMonth]) -> Amounts | None:
    """The bill of one debtor's months; None where it would be of nothing (before what is let off).

    Exact amounts are summed and rounded half-up once a bill, so is the reduction. Consecutive months of a unit at one
    price and quantity are one line; each line is what the rounded sum grows by with it, so that lines add up to the
    fen. Due after the days that its most patient schedule gives from the end of its months.
    """
    rows = sorted(units, key=lambda row: (row.unit, row.first))
    exact = let_off = _ZERO
    lines: list[dict[str, object]] = []
    for run in _runs(rows):
        head, amount_before, let_off_before = run[0], round_fen(exact), round_fen(let_off)
        for row in run:
            charged = row.quantity * row.price.unit_price
            exact += charged
            let_off += charged * row.let_off
        line: dict[str, object] = {
            "schedule": head.price.schedule,
            "basis": head.price.basis,
            "quantity": f"{head.quantity:f}",
            "unit_price": price_text(head.price.unit_price),
            "months": len(run),
            "from": f"{head.first:%Y-%m}",
            "to": f"{run[-1].first:%Y-%m}",
        }
        if head.space:
            line["space"] = head.space
        if head.parking_pass is not None:
            line["pass"] = head.parking_pass
        line["amount"] = f"{round_fen(exact) - amount_before:.2f}"
        line["reduction"] = f"{round_fen(let_off) - let_off_before:.2f}"
        lines.append(line)
    amount = round_fen(exact)
    if not amount:
        return None
    ends_on = last_day(max(row.first for row in rows))
    return Amounts(
        amount=amount,
        reduction=round_fen(let_off),
        starts_on=min(row.first for row in rows),
        ends_on=ends_on,
        due_on=ends_on + timedelta(days=max(row.price.due_days for row in rows)),
        lines=lines,
    )


def month_charge(prices: Iterable[Price], use: str, area: Decimal | None, first: date) -> Decimal | None:
    """What a unit pays for one month before reductions, to the fen; 0 where nothing is charged, None where its area is
    wanted and unknown.
    """
    price = price_of_month(prices, use, first)
    if price is None:
        return _ZERO
    quantity = quantity_of(price, area)
    return None if quantity is None else round_fen(quantity * price.unit_price)


def most_let_off(shares: Mapping[date, Decimal]) -> Decimal:
    """The share that is let off in the month where it is largest; 0 of no month."""
    return max(shares.values(), default=_ZERO)


def _runs(rows: Sequence[UnitMonth]) -> list[list[UnitMonth]]:
    """Months of one unit, price and quantity that follow upon each other."""
    runs: list[list[UnitMonth]] = []
    for row in rows:
        last = runs[-1][-1] if runs else None
        if (
            last is not None
            and (last.unit, last.price, last.quantity) == (row.unit, row.price, row.quantity)
            and add_months(last.first, 1) == row.first
        ):
            runs[-1].append(row)
        else:
            runs.append([row])
    return runs


def _covers(starts_on: date | None, ends_on: date | None, day: date) -> bool:
    return (starts_on is None or starts_on <= day) and (ends_on is None or day <= ends_on)
