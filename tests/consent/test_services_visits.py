import threading
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Change, HistoryEntry, User
from common.secrets import decrypt
from consent.models import RollEntry, Stance, Survey, Visit, VisitPrivateData
from consent.reports.results import result_as_of, result_of
from consent.rules.leaves import door_hash
from consent.rules.merkle import root_of
from consent.services.rolls import amend_roll
from consent.services.rounds import close_round
from consent.services.surveys import close_survey, open_survey
from consent.services.visits import BatchAnswer, record_visits
from renovation.models import Building, Evidence, Household, Neighbourhood
from renovation.reports.lifecycle import fallen_support
from tests.cast import GRID
from tests.consent.casts import a_visit, make_doors, make_survey
from tests.consent.model import ModelSurvey, ModelVisit
from tests.factories import make_neighbourhood, make_user

# What random acts run into: a door that the round does not list or that is off the roll, a visit that is corrected a
# second time, and a correction of a late answer by what is none.
REFUSED_IN_PLAY = {"wrong_round", "household_not_on_roll", "supersedes_unknown", "malformed"}
OUTCOMES = ["supports", "not_yet", "opposes", "no_answer", "declined", "vacant"]

pytestmark = pytest.mark.django_db


def statuses(answer: BatchAnswer) -> list[str]:
    return [one.status for one in answer.answers]


def codes(answer: BatchAnswer) -> list[list[str]]:
    return [[refusal.code for refusal in one.refusals] for one in answer.answers]


def stance_at(survey: Survey, household: Household) -> Stance:
    return Stance.objects.get(survey=survey, door__household=household)


def assert_consistent(survey: Survey) -> None:
    """The live result equals the one replayed from the ledger, and the tree equals its leaves."""
    survey.refresh_from_db()
    visits = list(survey.visits.order_by("sequence"))
    assert result_of(survey).as_json() == result_as_of(survey, timezone.now() + timedelta(hours=1)).as_json()
    assert [visit.sequence for visit in visits] == list(range(survey.tree_size))
    assert root_of([bytes(visit.leaf_hash) for visit in visits]) == bytes(survey.root_hash)


def test_a_batch_is_answered_item_by_item_in_order():
    survey, doors, worker = make_survey()

    answer = record_visits(
        survey=survey,
        by=worker,
        visits=[a_visit(doors[0]), a_visit(doors[1], given=""), a_visit(10**9), a_visit(doors[2], "no_answer")],
    )

    assert statuses(answer) == ["recorded", "rejected", "rejected", "recorded"]
    assert codes(answer) == [[], ["given_missing"], ["household_not_on_roll"], []]
    assert [one.sequence for one in answer.answers] == [0, None, None, 1]
    assert answer.tree_size == 2
    assert_consistent(survey)


def test_the_same_visit_again_is_a_duplicate_with_the_first_answer():
    survey, doors, worker = make_survey()
    visit = a_visit(doors[0], note="晚上来")
    first = record_visits(survey=survey, visits=[visit], by=worker).answers[0]

    again = record_visits(survey=survey, visits=[visit], by=worker)

    assert statuses(again) == ["duplicate"]
    second = again.answers[0]
    assert (second.sequence, second.leaf_hash, second.receipt_code) == (
        first.sequence,
        first.leaf_hash,
        first.receipt_code,
    )
    assert again.tree_size == 1


@pytest.mark.parametrize(
    "change", [{"outcome": "opposes"}, {"note": "另一条"}, {"reasons": ("cost",)}, {"signature": b"x"}]
)
def test_another_visit_under_a_used_id_is_refused(change):
    survey, doors, worker = make_survey()
    visit = a_visit(doors[0], note="晚上来")
    record_visits(survey=survey, visits=[visit], by=worker)

    answer = record_visits(survey=survey, visits=[replace(visit, **change)], by=worker)

    assert codes(answer) == [["client_id_reused"]]
    assert answer.tree_size == 1


def test_one_id_twice_in_a_batch_is_recorded_once():
    survey, doors, worker = make_survey()
    visit = a_visit(doors[0])

    answer = record_visits(survey=survey, visits=[visit, visit, replace(visit, note="x")], by=worker)

    assert statuses(answer) == ["recorded", "duplicate", "rejected"]


