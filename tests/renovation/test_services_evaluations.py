"""Opening an evaluation, recording sheets, closing it: the state after, the evidence told, and each refusal."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Change, HistoryEntry, User
from renovation.choices import Stage
from renovation.errors import AnswerRefused, EvaluationClosed, EvaluationOpen, KeptHere, NobodyToAsk, WrongStage
from renovation.models import Evaluation, EvaluationAnswer, Evidence, Household, Neighbourhood
from renovation.reports.evaluations import (
    answers_by_building,
    evaluation_to_show,
    last_asked_in_city,
    result_now,
    result_to_show,
)
from renovation.services.evaluations import close_evaluation, record_answer, record_answers
from renovation.services.evidence import record_evidence
from tests.factories import make_neighbourhood, make_user
from tests.renovation.evaluation_cast import DAY, NOW, OPENED_AT, a_sheet, make_evaluation, make_homes

pytestmark = pytest.mark.django_db


@pytest.fixture
def homes() -> list[Household]:
    return make_homes(4)


@pytest.fixture
def place(homes: list[Household]) -> Neighbourhood:
    return homes[0].neighbourhood


@pytest.fixture
def staff(place: Neighbourhood) -> User:
    return make_user()


def told(place: Neighbourhood) -> dict:
    """The evidence that stands, without where it comes from."""
    facts = dict(Evidence.objects.filter(neighbourhood=place, kind="evaluation").latest("pk").facts)
    facts.pop("source")
    return facts


def take(evaluation: Evaluation, staff: User, *sheets) -> list[str]:
    answers = record_answers(evaluation=evaluation, answers=sheets, by=staff, at=NOW)
    return [answer.refusals[0].code if answer.refusals else answer.status for answer in answers]


# --- Opening ---------------------------------------------------------------------------------------


def test_opening_fixes_how_many_homes_are_asked_and_tells_it(homes, place, staff):
    make_homes(1, place, "2", use="commercial")
    gone = make_homes(1, place, "3")[0]
    gone.retired_at = OPENED_AT
    gone.save()

    made = make_evaluation(place, staff, "0.75")

    assert (made.number, made.household_count, made.minimum_share, made.is_open) == (1, 4, Decimal("0.7500"), True)
    assert made.questions == [
        {"code": "result", "text": "效果满意吗？"},
        {"code": "quality", "text": "质量满意吗？"},
    ]
    assert told(place) == {"closed": False, "household_count": 4, "respondents": 0, "minimum_share": "0.7500"}
    assert Evidence.objects.latest("pk").facts["source"] == {"resource": "evaluations", "id": made.pk}
    assert HistoryEntry.objects.get(act="evaluation_opened").details == {"households": 4, "minimum_share": "0.7500"}
    assert Change.objects.filter(resource="evaluations", action="created", object_id=made.pk).count() == 1


@pytest.mark.parametrize(
    "stage", [stage for stage in Stage.values if stage not in ("accepted", "evaluated", "handed_over", "long_term")]
)
def test_nobody_is_asked_before_the_works_are_accepted(homes, place, staff, stage):
    Neighbourhood.objects.filter(pk=place.pk).update(stage=stage)

    with pytest.raises(WrongStage):
        make_evaluation(place, staff)


@pytest.mark.parametrize("stage", ["evaluated", "handed_over", "long_term"])
def test_residents_may_be_asked_again_later(homes, place, staff, stage):
    Neighbourhood.objects.filter(pk=place.pk).update(stage=stage)

    assert make_evaluation(place, staff).is_open


def test_one_is_open_at_a_time(homes, place, staff):
    first = make_evaluation(place, staff)
    with pytest.raises(EvaluationOpen):
        make_evaluation(place, staff)

    close_evaluation(evaluation=first, by=staff)
    second = make_evaluation(place, staff)

    assert (second.number, evaluation_to_show(place)) == (2, second)


def test_where_nobody_lives_nobody_is_asked(staff):
    with pytest.raises(NobodyToAsk):
        make_evaluation(make_neighbourhood(stage="accepted"), staff)


def test_a_city_goes_on_with_what_it_asked_last(homes, place, staff):
    make_evaluation(place, staff)
    latest = make_homes(1, make_neighbourhood(stage="accepted", community_code="420503001001"))[0].neighbourhood
    last = make_evaluation(latest, staff, at=NOW)
    elsewhere = make_neighbourhood(community_code="420601001001")

    assert last_asked_in_city(place) == last
    assert last_asked_in_city(elsewhere) is None


def test_what_is_kept_here_is_not_recorded_by_hand(homes, place, staff):
    make_evaluation(place, staff)
    facts = {"closed": True, "household_count": 4, "respondents": 4, "minimum_share": "0.5"}

    with pytest.raises(KeptHere):
        record_evidence(
            neighbourhood=place, kind="evaluation", facts=facts, document="1", dated_on=date(2026, 1, 1), by=staff
        )


# --- Answers ---------------------------------------------------------------------------------------


def test_answers_are_told_by_households_and_counted_by_persons(homes, place, staff):
    made = make_evaluation(place, staff)

    statuses = take(
        made,
        staff,
        a_sheet(homes[0]),
        a_sheet(homes[0], respondent="tenant", scores={"result": 1}),
        a_sheet(homes[1], respondent="family"),
    )

    assert statuses == ["recorded"] * 3
    found = result_now(made)
    assert (found.households, found.respondents, found.missing, found.minimum_met) == (2, 3, 0, True)
    assert told(place)["respondents"] == 2
    assert HistoryEntry.objects.get(act="answers_recorded").details == {"answers": 3}


def test_a_second_person_of_a_household_moves_no_evidence(homes, place, staff):
    made = make_evaluation(place, staff)
    take(made, staff, a_sheet(homes[0]))
    before = Evidence.objects.count()

    take(made, staff, a_sheet(homes[0], respondent="family"))

    assert Evidence.objects.count() == before


def test_the_same_sheet_again_changes_nothing_and_another_one_under_its_id_is_refused(homes, place, staff):
    made = make_evaluation(place, staff)
    sheet = a_sheet(homes[0], note="好")
    take(made, staff, sheet)
    version = Evaluation.objects.get(pk=made.pk).version

    others = [
        replace(sheet, household=homes[1].pk),
        replace(sheet, respondent="tenant"),
        replace(sheet, scores={"result": 5}),
        replace(sheet, note="不好"),
        replace(sheet, answered_on=DAY + timedelta(days=1)),
    ]

    assert take(made, staff, sheet, *others) == ["duplicate", *["client_id_reused"] * 5]
    assert EvaluationAnswer.objects.count() == 1
    assert Evaluation.objects.get(pk=made.pk).version == version


def test_one_id_twice_in_a_batch_is_recorded_once(homes, place, staff):
    sheet = a_sheet(homes[0])

    assert take(make_evaluation(place, staff), staff, sheet, sheet) == ["recorded", "duplicate"]


def test_an_id_of_another_evaluation_is_reused(homes, place, staff):
    sheet = a_sheet(homes[0])
    first = make_evaluation(place, staff)
    take(first, staff, sheet)
    close_evaluation(evaluation=first, by=staff, at=NOW)

    assert take(first, staff, sheet) == ["duplicate"]
    assert take(make_evaluation(place, staff), staff, sheet) == ["client_id_reused"]


def test_what_is_refused_stops_no_other(homes, place, staff):
    made = make_evaluation(place, staff)
    stranger = make_homes(1)[0]
    shop = make_homes(1, place, "2", use="commercial")[0]
    late = make_homes(1, place, "3")[0]

    statuses = take(
        made,
        staff,
        a_sheet(stranger),
        a_sheet(shop),
        a_sheet(late),
        a_sheet(10**12),
        a_sheet(homes[0], scores={"parking": 1}),
        a_sheet(homes[0], answered_on=OPENED_AT.date() - timedelta(days=1)),
        a_sheet(homes[0], answered_on=NOW.date() + timedelta(days=1)),
        a_sheet(homes[0]),
    )

    assert statuses == [
        *["household_not_asked"] * 4,
        "unknown_question",
        "day_before_opening",
        "day_in_future",
        "recorded",
    ]


def test_a_home_that_was_merged_after_the_opening_may_still_answer(homes, place, staff):
    made = make_evaluation(place, staff)
    homes[0].retired_at = made.created_at + timedelta(seconds=1)
    homes[0].save()

    assert take(made, staff, a_sheet(homes[0])) == ["recorded"]


def test_one_sheet_by_itself_is_refused_in_words_with_the_code(homes, place, staff):
    made = make_evaluation(place, staff)
    sheet = a_sheet(homes[0])
    fields = {
        "client_id": sheet.client_id,
        "household": homes[0],
        "respondent": "owner",
        "scores": {"result": 3},
        "answered_on": DAY,
    }

    answer = record_answer(evaluation=made, by=staff, at=NOW, **fields)
    again = record_answer(evaluation=made, by=staff, at=NOW, **fields)
    with pytest.raises(AnswerRefused) as refused:
        record_answer(evaluation=made, by=staff, at=NOW, **{**fields, "scores": {"result": 4}})

    assert answer == again
    assert (refused.value.code, refused.value.status) == ("client_id_reused", 409)


def test_a_batch_costs_the_same_for_one_and_for_many(homes, place, staff):
    made = make_evaluation(place, staff)
    with CaptureQueriesContext(connection) as one:
        take(made, staff, a_sheet(homes[0]))
    with CaptureQueriesContext(connection) as three:
        take(made, staff, *[a_sheet(home) for home in homes[1:]])

    assert len(three) == len(one)


@pytest.mark.parametrize(
    "statement", ["UPDATE renovation_evaluationanswer SET note = 'x'", "DELETE FROM renovation_evaluationanswer"]
)
def test_answers_are_never_changed(homes, place, staff, statement):
    take(make_evaluation(place, staff), staff, a_sheet(homes[0]))

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


# --- Closing ---------------------------------------------------------------------------------------


def test_closing_fixes_the_result_and_tells_it(homes, place, staff):
    made = make_evaluation(place, staff)
    take(made, staff, a_sheet(homes[0]), a_sheet(homes[1]))
    live = result_now(made)

    closed = close_evaluation(evaluation=made, by=staff, at=NOW)

    assert (closed.closed_at, closed.closed_by, closed.result) == (NOW, staff, live.as_json())
    assert closed.result["minimum_met"] is True
    assert told(place) == {"closed": True, "household_count": 4, "respondents": 2, "minimum_share": "0.5000"}
    assert take(closed, staff, a_sheet(homes[2])) == ["evaluation_closed"]
    with pytest.raises(EvaluationClosed):
        close_evaluation(evaluation=made, by=staff)
    with pytest.raises(DatabaseError), transaction.atomic():
        closed.save()


def test_one_with_too_few_answers_is_closed_as_such_and_another_one_is_opened(homes, place, staff):
    made = make_evaluation(place, staff, "1")
    take(made, staff, a_sheet(homes[0]))

    closed = close_evaluation(evaluation=made, by=staff, at=NOW)
    second = make_evaluation(place, staff)

    assert (closed.result["minimum_met"], closed.result["missing"]) == (False, 3)
    assert told(place) == {"closed": False, "household_count": 4, "respondents": 0, "minimum_share": "0.5000"}
    assert second.number == 2


# --- Reading ---------------------------------------------------------------------------------------


def test_small_groups_are_shown_only_to_who_sees_every_door(homes, place, staff):
    made = make_evaluation(place, staff)
    take(made, staff, *[a_sheet(home) for home in homes])
    secretary = make_user("party_secretary", place.code)

    assert result_to_show(made, staff).questions[0].scores.counts == (0, 0, 0, 0, 4)
    assert result_to_show(made, secretary).questions[0].scores is None


def test_the_same_holds_of_a_result_that_was_fixed(homes, place, staff):
    made = make_evaluation(place, staff)
    take(made, staff, *[a_sheet(home) for home in homes])
    closed = close_evaluation(evaluation=made, by=staff, at=NOW)
    grid = make_user("grid_worker", f"{place.community_code}001")

    assert result_to_show(closed, staff).questions[0].scores.counts == (0, 0, 0, 0, 4)
    assert result_to_show(closed, grid).questions[0].scores is None


def test_buildings_say_how_many_homes_have_answered_of_those_asked(homes, place, staff):
    more = make_homes(2, place, "10") + make_homes(1, place, "2")
    made = make_evaluation(place, staff)
    make_homes(1, place, "3")
    take(made, staff, a_sheet(homes[0]), a_sheet(homes[0], respondent="tenant"), a_sheet(more[0]))

    rows = [(row.number, row.asked, row.answered, row.missing) for row in answers_by_building(made)]

    assert rows == [("1", 4, 1, 3), ("2", 1, 0, 1), ("10", 2, 1, 1)]
