"""What a renovation costs and who pays for it: each item of a plan with the part of every kind of source."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.choices import Act
from overview.sheets.filters import PlaceForm
from overview.sheets.frame import Asked, Column, Kind, Row, Sheet
from overview.sheets.parts import PLACE, in_chunks, place_of, placed, yes_only
from renovation.choices import FundingKind
from renovation.models import FundingShare, PlanItem, RenovationPlan
from renovation.reports.units import unit_name

IN_FORCE, LAST_FROZEN = "", "last_frozen"

COLUMNS = [
    *PLACE,
    Column("revision", _("Revision"), width=8),
    Column("in_force_on", _("In force from"), Kind.DATE, 12),
    Column("item", _("Item"), width=8),
    Column("category", _("Category"), width=14),
    Column("name", _("Name of the item"), width=34),
    Column("mandatory", _("Must-do"), width=10),
    Column("quantity", _("Quantity"), Kind.QUANTITY, 12),
    Column("unit", _("Unit"), width=8),
    Column("unit_price", _("Unit price (yuan)"), Kind.MONEY, 14),
    Column("amount", _("Cost (yuan)"), Kind.MONEY, 16, sums=True),
    *(Column(kind.value, kind.label, Kind.MONEY, 16, sums=True) for kind in FundingKind),
    Column("unpaid", _("Without a source (yuan)"), Kind.MONEY, 16, sums=True),
    Column("contractor", _("Contractor"), width=24),
]


class CostsForm(PlaceForm):
    """A place, and which revision of its plan."""

    revision = forms.ChoiceField(
        label=_("Revision"),
        required=False,
        choices=[(IN_FORCE, _("In force")), (LAST_FROZEN, _("The last that was frozen, in force or not yet"))],
    )


def plans_asked(asked: Asked) -> Any:
    """One revision of each neighbourhood in the place, of those that the caller sees."""
    seen: Any = placed(RenovationPlan.objects.visible_to(asked.caller), asked.filters)
    if asked.filters.get("revision") == LAST_FROZEN:
        return seen.frozen().order_by("neighbourhood_id", "-number").distinct("neighbourhood_id")
    return seen.in_force()


def items_asked(asked: Asked) -> Any:
    return PlanItem.objects.filter(plan__in=plans_asked(asked).values("pk"))


def rows(asked: Asked) -> Iterator[Row]:
    """One row an item of a plan, by code."""
    items = (
        items_asked(asked)
        .select_related("plan__neighbourhood__community", "menu_item")
        .prefetch_related(Prefetch("shares", FundingShare.objects.select_related("source")))
        .order_by("plan__neighbourhood__code", "menu_item__code")
    )
    for chunk in in_chunks(items):
        for item in chunk:
            yield _row(item)


def _row(item: Any) -> Row:
    plan, menu_item = item.plan, item.menu_item
    by_kind: Mapping[str, Decimal] = _by_kind(item)
    unpaid = (item.amount or Decimal(0)) - sum(by_kind.values(), Decimal(0))
    return (
        *place_of(plan.neighbourhood),
        str(plan.number),
        timezone.localdate(plan.in_force_at) if plan.in_force_at else None,
        *(menu_item.code, menu_item.get_category_display(), menu_item.name, yes_only(menu_item.mandatory)),
        *(item.quantity, unit_name(menu_item.unit), item.unit_price, item.amount),
        *(by_kind.get(kind.value) for kind in FundingKind),
        unpaid or None,
        item.contractor,
    )


def _by_kind(item: Any) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for share in item.shares.all():
        found[share.source.kind] = found.get(share.source.kind, Decimal(0)) + share.planned
    return found


SHEET = Sheet(
    name="cost-shares",
    title=_("Cost and shares"),
    says=_("Every item of the plans with its cost and what each kind of source pays of it, in yuan."),
    acts=[Act.PLANS],
    columns=COLUMNS,
    rows=rows,
    form=CostsForm,
    count=lambda asked: items_asked(asked).count(),
)
