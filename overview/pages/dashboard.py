"""The dashboard: what an official reads on Monday morning, and the rows behind each of its figures."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.choices import Act
from accounts.http import SignedInRequest
from accounts.models import User
from overview.pages.dashboard_charts import tile_picture, trend_lines, unit_of
from overview.pages.dashboard_links import with_links
from overview.pages.dashboard_map import map_picture
from overview.pages.pdf import paper_response
from overview.prints.dashboard import dashboard_paper
from overview.reports.dashboard import NoDashboard, NoSuchFigure, dashboard_of, rows_of
from overview.reports.dashboard.shape import Dashboard
from overview.rules.dashboard import EARLIEST
from overview.templatetags.dashboards import url_of
from renovation.models import Division

PAGE_SIZE = 50
LAST_PAGE = 10_000


@require_safe
@login_required
def dashboard(request: SignedInRequest, place: str = "") -> HttpResponse:
    """The dashboard of a division, or of all that is the reader's own; today's, or that of a day gone by (`?on=`)."""
    found = dashboard_asked_for(request, place)
    return render(request, "overview/dashboard.html", {**frame(found, place), **_parts(request, found)})


@require_safe
@login_required
def dashboard_rows(request: SignedInRequest, key: str, place: str = "") -> HttpResponse:
    """What a figure is made of: as many rows as it says."""
    require_dashboard(request.user)
    day, now = day_asked_for(request), timezone.now()
    number = page_number(request)
    start = (number - 1) * PAGE_SIZE
    try:
        opened = rows_of(request.user, place or None, day, key, start=start, size=PAGE_SIZE, now=now)
    except (NoDashboard, NoSuchFigure) as none:
        raise Http404 from none
    on = day.isoformat() if day else ""

    def link(page: int) -> str:
        return url_of("dashboard_rows", key, code=place, on=on, page=str(page))

    context = {
        "code": place,
        "on": on,
        "day": day or timezone.localdate(now),
        "as_of": now,
        "is_past": day is not None,
        "division": Division.objects.filter(code=place).first() if place else None,
        "opened": opened,
        "rows": with_links(opened.rows, request.user),
        "previous_url": link(number - 1) if number > 1 else "",
        "next_url": link(number + 1) if number * PAGE_SIZE < opened.total else "",
    }
    return render(request, "overview/dashboard_rows.html", context)


@require_safe
@login_required
def print_dashboard(request: SignedInRequest, place: str = "") -> HttpResponse:
    """The dashboard on A4 sheets."""
    return paper_response(dashboard_paper(dashboard_asked_for(request, place)))


def dashboard_asked_for(request: SignedInRequest, place: str) -> Dashboard:
    """The dashboard of a division, on the day asked for. 403 for who reads none, 404 elsewhere."""
    require_dashboard(request.user)
    try:
        return dashboard_of(request.user, place or None, day_asked_for(request))
    except NoDashboard as none:
        raise Http404 from none


def require_dashboard(user: User) -> None:
    """403 for who reads no dashboard anywhere."""
    if not user.reach(Act.OVERVIEW):
        raise PermissionDenied


def day_asked_for(request: SignedInRequest) -> date | None:
    """The day gone by that is asked for; None for today, and for what cannot be one."""
    try:
        day = date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return None
    return day if EARLIEST <= day < timezone.localdate() else None


def frame(found: Dashboard, code: str) -> dict[str, Any]:
    """What each page of a dashboard knows: the place in the address, and the day where it has gone by."""
    return {"code": code, "on": found.day.isoformat() if found.is_past else "", "found": found}


def _parts(request: SignedInRequest, found: Dashboard) -> dict[str, Any]:
    sections = {name: with_links(section.rows, request.user) for name, section in found.sections.items()}
    return {
        "rows": sections,
        "tiles": tile_picture(found, request.GET.get("tiles", "")),
        "map": map_picture(found, request.GET.get("tiles", "")),
        "trends": trend_lines(found),
        "unit": unit_of(found.money),
        "weekly_url": _weekly_url(found),
        "pdf_url": url_of("print_dashboard", code=found.place.code, on=found.day.isoformat() if found.is_past else ""),
        "today": timezone.localdate(),
    }


def _weekly_url(found: Dashboard) -> str:
    """The form of the weekly sheet, filled in for what is shown."""
    asked = {"sheet": "weekly-progress", "division": found.place.code, "on": found.day.isoformat()}
    return (
        f"{reverse('export_new')}?{urlencode({k: v for k, v in asked.items() if v and (k != 'on' or found.is_past)})}"
    )


def page_number(request: SignedInRequest) -> int:
    """Which page of a list is asked for; the first for what is no number."""
    text = request.GET.get("page", "1")
    return min(max(1, int(text)), LAST_PAGE) if text.isascii() and text.isdigit() else 1
