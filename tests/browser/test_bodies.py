"""The three seats, filled from the hub by whoever keeps the bodies: on a phone, by clicks alone."""

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.choices import Role
from governance.models import Body, Membership
from renovation.services.evidence import latest_of
from tests.browser.handles import PHONE, enter
from tests.factories import COMMUNITY, make_neighbourhood, make_user

pytestmark = pytest.mark.browser


def test_a_committee_is_written_down_filed_and_counted_for_the_next_step(page: Page, live_server: Any) -> None:
    worker = make_user(Role.COMMUNITY_STAFF, COMMUNITY, username="100023")
    place = make_neighbourhood(name="嘉明花园")
    today = timezone.localdate()
    page.set_viewport_size(PHONE)
    enter(page, live_server.url, worker, "en")

    page.goto(f"{live_server.url}/neighbourhoods/{place.pk}/governance/")
    expect(page.get_by_test_id("seat-committee")).to_have_attribute("data-held", "no")
    page.get_by_test_id("new-owners_committee").click()
    page.get_by_label("Name").fill("第一届业委会")
    page.get_by_label("Term begins on").fill(today.isoformat())
    page.get_by_label("Its last day").fill(today.replace(year=today.year + 4, day=1).isoformat())
    page.get_by_test_id("body-found").click()
    for number, role in enumerate(("chair", "deputy", "member")):
        if number:
            page.get_by_test_id("open-member").click()
        page.get_by_test_id("member-name").fill(f"成员{number}")
        page.get_by_label("Role").select_option(role)
        page.get_by_test_id("member-add").click()
        expect(page.locator(".roll tbody tr")).to_have_count(number + 1)
    page.get_by_label("Filed with").fill("学院街道")
    page.get_by_test_id("body-file").click()
    expect(page.locator(".wants")).to_have_count(0)
    page.goto(f"{live_server.url}/neighbourhoods/{place.pk}/governance/")

    expect(page.get_by_test_id("seat-committee")).to_have_attribute("data-held", "yes")
    expect(page.get_by_test_id("seat-committee")).to_contain_text("成员0")
    assert (Body.objects.count(), Membership.objects.count()) == (1, 3)
    for kind in ("owners_committee", "filing_receipt"):
        evidence = latest_of(place, kind)
        assert evidence is not None
        assert not evidence.revoked
