"""Vehicles, monthly passes, and stays from entry to exit, which a visitor pays by the hour."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from governance.choices.fees import BillState, FeeKind
from governance.errors.fees import (
    AlreadyInside,
    AlreadyLeft,
    DaysOutOfOrder,
    NothingToPay,
    PassEnded,
    PassOverlaps,
    PlateTaken,
    SessionInTheFuture,
    SessionReused,
    SpaceOfAnother,
    VehicleEnded,
)
from governance.models import FeeSchedule, ParkingPass, ParkingSession, Vehicle
from governance.reports.fees.parking import hourly_schedule
from governance.rules.fees.charges import price_text, round_fen
from governance.rules.fees.parking import DayOfStay, Tariff, price_of_stay, read_plate
from governance.services.fees.accounts import visitors_account
from governance.services.fees.books import hold_book
from governance.services.fees.credit import apply_credit_to, hold_accounts
from governance.services.fees.payments import Recorded, record_payment
from governance.services.fees.single_bills import post_bill
from renovation.choices import SpaceOwnership
from renovation.models import Household, Neighbourhood, ParkingSpace

CLOCKS_DIFFER = timedelta(minutes=5)
"""How far ahead of ours the clock of a barrier may be."""


# --- Vehicles and passes ------------------------------------------------------------------------------------


@transaction.atomic
def add_vehicle(*, household: Household, plate: str, by: User | None) -> Vehicle:
    """Write down a household's vehicle. `plate` is one that `read_plate` reads. Raises PlateTaken."""
    plate = read_plate(plate)
    taken = PlateTaken(_("A vehicle with this plate is on the list already."))
    if Vehicle.objects.filter(neighbourhood=household.neighbourhood_id, plate=plate, ended_on=None).exists():
        raise taken
    try:
        with transaction.atomic():
            made: Vehicle = Vehicle.objects.create(
                neighbourhood=household.neighbourhood, household=household, plate=plate
            )
    except IntegrityError as somebody_was_first:
        raise taken from somebody_was_first
    add_history(made, "vehicle_added", by=by, action="created")
    return made


@transaction.atomic
def end_vehicle(*, vehicle: Vehicle, ended_on: date, by: User | None) -> Vehicle:
    """Take a vehicle off the list, its last day given; a pass of it ends with it. Raises VehicleEnded."""
    locked = _lock_vehicle(vehicle)
    for running in locked.passes.filter(Q(ends_on=None) | Q(ends_on__gt=ended_on)).order_by("pk"):
        end_pass(parking_pass=running, ends_on=max(ended_on, running.starts_on), by=by)
    locked.ended_on = ended_on
    locked.save(update_fields=["ended_on"])
    add_history(locked, "vehicle_ended", by=by, fields=["ended_on"], ended_on=ended_on.isoformat())
    return locked


@transaction.atomic
def grant_pass(
    *,
    vehicle: Vehicle,
    starts_on: date,
    ends_on: date | None = None,
    space: ParkingSpace | None = None,
    document: str = "",
    by: User | None,
) -> ParkingPass:
    """Let a vehicle park by the month: in a space of its household's, or without one wherever shared land is free.

    Raises VehicleEnded, DaysOutOfOrder, SpaceOfAnother, or PassOverlaps with another pass of the vehicle or the space.
    """
    locked = _lock_vehicle(vehicle)
    if ends_on is not None and ends_on < starts_on:
        raise DaysOutOfOrder(_("The last day lies before the first."))
    if space is not None:
        # Held, so that two cars do not get it at once.
        space = ParkingSpace.objects.select_for_update(of=("self",), no_key=True).get(pk=space.pk)
        if space.household_id != locked.household_id:
            raise SpaceOfAnother(_("This space is not held by the household of the vehicle."))
    rivals = Q(vehicle=locked) if space is None else Q(vehicle=locked) | Q(space=space)
    overlaps = Q(ends_on=None) | Q(ends_on__gte=starts_on)
    if ends_on is not None:
        overlaps &= Q(starts_on__lte=ends_on)
    if ParkingPass.objects.filter(rivals, overlaps).exists():
        raise PassOverlaps(_("The vehicle or the space has a pass for some of these days already."))
    made: ParkingPass = ParkingPass.objects.create(
        vehicle=locked,
        neighbourhood=locked.neighbourhood,
        space=space,
        starts_on=starts_on,
        ends_on=ends_on,
        document=document.strip(),
    )
    add_history(made, "parking_pass_granted", by=by, action="created", starts_on=starts_on.isoformat())
    return made


