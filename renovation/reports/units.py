"""The units of the menu in words. A city's own menu may count in others: those stand as they are written there."""

from decimal import Decimal
from typing import Any

from django.utils.translation import npgettext_lazy, pgettext_lazy

from common.figures import quantity_text

NAMES: dict[str, Any] = {
    "m": pgettext_lazy("unit", "m"),
    "m2": pgettext_lazy("unit", "m²"),
    "set": pgettext_lazy("unit", "set"),
    "household": pgettext_lazy("unit", "household"),
    "stairwell": pgettext_lazy("unit", "stairwell"),
    "building": pgettext_lazy("unit", "building"),
    "lamp": pgettext_lazy("unit", "lamp"),
    "camera": pgettext_lazy("unit", "camera"),
    "space": pgettext_lazy("unit", "space"),
    "site": pgettext_lazy("unit", "site"),
}

QUANTITIES: dict[str, Any] = {
    "m": npgettext_lazy("quantity", "%(quantity)s m", "%(quantity)s m", "number"),
    "m2": npgettext_lazy("quantity", "%(quantity)s m²", "%(quantity)s m²", "number"),
    "set": npgettext_lazy("quantity", "%(quantity)s set", "%(quantity)s sets", "number"),
    "household": npgettext_lazy("quantity", "%(quantity)s household", "%(quantity)s households", "number"),
    "stairwell": npgettext_lazy("quantity", "%(quantity)s stairwell", "%(quantity)s stairwells", "number"),
    "building": npgettext_lazy("quantity", "%(quantity)s building", "%(quantity)s buildings", "number"),
    "lamp": npgettext_lazy("quantity", "%(quantity)s lamp", "%(quantity)s lamps", "number"),
    "camera": npgettext_lazy("quantity", "%(quantity)s camera", "%(quantity)s cameras", "number"),
    "space": npgettext_lazy("quantity", "%(quantity)s space", "%(quantity)s spaces", "number"),
    "site": npgettext_lazy("quantity", "%(quantity)s site", "%(quantity)s sites", "number"),
}


def unit_name(unit: str) -> str:
    """A unit as it stands after a price: yuan per m²."""
    return str(NAMES.get(unit, unit))


def quantity_of(quantity: Decimal, unit: str) -> str:
    """A quantity with its unit: 1,240 m, 8 buildings."""
    text = quantity_text(quantity)
    if unit not in QUANTITIES:
        return f"{text} {unit}"
    return str(QUANTITIES[unit] % {"quantity": text, "number": 1 if quantity == 1 else 2})
