"""Residents' evaluations over HTTP: opening one, answers in batches, the result, closing."""

from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, PermissionDenied, ValidationError
from rest_framework.response import Response

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.permissions import may_write
from accounts.rest import ReadOnlyResource, VisibleField
from accounts.rules.territory import reach_of
from common.filters import CodeFilter, IdFilter, refuse_unknown
from common.json_format import JsonParser
from common.pagination import PositionPagination
from renovation.api.base import fault
from renovation.api.lifecycle import PAGING
from renovation.choices import Rater
from renovation.models import Evaluation, EvaluationAnswer, Neighbourhood
from renovation.querysets import neighbourhoods_within
from renovation.reports.evaluation_words import words_of_refusal
from renovation.reports.evaluations import default_questions, result_to_show
from renovation.rules.evaluation_items import read_answer
from renovation.rules.evaluations import SCORES, AnswerInput, Question, Refusal
from renovation.services.evaluations import AnswerTaken, close_evaluation, open_evaluation, record_answers

LARGEST_BATCH = 500
MOST_QUESTIONS = 20
RATERS = frozenset(Rater.values)
TAKEN = [(name, name) for name in ("recorded", "duplicate", "rejected")]
"""What becomes of an item of a batch, here as with visits."""


class BatchParser(JsonParser):
    """A NUL in one answer is that answer's fault: it is answered with the item, and stops no other."""

    refuses_nul = False


class QuestionSerializer(serializers.Serializer):
    code = serializers.RegexField(r"^[a-z0-9_]{1,24}\Z", help_text="Names the question in the scores.")
    text = serializers.CharField(max_length=200, help_text="As it is asked.")


class EvaluationOutput(serializers.ModelSerializer):
    questions = QuestionSerializer(many=True, help_text="Each is answered from 1 to 5.")
    is_open = serializers.BooleanField()
    opened_by = serializers.SerializerMethodField(help_text="The name of who opened it.")
    closed_by = serializers.SerializerMethodField(help_text="The name of who closed it.")

    class Meta:
        model = Evaluation
        fields = [
            "id",
            "neighbourhood",
            "number",
            "title",
            "questions",
            "minimum_share",
            "household_count",
            "is_open",
            "opened_at",
            "opened_by",
            "closed_at",
            "closed_by",
            "created_at",
            "updated_at",
        ]

    def get_opened_by(self, evaluation: Evaluation) -> str | None:
        return str(evaluation.opened_by) if evaluation.opened_by else None

    def get_closed_by(self, evaluation: Evaluation) -> str | None:
        return str(evaluation.closed_by) if evaluation.closed_by else None


class ScoresOutput(serializers.Serializer):
    respondents = serializers.IntegerField(help_text="Who answered this question.")
    total = serializers.IntegerField(help_text="The sum of the scores: over `respondents`, it is the exact mean.")
    mean = serializers.CharField(allow_null=True, help_text="To 2 places, cut and not rounded.")
    satisfied = serializers.IntegerField(help_text="Who gave 4 or 5.")
    satisfied_share = serializers.CharField(allow_null=True, help_text="To 4 places, cut and not rounded.")

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "distribution": DistributionOutput()}


class DistributionOutput(serializers.Serializer):
    """How many gave each score."""

    def get_fields(self) -> dict[str, Any]:
        return {str(score): serializers.IntegerField() for score in SCORES}


class ScoresByRespondent(serializers.Serializer):
    def get_fields(self) -> dict[str, Any]:
        return {who: ScoresOutput(allow_null=True) for who in Rater.values}


class CountByRespondent(serializers.Serializer):
    def get_fields(self) -> dict[str, Any]:
        return {who: serializers.IntegerField() for who in Rater.values}


class QuestionResultOutput(QuestionSerializer):
    scores = ScoresOutput(allow_null=True, help_text="Null where fewer than five answered, unless you see the doors.")
    by_respondent = ScoresByRespondent(help_text="Null where that could be told apart from the whole.")


