"""Every text has its Chinese, and what the site reads is made from what people read."""

import gettext
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

CATALOGUES = sorted(Path(settings.BASE_DIR).glob("locale/*/LC_MESSAGES/*.po"))
APPS = ("accounts", "common", "config", "consent", "demonstration", "governance", "overview", "renovation")

pytestmark = pytest.mark.skipif(
    shutil.which("msgfmt") is None, reason="There is no gettext here: apt-get install gettext"
)


def run(*command: object, cwd: Path | None = None) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    words = [str(word) for word in command]
    result = subprocess.run(words, capture_output=True, text=True, check=False, cwd=cwd, env=environment)
    assert result.returncode == 0, result.stderr
    return result.stdout


def texts(compiled: Path) -> dict[object, str]:
    with compiled.open("rb") as file:
        catalogue = gettext.GNUTranslations(file)._catalog
    return {msgid: msgstr for msgid, msgstr in catalogue.items() if msgid}


def entries(catalogue: str) -> list[str]:
    return [entry for entry in catalogue.split("\n\n") if entry.strip() and "Project-Id-Version" not in entry]


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda catalogue: f"{catalogue.parts[-3]}/{catalogue.name}")
def test_the_compiled_catalogue_is_made_from_the_one_people_read(catalogue, tmp_path):
    compiled = tmp_path / "django.mo"

    run("msgfmt", "--check-format", "--check-domain", "-o", compiled, catalogue)

    assert texts(catalogue.with_suffix(".mo")) == texts(compiled)


def test_every_text_of_the_code_and_the_pages_has_its_chinese(tmp_path):
    for name in (*APPS, "templates", "locale"):
        shutil.copytree(settings.BASE_DIR / name, tmp_path / name)

    run(sys.executable, "-m", "django", "makemessages", "-l", "zh_Hans", "--no-obsolete", "--no-wrap", cwd=tmp_path)

    catalogue = tmp_path / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    assert entries(run("msgattrib", "--untranslated", "--no-wrap", catalogue)) == []
    assert entries(run("msgattrib", "--only-fuzzy", "--no-wrap", catalogue)) == []
