"""The plan of works: the revision in force, an earlier one, and the draft of the next."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.choices import Act
from accounts.http import SignedInRequest
from accounts.permissions import may_write
from accounts.rules.territory import reach_of
from renovation.choices import PlanState
from renovation.models import Neighbourhood, RenovationPlan
from renovation.querysets import neighbourhoods_within


@login_required
def plan_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """The revision in force, and where one is frozen that is not in force yet, that there is one."""
    neighbourhood = planned(request, pk)
    revisions = list(neighbourhood.plans.select_related("frozen_by", "menu_edition").order_by("-number"))
    in_force = next((plan for plan in revisions if plan.in_force_at), None)
    frozen = next((plan for plan in revisions if plan.state == PlanState.FROZEN), None)
    return _show(request, neighbourhood, in_force or frozen)


@login_required
def plan_revision(request: SignedInRequest, pk: int, revision: int) -> HttpResponse:
    """One frozen revision, as it was frozen."""
    neighbourhood = planned(request, pk)
    frozen = neighbourhood.plans.frozen().select_related("frozen_by", "menu_edition")
    return _show(request, neighbourhood, get_object_or_404(frozen, number=revision))


def planned(request: SignedInRequest, pk: int) -> Neighbourhood:
    """A neighbourhood whose plan the caller may read; else 404."""
    seen = Neighbourhood.objects.filter(neighbourhoods_within(reach_of(request.user, Act.PLANS)))
    found: Neighbourhood = get_object_or_404(seen, pk=pk)
    return found


def _show(request: SignedInRequest, neighbourhood: Neighbourhood, plan: RenovationPlan | None) -> HttpResponse:
    context = {
        "neighbourhood": neighbourhood,
        "plan": plan,
        "may_plan": may_write(request.user, Act.PLANS, neighbourhood),
    }
    return render(request, "overview/plan.html", context)
