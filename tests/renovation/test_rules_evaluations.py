"""What an evaluation amounts to: exact means, households apart from persons, and nobody told apart in a small group."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renovation.rules.evaluation_items import read_answer
from renovation.rules.evaluations import (
    SMALL_GROUP,
    AnswerInput,
    EvaluationResult,
    Question,
    Refusal,
    Scores,
    Situation,
    cut_text,
    needed,
    refusals,
    result_of,
    without_small_groups,
)
from renovation.rules.facts import Piece, Standing
from renovation.rules.guards import evaluation_responses

WHO = ("owner", "family", "tenant")
QUESTIONS = [Question("result", "效果"), Question("quality", "质量")]
ANSWER = AnswerInput(
    client_id=UUID(int=7), household=1, respondent="owner", scores={"result": 5}, answered_on=date(2026, 11, 20)
)
SITUATION = Situation(
    is_open=True,
    is_asked=True,
    questions={"result", "quality"},
    opened_on=date(2026, 11, 10),
    today=date(2026, 11, 28),
)

sheets = st.lists(
    st.tuples(
        st.integers(1, 8),
        st.sampled_from(WHO),
        st.dictionaries(st.sampled_from(["result", "quality"]), st.integers(1, 5), min_size=1),
    ),
    max_size=40,
)


def counted(answers: list[tuple[int, str, Mapping[str, int]]], asked: int = 8, share: str = "0.5") -> EvaluationResult:
    return result_of(QUESTIONS, household_count=asked, minimum_share=Decimal(share), respondents=WHO, answers=answers)


def codes(answer: AnswerInput, situation: Situation = SITUATION) -> list[str]:
    return [refusal.code for refusal in refusals(answer, situation)]


# --- Whether it is taken ---------------------------------------------------------------------------


def test_an_answer_within_the_time_to_a_question_that_is_asked_is_taken():
    assert codes(ANSWER) == []


@pytest.mark.parametrize(
    ("day", "refused"),
    [
        (date(2026, 11, 9), ["day_before_opening"]),
        (date(2026, 11, 10), []),
        (date(2026, 11, 28), []),
        (date(2026, 11, 29), ["day_in_future"]),
    ],
)
def test_the_days_of_opening_and_of_today_are_fine(day, refused):
    assert codes(replace(ANSWER, answered_on=day)) == refused


@pytest.mark.parametrize(
    ("scores", "refused"),
    [
        ({}, ["scores_missing"]),
        ({"parking": 5}, ["unknown_question"]),
        ({"result": 0}, ["score_out_of_range"]),
        ({"result": 6}, ["score_out_of_range"]),
        ({"result": 1, "quality": 5}, []),
    ],
)
def test_scores_are_of_what_is_asked_from_1_to_5(scores, refused):
    assert codes(replace(ANSWER, scores=scores)) == refused


def test_who_was_not_asked_and_who_comes_too_late_are_refused_by_name():
    assert codes(ANSWER, replace(SITUATION, is_asked=False)) == ["household_not_asked"]
    assert codes(ANSWER, replace(SITUATION, is_open=False)) == ["evaluation_closed"]


# --- Reading ---------------------------------------------------------------------------------------

ITEM = {
    "client_id": "0193f2d4-0000-7000-8000-000000000001",
    "household": 1,
    "respondent": "owner",
    "scores": {"result": 5, "quality": None},
    "note": " 好 ",
    "answered_on": "2026-11-20",
}


def test_a_question_left_blank_is_no_score_and_a_note_is_trimmed():
    read = read_answer(ITEM, frozenset(WHO))

    assert isinstance(read, AnswerInput)
    assert (read.scores, read.note, read.answered_on) == ({"result": 5}, "好", date(2026, 11, 20))


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("client_id", "7"),
        ("client_id", None),
        ("household", 0),
        ("household", True),
        ("household", "1"),
        ("household", 2**63),
        ("respondent", "co_owner"),
        ("respondent", 1),
        ("scores", []),
        ("scores", {"result": 6}),
        ("scores", {"result": True}),
        ("scores", {"result": "5"}),
        ("scores", {str(number): 1 for number in range(51)}),
        ("note", "a\x00b"),
        ("note", "\ud800"),
        ("note", "x" * 501),
        ("answered_on", "20.11.2026"),
        ("answered_on", "2026-02-30"),
        ("answered_on", None),
    ],
)
def test_what_cannot_be_read_is_named_and_keeps_its_id(member, value):
    sent, found = read_answer({**ITEM, member: value}, frozenset(WHO))

    assert found == [Refusal("malformed", {"why": "member", "member": member})]
    assert sent == (value if member == "client_id" else ITEM["client_id"])


def test_what_is_no_object_has_no_id():
    assert read_answer("x", frozenset(WHO)) == (None, [Refusal("malformed", {"why": "object"})])


# --- Counting --------------------------------------------------------------------------------------


def test_a_household_counts_once_whoever_of_it_answers():
    found = counted([(1, "owner", {"result": 5}), (1, "tenant", {"result": 2}), (2, "owner", {"quality": 4})])

    assert (found.households, found.respondents) == (2, 3)
    assert found.by_respondent == {"owner": 2, "family": 0, "tenant": 1}
    assert found.questions[0].scores == Scores((0, 1, 0, 0, 1))
    assert found.questions[0].by_respondent["tenant"] == Scores((0, 1, 0, 0, 0))


def test_satisfied_are_those_who_gave_4_or_5_and_the_mean_is_exact():
    scores = Scores((1, 0, 1, 2, 3))

    assert (scores.respondents, scores.total, scores.satisfied) == (7, 27, 5)
    assert (scores.mean, scores.satisfied_share) == (Fraction(27, 7), Fraction(5, 7))


def test_of_no_answers_there_is_no_mean():
    assert (Scores((0, 0, 0, 0, 0)).mean, Scores((0, 0, 0, 0, 0)).satisfied_share) == (None, None)


@pytest.mark.parametrize(
    ("number", "places", "text"),
    [
        (Fraction(27, 7), 2, "3.85"),
        (Fraction(4999, 1000), 2, "4.99"),
        (Fraction(5), 2, "5.00"),
        (Fraction(2, 3), 4, "0.6666"),
        (Fraction(1), 4, "1.0000"),
        (None, 2, None),
    ],
)
def test_figures_are_cut_and_never_rounded(number, places, text):
    assert cut_text(number, places) == text


@pytest.mark.parametrize(
    ("share", "asked", "least"),
    [("0.5", 8, 4), ("0.5", 9, 5), ("0.3333", 3, 1), ("0.3334", 3, 2), ("1", 7, 7), ("0.0001", 3, 1), ("0.5", 0, 1)],
)
def test_exactly_the_minimum_is_enough_and_one_answer_is_the_least(share, asked, least):
    assert needed(Decimal(share), asked) == least


def test_where_nobody_was_asked_the_minimum_is_never_met():
    assert counted([], asked=0).minimum_met is False


@given(sheets, st.integers(1, 8), st.decimals("0.0001", 1, places=4))
def test_the_minimum_is_met_here_exactly_where_the_guard_says_so(answers, asked, share):
    answers = [sheet for sheet in answers if sheet[0] <= asked]
    found = counted(answers, asked, str(share))
    facts = {"household_count": asked, "respondents": found.households, "minimum_share": str(found.minimum_share)}

    guard = evaluation_responses(Standing("accepted", date(2026, 11, 28), evidence={"evaluation": Piece(1, facts)}))

    assert guard.met is found.minimum_met
    assert (guard.figures["needed"], guard.figures["missing"]) == (found.needed, found.missing)


@given(sheets)
def test_counting_equals_the_plain_loops(answers):
    found = counted(answers)

    assert found.households == len({household for household, _who, _scores in answers})
    assert found.respondents == len(answers)
    for each in found.questions:
        code = each.question.code
        given_ = [(who, scores[code]) for _household, who, scores in answers if code in scores]
        assert each.scores is not None
        assert list(each.scores.counts) == [[score for _w, score in given_].count(number) for number in range(1, 6)]
        assert each.scores.total == sum(score for _who, score in given_)
        for who in WHO:
            group = each.by_respondent[who]
            assert group is not None
            assert list(group.counts) == [given_.count((who, number)) for number in range(1, 6)]


@given(sheets)
def test_the_result_is_read_again_as_it_was_fixed(answers):
    found = counted(answers, share="0.5000")

    assert EvaluationResult.from_json(found.as_json()) == found


# --- Small groups ----------------------------------------------------------------------------------


def several(who: str, number: int, score: int = 5) -> list[tuple[int, str, Mapping[str, int]]]:
    return [(place + 1, who, {"result": score}) for place in range(number)]


def test_exactly_five_are_shown_and_four_are_not():
    five = without_small_groups(counted(several("owner", 5))).questions[0]
    four = without_small_groups(counted(several("owner", 4))).questions[0]

    assert five.scores == five.by_respondent["owner"] == Scores((0, 0, 0, 0, 5))
    assert (four.scores, four.by_respondent) == (None, {"owner": None, "family": None, "tenant": None})


def test_a_small_group_is_not_told_as_the_rest_of_the_whole():
    """Seven owners and one tenant: all of them less the owners would be the tenant."""
    found = without_small_groups(counted([*several("owner", 7), *several("tenant", 1, 1)])).questions[0]

    assert found.scores == Scores((1, 0, 0, 0, 7))
    assert (found.by_respondent["owner"], found.by_respondent["tenant"]) == (None, None)
    assert found.by_respondent["family"] == Scores((0, 0, 0, 0, 0))


@given(sheets)
def test_what_is_hidden_is_never_fewer_than_five_together(answers):
    whole = counted(answers)

    for shown, known in zip(without_small_groups(whole).questions, whole.questions, strict=True):
        hidden = [scores for who, scores in known.by_respondent.items() if shown.by_respondent[who] is None]
        persons = sum(scores.respondents for scores in hidden if scores)
        if shown.scores is None:
            assert known.scores is not None
            assert known.scores.respondents < SMALL_GROUP
            assert set(shown.by_respondent.values()) == {None}
        else:
            assert shown.scores == known.scores
            assert persons == 0 or persons >= SMALL_GROUP
        for who, scores in shown.by_respondent.items():
            assert scores is None or scores == known.by_respondent[who]
            assert scores is None or scores.respondents == 0 or scores.respondents >= SMALL_GROUP
