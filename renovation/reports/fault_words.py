"""What cannot be read of a piece of evidence, in words: for the API and the forms alike."""

from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.figures import full_day_text
from renovation.rules.evidence import Fault
from renovation.rules.funding import SourceFault

_TEXTS: dict[str, Promise] = {
    "not_an_object": gettext_lazy("This must be an object."),
    "unknown": gettext_lazy("There is no such value here."),
    "required": gettext_lazy("This is needed."),
    "not_a_text": gettext_lazy("This must be text."),
    "too_long": gettext_lazy("At most %(most)s characters."),
    "not_a_count": gettext_lazy("This must be a whole number."),
    "out_of_range": gettext_lazy("From %(least)s to %(most)s."),
    "not_a_decimal": gettext_lazy("This must be a decimal number, as text."),
    "not_to_the_fen": gettext_lazy("Money has at most two decimals."),
    "not_a_share": gettext_lazy("A share is from 0 to 1, with at most four decimals."),
    "not_a_date": gettext_lazy("This must be a date, as YYYY-MM-DD."),
    "not_a_yes_or_no": gettext_lazy("This must be true or false."),
    "not_a_choice": gettext_lazy("This must be one of: %(choices)s."),
    "not_a_list": gettext_lazy("This must be a list of codes."),
    "unknown_items": gettext_lazy("These are no must-do items of the menu: %(items)s."),
    "too_many": gettext_lazy("At most %(most)s."),
    "too_early": gettext_lazy("This must be after %(after)s."),
    "found_too": gettext_lazy("These are among those found, too: %(items)s."),
    "in_the_future": gettext_lazy("A document cannot be dated in the future."),
}

_OF_SOURCES: dict[str, Promise] = {
    "route_missing": gettext_lazy("Say how residents raise it."),
    "route_of_residents_only": gettext_lazy("Only a source of residents says how it is raised."),
    "weights_missing": gettext_lazy("Give the agreed weight of each floor."),
    "weights_by_weight_only": gettext_lazy("Weights of floors belong to what is raised by agreed weight."),
    "weights_unreadable": gettext_lazy(
        "A weight is a number from 0 with at most four decimals for each floor, and one at least is above 0."
    ),
    "stairwell_of_households_only": gettext_lazy("Only what is shared out among households may be for one stairwell."),
}


def words_of_source_fault(fault: SourceFault) -> str:
    return str(_OF_SOURCES[fault.code])


def words_of_fault(fault: Fault) -> str:
    return str(_TEXTS[fault.code]) % {name: _said(name, value) for name, value in fault.figures.items()}


def _said(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return _(", ").join(value)
    return full_day_text(date.fromisoformat(value)) if name == "after" else value
