"""The public check of a receipt code as a household meets it: proved on the server and again in its own browser."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from consent.models import ReceiptContest
from consent.services.signing import publish_head
from tests.browser import looks
from tests.browser.handles import enter, picture
from tests.consent.walked_survey import open_walked, walk

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = {"zh-hans": "当时说的是再想想", "en": "I said that I would think about it"}


@pytest.mark.parametrize(
    ("language", "width", "height", "scheme"),
    [("zh-hans", 360, 740, "light"), ("en", 1440, 900, "dark")],
    ids=["chinese-phone-light", "english-desk-dark"],
)
def test_a_household_checks_its_answer_and_contests_it(
    page: Page, live_server: Any, language: str, width: int, height: int, scheme: str
) -> None:
    walked = open_walked()
    walk(walked)
    walked.survey.neighbourhood.name = {"zh-hans": "嘉明花园", "en": "Jiaming Garden"}[language]
    walked.survey.neighbourhood.save()
    type(walked.survey).objects.update(title={"zh-hans": "第一次征询", "en": "First survey"}[language])
    publish_head(walked.survey)
    code = walked.survey.visits.get(sequence=0).private.receipt_code
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=scheme)
    enter(page, live_server.url, None, language)

    page.goto(f"{live_server.url}/check/")
    page.get_by_test_id("receipt-code").fill(f"{code[:4]}-{code[4:8]}-{code[8:]}".lower())
    page.get_by_test_id("check-submit").click()

    expect(page.get_by_test_id("check-standing")).to_have_attribute("data-standing", "counts")
    expect(page.get_by_test_id("check-server")).to_have_attribute("data-state", "holds")
    expect(page.get_by_test_id("check-browser")).to_have_attribute("data-state", "holds")
    assert code not in page.url
    assert found(page, language, width) == []
    picture(page, f"check-{language}-{width}")
    with page.expect_download() as download:
        page.get_by_test_id("check-file").click()
    assert json.loads(download.value.path().read_bytes())["leaf"]["sequence"] == 0

    page.get_by_test_id("contest-text").fill(WORDS[language])
    page.get_by_test_id("contest-phone").fill("13812342071")
    page.get_by_test_id("contest-submit").click()

    expect(page.get_by_test_id("contest")).to_have_attribute("data-state", "open")
    expect(page.get_by_test_id("contest-submit")).to_have_count(0)
    assert ReceiptContest.objects.get().text == WORDS[language]
    assert found(page, language, width) == []
    picture(page, f"check-contested-{language}-{width}")


def test_a_proof_that_was_changed_on_its_way_is_seen_by_the_browser(page: Page, live_server: Any) -> None:
    walked = open_walked()
    walk(walked)
    code = walked.survey.visits.get(sequence=0).private.receipt_code

    def forge(route: Any) -> None:
        answer = route.fetch()
        body = answer.text().replace(
            "&quot;outcome&quot;:&quot;supports&quot;", "&quot;outcome&quot;:&quot;opposes&quot;"
        )
        route.fulfill(response=answer, body=body)

    enter(page, live_server.url, None, "en")
    page.goto(f"{live_server.url}/check/")
    page.route("**/check/", forge)
    page.get_by_test_id("receipt-code").fill(code)
    page.get_by_test_id("check-submit").click()

    expect(page.get_by_test_id("check-browser")).to_have_attribute("data-state", "fails")


def found(page: Page, language: str, width: int) -> list[str]:
    """What is wrong with the page that is open."""
    return [
        *looks.sideways(page, width),
        *looks.cut_off(page),
        *looks.repeated_ids(page),
        *looks.barriers(page),
    ]