@transaction.atomic
def end_pass(*, parking_pass: ParkingPass, ends_on: date, by: User | None) -> ParkingPass:
    """Give a pass its last day, or an earlier one than it had. What was billed beyond it stays until it is issued anew.

    Raises PassEnded where it has that day or an earlier one, or DaysOutOfOrder.
    """
    rows = ParkingPass.objects.select_for_update(of=("self",)).select_related("vehicle__neighbourhood")
    locked: ParkingPass = rows.get(pk=parking_pass.pk)
    if locked.ends_on is not None and locked.ends_on <= ends_on:
        raise PassEnded(_("This pass has ended by that day already."))
    if ends_on < locked.starts_on:
        raise DaysOutOfOrder(_("The last day lies before the first."))
    locked.ends_on = ends_on
    locked.save(update_fields=["ends_on"])
    add_history(locked, "parking_pass_ended", by=by, fields=["ends_on"], ends_on=ends_on.isoformat())
    return locked


def _lock_vehicle(vehicle: Vehicle) -> Vehicle:
    """Raises VehicleEnded."""
    rows = Vehicle.objects.select_for_update(of=("self",), no_key=True).select_related("neighbourhood")
    locked: Vehicle = rows.get(pk=vehicle.pk)
    if locked.ended_on is not None:
        raise VehicleEnded(_("This vehicle is no longer on the list."))
    return locked


# --- Stays --------------------------------------------------------------------------------------------------


@transaction.atomic
def enter(
    *,
    neighbourhood: Neighbourhood,
    plate: str,
    entered_at: datetime | None = None,
    space_ownership: str = SpaceOwnership.SHARED_LAND,
    client_id: UUID | None = None,
    by: User | None,
    at: datetime | None = None,
) -> tuple[ParkingSession, bool]:
    """Record that a vehicle came in; and whether that is new: sent twice by its `client_id`, it is kept once.

    Raises SessionInTheFuture, AlreadyInside, or SessionReused for a client id of something else.
    """
    at = at or timezone.now()
    plate = read_plate(plate)
    told = {"neighbourhood_id": neighbourhood.pk, "plate": plate, "space_ownership": str(space_ownership)}
    if (earlier := _same(client_id, told, entered_at)) is not None:
        return earlier, False
    moment = entered_at or at
    _require_past(moment, at)
    inside = AlreadyInside(_("A vehicle with this plate is inside already."))
    if ParkingSession.objects.filter(neighbourhood=neighbourhood, plate=plate, left_at=None).exists():
        raise inside
    try:
        with transaction.atomic():
            made: ParkingSession = ParkingSession.objects.create(
                **told,
                client_id=client_id or uuid4(),
                entered_at=moment,
                parking_pass=_pass_of(neighbourhood.pk, plate, timezone.localdate(moment)),
                by=by,
            )
    except IntegrityError as somebody_was_first:
        if (earlier := _same(client_id, told, entered_at)) is not None:
            return earlier, False
        raise inside from somebody_was_first
    add_history(made, "vehicle_entered", by=by, action="created")
    return made, True


@transaction.atomic
def leave(
    *, session: ParkingSession, left_at: datetime | None = None, by: User | None, at: datetime | None = None
) -> ParkingSession:
    """Record that a vehicle went out. A visitor's stay is priced by the hour, as the schedule of the day of entry says,
    and billed; with a pass on the day of exit, or where nothing is charged by the hour, it costs nothing.

    Raises AlreadyLeft, DaysOutOfOrder (before it came in), SessionInTheFuture or MonthClosed.
    """
    at = at or timezone.now()
    moment = left_at or at
    hold_book(session.neighbourhood_id)
    rows = ParkingSession.objects.select_for_update(of=("self",)).select_related("neighbourhood")
    locked: ParkingSession = rows.get(pk=session.pk)
    if locked.left_at is not None:
        raise AlreadyLeft(_("This vehicle has left already."))
    if moment < locked.entered_at:
        raise DaysOutOfOrder(_("A vehicle leaves after it has come in."))
    _require_past(moment, at)
    day = timezone.localdate(moment)
    locked.left_at, locked.amount = moment, Decimal(0)
    locked.parking_pass = _pass_of(locked.neighbourhood_id, locked.plate, day)
    if locked.parking_pass is None:
        schedule = hourly_schedule(
            locked.neighbourhood_id, locked.space_ownership, timezone.localdate(locked.entered_at)
        )
        if schedule is not None:
            locked.schedule = schedule
            _bill(locked, schedule, by, at)
    locked.save(update_fields=["left_at", "amount", "parking_pass", "schedule", "bill"])
    add_history(locked, "vehicle_left", by=by, fields=["left_at", "amount", "bill"], amount=str(locked.amount))
    return locked


