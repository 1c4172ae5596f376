"""A household's fees: who owes, what for, what came in; one sheet for each debtor."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum

from governance.models import Bill, FeeAccount, ParkingPass, Payment, Refund, Reminder
from governance.rules.fees.door_words import read_door
from governance.rules.fees.ledger import Entry, Line, ledger_lines
from renovation.models import Household, Neighbourhood, ParkingSpace

ZERO = Decimal(0)


def find_households(neighbourhood: Neighbourhood, text: str, *, named: bool) -> QuerySet[Any]:
    """Households by door (5-1-302, 302), or, `named`, by a part of a name: of who owes, who owns or who lives there.
    All of them for an empty text.
    """
    rows: QuerySet[Any] = Household.objects.filter(neighbourhood=neighbourhood).select_related("building", "stairwell")
    text = text.replace("\x00", "").strip()
    if not text:
        return rows
    if door := read_door(text):
        rows = rows.filter(unit_number__istartswith=door.unit)
        if door.building:
            rows = rows.filter(building__number__iexact=door.building)
        if door.stairwell:
            rows = rows.filter(stairwell__number__iexact=door.stairwell)
        exact = rows.filter(unit_number__iexact=door.unit)
        return exact if exact.exists() else rows
    if not named:
        return rows.none()
    here = Q(head_name__icontains=text)
    accounts = FeeAccount.objects.filter(neighbourhood=neighbourhood, name__icontains=text, household__isnull=False)
    owners = Q(ownerships__owner__neighbourhood=neighbourhood, ownerships__owner__name__icontains=text)
    return rows.filter(here | owners | Q(pk__in=accounts.values("household"))).distinct()


@dataclass(frozen=True, slots=True)
class Standing:
    """Of one household, in yuan: what all its debtors owe, and their credit."""

    outstanding: Decimal = ZERO
    credit: Decimal = ZERO
    names: tuple[Any, ...] = ()


def standings(households: Iterable[Any]) -> dict[int, Standing]:
    """Two queries, however many they are."""
    here = [household.pk for household in households]
    owed = {
        row["household"]: row["owed"]
        for row in Bill.objects.filter(household__in=here)
        .open()
        .values("household")
        .annotate(owed=Sum("amount") - Sum("reduction") - Sum("settled"))
    }
    accounts: dict[int, list[Any]] = {}
    for account in FeeAccount.objects.filter(household__in=here).order_by("-pk"):
        accounts.setdefault(account.household_id, []).append(account)
    return {
        pk: Standing(
            outstanding=owed.get(pk, ZERO),
            credit=sum((account.credit for account in accounts.get(pk, ())), ZERO),
            names=tuple(accounts.get(pk, ())),
        )
        for pk in here
    }


@dataclass(slots=True)
class AccountSheet:
    """One debtor of a household: the bills that are open, oldest first, and everything that happened."""

    account: Any
    open_bills: list[Any] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    @property
    def outstanding(self) -> Decimal:
        return sum((bill.outstanding for bill in self.open_bills), ZERO)

    @property
    def balance(self) -> Decimal:
        """What is owed, below 0 what is credit; the last line says the same."""
        return self.outstanding - self.account.credit

    def overdue(self, today: date) -> Decimal:
        return sum((bill.outstanding for bill in self.open_bills if bill.due_on < today), ZERO)


def account_sheets(household: Household) -> list[AccountSheet]:
    """The sheets of a household, who owes most first, then the newest. Five queries."""
    accounts = list(FeeAccount.objects.filter(household=household).order_by("-pk"))
    sheets = {account.pk: AccountSheet(account) for account in accounts}
    entries: dict[int, list[Entry]] = {account.pk: [] for account in accounts}
    for bill in Bill.objects.filter(account__in=sheets).oldest_first():
        entries[bill.account_id].append(Entry(bill.created_at, "billed", bill.payable, bill))
        if bill.voided_at:
            entries[bill.account_id].append(Entry(bill.voided_at, "void", -bill.payable, bill))
        if bill.outstanding:
            sheets[bill.account_id].open_bills.append(bill)
    for payment in Payment.objects.filter(account__in=sheets).select_related("reversal"):
        entries[payment.account_id].append(Entry(payment.created_at, "paid", -payment.amount, payment))
        if reversal := getattr(payment, "reversal", None):
            entries[payment.account_id].append(Entry(reversal.created_at, "reversed", payment.amount, payment))
    for refund in Refund.objects.filter(account__in=sheets):
        entries[refund.account_id].append(Entry(refund.created_at, "refunded", refund.amount, refund))
    for reminder in Reminder.objects.filter(account__in=sheets):
        entries[reminder.account_id].append(Entry(reminder.created_at, "reminded", ZERO, reminder))
    for pk, sheet in sheets.items():
        sheet.lines = ledger_lines(entries[pk])
    return sorted(sheets.values(), key=lambda sheet: (-sheet.outstanding, -sheet.account.pk))


def spaces_of(household: Household, on: date) -> tuple[list[str], int]:
    """The numbers of the parking spaces that a household holds, and how many passes without a space it has on a day."""
    held = ParkingSpace.objects.filter(household=household).order_by("number")
    passes = ParkingPass.objects.filter(vehicle__household=household, space=None, starts_on__lte=on)
    return list(held.values_list("number", flat=True)), passes.exclude(ends_on__lt=on).count()
