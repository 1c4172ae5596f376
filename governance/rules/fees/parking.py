"""The price of a stay by the hour, and number plates."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

HERE = ZoneInfo("Asia/Shanghai")
"""Calendar days are those of this clock; it knows no summer time."""

ONE_HOUR = timedelta(hours=1)

_BETWEEN = re.compile(r"[\s·•.\-]")
_PLATE = re.compile(r"[A-Z0-9\u4e00-\u9fff]{5,12}")


@dataclass(frozen=True, slots=True)
class Tariff:
    """Yuan for a started hour; minutes that cost nothing; the most in yuan of one calendar day, if there is one."""

    unit_price: Decimal
    free_minutes: int = 0
    daily_cap: Decimal | None = None


@dataclass(frozen=True, slots=True)
class DayOfStay:
    """The hours that started on one day, and what they cost in yuan, exactly."""

    day: date
    hours: int
    amount: Decimal
    is_capped: bool


def price_of_stay(entered_at: datetime, left_at: datetime, tariff: Tariff) -> tuple[DayOfStay, ...]:
    """What a stay costs, by calendar days. Nothing for at most the free minutes; a longer stay is charged from its
    entry, in started hours, each on the day on which it starts, and no day above the cap.

    Both times bear an offset, the exit not before the entry.
    """
    stay = left_at - entered_at
    if stay <= timedelta(minutes=tariff.free_minutes):
        return ()
    days: list[DayOfStay] = []
    left = -(-stay // ONE_HOUR)
    starts_at = entered_at.astimezone(HERE)
    while left:
        midnight = datetime.combine(starts_at.date() + timedelta(days=1), time(), HERE)
        hours = min(left, -((starts_at - midnight) // ONE_HOUR))
        whole = hours * tariff.unit_price
        capped = whole if tariff.daily_cap is None else min(whole, tariff.daily_cap)
        days.append(DayOfStay(starts_at.date(), hours, capped, capped < whole))
        left -= hours
        starts_at += hours * ONE_HOUR
    return tuple(days)


def read_plate(text: str) -> str:
    """A number plate as it is kept: 鄂E12345, in capitals and without a dot or a space. Raises ValueError for what is
    none.
    """
    plate = _BETWEEN.sub("", text).upper()
    if not _PLATE.fullmatch(plate):
        raise ValueError("no number plate")
    return plate
