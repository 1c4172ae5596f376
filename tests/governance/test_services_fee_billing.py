"""Billing runs: what they post, and that they post it once."""

from datetime import date, datetime
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.utils import timezone

from accounts.choices import Role
from accounts.models import Change, HistoryEntry, RoleAssignment, User
from governance.errors.fees import MonthClosed, NoSchedule, NothingToBill, PeriodTooFar
from governance.models import (
    Bill,
    BilledTally,
    BillingRun,
    FeeAccount,
    FeeReduction,
    FeeSchedule,
    MonthClosing,
    ParkingPass,
    Vehicle,
)
from governance.rules.fees.periods import add_months, parse_period
from governance.services.fees.billing import keep_run, queue_run, run_billing
from governance.services.fees.digests import run_digest
from renovation.models import Household
from tests.cast import ELSEWHERE, HERE, Cast
from tests.factories import make_neighbourhood, make_owner, make_ownership, make_parking_space, make_user
from tests.governance.billing_loop import a_roll_at_random, bills_by_loop
from tests.governance.payments_cast import assert_book_holds, pay

pytestmark = pytest.mark.django_db
D = Decimal
NOON = timezone.make_aware(datetime.fromisoformat("2026-11-24T12:00"))
OCTOBER = date(2026, 10, 1)


def a_schedule(cast: Cast, **fields: Any) -> FeeSchedule:
    told = {
        "neighbourhood": cast.home,
        "kind": "property",
        "basis": "per_m2_month",
        "unit_price": "0.60",
        "valid_from": date(2026, 1, 1),
        "document": "HT-1",
        "due_days": 15,
        **fields,
    }
    return FeeSchedule.objects.create(**told)


def a_run(cast: Cast, by: User, **fields: Any) -> BillingRun:
    """Asked for and done, at a time of our own."""
    told = {"neighbourhood": cast.home, "kind": "property", "period": "2026-10", "mode": "post", "by": by, **fields}
    run = keep_run(**told)
    run_billing(run.pk, at=NOON)
    run.refresh_from_db()
    return run


def close(cast: Cast, month: date) -> None:
    MonthClosing.objects.create(neighbourhood=cast.home, month=month, totals={}, digest="", closed_at=NOON)


# --- What it posts ---------------------------------------------------------------------------------------------


def test_a_run_posts_the_months_of_every_home_and_tells_what_it_did(cast: Cast, property_clerk: User):
    schedule = a_schedule(cast)
    owner = make_owner(neighbourhood=cast.home, name="王芳")
    make_ownership(household=cast.doors[0], owner=owner)

    run = a_run(cast, property_clerk, period="2026-Q4")

    assert (run.status, run.error, run.finished_at) == ("done", "", NOON)
    assert (run.bill_count, run.total, run.reduction_total) == (4, D("622.80"), D(0))
    assert run.exception_counts == {"owner_unknown": 3}
    bill = Bill.objects.get(household=cast.doors[0])
    assert (bill.amount, bill.starts_on, bill.ends_on) == (D("155.70"), OCTOBER, date(2026, 12, 31))
    assert (bill.due_on, bill.state, bill.charge, bill.period) == (date(2027, 1, 15), "open", "", "2026-Q4")
    assert bill.lines == [
        {
            "schedule": schedule.pk,
            "basis": "per_m2_month",
            "quantity": "86.50",
            "unit_price": "0.60",
            "months": 3,
            "from": "2026-10",
            "to": "2026-12",
            "amount": "155.70",
            "reduction": "0.00",
        }
    ]
    assert (bill.account.owner, bill.account.name, bill.account.debtor_kind) == (owner, "王芳", "owner")
    assert FeeAccount.objects.get(household=cast.doors[1]).name == "周敏"
    tally = BilledTally.objects.get()
    assert (tally.bill_count, tally.amount, tally.starts_on) == (4, D("622.80"), OCTOBER)
    schedule.refresh_from_db()
    assert (schedule.billed_at, schedule.version) == (NOON, 2)
    posted = HistoryEntry.objects.get(resource="billing-runs", act="bills_posted")
    assert posted.details == run_digest(run.pk).as_json()
    assert (posted.details["count"], posted.details["total"]) == (4, "622.80")
    told = Change.objects.filter(resource__in=["bills", "fee-accounts"]).order_by("resource", "action", "object_id")
    bills, accounts = (
        sorted(model.objects.values_list("pk", flat=True).order_by("pk")) for model in (Bill, FeeAccount)
    )
    assert [(row.resource, row.action, row.object_id) for row in told] == [
        *(("bills", "created", pk) for pk in bills),
        *(("fee-accounts", "created", pk) for pk in accounts),
        *(("fee-accounts", "updated", pk) for pk in accounts),
    ]
    assert set(told.values_list("neighbourhood_code", flat=True)) == {cast.home.code}


