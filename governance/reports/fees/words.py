"""Words for the periods of bills, in the reader's language."""

from datetime import date

from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from common.figures import speaks_chinese
from governance.choices.fees import FeeKind
from governance.rules.fees.periods import parse_period


def period_text(text: str) -> str:
    """2026年10月, 2026年第四季度, 2026年下半年, 2026年; October 2026, Q4 2026, second half of 2026, 2026."""
    try:
        period = parse_period(text)
    except ValueError:
        return text
    year = period.first.year
    match len(period.months):
        case 1:
            return month_text(period.first)
        case 3:
            names = ("一", "二", "三", "四") if speaks_chinese() else ("1", "2", "3", "4")
            return _("Q%(quarter)s %(year)s") % {"year": year, "quarter": names[(period.first.month - 1) // 3]}
        case 6 if period.first.month == 1:
            return _("First half of %(year)s") % {"year": year}
        case 6:
            return _("Second half of %(year)s") % {"year": year}
        case _:
            return pgettext("a billing period", "Year %(year)s") % {"year": year}


def month_text(first: date) -> str:
    """2026年10月, or October 2026."""
    return f"{first.year}年{first.month}月" if speaks_chinese() else dateformat.format(first, "F Y")


def months_text(first: date, last: date) -> str:
    """2026年10月至12月, or October 2026 to December 2026: the months of a bill, which may be some of its period."""
    if (first.year, first.month) == (last.year, last.month):
        return month_text(first)
    if speaks_chinese():
        end = f"{last.month}月" if last.year == first.year else month_text(last)
        return f"{month_text(first)}至{end}"
    return f"{month_text(first)} to {month_text(last)}"


def bill_text(kind: str, charge: str, period: str, *, is_late_charge: bool = False) -> str:
    """2026年10月 物业费, or Property fee, October 2026: a bill as lists name it."""
    what = str(FeeKind(kind).label)
    if is_late_charge:
        what = _("Late charge")
    elif kind == FeeKind.OTHER and charge:
        what = charge
    return _("%(what)s, %(period)s") % {"what": what, "period": period_text(period)}
