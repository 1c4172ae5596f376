"""Billing runs, bills and closed months over HTTP, as api.md fixes them."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.choices import Role
from governance.models import Bill, BillingRun, MonthClosing
from tests.api.helpers import API, signed_in, system
from tests.cast import ELSEWHERE, GRID, HERE
from tests.factories import make_owner, make_ownership, make_user
from tests.governance.payments_cast import JULY, a_bill, pay
from tests.governance.test_services_fee_billing import a_run, a_schedule

pytestmark = pytest.mark.django_db
RUNS, BILLS, CLOSINGS = f"{API}/billing-runs/", f"{API}/bills/", f"{API}/month-closings/"


@pytest.fixture
def clerk(property_clerk: Any) -> Any:
    return signed_in(property_clerk)


def asked(cast: Any, **fields: Any) -> dict[str, Any]:
    return {"neighbourhood": cast.home.pk, "kind": "property", "period": "2026-10", "mode": "post", **fields}


# --- Runs ----------------------------------------------------------------------------------------------------------


def test_a_run_is_queued_and_tells_how_it_went(cast: Any, clerk: Any) -> None:
    a_schedule(cast)
    make_ownership(household=cast.doors[0])

    queued = clerk.post(RUNS, asked(cast), format="json")

    run = BillingRun.objects.get()
    assert (queued.status_code, queued["Location"]) == (202, f"/api/v1/billing-runs/{run.pk}/")
    assert queued["ETag"]
    told = clerk.get(queued["Location"]).json()
    assert told["status"] == "done"
    assert (told["bill_count"], told["total"], told["already_billed"]) == (4, "207.60", 0)
    assert (told["neighbourhood"], told["division"], told["exception_counts"]) == (
        cast.home.pk,
        None,
        {"owner_unknown": 3},
    )
    assert {"code", "detail", "neighbourhood", "household", "charge"} == set(told["exceptions"][0])
    assert told["exceptions"][0]["household"] == cast.doors[1].pk
    assert "exceptions" not in clerk.get(RUNS).json()["results"][0]


def test_a_run_over_a_division_is_seen_by_its_asker(cast: Any, clerk: Any) -> None:
    a_schedule(cast)

    queued = clerk.post(
        RUNS, {"division": "4205", "kind": "property", "period": "2026-10", "mode": "post"}, format="json"
    )

    assert (queued.status_code, queued.json()["division"], queued.json()["neighbourhood"]) == (202, "4205", None)
    assert clerk.get(queued["Location"]).json()["bill_count"] == 4
    stranger = signed_in(make_user(Role.PROPERTY_CLERK, ELSEWHERE))
    assert stranger.get(queued["Location"]).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"period": "2026-13"}, "/period"),
        ({"period": 2026}, "/period"),
        ({"mode": "real"}, "/mode"),
        ({"division": "4205"}, ""),
        ({"neighbourhood": 0}, "/neighbourhood"),
    ],
)
def test_what_cannot_be_read_of_a_run_is_400_at_its_place(cast: Any, clerk: Any, wrong: Any, pointer: str) -> None:
    response = clerk.post(RUNS, asked(cast, **wrong), format="json")

    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, pointer)
    assert not BillingRun.objects.exists()


def test_refusals_of_a_run_are_409_with_their_codes(cast: Any, clerk: Any) -> None:
    elsewhere = {"division": ELSEWHERE, "kind": "property", "period": "2026-10", "mode": "post"}

    told = [clerk.post(RUNS, body, format="json") for body in (asked(cast), elsewhere)]

    assert [(one.status_code, one.json()["code"]) for one in told] == [(409, "no_schedule"), (409, "nothing_to_bill")]


def test_who_bills_and_who_sees_runs(cast: Any, clerk: Any, committee_member: Any) -> None:
    a_schedule(cast)
    pk = clerk.post(RUNS, asked(cast), format="json").json()["id"]
    official = signed_in(make_user(Role.DISTRICT_OFFICIAL, HERE[:6]))

    assert official.get(f"{RUNS}{pk}/").status_code == 200
    assert official.post(RUNS, asked(cast), format="json").status_code == 403
    assert signed_in(committee_member).get(f"{RUNS}{pk}/").status_code == 404
    assert system("fees:read").post(RUNS, asked(cast), format="json").status_code == 403
    over = system("fees:read", "fees:write", territory="4205").post(RUNS, asked(cast), format="json")
    assert (over.status_code, over.json()["already_billed"] in (0, 4)) == (202, True)


# --- Bills ---------------------------------------------------------------------------------------------------------


def test_a_bill_is_told_as_the_api_says(cast: Any, clerk: Any, property_clerk: Any) -> None:
    a_schedule(cast)
    owner = make_owner(neighbourhood=cast.home, name="王芳")
    make_ownership(household=cast.doors[0], owner=owner)
    run = a_run(cast, property_clerk, period="2026-Q3")
    bill = Bill.objects.get(household=cast.doors[0])
    pay(cast.doors[0], "100", enforce_prepayment=False)

    response = clerk.get(f"{BILLS}{bill.pk}/", headers={"Accept-Language": "en"})

    told = response.json()
    assert response["ETag"]
    assert told == {
        "id": bill.pk,
        "neighbourhood": cast.home.pk,
        "household": cast.doors[0].pk,
        "account": bill.account_id,
        "owes": {"kind": "owner", "name": "王芳"},
        "kind": "property",
        "charge": "",
        "period": "2026-Q3",
        "starts_on": "2026-07-01",
        "ends_on": "2026-09-30",
        "due_on": "2026-10-15",
        "amount": "155.70",
        "reduction": "0.00",
        "settled": "100.00",
        "outstanding": "55.70",
        "state": "open",
        "lines": [
            {
                "text": "Property fee, July 2026 to September 2026",
                "quantity": "86.50",
                "unit": "m²",
                "unit_price": "0.60",
                "months": 3,
                "amount": "155.70",
                "reduction": "0.00",
            }
        ],
        "run": run.pk,
        "late_for": None,
        "replaces": None,
        "voided_at": None,
        "void_reason": "",
        "created_at": told["created_at"],
        "updated_at": told["updated_at"],
    }


def test_a_bill_is_void_and_issued_anew(cast: Any, clerk: Any, property_clerk: Any) -> None:
    a_schedule(cast)
    a_run(cast, property_clerk)
    wrong, right = Bill.objects.order_by("pk")[:2]

    voided = clerk.post(f"{BILLS}{wrong.pk}/void/", {"reason": "重复"}, format="json")
    stale = clerk.post(f"{BILLS}{right.pk}/reissue/", {"reason": "有误"}, headers={"If-Match": '"x-9"'}, format="json")
    anew = clerk.post(f"{BILLS}{right.pk}/reissue/", {"reason": "有误"}, format="json")
    again = clerk.post(f"{BILLS}{wrong.pk}/reissue/", {"reason": "有误"}, format="json")

    assert (voided.status_code, voided.json()["state"], voided.json()["outstanding"]) == (200, "void", "0.00")
    assert stale.status_code == 412
    (issued,) = anew.json()["bills"]
    assert (anew.status_code, issued["replaces"], issued["state"]) == (201, right.pk, "open")
    assert (again.status_code, again.json()["code"]) == (409, "bill_void")
    assert clerk.post(f"{BILLS}{issued['id']}/void/", {"reason": ""}, format="json").status_code == 400


def test_who_sees_bills_and_who_voids_them(cast: Any, clerk: Any, committee_member: Any) -> None:
    make_ownership(household=cast.doors[0], owner=make_owner(neighbourhood=cast.home, name="王芳"))
    bill = a_bill(cast.doors[0])
    one = f"{BILLS}{bill.pk}/"
    official = signed_in(make_user(Role.DISTRICT_OFFICIAL, HERE[:6]))

    assert official.get(one).json()["owes"]["name"] == "王**"
    assert clerk.get(one).json()["owes"]["name"] == "王芳"
    assert official.post(f"{one}void/", {"reason": "x"}, format="json").status_code == 403
    for stranger in (signed_in(make_user(Role.PROPERTY_CLERK, ELSEWHERE)), signed_in(committee_member)):
        assert stranger.get(one).status_code == 404
        assert stranger.post(f"{one}void/", {"reason": "x"}, format="json").status_code == 404
    bill.refresh_from_db()
    assert bill.state == "open"


def test_bills_are_filtered_and_cost_the_same_for_three_as_for_one(
    cast: Any, clerk: Any, django_assert_num_queries: Any
) -> None:
    a_bill(cast.doors[0], month=JULY)
    with CaptureQueriesContext(connection) as caught:
        clerk.get(BILLS)
    a_bill(cast.doors[1], month=JULY)
    a_bill(cast.doors[1], month=date(2026, 8, 1), kind="parking")
    pay(cast.doors[0], "100")

    with django_assert_num_queries(len(caught)):
        assert len(clerk.get(BILLS).json()["results"]) == 3
    for query, found in (
        (f"household={cast.doors[1].pk}", 2),
        ("kind=parking", 1),
        ("period=2026-07", 2),
        ("state=settled", 1),
        ("division=420502001001", 3),
        ("due_before=2026-09-15", 2),
    ):
        rows = clerk.get(f"{BILLS}?neighbourhood={cast.home.pk}&{query}").json()["results"]
        assert (query, len(rows)) == (query, found)
    assert clerk.get(f"{BILLS}?paid=true").status_code == 400


# --- Months --------------------------------------------------------------------------------------------------------


def test_a_month_is_closed_and_opened_again(cast: Any, clerk: Any, committee_member: Any) -> None:
    a_bill(cast.doors[0], month=JULY)

    closed = clerk.post(CLOSINGS, {"neighbourhood": cast.home.pk, "month": "2026-07"}, format="json")
    early = clerk.post(CLOSINGS, {"neighbourhood": cast.home.pk, "month": "2026-09"}, format="json")

    assert (closed.status_code, closed.json()["month"]) == (201, "2026-07")
    assert closed.json()["totals"]["bills"] == {"property": {"count": 1, "amount": "100.00", "reduction": "0.00"}}
    assert (early.status_code, early.json()["code"], early.json()["next"]) == (409, "closed_out_of_order", "2026-08")
    one = f"{CLOSINGS}{closed.json()['id']}/"
    assert signed_in(committee_member).get(one).status_code == 404
    official = signed_in(make_user(Role.DISTRICT_OFFICIAL, HERE[:6]))
    assert official.post(f"{one}reopen/", {"reason": "x"}, format="json").status_code == 403
    opened = clerk.post(f"{one}reopen/", {"reason": "漏单"}, format="json")
    assert (opened.status_code, opened.json()["reopen_reason"]) == (200, "漏单")
    assert MonthClosing.objects.get().reopened_at is not None
    assert clerk.get(f"{CLOSINGS}?closed=true").json()["results"] == []
    assert clerk.post(CLOSINGS, {"neighbourhood": cast.home.pk, "month": "2026"}, format="json").status_code == 400


def test_who_is_given_a_grid_reads_no_bills(cast: Any) -> None:
    bill = a_bill(cast.doors[0])
    paid = pay(cast.doors[0], "10.00").payment
    grid = system("fees:read", "fees:write", territory=GRID)
    reads = system("fees:read", territory=HERE)
    rows = (f"{BILLS}{bill.pk}/", f"{API}/payments/{paid.pk}/")

    assert [reads.get(row).status_code for row in rows] == [200, 200]
    assert [grid.get(row).status_code for row in rows] == [404, 404]
    assert grid.get(BILLS).json()["results"] == []
    clerk = signed_in(make_user(Role.PROPERTY_CLERK, GRID))
    assert clerk.get(reverse("fee_bill", args=[cast.home.pk, bill.pk])).status_code == 404
