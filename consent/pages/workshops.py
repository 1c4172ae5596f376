"""Workshops and meetings of a neighbourhood: what they left to do, planning one, and one with its minutes."""

from collections.abc import Callable
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

from accounts.choices import Act
from accounts.http import SignedInRequest
from accounts.permissions import may_write
from accounts.rules.territory import reach_of
from common.errors import DomainError
from common.keyset import keyset_page
from consent.choices import WorkshopKind, WorkshopState
from consent.models import Workshop
from consent.pages.announced import announce_url
from consent.pages.workshop_forms import (
    CancelForm,
    DecisionForm,
    HoldForm,
    NewWorkshopForm,
    PlanForm,
    SettleForm,
    SignInForm,
    SummaryForm,
    TaskForm,
    plan_of,
)
from consent.permissions import may_keep_workshop
from consent.reports.workshops import count_tasks, minutes_of, waiting_tasks
from consent.services.workshops import (
    add_attendances,
    add_decision,
    add_task,
    amend_workshop,
    cancel_workshop,
    hold_workshop,
    plan_workshop,
    remove_attendance,
    settle_task,
)
from renovation.models import Neighbourhood
from renovation.querysets import neighbourhoods_within

TASKS_SHOWN = 200
PLANNED_SHOWN = 100
PAST_SHOWN = 30


@login_required
def workshops(request: SignedInRequest, pk: int) -> HttpResponse:
    """What meetings left to do, the most overdue first; those to come; and those that were."""
    neighbourhood = meeting_neighbourhood(request, pk)
    today = timezone.localdate()
    mine = Workshop.objects.visible_to(request.user).filter(neighbourhood=neighbourhood).with_counts()
    planned = list(mine.planned().order_by("held_on", "pk")[:PLANNED_SHOWN])
    past = mine.exclude(state=WorkshopState.PLANNED)
    context = {
        "neighbourhood": neighbourhood,
        "counts": count_tasks(neighbourhood, today),
        "tasks": waiting_tasks(neighbourhood, request.user, today, most=TASKS_SHOWN),
        "planned": planned,
        "unreported": [workshop for workshop in planned if workshop.held_on < today],
        "page": keyset_page(request, past, key="id", size=PAST_SHOWN, newest_first=True),
        "today": today,
        "keeps": may_write(request.user, Act.WORKSHOPS, neighbourhood),
        "keeps_party": may_keep_workshop(request.user, neighbourhood, WorkshopKind.PARTY_MEETING),
    }
    return render(request, "consent/workshops.html", context)


@login_required
def workshop_new(request: SignedInRequest, pk: int) -> HttpResponse:
    """Call a workshop or a meeting together."""
    neighbourhood = meeting_neighbourhood(request, pk)
    if not may_write(request.user, Act.WORKSHOPS, neighbourhood):
        raise PermissionDenied
    keeps_party = may_keep_workshop(request.user, neighbourhood, WorkshopKind.PARTY_MEETING)
    form = NewWorkshopForm(
        request.POST or None,
        keeps_party=keeps_party,
        initial={"kind": WorkshopKind.WORKSHOP, "held_on": timezone.localdate()},
    )
    if request.method == "POST" and form.is_valid():
        made = plan_workshop(neighbourhood=neighbourhood, by=request.user, **form.cleaned_data)
        messages.success(request, _("Planned. Tell residents of it, and record here that it was held."))
        return redirect("workshop", pk, made.pk)
    context = {"neighbourhood": neighbourhood, "form": form, "workshop": None}
    return render(request, "consent/workshop_form.html", context, status=400 if form.errors else 200)