def test_an_id_of_another_survey_is_reused_and_tells_nothing_of_it():
    survey, doors, worker = make_survey()
    visit = a_visit(doors[0])
    record_visits(survey=survey, visits=[visit], by=worker)
    close_survey(survey=survey, by=worker, reason="too few", revisit_on=timezone.localdate() + timedelta(days=90))
    second = open_survey(neighbourhood=survey.neighbourhood, title="again", closes_on=None, by=worker)

    answer = record_visits(survey=second, visits=[visit], by=worker)

    assert codes(answer) == [["client_id_reused"]]
    assert answer.answers[0].receipt_code is None


def test_a_correction_takes_the_place_of_what_it_corrects_also_at_another_door():
    survey, doors, worker = make_survey()
    wrong = a_visit(doors[0])
    record_visits(survey=survey, visits=[wrong, a_visit(doors[0], "no_answer")], by=worker)

    answer = record_visits(survey=survey, visits=[a_visit(doors[1], supersedes=wrong.client_id)], by=worker)

    assert statuses(answer) == ["recorded"]
    assert stance_at(survey, doors[0]).value == "no_answer"
    assert stance_at(survey, doors[1]).value == "supports"
    assert_consistent(survey)


def test_a_visit_and_its_correction_come_in_one_batch():
    survey, doors, worker = make_survey()
    wrong = a_visit(doors[0])

    answer = record_visits(
        survey=survey, visits=[wrong, a_visit(doors[0], "opposes", supersedes=wrong.client_id)], by=worker
    )

    assert statuses(answer) == ["recorded", "recorded"]
    assert Visit.objects.get(sequence=1).supersedes == Visit.objects.get(sequence=0)
    assert stance_at(survey, doors[0]).value == "opposes"
    assert_consistent(survey)


def test_two_people_at_one_door_are_both_kept_and_the_later_answer_leads():
    survey, doors, worker = make_survey()
    other = make_user("committee_member", survey.neighbourhood.code)
    at = timezone.now()
    record_visits(survey=survey, visits=[a_visit(doors[0], visited_at=at)], by=worker)

    record_visits(survey=survey, visits=[a_visit(doors[0], "not_yet", visited_at=at - timedelta(minutes=15))], by=other)

    stance = stance_at(survey, doors[0])
    assert (stance.value, stance.visit_count) == ("supports", 2)
    assert_consistent(survey)


def test_a_signature_is_kept_encrypted_and_its_hash_enters_the_leaf():
    survey, doors, worker = make_survey()
    png = b"\x89PNG\r\n\x1a\n" + b"strokes"

    record_visits(survey=survey, visits=[a_visit(doors[0], signature=png)], by=worker)

    kept = bytes(VisitPrivateData.objects.get().signature)
    assert png not in kept
    assert decrypt(kept) == png


def test_a_grid_worker_logs_only_the_doors_of_the_grid():
    doors = make_doors(buildings=2)
    doors[0].building.grid, doors[-1].building.grid = "420502001001001", "420502001001002"
    doors[0].building.save()
    doors[-1].building.save()
    survey, _doors, worker = make_survey(households=doors)
    close_round(survey=survey, by=worker, reason="later")
    grid_worker = make_user("grid_worker", "420502001001001")

    answer = record_visits(survey=survey, visits=[a_visit(doors[0]), a_visit(doors[-1])], by=grid_worker)

    assert codes(answer) == [[], ["household_not_on_roll"]]


def test_a_grid_worker_does_not_log_the_first_round():
    survey, doors, _worker = make_survey()
    grid_worker = make_user("grid_worker", "420502001001001")

    assert codes(record_visits(survey=survey, visits=[a_visit(doors[0])], by=grid_worker)) == [["not_yours"]]


def test_a_committee_member_does_not_log_the_second_round():
    survey, doors, worker = make_survey()
    member = make_user("committee_member", survey.neighbourhood.code)
    assert statuses(record_visits(survey=survey, visits=[a_visit(doors[0], "not_yet")], by=member)) == ["recorded"]
    close_round(survey=survey, by=worker, reason="later")

    assert codes(record_visits(survey=survey, visits=[a_visit(doors[0])], by=member)) == [["not_yours"]]


