"""How works were accepted: the filing of the completion, and the warranties."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Max
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from renovation.choices import PackageState
from renovation.models import (
    Acceptance,
    CompletionFiling,
    Neighbourhood,
    PackageItem,
    PlanItem,
    RenovationPlan,
    Warranty,
    WorkPackage,
)
from renovation.rules.works import filing_due_on, filing_state

ENDS_SOON_DAYS = 90
"""Warranties that end within these days are put forward: time enough to look at the work and to claim."""

CHECKLIST_WORDS: dict[str, Promise] = {
    "contents_done": _("All that the design and the contract ask for has been done"),
    "files_complete": _("The technical files and the records of the works are complete"),
    "materials_tested": _("Test reports of the main materials, parts and equipment are there"),
    "quality_signed": _("Surveyor, designer, builder and supervisor have each signed for the quality"),
    "warranty_signed": _("The builder has signed the warranty letter"),
}
"""The conditions of an acceptance in words (`rules.works.CHECKLIST`)."""

FILING_WORDS: dict[str, Promise] = {
    "not_due": pgettext_lazy("filing", "not due yet"),
    "due": pgettext_lazy("filing", "due"),
    "late": pgettext_lazy("filing", "late"),
    "in_time": pgettext_lazy("filing", "filed in time"),
    "filed_late": pgettext_lazy("filing", "filed late"),
}


@dataclass(frozen=True)
class Filing:
    """Where the filing of the completion stands. `passed_on` is the day on which the last package passed."""

    passed_on: date | None
    first: CompletionFiling | None
    latest: CompletionFiling | None
    state: str

    @property
    def due_on(self) -> date | None:
        return filing_due_on(self.passed_on) if self.passed_on else None

    @property
    def words(self) -> str:
        return str(FILING_WORDS[self.state])


def filing_of(neighbourhood: Neighbourhood, day: date, packages: Sequence[WorkPackage]) -> Filing:
    """Where the filing stands: due once all packages have passed. Three queries at most."""
    passed_on = last_passed_on(neighbourhood, packages)
    filings = list(CompletionFiling.objects.filter(neighbourhood=neighbourhood).order_by("filed_on", "pk"))
    first = filings[0] if filings else None
    return Filing(
        passed_on=passed_on,
        first=first,
        latest=max(filings, key=lambda one: one.pk, default=None),
        state=filing_state(passed_on, first.filed_on if first else None, day),
    )


def last_passed_on(neighbourhood: Neighbourhood, packages: Sequence[WorkPackage]) -> date | None:
    """The day on which the last package passed its acceptance; None while one has not, or there is none. One that never
    began and of which the plan in force has nothing left is not waited for. Two queries at most.
    """
    passed = Acceptance.objects.filter(package__neighbourhood=neighbourhood, passed=True)
    last: date | None = passed.aggregate(day=Max("held_on"))["day"]
    waiting = [package for package in packages if package.state != PackageState.ACCEPTED]
    if last is None or any(package.state != PackageState.PLANNED for package in waiting):
        return None
    return None if waiting and _plan_has_something_of(waiting, neighbourhood) else last


def _plan_has_something_of(packages: Sequence[WorkPackage], neighbourhood: Neighbourhood) -> bool:
    plan = RenovationPlan.objects.filter(neighbourhood=neighbourhood).in_force()
    in_force = PlanItem.objects.filter(plan__in=plan).values("menu_item")
    return bool(PackageItem.objects.filter(package__in=packages, menu_item__in=in_force).exists())


@dataclass(frozen=True)
class WarrantyGroups:
    """Warranties by how soon they end: within ENDS_SOON_DAYS, later, and over."""

    soon: list[Warranty]
    later: list[Warranty]
    over: list[Warranty]

    @property
    def count(self) -> int:
        return len(self.soon) + len(self.later) + len(self.over)


def warranties_of(neighbourhood: Neighbourhood, day: date) -> WarrantyGroups:
    """The warranties of a neighbourhood, each group by its last day; that day still counts. One query."""
    rows = Warranty.objects.filter(package__neighbourhood=neighbourhood).select_related("package", "menu_item")
    ordered = list(rows.order_by("ends_on", "pk"))
    soon = day + timedelta(days=ENDS_SOON_DAYS)
    return WarrantyGroups(
        soon=[one for one in ordered if day <= one.ends_on <= soon],
        later=[one for one in ordered if one.ends_on > soon],
        over=[one for one in ordered if one.ends_on < day],
    )
