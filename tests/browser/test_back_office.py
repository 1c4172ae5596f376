"""The back office in a real browser: its scripts under the content policy, its filters, its widths."""

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.choices import Role
from tests.factories import PASSWORD, make_household, make_neighbourhood, make_user

LISTS = (
    "",
    "renovation/household/",
    "accounts/user/",
    "consent/consentpolicy/add/",
    "accounts/apiclient/add/",
    "renovation/menuedition/",
    "renovation/menuedition/replace/",
)


@pytest.fixture
def back_office(page: Page, live_server) -> Page:
    """An administrator, signed in by the site's own page and led on to where they wanted to go."""
    make_user(Role.ADMIN, "4205", username="keeper")
    page.goto(f"{live_server.url}/admin/renovation/household/")
    page.get_by_test_id("login-username").fill("keeper")
    page.get_by_test_id("login-password").fill(PASSWORD)
    page.get_by_test_id("login-submit").click()
    expect(page).to_have_url(f"{live_server.url}/admin/renovation/household/")
    return page


def test_a_list_is_narrowed_to_a_neighbourhood_that_is_looked_up(back_office, live_server):
    here, there = make_neighbourhood(name="嘉明花园"), make_neighbourhood(name="宜港小区")
    make_household(neighbourhood=here, unit_number="101")
    make_household(neighbourhood=there, unit_number="202")
    back_office.reload()
    expect(back_office.locator("#result_list tbody tr")).to_have_count(2)

    back_office.locator("#changelist a", has_text=re.compile("过滤器|筛选|Filters")).first.click()
    back_office.locator(".select2-selection").first.click()
    back_office.locator(".select2-search__field").fill("宜港")
    back_office.locator(".select2-results__option", has_text="宜港小区").click()
    back_office.get_by_text(re.compile("应用筛选|Apply Filters")).click()

    expect(back_office).to_have_url(re.compile(f"neighbourhood__id__exact={there.pk}"))
    expect(back_office.locator("#result_list tbody tr")).to_have_count(1)
    expect(back_office.locator("#result_list tbody")).to_contain_text("202")


@pytest.mark.parametrize("width", [360, 1440])
def test_no_page_scrolls_sideways(back_office, live_server, width):
    make_household(unit_number="101", head_name="周敏")
    back_office.set_viewport_size({"width": width, "height": 740})

    for name in LISTS:
        back_office.goto(f"{live_server.url}/admin/{name}")
        assert back_office.evaluate("document.documentElement.scrollWidth") <= width, name


def test_the_switch_speaks_english_and_sticks(back_office, live_server):
    back_office.set_viewport_size({"width": 1440, "height": 900})
    back_office.goto(f"{live_server.url}/admin/")

    back_office.locator("#nav-sidebar").get_by_text("keeper").click()
    back_office.get_by_role("button", name="English").click()

    expect(back_office.locator("html")).to_have_attribute("lang", "en")
    back_office.goto(f"{live_server.url}/admin/renovation/household/")
    expect(back_office.locator("html")).to_have_attribute("lang", "en")
