"""Bills, receipts and letters on paper: their figures are those of the book, and thousands are made part by part."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import User
from governance.models import Bill, Payment
from governance.reports.fees.arrears import account_arrears, overdue_bills
from governance.reports.fees.receipts import payments_to_read, receipt_of, receipts_of
from governance.services.fees.reversals import reverse_payment
from overview.models import Export
from overview.pages import papers_of_fees
from overview.prints.bundles import PRINTS
from overview.prints.fee_bundles import bill_parts, bills_asked, setting_for
from overview.prints.fees import AT_ONCE, Debtor, bill_notices, debtors_of, parts_of, receipt_slips
from overview.prints.letters import LETTERS, arrears_letters
from overview.sheets.frame import Asked
from tests.cast import Cast
from tests.factories import make_building, make_household
from tests.governance.payments_cast import NOON, a_bill, pay

OLD = date(2025, 7, 1)
LINES = [
    {
        "basis": "per_m2_month",
        "quantity": "86.50",
        "unit_price": "0.60",
        "months": 3,
        "amount": "155.70",
        "reduction": "15.57",
        "from": "2025-07",
        "to": "2025-09",
    }
]


@pytest.fixture(autouse=True)
def in_english() -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def desk(client: Client, property_clerk: User) -> Client:
    client.force_login(property_clerk, backend="django.contrib.auth.backends.ModelBackend")
    return client


def cards_of(cast: Cast, reader: User, **filters: Any) -> list[dict[str, Any]]:
    bills = bills_asked(reader, {"neighbourhood": cast.home, **filters})
    setting = setting_for(reader, cast.home, "fee_bills")
    return [card for data in bill_parts(bills, debtors_of(bills), setting) for card in data["sheets"]]


# --- Bills ------------------------------------------------------------------------------------------------


def test_a_card_adds_up_to_what_is_open_with_what_was_let_off_and_paid(cast: Cast, property_clerk: User) -> None:
    bill = a_bill(cast.doors[0], "155.70", OLD, reduction="15.57", lines=LINES)
    a_bill(cast.doors[0], "100.00", date(2025, 8, 1))
    pay(cast.doors[0], "40.13", bills=[bill.pk])
    a_bill(cast.doors[1], "50.00", OLD)
    pay(cast.doors[1], "50.00")

    [card] = cards_of(cast, property_clerk)

    assert card["total"] == "200.00"
    assert card["rows"][0][1] == "86.50 m² × 0.60 × 3 months"
    assert [row[3] for row in card["rows"][:3]] == ["155.70", "−15.57", "−40.13"]
    assert card["door"] == "Building 1 · Stairwell 1 · 101"


@pytest.mark.parametrize(
    ("filters", "totals"),
    [
        ({}, ["100.00", "7.00"]),
        ({"building": "2"}, ["7.00"]),
        ({"period": "2025-07"}, ["100.00"]),
        ({"kind": "parking"}, ["7.00"]),
        ({"starts_from": date(2026, 1, 1)}, ["7.00"]),
    ],
)
def test_cards_are_of_the_bills_asked_for(
    cast: Cast, property_clerk: User, filters: dict[str, Any], totals: list[str]
) -> None:
    a_bill(cast.doors[0], "100.00", OLD)
    a_bill(cast.doors[2], "7.00", date(2026, 7, 1), kind="parking")

    assert [card["total"] for card in cards_of(cast, property_clerk, **filters)] == totals


def test_who_owes_is_masked_for_who_reads_it_masked(
    cast: Cast, property_clerk: User, city_official: User, committee_member: User
) -> None:
    account = a_bill(cast.doors[0], "100.00", OLD).account
    type(account).objects.filter(pk=account.pk).update(name="周敏", debtor_kind="owner")

    assert cards_of(cast, property_clerk)[0]["who"].endswith("周敏")
    assert cards_of(cast, city_official)[0]["who"].endswith("周**")
    assert cards_of(cast, committee_member) == []  # totals only


def test_parts_are_of_one_building_in_the_order_of_a_walk() -> None:
    debtors = sorted(
        (Debtor(number, str(building), "1", str(number)) for building in (10, 2) for number in range(30, 0, -1)),
        key=lambda debtor: debtor.place,
    )

    parts = list(parts_of(debtors))

    assert [(part[0].building, len(part)) for part in parts] == [
        ("2", AT_ONCE),
        ("2", 30 - AT_ONCE),
        ("10", AT_ONCE),
        ("10", 30 - AT_ONCE),
    ]
    assert [debtor.unit for debtor in parts[0][:3]] == ["1", "2", "3"]


def test_a_part_costs_the_same_queries_however_many_debtors(cast: Cast, property_clerk: User) -> None:
    building = make_building(neighbourhood=cast.home, number="3")
    setting = setting_for(property_clerk, cast.home, "fee_bills")

    def queries(doors: int) -> int:
        for number in range(doors):
            a_bill(make_household(building=building, unit_number=f"{doors}-{number}"), "10.00", OLD)
        bills = bills_asked(property_clerk, {"neighbourhood": cast.home})
        debtors = debtors_of(bills)
        with CaptureQueriesContext(
            connection,
        ) as spent:
            bill_notices(bills, debtors, setting)
        return len(spent)

    assert queries(2) == queries(6)


def test_a_bill_is_printed_by_itself_also_a_paid_one(cast: Cast, desk: Client) -> None:
    paid, void = a_bill(cast.doors[0], "50.00", OLD), a_bill(cast.doors[1], "50.00", OLD)
    pay(cast.doors[0], "50.00")
    Bill.objects.filter(pk=void.pk).update(
        state="void", voided_at=timezone.now(), void_reason="x", voided_by=User.objects.first()
    )

    def status(bill: Bill) -> int:
        return desk.get(reverse("print_bill", args=[cast.home.pk, bill.pk])).status_code

    assert (status(paid), status(void)) == (200, 404)


# --- Receipts ---------------------------------------------------------------------------------------------


def test_receipts_together_say_what_each_says_alone(cast: Cast, property_clerk: User) -> None:
    a_bill(cast.doors[0], "100.00", OLD)
    pay(cast.doors[0], "130.00")
    later = a_bill(cast.doors[0], "20.00", date(2025, 8, 1))
    gone = pay(cast.doors[1], "12.00").payment
    reverse_payment(payment=gone, reason="记错门牌", by=property_clerk)
    rows = list(payments_to_read(Payment.objects.all()).order_by("pk"))

    together = receipts_of(rows)
    slips = receipt_slips(together, setting_for(property_clerk, cast.home, "fee_payments")).data["sheets"]

    assert together == [receipt_of(row) for row in rows]
    assert slips[0]["uses"][-1] == ["Credit for later bills", "30.00"]  # as it was then, though it settled a bill since
    assert later.settled == Decimal("20.00")
    assert [(slip["stamp"], slip["is_void"]) for slip in slips] == [("Paid", False), ("Reversed", True)]
    assert "记错门牌" in slips[1]["void"]


def test_receipts_of_many_days_cost_few_queries(cast: Cast, property_clerk: User) -> None:
    for _number in range(3):
        pay(cast.doors[0], "1.00")
    rows = list(payments_to_read(Payment.objects.all()))

    with CaptureQueriesContext(connection) as spent:
        receipts_of(rows)

    assert len(spent) <= 3


def test_two_short_receipts_lie_on_a_page_and_a_long_one_alone(cast: Cast, property_clerk: User) -> None:
    for month in range(1, 8):
        a_bill(cast.doors[0], "1.00", date(2025, month, 1))
    for door, amount in ((1, "5.00"), (2, "5.00"), (0, "7.00"), (3, "5.00")):
        pay(cast.doors[door], amount)
    rows = list(payments_to_read(Payment.objects.all()).order_by("pk"))

    data = receipt_slips(receipts_of(rows), setting_for(property_clerk, cast.home, "fee_payments")).data

    assert data["pages"] == [[0, 1], [2], [3]]


# --- Letters ----------------------------------------------------------------------------------------------


def test_a_letter_asks_for_what_is_overdue_and_only_the_formal_one_speaks_of_a_court(
    cast: Cast, property_clerk: User
) -> None:
    account = a_bill(cast.doors[0], "100.00", OLD).account
    pay(cast.doors[0], "30.00")
    today = timezone.localdate()
    debts = account_arrears(overdue_bills(cast.home, today), [account.pk], today)
    setting = setting_for(property_clerk, cast.home, "fee_arrears")

    papers = {step: arrears_letters(debts, step, setting).data for step in LETTERS}

    assert {data["sheets"][0]["amount"] for data in papers.values()} == {"70.00"}
    assert papers["letter"]["sheets"][0]["rows"][0][2:] == ["100.00", "30.00", "70.00"]
    assert [("court" in data["asks"]) for data in papers.values()] == [False, False, True]
    assert all("never collected through them" in data["rights"][-1] for data in papers.values())


# --- Asking for them --------------------------------------------------------------------------------------


def test_much_of_it_is_made_by_a_job_with_the_same_filters(
    cast: Cast, desk: Client, property_clerk: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_bill(cast.doors[0], "100.00", OLD)
    a_bill(cast.doors[1], "100.00", OLD)
    building = cast.doors[0].building_id
    address = reverse("print_bills", args=[cast.home.pk])
    monkeypatch.setattr(papers_of_fees, "DIRECTLY", 1)

    query = {"building": building, "period": "2025-07"}

    many = desk.get(address, query)
    few = desk.get(address, {"household": cast.doors[0].pk})
    asked = desk.post(f"{address}?{urlencode(query)}")

    export = Export.objects.get()
    assert (many.status_code, b'data-testid="print-queue"' in many.content) == (200, True)
    assert few.content[:5] == b"%PDF-"
    assert asked["Location"] == reverse("export", args=[export.pk])
    assert (export.subject, export.format, export.by) == ("bill-notices", "pdf", property_clerk)
    kept = {name: str(value) for name, value in export.filters.items()}
    assert kept == {"neighbourhood": str(cast.home.pk), "building": "1", "period": "2025-07"}


def test_what_cannot_be_read_prints_nothing(cast: Cast, desk: Client) -> None:
    a_bill(cast.doors[0], "100.00", OLD)
    address = reverse("print_bills", args=[cast.home.pk])
    elsewhere = cast.other_doors[0].building_id

    statuses = [
        desk.get(address, query).status_code
        for query in ({"period": "2025-77"}, {"run": "x"}, {"building": elsewhere}, {"building": "9" * 30})
    ]

    assert statuses == [400, 400, 404, 404]
    assert desk.get(address, {"kind": "parking"}).status_code == 302  # no such bill: back to the list, which says so
    assert desk.get(reverse("print_receipts", args=[cast.home.pk])).status_code == 400


@pytest.mark.parametrize("name", ["bill-notices", "arrears-letters", "receipt-slips"])
def test_a_print_is_of_as_many_documents_as_it_says(
    cast: Cast, property_clerk: User, tmp_path: Path, name: str
) -> None:
    for door in cast.doors[:3]:
        a_bill(door, "100.00", OLD)
        pay(door, "1.00")
    told: list[int] = []
    bundle = PRINTS[name]
    day = timezone.localdate(NOON)
    days = {"from_day": str(day - timedelta(days=1)), "to_day": str(day + timedelta(days=1))}
    query = {"neighbourhood": cast.home.code, **(days if name == "receipt-slips" else {})}

    def made(**more: str) -> int:
        form = bundle.form({**query, **more}, caller=property_clerk)
        assert form.is_valid(), form.errors
        asked = Asked(property_clerk, form.cleaned_data, "en", timezone.now())
        count = bundle.write(asked, tmp_path / "made.pdf", told.append)
        assert count == bundle.count(asked)
        return count

    assert (made(), told[-1]) == (3, 3)
    assert (tmp_path / "made.pdf").read_bytes().startswith(b"%PDF-")
    assert made(building="99") == 0  # a page that says so
    assert (tmp_path / "made.pdf").read_bytes().startswith(b"%PDF-")
