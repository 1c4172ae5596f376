"""Several rows of a list changed at once: which fields, then what each row was and will be, then it is done.

Each row goes through the form and the service of its own page, so nothing can be done to many that could not be done to
each. What is shown beforehand is computed by doing it in a transaction that is rolled back; what is confirmed is what
was shown, and a row that has changed in between is left alone and named.
"""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from accounts.back_office.admins import BackOfficeAdmin, caller, changes_of
from accounts.back_office.history import FieldTold, fields_told
from accounts.back_office.rows import data_of, faults_of, refusals_of, save_row
from accounts.services.history import add_history
from common.errors import DomainError

ROWS_AT_ONCE = 500
SALT = "gongdi.bulk-edit"
PREVIEW_HOLDS = 15 * 60
"""Seconds for which what was shown may be confirmed."""


@dataclass(frozen=True)
class RowOutcome:
    """What becomes of one row. `changes` is {field: [before, after]}, as the history has it."""

    pk: int
    title: str
    url: str
    changes: dict[str, Any] = field(default_factory=dict)
    told: list[FieldTold] = field(default_factory=list)
    refusal: str = ""


@dataclass(frozen=True)
class Outcomes:
    changed: list[RowOutcome]
    unchanged: list[RowOutcome]
    refused: list[RowOutcome]


class ConfirmForm(forms.Form):
    """What was shown, signed, so that what is confirmed is what was shown."""

    shown = forms.CharField(widget=forms.HiddenInput, max_length=2_000_000)


