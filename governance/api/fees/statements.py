"""Statements of banks and payment providers over HTTP: taken in, matched, and settled by hand."""

from typing import Any

import django_filters
from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.response import Response

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource, VisibleField
from common.filters import LARGEST_ID, CodeFilter, IdFilter, refuse_unknown
from common.pagination import PARAMETERS
from governance.api.fees.base import FeeHouseholdField, FeeNeighbourhoodField, NamesDebtors
from governance.choices.fees import LineState, StatementSource
from governance.models import FeeAccount, Statement, StatementLine
from governance.reports.fees.statements import counts_by_state
from governance.services.fees.matching import match_statement
from governance.services.fees.statement_lines import set_aside, settle_line, take_up
from governance.services.fees.statements import take_statement
from renovation.models import Household, Neighbourhood
from renovation.rules.masking import mask_name


class LineCountsOutput(serializers.Serializer):
    """How many of its lines stand in which state."""

    matched = serializers.IntegerField(help_text="Found in the book by reference and amount.")
    recorded = serializers.IntegerField(help_text="Recorded as payments.")
    unmatched = serializers.IntegerField(help_text="To be settled by hand.")
    set_aside = serializers.IntegerField(help_text="No fees.")


class StatementOutput(serializers.ModelSerializer):
    lines = serializers.SerializerMethodField()

    class Meta:
        model = Statement
        fields = [
            "id",
            "neighbourhood",
            "source",
            "file_name",
            "sha256",
            "line_count",
            "total",
            "lines",
            "created_at",
            "updated_at",
        ]

    @extend_schema_field(LineCountsOutput)
    def get_lines(self, statement: Statement) -> dict[str, int]:
        known: dict[int, dict[str, int]] = self.context.get("line_counts", {})
        return known.get(statement.pk) or counts_by_state([statement.pk])[statement.pk]


class StatementLineOutput(NamesDebtors, serializers.ModelSerializer):
    payer = serializers.SerializerMethodField(help_text="Masked unless the caller may see who owes.")
    remark = serializers.SerializerMethodField(help_text="Empty unless the caller may see who owes.")

    class Meta:
        model = StatementLine
        fields = [
            "id",
            "row",
            "reference",
            "received_at",
            "amount",
            "payer",
            "remark",
            "state",
            "payment",
            "reason",
            "created_at",
            "updated_at",
        ]

    def get_payer(self, line: StatementLine) -> str:
        return line.payer if self.names(line) else mask_name(line.payer)

    def get_remark(self, line: StatementLine) -> str:
        return line.remark if self.names(line) else ""


class StatementInput(serializers.Serializer):
    neighbourhood = FeeNeighbourhoodField(queryset=Neighbourhood.objects.all())
    source = serializers.ChoiceField(StatementSource.choices)  # type: ignore[assignment] # a field's name here
    file = serializers.FileField(max_length=255, allow_empty_file=True, help_text="CSV, XLSX or XLS, as downloaded.")


class LineInput(serializers.Serializer):
    line = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, help_text="The id of a line of this statement.")


class SettleInput(LineInput):
    household = FeeHouseholdField(queryset=Household.objects.all(), help_text="Of the statement's neighbourhood.")
    account = VisibleField(
        queryset=FeeAccount.objects.all(),
        allow_null=True,
        required=False,
        default=None,
        help_text="Whose debt it pays; else that of who owed on the day.",
    )


class SetAsideInput(LineInput):
    reason = serializers.CharField(max_length=300)


class StatementFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    source = django_filters.ChoiceFilter(choices=StatementSource.choices)


