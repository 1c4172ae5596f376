"""What if the pass mark were another: who would pass, and how many doors the others would still miss."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.choices import Act
from accounts.http import SignedInRequest
from accounts.models import User
from common import figures
from consent.models import ConsentPolicy
from overview.pages.dashboard import page_number, require_dashboard
from overview.pages.dashboard_links import with_links
from overview.reports.dashboard import NoDashboard, what_if
from overview.reports.dashboard.shape import WhatIfRow
from overview.templatetags.dashboards import url_of

PAGE_SIZE = 60
"""Rows of a page of those that would still miss doors."""


class ShareForm(forms.Form):
    share = forms.DecimalField(min_value=Decimal(50), max_value=Decimal(100), max_digits=5, decimal_places=2)


@dataclass(frozen=True, slots=True)
class Line:
    what: WhatIfRow
    url: str
    doors_url: str
    """Its doors that do not count as support, for who may read them."""


@require_safe
@login_required
def dashboard_what_if(request: SignedInRequest, place: str = "") -> HttpResponse:
    """Asked by `?share=` in percent, from 50 to 100; by itself the mark that holds."""
    require_dashboard(request.user)
    form = ShareForm(request.GET if "share" in request.GET else None)
    asked: Decimal | None = form.cleaned_data["share"] / 100 if form.is_valid() else None
    share = asked if asked is not None else _mark_in_force(request.user, place)
    try:
        found = what_if(request.user, place or None, share)
    except NoDashboard as none:
        raise Http404 from none
    percent = figures.mark_text(share).removesuffix("%")
    pages = max(1, ceil(len(found.rows) / PAGE_SIZE))
    number = min(page_number(request), pages)

    def link(page: int) -> str:
        return url_of("dashboard_what_if", code=place, share=percent, page=str(page)) + "#missing"

    context: dict[str, Any] = {
        "code": place,
        "on": "",
        "found": found,
        "day": timezone.localdate(found.as_of),
        "percent": percent,
        "error": form.errors["share"][0] if form.errors else "",
        "turned": _lines(found.turned, request.user),
        "missing": _lines(found.rows[(number - 1) * PAGE_SIZE : number * PAGE_SIZE], request.user),
        "previous_url": link(number - 1) if number > 1 else "",
        "next_url": link(number + 1) if number < pages else "",
    }
    return render(request, "overview/dashboard_what_if.html", context, status=400 if form.errors else 200)


def _mark_in_force(user: User, code: str) -> Decimal:
    """The pass mark that a survey opened today would have here; all households where no policy is in force."""
    place = code or next(iter(user.reach(Act.OVERVIEW).divisions), "")
    policies: Any = ConsentPolicy.objects.visible_to(user)
    policy: ConsentPolicy | None = policies.for_place(place, timezone.localdate()).first()
    return policy.pass_share if policy else Decimal(1)


def _lines(rows: Sequence[WhatIfRow], user: User) -> list[Line]:
    linked = with_links([one.row for one in rows], user)
    return [Line(one, link.url, link.doors_url) for one, link in zip(rows, linked, strict=True)]
