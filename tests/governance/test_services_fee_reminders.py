"""Arrears are asked for in steps, each recorded once with its proof; and what they come to is told by age."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import HistoryEntry
from governance.errors.fees import (
    NothingOverdue,
    OutcomeNeeded,
    PromiseOutOfOrder,
    ProofMissing,
    RemindedToday,
    ReminderInTheFuture,
    ReminderReused,
    StepOutOfOrder,
    TooSoonToSue,
    WrongChannel,
)
from governance.models import Bill, Reminder
from governance.reports.fees.arrears import (
    account_arrears,
    accounts_in_arrears,
    arrears_by_age,
    arrears_by_building,
    near_the_bar,
    of_age,
    overdue_bills,
)
from governance.reports.fees.reminded import time_bars
from governance.services.fees.accounts import current_account
from governance.services.fees.payments import record_payment
from governance.services.fees.reminders import remind
from governance.services.fees.reversals import reverse_payment
from tests.governance.payments_cast import JULY, NOON, D, a_bill, pay
from tests.works_rows import PHOTO

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate(NOON)


@pytest.fixture
def door(cast):
    return cast.doors[0]


@pytest.fixture
def asked(door, property_clerk):
    """What asks the household's debtor, so many days before noon of 24 November."""

    def ask(step="notice", channel="phone", days_ago=0, **fields):
        given_at = NOON - timedelta(days=days_ago)
        told = {"account": current_account(door, JULY), "step": step, "channel": channel, "by": property_clerk}
        return remind(**{**told, "given_at": given_at, "at": NOON, **fields})

    return ask


def test_a_reminder_keeps_what_was_overdue_then(door, asked):
    july = a_bill(door)
    a_bill(door, month=date(2026, 11, 1))  # not due yet
    pay(door, "30.00")

    made, is_new = asked()

    assert is_new
    assert (made.bills, made.amount) == ([july.pk], D("70.00"))
    entry = HistoryEntry.objects.get(act="reminder_given")
    assert entry.details["bills"] == [july.pk]


def test_nobody_is_reminded_of_what_is_not_overdue(door, asked):
    a_bill(door, month=date(2026, 11, 1))

    with pytest.raises(NothingOverdue):
        asked()


def test_steps_come_in_order_and_one_a_day(door, asked):
    a_bill(door)
    with pytest.raises(StepOutOfOrder) as refused:
        asked("letter", "post")
    assert refused.value.extra["next"] == "notice"

    asked(days_ago=40)
    asked("letter", "post", 30)
    asked("notice", "message", 29)
    with pytest.raises(RemindedToday):
        asked("visit", "at_the_door", 29, outcome="no_answer")

    assert [row.step for row in Reminder.objects.order_by("given_at")] == ["notice", "letter", "notice"]


def test_steps_begin_anew_once_all_is_paid(door, asked):
    a_bill(door)
    asked(days_ago=10)
    pay(door, "100.00")
    a_bill(door, month=date(2026, 8, 1))

    with pytest.raises(StepOutOfOrder):
        asked("letter", "post")
    asked()


def test_a_court_is_asked_only_after_the_formal_demand_has_had_its_time(door, asked):
    a_bill(door)
    asked(days_ago=50)
    asked("letter", "post", 40)
    asked("visit", "at_the_door", 30, outcome="declined")
    asked("formal", "by_hand", 15, document="催-7", received=True)

    with pytest.raises(TooSoonToSue) as refused:
        asked("legal", "court", 1, document="诉-1")
    made, _new = asked("legal", "court", document="诉-1")

    assert refused.value.extra["from_on"] == TODAY.isoformat()
    assert made.step == "legal"


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"channel": "court"}, WrongChannel),
        ({"outcome": "promised"}, OutcomeNeeded),
        ({"step": "visit", "channel": "at_the_door"}, OutcomeNeeded),
        ({"promised_on": date(2026, 12, 1)}, PromiseOutOfOrder),
        ({"received": True}, ProofMissing),
        ({"given_at": NOON + timedelta(minutes=6)}, ReminderInTheFuture),
    ],
)
def test_what_is_not_whole_is_refused(door, asked, fields, refusal):
    a_bill(door)

    with pytest.raises(refusal):
        asked(**fields)
    assert not Reminder.objects.exists()