class FieldsForm(forms.Form):
    """The fields that may be changed for several rows, each with a tick for whether it is."""

    def __init__(self, fields: dict[str, forms.Field], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = fields
        for name, offered in fields.items():
            self.fields[f"set_{name}"] = forms.BooleanField(required=False)
            self.fields[name] = shown = deepcopy(offered)
            shown.required = False
            if not isinstance(shown.widget, forms.CheckboxSelectMultiple):
                shown.widget.attrs["aria-label"] = str(offered.label)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        ticked = [name for name in self.offered if cleaned.get(f"set_{name}")]
        if not ticked:
            raise ValidationError(_("Tick at least one field that is to change."))
        for name in ticked:
            offered = self.offered[name]
            if offered.required and cleaned.get(name) in offered.empty_values:
                self.add_error(name, offered.error_messages["required"])
        return cleaned

    @property
    def pairs(self) -> list[tuple[Any, Any]]:
        """Each field's tick and the field, for the page."""
        return [(self[f"set_{name}"], self[name]) for name in self.offered]

    @property
    def values(self) -> dict[str, Any]:
        """What was sent for the fields that are ticked, as a form of a row takes it."""
        ticked = (name for name in self.offered if self.cleaned_data.get(f"set_{name}"))
        return {name: self.fields[name].widget.value_from_datadict(self.data, {}, name) for name in ticked}


class BulkEdit(BackOfficeAdmin):
    """A list whose rows may be changed several at once, in `bulk_fields` of their form. Ledgers never are one."""

    bulk_fields: ClassVar[Sequence[str]] = ()
    actions = ["change_together"]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        if "_popup" in request.GET or not self.may_bulk_edit(request):
            return {}
        return {
            "change_together": (type(self).change_together, "change_together", gettext_lazy("Change several at once"))
        }

    def may_bulk_edit(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)

    # What a list says of its rows.

    def bulk_refusal(self, request: HttpRequest, obj: Any) -> str:
        """Why a row is not changed; empty where it may be."""
        if self.has_change_permission(request, obj):
            return ""
        return _("It is in use, or not yours to change, and stays as it is.")

    def bulk_form(self, request: HttpRequest, obj: Any) -> Any:
        """The form of a row's own page."""
        return self.get_form(request, obj, change=True)

    def bulk_save(self, request: HttpRequest, obj: Any, form: Any) -> None:
        save_row(self, request, form, change=True)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(require_POST(self.bulk_edit_view))
        return [path("change-several/", view, name=self._name("bulk_edit")), *super().get_urls()]

    def change_together(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """The first page: which fields. Comes from the list, with its ticks or with all that it finds."""
        keys = list(queryset.order_by("pk").values_list("pk", flat=True)[: ROWS_AT_ONCE + 1])
        if len(keys) > ROWS_AT_ONCE:
            said = _("At most %(most)s rows are changed at once. Narrow the list first.")
            messages.error(request, said % {"most": ROWS_AT_ONCE})
            return None
        return self._fields_page(request, keys, None)

    def bulk_edit_view(self, request: HttpRequest) -> HttpResponse:
        """What the fields page sends, and what is confirmed."""
        if not self.may_bulk_edit(request):
            raise PermissionDenied
        if "shown" in request.POST:
            return self._confirm(request)
        keys = _keys_of(request.POST.get("rows", ""))
        if not 0 < len(keys) <= ROWS_AT_ONCE:
            return redirect(self._address("changelist"))
        form = FieldsForm(self._offered(request, keys), request.POST)
        if not form.is_valid():
            return self._fields_page(request, keys, form)
        with transaction.atomic():
            outcomes = self._apply(request, keys, form.values)
            transaction.set_rollback(True)
        return self._preview(request, keys, form.values, outcomes)

    def _fields_page(self, request: HttpRequest, keys: list[int], form: FieldsForm | None) -> HttpResponse:
        offered = form or FieldsForm(self._offered(request, keys))
        said = ngettext("%(count)s row is chosen.", "%(count)s rows are chosen.", len(keys)) % {"count": len(keys)}
        status = 400 if offered.errors else 200
        return self._bulk_page(request, status=status, form=offered, rows=",".join(map(str, keys)), chosen=said)

    def _preview(
        self, request: HttpRequest, keys: list[int], values: dict[str, Any], outcomes: Outcomes
    ) -> HttpResponse:
        shown = {
            "list": self.opts.label_lower,
            "by": caller(request).pk,
            "values": values,
            "rows": {str(row.pk): row.changes for row in outcomes.changed},
        }
        confirm = ConfirmForm(initial={"shown": signing.dumps(shown, salt=SALT, compress=True)})
        return self._bulk_page(request, outcomes=outcomes, confirm=confirm)

    def _confirm(self, request: HttpRequest) -> HttpResponse:
        confirmed = ConfirmForm(request.POST)
        try:
            if not confirmed.is_valid():
                raise signing.BadSignature
            shown = signing.loads(confirmed.cleaned_data["shown"], salt=SALT, max_age=PREVIEW_HOLDS)
            if (shown["list"], shown["by"]) != (self.opts.label_lower, caller(request).pk):
                raise signing.BadSignature
        except (signing.BadSignature, KeyError, TypeError):
            messages.error(request, _("What was shown can no longer be confirmed. Choose the rows again."))
            return redirect(self._address("changelist"))
        expected = {int(key): changes for key, changes in shown["rows"].items()}
        with transaction.atomic():
            outcomes = self._apply(request, list(expected), shown["values"], expected)
            done = len(outcomes.changed)
            if done:
                add_history(
                    caller(request),
                    "bulk_edited",
                    by=caller(request),
                    action=None,
                    list=self.opts.label_lower,
                    count=done,
                    columns=sorted(shown["values"]),
                )
        said = ngettext("%(count)s row is changed.", "%(count)s rows are changed.", done) % {"count": done}
        messages.success(request, said)
        if outcomes.refused or outcomes.unchanged:
            return self._bulk_page(request, outcomes=outcomes, is_done=True)
        return redirect(self._address("changelist"))

    def _bulk_page(self, request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
        shared = {
            **self.admin_site.each_context(request),
            "title": _("Change several at once"),
            "subtitle": str(self.opts.verbose_name_plural),
            "opts": self.opts,
            "post_url": self._address("bulk_edit"),
            "list_url": self._address("changelist"),
        }
        page = TemplateResponse(request, "admin/bulk_edit.html", {**shared, **context}, status=status)
        page["Cache-Control"] = "no-store"
        return page

    # The rows.

    def _offered(self, request: HttpRequest, keys: list[int]) -> dict[str, forms.Field]:
        """The fields of `bulk_fields` that any of the rows lets the caller change."""
        offered: dict[str, forms.Field] = {}
        for obj in self.get_queryset(request).filter(pk__in=keys):
            fields = self.bulk_form(request, obj).base_fields
            offered = {name: fields[name] for name in self.bulk_fields if name in fields} | offered
            if len(offered) == len(self.bulk_fields):
                break
        return {name: offered[name] for name in self.bulk_fields if name in offered}

    def _apply(
        self,
        request: HttpRequest,
        keys: list[int],
        values: dict[str, Any],
        expected: dict[int, dict[str, Any]] | None = None,
    ) -> Outcomes:
        """Do it, row by row in the order of their numbers, all locked first. With `expected`, only what was shown."""
        list(self.model._base_manager.filter(pk__in=keys).order_by("pk").select_for_update().values_list("pk"))
        outcomes = Outcomes([], [], [])
        rows = self.get_queryset(request).filter(pk__in=keys).order_by("pk")
        rows = rows.select_related(*self.list_select_related) if self.list_select_related else rows
        found = {obj.pk: obj for obj in rows}
        for obj in found.values():
            shown = None if expected is None else expected[obj.pk]
            outcome = self._apply_to(request, obj, values, shown)
            kind = outcomes.refused if outcome.refusal else outcomes.changed if outcome.changes else outcomes.unchanged
            kind.append(outcome)
        gone = _("It is no longer there.")
        outcomes.refused.extend(RowOutcome(key, str(key), "", refusal=gone) for key in keys if key not in found)
        return outcomes

    def _apply_to(
        self, request: HttpRequest, obj: Any, values: dict[str, Any], expected: dict[str, Any] | None
    ) -> RowOutcome:
        url = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[obj.pk])
        outcome = {"pk": obj.pk, "title": self.found_as(obj), "url": url}
        if refusal := self.bulk_refusal(request, obj):
            return RowOutcome(**outcome, refusal=refusal)
        form_class = self.bulk_form(request, obj)
        if closed := [name for name in values if name not in form_class.base_fields]:
            label = str(self.opts.get_field(closed[0]).verbose_name)
            return RowOutcome(**outcome, refusal=_("%(field)s stays as it is here.") % {"field": label})
        form = form_class({**data_of(form_class(instance=obj)), **values}, instance=obj)
        if not form.is_valid():
            faults = [f"{label}: {fault}" if label else fault for label, fault in faults_of(form)]
            return RowOutcome(**outcome, refusal=" ".join(faults))
        changes = changes_of(form)
        if not changes:
            return RowOutcome(**outcome)
        if expected is not None and changes != expected:
            return RowOutcome(**outcome, refusal=_("It has been changed by somebody else meanwhile."))
        try:
            with transaction.atomic():
                self.bulk_save(request, obj, form)
        except (DomainError, ValidationError) as error:
            return RowOutcome(**outcome, refusal=" ".join(refusals_of(error)))
        return RowOutcome(**outcome, changes=changes, told=fields_told(self.model, changes))


def _keys_of(text: str) -> list[int]:
    return [int(key) for key in text.split(",") if key.isascii() and key.isdigit() and len(key) < 19]
