"""A page that cannot open, or not without a network, says so; and one that comes back says whose it is now."""

from typing import Any

import pytest
from playwright.sync_api import expect

from consent.pages import field_shell
from tests.browser.field.conftest import MakePhone, Walk
from tests.browser.field.phone import Phone, words
from tests.browser.field.server import FieldServer

NO_WORKER = """
ServiceWorkerContainer.prototype.register = () => Promise.reject(new TypeError("no modules in workers"));
"""
SIGNED_OUT_ELSEWHERE = """
new Promise((resolve) => {
  const opened = indexedDB.open("gongdi-field");
  opened.onsuccess = () => {
    const tx = opened.result.transaction("settings", "readwrite");
    tx.objectStore("settings").put({ name: "current", value: null });
    tx.oncomplete = resolve;
  };
})
"""


ICONS = "fetch('/static/favicon.svg', { cache: 'no-store' }).then((answer) => answer.ok, () => false)"


def test_a_browser_without_a_worker_says_that_the_page_needs_a_network(make_phone: MakePhone, walk: Walk) -> None:
    phone = make_phone(script=NO_WORKER)
    phone.enter(walk.member)
    expect(phone.get("attention-list")).to_contain_text(words("home.alone"))

    phone.get("take-offline").click()

    expect(phone.page.locator(".take-says")).to_contain_text(words("home.alone"))
    expect(phone.page.locator(".survey-kept.good")).to_have_count(0)


def test_a_browser_that_runs_no_script_of_ours_is_told_what_to_do(phone: Phone, walk: Walk) -> None:
    phone.enter(walk.member)
    phone.installed()
    phone.page.evaluate("navigator.serviceWorker.ready.then((found) => found.unregister())")
    phone.page.route("**/field/app*.js", lambda route: route.abort())
    phone.page.goto(f"{phone.server.url}/field/", wait_until="commit")

    late = phone.page.locator(".field-late")
    expect(late).to_be_hidden()
    expect(late.get_by_role("link")).to_be_visible(timeout=15_000)


def test_a_page_that_comes_back_after_a_sign_out_elsewhere_shows_nothing(
    server: FieldServer, phone: Phone, walk: Walk
) -> None:
    phone.enter(walk.member)
    phone.front(walk.survey.pk)
    server.stop()
    phone.page.evaluate(SIGNED_OUT_ELSEWHERE)

    phone.page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")

    expect(phone.page.locator("[data-testid^=door-]")).to_have_count(0)
    expect(phone.page).to_have_url(f"{server.url}/field/")
    server.start()


def test_a_page_of_the_former_release_keeps_its_files_when_another_tab_takes_the_new_one(
    server: FieldServer, phone: Phone, walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.enter(walk.member)
    phone.installed()
    monkeypatch.setattr(field_shell, "_version", lambda: "without-a-file")
    files: Any = field_shell.field_files
    monkeypatch.setattr(field_shell, "field_files", lambda: [name for name in files() if name != "favicon.svg"])
    tab = phone.context.new_page()
    tab.goto(f"{server.url}/field/")
    tab.get_by_test_id("update-now").click()
    tab.wait_for_function("document.querySelector('meta[name=field]').content === 'without-a-file'")

    server.stop()

    assert phone.page.evaluate(ICONS)
    server.start()