@login_required
def workshop_edit(request: SignedInRequest, pk: int, workshop: int) -> HttpResponse:
    """Change what is planned; what was held or cancelled leads back to its page."""
    found = _own(request, pk, workshop)
    if request.method != "POST" and found.state != WorkshopState.PLANNED:
        return redirect("workshop", pk, found.pk)
    form = PlanForm(request.POST or None, initial=plan_of(found))
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            amend_workshop(workshop=found, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(request, _("The plan is changed."))
            return redirect("workshop", pk, found.pk)
    elif form.errors:
        status = 400
    context = {"neighbourhood": found.neighbourhood, "form": form, "workshop": found}
    return render(request, "consent/workshop_form.html", context, status=status)


@login_required
def workshop_page(request: SignedInRequest, pk: int, workshop: int) -> HttpResponse:
    """One workshop with its minutes. POST does what its `act` names."""
    if request.method != "POST":
        return _show(request, _workshop(request, pk, workshop))
    found = _own(request, pk, workshop)
    act = request.POST.get("act", "")
    if act not in ACTS:
        raise Http404
    form, do = ACTS[act](request, found)
    if not form.is_valid():
        return _show(request, found, act, form, status=400)
    try:
        do()
    except DomainError as refusal:
        form.add_error(FIELDS.get(refusal.code) if FIELDS.get(refusal.code) in form.fields else None, str(refusal))
        found.refresh_from_db()
        return _show(request, found, act, form, status=refusal.status)
    messages.success(request, DONE[act])
    if act == "settle" and request.POST.get("from") == "list":
        return redirect("workshops", pk)
    return redirect("workshop", pk, found.pk)


FIELDS = {
    "day_in_future": "held_on",
    "day_out_of_order": "due_on",
    "already_attending": "sheet",
    "hands_disagree": "outcome",
}
"""The field at which a refusal is said; else above the form."""

DONE = {
    "hold": gettext_lazy("Recorded that it was held."),
    "cancel": gettext_lazy("It is cancelled. Tell whoever was told of it."),
    "sum_up": gettext_lazy("The summary is changed."),
    "attend": gettext_lazy("They are on the list."),
    "unattend": gettext_lazy("Taken off the list."),
    "decide": gettext_lazy("The decision is kept."),
    "task": gettext_lazy("The task is given."),
    "settle": gettext_lazy("The task is settled."),
}

Do = tuple[forms.Form, Callable[[], Any]]
"""A form that was sent, and what to do once it is found right."""


def _hold(request: SignedInRequest, workshop: Workshop) -> Do:
    form = HoldForm(request.POST, neighbourhood=workshop.neighbourhood)

    def hold() -> None:
        told = {name: form.cleaned_data[name] for name in ("summary", "held_on")}
        hold_workshop(workshop=workshop, attendances=form.rows, by=request.user, **told)

    return form, hold


def _cancel(request: SignedInRequest, workshop: Workshop) -> Do:
    form = CancelForm(request.POST)
    return form, lambda: cancel_workshop(workshop=workshop, by=request.user, **form.cleaned_data)


def _sum_up(request: SignedInRequest, workshop: Workshop) -> Do:
    form = SummaryForm(request.POST)
    return form, lambda: amend_workshop(workshop=workshop, by=request.user, **form.cleaned_data)


def _attend(request: SignedInRequest, workshop: Workshop) -> Do:
    form = SignInForm(request.POST, neighbourhood=workshop.neighbourhood)
    return form, lambda: add_attendances(workshop=workshop, attendances=form.rows, by=request.user)


class OneForm(forms.Form):
    attendance = forms.IntegerField(min_value=1, max_value=2**63 - 1)


def _unattend(request: SignedInRequest, workshop: Workshop) -> Do:
    form = OneForm(request.POST)

    def remove() -> None:
        row = get_object_or_404(workshop.attendances, pk=form.cleaned_data["attendance"])
        remove_attendance(attendance=row, by=request.user)

    return form, remove


def _decide(request: SignedInRequest, workshop: Workshop) -> Do:
    form = DecisionForm(request.POST)
    return form, lambda: add_decision(workshop=workshop, by=request.user, **form.cleaned_data)


def _task(request: SignedInRequest, workshop: Workshop) -> Do:
    form = TaskForm(request.POST)
    return form, lambda: add_task(workshop=workshop, by=request.user, **form.cleaned_data)


def _settle(request: SignedInRequest, workshop: Workshop) -> Do:
    form = SettleForm(request.POST)

    def settle() -> None:
        row = get_object_or_404(workshop.tasks, pk=form.cleaned_data["task"])
        told = {name: form.cleaned_data[name] for name in ("state", "note")}
        settle_task(task=row, by=request.user, **told)

    return form, settle


ACTS: dict[str, Callable[[SignedInRequest, Workshop], Do]] = {
    "hold": _hold,
    "cancel": _cancel,
    "sum_up": _sum_up,
    "attend": _attend,
    "unattend": _unattend,
    "decide": _decide,
    "task": _task,
    "settle": _settle,
}


def _show(
    request: SignedInRequest, workshop: Workshop, act: str = "", sent: forms.Form | None = None, status: int = 200
) -> HttpResponse:
    today = timezone.localdate()
    keeps = may_keep_workshop(request.user, workshop, workshop.kind)
    has_begun = workshop.state != WorkshopState.CANCELLED and workshop.held_on <= today
    context = {
        "neighbourhood": workshop.neighbourhood,
        "workshop": workshop,
        "minutes": minutes_of(workshop, request.user, today),
        "announce_url": announce_url(request.user, workshop),
        "has_begun": has_begun,
        "is_unreported": workshop.state == WorkshopState.PLANNED and workshop.held_on < today,
        "keeps": keeps,
        "act": act,
        "forms": _forms(workshop, act, sent) if keeps else {},
        "refused": sent if act in ("settle", "unattend") else None,
    }
    return render(request, "consent/workshop.html", context, status=status)


def _forms(workshop: Workshop, act: str, sent: forms.Form | None) -> dict[str, forms.Form]:
    """The forms of the page by their acts; the one that was sent stands there as it was sent."""
    today = timezone.localdate()
    here = {"neighbourhood": workshop.neighbourhood}
    empty: dict[str, forms.Form] = {
        "hold": HoldForm(initial={"held_on": min(workshop.held_on, today)}, **here),
        "cancel": CancelForm(),
        "sum_up": SummaryForm(initial={"summary": workshop.summary}),
        "attend": SignInForm(**here),
        "decide": DecisionForm(),
        "task": TaskForm(),
    }
    return {**empty, act: sent} if sent is not None and act in empty else empty


def meeting_neighbourhood(request: SignedInRequest, pk: int) -> Neighbourhood:
    """A neighbourhood whose workshops the caller may read; else 404."""
    seen = Neighbourhood.objects.filter(neighbourhoods_within(reach_of(request.user, Act.WORKSHOPS)))
    found: Neighbourhood = get_object_or_404(seen, pk=pk)
    return found


def _workshop(request: SignedInRequest, pk: int, workshop: int) -> Workshop:
    mine = Workshop.objects.visible_to(request.user).filter(neighbourhood=pk)
    found: Workshop = get_object_or_404(mine.select_related("neighbourhood"), pk=workshop)
    return found


def _own(request: SignedInRequest, pk: int, workshop: int) -> Workshop:
    found = _workshop(request, pk, workshop)
    if not may_keep_workshop(request.user, found, found.kind):
        raise PermissionDenied
    return found
