"""A neighbourhood where some have not paid and some park by the hour, told in one language; and their addresses."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from governance.models import Bill
from governance.rules.fees.periods import add_months, last_day, month_of
from governance.services.fees.accounts import current_account
from governance.services.fees.credit import hold_accounts
from governance.services.fees.parking import add_vehicle, enter, grant_pass, leave
from governance.services.fees.reminders import remind
from governance.services.fees.schedules import add_schedule
from governance.services.fees.tallies import add_billed
from renovation.models import Household, Neighbourhood, ParkingSpace
from tests.factories import make_building, make_household, make_neighbourhood, make_stairwell

TOLD_IN: dict[str, dict[str, str]] = {
    "zh-hans": {
        "place": "金桥新村",
        "head": "周敏",
        "charge": "公共照明分摊",
        "board": "停车计时收费公示",
        "lease": "车位租赁协议第9号",
        "note": "家里有老人住院，月底来缴",
        "letter": "挂号信清单〔2026〕7号",
        "first": "鄂E12345",
        "second": "鄂E88888",
        "third": "鄂A66321",
    },
    "en": {
        "place": "Golden Bridge",
        "head": "Zhou Min",
        "charge": "Shared lighting",
        "board": "Parking by the hour as posted",
        "lease": "Lease 9 of a space",
        "note": "A parent is in hospital, will come at the end of the month",
        "letter": "Registered list 7 of 2026",
        "first": "EB12345",
        "second": "ED88888",
        "third": "CA66D21",
    },
}
BEFORE_A_VISIT = (("notice", "phone", 40), ("letter", "post", 25))


def fall_due(clerk: User, language: str) -> dict[str, str]:
    """Arrears of every age: one door promised, one was not at home, one waits for a visit, one was only called; a
    vehicle with a pass, one inside, one that left without paying. Their addresses by name.
    """
    told, today = TOLD_IN[language], timezone.localdate()
    neighbourhood = make_neighbourhood(name=told["place"])
    doors = _doors(neighbourhood, told["head"])
    accounts = []
    for place, door in enumerate(doors[:10:2]):
        for months in (40 - 6 * place, 14 - 2 * place, 3):
            month = add_months(today.replace(day=1), -max(3, months))
            bill = _overdue(door, month, Decimal(50 + 7 * place), told["charge"])
        accounts.append(bill.account)
    for account in accounts[:3]:
        _ask(account, clerk, told, *BEFORE_A_VISIT)
    _ask(accounts[3], clerk, told, ("notice", "message", 20))
    promised = {"outcome": "promised", "promised_on": today + timedelta(days=20), "note": told["note"]}
    _ask(accounts[0], clerk, told, ("visit", "at_the_door", 3), **promised)
    _ask(accounts[1], clerk, told, ("visit", "at_the_door", 2), outcome="no_answer")
    vehicle = _park(neighbourhood, doors, clerk, told)
    here = f"/fees/{neighbourhood.pk}"
    return {
        "fee-arrears": f"{here}/arrears/",
        "fee-arrears-narrowed": f"{here}/arrears/?age=4&show=bar",
        "fee-arrears-of": f"{here}/arrears/{accounts[0].pk}/",
        "fee-letters": f"{here}/arrears/letters/",
        "fee-letters-formal": f"{here}/arrears/letters/?step=formal&account={accounts[1].pk}",
        "fee-doors": f"{here}/arrears/doors/?building={doors[0].building_id}",
        "fee-door": f"{here}/arrears/doors/{doors[4].pk}/",
        "fee-door-elsewhere": f"{here}/arrears/doors/{doors[6].pk}/",
        "fee-parking": f"{here}/parking/",
        "fee-vehicles": f"{here}/parking/vehicles/",
        "fee-vehicle": f"{here}/parking/vehicles/{vehicle.pk}/",
    }


def nothing_overdue(neighbourhood: Neighbourhood) -> dict[str, str]:
    here = f"/fees/{neighbourhood.pk}"
    return {
        "fee-arrears-none": f"{here}/arrears/",
        "fee-letters-none": f"{here}/arrears/letters/",
        "fee-doors-none": f"{here}/arrears/doors/",
        "fee-parking-none": f"{here}/parking/",
        "fee-vehicles-none": f"{here}/parking/vehicles/",
    }


def _doors(neighbourhood: Neighbourhood, head: str) -> list[Household]:
    """Two stairwells of three floors, two doors each."""
    building = make_building(neighbourhood=neighbourhood, number="3", floor_count=3)
    return [
        make_household(stairwell=stairwell, unit_number=f"{floor}0{side}", floor=floor, head_name=head)
        for stairwell in [make_stairwell(building=building, number=number) for number in ("1", "2")]
        for floor in (1, 2, 3)
        for side in (1, 2)
    ]


@transaction.atomic
def _overdue(door: Household, month: date, amount: Decimal, charge: str) -> Bill:
    account, now = current_account(door, month), timezone.now()
    hold_accounts([account.pk])
    bill: Bill = Bill.objects.create(
        neighbourhood_id=account.neighbourhood_id,
        account=account,
        household=door,
        kind="other",
        charge=charge,
        period=month_of(month).text,
        starts_on=month,
        ends_on=last_day(month),
        due_on=last_day(month) + timedelta(days=15),
        amount=amount,
        lines=[],
        created_at=now,
        updated_at=now,
    )
    add_billed({(bill.neighbourhood_id, bill.kind, bill.starts_on, bill.ends_on): (1, amount, Decimal(0))})
    return bill


def _ask(account: Any, clerk: User, told: dict[str, str], *steps: tuple[str, str, int], **fields: Any) -> None:
    for step, channel, days_ago in steps:
        proof = {"document": told["letter"], "received": True} if channel == "post" else {}
        at = timezone.now() - timedelta(days=days_ago)
        remind(account=account, step=step, channel=channel, given_at=at, by=clerk, **proof, **fields)


def _park(neighbourhood: Neighbourhood, doors: Sequence[Household], clerk: User, told: dict[str, str]) -> Any:
    today, now = timezone.localdate(), timezone.now()
    add_schedule(
        neighbourhood=neighbourhood,
        kind="parking",
        basis="per_hour",
        unit_price=Decimal(2),
        free_minutes=30,
        daily_cap=Decimal(15),
        valid_from=today - timedelta(days=20),
        document=told["board"],
        by=clerk,
    )
    kept = {"neighbourhood": neighbourhood, "community_code": neighbourhood.community_code}
    own = ParkingSpace.objects.create(number="A-07", ownership="planned", household=doors[0], **kept)
    ParkingSpace.objects.create(number="B-12", ownership="shared_land", **kept)
    vehicle = add_vehicle(household=doors[0], plate=told["first"], by=clerk)
    grant_pass(vehicle=vehicle, starts_on=today - timedelta(days=90), space=own, document=told["lease"], by=clerk)
    for plate, hours in ((told["first"], 5), (told["second"], 3)):
        enter(neighbourhood=neighbourhood, plate=plate, entered_at=_ago(now, hours), by=clerk)
    session, _new = enter(neighbourhood=neighbourhood, plate=told["third"], entered_at=_ago(now, 30), by=clerk)
    leave(session=session, left_at=_ago(now, 1), by=clerk)
    return vehicle


def _ago(now: datetime, hours: int) -> datetime:
    return now - timedelta(hours=hours)
