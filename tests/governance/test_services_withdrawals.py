"""Services that government paid for end on their day, after handover, once somebody goes on with them."""

from datetime import timedelta

import pytest
from django.db import Error as DatabaseError
from django.db import transaction

from accounts.models import HistoryEntry
from governance.errors.handover import (
    DayNotCome,
    EndsTooEarly,
    NotHandedOver,
    NotReadyToWithdraw,
    ServiceWithdrawn,
    WithdrawalPlanned,
)
from governance.models import ServiceWithdrawal
from governance.rules.handover import unready
from governance.services.withdrawals import answer_readiness, postpone_withdrawal, withdraw_service
from renovation.errors import DayInFuture, ReasonNeeded
from tests.governance.handover_cast import (
    a_handover,
    a_withdrawal,
    at_stage,
    handed_over,
    later,
    noon,
    today,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def by(community_worker):
    return community_worker


@pytest.fixture
def home(cast, by):
    handed_over(cast.home, by, today())
    return cast.home


def answers(**fields):
    return {"taken_over_by": "宜居物业", "fee_covers_it": True, "residents_told_on": today(), **fields}


def test_the_end_is_planned_with_what_is_known_already(home, by):
    made = a_withdrawal(home, by, readiness={"taken_over_by": " 宜居物业 ", "residents_told_on": None})

    assert (made.service, made.state, made.readiness) == ("cleaning", "planned", {"taken_over_by": "宜居物业"})
    assert HistoryEntry.objects.get(act="withdrawal_planned").details["ends_on"] == later(60).isoformat()


def test_nothing_is_planned_before_handover(cast, by):
    at_stage(cast.home, "evaluated")
    a_handover(cast.home, by)

    with pytest.raises(NotHandedOver):
        a_withdrawal(cast.home, by)


def test_a_service_ends_after_the_day_of_handover(home, by):
    with pytest.raises(EndsTooEarly) as refusal:
        a_withdrawal(home, by, today())

    assert refusal.value.extra == {"after": today().isoformat()}
    assert a_withdrawal(home, by, later(1)).ends_on == later(1)


def test_one_end_of_a_service_runs_at_a_time(home, by):
    a_withdrawal(home, by, service="cleaning")

    with pytest.raises(WithdrawalPlanned):
        a_withdrawal(home, by, service="cleaning")

    assert a_withdrawal(home, by, service="greening").service == "greening"


def test_residents_are_not_told_on_a_day_to_come(home, by):
    with pytest.raises(DayInFuture):
        a_withdrawal(home, by, readiness=answers(residents_told_on=later()))
    made = a_withdrawal(home, by)
    with pytest.raises(DayInFuture):
        answer_readiness(withdrawal=made, answers={"residents_told_on": later()}, by=by)


def test_answers_come_bit_by_bit_and_can_be_taken_back(home, by):
    made = a_withdrawal(home, by)

    answer_readiness(withdrawal=made, answers={"fee_covers_it": True}, by=by)
    answer_readiness(withdrawal=made, answers={"taken_over_by": "宜居物业"}, by=by)
    answer_readiness(withdrawal=made, answers={"fee_covers_it": None}, by=by)

    made.refresh_from_db()
    assert made.readiness == {"taken_over_by": "宜居物业"}


def test_the_same_answer_again_leaves_no_trace(home, by):
    made = a_withdrawal(home, by, readiness=answers())

    answer_readiness(withdrawal=made, answers=answers(), by=by)

    made.refresh_from_db()
    assert made.version == 1


def test_a_service_ends_on_its_day_once_all_points_hold(home, by):
    made = a_withdrawal(home, by, later(10), readiness=answers())

    with pytest.raises(DayNotCome):
        withdraw_service(withdrawal=made, by=by, at=noon(later(9)))
    withdraw_service(withdrawal=made, by=by, at=noon(later(10)))

    made.refresh_from_db()
    assert made.state == "withdrawn"


@pytest.mark.parametrize(
    ("given", "unmet"),
    [
        ({"taken_over_by": ""}, ["taken_over_by"]),
        ({"fee_covers_it": False}, ["fee_covers_it"]),
        ({"residents_told_on": None}, ["residents_told_on"]),
        ({"taken_over_by": None, "fee_covers_it": None}, ["taken_over_by", "fee_covers_it"]),
    ],
)
def test_it_does_not_end_while_a_point_is_open(home, by, given, unmet):
    made = a_withdrawal(home, by, readiness=answers(**given))

    with pytest.raises(NotReadyToWithdraw) as refusal:
        withdraw_service(withdrawal=made, by=by, at=noon(later(60)))

    assert refusal.value.extra == {"unmet": unmet}
    made.refresh_from_db()
    assert made.state == "planned"


def test_it_is_put_off_to_a_later_day_with_a_reason(home, by):
    made = a_withdrawal(home, by, later(10))

    postpone_withdrawal(withdrawal=made, ends_on=later(20), reason="物业公司尚未进场", by=by)

    made.refresh_from_db()
    assert (made.ends_on, made.state, made.reason, made.document) == (
        later(20),
        "postponed",
        "物业公司尚未进场",
        "撤-1",
    )


def test_residents_are_told_anew_of_a_day_that_was_put_off(home, by):
    made = a_withdrawal(home, by, later(10), readiness=answers())

    postponed = postpone_withdrawal(withdrawal=made, ends_on=later(20), reason="物业公司尚未进场", by=by)

    assert unready(postponed.readiness, postponed.ends_on) == ("residents_told_on",)
    told = answer_readiness(withdrawal=made, answers={"residents_told_on": today()}, by=by)
    assert unready(told.readiness, told.ends_on) == ()


def test_it_is_not_put_off_without_a_reason_nor_to_an_earlier_day(home, by):
    made = a_withdrawal(home, by, later(10))

    with pytest.raises(ReasonNeeded):
        postpone_withdrawal(withdrawal=made, ends_on=later(20), reason=" ", by=by)
    for day in (later(9), later(10)):
        with pytest.raises(EndsTooEarly):
            postpone_withdrawal(withdrawal=made, ends_on=day, reason="r", by=by)
    with pytest.raises(EndsTooEarly) as refusal:
        postpone_withdrawal(withdrawal=made, ends_on=later(15), reason="r", by=by, at=noon(later(15)))
    assert refusal.value.extra == {"after": later(15).isoformat()}


def test_it_does_not_end_where_the_handover_was_not_accepted(home, by):
    made = a_withdrawal(home, by, readiness=answers())
    at_stage(home, "evaluated")

    with pytest.raises(NotHandedOver):
        withdraw_service(withdrawal=made, by=by, at=noon(later(60)))


def test_of_a_service_that_has_ended_nothing_changes(home, by):
    made = a_withdrawal(home, by, later(10), readiness=answers())
    withdraw_service(withdrawal=made, by=by, at=noon(later(10)))

    for refused in (
        lambda: answer_readiness(withdrawal=made, answers={"fee_covers_it": False}, by=by),
        lambda: postpone_withdrawal(withdrawal=made, ends_on=later(90), reason="r", by=by),
        lambda: withdraw_service(withdrawal=made, by=by, at=noon(later(11))),
    ):
        with pytest.raises(ServiceWithdrawn):
            refused()
    rows = ServiceWithdrawal.objects.filter(pk=made.pk)
    for refused in (lambda: rows.update(ends_on=later() + timedelta(days=1)), rows.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            refused()


def test_a_service_that_came_back_may_end_again(home, by):
    first = a_withdrawal(home, by, later(10), readiness=answers())
    withdraw_service(withdrawal=first, by=by, at=noon(later(10)))

    assert a_withdrawal(home, by, later(90)).pk != first.pk
