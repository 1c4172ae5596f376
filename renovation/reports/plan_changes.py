"""A revision of the plan beside the one that it takes over from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from common.errors import DomainError
from renovation.models import FundingSource, HouseholdShare, PlanItem, RenovationPlan
from renovation.reports.household_shares import shares_as_split_now
from renovation.reports.plans import items_of_plan
from renovation.rules.plan_changes import RESIDENTS_MONEY, ItemFigures, Moved, PlanChanges, PlanFigures, compare_plans
from renovation.rules.plans import SETTLED

REASON_TEXTS: Mapping[str, Promise] = {
    "first": gettext_lazy("It is the first revision."),
    "item_removed": gettext_lazy("An item leaves the plan."),
    "share_moved": gettext_lazy("What residents are to pay moves."),
    "content_changed": gettext_lazy("The items or their costs differ from what was posted, so the notice starts anew."),
    "shares_unknown": gettext_lazy("What each household is to pay cannot be told yet."),
}


@dataclass(frozen=True, slots=True)
class ChangedItem:
    """An item in both revisions, and the names of what differs in it."""

    before: PlanItem
    after: PlanItem
    fields: Sequence[str]

    @property
    def code(self) -> str:
        return self.after.menu_item.code


@dataclass(frozen=True, slots=True)
class ChangedSource:
    """What a source was to pay and is to pay now, in yuan."""

    source: FundingSource
    moved: Moved


@dataclass(frozen=True)
class PlanComparison:
    """What `after` changes of `before`, which is None where nothing was in force. `shares` are all households with a
    share in either, by id, as yuan before and after; empty where `shares_known` is false, and `faults` say why.
    """

    before: RenovationPlan | None
    after: RenovationPlan
    added: Sequence[PlanItem]
    removed: Sequence[PlanItem]
    changed: Sequence[ChangedItem]
    sources: Sequence[ChangedSource]
    shares: Mapping[int, tuple[Decimal, Decimal]]
    faults: Sequence[DomainError]
    changes: PlanChanges

    @property
    def total_before(self) -> Decimal:
        return self.changes.total.before

    @property
    def total_after(self) -> Decimal:
        return self.changes.total.after

    @property
    def moved_shares(self) -> Mapping[int, Moved]:
        """The households whose share moves, by id."""
        return self.changes.shares

    @property
    def shares_known(self) -> bool:
        return self.changes.shares_known

    @property
    def reasons(self) -> tuple[str, ...]:
        return self.changes.reasons

    @property
    def notice_needed(self) -> bool:
        return self.changes.notice_needed

    @property
    def is_empty(self) -> bool:
        return self.changes.is_empty


def reason_text(code: str) -> str:
    """Why residents must be told, as a sentence."""
    return str(REASON_TEXTS[code])


def revision_before(plan: RenovationPlan) -> RenovationPlan | None:
    """The revision that was in force when this one was frozen; that in force now, for a draft."""
    earlier = RenovationPlan.objects.filter(neighbourhood=plan.neighbourhood_id, number__lt=plan.number)
    earlier = earlier.exclude(in_force_at=None)
    if plan.frozen_at is not None:
        earlier = earlier.filter(in_force_at__lte=plan.frozen_at)
    found: RenovationPlan | None = earlier.select_related("menu_edition", "neighbourhood").order_by("-number").first()
    return found


def comparison_of(plan: RenovationPlan) -> PlanComparison:
    """What a revision changed, or what a draft would change as it stands. Ten queries at most, whatever their length.

    A draft's household shares are split as they would be now. Whether it needs a notice is told of a frozen one as it
    was decided.
    """
    before = revision_before(plan)
    old_items = list(items_of_plan(before)) if before else []
    new_items = list(items_of_plan(plan))
    new_shares, faults = _shares(plan)
    old_shares = _frozen_shares(before) if before else {}
    changes = compare_plans(
        _figures(old_items, old_shares) if before else None,
        _figures(new_items, new_shares),
        settled=_was_settled(plan),
    )
    return PlanComparison(
        before=before,
        after=plan,
        **_items(changes, old_items, new_items),
        sources=_sources(changes, [*old_items, *new_items]),
        shares=_beside(old_shares, new_shares),
        faults=faults,
        changes=changes,
    )


def _was_settled(plan: RenovationPlan) -> bool:
    """Whether the plan had been settled when this revision was made: one that needs a notice and came into force at
    once was made before that.
    """
    if plan.is_draft:
        return plan.neighbourhood.stage in SETTLED
    return not (plan.notice_needed and plan.in_force_at == plan.frozen_at)


def _shares(plan: RenovationPlan) -> tuple[dict[int, Decimal] | None, list[DomainError]]:
    """What each household is to pay of all sources together; None and why, where a draft's cannot be split."""
    if not plan.is_draft:
        return _frozen_shares(plan), []
    found = shares_as_split_now(plan)
    faults = [source.fault for source in found if source.fault is not None]
    if faults:
        return None, faults
    return _added_up((share.household, share.amount) for source in found for share in source.shares), []


def _frozen_shares(plan: RenovationPlan) -> dict[int, Decimal]:
    return _added_up(HouseholdShare.objects.filter(plan=plan).values_list("household_id", "amount"))


def _added_up(pairs: Iterable[tuple[int, Decimal]]) -> dict[int, Decimal]:
    sums: dict[int, Decimal] = {}
    for household, amount in pairs:
        sums[household] = sums.get(household, Decimal(0)) + amount
    return sums


def _figures(items: Sequence[PlanItem], shares: Mapping[int, Decimal] | None) -> PlanFigures:
    sources: dict[int, Decimal] = {}
    residents: set[int] = set()
    figures: dict[str, ItemFigures] = {}
    for item in items:
        payers = {share.source_id: share.planned for share in item.shares.all()}
        for share in item.shares.all():
            sources[share.source_id] = sources.get(share.source_id, Decimal(0)) + share.planned
            if share.source.kind in RESIDENTS_MONEY:
                residents.add(share.source_id)
        figures[item.menu_item.code] = ItemFigures(
            quantity=item.quantity,
            unit_price=item.unit_price,
            amount=item.amount,
            contractor=item.contractor,
            starts_on=item.starts_on,
            ends_on=item.ends_on,
            note=item.note,
            payers=payers,
        )
    return PlanFigures(items=figures, sources=sources, residents=frozenset(residents), shares=shares)


def _items(changes: PlanChanges, old: Sequence[PlanItem], new: Sequence[PlanItem]) -> dict[str, list[Any]]:
    before = {item.menu_item.code: item for item in old}
    after = {item.menu_item.code: item for item in new}
    return {
        "added": [after[code] for code in changes.added],
        "removed": [before[code] for code in changes.removed],
        "changed": [ChangedItem(before[code], after[code], names) for code, names in changes.changed.items()],
    }


def _sources(changes: PlanChanges, items: Sequence[PlanItem]) -> list[ChangedSource]:
    found = {share.source_id: share.source for item in items for share in item.shares.all()}
    moved = [ChangedSource(found[key], pair) for key, pair in changes.sources.items()]
    return sorted(moved, key=lambda row: (row.source.kind, row.source.name))


def _beside(before: Mapping[int, Decimal], after: Mapping[int, Decimal] | None) -> dict[int, tuple[Decimal, Decimal]]:
    if after is None:
        return {}
    nothing = Decimal(0)
    return {key: (before.get(key, nothing), after.get(key, nothing)) for key in sorted({*before, *after})}
