"""Reminders of arrears over HTTP: each step that was taken, once, with its proof."""

from datetime import datetime
from typing import Any

import django_filters
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.parsers import MultiPartParser

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource, VisibleField
from common.filters import CodeFilter, IdFilter
from common.json_format import JsonParser
from governance.api.fees.base import NamesDebtors
from governance.api.upkeep_parts import JPEG, PhotoField, photo_answer
from governance.choices.fees import ReminderChannel, ReminderStep, VisitOutcome
from governance.models import FeeAccount, Reminder
from governance.permissions.fees import sees_debtors
from governance.services.fees.reminders import remind

FIRST_YEAR = 1990


class ReminderOutput(NamesDebtors, serializers.ModelSerializer):
    amount = serializers.DecimalField(
        max_digits=14, decimal_places=2, help_text="Outstanding of `bills` then, in yuan."
    )
    outcome = serializers.ChoiceField(VisitOutcome.choices, allow_blank=True, help_text="Of a visit; else empty.")
    note = serializers.SerializerMethodField(help_text="Empty for who reads who owes masked.")
    proof = serializers.SerializerMethodField(help_text="Where its photo is; null where there is none.")

    class Meta:
        model = Reminder
        fields = [
            "id",
            "neighbourhood",
            "account",
            "household",
            "step",
            "channel",
            "outcome",
            "promised_on",
            "note",
            "given_at",
            "received",
            "proof",
            "document",
            "bills",
            "amount",
            "client_id",
            "created_at",
        ]

    def get_note(self, reminder: Reminder) -> str:
        return reminder.note if self.names(reminder) else ""

    def get_proof(self, reminder: Reminder) -> str | None:
        return reverse("reminder-proof", args=[reminder.pk]) if reminder.proof else None


class ReminderInput(serializers.Serializer):
    account = VisibleField(queryset=FeeAccount.objects.select_related("neighbourhood"), help_text="Who owes.")
    step = serializers.ChoiceField(
        ReminderStep.choices, help_text="One after the other; each may be taken again, one a day."
    )
    channel = serializers.ChoiceField(ReminderChannel.choices)
    outcome = serializers.ChoiceField(
        VisitOutcome.choices, allow_blank=True, required=False, default="", help_text="Of a visit, and only of one."
    )
    promised_on = serializers.DateField(allow_null=True, required=False, default=None, help_text="With a promise.")
    note = serializers.CharField(max_length=300, allow_blank=True, required=False, default="")
    given_at = serializers.DateTimeField(allow_null=True, required=False, default=None, help_text="If not given, now.")
    received = serializers.BooleanField(
        required=False, default=False, help_text="Whether a photo or a document shows that it arrived."
    )
    proof = PhotoField(default=None)
    document = serializers.CharField(max_length=120, allow_blank=True, required=False, default="")
    client_id = serializers.UUIDField(
        allow_null=True, required=False, default=None, help_text="Sent twice, it is kept once."
    )

    def validate_given_at(self, value: datetime | None) -> datetime | None:
        if value is not None and value.year < FIRST_YEAR:
            raise ValidationError(_("This lies too far back."), code="min_value")
        return value


class ReminderFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    household = IdFilter("household_id")
    account = IdFilter("account_id")
    step = django_filters.ChoiceFilter(choices=ReminderStep.choices)
    outcome = django_filters.ChoiceFilter(choices=VisitOutcome.choices)


class Reminders(ReadOnlyResource):
    """That a debtor was asked for what is overdue, in steps: a notice, a letter, a visit, a formal demand, and then a
    court. Rows are only added. One that is proved to have arrived begins the three years to sue anew.
    """

    act = Act.FEES
    parser_classes = [JsonParser, MultiPartParser]
    queryset = Reminder.objects.select_related("neighbourhood")
    serializer_class = ReminderOutput
    filterset_class = ReminderFilters
    ordering_fields = ("id",)

    @extend_schema(
        request={"application/json": ReminderInput, "multipart/form-data": ReminderInput},
        responses={200: ReminderOutput, 201: ReminderOutput},
    )
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Record a reminder of all that is overdue; 200 with the one that is there where the same was sent before.

        409 `nothing_overdue`, `step_out_of_order` with the `next` step, `reminded_today`, `too_soon_to_sue` with the
        first day (`from_on`), `wrong_channel` with the `channels` of the step, `outcome_needed`,
        `promise_out_of_order`, `proof_missing`, `in_the_future`, `client_id_reused`; 400 `photo_refused`.
        """
        self.require_write()
        values = self.read_body(ReminderInput)
        self.require_write(values["account"])
        made, is_new = remind(by=request.user, **values)
        return self.answer(self.get_queryset().get(pk=made.pk), status=201 if is_new else 200)

    @extend_schema(responses={(200, JPEG): OpenApiTypes.BINARY}, filters=False)
    @action(detail=True, pagination_class=None, filter_backends=[])
    def proof(self, request: SignedInApiRequest, pk: str) -> Any:
        """The photo that shows its arrival, a JPEG without location; 404 where there is none, 403 for who reads who
        owes masked: it shows a name, or a signature.
        """
        reminder: Reminder = self.get_object()
        if not sees_debtors(request.user, reminder):
            raise PermissionDenied
        return photo_answer(reminder.proof)
