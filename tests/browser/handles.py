"""What the tests in a browser do as their users do: sign in, tap, log a visit, keep a picture."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import Client
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from tests.factories import PASSWORD

MENU = Path(__file__).parents[2] / "renovation" / "data" / "menu.csv"
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1440, "height": 900}


def sign_in(page: Page, site: str, username: str) -> None:
    """Through the form, as a person does."""
    page.set_default_timeout(10_000)
    page.goto(site)
    page.get_by_test_id("login-username").fill(username)
    page.get_by_test_id("login-password").fill(PASSWORD)
    page.get_by_test_id("login-submit").click()


def enter(page: Page, site: str, user: User | None, language: str = "zh-hans") -> None:
    """Signed in already, or signed out: for tests that are about something else."""
    page.set_default_timeout(10_000)
    cookies: dict[str, Any] = {settings.LANGUAGE_COOKIE_NAME: language}
    if user is not None:
        client = Client()
        client.force_login(user)
        cookies[settings.SESSION_COOKIE_NAME] = client.session.session_key
    page.context.clear_cookies()
    page.context.add_cookies([{"name": name, "value": value, "url": site} for name, value in cookies.items()])


def visit_door(
    page: Page,
    outcome: str,
    *,
    given: str = "",
    respondent: str = "owner",
    commitments: Sequence[str] = (),
    menu: Sequence[str] = (),
    reasons: Sequence[str] = (),
    note: str = "",
) -> None:
    """Fill the open sheet for an outcome and save it; the party stays as it is."""
    page.get_by_test_id(f"outcome-{outcome}").check()
    if outcome == "supports":
        page.get_by_test_id(f"given-{given or 'signed'}").check()
    if outcome in ("supports", "not_yet", "opposes"):
        page.get_by_test_id(f"respondent-{respondent}").check()
    ticks = [f"commitment-{name}" for name in commitments] + [f"menu-{code}" for code in menu]
    for tick in [*ticks, *(f"reason-{code}" for code in reasons)]:
        page.get_by_test_id(tick).check()
    if note:
        page.get_by_test_id("note").fill(note)
    page.get_by_test_id("save-visit").click()


def all_sent(page: Page) -> None:
    """What was logged is at the server: the field page saves on the phone first, and sends by itself."""
    expect(page.get_by_test_id("save-visit")).to_have_count(0)
    expect(page.get_by_test_id("sync-state")).to_have_attribute("data-state", "synced", timeout=10_000)


def go_out_as(page: Page, *party: str) -> None:
    """On the building's front: say once who stands at the doors."""
    form = page.locator("form.party")
    expect(page.locator(".strip-people")).to_be_visible()
    if not form.is_visible():
        page.locator("summary.strip").filter(has=page.locator(".way-on")).click()
    for who in ("owners_committee", "grid", "community"):
        page.get_by_test_id(f"party-{who}").set_checked(who in party)
    form.get_by_role("button").click()


def refusal_at(page: Page, handle: str) -> Locator:
    """What is said in the group of boxes that an element with this handle belongs to."""
    return page.locator("fieldset, .field").filter(has=page.get_by_test_id(handle)).locator(".error")


def stance_of(page: Page, household: int, stance: str, **more: str) -> None:
    """The cell of a door shows this stance."""
    cell = page.get_by_test_id(f"door-{household}")
    expect(cell).to_have_attribute("data-stance", stance)
    for name, value in more.items():
        expect(cell).to_have_attribute(f"data-{name}", value)


def number_in(address: str) -> int:
    """The last number of an address: the id of what it shows."""
    return int(re.findall(r"\d+", address)[-1])


def picture(page: Page, name: str, **options: Any) -> None:
    """Keeps a picture where somebody wants to look at the page: `PICTURES=folder`."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", **{"full_page": True, **options})
