"""What every write to a plan begins with: the neighbourhood's lock, then the plan's."""

from collections.abc import Iterable, Sequence

from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from accounts.models import Change
from renovation.choices import ChangeRequestState
from renovation.errors import AmountTooLarge, ChangeRequestNeeded, NoPlanNow, PlanFrozen
from renovation.models import ChangeRequest, Neighbourhood, PlanItem, RenovationPlan
from renovation.rules.evidence import MAX_MONEY
from renovation.rules.plans import PLANNING, SETTLED


def lock_neighbourhood(neighbourhood_id: int) -> Neighbourhood:
    return Neighbourhood.objects.select_for_update().get(pk=neighbourhood_id)


def lock_plan(plan: RenovationPlan) -> RenovationPlan:
    """The plan as it is now, locked after its neighbourhood."""
    neighbourhood = lock_neighbourhood(plan.neighbourhood_id)
    locked = RenovationPlan.objects.select_for_update(of=("self",)).select_related("menu_edition").get(pk=plan.pk)
    locked.neighbourhood = neighbourhood
    return locked


def lock_draft(plan: RenovationPlan) -> RenovationPlan:
    """The same, of a draft. Raises PlanFrozen."""
    locked = lock_plan(plan)
    if not locked.is_draft:
        raise PlanFrozen(_("This revision is frozen: open a draft of the next one."))
    return locked


def refuse_out_of_season(neighbourhood: Neighbourhood, requests: Sequence[ChangeRequest]) -> None:
    """Raises NoPlanNow where no plan is made at this stage; ChangeRequestNeeded where it has been settled and none of
    `requests` waits for a decision.
    """
    if neighbourhood.stage not in PLANNING:
        raise NoPlanNow(
            _("At the stage “%(stage)s” the plan is neither made nor changed.")
            % {"stage": neighbourhood.get_stage_display()}
        )
    if neighbourhood.stage in SETTLED and not any(
        request.state == ChangeRequestState.REQUESTED for request in requests
    ):
        raise ChangeRequestNeeded(_("The plan has been settled: it changes only by a change request that is open."))


def take_stock(plan: RenovationPlan) -> bool:
    """Count a draft's items and add up their amounts; whether that moved anything. Raises AmountTooLarge."""
    found = PlanItem.objects.filter(plan=plan).aggregate(items=Count("pk"), total=Sum("amount"))
    total = found["total"] or 0
    if total >= MAX_MONEY:
        raise AmountTooLarge(_("The plan would cost more than can be kept here: check quantities and prices."))
    moved = (plan.item_count, plan.total) != (found["items"], total)
    plan.item_count, plan.total = found["items"], total
    return moved


def note_items(items: Iterable[PlanItem], plan: RenovationPlan, action: str) -> None:
    """Tell `changes/` of items that came, went or were split with their draft: its own row in the history says why."""
    Change.objects.bulk_create(
        Change(
            action=action,
            resource=PlanItem.resource,
            object_id=item.pk,
            fields=[],
            community_code=plan.community_code,
            neighbourhood_code=plan.neighbourhood_code,
        )
        for item in items
    )
