"""The personal fields of one household or owner, on a reason that is written down before they are shown."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.back_office.admins import BackOfficeAdmin, caller
from accounts.choices import Access
from renovation.permissions import personal_access
from renovation.services.registry import reveal_personal_fields


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("Why you need them, with the number of the case. It is kept with your name."),
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


class RevealAdmin(BackOfficeAdmin):
    """Rows with personal fields, masked for everybody; whom the roles table gives them on a reason reads them here."""

    personal_fields: ClassVar[Sequence[str]] = ()
    change_form_outer_before_template = "admin/_reveal_act.html"

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.reveal)
        return [path("<int:pk>/reveal/", view, name=self._name("reveal")), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, obj: Any = None, **kwargs: Any
    ) -> HttpResponse:
        if obj is not None and personal_access(caller(request), obj) != Access.NONE:
            context["reveal_url"] = self._address("reveal", obj.pk)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    @method_decorator(never_cache)
    def reveal(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for the reason; then show the fields, in this answer and nowhere else."""
        obj = self.get_object(request, str(pk))
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(pk))
        if not self.has_view_permission(request, obj) or personal_access(caller(request), obj) == Access.NONE:
            raise PermissionDenied
        form = ReasonForm(request.POST or None)
        shown: list[tuple[str, Any]] = []
        if form.is_valid():
            reveal_personal_fields(obj, by=caller(request), reason=form.cleaned_data["reason"])
            shown = [(self._label(name), self._text(getattr(obj, name))) for name in self.personal_fields]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Personal fields"),
            "subtitle": str(obj),
            "opts": self.opts,
            "object": obj,
            "form": form,
            "shown": shown,
            "back_url": self._address("change", obj.pk),
        }
        return TemplateResponse(request, "admin/reveal.html", context, status=400 if form.errors else 200)

    def _label(self, name: str) -> str:
        return str(self.opts.get_field(name).verbose_name)

    def _text(self, value: Any) -> str:
        return _(", ").join(value) if isinstance(value, list) else str(value)
