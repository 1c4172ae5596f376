"""The slow plain loop that the statements of a billing run must equal, over the rules of charges; and a roll at random
to try them on.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from governance.models import FeeLiability, FeeReduction, FeeSchedule, ParkingPass, Vehicle
from governance.reports.fees.schedules import prices_of
from governance.rules.fees.charges import (
    Agreement,
    Amounts,
    Debtor,
    Holding,
    Share,
    UnitMonth,
    bill_of,
    debtor_of_month,
    let_off_of_month,
    price_of_month,
    quantity_of,
)
from governance.rules.fees.periods import Period, add_months
from renovation.models import Household, Neighbourhood, Ownership, ParkingSpace
from tests.factories import make_building, make_household, make_owner, make_ownership, make_parking_space

FIRST = date(2026, 7, 1)


def bills_by_loop(neighbourhood: Neighbourhood, kind: str, period: Period) -> tuple[dict[Any, Amounts], set[Any]]:
    """The bills by household, charge, owner, agreement and first day; and the (household, charge) without an area."""
    bills: dict[Any, Amounts] = {}
    unknown = set()
    prices = prices_of(FeeSchedule.objects.filter(neighbourhood=neighbourhood, kind=kind))
    for household in Household.objects.filter(neighbourhood=neighbourhood, retired_at=None):
        for name in {name for _kind, name in prices}:
            by_charge: dict[str, list[Any]] = {}
            for unit in _units(household, kind):
                by_charge.setdefault(unit["sort"] if kind == "parking" else name, []).append(unit)
            for charge, units in by_charge.items():
                months = _months(household, units, prices[kind, name], kind, period)
                if months is None:
                    unknown.add((household.pk, charge))
                    continue
                for who, rows in _runs(months):
                    if amounts := bill_of(rows):
                        bills[household.pk, charge, who.owner, who.liability, amounts.starts_on] = amounts
    return bills, unknown


def _months(household: Household, units: Any, prices: Any, kind: str, period: Period) -> Any:
    """The months in which something has a price, each with its debtor and its units; None where an area is unknown."""
    held = [
        Holding(row.pk, row.owner_id, row.owner.kind, row.is_voter, row.starts_on, row.ends_on)
        for row in Ownership.objects.filter(household=household).select_related("owner")
    ]
    agreed = [Agreement(row.pk, row.starts_on, row.ends_on) for row in FeeLiability.objects.filter(household=household)]
    shares = [
        Share(row.share, row.from_month, row.to_month)
        for row in FeeReduction.objects.filter(household=household, kind=kind, state="approved")
    ]
    months = []
    for first in period.months:
        rows = []
        for unit in units:
            inside = unit["starts_on"] <= first and (unit["ends_on"] is None or first <= unit["ends_on"])
            price = price_of_month(prices, unit["sort"], first)
            if not inside or price is None:
                continue
            quantity = quantity_of(price, unit["area"])
            if quantity is None:
                return None
            rows.append(UnitMonth(first, price, quantity, let_off_of_month(shares, first), unit["space"], unit["pass"]))
        if rows:
            months.append((first, debtor_of_month(held, agreed, first), rows))
    return months


def _runs(months: Any) -> Iterator[tuple[Debtor, list[UnitMonth]]]:
    run: list[UnitMonth] = []
    for number, (first, who, rows) in enumerate(months):
        run += rows
        following = months[number + 1] if number + 1 < len(months) else None
        if following is None or following[0] != add_months(first, 1) or following[1] != who:
            yield who, run
            run = []


def _units(household: Household, kind: str) -> list[dict[str, Any]]:
    always = {"starts_on": date.min, "ends_on": None, "area": None, "space": "", "pass": None}
    if kind != "parking":
        return [{**always, "sort": household.use, "area": household.gross_floor_area}]
    units = [
        {**always, "sort": space.ownership, "space": space.number}
        for space in ParkingSpace.objects.filter(household=household)
    ]
    for row in ParkingPass.objects.filter(vehicle__household=household, space=None):
        units.append(
            {**always, "sort": "shared_land", "pass": row.pk, "starts_on": row.starts_on, "ends_on": row.ends_on}
        )
    return units


# --- A roll at random --------------------------------------------------------------------------------------------


def a_roll_at_random(neighbourhood: Neighbourhood, dice: Random) -> None:
    """A dozen households with owners who sell, tenants who agreed, areas that are missing; spaces, passes, prices that
    overlap, end and change; and reductions. Around the months from July 2026 on.
    """
    building = make_building(neighbourhood=neighbourhood)
    for number in range(12):
        area = None if dice.random() < 0.1 else Decimal(dice.randrange(2000, 15000)) / 100
        use = dice.choice(["residential", "residential", "shop", "garage"])
        household = make_household(building=building, use=use, gross_floor_area=area, head_name=f"户主{number}")
        _owners(household, dice)
        _spaces(household, number, dice)
        if dice.random() < 0.4:
            starts = _day(dice)
            FeeLiability.objects.create(
                household=household,
                neighbourhood=neighbourhood,
                name="租客",
                document="ZL-1",
                starts_on=starts,
                ends_on=_after(starts, dice),
            )
        for _one in range(dice.choice([0, 0, 1, 2])):
            month = add_months(FIRST, dice.randrange(6))
            FeeReduction.objects.create(
                household=household,
                neighbourhood=neighbourhood,
                kind=dice.choice(["property", "property", "parking"]),
                reason="hardship",
                share=Decimal(dice.randrange(1, 1001)) / 1000,
                from_month=month,
                to_month=add_months(month, dice.randrange(3)),
                text="困难",
                state=dice.choice(["approved", "approved", "refused"]),
                decided_at=f"{FIRST}T00:00:00+08:00",
            )
    _prices(neighbourhood, dice)


def _owners(household: Household, dice: Random) -> None:
    if dice.random() < 0.15:
        return
    kind = "developer" if dice.random() < 0.2 else "person"
    sold = dice.random() < 0.5
    ends = _day(dice) if sold else None
    for voter in (True, False) if dice.random() < 0.4 else (dice.random() < 0.8,):
        owner = make_owner(neighbourhood=household.neighbourhood, kind=kind)
        make_ownership(household=household, owner=owner, is_voter=voter, starts_on=None, ends_on=ends)
    if sold and dice.random() < 0.8:
        owner = make_owner(neighbourhood=household.neighbourhood)
        make_ownership(household=household, owner=owner, starts_on=dice.choice([ends, _after(ends, dice)]))


def _spaces(household: Household, number: int, dice: Random) -> None:
    for space in range(dice.choice([0, 1, 2, 3])):
        make_parking_space(
            neighbourhood=household.neighbourhood,
            household=household,
            number=f"{dice.choice('aB1')}{number}-{space}",
            ownership=dice.choice(["shared_land", "planned", "civil_defence"]),
        )
    for car in range(dice.choice([0, 0, 1, 2])):
        vehicle = Vehicle.objects.create(
            neighbourhood=household.neighbourhood, household=household, plate=f"鄂E{number:02}{car:03}"
        )
        starts = _day(dice)
        ParkingPass.objects.create(
            vehicle=vehicle,
            neighbourhood=household.neighbourhood,
            starts_on=starts,
            ends_on=_after(starts, dice),
        )


def _prices(neighbourhood: Neighbourhood, dice: Random) -> None:
    for kind, basis, name, count in (
        ("property", None, "", 4),
        ("other", None, "电梯费", 2),
        ("other", None, "垃圾清运", 2),
        ("parking", "per_space_month", "", 5),
        ("parking", "per_hour", "", 1),
    ):
        for number in range(count):
            starts = _day(dice) if number else date(2026, 1, 1)
            uses = dice.choice([[], ["residential"], ["shop", "garage"]]) if kind != "parking" else []
            ownerships = dice.choice([[], ["shared_land"], ["planned", "shared_land"]]) if kind == "parking" else []
            FeeSchedule.objects.get_or_create(
                neighbourhood=neighbourhood,
                kind=kind,
                basis=basis or dice.choice(["per_m2_month", "per_m2_month", "per_household_month"]),
                name=name,
                uses=uses,
                space_ownerships=ownerships,
                valid_from=starts,
                defaults={
                    "valid_to": dice.choice([None, _after(starts, dice)]),
                    "unit_price": Decimal(dice.choice([0, 3333, 6000, 12345, 1000000])) / 10000,
                    "due_days": dice.randrange(40),
                    "document": "HT-1",
                },
            )


def _day(dice: Random) -> date:
    """From June 2026 to January 2027, the first day of a month as often as another."""
    month = add_months(date(2026, 6, 1), dice.randrange(8))
    return month.replace(day=dice.choice([1, dice.randrange(1, 29)]))


def _after(day: date, dice: Random) -> date | None:
    return dice.choice([None, add_months(day.replace(day=1), dice.randrange(1, 5))])
