"""Vehicles, passes, and visitors from entry to exit; late charges, which are billed alike: without a run."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest

from accounts.models import HistoryEntry
from governance.errors.fees import (
    AlreadyInside,
    AlreadyLeft,
    DaysOutOfOrder,
    MonthClosed,
    NoLateCharge,
    NothingOverdue,
    NothingToPay,
    PassEnded,
    PassOverlaps,
    PlateTaken,
    SessionInTheFuture,
    SessionReused,
    SpaceOfAnother,
    VehicleEnded,
)
from governance.models import Bill, FeeSchedule, MonthClosing, ParkingSession
from governance.rules.fees.parking import HERE
from governance.services.fees.accounts import current_account
from governance.services.fees.digests import bill_digest
from governance.services.fees.late_charges import charge_late, charge_late_here
from governance.services.fees.parking import (
    add_vehicle,
    end_pass,
    end_vehicle,
    enter,
    grant_pass,
    leave,
    pay_session,
)
from tests.factories import make_parking_space
from tests.governance.payments_cast import JULY, NOON, D, a_bill, assert_book_holds, pay

pytestmark = pytest.mark.django_db
START = date(2026, 1, 1)
CAME = datetime(2026, 11, 23, 20, tzinfo=HERE)


def hourly(neighbourhood, **fields):
    told = {"unit_price": 2, "free_minutes": 30, "daily_cap": 15, "valid_from": START, "document": "停-1"}
    return FeeSchedule.objects.create(
        **{"neighbourhood": neighbourhood, "kind": "parking", "basis": "per_hour", **told, **fields}
    )


def stay(neighbourhood, plate="鄂E12345", hours=16, **fields):
    session, _new = enter(neighbourhood=neighbourhood, plate=plate, entered_at=CAME, by=None, at=NOON, **fields)
    return leave(session=session, left_at=CAME + timedelta(hours=hours), by=None, at=NOON)


# --- Vehicles and passes ------------------------------------------------------------------------------------


def test_a_plate_is_on_the_list_once_until_it_is_taken_off(cast):
    car = add_vehicle(household=cast.doors[0], plate="鄂E·12345", by=None)

    assert car.plate == "鄂E12345"
    with pytest.raises(PlateTaken):
        add_vehicle(household=cast.doors[1], plate="鄂e12345", by=None)
    end_vehicle(vehicle=car, ended_on=date(2026, 5, 1), by=None)
    with pytest.raises(VehicleEnded):
        grant_pass(vehicle=car, starts_on=START, by=None)
    assert add_vehicle(household=cast.doors[1], plate="鄂E12345", by=None).pk != car.pk


def test_a_vehicle_has_one_pass_at_a_time(cast):
    car = add_vehicle(household=cast.doors[0], plate="鄂E12345", by=None)
    first = grant_pass(vehicle=car, starts_on=START, ends_on=date(2026, 6, 30), by=None)

    for starts_on, ends_on in ((date(2026, 6, 30), None), (date(2025, 12, 1), START), (START, START)):
        with pytest.raises(PassOverlaps):
            grant_pass(vehicle=car, starts_on=starts_on, ends_on=ends_on, by=None)
    with pytest.raises(DaysOutOfOrder):
        grant_pass(vehicle=car, starts_on=START, ends_on=START - timedelta(days=1), by=None)
    following = grant_pass(vehicle=car, starts_on=date(2026, 7, 1), by=None)

    assert end_pass(parking_pass=following, ends_on=date(2026, 7, 31), by=None).ends_on == date(2026, 7, 31)
    with pytest.raises(PassEnded):
        end_pass(parking_pass=first, ends_on=date(2026, 6, 30), by=None)
    with pytest.raises(DaysOutOfOrder):
        end_pass(parking_pass=following, ends_on=START, by=None)


def test_a_pass_is_for_a_space_of_ones_own_that_is_free(cast):
    mine = make_parking_space(neighbourhood=cast.home, household=cast.doors[0])
    other = make_parking_space(neighbourhood=cast.home, household=cast.doors[1])
    first, second = (add_vehicle(household=cast.doors[0], plate=plate, by=None) for plate in ("鄂E11111", "鄂E22222"))

    with pytest.raises(SpaceOfAnother):
        grant_pass(vehicle=first, starts_on=START, space=other, by=None)
    grant_pass(vehicle=first, starts_on=START, space=mine, by=None)
    with pytest.raises(PassOverlaps):
        grant_pass(vehicle=second, starts_on=START, space=mine, by=None)


def test_taken_off_the_list_a_vehicle_loses_its_pass(cast):
    car = add_vehicle(household=cast.doors[0], plate="鄂E12345", by=None)
    running = grant_pass(vehicle=car, starts_on=START, by=None)

    end_vehicle(vehicle=car, ended_on=date(2026, 5, 1), by=None)

    running.refresh_from_db()
    assert running.ends_on == date(2026, 5, 1)


# --- Stays --------------------------------------------------------------------------------------------------


def test_a_visitor_is_billed_at_the_exit_and_pays_there(cast):
    schedule = hourly(cast.home)

    session = stay(cast.home)  # 20:00 to 12:00: four hours, then twelve

    bill = session.bill
    assert (session.amount, bill.amount, bill.kind, bill.charge) == (D("23.00"), D("23.00"), "parking", "shared_land")
    assert (bill.household, bill.account.debtor_kind, bill.run) == (None, "visitor", None)
    assert (bill.period, bill.starts_on, bill.due_on) == ("2026-11", date(2026, 11, 24), date(2026, 11, 24))
    assert [(line["day"], line["quantity"], line["amount"]) for line in bill.lines] == [
        ("2026-11-23", "4", "8.00"),
        ("2026-11-24", "12", "15.00"),
    ]
    schedule.refresh_from_db()
    assert schedule.billed_at == NOON
    entry = HistoryEntry.objects.get(act="parking_billed", object_id=bill.pk)
    assert entry.details["sha256"] == bill_digest(bill.pk)

    taken = pay_session(session=session, method="wechat", reference="4200001", by=None, at=NOON)

    assert taken.allocations == [(bill.pk, D("23.00"))]
    assert taken.credit == 0
    assert_book_holds()
    with pytest.raises(NothingToPay):
        pay_session(session=session, method="cash", by=None, at=NOON)


def test_short_stays_and_passes_cost_nothing(cast):
    hourly(cast.home)
    car = add_vehicle(household=cast.doors[0], plate="鄂E12345", by=None)
    grant_pass(vehicle=car, starts_on=date(2026, 11, 24), by=None)

    resident, visitor = stay(cast.home), stay(cast.home, "鄂E99999", hours=0.5)

    assert (resident.amount, resident.bill, resident.parking_pass.vehicle_id) == (0, None, car.pk)
    assert (visitor.amount, visitor.bill, visitor.parking_pass) == (0, None, None)
    with pytest.raises(NothingToPay):
        pay_session(session=visitor, method="cash", by=None, at=NOON)


def test_the_price_is_that_of_the_day_of_entry_and_of_the_space(cast):
    hourly(cast.home, valid_to=date(2026, 11, 23))
    hourly(cast.home, unit_price=5, valid_from=date(2026, 11, 24))
    planned = hourly(cast.home, unit_price=3, space_ownerships=["planned"], valid_from=date(2025, 1, 1))

    assert stay(cast.home, hours=2).amount == D("4.00")
    in_planned = stay(cast.home, "鄂E99999", hours=2, space_ownership="planned")

    assert (in_planned.amount, in_planned.schedule, in_planned.bill.charge) == (D("6.00"), planned, "planned")


def test_where_nothing_is_charged_by_the_hour_a_stay_is_free(cast):
    session = stay(cast.home)

    assert (session.amount, session.schedule, session.bill) == (0, None, None)


def test_a_stay_is_recorded_once_and_ends_once(cast):
    key = uuid4()
    told = {"neighbourhood": cast.home, "plate": "鄂E12345", "entered_at": CAME, "by": None, "at": NOON}

    session, is_new = enter(**told, client_id=key)
    again, is_new_again = enter(**told, client_id=key)

    assert (is_new, is_new_again, again.pk) == (True, False, session.pk)
    with pytest.raises(SessionReused):
        enter(**{**told, "plate": "鄂E99999"}, client_id=key)
    with pytest.raises(AlreadyInside):
        enter(**told)
    with pytest.raises(DaysOutOfOrder):
        leave(session=session, left_at=CAME - timedelta(seconds=1), by=None, at=NOON)
    with pytest.raises(SessionInTheFuture):
        leave(session=session, left_at=NOON + timedelta(minutes=6), by=None, at=NOON)
    leave(session=session, left_at=NOON, by=None, at=NOON)
    with pytest.raises(AlreadyLeft):
        leave(session=session, left_at=NOON, by=None, at=NOON)
    assert enter(**{**told, "entered_at": NOON})[1]
    with pytest.raises(SessionInTheFuture):
        enter(**{**told, "plate": "鄂E77777", "entered_at": NOON + timedelta(minutes=6)})


def test_nothing_is_billed_in_a_closed_month(cast):
    hourly(cast.home)
    MonthClosing.objects.create(
        neighbourhood=cast.home, month=date(2026, 11, 1), totals={}, digest="0" * 64, closed_at=NOON
    )
    session, _new = enter(neighbourhood=cast.home, plate="鄂E12345", entered_at=CAME, by=None, at=NOON)

    with pytest.raises(MonthClosed):
        leave(session=session, left_at=NOON, by=None, at=NOON)
    assert ParkingSession.objects.get(pk=session.pk).left_at is None


# --- Late charges -------------------------------------------------------------------------------------------


def late_bill(door, daily="0.003", amount="100.00"):
    """A bill due on 30 August, of a schedule with (or without) a late charge."""
    schedule = FeeSchedule.objects.create(
        neighbourhood=door.neighbourhood,
        kind="property",
        basis="per_household_month",
        unit_price=100,
        late_charge_daily=daily,
        valid_from=START if D(daily) else date(2025, 1, 1),
        document="合同-1",
    )
    line = {"schedule": schedule.pk, "amount": amount, "reduction": "0.00"}
    return a_bill(door, amount, lines=[line])


def test_a_late_charge_is_a_bill_of_its_own(cast):
    bill = late_bill(cast.doors[0])
    pay(cast.doors[0], "40.00", paid_at=datetime(2026, 9, 9, 9, tzinfo=HERE))  # ten days late

    made = charge_late(bill=bill, until=date(2026, 9, 29), by=None, at=NOON)

    assert (made.amount, made.kind, made.charge, made.late_for) == (D("6.60"), "other", "late", bill)
    assert (made.period, made.starts_on, made.due_on) == ("2026-09", date(2026, 9, 29), date(2026, 9, 29))
    assert (made.lines[0]["quantity"], made.lines[0]["unit_price"]) == ("2200.00", "0.003")
    assert charge_late(bill=bill, until=date(2026, 9, 29), by=None, at=NOON) is None
    assert charge_late(bill=bill, until=date(2026, 9, 30), by=None, at=NOON).amount == D("0.18")
    assert_book_holds()


def test_no_late_charge_where_the_contract_has_none_or_on_another(cast):
    plain, bill = late_bill(cast.doors[0], "0"), late_bill(cast.doors[1])

    with pytest.raises(NoLateCharge):
        charge_late(bill=plain, by=None, at=NOON)
    with pytest.raises(NothingOverdue):
        charge_late(bill=bill, until=date(2026, 8, 30), by=None, at=NOON)
    made = charge_late(bill=bill, by=None, at=NOON)
    with pytest.raises(NoLateCharge):
        charge_late(bill=made, by=None, at=NOON)


def test_all_late_charges_of_a_neighbourhood_are_billed_once_and_never_above_the_principal(cast):
    bill = late_bill(cast.doors[0], "0.5")
    a_bill(cast.doors[1])

    made = charge_late_here(neighbourhood=cast.home, by=None, at=NOON)

    assert [(row.late_for_id, row.amount) for row in made] == [(bill.pk, D("100.00"))]
    assert charge_late_here(neighbourhood=cast.home, by=None, at=NOON) == []
    assert Bill.objects.filter(late_for__isnull=False).count() == 1
    assert current_account(cast.doors[0], JULY).credit == 0
    assert_book_holds()
