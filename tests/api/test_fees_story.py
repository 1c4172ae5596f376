"""A year of fees by HTTP: priced, tried, billed, paid, sold, asked for, set right, closed, counted and published."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from tests.api.helpers import API, signed_in
from tests.cast import Cast
from tests.factories import make_owner, make_ownership

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("all_is_told")]


class Book:
    """The clerk's year, the one before this: four homes of 86.50 m2 at 0.60 yuan, so 155.70 a quarter each."""

    def __init__(self, cast: Cast, clerk: User, community: User) -> None:
        self.cast, self.home, self.year = cast, cast.home, timezone.localdate().year - 1
        self.clients: dict[str, APIClient] = {"clerk": signed_in(clerk), "community": signed_in(community)}
        self.references = 0

    def day(self, month: int, day: int = 1) -> date:
        return date(self.year, month, day)

    def ask(self, path: str, body: dict[str, Any], expected: int, who: str = "clerk") -> dict[str, Any]:
        answer = self.clients[who].post(f"{API}/{path}", body, format="json")
        assert answer.status_code == expected, (answer.status_code, answer.content.decode())
        told: dict[str, Any] = answer.json()
        return told

    def made(self, path: str, who: str = "clerk", **body: Any) -> dict[str, Any]:
        return self.ask(path, body, 201, who)

    def refused(self, path: str, who: str = "clerk", **body: Any) -> str:
        return str(self.ask(path, body, 409, who)["code"])

    def get(self, path: str) -> dict[str, Any]:
        answer = self.clients["clerk"].get(f"{API}/{path}")
        assert answer.status_code == 200, answer.content
        told: dict[str, Any] = answer.json()
        return told

    def bill(self, quarter: int, mode: str = "post") -> dict[str, Any]:
        body = {"neighbourhood": self.home.pk, "kind": "property", "period": f"{self.year}-Q{quarter}", "mode": mode}
        run = self.ask("billing-runs/", body, 202)
        return self.get(f"billing-runs/{run['id']}/")

    def bills(self, door: int, **filters: Any) -> list[dict[str, Any]]:
        query = "&".join(f"{name}={value}" for name, value in filters.items())
        rows: list[dict[str, Any]] = self.get(f"bills/?household={self.cast.doors[door].pk}&{query}")["results"]
        return sorted(rows, key=lambda bill: bill["starts_on"])

    def payment(self, door: int, amount: str, month: int, **more: Any) -> dict[str, Any]:
        self.references += 1
        return {
            "household": self.cast.doors[door].pk,
            "amount": amount,
            "method": "bank",
            "reference": f"流水{self.references:04}",
            "paid_at": f"{self.day(month, 10)}T09:30:00+08:00",
            **more,
        }

    def pay(self, door: int, amount: str, month: int, **more: Any) -> dict[str, Any]:
        return self.made("payments/", **self.payment(door, amount, month, **more))


@pytest.fixture
def book(cast: Cast, property_clerk: User, community_worker: User) -> Book:
    for number, door in enumerate(cast.doors):
        make_ownership(household=door, owner=make_owner(neighbourhood=cast.home, name=f"钱{number}业"), is_voter=True)
    return Book(cast, property_clerk, community_worker)


def test_a_year_of_fees(book: Book) -> None:
    _price_and_let_off(book)
    _try_and_bill(book)
    _pay(book)
    seller, buyer = _sell(book)
    _ask_the_seller(book, seller)
    _set_right(book)
    _close(book)
    _count(book)
    _publish(book)
    assert (seller["owes"]["name"], buyer["owes"]["name"]) == ("钱2业", "孙买家")


def _price_and_let_off(book: Book) -> None:
    """0.60 yuan from the new year on; half of it for one home, approved by somebody else than who proposed it."""
    book.made(
        "fee-schedules/",
        neighbourhood=book.home.pk,
        kind="property",
        basis="per_m2_month",
        unit_price="0.60",
        valid_from=str(book.day(1)),
        due_days=15,
        document="物业合同1号",
    )
    told = {"kind": "property", "reason": "hardship", "share": "0.500", "text": "低保"}
    months = {"from_month": f"{book.year}-01", "to_month": f"{book.year}-06"}
    reduction = book.made("fee-reductions/", household=book.cast.doors[3].pk, **told, **months)
    decide = f"fee-reductions/{reduction['id']}/decide/"
    assert book.refused(decide, approve=True) == "second_person_needed"
    assert book.ask(decide, {"approve": True}, 200, "community")["state"] == "approved"