def test_after_closing_a_withdrawal_moves_the_rate_and_not_the_verdict():
    survey, doors, worker = make_survey(pass_share="1.0000")
    record_visits(survey=survey, visits=[a_visit(door) for door in doors], by=worker)
    close_survey(survey=survey, by=worker)
    withdrawal = a_visit(doors[0], "opposes", out_of_round=True, note="来社区撤回")

    answer = record_visits(survey=survey, visits=[withdrawal, a_visit(doors[1])], by=worker)

    assert codes(answer) == [[], ["survey_closed"]]
    survey.refresh_from_db()
    assert (survey.verdict, survey.result["supports"]) == ("passed", 10)
    assert result_of(survey).total.supports == 9
    assert Evidence.objects.filter(kind="survey_result").count() == 1
    assert Evidence.objects.filter(kind="support_rate").last().facts["supports"] == 9


def test_falling_below_the_mark_after_a_pass_is_told_once_and_so_is_coming_back():
    survey, doors, worker = make_survey(pass_share="1.0000")
    record_visits(survey=survey, visits=[a_visit(door) for door in doors], by=worker)
    close_survey(survey=survey, by=worker)

    def told() -> list[str]:
        acts = HistoryEntry.objects.filter(resource="neighbourhoods", act__startswith="support_").order_by("pk")
        return list(acts.values_list("act", flat=True))

    for door in doors[:2]:
        record_visits(survey=survey, visits=[a_visit(door, "opposes", out_of_round=True, note="撤回")], by=worker)
    assert told() == ["support_fell"]
    assert fallen_support(Neighbourhood.objects.get(), timezone.localdate()).figures["missing"] == 2

    for door in doors[:2]:
        record_visits(survey=survey, visits=[a_visit(door, out_of_round=True, note="又同意了")], by=worker)
    assert told() == ["support_fell", "support_recovered"]
    assert fallen_support(Neighbourhood.objects.get(), timezone.localdate()) is None


def test_every_visit_taken_is_a_change_in_its_territory():
    survey, doors, worker = make_survey()
    Building.objects.filter(pk=doors[0].building_id).update(grid=GRID)

    record_visits(survey=survey, visits=[a_visit(doors[0]), a_visit(doors[1], given="")], by=worker)

    (change,) = Change.objects.filter(resource="visits")
    assert (change.object_id, change.neighbourhood_code) == (Visit.objects.get().pk, survey.neighbourhood.code)
    assert change.grid == GRID


def test_a_door_is_named_in_the_ledger_by_its_salted_hash():
    survey, _doors, _worker = make_survey()

    for door in RollEntry.objects.filter(survey=survey):
        assert bytes(door.door_hash) == door_hash(bytes(door.door_salt), door.household_id)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE consent_visit SET outcome = 'opposes'",
        "DELETE FROM consent_visit",
        "TRUNCATE consent_visit CASCADE",
        "UPDATE consent_visitprivatedata SET note = 'changed', erased_at = now()",
        "DELETE FROM consent_visitprivatedata",
        "UPDATE consent_rollentry SET unit_number = '999'",
        "DELETE FROM consent_rollentry",
        "UPDATE consent_survey SET pass_share = 0.5",
        "UPDATE consent_survey SET tree_size = 0",
    ],
)
def test_the_ledger_refuses_to_be_changed_even_by_its_owner(statement):
    survey, doors, worker = make_survey()
    record_visits(survey=survey, visits=[a_visit(doors[0])], by=worker)
    connection.check_constraints()  # TRUNCATE would be refused for what is still deferred

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_private_data_can_be_erased_and_the_repeated_visit_is_still_known():
    survey, doors, worker = make_survey()
    visit = a_visit(doors[0], note="老人独居")
    record_visits(survey=survey, visits=[visit], by=worker)

    VisitPrivateData.objects.update(
        salt=None, note="", content_digest=None, receipt_code=None, erased_at=timezone.now()
    )

    assert statuses(record_visits(survey=survey, visits=[visit], by=worker)) == ["duplicate"]
    assert_consistent(survey)


def test_the_statements_do_not_grow_with_the_batch(django_assert_num_queries):
    survey, doors, worker = make_survey(households=make_doors(buildings=4, doors=6))
    worker = User.objects.get(pk=worker.pk)
    record_visits(survey=survey, visits=[a_visit(doors[0])], by=worker)

    with django_assert_num_queries(6):
        record_visits(survey=survey, visits=[a_visit(doors[1])], by=worker)
    with django_assert_num_queries(6):
        record_visits(survey=survey, visits=[a_visit(door) for door in doors[2:]], by=worker)