@pytest.mark.parametrize("seed", range(6))
def test_the_statements_equal_the_plain_loop(cast: Cast, property_clerk: User, seed: int):
    a_roll_at_random(cast.home, Random(seed))
    period = parse_period(["2026-Q3", "2026-H2", "2026-08", "2026-Q4", "2026", "2026-H2"][seed])

    for kind in ("property", "parking", "other"):
        bills, unknown = bills_by_loop(cast.home, kind, period)
        run = a_run(cast, property_clerk, kind=kind, period=period.text)

        posted = Bill.objects.filter(run=run).select_related("account")
        assert {
            (row.household_id, row.charge, row.account.owner_id, row.account.liability_id, row.starts_on): (
                row.amount,
                row.reduction,
                row.ends_on,
                row.due_on,
                row.lines,
            )
            for row in posted
        } == {key: (one.amount, one.reduction, one.ends_on, one.due_on, one.lines) for key, one in bills.items()}
        told = {(one["household"], one["charge"]) for one in run.exceptions if one["code"] == "area_unknown"}
        assert told == unknown
        assert (run.bill_count, run.total) == (len(bills), sum((one.amount for one in bills.values()), D(0)))
    assert_book_holds()
    assert Bill.objects.exists()


def test_the_seller_owes_the_months_before_the_sale_and_the_buyer_those_after(cast: Cast, property_clerk: User):
    a_schedule(cast)
    door = cast.doors[0]
    make_ownership(household=door, ends_on=date(2026, 11, 14))
    buyer = make_ownership(household=door, starts_on=date(2026, 11, 15)).owner

    a_run(cast, property_clerk, period="2026-Q4")

    sellers, buyers = Bill.objects.filter(household=door).oldest_first()
    assert (sellers.starts_on, sellers.ends_on, sellers.amount) == (OCTOBER, date(2026, 11, 30), D("103.80"))
    assert (buyers.starts_on, buyers.amount, buyers.account.owner) == (date(2026, 12, 1), D("51.90"), buyer)


def test_spaces_and_passes_are_billed_by_whose_land_it_is(cast: Cast, property_clerk: User):
    a_schedule(cast, kind="parking", basis="per_space_month", unit_price="50")
    a_schedule(cast, kind="parking", basis="per_space_month", unit_price="80", space_ownerships=["planned"])
    door = cast.doors[0]
    for number, ownership in (("B2", "planned"), ("A2", "shared_land"), ("A10", "shared_land")):
        make_parking_space(neighbourhood=cast.home, household=door, number=number, ownership=ownership)
    car = Vehicle.objects.create(neighbourhood=cast.home, household=door, plate="鄂E12345")
    pass_ = ParkingPass.objects.create(vehicle=car, neighbourhood=cast.home, starts_on=OCTOBER)
    other = Vehicle.objects.create(neighbourhood=cast.home, household=door, plate="鄂E54321")
    ParkingPass.objects.create(vehicle=other, neighbourhood=cast.home, starts_on=date(2026, 10, 2))

    a_run(cast, property_clerk, kind="parking")

    planned, shared = Bill.objects.order_by("charge")
    assert (planned.charge, planned.amount) == ("planned", D(80))
    assert (shared.charge, shared.amount) == ("shared_land", D(150))
    assert [(line.get("space"), line.get("pass"), line["amount"]) for line in shared.lines] == [
        ("A10", None, "50.00"),
        ("A2", None, "50.00"),
        (None, pass_.pk, "50.00"),
    ]


