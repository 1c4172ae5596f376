"""Billing runs over HTTP: asked for, then done by the worker."""

from typing import Any

import django_filters
from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource
from accounts.rules.territory import DIVISION_LENGTHS
from common.filters import CodeFilter, IdFilter
from governance.api.fees.base import FeeNeighbourhoodField
from governance.choices.fees import FeeKind, RunMode, RunStatus
from governance.models import BillingRun
from governance.reports.fees.exceptions import FAILURES, WORDS
from governance.rules.fees.periods import parse_period
from governance.services.fees.billing import queue_run
from renovation.models import Neighbourhood


@extend_schema_field({"type": "string", "example": "2026-Q4"})
class PeriodField(serializers.Field):
    """`2026-10`, `2026-Q4`, `2026-H2` or `2026`."""

    def to_internal_value(self, data: Any) -> str:
        try:
            if not isinstance(data, str):
                raise ValueError("no text")
            return parse_period(data).text
        except ValueError:
            raise ValidationError(
                _("This is no period: write it like 2026-10, 2026-Q4, 2026-H2 or 2026."), code="invalid"
            ) from None

    def to_representation(self, value: str) -> str:
        return value


class RunExceptionOutput(serializers.Serializer):
    """A unit that got no bill, or one to look at."""

    code = serializers.ChoiceField([(code, code) for code in sorted(WORDS)])
    detail = serializers.CharField()
    neighbourhood = serializers.IntegerField()
    household = serializers.IntegerField(allow_null=True, help_text="Null where it is the whole neighbourhood.")
    charge = serializers.CharField(help_text="As on bills: the ownership of spaces, or another charge's name.")


class BillingRunSummary(serializers.ModelSerializer):
    division = serializers.SerializerMethodField(help_text="The division that was asked for; null for a neighbourhood.")
    exception_counts = serializers.DictField(child=serializers.IntegerField(), help_text="All of them, by code.")
    error = serializers.CharField(help_text="Why it failed, as a code; empty unless it did.")
    error_detail = serializers.SerializerMethodField()

    class Meta:
        model = BillingRun
        fields = [
            "id",
            "neighbourhood",
            "division",
            "kind",
            "period",
            "mode",
            "status",
            "bill_count",
            "total",
            "reduction_total",
            "already_billed",
            "exception_counts",
            "error",
            "error_detail",
            "started_at",
            "finished_at",
            "created_at",
            "updated_at",
        ]
        extra_kwargs = {
            "total": {"help_text": "Of the bills posted (or that a dry run would post), in yuan, before reductions."},
            "already_billed": {"help_text": "Bills of the same months that stand already."},
        }

    def get_division(self, run: BillingRun) -> str | None:
        return None if run.neighbourhood_id else run.community_code

    def get_error_detail(self, run: BillingRun) -> str:
        return str(FAILURES.get(run.error, ""))


class BillingRunOutput(BillingRunSummary):
    exceptions = serializers.SerializerMethodField(
        help_text="The first 200 of each code; `exception_counts` counts them all."
    )

    class Meta(BillingRunSummary.Meta):
        fields = [*BillingRunSummary.Meta.fields, "exceptions"]

    @extend_schema_field(RunExceptionOutput(many=True))
    def get_exceptions(self, run: BillingRun) -> list[dict[str, Any]]:
        return [{**one, "detail": str(WORDS[one["code"]][0])} for one in run.exceptions]


class BillingRunInput(serializers.Serializer):
    """Either a neighbourhood, or a division: then every neighbourhood in it that the caller bills."""

    neighbourhood = FeeNeighbourhoodField(queryset=Neighbourhood.objects.all(), required=False)
    division = serializers.RegexField(r"^[0-9]{4,12}$", required=False, help_text="A division's code.")
    kind = serializers.ChoiceField(FeeKind.choices)
    period = PeriodField()
    mode = serializers.ChoiceField(RunMode.choices)

    def validate_division(self, code: str) -> str:
        if len(code) not in DIVISION_LENGTHS:
            raise ValidationError(_("This is no division's code."), code="invalid")
        return code

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("neighbourhood" in attrs) == ("division" in attrs):
            raise ValidationError(_("Name either a neighbourhood or a division."), code="one_of_both")
        return attrs


class BillingRunFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter()
    kind = django_filters.ChoiceFilter(choices=FeeKind.choices)
    period = django_filters.CharFilter(max_length=7)
    mode = django_filters.ChoiceFilter(choices=RunMode.choices)
    status = django_filters.ChoiceFilter(choices=RunStatus.choices)


class BillingRuns(ReadOnlyResource):
    """Runs that bill a neighbourhood, or the caller's neighbourhoods in a division, for a period: `dry_run` tells what
    `post` would post, and posts nothing. Posted twice, a month is billed once.
    """

    act = Act.FEES
    queryset = BillingRun.objects.all()
    bulk = False
    serializer_class = BillingRunOutput
    filterset_class = BillingRunFilters
    ordering_fields = ("id",)

    def get_serializer_class(self) -> Any:
        return BillingRunSummary if self.action == "list" else BillingRunOutput

    def list(self, request: SignedInApiRequest, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset().defer("exceptions")))
        response: Response = self.get_paginated_response(BillingRunSummary(page, many=True).data)
        response["Cache-Control"] = "private"
        return response

    @extend_schema(request=BillingRunInput, responses={202: BillingRunOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Queue a run; GET says how it went. 409 `no_schedule` and `month_closed` (with the `month`) for a
        neighbourhood, `nothing_to_bill` for a division in which the caller bills nowhere, `period_too_far` (with the
        `latest` month) for a period that begins more than a year ahead.
        """
        self.require_write()
        values = self.read_body(BillingRunInput)
        if "neighbourhood" in values:
            self.require_write(values["neighbourhood"])
        queued = queue_run(by=request.user, **values)
        response = self.answer(self.get_queryset().get(pk=queued.pk), status=202)
        response["Location"] = f"/api/v1/billing-runs/{queued.pk}/"
        return response
