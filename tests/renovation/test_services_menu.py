from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from renovation.management.commands.load_menu import OURS
from renovation.models import MenuEdition, MenuItem
from renovation.services.menu import load_menu

pytestmark = pytest.mark.django_db

DAY = date(2025, 1, 1)


def test_our_menu_has_57_items_of_which_11_are_must_do() -> None:
    call_command("load_menu", stdout=StringIO())

    assert MenuItem.objects.count() == 57
    assert MenuItem.objects.filter(mandatory=True).count() == 11
    assert set(MenuItem.objects.values_list("category", flat=True)) == {"basic", "improvement", "upgrade"}


def test_the_same_file_again_changes_nothing() -> None:
    load_menu(path=OURS, valid_from=DAY)

    edition, new = load_menu(path=OURS, valid_from=DAY)

    assert not new
    assert edition.items.count() == 57
    assert MenuEdition.objects.count() == 1


def test_another_list_needs_another_day(tmp_path: Path) -> None:
    load_menu(path=OURS, valid_from=DAY)
    other = tmp_path / "menu.csv"
    other.write_text("".join(OURS.read_text().splitlines(keepends=True)[:5]))

    with pytest.raises(ValidationError):
        load_menu(path=other, valid_from=DAY)
    assert load_menu(path=other, valid_from=date(2026, 1, 1))[1]
    assert MenuItem.objects.count() == 61


@pytest.mark.parametrize(
    "line",
    [
        "B01,luxury,x,名,name,true,m,government,s",
        "B01,basic,x,名,name,perhaps,m,government,s",
        ",basic,x,名,name,true,m,government,s",
        f"B01,basic,x,{'名' * 61},name,true,m,government,s",
        "B02,basic,x,名,name,true,m,government,s\nB02,basic,x,名,name,true,m,government,s",
    ],
)
def test_a_line_that_is_no_item_is_refused_and_nothing_loaded(tmp_path: Path, line: str) -> None:
    path = tmp_path / "menu.csv"
    path.write_text(OURS.read_text().splitlines()[0] + "\n" + line + "\n")

    with pytest.raises(CommandError):
        call_command("load_menu", str(path))
    assert MenuEdition.objects.count() == 0


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"\xff\xfe\x00", b""])
def test_a_file_that_is_no_menu_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "menu.csv"
    path.write_bytes(content)

    with pytest.raises(CommandError):
        call_command("load_menu", str(path))
    with pytest.raises(CommandError):
        call_command("load_menu", str(tmp_path / "missing.csv"))