@transaction.atomic
def pay_session(
    *,
    session: ParkingSession,
    method: str,
    reference: str = "",
    paid_at: datetime | None = None,
    by: User | None,
    at: datetime | None = None,
) -> Recorded:
    """Take what a stay costs, at the barrier; without a reference of the payer's channel it bears the stay's own.

    Raises NothingToPay, and what `record_payment` does.
    """
    at = at or timezone.now()
    rows = ParkingSession.objects.select_related("bill__account")
    found: ParkingSession = rows.get(pk=session.pk)
    bill = found.bill
    if bill is None or bill.state != BillState.OPEN:
        raise NothingToPay(_("There is nothing to pay for this stay."))
    return record_payment(
        household=None,
        account=bill.account,
        amount=bill.outstanding,
        method=method,
        reference=reference.strip() or f"P{found.pk:08d}",
        paid_at=paid_at or at,
        bills=[bill.pk],
        by=by,
        at=at,
        enforce_prepayment=False,
    )


def _bill(session: ParkingSession, schedule: FeeSchedule, by: User | None, at: datetime) -> None:
    """Price a stay that is over; what costs something is billed to the visitors' account, due at once."""
    assert session.left_at is not None  # noqa: S101
    tariff = Tariff(schedule.unit_price, schedule.free_minutes, schedule.daily_cap)
    stay = price_of_stay(session.entered_at, session.left_at, tariff)
    session.amount = round_fen(sum((day.amount for day in stay), Decimal(0)))
    if not session.amount:
        return
    account = visitors_account(session.neighbourhood, by=by)
    account = hold_accounts([account.pk])[account.pk]
    day = timezone.localdate(session.left_at)
    session.bill = post_bill(
        account=account,
        on=day,
        act="parking_billed",
        by=by,
        at=at,
        kind=FeeKind.PARKING,
        charge=session.space_ownership,
        due_on=day,
        amount=session.amount,
        lines=_lines(schedule, stay),
    )
    apply_credit_to([account.pk], at)


def _lines(schedule: FeeSchedule, stay: tuple[DayOfStay, ...]) -> list[dict[str, Any]]:
    """One for each calendar day; each is what the sum grows by, so that they add up to the fen."""
    lines, exact, told = [], Decimal(0), Decimal(0)
    for day in stay:
        exact += day.amount
        amount = round_fen(exact) - told
        told += amount
        lines.append(
            {
                "schedule": schedule.pk,
                "basis": str(schedule.basis),
                "quantity": str(day.hours),
                "unit_price": price_text(schedule.unit_price),
                "months": 1,
                "from": f"{day.day:%Y-%m}",
                "to": f"{day.day:%Y-%m}",
                "day": day.day.isoformat(),
                "amount": f"{amount:.2f}",
                "reduction": "0.00",
            }
        )
    return lines


def _pass_of(neighbourhood_id: int, plate: str, on: date) -> ParkingPass | None:
    """The pass of a vehicle that is in force on a day."""
    found: ParkingPass | None = (
        ParkingPass.objects.filter(Q(ends_on=None) | Q(ends_on__gte=on), neighbourhood=neighbourhood_id)
        .filter(vehicle__plate=plate, vehicle__ended_on=None, starts_on__lte=on)
        .order_by("pk")
        .first()
    )
    return found


def _require_past(moment: datetime, at: datetime) -> None:
    if moment > at + CLOCKS_DIFFER:
        raise SessionInTheFuture(_("This time is still to come."))


def _same(client_id: UUID | None, told: dict[str, Any], entered_at: datetime | None) -> ParkingSession | None:
    """What stands under a client id. Raises SessionReused where it is something else."""
    if client_id is None:
        return None
    earlier: ParkingSession | None = ParkingSession.objects.filter(client_id=client_id).first()
    if earlier is None:
        return None
    if any(getattr(earlier, name) != value for name, value in told.items()):
        raise SessionReused(_("Another stay was recorded under this client id already."))
    if entered_at is not None and entered_at != earlier.entered_at:
        raise SessionReused(_("Another stay was recorded under this client id already."))
    return earlier
