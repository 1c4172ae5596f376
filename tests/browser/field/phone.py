"""A phone at the doors: a browser of its own, that can be closed, reopened and cut off, and what one does with it."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import Client
from django.utils import translation
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Playwright, Worker, expect

from accounts.models import User
from consent.pages.field_texts import texts
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.field.server import FieldServer
from tests.browser.handles import PHONE
from tests.factories import PASSWORD

COMMITMENTS = ("self_governance", "convention", "demolition", "contribution", "property_management")
ANY_STATE = re.compile("synced|pending|offline|attention")
INSTALLED = """
Promise.race([
  navigator.serviceWorker.ready.then(() => true),
  new Promise((resolve) => setTimeout(resolve, 15_000, false)),
])
"""
LATER = 4_000_000_000
"""Seconds since 1970, in 2096: cookies that outlive the browser, as the site's own do."""
SENT_WITHIN = 10_000
"""Milliseconds within which what waits is expected to be sent, once nothing stands in its way."""


def words(code: str, number: int = 2, **figures: object) -> str:
    """A text of the field page in Chinese, as the page has it under its code."""
    with translation.override("zh-hans"):
        text = texts()[code]
    found = text if isinstance(text, str) else text["one" if number == 1 else "other"]
    return found % {"n": number, **figures}


