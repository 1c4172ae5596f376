"""The pages of the handover in a browser: at both sizes and in both languages, and signing by clicks."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from governance.models import Handover, ServiceWithdrawal
from tests.browser import looks
from tests.browser.handed import TOLD_IN, Handed, hand_over
from tests.browser.handles import DESK, PHONE, enter, picture


def addresses(handed: Handed) -> dict[str, str]:
    prepared, signed, bare = (
        f"/neighbourhoods/{one.pk}/handover/" for one in (handed.prepared, handed.signed, handed.bare)
    )
    here = f"{prepared}{handed.handover.pk}/"
    return {
        "handover": prepared,
        "handover-signed": signed,
        "handover-none": bare,
        "handover-new-nobody": f"{bare}new/",
        "handover-new": f"{signed}new/",
        "handover-edit": f"{here}edit/",
        "handover-items": f"{here}items/",
        "handover-asset-new": f"{here}assets/new/",
        "handover-asset": f"{prepared}assets/{handed.asset.pk}/",
        "handover-sign": f"{here}sign/manager/",
        "handover-print": f"{here}print/",
        "handover-print-signed": f"{signed}{handed.finished.pk}/print/",
        "service-new": f"{signed}services/new/",
        "service-new-too-early": f"{prepared}services/new/",
        "service-ready": f"{signed}services/{handed.ready.pk}/",
        "service-waiting": f"{signed}services/{handed.waiting.pk}/",
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
def test_the_pages_of_the_handover_can_be_used_and_read_by_everybody(
    page: Page, live_server: Any, language: str, size: dict[str, int], scheme: str
) -> None:
    handed = hand_over(language)
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)
    enter(page, live_server.url, handed.worker, language)
    found: dict[str, list[str]] = {}

    for name, address in addresses(handed).items():
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


def test_the_last_signatures_are_recorded_and_a_service_ends_by_clicks(page: Page, live_server: Any) -> None:
    handed, told = hand_over("en"), TOLD_IN["en"]
    enter(page, live_server.url, handed.worker, "en")
    page.goto(live_server.url + addresses(handed)["handover"])

    for party, name in (("manager", told["manager"]), ("community", told["worker"])):
        page.get_by_test_id(f"sign-{party}").click()
        page.get_by_test_id("sign-name").fill(name)
        page.get_by_test_id("sign-save").click()
        expect(page.get_by_test_id(f"party-{party}")).to_have_attribute("data-signed", "true")

    expect(page.get_by_test_id("handover-state")).to_have_attribute("data-state", "signed")
    assert Handover.objects.get(pk=handed.handover.pk).state == "signed"
    page.goto(live_server.url + addresses(handed)["service-ready"])
    page.get_by_test_id("withdraw").click()
    expect(page.get_by_test_id("withdrawal-state")).to_have_attribute("data-state", "withdrawn")
    assert ServiceWithdrawal.objects.get(pk=handed.ready.pk).state == "withdrawn"