acts = st.lists(
    st.one_of(
        st.tuples(st.just("visit"), st.integers(0, 5), st.sampled_from(OUTCOMES), st.integers(0, 9), st.booleans()),
        st.tuples(st.just("verbal"), st.integers(0, 5), st.just("supports"), st.integers(0, 9), st.booleans()),
        st.tuples(st.just("correct"), st.integers(0, 5), st.sampled_from(OUTCOMES), st.integers(0, 30), st.booleans()),
        st.tuples(st.just("late"), st.integers(0, 5), st.sampled_from(OUTCOMES[:3]), st.integers(0, 9), st.just(True)),
        st.tuples(st.just("roll"), st.integers(0, 5), st.just(""), st.just(0), st.booleans()),
        st.tuples(st.just("close_round"), st.just(0), st.just(""), st.just(0), st.just(False)),
    ),
    max_size=30,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts, st.booleans(), st.booleans())
def test_random_histories_equal_the_obvious_model(history, count_vacant, count_verbal):
    with transaction.atomic():
        _play(history, count_vacant, count_verbal)
        transaction.set_rollback(True)


def _play(history: list, count_vacant: bool, count_verbal: bool) -> None:
    households = make_doors(buildings=2, doors=3, neighbourhood=make_neighbourhood())
    survey, doors, worker = make_survey(households=households, count_vacant=count_vacant, count_verbal=count_verbal)
    model = ModelSurvey({door.pk for door in doors}, survey.pass_share, count_vacant, count_verbal)
    start, sent = timezone.now(), []
    sequences: dict[UUID, int] = {}
    for act, position, outcome, number, flag in history:
        door = doors[position]
        if act == "close_round":
            if Survey.objects.get(pk=survey.pk).has_open_round:
                close_round(survey=survey, by=worker, reason="next")
            continue
        if act == "roll":
            on_roll = door.pk in model.doors
            amend_roll(survey=survey, household=door, action="remove" if on_roll else "add", reason="roster", by=worker)
            (model.doors.discard if on_roll else model.doors.add)(door.pk)
            continue
        fields = {"visited_at": start - timedelta(minutes=number), "note": "有便条" if flag else ""}
        if act == "verbal":
            fields["given"] = "verbal"
        if act == "late":
            fields |= {"out_of_round": True}
        if act == "correct" and sent:
            fields["supersedes"] = sent[number % len(sent)].client_id
        visit = a_visit(door, outcome, **fields)
        answer = record_visits(survey=survey, visits=[visit], by=worker).answers[0]
        if answer.status != "recorded":
            assert {refusal.code for refusal in answer.refusals} <= REFUSED_IN_PLAY
            continue
        sent.append(visit)
        sequences[visit.client_id] = answer.sequence
        model.visits.append(
            ModelVisit(
                sequence=answer.sequence,
                door=visit.household,
                outcome=visit.outcome,
                given=visit.given,
                visited_at=visit.visited_at,
                round=None,
                supersedes=sequences.get(visit.supersedes),
                has_note=bool(visit.note),
            )
        )
    assert_consistent(survey)
    found = result_of(survey)
    assert model.figures() == {
        "households": found.total.households,
        "excluded": found.total.excluded,
        "visited": found.total.visited,
        "supports": found.total.supports,
        "missing": found.missing,
        "passes": found.passes,
    }
    stances = {door.pk: stance_at(survey, door).value for door in doors}
    assert stances == {door.pk: model.stance(door.pk) for door in doors}