class EvaluationResultOutput(serializers.Serializer):
    household_count = serializers.IntegerField(help_text="Households asked.")
    minimum_share = serializers.CharField(help_text="Of them, that must answer.")
    needed = serializers.IntegerField(help_text="How many households that is.")
    households = serializers.IntegerField(help_text="Households that have answered, however many persons of each.")
    missing = serializers.IntegerField(help_text="How many more would have to.")
    minimum_met = serializers.BooleanField()
    response_share = serializers.CharField(allow_null=True, help_text="To 4 places, cut and not rounded.")
    respondents = serializers.IntegerField(help_text="Persons who have answered.")
    by_respondent = CountByRespondent()
    questions = QuestionResultOutput(many=True)


class EvaluationDetailOutput(EvaluationOutput):
    result = serializers.SerializerMethodField(help_text="Live while it is open, then as it was closed.")

    class Meta(EvaluationOutput.Meta):
        fields = [*EvaluationOutput.Meta.fields, "result"]

    @extend_schema_field(EvaluationResultOutput)
    def get_result(self, evaluation: Evaluation) -> dict[str, Any]:
        return result_to_show(evaluation, self.context["request"].user).as_json()


class EvaluatedNeighbourhoodField(VisibleField):
    """A neighbourhood whose evaluations the caller may read; a client needs no more scopes than that."""

    def get_queryset(self) -> QuerySet[Any]:
        reach = reach_of(self.context["request"].user, Act.EVALUATIONS)
        return Neighbourhood.objects.filter(neighbourhoods_within(reach))


