"""The sheets of surveys: the tally of rounds, the doors of one, and what residents chose."""

from decimal import Decimal

import pytest

from accounts.choices import Role
from consent.models import Survey
from consent.reports.headlines import results_to_show
from consent.reports.orders import orders_to_show
from consent.reports.results import result_to_show
from consent.services.rounds import close_round
from consent.services.surveys import close_survey, open_survey
from consent.services.visits import record_visits
from overview.sheets import SHEETS
from overview.sheets.frame import HIDDEN
from tests.cast import HERE
from tests.consent.casts import a_visit, make_doors, make_survey
from tests.factories import make_building, make_household, make_neighbourhood, make_user
from tests.overview.sheets_cast import a_full_place, asked, made, totals

pytestmark = pytest.mark.django_db


def test_the_tally_by_building_is_the_result_of_the_survey():
    doors = make_doors(buildings=2, doors=6)
    survey, _doors, staff = make_survey(households=doors)
    visits = [a_visit(door) for door in doors[:5]] + [a_visit(doors[6], "not_yet"), a_visit(doors[7], "no_answer")]
    record_visits(survey=survey, visits=visits, by=staff)

    rows = made("round-tally", staff)

    result = result_to_show(survey)
    assert [(row["building"], row["supports"], row["households"]) for row in rows] == [("1", 5, 6), ("2", 0, 6)]
    assert [(row["listed_1"], row["visited_1"], row["contacted_1"], row["supports_1"]) for row in rows] == [
        (6, 5, 5, 5),
        (6, 2, 1, 0),
    ]
    total = totals("round-tally", staff)
    assert (total["supports"], total["denominator"]) == (result.total.supports, result.total.denominator)
    assert total["support_rate"] == result.total.support_rate
    assert total["visited"] == result.total.visited
    assert (total["not_yet"], total["no_answer"], total["not_visited"]) == (1, 1, 5)


def test_a_closed_tally_stays_as_it_was_when_somebody_changes_their_mind():
    doors = make_doors(buildings=1, doors=6)
    survey, _doors, staff = make_survey(households=doors)
    record_visits(survey=survey, visits=[a_visit(door) for door in doors], by=staff)
    close_survey(survey=survey, by=staff)
    before = made("round-tally", staff)
    withdrawn = a_visit(doors[0], "opposes", out_of_round=True, round=None, note="不同意了")
    answers = record_visits(survey=survey, visits=[withdrawn], by=staff).answers
    assert [answer.status for answer in answers] == ["recorded"]

    assert made("round-tally", staff) == before
    assert before[0]["supports_1"] == before[0]["supports"] == 6


def test_small_buildings_stand_together_for_who_does_not_see_the_doors_and_small_surveys_are_hidden():
    doors = [*make_doors(buildings=1, doors=6), *make_doors(buildings=1, doors=3, neighbourhood=make_neighbourhood())]
    survey, _doors, staff = make_survey(households=doors[:6])
    make_household(building=make_building(neighbourhood=survey.neighbourhood, number="9"))
    small = open_survey(neighbourhood=doors[6].neighbourhood, title="小", closes_on=None, by=staff)
    official = make_user(Role.DISTRICT_OFFICIAL, HERE[:6])

    told = made("round-tally", official)
    seen = made("round-tally", staff)

    assert [row["households"] for row in seen] == [6, 3]
    assert [row["households"] for row in told] == [6, HIDDEN]
    assert [row["supports_1"] for row in told] == [0, HIDDEN]
    choices = {(row["survey"], row["orders"]) for row in made("item-choices", official)}
    assert choices == {("征询", 0), (small.title, HIDDEN)}
    assert {row["orders"] for row in made("item-choices", staff)} == {0}
    weekly = {row["code"]: row["roll"] for row in made("weekly-progress", official)}
    assert weekly == {survey.neighbourhood.code: 6, small.neighbourhood.code: HIDDEN}


def test_item_choices_are_those_of_the_orders():
    doors = make_doors(buildings=1, doors=6)
    survey, _doors, staff = make_survey(households=doors)
    visits = [a_visit(doors[0], menu_items=("B03", "U11")), a_visit(doors[1], menu_items=("B03",))]
    record_visits(survey=survey, visits=[*visits, a_visit(doors[2], "not_yet")], by=staff)

    rows = made("item-choices", staff)

    orders = orders_to_show(survey, sees_doors=True)
    assert {row["item"]: row["orders"] for row in rows} == {
        one.item.code: one.orders for one in orders.items_of(orders.total)
    }
    assert [row["item"] for row in rows] == ["B03", "U11", "B01"]
    assert (rows[0]["of_roll"], rows[0]["of_answered"]) == (Decimal("0.3333"), Decimal("0.6666"))


def test_results_of_many_surveys_are_those_of_each():
    place = a_full_place(HERE)
    surveys = list(Survey.objects.select_related("neighbourhood").order_by("pk"))
    assert {survey.is_open for survey in surveys} == {True, False}
    assert place.pk in {survey.neighbourhood_id for survey in surveys}

    found = results_to_show(surveys)

    for survey in surveys:
        assert found[survey.pk].as_json() == result_to_show(survey).as_json()


def test_names_and_phones_are_masked_and_in_full_only_on_a_reason_where_the_caller_may_see_them(cast):
    survey, _doors, staff = make_survey(households=cast.doors)
    record_visits(survey=survey, visits=[a_visit(cast.doors[0], reasons=("parking",))], by=staff)
    official = make_user(Role.DISTRICT_OFFICIAL, HERE[:6])
    auditor = make_user(Role.AUDITOR, HERE[:4])
    committee = make_user(Role.COMMITTEE_MEMBER, cast.home.code)

    def told(caller, *, full=False):
        return {(row["head"], row["phones"]) for row in made("household-list", caller, full=full, survey=survey.pk)}

    masked, plain = {("周**", "138****2071")}, {("周敏", "13812342071")}
    assert (told(staff), told(staff, full=True)) == (masked, plain)
    assert (told(committee), told(committee, full=True)) == (masked, plain)
    assert (told(official), told(official, full=True)) == (set(), plain)
    assert (told(auditor), told(auditor, full=True)) == (set(), masked)
    needs = SHEETS["household-list"].needs_reason
    asks = {who: needs(asked("household-list", who, survey=survey.pk)) for who in (staff, committee, official, auditor)}
    assert asks == {staff: False, committee: False, official: True, auditor: True}


def test_a_household_list_is_of_one_round_in_the_order_of_the_doors(cast):
    survey, _doors, staff = make_survey(households=cast.doors)
    first, *others = cast.doors
    record_visits(survey=survey, visits=[a_visit(first, menu_items=("B03",)), a_visit(others[0], "not_yet")], by=staff)
    close_round(survey=survey, by=staff, reason="无人在家")

    rows = made("household-list", staff, neighbourhood=cast.home.code, round="1")

    assert [(row["building"], row["unit"], row["stance"], row["visited"]) for row in rows] == [
        ("1", "101", "Supports", "Yes"),
        ("1", "201", "Not yet", "Yes"),
        ("2", "101", "Not visited", "No"),
        ("2", "201", "Not visited", "No"),
    ]
    assert (rows[0]["given"], rows[0]["counts"], rows[0]["items"]) == ("Signed", "Yes", "B03")
    assert [row["unit"] for row in made("household-list", staff, survey=survey.pk)] == ["201", "101", "201"]
    form = SHEETS["household-list"].form({}, caller=staff)
    assert form.errors.as_data()["neighbourhood"][0].code == "required"
