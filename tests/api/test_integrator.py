"""An integrator keeps a copy of a city (tests/integrator/mirror.py) while others write for an hour of their time, with
real commits that come out of order: at the end the copy is what the database holds.
"""

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import httpx
import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.choices import Role
from accounts.models import Change, User
from accounts.services.changes import forget_changes, number_changes
from accounts.services.clients import create_client
from common.errors import DomainError
from governance.models import Bill, FeeAccount, Payment
from governance.services.fees.billing import keep_run, run_billing
from governance.services.fees.payments import record_payment
from governance.services.fees.refunds import refund_credit
from governance.services.fees.reversals import reverse_payment
from governance.services.fees.voiding import reissue_bill, void_bill
from renovation.models import Building, Household, Neighbourhood, Owner, Ownership, Stairwell
from renovation.services.evidence import record_evidence
from renovation.services.neighbourhoods import register_neighbourhood
from renovation.services.registry import change_row, create_row, remove_household
from tests.factories import make_building, make_division, make_household, make_neighbourhood, make_ownership, make_user
from tests.governance.charges_cast import a_schedule
from tests.integrator.mirror import Mirror

CITY = "4205"
COMMUNITIES = ("420502001001", "420502001002", "420503001001")
KEPT = {
    "neighbourhoods": Neighbourhood,
    "buildings": Building,
    "stairwells": Stairwell,
    "households": Household,
    "owners": Owner,
    "ownerships": Ownership,
    "bills": Bill,
    "fee-accounts": FeeAccount,
    "payments": Payment,
}
LISTED = {resource: {"retired": "any"} if resource == "households" else {} for resource in KEPT}
WRITERS = 4
ACTS = 150 if os.environ.get("GONGDI_SOAK") else 40
HOUR = timedelta(hours=1)
HELD = 1.5
"""Seconds for which a transaction that was begun early is kept open, while others commit."""


class TurnedBack(Exception):
    """Whoever wrote thinks better of it."""


class City:
    """Three communities with two neighbourhoods each, whose homes are priced."""

    def __init__(self) -> None:
        self.keeper = make_user(Role.COMMUNITY_STAFF, CITY, username="keeper")
        self.clerk = make_user(Role.PROPERTY_CLERK, CITY, username="clerk")
        self.places = [make_neighbourhood(community_code=code) for code in COMMUNITIES for _number in range(2)]
        for place in self.places:
            for _building in range(2):
                building = make_building(neighbourhood=place)
                for _door in range(3):
                    make_ownership(household=make_household(building=building, gross_floor_area="80.00"))
            a_schedule(place, self.clerk)


