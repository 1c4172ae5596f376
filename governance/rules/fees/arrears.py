"""Arrears: how old they are, the next step in asking for them, until when they can be sued for, and late charges.

Asking has steps and ends before a court. Nothing here takes a service away: water, power, gas and heating are never cut
for fees (Civil Code 944; policy.md, section f).
"""

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

AGES: tuple[tuple[int, int | None], ...] = ((1, 30), (31, 90), (91, 180), (181, 365), (366, None))
"""Days past due, both included; the last has no end."""

STEPS = ("notice", "letter", "visit", "formal", "legal")
"""The steps of asking, in order."""

CHANNELS: dict[str, tuple[str, ...]] = {
    "notice": ("message", "phone", "by_hand", "post"),
    "letter": ("post", "by_hand", "message"),
    "visit": ("at_the_door",),
    "formal": ("post", "by_hand"),
    "legal": ("court",),
}
"""How each step is taken: a formal demand is on paper."""

REASONABLE_DAYS = 15
"""How long a letter leaves to pay, and how long a formal demand stands before a court is asked: "a reasonable time"
(Civil Code 944), to which the law puts no number; ours.
"""

BAR_YEARS = 3
"""Civil Code 188."""

BAR_IN_SIGHT_DAYS = 180
"""From when on the end of the time to sue is shown as near; ours."""


def days_overdue(due_on: date, on: date) -> int:
    """Days past due at the end of `on`; 0 on the day on which it is due, and before."""
    return max(0, (on - due_on).days)


def age_of(days: int) -> int | None:
    """The place in AGES of so many days past due; None for what is not overdue."""
    return next(
        (place for place, (first, last) in enumerate(AGES) if first <= days and (not last or days <= last)), None
    )


# --- The next step ------------------------------------------------------------------------------------------


def open_steps(done: Iterable[str]) -> tuple[str, ...]:
    """The steps that may be taken after those that were: each again, and the one that follows the furthest."""
    furthest = max((STEPS.index(step) for step in done), default=-1)
    return STEPS[: furthest + 2]


@dataclass(frozen=True, slots=True)
class NextStep:
    """What is to be done, and from which day on."""

    step: str
    from_on: date


def next_step(
    done: Sequence[tuple[str, date]], overdue_since: date, promised_on: date | None = None
) -> NextStep | None:
    """The step that follows those taken, with their days: at once where none was, else when what was asked for has had
    its time, or when what was promised last has passed. None after the last.

    `overdue_since` is the first day on which something was overdue.
    """
    if not done:
        return NextStep(STEPS[0], overdue_since)
    furthest = max(STEPS.index(step) for step, _day in done)
    if furthest + 1 == len(STEPS):
        return None
    waits_until = max(day for _step, day in done) + timedelta(days=REASONABLE_DAYS)
    if promised_on is not None:
        waits_until = max(waits_until, promised_on + timedelta(days=1))
    return NextStep(STEPS[furthest + 1], waits_until)


def may_sue_from(done: Iterable[tuple[str, date]]) -> date | None:
    """The first day on which a court may be asked: when the last formal demand has had its time. None without one."""
    last = max((day for step, day in done if step == "formal"), default=None)
    return None if last is None else last + timedelta(days=REASONABLE_DAYS)


# --- The time to sue ------------------------------------------------------------------------------------------


def years_later(day: date, years: int) -> date:
    """The same day of a later year, or the last of its month where it has none (Civil Code 202)."""
    year = day.year + years
    return date(year, day.month, min(day.day, calendar.monthrange(year, day.month)[1]))


def time_bar_on(due_on: date, interruptions: Iterable[date] = ()) -> date:
    """The last day on which what was due can be sued for: three years after the latest of its due day and of what
    interrupted them: a reminder that is proved to have arrived, a part payment, a suit (Civil Code 188, 195).

    What comes after the time has run out does not begin it anew, whatever else it may do: nobody is to count on it.
    """
    last = years_later(due_on, BAR_YEARS)
    for day in sorted(interruptions):
        if due_on < day <= last:
            last = max(last, years_later(day, BAR_YEARS))
    return last


def is_barred(bar_on: date, on: date) -> bool:
    return on > bar_on


def bar_in_sight(bar_on: date, on: date) -> bool:
    """Whether the time to sue ends soon, and has not ended."""
    return 0 <= (bar_on - on).days <= BAR_IN_SIGHT_DAYS


# --- Late charges ---------------------------------------------------------------------------------------------


def yuan_days(payable: Decimal, settled: Iterable[tuple[date, Decimal]], due_on: date, until: date) -> Decimal:
    """What was overdue, day by day, summed: yuan times days, from the day after `due_on` to `until`.

    `settled` are the moves of money on the bill, below 0 where it came back, by the day on which they count; what is
    paid on a day was overdue up to it.
    """
    whole = days_overdue(due_on, until) * payable
    return whole - sum(
        (amount * (until - max(day, due_on)).days for day, amount in settled if day <= until and until > due_on),
        Decimal(0),
    )


def late_charge(overdue: Decimal, daily: Fraction, principal: Decimal, charged: Decimal = Decimal(0)) -> Decimal:
    """What is charged for `overdue` yuan-days at a share a day, less what was charged already: rounded half-up once,
    altogether at most the principal, never below 0 (Civil Code 585: a court cuts what is excessive).
    """
    exact = Fraction(overdue) * daily
    whole = (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return max(Decimal(0), min(whole, principal) - charged)
