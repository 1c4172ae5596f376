import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import HistoryEntry
from consent.errors import (
    AlreadyOnRoll,
    DoorsUnvisited,
    EmptyRoll,
    NoMenu,
    NoPolicy,
    NoRoundOpen,
    NotOnRoll,
    ReasonNeeded,
    RevisitNeeded,
    RoundAlreadyClosed,
    SurveyClosed,
    SurveyOpen,
    WrongStage,
)
from consent.models import RollEntry, Round, Survey, TreeHead
from consent.reports.results import result_as_closed, result_as_of, result_of
from consent.services.rolls import amend_roll
from consent.services.rounds import close_round
from consent.services.surveys import close_survey, open_survey
from consent.services.visits import record_visits
from renovation.models import Evidence, Neighbourhood, StageChange
from tests.consent.casts import a_visit, make_doors, make_policy, make_survey
from tests.factories import make_household, make_menu_edition, make_owner, make_ownership, make_user

pytestmark = pytest.mark.django_db

LATER = timezone.localdate() + timedelta(days=180)


def listed(survey: Survey, number: int) -> list[int]:
    doors = RollEntry.objects.filter(survey=survey).listed_in(number)
    return list(doors.order_by("household_id").values_list("household_id", flat=True))


def test_opening_freezes_the_roll_the_policy_and_the_menu():
    doors = make_doors()
    household = doors[0]
    make_household(stairwell=household.stairwell, unit_number="门面1", use="shop")
    make_household(stairwell=household.stairwell, unit_number="999", retired_at=timezone.now())
    make_ownership(household=household, owner=make_owner(neighbourhood=household.neighbourhood, name="周敏"))

    survey, _doors, _worker = make_survey(households=doors, pass_share=Decimal("0.8"), count_verbal=True)

    assert survey.roll_size == len(doors)
    assert listed(survey, 1) == [door.pk for door in doors]
    assert (survey.pass_share, survey.count_verbal) == (Decimal("0.8"), True)
    assert RollEntry.objects.get(household=household).owners[0]["name"] == "周敏"
    survey.neighbourhood.refresh_from_db()
    assert survey.neighbourhood.stage == "consenting"


def test_later_roster_changes_do_not_move_the_denominator():
    survey, doors, _worker = make_survey()

    make_household(stairwell=doors[0].stairwell, unit_number="new")
    doors[1].retired_at = timezone.now()
    doors[1].save()

    assert result_of(survey).total.households == len(doors)


def test_the_longest_matching_division_binds_and_of_its_policies_the_latest():
    doors = make_doors()
    make_policy("4205", pass_share=Decimal("0.95"))
    make_policy("420502", pass_share=Decimal("0.70"), valid_from=date(2025, 1, 1))
    make_policy("420502", pass_share=Decimal("0.80"), valid_from=date(2026, 1, 1))
    make_policy("420502", pass_share=Decimal("0.99"), valid_from=LATER)
    make_policy("420503", pass_share=Decimal("0.10"))
    make_menu_edition()

    survey = open_survey(neighbourhood=doors[0].neighbourhood, title="t", closes_on=None, by=make_user())

    assert survey.pass_share == Decimal("0.80")


def test_without_a_policy_in_force_no_survey_opens():
    doors = make_doors()
    make_policy("420503")
    make_policy("4205", valid_from=LATER)
    make_menu_edition()

    with pytest.raises(NoPolicy):
        open_survey(neighbourhood=doors[0].neighbourhood, title="t", closes_on=None, by=make_user())

    assert not Survey.objects.exists()


def test_without_a_menu_no_survey_opens():
    doors = make_doors()
    make_policy()

    with pytest.raises(NoMenu):
        open_survey(neighbourhood=doors[0].neighbourhood, title="t", closes_on=None, by=make_user())


def test_a_roster_of_shops_alone_opens_no_survey_and_leaves_nothing_behind():
    shop = make_household(use="shop")
    make_policy()
    make_menu_edition()

    with pytest.raises(EmptyRoll):
        open_survey(neighbourhood=shop.neighbourhood, title="t", closes_on=None, by=make_user())

    assert not Survey.objects.exists()


def test_a_second_survey_waits_until_the_first_is_closed():
    survey, _doors, worker = make_survey()

    with pytest.raises(SurveyOpen):
        open_survey(neighbourhood=survey.neighbourhood, title="t", closes_on=None, by=worker)


@pytest.mark.parametrize("stage", ["ready", "under_works", "long_term", "withdrawn"])
def test_from_ready_on_no_survey_opens(stage):
    doors = make_doors()
    neighbourhood = doors[0].neighbourhood
    neighbourhood.stage = stage
    neighbourhood.save()

    with pytest.raises(WrongStage):
        open_survey(neighbourhood=neighbourhood, title="t", closes_on=None, by=make_user())


@pytest.mark.parametrize("stage", ["registered", "mobilising", "organised", "consented", "deferred"])
def test_a_survey_opens_once_organised_again_after_one_and_where_the_programme_is_older(stage):
    make_policy()
    make_menu_edition()
    neighbourhood = make_doors()[0].neighbourhood
    neighbourhood.stage = stage
    neighbourhood.save()

    open_survey(neighbourhood=neighbourhood, title="t", closes_on=None, by=make_user())

    assert StageChange.objects.get().from_stage == stage


