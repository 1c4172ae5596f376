"""The roll of an owners' vote and the ledger of its ballots."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from consent.api.visits import BatchParser, RefusalOutput, TreeOutput
from consent.api.vote_filters import BallotFilters, VoterFilters
from consent.api.vote_parts import PartOfVote
from consent.choices import BallotChoice, BallotForm, Delivery
from consent.models import Ballot, Voter
from consent.permissions import may_enter_ballots
from consent.reports.vote_roll import name_of
from consent.rules.ballot_items import read_ballot
from consent.rules.ballots import BallotInput
from consent.services.votes.ballots import BallotAnswer, record_ballots
from consent.vote_words import words_of_ballot
from renovation.rules.masking import mask_name

LARGEST_BATCH = 500
LARGEST_BODY = 4 * 1024 * 1024
"""Bytes: 500 ballots with the longest notes."""
REASON = OpenApiParameter("reason", OpenApiTypes.STR, description="Why an official reads ballots; it is logged.")


class VoterPartOutput(serializers.Serializer):
    household = serializers.IntegerField(source="household_id", allow_null=True)
    parking_space = serializers.IntegerField(source="parking_space_id", allow_null=True)
    area = serializers.DecimalField(max_digits=12, decimal_places=2)
    area_source = serializers.CharField()


class VoterOutput(serializers.ModelSerializer):
    """One head. Persons' names are masked for who does not enter ballots here."""

    owner = serializers.IntegerField(source="owner_id", allow_null=True, help_text="Null where nobody knows the owner.")
    name = serializers.SerializerMethodField()
    parts = VoterPartOutput(many=True, help_text="What it owns, each with where its area comes from.")
    is_delivered = serializers.BooleanField(source="state.is_delivered")
    delivered_at = serializers.DateTimeField(source="state.delivered_at", allow_null=True)
    delivery = serializers.ChoiceField(Delivery.choices, source="state.delivery", allow_blank=True)
    returned_at = serializers.DateTimeField(source="state.returned_at", allow_null=True)
    choice = serializers.ChoiceField(BallotChoice.choices, source="state.choice", allow_blank=True)
    form = serializers.ChoiceField(BallotForm.choices, source="state.form", allow_blank=True)
    created_at = serializers.DateTimeField(source="vote.opened_at", help_text="When the roll was frozen.")

    class Meta:
        model = Voter
        fields = [
            "id",
            "owner",
            "kind",
            "name",
            "area",
            "parts",
            "is_delivered",
            "delivered_at",
            "delivery",
            "returned_at",
            "choice",
            "form",
            "created_at",
        ]

    @extend_schema_field(OpenApiTypes.STR)
    def get_name(self, voter: Voter) -> str:
        return name_of(voter, names=self.context["names"])


@extend_schema_view(list=extend_schema(parameters=[REASON], operation_id="vote_voters_list"))
class Voters(PartOfVote):
    """The roll, frozen when the vote opened, each owner with its ballot as it stands."""

    act = Act.BALLOTS
    queryset = Voter.objects.all()
    serializer_class = VoterOutput
    filterset_class = VoterFilters
    ordering_fields = ("id",)
    by_reason = True

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().select_related("state", "vote").prefetch_related("parts")

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "names": may_enter_ballots(self.request.user, self.vote)}


class BallotOutput(serializers.ModelSerializer):
    owner = serializers.IntegerField(source="voter.owner_id", allow_null=True)
    supersedes = serializers.UUIDField(source="supersedes.client_id", default=None, allow_null=True)
    proxy_holder = serializers.SerializerMethodField(help_text="For who enters ballots here; masked for others.")
    proof = serializers.CharField(source="private.proof", allow_blank=True, help_text="Of the delivery.")
    note = serializers.CharField(source="private.note", allow_blank=True)
    private_hash = serializers.SerializerMethodField()
    leaf_hash = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(source="recorded_at")

    class Meta:
        model = Ballot
        fields = [
            "id",
            "sequence",
            "client_id",
            "voter",
            "owner",
            "choice",
            "form",
            "delivered_at",
            "delivery",
            "returned_at",
            "proxy_holder",
            "proof",
            "note",
            "supersedes",
            "recorded_at",
            "recorded_by",
            "private_hash",
            "leaf_hash",
            "created_at",
        ]

    @extend_schema_field(OpenApiTypes.STR)
    def get_proxy_holder(self, ballot: Ballot) -> str:
        name: str = ballot.private.proxy_holder
        return name if self.context["names"] else mask_name(name)

    def get_private_hash(self, ballot: Ballot) -> str:
        return bytes(ballot.private_hash).hex()

    def get_leaf_hash(self, ballot: Ballot) -> str:
        return bytes(ballot.leaf_hash).hex()


