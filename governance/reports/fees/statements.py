"""What a statement's lines may be for: households that their remarks name, and what these owe."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, Q, Sum

from governance.choices.fees import LineState
from governance.models import Bill, FeeAccount, StatementLine
from governance.rules.fees.statements import Door, door_key, doors_in
from renovation.models import Household

SUGGESTED = 3
"""How many households are suggested for a line."""

LOOKED_AT = 500
"""How many debtors are looked at for the suggestions of a page."""


@dataclass(frozen=True, slots=True)
class Debt:
    """What one debtor of a household owes, in yuan: open bills only."""

    household: int
    account: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A household that a line may be for: what this debtor of it owes, in yuan, and whether that is the line's sum.
    Without an account, whoever owes today, with nothing open.
    """

    household: Household
    account: FeeAccount | None
    owed: Decimal
    fits: bool


def outstanding_of(accounts: Collection[int]) -> dict[int, Decimal]:
    """The open sum of each account that owes something. One query."""
    return {debt.account: debt.amount for debt in _debts(Q(account__in=accounts))}


def households_named(neighbourhood: int, remarks: Mapping[int, str]) -> dict[int, int]:
    """The one household (by id) that each remark names, by the remark's key; none where it names none, or several. One
    query, and none where no remark names a door.
    """
    named = {key: doors for key, remark in remarks.items() if (doors := doors_in(remark))}
    known = _doors(neighbourhood) if named else {}
    found: dict[int, int] = {}
    for key, doors in named.items():
        households = {household for door in doors for household in known.get(door, ())}
        if len(households) == 1:
            found[key] = households.pop()
    return found


def debts_named(neighbourhood: int, remarks: Mapping[int, str]) -> dict[int, list[Debt]]:
    """For each remark, by its key, the debts of the one household that it names; none where nothing of it is open. Two
    queries.
    """
    found = households_named(neighbourhood, remarks)
    debts: dict[int, list[Debt]] = defaultdict(list)
    if found:
        for debt in _debts(Q(household__in=set(found.values()))):
            debts[debt.household].append(debt)
    return {key: debts[household] for key, household in found.items() if household in debts}


def suggestions_for(neighbourhood: int, lines: Collection[StatementLine]) -> dict[int, list[Suggestion]]:
    """For lines to settle by hand, the households that each may be for, by the line's id: whom the remark names, whose
    name the payer bears, and who owes exactly this sum; a few of each, the likeliest first. Five queries.
    """
    named = households_named(neighbourhood, {line.pk: line.remark for line in lines})
    payers = {line.payer for line in lines if line.payer}
    amounts = {line.amount for line in lines}
    accounts = FeeAccount.objects.filter(neighbourhood=neighbourhood, household__isnull=False)
    by_name = list(accounts.filter(name__in=payers).order_by("-pk")[:LOOKED_AT])
    exact = _debts(Q(neighbourhood=neighbourhood, household__isnull=False), having=amounts)[:LOOKED_AT]
    near = {*named.values(), *(account.household_id for account in by_name)}
    debts = {debt.account: debt for debt in [*_debts(Q(household__in=near)), *exact]}
    homes = Household.objects.select_related("building", "stairwell").in_bulk(near | {debt.household for debt in exact})
    people = accounts.in_bulk(debts)
    found: dict[int, list[Suggestion]] = {}
    for line in lines:
        households = [named[line.pk]] if line.pk in named else []
        households += [account.household_id for account in by_name if account.name == line.payer]
        households += [debt.household for debt in exact if debt.amount == line.amount]
        made = [
            one
            for household in dict.fromkeys(households)
            for one in _suggested(
                homes[household], line, [d for d in debts.values() if d.household == household], people
            )
        ]
        found[line.pk] = sorted(made, key=lambda one: not one.fits)[:SUGGESTED]
    return found


def _suggested(
    household: Household, line: StatementLine, debts: Collection[Debt], people: Mapping[int, FeeAccount]
) -> list[Suggestion]:
    if not debts:
        return [Suggestion(household, None, Decimal(0), False)]
    return [Suggestion(household, people[debt.account], debt.amount, debt.amount == line.amount) for debt in debts]


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
