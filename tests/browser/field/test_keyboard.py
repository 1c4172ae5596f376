"""The doors without a pointer and without a screen: from the start to a saved door."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.field.conftest import MakePhone, Walk
from tests.browser.field.phone import Phone, words
from tests.browser.field.server import FieldServer
from tests.browser.handles import DESK, PHONE
from tests.browser.test_keyboard import tab_to


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_from_the_start_to_a_saved_door_with_nothing_but_a_keyboard(
    server: FieldServer, make_phone: MakePhone, walk: Walk, size: dict[str, int]
) -> None:
    phone = make_phone(viewport=size, has_touch=False, is_mobile=False)
    page = phone.page
    phone.enter(walk.member)
    phone.installed()

    tab_to(page, "take-offline")
    page.keyboard.press("Enter")
    expect(page.locator(".survey-kept.good")).to_be_visible()
    phone.cut_off()
    tab_to(page, f"survey-{walk.survey.pk}")
    page.keyboard.press("Enter")
    expect(phone.get("next-door")).to_be_visible()
    tab_to(page, "next-door")
    page.keyboard.press("Enter")
    expect(phone.get("save-visit")).to_be_visible()

    # A group of choices is one stop; arrows move in it.
    tab_to(page, "outcome-supports")
    page.keyboard.press("Space")
    expect(phone.get("outcome-supports")).to_be_checked()
    page.keyboard.press("ArrowRight")
    expect(phone.get("outcome-not_yet")).to_be_checked()
    tab_to(page, "respondent-owner")
    page.keyboard.press("Space")
    tab_to(page, "reason-cost")
    page.keyboard.press("Space")
    expect(phone.get("reason-cost")).to_be_checked()
    tab_to(page, "note")
    page.keyboard.type("先修排水")
    tab_to(page, "save-visit")
    page.keyboard.press("Enter")
    expect(phone.get("undo")).to_be_visible()
    phone.waits(1)
    tab_to(page, "sync-now", key="Shift+Tab")
    phone.reach()
    page.keyboard.press("Enter")
    phone.says("synced", pending=0)

    assert walk.outcomes() == {walk.doors[0].pk: "not_yet"}


def test_a_screen_reader_is_told_where_it_is_what_is_asked_and_what_was_saved(
    server: FieldServer, phone: Phone, walk: Walk
) -> None:
    page = phone.page
    phone.enter(walk.member)
    phone.take_offline()
    phone.cut_off()
    page.get_by_test_id(f"survey-{walk.survey.pk}").click()
    # A view that was drawn in place says so as a page that was loaded would: by its title, and by where the focus is.
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_be_focused()
    expect(page).to_have_title(re.compile("1 号楼"))
    door = page.get_by_test_id(f"door-{walk.doors[0].pk}")
    expect(door).to_have_accessible_name(re.compile(f"101.*{words('stance.not_visited')}"))
    door.click()
    expect(heading).to_be_focused()
    expect(heading).to_contain_text("101")
    expect(page).to_have_title(re.compile("101"))

    # Each group of choices has a name, and each choice one of its own.
    for group, handle in (("结果", "outcome-not_yet"), ("陪同|到场|同行|入户人", "party-owners_committee")):
        named = page.get_by_role("group", name=re.compile(group)).or_(
            page.get_by_role("radiogroup", name=re.compile(group))
        )
        expect(named.get_by_test_id(handle)).to_have_count(1)
        expect(page.get_by_test_id(handle)).to_have_accessible_name(re.compile("."))
    # What is missing is told at once, and the focus goes to it.
    phone.get("save-visit").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    assert page.evaluate("document.activeElement !== document.body")
    phone.fill("not_yet")
    phone.get("save-visit").click()

    expect(page.get_by_role("status").filter(has_text="101").first).to_be_visible()
    expect(door).to_have_accessible_name(re.compile(f"101.*{words('stance.not_yet')}"))
    expect(phone.sync_state).to_have_accessible_name(re.compile("1"))
