"""Recording that residents were told of a workshop, a notice or a vote."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.http import SignedInRequest
from common.errors import DomainError
from consent.pages.announced import SUBJECTS
from consent.pages.workshop_forms import AnnounceForm
from consent.pages.workshops import meeting_neighbourhood
from consent.permissions import may_announce
from consent.reports.workshops import announcements_of
from consent.services.announcements import announce


@login_required
def announcement_new(request: SignedInRequest, pk: int) -> HttpResponse:
    """Record that residents were told: of the `?workshop=`, the `?notice=` or the `?vote=` that the address names."""
    neighbourhood = meeting_neighbourhood(request, pk)
    name, about = _subject(request, pk)
    if not may_announce(request.user, about):
        raise PermissionDenied
    form = AnnounceForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                announce(about=about, by=request.user, **form.cleaned_data)
            except DomainError as refusal:
                form.add_error(FIELDS.get(refusal.code), str(refusal))
                status = refusal.status
            else:
                messages.success(request, _("Recorded how residents were told."))
                return redirect(_page_of(name, about))
        else:
            status = 400
    context = {
        "neighbourhood": neighbourhood,
        "about": about,
        "back": _page_of(name, about),
        "form": form,
        "told": announcements_of(about),
    }
    return render(request, "consent/announcement_new.html", context, status=status)


FIELDS = {"day_in_future": "told_on", "photo_refused": "photo"}
"""The field at which a refusal is said; else above the form."""


def _subject(request: SignedInRequest, pk: int) -> tuple[str, Any]:
    """What residents were told of, and what it is called in the address: one that the caller sees, else 404."""
    named = [(name, request.GET[name]) for name in SUBJECTS if name in request.GET]
    if len(named) != 1:
        raise Http404
    name, wanted = named[0]
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 19):
        raise Http404
    rows = SUBJECTS[name].objects.visible_to(request.user).filter(neighbourhood=pk)
    return name, get_object_or_404(rows.select_related("neighbourhood"), pk=int(wanted))


def _page_of(name: str, about: Any) -> str:
    if name == "vote":
        return reverse("vote", args=[about.pk])
    return reverse(name, args=[about.neighbourhood_id, about.pk])
