"""Words and figures of fees for templates: `{% load fees %}`."""

from datetime import date
from decimal import Decimal

from django import template

from common.figures import speaks_chinese
from governance.reports.fees import words
from governance.rules.fees import capitals as rules

register = template.Library()


@register.filter
def period(text: str) -> str:
    """{{ bill.period|period }}: 2026年第四季度."""
    return words.period_text(text)


@register.filter
def month(first: date) -> str:
    """{{ closing.month|month }}: 2026年10月."""
    return words.month_text(first)


@register.filter
def months_to(first: date, last: date) -> str:
    """{{ bill.starts_on|months_to:bill.ends_on }}: 2026年10月至12月."""
    return words.months_text(first, last)


@register.filter
def capitals(yuan: Decimal) -> str:
    """{{ payment.amount|capitals }}: 肆佰叁拾伍元捌角叁分, on a page in Chinese; nothing on another."""
    return rules.capitals(yuan) if speaks_chinese() and 0 <= yuan <= rules.LARGEST else ""
