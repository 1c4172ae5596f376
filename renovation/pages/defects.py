"""Defects of a neighbourhood, those that wait first; and one of them, from raised to closed."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.http import SignedInRequest
from common.errors import DomainError
from common.keyset import keyset_page
from common.photo_fields import PhotosForm
from renovation.choices import DefectState, Severity
from renovation.models import Defect, Neighbourhood
from renovation.pages.evidence import DayField
from renovation.pages.places import supervised_neighbourhood
from renovation.pages.site_reports import ItemField, OnSiteForm
from renovation.permissions import may_supervise
from renovation.reports.supervision import (
    PHOTOS,
    WaitingDefect,
    count_defects,
    defects_of,
    items_built,
    rectified_by,
    waiting_defects,
)
from renovation.rules.supervision import days_overdue
from renovation.services.supervision import raise_defect, recheck_defect, rectify_defect

WAITING_SHOWN = 200
CLOSED_SHOWN = 20


class DefectForm(OnSiteForm):
    text = forms.CharField(
        label=gettext_lazy("What is wrong"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
    severity = forms.ChoiceField(label=gettext_lazy("Severity"), choices=Severity.choices, widget=forms.RadioSelect)
    menu_item = ItemField(label=gettext_lazy("Item"), required=False, queryset=None)
    found_on = DayField(label=gettext_lazy("Found on"), initial=timezone.localdate)
    due_on = DayField(label=gettext_lazy("To be rectified by"), required=False)

    def __init__(self, *args: Any, neighbourhood: Neighbourhood, **kwargs: Any) -> None:
        super().__init__(*args, neighbourhood=neighbourhood, **kwargs)
        choices: Any = self.fields
        choices["menu_item"].queryset = items_built(neighbourhood)
        choices["menu_item"].empty_label = _("Not said")
        self.initial.setdefault("severity", Severity.MINOR)

    @property
    def told(self) -> dict[str, Any]:
        names = ("text", "severity", "menu_item", "found_on", "due_on", "package", "building")
        return {name: self.cleaned_data[name] for name in names}


class DefectStepForm(PhotosForm):
    """That something was done about a defect: on which day, what, and photos of it."""

    done_on = DayField(label=gettext_lazy("Done on"), initial=timezone.localdate)
    note = forms.CharField(
        label=gettext_lazy("What was done or seen"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


@login_required
def defects(request: SignedInRequest, pk: int) -> HttpResponse:
    """The defects of a neighbourhood. POST raises one."""
    neighbourhood = supervised_neighbourhood(request, pk)
    may, today = may_supervise(request.user, neighbourhood), timezone.localdate()
    sent = request.method == "POST"
    if sent and not may:
        raise PermissionDenied
    form = DefectForm(
        request.POST if sent else None,
        request.FILES if sent else None,
        neighbourhood=neighbourhood,
        user=request.user,
    )
    status = 200
    if sent and form.is_valid():
        try:
            made = raise_defect(neighbourhood=neighbourhood, photos=form.photos, by=request.user, **form.told)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(request, _("The defect is raised."))
            return redirect("defect", pk, made.pk)
    if form.errors and status == 200:
        status = 400
    closed = keyset_page(
        request,
        defects_of(neighbourhood).filter(state=DefectState.CLOSED),
        key="id",
        size=CLOSED_SHOWN,
        newest_first=True,
    )
    context = {
        "neighbourhood": neighbourhood,
        "form": form if may else None,
        "counts": count_defects(neighbourhood, today),
        "open": waiting_defects(neighbourhood, DefectState.OPEN, today, most=WAITING_SHOWN),
        "rectified": waiting_defects(neighbourhood, DefectState.RECTIFIED, today, most=WAITING_SHOWN),
        "closed": [WaitingDefect(found, 0) for found in closed.rows],
        "page": closed,
    }
    return render(request, "renovation/defects.html", context, status=status)


@login_required
def defect(request: SignedInRequest, pk: int, defect: int) -> HttpResponse:
    """One defect. POST records its rectification, or a recheck, whichever it waits for."""
    neighbourhood = supervised_neighbourhood(request, pk)
    found: Defect = get_object_or_404(
        defects_of(neighbourhood).select_related("report").prefetch_related(PHOTOS, "events__by"), pk=defect
    )
    may = may_supervise(request.user, neighbourhood)
    sent = request.method == "POST"
    if sent and not may:
        raise PermissionDenied
    act = request.POST.get("act", "")
    if sent and act not in ACTS:
        raise Http404
    form = DefectStepForm(request.POST if sent else None, request.FILES if sent else None)
    status = 200
    if sent and form.is_valid():
        told = {name: form.cleaned_data[name] for name in ("done_on", "note")}
        try:
            if act == "rectify":
                rectify_defect(defect=found, photos=form.photos, by=request.user, **told)
            else:
                recheck_defect(defect=found, passed=act == "passed", photos=form.photos, by=request.user, **told)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(request, ACTS[act])
            return redirect("defect", pk, found.pk)
    if form.errors and status == 200:
        status = 400
    context = {
        "neighbourhood": neighbourhood,
        "defect": found,
        "days_overdue": days_overdue(found.due_on, timezone.localdate()) if found.state == DefectState.OPEN else 0,
        "events": list(found.events.all())[::-1],
        "form": form if may and found.state != DefectState.CLOSED else None,
        "is_second_person": rectified_by(found) != request.user.pk,
    }
    return render(request, "renovation/defect.html", context, status=status)


ACTS = {
    "rectify": gettext_lazy("The rectification is kept. Somebody else rechecks it."),
    "passed": gettext_lazy("The defect is closed."),
    "failed": gettext_lazy("The defect is open again."),
}
