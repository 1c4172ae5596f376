"""Menu editions, which are reference data and kept here, with their items."""

from datetime import date
from functools import partial
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    RangeDateFilter,
)

from accounts.back_office.admins import EditableAdmin, EditableInline, caller, changes_of, is_referred_to
from accounts.back_office.bulk_edit import BulkEdit
from accounts.choices import Act
from accounts.models import User
from accounts.services.history import add_history
from renovation.models import (
    MenuEdition,
    MenuItem,
)
from renovation.reports.units import unit_name
from renovation.rules.menu import is_code


class MenuItemForm(forms.ModelForm):
    """A code is one that phones can send."""

    class Meta:
        model = MenuItem
        fields = ["code", "category", "name_zh", "name_en", "mandatory", "unit", "funding_hint", "source"]

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if not is_code(code):
            raise forms.ValidationError(_("A code is 1 to 8 letters and digits, as phones send it."))
        return code


class MenuItemInline(EditableInline):
    model = MenuItem
    form = MenuItemForm
    hide_title = True
    fields = ["code", "category", "name_zh", "name_en", "mandatory", "unit", "funding_hint", "source"]
    ordering = ["code"]


class MenuEditionForm(forms.ModelForm):
    """By hand, too, an edition holds from today on or later: what was asked before was asked of another one."""

    class Meta:
        model = MenuEdition
        fields = ["valid_from", "document"]

    def clean_valid_from(self) -> date:
        day: date = self.cleaned_data["valid_from"]
        if "valid_from" in self.changed_data and day < timezone.localdate():
            raise forms.ValidationError(_("A menu holds from today on, or from a later day."))
        return day


@admin.register(MenuEdition)
class MenuEditionAdmin(EditableAdmin):
    """An edition with which a survey was opened stays as it is; a later edition takes its place."""

    act = Act.MENU
    is_reference = True
    form = MenuEditionForm
    list_acts_template = "admin/_menu_acts.html"
    inlines = [MenuItemInline]
    fields = ["valid_from", "document", "created_at"]
    readonly_fields = ["created_at"]
    list_display = ["valid_from", "document", "item_count"]
    list_filter = [("valid_from", RangeDateFilter)]
    search_fields = ["document"]
    ordering = ["-valid_from"]

    def visible_rows(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows if user.reach(Act.MENU) else rows.none()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(item_count=Count("items"))

    def may_write(self, request: HttpRequest, obj: Any = None) -> bool:
        """A menu is a whole city's: it lies in no place that could be asked for."""
        return super().may_write(request)

    def is_in_use(self, obj: MenuEdition) -> bool:
        return is_referred_to(obj, besides=(MenuItem,))

    @admin.display(description=_("items"))
    def item_count(self, obj: Any) -> int:
        return obj.item_count


@admin.register(MenuItem)
class MenuItemAdmin(BulkEdit):
    """To look items up, and to change several of an edition that nothing leans on. One is edited with its edition."""

    bulk_fields = ["category", "mandatory", "unit", "funding_hint", "source"]
    act = Act.MENU
    is_reference = True
    list_display = ["code", "name", "category", "mandatory", "counted_in", "edition"]
    list_filter = ["edition", ("category", ChoicesDropdownFilter), "mandatory"]
    search_fields = ["code__startswith", "name_zh", "name_en"]
    ordering = ["-edition__valid_from", "code"]
    fields = ["edition", "code", "category", "name_zh", "name_en", "mandatory", "unit", "funding_hint", "source"]

    def found_as(self, obj: MenuItem) -> str:
        return f"{obj.code} {obj.name}"

    @property
    def edition_admin(self) -> MenuEditionAdmin:
        return cast(MenuEditionAdmin, self.admin_site.get_model_admin(MenuEdition))

    def may_bulk_edit(self, request: HttpRequest) -> bool:
        return self.edition_admin.may_write(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("edition")

    def bulk_refusal(self, request: HttpRequest, obj: MenuItem) -> str:
        # An edition is asked once for all its items: what leans on it is spread over several tables.
        in_use = request.__dict__.setdefault("editions_in_use", {})
        if obj.edition_id not in in_use:
            in_use[obj.edition_id] = self.edition_admin.is_in_use(obj.edition)
        return str(_("The edition is in use, and stays as it is.")) if in_use[obj.edition_id] else ""

    def bulk_form(self, request: HttpRequest, obj: Any) -> Any:
        return forms.modelform_factory(
            MenuItem, form=MenuItemForm, formfield_callback=partial(self.formfield_for_dbfield, request=request)
        )

    def bulk_save(self, request: HttpRequest, obj: MenuItem, form: Any) -> None:
        """As on the page of the edition, whose history tells it."""
        form.save()
        changed = {f"menuitem:changed:{obj.pk}": changes_of(form)}
        add_history(obj.edition, "changed", by=caller(request), fields=["items"], changed=changed)

    @admin.display(description=_("name"))
    def name(self, obj: MenuItem) -> str:
        return obj.name

    @admin.display(description=_("unit"))
    def counted_in(self, obj: MenuItem) -> str:
        return unit_name(obj.unit)
