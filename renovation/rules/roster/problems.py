"""What is wrong with a row, and where: sheet, row and column as a spreadsheet shows them.

A problem never repeats a name, a telephone number or an identity number: whoever reads it has the file.
"""

from dataclasses import dataclass, field

ERRORS = frozenset(
    {
        "building_missing",
        "building_unreadable",
        "stairwell_unreadable",
        "unit_missing",
        "unit_unreadable",
        "several_units",
        "date_instead_of_unit",
        "place_contradicts",
        "same_unit_twice",
        "household_retired",
        "unknown_building",
        "other_neighbourhood",
        "no_table_found",
        "space_missing",
    }
)
"""Codes of what keeps a row out: the door cannot be told. All others are warnings, and the row is imported without
what could not be read, since a household that is missing from the roster is missing from every count made of it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """`row` 0 is the whole sheet; `column` is a letter or empty; `params` fill in the words of the code."""

    code: str
    sheet: str = ""
    row: int = 0
    column: str = ""
    header: str = ""
    params: dict[str, int | str] = field(default_factory=dict)

    @property
    def is_error(self) -> bool:
        return self.code in ERRORS