def test_the_same_sent_twice_is_kept_once(door, asked):
    a_bill(door)
    key = uuid4()
    proof = lambda: SimpleUploadedFile("a.png", PHOTO)  # noqa: E731

    first, is_new = asked(client_id=key, received=True, proof=proof())
    again, is_new_again = asked(client_id=key, received=True, proof=proof())

    assert (is_new, is_new_again, again.pk) == (True, False, first.pk)
    assert first.proof.name.endswith(".jpg")
    with pytest.raises(ReminderReused):
        asked(client_id=key, note="另一次", received=True, proof=proof())


def test_what_is_proved_to_have_arrived_or_was_paid_begins_the_time_to_sue_anew(door, asked):
    july, august = a_bill(door), a_bill(door, month=date(2026, 8, 1))
    asked(days_ago=20)
    assert time_bars([july, august]) == {july.pk: date(2029, 8, 30), august.pk: date(2029, 9, 30)}

    asked("letter", "post", 10, received=True, document="EMS-1")
    reversed_payment = pay(door, "20.00").payment

    assert time_bars([july, august]) == {july.pk: date(2029, 11, 24), august.pk: date(2029, 11, 14)}
    reverse_payment(payment=reversed_payment, reason="录错", by=None)
    assert time_bars([july])[july.pk] == date(2029, 11, 14)


def test_a_bill_issued_anew_keeps_what_interrupted_the_first(door, asked):
    first = a_bill(door)
    asked(days_ago=5, received=True, document="EMS-1")
    Bill.objects.filter(pk=first.pk).update(state="void", voided_at=NOON, void_reason="面积更正")
    anew = a_bill(door, "90.00", replaces=first)

    assert time_bars([anew])[anew.pk] == date(2029, 11, 19)
    asked("letter", "post")  # and the steps go on


def test_arrears_are_told_by_age_building_and_account(cast, door, asked, django_assert_num_queries):
    old = a_bill(door, "40.00", date(2025, 7, 1))
    a_bill(door, "60.00")
    a_bill(cast.doors[2], "25.00")
    a_bill(cast.doors[3], "5.00", date(2026, 11, 1))
    asked()

    bills = overdue_bills(cast.home, TODAY)
    with django_assert_num_queries(1):
        ages = arrears_by_age(bills, TODAY)
    rows = list(accounts_in_arrears(bills))
    with django_assert_num_queries(4):
        first, second = account_arrears(bills, [row["account"] for row in rows], TODAY)

    assert [(line.bills, line.accounts, line.amount) for line in ages] == [
        (0, 0, 0),
        (2, 2, D("85.00")),
        (0, 0, 0),
        (0, 0, 0),
        (1, 1, D("40.00")),
    ]
    assert [bill.pk for bill in of_age(bills, TODAY, 4)] == [old.pk]
    assert [(line.number, line.doors, line.amount) for line in arrears_by_building(bills)] == [
        ("1", 1, D("100.00")),
        ("2", 1, D("25.00")),
    ]
    assert (first.amount, first.oldest_due_on, first.days) == (D("100.00"), date(2025, 8, 30), 451)
    assert (first.following.step, first.following.from_on) == ("letter", TODAY + timedelta(days=15))
    assert (second.following.step, second.step_is_due(TODAY), second.last) == ("notice", True, None)


def test_as_of_an_earlier_day_what_was_paid_since_is_still_owed(cast, door):
    a_bill(door)
    record_payment(household=door, amount=D("100.00"), method="cash", reference="早", paid_at=NOON, by=None, at=NOON)

    assert not overdue_bills(cast.home, TODAY + timedelta(days=30)).exists()
    before = arrears_by_age(overdue_bills(cast.home, TODAY - timedelta(days=1)), TODAY - timedelta(days=1))
    assert sum(line.amount for line in before) == D("100.00")


def test_the_bar_comes_into_sight(cast, door):
    bill = a_bill(door, month=date(2024, 1, 1))  # due on 1 March 2024
    account = current_account(door, date(2024, 1, 1))

    bills = overdue_bills(cast.home, TODAY)
    assert near_the_bar(bills, TODAY) == [(account.pk, date(2027, 3, 1))]
    assert near_the_bar(bills, date(2026, 9, 1)) == []
    assert account_arrears(bills, [account.pk], TODAY)[0].bar_in_sight
    pay(door, "1.00", bills=[bill.pk])
    assert near_the_bar(overdue_bills(cast.home, TODAY), TODAY) == []
