"""What differs between two revisions of a plan, and whether residents must be told (workflow.md, Movement rules)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

NOTHING = Decimal(0)

RESIDENTS_MONEY = frozenset({"residents", "maintenance_fund", "in_kind"})
"""The kinds of source that are the residents' own (policy.md, section e, Residents' routes)."""

COMPARED = ("quantity", "unit_price", "amount", "contractor", "starts_on", "ends_on", "note", "payers")
PUBLISHED = frozenset({"quantity", "unit_price", "amount", "payers"})
"""What of an item the notice of a plan tells: items, costs and shares (policy.md, section h)."""

REASONS = ("first", "item_removed", "share_moved", "content_changed", "shares_unknown")
"""Why residents must be told of a revision; see PlanChanges."""


@dataclass(frozen=True, slots=True)
class ItemFigures:
    """An item of a plan as plain values; `payers` is what each source, by its id, is to pay."""

    quantity: Decimal
    unit_price: Decimal | None = None
    amount: Decimal | None = None
    contractor: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    note: str = ""
    payers: Mapping[int, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlanFigures:
    """A revision as plain values: its items by code, what each source is to pay, and what each household is; `shares`
    is None where that cannot be told. `residents` are the sources that are the residents' own.
    """

    items: Mapping[str, ItemFigures]
    sources: Mapping[int, Decimal] = field(default_factory=dict)
    residents: frozenset[int] = frozenset()
    shares: Mapping[int, Decimal] | None = field(default_factory=dict)

    @property
    def total(self) -> Decimal:
        return sum((item.amount or NOTHING for item in self.items.values()), NOTHING)


@dataclass(frozen=True, slots=True)
class Moved:
    """A sum before and after, in yuan; nothing where there was none."""

    before: Decimal
    after: Decimal

    @property
    def difference(self) -> Decimal:
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class PlanChanges:
    """What differs. `changed` are the items in both, with the names of what differs in them; `sources` and `shares`
    hold only what moved. `reasons` are why residents must be told, as codes:

    - `first`: there was no revision before;
    - `item_removed`, `share_moved`: what was agreed with residents is not so any more;
    - `content_changed`: what the notice tells differs, before the plan is settled;
    - `shares_unknown`: the shares cannot be told yet.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: Mapping[str, tuple[str, ...]]
    total: Moved
    sources: Mapping[int, Moved]
    shares: Mapping[int, Moved]
    shares_known: bool
    reasons: tuple[str, ...]

    @property
    def notice_needed(self) -> bool:
        return bool(self.reasons)

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.removed or self.changed or self.sources or self.shares)


def compare_plans(before: PlanFigures | None, after: PlanFigures, *, settled: bool) -> PlanChanges:
    """What `after` changes of `before`. Once the plan is settled, a new notice is needed only where a resident's share
    moves or an item leaves; until then, wherever what a notice tells differs, since its clock starts anew (policy.md,
    section h).
    """
    old = before or PlanFigures(items={})
    known = old.shares is not None and after.shares is not None
    added = tuple(sorted(after.items.keys() - old.items.keys()))
    removed = tuple(sorted(old.items.keys() - after.items.keys()))
    changed = {
        code: names
        for code in sorted(old.items.keys() & after.items.keys())
        if (names := _differing(old.items[code], after.items[code]))
    }
    sources = _moved(old.sources, after.sources)
    shares = _moved(old.shares or {}, after.shares or {}) if known else {}
    reasons: list[str] = []
    if before is None:
        reasons.append("first")
    else:
        if removed:
            reasons.append("item_removed")
        if shares or sources.keys() & (old.residents | after.residents):
            reasons.append("share_moved")
        if not settled and (added or any(PUBLISHED.intersection(names) for names in changed.values())):
            reasons.append("content_changed")
        if not known:
            reasons.append("shares_unknown")
    return PlanChanges(
        added=added,
        removed=removed,
        changed=changed,
        total=Moved(old.total, after.total),
        sources=sources,
        shares=shares,
        shares_known=known,
        reasons=tuple(reasons),
    )


def _differing(before: ItemFigures, after: ItemFigures) -> tuple[str, ...]:
    return tuple(name for name in COMPARED if getattr(before, name) != getattr(after, name))


def _moved(before: Mapping[int, Decimal], after: Mapping[int, Decimal]) -> dict[int, Moved]:
    pairs = {key: Moved(before.get(key, NOTHING), after.get(key, NOTHING)) for key in sorted({*before, *after})}
    return {key: pair for key, pair in pairs.items() if pair.difference}
