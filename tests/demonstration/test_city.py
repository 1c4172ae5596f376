"""The large city, made small: every state, and ledgers that hold."""

import random
from decimal import Decimal

import pytest
from django.db import transaction

from accounts.models import User
from consent.models import Survey
from consent.reports.ledger_check import faults_of
from consent.services.rebuild import rebuild
from demonstration.rules.city import HOMES, NEIGHBOURHOODS, STAGES, path_to, plan_city
from demonstration.rules.small_city import PLACES
from demonstration.rules.walks import course_of
from demonstration.services.city import grow_city
from demonstration.services.mark import read_mark
from renovation.choices import Stage
from renovation.models import Household, Neighbourhood
from tests.demonstration.conftest import NOW

HERE = 60
DOORS = 4_000


@pytest.fixture(scope="module")
def large_city(small_city, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        grow_city(now=NOW, neighbourhoods=HERE, households=DOORS)
    return HERE


def test_the_plan_has_the_size_to_build_for():
    places = list(plan_city())

    assert len(places) + len(PLACES) == NEIGHBOURHOODS == 2022
    assert sum(place.homes for place in (*places, *PLACES)) == HOMES == 265_000
    assert len({place.name for place in places}) == len(places)
    assert all(place.name.startswith("示范") for place in places)
    assert {place.stage for place in places} == set(STAGES) == set(Stage.values)
    assert {place.rounds for place in places if place.is_open} == {1, 2, 3}


def test_the_plan_is_the_same_each_time():
    assert list(plan_city()) == list(plan_city())


def test_the_visits_of_the_plan_are_about_half_a_million():
    visits = sum(
        len(
            course_of(
                random.Random(place.name),
                place.homes,
                rounds=place.rounds,
                passes=place.passes,
                progress=place.progress if place.is_open else 1,
                pass_share=Decimal("0.95"),
            ).visits
        )
        for place in plan_city()
        if place.rounds
    )

    assert 400_000 < visits < 600_000


def test_the_path_to_a_suspended_place_leads_over_its_works():
    assert path_to("suspended")[-2:] == ("under_works", "suspended")
    assert path_to("consented") == ()


@pytest.mark.django_db
def test_the_city_grows_around_the_small_one(large_city):
    assert Neighbourhood.objects.count() == HERE
    assert Household.objects.residential().count() == DOORS
    assert read_mark() == "city"
    assert Neighbourhood.objects.get(name="黄龙小区").stage == "consented"


@pytest.mark.django_db
def test_who_works_in_the_small_city_finds_the_same_there(large_city):
    seen = Neighbourhood.objects.visible_to(User.objects.get(username="community"))

    assert seen.count() == 5


@pytest.mark.django_db
def test_every_ledger_of_the_city_holds_and_every_projection_is_what_it_gives(large_city):
    surveys = Survey.objects.select_related("neighbourhood").filter(opened_by__username__startswith="staff-")

    assert surveys.count() > 30
    assert {survey.rounds.count() for survey in surveys} >= {2, 3}
    for survey in surveys:
        assert rebuild(survey=survey) == []
        assert list(faults_of(survey)) == []
        assert survey.neighbourhood.round_is_open == survey.has_open_round


@pytest.mark.django_db
def test_every_place_came_to_its_stage_by_steps_in_time(large_city):
    for neighbourhood in Neighbourhood.objects.all():
        steps = list(neighbourhood.stage_changes.order_by("pk"))

        assert steps[-1].to_stage == neighbourhood.stage
        assert [step.from_stage for step in steps] == ["", *(step.to_stage for step in steps[:-1])]
        assert [step.at for step in steps] == sorted(step.at for step in steps)
        assert steps[-1].at == neighbourhood.stage_since < NOW
