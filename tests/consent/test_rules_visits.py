from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from consent.rules.rounds import missing_from_party, next_round
from consent.rules.visits import COMMITMENTS, Earlier, RoundFacts, Situation, VisitInput, refusals, round_of

NOW = datetime(2026, 11, 24, 20, tzinfo=UTC)
YES = VisitInput(
    client_id=UUID(int=1),
    household=7,
    outcome="supports",
    given="signed",
    respondent="owner",
    visited_at=NOW,
    party=("owners_committee",),
    commitments=dict.fromkeys(COMMITMENTS, True),
    menu_items=("B03",),
)
NO_ANSWER = VisitInput(
    client_id=UUID(int=2), household=7, outcome="no_answer", visited_at=NOW, party=("owners_committee",)
)
FIRST_ROUND = Situation(
    now=NOW,
    survey_open=True,
    works_started=False,
    rounds=[RoundFacts(1, None)],
    on_roll=True,
    door_rounds={1},
    may_log={1, 2, 3, None},
    menu={"B03", "U11"},
)
SECOND_ROUND = replace(
    FIRST_ROUND, rounds=[RoundFacts(1, NOW - timedelta(hours=1)), RoundFacts(2, None)], door_rounds={1, 2}
)
LATE = replace(YES, out_of_round=True, note="came to the office", party=())


def codes(visit: VisitInput, situation: Situation) -> list[str]:
    return [refusal.code for refusal in refusals(visit, situation)]


def test_a_plain_yes_is_taken():
    assert refusals(YES, FIRST_ROUND) == []
    assert round_of(YES, FIRST_ROUND) == 1


def test_a_no_answer_needs_neither_respondent_nor_commitments():
    assert refusals(NO_ANSWER, FIRST_ROUND) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"given": ""}, "given_missing"),
        ({"respondent": ""}, "respondent_missing"),
        ({"respondent": "tenant"}, "tenant_cannot_support"),
        ({"commitments": None}, "commitments_missing"),
        ({"commitments": {"convention": True}}, "commitments_missing"),
        ({"commitments": dict.fromkeys([*COMMITMENTS, "more"], True)}, "commitments_missing"),
        ({"menu_items": ("B03", "X99")}, "unknown_menu_item"),
        ({"party": ("grid",)}, "wrong_party"),
        ({"party": ()}, "wrong_party"),
        ({"visited_at": NOW + timedelta(minutes=5, seconds=1)}, "in_the_future"),
        ({"round": 2}, "wrong_round"),
        ({"supersedes": UUID(int=9)}, "supersedes_unknown"),
    ],
)
def test_each_fault_of_a_yes_is_named(change, code):
    assert codes(replace(YES, **change), FIRST_ROUND) == [code]


def test_a_phone_five_minutes_ahead_is_believed():
    assert codes(replace(YES, visited_at=NOW + timedelta(minutes=5)), FIRST_ROUND) == []


def test_every_fault_is_named_at_once():
    visit = replace(YES, given="", commitments=None, party=("grid",))

    assert codes(visit, FIRST_ROUND) == ["given_missing", "commitments_missing", "wrong_party"]


@pytest.mark.parametrize("outcome", ["not_yet", "opposes"])
def test_other_answers_need_a_respondent_who_may_be_the_tenant(outcome):
    assert codes(replace(NO_ANSWER, outcome=outcome), FIRST_ROUND) == ["respondent_missing"]
    assert codes(replace(NO_ANSWER, outcome=outcome, respondent="tenant"), FIRST_ROUND) == []


def test_a_household_that_is_not_on_the_roll_is_said_so_and_nothing_else():
    assert codes(replace(YES, given=""), replace(FIRST_ROUND, on_roll=False)) == ["household_not_on_roll"]


def test_a_door_that_the_round_does_not_list_is_refused():
    assert codes(replace(YES, party=("grid",)), replace(SECOND_ROUND, door_rounds={1})) == ["wrong_round"]


