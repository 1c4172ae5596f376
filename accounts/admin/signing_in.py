"""What lets somebody in: tokens, second factors, devices. Administrators alone."""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import get_access_token_model
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, RangeDateTimeFilter

from accounts.admin import names as _names  # noqa: F401 - what is registered already is taken back first
from accounts.back_office.admins import BackOfficeAdmin, EndableAdmin


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
