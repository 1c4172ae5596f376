"""One inspection tour: planned, walked with a phone in hand, closed."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.choices import Act
from accounts.http import SignedInRequest
from common.errors import DomainError
from governance.choices.upkeep import InspectionState
from governance.models import Finding, Inspection
from governance.pages.forms import posted, submit
from governance.pages.places import governed_neighbourhood
from governance.pages.upkeep import keeper_of
from governance.pages.upkeep_forms import FindingForm, InspectionForm
from governance.permissions.upkeep import may_keep_upkeep
from governance.reports.upkeep import findings_of
from governance.services.upkeep import AMENDED, add_finding, amend_inspection, close_inspection, plan_inspection
from governance.services.upkeep_tasks import open_task_of


@login_required
def inspection_new(request: SignedInRequest, pk: int) -> HttpResponse:
    """Plan a tour, or begin one today."""
    neighbourhood = keeper_of(request, pk)
    form = InspectionForm(posted(request), neighbourhood=neighbourhood)
    made, status = submit(form, plan_inspection, neighbourhood=neighbourhood, by=request.user)
    if made is not None:
        messages.success(request, _("The tour is planned."))
        return redirect("inspection", pk, made.pk)
    context = {"neighbourhood": neighbourhood, "form": form}
    return render(request, "governance/inspection_form.html", context, status=status)


@login_required
def inspection_edit(request: SignedInRequest, pk: int, inspection: int) -> HttpResponse:
    """Change what was planned of a tour."""
    neighbourhood = keeper_of(request, pk)
    tour = get_object_or_404(Inspection, neighbourhood=neighbourhood, pk=inspection)
    if tour.state == InspectionState.DONE:
        raise Http404
    initial = {name: getattr(tour, name) for name in AMENDED}
    form = InspectionForm(posted(request), neighbourhood=neighbourhood, initial=initial)
    made, status = submit(form, amend_inspection, inspection=tour, by=request.user)
    if made is not None:
        messages.success(request, _("The tour is changed."))
        return redirect("inspection", pk, made.pk)
    context = {"neighbourhood": neighbourhood, "form": form, "tour": tour}
    return render(request, "governance/inspection_form.html", context, status=status)


@login_required
def inspection(request: SignedInRequest, pk: int, inspection: int) -> HttpResponse:
    """A tour with what was seen on it. POST writes down a finding; the next is offered at the same place."""
    neighbourhood, today = governed_neighbourhood(request, pk, Act.UPKEEP), timezone.localdate()
    tour: Inspection = get_object_or_404(
        Inspection.objects.select_related("body"), neighbourhood=neighbourhood, pk=inspection
    )
    may = may_keep_upkeep(request.user, neighbourhood)
    if request.method == "POST" and not may:
        raise PermissionDenied
    walks = may and tour.state == InspectionState.PLANNED and tour.held_on <= today
    form, status = None, 200
    if walks or request.method == "POST":
        form = FindingForm(
            posted(request),
            request.FILES or None,
            neighbourhood=neighbourhood,
            user=request.user,
            initial={"at": request.GET.get("at", "")},
        )
        made, status = submit(form, add_finding, inspection=tour, by=request.user)
        if made is not None:
            messages.success(request, _("The finding is kept."))
            return redirect(f"{reverse('inspection', args=[pk, tour.pk])}?at={form.data.get('at', '')}")
    context = {
        "neighbourhood": neighbourhood,
        "tour": tour,
        "findings": list(findings_of(tour)),
        "form": form,
        "may": may,
        "is_planned": tour.state == InspectionState.PLANNED,
        "has_come": tour.held_on <= today,
    }
    return render(request, "governance/inspection.html", context, status=status)


@login_required
@require_POST
def inspection_close(request: SignedInRequest, pk: int, inspection: int) -> HttpResponse:
    """The tour is done."""
    neighbourhood = keeper_of(request, pk)
    tour = get_object_or_404(Inspection, neighbourhood=neighbourhood, pk=inspection)
    _tell(request, lambda: close_inspection(inspection=tour, by=request.user), _("The tour is closed."))
    return redirect("inspection", pk, tour.pk)


@login_required
@require_POST
def finding_task(request: SignedInRequest, pk: int, finding: int) -> HttpResponse:
    """Make a task of a finding after all."""
    neighbourhood = keeper_of(request, pk)
    found = get_object_or_404(
        Finding.objects.select_related("inspection"), inspection__neighbourhood=neighbourhood, pk=finding
    )
    try:
        made = open_task_of(finding=found, by=request.user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("inspection", pk, found.inspection_id)
    messages.success(request, _("The task is opened. Say who is to do it, and by when."))
    return redirect("upkeep_task", pk, made.pk)


def _tell(request: SignedInRequest, act: Any, words: str) -> None:
    try:
        act()
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, words)
