"""A neighbourhood's roster: hand in a file, read what its check found, then write it, or take an import back."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts.choices import Act
from accounts.http import SignedInRequest
from accounts.permissions import may_write
from common.errors import DomainError
from common.keyset import keyset_page
from renovation.choices import ImportMode, ImportStatus
from renovation.models import Neighbourhood, RosterImport
from renovation.reports.owner_merges import merge_proposals
from renovation.reports.roster_imports import may_be_reverted
from renovation.reports.roster_problems import detail_of
from renovation.rules.roster.columns import MAPPABLE, Fate, Field
from renovation.rules.roster.files import MAX_FILE_BYTES, UnreadableFile
from renovation.services.roster_imports import queue_again, queue_import, revert_import
from renovation.services.roster_rejects import file_name_of, rejected_rows_workbook

IMPORTS_SHOWN = 20
PROBLEMS_SHOWN = 100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

FIELD_NAMES: dict[Field, Promise] = {
    Field.BUILDING: gettext_lazy("Building"),
    Field.STAIRWELL: gettext_lazy("Stairwell"),
    Field.UNIT: gettext_lazy("Unit number"),
    Field.PLACE: gettext_lazy("Building, stairwell and unit in one cell"),
    Field.FLOOR: gettext_lazy("Floor"),
    Field.AREA: gettext_lazy("Gross floor area"),
    Field.USE: gettext_lazy("Use"),
    Field.TENURE: gettext_lazy("Tenure"),
    Field.OCCUPANCY: gettext_lazy("Occupancy"),
    Field.HEAD: gettext_lazy("Head of household"),
    Field.PHONE: gettext_lazy("Telephone of the household"),
    Field.OWNER: gettext_lazy("Owner"),
    Field.OWNER_PHONE: gettext_lazy("Telephone of the owner"),
    Field.REMARKS: gettext_lazy("Remarks"),
    Field.NEIGHBOURHOOD: gettext_lazy("Neighbourhood"),
    Field.PARKING: gettext_lazy("Parking space"),
    Field.SERIAL: gettext_lazy("Serial number"),
    Field.BUILDING_CODE: gettext_lazy("Number of the building, explained on another sheet"),
    Field.STAIRWELL_CODE: gettext_lazy("Number of the stairwell, explained on another sheet"),
    Field.ROOM_CODE: gettext_lazy("Number of the room"),
    Field.OWNER_CODE: gettext_lazy("Number of the owner, explained on another sheet"),
    Field.SPACE_OWNERSHIP: gettext_lazy("Kind of parking space"),
    Field.IGNORE: gettext_lazy("Not needed"),
}

WHY_NOT: dict[Fate, Promise] = {
    Fate.IDENTITY: gettext_lazy("Identity numbers are never imported"),
    Fate.SENSITIVE: gettext_lazy("Sensitive: not kept in this roster"),
    Fate.WILLINGNESS: gettext_lazy("A yes on a roster is not a visit: ask at the door, in a survey"),
    Fate.NOT_KEPT: gettext_lazy("Not part of the registry"),
}


class RosterFileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Roster file"),
        max_length=255,
        allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MAX_FILE_BYTES:
            raise forms.ValidationError(
                _("A roster has at most %(megabytes)s MB.") % {"megabytes": MAX_FILE_BYTES >> 20}
            )
        return file


class ColumnsForm(forms.Form):
    """A select for each column that was not recognised, and for each that was mapped by hand."""

    def __init__(self, *args: Any, roster_import: RosterImport, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._keys: dict[str, str] = {}
        choices = [("", _("Not imported")), *((field.value, FIELD_NAMES[field]) for field in MAPPABLE)]
        for column in roster_import.columns:
            key = column["key"]
            if key in self._keys.values() or (column["fate"] != Fate.UNKNOWN and key not in roster_import.mapping):
                continue
            name = f"column-{len(self._keys)}"
            self._keys[name] = key
            where = f"{column['sheet']} {column['column']}".strip()
            self.fields[name] = forms.ChoiceField(
                label=_("%(name)s (column %(where)s)") % {"name": column["header"] or "–", "where": where},
                choices=choices,
                required=False,
                initial=roster_import.mapping.get(key, ""),
            )

    @property
    def mapping(self) -> dict[str, str]:
        """What was chosen. A column set back to "not imported" is ignored, which undoes an earlier choice."""
        chosen = {key: self.cleaned_data[name] for name, key in self._keys.items()}
        undone = {key for name, key in self._keys.items() if not chosen[key] and self.fields[name].initial}
        return {key: field or Field.IGNORE for key, field in chosen.items() if field or key in undone}


def _neighbourhood(request: SignedInRequest, pk: int) -> Neighbourhood:
    """The neighbourhood, 404 where it is not seen, 403 where the caller may not import into it."""
    visible = Neighbourhood.objects.visible_to(request.user).select_related("community")
    neighbourhood = get_object_or_404(visible, pk=pk)
    if not may_write(request.user, Act.REGISTRY, neighbourhood):
        raise PermissionDenied
    return neighbourhood


def _roster_import(request: SignedInRequest, pk: int, number: int) -> RosterImport:
    neighbourhood = _neighbourhood(request, pk)
    imports = RosterImport.objects.visible_to(request.user).select_related("neighbourhood", "by", "reverted_by")
    return get_object_or_404(imports, neighbourhood=neighbourhood, pk=number)


@login_required
def roster_import(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Hand in a file: it is checked first, and writes nothing."""
    neighbourhood = _neighbourhood(request, pk)
    form = RosterFileForm(request.POST, request.FILES) if request.method == "POST" else RosterFileForm()
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        queued = queue_import(
            neighbourhood=neighbourhood, file=file, file_name=file.name, mode=ImportMode.DRY_RUN, by=request.user
        )
        return redirect("roster_import_result", pk=pk, number=queued.pk)
    imports = neighbourhood.roster_imports.visible_to(request.user).select_related("by").order_by("-id")
    return render(
        request,
        "renovation/roster_import.html",
        {
            "neighbourhood": neighbourhood,
            "form": form,
            "imports": imports[:IMPORTS_SHOWN],
            "households": neighbourhood.households.current().count(),
            "not_imported": [WHY_NOT[fate] for fate in (Fate.IDENTITY, Fate.SENSITIVE, Fate.WILLINGNESS)],
        },
        status=400 if form.errors else 200,
    )


