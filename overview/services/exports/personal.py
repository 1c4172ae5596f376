"""What of a list of the API is about a person, and how it reads in a file for which no reason was given.

The serializers mask by what the caller may see, each by its own permission; here that does not count. So a column is
masked by its name, whoever asks, and a new one is masked until it is written down as public.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from accounts.rules.territory import NOWHERE
from renovation.rules.masking import mask_name, mask_phone

PUBLIC = frozenset(
    {
        # Of places and things.
        *("divisions.name", "neighbourhoods.name", "funding-sources.name", "work-packages.name", "bodies.name"),
        *("bodies/seats.name", "handover-assets.name", "point-rules.name", "fee-schedules.name"),
        *("roster-imports.file_name", "fee-statements.file_name"),
        # Of the property company's butler, whose phone is for work.
        *("notice-boards.butler_name", "notice-boards.butler_phone"),
        # Of organisations too; persons' are masked by the serializer, by SAID.
        *("owners.name", "votes/voters.name", "fee-accounts.owes.name", "bills.owes.name"),
        *("funding-commitments.payer", "funding-receipts.payer", "funding-payments.payer"),
    }
)
"""Columns that read like personal ones and are none, by list and name."""

_ID = re.compile(r"/[0-9]+")
_PHONE = re.compile(r"(.+_)?phones?")
_NAME = re.compile(r"(.+_)?(names?|signer|payer|holder|raised_by)")
# A door names somebody, too.
_HIDDEN = frozenset({"workshops/attendances.household"})


class _Nobody(dict[str, bool]):
    """An answer that is known for every place: nobody is named there."""

    def __contains__(self, key: object) -> bool:
        return True

    def __missing__(self, key: str) -> bool:
        return False


SAID: Mapping[str, Any] = {
    "personal_reach": NOWHERE,
    "names": False,
    **{name: _Nobody() for name in ("names_debtors", "reads_contributions", "reads_reasons")},
}
"""For serializers that ask their context first whom they may name: nobody. So organisations stay as they are, and what
people wrote about somebody is left out.
"""


def masked(subject: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the list as it stands in a file without a reason."""
    return _masked(_ID.sub("", subject), row)


def _masked(place: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(place, name, value) for name, value in row.items()}


def _value(place: str, name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return _masked(f"{place}.{name}", value)
    if isinstance(value, list | tuple):
        return [_value(place, name, one) for one in value]
    mask = _mask_of(place, name)
    return mask(value) if mask and (isinstance(value, str) or mask is _hide) else value


# A file of a city asks this millions of times, about a few columns.
@lru_cache(maxsize=1024)
def _mask_of(place: str, name: str) -> Callable[[Any], Any] | None:
    column = f"{place}.{name}"
    if column in PUBLIC:
        return None
    if column in _HIDDEN:
        return _hide
    if _PHONE.fullmatch(name):
        return mask_phone
    return mask_name if _NAME.fullmatch(name) else None


def _hide(value: Any) -> None:
    return None
