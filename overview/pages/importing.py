"""A file of lines taken into a table that the back office keeps: hand it in, see what it does, then let it be done.

One page for all such tables. It stands here since files are read as rosters are, by a rule of the registry.
"""

from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminFileFieldWidget

from accounts.back_office.admins import caller
from accounts.back_office.importing import (
    LINES_AT_ONCE,
    Column,
    ImportOutcome,
    LineOutcome,
    LineResource,
    Lines,
    import_lines,
)
from accounts.services.history import add_history
from common.figures import count_text
from renovation.reports.roster_problems import problem_text
from renovation.rules.roster.files import UnreadableFile, open_sheets

FILE_BYTES = 5 * 1024 * 1024
SALT = "gongdi.import"
PREVIEW_HOLDS = 60 * 60
"""Seconds for which what was shown may be confirmed."""

SHOWN_OF_EACH = 200


class LinesFileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV or XLSX, at most 5 MB and 5,000 lines below the header."),
        max_length=255,
        allow_empty_file=True,
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".xlsx,.xls,.csv"}),
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > FILE_BYTES:
            raise forms.ValidationError(_("A file has at most %(megabytes)s MB.") % {"megabytes": FILE_BYTES >> 20})
        return file


class ShownForm(forms.Form):
    """What was shown, signed, so that what is confirmed is what was shown."""

    shown = forms.CharField(widget=forms.HiddenInput, max_length=8_000_000)


def import_rows(request: HttpRequest, model: type[Model]) -> HttpResponse:
    shown = admin.site.get_model_admin(model)
    if not shown.has_add_permission(request):
        raise PermissionDenied
    resource: LineResource = shown.line_resource(shown, request)  # type: ignore[attr-defined]
    if request.method == "POST" and "shown" in request.POST:
        return _confirm(request, resource)
    form = LinesFileForm(request.POST, request.FILES) if request.method == "POST" else LinesFileForm()
    if not form.is_valid():
        return _page(request, resource, form, status=400 if form.errors else 200)
    file: UploadedFile = form.cleaned_data["file"]
    try:
        lines, not_read = _read(resource, file)
    except UnreadableFile as fault:
        form.add_error("file", problem_text(fault.code, fault.params))
        return _page(request, resource, form, status=400)
    except forms.ValidationError as fault:
        form.add_error("file", fault)
        return _page(request, resource, form, status=400)
    return _show(request, resource, form, lines, file_name=(file.name or "")[:255], not_read=not_read)


# --- Reading the file ------------------------------------------------------------------------------


def _read(resource: LineResource, file: UploadedFile) -> tuple[Lines, list[str]]:
    """The lines of the first sheet that has any, and the columns that were not read. Raises UnreadableFile, or
    ValidationError where it is no such table.
    """
    with NamedTemporaryFile() as kept:
        for chunk in file.chunks():
            kept.write(chunk)
        kept.flush()
        for sheet in open_sheets(Path(kept.name), no="FALSE"):
            rows = ((number, row) for number, row in enumerate(sheet.rows, 1) if any(cell.strip() for cell in row))
            first = None if sheet.hidden else next(rows, None)
            if first is None:
                continue
            places, not_read = _places(resource, first[1])
            found: list[tuple[int, list[str]]] = []
            for number, row in rows:
                if len(found) == LINES_AT_ONCE:
                    said = _("A file has at most %(most)s lines. Hand it in as several.")
                    raise forms.ValidationError(said % {"most": count_text(LINES_AT_ONCE)})
                found.append((number, [row[place].strip() if place < len(row) else "" for place in places.values()]))
            if not found:
                raise forms.ValidationError(_("There is no line below the header."))
            return Lines(list(places), found), not_read
    raise UnreadableFile("file_empty")


def _places(resource: LineResource, header: list[str]) -> tuple[dict[str, int], list[str]]:
    """{column: its place} for the columns that are known, by name or label, and the others. Raises ValidationError."""
    known: dict[str, Column] = {}
    for column in resource.columns:
        known |= {column.name: column, str(column.label).lower(): column}
    places: dict[str, int] = {}
    not_read: list[str] = []
    for place, cell in enumerate(header):
        found = known.get(cell.strip().lower())
        if found is None:
            not_read += [cell.strip()] if cell.strip() else []
        elif found.name in places:
            raise forms.ValidationError(_("The column %(name)s stands twice.") % {"name": cell.strip()})
        else:
            places[found.name] = place
    if missing := [column.name for column in resource.columns if column.is_needed and column.name not in places]:
        raise forms.ValidationError(_("The file lacks the columns %(names)s.") % {"names": ", ".join(missing)})
    return places, not_read


# --- Showing and doing -----------------------------------------------------------------------------


