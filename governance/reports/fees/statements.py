"""What a statement's lines may be for: households that their remarks name, and what these owe."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, Q, Sum

from governance.choices.fees import LineState
from governance.models import Bill, StatementLine
from governance.rules.fees.statements import Door, door_key, doors_in
from renovation.models import Household


@dataclass(frozen=True, slots=True)
class Debt:
    """What one debtor of a household owes, in yuan: open bills only."""

    household: int
    account: int
    amount: Decimal


def outstanding_of(accounts: Collection[int]) -> dict[int, Decimal]:
    """The open sum of each account that owes something. One query."""
    return {debt.account: debt.amount for debt in _debts(Q(account__in=accounts))}


def debts_named(neighbourhood: int, remarks: Mapping[int, str]) -> dict[int, list[Debt]]:
    """For each remark (by a key), the debts of the one household that it names; none where it names none, or several,
    or nothing is open. Two queries, and none where no remark names a door.
    """
    named = {key: doors for key, remark in remarks.items() if (doors := doors_in(remark))}
    if not named:
        return {}
    known = _doors(neighbourhood)
    found: dict[int, int] = {}
    for key, doors in named.items():
        households = {household for door in doors for household in known.get(door, ())}
        if len(households) == 1:
            found[key] = households.pop()
    debts: dict[int, list[Debt]] = defaultdict(list)
    for debt in _debts(Q(household__in=set(found.values()))):
        debts[debt.household].append(debt)
    return {key: debts[household] for key, household in found.items() if household in debts}


def debts_exactly(neighbourhood: int, amounts: Collection[Decimal]) -> dict[Decimal, list[Debt]]:
    """The debtors of a neighbourhood who owe exactly one of these sums. One query."""
    found: dict[Decimal, list[Debt]] = defaultdict(list)
    for debt in _debts(Q(neighbourhood=neighbourhood, household__isnull=False), having=amounts):
        found[debt.amount].append(debt)
    return found


def counts_by_state(statements: Collection[int]) -> dict[int, dict[str, int]]:
    """How many lines of each statement stand in which state. One query."""
    counts: dict[int, dict[str, int]] = {key: dict.fromkeys(LineState.values, 0) for key in statements}
    rows = StatementLine.objects.filter(statement__in=statements).values("statement", "state").annotate(n=Count("pk"))
    for row in rows.order_by():
        counts[row["statement"]][row["state"]] = row["n"]
    return counts


def _debts(where: Q, having: Collection[Decimal] | None = None) -> list[Debt]:
    rows = (
        Bill.objects.open()
        .filter(where)
        .order_by()
        .values("household", "account")
        .annotate(owed=Sum(F("amount") - F("reduction") - F("settled")))
    )
    if having is not None:
        rows = rows.filter(owed__in=having)
    return [Debt(row["household"], row["account"], row["owed"]) for row in rows.order_by("account")]


def _doors(neighbourhood: int) -> dict[Door, set[int]]:
    """The households of a neighbourhood by the ways in which a remark may name them: with their stairwell, or without.
    One query.
    """
    rows = Household.objects.filter(neighbourhood=neighbourhood, retired_at=None)
    doors: dict[Door, set[int]] = defaultdict(set)
    for pk, building, stairwell, unit in rows.values_list("pk", "building__number", "stairwell__number", "unit_number"):
        door = door_key(building, stairwell, unit)
        doors[door].add(pk)
        doors[Door(door.building, "", door.unit)].add(pk)
    return doors