@login_required
def roster_import_result(request: SignedInRequest, pk: int, number: int) -> HttpResponseBase:
    """What a check found, or what an import did. POST checks the same file again with columns mapped by hand."""
    found = _roster_import(request, pk, number)
    columns = ColumnsForm(request.POST if request.method == "POST" else None, roster_import=found)
    if request.method == "POST" and columns.is_valid():
        return _again(request, found, ImportMode.DRY_RUN, columns.mapping)
    return _show(request, found, columns)


def _show(
    request: SignedInRequest, found: RosterImport, columns: ColumnsForm, refusal: DomainError | None = None
) -> HttpResponse:
    page = keyset_page(request, found.problems.all(), key="id", size=PROBLEMS_SHOWN)
    for problem in page.rows:
        problem.detail = detail_of(problem)
    writes = found.mode != ImportMode.DRY_RUN
    context = {
        "neighbourhood": found.neighbourhood,
        "roster_import": found,
        "is_check": not writes,
        "is_done": found.status == ImportStatus.DONE,
        "is_refused": found.status == ImportStatus.REFUSED,
        "is_reverted": found.status == ImportStatus.REVERTED,
        "good": found.created + found.updated + found.unchanged,
        "readable": found.rows_read - found.rejected,
        "writes": found.created + found.updated,
        "may_be_reverted": may_be_reverted(found),
        "page": page,
        "has_sheets": any(problem.sheet for problem in page.rows),
        "columns": columns,
        "used": list(_used(found.columns)),
        "not_used": list(_not_used(found.columns)),
        "refusal": refusal,
        "merges": merge_proposals(found.neighbourhood) if writes and found.status == ImportStatus.DONE else [],
    }
    status = refusal.status if refusal else 400 if columns.errors else 200
    return render(request, "renovation/roster_import_result.html", context, status=status)


def _used(columns: Iterable[dict[str, Any]]) -> Iterable[tuple[str, Promise]]:
    """Names of columns and what they were taken for, each once."""
    seen: dict[tuple[str, str], None] = {}
    for column in columns:
        if column["fate"] == Fate.USED:
            seen[column["header"] or column["column"], column["field"]] = None
    return ((header, FIELD_NAMES[Field(field)]) for header, field in seen)


def _not_used(columns: Iterable[dict[str, Any]]) -> Iterable[tuple[str, Promise]]:
    """Names of columns that are not imported and why, each once."""
    seen = {(column["header"] or column["column"], column["fate"]): None for column in columns}
    return ((header, WHY_NOT[Fate(fate)]) for header, fate in seen if fate in WHY_NOT)


@login_required
@require_POST
def roster_import_write(request: SignedInRequest, pk: int, number: int) -> HttpResponseBase:
    """Import the file that was checked: all of it, or the rows that can be placed."""
    found = _roster_import(request, pk, number)
    mode = request.POST.get("mode")
    if mode not in (ImportMode.ALL_OR_NOTHING, ImportMode.GOOD_ROWS):
        raise Http404
    return _again(request, found, mode)


def _again(
    request: SignedInRequest, found: RosterImport, mode: str, mapping: dict[str, str] | None = None
) -> HttpResponseBase:
    try:
        queued = queue_again(roster_import=found, mode=mode, by=request.user, mapping=mapping)
    except DomainError as refusal:
        return _show(request, found, ColumnsForm(roster_import=found), refusal)
    return redirect("roster_import_result", pk=found.neighbourhood_id, number=queued.pk)


@login_required
@require_POST
def roster_import_revert(request: SignedInRequest, pk: int, number: int) -> HttpResponseBase:
    found = _roster_import(request, pk, number)
    try:
        revert_import(roster_import=found, by=request.user)
    except DomainError as refusal:
        return _show(request, found, ColumnsForm(roster_import=found), refusal)
    messages.success(request, _("The import was taken back."))
    return redirect("roster_import_result", pk=pk, number=number)


@login_required
@require_GET
def roster_import_rejects(request: SignedInRequest, pk: int, number: int) -> HttpResponseBase:
    """The rows kept out, as a workbook to mend and send again."""
    found = _roster_import(request, pk, number)
    if not found.rejected:
        raise Http404
    try:
        workbook = rejected_rows_workbook(found)
    except (DomainError, UnreadableFile) as error:
        raise Http404 from error
    return FileResponse(workbook, as_attachment=True, filename=file_name_of(found), content_type=XLSX)
