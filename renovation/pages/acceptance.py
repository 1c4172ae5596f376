"""Acceptance of a package, the warranties, the filing, and changes asked for of the plan."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.choices import Act
from accounts.http import SignedInRequest
from accounts.permissions import may_write
from renovation.choices import ChangeRequestState, PackageState, PlanState
from renovation.models import ChangeRequest, WorkPackage
from renovation.pages.places import planned_neighbourhood
from renovation.pages.works import kept_neighbourhood, package_here, posted, sheet_of, submit
from renovation.pages.works_forms import AcceptanceForm, ChangeForm, FilingForm, RefuseForm
from renovation.reports.acceptance import ENDS_SOON_DAYS, filing_of, warranties_of
from renovation.services.acceptance import file_completion, record_acceptance
from renovation.services.works import refuse_change, request_change


@login_required
def work_acceptance(request: SignedInRequest, pk: int, package: int) -> HttpResponse:
    """Record the formal check of a package."""
    neighbourhood = kept_neighbourhood(request, pk)
    found = package_here(neighbourhood, package)
    form = AcceptanceForm(posted(request), sheet=sheet_of(found))
    made, status = submit(form, record_acceptance, package=found, by=request.user)
    if made and made.passed:
        messages.success(request, _("Accepted. The warranties begin with this day."))
    elif made:
        messages.success(request, _("Recorded. The package is under way again."))
    if made:
        return redirect("work_package", pk, package)
    context = {"neighbourhood": neighbourhood, "package": found, "form": form}
    return render(request, "renovation/work_acceptance.html", context, status=status)


@login_required
def warranties(request: SignedInRequest, pk: int) -> HttpResponse:
    """All warranties, those that end soon first."""
    neighbourhood = planned_neighbourhood(request, pk)
    today = timezone.localdate()
    context = {
        "neighbourhood": neighbourhood,
        "warranties": warranties_of(neighbourhood, today),
        "soon_days": ENDS_SOON_DAYS,
        "today": today,
    }
    return render(request, "renovation/warranties.html", context)


@login_required
def completion_filing(request: SignedInRequest, pk: int) -> HttpResponse:
    """Record that the completion file was handed in."""
    neighbourhood = kept_neighbourhood(request, pk)
    form = FilingForm(posted(request))
    made, status = submit(form, file_completion, neighbourhood=neighbourhood, by=request.user)
    if made:
        messages.success(request, _("The filing is recorded."))
        return redirect("works", pk)
    packages = list(WorkPackage.objects.filter(neighbourhood=neighbourhood))
    context = {
        "neighbourhood": neighbourhood,
        "form": form,
        "filing": filing_of(neighbourhood, timezone.localdate(), packages),
        "open_packages": [one for one in packages if one.state != PackageState.ACCEPTED],
    }
    return render(request, "renovation/completion_filing.html", context, status=status)


@login_required
def change_request_new(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write down that somebody asks for a change of the settled plan; `?package=` is the package that it is about."""
    neighbourhood = kept_neighbourhood(request, pk)
    packages = WorkPackage.objects.filter(neighbourhood=neighbourhood).order_by("number")
    form = ChangeForm(posted(request), packages=packages, initial={"package": request.GET.get("package")})
    made, status = submit(form, request_change, neighbourhood=neighbourhood, by=request.user)
    if made:
        messages.success(request, _("The change is written down and waits for a decision."))
        return redirect("change_request", pk, made.pk)
    context = {"neighbourhood": neighbourhood, "form": form}
    return render(request, "renovation/change_request_new.html", context, status=status)


@login_required
def change_request(request: SignedInRequest, pk: int, change: int) -> HttpResponse:
    """A change that was asked for. POST refuses it; approved it is by the revision of the plan that it becomes."""
    neighbourhood = planned_neighbourhood(request, pk)
    rows = ChangeRequest.objects.filter(neighbourhood=neighbourhood)
    found: ChangeRequest = get_object_or_404(
        rows.select_related("neighbourhood", "package", "plan", "decided_by"), pk=change
    )
    may_keep = may_write(request.user, Act.PLANS, neighbourhood)
    if request.method == "POST" and not may_keep:
        raise PermissionDenied
    form = RefuseForm(posted(request))
    made, status = submit(form, refuse_change, change_request=found, by=request.user)
    if made:
        messages.success(request, _("The change is refused."))
        return redirect("change_request", pk, change)
    drafted = found.plan is not None and found.plan.state == PlanState.DRAFT
    waits = found.state == ChangeRequestState.REQUESTED
    context = {
        "neighbourhood": neighbourhood,
        "change": found,
        "form": form,
        "drafted": drafted,
        "waits": waits,
        "may_decide": may_keep and waits,
    }
    return render(request, "renovation/change_request.html", context, status=status)
