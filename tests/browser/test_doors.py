"""The work at a door, on a phone."""

import pytest
from playwright.sync_api import Page, expect

from accounts.choices import Role
from consent.models import Visit
from tests.consent.casts import make_survey
from tests.factories import PASSWORD, make_user


@pytest.fixture
def survey():
    return make_survey()[0]


@pytest.fixture
def worker(page: Page, live_server, survey):
    """A community worker, signed in on a phone."""
    worker = make_user(Role.COMMUNITY_STAFF, username="hedan")
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(live_server.url)
    page.get_by_test_id("login-username").fill("hedan")
    page.get_by_test_id("login-password").fill(PASSWORD)
    page.get_by_test_id("login-submit").click()
    return worker


def test_a_door_is_logged_with_a_signature_and_the_next_one_offered(page: Page, live_server, survey, worker):
    first, second = survey.doors.order_by("pk")[:2]
    page.goto(f"{live_server.url}/field/")
    page.get_by_test_id(f"survey-{survey.pk}").click()
    page.get_by_test_id(f"door-{first.household_id}").click()

    expect(page.get_by_test_id("given-signed")).to_be_hidden()
    page.get_by_test_id("outcome-supports").check()
    page.get_by_test_id("given-signed").check()
    page.get_by_test_id("respondent-owner").check()
    page.get_by_test_id("party-owners_committee").check()
    page.get_by_test_id("commitment-convention").check()
    page.get_by_test_id("menu-U11").check()
    page.get_by_test_id("reason-cost").check()
    pad = page.get_by_test_id("signature")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 60, steps=5)
    page.mouse.up()
    page.get_by_test_id("save-visit").click()

    expect(page.get_by_test_id("next-door")).to_have_attribute(
        "href", f"/field/surveys/{survey.pk}/doors/{second.household_id}/"
    )
    expect(page.get_by_test_id("receipt-code")).not_to_be_empty()
    visit = Visit.objects.get()
    expect(page.get_by_test_id("receipt-code")).to_have_text(visit.private.receipt_code)
    assert visit.private.signature is not None
    assert visit.menu_items == ["U11"]
    saved = page.get_by_test_id(f"door-{first.household_id}")
    expect(saved).to_have_attribute("data-stance", "supports")
    expect(saved).to_have_attribute("data-given", "signed")


def test_a_signature_survives_a_sheet_that_lacks_something(page: Page, live_server, survey, worker):
    door = survey.doors.order_by("pk").first()
    page.goto(f"{live_server.url}/field/surveys/{survey.pk}/doors/{door.household_id}/")
    page.get_by_test_id("outcome-not_yet").check()
    page.get_by_test_id("party-owners_committee").check()
    pad = page.get_by_test_id("signature")
    pad.click(position={"x": 40, "y": 40})
    signed = pad.evaluate("one => one.toDataURL()")

    page.get_by_test_id("save-visit").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    assert pad.evaluate("one => one.toDataURL()") == signed
    page.get_by_test_id("respondent-owner").check()
    page.get_by_test_id("save-visit").click()

    expect(page.get_by_test_id("receipt-code")).not_to_be_empty()
    assert Visit.objects.get().private.signature is not None
