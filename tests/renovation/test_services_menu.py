import threading
from dataclasses import replace
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils.translation import override

from accounts.choices import Role
from accounts.models import HistoryEntry
from renovation.errors import MenuDayPast, MenuDayTaken, MenuMoved, MenuUnchanged
from renovation.management.commands.load_menu import OURS
from renovation.models import MenuEdition, MenuItem
from renovation.reports.menu import compared_with_the_one_before, items_of, told
from renovation.services.menu import MAX_MENU_BYTES, load_menu, read_menu_file, replace_menu
from tests.factories import make_menu_edition, make_user
from tests.renovation.roster_files import write_xls, write_xlsx

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


HEAD = ["code", "category", "name_zh", "name_en", "mandatory", "unit", "funding_hint", "source"]
ROWS = [
    ["B01", "basic", "管网", "Mains", True, "m", "government", "seed"],
    ["U01", "upgrade", "电梯", "Lift", False, "set", None, None],
]
TODAY = date(2026, 11, 24)


def test_a_workbook_is_read_with_its_truth_values(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "menu.xlsx", {"菜单": [HEAD, *ROWS]})

    found = read_menu_file(ContentFile(path.read_bytes(), name="menu.xlsx"))

    assert found.problems == []
    assert [(one.code, one.mandatory, one.funding_hint) for one in found.items] == [
        ("B01", True, "government"),
        ("U01", False, ""),
    ]


def test_an_old_workbook_and_our_own_csv_are_read_alike(tmp_path: Path) -> None:
    rows = [HEAD, *[["" if cell is None else cell for cell in row] for row in ROWS]]
    path = write_xls(tmp_path / "menu.xls", rows)

    old = read_menu_file(ContentFile(path.read_bytes(), name="menu.xls"))
    ours = read_menu_file(ContentFile(OURS.read_bytes(), name="menu.csv"))

    assert [(one.code, one.mandatory) for one in old.items] == [("B01", True), ("U01", False)]
    assert (len(ours.items), ours.problems) == (57, [])


