"""Residents' evaluations over HTTP: who may, what is answered item by item, and what is shown to whom."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from renovation.models import Evaluation, EvaluationAnswer, Household, Neighbourhood
from tests.api.helpers import API, signed_in, system
from tests.cast import HERE
from tests.factories import make_neighbourhood, make_user
from tests.renovation.evaluation_cast import a_sheet, as_item, make_evaluation, make_homes

pytestmark = pytest.mark.django_db

LIST = f"{API}/evaluations/"
QUESTIONS = [{"code": "lifts", "text": "电梯装得怎么样？"}]


@pytest.fixture
def homes() -> list[Household]:
    return make_homes(6, make_neighbourhood(stage="accepted", community_code=HERE))


@pytest.fixture
def place(homes: list[Household]) -> Neighbourhood:
    return homes[0].neighbourhood


@pytest.fixture
def staff(place: Neighbourhood) -> User:
    return make_user(territory=HERE)


def url(evaluation: Evaluation, rest: str = "") -> str:
    return f"{LIST}{evaluation.pk}/{rest}"


def send(client: Any, evaluation: Evaluation, *items: Any) -> Any:
    return client.post(url(evaluation, "answers/"), {"answers": list(items)}, format="json")


def test_the_whole_story_by_an_integrator(homes, place):
    app = system("plans:read", "plans:write", territory=HERE)

    opened = app.post(LIST, {"neighbourhood": place.pk, "title": "效果共评", "minimum_share": "0.5"}, format="json")
    assert opened.status_code == 201, opened.content
    made = Evaluation.objects.get(pk=opened.json()["id"])
    assert [question["code"] for question in opened.json()["questions"]] == [
        "result",
        "quality",
        "workmen",
        "dust_and_noise",
        "again",
    ]
    assert (opened.json()["household_count"], opened.json()["result"]["needed"]) == (6, 3)
    taken = send(app, made, *[as_item(a_sheet(home, answered_on=timezone.localdate())) for home in homes[:5]])
    assert [one["status"] for one in taken.json()["results"]] == ["recorded"] * 5
    live = app.get(url(made)).json()
    assert (live["is_open"], live["result"]["households"], live["result"]["missing"]) == (True, 5, 0)
    assert live["result"]["questions"][0]["scores"] == {
        "respondents": 5,
        "distribution": {"1": 0, "2": 0, "3": 0, "4": 0, "5": 5},
        "total": 25,
        "mean": "5.00",
        "satisfied": 5,
        "satisfied_share": "1.0000",
    }
    closed = app.post(url(made, "close/"), {}, format="json")

    assert (closed.status_code, closed.json()["is_open"]) == (200, False)
    assert closed.json()["result"] == live["result"]
    assert app.get(url(made)).json() == closed.json()
    moved = app.post(f"{API}/neighbourhoods/{place.pk}/transitions/", {"to": "evaluated"}, format="json")
    assert moved.status_code == 200, moved.content


def test_questions_are_the_citys_own(homes, place, staff):
    answer = signed_in(staff).post(
        LIST,
        {"neighbourhood": place.pk, "title": "共评", "minimum_share": "0.5", "questions": QUESTIONS},
        format="json",
    )

    assert answer.json()["questions"] == QUESTIONS


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"questions": []}, "/questions"),
        ({"questions": QUESTIONS * 2}, "/questions"),
        ({"questions": [{"code": "A b", "text": "x"}]}, "/questions/0/code"),
        ({"questions": [{"code": f"q{number}", "text": "x"} for number in range(21)]}, "/questions"),
        ({"minimum_share": "0"}, "/minimum_share"),
        ({"minimum_share": "1.0001"}, "/minimum_share"),
        ({"minimum_share": None}, "/minimum_share"),
        ({"title": ""}, "/title"),
        ({"neighbourhood": 10**9}, "/neighbourhood"),
    ],
)
def test_what_cannot_be_read_is_400_at_its_place(homes, place, staff, change, pointer):
    body = {"neighbourhood": place.pk, "title": "共评", "minimum_share": "0.5", **change}

    answer = signed_in(staff).post(LIST, body, format="json")

    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_refusals_have_their_codes(homes, place, staff):
    client = signed_in(staff)
    body = {"neighbourhood": place.pk, "title": "共评", "minimum_share": "0.5"}
    early = make_homes(1, make_neighbourhood(stage="works_done", community_code=HERE))[0].neighbourhood
    empty = make_neighbourhood(stage="accepted", community_code=HERE)
    made = make_evaluation(place, staff)
    answers = [
        client.post(LIST, {**body, "neighbourhood": early.pk}, format="json"),
        client.post(LIST, {**body, "neighbourhood": empty.pk}, format="json"),
        client.post(LIST, body, format="json"),
    ]
    client.post(url(made, "close/"), {}, format="json")
    answers.append(client.post(url(made, "close/"), {}, format="json"))

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (409, "wrong_stage"),
        (409, "nobody_to_ask"),
        (409, "evaluation_open"),
        (409, "evaluation_closed"),
    ]


def test_items_are_answered_one_by_one_in_order(homes, place, staff):
    made = make_evaluation(place, staff)
    client = signed_in(staff)
    good = as_item(a_sheet(homes[0]))

    results = send(
        client,
        made,
        good,
        good,
        {**good, "note": "另一张"},
        {**as_item(a_sheet(homes[1])), "note": "a\x00b"},
        {**as_item(a_sheet(homes[1])), "scores": {"result": 9}},
        "x",
        as_item(a_sheet(10**9)),
        as_item(a_sheet(homes[1], scores={"result": 3})),
    ).json()["results"]

    assert [one["status"] for one in results] == [
        "recorded",
        "duplicate",
        *["rejected"] * 5,
        "recorded",
    ]
    assert [[error["code"] for error in one["errors"]] for one in results[2:7]] == [
        ["client_id_reused"],
        ["malformed"],
        ["malformed"],
        ["malformed"],
        ["household_not_asked"],
    ]
    assert (results[0]["id"], results[0]["client_id"]) == (results[1]["id"], good["client_id"])
    assert EvaluationAnswer.objects.count() == 2


@pytest.mark.parametrize("body", [{}, {"answers": []}, {"answers": "x"}, {"answers": [{}] * 501}, ["x"]])
def test_a_batch_that_is_no_batch_is_400(homes, place, staff, body):
    answer = signed_in(staff).post(url(make_evaluation(place, staff), "answers/"), body, format="json")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_who_records_answers_reads_them_one_by_one(homes, place, staff):
    made = make_evaluation(place, staff)
    client = signed_in(staff)
    sheet = a_sheet(homes[0], note="楼道亮了")
    send(client, made, as_item(sheet), as_item(a_sheet(homes[1])))

    rows = client.get(url(made, "answers/?page_size=1&count=true")).json()

    assert (rows["count"], len(rows["results"])) == (2, 1)
    first = rows["results"][0]
    assert (first["household"], first["scores"], first["note"]) == (homes[0].pk, sheet.scores, "楼道亮了")
    assert (first["client_id"], first["answered_on"]) == (str(sheet.client_id), "2026-11-20")
    assert client.get(url(made, "answers/?respondent=owner")).status_code == 400


@pytest.mark.parametrize(
    ("role", "territory"),
    [
        ("city_official", HERE[:4]),
        ("district_official", HERE[:6]),
        ("grid_worker", f"{HERE}001"),
        ("party_secretary", None),
        ("committee_member", None),
        ("auditor", HERE[:4]),
        ("property_clerk", None),
    ],
)
def test_who_may_only_read_sees_totals_and_writes_nothing(homes, place, staff, role, territory):
    made = make_evaluation(place, staff)
    client = signed_in(make_user(role, territory or place.code))

    assert client.get(url(made)).status_code == 200
    assert [row["id"] for row in client.get(LIST).json()["results"]] == [made.pk]
    assert client.get(url(made, "answers/")).status_code == 403
    assert send(client, made, as_item(a_sheet(homes[0]))).status_code == 403
    assert client.post(url(made, "close/"), {}, format="json").status_code == 403
    body = {"neighbourhood": place.pk, "title": "共评", "minimum_share": "0.5"}
    assert client.post(LIST, body, format="json").status_code == 403


def test_in_another_territory_there_is_none(homes, place, staff):
    made = make_evaluation(place, staff)
    client = signed_in(make_user(territory="420503001001"))

    answers = [
        client.get(url(made)),
        client.get(url(made, "answers/")),
        send(client, made, as_item(a_sheet(homes[0]))),
        client.post(url(made, "close/"), {}, format="json"),
    ]
    opened = client.post(LIST, {"neighbourhood": place.pk, "title": "x", "minimum_share": "0.5"}, format="json")

    assert [answer.status_code for answer in answers] == [404] * 4
    assert opened.status_code == 400
    assert client.get(LIST).json()["results"] == []


def test_a_client_reads_with_plans_and_writes_only_with_the_write_scope(homes, place, staff):
    made = make_evaluation(place, staff)

    assert system("plans:read", territory=HERE).get(url(made)).status_code == 200
    assert send(system("plans:read", territory=HERE), made, as_item(a_sheet(homes[0]))).status_code == 403
    assert system("consent:read", territory=HERE).get(url(made)).status_code == 403


def test_small_groups_are_null_for_who_may_not_see_the_doors(homes, place, staff):
    made = make_evaluation(place, staff)
    secretary = signed_in(make_user("party_secretary", place.code))
    sheets = [as_item(a_sheet(home)) for home in homes] + [as_item(a_sheet(homes[0], respondent="tenant"))]
    send(signed_in(staff), made, *sheets)

    mine = signed_in(staff).get(url(made)).json()["result"]["questions"][0]
    theirs = secretary.get(url(made)).json()["result"]["questions"][0]

    assert mine["by_respondent"]["tenant"]["respondents"] == 1
    assert (theirs["scores"], theirs["by_respondent"]["tenant"]) == (mine["scores"], None)
    assert theirs["by_respondent"]["owner"] is None


def test_an_answer_moves_the_tag_and_a_stale_close_is_refused(homes, place, staff):
    made = make_evaluation(place, staff)
    client = signed_in(staff)
    tag = client.get(url(made))["ETag"]
    assert client.get(url(made), headers={"If-None-Match": tag}).status_code == 304

    send(client, made, as_item(a_sheet(homes[0])))

    assert client.get(url(made), headers={"If-None-Match": tag}).status_code == 200
    assert client.post(url(made, "close/"), {}, format="json", headers={"If-Match": tag}).status_code == 412


def test_a_repeated_request_is_done_once(homes, place, staff):
    made = make_evaluation(place, staff)
    client = signed_in(staff)
    key = {"Idempotency-Key": str(uuid4())}
    items = {"answers": [as_item(a_sheet(homes[0]))]}

    first = client.post(url(made, "answers/"), items, format="json", headers=key)
    again = client.post(url(made, "answers/"), items, format="json", headers=key)

    assert (again.json(), again["Idempotent-Replayed"]) == (first.json(), "true")
    assert EvaluationAnswer.objects.count() == 1


def test_lists_are_filtered_and_cost_the_same_for_one_and_for_three(staff, homes, place, django_assert_num_queries):
    client = signed_in(staff)
    make_evaluation(place, staff)
    client.get(LIST)
    with CaptureQueriesContext(connection) as one:
        client.get(LIST)
    queries = len(one)
    for _ in range(2):
        there = make_homes(1, make_neighbourhood(stage="accepted", community_code=HERE))[0].neighbourhood
        last = make_evaluation(there, staff)
    client.post(url(last, "close/"), {}, format="json")

    with django_assert_num_queries(queries):
        assert len(client.get(LIST).json()["results"]) == 3
    assert [row["id"] for row in client.get(f"{LIST}?open=false").json()["results"]] == [last.pk]
    assert [row["neighbourhood"] for row in client.get(f"{LIST}?neighbourhood={place.pk}").json()["results"]] == [
        place.pk
    ]
    assert client.get(f"{LIST}?division=420503").json()["results"] == []
    assert client.get(f"{LIST}?closed=true").status_code == 400
