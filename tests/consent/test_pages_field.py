"""The field page as the server gives it: one page for everybody, its worker and its manifest."""

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from accounts.choices import Role
from consent.pages import field_shell
from renovation.models import Household
from tests.consent.casts import make_survey
from tests.factories import COMMUNITY, make_household, make_user

pytestmark = pytest.mark.django_db

PAGES = ["", "search/", "evening/", "doors/{door}/"]


@pytest.fixture
def fresh_shell(monkeypatch):
    """The shell is made once a process; a test that changes what it is made of needs it made anew."""

    def clear() -> None:
        field_shell._version.cache_clear()
        field_shell._rendered.cache_clear()
        field_shell._worker_script.cache_clear()

    clear()
    yield clear
    monkeypatch.undo()
    clear()


def signed_in(user: Any, language: str = "en") -> Client:
    client = Client()
    client.force_login(user)
    client.cookies["django_language"] = language
    return client


def addresses(survey: Any, door: Household) -> list[str]:
    return [f"/field/surveys/{survey.pk}/{page.format(door=door.pk)}" for page in PAGES]


def worker_files(client: Client) -> dict[str, Any]:
    script = client.get("/field/worker.js").content.decode()
    made_of: dict[str, Any] = json.loads(re.search(r"begin\((\{.*\})\);", script, re.DOTALL)[1])  # type: ignore[index]
    return made_of


def test_every_address_is_one_page_that_holds_nobodys_data():
    survey, doors, _by = make_survey()
    doors[0].head_name, doors[0].phones = "周敏", ["13812342071"]
    doors[0].save()
    worker = make_user(username="100023", display_name="王丽")
    shell = Client().get("/field/shell/en/").content

    pages = [
        signed_in(worker).get(address)
        for address in [
            "/field/",
            "/field/waiting/",
            *addresses(survey, doors[0]),
            f"/field/surveys/{survey.pk}/?from=1",
        ]
    ]

    assert [page.status_code for page in pages] == [200] * 7
    assert {page.content for page in pages} == {shell}
    text = shell.decode()
    for personal in ("周敏", "13812342071", "王丽", "100023", survey.title, survey.neighbourhood.name, "csrf"):
        assert personal not in text


def test_the_shell_speaks_the_language_that_is_asked_for():
    worker = make_user()

    chinese, english = (signed_in(worker, language).get("/field/").content.decode() for language in ("zh-hans", "en"))

    assert '<html lang="zh-Hans">' in chinese
    assert "入户" in chinese
    assert '<html lang="en">' in english
    assert not re.search(r"[一-鿿]", english.replace(">中文<", "><"))
    assert Client().get("/field/shell/zh-hans/").content.decode() == chinese
    assert Client().get("/field/shell/fr/").status_code == 404


def test_who_is_signed_out_is_asked_to_sign_in():
    survey, doors, _by = make_survey()

    for address in ["/field/", "/field/waiting/", *addresses(survey, doors[0])]:
        assert Client().get(address)["Location"] == f"/accounts/login/?next={address}"


def test_a_survey_of_elsewhere_is_not_there_and_one_that_is_only_seen_is_refused():
    survey, doors, _by = make_survey()
    stranger = signed_in(make_user(Role.COMMUNITY_STAFF, "420503001001", username="stranger"))
    auditor = signed_in(make_user(Role.AUDITOR, COMMUNITY[:6], username="auditor"))

    for address in addresses(survey, doors[0]):
        assert stranger.get(address).status_code == 404
        assert auditor.get(address).status_code == 403


def test_a_door_of_another_grid_is_not_there():
    survey, doors, _by = make_survey()
    mine, other = doors[0].building, doors[5].building
    mine.grid, other.grid = f"{COMMUNITY}001", f"{COMMUNITY}002"
    mine.save()
    other.save()
    client = signed_in(make_user(Role.GRID_WORKER, f"{COMMUNITY}001"))

    assert client.get(f"/field/surveys/{survey.pk}/doors/{doors[0].pk}/").status_code == 200
    assert client.get(f"/field/surveys/{survey.pk}/doors/{doors[5].pk}/").status_code == 404