class Writer:
    """Somebody at work, at times of their own, one act after another."""

    def __init__(self, city: City, number: int, begun: datetime) -> None:
        self.city, self.number, self.begun = city, number, begun
        self.random = Random(number)
        self.done: Counter[str] = Counter()
        self.fault: Exception | None = None

    def work(self) -> None:
        acts = [self.edit, self.edit, self.build, self.move_in, self.leave, self.rename, self.record, self.register]
        acts += [self.bill, self.pay, self.pay, self.pay, self.void, self.reissue, self.reverse, self.refund]
        try:
            for turn in range(ACTS):
                self.at = self.begun + HOUR * turn / ACTS
                # Every act once, whatever chance says.
                act = acts[turn] if turn < len(acts) else self.random.choice(acts)
                self.do(act, turn)
        except Exception as fault:  # told by the test
            self.fault = fault
        finally:
            connection.close()

    def do(self, act: Callable[[], Any], turn: int) -> None:
        try:
            with transaction.atomic():
                act()
                if turn % 10 == self.number:
                    time.sleep(HELD / 10 if turn else HELD)
                if turn % 7 == self.number:
                    raise TurnedBack
            self.done[act.__name__] += 1
        except TurnedBack:
            self.done["turned back"] += 1
        except DomainError as refusal:
            self.done[refusal.code] += 1
        except IntegrityError:
            # The API answers 409 where what a row points to was removed meanwhile.
            self.done["removed meanwhile"] += 1

    def one_of(self, rows: Any, *, lock: bool = False) -> Any:
        keys = list(rows.order_by("pk").values_list("pk", flat=True))
        if not keys:
            raise DomainError("none")
        rows = rows.model.objects.filter(pk=self.random.choice(keys))
        found = (rows.select_for_update(of=("self",)) if lock else rows).first()
        if found is None:
            raise DomainError("gone")
        return found

    def place(self) -> Neighbourhood:
        return self.random.choice(self.city.places)

    # --- The registry -------------------------------------------------------------------------------------------

    def edit(self) -> None:
        home = self.one_of(Household.objects.current(), lock=True)
        change_row(home, by=self.city.keeper, gross_floor_area=Decimal(self.random.randint(4000, 12000)) / 100)

    def build(self) -> None:
        place = self.place()
        made = create_row(
            Building,
            by=self.city.keeper,
            neighbourhood=place,
            community_code=place.community_code,
            number=f"{self.number}-{self.done.total()}",
        )
        create_row(Stairwell, by=self.city.keeper, building=made, community_code=place.community_code, number="1")

    def move_in(self) -> None:
        stairwell = self.one_of(Stairwell.objects.all())
        create_row(
            Household,
            by=self.city.keeper,
            neighbourhood=stairwell.building.neighbourhood,
            building=stairwell.building,
            stairwell=stairwell,
            community_code=stairwell.community_code,
            unit_number=f"{self.number}{self.done.total():04}",
            gross_floor_area=Decimal("66.60"),
        )

    def leave(self) -> None:
        remove_household(self.one_of(Household.objects.current(), lock=True), by=self.city.keeper)

    def rename(self) -> None:
        place = Neighbourhood.objects.select_for_update().get(pk=self.place().pk)
        change_row(place, by=self.city.keeper, name=f"第{self.number}人的第{self.done.total()}个名字")

    def record(self) -> None:
        hazards = self.random.randint(0, 9)
        record_evidence(
            neighbourhood=self.place(),
            kind="assessment",
            facts={"hazards": hazards, "must_do_found": [], "must_do_not_found": [], "findings": "漏水"},
            document="评估 1 号",
            dated_on=timezone.localdate(self.at),
            by=self.city.keeper,
            at=self.at,
        )

    def register(self) -> None:
        register_neighbourhood(
            community=make_division(self.random.choice(COMMUNITIES)),
            name=f"新{self.number}-{self.done.total()}",
            built_year=1990,
            by=self.city.keeper,
            at=self.at,
        )

    # --- Fees -----------------------------------------------------------------------------------------------------

    def bill(self) -> None:
        period = f"2026-{self.random.randint(1, 9):02}"
        run = keep_run(neighbourhood=self.place(), kind="property", period=period, mode="post", by=self.city.clerk)
        run_billing(run.pk, at=self.at)

    def pay(self) -> None:
        record_payment(
            household=self.one_of(Household.objects.current()),
            amount=Decimal(self.random.randint(1, 30000)) / 100,
            method="bank",
            reference=f"{self.number}-{self.done.total()}",
            paid_at=self.at,
            by=self.city.clerk,
            at=self.at,
            enforce_prepayment=False,
        )

    def void(self) -> None:
        void_bill(bill=self.one_of(Bill.objects.live()), reason="开错了", by=self.city.clerk, at=self.at)

    def reissue(self) -> None:
        reissue_bill(bill=self.one_of(Bill.objects.live()), reason="面积改了", by=self.city.clerk, at=self.at)

    def reverse(self) -> None:
        payment = self.one_of(Payment.objects.filter(reversal=None))
        reverse_payment(payment=payment, reason="记错了", by=self.city.clerk, at=self.at)

    def refund(self) -> None:
        account = self.one_of(FeeAccount.objects.filter(credit__gt=0))
        refund_credit(
            account=account,
            amount=min(account.credit, Decimal(1)),
            method="bank",
            reference=f"R{self.number}-{self.done.total()}",
            reason="多缴",
            document="",
            by=self.city.clerk,
            at=self.at,
        )


