"""What packages have registered and named: taken back where it is not used or shown otherwise, and named for people."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Model
from django.utils.translation import gettext_lazy as _
from django_tasks_db.models import DBTaskResult
from oauth2_provider.models import get_access_token_model, get_grant_model, get_id_token_model, get_refresh_token_model

from accounts.models import ApiClient

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
