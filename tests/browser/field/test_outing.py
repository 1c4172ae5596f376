"""A morning at the doors without a network: logged, kept, sent once, recorded once."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from consent.models import Visit
from tests.browser.field.conftest import Walk, make_walk
from tests.browser.field.phone import Phone
from tests.browser.field.server import FieldServer

OUTCOMES = ("supports", "no_answer", "not_yet", "declined", "vacant", "opposes")


def wait_for(holds: Callable[[], bool], seconds: float = 10) -> None:
    """For what no page shows."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.1)


def log_all(phone: Phone, walk: Walk) -> dict[int, str]:
    """Every door of every building, with every outcome there is; returns what was logged."""
    logged = {}
    for building, doors in walk.buildings.items():
        phone.front(walk.survey.pk, building)
        for place, door in enumerate(doors):
            logged[door.pk] = OUTCOMES[place % len(OUTCOMES)]
            phone.log(door.pk, logged[door.pk])
    return logged


def sent_once(server: FieldServer, count: int) -> None:
    sent = [client_id for batch in server.batches() for client_id in batch.client_ids]
    assert len(sent) == count
    assert len(set(sent)) == count


@pytest.mark.parametrize("way", ["network-cut", "server-stopped"])
def test_a_mornings_30_doors_are_kept_over_a_closed_browser_sent_once_and_recorded_once(
    server: FieldServer, phone: Phone, way: str
) -> None:
    walk = make_walk(buildings=2, floors=15)
    cut_off, reach = (phone.cut_off, phone.reach) if way == "network-cut" else (server.stop, server.start)
    phone.enter(walk.member)
    phone.take_offline()

    cut_off()
    logged = log_all(phone, walk)
    phone.says("offline", pending=30)
    phone.reopen(offline=way == "network-cut")
    phone.home()
    phone.says("offline", pending=30)
    for building, doors in walk.buildings.items():
        phone.front(walk.survey.pk, building)
        for door in doors:
            expect(phone.door(door.pk)).to_have_attribute("data-stance", logged[door.pk])
            expect(phone.door(door.pk)).to_have_attribute("data-pending", "true")
    assert Visit.objects.count() == 0
    assert server.batches() == []

    reach()
    phone.get("sync-now").click()
    phone.says("synced", pending=0)

    assert walk.outcomes() == logged
    sent_once(server, 30)
    expect(phone.door(walk.doors[-1].pk)).to_have_attribute("data-pending", "false")
    phone.go("/field/waiting/")
    for visit in Visit.objects.select_related("private"):
        record = phone.get(f"record-{visit.client_id}")
        expect(record).to_have_attribute("data-state", "recorded")
        expect(record.get_by_test_id("receipt-code")).to_have_text(visit.private.receipt_code)
        expect(record).to_contain_text(str(visit.sequence))


def test_the_browser_sends_what_waits_when_no_page_is_open(server: FieldServer, phone: Phone) -> None:
    """Background sync: the browser wakes the worker up. It is woken by hand here, as DevTools do it."""
    walk = make_walk()
    phone.enter(walk.member)
    phone.take_offline()
    phone.cut_off()
    phone.front(walk.survey.pk)
    phone.log(walk.doors[0].pk, "supports")
    phone.waits(1)
    phone.page.goto("about:blank")
    assert server.batches() == []

    phone.reach()
    phone.wake_worker("gongdi-send")

    wait_for(lambda: walk.outcomes() == {walk.doors[0].pk: "supports"})
    phone.home()
    phone.says("synced", pending=0)
    sent_once(server, 1)
