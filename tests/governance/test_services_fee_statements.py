"""A statement is taken once, matched with the book, and what is left is settled by hand."""

import pytest

from governance.errors.fees import LineSettled, StatementTooLarge, StatementUnreadable
from governance.models import Payment, Statement, StatementLine
from governance.services.fees import matching, statements
from governance.services.fees.matching import match_statement
from governance.services.fees.orders import _keep
from governance.services.fees.reversals import reverse_payment
from governance.services.fees.statement_lines import set_aside, settle_line, take_up
from governance.services.fees.statements import take_statement
from renovation.errors import ReasonNeeded
from tests.governance.payments_cast import JULY, NOON, D, a_bill, assert_book_holds, pay, standings
from tests.governance.statements_cast import bank_file, channel_of, clerk_of, take

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def clerk(cast):
    return clerk_of(cast)


def states(statement):
    return list(statement.lines.order_by("row").values_list("reference", "state"))


def test_a_line_is_found_by_its_reference_and_amount(cast, clerk):
    a_bill(cast.doors[0])
    paid = pay(cast.doors[0], "100.00", method="bank", reference="9001").payment
    pay(cast.doors[1], "30.00", method="cash", reference="9002")
    pay(cast.doors[1], "40.00", method="bank", reference="9003")

    statement = take(cast, clerk, "9001,100.00,", "9002,30.00,", "9003,41.00,", "9001,100.00,")

    assert states(statement) == [
        ("9001", "matched"),
        ("9002", "unmatched"),
        ("9003", "unmatched"),
        ("9001", "unmatched"),
    ]
    assert statement.lines.get(state="matched").payment == paid
    assert (statement.line_count, statement.total) == (4, D("271.00"))
    assert Payment.objects.count() == 3


def test_a_household_that_is_named_and_owes_exactly_this_is_paid(cast, clerk):
    bill, other = a_bill(cast.doors[0]), a_bill(cast.doors[1], "80.00")

    statement = take(cast, clerk, "9001,100.00,物业费1-1-101", "9002,79.99,1栋1单元201", "9003,100.00,1-1-101")

    assert states(statement) == [("9001", "recorded"), ("9002", "unmatched"), ("9003", "unmatched")]
    payment = Payment.objects.get()
    assert (payment.method, payment.reference, payment.amount) == ("bank", "9001", D("100.00"))
    assert (payment.household, payment.by, payment.bills) == (cast.doors[0], clerk, [])
    assert standings(bill, other) == [("100.00", "settled"), ("0.00", "open")]
    assert_book_holds()


def test_a_remark_that_names_two_homes_or_none_is_left_to_people(cast, clerk):
    for door in cast.doors[:2]:
        a_bill(door)

    statement = take(cast, clerk, "9001,100.00,1-1-101 1-1-201", "9002,100.00,9-1-101", "9003,100.00,周敏")

    assert {state for _reference, state in states(statement)} == {"unmatched"}
    assert not Payment.objects.exists()


def test_an_order_that_is_named_is_paid_by_its_statement(cast, clerk):
    bill, later = a_bill(cast.doors[0]), a_bill(cast.doors[0], "60.00", JULY.replace(month=8))
    channel = channel_of(cast, clerk)
    order = _keep(channel, cast.doors[0], D("60.00"), [later.pk], None, clerk, NOON)

    statement = take(cast, clerk, f"4200000001,60.00,{order.number} 物业费", source="wechat")

    assert states(statement) == [("4200000001", "recorded")]
    order.refresh_from_db()
    assert (order.state, order.payment) == ("paid", Payment.objects.get())
    assert standings(bill, later) == [("0.00", "open"), ("60.00", "settled")]
    assert_book_holds()


def test_the_same_file_again_adds_nothing(cast, clerk):
    a_bill(cast.doors[0])
    first = take_statement(neighbourhood=cast.home, source="bank", file=bank_file("9001,100.00,1-1-101"), by=clerk)

    again = take_statement(neighbourhood=cast.home, source="bank", file=bank_file("9001,100.00,1-1-101"), by=clerk)

    assert (first.created, again.created, again.statement) == (True, False, first.statement)
    assert (StatementLine.objects.count(), Payment.objects.count()) == (1, 1)
    assert match_statement(statement=first.statement, by=clerk).recorded == 0


def test_an_overlapping_file_finds_what_the_first_recorded(cast, clerk):
    a_bill(cast.doors[0])
    take(cast, clerk, "9001,100.00,1-1-101")

    second = take(cast, clerk, "9001,100.00,1-1-101", "9002,5.00,")

    assert states(second) == [("9001", "matched"), ("9002", "unmatched")]
    assert Payment.objects.count() == 1


def test_a_file_that_cannot_be_read_leaves_nothing(cast, clerk, monkeypatch):
    with pytest.raises(StatementUnreadable) as refusal:
        take(cast, clerk, "9001,100.00,1-1-101", "9002,viel,")

    assert refusal.value.extra == {"reason": "rows_unreadable", "rows": [{"row": 4, "code": "amount_unreadable"}]}
    monkeypatch.setattr(statements, "MAX_BYTES", 10)
    with pytest.raises(StatementTooLarge):
        take(cast, clerk, "9001,100.00,")
    assert not Statement.objects.exists()


