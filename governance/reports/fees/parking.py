"""Parking in a neighbourhood: its spaces with whose money they earn, vehicles, passes, and who is inside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from consent.rules.numbers import natural
from governance.choices.fees import BillState, FeeBasis, FeeKind
from governance.models import FeeSchedule, ParkingPass, ParkingSession, Vehicle
from governance.rules.fees.parking import Tariff, price_of_stay
from renovation.choices import SpaceOwnership
from renovation.models import Neighbourhood, ParkingSpace


@dataclass(frozen=True, slots=True)
class Inside:
    """A vehicle that has not left: `amount` is what its stay would cost now, in yuan."""

    session: ParkingSession
    hours: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class SpacesOf:
    """The spaces of one ownership, and those of them that nobody holds."""

    ownership: str
    label: str
    spaces: Sequence[Any]
    free: int


def hourly_schedule(neighbourhood_id: int, ownership: str, on: date) -> FeeSchedule | None:
    """What prices a stay that began on a day: one that names the ownership of the space goes before one for all."""
    rows = FeeSchedule.objects.filter(
        Q(valid_to=None) | Q(valid_to__gte=on),
        Q(space_ownerships=[]) | Q(space_ownerships__contains=[ownership]),
        neighbourhood=neighbourhood_id,
        kind=FeeKind.PARKING,
        basis=FeeBasis.PER_HOUR,
        valid_from__lte=on,
    )
    found = sorted(rows, key=lambda row: (bool(row.space_ownerships), row.valid_from, row.pk))
    return found[-1] if found else None


def inside_now(neighbourhood: Neighbourhood, at: datetime) -> list[Inside]:
    """Who is inside, who came first first. Two queries, and one for each ownership and day of entry."""
    rows = ParkingSession.objects.filter(neighbourhood=neighbourhood, left_at=None).select_related("parking_pass")
    schedules: dict[tuple[str, date], Any] = {}
    found = []
    for session in rows.order_by("entered_at", "pk"):
        until = max(at, session.entered_at)
        amount = Decimal(0)
        if session.parking_pass is None:
            key = (session.space_ownership, timezone.localdate(session.entered_at))
            if key not in schedules:
                schedules[key] = hourly_schedule(neighbourhood.pk, *key)
            if (schedule := schedules[key]) is not None:
                tariff = Tariff(schedule.unit_price, schedule.free_minutes, schedule.daily_cap)
                stay = price_of_stay(session.entered_at, until, tariff)
                amount = sum((day.amount for day in stay), Decimal(0))
        found.append(Inside(session, -(-(until - session.entered_at) // timedelta(hours=1)), amount))
    return found


def to_pay(neighbourhood: Neighbourhood) -> QuerySet[Any]:
    """Stays that are over and not paid, the latest first."""
    rows: QuerySet[Any] = ParkingSession.objects.filter(neighbourhood=neighbourhood, bill__state=BillState.OPEN)
    return rows.select_related("bill").order_by("-left_at", "-pk")


def spaces_by_ownership(neighbourhood: Neighbourhood, on: date) -> list[SpacesOf]:
    """The spaces by ownership, each with `granted`, its passes in force on a day. Two queries."""
    passes = passes_on(on).select_related("vehicle")
    rows = ParkingSpace.objects.filter(neighbourhood=neighbourhood).select_related(
        "household__building", "household__stairwell"
    )
    spaces = list(rows.prefetch_related(Prefetch("passes", passes, to_attr="granted")))
    spaces.sort(key=lambda space: natural(space.number))
    found = []
    for ownership in SpaceOwnership:
        here = [space for space in spaces if space.ownership == ownership]
        if here:
            free = sum(space.household_id is None for space in here)
            found.append(SpacesOf(ownership.value, str(ownership.label), here, free))
    return found


def passes_on(on: date) -> QuerySet[Any]:
    """Passes in force on a day."""
    rows: QuerySet[Any] = ParkingPass.objects.filter(Q(ends_on=None) | Q(ends_on__gte=on), starts_on__lte=on)
    return rows


def vehicles_here(neighbourhood: Neighbourhood, on: date) -> QuerySet[Any]:
    """Vehicles on the list, each with `granted`, its passes that have not ended by a day."""
    passes = ParkingPass.objects.filter(Q(ends_on=None) | Q(ends_on__gte=on)).select_related("space")
    rows: QuerySet[Any] = Vehicle.objects.filter(neighbourhood=neighbourhood, ended_on=None)
    return rows.select_related("household__building", "household__stairwell").prefetch_related(
        Prefetch("passes", passes.order_by("starts_on"), to_attr="granted")
    )
