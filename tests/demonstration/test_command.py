"""The first command of the README, as a process of its own with a database of its own."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

NAME = "gongdi_demonstration_test"


@pytest.fixture
def environment(django_db_setup, django_db_blocker) -> Iterator[dict[str, str]]:
    """Points to a database on the tests' server that is not there yet, and is gone afterwards."""
    keys = {key.lower(): connection.settings_dict[key] for key in ("USER", "PASSWORD", "HOST", "PORT")}
    drop = f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)"
    with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
        cursor.execute(drop)
    yield os.environ | {
        "DATABASE_URL": f"postgresql:///{NAME}?{urlencode({key: str(value) for key, value in keys.items() if value})}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
        cursor.execute(drop)
    (settings.BASE_DIR / "var" / f"demonstration-password-{NAME}").unlink(missing_ok=True)


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return trial.getsockname()[1]


def still_runs(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.slow
def test_from_nothing_to_a_served_page_and_a_clean_end_and_then_anew(environment):
    port = free_port()
    demo = [sys.executable, "manage.py", "demo"]
    command = [*demo, "--port", str(port), "--password", "wharf-lantern-77"]
    with subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        said = []
        for line in process.stdout:
            said.append(line)
            if f"127.0.0.1:{port}" in line:
                break
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
            page = answer.read().decode()
        process.send_signal(signal.SIGINT)
        said += process.stdout.readlines()
        code = process.wait(timeout=60)

    assert code == 0, "".join(said)
    assert 'data-testid="login-username"' in page
    assert sum("wharf-lantern-77" in line for line in said) == 1
    assert not still_runs(port)

    made_anew = subprocess.run(
        [*demo, "--no-serve", "--reset"],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "community" in made_anew.stdout
    assert "wharf-lantern-77" not in made_anew.stdout


def test_a_busy_port_is_named_before_anything_is_done():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(CommandError, match=str(port)):
            call_command("demo", "--port", str(port))


@pytest.mark.parametrize("port", ["0", "65536", "http", "８０００"])
def test_a_port_that_is_none_is_refused(port):
    with pytest.raises(CommandError):
        call_command("demo", "--port", port)
