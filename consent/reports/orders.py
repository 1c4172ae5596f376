"""Residents order: what households chose at the doors, by item and building (policy.md, section d).

The numbers are those of the result: what leads now is what counts, and who withdraws a yes withdraws its order.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from consent.models import Survey
from consent.reports.breakdowns import BuildingRow, building_groups
from consent.reports.results import SurveyResult, result_as_closed, result_as_of, result_of, roll_as_of
from consent.rules.results import Figures, rate
from consent.rules.stances import ANSWERS
from renovation.models import MenuItem

ANYTHING = ""
"""Stands for a code where households are counted that ordered anything at all."""

# Of households that say yes: how many ordered anything, and how many each item, in each building.
_BY_BUILDING = """
SELECT building_id, '' AS code, count(*) FROM yes WHERE cardinality(menu_items) > 0 GROUP BY building_id
UNION ALL
SELECT building_id, code, count(*) FROM yes CROSS JOIN LATERAL unnest(menu_items) AS code GROUP BY building_id, code
"""

LIVE = f"""
WITH yes AS (
    SELECT door.building_id, visit.menu_items
    FROM consent_stance stance JOIN consent_rollentry door ON door.id = stance.door_id AND door.on_roll
    JOIN consent_visit visit ON visit.id = stance.visit_id
    WHERE stance.survey_id = %(survey)s AND stance.value = 'supports'
)
{_BY_BUILDING}
"""  # noqa: S608

# The same from the ledger, of what the server had recorded by a moment: `stance_of` as one statement. A visit that
# another one supersedes is out; of the rest the latest answer leads, and without one the latest outcome.
AS_OF = f"""
WITH taken AS (
    SELECT id, door_id, sequence, outcome, visited_at, supersedes_id, menu_items FROM consent_visit
    WHERE survey_id = %(survey)s AND recorded_at <= %(at)s
), latest AS (
    SELECT DISTINCT ON (door_id) door_id, outcome, menu_items FROM taken
    WHERE id NOT IN (SELECT supersedes_id FROM taken WHERE supersedes_id IS NOT NULL)
    ORDER BY door_id, (outcome = ANY(%(answers)s)) DESC, visited_at DESC, sequence DESC
), yes AS (
    SELECT roll.building_id, latest.menu_items
    FROM latest JOIN unnest(%(doors)s::bigint[], %(buildings)s::bigint[]) AS roll (door_id, building_id) USING (door_id)
    WHERE latest.outcome = 'supports'
)
{_BY_BUILDING}
"""  # noqa: S608


@dataclass(frozen=True)
class ItemOrders:
    """An item of the menu with the households behind it, of `households` on the roll and `answered` of them."""

    item: MenuItem
    orders: int
    households: int
    answered: int

    @property
    def of_roll(self) -> Decimal | None:
        return rate(self.orders, self.households)

    @property
    def of_answered(self) -> Decimal | None:
        return rate(self.orders, self.answered)


@dataclass(frozen=True)
class OrderGroup:
    """A building, several small ones together, or the whole survey (`row`; the latter two have no id of their own).

    `ordering` households ordered anything; `orders` is by item code. Nothing is known of a group that is too small
    to be shown.
    """

    row: BuildingRow
    households: int
    answered: int
    ordering: int
    orders: Mapping[str, int]

    @property
    def is_hidden(self) -> bool:
        return self.row.figures is None


@dataclass(frozen=True)
class Orders:
    """What was ordered in a survey: live while it is open, else as it stood at a moment (`as_of`)."""

    survey: Survey
    total: OrderGroup
    groups: Sequence[OrderGroup]
    menu: Sequence[MenuItem]
    as_of: datetime | None

    def items_of(self, group: OrderGroup) -> list[ItemOrders]:
        """The whole menu in its order, each item with what the group ordered of it."""
        return [
            ItemOrders(item, group.orders.get(item.code, 0), group.households, group.answered) for item in self.menu
        ]


def orders_to_show(survey: Survey, *, sees_doors: bool) -> Orders:
    """Live while the survey is open, then as it was closed: the numbers of `result_to_show`.

    `sees_doors` is whether the caller sees every door, so that small buildings may stand alone. Six queries, or for a
    closed survey five.
    """
    if survey.is_open:
        return orders_of(survey, sees_doors=sees_doors)
    at = survey.closed_at
    return _orders(result_as_closed(survey), _counts_as_of(survey, at), sees_doors=sees_doors)


def orders_of(survey: Survey, *, sees_doors: bool) -> Orders:
    """As it stands now, later withdrawals included."""
    return _orders(result_of(survey), _counted(LIVE, {"survey": survey.pk}), sees_doors=sees_doors)


def orders_as_of(survey: Survey, at: datetime, *, sees_doors: bool) -> Orders:
    """What the server had recorded by a moment, from the ledger alone."""
    return _orders(result_as_of(survey, at), _counts_as_of(survey, at), sees_doors=sees_doors)


def _orders(result: SurveyResult, by_building: Mapping[int, Counter[str]], *, sees_doors: bool) -> Orders:
    nothing: Counter[str] = Counter()
    return Orders(
        survey=result.survey,
        total=OrderGroup(
            row=BuildingRow(None, "", len(result.by_building), result.total),
            households=result.total.households,
            answered=_answered(result.total),
            ordering=sum(counts[ANYTHING] for counts in by_building.values()),
            orders=dict(result.menu_items),
        ),
        groups=[
            _group(row, sum((by_building.get(one.building, nothing) for one in members), Counter()))
            for row, members in building_groups(result.by_building, sees_doors=sees_doors)
        ],
        menu=list(MenuItem.objects.filter(edition=result.survey.menu_edition_id).order_by("code")),
        as_of=result.as_of,
    )


def _group(row: BuildingRow, counts: Counter[str]) -> OrderGroup:
    if row.figures is None:
        return OrderGroup(row, 0, 0, 0, {})
    orders = {code: number for code, number in counts.items() if code != ANYTHING}
    return OrderGroup(row, row.figures.households, _answered(row.figures), counts[ANYTHING], orders)


def _answered(figures: Figures) -> int:
    """Households whose stance is an answer: yes, not yet or no."""
    return sum(number for stance, number in figures.stances.items() if stance in ANSWERS)


def _counts_as_of(survey: Survey, at: datetime | None) -> Mapping[int, Counter[str]]:
    if at is None:
        return {}
    roll = roll_as_of(survey, at)
    doors, buildings = list(roll), list(roll.values())
    parameters = {"survey": survey.pk, "at": at, "answers": sorted(ANSWERS), "doors": doors, "buildings": buildings}
    return _counted(AS_OF, parameters)


def _counted(statement: str, parameters: Mapping[str, Any]) -> Mapping[int, Counter[str]]:
    found: dict[int, Counter[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        for building, code, number in cursor.fetchall():
            found.setdefault(building, Counter())[code] = number
    return found
