"""What the survey page shows beside the result: buildings, the trend and the rows of lists."""

from datetime import timedelta

import pytest
from django.utils import timezone

from consent.models import RollEntry
from consent.reports.breakdowns import building_rows, concerns_of
from consent.reports.headlines import headlines_of
from consent.reports.results import result_of
from consent.reports.trend import trend_of
from consent.services.visits import record_visits
from tests.consent.casts import a_visit, make_doors, make_survey
from tests.factories import make_building, make_household, make_neighbourhood, make_stairwell

pytestmark = pytest.mark.django_db


def log(survey, by, *visits, at=None):
    answers = record_visits(survey=survey, visits=visits, by=by, at=at).answers
    assert [answer.status for answer in answers] == ["recorded"] * len(visits)


def test_the_trend_ends_where_the_result_stands():
    survey, doors, worker = make_survey()
    log(survey, worker, a_visit(doors[0]), a_visit(doors[1], "opposes"), a_visit(doors[2]))
    log(survey, worker, a_visit(doors[2], "not_yet"))

    trend = trend_of(survey)

    total = result_of(survey).total
    assert (trend[-1].supports, trend[-1].denominator) == (total.supports, total.denominator) == (1, 10)


def test_the_trend_knows_the_days():
    survey, doors, worker = make_survey()
    tomorrow = timezone.now() + timedelta(days=1)
    log(survey, worker, a_visit(doors[0]))
    log(survey, worker, a_visit(doors[1]), at=tomorrow)

    trend = trend_of(survey, until=timezone.localdate(tomorrow))

    assert [day.supports for day in trend] == [1, 2]


def test_a_small_building_is_broken_down_only_for_who_sees_the_doors():
    neighbourhood = make_neighbourhood()
    doors = make_doors(buildings=1, doors=8, neighbourhood=neighbourhood)
    stairwell = make_stairwell(building=make_building(neighbourhood=neighbourhood, number="9"), number="1")
    doors += [make_household(stairwell=stairwell, unit_number=f"{n}01", floor=n) for n in range(1, 5)]
    survey, _doors, _worker = make_survey(households=doors)
    found = result_of(survey).by_building

    assert [row.number for row in building_rows(found, sees_doors=True)] == ["1", "9"]
    together = building_rows(found, sees_doors=False)
    # Hidden alone, the four could be read from the total less the eight.
    assert [(row.buildings, row.figures.households) for row in together] == [(2, 12)]


def test_concerns_are_counted_by_stance_for_the_doors_that_do_not_count():
    survey, doors, worker = make_survey()
    log(
        survey,
        worker,
        a_visit(doors[0], "not_yet", reasons=("cost", "dust")),
        a_visit(doors[1], "not_yet", reasons=("cost",)),
        a_visit(doors[2], given="verbal", reasons=("parking",)),
        a_visit(doors[3], reasons=("cost",)),
    )

    concerns = concerns_of(survey)

    assert {stance: dict(found) for stance, found in concerns.items()} == {
        "not_yet": {"cost": 2, "dust": 1},
        "verbal": {"parking": 1},
    }


def test_rows_of_a_list_agree_with_the_results_and_cost_the_same_for_more(django_assert_num_queries):
    survey, doors, worker = make_survey()
    log(survey, worker, a_visit(doors[0]), a_visit(doors[1], "no_answer"))
    with django_assert_num_queries(2):
        (row,) = headlines_of([survey], RollEntry.objects.all())

    result = result_of(survey)
    assert (row.supports, row.denominator, row.missing) == (1, 10, result.missing)
    assert (row.round, row.left_in_round) == (1, 8)
