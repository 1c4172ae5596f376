"""What docs/menu.md says of the file is what is read."""

import re
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from renovation.models import MenuEdition
from renovation.rules.menu import COLUMNS, LONGEST, MAY_BE_EMPTY, MOST_ITEMS
from renovation.services.menu import MAX_MENU_BYTES
from tests.renovation.roster_files import write_xlsx

PAGE = (Path(settings.BASE_DIR) / "docs" / "menu.md").read_text()
ROWS = {
    name: (holds, needed.strip() == "yes")
    for names, holds, needed in re.findall(r"^\| (`.+?`) \| (.+?) \|(.*)\|$", PAGE, re.MULTILINE)
    for name in re.findall(r"`(\w+)`", names)
}


def test_the_page_names_the_columns_and_which_of_them_are_needed() -> None:
    assert sorted(ROWS) == sorted(COLUMNS)
    assert {name for name, (_holds, needed) in ROWS.items() if not needed} == MAY_BE_EMPTY


def test_the_page_names_the_greatest_lengths_and_sizes() -> None:
    told = {name: [int(n) for n in re.findall(r"\d+", ROWS[name][0])] for name in LONGEST}

    assert {name: longest in told[name] for name, longest in LONGEST.items()} == dict.fromkeys(LONGEST, True)
    assert f"{MAX_MENU_BYTES >> 20} MB and {MOST_ITEMS} items" in PAGE


@pytest.mark.django_db
def test_the_command_of_the_page_loads_a_workbook_and_again_changes_nothing(tmp_path: Path) -> None:
    row = ["B01", "basic", "管网", "Mains", True, "m", "government", "seed"]
    path = write_xlsx(tmp_path / "menu.xlsx", {"菜单": [list(COLUMNS), row]})
    (command,) = re.findall(r"manage.py load_menu menu.xlsx (.+)", PAGE)
    day, document = re.fullmatch(r'--valid-from (\S+) --document "(.+)"', command).groups()  # type: ignore[union-attr]
    said = StringIO()

    for _time in (1, 2):
        call_command("load_menu", str(path), "--valid-from", day, "--document", document, stdout=said)

    edition = MenuEdition.objects.get()
    assert (edition.valid_from.isoformat(), edition.document) == (day, document)
    assert said.getvalue() == "1 items from 2027-01-01.\n1 items from 2027-01-01, as before.\n"
