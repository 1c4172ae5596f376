"""The works of a neighbourhood: its packages, and one of them with all that became of it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.choices import Act
from accounts.http import SignedInRequest
from accounts.permissions import may_write
from common.errors import DomainError
from renovation.choices import Attendee, PackageState
from renovation.models import (
    Acceptance,
    ChangeRequest,
    Neighbourhood,
    PackageEvent,
    Warranty,
    WorkPackage,
)
from renovation.pages.places import planned_neighbourhood
from renovation.pages.works_forms import PackageForm, ProgressForm, StepForm
from renovation.reports.acceptance import CHECKLIST_WORDS, ENDS_SOON_DAYS, warranties_of
from renovation.reports.works import (
    PackageSheet,
    beside_package,
    items_in_force,
    package_sheets,
    progress_reports,
    unpackaged_items,
    works_of,
)
from renovation.rules.works import BEGUN_AT, CHANGES_ASKED_AT, MOVED_AT, PACKAGED_AT, steps_from
from renovation.services.works import change_package, create_package, move_package, report_progress

ENTRIES_SHOWN = 100

STEP_WORDS: dict[tuple[str, str], Promise] = {
    ("planned", "running"): gettext_lazy("Begin the package"),
    ("running", "suspended"): gettext_lazy("Suspend the package"),
    ("running", "done"): gettext_lazy("Report the package done"),
    ("suspended", "running"): gettext_lazy("Resume the package"),
}


def kept_neighbourhood(request: SignedInRequest, pk: int) -> Neighbourhood:
    """A neighbourhood whose works the caller keeps; 404 where not seen, 403 where only read."""
    neighbourhood = planned_neighbourhood(request, pk)
    if not may_write(request.user, Act.PLANS, neighbourhood):
        raise PermissionDenied
    return neighbourhood


def package_here(neighbourhood: Neighbourhood, package: int) -> WorkPackage:
    """One of its packages, else 404: who reads the neighbourhood's plan reads them all."""
    rows = WorkPackage.objects.filter(neighbourhood=neighbourhood).select_related("neighbourhood")
    found: WorkPackage = get_object_or_404(rows, pk=package)
    return found


def sheet_of(package: WorkPackage) -> PackageSheet:
    return package_sheets([package], timezone.localdate())[0]


def submit(form: Any, act: Callable[..., Any], **place: Any) -> tuple[Any, int]:
    """Do what a form asks; what came of it, or None and the status of its faults or of the refusal, which it shows."""
    if not form.is_bound:
        return None, 200
    if not form.is_valid():
        return None, 400
    try:
        return act(**place, **form.told), 302
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return None, refusal.status


def posted(request: SignedInRequest) -> Any:
    return request.POST if request.method == "POST" else None


@login_required
def works(request: SignedInRequest, pk: int) -> HttpResponse:
    """The packages, what is in none, changes asked for, and how far acceptance and filing are."""
    neighbourhood = planned_neighbourhood(request, pk)
    today = timezone.localdate()
    sheet = works_of(neighbourhood, today)
    warranties = warranties_of(neighbourhood, today)
    changes = ChangeRequest.objects.filter(neighbourhood=neighbourhood).select_related("plan", "package")
    may_keep = may_write(request.user, Act.PLANS, neighbourhood)
    may_package = may_keep and neighbourhood.stage in PACKAGED_AT and bool(sheet.unpackaged)
    may_file = may_keep and sheet.filing.passed_on is not None
    context = {
        "neighbourhood": neighbourhood,
        "works": sheet,
        "changes": list(changes.order_by("-number")),
        "warranties": warranties,
        "soon_days": ENDS_SOON_DAYS,
        "may_package": may_package,
        "may_ask": may_keep and neighbourhood.stage in CHANGES_ASKED_AT,
        "may_file": may_file,
        "files_next": may_file and not may_package and sheet.filing.first is None,
    }
    return render(request, "renovation/works.html", context)


@login_required
def work_package(request: SignedInRequest, pk: int, package: int) -> HttpResponse:
    """One package: what is done of each item, what was reported, each state, its checks and warranties."""
    neighbourhood = planned_neighbourhood(request, pk)
    found = package_here(neighbourhood, package)
    sheet = sheet_of(found)
    acceptances = Acceptance.objects.filter(package=found).select_related("recorded_by").order_by("-pk")
    context = {
        "neighbourhood": neighbourhood,
        "package": found,
        "sheet": sheet,
        "reports": progress_reports(found, most=ENTRIES_SHOWN),
        "events": list(PackageEvent.objects.filter(package=found).select_related("by").order_by("-pk")),
        "acceptances": [(one, _points(one), _took_part(one)) for one in acceptances],
        "warranties": list(
            Warranty.objects.filter(package=found).select_related("menu_item").order_by("ends_on", "menu_item__code")
        ),
        "changes": list(ChangeRequest.objects.filter(package=found).order_by("-number")),
        "beside": beside_package(found),
        "acts": _acts(request, neighbourhood, sheet),
    }
    return render(request, "renovation/work_package.html", context)


