"""Payments, reversals and refunds over HTTP, as api.md fixes them."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.choices import Role
from governance.models import FeeAccount, Payment
from tests.api.helpers import API, signed_in, system
from tests.cast import ELSEWHERE, HERE
from tests.factories import make_user
from tests.governance.payments_cast import a_bill, pay

pytestmark = pytest.mark.django_db
PAYMENTS, REVERSALS, REFUNDS = f"{API}/payments/", f"{API}/payment-reversals/", f"{API}/fee-refunds/"


@pytest.fixture
def clerk(property_clerk: Any) -> Any:
    return signed_in(property_clerk)


def body(door: Any, **fields: Any) -> dict[str, Any]:
    values = {"amount": "120.00", "method": "wechat", "reference": "4200001", "paid_at": "2026-11-24T09:30:00+08:00"}
    return {"household": door.pk, "bills": [], **values, **fields}


def test_a_payment_is_answered_as_the_api_says(cast: Any, clerk: Any) -> None:
    july = a_bill(cast.doors[0])

    response = clerk.post(PAYMENTS, body(cast.doors[0]), format="json")

    payment = Payment.objects.get()
    assert response.status_code == 201
    assert response.json() == {
        "id": payment.pk,
        "neighbourhood": cast.home.pk,
        "household": cast.doors[0].pk,
        "account": july.account_id,
        "amount": "120.00",
        "method": "wechat",
        "reference": "4200001",
        "paid_at": "2026-11-24T09:30:00+08:00",
        "booked_on": "2026-11-24",
        "bills": [],
        "note": "",
        "allocations": [{"bill": july.pk, "amount": "100.00"}],
        "refunded": "0.00",
        "credit": "20.00",
        "receipt_number": payment.receipt_number,
        "reversed": False,
        "created_at": response.json()["created_at"],
    }
    assert clerk.get(f"{PAYMENTS}{payment.pk}/").json() == response.json()


def test_the_same_again_is_200_and_other_content_409(cast: Any, clerk: Any) -> None:
    first = clerk.post(PAYMENTS, body(cast.doors[0]), format="json")

    again = clerk.post(PAYMENTS, body(cast.doors[0]), format="json")
    other = clerk.post(PAYMENTS, body(cast.doors[0], amount="120.01"), format="json")

    assert (again.status_code, again.json()) == (200, first.json())
    assert (other.status_code, other.json()["code"]) == (409, "reference_reused")
    assert other["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "0"},
        {"amount": "1.005"},
        {"amount": "NaN"},
        {"amount": "100000000.00"},
        {"method": "barter"},
        {"reference": " "},
        {"paid_at": "1989-12-31T00:00:00+08:00"},
        {"paid_at": "soon"},
        {"bills": ["x"]},
        {"bills": [0]},
        {"household": 0},
    ],
)
def test_what_cannot_be_read_is_400_at_its_place(cast: Any, clerk: Any, wrong: dict[str, Any]) -> None:
    response = clerk.post(PAYMENTS, body(cast.doors[0], **wrong), format="json")

    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"].startswith(f"/{next(iter(wrong))}")
    assert not Payment.objects.exists()


def test_refusals_are_409_with_their_codes(cast: Any, clerk: Any) -> None:
    others = a_bill(cast.doors[1])
    later = (timezone.now() + timedelta(minutes=6)).isoformat()

    named = clerk.post(PAYMENTS, body(cast.doors[0], bills=[others.pk]), format="json")
    early = clerk.post(PAYMENTS, body(cast.doors[0], paid_at=later), format="json")

    assert [(one.status_code, one.json()["code"]) for one in (named, early)] == [
        (409, "bill_of_another_debtor"),
        (409, "in_the_future"),
    ]


def test_a_payment_is_taken_back_and_credit_paid_back(cast: Any, clerk: Any) -> None:
    a_bill(cast.doors[0])
    first, second = pay(cast.doors[0], "100.00").payment, pay(cast.doors[0], "50.00").payment

    back = clerk.post(REVERSALS, {"payment": first.pk, "reason": "输错户号"}, format="json")
    twice = clerk.post(REVERSALS, {"payment": first.pk, "reason": "输错户号"}, format="json")

    assert (back.status_code, back.json()["payment"], back.json()["reason"]) == (201, first.pk, "输错户号")
    assert (twice.status_code, twice.json()["code"]) == (409, "already_reversed")
    gone = clerk.get(f"{PAYMENTS}{first.pk}/").json()
    assert (gone["reversed"], gone["allocations"], gone["credit"]) == (True, [], "0.00")
    assert clerk.get(f"{PAYMENTS}{second.pk}/").json()["allocations"][0]["amount"] == "50.00"
    pay(cast.doors[0], "80.00")
    given = {"account": FeeAccount.objects.get().pk, "method": "bank", "reference": "T1", "reason": "多交"}
    too_much = clerk.post(REFUNDS, {**given, "amount": "30.01"}, format="json")
    refund = clerk.post(REFUNDS, {**given, "amount": "30.00"}, format="json")
    assert (too_much.status_code, too_much.json()["code"], too_much.json()["credit"]) == (
        409,
        "more_than_credit",
        "30.00",
    )
    assert (refund.status_code, refund.json()["amount"]) == (201, "30.00")
    assert clerk.post(REFUNDS, {**given, "amount": "30.00"}, format="json").status_code == 200


def test_who_sees_payments_and_who_takes_them(cast: Any, clerk: Any, committee_member: Any) -> None:
    payment = pay(cast.doors[0]).payment
    official = signed_in(make_user(Role.DISTRICT_OFFICIAL, HERE[:6]))
    elsewhere = signed_in(make_user(Role.DISTRICT_OFFICIAL, ELSEWHERE[:6]))
    new = body(cast.doors[0])

    assert official.get(f"{PAYMENTS}{payment.pk}/").status_code == 200
    assert official.post(PAYMENTS, new, format="json").status_code == 403
    assert official.post(REVERSALS, {"payment": payment.pk, "reason": "x"}, format="json").status_code == 403
    for stranger in (elsewhere, signed_in(committee_member)):
        assert stranger.get(f"{PAYMENTS}{payment.pk}/").status_code == 404
        assert stranger.get(PAYMENTS).json()["results"] == []
    not_there = clerk.post(PAYMENTS, body(cast.other_doors[0]), format="json")
    assert (not_there.status_code, not_there.json()["errors"][0]["pointer"]) == (400, "/household")
    assert system("fees:read").post(PAYMENTS, new, format="json").status_code == 403
    assert system("governance:write").get(PAYMENTS).status_code == 403


def test_lists_are_filtered_and_cost_the_same_for_three_as_for_one(
    cast: Any, clerk: Any, django_assert_num_queries: Any
) -> None:
    pay(cast.doors[0], "10.00", reference="A")
    count = _queries(clerk)
    pay(cast.doors[1], "10.00", method="bank", reference="A")
    a_bill(cast.doors[1], "5.00")
    pay(cast.doors[1], "10.00", reference="C", paid_at=timezone.now() - timedelta(days=90))

    with django_assert_num_queries(count):
        assert len(clerk.get(PAYMENTS).json()["results"]) == 3
    for query, found in (("method=bank", 1), ("reference=A", 2), (f"household={cast.doors[1].pk}", 2)):
        assert len(clerk.get(f"{PAYMENTS}?{query}&neighbourhood={cast.home.pk}").json()["results"]) == found
    assert len(clerk.get(f"{PAYMENTS}?booked_from=2026-11-24&ordering=-booked_on").json()["results"]) == 2
    assert clerk.get(f"{PAYMENTS}?paid=1").status_code == 400


def _queries(client: Any) -> int:
    with CaptureQueriesContext(connection) as caught:
        client.get(PAYMENTS)
    return len(caught)
