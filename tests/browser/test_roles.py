"""Each role sees what it may; what it may not is not offered, and asking for it anyway is refused with a page."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from consent.models import Survey, Visit
from consent.services.rounds import close_round
from consent.services.surveys import close_survey, open_survey
from consent.services.visits import record_visits
from tests.browser.handles import PHONE, enter, picture, refusal_at, sign_in, stance_of, visit_door
from tests.cast import Cast
from tests.consent.casts import a_visit, make_policy
from tests.factories import make_menu_edition

FORBIDDEN, NOTHING_HERE = "您可以看，但不能操作", "这扇门后没有内容"


@pytest.fixture
def survey(cast: Cast, community_worker: User) -> Survey:
    """In round 1; building 1 is in the grid worker's grid, building 2 in the next."""
    make_policy()
    make_menu_edition()
    return open_survey(neighbourhood=cast.home, title="嘉明花园征询", closes_on=None, by=community_worker)


def expect_refusal(page: Page, address: str, status: int, heading: str) -> None:
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == status
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    expect(page.get_by_role("link", name="回到我的首页")).to_be_visible()


@pytest.mark.browser_context_args(viewport=PHONE, has_touch=True, is_mobile=True)
def test_a_committee_member_walks_round_1_and_closes_nothing(
    page: Page, live_server: Any, cast: Cast, survey: Survey, committee_member: User, community_worker: User
) -> None:
    site = live_server.url
    door = cast.doors[0].pk

    sign_in(page, site, "committee")
    expect(page).to_have_url(f"{site}/field/")
    page.get_by_test_id(f"survey-{survey.pk}").click()
    expect(page.locator("[data-testid^=door-]")).to_have_count(4)
    page.get_by_test_id("next-door").click()
    expect(page.locator("header p").first).to_contain_text("138****2071")
    page.locator(".reveal").click()
    expect(page.get_by_role("link", name="13812342071")).to_be_visible()
    visit_door(page, "supports", commitments=["convention"])

    stance_of(page, door, "supports", pending="false")
    page.goto(f"{site}/surveys/{survey.pk}/")
    expect(page.get_by_test_id("support-rate")).to_have_text("25.0%")
    expect(page.get_by_test_id("round-close")).to_have_count(0)
    expect(page.get_by_test_id("survey-close")).to_have_count(0)
    page.goto(f"{site}/neighbourhoods/{cast.home.pk}/households/")
    expect(page.locator("main")).to_contain_text("138****2071")
    expect(page.locator("main")).not_to_contain_text("13812342071")
    expect_refusal(page, f"{site}/neighbourhoods/{cast.home.pk}/roster/", 403, FORBIDDEN)
    expect_refusal(page, f"{site}/neighbourhoods/{cast.home.pk}/surveys/new/", 403, FORBIDDEN)
    expect_refusal(page, f"{site}/neighbourhoods/{cast.next_door.pk}/", 404, NOTHING_HERE)

    # Round 2 is the grid worker's.
    close_round(survey=survey, by=community_worker, reason="先到这里")
    page.goto(f"{site}/field/surveys/{survey.pk}/doors/{cast.doors[1].pk}/")
    page.get_by_test_id("party-grid").check()
    visit_door(page, "no_answer")
    # Saved on the phone, refused by the server: it stays there with the reason.
    expect(page.locator("#notices")).to_contain_text("第 2 轮")
    expect(page.get_by_test_id("sync-state")).to_have_attribute("data-state", "attention")
    picture(page, "committee-round-2")
    assert Visit.objects.count() == 1


