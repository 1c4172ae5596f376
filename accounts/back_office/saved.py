"""Views of lists: how a list is narrowed and in which order, kept under a name and opened again with one tap."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from accounts.back_office.lists import caller
from accounts.models import SavedList
from accounts.services.saved_lists import change_list, keep_list, remove_list
from common.errors import DomainError

KEPT_BESIDES_FILTERS = ("q", "o")
"""Of an address: the words of the search, and the order."""

NUL = "%00"
"""As it stands in an address, where a percent sign itself is written %25."""


class KeepForm(forms.ModelForm):
    class Meta:
        model = SavedList
        fields = ["name", "query", "is_shared"]


class SavedListForm(forms.ModelForm):
    class Meta:
        model = SavedList
        fields = ["name", "position", "is_shared"]
        widgets = {
            "name": UnfoldAdminTextInputWidget,
            "position": UnfoldAdminIntegerFieldWidget,
            "is_shared": UnfoldBooleanWidget,
        }
        help_texts = {"position": gettext_lazy("Views stand in the order of these numbers.")}


@dataclass(frozen=True)
class ShownView:
    """A view above its list, as the caller sees it."""

    saved: SavedList
    url: str
    is_current: bool
    may_change: bool


class SavedListsAdmin(ModelAdmin):
    """A list with its views: the caller's own, and those that an administrator shared."""

    def get_urls(self) -> list[Any]:
        def named(address: str, view: Any, name: str) -> Any:
            return path(address, self.admin_site.admin_view(view), name=self._name(name))

        return [
            named("views/keep/", require_POST(self.keep_view), "keep_view"),
            named("views/<int:pk>/", self.open_view, "open_view"),
            named("views/<int:pk>/change/", self.edit_view, "edit_view"),
            *super().get_urls(),
        ]

    def _name(self, view: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{view}"

    def _address(self, view: str, *args: Any) -> str:
        return reverse(f"admin:{self._name(view)}", args=args)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        here = self.kept_part(request, request.GET)
        views = [] if "_popup" in request.GET else self._shown(request, here)
        current = next((view for view in views if view.is_current), None)
        context = {
            "views": views,
            "current_view": current,
            "list_url": self._address("changelist"),
            "keep_url": self._address("keep_view"),
            "kept_query": "" if current else here,
            "may_share": caller(request).is_administrator,
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def kept_part(self, request: HttpRequest, params: QueryDict) -> str:
        """What of an address a view keeps: search, order and this list's filters, in one form for the same view."""
        return urlencode(
            [
                (name, value)
                for name, values in sorted(params.lists())
                for value in values
                if value and (name in KEPT_BESIDES_FILTERS or self.lookup_allowed(name, value, request))
            ]
        )

    def _saved(self, request: HttpRequest) -> QuerySet[SavedList]:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return SavedList.objects.filter(Q(user=caller(request)) | Q(is_shared=True), list_of=self.opts.label_lower)

    def _shown(self, request: HttpRequest, here: str) -> list[ShownView]:
        return [
            ShownView(
                saved, self._address("open_view", saved.pk), saved.query == here, self._may_change(request, saved)
            )
            for saved in self._saved(request)
        ]

    def _may_change(self, request: HttpRequest, saved: SavedList) -> bool:
        user = caller(request)
        return saved.user_id == user.pk or (saved.is_shared and user.is_administrator)

    def keep_view(self, request: HttpRequest) -> HttpResponse:
        """Keep the list as the address has it under a name."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        user, query = caller(request), self.kept_part(request, QueryDict(request.POST.get("query", "")))
        if NUL in query:
            raise BadRequest("A NUL character in the view.")
        # As it is kept: Chinese words are thrice as long in an address.
        form = KeepForm({**request.POST.dict(), "query": query})
        if form.is_valid():
            try:
                keep_list(
                    user=user,
                    list_of=self.opts.label_lower,
                    name=form.cleaned_data["name"],
                    query=query,
                    is_shared=form.cleaned_data["is_shared"] and user.is_administrator,
                )
            except DomainError as refusal:
                messages.error(request, str(refusal))
            else:
                messages.success(request, _("The view “%(name)s” is kept.") % {"name": form.cleaned_data["name"]})
        elif query and "query" in form.errors:
            messages.error(request, _("This search with its filters is too long for a view. Narrow the list by less."))
        else:
            messages.error(request, _("A view needs a name of at most 40 characters, and a search or a filter."))
        return redirect(f"{self._address('changelist')}?{query}")

    def open_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The list as the view has it; the plain list where it no longer has what the view asks for."""
        saved = get_object_or_404(self._saved(request), pk=pk)
        if not self._still_fits(request, saved):
            said = _("The view “%(name)s” asks for what this list no longer has. This is the whole list.")
            messages.warning(request, said % {"name": saved.name})
            return redirect(self._address("changelist"))
        return redirect(f"{self._address('changelist')}?{saved.query}")

    def _still_fits(self, request: HttpRequest, saved: SavedList) -> bool:
        params = QueryDict(saved.query)
        # What is opened here has not come through the door of the site, which refuses a NUL.
        if NUL in saved.query or self.kept_part(request, params) != saved.query:
            return False
        request.GET = params
        try:
            self.get_changelist_instance(request)
        except IncorrectLookupParameters:
            return False
        return True

    def edit_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Rename a view, put it elsewhere in the row, share it, or remove it."""
        saved = get_object_or_404(self._saved(request), pk=pk)
        if not self._may_change(request, saved):
            raise PermissionDenied
        form = SavedListForm(request.POST or None, instance=saved)
        if not caller(request).is_administrator:
            del form.fields["is_shared"]
        if request.method == "POST" and "remove" in request.POST:
            remove_list(saved=saved)
            messages.success(request, _("The view “%(name)s” is removed.") % {"name": saved.name})
            return redirect(self._address("changelist"))
        if form.is_valid():
            asked = {"is_shared": saved.is_shared, **form.cleaned_data}
            try:
                change_list(saved=saved, **asked)
            except DomainError as refusal:
                form.add_error("name", str(refusal))
            else:
                return redirect(self._address("open_view", saved.pk))
        context = {
            **self.admin_site.each_context(request),
            "title": _("View of a list"),
            "subtitle": saved.name,
            "opts": self.opts,
            "form": form,
            "list_url": self._address("changelist"),
        }
        return TemplateResponse(request, "admin/saved_list.html", context, status=400 if form.errors else 200)
