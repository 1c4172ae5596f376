"""Words and figures of fees for templates: `{% load fees %}`."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import template

from common.figures import amount_text, speaks_chinese
from governance.permissions.fees import debtor_name
from governance.reports.fees import words
from governance.rules.fees import capitals as rules
from renovation.rules.masking import mask_name

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
    """{{ payment.amount|capitals }}: 人民币肆佰叁拾伍元捌角叁分, on a page in Chinese; nothing on another."""
    return f"人民币{rules.capitals(yuan)}" if speaks_chinese() and 0 <= yuan <= rules.LARGEST else ""


@register.filter
def debtor(account: Any, named: bool) -> str:
    """{{ bill.account|debtor:named }}: the name of who owes, masked unless `named`; a dash for nobody."""
    return debtor_name(account, named=named) or "–"


@register.filter
def person(name: str, named: bool) -> str:
    """{{ line.payer|person:named }}: a name, masked unless `named`; a dash for none."""
    return (name if named else mask_name(name)) or "–"


@register.filter
def less(yuan: Decimal) -> str:
    """{{ bill.reduction|less }}: −15.57, for what is taken off."""
    return amount_text(-yuan)


@register.filter
def bill_name(thing: Any) -> str:
    """{{ bill|bill_name }}: 2026年10月 物业费; of a billing run too."""
    is_late = bool(getattr(thing, "late_for_id", None))
    return words.bill_text(thing.kind, getattr(thing, "charge", ""), thing.period, is_late_charge=is_late)
