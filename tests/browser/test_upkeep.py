"""A tour walked with the phone, and a contest judged by the keyboard."""

import io
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from accounts.choices import Role
from accounts.models import User
from governance.models import Contest, ContestScore, Finding, UpkeepTask
from renovation.models import Neighbourhood, Stairwell
from tests.browser.handles import DESK, PHONE, enter
from tests.factories import COMMUNITY, make_building, make_neighbourhood, make_stairwell, make_user
from tests.governance.upkeep_cast import a_contest, a_tour, today
from tests.governance.upkeep_cast import enter as compete


@pytest.fixture
def place(settings: Any, tmp_path: Any) -> tuple[Neighbourhood, list[Stairwell], User]:
    settings.MEDIA_ROOT = tmp_path
    neighbourhood = make_neighbourhood(name="宜港小区")
    building = make_building(neighbourhood=neighbourhood, number="3")
    stairwells = [make_stairwell(building=building, number=number) for number in ("1", "2")]
    return neighbourhood, stairwells, make_user(Role.COMMUNITY_STAFF, COMMUNITY, username="100023")


def test_a_tour_is_walked_with_the_phone_door_after_door(page: Page, live_server: Any, place: Any) -> None:
    neighbourhood, stairwells, worker = place
    tour = a_tour(neighbourhood, worker, held_on=today())
    target = io.BytesIO()
    Image.new("RGB", (80, 60), (90, 120, 90)).save(target, "JPEG")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    enter(page, live_server.url, worker)
    page.goto(f"{live_server.url}/neighbourhoods/{neighbourhood.pk}/upkeep/tours/{tour.pk}/")

    page.get_by_test_id("criterion-safe").click()
    page.get_by_test_id("finding-at").select_option(f"s{stairwells[1].pk}")
    page.get_by_test_id("photo").set_input_files(
        {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": target.getvalue()}
    )
    page.get_by_test_id("finding-text").fill("楼道里飞线充电")
    page.get_by_test_id("finding-save").click()

    expect(page.locator(".finding")).to_have_count(1)
    expect(page.get_by_test_id("finding-at")).to_have_value(f"s{stairwells[1].pk}")
    finding = Finding.objects.get()
    assert (finding.criterion, finding.stairwell, bool(finding.photo)) == ("safe", stairwells[1], True)
    page.get_by_test_id("inspection-close").click()
    expect(page.get_by_test_id("inspection-state")).to_have_attribute("data-state", "done")
    expect(page.get_by_test_id("finding-save")).to_have_count(0)
    page.get_by_test_id(f"finding-{finding.pk}").locator(".follows a").click()
    page.get_by_test_id("step-note").fill("已拆除")
    page.get_by_test_id("task-done").click()
    expect(page.get_by_test_id("task-state")).to_have_attribute("data-state", "done")
    # Who did it is told that somebody else checks it, and is offered no button.
    expect(page.get_by_test_id("task-passed")).to_have_count(0)
    assert UpkeepTask.objects.get().state == "done"


def test_a_contest_is_judged_by_the_keyboard_one_entry_after_the_other(
    page: Page, live_server: Any, place: Any
) -> None:
    neighbourhood, stairwells, worker = place
    contest: Contest = a_contest(neighbourhood, worker)
    entries = [compete(contest, stairwell, worker) for stairwell in stairwells]
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    enter(page, live_server.url, worker)
    here = f"{live_server.url}/neighbourhoods/{neighbourhood.pk}/contests/{contest.pk}"
    page.goto(f"{here}/entries/{entries[0].pk}/")

    for number in (0, 1):
        expect(page).to_have_url(f"{here}/entries/{entries[number].pk}/")
        page.get_by_test_id("score-judge").fill("王评委")
        for points in ("9", "8", "7", "8", str(8 + number)):
            page.keyboard.press("Tab")
            page.keyboard.type(points)
        page.keyboard.press("Enter")

    expect(page).to_have_url(f"{here}/")
    expect(page.locator(".podium > li")).to_have_count(2)
    expect(page.locator(".podium > li").first).to_contain_text("41.00")
    page.get_by_test_id("contest-close").click()
    expect(page.get_by_test_id("contest-state")).to_have_attribute("data-state", "closed")
    assert ContestScore.objects.count() == 10
