"""What homes of the demonstration are charged and how they pay. All figures are invented, within what is usual for old
neighbourhoods: 0.2 to 1.0 yuan per square metre and month, 10 to 30 per household, 30 to 150 a space.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from governance.rules.fees.periods import add_months, last_day

MONTHLY, QUARTERLY, YEARLY = "monthly", "quarterly", "yearly"
LATE, STOPPED, NEVER = "late", "stopped", "never"

GOOD = (MONTHLY, QUARTERLY, YEARLY)
"""Who pays what is open: each time, or with it a quarter or a year ahead."""

PAYS_WELL: Mapping[str, int] = {MONTHLY: 3, QUARTERLY: 15, YEARLY: 68, LATE: 6, STOPPED: 5, NEVER: 3}
PAYS_POORLY: Mapping[str, int] = {MONTHLY: 4, QUARTERLY: 12, YEARLY: 48, LATE: 12, STOPPED: 12, NEVER: 12}
"""Homes of a hundred by how they pay: above the targets, and below that for property fees."""

LATE_EVERY, STOPPED_MONTHS_AGO = 5, 7

METHODS: Mapping[str, int] = {"wechat": 48, "alipay": 17, "cash": 14, "bank": 15, "provident_fund": 6}
REFERENCES: Mapping[str, str] = {"wechat": "WX", "alipay": "ZFB", "cash": "SJ", "bank": "YH", "provident_fund": "GJJ"}

PLATE = "鄂EI{number:03}O"
"""I and O stand on no number plate, so none of these is anybody's."""


@dataclass(frozen=True, slots=True)
class Priced:
    """A price in yuan; `months_ago` is when it began to hold, `vacant_share` what a vacant home pays of it."""

    kind: str
    basis: str
    unit_price: str
    months_ago: int
    document: str
    uses: tuple[str, ...] = ()
    name: str = ""
    vacant_share: str = ""
    due_days: int = 15
    free_minutes: int = 0
    daily_cap: str = ""


@dataclass(frozen=True, slots=True)
class FeePlan:
    """How one neighbourhood bills: every `step` months, from `months` ago on, at these prices; so many homes hold a
    space, so many besides park by a pass on shared land. `closes` says that its months are closed one after the other.
    """

    prices: tuple[Priced, ...]
    months: int
    habits: Mapping[str, int]
    step: int = 1
    spaces_held: int = 0
    passes: int = 0
    visitors: int = 0
    closes: bool = False

    def kinds(self) -> tuple[str, ...]:
        """What is billed by the month, each once."""
        return tuple(dict.fromkeys(price.kind for price in self.prices if price.basis != "per_hour"))


def _company(property_price: str, before: str, space: str, hour: str, months: int) -> tuple[Priced, ...]:
    """The old contract's price until four months ago and the new one's since, with shops at twice as much."""
    old, new = "示范物业合同旧（虚构）", "示范物业合同3号（虚构）"
    twice = f"{2 * Decimal(property_price)}"
    return (
        Priced("property", "per_m2_month", before, months, old),
        Priced("property", "per_m2_month", property_price, 4, new, vacant_share="0.700"),
        Priced("property", "per_m2_month", twice, 4, new, uses=("shop",)),
        Priced("parking", "per_space_month", space, months, old),
        Priced("parking", "per_hour", hour, months, old, due_days=0, free_minutes=30, daily_cap="20"),
    )


RUBBISH = Priced("other", "per_household_month", "3", 15, "示范清运合同（虚构）", name="垃圾清运费")

FEE_PLANS: Mapping[str, FeePlan] = {
    "示范东山小区": FeePlan(
        (*_company("0.50", "0.40", "80", "2", 15), RUBBISH),
        months=15,
        habits=PAYS_WELL,
        spaces_held=38,
        passes=4,
        visitors=24,
        closes=True,
    ),
    "白龙岗小区": FeePlan(
        (
            Priced("property", "per_m2_month", "0.45", 6, "示范物业合同2号（虚构）"),
            Priced("parking", "per_space_month", "60", 6, "示范停车公示（虚构）"),
            Priced("parking", "per_hour", "2", 6, "示范停车公示（虚构）", due_days=0, free_minutes=30, daily_cap="15"),
        ),
        months=6,
        step=6,
        habits=PAYS_WELL,
        spaces_held=30,
        passes=2,
        visitors=6,
    ),
    "示范柏临小区": FeePlan(
        _company("0.50", "0.35", "70", "2", 9), months=9, step=3, habits=PAYS_WELL, spaces_held=18, visitors=8
    ),
    "示范沿江小区": FeePlan(
        (Priced("property", "per_household_month", "15", 6, "示范管理决议5号（虚构）", due_days=30),),
        months=6,
        step=6,
        habits=PAYS_POORLY,
    ),
}
"""Those of the small city that bill: the clerk's two, and what else was handed over. Residents who manage themselves
collect the least.
"""


def first_month(today: date, plan: FeePlan) -> date:
    """The first month that is billed: whole periods back from today's, at least so many months."""
    first = add_months(today.replace(day=1), -plan.months)
    return add_months(first, -((first.month - 1) % plan.step))


def periods_of(today: date, plan: FeePlan) -> list[tuple[str, date, date]]:
    """Each period that is billed, with its first and last day; the last one is that of today."""
    found, first = [], first_month(today, plan)
    while first <= today:
        last = last_day(add_months(first, plan.step - 1))
        found.append((period_text(first, plan.step), first, last))
        first = add_months(first, plan.step)
    return found


def period_text(first: date, step: int) -> str:
    if step == 1:
        return f"{first:%Y-%m}"
    return f"{first.year}-Q{(first.month + 2) // 3}" if step == 3 else f"{first.year}-H{(first.month + 5) // 6}"


def periods_ahead(habit: str, step: int) -> int:
    """For how many further periods somebody pays who owes something and pays it."""
    months = {YEARLY: 12, QUARTERLY: 3}.get(habit, 1)
    return max(months // step - 1, 0)


def pays_in(habit: str, number: int, periods_left: int, step: int) -> bool:
    """Whether somebody of a habit pays in a period: its number from the first, and how many come after it."""
    if habit in GOOD:
        return True
    if habit == LATE:
        return (number + 1) * step % max(LATE_EVERY, 2 * step) < step
    return habit == STOPPED and periods_left * step >= STOPPED_MONTHS_AGO


def pays_by(first: date, habit: str, chance: float, step: int) -> date:
    """The day on which it is paid: the prompt ones within three weeks of the bill, for a longer period within six."""
    days = 2 + int(chance * (20 if step == 1 else 42))
    return first + timedelta(days=days + (6 if habit == LATE else 0))
