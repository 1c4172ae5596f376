"""The problems of a roster import in words, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renovation.models import RosterImport, RosterProblem

TEXTS: dict[str, Promise] = {
    # What keeps a row out.
    "building_missing": gettext_lazy(
        "The building is missing: neither this row, nor one above it, nor a title names it."
    ),
    "building_unreadable": gettext_lazy("This is too long for the number of a building."),
    "stairwell_unreadable": gettext_lazy("This is too long for the number of a stairwell."),
    "unit_missing": gettext_lazy("The unit number is missing."),
    "unit_unreadable": gettext_lazy("This is no unit number."),
    "several_units": gettext_lazy("Several units stand in one row. Give each a row of its own."),
    "date_instead_of_unit": gettext_lazy(
        "The spreadsheet made a date of the unit number. Set the cell to text and write the number again."
    ),
    "place_contradicts": gettext_lazy("The unit number names another building or stairwell than the row does."),
    "same_unit_twice": gettext_lazy("This unit stands in row %(first_row)s already."),
    "same_unit_twice_elsewhere": gettext_lazy(
        "This unit stands in sheet “%(first_sheet)s”, row %(first_row)s, already."
    ),
    "household_retired": gettext_lazy(
        "This household was retired from the registry. Bring it back there first if it exists again."
    ),
    "unknown_building": gettext_lazy("No sheet of this file explains this building or stairwell."),
    "other_neighbourhood": gettext_lazy("This row is of another neighbourhood."),
    "no_table_found": gettext_lazy(
        "No column with unit numbers was recognised. Map the column that holds them, or give the table a header."
    ),
    "space_missing": gettext_lazy("The number of the parking space is missing or too long."),
    # What is said and holds nothing back.
    "hidden_sheet": gettext_lazy("This sheet is hidden and was not read."),
    "sheet_not_read": gettext_lazy("No table of households was found in this sheet; it was not read."),
    "unknown_column": gettext_lazy("This column was not recognised and is not imported, unless it is mapped."),
    "hidden_column": gettext_lazy("This column is hidden in the file; it was read like the others."),
    "no_area_column": gettext_lazy("There is no column with areas: they stay unknown."),
    "stairwell_from_above": gettext_lazy("The stairwell is blank; it was taken from above: %(stairwell)s."),
    "floor_unreadable": gettext_lazy("The floor cannot be read."),
    "use_unreadable": gettext_lazy("This use is not known: it stays as it is, or residential for a new household."),
    "tenure_unreadable": gettext_lazy("This kind of tenure is not known and stays as it is."),
    "occupancy_unreadable": gettext_lazy("This occupancy is not known and stays as it is."),
    "area_empty": gettext_lazy("The area is empty: it stays unknown."),
    "area_zero": gettext_lazy("An area of zero is no area: it stays unknown."),
    "area_unreadable": gettext_lazy("The area cannot be read: it stays unknown."),
    "area_merged": gettext_lazy("One merged cell holds the area of several rows: it stays unknown here."),
    "area_suspicious": gettext_lazy(
        "%(area)s m² is far from the usual %(usual)s m²: more than three times, or less than a third."
    ),
    "area_suspicious_meant": gettext_lazy(
        "%(area)s m² is far from the usual %(usual)s m². Is it %(meant)s m² with the decimal point in its place?"
    ),
    "phone_digits": gettext_lazy("A telephone number has %(digits)s digits and was not imported."),
    "identity_number_removed": gettext_lazy("An identity number stood here; it was not imported."),
    "person_deceased": gettext_lazy("The cell says that this person has died."),
    "name_in_brackets": gettext_lazy("A second name in brackets was not imported. Is it a former name, a tenant?"),
    "name_too_long": gettext_lazy("This is too long for a name and was not imported."),
    "several_names": gettext_lazy("Several names: the first is taken for the head of the household."),
    "digits_in_name": gettext_lazy("There are digits in this name."),
    "remarks_cut": gettext_lazy("The remarks were cut after %(characters)s characters."),
    "neighbourhood_differs": gettext_lazy(
        "The file names another neighbourhood. If it is an old name of this one, all is well."
    ),
    "unknown_owner": gettext_lazy("No sheet of this file explains this owner's number."),
    "new_building": gettext_lazy("Building %(building)s is new to the registry."),
    "owner_changed": gettext_lazy(
        "The file names another owner than the registry: the former ownership ends, with the date of the import."
    ),
    # What keeps the whole file out.
    "file_empty": gettext_lazy("The file is empty."),
    "file_too_large": gettext_lazy("A roster has at most %(megabytes)s MB."),
    "file_of_unknown_kind": gettext_lazy(
        "This is no XLSX, XLS or CSV file. Save it as one of these and send it again."
    ),
    "file_damaged": gettext_lazy(
        "The file is damaged. Open it in a spreadsheet program, save it anew, and send it again."
    ),
    "file_damaged_at_line": gettext_lazy(
        "The file cannot be read from line %(line)s on: is a quotation mark left open?"
    ),
    "file_encrypted": gettext_lazy("The file is under a password. Save it without one and send it again."),
    "file_in_unknown_encoding": gettext_lazy(
        "The text is neither UTF-8 nor GB18030. Save the file as XLSX or UTF-8 CSV."
    ),
    "file_is_a_web_page": gettext_lazy(
        "This is a web page under the name of a workbook. Save it as XLSX and send it again."
    ),
    "file_unpacks_too_large": gettext_lazy("The workbook unpacks to more than can be read. Split it up."),
    "sheet_too_large": gettext_lazy(
        "A sheet spans more rows and columns than can be read. Delete the empty ones below and beside the table."
    ),
    "too_many_sheets": gettext_lazy("A workbook has at most %(sheets)s sheets here."),
    "not_allowed": gettext_lazy("Whoever queued this import may no longer import here."),
    "no_file_kept": gettext_lazy("The file of this import is no longer kept."),
    "import_cancelled": gettext_lazy("The import was cancelled before it began. Nothing was written."),
    "import_failed": gettext_lazy("The import failed through a fault of ours, and wrote nothing. It has been logged."),
}


def problem_text(code: str, params: Mapping[str, Any], sheet: str = "") -> str:
    """What is wrong, and what to do about it where that is not plain."""
    if code == "same_unit_twice" and params.get("first_sheet", "") != sheet:
        code = "same_unit_twice_elsewhere"
    if code == "area_suspicious" and "meant" in params:
        code = "area_suspicious_meant"
    text = TEXTS.get(code)
    return str(text) % params if text is not None else code


def detail_of(problem: RosterProblem) -> str:
    return problem_text(problem.code, problem.params, problem.sheet)


def details_by_row(roster_import: RosterImport) -> dict[tuple[str, int], str]:
    """What is wrong with each row that is kept out, warnings included, as one text. One query."""
    kept_out: set[tuple[str, int]] = set()
    texts: dict[tuple[str, int], list[str]] = {}
    for problem in RosterProblem.objects.filter(roster_import=roster_import, row__gt=0).order_by("id").iterator():
        place = (problem.sheet, problem.row)
        words = {"column": problem.header or problem.column, "detail": detail_of(problem)}
        texts.setdefault(place, []).append(_("%(column)s: %(detail)s") % words if words["column"] else words["detail"])
        if problem.is_error:
            kept_out.add(place)
    return {place: _("; ").join(texts[place]) for place in texts if place in kept_out}
