"""Fees of the small city, billed and collected through the services that users use, period by period."""

import random
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, Max, Sum
from django.utils import timezone

from accounts.models import User
from demonstration.rules import fees
from demonstration.rules.fees import FeePlan
from demonstration.services.lived import desk
from demonstration.services.paying import Paying, pay_together
from demonstration.services.planner import is_due, tell_planner
from demonstration.services.replay import moment
from governance.choices.fees import RunMode
from governance.models import Bill, BillingRun, FeeAccount, Payment
from governance.rules.fees.periods import add_months, months_between
from governance.services.fees.billing import keep_run, run_billing
from governance.services.fees.closing import close_month
from governance.services.fees.parking import add_vehicle, enter, grant_pass, leave, pay_session
from governance.services.fees.payments import record_payment
from governance.services.fees.schedules import add_schedule
from renovation.models import Household, Neighbourhood, ParkingSpace

POSTED = time(9, 5)
OPEN_MONTHS = 2
"""So many months before this one are not closed yet."""


Happening = Callable[["Collecting", date], None]


class Collecting:
    """One neighbourhood's book, from its first bill to the day on which it is looked at.

    `happenings` are what comes between, each by the months ago in which it comes: before its period is billed, whose
    first day it is told.
    """

    def __init__(
        self,
        neighbourhood: Neighbourhood,
        plan: FeePlan,
        people: Mapping[str, User],
        now: datetime,
        happenings: Iterable[tuple[int, Happening]],
    ) -> None:
        self.neighbourhood, self.plan, self.people, self.now = neighbourhood, plan, people, now
        self.clerk, self.today = people["clerk"], timezone.localdate(now)
        self.happenings = sorted(happenings, key=lambda row: -row[0])
        self.dice = random.Random(f"{neighbourhood.code} 收费")  # noqa: S311 -- chance, not secrecy
        self.receipts = 0
        self.homes = {
            home.pk: home for home in Household.objects.filter(neighbourhood=neighbourhood).current().order_by("pk")
        }
        self.habits = self._habits()
        self.begun_on = fees.first_month(self.today, plan)

    def play(self) -> None:
        self._price()
        self._park()
        periods = fees.periods_of(self.today, self.plan)
        for number, (period, first, last) in enumerate(periods):
            ago = len(months_between(first, self.today)) - 1
            for month, happen in self.happenings:
                if ago - self.plan.step < month <= ago:
                    happen(self, first)
            self._bill(period, first)
            if is_due(number + 1):
                tell_planner("accounts", "governance")
            self._collect(number, len(periods) - number - 1, first)
            self._close(last)
        self._visit()

    def pay(self, account: FeeAccount, amount: Decimal, at: datetime, method: str = "", **more: Any) -> Payment:
        """Take money at the desk, or by phone; the clerk enters it a little later."""
        method = method or self._method()
        return record_payment(
            household=account.household,
            account=account,
            amount=amount,
            method=method,
            reference=self.reference(method, at),
            paid_at=at,
            by=self.clerk,
            at=at + timedelta(minutes=1),
            **more,
        ).payment

    def reference(self, method: str, at: datetime) -> str:
        self.receipts, code = self.receipts + 1, self.neighbourhood.code
        return f"{fees.REFERENCES[method]}{at:%Y%m%d}{code[4:6]}{code[9:12]}{code[13:]}{self.receipts:05}"

    def _method(self) -> str:
        return self.dice.choices(list(fees.METHODS), list(fees.METHODS.values()))[0]

    def run(self, kind: str, period: str, at: datetime, mode: str = RunMode.POST) -> BillingRun:
        """Done at once and at its own time: a job for it would be done today."""
        run = keep_run(neighbourhood=self.neighbourhood, kind=kind, period=period, mode=mode, by=self.clerk)
        run_billing(run.pk, at=at)
        run.refresh_from_db()
        if run.error:
            raise RuntimeError(f"{self.neighbourhood} {kind} {period}: {run.error}")  # the plan is wrong
        return run

    def month(self, ago: int) -> date:
        """The first day of the month so many months ago."""
        return add_months(self.today.replace(day=1), -ago)

    def who(self, *habits: str) -> list[Household]:
        """Homes of these habits, in an order of chance that stays."""
        return [self.homes[pk] for pk, habit in self.habits.items() if habit in habits]

    def account_of(self, household: Household) -> FeeAccount:
        """Who was billed for the household last."""
        bills = Bill.objects.filter(household=household).select_related("account__household")
        return bills.latest("starts_on", "pk").account

    # --- What it begins with ---------------------------------------------------------------------------

    def _habits(self) -> dict[int, str]:
        """So many homes of each habit as the plan says of a hundred, in an order of chance."""
        order = list(self.homes)
        self.dice.shuffle(order)
        bounds, whole = [], 0
        for habit, share in self.plan.habits.items():
            whole += share
            bounds.append((whole * len(order) / 100, habit))
        return {pk: next(habit for bound, habit in bounds if place < bound) for place, pk in enumerate(order)}

    def _price(self) -> None:
        for priced in self.plan.prices:
            valid_from = max(self.begun_on, self.month(priced.months_ago))
            if priced.months_ago >= self.plan.months:
                valid_from = self.begun_on
            add_schedule(
                neighbourhood=self.neighbourhood,
                kind=priced.kind,
                name=priced.name,
                basis=priced.basis,
                unit_price=Decimal(priced.unit_price),
                uses=priced.uses,
                vacant_share=Decimal(priced.vacant_share) if priced.vacant_share else None,
                due_days=priced.due_days,
                free_minutes=priced.free_minutes,
                daily_cap=Decimal(priced.daily_cap) if priced.daily_cap else None,
                valid_from=valid_from,
                document=priced.document,
                by=self.clerk,
            )

    def _park(self) -> None:
        """Who pays well holds most of the spaces; each has a car with a pass."""
        drivers = [*self.who(*fees.GOOD), *self.who(fees.LATE, fees.STOPPED)]
        drivers = [home for home in drivers if home.use == "residential"]
        spaces = list(ParkingSpace.objects.filter(neighbourhood=self.neighbourhood).order_by("number"))
        held = spaces[: self.plan.spaces_held]
        late = drivers[-1:] if held else []  # one of them does not pay in time
        with_space = drivers[: len(held) - len(late)] + late
        for space, holder in zip(held, with_space, strict=True):
            space.household = holder
        ParkingSpace.objects.bulk_update(held, ["household"])
        without = drivers[len(with_space) : len(with_space) + self.plan.passes]
        cars: list[tuple[Household, ParkingSpace | None]] = [*zip(with_space, held, strict=True)]
        cars += [(home, None) for home in without]
        for number, (home, parked) in enumerate(cars, 1):
            plate = fees.PLATE.format(number=number)
            vehicle = add_vehicle(household=home, plate=plate, by=self.clerk)
            grant_pass(vehicle=vehicle, starts_on=self.begun_on, space=parked, document="示范月租约", by=self.clerk)

    # --- Period by period ------------------------------------------------------------------------------

    def _bill(self, period: str, first: date) -> None:
        at = min(moment(first, POSTED), self.now)
        for kind in self.plan.kinds():
            if kind != "other":
                self.run(kind, period, at)
            elif first.month in (1, 7) or first == self.begun_on:
                # Once a half-year; where it begins in its middle, for what is left of it by month.
                self.run(kind, f"{first:%Y-%m}" if first.month not in (1, 7) else fees.period_text(first, 6), at)

    def _collect(self, number: int, periods_left: int, first: date) -> None:
        paying = []
        for account, outstanding, charge in self._open(first):
            habit = self.habits[account.household_id or 0]
            if not fees.pays_in(habit, number, periods_left, self.plan.step):
                continue
            amount = outstanding and outstanding + fees.periods_ahead(habit, self.plan.step) * charge
            day = fees.pays_by(first, habit, self.dice.random(), self.plan.step)
            at = moment(day, time(9)) + timedelta(minutes=self.dice.randrange(540))
            if amount and at < self.now - timedelta(minutes=2):
                paying.append((at, account, amount))
        rows = []
        for at, account, amount in sorted(paying, key=lambda row: (row[0], row[1].pk)):
            method = self._method()
            rows.append(Paying(account, amount, method, self.reference(method, at), at))
        pay_together(self.neighbourhood, rows, self.clerk)

    def _open(self, first: date) -> list[tuple[FeeAccount, Decimal, Decimal]]:
        """Who owes a home's fees now, with all that is open and what this period's bills come to."""
        bills = Bill.objects.filter(neighbourhood=self.neighbourhood, household__isnull=False)
        latest: dict[int, int] = {}
        owed = bills.live().values("household", "account").annotate(since=Max("starts_on")).order_by("since")
        for row in owed:
            latest[row["household"]] = row["account"]
        outstanding = _sums(bills.open(), F("amount") - F("reduction") - F("settled"))
        charged = _sums(bills.live().filter(starts_on=first).exclude(kind="other"), F("amount") - F("reduction"))
        accounts = FeeAccount.objects.filter(pk__in=latest.values()).select_related("household").order_by("pk")
        zero = Decimal(0)
        return [(account, outstanding.get(account.pk, zero), charged.get(account.pk, zero)) for account in accounts]

    def _close(self, last: date) -> None:
        if self.plan.closes and last < self.month(OPEN_MONTHS):
            at = desk(last + timedelta(days=6))
            close_month(neighbourhood=self.neighbourhood, month=last.replace(day=1), by=self.clerk, at=at)

    def _visit(self) -> None:
        """Visitors who parked by the hour; the last of them is inside."""
        last_day_of_all = self.today - timedelta(days=1)
        for number in range(self.plan.visitors):
            day = last_day_of_all - timedelta(days=2 * (self.plan.visitors - 1 - number))
            entered = moment(day, time(8)) + timedelta(minutes=self.dice.randrange(540))
            plate = fees.PLATE.format(number=900 - number)
            session, _new = enter(
                neighbourhood=self.neighbourhood, plate=plate, entered_at=entered, by=self.clerk, at=entered
            )
            if number == self.plan.visitors - 1:
                continue
            left = entered + timedelta(minutes=20 + self.dice.randrange(420))
            session = leave(session=session, left_at=left, by=self.clerk, at=left)
            if session.bill_id and number % 12:
                pay_session(
                    session=session,
                    method="wechat",
                    reference=self.reference("wechat", left),
                    paid_at=left,
                    by=self.clerk,
                    at=left,
                )


def _sums(bills: Any, amount: Any) -> dict[int, Decimal]:
    return {row["account"]: row["sum"] for row in bills.values("account").annotate(sum=Sum(amount))}
