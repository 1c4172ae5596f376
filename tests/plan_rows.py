"""A neighbourhood whose plan can be made: assessed, with a menu, somebody who may, and who pays."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounts.choices import Role
from accounts.models import User
from renovation.choices import FundingKind, ResidentsRoute, Stage
from renovation.models import ChangeRequest, FundingSource, MenuEdition, MenuItem, Neighbourhood, PlanItem
from renovation.models import RenovationPlan as Plan
from renovation.services.lifecycle import add_evidence
from renovation.services.plans import freeze_plan, open_draft, set_item
from tests.cast import HERE, Cast
from tests.factories import make_menu_edition, make_user


@dataclass
class Planning:
    """`home` is assessed; its menu has B01 and B02, both must-do, of which B01 was found, and I03 and U11 to choose.
    The city and the residents pay, these by area.
    """

    home: Neighbourhood
    by: User
    edition: MenuEdition
    city: FundingSource
    residents: FundingSource
    cast: Cast
    codes: dict[str, MenuItem] = field(default_factory=dict)

    def put(self, draft: Plan, code: str, price: str | None = "100.00", quantity: str = "1", **fields: Any) -> PlanItem:
        """An item of a draft, for which the city pays unless said otherwise."""
        fields.setdefault("payers", {self.city.pk: Decimal(1)} if price else {})
        return set_item(
            plan=draft,
            menu_item=self.codes[code],
            quantity=Decimal(quantity),
            unit_price=price and Decimal(price),  # type: ignore[arg-type]
            by=self.by,
            **fields,
        )

    def shared(self, residents: str, city: str) -> dict[int, Decimal]:
        """Payers by these weights."""
        return {self.residents.pk: Decimal(residents), self.city.pk: Decimal(city)}

    def draft(self, **fields: Any) -> Plan:
        return open_draft(neighbourhood=self.home, by=self.by, **fields)

    def freeze(self, draft: Plan, **fields: Any) -> Plan:
        return freeze_plan(plan=draft, by=self.by, **fields)

    def first(self) -> Plan:
        """The first revision, frozen: B01 for 900 yuan, a third of it by residents, and I03 for 100 by the city."""
        draft = self.draft()
        self.put(draft, "B01", "300.00", "3", payers=self.shared("1", "2"))
        self.put(draft, "I03")
        return self.freeze(draft)

    def at(self, stage: str) -> None:
        """Put the home at a stage, as the lifecycle would."""
        Neighbourhood.objects.filter(pk=self.home.pk).update(stage=stage)
        self.home.refresh_from_db()

    def request(self, **fields: Any) -> ChangeRequest:
        """An open change request."""
        number = ChangeRequest.objects.filter(neighbourhood=self.home).count() + 1
        values = {"requested_by": "施工单位", "requested_on": date(2026, 11, 1), "text": "屋面面积变更", **fields}
        return ChangeRequest.objects.create(neighbourhood=self.home, number=number, **values)

    def waive(self, *codes: str) -> None:
        """The district approves that these must-do items are not applicable."""
        facts = {"items": list(codes), "finding": "本小区无此隐患"}
        add_evidence(neighbourhood=self.home, kind="must_do_waived", facts=facts, by=self.by)


def assess(neighbourhood: Neighbourhood, by: User, found: list[str], not_found: list[str]) -> None:
    facts = {"hazards": 1, "must_do_found": found, "must_do_not_found": not_found, "findings": "雨污混流"}
    add_evidence(neighbourhood=neighbourhood, kind="assessment", facts=facts, by=by)


@pytest.fixture
def planning(cast: Cast) -> Planning:
    edition = make_menu_edition(("B01", "B02", "I03", "U11"))
    edition.items.filter(code="B02").update(mandatory=True)
    by = make_user(Role.DISTRICT_OFFICIAL, HERE[:6], username="planner")
    planning = Planning(
        home=cast.home,
        by=by,
        edition=edition,
        city=FundingSource.objects.create(neighbourhood=cast.home, kind=FundingKind.MUNICIPAL, name="市级财政"),
        residents=FundingSource.objects.create(
            neighbourhood=cast.home, kind=FundingKind.RESIDENTS, name="居民出资", route=ResidentsRoute.BY_AREA
        ),
        cast=cast,
        codes={item.code: item for item in edition.items.all()},
    )
    planning.at(Stage.ASSESSED)
    assess(cast.home, by, ["B01"], ["B02"])
    return planning
