"""A visit names the revision of the plan that the household was shown: in its leaf, for good."""

from dataclasses import replace

import orjson
import pytest
from django.db import connection, transaction
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from consent.models import Visit
from consent.reports.ledger_check import faults_of
from consent.reports.results import result_of
from consent.reports.tree import stored_leaves
from consent.rules.leaves import leaf_bytes, leaf_object
from consent.rules.merkle import leaf_hash
from consent.services.handed import content_of, enter_handed, hand_visit
from consent.services.rebuild import rebuild
from consent.services.rounds import close_round
from consent.services.survey_export import survey_file
from consent.services.surveys import close_survey
from consent.services.visits import VisitAnswer, record_visits
from consent.words import words_of
from renovation.models import RenovationPlan
from tests.consent.casts import a_visit, make_doors, make_frozen_plan, make_survey
from tests.factories import make_neighbourhood

pytestmark = pytest.mark.django_db


@pytest.fixture
def survey_with_plan():
    survey, doors, worker = make_survey()
    return survey, doors, User.objects.get(pk=worker.pk), make_frozen_plan(survey.neighbourhood, number=2)


def take(survey, worker, *visits) -> list[VisitAnswer]:
    return list(record_visits(survey=survey, visits=visits, by=worker).answers)


def refused(answer: VisitAnswer) -> list[str]:
    return [refusal.code for refusal in answer.refusals]


def test_the_revision_that_was_shown_is_kept_with_the_visit_and_hashed_by_its_digest(survey_with_plan):
    survey, doors, worker, plan = survey_with_plan

    answer, without = take(survey, worker, a_visit(doors[0], plan=2), a_visit(doors[1]))

    assert [visit.plan for visit in Visit.objects.order_by("sequence")] == [plan, None]
    named, plain = stored_leaves(survey)
    assert (leaf_object(named.leaf)["v"], leaf_object(named.leaf)["plan"]) == (2, plan.digest)
    assert (leaf_object(plain.leaf)["v"], "plan" in leaf_object(plain.leaf)) == (1, False)
    assert leaf_hash(leaf_bytes(named.leaf)) == named.leaf_hash == answer.leaf_hash
    assert plain.leaf_hash == without.leaf_hash


def test_a_revision_that_is_not_there_or_not_frozen_or_elsewhere_is_refused(survey_with_plan):
    survey, doors, worker, _plan = survey_with_plan
    RenovationPlan.objects.create(
        neighbourhood=survey.neighbourhood, number=3, menu_edition=RenovationPlan.objects.first().menu_edition
    )
    make_frozen_plan(make_neighbourhood(), number=4)

    draft, elsewhere, unheard_of, good = take(
        survey, worker, *[a_visit(doors[0], plan=number) for number in (3, 4, 32767, 2)]
    )

    assert [refused(one) for one in (draft, elsewhere, unheard_of)] == [["unknown_plan"]] * 3
    assert good.status == "recorded"
    with override("en"):
        assert words_of(draft.refusals[0]) == "Revision 3 of the plan is not there, or not settled yet."


def test_the_same_visit_under_another_revision_is_another_visit(survey_with_plan):
    survey, doors, worker, _plan = survey_with_plan
    make_frozen_plan(survey.neighbourhood, number=3)
    visit = a_visit(doors[0], plan=2)
    take(survey, worker, visit)

    again, other, none = take(survey, worker, visit, replace(visit, plan=3), replace(visit, plan=None))

    assert again.status == "duplicate"
    assert (refused(other), refused(none)) == (["client_id_reused"], ["client_id_reused"])


def test_naming_a_revision_costs_no_statement(survey_with_plan, django_assert_num_queries):
    survey, doors, worker, _plan = survey_with_plan
    take(survey, worker, a_visit(doors[0]))

    with django_assert_num_queries(6):
        take(survey, worker, a_visit(doors[1]))
    with django_assert_num_queries(6):
        take(survey, worker, *[a_visit(door, plan=2) for door in doors[2:]])


def test_a_correction_names_the_revision_that_it_says(survey_with_plan):
    survey, doors, worker, plan = survey_with_plan
    wrong = a_visit(doors[0])
    take(survey, worker, wrong)

    take(survey, worker, a_visit(doors[0], "opposes", supersedes=wrong.client_id, plan=2))

    assert Visit.objects.get(supersedes__client_id=wrong.client_id).plan == plan


def test_a_visit_handed_over_keeps_its_revision_until_it_is_entered(survey_with_plan):
    survey, doors, worker, plan = survey_with_plan
    visit = a_visit(doors[0], plan=2, note="纸质表")
    door = survey.doors.get(household=doors[0])

    handed, _new = hand_visit(door=door, visit=visit, refusals=["wrong_round"], by=worker)
    close_round(survey=survey, by=worker, reason="晚了")
    answer = enter_handed(handed=handed, by=worker, note="纸质表")

    assert content_of(handed) == visit
    assert answer.status == "recorded"
    assert Visit.objects.get(client_id=visit.client_id).plan == plan


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["supports", "opposes"]), st.sampled_from([None, 1, 2]))))
def test_ledgers_of_both_versions_hold_and_count_as_if_no_plan_was_named(history):
    with transaction.atomic():
        doors = make_doors(buildings=1, doors=4, neighbourhood=make_neighbourhood())
        survey, doors, worker = make_survey(households=doors)
        for number in (1, 2):
            make_frozen_plan(survey.neighbourhood, number=number)

        take(survey, worker, *[a_visit(doors[door], outcome, plan=plan) for door, outcome, plan in history])
        survey.refresh_from_db()

        last = {door: outcome for door, outcome, _plan in history}
        assert list(faults_of(survey)) == []
        assert rebuild(survey=survey) == []
        assert result_of(survey).total.supports == list(last.values()).count("supports")
        versions = [leaf_object(stored.leaf)["v"] for stored in stored_leaves(survey)]
        assert versions == [2 if plan else 1 for _door, _outcome, plan in history]
        transaction.set_rollback(True)


def test_another_revision_beside_the_visit_is_found(survey_with_plan):
    survey, doors, worker, _plan = survey_with_plan
    other = make_frozen_plan(survey.neighbourhood, number=3)
    take(survey, worker, a_visit(doors[0], plan=2))
    survey.refresh_from_db()
    assert list(faults_of(survey)) == []

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE consent_visit DISABLE TRIGGER USER")
        cursor.execute("UPDATE consent_visit SET plan_id = %s", [other.pk])
        cursor.execute("ALTER TABLE consent_visit ENABLE TRIGGER USER")

    assert len(list(faults_of(survey))) == 1


def test_the_survey_file_shows_the_digest(survey_with_plan):
    survey, doors, worker, plan = survey_with_plan
    take(survey, worker, a_visit(doors[0], plan=2), a_visit(doors[1]))
    survey.refresh_from_db()
    close_survey(survey=survey, by=worker, reason="够了", revisit_on=survey.opened_at.date().replace(year=2099))
    survey.refresh_from_db()

    leaves = orjson.loads(survey_file(survey=survey))["leaves"]

    assert [(leaf["v"], leaf.get("plan")) for leaf in leaves] == [(2, plan.digest), (1, None)]
