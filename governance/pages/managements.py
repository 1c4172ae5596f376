"""Who manages a neighbourhood: now, before and later; a form to agree on it, and one to end it."""

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
from accounts.permissions import may_write
from common.errors import DomainError
from common.keyset import keyset_page
from governance.models import Management
from governance.pages.body_forms import EndForm, ManagementForm
from governance.pages.places import governed_neighbourhood
from governance.services.managements import agree_management, end_management

OVER_SHOWN = 20


@login_required
def managements(request: SignedInRequest, pk: int) -> HttpResponse:
    """The managements of a neighbourhood. POST agrees on one, or ends the one that `management` names."""
    neighbourhood = governed_neighbourhood(request, pk)
    may, today = may_write(request.user, Act.BODIES, neighbourhood), timezone.localdate()
    rows = Management.objects.visible_to(request.user).filter(neighbourhood=neighbourhood)
    act = request.POST.get("act") if request.method == "POST" else None
    if request.method == "POST":
        if not may:
            raise PermissionDenied
        if act not in ("agree", "end"):
            raise Http404
    agree = ManagementForm(
        request.POST if act == "agree" else None, neighbourhood=neighbourhood, user=request.user, auto_id="agree_%s"
    )
    named = request.POST.get("management", "")
    ending = (
        get_object_or_404(rows, pk=int(named) if named.isdecimal() and len(named) < 19 else 0) if act == "end" else None
    )
    end = EndForm(request.POST if act == "end" else None, auto_id="end_%s")
    status = 200
    form: Any = {"agree": agree, "end": end}.get(act or "")
    if form is not None:
        if form.is_valid():
            told = dict(form.cleaned_data)
            try:
                if ending is None:
                    agree_management(neighbourhood=neighbourhood, by=request.user, **told)
                else:
                    end_management(management=ending, ends_on=told["ended_on"], reason=told["reason"], by=request.user)
            except DomainError as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                messages.success(request, _("Who manages is written down."))
                return redirect("managements", pk)
        if form.errors and status == 200:
            status = 400
    at_hand = list(rows.exclude(ends_on__lt=today).select_related("body", "vote").order_by("starts_on", "pk"))
    page = keyset_page(
        request,
        rows.filter(ends_on__lt=today).select_related("body", "vote"),
        key="id",
        size=OVER_SHOWN,
        newest_first=True,
    )
    context = {
        "neighbourhood": neighbourhood,
        "at_hand": at_hand,
        "now": next((one for one in at_hand if one.starts_on <= today), None),
        "page": page,
        "agree": agree if may else None,
        "end": end if may and at_hand else None,
        "ending": ending,
        "today": today,
    }
    return render(request, "governance/managements.html", context, status=status)