def test_an_approved_reduction_is_let_off_and_a_whole_one_settles_the_bill_at_once(cast: Cast, property_clerk: User):
    a_schedule(cast)
    for door, share, state in zip(
        cast.doors, ("0.3", "1", "0.5", "1"), ("approved",) * 2 + ("refused",) * 2, strict=True
    ):
        FeeReduction.objects.create(
            household=door,
            neighbourhood=cast.home,
            kind="property",
            reason="hardship",
            share=share,
            from_month=OCTOBER,
            to_month=OCTOBER,
            text="困难",
            state=state,
            decided_at=NOON,
        )

    run = a_run(cast, property_clerk)

    bills = [(row.reduction, row.state) for row in Bill.objects.order_by("household")]
    assert bills == [(D("15.57"), "open"), (D("51.90"), "settled"), (D(0), "open"), (D(0), "open")]
    assert run.reduction_total == D("67.47")
    assert_book_holds()


def test_credit_settles_what_is_billed(cast: Cast, property_clerk: User):
    a_schedule(cast)
    pay(Household.objects.get(pk=cast.doors[0].pk), "60")

    a_run(cast, property_clerk)

    bill = Bill.objects.get(household=cast.doors[0])
    assert (bill.state, bill.account.credit) == ("settled", D("8.10"))
    assert bill.allocations.get().booked_on == date(2026, 11, 24)
    assert_book_holds()


def test_a_home_without_an_area_or_a_price_gets_no_bill_and_is_told(cast: Cast, property_clerk: User):
    a_schedule(cast, uses=["residential"])
    nameless, shop = cast.doors[:2]
    nameless.gross_floor_area = None
    nameless.save()
    shop.use = "shop"
    shop.save()

    run = a_run(cast, property_clerk)

    assert run.exception_counts == {"area_unknown": 1, "no_price": 1, "owner_unknown": 2}
    told = {one["code"]: one["household"] for one in run.exceptions if one["code"] != "owner_unknown"}
    assert told == {"area_unknown": nameless.pk, "no_price": shop.pk}
    assert set(Bill.objects.values_list("household", flat=True)) == {door.pk for door in cast.doors[2:]}


# --- Once --------------------------------------------------------------------------------------------------------


def test_run_twice_it_bills_once(cast: Cast, property_clerk: User):
    a_schedule(cast)
    first = a_run(cast, property_clerk)

    run_billing(first.pk)
    again = a_run(cast, property_clerk)

    assert (again.bill_count, again.already_billed, again.exception_counts) == (0, 4, {})
    assert Bill.objects.count() == 4


def test_a_bill_that_todays_roll_would_make_otherwise_is_told_and_stands(cast: Cast, property_clerk: User):
    a_schedule(cast)
    a_run(cast, property_clerk)
    door = cast.doors[0]
    door.gross_floor_area = Decimal("150.00")
    door.save()

    again = a_run(cast, property_clerk)

    assert (again.bill_count, again.already_billed) == (0, 4)
    assert again.exceptions == [
        {"code": "billed_otherwise", "neighbourhood": door.neighbourhood_id, "household": door.pk, "charge": ""}
    ]


def test_months_that_are_billed_in_part_are_told_and_not_billed_again(cast: Cast, property_clerk: User):
    a_schedule(cast)
    a_run(cast, property_clerk, period="2026-11")

    quarter = a_run(cast, property_clerk, period="2026-Q4")

    assert (quarter.bill_count, quarter.already_billed) == (0, 0)
    assert quarter.exception_counts == {"months_overlap": 4}


