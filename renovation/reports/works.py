"""The works of neighbourhoods: packages with what is done and expected of them, the filing, and the warranties."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from functools import cached_property
from itertools import groupby
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.db.models.expressions import RawSQL

from common.figures import rate_text
from renovation.choices import DefectState, PackageState
from renovation.models import (
    Defect,
    MenuItem,
    Neighbourhood,
    PackageEvent,
    PackageItem,
    PlanItem,
    ProgressEntry,
    RenovationPlan,
    SiteReport,
    WorkPackage,
)
from renovation.reports.acceptance import Filing, filing_of
from renovation.reports.plans import plan_in_force
from renovation.rules.works import (
    UNFINISHED,
    ItemDone,
    expected_share,
    is_behind,
    progress,
)

PLACES = Decimal("0.0001")

# The packages behind schedule on a day, as `rules.works.is_behind` says it of each: an item weighs its amount in the
# plan in force, all weigh the same where every amount is nil, and what the plan has no more weighs nothing.
BEHIND = """
SELECT package.id
FROM renovation_workpackage package
LEFT JOIN LATERAL (
    SELECT id FROM renovation_renovationplan
    WHERE neighbourhood_id = package.neighbourhood_id AND in_force_at IS NOT NULL
    ORDER BY number DESC LIMIT 1
) plan ON TRUE
LEFT JOIN LATERAL (
    SELECT sum(mine.done_share * coalesce(planned.amount, 0)) AS done_amount,
        sum(coalesce(planned.amount, 0)) AS amount, sum(mine.done_share) AS done_items, count(*) AS items
    FROM renovation_packageitem mine
    JOIN renovation_planitem planned ON planned.plan_id = plan.id AND planned.menu_item_id = mine.menu_item_id
    WHERE mine.package_id = package.id
) work ON TRUE
CROSS JOIN LATERAL (
    SELECT package.ends_on - package.starts_on + 1 AS days,
        least(greatest(%s - package.starts_on, 0), package.ends_on - package.starts_on + 1) AS gone
) schedule
WHERE package.state = ANY(%s) AND (
    package.ends_on < %s
    OR CASE
        WHEN work.amount > 0 THEN work.done_amount * schedule.days < schedule.gone * work.amount
        WHEN work.items > 0 THEN work.done_items * schedule.days < schedule.gone * work.items
        ELSE FALSE
    END
)
"""


@dataclass(frozen=True)
class ItemSheet:
    """An item of a package with its place in the plan in force, if it still has one, and the day last reported."""

    item: PackageItem
    plan_item: PlanItem | None
    done_on: date | None

    @property
    def in_plan(self) -> bool:
        return self.plan_item is not None

    @property
    def amount(self) -> Decimal | None:
        """Yuan, in the plan in force; None where it was taken out."""
        return None if self.plan_item is None else self.plan_item.amount or Decimal(0)

    @property
    def is_done(self) -> bool:
        return self.item.done_share == 1

    @property
    def done(self) -> Fraction:
        return Fraction(self.item.done_share)

    @property
    def done_text(self) -> str:
        return share_text(self.done)


@dataclass(frozen=True)
class PackageSheet:
    """A package as it stands on a day. Shares are exact; `amount` is what its items cost in the plan in force."""

    package: WorkPackage
    items: tuple[ItemSheet, ...]
    last_event: PackageEvent | None
    day: date

    @cached_property
    def done(self) -> Fraction:
        return progress(ItemDone(one.item.done_share, one.amount) for one in self.items)

    @cached_property
    def expected(self) -> Fraction:
        return expected_share(self.package.starts_on, self.package.ends_on, self.day)

    @cached_property
    def is_behind(self) -> bool:
        package = self.package
        return is_behind(package.state, self.done, package.starts_on, package.ends_on, self.day)

    @property
    def done_text(self) -> str:
        return share_text(self.done)

    @property
    def expected_text(self) -> str:
        return share_text(self.expected)

    @property
    def mark(self) -> Fraction | None:
        """What is expected, as a mark on a bar, while it means something."""
        return self.expected if self.package.state in UNFINISHED and 0 < self.expected < 1 else None

    @property
    def days_left(self) -> int:
        """Until the last planned day, that day counted; below nought, the days since."""
        return (self.package.ends_on - self.day).days

    @property
    def is_overdue(self) -> bool:
        """Behind because the last planned day has gone by."""
        return self.is_behind and self.day > self.package.ends_on

    @property
    def amount(self) -> Decimal:
        return sum((one.amount for one in self.items if one.amount is not None), Decimal(0))

    @property
    def done_items(self) -> int:
        return sum(1 for one in self.items if one.is_done and one.in_plan)

    @property
    def planned_items(self) -> int:
        return sum(1 for one in self.items if one.in_plan)

    @property
    def undone(self) -> list[ItemSheet]:
        """The items that the plan in force still has and that are not wholly done."""
        return [one for one in self.items if one.in_plan and not one.is_done]

    @property
    def suspension(self) -> PackageEvent | None:
        """Why it is suspended, and when it is looked at again."""
        return self.last_event if self.package.state == PackageState.SUSPENDED else None


@dataclass(frozen=True)
class WorksSheet:
    """The works of one neighbourhood on a day."""

    plan: RenovationPlan | None
    packages: tuple[PackageSheet, ...]
    unpackaged: tuple[PlanItem, ...]
    filing: Filing

    @cached_property
    def done(self) -> Fraction:
        """Of the whole plan in force: items in no package are not done."""
        items = [ItemDone(one.item.done_share, one.amount) for sheet in self.packages for one in sheet.items]
        items += [ItemDone(Decimal(0), one.amount or Decimal(0)) for one in self.unpackaged]
        return progress(items)

    @property
    def done_text(self) -> str:
        return share_text(self.done)

    @property
    def amount(self) -> Decimal:
        return sum((sheet.amount for sheet in self.packages), Decimal(0))

    @property
    def packaged_text(self) -> str:
        """How much is done of what is in packages."""
        return share_text(progress(ItemDone(one.item.done_share, one.amount) for s in self.packages for one in s.items))

    @property
    def contract_sum(self) -> Decimal | None:
        """Yuan, of all contracts; None where the sum of one is not known."""
        sums = [sheet.package.contract_sum for sheet in self.packages]
        known = [one for one in sums if one is not None]
        return sum(known, Decimal(0)) if len(known) == len(sums) else None

    @property
    def unpackaged_amount(self) -> Decimal:
        return sum((one.amount or Decimal(0) for one in self.unpackaged), Decimal(0))

    @property
    def behind(self) -> list[PackageSheet]:
        return [sheet for sheet in self.packages if sheet.is_behind]

    @property
    def package_count(self) -> int:
        return len(self.packages)

    @property
    def accepted(self) -> int:
        return sum(1 for sheet in self.packages if sheet.package.state == PackageState.ACCEPTED)


def share_text(share: Fraction) -> str:
    """A share in percent, cut: only what is whole reads 100.0%."""
    return rate_text(share.numerator, share.denominator)


def share_json(share: Fraction) -> str:
    """A share to four places, cut: only what is whole reads 1.0000."""
    return str((Decimal(share.numerator) / share.denominator).quantize(PLACES, ROUND_DOWN))


def items_in_force(neighbourhood_ids: Iterable[int]) -> QuerySet[PlanItem]:
    """The items of the plan in force of each neighbourhood."""
    plans = RenovationPlan.objects.filter(neighbourhood__in=neighbourhood_ids).in_force()
    items: QuerySet[PlanItem] = PlanItem.objects.filter(plan__in=plans)
    return items


def package_sheets(packages: Sequence[WorkPackage], day: date) -> list[PackageSheet]:
    """Each package as it stands on a day, in the order given. Four queries, however many there are."""
    planned = {
        (item.plan.neighbourhood_id, item.menu_item_id): item
        for item in items_in_force({package.neighbourhood_id for package in packages}).select_related("plan")
    }
    ids = [package.pk for package in packages]
    reported = dict(
        ProgressEntry.objects.filter(package_item__package__in=ids)
        .order_by()
        .values_list("package_item")
        .annotate(day=Max("done_on"))
    )
    latest = PackageEvent.objects.filter(package__in=ids).order_by("package", "-pk").distinct("package")
    events = {event.package_id: event for event in latest}
    mine: dict[int, list[PackageItem]] = {number: [] for number in ids}
    for item in PackageItem.objects.filter(package__in=ids).select_related("menu_item").order_by("menu_item__code"):
        mine[item.package_id].append(item)
    return [
        PackageSheet(
            package=package,
            items=tuple(
                ItemSheet(one, planned.get((package.neighbourhood_id, one.menu_item_id)), reported.get(one.pk))
                for one in mine[package.pk]
            ),
            last_event=events.get(package.pk),
            day=day,
        )
        for package in packages
    ]


def behind_schedule(packages: QuerySet[WorkPackage], day: date, *, behind: bool = True) -> QuerySet[WorkPackage]:
    """Those of the packages that are behind on a day, or all others."""
    found = RawSQL(BEHIND, (day, list(UNFINISHED), day))  # noqa: S611
    return packages.filter(pk__in=found) if behind else packages.exclude(pk__in=found)


def works_of(neighbourhood: Neighbourhood, day: date) -> WorksSheet:
    """The works of a neighbourhood on a day. Nine queries."""
    plan = plan_in_force(neighbourhood)
    packages = list(WorkPackage.objects.filter(neighbourhood=neighbourhood).order_by("number"))
    sheets = package_sheets(packages, day)
    return WorksSheet(
        plan=plan,
        packages=tuple(sheets),
        unpackaged=tuple(unpackaged_items(neighbourhood)),
        filing=filing_of(neighbourhood, day, packages),
    )


def unpackaged_items(neighbourhood: Neighbourhood) -> list[PlanItem]:
    """The items of the plan in force that no package has yet. One query."""
    taken = PackageItem.objects.filter(package__neighbourhood=neighbourhood)
    rows = items_in_force([neighbourhood.pk]).exclude(menu_item__in=taken.values("menu_item"))
    return list(rows.select_related("menu_item").order_by("menu_item__code"))


@dataclass(frozen=True)
class ProgressReport:
    """What was reported of a package at once: of a day, by somebody, item by item."""

    done_on: date
    at: datetime
    by: Any
    note: str
    entries: tuple[ProgressEntry, ...]

    @property
    def items(self) -> list[tuple[MenuItem, str]]:
        """Each item with its share in words."""
        return [(one.package_item.menu_item, share_text(Fraction(one.done_share))) for one in self.entries]


def progress_reports(package: WorkPackage, *, most: int) -> list[ProgressReport]:
    """What was reported of a package, the last first: `most` entries at most. One query."""
    entries = ProgressEntry.objects.filter(package_item__package=package).order_by("-at", "-pk")
    rows = entries.select_related("package_item__menu_item", "by")[:most]
    found = []
    for (at, done_on, _by), together in groupby(rows, key=lambda one: (one.at, one.done_on, one.by_id)):
        items = tuple(sorted(together, key=lambda one: one.package_item.menu_item.code))
        found.append(ProgressReport(done_on, at, items[0].by, items[0].note, items))
    return found


@dataclass(frozen=True)
class Beside:
    """What stands beside a package: how many site reports, and its defects by whether they still wait."""

    reports: int
    defects: int
    open_defects: int
    early_damage: int


def beside_package(package: WorkPackage) -> Beside:
    """Two queries."""
    counts = Defect.objects.filter(package=package).aggregate(
        defects=Count("pk", filter=Q(after_acceptance=False)),
        open_defects=Count("pk", filter=Q(after_acceptance=False) & ~Q(state=DefectState.CLOSED)),
        early_damage=Count("pk", filter=Q(after_acceptance=True)),
    )
    return Beside(reports=SiteReport.objects.filter(package=package).count(), **counts)
