"""Billing runs: what they post, and that they post it once."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import HistoryEntry, User
from governance.models import Bill, BilledTally, BillingRun, FeeAccount, FeeSchedule
from governance.services.fees.billing import queue_run, run_billing
from tests.cast import Cast
from tests.factories import make_owner, make_ownership

pytestmark = pytest.mark.django_db


def a_schedule(cast: Cast, **fields: Any) -> FeeSchedule:
    told = {
        "kind": "property",
        "basis": "per_m2_month",
        "unit_price": "0.60",
        "valid_from": date(2026, 1, 1),
        "document": "HT-1",
        "due_days": 15,
        **fields,
    }
    return FeeSchedule.objects.create(**{"neighbourhood": cast.home, **told})


def a_run(cast: Cast, by: User, **fields: Any) -> BillingRun:
    run = queue_run(
        **{"neighbourhood": cast.home, "kind": "property", "period": "2026-10", "mode": "post", "by": by, **fields}
    )
    run_billing(run.pk)
    run.refresh_from_db()
    return run


def test_a_run_posts_the_months_of_every_home_and_tells_what_it_did(cast: Cast, property_clerk: User):
    schedule = a_schedule(cast)
    owner = make_owner(neighbourhood=cast.home, name="王芳")
    make_ownership(household=cast.doors[0], owner=owner)

    run = a_run(cast, property_clerk, period="2026-Q4")

    assert (run.status, run.error) == ("done", "")
    assert (run.bill_count, run.total, run.reduction_total) == (4, Decimal("622.80"), Decimal(0))
    assert run.exception_counts == {"owner_unknown": 3}
    bill = Bill.objects.get(household=cast.doors[0])
    assert (bill.amount, bill.starts_on, bill.ends_on) == (Decimal("155.70"), date(2026, 10, 1), date(2026, 12, 31))
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
    assert (tally.bill_count, tally.amount, tally.starts_on) == (4, Decimal("622.80"), date(2026, 10, 1))
    schedule.refresh_from_db()
    assert (schedule.billed_at == run.finished_at or schedule.billed_at is not None, schedule.version) == (True, 2)
    posted = HistoryEntry.objects.get(resource="billing-runs", act="bills_posted")
    assert (posted.details["count"], posted.details["total"]) == (4, "622.80")


def test_run_twice_it_bills_once(cast: Cast, property_clerk: User):
    a_schedule(cast)
    first = a_run(cast, property_clerk)

    run_billing(first.pk)
    again = a_run(cast, property_clerk)

    assert (again.bill_count, again.already_billed) == (0, 4)
    assert Bill.objects.count() == 4
