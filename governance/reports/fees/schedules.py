"""What is charged in a neighbourhood, as billing, the pages and people read it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.figures import mark_text, money_text, speaks_chinese
from governance.choices.fees import FeeBasis, FeeKind
from governance.models import FeeSchedule
from governance.rules.fees.charges import Price, price_text, round_fen
from renovation.choices import SpaceOwnership, Use

EXAMPLE_AREA = Decimal(80)
"""The home of the example, in m2: about what an old neighbourhood's flats measure."""


@dataclass(frozen=True, slots=True)
class ScheduleLine:
    """A schedule as a page shows it: `price` and `who` in words, `extras` one sentence each."""

    schedule: Any
    price: str
    who: str
    example: str
    extras: tuple[str, ...]
    state: str  # "now", "to_come" or "past"


def price_of(schedule: FeeSchedule) -> Price:
    """A schedule as the rules read it."""
    only_for = schedule.space_ownerships if schedule.kind == FeeKind.PARKING else schedule.uses
    return Price(
        schedule=schedule.pk,
        basis=schedule.basis,
        unit_price=schedule.unit_price,
        valid_from=schedule.valid_from,
        valid_to=schedule.valid_to,
        only_for=frozenset(only_for),
        due_days=schedule.due_days,
    )


def prices_of(schedules: Iterable[FeeSchedule]) -> dict[tuple[str, str], list[Price]]:
    """The prices by what is charged: the kind, and the name of another charge. One of them prices a unit in a month."""
    prices: dict[tuple[str, str], list[Price]] = {}
    for schedule in schedules:
        prices.setdefault((schedule.kind, schedule.name), []).append(price_of(schedule))
    return prices


def schedule_lines(schedules: Iterable[FeeSchedule], today: date) -> list[ScheduleLine]:
    """Those in force on a day first, then those to come, then those that have ended; of each, homes before spaces."""
    lines = [
        ScheduleLine(row, price_words(row), who_words(row), example_words(row), extra_words(row), _state(row, today))
        for row in schedules
    ]
    order = {"now": 0, "to_come": 1, "past": 2}
    return sorted(lines, key=lambda line: (order[line.state], FeeKind.values.index(line.schedule.kind)))


def unit_price_text(schedule: FeeSchedule) -> str:
    """0.60 元, or ¥0.625: with the places that it has, at least two."""
    text = price_text(schedule.unit_price)
    return f"{text} 元" if speaks_chinese() else f"¥{text}"


def price_words(schedule: FeeSchedule) -> str:
    """¥0.60 per square metre and month."""
    return _("%(price)s %(basis)s") % {
        "price": unit_price_text(schedule),
        "basis": FeeBasis(schedule.basis).label,
    }


def who_words(schedule: FeeSchedule) -> str:
    """The units or spaces that it prices."""
    if schedule.kind == FeeKind.PARKING:
        names = [str(SpaceOwnership(one).label) for one in schedule.space_ownerships]
        return _(", ").join(names) or _("All parking spaces")
    return _(", ").join(str(Use(one).label) for one in schedule.uses) or _("All units")


def example_words(schedule: FeeSchedule) -> str:
    """What it comes to, where the price alone does not say it: 80 m2 for a month."""
    if schedule.basis != FeeBasis.PER_M2_MONTH:
        return ""
    return _("A home of %(area)s m² pays %(amount)s a month.") % {
        "area": EXAMPLE_AREA,
        "amount": money_text(round_fen(EXAMPLE_AREA * schedule.unit_price)),
    }


def extra_words(schedule: FeeSchedule) -> tuple[str, ...]:
    """What else it says: days to pay, vacant homes, late charges, and of prices by the hour their minutes and cap."""
    extras = []
    if schedule.due_days:
        extras.append(
            ngettext(
                "Due %(days)s day after the billed months.",
                "Due %(days)s days after the billed months.",
                schedule.due_days,
            )
            % {"days": schedule.due_days}
        )
    if schedule.vacant_share is not None:
        extras.append(
            _("A vacant home pays %(share)s, once that is approved.") % {"share": mark_text(schedule.vacant_share)}
        )
    if schedule.late_charge_daily:
        extras.append(
            _("Late charge by contract: %(share)s of what is overdue, a day.")
            % {"share": mark_text(schedule.late_charge_daily)}
        )
    if schedule.free_minutes:
        extras.append(
            ngettext("The first minute is free.", "The first %(count)s minutes are free.", schedule.free_minutes)
            % {"count": schedule.free_minutes}
        )
    if schedule.daily_cap is not None:
        extras.append(_("At most %(amount)s a day.") % {"amount": money_text(schedule.daily_cap)})
    return tuple(extras)


def _state(schedule: FeeSchedule, today: date) -> str:
    if schedule.valid_from > today:
        return "to_come"
    return "past" if schedule.valid_to is not None and schedule.valid_to < today else "now"