class FeeStatements(ReadOnlyResource):
    """Files of money received. A line is `matched` with the payment of its reference and amount, `recorded` where its
    remark names an order of this sum or a household that owes exactly it, else `unmatched`: to be settled by hand.
    """

    act = Act.FEES
    queryset = Statement.objects.select_related("neighbourhood")
    serializer_class = StatementOutput
    filterset_class = StatementFilters
    parser_classes = [MultiPartParser, JSONParser]
    # Each line is recorded in a transaction of its own, so that clerks at the counter do not wait for a file.
    in_one_transaction = False

    def list(self, request: SignedInApiRequest, *args: Any, **kwargs: Any) -> Response:
        page: Any = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        context = {**self.get_serializer_context(), "line_counts": counts_by_state([row.pk for row in page])}
        response: Response = self.get_paginated_response(StatementOutput(page, many=True, context=context).data)
        response["Cache-Control"] = "private"
        return response

    def etag_extra(self, thing: Statement) -> str:
        """How its lines stand, which moves without it."""
        return "-".join(str(count) for count in counts_by_state([thing.pk])[thing.pk].values())

    @extend_schema(
        request={"multipart/form-data": StatementInput}, responses={200: StatementOutput, 201: StatementOutput}
    )
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Take a file in and match it. The same file again is answered with 200 and adds nothing. 409
        `statement_unreadable` with the `rows` at fault, 413 `statement_too_large`: then nothing of it is kept. Where
        many lines are to be recorded, that goes on after the answer: `lines` says how far it is.
        """
        self.require_write()
        values = self.read_body(StatementInput)
        self.require_write(values["neighbourhood"])
        taken = take_statement(by=request.user, **values)
        return self._answer(taken.statement, status=201 if taken.created else 200)

    @extend_schema(
        responses=StatementLineOutput(many=True),
        filters=False,
        parameters=[OpenApiParameter("state", enum=LineState.values, description="Only lines in this state.")],
    )
    @action(detail=True)
    def lines(self, request: SignedInApiRequest, pk: str) -> Response:
        """Its lines."""
        refuse_unknown(request, PARAMETERS | {"state"})
        lines = StatementLine.objects.filter(statement=self.get_object()).select_related("statement__neighbourhood")
        if "state" in request.query_params:
            state = request.query_params["state"]
            if state not in LineState.values:
                detail = ErrorDetail(_("There is no such state."), code="invalid_choice")
                raise ValidationError({"state": [detail]})
            lines = lines.filter(state=state)
        page = self.paginate_queryset(lines)
        context = self.get_serializer_context()
        return self.get_paginated_response(StatementLineOutput(page, many=True, context=context).data)

    @extend_schema(request=None, responses=StatementOutput)
    @action(detail=True, methods=["post"])
    def match(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Match again what is not settled: bills or payments may have come since."""
        statement = self.get_object()
        match_statement(statement=statement, by=request.user)
        return self._answer(statement)

    @extend_schema(request=SettleInput, responses=StatementLineOutput)
    @action(detail=True, methods=["post"])
    def settle(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Record a line as a payment of a household. 409 `line_settled`, `reference_reused`, `in_the_future`,
        `bill_of_another_debtor`.
        """
        statement: Statement = self.get_object()
        values = self.read_body(SettleInput)
        if values["household"].neighbourhood_id != statement.neighbourhood_id:
            raise ValidationError(
                {"household": [ErrorDetail(_("This household is not of the neighbourhood."), code="invalid")]}
            )
        line = settle_line(
            line=self._line(statement, values["line"]),
            household=values["household"],
            account=values["account"],
            by=request.user,
        )
        return self.answer(line, serializer_class=StatementLineOutput)

    @extend_schema(request=SetAsideInput, responses=StatementLineOutput)
    @action(detail=True, methods=["post"], url_path="set-aside")
    def set_aside(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Say why a line is no fee. 409 `line_settled`."""
        statement: Statement = self.get_object()
        values = self.read_body(SetAsideInput)
        line = set_aside(line=self._line(statement, values["line"]), reason=values["reason"], by=request.user)
        return self.answer(line, serializer_class=StatementLineOutput)

    @extend_schema(request=LineInput, responses=StatementLineOutput)
    @action(detail=True, methods=["post"], url_path="take-up")
    def take_up(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """List a line again that was set aside. 409 `line_settled`."""
        statement: Statement = self.get_object()
        values = self.read_body(LineInput)
        line = take_up(line=self._line(statement, values["line"]), by=request.user)
        return self.answer(line, serializer_class=StatementLineOutput)

    def _line(self, statement: Statement, pk: int) -> StatementLine:
        line = StatementLine.objects.filter(statement=statement, pk=pk).first()
        if line is None:
            detail = ErrorDetail(
                _("There is nothing with this id, or nothing that you may see."), code="does_not_exist"
            )
            raise ValidationError({"line": [detail]})
        return line

    def _answer(self, statement: Statement, *, status: int = 200) -> HttpResponseBase:
        return self.answer(self.get_queryset().get(pk=statement.pk), status=status)
