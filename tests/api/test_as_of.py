"""`?as_of=`: now is what is shown now, and every earlier moment still reads as it read then."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from common.as_of import AS_OF
from consent.services.policies import set_policy
from governance.services.conventions import adopt_version
from governance.services.fees.payments import record_payment
from governance.services.fees.refunds import refund_credit
from governance.services.fees.reversals import reverse_payment
from governance.services.fees.voiding import void_bill
from renovation.models import MenuEdition
from renovation.services.evidence import record_evidence, revoke_evidence
from renovation.services.funding import add_source, record_entry, reverse_entry
from renovation.services.lifecycle import move
from renovation.services.neighbourhoods import register_neighbourhood
from tests.api.helpers import API, system
from tests.cast import HERE, Cast
from tests.factories import make_division, make_menu_edition, make_owner, make_ownership
from tests.governance.charges_cast import a_schedule
from tests.governance.conventions_cast import a_draft, sign
from tests.governance.payments_cast import a_bill

pytestmark = pytest.mark.django_db

SCOPES = ("registry:read", "plans:read", "consent:read", "governance:read", "fees:read")


@pytest.fixture
def reader(cast: Cast) -> APIClient:
    return system(*SCOPES, territory=HERE[:6])


def read(reader: APIClient, path: str, moment: Any = None, **query: Any) -> list[dict[str, Any]]:
    asked = {**query, **({} if moment is None else {"as_of": moment.isoformat()}), "page_size": 500}
    answer = reader.get(f"{API}/{path}/?" + "&".join(f"{name}={quote(str(value))}" for name, value in asked.items()))
    assert answer.status_code == 200, answer.content
    rows: list[dict[str, Any]] = answer.json()["results"]
    return rows


class Past:
    """What a list showed after each act, at the moment at which it showed it."""

    def __init__(self, reader: APIClient, path: str, *, without: tuple[str, ...] = ("updated_at",)) -> None:
        self.reader, self.path, self.without = reader, path, without
        self.shown: list[tuple[datetime, list[dict[str, Any]]]] = []

    def plain(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{name: row[name] for name in row if name not in self.without} for row in rows]

    def note(self) -> None:
        # A moment of its own: whatever comes next is later.
        self.shown.append((timezone.now(), self.plain(read(self.reader, self.path))))

    def holds(self) -> None:
        assert len({str(rows) for _moment, rows in self.shown}) == len(self.shown), "Two acts show the same."
        for moment, rows in self.shown:
            assert self.plain(read(self.reader, self.path, moment)) == rows
        now = read(self.reader, self.path)
        assert self.plain(read(self.reader, self.path, timezone.now())) == self.plain(now)


def after_each(past: Past, *acts: Callable[[], Any]) -> list[Any]:
    past.note()
    made = []
    for act in acts:
        made.append(act())
        past.note()
    past.holds()
    return made


def test_bills_read_as_they_were_settled(cast: Cast, reader: APIClient, property_clerk: User) -> None:
    door = cast.doors[0]
    make_ownership(household=door, owner=make_owner(neighbourhood=cast.home), is_voter=True)
    first = a_bill(door, "100.00", at=timezone.now() - timedelta(hours=2))
    paid: list[Any] = []

    def pay(amount: str) -> None:
        paid.append(
            record_payment(
                household=door,
                amount=Decimal(amount),
                method="bank",
                reference=f"流水{len(paid)}",
                paid_at=timezone.now(),
                by=property_clerk,
            ).payment
        )

    after_each(
        Past(reader, "bills"),
        lambda: pay("30.00"),
        lambda: pay("90.00"),
        lambda: a_bill(door, "50.00", month=date(2026, 8, 1), at=timezone.now()),
        lambda: reverse_payment(payment=paid[0], reason="记错了", by=property_clerk),
        lambda: void_bill(bill=first, reason="开错了", by=property_clerk),
    )

    assert [bill["state"] for bill in read(reader, "bills")] == ["void", "settled"]
    before = timezone.now() - timedelta(hours=1)
    assert [bill["state"] for bill in read(reader, "bills", before)] == ["open"]
    assert len(read(reader, "bills", before, state="open", household=door.pk)) == 1
    assert read(reader, "bills", before, state="void", neighbourhood=cast.home.pk) == []
    refused = reader.get(f"{API}/bills/", {"as_of": before.isoformat(), "state": "open"})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "too_wide")


def test_a_refund_leaves_bills_as_they_are(cast: Cast, reader: APIClient, property_clerk: User) -> None:
    door = cast.doors[0]
    a_bill(door, "10.00", at=timezone.now() - timedelta(hours=2))
    payment = record_payment(
        household=door, amount=Decimal("15.00"), method="bank", reference="1", paid_at=timezone.now(), by=property_clerk
    ).payment
    shown = read(reader, "bills", timezone.now())

    refund_credit(
        account=payment.account,
        amount=Decimal("5.00"),
        method="bank",
        reference="R1",
        reason="多缴",
        document="",
        by=property_clerk,
    )

    assert read(reader, "bills", timezone.now()) == shown


def test_preconditions_read_as_they_stood(cast: Cast, reader: APIClient, community_worker: User) -> None:
    def confirm(text: str) -> None:
        record_evidence(
            neighbourhood=cast.home,
            kind="precondition_1",
            facts={"evidence": text},
            document="1 号",
            dated_on=timezone.localdate(),
            by=community_worker,
        )

    after_each(
        Past(reader, "preconditions"),
        lambda: confirm("党支部批复"),
        lambda: confirm("党支部新的批复"),
        lambda: revoke_evidence(neighbourhood=cast.home, kind="precondition_1", reason="撤销", by=community_worker),
    )

    before_it_was_revoked = read(reader, "preconditions")[-2]["created_at"]
    moment = datetime.fromisoformat(before_it_was_revoked)
    assert len(read(reader, "preconditions", moment, current="true")) == 1
    assert read(reader, "preconditions", current="true") == []


def test_neighbourhoods_read_with_the_stage_of_then(cast: Cast, reader: APIClient, district_official: User) -> None:
    community = make_division(HERE)

    def register() -> None:
        register_neighbourhood(community=community, name="新小区", by=district_official, built_year=1990)

    past = Past(reader, "neighbourhoods")
    register()
    made = cast.home.__class__.objects.get(name="新小区")
    # Made by hand, those of the cast have no history: they were there at no moment.
    type(cast.home).objects.exclude(pk=made.pk).update(community_code="430000000000")
    after_each(
        past, lambda: move(neighbourhood=made, to="withdrawn", reason="不再改造", by=district_official), register
    )

    assert {row["stage"] for row in read(reader, "neighbourhoods")} == {"withdrawn", "registered"}
    assert [row["name"] for row in read(reader, "neighbourhoods", past.shown[0][0], stage="registered")] == ["新小区"]
    assert read(reader, "neighbourhoods", past.shown[1][0], stage="registered") == []


def test_sources_read_with_the_sums_of_then(cast: Cast, reader: APIClient, district_official: User) -> None:
    today = timezone.localdate()

    def give(source: Any, amount: str) -> Any:
        return record_entry(
            source=source,
            step="committed",
            amount=Decimal(amount),
            document="文 1 号",
            dated_on=today,
            by=district_official,
        )

    past = Past(reader, "funding-sources")
    source = add_source(neighbourhood=cast.home, kind="district", name="区级财政资金", by=district_official)
    entries: list[Any] = []
    after_each(
        past,
        lambda: entries.append(give(source, "1000.00")),
        lambda: entries.append(give(source, "500.00")),
        lambda: reverse_entry(entry=entries[0], reason="重复", by=district_official),
        lambda: add_source(neighbourhood=cast.home, kind="award", name="以奖代补资金", by=district_official),
    )

    assert [row["committed"] for row in read(reader, "funding-sources")] == ["500.00", "0.00"]


@pytest.mark.parametrize("path", ["bills", "preconditions", "neighbourhoods", "funding-sources", "plans"])
def test_a_moment_to_come_is_400(reader: APIClient, path: str) -> None:
    to_come = (timezone.now() + timedelta(minutes=1)).isoformat()

    answer = reader.get(f"{API}/{path}/?as_of={quote(to_come)}")

    assert answer.status_code == 400
    assert [fault["code"] for fault in answer.json()["errors"]] == ["in_the_future"]


@pytest.mark.parametrize("path", ["households", "owners", "payments", "votes"])
def test_where_the_past_is_not_kept_there_is_no_such_parameter(reader: APIClient, path: str) -> None:
    answer = reader.get(f"{API}/{path}/?as_of=2026-01-01")

    assert answer.json()["errors"][0]["code"] == "unknown_parameter"


# --- Days ---------------------------------------------------------------------------------------------------------


def test_ownerships_in_force_on_a_day_both_ends_included(cast: Cast, reader: APIClient) -> None:
    door = cast.doors[0]
    sold = make_ownership(household=door, ends_on=date(2026, 3, 31))
    bought = make_ownership(household=door, starts_on=date(2026, 4, 1))

    def held_on(day: date) -> list[int]:
        return [row["id"] for row in read(reader, "ownerships", day)]

    assert held_on(date(2000, 1, 1)) == held_on(date(2026, 3, 31)) == [sold.pk]
    assert held_on(date(2026, 4, 1)) == held_on(date(2100, 1, 1)) == [bought.pk]
    assert [row["id"] for row in read(reader, "ownerships")] == [sold.pk, bought.pk]


def test_schedules_in_force_on_a_day(cast: Cast, reader: APIClient, property_clerk: User) -> None:
    old = a_schedule(cast.home, property_clerk, valid_from=date(2025, 1, 1), valid_to=date(2025, 12, 31))
    new = a_schedule(cast.home, property_clerk, valid_from=date(2026, 1, 1))

    assert [row["id"] for row in read(reader, "fee-schedules", date(2025, 12, 31))] == [old.pk]
    assert [row["id"] for row in read(reader, "fee-schedules", date(2026, 1, 1))] == [new.pk]
    assert read(reader, "fee-schedules", date(2024, 12, 31)) == []


def test_a_draft_of_a_convention_is_in_force_on_no_day(
    cast: Cast, reader: APIClient, community_worker: User, committee_member: User
) -> None:
    version = a_draft(cast.home, community_worker)
    today = timezone.localdate()

    assert len(read(reader, "convention-versions")) == 1
    assert read(reader, "convention-versions", today) == []

    sign(version, cast.doors[0], community_worker)
    adopt_version(version=version, adopted_on=today, by=committee_member)

    assert len(read(reader, "convention-versions", today)) == 1
    assert read(reader, "convention-versions", today - timedelta(days=1)) == []


def test_of_each_division_the_policy_of_the_day(cast: Cast, reader: APIClient) -> None:
    made = [
        set_policy(division=make_division(code), by=None, pass_share=Decimal("0.9"), valid_from=day, document="")
        for code, day in (
            (HERE[:4], date(2026, 1, 1)),
            (HERE[:4], date(2026, 6, 1)),
            (HERE[:6], date(2026, 3, 1)),
        )
    ]
    city, later, district = (row.pk for row in made)

    def of(day: date) -> set[int]:
        return {row["id"] for row in read(reader, "consent-policies", day)}

    assert of(date(2025, 12, 31)) == set()
    assert of(date(2026, 1, 1)) == {city}
    assert of(date(2026, 5, 31)) == {city, district}
    assert of(date(2026, 6, 1)) == {later, district}


def test_the_menu_of_a_day(cast: Cast, reader: APIClient) -> None:
    make_menu_edition(codes=("B01",), valid_from=date(2025, 1, 1))
    make_menu_edition(codes=("B01", "B02"), valid_from=timezone.localdate())
    coming = make_menu_edition(codes=("B09",), valid_from=timezone.localdate() + timedelta(days=30))

    def codes(day: date | None = None) -> list[str]:
        return [row["code"] for row in read(reader, "menu-items", day)]

    assert codes() == codes(timezone.localdate()) == ["B01", "B02"]
    assert codes(date(2025, 6, 1)) == ["B01"]
    assert codes(date(2024, 12, 31)) == []
    assert codes(coming.valid_from) == ["B09"]
    ids = dict(MenuEdition.objects.get(pk=coming.pk).items.values_list("code", "pk"))
    assert reader.get(f"{API}/menu-items/{ids['B09']}/").status_code == 404


def test_every_list_that_takes_it_is_told_of_in_the_docs() -> None:
    from config.api import router
    from tests.api.watching import DOCS

    takes = {
        prefix
        for prefix, view, _name in router.registry
        if AS_OF in getattr(getattr(view, "filterset_class", None), "base_filters", {})
    }
    page = (DOCS.parent / "api.md").read_text()
    told = page.partition("**As of.**")[2].partition("\n\n")[0]

    assert takes == {prefix for prefix, _view, _name in router.registry if f"`{prefix}/`" in told}
    assert len(takes) == 18
