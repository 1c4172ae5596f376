"""The plan of works as it is read: which revision holds, its items by category with who pays, and its content."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Count, Prefetch, QuerySet, Sum

from renovation.choices import MenuCategory
from renovation.models import (
    Evidence,
    FundingShare,
    FundingSource,
    HouseholdShare,
    MenuEdition,
    MenuItem,
    Neighbourhood,
    PlanItem,
    RenovationPlan,
)
from renovation.rules.plans import Content, Line, Payment, SharedOut, digest_of

NOTHING = Decimal(0)


def plan_in_force(neighbourhood: Neighbourhood) -> RenovationPlan | None:
    """The revision in force: the last that came into force."""
    found: RenovationPlan | None = (
        RenovationPlan.objects.filter(neighbourhood=neighbourhood)
        .exclude(in_force_at=None)
        .select_related("menu_edition", "neighbourhood")
        .order_by("-number")
        .first()
    )
    return found


def plan_to_show(neighbourhood: Neighbourhood) -> RenovationPlan | None:
    """The last frozen revision, in force or still waiting for its notice to end: what people are shown."""
    found: RenovationPlan | None = (
        RenovationPlan.objects.filter(neighbourhood=neighbourhood)
        .frozen()
        .select_related("menu_edition", "neighbourhood")
        .order_by("-number")
        .first()
    )
    return found


def draft_of(neighbourhood: Neighbourhood) -> RenovationPlan | None:
    """The draft in hand, if there is one."""
    found: RenovationPlan | None = (
        RenovationPlan.objects.filter(neighbourhood=neighbourhood, state="draft")
        .select_related("menu_edition", "neighbourhood")
        .first()
    )
    return found


def notice_revision(plan: RenovationPlan) -> int:
    """The number of the last revision, up to this one, that needed a notice of its own and has come into force: the
    notice that residents must have seen. Zero where none did.
    """
    found = (
        RenovationPlan.objects.filter(neighbourhood=plan.neighbourhood_id, number__lte=plan.number, notice_needed=True)
        .exclude(in_force_at=None)
        .order_by("-number")
        .values_list("number", flat=True)
        .first()
    )
    return found or 0


def items_of_plan(plan: RenovationPlan) -> QuerySet[PlanItem]:
    """Its items by code, with their menu items, shares and sources: three queries."""
    shares = FundingShare.objects.select_related("source").order_by("source__kind", "source__name")
    items: QuerySet[PlanItem] = (
        PlanItem.objects.filter(plan=plan)
        .select_related("menu_item")
        .prefetch_related(Prefetch("shares", queryset=shares))
        .order_by("menu_item__code")
    )
    return items


def required_codes(neighbourhood: Neighbourhood, edition: MenuEdition) -> frozenset[str]:
    """The must-do items that a plan made from this edition cannot lack: those that the assessment found, all of them
    where none stands, less those approved as not applicable (policy.md, section d). Two queries.
    """
    mandatory = frozenset(MenuItem.objects.filter(edition=edition, mandatory=True).values_list("code", flat=True))
    kinds = ("assessment", "must_do_waived")
    standing = Evidence.objects.filter(neighbourhood=neighbourhood, kind__in=kinds).standing()
    facts = {piece.kind: piece.facts for piece in standing}
    found = facts["assessment"].get("must_do_found", ()) if "assessment" in facts else mandatory
    return mandatory.intersection(found).difference(facts.get("must_do_waived", {}).get("items", ()))


# --- The sheet -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Payer:
    """A source in a plan: what it is to pay in all, and for which items."""

    source: FundingSource
    planned: Decimal
    items: Sequence[PlanItem]


@dataclass(frozen=True, slots=True)
class CategoryLines:
    """The items of one category of the menu, by code, and what they cost together."""

    category: str
    name: str
    lines: Sequence[PlanItem]
    total: Decimal


@dataclass(frozen=True, slots=True)
class PlanSheet:
    """A revision, item by item. Sums are yuan. `unpriced` and `unpaid` are items that lack a price, or a payer;
    `missing` the codes of must-do items that are not in it.
    """

    plan: RenovationPlan
    categories: Sequence[CategoryLines]
    payers: Sequence[Payer]
    total: Decimal
    unpriced: Sequence[PlanItem] = ()
    unpaid: Sequence[PlanItem] = ()
    missing: Sequence[str] = ()
    lines: Sequence[PlanItem] = field(default=())

    @property
    def item_count(self) -> int:
        return len(self.lines)


def sheet_of(plan: RenovationPlan) -> PlanSheet:
    """The sheet of a revision, or of a draft as it stands. Five queries, whatever its length."""
    lines = list(items_of_plan(plan))
    in_plan = {line.menu_item.code for line in lines}
    required = required_codes(plan.neighbourhood, plan.menu_edition) if plan.is_draft else frozenset()
    return PlanSheet(
        plan=plan,
        categories=_by_category(lines),
        payers=_payers(lines),
        total=sum((line.amount or NOTHING for line in lines), NOTHING),
        unpriced=[line for line in lines if line.amount is None],
        unpaid=[line for line in lines if line.amount and not line.shares.all()],
        missing=sorted(required - in_plan),
        lines=lines,
    )


def _by_category(lines: Sequence[PlanItem]) -> list[CategoryLines]:
    groups = []
    for category in MenuCategory:
        own = [line for line in lines if line.menu_item.category == category]
        if own:
            total = sum((line.amount or NOTHING for line in own), NOTHING)
            groups.append(CategoryLines(category.value, str(category.label), own, total))
    return groups


def _payers(lines: Sequence[PlanItem]) -> list[Payer]:
    sources: dict[int, FundingSource] = {}
    planned: dict[int, Decimal] = {}
    items: dict[int, list[PlanItem]] = {}
    for line in lines:
        for share in line.shares.all():
            sources[share.source_id] = share.source
            planned[share.source_id] = planned.get(share.source_id, NOTHING) + share.planned
            items.setdefault(share.source_id, []).append(line)
    in_order = sorted(sources, key=lambda key: (sources[key].kind, sources[key].name))
    return [Payer(sources[key], planned[key], items[key]) for key in in_order]


# --- The content -----------------------------------------------------------------------------------


def content_of(plan: RenovationPlan) -> Content:
    """What a revision's digest covers, read from its rows. Four queries."""
    lines = [
        Line(
            code=item.menu_item.code,
            quantity=item.quantity,
            unit_price=item.unit_price,
            amount=item.amount,
            contractor=item.contractor,
            starts_on=item.starts_on,
            ends_on=item.ends_on,
            note=item.note,
            payers=tuple(Payment(share.source.kind, share.source.name, share.planned) for share in item.shares.all()),
        )
        for item in items_of_plan(plan)
    ]
    shared = (
        HouseholdShare.objects.filter(plan=plan)
        .order_by()
        .values("source__name", "source__route")
        .annotate(households=Count("pk"), weights=Sum("weight"), total=Sum("amount"))
    )
    return Content(
        neighbourhood=plan.neighbourhood.code,
        number=plan.number,
        menu_from=plan.menu_edition.valid_from,
        items=lines,
        shared_out=[
            SharedOut(row["source__name"], row["source__route"], row["households"], row["weights"], row["total"])
            for row in shared
        ],
    )


def is_as_frozen(plan: RenovationPlan) -> bool:
    """Whether a frozen revision still is what its digest says. Four queries."""
    return digest_of(content_of(plan)) == plan.digest
