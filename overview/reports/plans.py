"""A revision of the plan as the pages show it: its items and what residents ordered; who pays, and what came in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from consent.models import Survey
from consent.permissions import sees_every_door
from consent.reports.orders import orders_to_show
from renovation.choices import FundingKind, FundingStep
from renovation.models import (
    FundingEntry,
    FundingShare,
    FundingSource,
    MenuItem,
    Neighbourhood,
    PlanItem,
    RenovationPlan,
)
from renovation.reports.plans import Payer, PlanSheet, sheet_of

NOTHING = Decimal(0)
FEW = 9
"""How many items a neighbourhood's own page lists."""


@dataclass(frozen=True)
class Ordered:
    """What the households of a survey ordered, by item code, of `households` on its roll."""

    survey: Survey
    households: int
    orders: Mapping[str, int]


@dataclass(frozen=True)
class ShownLine:
    """An item, who pays for it, and how many households ordered it; None where there was no survey to tell."""

    item: PlanItem
    orders: int | None

    @property
    def shares(self) -> list[FundingShare]:
        return sorted(self.item.shares.all(), key=lambda share: _place(share.source))


@dataclass(frozen=True)
class ShownCategory:
    name: str
    total: Decimal
    lines: Sequence[ShownLine]


@dataclass(frozen=True)
class ShownPayer:
    """A source under the revision, and what has come in of it so far, in yuan: under whatever revision."""

    payer: Payer
    received: Decimal


@dataclass(frozen=True)
class ShownPlan:
    """A revision with all that stands beside it. Sums are yuan."""

    sheet: PlanSheet
    categories: Sequence[ShownCategory]
    payers: Sequence[ShownPayer]
    ordered: Ordered | None

    @property
    def plan(self) -> RenovationPlan:
        return self.sheet.plan

    @property
    def lines(self) -> list[ShownLine]:
        return [line for category in self.categories for line in category.lines]

    @property
    def planned(self) -> Decimal:
        return sum((shown.payer.planned for shown in self.payers), NOTHING)

    @property
    def received(self) -> Decimal:
        return sum((shown.received for shown in self.payers), NOTHING)

    @property
    def is_ready(self) -> bool:
        """Whether a draft lacks nothing that freezing it asks of its items."""
        sheet = self.sheet
        return bool(sheet.lines) and not (sheet.unpriced or sheet.unpaid or sheet.missing)


def last_orders(neighbourhood: Neighbourhood, user: Any) -> Ordered | None:
    """What was ordered in the last survey that the caller may see: live while it is open, then as it was closed."""
    surveys = Survey.objects.visible_to(user).filter(neighbourhood=neighbourhood).select_related("neighbourhood")
    survey = surveys.order_by("-number").first()
    if survey is None:
        return None
    found = orders_to_show(survey, sees_doors=sees_every_door(user, survey))
    return Ordered(survey, found.total.households, found.total.orders)


def plan_shown(plan: RenovationPlan, ordered: Ordered | None) -> ShownPlan:
    """A revision, or a draft as it stands. Six queries, whatever its length."""
    sheet = sheet_of(plan)
    categories = [
        ShownCategory(
            category.name,
            category.total,
            [ShownLine(item, None if ordered is None else _orders(ordered, item)) for item in category.lines],
        )
        for category in sheet.categories
    ]
    received = _received(plan.neighbourhood_id)
    payers = [ShownPayer(payer, received.get(payer.source.pk, NOTHING)) for payer in _in_order(sheet.payers)]
    return ShownPlan(sheet, categories, payers, ordered)


def most_costly(shown: ShownPlan) -> list[ShownLine]:
    """The items for a page that is about more than the plan: all of a short plan, else the dearest ones."""
    if len(shown.lines) <= FEW:
        return shown.lines
    return sorted(shown.lines, key=lambda line: (-(line.item.amount or NOTHING), line.item.menu_item.code))[:FEW]


def items_to_add(plan: RenovationPlan, ordered: Ordered | None) -> list[tuple[MenuItem, int]]:
    """The items of the menu edition that are not in a draft, what most households ordered first. One query."""
    rest = MenuItem.objects.filter(edition=plan.menu_edition_id).exclude(plan_items__plan=plan)
    counts = ordered.orders if ordered else {}
    return sorted(((item, counts.get(item.code, 0)) for item in rest), key=lambda pair: (-pair[1], pair[0].code))


def _orders(ordered: Ordered, item: PlanItem) -> int:
    return ordered.orders.get(item.menu_item.code, 0)


def _received(neighbourhood: int) -> dict[int, Decimal]:
    entries = FundingEntry.objects.filter(source__neighbourhood=neighbourhood, step=FundingStep.RECEIVED).order_by()
    return dict(entries.values_list("source").annotate(total=Sum("amount")))


def _in_order(payers: Sequence[Payer]) -> list[Payer]:
    return sorted(payers, key=lambda payer: _place(payer.source))


def _place(source: FundingSource) -> tuple[int, int]:
    """Sources come in the order of their kinds."""
    return (list(FundingKind.values).index(source.kind), source.pk)