@pytest.mark.django_db(transaction=True)
def test_many_at_once_lose_nothing_and_leave_no_gap():
    """Eight phones on real connections, each sending its visits one by one and some of them twice."""
    survey, doors, worker = make_survey(households=make_doors(buildings=4, doors=6))
    queues = [[a_visit(door, "not_yet") for door in doors[phone::8]] * 2 for phone in range(8)]
    shared = a_visit(doors[0], client_id=uuid4())
    answers: list[BatchAnswer] = []
    barrier = threading.Barrier(len(queues))

    def send(visits: list) -> None:
        try:
            barrier.wait()
            for visit in [*visits, shared]:
                answers.append(record_visits(survey=survey, visits=[visit], by=worker))
        finally:
            connection.close()

    phones = [threading.Thread(target=send, args=[queue]) for queue in queues]
    for phone in phones:
        phone.start()
    for phone in phones:
        phone.join()

    recorded = [one.sequence for answer in answers for one in answer.answers if one.status == "recorded"]
    assert sorted(recorded) == list(range(len(doors) + 1))
    assert len(answers) == len(doors) * 2 + 8
    assert all(one.status in ("recorded", "duplicate") for answer in answers for one in answer.answers)
    assert_consistent(survey)


@pytest.mark.django_db(transaction=True)
def test_a_round_closed_meanwhile_is_a_clean_before_or_after():
    survey, (left, *doors), worker = make_survey()
    statuses_seen: list[str] = []

    def send() -> None:
        try:
            for door in doors:
                answer = record_visits(survey=survey, visits=[a_visit(door)], by=worker).answers[0]
                statuses_seen.append(answer.status)
        finally:
            connection.close()

    def close() -> None:
        try:
            close_round(survey=survey, by=worker, reason="meanwhile")
        finally:
            connection.close()

    threads = [threading.Thread(target=send), threading.Thread(target=close)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    first, second = survey.rounds.order_by("number")
    before = Visit.objects.filter(survey=survey, round=1).count()
    assert statuses_seen == ["recorded"] * len(doors)
    assert (first.listed_count, first.visited_count) == (len(doors) + 1, before)
    assert (second.listed_count, second.visited_count) == (len(doors) + 1 - before, len(doors) - before)
    assert stance_at(survey, left).value == "not_visited"
    assert_consistent(survey)


def test_a_visit_is_corrected_once():
    survey, doors, worker = make_survey()
    wrong = a_visit(doors[0])
    record_visits(survey=survey, visits=[wrong, a_visit(doors[1], supersedes=wrong.client_id)], by=worker)

    answer = record_visits(survey=survey, visits=[a_visit(doors[2], supersedes=wrong.client_id)], by=worker)

    assert codes(answer) == [["supersedes_unknown"]]
    assert result_of(survey).total.supports == 1


def test_a_correction_does_not_reach_into_another_grid():
    doors = make_doors(buildings=2)
    doors[0].building.grid, doors[-1].building.grid = "420502001001001", "420502001001002"
    doors[0].building.save()
    doors[-1].building.save()
    survey, _doors, worker = make_survey(households=doors)
    close_round(survey=survey, by=worker, reason="later")
    theirs = a_visit(doors[-1])
    record_visits(survey=survey, visits=[theirs], by=worker)
    grid_worker = make_user("grid_worker", "420502001001001")

    answer = record_visits(
        survey=survey, visits=[a_visit(doors[0], "no_answer", supersedes=theirs.client_id)], by=grid_worker
    )

    assert codes(answer) == [["supersedes_unknown"]]
    assert stance_at(survey, doors[-1]).value == "supports"


def test_a_late_answer_is_corrected_by_an_answer_with_a_note():
    survey, doors, worker = make_survey()
    late = a_visit(doors[0], out_of_round=True, note="来社区")
    record_visits(survey=survey, visits=[late], by=worker)
    bare = a_visit(doors[0], "declined", supersedes=late.client_id)

    assert codes(record_visits(survey=survey, visits=[bare], by=worker)) == [["malformed", "malformed"]]


def test_a_late_answer_to_an_old_survey_leaves_the_rate_of_the_new_one():
    first, doors, worker = make_survey()
    record_visits(survey=first, visits=[a_visit(doors[0])], by=worker)
    close_survey(survey=first, by=worker, reason="10%", revisit_on=timezone.localdate() + timedelta(days=90))
    second = open_survey(neighbourhood=first.neighbourhood, title="again", closes_on=None, by=worker)
    record_visits(survey=second, visits=[a_visit(door) for door in doors], by=worker)
    close_survey(survey=second, by=worker)

    late = a_visit(doors[0], "opposes", out_of_round=True, note="改主意")
    record_visits(survey=first, visits=[late], by=worker)

    assert Evidence.objects.filter(kind="support_rate").last().facts["survey"] == second.pk
