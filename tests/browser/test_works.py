"""The pages of works in a browser: at both sizes and in both languages, and the acceptance with its warranties."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from renovation.models import Warranty
from tests.browser import looks
from tests.browser.built import Built, build
from tests.browser.handles import DESK, PHONE, enter, picture


def addresses(built: Built) -> dict[str, str]:
    home, settled, finished = (
        f"/neighbourhoods/{site.home.pk}/works/" for site in (built.home, built.settled, built.finished)
    )
    packages = f"{home}packages/"
    return {
        "works": home,
        "works-settled": settled,
        "works-late": finished,
        "package-running": f"{packages}{built.running.pk}/",
        "package-suspended": f"{packages}{built.suspended.pk}/",
        "package-accepted": f"{packages}{built.accepted.pk}/",
        "package-new": f"{packages}new/",
        "package-edit-begun": f"{packages}{built.running.pk}/edit/",
        "package-progress": f"{packages}{built.running.pk}/progress/",
        "package-suspend": f"{packages}{built.running.pk}/move/?to=suspended",
        "package-resume": f"{packages}{built.suspended.pk}/move/?to=running",
        "package-acceptance": f"{packages}{built.done.pk}/acceptance/",
        "change": f"{home}changes/{built.change.pk}/",
        "change-new": f"{home}changes/new/",
        "warranties": f"{finished}warranties/",
        "warranties-none": f"{settled}warranties/",
        "filing": f"{finished}filing/",
        "filing-not-yet": f"{home}filing/",
    }


@pytest.mark.parametrize(
    ("language", "size", "scheme"),
    [
        pytest.param("zh-hans", PHONE, "light", id="chinese-phone-light"),
        pytest.param("en", DESK, "dark", id="english-desk-dark"),
        pytest.param("zh-hans", DESK, "dark", id="chinese-desk-dark"),
        pytest.param("en", PHONE, "light", id="english-phone-light"),
    ],
)
def test_the_pages_of_works_can_be_used_and_read_by_everybody(
    page: Page, live_server: Any, language: str, size: dict[str, int], scheme: str
) -> None:
    built = build(language)
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)
    enter(page, live_server.url, built.home.official, language)
    found: dict[str, list[str]] = {}

    for name, address in addresses(built).items():
        page.goto(live_server.url + address)
        complaints = [
            *looks.sideways(page, size["width"]),
            *looks.cut_off(page),
            *looks.spilled(page),
            *looks.repeated_ids(page),
            *looks.foreign_words(page, language),
            # axe takes most of the time: once at each size, in each language.
            *(looks.barriers(page) if (language == "en") == (size is DESK) else ()),
        ]
        picture(page, f"{name}-{language}-{size['width']}")
        if complaints:
            found[name] = complaints

    assert found == {}


def test_the_law_fills_in_the_years_and_a_failed_check_asks_for_none(page: Page, live_server: Any) -> None:
    built = build("en")
    enter(page, live_server.url, built.home.official, "en")
    page.goto(f"{live_server.url}{addresses(built)['package-acceptance']}")
    kind, years = page.locator("select[data-least]"), page.locator("input[name^=years_]")

    kind.select_option("waterproofing")
    expect(years).to_have_value("5")
    kind.select_option("heating")
    expect(years).to_have_value("2")
    kind.select_option("structure")
    expect(years).to_have_value("")
    years.fill("8")
    kind.select_option("installation")
    expect(years).to_have_value("8")

    page.get_by_label("Not passed").check()
    expect(kind).to_be_hidden()
    page.get_by_label("Passed", exact=True).check()
    expect(kind).to_be_visible()
    page.get_by_label("Number of the report").fill("Report 9")
    for box in page.locator("[name=checklist], [name=attendees]").all():
        box.check()
    page.get_by_test_id("acceptance-save").click()

    expect(page.get_by_role("status")).to_contain_text("Accepted.")
    assert Warranty.objects.get(package=built.done).years == 8
