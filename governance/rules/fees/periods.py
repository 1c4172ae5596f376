"""Billing periods: a month, a quarter, a half-year or a year, by its text (api.md, Fees; policy.md, section f)."""

import calendar
import re
from dataclasses import dataclass
from datetime import date

_TEXT = re.compile(r"(\d{4})(?:-(?:(\d{2})|Q([1-4])|H([12])))?")


@dataclass(frozen=True, slots=True)
class Period:
    """Whole months from `first` to `last`, both included."""

    text: str
    first: date
    last: date

    @property
    def months(self) -> tuple[date, ...]:
        """The first day of each of its months."""
        return months_between(self.first, self.last)


def parse_period(text: str) -> Period:
    """`2026-10`, `2026-Q4`, `2026-H2` or `2026`. Raises ValueError for any other text, and for years before 1990 or
    after 2099.
    """
    found = _TEXT.fullmatch(text)
    if found is None or not text.isascii():
        raise ValueError("no period")
    year, month, quarter, half = (int(part) if part else 0 for part in found.groups())
    if not 1990 <= year <= 2099:
        raise ValueError("no year of a period")
    if found[2] is not None:
        if not 1 <= month <= 12:
            raise ValueError("no month")
        return _months(text, date(year, month, 1), 1)
    if quarter:
        return _months(text, date(year, 3 * quarter - 2, 1), 3)
    if half:
        return _months(text, date(year, 6 * half - 5, 1), 6)
    return _months(text, date(year, 1, 1), 12)


def month_of(day: date) -> Period:
    """The month in which a day lies."""
    return parse_period(f"{day:%Y-%m}")


def quarter_of(day: date) -> Period:
    """The quarter in which a day lies."""
    return parse_period(f"{day.year}-Q{(day.month + 2) // 3}")


def add_months(first: date, count: int) -> date:
    """The first day of the month so many after (or before) that of `first`."""
    months = first.year * 12 + first.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)


def months_between(first: date, last: date) -> tuple[date, ...]:
    """The first day of each month from that of one day to that of another, both included."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return tuple(add_months(first, number) for number in range(count))


def last_day(day: date) -> date:
    """The last day of the month in which a day lies."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _months(text: str, first: date, count: int) -> Period:
    return Period(text, first, last_day(add_months(first, count - 1)))