def test_problems_are_told_with_their_place(tmp_path: Path) -> None:
    bad = [["B01", "luxury", "管网", "Mains", "perhaps", "m", "", ""], ROWS[0], ["B01", *ROWS[1][1:]]]
    path = write_xlsx(tmp_path / "menu.xlsx", {"菜单": [HEAD, *bad]})

    found = read_menu_file(ContentFile(path.read_bytes(), name="menu.xlsx"))

    with override("en"):
        assert [told(problem) for problem in found.problems][:2] == [
            "sheet “菜单”, row 2, column B (category): This is none of the categories: basic, improvement, upgrade.",
            "sheet “菜单”, row 2, column E (mandatory): Whether it is must-do cannot be read: write true or false.",
        ]
    assert [(problem.code, problem.sheet, problem.row, problem.column) for problem in found.problems] == [
        ("category_unknown", "菜单", 2, "B"),
        ("mandatory_unreadable", "菜单", 2, "E"),
        ("same_code_twice", "菜单", 3, "A"),
        ("same_code_twice", "菜单", 4, "A"),
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"PK\x03\x04 no archive", "file_damaged"),
        (b"%PDF-1.7", "file_of_unknown_kind"),
        (b"<html><table>", "file_is_a_web_page"),
        (b"\xff\xfe\x00", "file_in_unknown_encoding"),
        (b"x" * (MAX_MENU_BYTES + 1), "file_too_large"),
        (b'code,"category\n' + b"x" * 200_000, "file_damaged_at_line"),
        (b"a,b\n1,2\n", "columns_missing"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_problem(content: bytes, code: str) -> None:
    found = read_menu_file(SimpleUploadedFile("menu.csv", content))

    assert [problem.code for problem in found.problems] == [code]
    assert found.items == []
    assert told(found.problems[0]) != code


def test_a_menu_takes_over_on_its_day_and_leaves_the_one_before_as_it_was() -> None:
    before = make_menu_edition()
    city = make_user(Role.CITY_OFFICIAL, "4205")
    items = items_of(before)
    changed = [replace(items[0], name_zh="新名字", mandatory=False), items[1], replace(items[2], code="U12")]

    edition = replace_menu(
        items=changed,
        valid_from=TODAY,
        document="宜住建〔2026〕9号",
        compared_with=before.pk,
        by=city,
        file_name="菜单.xlsx",
        today=TODAY,
    )

    assert items_of(edition) == changed
    assert items_of(before) == items
    assert (edition.valid_from, edition.document) == (TODAY, "宜住建〔2026〕9号")
    entry = HistoryEntry.objects.get(resource="menu-editions", object_id=edition.pk)
    assert (entry.act, entry.by) == ("menu_set", city)
    assert entry.details == {
        "valid_from": "2026-11-24",
        "document": "宜住建〔2026〕9号",
        "file": "菜单.xlsx",
        "items": 3,
        "replaces": "2025-01-01",
        "added": ["U12"],
        "removed": ["U11"],
        "renamed": ["B01"],
        "moved": [],
        "must_do": [],
        "no_longer_must_do": ["B01"],
        "otherwise_changed": [],
    }


def test_the_first_menu_of_all_replaces_none() -> None:
    items = read_menu_file(ContentFile(OURS.read_bytes(), name="menu.csv")).items

    edition = replace_menu(items=items, valid_from=TODAY, document="x", compared_with=None, by=make_user(), today=TODAY)

    assert edition.items.count() == 57


def test_a_menu_is_compared_with_the_edition_of_the_day_before_and_holds_until_the_next() -> None:
    now, soon = make_menu_edition(), make_menu_edition(codes=("B01",), valid_from=TODAY + timedelta(days=20))
    items = items_of(now)[:2]

    between = compared_with_the_one_before(items, TODAY + timedelta(days=10))
    later = compared_with_the_one_before(items, TODAY + timedelta(days=21))

    assert (between.before, between.until) == (now, soon)
    assert [one.code for one in between.comparison.removed] == ["U11"]
    assert (later.before, later.until) == (soon, None)
    assert [one.code for one in later.comparison.added] == ["B03"]


@pytest.mark.parametrize(
    ("day", "compared", "refusal"),
    [
        (TODAY - timedelta(days=1), "now", MenuDayPast),
        (TODAY + timedelta(days=20), "now", MenuDayTaken),
        (TODAY, "soon", MenuMoved),
        (TODAY, None, MenuMoved),
        (TODAY + timedelta(days=21), "now", MenuMoved),
    ],
)
def test_a_menu_that_may_not_take_over_is_refused_and_nothing_is_written(day, compared, refusal) -> None:
    editions = {"now": make_menu_edition(), "soon": make_menu_edition(codes=("B01",), valid_from=date(2026, 12, 14))}
    items = [replace(one, unit="km") for one in items_of(editions["now"])]
    pk = editions[compared].pk if compared else None

    with pytest.raises(refusal):
        replace_menu(items=items, valid_from=day, document="x", compared_with=pk, by=make_user(), today=TODAY)

    assert (MenuEdition.objects.count(), MenuItem.objects.count()) == (2, 4)
    assert not HistoryEntry.objects.filter(act="menu_set").exists()


def test_the_menu_that_is_in_force_already_is_refused() -> None:
    edition = make_menu_edition()

    with pytest.raises(MenuUnchanged):
        replace_menu(
            items=items_of(edition)[::-1],
            valid_from=TODAY,
            document="x",
            compared_with=edition.pk,
            by=make_user(),
            today=TODAY,
        )


@pytest.mark.django_db(transaction=True)
def test_of_two_who_replace_the_same_menu_at_once_one_is_refused() -> None:
    before = make_menu_edition()
    users = [make_user(), make_user()]
    answers: list[str] = []
    together = threading.Barrier(2)

    def put(number: int) -> None:
        items = [replace(one, unit=f"u{number}") for one in items_of(before)]
        together.wait()
        try:
            replace_menu(
                items=items, valid_from=TODAY, document="x", compared_with=before.pk, by=users[number], today=TODAY
            )
            answers.append("done")
        except MenuDayTaken:
            answers.append("taken")
        finally:
            connection.close()

    threads = [threading.Thread(target=put, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == ["done", "taken"]
    assert MenuEdition.objects.count() == 2
    assert MenuItem.objects.count() == 6
