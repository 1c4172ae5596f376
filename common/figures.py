"""Figures, rates, money and dates in the form of each language (the table of the look).

Everything people read as a number goes through here, so that a page, a print and a refusal write it
the same way. Nothing here rounds a rate: a share is cut, so that a figure and a verdict never quarrel.
"""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from django.utils import dateformat, timezone
from django.utils.translation import get_language, gettext

MINUS = "−"


def speaks_chinese() -> bool:
    """Whether the text of this request is Chinese; so is everything without a request."""
    return not (get_language() or "zh").startswith("en")


def count_text(number: int) -> str:
    """2,022, with a real minus below zero."""
    return f"{number:,}".replace("-", MINUS)


def cut_share(part: int | Decimal, whole: int | Decimal, mark: Fraction | Decimal | None = None) -> str:
    """A share in percent, cut rather than rounded: 379 of 400 is "94.7", 1 of 3 is "33.3".

    With a `mark` (a share) it has as many places as the mark needs, at least one and at most four, so that what
    fails never reads like the mark and what passes never reads below it. Both may be yuan. An empty whole has no share:
    ValueError.
    """
    if whole <= 0:
        raise ValueError("A share of nothing cannot be said.")
    places = 1 if mark is None else max(1, _places(Fraction(mark) * 100))
    scaled = int(part * 100 * 10**places // whole)
    return f"{scaled // 10**places}.{scaled % 10**places:0{places}d}"


def rate_text(part: int | Decimal, whole: int | Decimal, mark: Fraction | Decimal | None = None) -> str:
    """94.0%, or "no data" where there is nothing to divide by."""
    return f"{cut_share(part, whole, mark)}%" if whole > 0 else gettext("no data")


def mark_text(share: Fraction | Decimal) -> str:
    """A pass mark as it was set: 95%, 66.67%."""
    percent = Fraction(share) * 100
    return f"{float(percent):.{_places(percent)}f}%"


def fraction_text(part: int, whole: int) -> str:
    """376 / 400, or 376 of 400."""
    between = " / " if speaks_chinese() else " of "
    return f"{count_text(part)}{between}{count_text(whole)}"


def money_text(yuan: Decimal) -> str:
    """435.83 元, or ¥435.83, to the fen."""
    amount = f"{abs(yuan).quantize(Decimal('0.01'), ROUND_HALF_UP):,}"
    sign = MINUS if yuan < 0 else ""
    return f"{sign}{amount} 元" if speaks_chinese() else f"{sign}¥{amount}"


def amount_text(yuan: Decimal) -> str:
    """602,640.00, to the fen: for columns whose head says that they are yuan."""
    sign = MINUS if yuan < 0 else ""
    return f"{sign}{abs(yuan).quantize(Decimal('0.01'), ROUND_HALF_UP):,}"


UNITS = {1: 2, 1_000: 1, 10_000: 2}
"""The units in which sums are written, in yuan, and how many places are said of each."""


def unit_for(yuan: Decimal) -> int:
    """In how many yuan a table of sums up to this one is written: by tens of thousands in Chinese and by thousands in
    English, once there is a million.
    """
    if abs(yuan) < 1_000_000:
        return 1
    return 10_000 if speaks_chinese() else 1_000


def in_unit_text(yuan: Decimal, unit: int) -> str:
    """2,032.05 for 20,320,500 yuan in units of 10,000: for columns whose head says the unit."""
    places = Decimal(1).scaleb(-UNITS[unit])
    return f"{(yuan / unit).quantize(places, ROUND_HALF_UP):,}".replace("-", MINUS)


def change_text(yuan: Decimal) -> str:
    """+120.00 or −120.00, and 0.00 where nothing changed: the difference of two amounts."""
    return f"+{amount_text(yuan)}" if yuan > 0 else amount_text(yuan)


def quantity_text(quantity: Decimal) -> str:
    """1,240 or 0.5: a quantity without the zeros that its column keeps."""
    text = f"{quantity:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def area_text(square_metres: Decimal) -> str:
    """86.50 ㎡, or 86.50 m²."""
    unit = "㎡" if speaks_chinese() else "m²"
    return f"{square_metres.quantize(Decimal('0.01'), ROUND_HALF_UP):,} {unit}"


def day_text(day: date, *, today: date | None = None) -> str:
    """11月23日 in the year of `today`, else 2025年11月23日; 23 Nov, else 23 November 2025."""
    day = _local_day(day)
    if day.year == (today or timezone.localdate()).year:
        return f"{day.month}月{day.day}日" if speaks_chinese() else dateformat.format(day, "j M")
    return full_day_text(day)


def full_day_text(day: date) -> str:
    """2026年11月23日, or 23 November 2026."""
    day = _local_day(day)
    return f"{day.year}年{day.month}月{day.day}日" if speaks_chinese() else dateformat.format(day, "j F Y")


def moment_text(moment: datetime, *, today: date | None = None) -> str:
    """11月23日 12:10, or 23 Nov 12:10; the year where it is another."""
    return f"{day_text(moment, today=today)} {clock_text(moment)}"


def clock_text(moment: datetime) -> str:
    """12:10, where we are."""
    return f"{timezone.localtime(moment):%H:%M}"


def hash_text(digest: bytes | memoryview | str) -> str:
    """A digest in groups of four, as people compare it: 7c1e 94ab ..."""
    text = digest if isinstance(digest, str) else bytes(digest).hex()
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def _local_day(day: date) -> date:
    if isinstance(day, datetime):
        return timezone.localtime(day).date() if timezone.is_aware(day) else day.date()
    return day


def _places(percent: Fraction) -> int:
    """How many decimals say this percentage exactly, at most four."""
    return next((places for places in range(4) if (percent * 10**places).denominator == 1), 4)
