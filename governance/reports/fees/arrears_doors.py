"""A building seen from the front, by what its doors owe: where to knock for arrears, and what came of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from consent.rules.numbers import natural
from governance.choices.fees import ReminderStep, VisitOutcome
from governance.models import Reminder
from governance.reports.fees.arrears import AccountArrears, account_arrears
from governance.rules.fees.arrears import REASONABLE_DAYS, open_steps
from renovation.models import Building, Household

LOOKS: dict[str, str] = {
    VisitOutcome.PROMISED: "verbal",
    VisitOutcome.DISPUTED: "opposes",
    VisitOutcome.NO_ANSWER: "no_answer",
    VisitOutcome.DECLINED: "declined",
    VisitOutcome.VACANT: "vacant",
}
"""The signs of the field page: what came of a visit looks as it does there."""


@dataclass(frozen=True, slots=True)
class ArrearsDoor:
    """A door with what its debtors owe, in yuan. `last` is the last visit for what they owe now; `may_visit` whether a
    visit may be made today, `waits` whether one is to be.
    """

    household: Any
    owed: Decimal
    debts: Sequence[AccountArrears]
    last: Reminder | None
    may_visit: bool
    waits: bool

    @property
    def look(self) -> str:
        return LOOKS[self.last.outcome] if self.last else "not_visited"


@dataclass(frozen=True, slots=True)
class FrontRow:
    """The doors of one floor, in columns; None where there is none."""

    floor: int | None
    cells: Sequence[tuple[ArrearsDoor | None, bool]]


@dataclass(frozen=True, slots=True)
class Front:
    """A building's front: its stairwells with the columns that each takes, and its floors from the top."""

    stairwells: Sequence[tuple[str, int]]
    rows: Sequence[FrontRow]
    doors: Sequence[ArrearsDoor]

    @property
    def following(self) -> ArrearsDoor | None:
        """The next door to knock at: stairwell by stairwell, from the ground up."""
        return next((door for door in self.doors if door.waits), None)


def front_of(building: Building, bills: QuerySet[Any], on: date) -> Front:
    """The front of a building by bills of `overdue_bills` of its neighbourhood. Six queries."""
    households = Household.objects.filter(building=building, retired_at=None).select_related("stairwell", "building")
    doors = doors_of(households, bills.filter(household__building=building), on)
    columns: dict[tuple[Any, str], dict[int | None, list[ArrearsDoor]]] = {}
    for door in doors:
        stairwell = door.household.stairwell
        floors = columns.setdefault((natural(stairwell.number), stairwell.number), {})
        floors.setdefault(door.household.floor, []).append(door)
    widths = {key: max(len(row) for row in floors.values()) for key, floors in columns.items()}
    levels = sorted(
        {floor for floors in columns.values() for floor in floors},
        key=lambda floor: (floor is None, -(floor or 0)),
    )
    rows = []
    for floor in levels:
        cells: list[tuple[ArrearsDoor | None, bool]] = []
        for key in sorted(columns):
            here: list[ArrearsDoor | None] = [*columns[key].get(floor, [])]
            here += [None] * (widths[key] - len(here))
            cells += [(door, place == 0) for place, door in enumerate(here)]
        rows.append(FrontRow(floor, cells))
    return Front([(key[1], widths[key]) for key in sorted(columns)], rows, doors)


def doors_of(households: Iterable[Any], bills: QuerySet[Any], on: date) -> list[ArrearsDoor]:
    """Doors in the order of stairwells and floors, from the ground up, with what they owe of `bills`."""
    accounts = list(bills.order_by("account").values_list("account", flat=True).distinct())
    debts: dict[int, list[AccountArrears]] = {}
    for debt in account_arrears(bills, accounts, on):
        if debt.account.household_id is not None:
            debts.setdefault(debt.account.household_id, []).append(debt)
    ordered = sorted(households, key=_place)
    return [_door(household, debts.get(household.pk, []), on) for household in ordered]


def _door(household: Any, debts: list[AccountArrears], on: date) -> ArrearsDoor:
    debts = sorted(debts, key=lambda debt: -debt.amount)
    visits = [row for debt in debts for row in debt.reminders if row.step == ReminderStep.VISIT]
    last = max(visits, key=lambda row: (row.given_at, row.pk), default=None)
    may_visit = any(may_visit_for(debt, on) for debt in debts)
    waits = may_visit and (last is None or _has_waited(last, on))
    return ArrearsDoor(household, sum((debt.amount for debt in debts), Decimal(0)), debts, last, may_visit, waits)


def may_visit_for(debt: AccountArrears, on: date) -> bool:
    """Whether somebody may knock for this debt on a day: what comes before a visit was done, and nothing else today."""
    today = any(timezone.localdate(row.given_at) == on for row in debt.reminders)
    return not today and ReminderStep.VISIT in open_steps(row.step for row in debt.reminders)


def _has_waited(last: Reminder, on: date) -> bool:
    """Whether it is time to knock again: when what was promised is past, or after a reasonable time."""
    if last.promised_on is not None:
        return on > last.promised_on
    return (on - timezone.localdate(last.given_at)).days >= REASONABLE_DAYS


def _place(household: Any) -> tuple[Any, ...]:
    return (
        natural(household.stairwell.number),
        household.floor is None,
        household.floor or 0,
        natural(household.unit_number),
        household.pk,
    )