class BallotInputFields(serializers.Serializer):
    """For the document only: items are read one by one, so that one that cannot be read stops no other."""

    client_id = serializers.UUIDField(help_text="Made by the sender, unique for ever.")
    owner = serializers.IntegerField(required=False, allow_null=True, help_text="This or `voter`.")
    voter = serializers.IntegerField(
        required=False, allow_null=True, help_text="Its row on the roll, where nobody knows the owner."
    )
    choice = serializers.ChoiceField(
        BallotChoice.choices, required=False, allow_null=True, help_text="With `returned_at`."
    )
    form = serializers.ChoiceField(BallotForm.choices, required=False, allow_null=True, help_text="With `returned_at`.")
    proxy_holder = serializers.CharField(
        max_length=80, required=False, allow_blank=True, help_text="With `form` `proxy`: who holds the owner's paper."
    )
    delivered_at = serializers.DateTimeField(
        required=False, allow_null=True, help_text="May be left out once the delivery is on record."
    )
    delivery = serializers.ChoiceField(Delivery.choices, required=False, allow_null=True)
    returned_at = serializers.DateTimeField(required=False, allow_null=True, help_text="Null for a delivery alone.")
    supersedes = serializers.UUIDField(
        required=False, allow_null=True, help_text="`client_id` of the entry that this one corrects."
    )
    proof = serializers.CharField(
        max_length=200,
        required=False,
        allow_blank=True,
        help_text="By what the delivery is proved; needed for a delivery alone where silent ballots count.",
    )
    note = serializers.CharField(max_length=500, required=False, allow_blank=True)


class BallotBatchInput(serializers.Serializer):
    ballots = BallotInputFields(many=True, help_text="1 to 500.")


class BallotAnswerOutput(serializers.Serializer):
    client_id = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(["recorded", "duplicate", "rejected"])
    sequence = serializers.IntegerField(allow_null=True)
    leaf_hash = serializers.CharField(allow_null=True)
    receipt_code = serializers.CharField(allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        # As an attribute it would stand in the way of a serializer's own `errors`.
        return {**super().get_fields(), "errors": RefusalOutput(many=True)}


class BallotBatchOutput(serializers.Serializer):
    results = BallotAnswerOutput(many=True, help_text="In the order sent.")
    tree = TreeOutput()


@extend_schema_view(list=extend_schema(parameters=[REASON], operation_id="vote_ballots_list"))
class Ballots(PartOfVote):
    """The ledger of a vote, in order: each delivery and each ballot that came back."""

    act = Act.BALLOTS
    queryset = Ballot.objects.all()
    serializer_class = BallotOutput
    filterset_class = BallotFilters
    ordering = "sequence"
    ordering_fields = ("sequence",)
    by_reason = True
    parser_classes = [BatchParser]
    max_body_bytes = LARGEST_BODY
    in_one_transaction = False

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().select_related("voter", "supersedes", "private")

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "names": may_enter_ballots(self.request.user, self.vote)}

    @extend_schema(request=BallotBatchInput, responses={200: BallotBatchOutput}, operation_id="vote_ballots_create")
    def create(self, request: SignedInApiRequest, vote: str) -> Response:
        """Take a batch of deliveries and ballots: answered item by item, each recorded exactly once.

        Codes: `client_id_reused`, `owner_not_on_roll`, `voting_not_open`, `vote_closed`, `not_delivered`,
        `choice_missing`, `form_missing`, `proxy_holder_missing`, `proxy_limit_reached`, `already_returned`,
        `supersedes_unknown`, `in_the_future`, `malformed`.
        """
        if not may_enter_ballots(request.user, self.vote):
            raise PermissionDenied
        items = request.data.get("ballots") if isinstance(request.data, dict) else None
        if not isinstance(items, list) or not 0 < len(items) <= LARGEST_BATCH:
            raise ValidationError({"ballots": [_("Send a list of 1 to 500 ballots.")]}, code="invalid")
        read = [read_ballot(item) for item in items]
        batch = record_ballots(
            vote=self.vote, ballots=[ballot for ballot in read if isinstance(ballot, BallotInput)], by=request.user
        )
        taken = iter(batch.answers)
        results = [
            _answer(next(taken)) if isinstance(ballot, BallotInput) else _rejected(ballot[0], ballot[1])
            for ballot in read
        ]
        return Response({"results": results, "tree": {"size": batch.tree_size, "root_hash": batch.root_hash.hex()}})


def _answer(answer: BallotAnswer) -> dict[str, Any]:
    if answer.status == "rejected":
        return _rejected(str(answer.client_id), answer.refusals)
    return {
        "client_id": str(answer.client_id),
        "status": answer.status,
        "sequence": answer.sequence,
        "leaf_hash": answer.leaf_hash.hex() if answer.leaf_hash else None,
        "receipt_code": answer.receipt_code,
        "errors": [],
    }


def _rejected(client_id: str | None, refusals: Any) -> dict[str, Any]:
    return {
        "client_id": client_id,
        "status": "rejected",
        "sequence": None,
        "leaf_hash": None,
        "receipt_code": None,
        "errors": [{"code": refusal.code, "detail": words_of_ballot(refusal)} for refusal in refusals],
    }