def _try_and_bill(book: Book) -> None:
    """A dry run leaves nothing; posted twice, a quarter is billed once; each bill explains itself."""
    tried = book.bill(1, "dry_run")
    assert (tried["status"], tried["bill_count"], tried["total"]) == ("done", 4, "622.80")
    assert book.bills(0) == []

    posted, again = book.bill(1), book.bill(1)

    assert (posted["bill_count"], posted["total"], posted["exceptions"]) == (4, "622.80", [])
    assert (again["bill_count"], again["already_billed"]) == (0, 4)
    (bill,) = book.bills(0)
    (line,) = bill["lines"]
    assert (line["quantity"], line["unit_price"], line["months"], line["amount"]) == ("86.50", "0.60", 3, "155.70")
    assert (bill["due_on"], bill["state"], bill["outstanding"]) == (str(book.day(4, 15)), "open", "155.70")
    (reduced,) = book.bills(3)
    assert (reduced["amount"], reduced["reduction"], reduced["outstanding"]) == ("155.70", "77.85", "77.85")


def _pay(book: Book) -> None:
    """Once by its reference; what is paid beyond the bill is credit, and a year is the most of it."""
    body = book.payment(0, "155.70", 2)
    first = book.ask("payments/", body, 201)
    assert book.ask("payments/", body, 200)["id"] == first["id"]
    assert book.ask("payments/", {**body, "amount": "155.00"}, 409)["code"] == "reference_reused"
    assert [bill["state"] for bill in book.bills(0)] == ["settled"]

    over = book.pay(1, "300.00", 3)
    assert (over["allocations"][0]["amount"], over["credit"]) == ("155.70", "144.30")
    assert book.refused("payments/", **book.payment(1, "700.00", 3)) == "prepayment_too_long"


def _sell(book: Book) -> tuple[dict[str, Any], dict[str, Any]]:
    """Door 2 is sold at the end of March. The next quarter is the buyer's, and so is what the buyer pays."""
    door = book.cast.doors[2]
    client = book.clients["community"]
    held = door.ownerships.get()
    ended = client.patch(f"{API}/ownerships/{held.pk}/", {"ends_on": str(book.day(3, 31))}, format="json")
    assert ended.status_code == 200, ended.content
    owner = book.made("owners/", "community", neighbourhood=book.home.pk, kind="person", name="孙买家")
    ownership = {"owner": owner["id"], "household": door.pk, "is_voter": True, "starts_on": str(book.day(4))}
    book.made("ownerships/", "community", **ownership)

    assert book.bill(2)["bill_count"] == 4

    credited = book.bills(1)[1]
    assert (credited["settled"], credited["outstanding"]) == ("144.30", "11.40")
    sellers, buyers = book.bills(2)
    assert sellers["account"] != buyers["account"]
    book.pay(2, "155.70", 5)
    sellers, buyers = book.bills(2)
    assert (sellers["state"], buyers["state"]) == ("open", "settled")
    return sellers, buyers


def _ask_the_seller(book: Book, bill: dict[str, Any]) -> None:
    """Step after step, nobody twice a day, and what is said to have arrived has a proof."""

    def step(name: str, channel: str, day: int) -> dict[str, Any]:
        given_at = f"{book.day(6, day)}T10:00:00+08:00"
        return {"account": bill["account"], "step": name, "channel": channel, "given_at": given_at}

    assert book.refused("reminders/", **step("letter", "post", 1)) == "step_out_of_order"
    notice = book.made("reminders/", **step("notice", "message", 1))
    assert (notice["bills"], notice["amount"]) == ([bill["id"]], "155.70")
    assert book.refused("reminders/", **step("letter", "post", 1)) == "reminded_today"
    assert book.refused("reminders/", **step("letter", "post", 2), received=True) == "proof_missing"
    book.made("reminders/", **step("letter", "post", 2), received=True, document="挂号0017")


