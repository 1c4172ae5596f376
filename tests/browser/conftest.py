"""Tests in a real browser: Debian's Chromium, driven by Playwright, on a live server with real commits."""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import ConsoleMessage, Page, expect

HERE = Path(__file__).parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
AT_WORK = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
HOW_TO_GET_ONE = "There is no Chromium here. On Debian: apt-get install chromium fonts-noto-cjk"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

expect.set_options(timeout=20_000)  # Milliseconds: it is asked whether, not how soon, on a machine with more to do.


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)
            # A browser, its worker and a server share two cores here: what fails once and not again was the machine.
            # What is wrong fails twice; the run names what was tried again.
            item.add_marker(pytest.mark.flaky(reruns=1))
            item.add_marker(pytest.mark.django_db(transaction=True))
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason=HOW_TO_GET_ONE))


@pytest.fixture(scope="session", autouse=True)
def queries_beside_playwright() -> None:
    # Playwright keeps an event loop in this thread to the end, and Django takes that for async code. Not undone: the
    # loop outlives every fixture.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(autouse=True)
def the_server_is_done(transactional_db: None) -> Iterator[None]:
    """Pages ask in the background, also while they are being closed: what the server still works on when a test is
    over must not meet the TRUNCATE that follows. A request has a connection of its own from its first query to its end.
    """
    before = others_at_work()
    yield
    until = time.monotonic() + 10
    while others_at_work() - before and time.monotonic() < until:
        time.sleep(0.02)


def others_at_work() -> set[int]:
    """Connections to the test's database besides this one; Playwright's loop has this thread keep a second one."""
    with connection.cursor() as cursor:
        cursor.execute(AT_WORK)
        return {pid for (pid,) in cursor.fetchall()}


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}


@pytest.fixture
def page(page: Page) -> Iterator[Page]:
    """A page whose scripts must not fail and whose content policy must not be broken."""
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            complaints.append(message.text)

    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", listen)
    yield page
    assert complaints == []
