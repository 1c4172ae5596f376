"""Sheets that were begun at a door where something else is saved meanwhile."""

from playwright.sync_api import expect

from consent.models import Visit
from tests.browser.field.conftest import Walk
from tests.browser.field.phone import Phone
from tests.browser.field.server import FieldServer
from tests.browser.field.test_people import stored


def test_a_correction_saved_as_it_stands_leaves_another_sheet_of_the_door(
    server: FieldServer, phone: Phone, walk: Walk
) -> None:
    door = walk.doors[0].pk
    phone.enter(walk.member)
    phone.front(walk.survey.pk)
    phone.log(door, "opposes")
    phone.says("synced", pending=0)
    first = Visit.objects.get()
    phone.open_door(door)
    phone.fill("not_yet", note="明天再说")
    phone.page.locator(".save-bar .leave").click()
    expect(phone.door(door)).to_be_visible()

    phone.go(f"/field/surveys/{walk.survey.pk}/doors/{door}/?correct={first.client_id}")
    expect(phone.get("outcome-opposes")).to_be_checked()
    other = phone.page.locator(".sheet-notes a")
    expect(other).to_be_visible()
    phone.save()
    phone.says("synced", pending=0)
    phone.go(f"/field/surveys/{walk.survey.pk}/doors/{door}/?correct={Visit.objects.latest('sequence').client_id}")
    other.click()

    expect(phone.get("outcome-not_yet")).to_be_checked()
    expect(phone.get("note")).to_have_value("明天再说")


def test_signing_out_on_another_page_warns_of_a_sheet_that_was_begun(phone: Phone, walk: Walk) -> None:
    phone.enter(walk.member)
    phone.front(walk.survey.pk)
    phone.open_door(walk.doors[0].pk)
    phone.fill("not_yet")
    phone.page.locator(".save-bar .leave").click()
    expect(phone.door(walk.doors[0].pk)).to_be_visible()
    phone.go("/accounts/logout/")
    leave = phone.page.locator("main form[data-sign-out] button[type=submit]")

    leave.click()
    warning = phone.page.locator("main [data-unsent]")
    expect(warning).to_be_visible()
    expect(warning.locator("[data-lost=sheets] strong")).to_have_text("1")
    expect(warning.locator("[data-lost=visits]")).to_be_hidden()

    leave.click()
    expect(warning).to_have_count(0)
    assert stored(phone.page)["drafts"] == []
