"""A phone that refuses to keep anything, one that is full, one that is four days late, and a page that was replaced."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from consent.models import Visit
from consent.pages import field_shell
from tests.browser.field.conftest import MakePhone, Walk, make_walk
from tests.browser.field.phone import Phone, words
from tests.browser.field.server import FieldServer
from tests.browser.field.test_people import stored
from tests.browser.handles import picture

# Private windows of some browsers, and settings that block site data, answer so.
REFUSES = """
IDBFactory.prototype.open = function () { throw new DOMException("The operation is insecure.", "SecurityError"); };
"""
# A disk that is full says it when something is written, and only then.
FILLS_UP = """
const put = IDBObjectStore.prototype.put;
IDBObjectStore.prototype.put = function (...row) {
  if (sessionStorage.getItem("disk") === "full") throw new DOMException("No space left.", "QuotaExceededError");
  return put.apply(this, row);
};
"""

VERSION = "document.querySelector('meta[name=field]').content"


def test_a_phone_that_refuses_storage_says_so_and_sends_at_once(
    server: FieldServer, make_phone: MakePhone, walk: Walk
) -> None:
    phone = make_phone(script=REFUSES)
    first, second = walk.doors[0].pk, walk.doors[1].pk
    phone.enter(walk.member)

    expect(phone.get("attention-list")).to_contain_text(words("home.storage"))
    picture(phone.page, "field-storage-refused")
    phone.get(f"survey-{walk.survey.pk}").click()
    phone.log(first, "supports")
    phone.waits(0)
    assert walk.outcomes() == {first: "supports"}

    # Without a network it is held in memory only; the page says that, too, and sends it when it can.
    phone.cut_off()
    phone.log(second, "no_answer")
    phone.says("attention", pending=1)
    phone.reach()
    phone.waits(0)
    assert walk.outcomes() == {first: "supports", second: "no_answer"}


def test_a_full_disk_keeps_the_sheet_and_says_what_happened(
    server: FieldServer, make_phone: MakePhone, walk: Walk
) -> None:
    phone = make_phone(script=FILLS_UP)
    door = walk.doors[0].pk
    phone.enter(walk.member)
    phone.take_offline()
    phone.cut_off()
    phone.front(walk.survey.pk)
    phone.open_door(door)
    phone.page.evaluate("sessionStorage.setItem('disk', 'full')")

    phone.fill("not_yet", note="先修排水")
    phone.get("save-visit").click()

    expect(phone.page.get_by_role("alert").filter(has_text=words("sheet.storage_full"))).to_be_visible()
    picture(phone.page, "field-disk-full")
    expect(phone.get("outcome-not_yet")).to_be_checked()
    expect(phone.get("note")).to_have_value("先修排水")
    phone.waits(0)
    phone.page.evaluate("sessionStorage.removeItem('disk')")
    phone.save()
    phone.waits(1)
    phone.reach()
    phone.says("synced", pending=0)
    assert walk.outcomes() == {door: "not_yet"}


def test_after_72_hours_the_doors_are_gone_and_what_waits_is_still_there(
    server: FieldServer, phone: Phone, walk: Walk
) -> None:
    first, second = walk.doors[0].pk, walk.doors[1].pk
    phone.enter(walk.member)
    phone.take_offline()
    phone.front(walk.survey.pk)
    phone.log(first, "supports")
    phone.says("synced", pending=0)
    phone.cut_off()
    phone.log(second, "no_answer")
    phone.waits(1)
    before = stored(phone.page)
    assert (len(before["packs"]), len(before["records"])) == (1, 2)

    phone.close()
    phone.open(offline=True)
    phone.context.clock.set_fixed_time(timezone.now() + timedelta(hours=71))
    phone.home()
    assert len(stored(phone.page)["packs"]) == 1
    phone.context.clock.set_fixed_time(timezone.now() + timedelta(hours=73))
    phone.home()
    phone.waits(1)

    after = stored(phone.page)
    assert (len(after["packs"]), len(after["records"])) == (0, 1)
    phone.go("/field/waiting/")
    expect(phone.page.locator("[data-testid^=record-][data-state=waiting]")).to_have_count(1)
    phone.reopen()
    phone.home()
    phone.says("synced", pending=0)
    assert walk.outcomes() == {first: "supports", second: "no_answer"}


def test_one_building_taken_along_brings_only_its_doors(server: FieldServer, phone: Phone) -> None:
    walk = make_walk(buildings=3, floors=3)
    taken, *left = walk.buildings
    phone.enter(walk.member)
    phone.page.locator(".survey-take summary").click()
    for building in left:
        phone.get(f"take-{building}").uncheck()
    phone.take_offline()

    phone.cut_off()

    phone.front(walk.survey.pk, taken)
    expect(phone.page.locator("[data-testid^=door-]")).to_have_count(3)
    for building in left:
        phone.go(f"/field/surveys/{walk.survey.pk}/?building={building}")
        expect(phone.page.locator("[data-testid^=door-]")).to_have_count(0)


@pytest.fixture
def deploy(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A new version of the page on the server: another version of the shell, with other words in it."""

    def release(name: str) -> None:
        words = field_shell.texts

        def other_words() -> dict[str, Any]:
            return {**words(), "app.name": name}

        monkeypatch.setattr(field_shell, "texts", other_words)
        monkeypatch.setattr(field_shell, "_version", lambda: "released-after")
        field_shell._rendered.cache_clear()

    yield release
    field_shell._rendered.cache_clear()


def test_a_deploy_meanwhile_loses_nothing_and_the_new_page_comes_when_asked_for(
    server: FieldServer, phone: Phone, walk: Walk, deploy: Any
) -> None:
    door = walk.doors[0].pk
    phone.enter(walk.member)
    phone.take_offline()
    phone.cut_off()
    phone.front(walk.survey.pk)
    phone.log(door, "supports")
    old = phone.page.evaluate(VERSION)

    deploy("共缔二")
    # Still without a network: the old page goes on.
    phone.reopen(offline=True)
    phone.front(walk.survey.pk)
    assert phone.page.evaluate(VERSION) == old
    phone.waits(1)
    phone.reach()
    phone.home()
    phone.says("synced", pending=0)
    assert walk.outcomes() == {door: "supports"}
    assert phone.page.evaluate(VERSION) == old

    # A sheet is open when the new page is asked for.
    phone.front(walk.survey.pk)
    phone.open_door(walk.doors[1].pk)
    phone.fill("not_yet", note="先修排水")
    expect(phone.get("update-now")).to_be_visible()
    picture(phone.page, "field-update")
    phone.get("update-now").click()
    phone.page.wait_for_function(f"{VERSION} === 'released-after'")
    expect(phone.get("outcome-not_yet")).to_be_checked()
    expect(phone.get("note")).to_have_value("先修排水")
    assert Visit.objects.count() == 1
