"""The menu of works: a city's list, as an edition with a day from which it holds (policy.md, section d)."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import xlsxwriter
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from common.figures import full_day_text
from renovation.errors import MenuDayPast, MenuDayTaken, MenuMoved, MenuUnchanged
from renovation.models import MenuEdition, MenuItem
from renovation.reports.menu import edition_before, items_of, told
from renovation.rules.menu import COLUMNS, Comparison, Item, MenuProblem, MenuReading, compare_menus, read_menu
from renovation.rules.roster.files import UnreadableFile, open_sheets

MAX_MENU_BYTES = 5 * 1024 * 1024


@transaction.atomic
def load_menu(*, path: Path, valid_from: date, document: str = "") -> tuple[MenuEdition, bool]:
    """Load a file of items as the edition of a day, whichever. Returns it and whether it is new.

    The same file for the same day changes nothing. Raises ValidationError with every problem of the file by its place,
    and for another list on a day that has one: surveys may have been opened with it.
    """
    found = _read(path)
    if found.problems:
        raise ValidationError([told(problem) for problem in found.problems])
    edition, new = MenuEdition.objects.get_or_create(valid_from=valid_from, defaults={"document": document})
    if new:
        _create_items(edition, found.items)
    elif not compare_menus(items_of(edition), found.items).changes_nothing:
        raise ValidationError(
            _("Another menu is in force from %(day)s. Please give this one a later day."), params={"day": valid_from}
        )
    return edition, new


def read_menu_file(file: File) -> MenuReading:
    """The items and the problems of a file that was sent: CSV, XLSX or XLS. Writes nothing."""
    if (file.size or 0) > MAX_MENU_BYTES:
        megabytes = MAX_MENU_BYTES >> 20
        return MenuReading([], [MenuProblem("file_too_large", params={"megabytes": megabytes})])
    with NamedTemporaryFile() as kept:
        for chunk in file.chunks():
            kept.write(chunk)
        kept.flush()
        return _read(Path(kept.name))


def menu_workbook(edition: MenuEdition) -> bytes:
    """An edition as a file that can be changed and handed in: a truth value stays one, a text is never a formula."""
    output = BytesIO()
    workbook = xlsxwriter.Workbook(output, {"strings_to_formulas": False, "strings_to_urls": False})
    sheet = workbook.add_worksheet()
    sheet.write_row(0, 0, COLUMNS)
    for number, item in enumerate(items_of(edition), 1):
        sheet.write_row(number, 0, [getattr(item, name) for name in COLUMNS])
    sheet.freeze_panes(1, 0)
    workbook.close()
    return output.getvalue()


def check_menu(
    *, items: Sequence[Item], valid_from: date, compared_with: int | None, today: date | None = None
) -> tuple[MenuEdition | None, Comparison]:
    """Whether a menu may hold from a day on; the edition before it and the comparison with that one.

    Raises MenuDayPast for a day before today, MenuDayTaken for one that has an edition, MenuMoved where the edition
    before is no longer the one `compared_with`, and MenuUnchanged where nothing would change.
    """
    if valid_from < (today or timezone.localdate()):
        raise MenuDayPast(_("A menu holds from today on, or from a later day."))
    if MenuEdition.objects.filter(valid_from=valid_from).exists():
        raise _day_taken(valid_from)
    before = edition_before(valid_from)
    if (before and before.pk) != compared_with:
        raise MenuMoved(_("Another menu has been put in since this one was compared. Compare it again."))
    comparison = compare_menus(items_of(before), items)
    if comparison.changes_nothing:
        raise MenuUnchanged(_("The file holds the menu that is in force on that day already: nothing would change."))
    return before, comparison


@transaction.atomic
def replace_menu(
    *,
    items: Sequence[Item],
    valid_from: date,
    document: str,
    compared_with: int | None,
    by: User,
    file_name: str = "",
    today: date | None = None,
) -> MenuEdition:
    """Let a menu hold from a day on, in place of the edition that it was compared with (its id, None for none).

    What was opened with an earlier edition keeps it. Raises what `check_menu` raises.
    """
    # Who replaces the same edition waits here. Of two for the same day, the constraint refuses the second.
    list(MenuEdition.objects.select_for_update().order_by("pk"))
    before, comparison = check_menu(items=items, valid_from=valid_from, compared_with=compared_with, today=today)
    try:
        with transaction.atomic():
            edition = MenuEdition.objects.create(valid_from=valid_from, document=document)
    except IntegrityError as error:
        raise _day_taken(valid_from) from error
    _create_items(edition, items)
    add_history(
        edition,
        "menu_set",
        by=by,
        action="created",
        valid_from=valid_from.isoformat(),
        document=document,
        file=file_name,
        items=len(items),
        replaces=before and before.valid_from.isoformat(),
        **_codes_of(comparison),
    )
    return edition


def _read(path: Path) -> MenuReading:
    try:
        return read_menu(open_sheets(path, no="FALSE"))
    except UnreadableFile as fault:
        return MenuReading([], [MenuProblem(fault.code, params=fault.params)])


def _create_items(edition: MenuEdition, items: Sequence[Item]) -> None:
    MenuItem.objects.bulk_create([MenuItem(edition=edition, **asdict(item)) for item in items])


def _day_taken(day: date) -> MenuDayTaken:
    return MenuDayTaken(
        _("Another menu holds from %(day)s. Please give this one a later day.") % {"day": full_day_text(day)}
    )


def _codes_of(comparison: Comparison) -> dict[str, Any]:
    """What changed, by code, for the history."""
    return {
        "added": [item.code for item in comparison.added],
        "removed": [item.code for item in comparison.removed],
        "renamed": [change.after.code for change in comparison.renamed],
        "moved": [change.after.code for change in comparison.moved],
        "must_do": [change.after.code for change in comparison.mandatory if change.after.mandatory],
        "no_longer_must_do": [change.after.code for change in comparison.mandatory if change.before.mandatory],
        "otherwise_changed": [change.after.code for change in comparison.otherwise],
    }