class OpenEvaluationInput(serializers.Serializer):
    neighbourhood = EvaluatedNeighbourhoodField(queryset=Neighbourhood.objects.all())
    title = serializers.CharField(max_length=120)
    minimum_share = serializers.DecimalField(
        max_digits=5,
        decimal_places=4,
        min_value=Decimal("0.0001"),
        max_value=Decimal(1),
        help_text="Of the households asked, that must answer.",
    )
    questions = QuestionSerializer(
        many=True, required=False, help_text="1 to 20 of the city's own; five about the works if not given."
    )

    def validate_questions(self, questions: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if not 0 < len(questions) <= MOST_QUESTIONS:
            raise ValidationError([ErrorDetail(_("Ask 1 to 20 questions."), code="invalid")])
        if len({question["code"] for question in questions}) < len(questions):
            raise ValidationError([ErrorDetail(_("Each question needs a code of its own."), code="unique")])
        return questions


class EvaluationAnswerOutput(serializers.ModelSerializer):
    """One respondent's sheet. Only who records them reads them one by one."""

    scores = serializers.DictField(child=serializers.IntegerField(), help_text="By the question's code.")
    created_at = serializers.DateTimeField(source="recorded_at")

    class Meta:
        model = EvaluationAnswer
        fields = [
            "id",
            "client_id",
            "household",
            "respondent",
            "scores",
            "note",
            "answered_on",
            "recorded_by",
            "created_at",
        ]


class EvaluationAnswerInputFields(serializers.Serializer):
    """For the document only: items are read one by one, so that one that cannot be read stops no other."""

    client_id = serializers.UUIDField(help_text="Made where the sheet was written down, unique for ever.")
    household = serializers.IntegerField()
    respondent = serializers.ChoiceField(Rater.choices)
    scores = serializers.DictField(
        child=serializers.IntegerField(min_value=1, max_value=5, allow_null=True),
        help_text="By the question's code; what was left blank is null, or not there.",
    )
    note = serializers.CharField(max_length=500, required=False, allow_blank=True)
    answered_on = serializers.DateField(help_text="Not before the opening, not in the future.")


class EvaluationAnswersInput(serializers.Serializer):
    answers = EvaluationAnswerInputFields(many=True, help_text="1 to 500.")


class EvaluationAnswerRefusalOutput(serializers.Serializer):
    code = serializers.CharField()
    detail = serializers.CharField()


class EvaluationAnswerTakenOutput(serializers.Serializer):
    client_id = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(TAKEN)
    id = serializers.IntegerField(allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        # As an attribute it would stand in the way of a serializer's own `errors`.
        return {**super().get_fields(), "errors": EvaluationAnswerRefusalOutput(many=True)}


class EvaluationAnswersOutput(serializers.Serializer):
    results = EvaluationAnswerTakenOutput(many=True, help_text="In the order sent.")


class EvaluationFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    open = django_filters.ChoiceFilter(
        method="by_open", choices=[("false", "false"), ("true", "true")], label="Those open, or the closed ones."
    )

    def by_open(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(closed_at__isnull=value == "true")


class Evaluations(ReadOnlyResource):
    """What residents think of the works, once these are accepted."""

    act = Act.EVALUATIONS
    queryset = Evaluation.objects.all()
    serializer_class = EvaluationOutput
    filterset_class = EvaluationFilters
    ordering_fields = ("id",)

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().select_related("neighbourhood", "opened_by", "closed_by")

    def answer(
        self, thing: Any, *, status: int = 200, serializer_class: Any = EvaluationDetailOutput
    ) -> HttpResponseBase:
        return super().answer(thing, status=status, serializer_class=serializer_class)

    @extend_schema(responses=EvaluationDetailOutput)
    def retrieve(self, request: SignedInApiRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The evaluation with its result: live while it is open, then as it was closed."""
        return self.answer(self.get_object())

    @extend_schema(request=OpenEvaluationInput, responses={201: EvaluationDetailOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Open an evaluation, from acceptance on; one at a time in a neighbourhood."""
        self.require_write()
        values = self.read_body(OpenEvaluationInput)
        self.require_write(values["neighbourhood"])
        asked = values.pop("questions", None)
        questions = [Question(**question) for question in asked] if asked is not None else default_questions()
        made = open_evaluation(by=request.user, questions=questions, **values)
        return self.answer(self.get_queryset().get(pk=made.pk), status=201)

    @extend_schema(
        methods=["get"],
        responses=EvaluationAnswerOutput(many=True),
        filters=False,
        operation_id="evaluation_answers_list",
    )
    @extend_schema(
        methods=["post"],
        request=EvaluationAnswersInput,
        responses={200: EvaluationAnswersOutput},
        operation_id="evaluation_answers_create",
    )
    @action(
        detail=True,
        methods=["get", "post"],
        pagination_class=PositionPagination,
        filter_backends=[],
        parser_classes=[BatchParser],
    )
    def answers(self, request: SignedInApiRequest, pk: str) -> Response:
        """GET the answers one by one, for who records them. POST a batch of up to 500: answered item by item, each
        recorded exactly once.
        """
        evaluation: Evaluation = self.get_object()
        if request.method == "GET":
            refuse_unknown(request, PAGING)
            if not may_write(request.user, Act.EVALUATIONS, evaluation):
                raise PermissionDenied
            rows = EvaluationAnswer.objects.visible_to(request.user).filter(evaluation=evaluation).order_by("pk")
            return self.get_paginated_response(EvaluationAnswerOutput(self.paginate_queryset(rows), many=True).data)
        items = request.data.get("answers") if isinstance(request.data, dict) else None
        if not isinstance(items, list) or not 0 < len(items) <= LARGEST_BATCH:
            raise fault("answers", _("Send a list of 1 to 500 answers."), "invalid")
        read = [read_answer(item, RATERS) for item in items]
        taken = iter(
            record_answers(
                evaluation=evaluation,
                answers=[answer for answer in read if isinstance(answer, AnswerInput)],
                by=request.user,
            )
        )
        results = [
            _taken_json(next(taken)) if isinstance(answer, AnswerInput) else _rejected(answer[0], answer[1])
            for answer in read
        ]
        return Response({"results": results})

    @extend_schema(request=None, responses={200: EvaluationDetailOutput})
    @action(detail=True, methods=["post"])
    def close(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Fix the result, also where too few households have answered: another evaluation may be opened then."""
        closed = close_evaluation(evaluation=self.get_object(), by=request.user)
        return self.answer(self.get_queryset().get(pk=closed.pk))


def _taken_json(taken: AnswerTaken) -> dict[str, Any]:
    if taken.answer is None:
        return _rejected(str(taken.client_id), taken.refusals)
    return {"client_id": str(taken.client_id), "status": taken.status, "id": taken.answer.pk, "errors": []}


def _rejected(client_id: str | None, refusals: Any) -> dict[str, Any]:
    found: list[Refusal] = list(refusals)
    return {
        "client_id": client_id,
        "status": "rejected",
        "id": None,
        "errors": [{"code": refusal.code, "detail": words_of_refusal(refusal)} for refusal in found],
    }
