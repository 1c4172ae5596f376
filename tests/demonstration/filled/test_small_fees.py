"""Fees of the small city: billed and collected through the services, and a book in which every figure holds."""

from datetime import date
from decimal import Decimal

import pytest
from django.db.models import Count

from demonstration.rules import fees
from demonstration.rules.fees import FEE_PLANS, FeePlan
from governance.models import (
    Bill,
    BillingRun,
    FeeAccount,
    FeeAudit,
    FeeLiability,
    FeeReduction,
    MonthClosing,
    ParkingSession,
    Payment,
    PaymentReversal,
    Refund,
    Reminder,
    StatementLine,
)
from governance.reports.fees.arrears import arrears_by_age, overdue_bills
from governance.reports.fees.disclosures import latest_of
from governance.reports.fees.rates import collection_rate
from governance.rules.fees.periods import parse_period
from renovation.models import Neighbourhood
from tests.demonstration.conftest import NOW

TODAY = NOW.date()
HERE = "示范东山小区"


def rate(name: str, kind: str, period: str) -> bool | None:
    place = Neighbourhood.objects.get(name=name)
    return collection_rate(
        neighbourhoods=[place.pk], kind=kind, period=parse_period(period), cut_off=TODAY, today=TODAY
    ).above_target


def test_periods_begin_whole_and_reach_today():
    plan = FeePlan((), months=7, habits={}, step=3)

    periods = fees.periods_of(date(2026, 11, 24), plan)

    assert periods[0] == ("2026-Q2", date(2026, 4, 1), date(2026, 6, 30))
    assert periods[-1] == ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31))


def test_every_habit_pays_when_it_says():
    year = range(12)

    assert [fees.pays_in(fees.YEARLY, number, 11 - number, 1) for number in year] == [True] * 12
    assert [number for number in year if fees.pays_in(fees.LATE, number, 11 - number, 1)] == [4, 9]
    assert [number for number in year if fees.pays_in(fees.STOPPED, number, 11 - number, 1)] == [0, 1, 2, 3, 4]
    assert not any(fees.pays_in(fees.NEVER, number, 11 - number, 1) for number in year)
    assert fees.periods_ahead(fees.YEARLY, date(2026, 1, 1), 1, False) == 11
    assert fees.periods_ahead(fees.QUARTERLY, date(2026, 5, 1), 1, True) == 1
    assert fees.periods_ahead(fees.YEARLY, date(2026, 1, 1), 6, False) == 1


@pytest.mark.django_db
def test_most_places_are_above_the_targets_and_not_all(small_city):
    half = "2026-H1"

    assert [name for name in FEE_PLANS if rate(name, "property", half)] == [HERE, "白龙岗小区", "示范柏临小区"]
    assert rate("示范沿江小区", "property", half) is False
    assert [rate(name, "parking", half) for name in FEE_PLANS] == [True, True, True, None]
    assert rate(HERE, "property", "2026-10") is True


@pytest.mark.django_db
def test_the_book_holds(small_city):
    """What the nightly audit proves, over all that was played."""
    audit = FeeAudit.objects.get()

    assert (audit.finding_count, audit.findings) == (0, [])
    assert {check["code"]: check["looked_at"] for check in audit.checks}["bill_lines"] == Bill.objects.count() > 3000
    assert not BillingRun.objects.exclude(status="done").exists()
    accounts = FeeAccount.objects.filter(credit__gt=0)
    assert accounts.exists()
    assert not accounts.filter(bills__state="open").exists()


@pytest.mark.django_db
def test_arrears_of_a_home_that_was_sold_stay_with_the_seller(small_city):
    sold = (
        FeeAccount.objects.filter(neighbourhood__name=HERE, household__ownerships__ends_on__isnull=False)
        .values("household")
        .annotate(accounts=Count("pk", distinct=True))
        .get()
    )
    seller, buyer = FeeAccount.objects.filter(household=sold["household"]).order_by("pk")

    assert seller.bills.open().count() > 3
    assert not seller.payments.exists()
    assert buyer.payments.exists()
    assert not buyer.bills.open().filter(due_on__lt=TODAY).exists()


@pytest.mark.django_db
def test_a_tenant_pays_and_somebody_is_let_off_by_a_second_person(small_city):
    tenant = FeeLiability.objects.get()
    approved = FeeReduction.objects.filter(state="approved").earliest("from_month")
    waiting = FeeReduction.objects.get(state="proposed")

    assert tenant.fee_accounts.get().payments.exists()
    assert approved.decided_by_id != approved.proposed_by_id
    reduced = Bill.objects.live().filter(household=approved.household, kind="property", reduction__gt=0)
    assert reduced.count() == 9
    assert (waiting.reason, waiting.share) == ("vacant", Decimal("0.300"))


@pytest.mark.django_db
def test_mistakes_are_taken_back_and_not_edited(small_city):
    void = Bill.objects.get(state="void")
    reversal = PaymentReversal.objects.get()

    assert (void.reduction, void.replaced_by.amount) == (0, void.amount)
    assert 0 < void.replaced_by.reduction < void.amount
    right = Payment.objects.get(note="更正：原记入邻户。")
    assert (right.amount, right.paid_at) == (reversal.payment.amount, reversal.payment.paid_at)
    assert right.household_id != reversal.payment.household_id
    assert Refund.objects.get().account.credit == 0


@pytest.mark.django_db
def test_arrears_have_an_age_and_reminders_their_proof(small_city):
    ages = arrears_by_age(overdue_bills(Neighbourhood.objects.get(name=HERE), TODAY), TODAY)

    assert sum(1 for age in ages if age.amount) >= 4
    steps = Reminder.objects.values_list("step", flat=True)
    assert set(steps) == {"notice", "letter", "visit", "formal"}
    assert all(row.received and row.document for row in Reminder.objects.filter(step="formal"))


@pytest.mark.django_db
def test_two_lines_wait_months_are_closed_and_the_last_quarter_hangs(small_city):
    here = Neighbourhood.objects.get(name=HERE)

    states = list(StatementLine.objects.order_by("row").values_list("state", flat=True))
    assert sorted(states) == ["matched"] * 4 + ["recorded"] + ["unmatched"] * 2
    closed = MonthClosing.objects.filter(neighbourhood=here, reopened_at=None)
    assert closed.latest("month").month == date(2026, 8, 1)
    assert latest_of(here, "2026-Q3") is not None
    assert ParkingSession.objects.filter(neighbourhood=here, left_at=None).count() == 1
