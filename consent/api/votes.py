"""Owners' votes: the statutory decision of article 278, by area and by heads (policy.md, section a)."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource, VisibleField, read_query
from consent.api.vote_filters import VoteFilters
from consent.api.vote_parts import VotingNeighbourhoodField, VotingStairwellField
from consent.choices import Verdict, VoteScope
from consent.models import OwnersVote, RulesOfProcedure
from consent.reports.votes import challenge_until, result_to_show, undelivered_until
from consent.services.votes.closing import cancel_vote, close_vote
from consent.services.votes.opening import amend_vote, open_vote
from renovation.models import Neighbourhood, Stairwell


class VoteOutput(serializers.ModelSerializer):
    is_special = serializers.BooleanField(help_text="Three quarters must agree (matters 6, 7 and 8); else over a half.")
    stands = serializers.BooleanField(help_text="Passed, and neither cancelled nor rescinded.")
    undelivered_until = serializers.SerializerMethodField(help_text="Last day of the notice to who was not reached.")
    challenge_until = serializers.SerializerMethodField(
        help_text="Last day to challenge it for who knew of it at once."
    )

    class Meta:
        model = OwnersVote
        fields = [
            "id",
            "neighbourhood",
            "number",
            "title",
            "text",
            "matter",
            "is_special",
            "scope",
            "stairwell",
            "rules",
            "silent_votes",
            "count_spaces",
            "proxy_limit",
            "needed_by_plan",
            "announced_on",
            "residents_committee_told_on",
            "starts_on",
            "ends_on",
            "undelivered_posted_on",
            "undelivered_until",
            "ledger",
            "opened_at",
            "closed_at",
            "counted_by",
            "verdict",
            "stands",
            "challenge_until",
            "cancelled_at",
            "cancel_reason",
            "created_at",
            "updated_at",
        ]

    def get_undelivered_until(self, vote: OwnersVote) -> str | None:
        return _day(undelivered_until(vote))

    def get_challenge_until(self, vote: OwnersVote) -> str | None:
        return _day(challenge_until(vote))


def _day(value: Any) -> str | None:
    return value.isoformat() if value else None


class OpenVoteInput(serializers.Serializer):
    neighbourhood = VotingNeighbourhoodField(queryset=Neighbourhood.objects.all())
    matter = serializers.IntegerField(min_value=1, max_value=9, help_text="Its number in article 278.")
    scope = serializers.ChoiceField(VoteScope.choices, default=VoteScope.NEIGHBOURHOOD)
    stairwell = VotingStairwellField(
        queryset=Stairwell.objects.all(), required=False, allow_null=True, default=None, help_text="Of a lift."
    )
    title = serializers.CharField(max_length=120, allow_blank=True, default="", help_text="Else the matter's name.")
    text = serializers.CharField(max_length=4000, allow_blank=True, default="", help_text="What is asked.")
    rules = VisibleField(
        queryset=RulesOfProcedure.objects.all(),
        required=False,
        allow_null=True,
        default=None,
        help_text="The rules of procedure in force on its first day; others are refused.",
    )
    silent_votes = serializers.BooleanField(
        default=False, help_text="Delivered ballots that never came back join the majority; only if the rules say so."
    )
    needed_by_plan = serializers.BooleanField(default=False, help_text="The plan of works waits for it.")
    announced_on = serializers.DateField(required=False, allow_null=True, default=None)
    residents_committee_told_on = serializers.DateField(required=False, allow_null=True, default=None)
    starts_on = serializers.DateField(required=False, allow_null=True, default=None, help_text="Else today.")
    ends_on = serializers.DateField(required=False, allow_null=True, default=None)


class AmendVoteInput(serializers.Serializer):
    announced_on = serializers.DateField(required=False)
    residents_committee_told_on = serializers.DateField(required=False)
    ends_on = serializers.DateField(required=False)
    undelivered_posted_on = serializers.DateField(
        required=False, help_text="When the notice to those whose ballot could not be delivered was posted."
    )


class CloseVoteInput(serializers.Serializer):
    counted_by = serializers.CharField(max_length=200, allow_blank=True, default="", help_text="Who counted.")


class CancelVoteInput(serializers.Serializer):
    reason = serializers.CharField(max_length=500)


class TestOutput(serializers.Serializer):
    needs = serializers.CharField(help_text="A fraction, such as 2/3.")
    at_least = serializers.BooleanField(help_text="The fraction itself is enough; else it must be more.")
    met = serializers.BooleanField()


class AreaTestOutput(TestOutput):
    numerator = serializers.CharField(help_text="Square metres.")
    denominator = serializers.CharField(help_text="Square metres.")


class HeadsTestOutput(TestOutput):
    numerator = serializers.IntegerField(help_text="Owners.")
    denominator = serializers.IntegerField(help_text="Owners.")


class VoteResultOutput(serializers.Serializer):
    """Exact: areas are square metres as text, heads are distinct owners. Nothing is divided and nothing rounded."""

    heads = serializers.IntegerField(help_text="Owners on the roll.")
    area = serializers.CharField()
    delivered_heads = serializers.IntegerField()
    delivered_area = serializers.CharField()
    returned_heads = serializers.IntegerField()
    returned_area = serializers.CharField()
    agree_heads = serializers.IntegerField(help_text="Of the returned ballots.")
    agree_area = serializers.CharField()
    disagree_heads = serializers.IntegerField()
    disagree_area = serializers.CharField()
    abstain_heads = serializers.IntegerField()
    abstain_area = serializers.CharField()
    silent_heads = serializers.IntegerField(help_text="Silent ballots that take part, as the rules of procedure say.")
    silent_area = serializers.CharField()
    silent_side = serializers.CharField(allow_blank=True, help_text="The choice that they join; empty for none.")
    quorum_area = AreaTestOutput()
    quorum_heads = HeadsTestOutput()
    approval_area = AreaTestOutput()
    approval_heads = HeadsTestOutput()
    verdict = serializers.ChoiceField(Verdict.choices)


class Votes(ReadOnlyResource):
    """Decisions of the owners by article 278. A door's yes to the renovation is no ballot here."""

    act = Act.VOTES
    queryset = OwnersVote.objects.all()
    serializer_class = VoteOutput
    filterset_class = VoteFilters
    ordering_fields = ("id", "starts_on")
    search_fields = ("title",)

    def get_queryset(self) -> QuerySet[Any]:
        rows: Any = super().get_queryset()
        return rows.select_related("neighbourhood")

    @extend_schema(request=OpenVoteInput, responses={201: VoteOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Open a vote and freeze its roll: the owners, their areas and what the rules of procedure say.

        409 `notice_too_short` (with `earliest_start`), `silent_votes_not_adopted`, `vote_open` (with `vote`),
        `areas_unknown` (with `households`), `nobody_to_vote`, `wrong_subject`, `day_in_future`, `day_out_of_order`.
        """
        self.require_write()
        values = self.read_body(OpenVoteInput)
        self.require_write(values["neighbourhood"])
        return self._shown(open_vote(**values, by=request.user), status=201)

    @extend_schema(request=AmendVoteInput, responses=VoteOutput)
    def partial_update(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Put on record when it was announced, when the notice to the undelivered hung, or another last day.

        409 `notice_too_short`, `day_in_future`, `day_out_of_order`, `vote_closed`, `vote_cancelled`.
        """
        # Every writer of a vote queues on the neighbourhood before the vote.
        place = OwnersVote.objects.visible_to(request.user).filter(pk=pk).values_list("neighbourhood", flat=True)
        Neighbourhood.objects.select_for_update().filter(pk__in=list(place)).first()
        vote = self.get_object()
        values = self.read_body(AmendVoteInput, partial=True)
        return self._shown(amend_vote(vote=vote, **values, by=request.user))

    @extend_schema(responses=VoteResultOutput, filters=False)
    @action(detail=True, pagination_class=None, filter_backends=[])
    def result(self, request: SignedInApiRequest, pk: str) -> Response:
        """The four fractions, each with what it needs: live while the vote is open, then as it was fixed."""
        vote = self.get_object()
        read_query(request, serializers.Serializer)
        return Response(result_to_show(vote).as_json(), headers={"Cache-Control": "private"})

    @extend_schema(request=CloseVoteInput, responses=VoteResultOutput)
    @action(detail=True, methods=["post"])
    def close(self, request: SignedInApiRequest, pk: str) -> Response:
        """Close the vote and fix its result.

        409 `voting_not_over` (with `ends_on`), `ballots_undelivered` (with `heads`), `not_announced`, `vote_closed`,
        `vote_cancelled`.
        """
        vote = self.get_object()
        closed = close_vote(vote=vote, by=request.user, **self.read_body(CloseVoteInput))
        return Response(result_to_show(closed).as_json())

    @extend_schema(request=CancelVoteInput, responses=VoteOutput)
    @action(detail=True, methods=["post"])
    def cancel(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Call off a vote that is not closed, with a reason. Its ballots stay readable. 409 `vote_closed`,
        `vote_cancelled`.
        """
        vote = self.get_object()
        return self._shown(cancel_vote(vote=vote, by=request.user, **self.read_body(CancelVoteInput)))

    def _shown(self, vote: OwnersVote, *, status: int = 200) -> HttpResponseBase:
        return self.answer(self.get_queryset().get(pk=vote.pk), status=status)
