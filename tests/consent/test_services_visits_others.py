"""Two people at one door: both visits are kept, and both people hear of each other."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.choices import Role
from consent.models import Visit
from consent.services.rounds import close_round
from consent.services.visits import OtherVisit, Sending, record_sendings, record_visits
from tests.api.helpers import signed_in
from tests.consent.casts import a_visit, as_item, make_survey
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_work():
    """A survey with its doors, community staff and a committee member."""
    survey, doors, staff = make_survey()
    return survey, doors, staff, make_user(Role.COMMITTEE_MEMBER, survey.neighbourhood.code, display_name="周建国")


def others_of(survey, visit, by):
    return list(record_visits(survey=survey, visits=[visit], by=by).answers[0].others)


def told(visit, name):
    return OtherVisit(name, visit.visited_at, visit.outcome)


def test_who_comes_second_hears_of_the_first_and_the_first_on_asking_again(at_work):
    survey, doors, staff, member = at_work
    hers, his = a_visit(doors[0], "not_yet"), a_visit(doors[0])

    first = others_of(survey, hers, staff)
    second = others_of(survey, his, member)
    again = others_of(survey, hers, staff)

    assert first == []
    assert second == [told(hers, staff.username)]
    assert again == [told(his, "周建国")]
    assert Visit.objects.count() == 2


def test_in_one_transaction_both_hear_of_each_other(at_work):
    survey, doors, staff, member = at_work
    hers, his = a_visit(doors[0], "not_yet"), a_visit(doors[0])
    alone = a_visit(doors[1])

    to_her, to_him = record_sendings(survey=survey, sendings=[Sending([hers, alone], staff), Sending([his], member)])

    assert [list(answer.others) for answer in to_her.answers] == [[told(his, "周建国")], []]
    assert [list(answer.others) for answer in to_him.answers] == [[told(hers, staff.username)]]


def test_several_come_in_the_order_in_which_they_were_made(at_work):
    survey, doors, staff, member = at_work
    now = timezone.now()
    late, early = (a_visit(doors[0], "no_answer", visited_at=now - timedelta(hours=hours)) for hours in (1, 3))
    record_visits(survey=survey, visits=[late, early], by=member)

    assert others_of(survey, a_visit(doors[0]), staff) == [told(early, "周建国"), told(late, "周建国")]


def test_ones_own_visits_and_those_of_other_doors_are_nobody_elses(at_work):
    survey, doors, staff, member = at_work
    record_visits(survey=survey, visits=[a_visit(doors[0], "no_answer")], by=staff)
    record_visits(survey=survey, visits=[a_visit(doors[1])], by=member)

    assert others_of(survey, a_visit(doors[0]), staff) == []


def test_what_was_corrected_stands_beside_nothing(at_work):
    survey, doors, staff, member = at_work
    slip = a_visit(doors[0], "opposes")
    correction = a_visit(doors[1], "opposes", supersedes=slip.client_id)
    record_visits(survey=survey, visits=[slip, correction], by=member)

    assert others_of(survey, a_visit(doors[0]), staff) == []
    assert others_of(survey, a_visit(doors[1]), staff) == [told(correction, "周建国")]


def test_another_round_is_another_matter(at_work):
    survey, doors, staff, member = at_work
    record_visits(survey=survey, visits=[a_visit(doors[0], "not_yet")], by=member)
    close_round(survey=survey, by=staff, reason="雨天")
    out_of_round = a_visit(doors[0], out_of_round=True, note="来电同意")

    assert others_of(survey, a_visit(doors[0], "no_answer"), staff) == []
    assert others_of(survey, out_of_round, staff) == []


def test_what_is_refused_hears_of_nobody(at_work):
    survey, doors, staff, member = at_work
    record_visits(survey=survey, visits=[a_visit(doors[0])], by=member)

    assert others_of(survey, a_visit(doors[0], given=""), staff) == []


def test_names_cost_one_query_where_there_are_others_and_none_where_not(at_work, django_assert_num_queries):
    survey, doors, staff, member = at_work
    record_visits(survey=survey, visits=[a_visit(door) for door in doors[:4]], by=member)
    member_too = make_user(Role.COMMITTEE_MEMBER, survey.neighbourhood.code)
    record_visits(survey=survey, visits=[a_visit(door) for door in doors[1:4]], by=member_too)

    def send(*households) -> None:
        record_visits(survey=survey, visits=[a_visit(household) for household in households], by=staff)

    send(doors[9])
    with django_assert_num_queries(6):
        send(doors[8])
    with django_assert_num_queries(7):
        send(doors[0])
    with django_assert_num_queries(7):
        send(*doors[1:4])


def test_the_api_says_who_else_was_there(at_work):
    survey, doors, staff, member = at_work
    first = a_visit(doors[0], "not_yet", visited_at=timezone.now().replace(microsecond=0))
    url = f"/api/v1/surveys/{survey.pk}/visits/"
    signed_in(member).post(url, {"visits": [as_item(first)]})

    visits = [as_item(a_visit(doors[0])), as_item(a_visit(doors[1])), as_item(a_visit(doors[2], given=""))]
    results = signed_in(staff).post(url, {"visits": visits}).json()["results"]

    assert [result["status"] for result in results] == ["recorded", "recorded", "rejected"]
    assert results[0]["others"] == [
        {"recorded_by": "周建国", "visited_at": first.visited_at.isoformat(), "outcome": "not_yet"}
    ]
    assert [result["others"] for result in results[1:]] == [[], []]
