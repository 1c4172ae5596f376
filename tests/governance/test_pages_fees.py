"""The clerk's pages of fees."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.choices import Role
from accounts.models import User
from governance.choices.fees import FeeKind
from governance.models import Bill, MonthClosing, Payment, Refund
from governance.rules.fees.periods import add_months, quarter_of
from governance.services.fees.billing import keep_run, run_billing
from governance.services.fees.schedules import add_schedule
from tests.cast import HERE, Cast
from tests.factories import make_owner, make_ownership, make_user
from tests.governance.payments_cast import NOON, a_bill, assert_book_holds, pay

JULY, AUGUST = date(2026, 7, 1), date(2026, 8, 1)


@pytest.fixture
def clerk(cast: Cast) -> User:
    return make_user(Role.PROPERTY_CLERK, cast.home.code, username="clerk")


@pytest.fixture
def desk(client: Any, clerk: User) -> Any:
    client.force_login(clerk)
    return client


def address(name: str, cast: Cast, *rest: Any) -> str:
    return reverse(name, args=[cast.home.pk, *rest])


def a_price(cast: Cast, clerk: User, **fields: Any) -> Any:
    values = {"kind": "property", "basis": "per_m2_month", "unit_price": Decimal("0.60"), "document": "HT-9"}
    return add_schedule(neighbourhood=cast.home, by=clerk, **{**values, "valid_from": date(2026, 1, 1), **fields})


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


# --- Who sees what -------------------------------------------------------------------------------------


def test_a_clerk_of_one_neighbourhood_is_led_straight_to_its_book(desk: Any, cast: Cast) -> None:
    assert desk.get("/fees/").url == address("fees", cast)
    assert desk.get(address("fees", cast)).status_code == 200


def test_a_page_of_elsewhere_is_not_there_and_who_only_reads_takes_no_money(client: Any, cast: Cast) -> None:
    clerk_there = make_user(Role.PROPERTY_CLERK, cast.next_door.code, username="there")
    official = make_user(Role.DISTRICT_OFFICIAL, "420502", username="official")
    take = address("fee_payment_new", cast, cast.doors[0].pk)
    told = {"amount": "1.00", "method": "cash", "token": "7d0d2a39-9ac0-4a3c-a1d9-3b9a33a2c9f7"}

    client.force_login(clerk_there)
    assert client.get(address("fees", cast)).status_code == 404
    assert client.post(take, told).status_code == 404
    client.force_login(official)
    assert client.get(address("fees", cast)).status_code == 200
    assert client.post(take, told).status_code == 403
    assert not Payment.objects.exists()


def test_the_committee_reads_no_single_bills(client: Any, cast: Cast) -> None:
    client.force_login(make_user(Role.COMMITTEE_MEMBER, cast.home.code, username="committee"))
    bill = a_bill(cast.doors[0])

    for name, rest in (
        ("fees", ()),
        ("fee_bills", ()),
        ("fee_bill", (bill.pk,)),
        ("fee_household", (bill.household_id,)),
    ):
        assert client.get(address(name, cast, *rest)).status_code == 404


def test_names_of_debtors_are_masked_for_who_may_not_read_them(client: Any, desk: Any, cast: Cast) -> None:
    a_bill(cast.doors[0])
    here = address("fee_household", cast, cast.doors[0].pk)
    assert "周敏" in text_of(desk.get(here))
    client.force_login(make_user(Role.AUDITOR, "4205", username="auditor"))

    told = text_of(client.get(here))

    assert "周敏" not in told
    assert "周*" in told


# --- Finding a household ---------------------------------------------------------------------------------


def test_a_door_that_alone_fits_is_opened_at_once(desk: Any, cast: Cast) -> None:
    find = address("fee_households", cast)

    assert desk.get(find, {"q": "2-1-201"}).url == address("fee_household", cast, cast.doors[3].pk)
    assert desk.get(find, {"q": "2-201", "pay": "1"}).url == address("fee_payment_new", cast, cast.doors[3].pk)


def test_several_are_listed_and_a_name_finds_its_household(desk: Any, cast: Cast) -> None:
    make_ownership(owner=make_owner(neighbourhood=cast.home, name="郑海"), household=cast.doors[2])
    find = address("fee_households", cast)

    assert len(desk.get(find, {"q": "101"}).context["lines"]) == 2
    assert desk.get(find, {"q": "郑"}).url == address("fee_household", cast, cast.doors[2].pk)
    assert desk.get(find, {"q": "x" * 500 + "\x00"}).context["lines"] == []


def test_names_are_not_searched_for_who_reads_them_masked(client: Any, cast: Cast) -> None:
    client.force_login(make_user(Role.AUDITOR, "4205", username="auditor"))

    assert client.get(address("fee_households", cast), {"q": "周敏"}).context["lines"] == []


def test_lists_cost_the_same_for_one_row_and_for_three(desk: Any, cast: Cast) -> None:
    names = ("fee_households", "fee_bills", "fee_bills_print", "fee_payments", "fees")
    counts = []
    for number in (0, 1, 2):
        a_bill(cast.doors[number], at=NOON)
        pay(cast.doors[number], "30", paid_at=timezone.now(), at=timezone.now())
        if number == 1:
            continue
        costs = []
        for name in names:
            with CaptureQueriesContext(connection) as queries:
                assert desk.get(address(name, cast)).status_code == 200
            costs.append(len(queries))
        counts.append(costs)

    assert counts[0] == counts[1]


# --- Taking a payment -----------------------------------------------------------------------------------


def take(desk: Any, cast: Cast, **told: Any) -> Any:
    here = address("fee_payment_new", cast, cast.doors[0].pk)
    token = desk.get(here).context["form"]["token"].value()
    return desk.post(here, {"amount": "150.00", "method": "cash", "token": token, "account": "current", **told})


def test_the_amount_is_what_is_owed_and_taking_it_settles_the_bills(desk: Any, cast: Cast) -> None:
    first, second = a_bill(cast.doors[0], "100.00", JULY), a_bill(cast.doors[0], "50.00", AUGUST)
    assert desk.get(address("fee_payment_new", cast, cast.doors[0].pk)).context["outstanding"] == Decimal("150.00")

    answer = take(desk, cast)

    payment = Payment.objects.get()
    assert answer.url == address("fee_receipt", cast, payment.pk)
    assert set(Bill.objects.filter(pk__in=[first.pk, second.pk]).values_list("state", flat=True)) == {"settled"}
    assert_book_holds()


def test_the_same_form_sent_twice_takes_the_money_once(desk: Any, cast: Cast) -> None:
    a_bill(cast.doors[0], "500.00")
    here = address("fee_payment_new", cast, cast.doors[0].pk)
    told = {"amount": "80.00", "method": "cash", "token": "7d0d2a39-9ac0-4a3c-a1d9-3b9a33a2c9f7", "account": "current"}
    told["paid_at"] = f"{timezone.localtime():%Y-%m-%dT%H:%M}"

    first, second = desk.post(here, told), desk.post(here, told)

    assert first.url == second.url
    assert Payment.objects.count() == 1


def test_a_cash_payment_sent_twice_without_a_time_is_one_too(desk: Any, cast: Cast) -> None:
    a_bill(cast.doors[0], "500.00")
    here = address("fee_payment_new", cast, cast.doors[0].pk)
    told = {"amount": "80.00", "method": "cash", "token": "7d0d2a39-9ac0-4a3c-a1d9-3b9a33a2c9f7", "account": "current"}

    assert desk.post(here, told).url == desk.post(here, told).url
    assert Payment.objects.count() == 1


def test_a_ticked_bill_is_paid_before_older_ones(desk: Any, cast: Cast) -> None:
    older, newer = a_bill(cast.doors[0], "100.00", JULY), a_bill(cast.doors[0], "50.00", AUGUST)

    take(desk, cast, amount="50.00", bills=[newer.pk])

    newer.refresh_from_db()
    older.refresh_from_db()
    assert (newer.state, older.settled) == ("settled", 0)


@pytest.mark.parametrize(
    "told",
    [{"amount": "0"}, {"amount": "1.005"}, {"amount": "x"}, {"method": "wechat"}, {"method": "gold"}, {"bills": [1]}],
)
def test_what_cannot_be_read_is_said_at_its_place(desk: Any, cast: Cast, told: dict[str, Any]) -> None:
    a_bill(cast.doors[0])

    answer = take(desk, cast, **told)

    assert answer.status_code == 400
    assert answer.context["form"].errors
    assert not Payment.objects.exists()


def test_a_number_that_another_payment_bears_is_refused_in_words(desk: Any, cast: Cast) -> None:
    pay(cast.doors[1], "10.00", method="wechat", reference="4200")
    a_bill(cast.doors[0])

    answer = take(desk, cast, method="wechat", reference="4200")

    assert answer.status_code == 409
    assert answer.context["form"].non_field_errors()


def test_arrears_of_a_seller_are_paid_on_the_sellers_account(desk: Any, cast: Cast) -> None:
    seller, buyer = (make_owner(neighbourhood=cast.home, name=name) for name in ("卖方", "买方"))
    make_ownership(owner=seller, household=cast.doors[0], ends_on=date(2026, 7, 15))
    make_ownership(owner=buyer, household=cast.doors[0], starts_on=date(2026, 7, 16))
    old, new = a_bill(cast.doors[0], "100.00", JULY), a_bill(cast.doors[0], "40.00", AUGUST)
    here = address("fee_payment_new", cast, cast.doors[0].pk)
    shown = desk.get(here).context
    assert (shown["sheet"].account, shown["outstanding"]) == (new.account, Decimal("40.00"))
    assert [sheet.account for sheet in shown["others"]] == [old.account]

    desk.post(
        here, {"amount": "100", "method": "cash", "account": old.account_id, "token": shown["form"]["token"].value()}
    )

    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.state, new.state) == ("settled", "open")


# --- Receipts, reversals, refunds -------------------------------------------------------------------------


def test_a_receipt_says_what_was_paid_in_figures_and_in_capitals(desk: Any, cast: Cast) -> None:
    a_bill(cast.doors[0], "100.00", JULY)
    payment = pay(cast.doors[0], "135.83").payment
    a_bill(cast.doors[0], "20.00", AUGUST)

    answer = desk.get(address("fee_receipt", cast, payment.pk))

    told = text_of(answer)
    assert "人民币壹佰叁拾伍元捌角叁分" in told
    assert payment.receipt_number in told
    # What was credit then is still said to be, though it has settled August meanwhile.
    assert answer.context["receipt"].kept == Decimal("35.83")
    assert 'data-width="80"' in desk.get(address("fee_receipt", cast, payment.pk), {"width": "80"}).content.decode()


def test_a_payment_is_reversed_once_on_a_reason(desk: Any, cast: Cast) -> None:
    bill = a_bill(cast.doors[0])
    here = address("fee_receipt", cast, pay(cast.doors[0]).payment.pk)

    assert desk.post(here, {"reason": ""}).status_code == 400
    assert desk.post(here, {"reason": "录错户"}).url == here
    assert desk.post(here, {"reason": "录错户"}).status_code == 409

    bill.refresh_from_db()
    assert bill.state == "open"
    assert desk.get(here).context["receipt"].reversal.reason == "录错户"
    assert_book_holds()


def test_credit_is_given_back_up_to_what_there_is(desk: Any, cast: Cast) -> None:
    account = pay(cast.doors[0], "60.00").payment.account
    here = address("fee_refund", cast, account.pk)
    told = {"method": "cash", "reason": "公司退出", "token": "7d0d2a39-9ac0-4a3c-a1d9-3b9a33a2c9f7"}

    assert desk.post(here, {**told, "amount": "60.01"}).status_code == 409
    assert desk.post(here, {**told, "amount": "60.00"}).url == address("fee_household", cast, cast.doors[0].pk)

    assert Refund.objects.get().amount == 60
    assert_book_holds()


def test_the_day_book_adds_up_by_method_less_what_went_back(desk: Any, cast: Cast) -> None:
    now = timezone.now()
    pay(cast.doors[0], "60.00", method="wechat", reference="W1", paid_at=now, at=now)
    wrong = pay(cast.doors[1], "40.00", paid_at=now, at=now).payment
    desk.post(address("fee_receipt", cast, wrong.pk), {"reason": "录错"})

    shown = desk.get(address("fee_payments", cast)).context

    assert [row[1:4] for row in shown["sums"]] == [(1, 40, 40), (1, 60, 0), (2, 100, 40)]
    assert len(desk.get(address("fee_payments", cast), {"method": "wechat"}).context["page"].rows) == 1
    assert desk.get(address("fee_payments", cast), {"month": "2020-13", "day": "x"}).status_code == 200
    figures = desk.get(address("fees", cast)).context["figures"]
    assert (figures.month, figures.today) == (60, 60)


# --- The account ------------------------------------------------------------------------------------------


def test_the_account_tells_everything_and_ends_at_what_is_owed(desk: Any, cast: Cast) -> None:
    bill = a_bill(cast.doors[0], "100.00", JULY)
    payment = pay(cast.doors[0], "130.00").payment
    desk.post(address("fee_receipt", cast, payment.pk), {"reason": "录错"})
    desk.post(address("fee_bill", cast, bill.pk), {"act": "void", "void-reason": "重复"})
    a_bill(cast.doors[0], "70.00", AUGUST)
    pay(cast.doors[0], "20.00")

    (sheet,) = desk.get(address("fee_household", cast, cast.doors[0].pk)).context["sheets"]

    assert sorted(line.entry.kind for line in sheet.lines) == ["billed", "billed", "paid", "paid", "reversed", "void"]
    assert sheet.lines[-1].balance == sheet.balance == Decimal("50.00")


# --- Bills -------------------------------------------------------------------------------------------------


def test_the_list_of_bills_opens_what_stands_behind_a_figure(desk: Any, cast: Cast) -> None:
    a_bill(cast.doors[0], "100.00", JULY)
    a_bill(cast.doors[1], "50.00", AUGUST)
    a_bill(cast.doors[2], "30.00", JULY, kind="parking")
    pay(cast.doors[1], "50.00")
    listed = address("fee_bills", cast)

    def asked(**query: str) -> tuple[int, Decimal]:
        shown = desk.get(listed, query).context
        return len(shown["page"].rows), shown["sums"]["open"]

    assert asked() == (3, Decimal("130.00"))
    assert asked(kind="property", period="2026-Q3") == (2, Decimal("100.00"))
    assert asked(period="2026-08") == (1, Decimal(0))
    assert asked(overdue="1") == (2, Decimal("130.00"))
    assert asked(**{"from": "2026-08-01", "to": "2026-08-31"}) == (1, Decimal(0))
    assert asked(building=str(cast.doors[2].building_id)) == (1, Decimal("30.00"))
    assert asked(household=str(cast.doors[0].pk)) == (1, Decimal("100.00"))
    assert asked(period="2026-99", kind="gold") == (3, Decimal("130.00"))


def test_open_bills_are_printed_by_door_a_card_for_each_debtor(desk: Any, cast: Cast) -> None:
    for number in (2, 0):
        a_bill(cast.doors[number], month=JULY)
        a_bill(cast.doors[number], month=AUGUST)
    pay(cast.doors[2], "100.00")

    cards = desk.get(address("fee_bills_print", cast)).context["cards"]

    assert [(card.household.pk, len(card.shown), card.total) for card in cards] == [
        (cast.doors[0].pk, 2, Decimal("200.00")),
        (cast.doors[2].pk, 1, Decimal("100.00")),
    ]


# --- Billing and months -------------------------------------------------------------------------------------


def test_a_dry_run_is_looked_at_and_posted_from_its_page(desk: Any, cast: Cast, clerk: User) -> None:
    a_price(cast, clerk)
    month = f"{add_months(timezone.localdate().replace(day=1), -1):%Y-%m}"
    assert desk.get(address("fees", cast)).context["needs"].unbilled == ["property"]

    dry = desk.post(address("fee_runs", cast), {"kind": "property", "period": month}).url
    shown = desk.get(dry).context
    assert (shown["run"].mode, shown["run"].bill_count, Bill.objects.count()) == ("dry_run", 4, 0)
    assert [group.code for group in shown["exceptions"]] == ["owner_unknown"]
    assert len(shown["exceptions"][0].doors) == 4
    done = desk.post(dry, {"act": "post"}).url

    assert desk.get(done).context["run"].bill_count == Bill.objects.count() == 4
    assert desk.get(dry).context["posted"].mode == "post"
    assert desk.get(address("fees", cast)).context["needs"].unbilled == []


def test_a_period_without_a_price_is_refused_in_words(desk: Any, cast: Cast, clerk: User) -> None:
    a_price(cast, clerk)

    answer = desk.post(address("fee_runs", cast), {"kind": "parking", "period": f"{timezone.localdate():%Y-%m}"})

    assert answer.status_code == 409
    assert answer.context["form"].non_field_errors()


def test_a_bill_is_issued_anew_and_made_void(desk: Any, cast: Cast, clerk: User) -> None:
    a_price(cast, clerk)
    run_billing(keep_run(neighbourhood=cast.home, kind="property", period="2026-07", mode="post", by=clerk).pk, at=NOON)
    bill = Bill.objects.filter(household=cast.doors[0]).get()
    cast.doors[0].gross_floor_area = Decimal("100.00")
    cast.doors[0].save()

    again = desk.post(address("fee_bill", cast, bill.pk), {"act": "reissue", "again-reason": "面积有误"})
    anew = Bill.objects.get(replaces=bill)
    assert again.url == address("fee_bill", cast, anew.pk)
    assert anew.amount == Decimal("60.00")
    assert desk.post(address("fee_bill", cast, anew.pk), {"act": "void", "void-reason": ""}).status_code == 400
    desk.post(address("fee_bill", cast, anew.pk), {"act": "void", "void-reason": "不该收"})

    anew.refresh_from_db()
    assert anew.state == "void"
    assert desk.get(address("fee_bill", cast, bill.pk)).status_code == 200


def test_months_are_closed_in_turn_and_the_last_is_opened_again(desk: Any, cast: Cast) -> None:
    first = add_months(timezone.localdate().replace(day=1), -2)
    a_bill(cast.doors[0], month=first)
    here = address("fee_months", cast)
    assert desk.get(here).context["month"] == first

    desk.post(here, {"act": "close", "month": f"{first}"})
    assert MonthClosing.objects.get().month == first
    assert desk.get(here).context["month"] == add_months(first, 1)
    assert [(line.name, line.count) for line in desk.get(here).context["lines"][0][1]] == [(FeeKind.PROPERTY.label, 1)]
    assert desk.post(here, {"act": "reopen", "reason": " "}).status_code == 400
    desk.post(here, {"act": "reopen", "reason": "漏记一笔"})

    assert MonthClosing.objects.get().reopened_at is not None


def test_a_month_that_is_not_over_is_refused_in_words(desk: Any, cast: Cast) -> None:
    a_bill(cast.doors[0], month=timezone.localdate().replace(day=1))

    answer = desk.post(address("fee_months", cast), {"act": "close", "month": "x"}, follow=True)

    assert [message.level_tag for message in answer.context["messages"]] == ["error"]
    assert not MonthClosing.objects.exists()


def test_the_hub_tells_what_is_owed_and_overdue(desk: Any, cast: Cast) -> None:
    today = timezone.localdate()
    late, due = a_bill(cast.doors[0], "100.00", JULY), a_bill(cast.doors[1], "50.00", AUGUST)
    Bill.objects.filter(pk=late.pk).update(settled=Decimal("30.00"))  # what the page reads off the bills

    figures = desk.get(address("fees", cast)).context["figures"]

    assert due.due_on < today
    assert (figures.open_count, figures.outstanding) == (2, Decimal("120.00"))
    assert (figures.overdue_count, figures.overdue) == (2, Decimal("120.00"))


def test_home_lists_those_with_prices_and_finds_others_by_name(client: Any, cast: Cast, clerk: User) -> None:
    official = make_user(Role.DISTRICT_OFFICIAL, "420502", username="official")
    client.force_login(official)
    assert len(client.get("/fees/").context["lines"]) == 2
    a_price(cast, clerk)

    assert client.get("/fees/").status_code == 302
    assert [row.pk for row, *_ in client.get("/fees/", {"search": "宜港"}).context["lines"]] == [cast.next_door.pk]
    assert len(client.get("/fees/", {"all": "1"}).context["lines"]) == 2
    assert HERE in cast.home.code


def test_home_cuts_the_rates_of_the_last_whole_quarter(client: Any, cast: Cast, clerk: User) -> None:
    a_price(cast, clerk)
    today = timezone.localdate()
    month = quarter_of(add_months(today.replace(day=1), -3)).first
    a_bill(cast.doors[0], "300.00", month)
    pay(cast.doors[0], "239.99", paid_at=timezone.now(), at=timezone.now())
    client.force_login(make_user(Role.DISTRICT_OFFICIAL, "420502", username="official"))

    ((_row, _figures, rates), _other) = client.get("/fees/", {"all": "1"}).context["lines"]

    assert rates[0][1] == "79.99%"
    assert rates[0][0].above_target is False
    assert rates[1] is None
