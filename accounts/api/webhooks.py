"""Webhooks over HTTP: what a client wants to be told of, and the log of what was told to it."""

from typing import Any

import django_filters
from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import SignedInWithScope
from accounts.choices import DeliveryState, WebhookState
from accounts.http import SignedInApiRequest
from accounts.models import Webhook, WebhookAttempt, WebhookDelivery
from accounts.rest import ReadOnlyResource, etag_of
from accounts.rules.events import PATTERNS
from accounts.rules.webhooks import LONGEST_URL
from accounts.services.webhooks import subscribing
from accounts.services.webhooks.sending import send_again, send_test
from accounts.services.webhooks.subscribing import LONGEST_OVERLAP, WithSecret
from common.filters import IdFilter

EVENT_CHOICES = [(pattern, pattern) for pattern in PATTERNS]
DAY = 24


class ClientsAndAdministrators(BasePermission):
    """A webhook is a client's; administrators look after all of them. Other people have none."""

    def has_permission(self, request: Request, view: Any) -> bool:
        user: Any = request.user
        return user.client is not None or user.is_administrator


class WebhookOutput(serializers.ModelSerializer):
    client = serializers.CharField(source="client.client_id", help_text="The client whose it is, by its `client_id`.")
    events = serializers.ListField(child=serializers.CharField())
    territory = serializers.CharField(help_text="Narrower than the client's; empty for all of that.")
    state = serializers.ChoiceField(WebhookState.choices)
    paused_reason = serializers.CharField(help_text="`asked` or `failures` while it is paused, else empty.")
    cursor = serializers.CharField(help_text="Up to where of `changes/` its deliveries are made.")

    class Meta:
        model = Webhook
        fields = [
            "id",
            "client",
            "name",
            "url",
            "events",
            "territory",
            "state",
            "paused_reason",
            "failing_since",
            "failures_in_a_row",
            "previous_until",
            "cursor",
            "created_at",
            "updated_at",
        ]


class WebhookWithSecretOutput(WebhookOutput):
    secret = serializers.SerializerMethodField(help_text="What its messages are signed with. Shown this once.")

    class Meta(WebhookOutput.Meta):
        fields = [*WebhookOutput.Meta.fields, "secret"]

    def get_secret(self, webhook: Webhook) -> str:
        secret: str = self.context["secret"]
        return secret


class WebhookInput(serializers.Serializer):
    name = serializers.CharField(max_length=100, help_text="Used once by each client.")
    url = serializers.CharField(max_length=LONGEST_URL, help_text="https, on port 443 or from 1024 on.")
    events = serializers.ListField(
        child=serializers.ChoiceField(EVENT_CHOICES),
        min_length=1,
        max_length=len(PATTERNS),
        help_text="Event types, all of a thing (`survey.*`), or all there are (`*`).",
    )
    territory = serializers.CharField(
        max_length=16,
        allow_blank=True,
        required=False,
        help_text="A division, a grid or a neighbourhood within the client's territory; without it all of that.",
    )


class RotationInput(serializers.Serializer):
    overlap_hours = serializers.IntegerField(
        min_value=0,
        max_value=LONGEST_OVERLAP,
        default=DAY,
        help_text="How long messages are signed with the present secret, too.",
    )


class ResumeInput(serializers.Serializer):
    def get_fields(self) -> dict[str, serializers.Field]:
        """`from` is a word of Python's."""
        text = "`now` passes over what changed while it was paused."
        return {"from": serializers.ChoiceField(["cursor", "now"], default="cursor", help_text=text)}


class AttemptOutput(serializers.ModelSerializer):
    status = serializers.IntegerField(allow_null=True, help_text="Of the answer; null where there was none.")
    fault = serializers.CharField(help_text="Why it did not deliver; empty where it did.")
    answer = serializers.CharField(help_text="How the answer began.")

    class Meta:
        model = WebhookAttempt
        fields = ["id", "at", "status", "fault", "milliseconds", "answer"]


class DeliveryOutput(serializers.ModelSerializer):
    cursor = serializers.CharField(allow_null=True, help_text="That of the change; null for a test.")
    state = serializers.ChoiceField(DeliveryState.choices)

    class Meta:
        model = WebhookDelivery
        fields = [
            "id",
            "webhook",
            "event_id",
            "type",
            "cursor",
            "state",
            "attempt_count",
            "next_at",
            "finished_at",
            "resend_of",
            "created_at",
            "updated_at",
        ]


class DeliveryDetailOutput(DeliveryOutput):
    body = serializers.CharField(help_text="The message, character by character as it is signed.")
    attempts = serializers.SerializerMethodField()

    class Meta(DeliveryOutput.Meta):
        fields = [*DeliveryOutput.Meta.fields, "body", "attempts"]

    @extend_schema_field(AttemptOutput(many=True))
    def get_attempts(self, delivery: WebhookDelivery) -> Any:
        return AttemptOutput(delivery.attempts.order_by("pk"), many=True).data


class WebhookFilters(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=WebhookState.choices)


