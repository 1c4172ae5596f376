"""The large city, made small: every state, and ledgers that hold."""

import random
from decimal import Decimal

import pytest
from django.db import transaction

from accounts.models import User
from consent.models import PublicNotice, Survey
from consent.reports.ledger_check import faults_of
from consent.services.notices import _push as tell_notice
from consent.services.rebuild import rebuild
from demonstration.rules.city import HOMES, NEIGHBOURHOODS, STAGES, path_to, plan_city
from demonstration.rules.small_city import PLACES
from demonstration.rules.walks import course_of
from demonstration.services.city import grow_city
from demonstration.services.mark import read_mark
from governance.models import Bill
from governance.reports.fees.rates import rates_by_neighbourhood
from governance.rules.fees.periods import parse_period
from governance.services.fees.audits import audit_fees
from renovation.choices import Stage
from renovation.models import (
    Defect,
    Evaluation,
    Evidence,
    Household,
    HouseholdShare,
    Neighbourhood,
    RenovationPlan,
    StageChange,
    WorkPackage,
)
from renovation.reports.evaluations import result_now
from renovation.reports.household_shares import shares_as_split_now
from renovation.reports.money import money_of
from renovation.reports.plans import is_as_frozen
from renovation.rules.plans import amount_of
from renovation.services.evaluations import _tell as tell_evaluation
from renovation.services.plans.evidence import push_plan
from renovation.services.works_evidence import push_acceptance, push_filing, push_parties, push_works
from tests.demonstration.conftest import NOW

HERE = 60
DOORS = 4_000


@pytest.fixture(scope="module")
def large_city(small_city, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        grow_city(now=NOW, neighbourhoods=HERE, households=DOORS)
        yield HERE
        transaction.set_rollback(True)


def test_the_plan_has_the_size_to_build_for():
    places = list(plan_city())

    assert len(places) + len(PLACES) == NEIGHBOURHOODS == 2022
    assert sum(place.homes for place in (*places, *PLACES)) == HOMES == 265_000
    assert len({place.name for place in (*places, *PLACES)}) == NEIGHBOURHOODS
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


@pytest.mark.django_db
def test_every_step_but_a_surveys_had_its_guards_met(large_city):
    steps = StageChange.objects.filter(neighbourhood__surveys__opened_by__username__startswith="staff-")
    steps = steps.exclude(to_stage__in=("registered", "consenting", "consented", "deferred")).distinct()

    assert steps.count() > 150
    for step in steps:
        assert all(guard["met"] for guard in step.figures["guards"]), step
        assert (step.by is None) == (step.to_stage == "long_term")


@pytest.mark.django_db
def test_shares_of_every_plan_add_up_and_its_digest_verifies(large_city):
    plans = RenovationPlan.objects.in_force().filter(frozen_by__isnull=False)

    assert plans.count() > 15
    for plan in plans:
        items = list(plan.items.prefetch_related("shares__source"))
        planned = {}
        for item in items:
            assert item.amount == amount_of(item.quantity, item.unit_price)
            assert sum(share.planned for share in item.shares.all()) == item.amount
            for share in item.shares.all():
                planned[share.source] = planned.get(share.source, Decimal(0)) + share.planned
        assert (len(items), sum(planned.values())) == (plan.item_count, plan.total)
        for found in shares_as_split_now(plan):
            kept = HouseholdShare.objects.filter(plan=plan, source=found.source).order_by("household_id")
            told = [(share.household, share.weight, share.amount) for share in found.shares]
            assert list(kept.values_list("household_id", "weight", "amount")) == told
            assert sum(amount for _household, _weight, amount in told) == planned[found.source]
        assert is_as_frozen(plan)


@pytest.mark.django_db
def test_no_source_has_received_more_than_planned_or_spent_what_it_has_not(large_city):
    for plan in RenovationPlan.objects.in_force():
        for source, sums in money_of(plan.neighbourhood).by_source:
            assert sums.planned >= sums.received >= sums.spent >= 0, source
            if source.kind == "award":
                paid = sum(tranche.amount for tranche in source.tranches.filter(state="paid"))
                assert sums.received == paid


@pytest.mark.django_db
def test_what_is_on_record_is_what_the_modules_would_tell(large_city):
    """Each module is asked to tell again: what it says stands there already, so nothing is written."""
    before, by = Evidence.objects.count(), User.objects.get(username="city")

    for plan in RenovationPlan.objects.in_force().select_related("neighbourhood"):
        push_plan(plan, by=by, at=NOW)
    for place in Neighbourhood.objects.filter(work_packages__isnull=False).distinct():
        package = place.work_packages.latest("number")
        push_works(place, by, NOW)
        push_parties(package, by, NOW)
        push_acceptance(package, by, NOW)
        for filing in place.completion_filings.all():
            push_filing(filing, by, NOW)
    for evaluation in Evaluation.objects.select_related("neighbourhood"):
        tell_evaluation(evaluation, by, NOW)
    for kind in ("survey_result", "plan"):
        notices = PublicNotice.objects.filter(kind=kind).order_by("neighbourhood_id", "-pk")
        for notice in notices.distinct("neighbourhood_id"):
            tell_notice(notice, by=by, at=NOW)

    told = Evidence.objects.order_by("pk")[before:]
    assert [(row.neighbourhood.name, row.kind, row.facts) for row in told] == []


@pytest.mark.django_db
def test_whoever_was_handed_over_has_a_year_of_bills_in_a_book_that_holds(large_city):
    managed = Neighbourhood.objects.filter(stage__in=("handed_over", "long_term"))
    billed = Bill.objects.filter(run__by__username="clerk-city")

    audit = audit_fees(day=NOW.date(), at=NOW)

    assert (audit.finding_count, audit.findings) == (0, [])
    assert set(managed.values_list("pk", flat=True)) <= set(Bill.objects.values_list("neighbourhood", flat=True))
    assert billed.filter(kind="property").values("period").distinct().count() == 12
    assert {"open", "settled"} == set(billed.values_list("state", flat=True))
    rates = rates_by_neighbourhood(
        neighbourhoods=list(billed.values_list("neighbourhood", flat=True).distinct()),
        kind="property",
        period=parse_period("2026-Q3"),
        cut_off=NOW.date(),
    )
    assert 2 * sum(rate.above_target is True for rate in rates.values()) > len(rates)


@pytest.mark.django_db
def test_an_evaluation_says_what_its_answers_say(large_city):
    closed = Evaluation.objects.exclude(closed_at=None)

    assert closed.count() > 4
    for evaluation in closed:
        assert result_now(evaluation).as_json() == evaluation.result
        assert evaluation.result["minimum_met"]


@pytest.mark.django_db
def test_packages_stand_in_every_state_and_defects_too(large_city):
    assert set(WorkPackage.objects.values_list("state", flat=True)) >= {"planned", "running", "done", "accepted"}
    assert set(Defect.objects.values_list("state", flat=True)) == {"open", "rectified", "closed"}
    for defect in Defect.objects.filter(after_acceptance=False, package__state="accepted"):
        assert defect.state == "closed"
