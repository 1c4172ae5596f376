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
"""Codes of what keeps a row out: the door cannot be told."""

WARNINGS = frozenset(
    {
        "hidden_sheet",
        "sheet_not_read",
        "unknown_column",
        "hidden_column",
        "no_area_column",
        "stairwell_from_above",
        "floor_unreadable",
        "use_unreadable",
        "tenure_unreadable",
        "occupancy_unreadable",
        "area_empty",
        "area_zero",
        "area_unreadable",
        "area_merged",
        "area_suspicious",
        "phone_digits",
        "identity_number_removed",
        "person_deceased",
        "name_in_brackets",
        "name_too_long",
        "several_names",
        "digits_in_name",
        "remarks_cut",
        "neighbourhood_differs",
        "unknown_owner",
        "new_building",
        "owner_changed",
    }
)
"""Codes of what is said and holds nothing back: the row is imported without what could not be read, since a household
that is missing from the roster is missing from every count made of it.
"""

REFUSALS = frozenset(
    {
        "file_empty",
        "file_too_large",
        "file_of_unknown_kind",
        "file_damaged",
        "file_damaged_at_line",
        "file_encrypted",
        "file_in_unknown_encoding",
        "file_is_a_web_page",
        "file_unpacks_too_large",
        "sheet_too_large",
        "too_many_sheets",
        "not_allowed",
        "no_file_kept",
        "import_failed",
        "import_cancelled",
    }
)
"""Codes of what keeps the whole file out."""


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
        return self.code in ERRORS or self.code in REFUSALS
