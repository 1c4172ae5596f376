"""What the page weighs over the wire, and what it asks of a slow phone. The figures are printed (`pytest -s`).

Weights are held to their limits. Times are not: what a browser takes beside other work says nothing about a phone.
"""

import sys
import time

import pytest
from playwright.sync_api import expect

from consent.services.visits import record_visits
from tests.browser.field.conftest import MakePhone, Walk, make_walk
from tests.browser.field.phone import Phone
from tests.browser.field.server import FieldServer
from tests.consent.casts import a_visit

FIRST_LOAD = 200 * 1024
PACK_OF_300 = 100 * 1024
OUTCOMES = ("supports", "no_answer", "not_yet", "declined", "vacant", "opposes")

LONG_TASKS = """
window.longTasks = [];
new PerformanceObserver((seen) => window.longTasks.push(...seen.getEntries().map((task) => task.duration)))
  .observe({type: "longtask", buffered: true});
"""


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_first_load_with_all_that_is_kept_for_later_weighs_less_than_200_kb(
    server: FieldServer, phone: Phone, walk: Walk, language: str
) -> None:
    phone.enter(walk.member, language)
    phone.installed()
    phone.page.wait_for_load_state("networkidle")

    # The shell was asked for by the worker, so its whole baggage is counted.
    assert server.weights["/field/shell/en/"] > 0
    assert server.weights["/field/worker.js"] > 0
    for path, weight in server.weights.most_common(8):
        say(f"{weight:>8} {path}")
    say(f"{server.weights.total():>8} bytes on the first visit ({language}), limit {FIRST_LOAD}")
    assert server.weights.total() < FIRST_LOAD


def test_the_doors_of_300_households_weigh_less_than_100_kb(server: FieldServer, phone: Phone) -> None:
    """Four buildings of 75 doors, each of which has been visited, with reasons and a note, and none like the other."""
    walk = make_walk(buildings=4, floors=75)
    visits = [
        a_visit(
            door,
            OUTCOMES[place % len(OUTCOMES)],
            menu_items=("B03", "U11") if place % 2 else ("B03",),
            reasons=("cost", "parking") if place % 3 else (),
            note=f"{place} 号记录：先修排水，再谈{'停车' * (place % 5)}",
        )
        for place, door in enumerate(walk.doors)
    ]
    answers = record_visits(survey=walk.survey, visits=visits, by=walk.staff).answers
    assert {answer.status for answer in answers} == {"recorded"}
    phone.enter(walk.member)
    path = f"/field/surveys/{walk.survey.pk}/pack/"
    server.weights.clear()

    phone.take_offline()

    say(f"{server.weights[path]:>8} bytes for 300 doors, limit {PACK_OF_300}")
    assert 0 < server.weights[path] < PACK_OF_300
    phone.cut_off()
    for building in walk.buildings:
        phone.front(walk.survey.pk, building)
        expect(phone.page.locator("[data-testid^=door-]")).to_have_count(75)


def test_a_building_of_200_doors_works_on_a_processor_slowed_four_times(
    server: FieldServer, make_phone: MakePhone
) -> None:
    walk = make_walk(floors=200)
    phone = make_phone(script=LONG_TASKS)
    phone.enter(walk.member)
    phone.take_offline()
    devtools = phone.context.new_cdp_session(phone.page)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": 4})

    began = time.monotonic()
    phone.front(walk.survey.pk)
    expect(phone.page.locator("[data-testid^=door-]")).to_have_count(200)
    drawn = time.monotonic() - began
    began = time.monotonic()
    phone.open_door(walk.doors[100].pk)
    opened = time.monotonic() - began
    phone.fill("supports")
    began = time.monotonic()
    phone.save()
    saved = time.monotonic() - began
    expect(phone.door(walk.doors[100].pk)).to_have_attribute("data-stance", "supports")

    tasks = phone.page.evaluate("window.longTasks")
    say(f"200 doors at a quarter of the speed: drawn {drawn:.1f} s, sheet {opened:.1f} s, saved {saved:.1f} s")
    say(f"long tasks in ms: {sorted(round(task) for task in tasks)}")
