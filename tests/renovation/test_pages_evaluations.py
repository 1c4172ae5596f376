"""The page of the residents' evaluation: opening, sheets from paper, what is shown to whom, closing."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from renovation.models import Evaluation, EvaluationAnswer, Household, Neighbourhood
from renovation.pages.evaluation_forms import homes_named, questions_from
from renovation.rules.evaluations import Question
from renovation.services.evaluations import close_evaluation, record_answers
from tests.factories import make_household, make_neighbourhood, make_stairwell, make_user
from tests.renovation.evaluation_cast import NOW, a_sheet, make_evaluation, make_homes

pytestmark = pytest.mark.django_db


@pytest.fixture
def homes() -> list[Household]:
    return make_homes(6)


@pytest.fixture
def place(homes: list[Household]) -> Neighbourhood:
    return homes[0].neighbourhood


@pytest.fixture
def staff(place: Neighbourhood) -> User:
    return make_user()


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client


def page_of(place: Neighbourhood, rest: str = "") -> str:
    return f"/neighbourhoods/{place.pk}/evaluation/{rest}"


def body(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()).replace("&#x27;", "'"))


def sheet(home: Household, **fields: Any) -> dict[str, Any]:
    """The form as it is typed in."""
    return {
        "act": "answer",
        "client_id": str(uuid4()),
        "building": home.building_id,
        "door": home.unit_number,
        "respondent": "owner",
        "answered_on": timezone.localdate().isoformat(),
        "score_result": "5",
        "score_quality": "",
        "note": "",
        **fields,
    }


def test_before_acceptance_it_says_when_residents_are_asked(homes, place, staff):
    Neighbourhood.objects.filter(pk=place.pk).update(stage="under_works")

    shown = body(browser(staff).get(page_of(place)))

    assert "Residents are asked once the works are accepted." in shown
    assert "Open the evaluation" not in shown


def test_opening_begins_with_the_five_questions_and_the_minimum_is_left_to_the_city(homes, place, staff):
    client = browser(staff)
    form = client.get(page_of(place)).context["open_form"]
    assert len(form.initial["questions"].splitlines()) == 5
    assert "minimum_percent" not in form.initial

    answer = client.post(
        page_of(place),
        {
            "act": "open",
            "title": "Evaluation",
            "minimum_percent": "66.67",
            "questions": "Would you decide for it again?\n\nHow are the lifts?",
        },
        follow=True,
    )

    made = Evaluation.objects.get()
    assert made.questions == [
        {"code": "again", "text": "Would you decide for it again?"},
        {"code": "q1", "text": "How are the lifts?"},
    ]
    assert str(made.minimum_share) == "0.6667"
    assert "5 more households must answer" in body(answer)


def test_the_next_place_of_the_city_begins_with_what_the_city_asked_last(homes, place, staff):
    make_evaluation(place, staff, "0.66")
    other = make_homes(1, make_neighbourhood(stage="accepted"))[0].neighbourhood

    form = browser(staff).get(page_of(other)).context["open_form"]

    assert form.initial["minimum_percent"] == "66"
    assert form.initial["questions"] == "效果满意吗？\n质量满意吗？"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"questions": " \n"}, "questions"),
        ({"questions": "a\na"}, "questions"),
        ({"questions": "\n".join(f"question {number}" for number in range(21))}, "questions"),
        ({"questions": "x" * 201}, "questions"),
        ({"minimum_percent": "0"}, "minimum_percent"),
        ({"minimum_percent": "100.01"}, "minimum_percent"),
        ({"title": ""}, "title"),
    ],
)
def test_what_cannot_be_read_is_said_at_its_field(homes, place, staff, change, field):
    values = {"act": "open", "title": "Evaluation", "minimum_percent": "50", "questions": "a\nb", **change}

    answer = browser(staff).post(page_of(place), values)

    assert answer.status_code == 400
    assert list(answer.context["open_form"].errors) == [field]


def test_a_refusal_of_opening_is_said_on_the_form(homes, place, staff):
    make_evaluation(place, staff)
    values = {"act": "open", "title": "Evaluation", "minimum_percent": "50", "questions": "a"}

    answer = browser(staff).post(page_of(place), values)

    assert answer.status_code == 409


def test_questions_asked_before_keep_their_codes():
    known = [Question("q1", "old one"), Question("again", "again?")]

    assert questions_from(["new", "again?", "old one", "newer"], known) == [
        Question("q2", "new"),
        Question("again", "again?"),
        Question("q1", "old one"),
        Question("q3", "newer"),
    ]


def test_a_sheet_is_recorded_once_however_often_it_is_sent_and_the_next_is_of_the_same_pile(homes, place, staff):
    make_evaluation(place, staff)
    client = browser(staff)
    values = sheet(homes[2], answered_on="2026-11-15", respondent="tenant", note="楼道亮了")

    answer = client.post(page_of(place), values)
    client.post(page_of(place), values)

    made = EvaluationAnswer.objects.get()
    assert (made.household, made.scores, made.respondent, made.note) == (
        homes[2],
        {"result": 5},
        "tenant",
        "楼道亮了",
    )
    assert answer["Location"] == f"{page_of(place)}?building={homes[2].building_id}&on=2026-11-15#id_door"
    following = client.get(answer["Location"])
    assert "The sheet of building 1, stairwell 1, 301 is recorded." in body(following)
    form = following.context["answer_form"]
    assert (form.initial["building"], form.initial["answered_on"]) == (homes[2].building_id, "2026-11-15")
    assert str(form.initial["client_id"]) != values["client_id"]
    assert 'id="id_door"' in str(form["door"])


@pytest.mark.parametrize("query", ["?building=x", "?building=999999999", "?on=x", "?building=1&building=2"])
def test_a_pile_that_is_none_is_passed_over(homes, place, staff, query):
    make_evaluation(place, staff)

    assert browser(staff).get(page_of(place, query)).status_code == 200


def test_the_heading_counts_the_households_that_are_still_to_come(homes, place, staff):
    made = make_evaluation(place, staff)
    client = browser(staff)
    first = body(client.get(page_of(place)))

    record_answers(evaluation=made, answers=[a_sheet(home) for home in homes[:2]], by=staff, at=NOW)
    second = body(client.get(page_of(place)))
    record_answers(evaluation=made, answers=[a_sheet(homes[2])], by=staff, at=NOW)
    third = body(client.get(page_of(place)))

    assert "3 more households must answer" in first
    assert "1 more household must answer" in second
    assert "2 of 3 needed" in second
    assert "Enough households have answered" in third


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"door": "999"}, "door"),
        ({"door": ""}, "door"),
        ({"building": "1000000"}, "building"),
        ({"respondent": ""}, "respondent"),
        ({"answered_on": "2020-01-01"}, "answered_on"),
        ({"score_result": "6"}, "score_result"),
        ({"score_result": ""}, "__all__"),
        ({"client_id": "x"}, "client_id"),
    ],
)
def test_what_is_wrong_with_a_sheet_is_said_at_its_place_and_nothing_is_lost(homes, place, staff, change, field):
    make_evaluation(place, staff)
    values = sheet(homes[0], note="楼道亮了", **change)

    answer = browser(staff).post(page_of(place), values)

    assert answer.status_code in (400, 409)
    assert list(answer.context["answer_form"].errors) == [field]
    assert "楼道亮了" in answer.content.decode()
    assert EvaluationAnswer.objects.count() == 0


def test_a_door_is_found_as_people_write_it(homes, place, staff):
    building = homes[0].building
    other = make_stairwell(building=building, number="2")
    twin = make_household(stairwell=other, unit_number="101")
    make_household(stairwell=other, unit_number="102", use="commercial")
    made = make_evaluation(place, staff)

    def named(door: str) -> list[Household]:
        return sorted(homes_named(made, building, door), key=lambda home: home.pk)

    assert named("101") == [homes[0], twin]
    assert named("1-101") == named(" 1－１０１ ") == named("1—101") == named("1-1-101") == [homes[0]]
    assert named("2-101") == [twin]
    assert named("201") == [homes[1]]
    assert named("102") == named("2-102") == named("") == []


def test_one_number_at_two_doors_asks_for_the_stairwell(homes, place, staff):
    make_household(stairwell=make_stairwell(building=homes[0].building, number="2"), unit_number="101")
    make_evaluation(place, staff)

    answer = browser(staff).post(page_of(place), sheet(homes[0]))

    assert "name the stairwell too" in body(answer)


def test_results_by_question_have_their_bars_and_the_figures_behind(homes, place, staff):
    made = make_evaluation(place, staff)
    scores = [5, 5, 4, 3, 1, 5]
    sheets = [a_sheet(home, scores={"result": score}) for home, score in zip(homes, scores, strict=True)]
    record_answers(evaluation=made, answers=sheets, by=staff, at=NOW)

    shown = body(browser(staff).get(page_of(place)))

    assert "3.83 of 5 · satisfied 66.6% (4 of 6)" in shown
    assert "5 3 4 1 3 1 2 0 1 1" in shown  # the distribution, the best first
    assert "Nobody has answered this." in shown
    assert "See the numbers" in shown


def test_small_groups_are_not_shown_to_who_may_not_see_the_doors(homes, place, staff):
    made = make_evaluation(place, staff)
    record_answers(evaluation=made, answers=[a_sheet(home) for home in homes[:4]], by=staff, at=NOW)
    secretary = body(browser(make_user("party_secretary", place.code)).get(page_of(place)))
    mine = body(browser(staff).get(page_of(place)))

    assert "5.00 of 5" in mine
    assert "5.00 of 5" not in secretary
    assert "Fewer than five persons have answered: not shown." in secretary
    assert "Where answers are still to come from" in mine
    assert "Where answers are still to come from" not in secretary


def test_who_may_only_read_has_no_forms_and_is_refused(homes, place, staff):
    make_evaluation(place, staff)
    client = browser(make_user("district_official", place.community_code[:6]))

    shown = client.get(page_of(place))

    assert shown.status_code == 200
    assert b"<form" not in shown.content.split(b'id="main"')[1]
    for values in (sheet(homes[0]), {"act": "close"}, {"act": "open"}):
        assert client.post(page_of(place), values).status_code == 403


def test_elsewhere_there_is_no_page(homes, place, staff):
    made = make_evaluation(place, staff)
    client = browser(make_user(territory="420503001001"))

    assert client.get(page_of(place)).status_code == 404
    assert client.get(page_of(place, f"{made.pk}/")).status_code == 404
    assert client.post(page_of(place), {"act": "close"}).status_code == 404


@pytest.mark.parametrize("act", ["", "burn", "answer", "close"])
def test_an_act_that_is_none_is_a_bad_request(homes, place, staff, act):
    assert browser(staff).post(page_of(place), {"act": act}).status_code == 400


def test_closing_fixes_the_result_and_says_whether_it_counts(homes, place, staff):
    made = make_evaluation(place, staff)
    client = browser(staff)
    few = client.get(page_of(place))
    closed = client.post(page_of(place), {"act": "close"}, follow=True)
    again = client.post(page_of(place), {"act": "close"})

    assert "Close with too few answers" in body(few)
    assert "Too few households answered" in body(closed)
    assert "Open another evaluation" in body(closed)
    assert again.status_code == 409
    assert Evaluation.objects.get(pk=made.pk).result["minimum_met"] is False


def test_earlier_evaluations_stay_readable_by_themselves(homes, place, staff):
    first = make_evaluation(place, staff, title="第一次评价")
    record_answers(evaluation=first, answers=[a_sheet(home) for home in homes], by=staff, at=NOW)
    close_evaluation(evaluation=first, by=staff, at=NOW)
    make_evaluation(place, staff, title="第二次评价")
    client = browser(staff)

    page = client.get(page_of(place))
    earlier = client.get(page_of(place, f"{first.pk}/"))

    assert f"/evaluation/{first.pk}/" in page.content.decode()
    assert "6 households have judged the works" in body(earlier)
    assert "answer_form" not in earlier.context
    assert client.get(page_of(make_neighbourhood(), f"{first.pk}/")).status_code == 404


def test_the_figures_open_the_sheets_behind_them_for_who_records_them(homes, place, staff):
    made = make_evaluation(place, staff)
    other = make_homes(2, place, "2")
    sent = [
        a_sheet(homes[0], note="楼道亮了", scores={"quality": 3}),
        a_sheet(homes[1], respondent="tenant"),
    ]
    record_answers(evaluation=made, answers=sent, by=staff, at=NOW)
    client = browser(staff)
    sheets = page_of(place, f"{made.pk}/answers/")

    page = client.get(page_of(place)).content.decode()
    every = body(client.get(sheets))
    none = body(client.get(f"{sheets}?building={other[0].building_id}"))

    assert sheets in page
    assert f"{sheets}?building={homes[0].building_id}" in page
    assert "2 sheets" in every
    assert "Building 1 · Stairwell 1 · 101 Owner – 3 楼道亮了" in every
    assert every.index("· 201") < every.index("· 101")
    assert "0 sheets" in none


def test_sheets_are_not_for_who_only_reads(homes, place, staff):
    made = make_evaluation(place, staff)
    record_answers(evaluation=made, answers=[a_sheet(homes[0])], by=staff, at=NOW)
    sheets = page_of(place, f"{made.pk}/answers/")

    for role, territory in (("district_official", place.community_code[:6]), ("committee_member", place.code)):
        client = browser(make_user(role, territory))
        assert client.get(sheets).status_code == 403
        assert sheets not in client.get(page_of(place)).content.decode()
    assert browser(make_user(territory="420503001001")).get(sheets).status_code == 404


def test_a_list_of_sheets_is_turned_by_key_and_costs_the_same(homes, place, staff, monkeypatch):
    monkeypatch.setattr("renovation.pages.evaluations.SHEETS_SHOWN", 4)
    made = make_evaluation(place, staff)
    client = browser(staff)
    sheets = page_of(place, f"{made.pk}/answers/")
    record_answers(evaluation=made, answers=[a_sheet(homes[0])], by=staff, at=NOW)
    client.get(sheets)

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            client.get(sheets)
        return len(found)

    before = queries()
    record_answers(evaluation=made, answers=[a_sheet(home) for home in homes[1:]], by=staff, at=NOW)
    first = client.get(sheets).context["page"]

    assert queries() == before
    assert len(first.rows) == 4
    assert len(client.get(sheets + first.next_url).context["page"].rows) == 2


def test_one_main_act_a_page(homes, place, staff):
    made = make_evaluation(place, staff)
    client = browser(staff)
    few = client.get(page_of(place)).content
    record_answers(evaluation=made, answers=[a_sheet(home) for home in homes], by=staff, at=NOW)
    enough = client.get(page_of(place)).content
    close_evaluation(evaluation=made, by=staff, at=NOW)
    closed = client.get(page_of(place)).content

    assert [page.count(b'data-kind="main"') for page in (few, enough, closed)] == [1, 1, 0]


def test_the_page_costs_the_same_for_more_answers(homes, place, staff):
    make_homes(2, place, "2")
    made = make_evaluation(place, staff)
    client = browser(staff)
    record_answers(evaluation=made, answers=[a_sheet(homes[0])], by=staff, at=NOW)
    client.get(page_of(place))

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            client.get(page_of(place))
        return len(found)

    before = queries()
    record_answers(evaluation=made, answers=[a_sheet(home) for home in homes[1:4]], by=staff, at=NOW)

    assert queries() == before
