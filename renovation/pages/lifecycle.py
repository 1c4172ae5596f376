"""Moving a neighbourhood on, overriding a guard, and its whole history."""

from collections.abc import Mapping
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
from django.views.decorators.http import require_POST

from accounts.http import SignedInRequest
from common.errors import DomainError
from renovation.choices import EvidenceKind, Stage
from renovation.models import GuardOverride, Neighbourhood
from renovation.pages.evidence import DayField
from renovation.pages.places import planned_neighbourhood
from renovation.permissions import may_move, may_override
from renovation.reports.evidence_words import facts_told
from renovation.reports.guard_words import TITLES, detail_of, title_of
from renovation.reports.history import folded, history_of
from renovation.reports.next_steps import ShownStep, next_steps
from renovation.rules.facts import Guard
from renovation.services.lifecycle import move
from renovation.services.overrides import confirm_override, request_override

ROWS_SHOWN = 100


class MoveForm(forms.Form):
    """What a step must be given besides; `needs` are the names of what it must."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    review_on = DayField(label=gettext_lazy("Look at it again on"))

    def __init__(self, *args: Any, needs: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in set(self.fields) - set(needs):
            del self.fields[name]


class OverrideForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    document = forms.CharField(label=gettext_lazy("Document number"), max_length=120)


def _step(request: SignedInRequest, neighbourhood: Neighbourhood, stage: str) -> ShownStep:
    """The step to a stage; 404 where it does not lead there from here."""
    found = next_steps(neighbourhood, request.user, timezone.localdate())
    step = next((step for step in found if step.to == stage), None)
    if step is None:
        raise Http404
    return step


@login_required
def neighbourhood_move(request: SignedInRequest, pk: int, stage: str) -> HttpResponse:
    """What a step needs; POST takes it."""
    neighbourhood = planned_neighbourhood(request, pk)
    step = _step(request, neighbourhood, stage)
    form = MoveForm(request.POST if request.method == "POST" else None, needs=step.step.needs)
    status = 200
    if request.method == "POST":
        if not may_move(request.user, neighbourhood, step.step.movers):
            raise PermissionDenied
        if form.is_valid():
            try:
                change = move(neighbourhood=neighbourhood, to=stage, by=request.user, **form.cleaned_data)
            except DomainError as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                messages.success(request, _("Now at “%(stage)s”.") % {"stage": change.get_to_stage_display()})
                return redirect("neighbourhood", pk)
    if form.errors and status == 200:
        status = 400
    context = {"neighbourhood": neighbourhood, "step": step, "form": form}
    return render(request, "renovation/move.html", context, status=status)


@login_required
def neighbourhood_override(request: SignedInRequest, pk: int, stage: str, guard: str) -> HttpResponse:
    """Ask for a guard of a step to be overridden: a reason, a document, and then a second official."""
    neighbourhood = planned_neighbourhood(request, pk)
    step = _step(request, neighbourhood, stage)
    shown = next((one for one in step.guards if one.guard.code == guard), None)
    if shown is None:
        raise Http404
    if not may_override(request.user, neighbourhood):
        raise PermissionDenied
    form = OverrideForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            request_override(neighbourhood=neighbourhood, to=stage, guard=guard, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(request, _("Asked for. It counts once a second official of the district confirms it."))
            return redirect("neighbourhood", pk)
    if form.errors and status == 200:
        status = 400
    context = {"neighbourhood": neighbourhood, "step": step, "shown": shown, "form": form}
    return render(request, "renovation/override.html", context, status=status)


@login_required
@require_POST
def neighbourhood_override_confirm(request: SignedInRequest, pk: int, override: int) -> HttpResponse:
    neighbourhood = planned_neighbourhood(request, pk)
    mine = GuardOverride.objects.visible_to(request.user).filter(neighbourhood=neighbourhood)
    found = get_object_or_404(mine, pk=override)
    if not may_override(request.user, neighbourhood):
        raise PermissionDenied
    try:
        confirm_override(override=found, by=request.user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Confirmed: “%(guard)s” is overridden.") % {"guard": title_of(found.guard)})
    return redirect("neighbourhood", pk)


@login_required
def neighbourhood_history(request: SignedInRequest, pk: int) -> HttpResponse:
    """Everything that happened to a neighbourhood's stage, newest first, with the figures as they stood."""
    neighbourhood = planned_neighbourhood(request, pk)
    rows = folded(history_of(neighbourhood, request.user)[::-1])
    last = max(1, -(-len(rows) // ROWS_SHOWN))
    asked = request.GET.get("page", "1")
    page = min(int(asked), last) if asked.isdecimal() and len(asked) < 6 and int(asked) > 0 else 1
    shown = rows[(page - 1) * ROWS_SHOWN : page * ROWS_SHOWN]
    context = {
        "neighbourhood": neighbourhood,
        "rows": [_row(row) for row in shown],
        "page_before": page - 1,
        "page_after": page + 1 if page < last else 0,
    }
    return render(request, "renovation/history.html", context)


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the history in words."""
    figures = row["figures"]
    words: dict[str, Any] = {"facts": [], "guards": []}
    match row["kind"]:
        case "evidence":
            words["title"] = EvidenceKind(row["evidence"]).label
            words["facts"] = facts_told(row["evidence"], figures)
        case "stage_change":
            words["title"] = Stage(row["to_stage"]).label
            words["before"] = Stage(row["from_stage"]).label if row["from_stage"] else ""
            words["guards"] = [_guard(one) for one in figures.get("guards", ())]
            words["facts"] = facts_told("survey_result", figures)
        case _:
            words["title"] = title_of(row["guard"]) if row["guard"] in TITLES else row["guard"]
            words["before"] = Stage(row["to_stage"]).label
    return {**row, **words}


def _guard(kept: Mapping[str, Any]) -> dict[str, Any]:
    guard = Guard(kept["code"], kept["met"], kept["figures"], overridden=kept["overridden"])
    return {"title": title_of(guard.code), "detail": detail_of(guard, {}), "overridden": guard.overridden}
