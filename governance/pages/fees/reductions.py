"""Reductions of fees: what waits for a decision, proposing one, and deciding it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.http import SignedInRequest
from common.keyset import keyset_page
from governance.choices.fees import ReductionState
from governance.models import FeeReduction
from governance.pages.fees.charge_forms import DecisionForm, ReductionForm
from governance.pages.fees.forms import ReasonForm
from governance.pages.fees.places import reductions_kept_neighbourhood, reductions_neighbourhood
from governance.pages.forms import posted, submit
from governance.permissions.fees import may_decide_reductions, reads_bills, reads_reasons
from governance.reports.fees.reductions import billed_months, costs_of
from governance.services.fees.reductions import decide_reduction, propose_reduction, withdraw_reduction
from renovation.models import Household, Neighbourhood

_ACTS = ("approve", "refuse", "withdraw")


@login_required
def fee_reductions(request: SignedInRequest, pk: int) -> HttpResponse:
    neighbourhood = reductions_neighbourhood(request, pk)
    rows = _rows(neighbourhood)
    decided = rows.exclude(state=ReductionState.PROPOSED)
    context = {
        "neighbourhood": neighbourhood,
        "waiting": rows.filter(state=ReductionState.PROPOSED).order_by("pk"),
        "page": keyset_page(request, decided, key="id", newest_first=True),
        "may": may_decide_reductions(request.user, neighbourhood),
    }
    return render(request, "governance/fees/reductions.html", context)


@login_required
def fee_reduction_new(request: SignedInRequest, pk: int) -> HttpResponse:
    neighbourhood = reductions_kept_neighbourhood(request, pk)
    form = ReductionForm(
        posted(request), neighbourhood=neighbourhood, household=asked_household(request, neighbourhood)
    )
    made, status = submit(form, propose_reduction, by=request.user)
    if made:
        messages.success(request, _("The reduction is proposed; somebody else decides it."))
        return redirect("fee_reduction", pk, made.pk)
    context = {"neighbourhood": neighbourhood, "form": form, "household": form.household}
    return render(request, "governance/fees/reduction_new.html", context, status=status)


@login_required
def fee_reduction(request: SignedInRequest, pk: int, reduction: int) -> HttpResponse:
    """One reduction: what it comes to, and its decision by somebody else than who proposed it."""
    neighbourhood = reductions_neighbourhood(request, pk)
    if request.method == "POST":
        neighbourhood = reductions_kept_neighbourhood(request, pk)
    found: FeeReduction = get_object_or_404(_rows(neighbourhood), pk=reduction)
    act = request.POST.get("act", "")
    decide = DecisionForm(posted(request) if act in ("approve", "refuse") else None)
    withdraw = ReasonForm(posted(request) if act == "withdraw" else None, prefix="withdraw")
    status = 200
    if act in _ACTS:
        told: dict[str, Any] = {"reduction": found, "by": request.user}
        if act == "withdraw":
            made, status = submit(withdraw, withdraw_reduction, **told)
        else:
            made, status = submit(decide, decide_reduction, approve=act == "approve", **told)
        if made:
            messages.success(request, _("Done: %(state)s.") % {"state": made.get_state_display()})
            return redirect("fee_reduction", pk, found.pk)
    may = may_decide_reductions(request.user, neighbourhood)
    context = {
        "neighbourhood": neighbourhood,
        "reduction": found,
        "costs": costs_of(found),
        "billed": billed_months(found),
        "may": may,
        "decides": may and found.state == ReductionState.PROPOSED and found.proposed_by_id != request.user.pk,
        "withdraws": may and found.state in (ReductionState.PROPOSED, ReductionState.APPROVED),
        "decide": decide,
        "withdraw": withdraw,
        "reads_bills": reads_bills(request.user, neighbourhood),
        "reads_reasons": reads_reasons(request.user, neighbourhood),
    }
    return render(request, "governance/fees/reduction.html", context, status=status)


def asked_household(request: SignedInRequest, neighbourhood: Neighbourhood) -> Household | None:
    """The household of the place that the link names; none where it names nothing that is here."""
    asked = request.GET.get("household", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 19):
        return None
    rows = Household.objects.current().filter(neighbourhood=neighbourhood)
    return rows.select_related("neighbourhood", "building", "stairwell").filter(pk=asked).first()


def _rows(neighbourhood: Neighbourhood) -> Any:
    return FeeReduction.objects.filter(neighbourhood=neighbourhood).select_related(
        "neighbourhood", "household__building", "household__stairwell", "proposed_by", "decided_by"
    )
