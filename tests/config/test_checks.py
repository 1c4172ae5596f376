import os
import subprocess
import sys

import pytest
from django.conf import settings as site
from django.core import checks
from django.db import connection

from config import checks as ours


def ids(messages) -> list[str]:
    return [message.id for message in messages]


def test_the_site_as_it_is_has_nothing_wrong():
    assert checks.run_checks() == []


def test_a_second_driver_is_an_error(monkeypatch):
    monkeypatch.setattr(ours, "is_psycopg3", True)

    assert ids(ours.check_driver(None)) == ["gongdi.E001"]


@pytest.mark.django_db
def test_this_database_will_do():
    assert ours.check_database(None, databases=["default"]) == []


@pytest.mark.parametrize(
    ("answer", "found"),
    [((14, "UTF8"), ["gongdi.E003"]), ((15, "UTF8"), []), ((18, "SQL_ASCII"), ["gongdi.E004"])],
)
@pytest.mark.django_db
def test_an_old_server_and_a_narrow_encoding_are_errors(monkeypatch, answer, found):
    class Cursor:
        def __enter__(self):
            return self

        def __exit__(self, *error):
            return None

        def execute(self, sql):
            pass

        def fetchone(self):
            return answer

    monkeypatch.setattr(connection, "cursor", Cursor)

    assert ids(ours.check_database(None, databases=["default"])) == found


def test_a_shared_database_wants_a_given_key(settings, monkeypatch):
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.postgresql")
    settings.SECRET_KEY_IS_GIVEN = False

    assert ids(ours.check_secret_key(None)) == ["gongdi.E005"]

    settings.SECRET_KEY_IS_GIVEN = True

    assert ours.check_secret_key(None) == []


def test_the_sites_own_database_does_with_its_own_key(settings, monkeypatch):
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "config.embedded_postgres")
    settings.SECRET_KEY_IS_GIVEN = False

    assert ours.check_secret_key(None) == []


def test_a_site_in_the_clear_and_one_without_a_name_are_told_so(settings):
    settings.BEHIND_TLS = False
    settings.ALLOWED_HOSTS = ["127.0.0.1", "testserver"]

    assert ids(ours.check_tls(None)) == ["gongdi.W001"]
    assert ids(ours.check_hosts(None)) == ["gongdi.W002"]


def test_a_site_with_a_proxy_and_a_name_is_fine(settings):
    settings.BEHIND_TLS = True
    settings.ALLOWED_HOSTS = ["gongdi.example"]
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}

    assert ours.check_tls(None) == []
    assert ours.check_proxies(None) == []
    assert ours.check_hosts(None) == []


@pytest.mark.parametrize(
    ("behind_tls", "proxies", "found"), [(True, 0, ["gongdi.W003"]), (True, 2, []), (False, 0, [])]
)
def test_a_proxy_that_is_not_counted_is_told_of(settings, behind_tls, proxies, found):
    settings.BEHIND_TLS = behind_tls
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": proxies}

    assert ids(ours.check_proxies(None)) == found


def test_a_site_set_up_as_the_deployment_page_says_has_nothing_wrong():
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": "postgresql://gongdi@db.example/gongdi",
        "SECRET_KEY": "".join(map(chr, range(33, 100))),
        "ALLOWED_HOSTS": "gongdi.example",
        "BEHIND_TLS": "true",
        "API_PROXY_COUNT": "1",
    }
    # Browser tests set it for this process.
    environment.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]

    result = subprocess.run(command, cwd=site.BASE_DIR, env=environment, capture_output=True, text=True, check=False)

    assert (result.returncode, result.stderr) == (0, "")
