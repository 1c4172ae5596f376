"""The back office of people, clients, history and jobs. Administrators alone, but for history and changes."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, cast

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.apps import apps
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django_tasks_db.models import DBTaskResult
from oauth2_provider.models import get_access_token_model, get_grant_model, get_id_token_model, get_refresh_token_model
from oauth2_provider.settings import oauth2_settings
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    DropdownFilter,
    RangeDateTimeFilter,
    TextFilter,
)
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.back_office import webhooks as _webhooks  # noqa: F401 - its lists are registered
from accounts.back_office.admins import (
    BackOfficeAdmin,
    EditableAdmin,
    EditableInline,
    EndableAdmin,
    caller,
)
from accounts.back_office.bulk_edit import BulkEdit
from accounts.back_office.history import as_json, tell
from accounts.back_office.lists import SinceFilter, TerritoryFilter
from accounts.back_office.search import is_code
from accounts.back_office.user_lines import UserLines
from accounts.back_office.words import ACTS, READS, act_text, models_by_resource, resource_text, task_text
from accounts.choices import Act, JobState, Role
from accounts.models import (
    ApiClient,
    Change,
    ClientSecret,
    HistoryEntry,
    IdempotencyKey,
    Job,
    RoleAssignment,
    SavedList,
    User,
    WorkerBeat,
)
from accounts.querysets import UserQuerySet
from accounts.rules.territory import kind_of_code
from accounts.services import clients, jobs
from accounts.services.users import end_role
from common.errors import DomainError
from common.figures import count_text, moment_text

# Roles stand in our own table and addresses in the user; the site hands out tokens to clients, and to nobody else.
for unused in (Group, EmailAddress, get_grant_model(), get_id_token_model(), get_refresh_token_model()):
    admin.site.unregister(unused)
# These come again below, as the back office shows things.
for shown_plainly in (ApiClient, get_access_token_model(), Authenticator, UserSession, DBTaskResult):
    admin.site.unregister(shown_plainly)

# These packages name their things in English only. What is shown is named here; their migrations keep their own names.
NAMES: dict[type[Model], tuple[Any, Any, dict[str, Any]]] = {
    UserSession: (
        _("device signed in"),
        _("devices signed in"),
        {
            "user": _("user"),
            "ip": _("IP address"),
            "user_agent": _("browser"),
            "created_at": _("signed in at"),
            "last_seen_at": _("last seen at"),
        },
    ),
    Authenticator: (
        _("second factor"),
        _("second factors"),
        {"user": _("user"), "created_at": _("set up at"), "last_used_at": _("last used at")},
    ),
    get_access_token_model(): (
        _("access token"),
        _("access tokens"),
        {"application": _("API client"), "scope": _("scopes"), "created": _("given at"), "expires": _("ends at")},
    ),
    DBTaskResult: (
        _("queued task"),
        _("queued tasks"),
        {
            "status": _("state"),
            "enqueued_at": _("queued at"),
            "started_at": _("started at"),
            "finished_at": _("finished at"),
            "run_after": _("not before"),
            "queue_name": _("queue"),
            "exception_class_path": _("error"),
            "traceback": _("traceback"),
        },
    ),
    ApiClient: (
        _("API client"),
        _("API clients"),
        {"name": _("name"), "client_id": _("OAuth client ID"), "created": _("made at")},
    ),
}
for named, (one, many, fields) in NAMES.items():
    named._meta.verbose_name, named._meta.verbose_name_plural = one, many
    for field_name, said in fields.items():
        named._meta.get_field(field_name).verbose_name = said  # type: ignore[union-attr]
for app_label, called in {
    "oauth2_provider": _("access tokens"),
    "usersessions": _("Sign-in"),
    "mfa": _("Sign-in"),
    "django_tasks_database": _("System"),
}.items():
    apps.get_app_config(app_label).verbose_name = called


class RoleFilter(DropdownFilter):
    title = _("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return Role.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        role = self.value()
        holders = RoleAssignment.objects.filter(role=role).values("user")
        return queryset.filter(pk__in=holders) if role else queryset


class RoleTerritoryFilter(TerritoryFilter):
    title = _("territory of a role")

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        code = (self.value() or "").strip()
        holders = RoleAssignment.objects.filter(territory__startswith=code[:16]).values("user")
        return queryset.filter(pk__in=holders) if code else queryset


class SecondFactorFilter(DropdownFilter):
    title = _("second factor")
    parameter_name = "second_factor"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("none", _("Without a second factor")), ("some", _("With a second factor"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        factors = Authenticator.objects.filter(user=OuterRef("pk"))
        has_one = Exists(factors.exclude(type=Authenticator.Type.RECOVERY_CODES))
        where = {"none": ~has_one, "some": has_one}.get(self.value() or "")
        return queryset.filter(where) if where is not None else queryset


class NewUserForm(UserCreationForm):
    """An account with a password to begin with; whoever gets it changes it."""

    usable_password = None

    class Meta:
        model = User
        fields = ["username", "display_name", "unit", "email"]


class RoleInline(EditableInline):
    model = RoleAssignment
    hide_title = True
    fields = ["role", "territory", "starts_on", "ends_on"]
    ordering = ["role", "territory"]


@admin.register(User)
class UserAdmin(BulkEdit, EditableAdmin, BaseUserAdmin):  # type: ignore[misc]
    """People. Nobody is deleted, for history names them: who leaves is made inactive."""

    tells_changes = False
    form = UserChangeForm
    add_form = NewUserForm
    add_form_template = None
    change_password_form = AdminPasswordChangeForm
    inlines = [RoleInline]
    bulk_fields = ["unit", "is_active"]
    line_resource = UserLines
    filter_horizontal = []
    list_display = ["username", "display_name", "unit", "roles", "is_active", "last_login"]
    list_filter = [
        RoleFilter,
        RoleTerritoryFilter,
        "is_active",
        SecondFactorFilter,
        ("last_login", RangeDateTimeFilter),
    ]
    search_fields = ["username", "display_name", "unit", "email"]
    search_help_text = _("By user name, name, unit or e-mail.")
    ordering = ["username"]
    found_by = staticmethod(lambda words: Q(username__startswith=words) | Q(display_name__startswith=words))
    sortable_by = ["username", "display_name", "unit", "last_login"]
    fieldsets = [
        (None, {"fields": ["username", "password", "is_active"]}),
        (_("Person"), {"fields": ["display_name", "unit", "email"]}),
        (_("Sign-in"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "password1", "password2"]}),
        (_("Person"), {"fields": ["display_name", "unit", "email"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """People only: the service user of an API client is looked after on the client's page."""
        return cast(UserQuerySet, super().get_queryset(request)).people().prefetch_related("assignments")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Nobody can lock themselves out."""
        return ["last_login", "date_joined", *(["is_active"] if obj == request.user else [])]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("roles"))
    def roles(self, obj: User) -> str:
        today = timezone.localdate()
        return ", ".join(str(held) for held in obj.assignments.all() if held.is_in_force(today))


class GivenForFilter(TerritoryFilter):
    field = "territory"


class InForceFilter(DropdownFilter):
    title = _("in force")
    parameter_name = "in_force"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("today", _("In force today")), ("ended", _("Ended"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        today = timezone.localdate()
        if self.value() == "today":
            return queryset.filter(starts_on__lte=today).exclude(ends_on__lt=today)
        return queryset.filter(ends_on__lt=today) if self.value() == "ended" else queryset


class RoleEndForm(forms.ModelForm):
    """The last day of a role."""

    ends_on = forms.DateField(label=_("to"), widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}))

    class Meta:
        model = RoleAssignment
        fields = ["ends_on"]

    def clean_ends_on(self) -> date:
        day: date = self.cleaned_data["ends_on"]
        if day < self.instance.starts_on:
            raise forms.ValidationError(_("A role cannot end before it begins."))
        return day


@admin.register(RoleAssignment)
class RoleAssignmentAdmin(BulkEdit):
    """To see who holds what where, and to let several roles end at once; they are given on the page of the user."""

    bulk_fields = ["ends_on"]
    list_display = ["user", "role", "territory", "starts_on", "ends_on"]
    list_select_related = ["user"]
    list_filter = [
        ("role", ChoicesDropdownFilter),
        GivenForFilter,
        InForceFilter,
        ("user", AutocompleteSelectFilter),
    ]
    search_fields = ["user__username", "user__display_name", "territory__startswith"]
    search_help_text = _("By user, or by the first digits of the territory.")
    ordering = ["-id"]
    fields = ["user", "role", "territory", "starts_on", "ends_on"]

    def found_as(self, obj: RoleAssignment) -> str:
        return f"{obj.user} · {obj}"

    def may_bulk_edit(self, request: HttpRequest) -> bool:
        return caller(request).is_administrator

    def bulk_refusal(self, request: HttpRequest, obj: RoleAssignment) -> str:
        """Nobody can lock themselves out."""
        is_own = obj.user_id == caller(request).pk
        return str(_("A role of your own: somebody else lets it end.")) if is_own else ""

    def bulk_form(self, request: HttpRequest, obj: Any) -> Any:
        return RoleEndForm

    def bulk_save(self, request: HttpRequest, obj: RoleAssignment, form: Any) -> None:
        end_role(assignment=obj, on=form.cleaned_data["ends_on"], by=caller(request))


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
        choices=lambda: [(scope, scope) for scope in sorted(oauth2_settings.SCOPES)],
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
        shared = {**self.admin_site.each_context(request), "subtitle": client.name, "client": client, "opts": self.opts}
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
    fields = ["at", "by", "said", "kind", "object_id", "place", "request_id"]
    readonly_fields = ["said", "kind", "place"]
    change_form_after_template = "admin/_before_after.html"

    def found_as(self, obj: HistoryEntry) -> str:
        return f"{act_text(obj.act)} · {resource_text(obj.resource)} {obj.object_id}"

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, obj: Any = None, **kwargs: Any
    ) -> HttpResponse:
        (context["told"],) = tell([obj], request)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    @admin.display(description=_("act"))
    def said(self, obj: HistoryEntry) -> str:
        return act_text(obj.act)

    @admin.display(description=_("resource"))
    def kind(self, obj: HistoryEntry) -> str:
        return resource_text(obj.resource)

    @admin.display(description=_("place"))
    def place(self, obj: HistoryEntry) -> str:
        return obj.neighbourhood_code or obj.community_code


@admin.register(Change)
class ChangeAdmin(RecordAdmin):
    list_display = ["at", "action", "kind", "object_id", "fields_changed", "place", "cursor"]
    list_filter = [ResourceFilter, ("at", RangeDateTimeFilter), TerritoryFilter]
    search_fields = ["action__startswith"]
    fields = ["at", "action", "kind", "object_id", "fields_changed", "place", "cursor"]
    readonly_fields = ["kind", "fields_changed", "place"]

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


@admin.register(Job)
class JobAdmin(BackOfficeAdmin):
    """What people gave to the worker: how far it is, and what failed. The list is drawn anew while something runs."""

    list_display = ["work", "progress", "about", "by", "queued_at", "started_at", "attempts", "error"]
    list_select_related = ["by"]
    list_filter = [
        ("state", ChoicesDropdownFilter),
        ("queued_at", RangeDateTimeFilter),
        ("by", AutocompleteSelectFilter),
        TerritoryFilter,
    ]
    search_fields = ["task", "error__startswith", "by__username__startswith"]
    search_help_text = _("By the number of what it is about, by work, error or person.")
    ordering = ["-id"]
    fields = [
        *("work", "state", "progress", "about", "by", "queue", "attempts", "error"),
        *("queued_at", "started_at", "finished_at", "task_id"),
    ]
    readonly_fields = ["work", "progress", "about"]
    list_acts_template = "admin/_jobs_going_on.html"
    change_form_outer_before_template = "admin/_job_acts.html"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if search_term.isascii() and search_term.isdigit() and len(search_term) < 19:
            return queryset.filter(subject_id=int(search_term)), False
        return super().get_search_results(request, queryset, search_term)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        goes_on = Job.objects.filter(state__in=[JobState.QUEUED, JobState.RUNNING]).exists()
        return super().changelist_view(request, {**(extra_context or {}), "goes_on": goes_on})

    def get_urls(self) -> list[Any]:
        own = [
            path("<path:object_id>/again/", self.admin_site.admin_view(self.try_again), name="job_try_again"),
            path("<path:object_id>/cancel/", self.admin_site.admin_view(self.cancel), name="job_cancel"),
        ]
        return [*own, *super().get_urls()]

    def try_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Once more for a job that failed. What it does twice is done once."""
        return self._act(request, object_id, jobs.try_again, _("The job waits for the worker again."))

    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Not at all for a job that still waits."""
        return self._act(request, object_id, jobs.cancel_job, _("The job is cancelled."))

    def _act(self, request: HttpRequest, object_id: str, act: Callable[..., Job], done: Any) -> HttpResponse:
        """By POST alone, and by administrators alone."""
        job = self.get_object(request, object_id)
        if not caller(request).is_administrator:
            raise PermissionDenied
        if job is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            act(job=job, by=caller(request))
            self.message_user(request, done, messages.SUCCESS)
        except DomainError as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        return redirect("admin:accounts_job_change", job.pk)

    @admin.display(description=_("work"))
    def work(self, obj: Job) -> str:
        return task_text(obj.task)

    @admin.display(description=_("progress"))
    def progress(self, obj: Job) -> str:
        said = obj.get_state_display()
        if obj.state != JobState.RUNNING or not obj.total:
            return said
        share = {"done": count_text(obj.done), "total": count_text(obj.total)}
        return format_html(
            '<progress max="{}" value="{}"></progress> {}',
            obj.total,
            obj.done,
            _("%(done)s of %(total)s") % share,
        )

    @admin.display(description=_("about"))
    def about(self, obj: Job) -> str:
        """What it is about, with its page where it has one here."""
        said = f"{resource_text(obj.subject)} {obj.subject_id}"
        model = models_by_resource().get(obj.subject)
        if model is None or not self.admin_site.is_registered(model):
            return said
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[obj.subject_id])
        return format_html('<a href="{}">{}</a>', url, said)


@admin.register(WorkerBeat)
class WorkerBeatAdmin(BackOfficeAdmin):
    """Which workers are there, when they were last seen, and how long they have been at one thing."""

    list_display = ["machine", "process", "queues", "started_at", "seen_at", "since"]
    list_filter = [("seen_at", RangeDateTimeFilter)]
    search_fields = ["machine__startswith", "worker_id__startswith"]
    ordering = ["-id"]
    fields = [*list_display, "task_id", "worker_id"]


@admin.register(DBTaskResult)
class QueuedTaskAdmin(BackOfficeAdmin):
    """The queue itself: what the worker reads, and what became of it. Kept for two weeks."""

    list_display = ["job", "status", "enqueued_at", "started_at", "finished_at"]
    list_filter = [("status", ChoicesDropdownFilter), ("enqueued_at", RangeDateTimeFilter)]
    search_fields = ["task_path", "exception_class_path"]
    ordering = ["-enqueued_at"]
    fields = [
        "job", "status", "queue_name", "enqueued_at", "run_after", "started_at", "finished_at", "asked", "answered",
        "exception_class_path", "traceback",
    ]  # fmt: skip
    readonly_fields = ["job", "asked", "answered"]

    @admin.display(description=_("job"))
    def job(self, obj: DBTaskResult) -> str:
        return task_text(obj.task_path)

    @admin.display(description=_("asked with"))
    def asked(self, obj: DBTaskResult) -> str:
        return as_json(obj.args_kwargs)

    @admin.display(description=_("answer"))
    def answered(self, obj: DBTaskResult) -> str:
        return as_json(obj.return_value)


@admin.register(get_access_token_model())
class AccessTokenAdmin(BackOfficeAdmin):
    """Who holds a token, and for how long; never the token. All of a client's end when it is switched off."""

    list_display = ["application", "scope", "created", "expires"]
    list_select_related = ["application"]
    list_filter = [("application", AutocompleteSelectFilter), ("expires", RangeDateTimeFilter)]
    search_fields = ["application__name"]
    ordering = ["-id"]
    fields = ["application", "scope", "created", "expires"]


