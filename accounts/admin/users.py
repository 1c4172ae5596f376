"""The people who work here and their roles. Administrators alone."""

from datetime import date
from typing import Any, cast

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    DropdownFilter,
    RangeDateTimeFilter,
)
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.back_office.admins import EditableAdmin, EditableInline, caller
from accounts.back_office.bulk_edit import BulkEdit
from accounts.back_office.lists import TerritoryFilter
from accounts.back_office.user_lines import UserLines
from accounts.choices import Role
from accounts.models import RoleAssignment, User
from accounts.querysets import UserQuerySet
from accounts.services.users import end_role


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

    ends_on = forms.DateField(
        label=_("Last day of the role"), widget=UnfoldAdminTextInputWidget(attrs={"type": "date"})
    )

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
        """Nobody can lock themselves out, and a role that is over is not brought back to life."""
        if obj.user_id == caller(request).pk:
            return str(_("A role of your own: somebody else lets it end."))
        is_over = obj.ends_on is not None and obj.ends_on < timezone.localdate()
        return str(_("The role has an end; give it anew from the day after.")) if is_over else ""

    def bulk_form(self, request: HttpRequest, obj: Any) -> Any:
        return RoleEndForm

    def bulk_save(self, request: HttpRequest, obj: RoleAssignment, form: Any) -> None:
        end_role(assignment=obj, on=form.cleaned_data["ends_on"], by=caller(request))
