"""The pages of money in a browser: at both sizes and in both languages; a pledge recorded on a phone, and an award
taken to its end.
"""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from renovation.models import FundingEntry
from tests.browser import looks
from tests.browser.funded import TOLD_IN, Funded, fund
from tests.browser.handles import DESK, PHONE, enter, picture


def addresses(funded: Funded) -> dict[str, tuple[User, str]]:
    """Each page by a short name, with who looks at it."""
    here, there = (f"/neighbourhoods/{place.pk}/money/" for place in (funded.home, funded.empty))
    building = funded.doors[0].building_id

    def of(name: str) -> str:
        return f"{here}sources/{funded.sources[name].pk}/"

    return {
        "money": (funded.worker, here),
        "money-auditor": (funded.auditor, here),
        "money-none": (funded.official, there),
        "money-doors": (funded.worker, f"{of('residents')}?building={building}"),
        "money-buildings": (funded.auditor, of("residents")),
        "money-central": (funded.official, of("central")),
        "money-lift": (funded.official, of("lift")),
        "money-donors": (funded.auditor, of("donations")),
        "money-award": (funded.official, of("award")),
        "money-tranche": (funded.official, f"{here}tranches/{funded.tranche.pk}/"),
        "money-tranche-waits": (funded.official, f"{there}tranches/{funded.planned.pk}/"),
        "money-tranche-new": (funded.official, f"{of('award')}tranches/"),
        "money-item": (funded.auditor, f"{here}items/B03/"),
        "money-entries": (funded.auditor, f"{here}entries/"),
        "money-entries-none": (funded.auditor, f"{here}entries/?step=spent&item=U11"),
        "money-reversed": (funded.official, f"{here}entries/{funded.reversed.pk}/"),
        "money-reversal": (funded.official, f"{here}entries/{funded.reversal.pk}/"),
        "money-record": (funded.worker, f"{of('residents')}record/?step=committed"),
        "money-source-new": (funded.official, f"{here}sources/new/"),
        "money-source-edit": (funded.official, f"{of('lift')}edit/"),
    }


@pytest.mark.parametrize(
    ("language", "size", "scheme"),
    [
        pytest.param("zh-hans", PHONE, "light", id="chinese-phone-light"),
        pytest.param("en", DESK, "dark", id="english-desk-dark"),
        pytest.param("zh-hans", DESK, "light", id="chinese-desk-light"),
        pytest.param("en", PHONE, "dark", id="english-phone-dark"),
    ],
)
def test_the_pages_of_money_can_be_used_and_read_by_everybody(
    page: Page, live_server: Any, language: str, size: dict[str, int], scheme: str
) -> None:
    funded = fund(language)
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)
    found: dict[str, list[str]] = {}

    signed_in = None
    for name, (user, address) in sorted(addresses(funded).items(), key=lambda entry: entry[1][0].pk):
        if user != signed_in:
            enter(page, live_server.url, user, language)
            signed_in = user
        page.goto(live_server.url + address)
        page.wait_for_load_state()
        picture(page, f"{name}-{language}-{size['width']}")
        complaints = [
            *looks.sideways(page, size["width"]),
            *looks.cut_off(page),
            *looks.repeated_ids(page),
            *looks.foreign_words(page, language),
            # axe takes most of the time: once at each size, in each language.
            *(looks.barriers(page) if (language == "en") == (size is DESK) else ()),
        ]
        if complaints:
            found[name] = complaints
        assert page.locator("[data-kind='main']").count() <= 1, name

    assert found == {}


def test_a_pledge_is_recorded_on_a_phone_and_opens_from_its_figure(page: Page, live_server: Any) -> None:
    funded = fund("en")
    page.set_viewport_size(PHONE)
    enter(page, live_server.url, funded.worker, "en")
    door = funded.doors[7]

    page.goto(f"{live_server.url}/neighbourhoods/{funded.home.pk}/money/")
    expect(page.get_by_test_id("residents-share")).to_contain_text("residents have ¥30,000.00 still to commit")
    page.get_by_role("link", name="Households", exact=True).first.click()
    page.get_by_test_id(f"group-{door.building_id}").get_by_role("link").click()
    page.get_by_test_id(f"door-{door.pk}").get_by_role("link", name="Record a pledge").click()
    expect(page.get_by_test_id("entry-door")).to_have_value("1-1-402")
    expect(page.get_by_test_id("entry-amount")).to_have_value("10000.00")
    page.get_by_test_id("entry-document").fill("Pledge 7")
    page.get_by_test_id("entry-save").click()
    expect(page.get_by_role("status")).to_contain_text("Recorded: Committed, ¥10,000.00.")

    expect(page.get_by_test_id("money-committed")).to_have_text("¥80,000.00")
    page.goto(f"{live_server.url}/neighbourhoods/{funded.home.pk}/money/")
    row = page.get_by_test_id(f"source-{funded.sources['residents'].pk}")
    row.get_by_role("link", name="80,000.00").click()
    expect(page.get_by_test_id("entries-total")).to_have_text("80,000.00")
    page.get_by_role("link", name="Pledge 7").click()
    expect(page.get_by_test_id("entry-amount")).to_have_text("¥10,000.00")
    assert FundingEntry.objects.get(document="Pledge 7").household == door


def test_an_award_is_approved_and_paid_with_nothing_but_the_keyboard(page: Page, live_server: Any) -> None:
    funded = fund("zh-hans")
    page.set_viewport_size(DESK)
    enter(page, live_server.url, funded.official, "zh-hans")
    page.goto(f"{live_server.url}/neighbourhoods/{funded.home.pk}/money/tranches/{funded.tranche.pk}/")

    for state in ("approved", "paid"):
        page.get_by_test_id("tranche-document").focus()
        page.keyboard.type(TOLD_IN["zh-hans"]["document"])
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("tranche-state")).to_have_attribute("data-state", state)

    assert FundingEntry.objects.get(tranche=funded.tranche).amount == funded.tranche.amount
