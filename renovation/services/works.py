"""Works in packages: making and changing them, their progress, their states, and changes asked for on the way
(workflow.md, States 10 and 11).
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from renovation.choices import ChangeRequestState, PackageState, PlanState
from renovation.errors import (
    ChangeDecided,
    ChangeInDraft,
    DatesReversed,
    ItemsNotInPlan,
    ItemsPackaged,
    ItemsUndone,
    NoPlanInForce,
    NoSuchStep,
    PackageBegun,
    PackageEmpty,
    PackageNotRunning,
    ProgressEmpty,
    ReasonNeeded,
    ReviewDateNeeded,
)
from renovation.models import (
    ChangeRequest,
    MenuItem,
    Neighbourhood,
    PackageItem,
    ProgressEntry,
    WorkPackage,
)
from renovation.reports.plans import plan_in_force
from renovation.reports.works import package_sheets
from renovation.rules.works import BEGUN_AT, CHANGES_ASKED_AT, MOVED_AT, PACKAGED_AT, steps_from
from renovation.services.works_base import (
    lock_neighbourhood,
    lock_package,
    require_items,
    require_past,
    require_stage,
    set_state,
)
from renovation.services.works_evidence import push_acceptance, push_parties, push_works

FIELDS = (
    "name",
    "contractor",
    "contract_document",
    "contract_sum",
    "supervisor",
    "starts_on",
    "ends_on",
)
"""What of a package may be changed while nothing of it has begun, besides its items."""


@transaction.atomic
def create_package(
    *,
    neighbourhood: Neighbourhood,
    name: str,
    contractor: str,
    contract_document: str,
    starts_on: date,
    ends_on: date,
    menu_items: Iterable[MenuItem],
    contract_sum: Decimal | None = None,
    supervisor: str = "",
    by: User,
    at: datetime | None = None,
) -> WorkPackage:
    """Put items of the plan in force into a package of one contractor; tells who builds and who supervises.

    Raises WrongStage, DatesReversed, PackageEmpty, NoPlanInForce, ItemsNotInPlan, or ItemsPackaged where another
    package has one of them. `contract_sum` is yuan to the fen.
    """
    locked = lock_neighbourhood(neighbourhood)
    at = at or timezone.now()
    require_stage(locked, PACKAGED_AT)
    _require_order(starts_on, ends_on)
    last = WorkPackage.objects.filter(neighbourhood=locked).aggregate(last=Max("number"))["last"]
    package = WorkPackage(
        neighbourhood=locked,
        number=(last or 0) + 1,
        name=name,
        contractor=contractor,
        contract_document=contract_document,
        contract_sum=contract_sum,
        supervisor=supervisor,
        starts_on=starts_on,
        ends_on=ends_on,
    )
    items = _require_free(package, menu_items)
    package.save()
    PackageItem.objects.bulk_create(PackageItem(package=package, menu_item=item) for item in items)
    add_history(
        package,
        "package_created",
        by=by,
        action="created",
        contractor=contractor,
        contract_document=contract_document,
        items=[item.code for item in items],
    )
    _tell(package, by, at)
    return package


@transaction.atomic
def change_package(
    *,
    package: WorkPackage,
    menu_items: Iterable[MenuItem] | None = None,
    by: User,
    at: datetime | None = None,
    **values: Any,
) -> WorkPackage:
    """Change what a package says, and with `menu_items` what is in it, while nothing of it has begun.

    `values` are of FIELDS. Raises PackageBegun, and what create_package raises.
    """
    neighbourhood = lock_neighbourhood(package.neighbourhood)
    locked = lock_package(package)
    at = at or timezone.now()
    if locked.state != PackageState.PLANNED:
        raise PackageBegun(_("This package has begun: its contract and its items stay as they are."))
    require_stage(neighbourhood, PACKAGED_AT)
    changed = [name for name in FIELDS if name in values and values[name] != getattr(locked, name)]
    for name in changed:
        setattr(locked, name, values[name])
    _require_order(locked.starts_on, locked.ends_on)
    if menu_items is not None and _set_items(locked, _require_free(locked, menu_items)):
        changed.append("items")
    if changed:
        locked.save()
        add_history(locked, "package_changed", by=by, fields=changed)
        _tell(locked, by, at)
    return locked


@transaction.atomic
def report_progress(
    *,
    package: WorkPackage,
    shares: Mapping[int, Decimal],
    done_on: date,
    note: str = "",
    by: User,
    at: datetime | None = None,
) -> list[ProgressEntry]:
    """Report how much of items is done on a day: `shares` from 0 to 1 by the id of the menu item.

    What stands for an item is the report of the latest day, and of one day the last made; an earlier day is kept and
    moves nothing. Raises WrongStage, PackageNotRunning, ProgressEmpty, ItemsNotInPackage, DayInFuture, or ReasonNeeded
    where less is done than was reported before and no note says why.
    """
    neighbourhood = lock_neighbourhood(package.neighbourhood)
    locked = lock_package(package)
    at = at or timezone.now()
    require_stage(neighbourhood, BEGUN_AT)
    if locked.state != PackageState.RUNNING:
        raise PackageNotRunning(
            _("Progress is reported while a package is under way; this one is at “%(state)s”.")
            % {"state": locked.get_state_display()},
            state=locked.state,
        )
    if not shares:
        raise ProgressEmpty(_("Say of at least one item how much is done."))
    items = {one.menu_item_id: one for one in locked.items.select_related("menu_item")}
    require_items(shares, items)
    require_past(done_on, at)
    last = _last_days(items.values())
    moved = {number: share for number, share in shares.items() if last.get(items[number].pk, done_on) <= done_on}
    if not note.strip() and any(share < items[number].done_share for number, share in moved.items()):
        raise ReasonNeeded(_("Less is done than was reported before. Write down why."))
    made = ProgressEntry.objects.bulk_create(
        ProgressEntry(package_item=items[number], done_share=share, done_on=done_on, note=note.strip(), at=at, by=by)
        for number, share in sorted(shares.items())
    )
    for number, share in moved.items():
        items[number].done_share = share
    PackageItem.objects.bulk_update([items[number] for number in moved], ["done_share"])
    locked.save(update_fields=[])
    told = {items[number].menu_item.code: str(share) for number, share in sorted(shares.items())}
    add_history(locked, "progress_reported", by=by, fields=["items"], done_on=done_on.isoformat(), shares=told)
    push_works(neighbourhood, by, at)
    return made


@transaction.atomic
def move_package(
    *,
    package: WorkPackage,
    to: str,
    reason: str = "",
    review_on: date | None = None,
    by: User,
    at: datetime | None = None,
) -> WorkPackage:
    """Begin, suspend, resume a package, or report it done. Where it goes from there an acceptance says.

    Raises NoSuchStep, WrongStage; ReasonNeeded and ReviewDateNeeded for a suspension; ItemsUndone where an item that
    the plan still has is not wholly done.
    """
    neighbourhood = lock_neighbourhood(package.neighbourhood)
    locked = lock_package(package)
    at = at or timezone.now()
    if to not in steps_from(locked.state):
        raise NoSuchStep(
            _("From “%(here)s” no step leads to “%(there)s”.")
            % {"here": locked.get_state_display(), "there": PackageState(to).label},
            steps=list(steps_from(locked.state)),
        )
    require_stage(neighbourhood, BEGUN_AT if locked.state == PackageState.PLANNED else MOVED_AT)
    if to == PackageState.SUSPENDED:
        if not reason.strip():
            raise ReasonNeeded(_("Write down the reason."))
        if review_on is None or review_on <= timezone.localdate(at):
            raise ReviewDateNeeded(_("Give a day after today on which to look at it again."))
    if to == PackageState.DONE:
        _require_done(locked, at)
    review_on = review_on if to == PackageState.SUSPENDED else None
    set_state(locked, to, reason=reason.strip(), review_on=review_on, by=by, at=at)
    return locked


@transaction.atomic
def request_change(
    *,
    neighbourhood: Neighbourhood,
    requested_by: str,
    requested_on: date,
    text: str,
    document: str = "",
    package: WorkPackage | None = None,
    by: User,
    at: datetime | None = None,
) -> ChangeRequest:
    """Ask for a change of the settled plan. Approved, it becomes a revision of the plan; see services.plans.

    Raises WrongStage or DayInFuture.
    """
    locked = lock_neighbourhood(neighbourhood)
    require_stage(locked, CHANGES_ASKED_AT)
    require_past(requested_on, at or timezone.now())
    last = ChangeRequest.objects.filter(neighbourhood=locked).aggregate(last=Max("number"))["last"]
    made = ChangeRequest.objects.create(
        neighbourhood=locked,
        number=(last or 0) + 1,
        package=package,
        requested_by=requested_by,
        requested_on=requested_on,
        text=text,
        document=document,
    )
    add_history(made, "change_requested", by=by, action="created", requested_by=requested_by)
    return made


@transaction.atomic
def refuse_change(
    *, change_request: ChangeRequest, decision: str, by: User, at: datetime | None = None
) -> ChangeRequest:
    """Refuse a change, with the reason. Raises ReasonNeeded, ChangeDecided, or ChangeInDraft where a draft of the plan
    is made for it: discard that first.
    """
    lock_neighbourhood(change_request.neighbourhood)
    locked: ChangeRequest = (
        ChangeRequest.objects.select_for_update(of=("self",))
        .select_related("neighbourhood", "plan")
        .get(pk=change_request.pk)
    )
    if not decision.strip():
        raise ReasonNeeded(_("Write down the reason."))
    if locked.state != ChangeRequestState.REQUESTED:
        raise ChangeDecided(
            _("This change has been decided already: %(state)s.") % {"state": locked.get_state_display()}
        )
    if locked.plan is not None and locked.plan.state == PlanState.DRAFT:
        raise ChangeInDraft(_("A draft of the plan is made for this change. Discard the draft before you refuse it."))
    locked.state, locked.decision = ChangeRequestState.REFUSED, decision.strip()
    locked.decided_at, locked.decided_by = at or timezone.now(), by
    locked.save(update_fields=["state", "decision", "decided_at", "decided_by"])
    add_history(locked, "change_refused", by=by, fields=["state"], decision=locked.decision)
    return locked


# --- What a package needs ---------------------------------------------------------------------------


def _require_order(starts_on: date, ends_on: date) -> None:
    if ends_on < starts_on:
        raise DatesReversed(_("It ends before it begins."))


def _require_free(package: WorkPackage, menu_items: Iterable[MenuItem]) -> list[MenuItem]:
    """The items, each once and by code, where the plan in force has them and no other package does."""
    items = sorted({item.pk: item for item in menu_items}.values(), key=lambda item: item.code)
    if not items:
        raise PackageEmpty(_("Choose at least one item of the plan."))
    plan = plan_in_force(package.neighbourhood)
    if plan is None:
        raise NoPlanInForce(_("No plan is in force here yet: works are packaged from its items."))
    planned = set(plan.items.values_list("menu_item", flat=True))
    if strange := [item.pk for item in items if item.pk not in planned]:
        raise ItemsNotInPlan(_("The plan in force does not have all of these items."), menu_items=strange)
    others = PackageItem.objects.filter(package__neighbourhood=package.neighbourhood).exclude(package=package.pk)
    if taken := sorted(others.filter(menu_item__in=items).values_list("menu_item", flat=True)):
        names = _(", ").join(item.name for item in items if item.pk in taken)
        raise ItemsPackaged(_("Another package has these already: %(names)s.") % {"names": names}, menu_items=taken)
    return items


def _set_items(package: WorkPackage, items: list[MenuItem]) -> bool:
    """Whether the package's items changed."""
    wanted, had = {item.pk for item in items}, set(package.items.values_list("menu_item", flat=True))
    package.items.exclude(menu_item__in=wanted).delete()
    PackageItem.objects.bulk_create(
        PackageItem(package=package, menu_item=item) for item in items if item.pk not in had
    )
    return wanted != had


def _require_done(package: WorkPackage, at: datetime) -> None:
    undone = package_sheets([package], timezone.localdate(at))[0].undone
    if undone:
        names = _(", ").join(one.item.menu_item.name for one in undone)
        raise ItemsUndone(
            _("Not all is done yet: %(names)s.") % {"names": names},
            menu_items=[one.item.menu_item_id for one in undone],
        )


def _last_days(items: Iterable[PackageItem]) -> dict[int, date]:
    """The last day reported of each item."""
    rows = ProgressEntry.objects.filter(package_item__in=items).order_by().values_list("package_item")
    return dict(rows.annotate(day=Max("done_on")))


def _tell(package: WorkPackage, by: User, at: datetime) -> None:
    """What the guards should know of a package that is new or changed."""
    push_parties(package, by, at)
    push_works(package.neighbourhood, by, at)
    push_acceptance(package, by, at)
