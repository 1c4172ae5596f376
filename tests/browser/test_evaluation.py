"""Residents' evaluation on the desk and on a phone: sheets typed in with the keyboard, and what comes of them."""

from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override
from playwright.sync_api import Page, expect

from accounts.models import User
from renovation.models import Evaluation, EvaluationAnswer, Household
from renovation.reports.evaluations import default_questions
from renovation.services.evaluations import close_evaluation, open_evaluation, record_answers
from tests.browser import looks
from tests.browser.handles import DESK, PHONE, enter, picture
from tests.factories import make_user
from tests.renovation.evaluation_cast import a_sheet, make_homes

TITLES = {"zh-hans": "改造效果评价", "en": "Evaluation of the works"}
SCORES = [(5, 5, 4, 3, 5), (4, 5, 5, 2, 5), (5, 4, 4, 3, 4), (3, 4, 5, 1, 4), (5, 5, 5, 4, 5), (2, 3, 4, 2, 3)]


def ask(homes: list[Household], staff: User, language: str) -> Evaluation:
    with override(language):
        return open_evaluation(
            neighbourhood=homes[0].neighbourhood,
            title=TITLES[language],
            questions=default_questions(),
            minimum_share=Decimal("0.6667"),
            by=staff,
        )


def sheets(made: Evaluation, homes: list[Household]) -> list[Any]:
    codes = [question["code"] for question in made.questions]
    who = ("owner", "family", "owner", "tenant", "owner", "family")
    day = made.opened_at.date()
    return [
        a_sheet(
            home,
            respondent=who[place % 6],
            scores=dict(zip(codes, SCORES[place % 6], strict=True)),
            answered_on=day,
        )
        for place, home in enumerate(homes)
    ]


def test_a_sheet_is_typed_in_with_nothing_but_the_keyboard(page: Page, live_server: Any) -> None:
    homes = make_homes(6)
    staff = make_user()
    ask(homes, staff, "en")
    page.set_viewport_size(DESK)
    enter(page, live_server.url, staff, "en")
    page.goto(f"{live_server.url}/neighbourhoods/{homes[0].neighbourhood_id}/evaluation/")

    page.get_by_test_id("answer-building").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("1-301")
    page.keyboard.press("Tab")
    for _ in range(4):  # the parts of the date, and its calendar
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    for number in range(5):
        page.keyboard.press("Tab")
        for _ in range(number + 1):  # from what is left blank, round to 1
            page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("building 1, stairwell 1, 301")

    made = EvaluationAnswer.objects.get()
    assert (made.household, made.respondent) == (homes[2], "owner")
    assert made.scores == {"result": 1, "quality": 2, "workmen": 3, "dust_and_noise": 4, "again": 5}
    assert page.get_by_test_id("answer-door").evaluate("door => door === document.activeElement")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_page_can_be_used_and_read_by_everybody_in_each_of_its_states(
    page: Page, live_server: Any, language: str, size: dict[str, int]
) -> None:
    homes = make_homes(14)
    more = make_homes(10, homes[0].neighbourhood, "2")
    staff = make_user(display_name="王丽" if language == "zh-hans" else "Wang Li")
    found: dict[str, list[str]] = {}
    page.set_viewport_size(size)
    enter(page, live_server.url, staff, language)

    def look(name: str, rest: str = "") -> None:
        page.goto(f"{live_server.url}/neighbourhoods/{homes[0].neighbourhood_id}/evaluation/{rest}")
        page.evaluate("for (const part of document.querySelectorAll('main details')) part.open = true")
        complaints = [
            *looks.sideways(page, size["width"]),
            *looks.cut_off(page),
            *looks.repeated_ids(page),
            *looks.foreign_words(page, language),
            # axe takes most of the time: once at each size, in each language.
            *(looks.barriers(page) if (language == "en") == (size is DESK) else ()),
            *(looks.small_targets(page) if size == PHONE else ()),
        ]
        picture(page, f"evaluation-{name}-{language}-{size['width']}")
        if complaints:
            found[name] = complaints

    look("none")
    made = ask(homes, staff, language)
    look("begun")
    record_answers(evaluation=made, answers=sheets(made, homes[:9]), by=staff)
    look("going-on")
    record_answers(evaluation=made, answers=sheets(made, [*homes[9:], *more[:5]]), by=staff)
    look("enough")
    look("sheets", f"{made.pk}/answers/")
    close_evaluation(evaluation=made, by=staff)
    look("closed")

    assert found == {}
