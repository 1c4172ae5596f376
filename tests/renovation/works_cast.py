"""A neighbourhood under works: a plan in force, its packages and what has become of them."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.choices import Role
from accounts.models import User
from renovation.choices import Stage
from renovation.models import Acceptance, MenuEdition, MenuItem, Neighbourhood, PlanItem, RenovationPlan, WorkPackage
from renovation.rules.works import ATTENDEES_BY_LAW, CHECKLIST
from renovation.services.acceptance import WarrantyTerm, record_acceptance
from renovation.services.works import create_package, move_package, report_progress
from tests.factories import COMMUNITY, make_menu_edition, make_neighbourhood, make_user

AMOUNTS = {"B01": "600000.00", "B03": "300000.00", "U11": "100000.00"}
ALL_HOLD = dict.fromkeys(CHECKLIST, True)


def plan_for(
    neighbourhood: Neighbourhood, edition: MenuEdition, amounts: Mapping[str, str], number: int = 1
) -> RenovationPlan:
    """A revision in force with these items, by code and amount."""
    plan = RenovationPlan.objects.create(neighbourhood=neighbourhood, number=number, menu_edition=edition)
    items = {item.code: item for item in edition.items.all()}
    PlanItem.objects.bulk_create(
        PlanItem(plan=plan, menu_item=items[code], quantity=1, unit_price=Decimal(amount), amount=Decimal(amount))
        for code, amount in amounts.items()
    )
    now = timezone.now()
    plan.state, plan.frozen_at, plan.in_force_at, plan.digest = "frozen", now, now, "ab" * 32
    plan.item_count, plan.total = len(amounts), sum(map(Decimal, amounts.values()))
    plan.save()
    return plan


class Site:
    """One neighbourhood, the official who keeps its works, and the days."""

    def __init__(self, stage: str = Stage.UNDER_WORKS, amounts: Mapping[str, str] = AMOUNTS, **fields: Any) -> None:
        self.edition = MenuEdition.objects.first() or make_menu_edition(codes=tuple(AMOUNTS))
        self.home = make_neighbourhood(stage=stage, **fields)
        self.official: User = User.objects.filter(username="works-official").first() or make_user(
            Role.DISTRICT_OFFICIAL, COMMUNITY[:6], username="works-official"
        )
        self.plan = plan_for(self.home, self.edition, amounts)
        self.today = timezone.localdate()

    def item(self, code: str) -> MenuItem:
        return self.edition.items.get(code=code)

    def day(self, days: int) -> date:
        return self.today + timedelta(days=days)

    def revise(self, amounts: Mapping[str, str]) -> RenovationPlan:
        self.plan = plan_for(self.home, self.edition, amounts, number=self.plan.number + 1)
        return self.plan

    def package(self, *codes: str, **fields: Any) -> WorkPackage:
        """A package of items, of ten days from nine days ago on."""
        defaults = {
            "name": f"{' '.join(codes)}工程",
            "contractor": "宜江建设",
            "contract_document": "合同〔2026〕1号",
            "starts_on": self.day(-9),
            "ends_on": self.day(0),
        }
        return create_package(
            neighbourhood=self.home,
            menu_items=[self.item(code) for code in codes],
            by=self.official,
            **{**defaults, **fields},
        )

    def move(self, package: WorkPackage, to: str, **fields: Any) -> WorkPackage:
        return move_package(package=package, to=to, by=self.official, **fields)

    def report(self, package: WorkPackage, shares: Mapping[str, str], **fields: Any) -> None:
        report_progress(
            package=package,
            shares={self.item(code).pk: Decimal(share) for code, share in shares.items()},
            **{"done_on": self.day(-1), "by": self.official, **fields},
        )

    def running(self, *codes: str, **fields: Any) -> WorkPackage:
        return self.move(self.package(*codes, **fields), "running")

    def done(self, *codes: str, **fields: Any) -> WorkPackage:
        package = self.running(*codes, **fields)
        self.report(package, dict.fromkeys(codes, "1"))
        return self.move(package, "done")

    def terms(self, *codes: str, kind: str = "installation", years: int = 2) -> list[WarrantyTerm]:
        return [WarrantyTerm(self.item(code), kind, years) for code in codes]

    def check(self, package: WorkPackage, *, passed: bool = True, **fields: Any) -> Acceptance:
        """A formal check, today unless said otherwise, with a warranty of two years for each item if it passed."""
        codes = package.items.values_list("menu_item__code", flat=True)
        defaults = {
            "held_on": self.day(0),
            "checklist": ALL_HOLD,
            "attendees": [*ATTENDEES_BY_LAW, "residents"],
            "document": "验收〔2026〕1号",
            "warranties": self.terms(*codes) if passed else [],
        }
        return record_acceptance(package=package, passed=passed, by=self.official, **{**defaults, **fields})

    def accepted(self, *codes: str, **fields: Any) -> WorkPackage:
        package = self.done(*codes, **fields)
        self.check(package)
        package.refresh_from_db()
        return package

    def told(self, kind: str) -> dict[str, Any]:
        """What stands as evidence of a kind, less where it comes from."""
        piece = self.home.evidence.filter(kind=kind).order_by("-pk").first()
        return {name: value for name, value in piece.facts.items() if name != "source"} if piece else {}
