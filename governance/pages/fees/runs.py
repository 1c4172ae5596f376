"""Billing: a dry run first, then the bills; and months that are closed."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.http import SignedInRequest
from common.errors import DomainError
from common.keyset import keyset_page
from governance.choices.fees import RunMode, RunStatus
from governance.models import BillingRun, FeeSchedule
from governance.pages.fees.forms import RunForm
from governance.pages.fees.places import fee_kept_neighbourhood, fee_neighbourhood
from governance.pages.forms import posted, submit
from governance.permissions.fees import may_write_fees
from governance.reports.fees.exceptions import FAILURES, exceptions_of
from governance.services.fees.billing import queue_run


@login_required
def fee_runs(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask for a dry run; the runs there were, with those of a division that took the neighbourhood in."""
    neighbourhood = fee_neighbourhood(request, pk)
    if request.method == "POST":
        fee_kept_neighbourhood(request, pk)
    form = RunForm(posted(request), today=timezone.localdate(), initial=_asked(request))
    run, status = submit(form, queue_run, neighbourhood=neighbourhood, mode=RunMode.DRY_RUN, by=request.user)
    if run:
        return redirect("fee_run", pk, run.pk)
    page = keyset_page(request, _runs(request, neighbourhood), key="id", size=20, newest_first=True)
    context = {
        "neighbourhood": neighbourhood,
        "form": form,
        "page": page,
        "lines": [(run, sum(run.exception_counts.values())) for run in page.rows],
        "is_priced": FeeSchedule.objects.filter(neighbourhood=neighbourhood).exists(),
        "may": may_write_fees(request.user, neighbourhood),
    }
    return render(request, "governance/fees/runs.html", context, status=status)


@login_required
def fee_run(request: SignedInRequest, pk: int, run: int) -> HttpResponse:
    """One run: how far it is, what it would bill or billed, and the units to look at. A dry run is posted from here."""
    neighbourhood = fee_neighbourhood(request, pk)
    found: BillingRun = get_object_or_404(_runs(request, neighbourhood), pk=run)
    if request.method == "POST":
        fee_kept_neighbourhood(request, pk)
        again = RunMode.POST if request.POST.get("act") == "post" else RunMode.DRY_RUN
        try:
            made = queue_run(
                neighbourhood=neighbourhood, kind=found.kind, period=found.period, mode=again, by=request.user
            )
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return redirect("fee_run", pk, found.pk)
        return redirect("fee_run", pk, made.pk)
    is_own = found.neighbourhood_id == neighbourhood.pk
    same = {"neighbourhood": neighbourhood, "kind": found.kind, "period": found.period, "mode": RunMode.POST}
    later = _runs(request, neighbourhood).filter(**same, pk__gt=found.pk).order_by("pk")
    context = {
        "neighbourhood": neighbourhood,
        "run": found,
        "is_own": is_own,
        "waits": found.status in (RunStatus.QUEUED, RunStatus.RUNNING),
        "exceptions": exceptions_of(found, neighbourhood),
        "failure": FAILURES.get(found.error, FAILURES["run_failed"]),
        "posted": later.first() if is_own else None,
        "may": is_own and may_write_fees(request.user, neighbourhood),
    }
    return render(request, "governance/fees/run.html", context)


def _runs(request: SignedInRequest, neighbourhood: Any) -> Any:
    """The neighbourhood's own runs, and those over a division above it that the caller reads."""
    above = [neighbourhood.community_code[:length] for length in (4, 6, 9, 12)]
    here = Q(neighbourhood=neighbourhood) | Q(neighbourhood=None, community_code__in=above)
    return BillingRun.objects.visible_to(request.user).filter(here).select_related("by")


def _asked(request: SignedInRequest) -> dict[str, str]:
    """What a link from the hub fills in."""
    return {name: request.GET[name] for name in ("kind", "period") if name in request.GET}