def test_a_dry_run_tells_the_same_and_posts_nothing(cast: Cast, property_clerk: User):
    a_schedule(cast)

    dry = a_run(cast, property_clerk, mode="dry_run")
    assert [model.objects.count() for model in (Bill, FeeAccount, BilledTally)] == [0, 0, 0]
    posted = a_run(cast, property_clerk)

    assert (dry.bill_count, dry.total, dry.exceptions) == (posted.bill_count, posted.total, posted.exceptions)


def test_a_run_that_broke_off_is_done_again_once(cast: Cast, property_clerk: User):
    a_schedule(cast)
    run = keep_run(neighbourhood=cast.home, kind="property", period="2026-10", mode="post", by=property_clerk)
    BillingRun.objects.filter(pk=run.pk).update(status="running")

    run_billing(run.pk)

    run.refresh_from_db()
    assert (run.status, run.bill_count) == ("done", 4)
    BillingRun.objects.filter(pk=run.pk).update(status="running")
    run_billing(run.pk)
    run.refresh_from_db()
    assert (run.status, run.error) == ("failed", "run_failed")
    assert Bill.objects.count() == 4


# --- Where, and what is refused ------------------------------------------------------------------------------------


def test_a_run_over_a_division_takes_in_where_its_asker_bills_and_no_other(cast: Cast):
    clerk = make_user(Role.PROPERTY_CLERK, HERE[:6])
    far = make_neighbourhood(community_code=ELSEWHERE)
    a_schedule(cast)
    a_schedule(cast, neighbourhood=far)
    close(cast, date(2026, 9, 1))

    run = a_run(cast, clerk, neighbourhood=None, division=HERE[:4])
    earlier = a_run(cast, clerk, neighbourhood=None, division=HERE[:4], period="2026-Q3")

    assert set(Bill.objects.values_list("neighbourhood", flat=True)) == {cast.home.pk}
    assert (run.bill_count, run.exception_counts["no_schedule"]) == (4, 1)
    assert {one["neighbourhood"] for one in run.exceptions if one["code"] == "no_schedule"} == {cast.next_door.pk}
    assert (earlier.bill_count, earlier.exception_counts["month_closed"]) == (0, 1)


def test_what_cannot_be_billed_is_refused_before_it_is_queued(cast: Cast, property_clerk: User):
    asked = {"kind": "property", "period": "2026-10", "mode": "post", "by": property_clerk}
    with pytest.raises(NoSchedule):
        queue_run(neighbourhood=cast.home, **asked)
    a_schedule(cast, valid_to=date(2026, 10, 31))
    with pytest.raises(NoSchedule):
        queue_run(neighbourhood=cast.home, **{**asked, "period": "2026-11"})
    close(cast, OCTOBER)
    with pytest.raises(MonthClosed):
        queue_run(neighbourhood=cast.home, **{**asked, "period": "2026-Q4"})
    with pytest.raises(NothingToBill):
        queue_run(division=ELSEWHERE, **asked)
    far = add_months(timezone.localdate().replace(day=1), 13)
    with pytest.raises(PeriodTooFar):
        queue_run(neighbourhood=cast.home, **{**asked, "period": f"{far:%Y-%m}"})
    assert not BillingRun.objects.exists()


def test_a_run_fails_where_the_right_was_lost_or_the_month_was_closed_since(cast: Cast, property_clerk: User):
    a_schedule(cast)
    asked = {"neighbourhood": cast.home, "kind": "property", "mode": "post", "by": property_clerk}
    closed, lost = keep_run(period="2026-10", **asked), keep_run(period="2026-11", **asked)

    close(cast, OCTOBER)
    run_billing(closed.pk)
    RoleAssignment.objects.filter(user=property_clerk).delete()
    run_billing(lost.pk)

    runs = BillingRun.objects.order_by("pk").values_list("status", "error")
    assert list(runs) == [("failed", "month_closed"), ("failed", "not_allowed")]
    assert not Bill.objects.exists()
