"""Whose consent a change of the plan touches: doors of a survey whose share moves, or whose yes came with an order of
an item that the change takes out (workflow.md, Movement rules).

What is compared is the latest stance, later withdrawals included. A door that does not support is touched as well, but
there is no consent of it to be affected.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from django.db.models import Case, Count, Q, QuerySet, Value, When

from consent.choices import StanceValue
from consent.models import RollEntry, Survey
from consent.reports.breakdowns import BuildingRow, building_groups
from consent.reports.results import SMALL_GROUP, result_of
from renovation.models import Neighbourhood
from renovation.reports.plan_changes import PlanComparison


@dataclass(frozen=True)
class Touch:
    """What of a change touches doors: the households (ids) whose share moves, the items (codes) that it takes out."""

    moved: Collection[int]
    removed: Collection[str]

    def __bool__(self) -> bool:
        return bool(self.moved or self.removed)


@dataclass(frozen=True)
class TouchedCounts:
    """Households on the roll, those of them that support, those that the change touches, and those that are both; of
    `touched`, those whose share `moved`. `affected` is None where it would tell how a few households answered.
    """

    households: int = 0
    supporting: int = 0
    touched: int = 0
    affected: int | None = 0
    moved: int = 0

    def __add__(self, other: Self) -> "TouchedCounts":
        return TouchedCounts(
            self.households + other.households,
            self.supporting + other.supporting,
            self.touched + other.touched,
            None if self.affected is None or other.affected is None else self.affected + other.affected,
            self.moved + other.moved,
        )

    @property
    def tells_of_few(self) -> bool:
        """Whether those whose share moves, or the rest, are so few that their answers can be told from `affected`: who
        pays more is no secret, as with a lift that one stairwell pays for.
        """
        return any(0 < few < SMALL_GROUP for few in (self.moved, self.households - self.moved) if self.moved)


@dataclass(frozen=True)
class TouchedGroup:
    """A building, or several small ones together. `counts` is None where the group is too small to be shown."""

    row: BuildingRow
    counts: TouchedCounts | None


@dataclass(frozen=True)
class ConsentTouched:
    survey: Survey
    total: TouchedCounts
    groups: Sequence[TouchedGroup]


def touch_of(comparison: PlanComparison) -> Touch:
    """What of a comparison touches doors. A first revision changes nothing that anybody could have agreed to."""
    if comparison.before is None:
        return Touch((), ())
    return Touch(comparison.moved_shares.keys(), [item.menu_item.code for item in comparison.removed])


def latest_survey(neighbourhood: Neighbourhood, user: Any) -> Survey | None:
    """The last survey of a neighbourhood that the caller may see; its consent is what a change of the plan meets."""
    mine = Survey.objects.visible_to(user).filter(neighbourhood=neighbourhood).select_related("neighbourhood")
    found: Survey | None = mine.order_by("-number").first()
    return found


def touched_doors(doors: QuerySet[Any], touch: Touch) -> QuerySet[Any]:
    """Those of `doors`, on the roll, that the change touches. An order counts with the yes that it came with."""
    return doors.filter(_is_touched(touch), on_roll=True)


def consent_touched(survey: Survey, touch: Touch, *, sees_doors: bool) -> ConsentTouched:
    """How many households the change touches, in all and by building. Five queries.

    `sees_doors` is whether the caller sees every door; for others small buildings stand together or are hidden, as in a
    result, and so is what a few households answered whose share moves.
    """
    result = result_of(survey)
    rows = (
        touched_doors(RollEntry.objects.filter(survey=survey), touch)
        .order_by()
        .values("building")
        .annotate(
            touched=Count("pk"),
            affected=Count("pk", filter=Q(stance__counts=True)),
            moved=Count("pk", filter=Q(household__in=sorted(touch.moved))),
        )
    )
    found = {row["building"]: row for row in rows}
    by_building = {}
    for one in result.by_building:
        row = found.get(one.building, {"touched": 0, "affected": 0, "moved": 0})
        figures = one.figures
        by_building[one.building] = TouchedCounts(
            figures.households, figures.supports, row["touched"], row["affected"], row["moved"]
        )
    total = sum(by_building.values(), TouchedCounts())
    groups = [
        TouchedGroup(
            row,
            None if row.figures is None else sum((by_building[member.building] for member in members), TouchedCounts()),
        )
        for row, members in building_groups(result.by_building, sees_doors=sees_doors)
    ]
    if not sees_doors:
        # One hidden group is what the total leaves of the others: so all of them are hidden together.
        if any(group.counts is not None and group.counts.tells_of_few for group in groups):
            groups = [
                TouchedGroup(group.row, group.counts and replace(group.counts, affected=None)) for group in groups
            ]
        if total.tells_of_few:
            total = replace(total, affected=None)
    return ConsentTouched(survey=survey, total=total, groups=groups)


def with_touch(doors: QuerySet[Any], touch: Touch) -> QuerySet[Any]:
    """Doors with what a row shows: the stance, the leading visit and the revision that it was shown, and `affected`."""
    affected = Case(When(_is_touched(touch) & Q(stance__counts=True), then=Value(True)), default=Value(False))
    return doors.select_related("building", "stance__visit__plan").annotate(affected=affected)


def orders_removed(door: RollEntry, touch: Touch) -> list[str]:
    """The codes of items that the door ordered with its yes, and that the change takes out."""
    stance = door.stance
    if stance.value != StanceValue.SUPPORTS or stance.visit is None:
        return []
    return sorted(set(stance.visit.menu_items) & set(touch.removed))


def _is_touched(touch: Touch) -> Q:
    ordered = Q(stance__value=StanceValue.SUPPORTS, stance__visit__menu_items__overlap=sorted(touch.removed))
    moved = Q(household__in=sorted(touch.moved))
    return moved | ordered if touch.removed else moved
