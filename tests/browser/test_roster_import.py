"""A community worker brings a roster in, in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from renovation.models import Household
from tests.browser.handles import picture
from tests.factories import PASSWORD, make_neighbourhood, make_user
from tests.renovation.roster_files import write_community_workbook


@pytest.fixture(autouse=True)
def files_of_their_own(settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.mark.parametrize("width", [360, 1440])
def test_a_roster_is_checked_and_then_imported(page: Page, live_server, tmp_path: Path, width: int) -> None:
    neighbourhood = make_neighbourhood(name="黄龙小区")
    make_user(username="worker")
    roster = write_community_workbook(tmp_path / "黄龙小区花名册.xlsx")
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{live_server.url}/neighbourhoods/{neighbourhood.pk}/roster/")
    page.get_by_test_id("login-username").fill("worker")
    page.get_by_test_id("login-password").fill(PASSWORD)
    page.get_by_test_id("login-submit").click()

    page.get_by_test_id("roster-file").set_input_files(roster)
    picture(page, f"roster-{width}")
    page.get_by_test_id("roster-check").click()

    expect(page.get_by_test_id("roster-status")).to_have_attribute("data-status", "done")
    expect(page.get_by_test_id("kpi-rejected")).to_have_text("2")
    expect(page.get_by_test_id("roster-problems").locator("[data-code=same_unit_twice]")).to_be_visible()
    picture(page, f"roster-check-{width}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert Household.objects.count() == 0

    page.get_by_test_id("roster-write-good").click()

    expect(page.get_by_test_id("kpi-created")).to_have_text("11")
    expect(page.get_by_test_id("roster-revert")).to_be_visible()
    picture(page, f"roster-done-{width}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert Household.objects.count() == 11
