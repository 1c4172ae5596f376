"""A visit and the end of a round with nothing but a keyboard, the focus always in sight."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from consent.models import Visit
from consent.services.surveys import open_survey
from tests.browser.handles import PHONE, enter
from tests.cast import Cast
from tests.consent.casts import make_policy
from tests.factories import make_menu_edition

# What has the focus: its handle, whether it is marked, and whether it, or the label that stands for it, is what one
# sees at its middle rather than a bar that lies over it.
FOCUS = """
() => {
  const one = document.activeElement;
  const shown = one.matches("[type=checkbox], [type=radio]") && one.closest("label") || one;
  const box = shown.getBoundingClientRect();
  const seen = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height / 2, 20));
  const marked = [one, shown].some(each => getComputedStyle(each).outlineStyle !== "none");
  return {handle: one.dataset.testid || one.name || one.id, marked, seen: !!seen && (shown.contains(seen))};
}
"""


def tab_to(page: Page, handle: str, *, key: str = "Tab", most: int = 90) -> None:
    """Go on until the element has the focus; every stop on the way must be marked and in sight."""
    for _step in range(most):
        page.keyboard.press(key)
        focus: dict[str, Any] = page.evaluate(FOCUS)
        if focus["handle"]:
            assert focus["marked"], f"{focus['handle']} has the focus and does not show it"
            assert focus["seen"], f"{focus['handle']} has the focus and is covered"
        if focus["handle"] == handle:
            return
    pytest.fail(f"The keyboard does not reach {handle}")


@pytest.mark.parametrize("size", [PHONE, {"width": 1440, "height": 900}], ids=["phone", "desk"])
def test_a_door_and_the_end_of_a_round_need_no_pointer(
    page: Page, live_server: Any, cast: Cast, community_worker: User, size: dict[str, int]
) -> None:
    make_policy()
    make_menu_edition()
    survey = open_survey(neighbourhood=cast.home, title="嘉明花园征询", closes_on=None, by=community_worker)
    page.set_viewport_size(size)
    enter(page, live_server.url, community_worker)

    page.goto(f"{live_server.url}/field/surveys/{survey.pk}/")
    expect(page.get_by_test_id("next-door")).to_be_visible()
    tab_to(page, "next-door")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("save-visit")).to_be_visible()

    # A group of choices is one stop; arrows move in it.
    tab_to(page, "outcome-supports")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id("outcome-not_yet")).to_be_checked()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_test_id("outcome-supports")).to_be_checked()
    tab_to(page, "given-signed")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id("given-thumbprint")).to_be_checked()
    tab_to(page, "respondent-owner")
    page.keyboard.press("Space")
    for box in ("party-owners_committee", "commitment-convention", "menu-B03", "reason-cost"):
        tab_to(page, box)
        page.keyboard.press("Space")
        expect(page.get_by_test_id(box)).to_be_checked()
    tab_to(page, "note")
    page.keyboard.type("paid by the owner")
    tab_to(page, "save-visit")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("receipt-code")).to_be_visible()  # sent, and recorded

    visit = Visit.objects.get()
    assert (visit.outcome, visit.given, visit.respondent) == ("supports", "thumbprint", "owner")
    assert (visit.menu_items, visit.reasons, visit.private.note) == (["B03"], ["cost"], "paid by the owner")

    page.goto(f"{live_server.url}/surveys/{survey.pk}/")
    tab_to(page, "reason")
    page.keyboard.type("nobody at home")
    tab_to(page, "round-close")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("3 户")
    assert survey.rounds.get(number=1).close_reason == "nobody at home"


def test_the_first_stop_leads_past_the_bar_to_the_content(
    page: Page, live_server: Any, cast: Cast, community_worker: User
) -> None:
    enter(page, live_server.url, community_worker)
    page.goto(f"{live_server.url}/neighbourhoods/{cast.home.pk}/")

    page.keyboard.press("Tab")
    expect(page.locator("a.skip")).to_be_focused()
    expect(page.locator("a.skip")).to_be_in_viewport()
    page.keyboard.press("Enter")

    expect(page.locator("main")).to_be_focused()
