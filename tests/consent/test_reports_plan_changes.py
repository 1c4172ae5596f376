"""Whose consent a change of the plan touches."""

from decimal import Decimal

import pytest

from consent.models import RollEntry, Survey
from consent.reports.plan_changes import Touch, consent_touched, latest_survey, orders_removed, touch_of, touched_doors
from consent.reports.plan_changes import with_touch as doors_with_touch
from consent.services.rolls import amend_roll
from consent.services.visits import record_visits
from renovation.reports.plan_changes import comparison_of
from renovation.services.plans import remove_item
from tests.consent.casts import a_visit
from tests.factories import make_building, make_household, make_stairwell, make_user
from tests.plan_casts import Planned, make_planned

pytestmark = pytest.mark.django_db


@pytest.fixture
def planned() -> Planned:
    return make_planned()


def touched(planned: Planned, touch: Touch) -> list[int]:
    doors = touched_doors(RollEntry.objects.filter(survey=planned.survey), touch)
    return list(doors.order_by("household").values_list("household", flat=True))


def test_a_change_that_moves_no_share_and_takes_nothing_out_touches_nobody(planned):
    draft = planned.draft(B03={"contractor": "宜江建设"})

    touch = touch_of(comparison_of(draft))
    found = consent_touched(planned.survey, touch, sees_doors=True)

    assert not touch
    assert touched(planned, touch) == []
    assert (found.total.households, found.total.supporting, found.total.touched, found.total.affected) == (10, 3, 0, 0)


def test_a_share_that_moves_touches_each_household_and_affects_those_that_support(planned):
    draft = planned.draft(B03={"unit_price": Decimal(120)})

    touch = touch_of(comparison_of(draft))
    found = consent_touched(planned.survey, touch, sees_doors=True)

    assert set(touch.moved) == {door.pk for door in planned.doors}
    assert (found.total.touched, found.total.affected) == (10, 3)
    by_building = [(group.counts.touched, group.counts.affected, group.counts.supporting) for group in found.groups]
    assert by_building == [(5, 2, 2), (5, 1, 1)]


def test_an_item_taken_out_touches_only_those_that_ordered_it_with_a_yes(planned):
    draft = planned.draft(B01={"payers": {planned.residents.pk: Decimal(1)}})
    remove_item(item=draft.items.get(menu_item__code="B03"), by=planned.district)

    # The residents pay the same 1,000.00 as before, now for B01: no share moves.
    touch = touch_of(comparison_of(draft))
    found = consent_touched(planned.survey, touch, sees_doors=True)

    assert (list(touch.moved), list(touch.removed)) == ([], ["B03"])
    assert touched(planned, touch) == [planned.doors[0].pk]
    assert found.total.affected == 1
    door = doors_with_touch(planned.survey.doors.filter(household=planned.doors[0]), touch).get()
    assert (orders_removed(door, touch), door.affected) == (["B03"], True)
    undecided = doors_with_touch(planned.survey.doors.filter(household=planned.doors[2]), touch).get()
    assert (orders_removed(undecided, touch), undecided.affected) == ([], False)


@pytest.mark.parametrize("moved", [4, 6])
def test_what_a_few_answered_whose_share_moves_or_stays_is_told_only_to_who_sees_doors(planned, moved):
    touch = Touch(moved=[door.pk for door in planned.doors[:moved]], removed=())

    seen = consent_touched(planned.survey, touch, sees_doors=True)
    told = consent_touched(planned.survey, touch, sees_doors=False)

    assert (seen.total.affected, [group.counts.affected for group in seen.groups]) == (
        2 if moved == 4 else 3,
        [2, moved // 6],
    )
    assert (told.total.affected, [group.counts.affected for group in told.groups]) == (None, [None, None])
    assert (told.total.touched, told.total.supporting) == (moved, 3)


def test_five_and_five_are_told_to_all(planned):
    touch = Touch(moved=[door.pk for door in planned.doors[:5]], removed=())

    told = consent_touched(planned.survey, touch, sees_doors=False)

    assert (told.total.affected, [group.counts.affected for group in told.groups]) == (2, [2, 0])


def test_a_withdrawn_yes_withdraws_its_order_and_its_consent(planned):
    later = a_visit(planned.doors[0], "not_yet")
    assert record_visits(survey=planned.survey, visits=[later], by=planned.community).answers[0].status == "recorded"

    touch = Touch(moved=(), removed=["B03"])

    assert touched(planned, touch) == []
    assert consent_touched(planned.survey, touch, sees_doors=True).total.supporting == 2


def test_a_door_taken_off_the_roll_is_touched_no_more(planned):
    touch = Touch(moved=[planned.doors[0].pk, planned.doors[1].pk], removed=())
    assert consent_touched(planned.survey, touch, sees_doors=True).total.touched == 2

    amend_roll(
        survey=planned.survey, household=planned.doors[1], action="remove", reason="已拆除", by=planned.community
    )

    assert touched(planned, touch) == [planned.doors[0].pk]
    assert consent_touched(planned.survey, touch, sees_doors=True).total.touched == 1


def test_the_first_revision_changes_nothing_that_anybody_agreed_to(planned):
    comparison = comparison_of(planned.plan)

    assert comparison.before is None
    assert len(comparison.moved_shares) == 10
    assert not touch_of(comparison)


def test_small_buildings_are_not_told_apart_for_who_does_not_see_the_doors(planned):
    stairwell = make_stairwell(building=make_building(neighbourhood=planned.home, number="9"))
    small = [make_household(stairwell=stairwell) for _ in range(2)]
    for door in small:
        amend_roll(survey=planned.survey, household=door, action="add", reason="漏登", by=planned.community)
    touch = Touch(moved=[small[0].pk], removed=())

    seen = consent_touched(planned.survey, touch, sees_doors=True)
    others = consent_touched(planned.survey, touch, sees_doors=False)

    assert [group.counts.touched for group in seen.groups if group.row.building == small[0].building_id] == [1]
    # Two households alone would be hidden, and then told by the total: the smallest other building stands with them.
    assert small[0].building_id not in [group.row.building for group in others.groups]
    together = next(group for group in others.groups if group.row.building is None)
    assert together.counts.households == 7
    assert (together.counts.touched, others.total.touched) == (1, 1)


def test_nothing_is_said_of_a_survey_of_fewer_than_five_households(planned):
    for door in planned.doors[3:]:
        amend_roll(survey=planned.survey, household=door, action="remove", reason="已拆除", by=planned.community)
    touch = Touch(moved=[planned.doors[0].pk], removed=())

    assert [group.counts for group in consent_touched(planned.survey, touch, sees_doors=False).groups] == [None]


def test_the_latest_survey_is_the_last_that_the_caller_may_see(planned):
    assert latest_survey(planned.home, planned.community) == planned.survey
    assert latest_survey(planned.home, make_user(territory="420503001001")) is None


def test_counting_costs_the_same_for_one_door_as_for_all(planned, django_assert_num_queries):
    for moved in ([planned.doors[0].pk], [door.pk for door in planned.doors]):
        survey = Survey.objects.select_related("neighbourhood").get(pk=planned.survey.pk)
        with django_assert_num_queries(5):
            consent_touched(survey, Touch(moved, ["B03"]), sees_doors=True)
