"""What those know who watch the works: reports, defects in the order in which they wait, and photos by item."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Prefetch, Q, QuerySet, Value, When
from django.utils import timezone

from renovation.choices import DefectAct, DefectState, PhotoPhase
from renovation.models import (
    Acceptance,
    Defect,
    Evidence,
    MenuEdition,
    MenuItem,
    Neighbourhood,
    PlanItem,
    SitePhoto,
    SiteReport,
    WorkPackage,
)
from renovation.reports.plans import plan_in_force
from renovation.rules.supervision import days_overdue

PHOTOS_SHOWN = 6
"""Of each item and phase on the page of photos, the latest first; the others are shown with the item alone."""


def accepted_on(neighbourhood: Neighbourhood, package: WorkPackage | None) -> date | None:
    """The day on which the package passed acceptance; without one, the day of the neighbourhood's, as it stands."""
    if package is not None:
        found: date | None = (
            Acceptance.objects.filter(package=package, passed=True).values_list("held_on", flat=True).first()
        )
        return found
    latest = Evidence.objects.filter(neighbourhood=neighbourhood, kind="acceptance").order_by("-pk").first()
    if latest is None or latest.revoked or not latest.facts["passed"]:
        return None
    return date.fromisoformat(latest.facts["passed_on"])


def builder_of(
    neighbourhood: Neighbourhood, package: WorkPackage | None, item: MenuItem | None
) -> tuple[WorkPackage | None, str]:
    """The package in which something was built, and its contractor; where only the item is known, the one package that
    has it. Several packages with one contractor tell him alone; without any, the plan in force does. Else nobody knows.
    """
    if package is not None:
        return package, package.contractor
    if item is None:
        return None, ""
    packages = list(
        WorkPackage.objects.filter(neighbourhood=neighbourhood, items__menu_item__code=item.code).distinct()
    )
    contractors = {found.contractor for found in packages}
    if packages:
        return packages[0] if len(packages) == 1 else None, contractors.pop() if len(contractors) == 1 else ""
    planned = PlanItem.objects.filter(plan=plan_in_force(neighbourhood), menu_item__code=item.code)
    return None, planned.values_list("contractor", flat=True).first() or ""


def items_built(neighbourhood: Neighbourhood) -> QuerySet[Any]:
    """The items that a defect or a photo can be about: those of the plan in force, else of the menu in force today."""
    plan = plan_in_force(neighbourhood)
    if plan is not None:
        return MenuItem.objects.filter(plan_items__plan=plan)
    in_force = MenuEdition.objects.filter(valid_from__lte=timezone.localdate()).order_by("-valid_from")[:1]
    return MenuItem.objects.filter(edition__in=in_force.values("pk"))


def rectified_by(defect: Defect) -> int | None:
    """Who recorded the last rectification, by the events as they were fetched."""
    return next((event.by_id for event in reversed(defect.events.all()) if event.act == DefectAct.RECTIFIED), None)


PHOTOS = Prefetch("photos", SitePhoto.objects.select_related("menu_item").order_by("pk"))


def reports_to_show(neighbourhood: Neighbourhood) -> QuerySet[Any]:
    """The site reports of a neighbourhood with what came with them. Three queries a page."""
    return (
        SiteReport.objects.filter(neighbourhood=neighbourhood)
        .select_related("package", "building", "recorded_by")
        .prefetch_related(PHOTOS, Prefetch("defects", Defect.objects.order_by("pk")))
    )


@dataclass(frozen=True)
class WaitingDefect:
    """A defect that is not closed, with the days by which its rectification is overdue."""

    defect: Defect
    days_overdue: int


@dataclass(frozen=True)
class DefectCounts:
    """Defects of a neighbourhood by state; `overdue` are among the open ones."""

    open: int
    overdue: int
    rectified: int
    closed: int
    early: int


def count_defects(neighbourhood: Neighbourhood, today: date) -> DefectCounts:
    """One query."""
    open_now = Q(state=DefectState.OPEN)
    counts = Defect.objects.filter(neighbourhood=neighbourhood).aggregate(
        open=Count("pk", filter=open_now),
        overdue=Count("pk", filter=open_now & Q(due_on__lt=today)),
        rectified=Count("pk", filter=Q(state=DefectState.RECTIFIED)),
        closed=Count("pk", filter=Q(state=DefectState.CLOSED)),
        early=Count("pk", filter=Q(after_acceptance=True)),
    )
    return DefectCounts(**counts)


def defects_of(neighbourhood: Neighbourhood) -> QuerySet[Any]:
    return Defect.objects.filter(neighbourhood=neighbourhood).select_related(
        "neighbourhood", "menu_item", "building", "package"
    )


SEVEREST_FIRST = Case(
    When(severity="safety", then=Value(0)),
    When(severity="major", then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)


def waiting_defects(neighbourhood: Neighbourhood, state: DefectState, today: date, *, most: int) -> list[WaitingDefect]:
    """Those in a state, safety hazards first, then by the day on which they are due. One query."""
    rows = defects_of(neighbourhood).filter(state=state)
    rows = rows.order_by(SEVEREST_FIRST, F("due_on").asc(nulls_last=True), "pk")[:most]
    return [
        WaitingDefect(defect, days_overdue(defect.due_on, today) if state == DefectState.OPEN else 0) for defect in rows
    ]


@dataclass
class ItemPhotos:
    """The photos of an item (None: of the whole place) by phase, the latest first, and how many more there are."""

    item: MenuItem | None
    before: list[SitePhoto] = field(default_factory=list)
    during: list[SitePhoto] = field(default_factory=list)
    after: list[SitePhoto] = field(default_factory=list)
    more: int = 0

    @property
    def code(self) -> str:
        return self.item.code if self.item else ""


def photos_by_item(photos: QuerySet[Any], *, most: int | None = PHOTOS_SHOWN) -> Sequence[ItemPhotos]:
    """Photos by the code of their item, since editions of the menu have items of their own; the whole place comes
    first. One query.
    """
    groups: dict[str, ItemPhotos] = {}
    for photo in photos.select_related("menu_item").order_by("-taken_on", "-pk"):
        code = photo.menu_item.code if photo.menu_item else ""
        group = groups.setdefault(code, ItemPhotos(photo.menu_item))
        phase: list[SitePhoto] = getattr(group, PhotoPhase(photo.phase).value)
        if most is not None and len(phase) >= most:
            group.more += 1
        else:
            phase.append(photo)
    return [groups[code] for code in sorted(groups)]
