"""What is overdue in a neighbourhood, as of a day: by age, by building and by account (policy.md, section f)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, F, Min, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from governance.choices.fees import VisitOutcome
from governance.models import Allocation, Bill, FeeAccount, Reminder
from governance.reports.fees.reminded import reminders_of, time_bars
from governance.rules.fees.arrears import (
    AGES,
    BAR_IN_SIGHT_DAYS,
    BAR_YEARS,
    NextStep,
    bar_in_sight,
    days_overdue,
    is_barred,
    next_step,
    years_later,
)
from renovation.models import Neighbourhood

_MONEY: Any = DecimalField(max_digits=14, decimal_places=2)
_ZERO = Value(Decimal(0), output_field=_MONEY)


@dataclass(frozen=True, slots=True)
class AgeLine:
    """Bills that many days past due: `from_days` to `to_days`, both included, the last age without an end."""

    from_days: int
    to_days: int | None
    bills: int
    accounts: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class BuildingLine:
    """One building's doors with something overdue; `building` and `number` are None for what no household owes."""

    building: int | None
    number: str | None
    doors: int
    bills: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class AccountArrears:
    """What one debtor owes: how much in yuan, since when, what was done about it and what is next.

    `bar_on` is the first day on which something of it becomes too old to sue for; `following` the next step.
    """

    account: FeeAccount
    bills: Sequence[Bill]
    amount: Decimal
    oldest_due_on: date
    days: int
    bar_on: date
    is_barred: bool
    bar_in_sight: bool
    reminders: Sequence[Reminder] = field(default_factory=list)
    following: NextStep | None = None
    promised_on: date | None = None

    @property
    def last(self) -> Reminder | None:
        return self.reminders[-1] if self.reminders else None

    def step_is_due(self, on: date) -> bool:
        return self.following is not None and self.following.from_on <= on


def overdue_bills(neighbourhood: Neighbourhood, on: date) -> QuerySet[Any]:
    """The bills that stand and are past due on a day, each with `owed` of it then: as it is now for today, else less
    what was settled by the end of that day.
    """
    bills = Bill.objects.filter(neighbourhood=neighbourhood, due_on__lt=on)
    payable = F("amount") - F("reduction")
    if on >= timezone.localdate():
        return bills.open().annotate(owed=payable - F("settled"))
    settled = Allocation.objects.filter(bill=OuterRef("pk"), booked_on__lte=on).order_by().values("bill")
    by_then = Subquery(settled.annotate(total=Sum("amount")).values("total"), output_field=_MONEY)
    return bills.live().annotate(owed=payable - Coalesce(by_then, _ZERO)).filter(owed__gt=0)


def arrears_by_age(bills: QuerySet[Any], on: date) -> list[AgeLine]:
    """Bills of `overdue_bills` by age, every age told. One query."""
    sums: dict[str, Any] = {}
    for place, (first, last) in enumerate(AGES):
        here = Q(due_on__lte=on - timedelta(days=first))
        if last is not None:
            here &= Q(due_on__gte=on - timedelta(days=last))
        sums[f"bills{place}"] = Count("pk", filter=here)
        sums[f"accounts{place}"] = Count("account", filter=here, distinct=True)
        sums[f"amount{place}"] = Coalesce(Sum("owed", filter=here), _ZERO)
    found = bills.aggregate(**sums)
    return [
        AgeLine(first, last, found[f"bills{place}"], found[f"accounts{place}"], found[f"amount{place}"])
        for place, (first, last) in enumerate(AGES)
    ]


def of_age(bills: QuerySet[Any], on: date, age: int) -> QuerySet[Any]:
    """Those of one age, by its place in AGES."""
    first, last = AGES[age]
    bills = bills.filter(due_on__lte=on - timedelta(days=first))
    return bills if last is None else bills.filter(due_on__gte=on - timedelta(days=last))


def arrears_by_building(bills: QuerySet[Any]) -> list[BuildingLine]:
    """Bills of `overdue_bills` by building, the most first. One query."""
    rows = (
        bills.values("household__building", "household__building__number")
        .annotate(doors=Count("household", distinct=True), bills=Count("pk"), total=Sum("owed"))
        .order_by("-total", "household__building")
    )
    return [
        BuildingLine(
            row["household__building"], row["household__building__number"], row["doors"], row["bills"], row["total"]
        )
        for row in rows
    ]


def accounts_in_arrears(bills: QuerySet[Any]) -> QuerySet[Any]:
    """The accounts of bills of `overdue_bills`, as rows of `account`, `owed` and `oldest_due_on`; the most first."""
    rows: QuerySet[Any] = (
        bills.values("account").annotate(total=Sum("owed"), oldest_due_on=Min("due_on")).order_by("-total", "account")
    )
    return rows


def account_arrears(bills: QuerySet[Any], accounts: Iterable[int], on: date) -> list[AccountArrears]:
    """What these accounts owe of bills of `overdue_bills`, in the order given, with all that was done about it.

    Five queries, however many accounts.
    """
    wanted = list(accounts)
    found = bills.filter(account__in=wanted).order_by("starts_on", "due_on", "id")
    rows = list(
        found.select_related("account__neighbourhood", "account__household__building", "account__household__stairwell")
    )
    bars, reminders = time_bars(rows), reminders_of(wanted, rows)
    of_account: dict[int, list[Any]] = {}
    for bill in rows:
        of_account.setdefault(bill.account_id, []).append(bill)
    return [_arrears(of_account[pk], bars, reminders[pk], on) for pk in wanted if pk in of_account]


def near_the_bar(bills: QuerySet[Any], on: date) -> list[tuple[int, date]]:
    """Accounts of which something can soon no longer be sued for, with the day, the nearest first.

    Only what has been due for long enough is looked at: a bar lies three years after a due day, or later.
    """
    due_by = years_later(on + timedelta(days=BAR_IN_SIGHT_DAYS), -BAR_YEARS)
    old = list(bills.filter(due_on__lte=due_by))
    bars = time_bars(old)
    nearest: dict[int, date] = {}
    for bill in old:
        if bar_in_sight(bars[bill.pk], on):
            nearest[bill.account_id] = min(bars[bill.pk], nearest.get(bill.account_id, bars[bill.pk]))
    return sorted(nearest.items(), key=lambda pair: (pair[1], pair[0]))


def _arrears(bills: list[Any], bars: dict[int, date], reminders: list[Reminder], on: date) -> AccountArrears:
    oldest = min(bill.due_on for bill in bills)
    # Of what is too old already nothing more is lost: the bar in sight is that of the rest, if there is any.
    live = [bars[bill.pk] for bill in bills if not is_barred(bars[bill.pk], on)]
    bar_on = min(live or (bars[bill.pk] for bill in bills))
    promised_on = _promise(reminders)
    done = [(row.step, timezone.localdate(row.given_at)) for row in reminders]
    return AccountArrears(
        account=bills[0].account,
        bills=bills,
        amount=sum((bill.owed for bill in bills), Decimal(0)),
        oldest_due_on=oldest,
        days=days_overdue(oldest, on),
        bar_on=bar_on,
        is_barred=not live,
        bar_in_sight=bar_in_sight(bar_on, on),
        reminders=reminders,
        following=next_step(done, oldest + timedelta(days=1), promised_on),
        promised_on=promised_on,
    )


def _promise(reminders: Sequence[Reminder]) -> date | None:
    """The day promised at the last visit, if one was."""
    last = next((row for row in reversed(reminders) if row.outcome), None)
    return last.promised_on if last is not None and last.outcome == VisitOutcome.PROMISED else None