def _set_right(book: Book) -> None:
    """A payment for the wrong home is taken back; a bill by the wrong area is void, and issued anew."""
    wrong = book.pay(3, "77.85", 5)
    book.made("payment-reversals/", payment=wrong["id"], reason="记错户")
    assert book.refused("payment-reversals/", payment=wrong["id"], reason="再冲") == "already_reversed"
    assert book.bills(3)[0]["outstanding"] == "77.85"

    door = book.cast.doors[0]
    measured = book.clients["community"].patch(
        f"{API}/households/{door.pk}/", {"gross_floor_area": "84.00"}, format="json"
    )
    assert measured.status_code == 200, measured.content
    issued = book.made(f"bills/{book.bills(0)[1]['id']}/reissue/", reason="面积更正")["bills"]
    assert [(bill["amount"], bill["state"]) for bill in issued] == [("151.20", "open")]
    assert [bill["state"] for bill in book.bills(0)] == ["settled", "void", "open"]
    book.pay(0, "151.20", 6)


def _close(book: Book) -> None:
    """Months close one after the other; then nothing in them changes, and money of January counts from the next day."""
    closing = {"neighbourhood": book.home.pk}
    assert book.refused("month-closings/", **closing, month=f"{book.year}-02") == "closed_out_of_order"
    for month in (1, 2, 3):
        closed = book.made("month-closings/", **closing, month=f"{book.year}-{month:02}")
    assert closed["totals"]["payments"] == {"bank": {"count": 1, "amount": "300.00"}}
    assert book.refused(f"bills/{book.bills(1)[0]['id']}/void/", reason="迟了") == "month_closed"

    late = book.pay(3, "77.85", 1)

    assert (late["booked_on"], late["allocations"][0]["amount"]) == (str(book.day(4)), "77.85")


def _count(book: Book) -> None:
    """Exactly what came in by a day, of what was billed less what was let off."""
    rate = f"collection-rates/?neighbourhood={book.home.pk}&kind=property&period={book.year}-Q1"

    by_march = book.get(f"{rate}&cut_off={book.day(3, 31)}")
    by_june = book.get(f"{rate}&cut_off={book.day(6, 30)}")
    today = book.get(rate)

    assert (by_march["billed"], by_march["reductions"], by_march["receivable"]) == ("622.80", "77.85", "544.95")
    assert (by_march["settled"], by_march["rate"], by_march["above_target"]) == ("311.40", "0.5714", False)
    # What was taken back this year stood for its bill by then; what came in its place counts from there on.
    assert (by_june["settled"], by_june["rate"]) == ("389.25", "0.7142")
    assert (today["settled"], today["rate"]) == ("389.25", "0.7142")
    half = book.get(f"collection-rates/?neighbourhood={book.home.pk}&kind=property&period={book.year}-H1")
    receivable = Decimal("544.95") + Decimal("151.20") + 2 * Decimal("155.70") + Decimal("77.85")
    settled = Decimal("389.25") + Decimal("151.20") + Decimal("144.30") + Decimal("155.70")
    assert (Decimal(half["receivable"]), Decimal(half["settled"])) == (receivable, settled)
    nothing = book.get(f"collection-rates/?neighbourhood={book.home.pk}&kind=parking&period={book.year}-Q1")
    assert (nothing["rate"], nothing["above_target"]) == (None, None)


def _publish(book: Book) -> None:
    """The quarter is published for everybody, once; a correction names what it corrects."""
    told = {"neighbourhood": book.home.pk, "period": f"{book.year}-Q1"}
    entry = {"purse": "public_income", "source": "advertising", "amount": "1200.00", "document": "广告合同2号"}
    book.made("purse-entries/", neighbourhood=book.home.pk, booked_on=str(book.day(4, 2)), **entry)
    published = book.made("fee-disclosures/", **told, posted_at_place="东门公告栏")
    assert book.refused("fee-disclosures/", **told) == "already_disclosed"
    assert book.made("fee-disclosures/", **told, corrects=published["id"])["corrects"] == published["id"]

    page = Client().get(reverse("fee_disclosure", args=[book.home.pk, published["id"]]))

    assert page.status_code == 200
    # Of four homes nobody is told what came in: each of them could reckon what its neighbours did.
    assert ("544.95" in page.content.decode(), "389.25" in page.content.decode()) == (False, False)
    assert "钱2业" not in page.content.decode()
