"""Drafts of the plan: opened from the last revision, described, discarded."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from renovation.choices import ChangeRequestState
from renovation.errors import DraftOpen, NoMenu
from renovation.models import ChangeRequest, FundingShare, MenuItem, Neighbourhood, PlanItem, RenovationPlan
from renovation.reports.menu import edition_in_force
from renovation.reports.plans import draft_of, items_of_plan, plan_to_show, required_codes
from renovation.services.plans.locks import (
    lock_draft,
    lock_neighbourhood,
    note_items,
    refuse_out_of_season,
    take_stock,
)

QUANTITY_AT_FIRST = Decimal(1)


@transaction.atomic
def open_draft(
    *,
    neighbourhood: Neighbourhood,
    by: User | None,
    reason: str = "",
    document: str = "",
    change_request: ChangeRequest | None = None,
    at: datetime | None = None,
) -> RenovationPlan:
    """Begin the next revision: a copy of the last frozen one, or else one with the must-do items, each once and without
    a price, from the menu in force. It keeps the edition of the first revision.

    Once the plan is settled it takes an open change request, whose text is the reason where none is given. Raises
    NoPlanNow, ChangeRequestNeeded, DraftOpen or NoMenu.
    """
    locked = lock_neighbourhood(neighbourhood.pk)
    request = _locked_request(locked, change_request)
    refuse_out_of_season(locked, [request] if request else [])
    if draft_of(locked):
        raise DraftOpen(_("A draft of the plan is open already: go on with that one, or discard it."))
    last = plan_to_show(locked)
    edition = last.menu_edition if last else edition_in_force(timezone.localdate(at or timezone.now()))
    if edition is None:
        raise NoMenu(_("No menu is in force from which a plan could be made."))
    numbers = RenovationPlan.objects.filter(neighbourhood=locked).aggregate(last=Max("number"))
    plan = RenovationPlan(
        neighbourhood=locked,
        number=(numbers["last"] or 0) + 1,
        menu_edition=edition,
        based_on=last,
        reason=reason.strip() or (request.text if request else ""),
        document=document.strip() or (request.document if request else ""),
    )
    plan.save()
    items = _copied(last, plan) if last else _must_do(plan)
    take_stock(plan)
    RenovationPlan.objects.filter(pk=plan.pk).update(item_count=plan.item_count, total=plan.total)
    if request:
        request.plan = plan
        request.save(update_fields=["plan"])
        add_history(request, "change_drafted", by=by, fields=["plan"], plan=plan.pk)
    add_history(plan, "plan_drafted", by=by, action="created", number=plan.number, reason=plan.reason)
    note_items(items, plan, "created")
    return plan


@transaction.atomic
def describe_draft(
    *, plan: RenovationPlan, by: User | None, reason: str | None = None, document: str | None = None
) -> RenovationPlan:
    """Write down why the plan changes, and the number of the document that says so; None keeps what stands. Raises
    PlanFrozen.
    """
    locked = lock_draft(plan)
    values = {"reason": reason, "document": document}
    changed = [name for name, value in values.items() if value is not None and value.strip() != getattr(locked, name)]
    for name in changed:
        setattr(locked, name, str(values[name]).strip())
    if changed:
        locked.save(update_fields=changed)
        add_history(locked, "plan_described", by=by, fields=changed)
    return locked


@transaction.atomic
def discard_draft(*, plan: RenovationPlan, by: User | None) -> None:
    """Delete a draft with its items; the change request that it was made for waits again. Raises PlanFrozen."""
    locked = lock_draft(plan)
    for request in ChangeRequest.objects.select_for_update(of=("self",)).filter(plan=locked).order_by("pk"):
        request.plan = None
        request.save(update_fields=["plan"])
        add_history(request, "change_undrafted", by=by, fields=["plan"])
    items = list(PlanItem.objects.filter(plan=locked).order_by("pk"))
    key = locked.pk
    locked.delete()
    locked.pk = key
    note_items(items, locked, "deleted")
    add_history(locked, "plan_discarded", by=by, action="deleted", number=locked.number)


def _locked_request(neighbourhood: Neighbourhood, request: ChangeRequest | None) -> ChangeRequest | None:
    """The change request as it is now; None where it lies elsewhere, or waits for no decision any more."""
    if request is None:
        return None
    found: ChangeRequest | None = (
        ChangeRequest.objects.select_for_update(of=("self",))
        .filter(pk=request.pk, neighbourhood=neighbourhood, state=ChangeRequestState.REQUESTED)
        .first()
    )
    return found


def _must_do(plan: RenovationPlan) -> list[PlanItem]:
    codes = required_codes(plan.neighbourhood, plan.menu_edition)
    menu_items = MenuItem.objects.filter(edition=plan.menu_edition, code__in=codes).order_by("code")
    return PlanItem.objects.bulk_create(
        PlanItem(plan=plan, menu_item=menu_item, quantity=QUANTITY_AT_FIRST) for menu_item in menu_items
    )


_COPIED = ("menu_item", "quantity", "unit_price", "amount", "contractor", "starts_on", "ends_on", "note")


def _copied(last: RenovationPlan, plan: RenovationPlan) -> list[PlanItem]:
    """The items of the last revision with their payers. Shares of households are split anew when it is frozen."""
    before = list(items_of_plan(last))
    made = PlanItem.objects.bulk_create(
        PlanItem(plan=plan, **{name: getattr(item, name) for name in _COPIED}) for item in before
    )
    FundingShare.objects.bulk_create(
        FundingShare(plan_item=new, source=share.source, weight=share.weight, planned=share.planned)
        for item, new in zip(before, made, strict=True)
        for share in item.shares.all()
    )
    return made
