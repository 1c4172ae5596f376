"""Collection rates off the tallies, arrears by age off the bills, and both by a cut-off date gone by."""

from datetime import date, datetime
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from governance.reports.fees.rates import arrears_by_age, collection_rate, rates_by_neighbourhood
from governance.rules.fees.periods import parse_period
from governance.services.fees.reversals import reverse_payment
from renovation.models import Neighbourhood
from tests.api.helpers import API, signed_in, system
from tests.cast import Cast
from tests.governance.payments_cast import a_bill, pay

JULY, AUGUST, SEPTEMBER = date(2026, 7, 1), date(2026, 8, 1), date(2026, 9, 1)
TODAY = date(2026, 11, 28)


def noon(text: str) -> datetime:
    return timezone.make_aware(datetime.fromisoformat(f"{text}T12:00"))


def the_rate(*places: Neighbourhood, period: str = "2026-Q3", cut_off: date = TODAY, kind: str = "property") -> Any:
    return collection_rate(
        neighbourhoods=[place.pk for place in places],
        kind=kind,
        period=parse_period(period),
        cut_off=cut_off,
        today=TODAY,
    )


def ages(*places: Neighbourhood, on: date = TODAY) -> list[tuple[int, str]]:
    rows = arrears_by_age(neighbourhoods=[place.pk for place in places], kind="property", on=on)
    return [(row.bills, f"{row.amount:.2f}") for row in rows]


def test_money_on_bills_of_the_period_over_what_was_to_be_collected(cast: Cast) -> None:
    paid, partly = cast.doors[0], cast.doors[1]
    a_bill(paid, "100.00", JULY)
    a_bill(partly, "100.00", AUGUST, reduction="20.00")
    a_bill(paid, "100.00", date(2026, 10, 1))
    pay(paid, "100.00", paid_at=noon("2026-08-10"))
    pay(partly, "50.00", paid_at=noon("2026-09-10"))

    rate = the_rate(cast.home)

    assert (rate.billed, rate.reductions, rate.receivable, rate.settled) == (200, 20, 180, 150)
    assert (rate.rate, rate.above_target, rate.outstanding) == ("0.8333", True, 30)


def test_money_after_the_cut_off_date_does_not_count_yet(cast: Cast) -> None:
    a_bill(cast.doors[0], "100.00", JULY)
    pay(cast.doors[0], "100.00", paid_at=noon("2026-10-05"))

    assert the_rate(cast.home, cut_off=date(2026, 10, 4)).rate == "0.0000"
    assert the_rate(cast.home, cut_off=date(2026, 10, 5)).rate == "1.0000"


def test_recovered_arrears_are_told_apart(cast: Cast) -> None:
    a_bill(cast.doors[0], "100.00", date(2026, 5, 1))
    a_bill(cast.doors[0], "100.00", JULY)
    pay(cast.doors[0], "40.00", paid_at=noon("2026-06-30"))
    pay(cast.doors[0], "30.00", paid_at=noon("2026-07-01"))

    rate = the_rate(cast.home)

    assert (rate.recovered_arrears, rate.settled, rate.rate) == (30, 0, "0.0000")


def test_a_prepayment_counts_once_its_period_comes(cast: Cast) -> None:
    a_bill(cast.doors[0], "100.00", JULY)
    pay(cast.doors[0], "150.00", paid_at=noon("2026-07-10"))
    a_bill(cast.doors[0], "100.00", SEPTEMBER)

    assert the_rate(cast.home, period="2026-09", cut_off=date(2026, 8, 31)).settled == 0
    assert the_rate(cast.home, period="2026-09", cut_off=SEPTEMBER).settled == 50


def test_bills_that_reach_beyond_the_period_are_not_of_it(cast: Cast) -> None:
    bill = a_bill(cast.doors[0], "300.00", JULY)
    account = bill.account
    assert the_rate(cast.home, period="2026-07").billed == 300
    assert the_rate(cast.home, period="2026").billed == 300
    assert the_rate(cast.home, period="2026-08").rate is None
    assert account.neighbourhood == cast.home


