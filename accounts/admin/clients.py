"""API clients and their secrets. Administrators alone."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import Promise
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from oauth2_provider.settings import oauth2_settings
from unfold.contrib.filters.admin import AutocompleteSelectFilter, DropdownFilter, RangeDateTimeFilter
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from accounts.admin import names as _names  # noqa: F401 - what is registered already is taken back first
from accounts.admin.users import GivenForFilter
from accounts.back_office.admins import BackOfficeAdmin, EditableAdmin, caller
from accounts.back_office.bulk_edit import BulkEdit
from accounts.models import ApiClient, ClientSecret, User
from accounts.rules.territory import kind_of_code
from accounts.services import clients
from common.figures import moment_text


class ClientEndFilter(DropdownFilter):
    title = _("access")
    parameter_name = "ends"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("soon", _("Ends within 30 days")), ("over", _("Has ended")), ("open", _("Goes on"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        today = timezone.localdate()
        if self.value() == "soon":
            return queryset.filter(expires_on__range=(today, today + clients.ENDS_SOON))
        if self.value() == "over":
            return queryset.filter(expires_on__lt=today)
        return queryset.exclude(expires_on__lt=today) if self.value() == "open" else queryset


class ClientUseFilter(DropdownFilter):
    title = _("last use")
    parameter_name = "unused"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("90", _("Not used for 90 days"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.exclude(last_used_at__gt=timezone.now() - timedelta(days=90)) if self.value() else queryset


AREAS: dict[str, str | Promise] = {
    "consent": _("Surveys, visits and votes"),
    "devices": _("Devices"),
    "fees": _("Fees"),
    "governance": _("Governance and upkeep"),
    "plans": _("Menu, plans and works"),
    "registry": _("Registry"),
    "reports": _("Reports"),
}
WAYS: dict[str, str | Promise] = {"read": _("read"), "write": _("write")}


def scope_text(scope: str) -> str:
    """A scope in words, with its name in the API."""
    area, _colon, way = scope.partition(":")
    return f"{AREAS.get(area, area)} · {WAYS.get(way, way)} ({scope})"


class OverlapForm(forms.Form):
    """For how long the secret that a client uses now holds beside the new one."""

    overlap_days = forms.TypedChoiceField(
        label=_("The secret that it uses now"),
        coerce=int,
        choices=[
            (0, _("Ends at once, and its tokens with it")),
            (1, _("Holds for one day more")),
            (7, _("Holds for 7 days more")),
            (30, _("Holds for 30 days more")),
        ],
        initial=7,
        widget=UnfoldAdminSelectWidget,
    )


class ClientForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        label=_("Scopes"),
        choices=lambda: [(scope, scope_text(scope)) for scope in sorted(oauth2_settings.SCOPES)],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("A write scope includes reading."),
    )

    class Meta:
        model = ApiClient
        fields = ["name", "territory", "scopes", "expires_on", "requests_per_minute"]
        help_texts = {"territory": _("A division, a grid or one neighbourhood, by its code.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "name" in self.fields:
            self.fields["name"].required = True

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not (len(name) <= 100 and name.isprintable()):
            raise forms.ValidationError(_("A name has 1 to 100 printable characters."))
        if User.objects.filter(username=f"api:{name}").exists():
            raise forms.ValidationError(_("There is a client of this name already."))
        return name

    def clean_territory(self) -> str:
        territory: str = self.cleaned_data["territory"]
        if kind_of_code(territory) is None:
            raise forms.ValidationError(_("This is no code of a division, a grid or a neighbourhood."))
        return territory

    def clean_expires_on(self) -> date | None:
        day: date | None = self.cleaned_data["expires_on"]
        if day is not None and "expires_on" in self.changed_data and day < timezone.localdate():
            raise forms.ValidationError(
                _("The last day of a client is today or later. To end it at once, switch it off.")
            )
        return day

    def clean_requests_per_minute(self) -> int | None:
        limit: int | None = self.cleaned_data["requests_per_minute"]
        if limit is not None and not 1 <= limit <= clients.MOST_REQUESTS_PER_MINUTE:
            most = clients.MOST_REQUESTS_PER_MINUTE
            raise forms.ValidationError(_("A client makes 1 to %(most)s requests a minute.") % {"most": most})
        return limit


@admin.register(ApiClient)
class ApiClientAdmin(BulkEdit, EditableAdmin):
    """Clients are made, changed and switched off by their service. A secret is shown once, on the page that made it."""

    tells_changes = False
    form = ClientForm
    bulk_fields = ["scopes", "expires_on", "requests_per_minute"]
    list_display = ["name", "territory", "scope_list", "is_on", "expires_on", "last_used_at", "created"]
    list_select_related = ["service_user"]
    list_filter = [
        GivenForFilter,
        "service_user__is_active",
        ClientEndFilter,
        ClientUseFilter,
        ("created", RangeDateTimeFilter),
    ]
    search_fields = ["name", "client_id__startswith", "territory__startswith"]
    search_help_text = _("By name, client id or territory.")
    ordering = ["name"]
    found_by = staticmethod(lambda words: Q(name__startswith=words) | Q(client_id__startswith=words))
    change_form_outer_before_template = "admin/_client_acts.html"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        kept = ["territory", "scopes", "expires_on", "requests_per_minute"]
        return (
            ["name", "client_id", *kept, "is_on", "last_used_at", "secrets_held", "created"] if obj else ["name", *kept]
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["name", "client_id", "is_on", "last_used_at", "secrets_held", "created"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ApiClient, form: Any, change: bool) -> None:
        asked = {
            "territory": form.cleaned_data["territory"],
            "scopes": form.cleaned_data["scopes"],
            "expires_on": form.cleaned_data["expires_on"],
            "requests_per_minute": form.cleaned_data["requests_per_minute"],
            "by": caller(request),
        }
        if change:
            clients.change_client(client=obj, **asked)
        else:
            made = clients.create_client(name=form.cleaned_data["name"], **asked)
            obj.pk, obj.client_id, obj.shown_once = made.client.pk, made.client.client_id, made.secret

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The service has written it down."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The service has written it down."""

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return self._show_secret(request, obj, obj.shown_once)

    def get_urls(self) -> list[Any]:
        own = [
            path("<path:object_id>/new-secret/", self.admin_site.admin_view(self.new_secret), name="client_new_secret"),
            path("<path:object_id>/end-secret/", self.admin_site.admin_view(self.end_secret), name="client_end_secret"),
            path("<path:object_id>/switch/", self.admin_site.admin_view(self.switch), name="client_switch"),
        ]
        return [*own, *super().get_urls()]

    def new_secret(self, request: HttpRequest, object_id: str) -> HttpResponse:
        client = self._client(request, object_id)
        if client is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        form = OverlapForm(request.POST or None)
        if request.method != "POST" or not form.is_valid():
            return self._ask(
                request,
                client,
                title=_("New secret"),
                says=_(
                    "Whoever runs the client puts the new secret in its place while both hold, so that nothing stops."
                ),
                button=_("Make a new secret for this client"),
                form=form,
            )
        overlap = form.cleaned_data["overlap_days"]
        made = clients.renew_secret(client=client, overlap_days=overlap, by=caller(request))
        return self._show_secret(request, client, made.secret)

    def end_secret(self, request: HttpRequest, object_id: str) -> HttpResponse:
        client = self._client(request, object_id)
        if client is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if request.method != "POST":
            return self._ask(
                request,
                client,
                title=_("End the earlier secret"),
                says=_("The secret before the newest one ends at once, and every token of this client with it."),
                button=_("End the earlier secret now"),
            )
        if clients.end_earlier_secret(client=client, by=caller(request)):
            self.message_user(request, _("The earlier secret has ended."), messages.SUCCESS)
        else:
            self.message_user(request, _("No earlier secret held any more."), messages.INFO)
        return redirect("admin:accounts_apiclient_change", client.pk)

    def render_change_form(self, request: HttpRequest, context: Any, obj: Any = None, **kwargs: Any) -> HttpResponse:
        held = obj.secrets.filter(expires_at__gt=timezone.now()).exists() if obj else False
        return super().render_change_form(request, {**context, "earlier_secret_holds": held}, obj=obj, **kwargs)

    def switch(self, request: HttpRequest, object_id: str) -> HttpResponse:
        client = self._client(request, object_id)
        if client is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        is_on = client.service_user.is_active
        if request.method != "POST":
            return self._ask(
                request,
                client,
                title=_("Switch off") if is_on else _("Switch on"),
                says=(
                    _("The client's tokens end at once and it gets no new ones, until it is switched on again.")
                    if is_on
                    else _("The client gets tokens again, with the secret it has.")
                ),
                button=_("Switch this client off") if is_on else _("Switch this client on"),
            )
        (clients.switch_off_client if is_on else clients.switch_on_client)(client=client, by=caller(request))
        said = _("%(name)s is switched off.") if is_on else _("%(name)s is switched on.")
        self.message_user(request, said % {"name": client.name}, messages.SUCCESS)
        return redirect("admin:accounts_apiclient_change", client.pk)

    def _client(self, request: HttpRequest, object_id: str) -> ApiClient | None:
        client = self.get_object(request, object_id)
        if not self.has_change_permission(request, client):
            raise PermissionDenied
        return client

    def _ask(self, request: HttpRequest, client: ApiClient, **context: Any) -> HttpResponse:
        return self._page(request, "admin/client_ask.html", client, **context)

    @method_decorator(never_cache)
    def _show_secret(self, request: HttpRequest, client: ApiClient, secret: str) -> HttpResponse:
        token_url = request.build_absolute_uri(reverse("oauth-token"))
        return self._page(
            request,
            "admin/client_secret.html",
            client,
            title=_("The client's secret"),
            secret=secret,
            token_url=token_url,
        )

    def _page(self, request: HttpRequest, template: str, client: ApiClient, **context: Any) -> HttpResponse:
        shared = {
            **self.admin_site.each_context(request),
            "subtitle": client.name,
            "client": client,
            "object": client,
            "opts": self.opts,
        }
        return TemplateResponse(request, template, {**shared, **context})

    @admin.display(description=_("secrets"))
    def secrets_held(self, obj: ApiClient) -> str:
        """Those that hold: by their last characters, since when, until when, and when they were last used."""
        holding = obj.secrets.exclude(expires_at__lt=timezone.now()).order_by("-id")
        return format_html_join(
            "",
            "<p>{}</p>",
            (
                (
                    _("…%(hint)s, made %(made)s, last used %(used)s, %(end)s")
                    % {
                        "hint": secret.hint,
                        "made": moment_text(secret.created_at),
                        "used": moment_text(secret.last_used_at) if secret.last_used_at else _("never"),
                        "end": (
                            _("holds until %(end)s") % {"end": moment_text(secret.expires_at)}
                            if secret.expires_at
                            else _("the newest")
                        ),
                    },
                )
                for secret in holding
            ),
        )

    @admin.display(description=_("scopes"))
    def scope_list(self, obj: ApiClient) -> str:
        return ", ".join(obj.scopes)

    @admin.display(description=_("switched on"), boolean=True)
    def is_on(self, obj: ApiClient) -> bool:
        return obj.service_user.is_active


@admin.register(ClientSecret)
class ClientSecretAdmin(BackOfficeAdmin):
    """Which secrets clients were given, and which are used. They are made and ended on the page of the client."""

    list_display = ["client", "hint", "created_at", "made_by", "expires_at", "last_used_at"]
    list_select_related = ["client", "made_by"]
    list_filter = [("expires_at", RangeDateTimeFilter), ("client", AutocompleteSelectFilter)]
    search_fields = ["client__name", "hint"]
    search_help_text = _("By client, or by the last four characters of the secret.")
    ordering = ["-id"]
    fields = list_display