def test_what_is_left_is_settled_by_hand_once(cast, clerk):
    bill = a_bill(cast.doors[0])
    line = take(cast, clerk, "9001,70.00,没写门牌").lines.get()

    settled = settle_line(line=line, household=cast.doors[0], by=clerk)

    assert (settled.state, settled.payment.amount, settled.payment.reference) == ("recorded", D("70.00"), "9001")
    assert standings(bill) == [("70.00", "open")]
    with pytest.raises(LineSettled):
        settle_line(line=line, household=cast.doors[0], by=clerk)
    assert_book_holds()


def test_what_a_clerk_has_recorded_meanwhile_is_not_recorded_twice(cast, clerk):
    line = take(cast, clerk, "9001,70.00,").lines.get()
    paid = pay(cast.doors[0], "70.00", method="bank", reference="9001").payment

    settled = settle_line(line=line, household=cast.doors[0], by=clerk)

    assert (settled.state, settled.payment) == ("matched", paid)


def test_what_was_reversed_is_recorded_anew_by_hand_under_a_number_of_its_own(cast, clerk):
    wrong = pay(cast.doors[1], "100.00", method="bank", reference="9001").payment
    reverse_payment(payment=wrong, reason="记错了户", by=clerk)
    bill = a_bill(cast.doors[0])

    line = take(cast, clerk, "9001,100.00,1-1-101").lines.get()

    assert line.state == "unmatched"  # whether it came back is for somebody to know
    settled = settle_line(line=line, household=cast.doors[0], by=clerk)
    assert settled.payment.reference == "9001-2"
    assert standings(bill) == [("100.00", "settled")]
    assert_book_holds()


def test_two_receipts_of_one_reference_are_two_payments_whoever_settles_them(cast, clerk):
    bills = [a_bill(door) for door in cast.doors[:2]]
    statement = take(cast, clerk, "9001,100.00,1-1-101", "9001,100.00,代收")
    assert states(statement) == [("9001", "recorded"), ("9001", "unmatched")]

    settled = settle_line(line=statement.lines.get(state="unmatched"), household=cast.doors[1], by=clerk)

    assert (settled.state, settled.payment.reference) == ("recorded", "9001-2")
    assert standings(*bills) == [("100.00", "settled")] * 2
    again = take(cast, clerk, "9001,100.00,1-1-101", "9001,100.00,代收", "9002,1.00,")
    second = settle_line(line=again.lines.get(row=4), household=cast.doors[1], by=clerk)
    assert (second.state, second.payment, Payment.objects.count()) == ("matched", settled.payment, 2)
    assert_book_holds()


def test_a_receipt_without_a_reference_gets_that_of_its_row(cast, clerk):
    a_bill(cast.doors[0])
    line = take(cast, clerk, ",100.00,1-1-101").lines.get()

    assert line.state == "unmatched"
    settled = settle_line(line=line, household=cast.doors[0], by=clerk)
    assert settled.payment.reference == f"{line.statement.sha256[:16]}-3"


def test_what_is_no_fee_is_set_aside_with_its_reason_and_taken_up_again(cast, clerk):
    line = take(cast, clerk, "9001,70.00,利息").lines.get()

    with pytest.raises(ReasonNeeded):
        set_aside(line=line, reason=" ", by=clerk)
    aside = set_aside(line=line, reason="银行利息", by=clerk)

    assert (aside.state, aside.reason, aside.payment) == ("set_aside", "银行利息", None)
    with pytest.raises(LineSettled):
        settle_line(line=line, household=cast.doors[0], by=clerk)
    up = take_up(line=line, by=clerk)
    assert (up.state, up.reason) == ("unmatched", "")


def test_many_lines_are_recorded_by_the_worker_for_who_still_may(cast, clerk, monkeypatch):
    bills = [a_bill(door) for door in cast.doors[:2]]
    monkeypatch.setattr(matching, "AT_ONCE", 1)
    asked = []
    monkeypatch.setattr(matching, "queue_job", lambda task, *args, about, by: asked.append(args))

    taken = take_statement(
        neighbourhood=cast.home,
        source="bank",
        file=bank_file("9001,100.00,1-1-101", "9002,100.00,1-1-201"),
        by=clerk,
    )

    assert (taken.goes_on, asked) == (True, [(taken.statement.pk, clerk.pk)])
    assert {state for _reference, state in states(taken.statement)} == {"unmatched"}
    clerk.is_active = False
    clerk.save()
    matching.match_in_background(*asked[0])
    assert not Payment.objects.exists()
    clerk.is_active = True
    clerk.save()
    for _time in range(2):
        matching.match_in_background(*asked[0])
    assert standings(*bills) == [("100.00", "settled")] * 2
    assert Payment.objects.count() == 2
    assert_book_holds()
