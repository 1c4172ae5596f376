"""Every field view, in the states that it has: nobody is kept out, nothing is cut off, all in the page's language."""

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from tests.browser import looks
from tests.browser.field.conftest import MakePhone
from tests.browser.field.phone import Phone
from tests.browser.field.server import FieldServer, problem
from tests.browser.handles import DESK, PHONE, picture
from tests.browser.test_pages import TOLD_IN, make_site


class Inspection:
    """Looks at one view after the other and keeps what is wrong with each."""

    def __init__(self, phone: Phone, language: str, width: int, scheme: str) -> None:
        self.phone, self.language, self.width, self.scheme = phone, language, width, scheme
        self.found: dict[str, list[str]] = {}

    def look(self, name: str) -> None:
        page = self.phone.page
        complaints = [
            *looks.sideways(page, self.width),
            *looks.cut_off(page),
            *looks.spilled(page),
            *looks.repeated_ids(page),
            *looks.foreign_words(page, self.language),
            *looks.barriers(page),
        ]
        if self.width == PHONE["width"]:
            complaints += looks.small_targets(page)
        # Those for docs/field.md have the bare name.
        is_for_docs = (self.language, self.width, self.scheme) == ("zh-hans", PHONE["width"], "light")
        page.evaluate("document.getElementById('main').scrollTo(0, 0)")
        picture(
            page,
            name if is_for_docs else f"{name}-{self.language}-{self.width}-{self.scheme}",
            full_page=not is_for_docs,
        )
        if complaints:
            self.found[name] = complaints


@pytest.mark.parametrize(
    ("language", "size", "scheme"),
    [
        pytest.param("zh-hans", PHONE, "light", id="chinese-phone-light"),
        pytest.param("en", PHONE, "dark", id="english-phone-dark"),
        pytest.param("zh-hans", DESK, "dark", id="chinese-desk-dark"),
        pytest.param("en", DESK, "light", id="english-desk-light"),
    ],
)
def test_every_field_view_can_be_used_and_read_by_everybody(
    server: FieldServer, make_phone: MakePhone, language: str, size: dict[str, int], scheme: str
) -> None:
    site, told = make_site(language), TOLD_IN[language]
    due = [site.doors[place].pk for place in (22, 23, 24, 26, 30)]
    survey = f"/field/surveys/{site.survey.pk}"
    is_phone = size == PHONE
    phone = make_phone(viewport=size, has_touch=is_phone, is_mobile=is_phone, color_scheme=scheme)
    page = phone.page
    inspection = Inspection(phone, language, size["width"], scheme)

    phone.enter(site.worker, language)
    inspection.look("field-home-new")
    phone.take_offline()
    inspection.look("field-home")
    phone.front(site.survey.pk, site.doors[22].building_id)
    inspection.look("field-building")

    # A sheet: empty, with everything that a yes brings, and with what is missing said.
    phone.go(f"{survey}/doors/{due[0]}/")
    expect(phone.get("save-visit")).to_be_visible()
    inspection.look("field-sheet-new")
    phone.fill("supports", commitments=["convention"], note=told["note"])
    inspection.look("field-sheet")
    phone.get("respondent-tenant").check()
    phone.get("save-visit").click()
    expect(page.locator(".error").first).to_be_visible()
    inspection.look("field-sheet-incomplete")

    # A door that this round does not visit, a visit that is corrected, a name and a telephone number that are opened.
    phone.go(f"{survey}/doors/{site.doors[0].pk}/")
    expect(phone.get("save-visit")).to_be_visible()
    inspection.look("field-sheet-out")
    visit = site.survey.visits.get(door__household=due[0])
    phone.go(f"{survey}/doors/{due[0]}/?correct={visit.client_id}")
    expect(phone.get("outcome-supports")).to_be_checked()
    inspection.look("field-sheet-correct")
    page.locator(".reveal").click()
    expect(page.locator("a[href^='tel:']")).to_have_count(2)
    inspection.look("field-sheet-revealed")

    # Without a network.
    phone.go(f"{survey}/doors/{due[0]}/")
    phone.cut_off()
    phone.fill("supports")
    phone.get("respondent-owner").check()
    phone.get("party-grid").check()
    phone.save()
    inspection.look("field-saved")
    for household, outcome in ((due[1], "not_yet"), (due[3], "no_answer")):
        phone.go(f"{survey}/doors/{household}/")
        phone.get("party-grid").check()
        phone.fill(outcome)
        phone.save()
    phone.home()
    phone.says("offline", pending=3)
    inspection.look("field-offline")
    phone.go("/field/waiting/")
    expect(page.locator("[data-testid^=record-][data-state]")).to_have_count(3)
    inspection.look("field-waiting")
    phone.go(f"{survey}/search/?search=01")
    phone.get("search-doors").fill("01")
    inspection.look("field-search")
    phone.get("search-doors").fill("9999")
    inspection.look("field-search-none")
    phone.go(f"{survey}/evening/")
    expect(phone.get("evening-list")).to_be_visible()
    inspection.look("field-evening")
    phone.go(f"/field/surveys/{site.survey.pk + 1000}/")
    expect(page.locator("main strong").first).to_be_visible()
    inspection.look("field-not-here")

    # Back again, and the server refuses one of the three.
    phone.go("/field/waiting/")
    server.fail_about(due[1], problem("409 Conflict", title="", code="conflict", detail=told["reason"]))
    phone.reach()
    phone.get("sync-now").click()
    expect(page.locator("[data-testid^=record-][data-state=refused]")).to_have_count(1)
    expect(page.locator("[data-testid^=record-][data-state=recorded]")).to_have_count(2)
    inspection.look("field-refused")
    page.locator("[data-testid^=record-][data-state=refused]").get_by_test_id("record-delete").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    inspection.look("field-delete")
    page.keyboard.press("Escape")
    phone.home()
    inspection.look("field-attention")
    phone.go(f"{survey}/doors/{due[1]}/")
    expect(phone.get("save-visit")).to_be_visible()
    inspection.look("field-sheet-again")

    Session.objects.all().delete()
    phone.home()
    phone.says("attention")
    inspection.look("field-signed-out")
    page.locator(".home-account summary").click()
    inspection.look("field-account")
    phone.get("sign-out").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    inspection.look("field-sign-out")

    assert inspection.found == {}
