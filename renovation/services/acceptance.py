"""The formal check at the end of works, the warranties that begin with it, and its filing (policy.md, section j)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from renovation.choices import Attendee, DefectState, PackageState, WarrantyKind
from renovation.errors import (
    AttendeesMissing,
    ChecklistUnmet,
    DefectsOpen,
    FiledTooEarly,
    HeldTooEarly,
    NotAllAccepted,
    PackageNotDone,
    WarrantiesMissing,
    WarrantyTooShort,
    WarrantyTwice,
    WarrantyWithoutPass,
)
from renovation.models import (
    Acceptance,
    CompletionFiling,
    Defect,
    MenuItem,
    Neighbourhood,
    PackageItem,
    ProgressEntry,
    Warranty,
    WorkPackage,
)
from renovation.reports.acceptance import CHECKLIST_WORDS, last_passed_on
from renovation.reports.works import package_sheets
from renovation.rules.warranties import ends_on, is_too_short, least_years
from renovation.rules.works import BLOCKING_SEVERITIES, CHECKLIST, MOVED_AT, missing_attendees, unmet_points
from renovation.services.works_base import (
    lock_neighbourhood,
    lock_package,
    require_items,
    require_past,
    require_stage,
    set_state,
)
from renovation.services.works_evidence import push_acceptance, push_filing, tell_acceptance


@dataclass(frozen=True, slots=True)
class WarrantyTerm:
    """How long a kind of work of an item is under warranty: years, or seasons for heating and cooling."""

    menu_item: MenuItem
    kind: str
    years: int
    document: str = ""


@transaction.atomic
def record_acceptance(
    *,
    package: WorkPackage,
    held_on: date,
    passed: bool,
    checklist: Mapping[str, bool],
    attendees: Collection[str],
    remarks: str = "",
    document: str,
    warranties: Iterable[WarrantyTerm] = (),
    by: User,
    at: datetime | None = None,
) -> Acceptance:
    """Record the check of a package that is done. Passed, it is accepted and its warranties begin with that day;
    failed, it is under way again.

    Raises WrongStage, PackageNotDone, DayInFuture, HeldTooEarly (before the last progress, or a check that failed),
    AttendeesMissing whether it passed or not; ChecklistUnmet, DefectsOpen (grave ones of the package),
    WarrantiesMissing for an item that the plan still has, ItemsNotInPackage, WarrantyTwice and WarrantyTooShort where
    it passed; WarrantyWithoutPass where not.
    """
    neighbourhood = lock_neighbourhood(package.neighbourhood)
    locked = lock_package(package)
    at = at or timezone.now()
    terms = list(warranties)
    require_stage(neighbourhood, MOVED_AT)
    if locked.state != PackageState.DONE:
        raise PackageNotDone(
            _("A package is checked once it is reported done; this one is at “%(state)s”.")
            % {"state": locked.get_state_display()},
            state=locked.state,
        )
    _require_day(locked, held_on, at)
    if missing := missing_attendees(attendees):
        raise AttendeesMissing(
            _("The law asks for these to take part: %(who)s.")
            % {"who": _(", ").join(str(Attendee(who).label) for who in missing)},
            missing=missing,
        )
    if passed:
        _require_passable(locked, checklist, terms, at)
    elif terms:
        raise WarrantyWithoutPass(_("A warranty begins when an acceptance passes; this one did not."))
    acceptance = Acceptance.objects.create(
        package=locked,
        held_on=held_on,
        passed=passed,
        checklist={point: bool(checklist.get(point)) for point in CHECKLIST},
        attendees=[who for who in Attendee.values if who in attendees],
        remarks=remarks.strip(),
        document=document,
        recorded_at=at,
        recorded_by=by,
    )
    add_history(acceptance, "acceptance_recorded", by=by, action="created", passed=passed, document=document)
    _begin_warranties(acceptance, terms, by)
    to = PackageState.ACCEPTED if passed else PackageState.RUNNING
    set_state(locked, to, reason=acceptance.remarks[:500], by=by, at=at)
    push_acceptance(locked, by, at)
    if passed:
        tell_acceptance(locked.neighbourhood)
    return acceptance


@transaction.atomic
def file_completion(
    *,
    neighbourhood: Neighbourhood,
    filed_on: date,
    filed_with: str,
    kept_at: str,
    document: str,
    by: User,
    at: datetime | None = None,
) -> CompletionFiling:
    """Record that the completion file was handed in, once all packages are accepted. A later one supplements it;
    whether it came in time goes by the first.

    Raises NotAllAccepted, DayInFuture, or FiledTooEarly before the last package passed.
    """
    locked = lock_neighbourhood(neighbourhood)
    at = at or timezone.now()
    passed_on = last_passed_on(locked, list(WorkPackage.objects.filter(neighbourhood=locked)))
    if passed_on is None:
        raise NotAllAccepted(_("Completion is filed once every package has passed its acceptance."))
    require_past(filed_on, at)
    if filed_on < passed_on:
        raise FiledTooEarly(_("This is before the day on which the last package passed its acceptance."))
    filing = CompletionFiling.objects.create(
        neighbourhood=locked,
        filed_on=filed_on,
        filed_with=filed_with,
        kept_at=kept_at,
        document=document,
        recorded_at=at,
        recorded_by=by,
    )
    add_history(filing, "completion_filed", by=by, action="created", document=document, kept_at=kept_at)
    push_filing(filing, by, at)
    return filing


def _require_day(package: WorkPackage, held_on: date, at: datetime) -> None:
    require_past(held_on, at)
    entries = ProgressEntry.objects.filter(package_item__package=package)
    last = entries.aggregate(day=Max("done_on"))["day"] or package.starts_on
    failed = Acceptance.objects.filter(package=package).aggregate(day=Max("held_on"))["day"] or last
    if held_on < max(last, failed):
        raise HeldTooEarly(_("Works went on until a later day than this."))


def _require_passable(
    package: WorkPackage, checklist: Mapping[str, bool], terms: list[WarrantyTerm], at: datetime
) -> None:
    if points := unmet_points(checklist):
        named = _(", ").join(str(CHECKLIST_WORDS[point]) for point in points)
        raise ChecklistUnmet(_("It cannot pass: %(points)s.") % {"points": named}, points=points)
    grave = Defect.objects.filter(package=package, after_acceptance=False, severity__in=BLOCKING_SEVERITIES)
    if defects := list(grave.exclude(state=DefectState.CLOSED).order_by("pk").values_list("pk", flat=True)):
        raise DefectsOpen(
            _("Defects that are grave must be closed before the package can pass: %(count)s are not.")
            % {"count": len(defects)},
            defects=defects,
        )
    sheet = package_sheets([package], timezone.localdate(at))[0]
    items: dict[int, PackageItem] = {one.item.menu_item_id: one.item for one in sheet.items}
    require_items((term.menu_item.pk for term in terms), items)
    if len({(term.menu_item.pk, term.kind) for term in terms}) < len(terms):
        raise WarrantyTwice(_("One kind of work of an item has one warranty."))
    covered = {term.menu_item.pk for term in terms}
    if bare := [one for one in sheet.items if one.in_plan and one.item.menu_item_id not in covered]:
        raise WarrantiesMissing(
            _("Each item needs a warranty; these have none: %(names)s.")
            % {"names": _(", ").join(one.item.menu_item.name for one in bare)},
            menu_items=[one.item.menu_item_id for one in bare],
        )
    if short := [term for term in terms if is_too_short(term.kind, term.years)]:
        raise WarrantyTooShort(
            _("A warranty may be longer than the law asks for, never shorter: %(what)s.")
            % {"what": _(", ").join(_short_words(term) for term in short)},
            short=[
                {
                    "menu_item": term.menu_item.pk,
                    "kind": term.kind,
                    "years": term.years,
                    "least": least_years(term.kind),
                }
                for term in short
            ],
        )


def _short_words(term: WarrantyTerm) -> str:
    return _("%(item)s, %(kind)s: %(years)s of %(least)s") % {
        "item": term.menu_item.name,
        "kind": WarrantyKind(term.kind).label,
        "years": term.years,
        "least": least_years(term.kind),
    }


def _begin_warranties(acceptance: Acceptance, terms: list[WarrantyTerm], by: User) -> None:
    rows = Warranty.objects.bulk_create(
        Warranty(
            package=acceptance.package,
            acceptance=acceptance,
            menu_item=term.menu_item,
            kind=term.kind,
            years=term.years,
            starts_on=acceptance.held_on,
            ends_on=ends_on(acceptance.held_on, term.years),
            document=term.document,
        )
        for term in terms
    )
    for row in rows:
        add_history(row, "warranty_begun", by=by, action="created", kind=row.kind, ends_on=row.ends_on.isoformat())
