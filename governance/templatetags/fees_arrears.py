"""Words of arrears and parking for templates: `{% load fees_arrears %}`."""

from typing import Any

from django import template
from django.utils.translation import pgettext

from governance.choices.fees import ReminderStep
from renovation.choices import SpaceOwnership

register = template.Library()


@register.filter
def step_name(step: str) -> str:
    """{{ debt.following.step|step_name }}: 催缴函."""
    return str(ReminderStep(step).label)


@register.filter
def whose_money(ownership: str) -> str:
    """Whose money a space of this ownership earns (Civil Code 275, 282; policy.md, section f)."""
    if ownership == SpaceOwnership.SHARED_LAND:
        return pgettext("parking money", "the owners', after reasonable cost")
    if ownership == SpaceOwnership.PLANNED:
        return pgettext("parking money", "as contracted with who owns the space")
    return pgettext("parking money", "a fund of its own, by the rules of civil defence")


@register.filter
def plate(row: Any, named: bool) -> str:
    """{{ vehicle|plate:named }}: 鄂E12345, masked unless `named`; of a vehicle or a stay."""
    return str(row.plate) if named else f"{row.plate[:2]}***{row.plate[-1:]}"
