"""The plan of works: the revision in force, an earlier one, and the draft of the next."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.choices import Act
from accounts.http import SignedInRequest
from accounts.permissions import may_write
from accounts.rules.territory import reach_of
from overview.reports.plans import items_to_add, last_orders, plan_shown
from renovation.models import MenuItem, Neighbourhood, RenovationPlan
from renovation.querysets import neighbourhoods_within
from renovation.rules.plans import PLANNING, SETTLED

MOST_SUGGESTED = 8


@login_required
def plan_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """The revision in force; where a later one waits for its notice to end, that too."""
    neighbourhood = _planned(request, pk)
    return _show(request, neighbourhood, _revisions(neighbourhood), None)


@login_required
def plan_revision(request: SignedInRequest, pk: int, revision: int) -> HttpResponse:
    """One frozen revision, as it was frozen."""
    neighbourhood = _planned(request, pk)
    revisions = _revisions(neighbourhood)
    plan = next((one for one in revisions if one.number == revision and not one.is_draft), None)
    if plan is None:
        raise Http404
    return _show(request, neighbourhood, revisions, plan)


@login_required
def plan_draft(request: SignedInRequest, pk: int) -> HttpResponse:
    """The next revision while it is made: its items, what it lacks, and what residents ordered that is not in it."""
    neighbourhood = _planned(request, pk)
    revisions = _revisions(neighbourhood)
    draft = next((plan for plan in revisions if plan.is_draft), None)
    may = may_write(request.user, Act.PLANS, neighbourhood)
    context: dict[str, Any] = {
        "neighbourhood": neighbourhood,
        "draft": draft,
        "may_plan": may,
        "may_open": may and neighbourhood.stage in PLANNING,
    }
    if draft is not None:
        ordered = last_orders(neighbourhood, request.user)
        shown = plan_shown(draft, ordered)
        rest = items_to_add(draft, ordered) if may else []
        suggested = [pair for pair in rest if pair[1]][:MOST_SUGGESTED]
        missing = {item.code: item for item, _orders in rest if item.code in shown.sheet.missing}
        context |= {
            "shown": shown,
            "missing": [missing.get(code, code) for code in shown.sheet.missing],
            "suggested": suggested,
            "rest": _by_code([item for item, _orders in rest[len(suggested) :]]),
            "has_sources": neighbourhood.funding_sources.exists(),
        }
    return render(request, "overview/plan_draft.html", context)


def _planned(request: SignedInRequest, pk: int) -> Neighbourhood:
    """A neighbourhood whose plan the caller may read; else 404."""
    seen = Neighbourhood.objects.filter(neighbourhoods_within(reach_of(request.user, Act.PLANS)))
    found: Neighbourhood = get_object_or_404(seen, pk=pk)
    return found


def _revisions(neighbourhood: Neighbourhood) -> list[RenovationPlan]:
    """All revisions, the newest first, a draft among them."""
    plans = RenovationPlan.objects.filter(neighbourhood=neighbourhood)
    return list(plans.select_related("neighbourhood", "menu_edition", "frozen_by").order_by("-number"))


def _by_code(items: list[MenuItem]) -> list[MenuItem]:
    return sorted(items, key=lambda item: item.code)


def _show(
    request: SignedInRequest,
    neighbourhood: Neighbourhood,
    revisions: list[RenovationPlan],
    asked_for: RenovationPlan | None,
) -> HttpResponse:
    frozen = [plan for plan in revisions if not plan.is_draft]
    in_force = next((plan for plan in frozen if plan.in_force_at), None)
    plan = asked_for or in_force or (frozen[0] if frozen else None)
    waiting = frozen[0] if frozen and in_force and frozen[0].number > in_force.number else None
    may = may_write(request.user, Act.PLANS, neighbourhood)
    context = {
        "neighbourhood": neighbourhood,
        "plan": plan,
        "shown": plan_shown(plan, last_orders(neighbourhood, request.user)) if plan else None,
        "in_force": in_force,
        "waiting": waiting,
        "draft": next((one for one in revisions if one.is_draft), None),
        "others": [one for one in frozen if one != plan],
        "may_plan": may,
        "may_open": may and neighbourhood.stage in PLANNING,
        "is_settled": neighbourhood.stage in SETTLED,
        "may_post": may_write(request.user, Act.SURVEYS, neighbourhood),
    }
    return render(request, "overview/plan.html", context)