def test_a_district_adds_numerators_and_denominators(cast: Cast) -> None:
    a_bill(cast.doors[0], "900.00", JULY)
    a_bill(cast.other_doors[0], "100.00", JULY)
    pay(cast.doors[0], "900.00")

    both = the_rate(cast.home, cast.next_door)
    each = rates_by_neighbourhood(
        neighbourhoods=[cast.home.pk, cast.next_door.pk],
        kind="property",
        period=parse_period("2026-Q3"),
        cut_off=TODAY,
    )

    assert (both.receivable, both.rate) == (1000, "0.9000")
    assert {pk: rate.rate for pk, rate in each.items()} == {cast.home.pk: "1.0000", cast.next_door.pk: "0.0000"}


def test_arrears_by_age_from_the_day_after_they_were_due(cast: Cast) -> None:
    for number, door in enumerate(cast.doors):
        a_bill(door, f"{number + 1}00.00", SEPTEMBER)

    assert ages(cast.home, on=date(2026, 10, 30)) == [(0, "0.00")] * 5
    assert ages(cast.home, on=date(2026, 10, 31))[0] == (4, "1000.00")
    assert ages(cast.home, on=date(2026, 11, 29))[:2] == [(4, "1000.00"), (0, "0.00")]
    assert ages(cast.home, on=date(2026, 11, 30))[:2] == [(0, "0.00"), (4, "1000.00")]
    assert ages(cast.home, on=date(2027, 10, 31))[4] == (4, "1000.00")


def test_arrears_of_a_day_gone_by_know_nothing_of_later_money(cast: Cast, property_clerk: User) -> None:
    a_bill(cast.doors[0], "100.00", JULY)
    a_bill(cast.doors[1], "100.00", JULY)
    a_bill(cast.doors[2], "100.00", JULY)
    pay(cast.doors[0], "100.00", paid_at=noon("2026-10-10"))
    pay(cast.doors[1], "30.00", paid_at=noon("2026-09-10"))
    pay(cast.doors[1], "50.00", paid_at=noon("2026-10-10"))
    early = pay(cast.doors[2], "100.00", paid_at=noon("2026-09-10")).payment
    reverse_payment(payment=early, reason="keyed in twice", by=property_clerk, at=noon("2026-10-20"))

    assert ages(cast.home, on=date(2026, 10, 1))[1] == (2, "170.00")
    assert ages(cast.home, on=date(2026, 10, 10))[1] == (1, "20.00")
    assert ages(cast.home, on=date(2026, 10, 20))[1] == (2, "120.00")


def test_money_keyed_anew_after_a_reversal_is_unknown_to_a_day_before_it(cast: Cast, property_clerk: User) -> None:
    a_bill(cast.doors[0], "100.00", JULY)
    wrong = pay(cast.doors[0], "30.00", paid_at=noon("2026-09-10")).payment
    reverse_payment(payment=wrong, reason="keyed wrongly", by=property_clerk, at=noon("2026-10-20"))
    pay(cast.doors[0], "50.00", paid_at=noon("2026-09-10"))

    assert ages(cast.home, on=date(2026, 10, 10))[1] == (1, "70.00")
    assert ages(cast.home, on=date(2026, 10, 20))[1] == (1, "50.00")
    assert the_rate(cast.home, cut_off=date(2026, 10, 10)).settled == 30
    assert the_rate(cast.home, cut_off=date(2026, 10, 20)).settled == 50


BODY = f"{API}/collection-rates/"


