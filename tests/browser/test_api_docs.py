from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer


def test_the_browsable_docs_show_the_resources(page: Page, live_server: LiveServer) -> None:
    page.goto(f"{live_server.url}/api/docs/")

    expect(page.locator("#operations-tag-households")).to_be_visible(timeout=20_000)
    assert page.locator(".opblock-tag").count() > 25
    page.locator("#operations-tag-surveys").click()
    expect(page.locator(".opblock").nth(15)).to_be_visible(timeout=20_000)
    expect(page.get_by_text("OAS 3.1")).to_be_visible()