@admin.register(Authenticator)
class AuthenticatorAdmin(EndableAdmin):
    """Second factors. Somebody who has lost theirs gets in again once it is taken away."""

    ended_as = "second_factor_removed"
    list_display = ["user", "kind", "created_at", "last_used_at"]
    list_select_related = ["user"]
    list_filter = [("type", ChoicesDropdownFilter), ("created_at", RangeDateTimeFilter)]
    search_fields = ["user__username", "user__display_name"]
    ordering = ["-id"]
    fields = ["user", "kind", "created_at", "last_used_at"]
    readonly_fields = ["kind"]

    @admin.display(description=_("kind"))
    def kind(self, obj: Authenticator) -> str:
        return obj.get_type_display()


@admin.register(UserSession)
class UserSessionAdmin(EndableAdmin):
    """Devices on which somebody is signed in. Whose phone is lost is signed out of it here."""

    ended_as = "device_signed_out"
    list_display = ["user", "ip", "user_agent", "created_at", "last_seen_at"]
    list_select_related = ["user"]
    list_filter = [("last_seen_at", RangeDateTimeFilter), ("user", AutocompleteSelectFilter)]
    search_fields = ["user__username", "user__display_name", "user_agent"]
    ordering = ["-id"]
    fields = ["user", "ip", "user_agent", "created_at", "last_seen_at"]

    def delete_model(self, request: HttpRequest, obj: UserSession) -> None:
        obj.end()