def _points(acceptance: Acceptance) -> list[tuple[str, bool]]:
    return [(str(words), bool(acceptance.checklist.get(point))) for point, words in CHECKLIST_WORDS.items()]


def _took_part(acceptance: Acceptance) -> str:
    return _(", ").join(str(Attendee(who).label) for who in acceptance.attendees)


def _acts(request: SignedInRequest, neighbourhood: Neighbourhood, sheet: PackageSheet) -> dict[str, Any]:
    """What this reader may do about a package now; `next` is the one that leads on."""
    state, stage = sheet.package.state, neighbourhood.stage
    if not may_write(request.user, Act.PLANS, neighbourhood):
        return {}
    steps = [
        (to, STEP_WORDS[state, to])
        for to in steps_from(state)
        if stage in (BEGUN_AT if state == PackageState.PLANNED else MOVED_AT)
        and (to != PackageState.DONE or not sheet.undone)
    ]
    reports = state == PackageState.RUNNING and stage in BEGUN_AT
    checks = state == PackageState.DONE and stage in MOVED_AT
    leads = "accept" if checks else "progress" if reports and sheet.undone else ""
    return {
        "edit": state == PackageState.PLANNED and stage in PACKAGED_AT,
        "progress": reports,
        "accept": checks,
        "steps": steps,
        "next": leads or next((to for to, _words in steps if to != PackageState.SUSPENDED), ""),
    }


@login_required
def work_package_new(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put items that are in no package yet into a new one."""
    neighbourhood = kept_neighbourhood(request, pk)
    items = unpackaged_items(neighbourhood)
    form = PackageForm(posted(request), items=items)
    made, status = submit(form, create_package, neighbourhood=neighbourhood, by=request.user)
    if made:
        messages.success(request, _("The package is made: %(name)s.") % {"name": made.name})
        return redirect("work_package", pk, made.pk)
    return render(request, "renovation/work_package_form.html", _package_page(neighbourhood, form, None), status=status)


@login_required
def work_package_edit(request: SignedInRequest, pk: int, package: int) -> HttpResponse:
    """Change a package that has not begun."""
    neighbourhood = kept_neighbourhood(request, pk)
    found = package_here(neighbourhood, package)
    mine = list(found.items.values_list("menu_item", flat=True))
    own = items_in_force([neighbourhood.pk]).filter(menu_item__in=mine).select_related("menu_item")
    items = sorted([*own, *unpackaged_items(neighbourhood)], key=lambda item: item.menu_item.code)
    known = {name: getattr(found, name) for name in PackageForm.base_fields if name != "menu_items"}
    form = PackageForm(posted(request), items=items, initial={**known, "menu_items": mine})
    made, status = submit(form, change_package, package=found, by=request.user)
    if made:
        messages.success(request, _("Saved."))
        return redirect("work_package", pk, package)
    return render(
        request, "renovation/work_package_form.html", _package_page(neighbourhood, form, found), status=status
    )


def _package_page(neighbourhood: Neighbourhood, form: PackageForm, package: WorkPackage | None) -> dict[str, Any]:
    return {"neighbourhood": neighbourhood, "form": form, "package": package}


@login_required
def work_progress(request: SignedInRequest, pk: int, package: int) -> HttpResponse:
    """Report how much of each item is done."""
    neighbourhood = kept_neighbourhood(request, pk)
    found = package_here(neighbourhood, package)
    form = ProgressForm(posted(request), sheet=sheet_of(found))
    made, status = submit(form, report_progress, package=found, by=request.user)
    if made:
        messages.success(request, _("Progress is recorded."))
        return redirect("work_package", pk, package)
    context = {"neighbourhood": neighbourhood, "package": found, "form": form}
    return render(request, "renovation/work_progress.html", context, status=status)


@login_required
def work_move(request: SignedInRequest, pk: int, package: int) -> HttpResponse:
    """Take a step of a package: `?to=` says which."""
    neighbourhood = kept_neighbourhood(request, pk)
    found = package_here(neighbourhood, package)
    to = request.GET.get("to", "")
    words = STEP_WORDS.get((found.state, to))
    if words is None:
        raise Http404
    form = StepForm(posted(request), to=to)
    moved, status = submit(form, move_package, package=found, to=to, by=request.user)
    if moved:
        messages.success(request, _("Now at “%(stage)s”.") % {"stage": moved.get_state_display()})
        return redirect("work_package", pk, package)
    context = {"neighbourhood": neighbourhood, "package": found, "form": form, "words": words, "to": to}
    return render(request, "renovation/work_move.html", context, status=status)
