"""A party member checks in, answers for a stairwell and is named on its board: on a phone, by clicks alone."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.choices import Role
from governance.models import NoticeBoard, ResponsibilityArea
from tests.browser.handles import PHONE, enter
from tests.factories import COMMUNITY, make_building, make_neighbourhood, make_stairwell, make_user

pytestmark = pytest.mark.browser


def test_a_member_checks_in_and_is_named_at_the_door_by_consent(page: Page, live_server: Any) -> None:
    worker = make_user(Role.COMMUNITY_STAFF, COMMUNITY, username="100023")
    place = make_neighbourhood(name="四合院小区")
    stairwell = make_stairwell(building=make_building(neighbourhood=place, number="3"), number="1")
    here = f"{live_server.url}/neighbourhoods/{place.pk}"
    page.set_viewport_size(PHONE)
    enter(page, live_server.url, worker, "en")

    page.goto(f"{here}/party/")
    page.get_by_test_id("member-new").click()
    page.get_by_test_id("party-name").fill("钟爱国")
    page.get_by_test_id("member-check-in").click()
    page.get_by_label("Building or stairwell").select_option(f"s{stairwell.pk}")
    page.get_by_test_id("area-duty").fill("联系住户")
    page.get_by_test_id("area-give").click()
    area = ResponsibilityArea.objects.get()
    assert (area.stairwell, area.shown_with_consent_on) == (stairwell, None)

    page.goto(f"{here}/boards/")
    page.get_by_test_id("board-new").click()
    page.get_by_test_id("butler-name").fill("刘管家")
    page.get_by_test_id("butler-phone").fill("0717-6220001")
    page.get_by_test_id("head-name").fill("赵楼长")
    page.get_by_test_id("board-put-up").click()
    expect(page.get_by_role("alert")).to_contain_text("only with consent")
    page.get_by_test_id("head-consent").fill("2026-02-20")
    page.get_by_test_id("board-put-up").click()
    board = NoticeBoard.objects.get()
    sheet = page.get_by_test_id(f"sheet-{board.pk}")
    expect(sheet).to_contain_text("赵楼长")
    expect(sheet).not_to_contain_text("钟爱国")

    page.goto(f"{here}/party/members/{area.member_id}/")
    page.get_by_test_id("area-show").click()
    page.goto(f"{here}/boards/{board.pk}/")
    expect(sheet).to_contain_text("钟爱国")
    page.get_by_test_id("board-print").click()
    expect(sheet).to_contain_text("联系住户")
