"""Freezing a draft into a numbered revision, and bringing it into force."""

from collections.abc import Sequence
from datetime import datetime
from itertools import chain

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from renovation.choices import ChangeRequestState, PlanState
from renovation.errors import ItemsUnpriced, MustDoMissing, NotFrozen, PayersMissing, PlanEmpty
from renovation.models import ChangeRequest, FundingShare, HouseholdShare, PlanItem, RenovationPlan
from renovation.reports.household_shares import SharesOfSource, shares_as_split_now
from renovation.reports.plan_changes import comparison_of
from renovation.reports.plans import content_of, items_of_plan, required_codes
from renovation.rules.plans import SETTLED, digest_of
from renovation.services.plans.evidence import push_plan
from renovation.services.plans.items import planned_parts
from renovation.services.plans.locks import lock_draft, lock_plan, note_items, refuse_out_of_season, take_stock
from renovation.services.works_evidence import push_works

ROWS_A_STATEMENT = 2000


@transaction.atomic
def freeze_plan(*, plan: RenovationPlan, by: User | None, at: datetime | None = None) -> RenovationPlan:
    """Make a draft the next revision, for good: each amount split among its payers, each residents' source among the
    households, the whole under a digest. Until the plan is settled it is in force at once; afterwards only where it
    needs no notice, else when that notice has ended. The change requests that it answers are approved with it.

    Until the plan is settled it may be frozen without some prices: the step to `designed` waits for them. Raises
    PlanFrozen, NoPlanNow, ChangeRequestNeeded, PlanEmpty, MustDoMissing, ItemsUnpriced, PayersMissing, AreasUnknown,
    FloorsUnweighted or NobodyToShare.
    """
    draft = lock_draft(plan)
    at = at or timezone.now()
    requests = list(ChangeRequest.objects.select_for_update(of=("self",)).filter(plan=draft).order_by("pk"))
    refuse_out_of_season(draft.neighbourhood, requests)
    settled = draft.neighbourhood.stage in SETTLED
    items = list(items_of_plan(draft))
    _refuse_unready(draft, items, settled=settled)
    note_items(_split_among_payers(items), draft, "updated")
    shared = shares_as_split_now(draft)
    _share_among_households(draft, shared)
    take_stock(draft)
    draft.notice_needed = comparison_of(draft).notice_needed
    draft.state, draft.frozen_at, draft.frozen_by = PlanState.FROZEN, at, by
    draft.digest = digest_of(content_of(draft))
    at_once = not (settled and draft.notice_needed)
    draft.in_force_at = at if at_once else None
    draft.save()
    add_history(
        draft,
        "plan_frozen",
        by=by,
        fields=["state", "digest", "frozen_at", *(["in_force_at"] if at_once else [])],
        number=draft.number,
        total=str(draft.total),
        digest=draft.digest,
        notice_needed=draft.notice_needed,
    )
    _approve(requests, draft, by=by, at=at)
    if at_once:
        push_plan(draft, by=by, at=at)
    else:
        push_works(draft.neighbourhood, by, at)
    return draft


@transaction.atomic
def bring_into_force(*, plan: RenovationPlan, by: User | None, at: datetime | None = None) -> RenovationPlan:
    """Let a frozen revision hold from now on: its notice has ended. Where it holds already, or a later revision does,
    nothing happens. Raises NotFrozen.
    """
    locked = lock_plan(plan)
    if locked.is_draft:
        raise NotFrozen(_("Only a frozen revision can come into force."))
    later = RenovationPlan.objects.filter(neighbourhood=locked.neighbourhood, number__gt=locked.number)
    if locked.in_force_at is not None or later.exclude(in_force_at=None).exists():
        return locked
    at = at or timezone.now()
    locked.in_force_at = at
    locked.save(update_fields=["in_force_at"])
    add_history(locked, "plan_in_force", by=by, fields=["in_force_at"], number=locked.number)
    push_plan(locked, by=by, at=at)
    return locked


def _refuse_unready(draft: RenovationPlan, items: Sequence[PlanItem], *, settled: bool) -> None:
    if not items:
        raise PlanEmpty(_("There is nothing in this plan."))
    missing = sorted(required_codes(draft.neighbourhood, draft.menu_edition) - {item.menu_item.code for item in items})
    if missing:
        raise MustDoMissing(
            _("Must-do items are missing: %(codes)s.") % {"codes": _(", ").join(missing)}, missing=missing
        )
    unpriced = [item.menu_item.code for item in items if item.amount is None]
    if settled and unpriced:
        raise ItemsUnpriced(
            _("These items have no price: %(codes)s.") % {"codes": _(", ").join(unpriced)}, items=unpriced
        )
    unpaid = [item.menu_item.code for item in items if item.amount and not item.shares.all()]
    if unpaid:
        raise PayersMissing(
            _("Nobody pays for these items: %(codes)s.") % {"codes": _(", ").join(unpaid)}, items=unpaid
        )


def _split_among_payers(items: Sequence[PlanItem]) -> list[PlanItem]:
    """Each item's amount among its payers, to the fen: written where it does not stand so already. Those where it did
    not.
    """
    moved = []
    for item in items:
        parts = planned_parts(item.amount, {share.source_id: share.weight for share in item.shares.all()})
        for share in item.shares.all():
            if share.planned != parts[share.source_id]:
                share.planned = parts[share.source_id]
                moved.append(share)
    FundingShare.objects.bulk_update(moved, ["planned"])
    touched = {share.plan_item_id for share in moved}
    return [item for item in items if item.pk in touched]


def _share_among_households(draft: RenovationPlan, shared: Sequence[SharesOfSource]) -> None:
    """Write down each household's share. Raises what stands in the way of telling one."""
    for source in shared:
        if source.fault is not None:
            raise source.fault
    rows = chain.from_iterable(
        (
            HouseholdShare(
                plan=draft,
                source=source.source,
                household_id=share.household,
                weight=share.weight,
                amount=share.amount,
            )
            for share in source.shares
        )
        for source in shared
    )
    HouseholdShare.objects.bulk_create(rows, batch_size=ROWS_A_STATEMENT)


def _approve(requests: Sequence[ChangeRequest], plan: RenovationPlan, *, by: User | None, at: datetime) -> None:
    for request in requests:
        if request.state != ChangeRequestState.REQUESTED:
            continue
        request.state, request.decided_at, request.decided_by = ChangeRequestState.APPROVED, at, by
        request.save(update_fields=["state", "decided_at", "decided_by"])
        add_history(request, "change_approved", by=by, fields=["state", "decided_at"], plan=plan.pk)
