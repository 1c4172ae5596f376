"""Who pays for the works, and money committed, received and spent (policy.md, section e)."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.change_rows import tell_changes
from accounts.services.history import add_history
from renovation.choices import FundingKind, FundingStep, PlanState
from renovation.errors import (
    AlreadyReversed,
    AmountTooLarge,
    DayInFuture,
    DocumentNeeded,
    ItemNotPlanned,
    NotFromHouseholds,
    NotReversible,
    OtherNeighbourhood,
    PaidByTranche,
    ReasonNeeded,
    SourceExists,
    SourceInPlan,
    SourceMalformed,
)
from renovation.models import (
    AwardTranche,
    FundingEntry,
    FundingShare,
    FundingSource,
    Household,
    MenuItem,
    Neighbourhood,
    PlanItem,
    Stairwell,
    WorkPackage,
)
from renovation.reports.fault_words import words_of_source_fault
from renovation.rules.evidence import MAX_MONEY
from renovation.rules.funding import FROM_HOUSEHOLDS, source_fault
from renovation.services.plans import push_residents_share
from renovation.services.registry import change_row

IN_THE_PLAN = frozenset({"name", "route", "floor_weights", "stairwell"})
"""What a frozen plan's digest and shares are made of."""


@transaction.atomic
def add_source(
    *,
    neighbourhood: Neighbourhood,
    kind: str,
    name: str,
    route: str = "",
    floor_weights: Mapping[str, Any] | None = None,
    stairwell: Stairwell | None = None,
    document: str = "",
    by: User | None,
) -> FundingSource:
    """Add who pays. Raises SourceExists where a source of this kind has the name, SourceMalformed (`rules.funding`),
    OtherNeighbourhood.
    """
    locked = Neighbourhood.objects.select_for_update().get(pk=neighbourhood.pk)
    values: dict[str, Any] = {
        "name": name.strip(),
        "route": route,
        "floor_weights": {floor: str(weight) for floor, weight in (floor_weights or {}).items()},
        "stairwell": stairwell,
        "document": document.strip(),
    }
    made = FundingSource(neighbourhood=locked, kind=kind, **values)
    _check_source(made)
    made.save()
    add_history(made, "created", by=by, action="created", fields=["kind", *values])
    return made


@transaction.atomic
def change_source(*, source: FundingSource, by: User | None, **values: Any) -> FundingSource:
    """Change a source's `name`, `route`, `floor_weights`, `stairwell` or `document`; its kind stays.

    Raises as `add_source` does, and SourceInPlan for how it is raised, once a frozen plan has shared it out.
    """
    Neighbourhood.objects.select_for_update().get(pk=source.neighbourhood_id)
    locked: FundingSource = FundingSource.objects.select_for_update().get(pk=source.pk)
    if "floor_weights" in values:
        values["floor_weights"] = {floor: str(weight) for floor, weight in values["floor_weights"].items()}
    values |= {name: values[name].strip() for name in ("name", "document") if name in values}
    before = {name: getattr(locked, name) for name in values}
    if any(before[name] != values[name] for name in IN_THE_PLAN & set(values)) and _is_in_frozen_plan(locked):
        raise SourceInPlan(_("A frozen plan names this source and shares it out as it is. Add another source instead."))
    for name, value in values.items():
        setattr(locked, name, value)
    _check_source(locked)
    for name, value in before.items():
        setattr(locked, name, value)
    return change_row(locked, by=by, **values)


def _check_source(source: FundingSource) -> None:
    if source.stairwell and source.stairwell.building.neighbourhood_id != source.neighbourhood_id:
        raise OtherNeighbourhood(_("This lies in another neighbourhood."))
    fault = source_fault(
        kind=source.kind,
        route=source.route,
        floor_weights=source.floor_weights,
        has_stairwell=source.stairwell is not None,
    )
    if fault:
        raise SourceMalformed(words_of_source_fault(fault), field=fault.name, fault=fault.code)
    same = FundingSource.objects.filter(neighbourhood=source.neighbourhood_id, kind=source.kind, name=source.name)
    if same.exclude(pk=source.pk).exists():
        raise SourceExists(_("There is a source of this kind and name already."))


def _is_in_frozen_plan(source: FundingSource) -> bool:
    return bool(FundingShare.objects.filter(source=source, plan_item__plan__state=PlanState.FROZEN).exists())