def test_the_body_is_that_of_the_contract(cast: Cast, property_clerk: User) -> None:
    a_bill(cast.doors[0], "100.00", JULY)
    pay(cast.doors[0], "79.99", paid_at=noon("2026-08-10"))

    answer = signed_in(property_clerk).get(
        BODY, {"neighbourhood": cast.home.pk, "kind": "property", "period": "2026-07", "cut_off": "2026-11-24"}
    )

    assert answer.status_code == 200
    assert answer.json() == {
        "billed": "100.00",
        "reductions": "0.00",
        "receivable": "100.00",
        "settled": "79.99",
        "rate": "0.7999",
        "target": "0.80",
        "above_target": False,
        "recovered_arrears": "0.00",
        "cut_off": "2026-11-24",
        "arrears": [
            {"from_days": 1, "to_days": 30, "bills": 0, "amount": "0.00"},
            {"from_days": 31, "to_days": 90, "bills": 1, "amount": "20.01"},
            {"from_days": 91, "to_days": 180, "bills": 0, "amount": "0.00"},
            {"from_days": 181, "to_days": 365, "bills": 0, "amount": "0.00"},
            {"from_days": 366, "to_days": None, "bills": 0, "amount": "0.00"},
        ],
    }


def test_no_data_is_null_and_never_a_verdict(cast: Cast, property_clerk: User) -> None:
    query = {"neighbourhood": cast.home.pk, "kind": "parking", "period": "2026-Q4"}

    body = signed_in(property_clerk).get(BODY, query).json()

    assert (body["rate"], body["above_target"], body["target"]) == (None, None, "0.90")
    assert body["cut_off"] == timezone.localdate().isoformat()


def test_who_reads_no_fees_there_finds_no_rate(cast: Cast, property_clerk: User, committee_member: User) -> None:
    query = {"kind": "property", "period": "2026-07"}
    clerk, committee = signed_in(property_clerk), signed_in(committee_member)

    assert committee.get(BODY, {**query, "neighbourhood": cast.home.pk}).status_code == 200
    assert clerk.get(BODY, {**query, "neighbourhood": cast.next_door.pk}).status_code == 404
    assert system("registry:read").get(BODY, {**query, "neighbourhood": cast.home.pk}).status_code in (403, 404)


def test_a_division_is_for_who_reads_all_of_it(cast: Cast, property_clerk: User) -> None:
    a_bill(cast.doors[0], "100.00", JULY)
    a_bill(cast.other_doors[0], "300.00", JULY)
    query = {"kind": "property", "period": "2026-07"}

    whole = system("fees:read", territory="420502").get(BODY, {**query, "division": "420502"})

    assert whole.json()["billed"] == "400.00"
    assert system("fees:read", territory="420502").get(BODY, {**query, "division": "4205"}).status_code == 404
    assert signed_in(property_clerk).get(BODY, {**query, "division": "420502001001"}).status_code == 404
    assert system("fees:read", territory="420502").get(BODY, {**query, "division": "420502999"}).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        {"kind": "property", "period": "2026-13"},
        {"kind": "property", "period": "2026-07", "neighbourhood": "1", "division": "4205"},
        {"kind": "property", "period": "2026-07"},
        {"kind": "other", "period": "2026-07", "neighbourhood": "1"},
        {"period": "2026-07", "neighbourhood": "1"},
        {"kind": "property", "period": "2026-07", "neighbourhood": "1", "month": "7"},
        {"kind": "property", "period": "2026-07", "division": "42050"},
        {"kind": "property", "period": "2026-07", "division": "4205", "cut_off": "2026-02-30"},
    ],
)
def test_what_cannot_be_read_is_refused(property_clerk: User, query: dict[str, str]) -> None:
    assert signed_in(property_clerk).get(BODY, query).status_code == 400


def test_queries_do_not_grow_with_neighbourhoods(cast: Cast, django_assert_num_queries: Any) -> None:
    a_bill(cast.doors[0], "100.00", JULY)
    a_bill(cast.other_doors[0], "100.00", JULY)

    with django_assert_num_queries(4):
        the_rate(cast.home)
    with django_assert_num_queries(4):
        the_rate(cast.home, cast.next_door)
