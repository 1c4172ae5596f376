"""Webhooks and their log, for administrators: to read, to pause and resume, to send again. Never a secret."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, RangeDateTimeFilter

from accounts.back_office.admins import BackOfficeAdmin, caller
from accounts.choices import WebhookState
from accounts.models import Webhook, WebhookAttempt, WebhookDelivery
from accounts.services.webhooks.sending import send_again, send_test
from accounts.services.webhooks.subscribing import pause_webhook, resume_webhook
from common.errors import DomainError
from common.figures import count_text, moment_text


class ActingAdmin(BackOfficeAdmin):
    """A list to read whose rows have an act: asked for on a page of its own, done by POST."""

    def ask(self, request: HttpRequest, row: Any, **context: Any) -> HttpResponse:
        shared = {
            **self.admin_site.each_context(request),
            "subtitle": str(row),
            "object": row,
            "opts": self.opts,
            "back": self.page_of(row),
        }
        return TemplateResponse(request, "admin/webhook_ask.html", {**shared, **context})

    def row(self, request: HttpRequest, object_id: str) -> Any:
        """The row, for who may open it: an administrator. None where there is none."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self.get_object(request, object_id)

    def page_of(self, row: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk])


@admin.register(Webhook)
class WebhookAdmin(ActingAdmin):
    list_display = ["name", "service_user", "url", "state", "failing_since", "failures_in_a_row"]
    list_select_related = ["service_user"]
    list_filter = [
        ("state", ChoicesDropdownFilter),
        ("paused_reason", ChoicesDropdownFilter),
        ("failing_since", RangeDateTimeFilter),
    ]
    search_fields = ["name", "url", "service_user__display_name"]
    search_help_text = _("By name, URL or client.")
    ordering = ["-id"]
    sortable_by = ["name", "state", "failing_since"]
    fields: Any = [
        *("name", "service_user", "url", "event_types", "territory", "state", "paused_reason"),
        *("failing_since", "failures_in_a_row", "rests_until", "cursor", "previous_until", "created_at", "updated_at"),
    ]
    readonly_fields = ["event_types"]
    change_form_outer_before_template = "admin/_webhook_acts.html"

    @admin.display(description=_("event types"))
    def event_types(self, obj: Webhook) -> str:
        return str(_("All (*)")) if obj.events == ["*"] else ", ".join(obj.events)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        own = [
            path("<path:object_id>/switch/", view(self.switch), name="webhook_switch"),
            path("<path:object_id>/test/", view(self.test), name="webhook_test"),
        ]
        return [*own, *super().get_urls()]

    def test(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send a message that says no more than that it is a test, and go to its delivery."""
        webhook = self.row(request, object_id)
        if webhook is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if request.method != "POST":
            return self.ask(
                request,
                webhook,
                title=_("Send a test"),
                says=_("A message of the type webhook.test is sent, signed as all are. It says nothing of any row."),
                button=_("Send a test to this webhook"),
            )
        try:
            delivery = send_test(webhook=webhook)
        except DomainError as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return redirect(self.page_of(webhook))
        self.message_user(request, _("The test is on its way; this is its delivery."), messages.SUCCESS)
        return redirect("admin:accounts_webhookdelivery_change", delivery.pk)

    def switch(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Pause one that sends, resume one that does not."""
        webhook = self.row(request, object_id)
        if webhook is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        sends = webhook.state == WebhookState.ACTIVE
        if request.method != "POST":
            return self.ask(
                request,
                webhook,
                title=_("Pause") if sends else _("Resume"),
                says=(
                    _("Nothing is sent until it is resumed. What changes meanwhile is sent then.")
                    if sends
                    else _("What waits is sent, and then what changed since it was paused.")
                ),
                button=_("Pause this webhook") if sends else _("Resume this webhook"),
            )
        try:
            (pause_webhook if sends else resume_webhook)(webhook=webhook, by=caller(request))
        except DomainError as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        else:
            said = _("%(name)s is paused.") if sends else _("%(name)s sends again.")
            self.message_user(request, said % {"name": webhook.name}, messages.SUCCESS)
        return redirect(self.page_of(webhook))


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ActingAdmin):
    list_display = ["created_at", "type", "webhook", "state", "attempt_count", "next_at", "finished_at"]
    list_select_related = ["webhook"]
    list_filter = [
        ("state", ChoicesDropdownFilter),
        ("webhook", AutocompleteSelectFilter),
        ("created_at", RangeDateTimeFilter),
    ]
    search_fields = ["event_id__exact", "type__startswith", "webhook__name"]
    search_help_text = _("By message id, event type or webhook.")
    ordering = ["-id"]
    fields: Any = [
        *("webhook", "event_id", "type", "cursor", "state", "attempt_count", "next_at", "created_at", "finished_at"),
        *("resend_of", "message", "tries"),
    ]
    readonly_fields = ["message", "tries"]
    change_form_outer_before_template = "admin/_delivery_acts.html"

    @admin.display(description=_("message text"))
    def message(self, obj: WebhookDelivery) -> str:
        return format_html('<pre class="told">{}</pre>', obj.body)

    @admin.display(description=_("each attempt"))
    def tries(self, obj: WebhookDelivery) -> str:
        """When, what was answered or went wrong, and how long it took."""
        rows = [
            (moment_text(attempt.at), attempt.status or attempt.get_fault_display(), count_text(attempt.milliseconds))
            for attempt in obj.attempts.order_by("pk")
        ]
        lines = format_html_join("", "<tr><td>{}</td><td>{}</td><td>{} ms</td></tr>", rows)
        return format_html('<table class="bo-table bo-tries">{}</table>', lines) if rows else "–"

    def get_urls(self) -> list[Any]:
        own = path("<path:object_id>/resend/", self.admin_site.admin_view(self.resend), name="webhook_resend")
        return [own, *super().get_urls()]

    def resend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        delivery = self.row(request, object_id)
        if delivery is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if request.method != "POST":
            return self.ask(
                request,
                delivery,
                title=_("Send again"),
                says=_("The same message is sent once more, under the same message id."),
                button=_("Send this message again"),
            )
        try:
            delivery = send_again(delivery=delivery, by=caller(request))
        except DomainError as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        else:
            self.message_user(request, _("The message is sent again; this is its delivery."), messages.SUCCESS)
        return redirect(self.page_of(delivery))


@admin.register(WebhookAttempt)
class WebhookAttemptAdmin(BackOfficeAdmin):
    list_display = ["at", "delivery", "status", "fault", "milliseconds"]
    list_select_related = ["delivery"]
    list_filter = [("fault", ChoicesDropdownFilter), ("at", RangeDateTimeFilter)]
    search_fields = ["delivery__event_id__exact"]
    search_help_text = _("By message id.")
    ordering = ["-id"]
    fields = ["delivery", "at", "status", "fault", "milliseconds", "answer"]
