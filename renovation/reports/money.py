"""Money of a neighbourhood: planned, committed, received and spent, per source and per item (policy.md, section e).

Planned are the shares of the revision in force; the other three are sums of entries, reversals among them. Totals are
shown to whoever reads the plan, also where single entries are not: those of a household.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import DecimalField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from renovation.choices import FundingKind, FundingStep
from renovation.models import (
    FundingEntry,
    FundingShare,
    FundingSource,
    Household,
    HouseholdShare,
    MenuItem,
    Neighbourhood,
    RenovationPlan,
)
from renovation.reports.plans import plan_in_force
from renovation.rules.funding import FourSums, Group, groups_to_show

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Money:
    """The money of a neighbourhood. `cells` are the four numbers by source and item; an item of None is money that
    was not told for one item.
    """

    plan: RenovationPlan | None
    sources: tuple[FundingSource, ...]
    items: tuple[MenuItem, ...]
    cells: Mapping[tuple[int, int | None], FourSums]

    @cached_property
    def by_source(self) -> list[tuple[FundingSource, FourSums]]:
        """Each source in the order of their kinds, also one without any money yet."""
        return [(source, self._sum(source=source.pk)) for source in self.sources]

    @cached_property
    def by_item(self) -> list[tuple[MenuItem | None, FourSums]]:
        """Each item with its money, and last what belongs to no single one, where there is any."""
        rows: list[tuple[MenuItem | None, FourSums]] = [(item, self._sum(item=item.pk)) for item in self.items]
        if any(item is None for _source, item in self.cells):
            rows.append((None, self._sum(item=None)))
        return rows

    @cached_property
    def total(self) -> FourSums:
        return sum(self.cells.values(), FourSums())

    @cached_property
    def cash(self) -> FourSums:
        return self._kinds(in_kind=False)

    @cached_property
    def in_kind(self) -> FourSums:
        """Labour and materials at their agreed value, which is no money."""
        return self._kinds(in_kind=True)

    def items_of(self, source: FundingSource) -> list[tuple[MenuItem | None, FourSums]]:
        """What a source pays for."""
        found = [(item, self.cells[source.pk, item.pk]) for item in self.items if (source.pk, item.pk) in self.cells]
        rest = self.cells.get((source.pk, None))
        return [*found, *([(None, rest)] if rest is not None else [])]

    def sources_of(self, item: MenuItem) -> list[tuple[FundingSource, FourSums]]:
        """Who pays for an item."""
        return [
            (source, self.cells[source.pk, item.pk]) for source in self.sources if (source.pk, item.pk) in self.cells
        ]

    def sums_of(self, source: FundingSource) -> FourSums:
        return self._sum(source=source.pk)

    def _sum(self, **which: int | None) -> FourSums:
        fits = (
            sums
            for (source, item), sums in self.cells.items()
            if which.get("source", source) == source and which.get("item", item) == item
        )
        return sum(fits, FourSums())

    def _kinds(self, *, in_kind: bool) -> FourSums:
        kinds = {source.pk: source.kind == FundingKind.IN_KIND for source in self.sources}
        return sum((sums for (source, _item), sums in self.cells.items() if kinds[source] == in_kind), FourSums())


def money_of(neighbourhood: Neighbourhood) -> Money:
    """All of a neighbourhood's money in five statements over sets, however much of it there is."""
    plan = plan_in_force(neighbourhood)
    kinds = {kind: place for place, kind in enumerate(FundingKind.values)}
    sources = sorted(
        FundingSource.objects.filter(neighbourhood=neighbourhood).select_related("stairwell__building"),
        key=lambda source: (kinds[source.kind], source.pk),
    )
    found: dict[tuple[int, int | None], dict[str, Decimal]] = defaultdict(dict)
    planned = FundingShare.objects.filter(plan_item__plan=plan).order_by().values_list("source", "plan_item__menu_item")
    for source, item, amount in planned.annotate(amount=Sum("planned")):
        found[source, item]["planned"] = amount
    entries = FundingEntry.objects.filter(source__neighbourhood=neighbourhood).order_by()
    for source, item, step, amount in entries.values_list("source", "menu_item", "step").annotate(amount=Sum("amount")):
        found[source, item][step] = amount
    items = MenuItem.objects.filter(pk__in={item for _source, item in found if item is not None})
    return Money(
        plan=plan,
        sources=tuple(sources),
        items=tuple(items.order_by("code", "pk")),
        cells={key: FourSums(**sums) for key, sums in found.items()},
    )


def sources_then(sources: QuerySet[Any], moment: datetime) -> QuerySet[Any]:
    """Those of the sources that were there by a moment, with the sums of then in place of today's."""
    return with_sums(sources.filter(created_at__lte=moment), by=moment)


