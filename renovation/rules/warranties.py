"""Warranties: the statutory minima by kind of work, and the last day of each (policy.md, section j)."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date

LEAST: Mapping[str, int | None] = {
    "structure": None,
    "waterproofing": 5,
    "heating": 2,
    "installation": 2,
    "by_contract": None,
}
"""Years, and seasons for heating and cooling (建设工程质量管理条例, art. 40). A structure's is its design working life,
which no number says for all; the rest goes by contract."""

MOST_YEARS = 200
"""Longer than any design working life; a slip of the keyboard, else."""

EVIDENCE_NAMES: Mapping[str, str] = {
    "structure": "structure_years",
    "waterproofing": "waterproofing_years",
    "heating": "heating_seasons",
    "installation": "installation_years",
    "by_contract": "by_contract_years",
}
"""How the evidence `warranties` names the least years of each kind."""


def least_years(kind: str) -> int:
    """The least that a warranty of this kind lasts: a contract may lengthen it, never shorten it. Where the statute
    names no number it is a year, so that it is a warranty at all.
    """
    return LEAST[kind] or 1


def is_too_short(kind: str, years: int) -> bool:
    """Exactly the minimum is enough."""
    return years < least_years(kind)


def ends_on(starts_on: date, years: int) -> date:
    """The last day of a warranty that begins with the day on which acceptance passed; that day still counts.

    The same day `years` later, and the last of the month where there is none, as from a 29 February (Civil Code, art.
    202). A season for heating or cooling comes once a year, so seasons are counted as years.
    """
    year = starts_on.year + years
    return date(year, starts_on.month, min(starts_on.day, monthrange(year, starts_on.month)[1]))