def test_a_visit_of_an_earlier_round_comes_late_and_is_taken():
    late = replace(YES, round=1, visited_at=NOW - timedelta(hours=2))

    assert codes(late, SECOND_ROUND) == []
    assert round_of(late, SECOND_ROUND) == 1


def test_a_visit_made_after_the_round_it_names_was_closed_is_refused():
    assert codes(replace(YES, round=1), SECOND_ROUND) == ["wrong_round"]


def test_a_visit_at_the_moment_of_closing_still_belongs_to_the_round():
    assert codes(replace(YES, round=1, visited_at=NOW - timedelta(hours=1)), SECOND_ROUND) == []


def test_the_round_in_hand_may_be_named():
    assert round_of(replace(YES, round=2), SECOND_ROUND) == 2


def test_between_the_third_round_and_the_closing_nothing_is_taken():
    after = replace(FIRST_ROUND, rounds=[RoundFacts(number, NOW) for number in (1, 2, 3)])

    assert codes(YES, after) == ["wrong_round"]


@pytest.mark.parametrize(
    ("round_number", "party", "absent"),
    [
        (1, ["owners_committee"], set()),
        (1, ["grid", "community"], {"owners_committee"}),
        (2, ["grid", "community"], set()),
        (2, ["owners_committee"], {"grid"}),
        (3, ["owners_committee", "grid", "community"], set()),
        (3, ["owners_committee", "grid"], {"community"}),
        (3, [], {"owners_committee", "grid", "community"}),
    ],
)
def test_each_round_asks_for_its_party(round_number, party, absent):
    assert missing_from_party(round_number, party) == absent


def test_a_closed_survey_takes_nothing_but_what_is_out_of_round():
    closed = replace(FIRST_ROUND, survey_open=False, rounds=[RoundFacts(1, NOW)])

    assert codes(YES, closed) == ["survey_closed"]
    assert codes(LATE, closed) == []


def test_once_works_have_started_nothing_is_taken():
    started = replace(FIRST_ROUND, survey_open=False, works_started=True)

    assert codes(LATE, started) == ["survey_closed"]


def test_out_of_round_lifts_the_rules_of_round_and_party():
    assert codes(LATE, replace(FIRST_ROUND, door_rounds=set())) == []
    assert round_of(LATE, FIRST_ROUND) is None


@pytest.mark.parametrize(
    ("change", "code"),
    [({"note": " "}, "malformed"), ({"outcome": "no_answer", "given": ""}, "malformed")],
)
def test_out_of_round_is_an_answer_with_a_note(change, code):
    assert codes(replace(LATE, **change), FIRST_ROUND) == [code]


def test_out_of_round_is_for_who_may():
    assert codes(LATE, replace(FIRST_ROUND, may_log={1, 2, 3})) == ["not_yours"]


def test_a_round_that_is_not_yours_is_refused():
    assert codes(YES, replace(FIRST_ROUND, may_log={2, 3})) == ["not_yours"]


def test_a_correction_belongs_to_the_round_of_what_it_corrects():
    correction = replace(YES, supersedes=UUID(int=9))
    situation = replace(SECOND_ROUND, corrected=Earlier(sequence=0, round=1))

    assert round_of(correction, situation) == 1
    assert codes(correction, situation) == []


def test_a_correction_is_taken_only_while_the_survey_is_open():
    situation = replace(SECOND_ROUND, corrected=Earlier(0, 1), survey_open=False)

    assert codes(replace(YES, supersedes=UUID(int=9)), situation) == ["survey_closed"]


@pytest.mark.parametrize(
    ("closing", "still", "opens"), [(1, 4, 2), (2, 4, 3), (3, 4, None), (1, 0, None), (2, 0, None)]
)
def test_the_next_round_opens_unless_it_was_the_third_or_nobody_is_left(closing, still, opens):
    assert next_round(closing, still) == opens
