"""Service of party members for points: for whoever keeps points here. There is no list of points by name."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.choices import Act
from accounts.http import SignedInRequest
from common.keyset import keyset_page
from governance.choices.party import ServiceState
from governance.models import ServiceRecord
from governance.pages.forms import posted, submit
from governance.pages.party_forms import NoteForm, ReasonForm, ServiceForm
from governance.pages.places import governed_neighbourhood
from governance.permissions.party import keeps_points, reads_points
from governance.reports.party import records_with_points, rules_for
from governance.services.points import approve_service, propose_service, reject_service, reverse_points
from renovation.models import Neighbourhood

WAITING_SHOWN = 100
DECIDED_SHOWN = 50


def _neighbourhood(request: SignedInRequest, pk: int) -> Neighbourhood:
    """A neighbourhood whose points the caller reads by name; 403 where totals are read, 404 where nothing is."""
    neighbourhood = governed_neighbourhood(request, pk, Act.PARTY_POINTS)
    if not reads_points(request.user, neighbourhood):
        raise PermissionDenied
    return neighbourhood


@login_required
def party_services(request: SignedInRequest, pk: int) -> HttpResponse:
    """What waits for a decision, what was decided, and the rules that hold. POST proposes a service."""
    neighbourhood = _neighbourhood(request, pk)
    may = keeps_points(request.user, neighbourhood)
    if request.method == "POST" and not may:
        raise PermissionDenied
    rules = rules_for(neighbourhood, timezone.localdate())
    form = ServiceForm(posted(request), neighbourhood=neighbourhood, rules=rules)
    made, status = submit(form, propose_service, by=request.user)
    if made is not None:
        messages.success(request, _("The service is proposed. Somebody else decides on it."))
        return redirect("party_services", pk)
    records = ServiceRecord.objects.filter(member__neighbourhood=neighbourhood).select_related(
        "member", "rule", "proposed_by"
    )
    waiting = records.filter(state=ServiceState.PROPOSED).order_by("pk")[:WAITING_SHOWN]
    decided = records_with_points(records.exclude(state=ServiceState.PROPOSED))
    context = {
        "neighbourhood": neighbourhood,
        "form": form if may and rules else None,
        "rules": rules,
        "waiting": [(record, _is_judge(request, record)) for record in waiting],
        "decided": keyset_page(request, decided, key="id", size=DECIDED_SHOWN, newest_first=True),
    }
    return render(request, "governance/party_services.html", context, status=status)


def _is_judge(request: SignedInRequest, record: ServiceRecord) -> bool:
    """Whether the caller is another person than proposed it, and than did it."""
    return request.user.pk not in (record.proposed_by_id, record.member.user_id)


@login_required
def party_service(request: SignedInRequest, pk: int, service: int) -> HttpResponse:
    """One service. POST approves or rejects it, or takes its points back."""
    neighbourhood = _neighbourhood(request, pk)
    records = records_with_points(ServiceRecord.objects.filter(member__neighbourhood=neighbourhood))
    found: Any = get_object_or_404(
        records.select_related("member", "rule", "proposed_by", "decided_by"),
        pk=service,
    )
    may = keeps_points(request.user, neighbourhood)
    act = request.POST.get("act", "") if request.method == "POST" else ""
    if request.method == "POST":
        if not may:
            raise PermissionDenied
        if act not in ACTS:
            raise Http404
    approve = NoteForm(request.POST if act == "approve" else None, auto_id="approve_%s")
    reject = ReasonForm(request.POST if act == "reject" else None, auto_id="reject_%s")
    reverse = ReasonForm(request.POST if act == "reverse" else None, auto_id="reverse_%s")
    status = 200
    if act:
        form: Any = {"approve": approve, "reject": reject, "reverse": reverse}[act]
        made, status = submit(form, ACTS[act], record=found, by=request.user)
        if made is not None:
            said = {"approve": _("The service is approved."), "reject": _("The service is rejected.")}
            messages.success(request, said.get(act, _("The points are taken back.")))
            return redirect("party_service", pk, found.pk)
    context = {
        "neighbourhood": neighbourhood,
        "record": found,
        "approve": approve,
        "reject": reject,
        "reverse": reverse,
        "may": may,
        "is_judge": _is_judge(request, found),
    }
    return render(request, "governance/party_service.html", context, status=status)


ACTS: dict[str, Any] = {"approve": approve_service, "reject": reject_service, "reverse": reverse_points}
