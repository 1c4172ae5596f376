"""Money of a renovation: what a source may be told, who may be named, and how the sums are kept apart.

Planned, committed, received and spent are four numbers, per source and per item; in kind stands apart from cash
(policy.md, section e). Money is yuan to the fen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

RESIDENTS, IN_KIND, AWARD = "residents", "in_kind", "award"

FROM_HOUSEHOLDS = frozenset({RESIDENTS, IN_KIND})
"""Kinds of source to which a household itself gives: money, or labour and materials at an agreed value."""

FROM_PERSONS = FROM_HOUSEHOLDS | {"social_capital"}
"""Kinds whose payers may be persons: one is named only with consent of its own (PIPL 25). The rest are bodies."""

PER_HOUSEHOLD = frozenset({"by_area", "by_household", "by_weight"})
"""Residents' routes that are shared out among the households."""

SMALL_GROUP = 5
"""A breakdown of fewer households is hidden from who may not see them one by one (workflow.md, Who is shown what)."""

LOWEST_FLOOR, HIGHEST_FLOOR = -9, 199
LARGEST_WEIGHT = Decimal(10) ** 6
WEIGHT_PLACES = 4


@dataclass(frozen=True, slots=True)
class FourSums:
    """The four numbers of a source, an item or all of them, in yuan."""

    planned: Decimal = Decimal(0)
    committed: Decimal = Decimal(0)
    received: Decimal = Decimal(0)
    spent: Decimal = Decimal(0)

    def __add__(self, other: "FourSums") -> "FourSums":
        return FourSums(
            self.planned + other.planned,
            self.committed + other.committed,
            self.received + other.received,
            self.spent + other.spent,
        )

    def __bool__(self) -> bool:
        return any((self.planned, self.committed, self.received, self.spent))


@dataclass(frozen=True, slots=True)
class SourceFault:
    """Why a source cannot be as it was told: at which of its fields, and what is wrong."""

    name: str
    code: str


def source_fault(
    *, kind: str, route: str, floor_weights: Mapping[str, object], has_stairwell: bool
) -> SourceFault | None:
    """What is wrong with a source, if anything. Residents' sources, and no others, say how they are raised; only by
    agreed weight are there weights of floors, and only what is shared out among households may be one stairwell's.
    """
    if (kind == RESIDENTS) != bool(route):
        return SourceFault("route", "route_missing" if kind == RESIDENTS else "route_of_residents_only")
    if (route == "by_weight") != bool(floor_weights):
        return SourceFault("floor_weights", "weights_missing" if route == "by_weight" else "weights_by_weight_only")
    if floor_weights and read_weights(floor_weights) is None:
        return SourceFault("floor_weights", "weights_unreadable")
    if has_stairwell and route not in PER_HOUSEHOLD:
        return SourceFault("stairwell", "stairwell_of_households_only")
    return None


def read_weights(floor_weights: Mapping[str, object]) -> dict[int, Decimal] | None:
    """Weights by floor, or None where they cannot be read: whole floors, weights from 0 (the ground floor often pays
    nothing for a lift) with at most four places, at least one of them above 0.
    """
    found: dict[int, Decimal] = {}
    for floor, weight in floor_weights.items():
        try:
            number, value = int(floor), Decimal(str(weight))
        except (InvalidOperation, ValueError):
            return None
        if str(number) != floor or not LOWEST_FLOOR <= number <= HIGHEST_FLOOR or not value.is_finite():
            return None
        if not 0 <= value <= LARGEST_WEIGHT or value != round(value, WEIGHT_PLACES):
            return None
        found[number] = value
    return found if any(found.values()) else None


def may_name_payer(*, kind: str, agreed: bool, reads_contributions: bool) -> bool:
    """Whether a reader is told who paid: a body always, a person by consent of its own, else whoever keeps the
    contributions.
    """
    return agreed or reads_contributions or kind not in FROM_PERSONS


@dataclass(frozen=True, slots=True)
class Group:
    """A building's part of a residents' source: its households, and what they owe, pledged and paid."""

    key: int | None
    number: str
    households: int
    due: Decimal
    committed: Decimal
    received: Decimal
    buildings: int = 1

    @property
    def is_hidden(self) -> bool:
        """Several buildings together that are too few households even so."""
        return self.key is None and self.households < SMALL_GROUP


def groups_to_show(groups: Sequence[Group], *, sees_households: bool) -> list[Group]:
    """Each building by itself; for who may not see households, the small ones together, and with the smallest of the
    others where that alone would leave them readable from the total.
    """
    if sees_households:
        return list(groups)
    small = [group for group in groups if group.households < SMALL_GROUP]
    shown = [group for group in groups if group.households >= SMALL_GROUP]
    if small and shown and sum(group.households for group in small) < SMALL_GROUP:
        smallest = min(shown, key=lambda group: group.households)
        shown.remove(smallest)
        small.append(smallest)
    if not small:
        return shown
    together = Group(
        None,
        "",
        sum(group.households for group in small),
        sum((group.due for group in small), Decimal(0)),
        sum((group.committed for group in small), Decimal(0)),
        sum((group.received for group in small), Decimal(0)),
        len(small),
    )
    return [*shown, together]
