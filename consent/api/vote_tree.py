"""The ledger of an owners' vote as a tree: head, proofs, and the signed file of a closed one (docs/ledger.md)."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ResourceViewSet, read_query
from consent.api.tree import (
    LARGEST_SIZE,
    PRIVATE,
    ConsistencyOutput,
    ConsistencyQuery,
    ExportQuery,
    ProofOutput,
    SignedTreeOutput,
    consistency_of,
    proof_of,
    signed_tree,
)
from consent.api.vote_parts import log_reason
from consent.models import OwnersVote
from consent.permissions import sees_ballots, sees_ballots_on_reason
from consent.services.votes.export import vote_file


class BallotProofQuery(serializers.Serializer):
    ballot = serializers.IntegerField(min_value=0, max_value=LARGEST_SIZE)
    size = serializers.IntegerField(min_value=0, max_value=LARGEST_SIZE, required=False)


class VoteTree(ResourceViewSet):
    """The Merkle tree over the entries of a vote: deliveries, and ballots that came back."""

    act = Act.VOTES
    acts = {"export": Act.BALLOTS}
    queryset = OwnersVote.objects.all()
    pagination_class = None
    filter_backends: list[Any] = []

    @cached_property
    def vote(self) -> OwnersVote:
        found: OwnersVote | None = (
            self.get_queryset().select_related("neighbourhood").filter(pk=self.kwargs["vote"]).first()
        )
        if found is None:
            raise NotFound
        return found

    @extend_schema(responses=forced_singular_serializer(SignedTreeOutput), operation_id="vote_tree")
    def list(self, request: SignedInApiRequest, vote: str) -> Response:
        """Size, root hash and the signed head, with every head that was published."""
        read_query(request, serializers.Serializer)
        return signed_tree(self.vote)

    @extend_schema(
        parameters=[
            OpenApiParameter("ballot", OpenApiTypes.INT, required=True, description="The entry's `sequence`."),
            OpenApiParameter("size", OpenApiTypes.INT, description="Of the tree; else as it is now."),
        ],
        responses=ProofOutput,
        operation_id="vote_tree_proof",
    )
    @action(detail=False)
    def proof(self, request: SignedInApiRequest, vote: str) -> Response:
        """That an entry is in the tree."""
        values = read_query(request, BallotProofQuery)
        return proof_of(self.vote, values["ballot"], values.get("size"), too_large=_too_large())

    @extend_schema(
        parameters=[
            OpenApiParameter("from", OpenApiTypes.INT, required=True, description="The smaller size."),
            OpenApiParameter("to", OpenApiTypes.INT, description="The larger size; else as it is now."),
        ],
        responses=ConsistencyOutput,
        operation_id="vote_tree_consistency",
    )
    @action(detail=False)
    def consistency(self, request: SignedInApiRequest, vote: str) -> Response:
        """That a larger tree begins with a smaller one: nothing was changed or taken out in between."""
        values = read_query(request, ConsistencyQuery)
        return consistency_of(self.vote, values["from"], values.get("to"), too_large=_too_large())

    @extend_schema(
        parameters=[OpenApiParameter("reason", OpenApiTypes.STR, description="Why an official reads it; logged.")],
        responses={(200, "application/json"): OpenApiTypes.OBJECT},
        operation_id="vote_tree_export",
    )
    @action(detail=False, is_whole=True)
    def export(self, request: SignedInApiRequest, vote: str) -> HttpResponse:
        """The signed file of a closed vote, for those who may see how owners voted. `vote_not_closed` before."""
        read_query(request, ExportQuery)
        found = self.vote
        if not sees_ballots(request.user, found):
            if not sees_ballots_on_reason(request.user, found):
                raise PermissionDenied(_("You may not see the ballots of this vote."))
            log_reason(found, request, "ledger_read")
        headers = {"Content-Disposition": f'attachment; filename="vote-{found.pk}.json"', **PRIVATE}
        return HttpResponse(vote_file(vote=found), content_type="application/json", headers=headers)


def _too_large() -> str:
    return _("The ledger has only %(size)s entries.")