class Phone:
    """One browser profile. `complaints` are what scripts failed in, and breaches of the content policy."""

    def __init__(self, playwright: Playwright, profile: Path, server: FieldServer, **options: Any) -> None:
        self.server = server
        self.profile = profile
        self.complaints: list[str] = []
        self._playwright = playwright
        self._options: dict[str, Any] = {"viewport": PHONE, "has_touch": True, "is_mobile": True, **options}
        self._context: BrowserContext | None = None
        self._is_cut_off = False

    # --- the browser -------------------------------------------------------------------------------

    def open(self, *, offline: bool = False, script: str = "") -> None:
        """Start the browser with what its profile holds. `script` runs before those of any page.

        Offline, it opens on the field page.
        """
        self._is_cut_off = offline
        was_running = self.server.is_running
        if offline:
            # Playwright cuts a worker off only once it runs, and the browser may wake it up as it starts.
            self.server.stop()
        self._context = self._playwright.chromium.launch_persistent_context(
            self.profile,
            executable_path=CHROMIUM,
            args=FLAGS,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            offline=offline,
            accept_downloads=True,
            **self._options,
        )
        self._context.set_default_timeout(10_000)
        self._context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self._context.on("console", self._listen)
        self._context.on("serviceworker", self._cut_worker_off)
        if script:
            self._context.add_init_script(script)
        self.page: Page = self._context.pages[0]
        if offline:
            self.home()
            worker = self.worker
            # Said anew, or a worker that has just started is not told.
            self.context.set_offline(False)
            self.context.set_offline(True)
            if was_running:
                self.server.start()
            assert worker.evaluate("fetch('/healthz').then(() => 'reached', () => 'cut off')") == "cut off"

    def _listen(self, message: ConsoleMessage) -> None:
        is_error = message.type == "error" and "Failed to load resource" not in message.text
        if is_error or "Content Security Policy" in message.text:
            self.complaints.append(message.text)

    @property
    def context(self) -> BrowserContext:
        assert self._context is not None
        return self._context

    def close(self) -> None:
        if self._context is not None:
            self._context.close()
            self._context = None

    def reopen(self, *, offline: bool = False, script: str = "") -> None:
        self.close()
        self.open(offline=offline, script=script)

    def _cut_worker_off(self, _worker: Worker) -> None:
        # Playwright cuts off the workers that run, and forgets those that start later.
        if self._is_cut_off:
            self.context.set_offline(True)

    def cut_off(self) -> None:
        """No network for any page of this browser, nor for its worker."""
        self._is_cut_off = True
        self.context.set_offline(True)

    def reach(self) -> None:
        self._is_cut_off = False
        self.context.set_offline(False)

    @property
    def worker(self) -> Worker:
        """The service worker that runs."""
        if not self.context.service_workers:
            self.context.wait_for_event("serviceworker")
        return self.context.service_workers[-1]

    def wake_worker(self, tag: str) -> None:
        """A sync event, as the browser sends one when the network is back, to the only worker that there is."""
        devtools = self.context.new_cdp_session(self.page)
        devtools.send("ServiceWorker.enable")
        event = {"origin": self.server.url, "registrationId": "0", "tag": tag, "lastChance": False}
        devtools.send("ServiceWorker.dispatchSyncEvent", event)
        devtools.detach()

    # --- signing in --------------------------------------------------------------------------------

    def enter(self, user: User, language: str = "zh-hans") -> None:
        """Signed in already, and at home: for tests that are about something else."""
        client = Client()
        client.force_login(user)
        key = client.session.session_key
        assert key is not None
        cookies = {settings.LANGUAGE_COOKIE_NAME: language, settings.SESSION_COOKIE_NAME: key}
        self.context.add_cookies(
            [
                {"name": name, "value": value, "url": self.server.url, "expires": LATER}
                for name, value in cookies.items()
            ]
        )
        self.home()

    def sign_in(self, user: User) -> None:
        """Through the form, as a person does, wherever the page has led."""
        self.page.get_by_test_id("login-username").fill(user.username)
        self.page.get_by_test_id("login-password").fill(PASSWORD)
        self.page.get_by_test_id("login-submit").click()

    # --- ways --------------------------------------------------------------------------------------

    def go(self, path: str) -> None:
        self.page.goto(self.server.url + path)

    def home(self) -> None:
        self.go("/field/")
        self.is_ready()

    def is_ready(self) -> None:
        """The app stands, not only its shell."""
        expect(self.sync_state).to_have_attribute("data-state", ANY_STATE)

    def installed(self) -> None:
        """The worker has everything that it needs to answer without a network."""
        assert self.page.evaluate(INSTALLED), "the worker was not installed"

    def take_offline(self) -> None:
        """From home: all surveys in hand; returns when they are there."""
        self.installed()
        self.get("take-offline").click()
        expect(self.page.locator(".survey-kept.good").first).to_be_visible()

    def front(self, survey: int, building: int | None = None) -> None:
        """The front of a building; of the first one that has something left to do, unless it is said."""
        self.go(f"/field/surveys/{survey}/" + (f"?building={building}" if building else ""))
        expect(self.page.locator("[data-testid^=door-]").first).to_be_visible()

    def agree(self) -> None:
        """To what the dialog asks."""
        self.page.get_by_role("dialog").locator("button[value=yes]").click()

    # --- what there is to see ----------------------------------------------------------------------

    def get(self, handle: str) -> Locator:
        return self.page.get_by_test_id(handle)

    @property
    def sync_state(self) -> Locator:
        return self.get("sync-state")

    def says(self, state: str, *, pending: int | None = None) -> None:
        expect(self.sync_state).to_have_attribute("data-state", state, timeout=SENT_WITHIN)
        if pending is not None:
            expect(self.sync_state).to_have_attribute("data-pending", str(pending), timeout=SENT_WITHIN)

    def waits(self, count: int) -> None:
        """So many visits wait, whatever the reason."""
        expect(self.sync_state).to_have_attribute("data-pending", str(count), timeout=SENT_WITHIN)

    def door(self, household: int) -> Locator:
        return self.get(f"door-{household}")

    # --- at a door ---------------------------------------------------------------------------------

    def open_door(self, household: int) -> None:
        self.door(household).click()
        expect(self.get("save-visit")).to_be_visible()

    def fill(
        self,
        outcome: str,
        *,
        given: str = "signed",
        respondent: str = "owner",
        commitments: Sequence[str] = (),
        note: str = "",
    ) -> None:
        """The open sheet, for an outcome; the party stays as it is."""
        self.get(f"outcome-{outcome}").check()
        if outcome == "supports":
            self.get(f"given-{given}").check()
        if outcome in ("supports", "not_yet", "opposes"):
            self.get(f"respondent-{respondent}").check()
        for name in commitments:
            self.get(f"commitment-{name}").check()
        if note:
            self.get("note").fill(note)

    def save(self) -> None:
        """Save the open sheet; returns on the building's front."""
        self.get("save-visit").click()
        expect(self.page.locator("[data-testid^=door-]").first).to_be_visible()

    def log(self, household: int, outcome: str = "supports", **fields: Any) -> None:
        """From the building's front to the building's front."""
        self.open_door(household)
        self.fill(outcome, **fields)
        self.save()
