"""Challenges of an owners' decision before a court (Civil Code 280; interp. art. 12), and the rules of procedure."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource, RetrieveResource, VisibleField
from consent.api.vote_filters import ChallengeFilters, ProcedureRulesFilters
from consent.api.vote_parts import PartOfVote, VotingNeighbourhoodField
from consent.choices import ChallengeOutcome
from consent.models import OwnersVote, RulesOfProcedure, VoteChallenge
from consent.permissions import may_run_vote
from consent.services.votes.challenges import challenge_vote, decide_challenge
from consent.services.votes.rules import adopt_rules
from renovation.models import Neighbourhood

DECISIONS = [choice for choice in ChallengeOutcome.choices if choice[0] != ChallengeOutcome.PENDING]


class ChallengeOutput(serializers.ModelSerializer):
    raised_by = serializers.SerializerMethodField(help_text="For whoever runs votes here; empty for others.")

    class Meta:
        model = VoteChallenge
        fields = [
            "id",
            "vote",
            "raised_on",
            "raised_by",
            "text",
            "document",
            "outcome",
            "decided_on",
            "created_at",
            "updated_at",
        ]

    @extend_schema_field(OpenApiTypes.STR)
    def get_raised_by(self, challenge: VoteChallenge) -> str:
        return challenge.raised_by if may_run_vote(self.context["request"].user, challenge.vote) else ""


class ChallengeInput(serializers.Serializer):
    raised_on = serializers.DateField()
    raised_by = serializers.CharField(
        max_length=80, allow_blank=True, default="", help_text="Shown only to whoever runs votes there."
    )
    text = serializers.CharField(max_length=1000, help_text="What is held against the decision.")
    document = serializers.CharField(max_length=120, allow_blank=True, default="", help_text="Of the court.")


class DecideChallengeInput(serializers.Serializer):
    outcome = serializers.ChoiceField(DECISIONS, help_text="Whether the decision was upheld or rescinded.")
    decided_on = serializers.DateField()


@extend_schema_view(
    list=extend_schema(operation_id="vote_challenges_list"),
    retrieve=extend_schema(operation_id="vote_challenge"),
)
class Challenges(PartOfVote, RetrieveResource):
    """What was held against the decision, and what came of it. A rescinded decision no longer stands."""

    act = Act.VOTES
    queryset = VoteChallenge.objects.all()
    serializer_class = ChallengeOutput
    filterset_class = ChallengeFilters
    ordering_fields = ("id",)
    lookup_url_kwarg = "challenge"

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().select_related("vote__neighbourhood")

    @extend_schema(request=ChallengeInput, responses={201: ChallengeOutput}, operation_id="vote_challenge_create")
    def create(self, request: SignedInApiRequest, vote: str) -> HttpResponseBase:
        """Record a challenge. No day is too late: the year runs from when the owner knew, which the court decides.

        409 `vote_not_closed`, `day_in_future`, `day_out_of_order`.
        """
        self.require_write(self.vote)
        values = self.read_body(ChallengeInput)
        made = challenge_vote(vote=self.vote, by=request.user, **values)
        return self._shown(made, status=201)

    @extend_schema(request=DecideChallengeInput, responses=ChallengeOutput, operation_id="vote_challenge_decide")
    @action(detail=True, methods=["post"])
    def decide(self, request: SignedInApiRequest, vote: str, challenge: str) -> HttpResponseBase:
        """Record how it was decided. 409 `challenge_decided`, `day_in_future`, `day_out_of_order`."""
        found = self.get_object()
        return self._shown(decide_challenge(challenge=found, by=request.user, **self.read_body(DecideChallengeInput)))

    def may(self, thing: Any) -> bool:
        return may_run_vote(self.request.user, self.vote)

    def _shown(self, challenge: VoteChallenge, *, status: int = 200) -> HttpResponseBase:
        return self.answer(self.get_queryset().get(pk=challenge.pk), status=status)


class ProcedureRulesOutput(serializers.ModelSerializer):
    class Meta:
        model = RulesOfProcedure
        fields = [
            "id",
            "neighbourhood",
            "adopted_on",
            "document",
            "silent_votes",
            "count_spaces",
            "proxy_limit",
            "vote",
            "created_at",
            "updated_at",
        ]


class AdoptRulesInput(serializers.Serializer):
    neighbourhood = VotingNeighbourhoodField(queryset=Neighbourhood.objects.all())
    adopted_on = serializers.DateField()
    document = serializers.CharField(max_length=120)
    silent_votes = serializers.BooleanField(
        default=False, help_text="Delivered ballots that stay out join the majority."
    )
    count_spaces = serializers.BooleanField(default=False, help_text="Registrable parking spaces count.")
    proxy_limit = serializers.IntegerField(
        min_value=1, max_value=1000, required=False, allow_null=True, default=None, help_text="Owners a proxy may hold."
    )
    vote = VisibleField(
        queryset=OwnersVote.objects.all(),
        required=False,
        allow_null=True,
        default=None,
        help_text="The vote on matter 1 that adopted them, where it is kept here.",
    )


class ProcedureRules(ReadOnlyResource):
    """The rules of procedure of an owners' assembly: how owners vote and what counts. A later one replaces it."""

    act = Act.VOTES
    queryset = RulesOfProcedure.objects.all()
    serializer_class = ProcedureRulesOutput
    filterset_class = ProcedureRulesFilters
    ordering_fields = ("id", "adopted_on")

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().select_related("neighbourhood")

    @extend_schema(request=AdoptRulesInput, responses={201: ProcedureRulesOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Record that rules were adopted. 409 `wrong_subject` for a vote that cannot have adopted them,
        `rules_adopted_already`, `day_in_future`.
        """
        self.require_write()
        values = self.read_body(AdoptRulesInput)
        self.require_write(values["neighbourhood"])
        made = adopt_rules(**values, by=request.user)
        return self.answer(self.get_queryset().get(pk=made.pk), status=201)
