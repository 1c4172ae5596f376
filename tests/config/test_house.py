"""What holds for the project as a whole: its driver, its migrations, its locks."""

import tomllib
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db.backends.postgresql.psycopg_any import is_psycopg3
from packaging.requirements import Requirement

LOCKS = sorted(Path(settings.BASE_DIR).glob("requirements*.lock"))


def test_the_driver_is_psycopg2():
    # Django takes psycopg 3 as soon as it is installed, and trigger errors then arrive differently.
    assert not is_psycopg3


@pytest.mark.django_db
def test_every_change_of_a_model_has_its_migration():
    call_command("makemigrations", check=True, dry_run=True)


def test_there_is_a_lock_to_run_and_one_to_test():
    assert [lock.name for lock in LOCKS] == ["requirements-dev.lock", "requirements.lock"]


@pytest.mark.parametrize(("lock", "groups"), [("requirements.lock", []), ("requirements-dev.lock", ["dev"])])
def test_a_lock_holds_all_that_the_project_asks_for(lock, groups):
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())
    asked = project["project"]["dependencies"] + [
        dependency for group in groups for dependency in project["dependency-groups"][group]
    ]
    locked = {Requirement(line.rstrip("\\\n")).name for line in (settings.BASE_DIR / lock).open() if "==" in line}

    assert [dependency for dependency in asked if Requirement(dependency).name not in locked] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_holds_names_versions_and_hashes_and_no_address(lock):
    text = lock.read_text()

    assert "--hash=sha256:" in text
    assert "://" not in text