@transaction.atomic
def record_entry(
    *,
    source: FundingSource,
    step: str,
    amount: Decimal,
    document: str,
    dated_on: date,
    by: User | None,
    household: Household | None = None,
    menu_item: MenuItem | None = None,
    package: WorkPackage | None = None,
    payer: str = "",
    payer_may_be_named: bool = False,
    reason: str = "",
    at: datetime | None = None,
) -> FundingEntry:
    """Write down money that was committed, received or spent: yuan above 0, by which document.

    An award's money is received by its tranches only: PaidByTranche. Raises NotFromHouseholds where a household is
    named with money that no household gives, ItemNotPlanned, OtherNeighbourhood, AmountTooLarge, DocumentNeeded or
    DayInFuture.
    """
    neighbourhood = Neighbourhood.objects.select_for_update().get(pk=source.neighbourhood_id)
    if source.kind == FundingKind.AWARD and step == FundingStep.RECEIVED:
        raise PaidByTranche(_("An award is received by a tranche that is paid: take its step instead."))
    if household is not None and (source.kind not in FROM_HOUSEHOLDS or step == FundingStep.SPENT):
        raise NotFromHouseholds(_("Only what residents pledge or give is kept by household."))
    if any(thing is not None and thing.neighbourhood_id != neighbourhood.pk for thing in (household, package)):
        raise OtherNeighbourhood(_("This lies in another neighbourhood."))
    if menu_item is not None and not _is_planned(neighbourhood, menu_item):
        raise ItemNotPlanned(_("This item is in no plan of the neighbourhood."))
    return write_entry(
        source=source,
        step=step,
        amount=amount,
        document=document,
        dated_on=dated_on,
        by=by,
        household=household,
        menu_item=menu_item,
        package=package,
        payer=payer.strip(),
        payer_may_be_named=payer_may_be_named,
        reason=reason.strip(),
        at=at,
    )


def write_entry(
    *,
    source: FundingSource,
    step: str,
    amount: Decimal,
    document: str,
    dated_on: date,
    by: User | None,
    at: datetime | None = None,
    tranche: AwardTranche | None = None,
    **about: Any,
) -> FundingEntry:
    """Append an entry that its caller has judged, under the neighbourhood's lock, and tell the guards of it."""
    at = at or timezone.now()
    refuse_beyond_sums(source, step, amount)
    if not document.strip():
        raise DocumentNeeded(_("Write down the number of the document."))
    if dated_on > timezone.localdate(at):
        raise DayInFuture(_("The document is of a day still to come."))
    made = FundingEntry.objects.create(
        source=source,
        step=step,
        amount=amount,
        document=document.strip(),
        dated_on=dated_on,
        tranche=tranche,
        recorded_by=by,
        recorded_at=at,
        **about,
    )
    # Who paid stays out of the history, which cannot be erased.
    act = "money_recorded" if made.reverses_id is None else "money_reversed"
    add_history(made, act, by=by, action="created", step=step, amount=str(amount), document=made.document)
    tell_changes([source], fields=[step])
    if source.kind == FundingKind.RESIDENTS and step == FundingStep.COMMITTED:
        push_residents_share(source.neighbourhood, by=by, at=at)
    return made


def refuse_beyond_sums(source: FundingSource, step: str, amount: Decimal) -> None:
    """Raises AmountTooLarge where a source's money at a step would add up to more than sums are told in. Call it under
    the neighbourhood's lock.
    """
    so_far = FundingEntry.objects.filter(source=source, step=step).aggregate(sum=Sum("amount"))["sum"] or 0
    if so_far + amount >= MAX_MONEY:
        raise AmountTooLarge(_("The sum of this source would be more than can be kept here: check the amount."))


@transaction.atomic
def reverse_entry(*, entry: FundingEntry, reason: str, by: User | None, at: datetime | None = None) -> FundingEntry:
    """Take an entry back with a row of the same amount below zero, and why; both stay readable.

    Raises ReasonNeeded, AlreadyReversed, or NotReversible for what is itself a reversal.
    """
    Neighbourhood.objects.select_for_update().get(pk=entry.source.neighbourhood_id)
    if not reason.strip():
        raise ReasonNeeded(_("Write down why this is reversed."))
    if entry.reverses_id is not None:
        raise NotReversible(_("This takes back another entry: record that one anew instead."))
    if FundingEntry.objects.filter(reverses=entry).exists():
        raise AlreadyReversed(_("This has been reversed already."))
    at = at or timezone.now()
    return write_entry(
        source=entry.source,
        step=entry.step,
        amount=-entry.amount,
        document=entry.document,
        dated_on=timezone.localdate(at),
        by=by,
        at=at,
        tranche=entry.tranche,
        household=entry.household,
        menu_item=entry.menu_item,
        package=entry.package,
        payer=entry.payer,
        payer_may_be_named=entry.payer_may_be_named,
        reverses=entry,
        reason=reason.strip(),
    )


def _is_planned(neighbourhood: Neighbourhood, menu_item: MenuItem) -> bool:
    planned = PlanItem.objects.filter(menu_item=menu_item, plan__neighbourhood=neighbourhood)
    return bool(planned.filter(plan__state=PlanState.FROZEN).exists())