class DeliveryFilters(django_filters.FilterSet):
    webhook = IdFilter("webhook_id")
    state = django_filters.ChoiceFilter(choices=DeliveryState.choices)
    type = django_filters.CharFilter(max_length=64, help_text="An event type, or `webhook.test`.")
    after = django_filters.IsoDateTimeFilter("created_at", lookup_expr="gt", help_text="Made after this moment.")


class OfClients(ReadOnlyResource):
    """What is shared by both: any scope will do, since a webhook tells only of what its client may read."""

    permission_classes = [SignedInWithScope, ClientsAndAdministrators]
    bulk = False

    def may(self, thing: Any) -> bool:
        return True


class Webhooks(OfClients):
    """What a client wants to be told of, and where. A client sees its own, an administrator all."""

    queryset = Webhook.objects.select_related("service_user__api_client")
    serializer_class = WebhookOutput
    filterset_class = WebhookFilters

    def etag_extra(self, thing: Webhook) -> str:
        return f"{thing.failures_in_a_row}-{thing.cursor}-{int(thing.previous_until is not None)}"

    @extend_schema(request=WebhookInput, responses={201: WebhookWithSecretOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Ask to be told of what changes from now on. 400 for a URL that is not for webhooks; 409 `unusable_name` where
        there is one of this name, `too_many_webhooks` beyond 20. Only clients do this, in their own name.
        """
        if request.user.client is None:
            raise PermissionDenied
        values = self.read_body(WebhookInput)
        return self._with_secret(subscribing.add_webhook(client=request.user, **values), status=201)

    @extend_schema(request=WebhookInput, responses=WebhookOutput)
    def partial_update(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Change what is given. With another `url` what waits is tried there at once."""
        webhook = self.get_object()
        values = self.read_body(WebhookInput, partial=True)
        return self.answer(subscribing.change_webhook(webhook=webhook, by=request.user, **values))

    @extend_schema(responses={204: None})
    def destroy(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Remove it, with the log of its deliveries."""
        subscribing.remove_webhook(webhook=self.get_object(), by=request.user)
        return Response(status=204)

    @extend_schema(request=None, responses={202: DeliveryOutput})
    @action(detail=True, methods=["post"])
    def test(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Send a `webhook.test`; what comes of it is in the log. 409 `webhook_not_sending` while it is paused."""
        delivery = send_test(webhook=self.get_object())
        return Response(DeliveryOutput(delivery).data, status=202)

    @extend_schema(request=None, responses=WebhookOutput)
    @action(detail=True, methods=["post"])
    def pause(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Stop sending. What changes meanwhile is sent after `resume/`."""
        return self.answer(subscribing.pause_webhook(webhook=self.get_object(), by=request.user))

    @extend_schema(request=ResumeInput, responses=WebhookOutput)
    @action(detail=True, methods=["post"])
    def resume(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Send again: what waits, then what changed since. 409 `cursor_expired` where that is no longer all kept: read
        the lists anew and resume with `{"from": "now"}`.
        """
        webhook = self.get_object()
        values = self.read_body(ResumeInput)
        from_now = values["from"] == "now"
        return self.answer(subscribing.resume_webhook(webhook=webhook, by=request.user, from_now=from_now))

    @extend_schema(request=RotationInput, responses=WebhookWithSecretOutput)
    @action(detail=True, methods=["post"], url_path="rotate-secret")
    def rotate_secret(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Make another secret. Both sign until the overlap is over. 409 `rotation_under_way` before that, unless
        `overlap_hours` is 0, which ends the older ones at once.
        """
        webhook = self.get_object()
        values = self.read_body(RotationInput)
        return self._with_secret(subscribing.rotate_secret(webhook=webhook, by=request.user, **values))

    def _with_secret(self, made: WithSecret, *, status: int = 200) -> HttpResponseBase:
        context = {**self.get_serializer_context(), "secret": made.secret}
        data = WebhookWithSecretOutput(made.webhook, context=context).data
        tag = etag_of(made.webhook, self.etag_extra(made.webhook))
        headers = {"ETag": tag, "Cache-Control": "no-store"}
        if status == 201:
            headers["Location"] = self.address_of(made.webhook)
        return Response(data, status=status, headers=headers)


class WebhookDeliveries(OfClients):
    """The log of what was sent, for 30 days after each delivery's end."""

    queryset = WebhookDelivery.objects.all()
    serializer_class = DeliveryOutput
    filterset_class = DeliveryFilters
    ordering = "-id"

    @extend_schema(responses=DeliveryDetailOutput)
    def retrieve(self, request: SignedInApiRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """One delivery, with its message and its attempts."""
        return self.answer(self.get_object(), serializer_class=DeliveryDetailOutput)

    @extend_schema(request=None, responses={202: DeliveryOutput})
    @action(detail=True, methods=["post"])
    def resend(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Send the same message again under the same `webhook-id`, in a delivery of its own. 409 `still_waiting`,
        `webhook_not_sending`.
        """
        delivery = send_again(delivery=self.get_object(), by=request.user)
        return Response(DeliveryOutput(delivery).data, status=202)
