"""What households say against recorded answers by their receipts, and how it was settled."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource
from consent.api.filters import ReceiptContestFilters
from consent.choices import ContestState
from consent.models import ReceiptContest
from consent.services.contests import answer_contest, phone_of

SETTLED = [(ContestState.CORRECTED, ContestState.CORRECTED.label), (ContestState.STANDS, ContestState.STANDS.label)]


class ReceiptContestOutput(serializers.ModelSerializer):
    neighbourhood = serializers.IntegerField(source="survey.neighbourhood_id")
    sequence = serializers.IntegerField(source="visit.sequence", help_text="Of the entry that is contested.")
    household = serializers.IntegerField(source="visit.door.household_id")
    phone = serializers.SerializerMethodField(help_text="To call back; empty where none was given, or once answered.")
    correction = serializers.IntegerField(
        source="correction.sequence", default=None, allow_null=True, help_text="The `sequence` that corrects it."
    )

    class Meta:
        model = ReceiptContest
        fields = [
            "id",
            "survey",
            "neighbourhood",
            "sequence",
            "household",
            "text",
            "phone",
            "raised_at",
            "state",
            "answer",
            "answered_at",
            "answered_by",
            "correction",
            "created_at",
            "updated_at",
        ]

    @extend_schema_field(OpenApiTypes.STR)
    def get_phone(self, contest: ReceiptContest) -> str:
        return phone_of(contest)


class AnswerContestInput(serializers.Serializer):
    state = serializers.ChoiceField(SETTLED)
    answer = serializers.CharField(max_length=1000, help_text="Shown at the public check to whoever has the code.")


class ReceiptContests(ReadOnlyResource):
    """Answers that households contest at the public check, where nobody signs in: there is no POST here.

    For those who answer them: community staff, and clients with the scope `consent`.
    """

    act = Act.RECEIPT_CONTESTS
    queryset = ReceiptContest.objects.all()
    serializer_class = ReceiptContestOutput
    filterset_class = ReceiptContestFilters
    ordering_fields = ("id",)

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().select_related("survey__neighbourhood", "visit__door", "correction")

    @extend_schema(request=AnswerContestInput, responses=ReceiptContestOutput)
    @action(detail=True, methods=["post"], url_path="answer", url_name="answer")
    def answer_it(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Settle it: `corrected`, by a visit that was recorded before with `supersedes`, or `stands`. Erases the phone.

        409 `contest_answered`, `not_corrected` (with `sequence`).
        """
        contest = self.get_object()
        values = self.read_body(AnswerContestInput)
        answer_contest(contest=contest, **values, by=request.user)
        return self.answer(self.get_queryset().get(pk=contest.pk))
