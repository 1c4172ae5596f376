"""The back office as a site: who may come in, by which door, and how it is searched."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from unfold.sites import UnfoldAdminSite

from accounts.back_office.search import search_rows
from accounts.permissions import may_open_back_office

View = Callable[..., HttpResponse]
LISTS_AT_ONCE = 20
WORDS_AT_MOST = 80


class BackOfficeSite(UnfoldAdminSite):
    """Django's admin behind the site's own sign-in, open to those whose roles lead there.

    Signing in, out and changing a password is what it is everywhere else: second factors and all.
    """

    def has_permission(self, request: HttpRequest) -> bool:
        return may_open_back_office(request.user)

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def refuse_or_show(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied
            # PostgreSQL keeps no NUL in a text, and what compares with one fails as late as in the query.
            if "\x00" in request.path or any(
                "\x00" in value for _name, values in request.GET.lists() for value in values
            ):
                raise BadRequest("A NUL character in the address.")
            return guarded(request, *args, **kwargs)

        return refuse_or_show

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """The lists by app, put together when something reads them: every page asks for them, few show them."""
        return SimpleLazyObject(lambda: super(BackOfficeSite, self).get_app_list(request, app_label))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        wanted = request.GET.get("next") or reverse("admin:index")
        if request.user.is_authenticated:
            if not self.has_permission(request):
                raise PermissionDenied
            return redirect("admin:index")
        return redirect(f"{reverse('account_login')}?{urlencode({'next': wanted})}")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect("account_logout")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect("account_change_password")

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Rows and lists for the words: a fragment while somebody types, a page of its own otherwise."""
        words = request.GET.get("s", "").strip()[:WORDS_AT_MOST]
        is_fragment = request.headers.get("HX-Request") == "true"
        if not words and is_fragment:
            return HttpResponse()
        lists = self._search_apps(self.get_app_list(request), words.lower())[:LISTS_AT_ONCE] if words else []
        context = {
            "words": words,
            "found": search_rows(request, self, words) if words else None,
            "lists": lists,
        }
        if is_fragment:
            return TemplateResponse(request, "admin/_search_found.html", context)
        shared = {**self.each_context(request), "title": _("Search")}
        return TemplateResponse(request, "admin/search_results.html", {**shared, **context})