def _show(
    request: HttpRequest,
    resource: LineResource,
    form: LinesFileForm,
    lines: Lines,
    *,
    file_name: str,
    not_read: list[str],
    refusal: str = "",
) -> HttpResponse:
    outcome = import_lines(resource, lines, dry_run=True)
    if outcome.faults:
        shown = {"faults": outcome.faults[:SHOWN_OF_EACH], "fault_count": len(outcome.faults)}
        return _page(request, resource, form, status=409, not_read=not_read, **shown)
    signed = {
        "list": resource.model_admin.opts.label_lower,
        "by": caller(request).pk,
        "headers": lines.headers,
        "rows": lines.rows,
        "file": file_name,
        "digest": outcome.digest,
        "not_read": not_read,
    }
    confirm = ShownForm(initial={"shown": signing.dumps(signed, salt=SALT, compress=True)})
    context = {**_told(resource, outcome), "confirm": confirm, "not_read": not_read, "refusal": refusal}
    return _page(request, resource, form, status=409 if refusal else 200, **context)


def _confirm(request: HttpRequest, resource: LineResource) -> HttpResponse:
    confirmed, opts = ShownForm(request.POST), resource.model_admin.opts
    try:
        if not confirmed.is_valid():
            raise signing.BadSignature
        asked = signing.loads(confirmed.cleaned_data["shown"], salt=SALT, max_age=PREVIEW_HOLDS)
        if (asked["list"], asked["by"]) != (opts.label_lower, caller(request).pk):
            raise signing.BadSignature
        lines = Lines(asked["headers"], [(number, cells) for number, cells in asked["rows"]])
        digest, file_name, not_read = asked["digest"], asked["file"], asked["not_read"]
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        # Also what an earlier version of the site has signed.
        said = _("What was shown can no longer be confirmed. Hand the file in again.")
        return _page(request, resource, LinesFileForm(), refusal=said, status=409)
    with transaction.atomic():
        outcome = import_lines(resource, lines, dry_run=False, shown=digest)
        made, changed = len(_new(outcome)), len(_changed(outcome))
        is_done = not outcome.faults and outcome.digest == digest
        if is_done:
            add_history(
                caller(request),
                "rows_imported",
                by=caller(request),
                action=None,
                list=opts.label_lower,
                file=file_name,
                new=made,
                changed=changed,
            )
    if not is_done:
        said = _("Something has changed since this was shown, and nothing was done. This is what the file does now.")
        again = {"file_name": file_name, "not_read": not_read, "refusal": said}
        return _show(request, resource, LinesFileForm(), lines, **again)
    said = ngettext(
        "%(count)s line of the file is taken in.", "%(count)s lines of the file are taken in.", made + changed
    )
    messages.success(request, said % {"count": count_text(made + changed)})
    return redirect(f"admin:{opts.app_label}_{opts.model_name}_changelist")


def _new(outcome: ImportOutcome) -> list[LineOutcome]:
    return [line for line in outcome.lines if line.is_new]


def _changed(outcome: ImportOutcome) -> list[LineOutcome]:
    return [line for line in outcome.lines if line.is_changed and not line.is_new]


def _told(resource: LineResource, outcome: ImportOutcome) -> dict[str, Any]:
    """What the lines do, for the page: the new rows whole, of the others the fields that change."""
    new, changed = _new(outcome), _changed(outcome)
    names = {column.name: str(column.label) for column in resource.columns}
    pairs = [
        (
            line,
            [(label, line.before[name], line.after[name]) for name, label in names.items() if _differs(line, name)],
        )
        for line in changed[:SHOWN_OF_EACH]
    ]
    return {
        "is_shown": True,
        "new": [[line.after[name] for name in names] for line in new[:SHOWN_OF_EACH]],
        "new_count": len(new),
        "changed": pairs,
        "changed_count": len(changed),
        "unchanged_count": len(outcome.lines) - len(new) - len(changed),
        "does_nothing": not new and not changed,
        "labels": list(names.values()),
    }


def _differs(line: LineOutcome, name: str) -> bool:
    return line.before[name] != line.after[name]


def _page(
    request: HttpRequest, resource: LineResource, form: LinesFileForm, *, status: int = 200, **context: Any
) -> HttpResponse:
    opts = resource.model_admin.opts
    shared = {
        **admin.site.each_context(request),
        "title": _("Take in a file"),
        "subtitle": str(opts.verbose_name_plural),
        "opts": opts,
        "form": form,
        "columns": resource.columns,
        "list_url": reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist"),
        "lines_url": reverse(f"admin:{opts.app_label}_{opts.model_name}_export_lines"),
    }
    page = TemplateResponse(request, "admin/import.html", {**shared, **context}, status=status)
    page["Cache-Control"] = "no-store"
    return page