@pytest.mark.browser_context_args(viewport=PHONE, has_touch=True, is_mobile=True)
def test_a_grid_worker_sees_the_own_grid_and_walks_round_2(
    page: Page, live_server: Any, cast: Cast, survey: Survey, grid_worker: User, community_worker: User
) -> None:
    site = live_server.url
    mine, others = cast.doors[:2], cast.doors[2:]

    sign_in(page, site, "grid")
    expect(page).to_have_url(f"{site}/field/")
    page.get_by_test_id(f"survey-{survey.pk}").click()
    for door in mine:
        expect(page.get_by_test_id(f"door-{door.pk}")).to_be_visible()
    for door in others:
        expect(page.get_by_test_id(f"door-{door.pk}")).to_have_count(0)
    # The phone's own worker answers the page by now: the server is asked beside it, and the page finds no such door.
    elsewhere = f"{site}/field/surveys/{survey.pk}/doors/{others[0].pk}/"
    assert page.request.get(elsewhere).status == 404
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.goto(elsewhere)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_test_id("save-visit")).to_have_count(0)

    # Round 1 is the committee's; in round 2 the same sheet is taken.
    page.goto(f"{site}/field/surveys/{survey.pk}/doors/{mine[0].pk}/")
    visit_door(page, "no_answer")
    expect(refusal_at(page, "party-owners_committee")).to_contain_text("业委会")
    expect(page.locator(".refusal")).to_contain_text("第 1 轮")
    close_round(survey=survey, by=community_worker, reason="先到这里")
    page.goto(f"{site}/field/surveys/{survey.pk}/doors/{mine[0].pk}/")
    visit_door(page, "no_answer")
    stance_of(page, mine[0].pk, "no_answer", pending="false")

    page.goto(f"{site}/surveys/{survey.pk}/")
    expect(page.get_by_test_id("round-close")).to_have_count(0)
    expect(page.get_by_test_id("survey-close")).to_have_count(0)
    expect_refusal(page, f"{site}/neighbourhoods/{cast.home.pk}/roster/", 403, FORBIDDEN)


def test_another_territorys_worker_finds_nothing_behind_any_door(
    page: Page, live_server: Any, cast: Cast, survey: Survey, outsider: User
) -> None:
    site = live_server.url
    home, door = cast.home.pk, cast.doors[0].pk
    enter(page, site, outsider)

    page.goto(f"{site}/neighbourhoods/")
    expect(page.locator("main")).not_to_contain_text("嘉明花园")
    page.goto(f"{site}/surveys/")
    expect(page.locator("main")).not_to_contain_text("嘉明花园")
    for address in (
        f"/neighbourhoods/{home}/",
        f"/neighbourhoods/{home}/households/",
        f"/neighbourhoods/{home}/roster/",
        f"/neighbourhoods/{home}/surveys/new/",
        f"/surveys/{survey.pk}/",
        f"/surveys/{survey.pk}/doors/",
        f"/surveys/{survey.pk}/ledger/",
        f"/field/surveys/{survey.pk}/",
        f"/field/surveys/{survey.pk}/doors/{door}/",
    ):
        expect_refusal(page, f"{site}{address}", 404, NOTHING_HERE)


def test_a_property_clerk_sees_of_consent_only_what_is_published(
    page: Page, live_server: Any, cast: Cast, survey: Survey, property_clerk: User, community_worker: User
) -> None:
    site = live_server.url

    sign_in(page, site, "clerk")
    expect(page).to_have_url(re.compile(rf"{site}/fees/({cast.home.pk}/)?"))
    navigation = page.get_by_role("navigation", name="主导航")
    expect(navigation.get_by_role("link", name="收费")).to_be_visible()
    expect(navigation.get_by_role("link", name="小区")).to_be_visible()
    expect(navigation.get_by_role("link", name="入户")).to_have_count(0)
    page.goto(f"{site}/neighbourhoods/{cast.home.pk}/")
    expect(page.get_by_test_id("support-rate")).to_have_count(0)
    expect_refusal(page, f"{site}/surveys/{survey.pk}/", 404, NOTHING_HERE)
    expect_refusal(page, f"{site}/field/surveys/{survey.pk}/", 404, NOTHING_HERE)

    record_visits(survey=survey, visits=[a_visit(door) for door in cast.doors], by=community_worker)
    close_survey(survey=survey, by=community_worker)
    page.goto(f"{site}/surveys/{survey.pk}/")
    expect(page.get_by_test_id("result-verdict")).to_have_attribute("data-verdict", "passed")
    expect(page.locator("main")).to_contain_text("不足 5 户，不显示")
    picture(page, "clerk-published")
    expect_refusal(page, f"{site}/surveys/{survey.pk}/doors/", 403, FORBIDDEN)
    expect_refusal(page, f"{site}/field/surveys/{survey.pk}/", 403, FORBIDDEN)