def with_sums(sources: QuerySet[Any], *, by: datetime | None = None) -> QuerySet[Any]:
    """Sources, each with `planned`, `committed`, `received` and `spent`, in the statement that reads them: what was
    recorded `by` a moment, if one is given.
    """
    recorded = {} if by is None else {"recorded_at__lte": by}
    in_force = (
        RenovationPlan.objects.filter(neighbourhood=OuterRef(OuterRef("neighbourhood")))
        .filter(**({"in_force_at__isnull": False} if by is None else {"in_force_at__lte": by}))
        .order_by("-number")
    )
    planned = FundingShare.objects.filter(source=OuterRef("pk"), plan_item__plan=Subquery(in_force.values("pk")[:1]))
    entries = FundingEntry.objects.filter(source=OuterRef("pk"), **recorded).order_by()
    return sources.annotate(
        planned=_sum_of(planned.order_by().values("source").annotate(n=Sum("planned"))),
        **{
            step.value: _sum_of(entries.filter(step=step).values("source").annotate(n=Sum("amount")))
            for step in FundingStep
        },
    )


def _sum_of(grouped: QuerySet[Any]) -> Coalesce:
    return Coalesce(Subquery(grouped.values("n")), NOTHING, output_field=DecimalField(max_digits=14, decimal_places=2))


@dataclass(frozen=True)
class Door:
    """A household's part of a residents' source, with what it pledged and gave."""

    household: Any
    due: Decimal
    committed: Decimal
    received: Decimal

    @property
    def next_step(self) -> str:
        """What comes next of it: its pledge, once it has pledged what it owes its money, and then nothing."""
        if self.due and self.received >= max(self.due, self.committed):
            return ""
        return "committed" if self.committed < self.due or not self.committed else "received"

    @property
    def next_amount(self) -> Decimal | None:
        """How much of that is left, in yuan, where anything is."""
        left = self.due - self.committed if self.next_step == "committed" else self.committed - self.received
        return left if left > 0 else None

    @property
    def text(self) -> str:
        """The door as forms take it: building-stairwell-door."""
        parts = (self.household.building.number, self.household.stairwell.number, self.household.unit_number)
        return "-".join(part for part in parts if part)


def groups_of(source: FundingSource, plan: RenovationPlan | None, *, sees_households: bool) -> list[Group]:
    """A source's households by building; small ones are not broken down for who may not see them. Two queries."""
    where = ("household__building", "household__building__number")
    shares = HouseholdShare.objects.filter(source=source, plan=plan).order_by()
    found: dict[int, dict[str, Any]] = {}
    households: dict[int, set[int]] = defaultdict(set)
    for building, number, household, amount in shares.values_list(*where, "household", "amount"):
        group = found.setdefault(building, {"number": number, "due": NOTHING})
        group["due"] += amount
        households[building].add(household)
    entries = FundingEntry.objects.filter(source=source, household__isnull=False).order_by()
    for building, number, household, step, amount in entries.values_list(*where, "household", "step").annotate(
        n=Sum("amount")
    ):
        group = found.setdefault(building, {"number": number, "due": NOTHING})
        group[step] = group.get(step, NOTHING) + amount
        households[building].add(household)
    groups = [
        Group(
            building,
            group["number"],
            len(households[building]),
            group["due"],
            group.get("committed", NOTHING),
            group.get("received", NOTHING),
        )
        for building, group in found.items()
    ]
    return groups_to_show(sorted(groups, key=_by_number), sees_households=sees_households)


def _by_number(group: Group) -> tuple[int, str]:
    return (int(group.number) if group.number.isdecimal() else 10**6, group.number)


def doors_of(source: FundingSource, plan: RenovationPlan | None, building: int) -> list[Door]:
    """The households of one building, for who may see them. Three queries."""
    here = {"source": source, "household__building": building}
    due = dict(HouseholdShare.objects.filter(plan=plan, **here).values_list("household", "amount"))
    given: dict[int, dict[str, Decimal]] = defaultdict(dict)
    entries = FundingEntry.objects.filter(**here).order_by().values_list("household", "step")
    for household, step, amount in entries.annotate(n=Sum("amount")):
        given[household][step] = amount
    households = Household.objects.filter(pk__in={*due, *given}).select_related("stairwell", "building")
    return [
        Door(
            household,
            due.get(household.pk, NOTHING),
            given[household.pk].get("committed", NOTHING),
            given[household.pk].get("received", NOTHING),
        )
        for household in households.order_by("stairwell__number", "floor", "unit_number", "pk")
    ]


def named_donors(source: FundingSource) -> list[FundingEntry]:
    """What was received of payers who agree to be named, and is not reversed: the newest first."""
    entries = FundingEntry.objects.filter(
        source=source, step=FundingStep.RECEIVED, payer_may_be_named=True, reverses=None, reversed_by=None
    )
    return list(entries.exclude(payer="").order_by("-dated_on", "-pk"))
