"""Replacing the menu by a city's own file, in the back office: hand it in, see what it changes, then let it hold."""

from dataclasses import asdict
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextInputWidget

from accounts.back_office.admins import caller
from common.errors import DomainError
from common.figures import full_day_text
from overview.reports.menu import open_surveys_with_their_menus
from renovation.choices import MenuCategory
from renovation.models import MenuEdition
from renovation.reports.menu import (
    MenuComparison,
    compared_with_the_one_before,
    edition_in_force,
    place_text,
    problem_text,
)
from renovation.rules.menu import COLUMNS, Item, differing
from renovation.services.menu import check_menu, menu_workbook, read_menu_file, replace_menu

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SALT = "gongdi.menu"
COMPARISON_HOLDS = 2 * 60 * 60
"""Seconds for which a comparison may be answered."""

PROBLEMS_SHOWN = 200


class MenuFileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Menu file"),
        help_text=gettext_lazy("CSV or XLSX, with the columns of the menu in force."),
        max_length=255,
        allow_empty_file=True,
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".xlsx,.xls,.csv"}),
    )
    valid_from = forms.DateField(
        label=gettext_lazy("Holds from"),
        help_text=gettext_lazy("Today or a later day. Surveys that are opened from then on have it."),
        widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}),
    )
    document = forms.CharField(
        label=gettext_lazy("Document"),
        help_text=gettext_lazy("What set it, with its number."),
        max_length=200,
        widget=UnfoldAdminTextInputWidget(),
    )


class ComparedForm(forms.Form):
    """What was compared, signed, so that what is confirmed is what was shown."""

    compared = forms.CharField(widget=forms.HiddenInput, max_length=1_000_000)


def menu_file(request: HttpRequest) -> HttpResponse:
    """The menu in force, as a workbook to change and hand in."""
    _require_may_replace(request)
    edition = edition_in_force(timezone.localdate())
    if edition is None:
        raise Http404
    headers = {"Content-Disposition": f'attachment; filename="menu-{edition.valid_from.isoformat()}.xlsx"'}
    return HttpResponse(menu_workbook(edition), content_type=XLSX, headers=headers)


def menu_replace(request: HttpRequest) -> HttpResponse:
    _require_may_replace(request)
    if request.method == "POST" and "compared" in request.POST:
        return _confirm(request)
    form = MenuFileForm(request.POST, request.FILES) if request.method == "POST" else MenuFileForm()
    if not form.is_valid():
        return _page(request, form, status=400 if form.errors else 200)
    file: UploadedFile = form.cleaned_data["file"]
    found = read_menu_file(file)
    if found.problems:
        said = [(place_text(problem), problem_text(problem)) for problem in found.problems[:PROBLEMS_SHOWN]]
        return _page(request, form, problems=said, problem_count=len(found.problems), status=409)
    return _compare(
        request,
        form,
        {
            "items": [asdict(item) for item in found.items],
            "valid_from": form.cleaned_data["valid_from"].isoformat(),
            "document": form.cleaned_data["document"],
            "file_name": (file.name or "")[:255],
        },
        not_read=[name for name in found.sheets_not_read if name],
    )


def _require_may_replace(request: HttpRequest) -> None:
    if not admin.site.get_model_admin(MenuEdition).has_add_permission(request):
        raise PermissionDenied


def _compare(request: HttpRequest, form: MenuFileForm, asked: dict[str, Any], not_read: list[str]) -> HttpResponse:
    """The comparison. What the service would refuse is said here already, where the file can be handed in again."""
    items = [Item(**item) for item in asked["items"]]
    day = form.cleaned_data["valid_from"]
    menu = compared_with_the_one_before(items, day)
    before = menu.before.pk if menu.before else None
    try:
        check_menu(items=items, valid_from=day, compared_with=before)
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return _page(request, form, status=409)
    compared = {**asked, "compared_with": before, "by": caller(request).pk}
    return _page(
        request,
        form,
        asked={**asked, "valid_from": day},
        menu=menu,
        parts=_parts(menu),
        kept=open_surveys_with_their_menus(caller(request)),
        not_read=not_read,
        item_count=len(items),
        must_do_count=sum(item.mandatory for item in items),
        confirm=ComparedForm(initial={"compared": signing.dumps(compared, salt=SALT, compress=True)}),
    )


def _confirm(request: HttpRequest) -> HttpResponse:
    confirmed = ComparedForm(request.POST)
    form = MenuFileForm()
    try:
        if not confirmed.is_valid():
            raise signing.BadSignature
        asked = signing.loads(confirmed.cleaned_data["compared"], salt=SALT, max_age=COMPARISON_HOLDS)
        if asked.pop("by") != caller(request).pk:
            raise signing.BadSignature
        day = date.fromisoformat(asked.pop("valid_from"))
        items = [Item(**item) for item in asked.pop("items")]
    except (signing.BadSignature, KeyError, TypeError):
        # Also what an earlier version of the site has signed.
        said = _("This comparison can no longer be answered. Hand the file in again.")
        return _page(request, form, refusal=said, status=409)
    try:
        edition = replace_menu(items=items, valid_from=day, by=caller(request), **asked)
    except DomainError as refusal:
        return _page(request, form, refusal=str(refusal), status=409)
    messages.success(request, _("The menu holds from %(day)s.") % {"day": full_day_text(edition.valid_from)})
    return redirect("admin:renovation_menuedition_change", edition.pk)


def _parts(menu: MenuComparison) -> list[dict[str, Any]]:
    """The comparison as tables: each with its title and its rows, those without a row left out."""
    found = menu.comparison
    yes_no = {True: _("must-do"), False: _("not must-do")}
    parts = [
        (_("Added"), "added", [(item, "", _as_added(item)) for item in found.added]),
        (_("Removed"), "removed", [(item, _as_added(item), "") for item in found.removed]),
        (
            _("Renamed"),
            "renamed",
            [(one.after, _names(one.before), _names(one.after)) for one in found.renamed],
        ),
        (
            _("In another category"),
            "moved",
            [(one.after, _category(one.before), _category(one.after)) for one in found.moved],
        ),
        (
            _("Must-do or no longer"),
            "mandatory",
            [(one.after, yes_no[one.before.mandatory], yes_no[one.after.mandatory]) for one in found.mandatory],
        ),
        (
            _("Unit, payer or source changed"),
            "otherwise",
            [
                (
                    one.after,
                    ", ".join(getattr(one.before, name) or "–" for name in differing(one)),
                    ", ".join(getattr(one.after, name) or "–" for name in differing(one)),
                )
                for one in found.otherwise
            ],
        ),
    ]
    return [{"title": title, "name": name, "rows": rows} for title, name, rows in parts if rows]


def _names(item: Item) -> str:
    return f"{item.name_zh} / {item.name_en}"


def _category(item: Item) -> str:
    return str(MenuCategory(item.category).label)


def _as_added(item: Item) -> str:
    return f"{_category(item)}, {_('must-do')}" if item.mandatory else _category(item)


def _page(request: HttpRequest, form: MenuFileForm, *, status: int = 200, **context: Any) -> HttpResponse:
    shared = {
        **admin.site.each_context(request),
        "title": _("Replace the menu"),
        "opts": MenuEdition._meta,
        "form": form,
        "columns": COLUMNS,
    }
    return TemplateResponse(request, "admin/menu_replace.html", {**shared, **context}, status=status)
