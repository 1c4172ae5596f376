"""The city replaces the menu by its own file: it hands one in, sees what changes, and says so before it holds."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.choices import Role
from accounts.models import HistoryEntry
from consent.services.surveys import open_survey
from renovation.models import MenuEdition, MenuItem
from renovation.rules.menu import COLUMNS
from tests.api.helpers import signed_in
from tests.consent.casts import make_doors, make_survey
from tests.factories import COMMUNITY, make_menu_edition, make_user
from tests.renovation.roster_files import write_xlsx

pytestmark = pytest.mark.django_db

URL = "/admin/renovation/menuedition/replace/"
ROWS = [
    # The menu of `make_menu_edition` is B01 (must-do), B03 and U11, all basic and in metres.
    ["B01", "basic", "雨污管网", "Item B01", "true", "m", "", ""],
    ["B03", "upgrade", "项目B03", "Item B03", "true", "m", "", ""],
    ["N01", "basic", "新项目", "New item", "false", "m", "", ""],
]


def csv(*rows: list[str], head: tuple[str, ...] = COLUMNS) -> str:
    return "\n".join(",".join(row) for row in (list(head), *rows))


def browse(client, user):
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def city(client):
    return browse(client, make_user(Role.CITY_OFFICIAL, "4205", username="city"))


def hand_in(client, text: str | bytes, *, name: str = "菜单.csv", days: int = 3, document: str = "宜住建〔2026〕9号"):
    content = text.encode() if isinstance(text, str) else text
    return client.post(
        URL,
        {
            "file": SimpleUploadedFile(name, content),
            "valid_from": (timezone.localdate() + timedelta(days=days)).isoformat(),
            "document": document,
        },
    )


def confirm(client, compared):
    return client.post(URL, {"compared": compared.context["confirm"].initial["compared"]})


def parts(answer) -> dict[str, list[tuple[str, str, str]]]:
    return {
        part["name"]: [(item.code, before, after) for item, before, after in part["rows"]]
        for part in answer.context["parts"]
    }


def body(answer) -> str:
    return re.sub(r" ?(<|>) ?", r"\1", re.sub(r"\s+", " ", answer.content.decode()))


def test_what_changes_is_shown_before_anything_holds(city):
    make_menu_edition()

    answer = hand_in(city, csv(*ROWS))

    assert answer.status_code == 200
    assert parts(answer) == {
        "added": [("N01", "", "Basic")],
        "removed": [("U11", "Basic", "")],
        "renamed": [("B01", "项目B01 / Item B01", "雨污管网 / Item B01")],
        "moved": [("B03", "Basic", "Upgrade")],
        "mandatory": [("B03", "not must-do", "must-do")],
    }
    assert "The file has 3 items, 2 of them must-do." in body(answer)
    assert '<th scope="row">N01</th><td>New item</td>' in body(answer)
    assert (MenuEdition.objects.count(), MenuItem.objects.count()) == (1, 3)


def test_what_was_shown_is_what_holds_once_it_is_confirmed(city):
    before = make_menu_edition()

    answer = confirm(city, hand_in(city, csv(*ROWS)))

    edition = MenuEdition.objects.exclude(pk=before.pk).get()
    assert answer["Location"] == f"/admin/renovation/menuedition/{edition.pk}/change/"
    assert edition.valid_from == timezone.localdate() + timedelta(days=3)
    assert edition.document == "宜住建〔2026〕9号"
    assert list(edition.items.values_list("code", "category", "mandatory")) == [
        ("B01", "basic", True), ("B03", "upgrade", True), ("N01", "basic", False),
    ]  # fmt: skip
    entry = HistoryEntry.objects.get(act="menu_set")
    assert (entry.by.username, entry.details["file"], entry.details["added"]) == ("city", "菜单.csv", ["N01"])
    assert city.get(answer["Location"]).status_code == 200
    assert "Menu set" in body(city.get(f"/admin/renovation/menuedition/{edition.pk}/history/"))


def test_open_surveys_are_named_and_keep_the_menu_they_were_opened_with(city):
    survey, _doors, staff = make_survey()

    answer = hand_in(city, csv(*ROWS), days=0)
    confirm(city, answer)
    survey.refresh_from_db()
    other = make_doors(buildings=1, doors=1)
    later = open_survey(neighbourhood=other[0].neighbourhood, title="后开的", closes_on=None, by=staff)

    assert "1 open survey keeps the menu it was opened with" in body(answer)
    assert f'href="/surveys/{survey.pk}/">征询</a></td><td>1 January 2025' in body(answer)
    assert survey.menu_edition.valid_from.year == 2025
    assert later.menu_edition.valid_from == timezone.localdate()
    codes = [row["code"] for row in signed_in(staff).get("/api/v1/menu-items/").json()["results"]]
    assert sorted(codes) == ["B01", "B03", "N01"]


def test_a_menu_to_come_is_not_the_current_one_of_the_api(city):
    make_menu_edition()

    confirm(city, hand_in(city, csv(*ROWS), days=1))

    codes = [row["code"] for row in city.get("/api/v1/menu-items/").json()["results"]]
    assert MenuEdition.objects.count() == 2
    assert sorted(codes) == ["B01", "B03", "U11"]


def test_a_workbook_is_taken_like_a_text_file(city, tmp_path):
    make_menu_edition()
    rows = [[*row[:4], row[4] == "true", *row[5:]] for row in ROWS]
    path = write_xlsx(tmp_path / "m.xlsx", {"菜单": [list(COLUMNS), *rows], "说明": [["注"]]})

    answer = hand_in(city, path.read_bytes(), name="菜单.xlsx")
    confirm(city, answer)

    assert "“说明”" in body(answer)
    assert MenuItem.objects.get(code="N01").mandatory is False
    assert MenuItem.objects.filter(code="B03").order_by("-edition__valid_from")[0].mandatory is True


def test_the_menu_in_force_is_taken_as_a_file_that_can_be_changed_and_handed_in(city):
    edition = make_menu_edition()
    edition.items.filter(code="U11").update(name_zh="=1+1", source="+86")
    make_menu_edition(codes=("B01",), valid_from=timezone.localdate() + timedelta(days=9))

    file = city.get(f"{URL}file/")
    again = hand_in(city, file.content, name="menu.xlsx")

    assert file["Content-Disposition"] == 'attachment; filename="menu-2025-01-01.xlsx"'
    assert again.status_code == 409
    assert "nothing would change" in body(again)


def test_without_a_menu_there_is_no_file_of_it(city):
    assert city.get(f"{URL}file/").status_code == 404


def test_every_problem_is_named_by_its_place_and_nothing_is_put_in(city):
    make_menu_edition()

    answer = hand_in(city, csv(ROWS[0], ["B 0-3", "luxury", "", "x", "maybe", "m", "", ""], ROWS[0]))

    page = body(answer)
    assert answer.status_code == 409
    assert "5 problems; nothing was put in" in page
    for place in ("row 3, column A (code)", "row 3, column B (category)", "row 3, column C (name_zh)",
                  "row 3, column E (mandatory)", "row 4, column A (code)"):  # fmt: skip
        assert f'<th scope="row">{place}</th>' in page
    assert MenuEdition.objects.count() == 1


@pytest.mark.parametrize(
    ("days", "said"),
    [(-1, "A menu holds from today on, or from a later day."), (5, "Another menu holds from")],
)
def test_a_day_that_is_past_or_taken_is_refused_before_the_comparison(city, days, said):
    make_menu_edition()
    make_menu_edition(codes=("B01",), valid_from=timezone.localdate() + timedelta(days=5))

    answer = hand_in(city, csv(*ROWS), days=days)

    assert answer.status_code == 409
    assert said in body(answer)
    assert "confirm" not in answer.context


def test_the_menu_in_force_handed_in_again_changes_nothing(city):
    edition = make_menu_edition()
    rows = [[i.code, i.category, i.name_zh, i.name_en, str(i.mandatory), i.unit, "", ""] for i in edition.items.all()]

    answer = hand_in(city, csv(*rows))

    assert answer.status_code == 409
    assert "nothing would change" in body(answer)


def test_a_comparison_is_answered_once_and_not_after_another_menu_came_between(city):
    make_menu_edition()
    first = hand_in(city, csv(*ROWS), days=3)
    second = hand_in(city, csv(*ROWS[:2]), days=5)
    assert confirm(city, first).status_code == 302

    twice = confirm(city, first)
    overtaken = confirm(city, second)

    assert (twice.status_code, overtaken.status_code) == (409, 409)
    assert "Another menu holds from" in body(twice)
    assert "Compare it again" in body(overtaken)
    assert MenuEdition.objects.count() == 2


def test_only_what_was_shown_to_the_same_person_can_be_confirmed(city, client):
    make_menu_edition()
    compared = hand_in(city, csv(*ROWS)).context["confirm"].initial["compared"]
    other = browse(client, make_user(Role.ADMIN, "4205", username="other"))

    answers = [other.post(URL, {"compared": text}) for text in (compared, compared[:-1] + "x", "", "\x00", "a" * 2_000)]

    assert {answer.status_code for answer in answers} == {409}
    assert all("Hand the file in again" in body(answer) for answer in answers)
    assert MenuEdition.objects.count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"valid_from": "soon"},
        {"valid_from": "2026-13-01", "document": "x"},
        {"document": "\x00"},
        {"document": "x" * 201},
    ],
)
def test_a_form_that_cannot_be_read_says_so_at_its_place(city, fields):
    answer = city.post(URL, fields)

    assert answer.status_code == 400
    assert "file" in answer.context["form"].errors


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xfe\x00"]
)
def test_a_file_that_is_no_menu_is_one_problem_and_no_error(city, content):
    answer = hand_in(city, content)

    assert answer.status_code == 409
    assert answer.context["problem_count"] == 1


@pytest.mark.parametrize(
    ("role", "territory", "status"),
    [
        (Role.ADMIN, "4205", 200),
        (Role.CITY_OFFICIAL, "4205", 200),
        (Role.DISTRICT_OFFICIAL, "420502", 403),
        (Role.AUDITOR, "4205", 403),
        (Role.COMMUNITY_STAFF, COMMUNITY, 403),
        (Role.PROPERTY_CLERK, f"{COMMUNITY}-001", 403),
        (None, "", 403),
    ],
)
def test_the_city_and_administrators_replace_the_menu_and_nobody_else(client, role, territory, status):
    make_menu_edition()
    browser = browse(client, make_user(role, territory))

    assert browser.get(URL).status_code == status
    assert browser.get(f"{URL}file/").status_code == status
    handed = hand_in(browser, csv(*ROWS))
    assert handed.status_code == status
    in_list = browser.get("/admin/renovation/menuedition/")
    assert (URL in in_list.content.decode()) == (status == 200)
    assert MenuEdition.objects.count() == 1


def test_a_visitor_is_led_to_the_sign_in(client, db):
    assert client.get(URL)["Location"].startswith("/admin/login/")


def test_the_comparison_costs_the_same_queries_for_few_items_and_for_many(city, django_assert_num_queries):
    make_menu_edition()
    hand_in(city, csv(*ROWS))
    many = [[f"X{number:03}", "upgrade", "多", "More", "false", "m", "", ""] for number in range(80)]
    for rows in (ROWS, [*ROWS, *many]):
        with django_assert_num_queries(12):
            assert hand_in(city, csv(*rows)).status_code == 200
