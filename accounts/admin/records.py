"""What was done, and what is kept for people: history, changes, kept answers, views of lists."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, DropdownFilter, RangeDateTimeFilter, TextFilter

from accounts.back_office.admins import BackOfficeAdmin
from accounts.back_office.history import tell
from accounts.back_office.lists import SinceFilter, TerritoryFilter
from accounts.back_office.search import is_code
from accounts.back_office.words import ACTS, READS, act_text, models_by_resource, resource_text
from accounts.choices import Act
from accounts.models import Change, HistoryEntry, IdempotencyKey, SavedList


class ResourceFilter(DropdownFilter):
    """Kinds of objects by their names in the API: from the models, not from the millions of rows."""

    title = _("resource")
    parameter_name = "of"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(resource, resource_text(resource)) for resource in sorted(models_by_resource())]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(resource=self.value()) if self.value() else queryset


class RecordAdmin(BackOfficeAdmin):
    """History and changes: append-only, and read by auditors where they happened."""

    act = Act.REGISTRY
    ordering = ["-id"]
    search_help_text = _("By the number of the object, or by words.")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if search_term.isascii() and search_term.isdigit() and len(search_term) < 19:
            return queryset.filter(object_id=int(search_term)), False
        return super().get_search_results(request, queryset, search_term)


# Shorter ones would be words; our own have 32 characters.
REQUEST_ID_AT_LEAST = 8


class RequestFilter(TextFilter):
    """What one request did, by the whole of its id."""

    title = _("request")
    parameter_name = "request"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(request_id=self.value()[:64]) if self.value() else queryset


class ActFilter(DropdownFilter):
    """One kind of act, or everything that was read on a reason."""

    title = _("act")
    parameter_name = "act"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("reads", _("Everything read on a reason")), *sorted(ACTS.items(), key=lambda item: str(item[1]))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "reads":
            return queryset.filter(act__in=READS)
        return queryset.filter(act=self.value()) if self.value() else queryset


@admin.register(HistoryEntry)
class HistoryEntryAdmin(RecordAdmin):
    list_display = ["at", "said", "kind", "object_id", "by", "place"]
    list_select_related = ["by"]
    list_filter = [
        ActFilter,
        ResourceFilter,
        ("at", RangeDateTimeFilter),
        SinceFilter,
        ("by", AutocompleteSelectFilter),
        TerritoryFilter,
        RequestFilter,
    ]
    search_fields = ["act__startswith", "request_id__startswith", "by__username"]
    since = "at"
    found_by = staticmethod(
        lambda words: Q(request_id=words) if len(words) >= REQUEST_ID_AT_LEAST and not is_code(words) else None
    )
    fields = ["at", "who", "said", "about", "place"]
    readonly_fields = ["who", "said", "about", "kind", "place"]
    change_form_after_template = "admin/_before_after.html"

    def found_as(self, obj: HistoryEntry) -> str:
        return f"{act_text(obj.act)} · {resource_text(obj.resource)} {obj.object_id}"

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, obj: Any = None, **kwargs: Any
    ) -> HttpResponse:
        (context["told"],) = tell([obj], request)
        obj.told = context["told"]
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    @admin.display(description=_("by"))
    def who(self, obj: Any) -> str:
        return str(obj.told.who)

    @admin.display(description=_("about"))
    def about(self, obj: Any) -> str:
        """What it was done to, with its page where the reader may open it."""
        said = obj.told.about
        return format_html('<a href="{}">{}</a>', obj.told.url, said) if obj.told.url else said

    @admin.display(description=_("act"))
    def said(self, obj: HistoryEntry) -> str:
        return act_text(obj.act)

    @admin.display(description=_("resource"))
    def kind(self, obj: HistoryEntry) -> str:
        return resource_text(obj.resource)

    @admin.display(description=_("place"))
    def place(self, obj: HistoryEntry) -> str:
        return obj.neighbourhood_code or obj.community_code


ACTIONS = {"created": _("Created"), "updated": _("Changed"), "deleted": _("Removed")}


@admin.register(Change)
class ChangeAdmin(RecordAdmin):
    list_display = ["at", "said", "kind", "object_id", "fields_changed", "place", "cursor"]
    list_filter = [ResourceFilter, ("at", RangeDateTimeFilter), TerritoryFilter]
    search_fields = ["action__startswith"]
    fields = ["at", "said", "kind", "object_id", "fields_changed", "place", "cursor"]
    readonly_fields = ["said", "kind", "fields_changed", "place"]

    @admin.display(description=_("action"))
    def said(self, obj: Change) -> str:
        return str(ACTIONS.get(obj.action, obj.action))

    @admin.display(description=_("resource"))
    def kind(self, obj: Change) -> str:
        return resource_text(obj.resource)

    @admin.display(description=_("fields"))
    def fields_changed(self, obj: Change) -> str:
        return ", ".join(obj.fields)

    @admin.display(description=_("place"))
    def place(self, obj: Change) -> str:
        return obj.neighbourhood_code or obj.community_code


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(BackOfficeAdmin):
    """Which requests were answered; the answers, which may hold personal data, are not shown."""

    list_display = ["key", "user", "status", "created_at"]
    list_select_related = ["user"]
    list_filter = ["status", ("created_at", RangeDateTimeFilter)]
    search_fields = ["key__startswith", "user__username"]
    ordering = ["-id"]
    fields = ["user", "key", "status", "created_at"]


@admin.register(SavedList)
class SavedListAdmin(BackOfficeAdmin):
    """Who keeps which view of a list; they are changed above it. Not what was searched for: a name may stand there."""

    list_display = ["name", "of", "user", "is_shared", "created_at"]
    list_select_related = ["user"]
    list_filter = ["is_shared", ("created_at", RangeDateTimeFilter)]
    search_fields = ["name__startswith", "list_of__startswith", "user__username__startswith"]
    search_help_text = _("By name, list or person.")
    ordering = ["-id"]
    fields = [*list_display, "position"]
    readonly_fields = ["of"]

    @admin.display(description=_("list"))
    def of(self, obj: SavedList) -> str:
        return capfirst(str(apps.get_model(obj.list_of)._meta.verbose_name_plural))