def mirror_of(scopes: tuple[str, ...], by: User, application: Any) -> Mirror:
    made = create_client(name=f"mirror {User.objects.count()}", territory=CITY, scopes=scopes, by=by)
    return Mirror(made.client.client_id, made.secret, LISTED, transport=httpx.WSGITransport(application))


@contextmanager
def a_change_held_open(city: City) -> Iterator[None]:
    """A change that is written, by somebody else, before what happens in here, and committed after it."""
    written, may_commit = threading.Event(), threading.Event()

    def write() -> None:
        with transaction.atomic():
            change_row(city.places[0], by=city.keeper, name="先来后到")
            written.set()
            may_commit.wait(60)
        connection.close()

    other = threading.Thread(target=write)
    other.start()
    assert written.wait(60)
    yield
    may_commit.set()
    other.join()


@pytest.mark.django_db(transaction=True)
def test_a_copy_that_follows_for_an_hour_ends_equal_to_the_database(application: Any) -> None:
    city = City()
    scopes = ("registry:read", "fees:read")
    begun = timezone.now() - HOUR
    writers = [Writer(city, number, begun) for number in range(WRITERS)]
    threads = [threading.Thread(target=writer.work) for writer in writers]
    mirror = mirror_of(scopes, city.keeper, application)

    for thread in threads:
        thread.start()
    mirror.begin()
    while any(thread.is_alive() for thread in threads):
        mirror.follow()
    for thread in threads:
        thread.join()
    mirror.follow()

    assert [writer.fault for writer in writers] == [None] * WRITERS
    done: Counter[str] = sum((writer.done for writer in writers), Counter())
    assert min(done[act] for act in ("edit", "build", "move_in", "leave", "rename", "record", "register")) > 0, done
    assert min(done[act] for act in ("bill", "pay", "void", "reissue", "reverse", "turned back")) > 0, done
    assert mirror.told > ACTS
    Writer(city, WRITERS, begun).move_in()
    mirror.follow()
    added = Household.objects.latest("pk")
    assert added.pk in mirror.rows["households"]
    remove_household(added, by=city.keeper)
    mirror.follow()
    assert added.pk not in mirror.rows["households"]

    # What began first commits last: by ids alone it would be missed.
    with a_change_held_open(city):
        change_row(city.places[1], by=city.keeper, name="后来先到")
        mirror.follow()
    mirror.follow()
    in_order = list(Change.objects.exclude(cursor=None).order_by("cursor").values_list("id", flat=True))
    assert in_order != sorted(in_order)

    anew = mirror_of(scopes, city.keeper, application)
    anew.begin()
    for resource, model in KEPT.items():
        assert mirror.rows[resource] == anew.rows[resource], resource
        assert set(mirror.rows[resource]) == set(model.objects.values_list("pk", flat=True)), resource


@pytest.mark.django_db
def test_a_copy_that_was_away_for_too_long_begins_anew(application: Any) -> None:
    city = City()
    mirror = mirror_of(("registry:read", "fees:read"), city.keeper, application)
    mirror.begin()
    home = Household.objects.order_by("pk")[0]
    for area in ("70.00", "71.00"):
        change_row(home, by=city.keeper, gross_floor_area=Decimal(area))
        number_changes()

    assert forget_changes(at=timezone.now() + timedelta(days=500)) > 0
    mirror.follow()

    assert mirror.told == 0
    assert mirror.rows["households"][home.pk]["gross_floor_area"] == "71.00"
    change_row(home, by=city.keeper, gross_floor_area=Decimal("72.00"))
    mirror.follow()
    assert mirror.rows["households"][home.pk]["gross_floor_area"] == "72.00"
