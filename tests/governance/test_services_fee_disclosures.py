"""Purses and disclosures: entered and taken back, published once, corrected by name; nobody told from a sum."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import HistoryEntry, User
from governance.errors.fees import (
    AlreadyDisclosed,
    CutOffOutOfOrder,
    EntryReversed,
    MonthClosed,
    NotTheLatest,
    PeriodNotOver,
    WrongSign,
    WrongSource,
)
from governance.models import Disclosure, MonthClosing, PurseEntry
from governance.reports.fees.disclosures import disclosures_due, figures_of, purse_balances
from governance.reports.fees.sheets import csv_of, sheet_of
from governance.rules.fees.periods import parse_period
from governance.services.fees.disclosures import publish_disclosure
from governance.services.fees.purses import book_entry, reverse_entry
from governance.services.fees.reversals import reverse_payment
from renovation.errors import DayInFuture, ReasonNeeded
from tests.api.helpers import API, signed_in
from tests.cast import Cast
from tests.factories import make_household
from tests.governance.payments_cast import a_bill, pay

D = Decimal
Q3, Q4 = parse_period("2026-Q3"), parse_period("2026-Q4")
JULY, AUGUST = date(2026, 7, 1), date(2026, 8, 1)


def at(text: str) -> datetime:
    return timezone.make_aware(datetime.fromisoformat(f"{text}T12:00"))


NOW = at("2026-11-28")


def book(cast: Cast, by: User, amount: str = "1200.00", **fields: Any) -> PurseEntry:
    values = {"purse": "public_income", "source": "advertising", "booked_on": AUGUST, "document": "合同 7"}
    return book_entry(neighbourhood=cast.home, amount=D(amount), by=by, at=NOW, **{**values, **fields})


def publish(cast: Cast, by: User, **fields: Any) -> Disclosure:
    return publish_disclosure(**{"neighbourhood": cast.home, "period": Q3, "by": by, "at": NOW, **fields})


def purse_of(figures: dict[str, Any], purse: str) -> dict[str, Any]:
    return next(row for row in figures["purses"] if row["purse"] == purse)


def test_an_entry_is_kept_and_moves_its_purse(cast: Cast, property_clerk: User) -> None:
    entry = book(cast, property_clerk)
    book(cast, property_clerk, "-300.00", purse="maintenance_fund", source="repair")

    assert purse_balances(cast.home) == {"public_income": D("1200.00"), "maintenance_fund": D("-300.00")}
    assert HistoryEntry.objects.get(resource="purse-entries", object_id=entry.pk).act == "purse_entry_booked"


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"source": "repair"}, WrongSign),
        ({"amount": "-1.00"}, WrongSign),
        ({"purse": "maintenance_fund"}, WrongSource),
        ({"booked_on": date(2026, 11, 29)}, DayInFuture),
    ],
)
def test_an_entry_that_cannot_be_is_refused(
    cast: Cast, property_clerk: User, fields: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        book(cast, property_clerk, **fields)

    assert not PurseEntry.objects.exists()


def test_nothing_is_entered_in_a_closed_month(cast: Cast, property_clerk: User) -> None:
    MonthClosing.objects.create(
        neighbourhood=cast.home, month=AUGUST, totals={}, digest="ab" * 32, closed_at=NOW, closed_by=property_clerk
    )

    with pytest.raises(MonthClosed):
        book(cast, property_clerk)


def test_an_entry_is_taken_back_once_and_on_a_reason(cast: Cast, property_clerk: User) -> None:
    entry = book(cast, property_clerk)
    with pytest.raises(ReasonNeeded):
        reverse_entry(entry=entry, reason=" ", by=property_clerk, at=NOW)

    back = reverse_entry(entry=entry, reason="another neighbourhood's", by=property_clerk, at=NOW)

    assert (back.amount, back.reverses, back.booked_on) == (D("-1200.00"), entry, date(2026, 11, 28))
    assert purse_balances(cast.home)["public_income"] == 0
    for again in (entry, back):
        with pytest.raises(EntryReversed):
            reverse_entry(entry=again, reason="again", by=property_clerk, at=NOW)


def test_figures_add_up_from_what_was_left_to_what_is_left(cast: Cast, property_clerk: User) -> None:
    book(cast, property_clerk, "500.00", booked_on=date(2026, 5, 1))
    book(cast, property_clerk, "1200.00")
    book(cast, property_clerk, "-200.00", source="running_cost")
    book(cast, property_clerk, "70.00", booked_on=date(2026, 10, 1))
    a_bill(cast.doors[0], "80.00", JULY, kind="parking", charge="shared_land")
    a_bill(cast.doors[1], "90.00", JULY, kind="parking", charge="planned")
    for door, yuan in zip(cast.doors, ("80.00", "90.00"), strict=False):
        pay(door, yuan, paid_at=at("2026-08-10"))

    income = purse_of(figures_of(neighbourhood=cast.home, period=Q3, cut_off=Q3.last), "public_income")

    assert (income["opening"], income["parking_billed"]) == ("500.00", "80.00")
    assert (income["income"], income["spent"], income["closing"]) == ("1280.00", "-200.00", "1580.00")
    assert [row["amount"] for row in income["entries"]] == ["1200.00", "-200.00"]


def test_what_fewer_than_five_households_paid_is_not_told(cast: Cast) -> None:
    for door in cast.doors:
        a_bill(door, "100.00", JULY)
        pay(door, "90.00", paid_at=at("2026-08-10"))

    few = figures_of(neighbourhood=cast.home, period=Q3, cut_off=Q3.last)
    fifth = make_household(neighbourhood=cast.home)
    a_bill(fifth, "100.00", JULY)
    pay(fifth, "90.00", paid_at=at("2026-08-10"))
    enough = figures_of(neighbourhood=cast.home, period=Q3, cut_off=Q3.last)

    assert few["received"] is None
    assert {name for name, told in few["fees"][0].items() if told is not None} == {"kind", "target", "few"}
    (collected,) = (table for table in sheet_of(few).tables if table.key == "fees")
    assert [bool(row[1]) for row in collected.rows] == [True, *[False] * 4, True, False, False]
    assert (enough["fees"][0]["billed"], enough["fees"][0]["settled"]) == ("500.00", "450.00")
    assert (enough["fees"][0]["rate"], enough["received"]) == ("0.9000", "450.00")


def test_what_few_households_owe_of_older_months_is_not_told(cast: Cast) -> None:
    a_bill(cast.doors[0], "80.00", date(2026, 1, 1), kind="parking", charge="shared_land")

    property_fees, parking = figures_of(neighbourhood=cast.home, period=Q3, cut_off=Q3.last)["fees"]

    assert (parking["few"], parking["overdue"], parking["recovered_arrears"]) == (True, None, None)
    assert (property_fees["few"], property_fees["overdue"]) == (False, "0.00")


def test_what_few_households_were_given_back_is_not_told(cast: Cast, property_clerk: User) -> None:
    paid = pay(cast.doors[0], "90.00", paid_at=at("2026-05-10")).payment
    reverse_payment(payment=paid, reason="twice", by=property_clerk, at=at("2026-08-10"))

    assert figures_of(neighbourhood=cast.home, period=Q3, cut_off=Q3.last)["received"] is None


def test_a_period_is_published_once_and_corrected_by_name(cast: Cast, property_clerk: User) -> None:
    first = publish(cast, property_clerk, posted_at_place="东门")
    with pytest.raises(AlreadyDisclosed) as refused:
        publish(cast, property_clerk)
    assert refused.value.extra == {"disclosure": first.pk}

    second = publish(cast, property_clerk, corrects=first)

    assert (second.corrects, first.figures["cut_off"]) == (first, "2026-11-28")
    with pytest.raises(NotTheLatest):
        publish(cast, property_clerk, corrects=first)
    other = publish(cast, property_clerk, period=parse_period("2026-Q2"))
    with pytest.raises(NotTheLatest):
        publish(cast, property_clerk, corrects=other)


def test_a_period_is_published_when_it_is_over(cast: Cast, property_clerk: User) -> None:
    with pytest.raises(PeriodNotOver):
        publish(cast, property_clerk, period=Q4)
    for cut_off in (date(2026, 9, 29), date(2026, 11, 29)):
        with pytest.raises(CutOffOutOfOrder):
            publish(cast, property_clerk, cut_off=cut_off)

    assert publish(cast, property_clerk, cut_off=Q3.last).figures["cut_off"] == "2026-09-30"


def test_the_next_sheet_says_what_was_corrected_since(cast: Cast, property_clerk: User) -> None:
    publish(cast, property_clerk, period=parse_period("2026-Q2"))
    book(cast, property_clerk, "10.00", booked_on=date(2026, 6, 30))

    income = purse_of(figures_of(neighbourhood=cast.home, period=Q3, cut_off=Q3.last), "public_income")

    assert (income["published_before"], income["opening"]) == ("0.00", "10.00")


def test_quarters_are_due_from_the_first_bill_until_published(cast: Cast, property_clerk: User) -> None:
    today = date(2026, 11, 28)
    assert disclosures_due(cast.home, today).missing == ()
    a_bill(cast.doors[0], "100.00", date(2026, 5, 1))
    assert [period.text for period in disclosures_due(cast.home, today).missing] == ["2026-Q2", "2026-Q3"]

    publish(cast, property_clerk, period=parse_period("2026-Q2"))

    assert [period.text for period in disclosures_due(cast.home, today).missing] == ["2026-Q3"]


def test_the_file_holds_bare_numbers_and_no_formula(cast: Cast, property_clerk: User) -> None:
    book(cast, property_clerk, "-200.00", source="running_cost", note="=HYPERLINK()", document="+86")
    sheet = sheet_of(figures_of(neighbourhood=cast.home, period=Q3, cut_off=Q3.last))

    text = csv_of(sheet, "标题", "ab")

    assert text.startswith("\ufeff标题")
    assert ",-200.00\r\n" in text
    assert "'+86" in text
    assert "\n=" not in text


PURSES, SHEETS = f"{API}/purse-entries/", f"{API}/fee-disclosures/"


def test_purse_entries_over_http(cast: Cast, property_clerk: User, community_worker: User) -> None:
    body = {
        "neighbourhood": cast.home.pk,
        "purse": "public_income",
        "source": "letting",
        "amount": "300.00",
        "booked_on": "2026-08-01",
        "document": "租约 3",
    }
    clerk = signed_in(property_clerk)

    made = clerk.post(PURSES, body, format="json")

    assert made.status_code == 201
    assert made.json()["amount"] == "300.00"
    assert signed_in(community_worker).post(PURSES, body, format="json").status_code == 403
    wrong = clerk.post(PURSES, {**body, "amount": "-300.00"}, format="json")
    assert wrong.status_code == 409
    address = f"{PURSES}{made.json()['id']}/"
    back = clerk.post(f"{address}reverse/", {"reason": "twice"}, format="json")
    assert (back.status_code, back.json()["reverses"]) == (201, made.json()["id"])
    assert clerk.get(address).json()["reversed_by"] == back.json()["id"]


def test_disclosures_over_http(cast: Cast, property_clerk: User, committee_member: User) -> None:
    body = {"neighbourhood": cast.home.pk, "period": "2026-Q2", "posted_at_place": "东门"}
    clerk = signed_in(property_clerk)

    made = clerk.post(SHEETS, body, format="json")
    again = clerk.post(SHEETS, body, format="json")
    corrected = clerk.post(SHEETS, {**body, "corrects": made.json()["id"]}, format="json")

    assert (made.status_code, again.status_code, corrected.status_code) == (201, 409, 201)
    assert again.json()["disclosure"] == made.json()["id"]
    listed = signed_in(committee_member).get(SHEETS, {"neighbourhood": cast.home.pk}).json()["results"]
    assert [row["corrected_by"] for row in listed] == [corrected.json()["id"], None]
    assert signed_in(committee_member).post(SHEETS, body, format="json").status_code == 403
    other = {**body, "neighbourhood": cast.next_door.pk}
    assert clerk.post(SHEETS, other, format="json").status_code == 400