def test_the_second_round_lists_those_who_do_not_support_yet():
    survey, doors, worker = make_survey()
    record_visits(
        survey=survey,
        by=worker,
        visits=[
            a_visit(doors[0]),
            a_visit(doors[1], given="verbal"),
            a_visit(doors[2], "no_answer"),
            *[a_visit(door) for door in doors[3:]],
        ],
    )

    second = close_round(survey=survey, by=worker)

    assert listed(survey, 2) == [doors[1].pk, doors[2].pk]
    assert (second.number, second.listed_count, second.visited_count) == (2, 2, 0)


def test_a_list_stays_as_it_was_when_its_round_opened():
    survey, doors, worker = make_survey()
    record_visits(survey=survey, by=worker, visits=[a_visit(door) for door in doors[:9]])
    record_visits(survey=survey, by=worker, visits=[a_visit(doors[9], "opposes")])
    close_round(survey=survey, by=worker)

    record_visits(survey=survey, by=worker, visits=[a_visit(doors[0], "opposes", out_of_round=True, note="撤回")])

    assert listed(survey, 2) == [doors[9].pk]
    close_round(survey=survey, by=worker, reason="third together")
    assert listed(survey, 3) == [doors[0].pk, doors[9].pk]


def test_doors_left_unvisited_need_a_reason():
    survey, doors, worker = make_survey()
    record_visits(survey=survey, visits=[a_visit(doors[0])], by=worker)

    with pytest.raises(DoorsUnvisited) as refusal:
        close_round(survey=survey, by=worker)

    assert refusal.value.extra == {"doors": 9}
    assert close_round(survey=survey, by=worker, reason="gone for the winter").number == 2


def test_the_third_round_opens_none():
    survey, _doors, worker = make_survey()
    for _round in range(3):
        last = close_round(survey=survey, by=worker, reason="next")

    assert last is None
    survey.refresh_from_db()
    assert not survey.has_open_round
    with pytest.raises(NoRoundOpen):
        close_round(survey=survey, by=worker, reason="once more")


def test_where_everybody_supports_no_further_round_opens():
    survey, doors, worker = make_survey()
    record_visits(survey=survey, visits=[a_visit(door) for door in doors], by=worker)

    assert close_round(survey=survey, by=worker) is None
    assert list(survey.rounds.values_list("number", flat=True)) == [1]


def test_the_neighbourhood_knows_whether_a_round_is_open():
    survey, doors, worker = make_survey()

    def is_open() -> bool:
        return Neighbourhood.objects.get(pk=survey.neighbourhood_id).round_is_open

    assert is_open()
    close_round(survey=survey, by=worker, reason="next")
    assert is_open()
    record_visits(survey=survey, visits=[a_visit(door) for door in doors], by=worker)
    close_round(survey=survey, by=worker)
    assert not is_open()
    late = make_household(stairwell=doors[0].stairwell, unit_number="901")
    amend_roll(survey=survey, household=late, action="add", reason="漏登", by=worker)
    assert is_open()
    close_survey(survey=survey, by=worker, reason="够了", revisit_on=LATER)
    assert not is_open()


def test_a_round_that_somebody_closed_first_is_not_closed_twice():
    survey, _doors, worker = make_survey()
    close_round(survey=survey, by=worker, number=1, reason="next")

    with pytest.raises(RoundAlreadyClosed):
        close_round(survey=survey, by=worker, number=1, reason="next")


def test_at_the_pass_share_it_passes_and_the_neighbourhood_is_consented():
    survey, doors, worker = make_survey(pass_share=Decimal("0.9"))
    record_visits(survey=survey, visits=[a_visit(door) for door in doors[:9]], by=worker)

    result = close_survey(survey=survey, by=worker)

    survey.refresh_from_db()
    assert (result.verdict, survey.verdict, result.total.supports) == ("passed", "passed", 9)
    assert survey.neighbourhood.stage == "consented"
    evidence = Evidence.objects.get(kind="survey_result")
    assert (evidence.facts["verdict"], evidence.facts["supports"], evidence.facts["tree_size"]) == ("passed", 9, 9)
    step = StageChange.objects.last()
    assert (step.from_stage, step.to_stage, step.figures["support_rate"]) == ("consenting", "consented", "0.9000")
    assert TreeHead.objects.get(survey=survey).size == 9
    assert HistoryEntry.objects.filter(act="survey_closed").exists()


def test_one_door_short_it_fails_and_the_neighbourhood_is_deferred():
    survey, doors, worker = make_survey(pass_share=Decimal("0.9"))
    record_visits(survey=survey, visits=[a_visit(door) for door in doors[:8]], by=worker)

    result = close_survey(survey=survey, by=worker, reason="停车矛盾未解决", revisit_on=LATER)

    survey.refresh_from_db()
    assert (result.verdict, result.missing) == ("failed", 1)
    assert (survey.neighbourhood.stage, survey.revisit_on, survey.close_reason) == ("deferred", LATER, "停车矛盾未解决")


