"""Lists and forms of the back office, on the roles table instead of Django's permissions.

Administrators see every row, with personal fields masked; auditors read inside their territory; officials see
reference data. Nothing is edited here but what administrators and officials keep: users, clients, reference data.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, cast

from django.contrib import messages
from django.contrib.admin import ShowFacets, SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.forms import BaseModelForm, ModelForm
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline as UnfoldTabularInline

from accounts.back_office.export import csv_response, lines_response, xlsx_response
from accounts.back_office.history import tell, with_callers
from accounts.back_office.importing import LineResource
from accounts.back_office.lists import ROWS_LISTED, BoundedChangeList, BoundedPaginator, caller
from accounts.back_office.saved import SavedListsAdmin
from accounts.choices import Act, Role
from accounts.models import HistoryEntry, User
from accounts.permissions import may_write as may_write_there
from accounts.permissions import may_write_somewhere
from accounts.services.history import add_history
from common.errors import DomainError
from common.figures import count_text

OFFICIALS = (Role.CITY_OFFICIAL, Role.DISTRICT_OFFICIAL)
HISTORY_SHOWN = 200
ACTIONS = {"created": "created", "changed": "updated", "removed": "deleted"}
# What the filters of the lists add to a field's name in an address.
FILTER_ENDS = (
    "",
    "__exact",
    "__id__exact",
    "__isnull",
    "__isempty",
    # Days to choose from, and ranges of days and of moments.
    "__gte",
    "__lt",
    "_from",
    "_to",
    "_from_0",
    "_from_1",
    "_to_0",
    "_to_1",
)


class BackOfficeAdmin(SavedListsAdmin):
    """A list and a page of each row, to read. Ledgers and projections are this and nothing more, for everybody."""

    act: Act | None = None
    """The row of the roles table that says who else may read; administrators alone where there is none."""
    is_reference = False
    """Reference data is read by officials too."""
    is_for_officials = False
    """Officials read it in their territory, without its being reference data."""
    found_by: Callable[[str], Q | None] | None = None
    """Where the search over all lists looks for words here, if these are such that a row could have; by an index."""
    found_with: ClassVar[Sequence[str]] = ()
    """What the text of a row that was found says of other rows."""
    line_resource: type[LineResource] | None = None
    """How the table is written down as lines of a file, and read in again; none where it is not."""
    list_acts_template = ""
    """What may be done with the list as a whole, above it."""

    actions: Any = None
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    paginator = BoundedPaginator
    list_before_template = "admin/_above_list.html"
    list_after_template = "admin/_below_list.html"
    list_filter_submit = True
    list_fullwidth = True
    view_on_site = False
    compressed_fields = True
    warn_unsaved_form = True
    sortable_by: ClassVar[Sequence[str]] = ()

    def found_as(self, obj: Any) -> str:
        """How a row is called among what was found everywhere. Never by the name of a resident."""
        return str(obj)

    def visible_rows(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        """What somebody who is no administrator sees of the rows: none of those that say nothing of it."""
        visible_to = getattr(rows, "visible_to", None)
        return visible_to(user) if visible_to else rows.none()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        user = caller(request)
        return rows if user.is_administrator else self.visible_rows(rows, user)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[BoundedChangeList]:
        return BoundedChangeList

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        own = [
            path("export/", view(self.export), name=self._name("export")),
            path("export/xlsx/", view(self.export), {"write": xlsx_response}, name=self._name("export_xlsx")),
        ]
        if self.line_resource:
            own.append(path("export/lines/", view(self.export_lines), name=self._name("export_lines")))
        return [*own, *super().get_urls()]

    def export(
        self, request: HttpRequest, write: Callable[[Any, Any], HttpResponseBase] = csv_response
    ) -> HttpResponseBase:
        """The list that the address asks for, as CSV or as a workbook."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            return write(self.get_changelist_instance(request), self)
        except IncorrectLookupParameters:
            return redirect(self._address("changelist"))

    def export_lines(self, request: HttpRequest) -> HttpResponseBase:
        """The whole table, as a workbook that can be read in again. A part of a longer one would be taken for all."""
        if self.line_resource is None or not self.has_view_permission(request):
            raise PermissionDenied
        resource = self.line_resource(self, request)
        if resource.rows()[ROWS_LISTED : ROWS_LISTED + 1].exists():
            said = _("The table has more than %(most)s rows, too many for one file. Narrow the list and take that out.")
            self.message_user(request, said % {"most": count_text(ROWS_LISTED)}, messages.ERROR)
            return redirect(self._address("changelist"))
        return lines_response(resource, self)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        context = {"import_url": self._import_url(request), "has_lines": self.line_resource is not None}
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def _import_url(self, request: HttpRequest) -> str:
        """Where a file of lines is handed in, for those who may add rows."""
        may = self.line_resource is not None and self.has_add_permission(request)
        return reverse(f"import_{self.opts.model_name}") if may else ""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only what this list offers to filter by: an address must not find what the list masks."""
        offered = {"pk__exact"}
        for item in self.get_list_filter(request):
            if isinstance(item, type):
                offered.add(cast(type[SimpleListFilter], item).parameter_name or "")
            else:
                name = item if isinstance(item, str) else item[0]
                offered |= {f"{name}{end}" for end in FILTER_ENDS}
        return lookup in offered

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        user = caller(request)
        if user.is_administrator:
            return True
        readers = (Role.AUDITOR, *OFFICIALS) if self.is_reference or self.is_for_officials else (Role.AUDITOR,)
        return self.act is not None and user.has_role(*readers) and bool(user.reach(self.act))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """What a service refuses is said on the page that asked for it; nothing of it was done."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except DomainError as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return redirect(request.get_full_path())

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What was done to the row, here and anywhere else: our own history instead of Django's log."""
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        resource = getattr(obj, "resource", "")
        entries: Any = []
        if resource:
            of_this = HistoryEntry.objects.filter(resource=resource, object_id=obj.pk)
            entries = with_callers(of_this).order_by("-id")[:HISTORY_SHOWN]
        context = {
            **self.admin_site.each_context(request),
            "title": _("History"),
            "subtitle": str(obj),
            "entries": tell(entries, request),
            "module_name": str(self.opts.verbose_name_plural),
            "object": obj,
            "opts": self.opts,
            "preserved_filters": self.get_preserved_filters(request),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/object_history.html", context)


class EditableAdmin(BackOfficeAdmin):
    """Rows that are kept here: by administrators, and by those to whom the roles table gives `act` where a row lies."""

    tells_changes = True
    """Whether the rows are objects of the API, whose changes integrators follow."""

    def is_in_use(self, obj: Any) -> bool:
        """Whether something already leans on the row, which then stays as it is."""
        return False

    def may_write(self, request: HttpRequest, obj: Any = None) -> bool:
        user = caller(request)
        if user.is_administrator:
            return True
        if self.act is None or not self.has_view_permission(request):
            return False
        return may_write_somewhere(user, self.act) if obj is None else may_write_there(user, self.act, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_write(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_write(request, obj) and (obj is None or not self.is_in_use(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    # What Django says to its own log goes into our history, in the transaction of the change.

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Iterable[Any] | None, add: bool = False
    ) -> Any:
        changes = changes_of(form)
        for formset in formsets or ():
            changes |= _changes_of_formset(formset)
        return changes

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        self._remember(request, obj, "created", message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        if message:
            self._remember(request, obj, "changed", message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:
        for obj in queryset:
            self._remember(request, obj, "removed", {})

    def _remember(self, request: HttpRequest, obj: Any, act: str, changes: dict[str, Any]) -> None:
        add_history(
            obj,
            act,
            by=caller(request),
            action=ACTIONS[act] if self.tells_changes else None,
            fields=sorted(name for name in changes if ":" not in name),
            changed=changes,
        )


class EndableAdmin(EditableAdmin):
    """What belongs to a user's sign-in: not made or changed here, but ended, which the user's history tells."""

    tells_changes = False
    ended_as = ""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_write(request)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:
        for obj in queryset:
            add_history(obj.user, self.ended_as, by=caller(request), action=None)


class EditableInline(UnfoldTabularInline):
    """Rows on the page of another one, edited by whoever may edit that one."""

    extra = 0

    def _may(self, request: HttpRequest, obj: Any) -> bool:
        return (
            self.parent_admin.has_change_permission(request, obj)
            if obj
            else self.parent_admin.has_add_permission(request)
        )

    @property
    def parent_admin(self) -> Any:
        return self.admin_site._registry[self.parent_model]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.parent_admin.has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, obj)


def is_referred_to(obj: Model, *, besides: tuple[type[Model], ...] = ()) -> bool:
    """Whether rows of any app refer to `obj`, those of the models in `besides` left out. A query for each relation."""
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: obj}).exists()
        for relation in obj._meta.related_objects
        if relation.related_model not in besides
    )


def changes_of(form: ModelForm | BaseModelForm) -> dict[str, Any]:
    """{field: [before, after]} of what a saved form changed, as JSON; that a password changed, but not to what."""
    changes: dict[str, Any] = {}
    for name in form.changed_data:
        if "password" in name:
            changes["password"] = ["***", "***"]
            continue
        before, after = _said(form.initial.get(name)), _said(form.cleaned_data.get(name))
        if before != after:
            changes[name] = [before, after]
    return changes


def _changes_of_formset(formset: Any) -> dict[str, Any]:
    """The same for the rows below, each under the name of its model, what was done and its id."""
    name = formset.model._meta.model_name
    forms = {form.instance.pk: form for form in formset.forms}
    changes: dict[str, Any] = {}
    for obj in formset.new_objects:
        changes[f"{name}:added:{obj.pk}"] = changes_of(forms[obj.pk])
    for obj, _fields in formset.changed_objects:
        if changed := changes_of(forms[obj.pk]):
            changes[f"{name}:changed:{obj.pk}"] = changed
    if formset.deleted_objects:
        changes[f"{name}:removed"] = [str(obj) for obj in formset.deleted_objects]
    return changes


def _said(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, list | tuple):
        return [_said(item) for item in value]
    return str(value)
