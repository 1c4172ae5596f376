"""Exports: what one asked for and how far it is; a new one; views of one's own, and their weekly mail."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.http import SignedInRequest
from common.errors import DomainError
from common.keyset import keyset_page
from overview.models import Export, SavedView
from overview.pages.export_forms import AskForm, ViewNameForm, WeeklyForm, neighbourhood_names, shown_filters
from overview.reports.exports import FAILURES, places_of
from overview.services.exports.asking import queue_export
from overview.services.exports.fetching import open_file
from overview.services.exports.sources import MIME_TYPES, file_name_of, filters_said, sheets_open_to, title_of
from overview.services.weekly import remove_view, save_view, schedule_weekly, stop_weekly
from overview.sheets import SHEETS
from overview.sheets.frame import Sheet

PAGE_SIZE = 20


@login_required
def exports(request: SignedInRequest) -> HttpResponse:
    """One's own exports, newest first, and one's views."""
    page = keyset_page(request, Export.objects.visible_to(request.user), key="id", size=PAGE_SIZE, newest_first=True)
    places = places_of(page.rows)
    views = SavedView.objects.visible_to(request.user).select_related("weekly").order_by("name")
    context = {
        "page": page,
        "lines": [(export, title_of(export.subject), places[export.pk], _failure(export)) for export in page.rows],
        "views": [(view, title_of(view.sheet)) for view in views],
        "waits": any(export.is_under_way for export in page.rows),
        "may_ask": bool(sheets_open_to(request.user)),
    }
    return render(request, "overview/exports.html", context)


@login_required
def export(request: SignedInRequest, pk: int) -> HttpResponse:
    """One export: how far it is, of what, and its file."""
    found = get_object_or_404(Export.objects.visible_to(request.user), pk=pk)
    context = {
        "export": found,
        "title": title_of(found.subject),
        "filters": filters_said(found.subject, found.filters, request.user),
        "waits": found.is_under_way,
        "failure": _failure(found),
        "has_file": found.has_file(),
        "file_name": file_name_of(found),
        "is_sheet": found.subject in SHEETS,
    }
    return render(request, "overview/export.html", context)


@login_required
def export_file(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """The file itself, for whoever asked for it."""
    found = get_object_or_404(Export.objects.visible_to(request.user), pk=pk)
    try:
        file = open_file(export=found)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("export", pk)
    answer = FileResponse(file, as_attachment=True, filename=file_name_of(found), content_type=MIME_TYPES[found.format])
    answer["Cache-Control"] = "private, no-store"
    return answer


@login_required
def export_new(request: SignedInRequest) -> HttpResponse:
    """Choose a sheet, then its place and filters: `?sheet=`, with the filters that a link brings along."""
    if request.method == "POST":
        return _asked(request)
    name = request.GET.get("sheet", "")
    if not name:
        offers = sheets_open_to(request.user)
        if not offers:
            raise PermissionDenied
        return render(request, "overview/export_choose.html", {"offers": offers})
    sheet = _sheet(request, name)
    given = {key: str(value) for key, value in request.GET.items() if key != "sheet"}
    form = sheet.form(initial=shown_filters(sheet.form, given, request.user), caller=request.user)
    return _form_page(request, sheet, form, AskForm(sheet=sheet), ViewNameForm())


def _asked(request: SignedInRequest) -> HttpResponse:
    """Make the file, or keep the filters as a view: by the button."""
    sheet = _sheet(request, request.POST.get("sheet", ""))
    filters = {name: request.POST[name] for name in sheet.form.base_fields if request.POST.get(name)}
    form = sheet.form(filters, caller=request.user)
    saves = request.POST.get("act") == "save"
    ask, name = AskForm(request.POST, sheet=sheet), ViewNameForm(request.POST if saves else None)
    status = 400
    if form.is_valid() and (name.is_valid() if saves else ask.is_valid()):
        try:
            if saves:
                view = save_view(name=name.cleaned_data["view"], sheet=sheet.name, filters=filters, by=request.user)
                messages.success(request, _("The view is kept."))
                return redirect("saved_view", view.pk)
            made = queue_export(
                subject=sheet.name,
                filters=filters,
                format=ask.cleaned_data["format"],
                reason=ask.cleaned_data.get("reason", ""),
                by=request.user,
                language=translation.get_language() or "",
            )
            return redirect("export", made.pk)
        except DomainError as refusal:
            place = {"reason_needed": "reason"}.get(refusal.code)
            (name if saves else ask).add_error("view" if saves else place, str(refusal))
            status = refusal.status
        except ValidationError as error:
            form.add_error(None, error)
    return _form_page(request, sheet, form, ask, name, status=status)


def _form_page(
    request: SignedInRequest, sheet: Sheet, form: Any, ask: AskForm, name: ViewNameForm, status: int = 200
) -> HttpResponse:
    context = {
        "sheet": sheet,
        "form": form,
        "ask": ask,
        "name": name,
        "names": neighbourhood_names(sheet.form, request.user),
    }
    return render(request, "overview/export_new.html", context, status=status)


@login_required
def saved_view(request: SignedInRequest, view: int) -> HttpResponse:
    """A view: what it is, and when it comes by mail."""
    found = get_object_or_404(SavedView.objects.visible_to(request.user).select_related("weekly"), pk=view)
    weekly = getattr(found, "weekly", None)
    form = WeeklyForm(request.POST if request.method == "POST" else None, instance=weekly)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                schedule_weekly(view=found, language=translation.get_language() or "", **form.cleaned_data)
                messages.success(request, _("The sheet comes by mail from now on."))
                return redirect("saved_view", found.pk)
            except DomainError as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
    context = {
        "view": found,
        "weekly": weekly,
        "title": title_of(found.sheet),
        "filters": filters_said(found.sheet, found.filters, request.user),
        "form": form,
        "sent": weekly.exports.order_by("-id")[:5] if weekly else [],
    }
    return render(request, "overview/saved_view.html", context, status=status)


@login_required
@require_POST
def saved_view_act(request: SignedInRequest, view: int) -> HttpResponse:
    """Make the file of a view now, send it no more, or forget it: by the button."""
    found = get_object_or_404(SavedView.objects.visible_to(request.user), pk=view)
    act = request.POST.get("act")
    if act == "remove":
        remove_view(view=found)
        messages.success(request, _("The view is forgotten."))
        return redirect("exports")
    if act == "stop":
        stop_weekly(view=found)
        messages.success(request, _("The sheet comes no more."))
        return redirect("saved_view", found.pk)
    language = translation.get_language() or ""
    try:
        made = queue_export(
            subject=found.sheet, filters=found.filters, format="xlsx", by=request.user, language=language
        )
    except DomainError as refusal:
        messages.error(request, str(refusal))
    except (ValidationError, PermissionDenied):
        messages.error(request, _("Its filters no longer fit what you may see. Please make the view anew."))
    else:
        return redirect("export", made.pk)
    return redirect("saved_view", found.pk)


def _sheet(request: SignedInRequest, name: str) -> Sheet:
    sheet = SHEETS.get(name)
    if sheet is None:
        raise Http404
    if not sheet.is_open_to(request.user):
        raise PermissionDenied
    return sheet


def _failure(export: Export) -> str:
    return str(FAILURES.get(export.error, FAILURES["export_failed"])) if export.error else ""