def test_a_household_that_is_not_on_the_roll_has_no_sheet():
    survey, doors, _by = make_survey()
    newcomer = make_household(stairwell=doors[0].stairwell, unit_number="999")

    assert signed_in(make_user()).get(f"/field/surveys/{survey.pk}/doors/{newcomer.pk}/").status_code == 404


def test_no_page_takes_what_is_sent_to_it():
    survey, doors, _by = make_survey()
    client = signed_in(make_user())

    for address in ["/field/", "/field/worker.js", "/field/manifest.webmanifest", *addresses(survey, doors[0])]:
        assert client.post(address).status_code == 405


def test_the_page_asks_only_for_files_that_exist_and_nothing_of_elsewhere():
    page = Client().get("/field/shell/en/").content.decode()

    assert not re.search(r"<script(?![^>]*(src=|application/json))", page)
    assert "style=" not in page
    named = set(re.findall(r'(?:src|href)="(/static/[^"#]+)', page))
    assert named
    for address in named:
        assert finders.find(address.removeprefix("/static/")), address


def test_the_worker_keeps_both_languages_and_only_files_that_exist():
    client = Client()

    made_of = worker_files(client)

    assert made_of["version"] == field_shell.shell_version()
    assert {"/field/shell/zh-hans/", "/field/shell/en/", "/static/field/app.js", "/static/icons.svg"} <= set(
        made_of["files"]
    )
    for address, integrity in made_of["files"].items():
        if address.startswith("/static/"):
            content = Path(str(finders.find(address.removeprefix("/static/")))).read_bytes()
        else:
            content = client.get(address).content
        assert integrity == f"sha256-{base64.b64encode(hashlib.sha256(content).digest()).decode()}", address
    assert client.get("/field/worker.js")["Content-Type"] == "text/javascript; charset=utf-8"
    assert client.get("/field/worker.js")["Cache-Control"] == "no-cache"


def test_every_module_that_the_page_imports_is_kept():
    kept = {address.removeprefix("/static/") for address in worker_files(Client())["files"]}
    root = Path(str(finders.find("field"))).parent

    imported = {
        str((path.parent / name).resolve().relative_to(root))
        for path in root.joinpath("field").rglob("*.js")
        for name in re.findall(r'^(?:import|export)\b[^;]*?from "(\.[^"]+)";', path.read_text(), re.MULTILINE)
    }

    assert "field/queue.js" in imported
    assert imported <= kept


def test_the_version_follows_what_the_page_is_made_of(fresh_shell, monkeypatch, tmp_path):
    before = field_shell.shell_version()
    fresh_shell()
    again = field_shell.shell_version()
    changed = tmp_path / "app.js"
    changed.write_text("// another release")
    find = finders.find
    monkeypatch.setattr(finders, "find", lambda name: str(changed) if name == "field/app.js" else find(name))
    fresh_shell()

    assert before == again
    assert field_shell.shell_version() != before
    assert f'content="{field_shell.shell_version()}"' in Client().get("/field/shell/en/").content.decode()


def test_the_version_follows_the_texts(fresh_shell, monkeypatch):
    before = field_shell.shell_version()
    monkeypatch.setattr(field_shell, "texts", lambda: {"app.name": "another"})
    fresh_shell()

    assert field_shell.shell_version() != before


@pytest.mark.parametrize(
    ("language", "lang"), [("en", "en"), ("zh-hans", "zh-Hans"), ("", "zh-Hans"), ("fr", "zh-Hans")]
)
def test_the_manifest_makes_the_page_an_app_in_the_language_of_the_page(language, lang):
    answer = Client().get(f"/field/manifest.webmanifest?language={language}")

    manifest = answer.json()
    assert answer["Content-Type"] == "application/manifest+json"
    assert (manifest["lang"], manifest["start_url"], manifest["scope"], manifest["display"]) == (
        lang,
        "/field/",
        "/field/",
        "standalone",
    )
    assert (manifest["name"] == "Gongdi at the doors") == (lang == "en")
    assert [(one["sizes"], one["purpose"]) for one in manifest["icons"]] == [
        ("192x192", "any"),
        ("512x512", "any"),
        ("512x512", "maskable"),
    ]
    for one in manifest["icons"]:
        assert finders.find(one["src"].removeprefix("/static/")), one