def test_a_failed_survey_needs_a_reason_and_a_day_to_look_again():
    survey, _doors, worker = make_survey()

    with pytest.raises(ReasonNeeded):
        close_survey(survey=survey, by=worker, reason=" ", revisit_on=LATER)
    with pytest.raises(RevisitNeeded):
        close_survey(survey=survey, by=worker, reason="no", revisit_on=None)
    with pytest.raises(RevisitNeeded):
        close_survey(survey=survey, by=worker, reason="no", revisit_on=timezone.localdate())

    survey.refresh_from_db()
    assert survey.is_open


def test_a_closed_survey_is_closed_once_and_its_roll_stands():
    survey, doors, worker = make_survey()
    close_survey(survey=survey, by=worker, reason="no", revisit_on=LATER)

    with pytest.raises(SurveyClosed):
        close_survey(survey=survey, by=worker, reason="no", revisit_on=LATER)
    with pytest.raises(SurveyClosed):
        close_round(survey=survey, by=worker, reason="no")
    with pytest.raises(SurveyClosed):
        amend_roll(survey=survey, household=doors[0], action="remove", reason="sold", by=worker)


def test_the_next_survey_starts_from_a_fresh_ledger_and_the_old_one_stays_readable():
    first, doors, worker = make_survey()
    record_visits(survey=first, visits=[a_visit(doors[0])], by=worker)
    closed = close_survey(survey=first, by=worker, reason="10%", revisit_on=LATER)

    second = open_survey(neighbourhood=first.neighbourhood, title="again", closes_on=None, by=worker)
    record_visits(survey=second, visits=[a_visit(door) for door in doors], by=worker)
    close_survey(survey=second, by=worker)

    first.refresh_from_db()
    assert (second.number, second.ledger != first.ledger) == (2, True)
    assert result_as_closed(first).as_json() == closed.as_json()
    assert [first.result["supports"], Survey.objects.get(number=2).result["supports"]] == [1, 10]


def test_amendments_move_the_roll_and_are_seen_as_of_their_time():
    survey, doors, worker = make_survey()
    newcomer = make_household(stairwell=doors[0].stairwell, unit_number="901")
    before = timezone.now()

    amend_roll(survey=survey, household=newcomer, action="add", reason="漏登", by=worker)
    amend_roll(survey=survey, household=doors[0], action="remove", reason="重复登记", by=worker)
    amend_roll(survey=survey, household=doors[1], action="remove", reason="重复登记", by=worker)

    survey.refresh_from_db()
    assert survey.roll_size == result_of(survey).total.households == 9
    assert result_as_of(survey, before).total.households == 10
    assert newcomer.pk in listed(survey, 1)
    assert record_visits(survey=survey, visits=[a_visit(newcomer)], by=worker).answers[0].status == "recorded"


def test_an_amendment_that_makes_no_sense_is_refused():
    survey, doors, worker = make_survey()
    shop = make_household(stairwell=doors[0].stairwell, unit_number="门面1", use="shop")
    elsewhere = make_household()

    with pytest.raises(AlreadyOnRoll):
        amend_roll(survey=survey, household=doors[0], action="add", reason="x", by=worker)
    for household in (shop, elsewhere):
        with pytest.raises(NotOnRoll):
            amend_roll(survey=survey, household=household, action="add", reason="x", by=worker)
    with pytest.raises(NotOnRoll):
        amend_roll(survey=survey, household=shop, action="remove", reason="x", by=worker)
    with pytest.raises(ReasonNeeded):
        amend_roll(survey=survey, household=doors[0], action="remove", reason=" ", by=worker)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_open_at_once_one_does():
    doors = make_doors()
    make_policy()
    make_menu_edition()
    worker = make_user()
    outcomes: list[str] = []

    def attempt() -> None:
        try:
            open_survey(neighbourhood=doors[0].neighbourhood, title="t", closes_on=None, by=worker)
            outcomes.append("opened")
        except SurveyOpen:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["opened", "refused", "refused", "refused"]
    assert Round.objects.count() == 1


def test_a_household_added_after_everybody_supported_opens_the_next_round():
    survey, doors, worker = make_survey()
    record_visits(survey=survey, visits=[a_visit(door) for door in doors], by=worker)
    assert close_round(survey=survey, by=worker) is None
    newcomer = make_household(stairwell=doors[0].stairwell, unit_number="901")

    amend_roll(survey=survey, household=newcomer, action="add", reason="漏登", by=worker)

    assert listed(survey, 2) == [newcomer.pk]
    assert record_visits(survey=survey, visits=[a_visit(newcomer)], by=worker).answers[0].status == "recorded"


def test_an_amendment_makes_a_new_version_of_the_survey():
    survey, doors, worker = make_survey()
    before = Survey.objects.get(pk=survey.pk).version

    amend_roll(survey=survey, household=doors[0], action="remove", reason="重复登记", by=worker)

    assert Survey.objects.get(pk=survey.pk).version == before + 1
