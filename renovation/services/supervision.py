"""Supervision on site: reports, and defects from raised to closed (policy.md, section j; workflow.md, Roles).

Each act locks the neighbourhood first, so that the evidence it pushes is told in the order in which it came about.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.core.files import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from renovation.choices import DefectAct, DefectState, PhotoPhase, Reporter, Severity
from renovation.errors import DayOutOfOrder, DefectNotOpen, DefectNotRectified, SecondPersonNeeded
from renovation.models import Building, Defect, DefectEvent, MenuItem, Neighbourhood, SiteReport, WorkPackage
from renovation.reports.supervision import accepted_on, builder_of
from renovation.rules.supervision import is_after_acceptance
from renovation.services.checks import require_day, require_here
from renovation.services.site_photos import ReadyPhoto, add_site_photo, ready_photos
from renovation.services.works_evidence import push_works


@transaction.atomic
def add_site_report(
    *,
    neighbourhood: Neighbourhood,
    reporter: Reporter | str,
    reported_on: date,
    text: str,
    reporter_name: str = "",
    package: WorkPackage | None = None,
    building: Building | None = None,
    by: User,
    at: datetime | None = None,
) -> SiteReport:
    """Write down what somebody saw on site; it is never changed. Raises DayInFuture or OtherNeighbourhood."""
    at = at or timezone.now()
    locked = Neighbourhood.objects.select_for_update().get(pk=neighbourhood.pk)
    require_day(reported_on, at)
    require_here(locked, package, building)
    report = SiteReport.objects.create(
        neighbourhood=locked,
        package=package,
        building=building,
        reporter=reporter,
        reporter_name=reporter_name,
        reported_on=reported_on,
        text=text,
        recorded_at=at,
        recorded_by=by,
    )
    add_history(report, "site_report_added", by=by, action="created", reporter=str(reporter))
    return report


@transaction.atomic
def report_from_site(
    *,
    neighbourhood: Neighbourhood,
    report: Mapping[str, Any],
    photos: Sequence[File | ReadyPhoto] = (),
    defect: Mapping[str, Any] | None = None,
    by: User,
    at: datetime | None = None,
) -> SiteReport:
    """A report with its photos and, if one was found, its defect: all of it or nothing.

    `report` holds the arguments of `add_site_report`, `defect` those of `raise_defect`: found on the day of the report,
    in its package and building. The photos show the defect, if there is one. Raises what those raise.
    """
    ready = ready_photos(photos)
    made = add_site_report(neighbourhood=neighbourhood, by=by, at=at, **report)
    if defect is None:
        told = {"report": made, "phase": PhotoPhase.DURING, "taken_on": made.reported_on, "by": by, "at": at}
        _keep_photos(made.neighbourhood, ready, **told)
        return made
    raise_defect(
        neighbourhood=neighbourhood,
        report=made,
        package=made.package,
        building=made.building,
        found_on=made.reported_on,
        photos=ready,
        by=by,
        at=at,
        **defect,
    )
    return made


@transaction.atomic
def raise_defect(
    *,
    neighbourhood: Neighbourhood,
    severity: Severity | str,
    text: str,
    found_on: date,
    package: WorkPackage | None = None,
    menu_item: MenuItem | None = None,
    building: Building | None = None,
    report: SiteReport | None = None,
    due_on: date | None = None,
    photos: Sequence[File | ReadyPhoto] = (),
    by: User,
    at: datetime | None = None,
) -> Defect:
    """Raise a defect, with photos of it. Who built it is kept as it is known now: by the package, else by the package
    or the plan of the item.

    Found after acceptance it is early damage and no longer a finding that holds the works up. Raises DayInFuture,
    DayOutOfOrder (due before it was found), OtherNeighbourhood or PhotoRefused.
    """
    at = at or timezone.now()
    ready = ready_photos(photos)
    locked = Neighbourhood.objects.select_for_update().get(pk=neighbourhood.pk)
    require_day(found_on, at)
    if due_on is not None and due_on < found_on:
        raise DayOutOfOrder(_("A defect is to be rectified after it was found."))
    require_here(locked, package, building, report)
    package, contractor = builder_of(locked, package, menu_item)
    defect = Defect.objects.create(
        neighbourhood=locked,
        package=package,
        menu_item=menu_item,
        building=building,
        report=report,
        severity=severity,
        text=text,
        contractor=contractor,
        found_on=found_on,
        due_on=due_on,
        after_acceptance=is_after_acceptance(found_on, accepted_on(locked, package)),
    )
    _add_event(defect, DefectAct.RAISED, found_on, "", by, at)
    add_history(defect, "defect_raised", by=by, action="created", severity=str(severity), early=defect.after_acceptance)
    _keep_photos(locked, ready, report=report, taken_on=found_on, by=by, at=at, **_of(defect))
    _push(locked, defect, by, at)
    return defect


@transaction.atomic
def rectify_defect(
    *,
    defect: Defect,
    done_on: date,
    note: str,
    photos: Sequence[File | ReadyPhoto] = (),
    by: User,
    at: datetime | None = None,
) -> Defect:
    """Record that an open defect was rectified, with photos; it then waits for a recheck.

    Raises DefectNotOpen, DayInFuture, DayOutOfOrder or PhotoRefused.
    """
    at = at or timezone.now()
    ready = ready_photos(photos)
    locked, neighbourhood = _lock(defect)
    if locked.state != DefectState.OPEN:
        raise DefectNotOpen(_("Only an open defect can be rectified."))
    require_day(done_on, at)
    _require_order(locked, done_on)
    _move(locked, DefectState.RECTIFIED, DefectAct.RECTIFIED, done_on, note, by, at)
    _keep_photos(neighbourhood, ready, taken_on=done_on, by=by, at=at, **_of(locked))
    _push(neighbourhood, locked, by, at)
    return locked


@transaction.atomic
def recheck_defect(
    *,
    defect: Defect,
    passed: bool,
    done_on: date,
    note: str,
    photos: Sequence[File | ReadyPhoto] = (),
    by: User,
    at: datetime | None = None,
) -> Defect:
    """Record that somebody else looked at what was rectified: passed, it is closed; failed, it is open again.

    Raises DefectNotRectified, SecondPersonNeeded (who recorded the rectification does not recheck it), DayInFuture,
    DayOutOfOrder or PhotoRefused.
    """
    at = at or timezone.now()
    ready = ready_photos(photos)
    locked, neighbourhood = _lock(defect)
    if locked.state != DefectState.RECTIFIED:
        raise DefectNotRectified(_("There is nothing to recheck: the defect was not rectified yet."))
    if locked.events.filter(act=DefectAct.RECTIFIED).latest("pk").by_id == by.pk:
        raise SecondPersonNeeded(_("You recorded the rectification: somebody else must recheck it."))
    require_day(done_on, at)
    _require_order(locked, done_on)
    state = DefectState.CLOSED if passed else DefectState.OPEN
    act = DefectAct.RECHECK_PASSED if passed else DefectAct.RECHECK_FAILED
    _move(locked, state, act, done_on, note, by, at)
    _keep_photos(neighbourhood, ready, taken_on=done_on, by=by, at=at, **_of(locked))
    _push(neighbourhood, locked, by, at)
    return locked


def _lock(defect: Defect) -> tuple[Defect, Neighbourhood]:
    neighbourhood = Neighbourhood.objects.select_for_update().get(pk=defect.neighbourhood_id)
    locked = Defect.objects.select_for_update().get(pk=defect.pk)
    locked.neighbourhood = neighbourhood
    return locked, neighbourhood


def _require_order(defect: Defect, done_on: date) -> None:
    """Its steps follow each other, by their days."""
    if done_on < defect.events.latest("pk").done_on:
        raise DayOutOfOrder(_("This day lies before the step that it follows."))


def _move(defect: Defect, state: str, act: str, done_on: date, note: str, by: User, at: datetime) -> None:
    defect.state = state
    defect.save(update_fields=["state"])
    _add_event(defect, act, done_on, note, by, at)
    add_history(defect, f"defect_{act}", by=by, fields=["state"], done_on=done_on.isoformat())


def _add_event(defect: Defect, act: str, done_on: date, note: str, by: User, at: datetime) -> None:
    DefectEvent.objects.create(defect=defect, act=act, done_on=done_on, note=note, at=at, by=by)


def _keep_photos(neighbourhood: Neighbourhood, photos: Sequence[ReadyPhoto], **told: Any) -> None:
    for file in photos:
        add_site_photo(neighbourhood=neighbourhood, file=file, **told)


def _of(defect: Defect) -> dict[str, Any]:
    """What photos of a defect are photos of."""
    phase = PhotoPhase.AFTER if defect.after_acceptance else PhotoPhase.DURING
    return {"defect": defect, "menu_item": defect.menu_item, "phase": phase}


def _push(neighbourhood: Neighbourhood, defect: Defect, by: User, at: datetime) -> None:
    """What the guard of the end of the works reads. Early damage is no finding of it."""
    if not defect.after_acceptance:
        push_works(neighbourhood, by, at)
