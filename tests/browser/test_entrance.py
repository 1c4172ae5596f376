"""The pages that everybody meets first, with their scripts and styles as the policy lets them in."""

import re

import pytest
from playwright.sync_api import Page, expect


def test_a_visitor_is_led_to_the_sign_in_in_chinese_and_the_switch_sticks(page: Page, live_server):
    page.goto(live_server.url)

    expect(page.get_by_test_id("login-username")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", re.compile("zh"))

    page.get_by_test_id("language-switch").click()
    page.goto(live_server.url)

    expect(page.locator("html")).to_have_attribute("lang", "en")


@pytest.mark.parametrize("width", [360, 1440])
def test_the_sign_in_does_not_scroll_sideways(page: Page, live_server, width):
    page.set_viewport_size({"width": width, "height": 740})

    page.goto(live_server.url)

    expect(page.get_by_test_id("login-submit")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_back_offices_own_scripts_run(page: Page, live_server, django_user_model):
    django_user_model.objects.create_superuser(username="keeper", password="a long word")
    page.goto(f"{live_server.url}/admin/")
    page.get_by_test_id("login-username").fill("keeper")
    page.get_by_test_id("login-password").fill("a long word")

    page.get_by_test_id("login-submit").click()

    expect(page).to_have_url(f"{live_server.url}/admin/")
    page.wait_for_function("typeof window.Alpine == 'object'", timeout=5_000)
