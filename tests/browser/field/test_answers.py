"""What the server and the line may do to a batch: nothing is lost by it, and nothing recorded twice."""

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from consent.models import Visit
from tests.browser.field.conftest import Walk
from tests.browser.field.phone import SENT_WITHIN, Phone, words
from tests.browser.field.server import (
    Failure,
    FieldServer,
    breaks_down,
    problem,
    takes_and_answers_for_half,
    takes_and_answers_half_a_text,
    takes_and_breaks_down,
    takes_and_is_cut_off,
)
from tests.browser.field.test_outing import wait_for
from tests.browser.handles import picture

TRIED_AGAIN_WITHIN = 15_000
"""Milliseconds: the first pause is five seconds, give or take."""


@pytest.fixture
def logged(phone: Phone, walk: Walk) -> dict[int, str]:
    """Three doors, logged without a network."""
    phone.enter(walk.member)
    phone.take_offline()
    phone.cut_off()
    phone.front(walk.survey.pk)
    outcomes = dict(zip([door.pk for door in walk.doors], ["supports", "no_answer", "opposes"], strict=False))
    for household, outcome in outcomes.items():
        phone.log(household, outcome)
    phone.waits(3)
    return outcomes


def records_are(phone: Phone, *states: str) -> None:
    """On the waiting page, in any order."""
    for state in set(states):
        records = phone.page.locator(f"[data-testid^=record-][data-state={state}]")
        expect(records).to_have_count(states.count(state), timeout=SENT_WITHIN)
    expect(phone.page.locator("[data-testid^=record-][data-state]")).to_have_count(len(states))


def test_a_server_that_breaks_down_is_asked_again_until_it_is_well(
    server: FieldServer, phone: Phone, walk: Walk, logged: dict[int, str]
) -> None:
    server.fail_next(breaks_down)

    phone.reach()
    phone.says("attention", pending=3)
    assert Visit.objects.count() == 0

    # Nobody presses anything.
    expect(phone.sync_state).to_have_attribute("data-state", "synced", timeout=TRIED_AGAIN_WITHIN)
    assert walk.outcomes() == logged
    assert [batch.status for batch in server.batches()] == [500, 200]


@pytest.mark.parametrize(
    "failure",
    [takes_and_breaks_down, takes_and_is_cut_off, takes_and_answers_half_a_text, takes_and_answers_for_half],
)
def test_an_answer_that_does_not_arrive_whole_loses_nothing_and_doubles_nothing(
    server: FieldServer, phone: Phone, walk: Walk, logged: dict[int, str], failure: Failure
) -> None:
    server.fail_next(failure)

    phone.reach()
    wait_for(lambda: len(server.batches()) == 1)
    assert walk.outcomes() == logged
    # Of three answers, every second one is named: the first and the third.
    left = 1 if failure is takes_and_answers_for_half else 3
    phone.waits(left)
    expect(phone.page.locator("[data-testid^=door-][data-pending=true]")).to_have_count(left)
    phone.get("sync-now").click()
    phone.says("synced", pending=0)

    assert walk.outcomes() == logged
    assert len(server.batches()) == 2
    phone.go("/field/waiting/")
    expect(phone.get("receipt-code")).to_have_count(3)
    records_are(phone, "recorded", "recorded", "recorded")


def test_an_expired_session_keeps_what_waits_until_the_same_person_is_back(
    server: FieldServer, phone: Phone, walk: Walk, logged: dict[int, str]
) -> None:
    Session.objects.all().delete()

    phone.reach()
    phone.says("attention", pending=3)
    phone.go("/field/waiting/")
    phone.says("attention", pending=3)
    records_are(phone, "waiting", "waiting", "waiting")
    expect(phone.get("attention-list")).to_contain_text(words("home.signed_out"))
    picture(phone.page, "field-signed-out")
    phone.get("attention-list").get_by_role("link", name=words("home.sign_in")).click()
    phone.sign_in(walk.member)
    phone.says("synced", pending=0)

    assert walk.outcomes() == logged


def test_a_conflict_is_told_at_the_visit_that_it_is_about_and_stops_no_other(
    server: FieldServer, phone: Phone, walk: Walk, logged: dict[int, str]
) -> None:
    said = "此户正由另一人更正"
    second = walk.doors[1].pk
    server.fail_about(second, problem("409 Conflict", title="Conflict", code="conflict", detail=said))

    phone.reach()
    phone.says("attention", pending=0)
    phone.go("/field/waiting/")
    records_are(phone, "recorded", "recorded", "refused")
    refused = phone.page.locator("[data-testid^=record-][data-state=refused]")
    expect(refused).to_contain_text(said)
    expect(phone.get("attention-list")).to_contain_text(words("home.refused", 1))
    assert walk.outcomes() == {household: logged[household] for household in logged if household != second}

    server.get_well()
    refused.get_by_test_id("record-send").click()
    phone.says("synced", pending=0)
    assert walk.outcomes() == logged


def test_what_the_server_refuses_stays_with_its_reason_and_can_be_mended(
    server: FieldServer, phone: Phone, walk: Walk
) -> None:
    """A visit that was complete when it was logged, and whose menu item is gone when it is sent."""
    phone.enter(walk.member)
    phone.take_offline()
    phone.cut_off()
    door = walk.doors[0]
    phone.front(walk.survey.pk)
    phone.open_door(door.pk)
    phone.fill("supports")
    phone.get("menu-U11").check()
    phone.save()
    walk.survey.menu_edition.items.filter(code="U11").delete()

    phone.reach()
    phone.says("attention", pending=0)
    phone.go("/field/waiting/")
    refused = phone.page.locator("[data-testid^=record-][data-state=refused]")
    expect(refused).to_contain_text("U11")
    picture(phone.page, "field-refused")
    assert Visit.objects.count() == 0
    refused.get_by_test_id("record-mend").click()
    expect(phone.get("outcome-supports")).to_be_checked()
    phone.get("menu-U11").uncheck()
    phone.get("save-visit").click()
    phone.says("synced", pending=0)

    assert walk.outcomes() == {door.pk: "supports"}


def test_a_refused_visit_can_be_thrown_away_on_purpose(server: FieldServer, phone: Phone, walk: Walk, logged) -> None:
    for household in logged:
        server.fail_about(household, problem("409 Conflict", title="Conflict", code="conflict", detail="冲突"))
    phone.reach()
    phone.says("attention", pending=0)
    phone.go("/field/waiting/")
    first = phone.page.locator("[data-testid^=record-][data-state=refused]").first
    handle = str(first.get_attribute("data-testid"))

    first.get_by_test_id("record-delete").click()
    expect(phone.get(handle)).to_be_visible()  # asked first
    phone.page.keyboard.press("Escape")
    expect(phone.page.get_by_role("dialog")).to_be_hidden()
    expect(phone.get(handle)).to_be_visible()
    first.get_by_test_id("record-delete").click()
    phone.agree()
    expect(phone.get(handle)).to_have_count(0)
    phone.page.reload()
    expect(phone.page.locator("[data-testid^=record-][data-state=refused]")).to_have_count(2)
