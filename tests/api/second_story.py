"""A neighbourhood that is deferred, comes back, is planned, built, evaluated and handed over: by HTTP, as days pass."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from tests.api.helpers import API, signed_in
from tests.api.lifecycle_story import Life

CHECKLIST = ("contents_done", "files_complete", "materials_tested", "quality_signed", "warranty_signed")
ATTENDEES = ["builder", "designer", "surveyor", "supervisor", "residents"]


class Clock:
    """The world's clock, which runs ahead of the machine's: a notice hangs for days, and the story does not."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead, self._now = timedelta(), timezone.now
        monkeypatch.setattr(timezone, "now", self.now)

    def now(self) -> datetime:
        return self._now() + self.ahead


class Story(Life):
    """The people of one neighbourhood, who sign in anew each day on which the story goes on."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        super().__init__()

    def wait(self, days: int) -> None:
        self.clock.ahead += timedelta(days=days)
        self.today = timezone.localdate()
        self.clients = {who: signed_in(user) for who, user in self.users.items()}

    # --- Requests --------------------------------------------------------------------------------------

    def get(self, path: str, who: str = "district", **query: Any) -> Any:
        answer = self.clients[who].get(f"{API}/{path}", query)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def all(self, path: str, who: str = "district", **query: Any) -> list[dict[str, Any]]:
        """Every row of a list, page after page."""
        found, page = [], self.get(path, who, page_size=7, **query)
        while True:
            found += page["results"]
            if page["next"] is None:
                return found
            page = self.clients[who].get(page["next"]).json()

    def post(self, who: str, path: str, body: dict[str, Any] | None = None, *, status: int = 201) -> Any:
        answer = self.clients[who].post(f"{API}/{path}", body or {}, format="json")
        assert answer.status_code == status, answer.content
        return answer.json()

    def refused(self, who: str, path: str, body: dict[str, Any] | None = None) -> str:
        """The code for which a request is refused."""
        answer = self.clients[who].post(f"{API}/{path}", body or {}, format="json")
        assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json"), answer.content
        assert answer.json()["detail"]
        return str(answer.json()["code"])

    def here(self, **fields: Any) -> dict[str, Any]:
        return {"neighbourhood": self.home.pk, **fields}

    def kept_here(self, who: str, kind: str, facts: dict[str, Any]) -> bool:
        """Whether a piece of evidence is refused, since a module keeps what it is about."""
        body = {"kind": kind, "facts": facts, "document": "手工〔1〕号", "dated_on": self.day(0)}
        return self.refused(who, f"neighbourhoods/{self.home.pk}/evidence/", body) == "kept_here"

    # --- Notices ---------------------------------------------------------------------------------------

    def post_notice(self, kind: str, **about: int) -> dict[str, Any]:
        words = {"title": "公示", "text": "现予公示。", "place": "小区公告栏"}
        return self.post(
            "community", "notices/", self.here(kind=kind, posted_on=self.day(0), ends_on=self.day(8), **words, **about)
        )

    def object_to(self, notice: dict[str, Any]) -> dict[str, Any]:
        body = {"notice": notice["id"], "raised_on": self.day(0), "text": "面积有误。"}
        return self.post("community", "objections/", body)

    def hang(self, kind: str, **about: int) -> None:
        """A notice with an objection: it closes neither before its last day has passed nor before the answer."""
        notice = self.post_notice(kind, **about)
        close = f"notices/{notice['id']}/close/"
        self.wait(3)
        objection = self.object_to(notice)
        assert self.refused("community", close) == "notice_not_over"
        self.wait(6)
        assert self.refused("community", close) == "objections_open"
        answer = {"answer": "已核对更正。", "answered_on": self.day(0)}
        self.post("community", f"objections/{objection['id']}/answer/", answer, status=200)
        assert self.post("community", close, status=200)["state"] == "closed"

    # --- Plan and money --------------------------------------------------------------------------------

    def item_ids(self) -> dict[str, int]:
        return {item["code"]: item["id"] for item in self.all("menu-items/")}

    def add_source(self, kind: str, name: str, **fields: Any) -> int:
        return int(self.post("district", "funding-sources/", self.here(kind=kind, name=name, **fields))["id"])

    def price(self, item: dict[str, Any], quantity: str, unit_price: str, payers: dict[int, str]) -> dict[str, Any]:
        weights = [{"source": source, "weight": weight} for source, weight in payers.items()]
        body = {"quantity": quantity, "unit_price": unit_price, "payers": weights}
        answer = self.clients["district"].patch(f"{API}/plan-items/{item['id']}/", body, format="json")
        assert answer.status_code == 200, answer.content
        return dict(answer.json())

    def shares(self, plan: int) -> list[dict[str, Any]]:
        return self.all(f"plans/{plan}/household-shares/", "community")

    def give(self, resource: str, who: str, source: int, amount: str, **about: Any) -> dict[str, Any]:
        body = {"source": source, "amount": amount, "document": "凭证〔1〕号", "dated_on": self.day(0), **about}
        return self.post(who, f"{resource}/", body)

    def in_force(self) -> dict[str, Any]:
        (plan,) = self.all("plans/", neighbourhood=self.home.pk, in_force="true")
        return plan

    def money(self) -> dict[int, dict[str, Decimal]]:
        """The four numbers of each source."""
        rows = self.all("funding-sources/", neighbourhood=self.home.pk)
        names = ("planned", "committed", "received", "spent")
        return {row["id"]: {name: Decimal(row[name]) for name in names} for row in rows}

    # --- Works -----------------------------------------------------------------------------------------

    def pack(self, name: str, items: Iterable[int]) -> int:
        body = {"name": name, "contractor": "宜江建设", "supervisor": "三峡监理", "contract_document": "合同〔1〕号"}
        days = {"starts_on": self.day(1), "ends_on": self.day(60)}
        return int(self.post("district", "work-packages/", self.here(**body, **days, menu_items=list(items)))["id"])

    def report(self, package: int, **shares: str) -> dict[str, Any]:
        codes = self.item_ids()
        items = [{"menu_item": codes[code], "done_share": share} for code, share in shares.items()]
        return dict(
            self.post("district", f"work-packages/{package}/progress/", {"done_on": self.day(0), "items": items})
        )

    def acceptance(self, years: dict[int, int]) -> dict[str, Any]:
        return {
            "held_on": self.day(0),
            "passed": True,
            "checklist": dict.fromkeys(CHECKLIST, True),
            "attendees": ATTENDEES,
            "document": "验收〔1〕号",
            "warranties": [{"menu_item": item, "kind": "installation", "years": long} for item, long in years.items()],
        }

    def answers(self, homes: Iterable[int]) -> dict[str, Any]:
        rows = chain.from_iterable(
            ({"household": home, "respondent": who} for who in ("owner", "tenant")) for home in homes
        )
        fields = {"scores": {"effect": 5}, "answered_on": self.day(0)}
        return {"answers": [{"client_id": str(uuid4()), **row, **fields} for row in rows]}
