"""Quantities with the units of the menu: `{% load units %}`."""

from decimal import Decimal

from django import template

from renovation.reports import units

register = template.Library()


@register.filter
def of_unit(quantity: Decimal | None, unit: str) -> str:
    """{{ item.quantity|of_unit:item.menu_item.unit }}: 1,240 m."""
    return "" if quantity is None else units.quantity_of(quantity, unit)
