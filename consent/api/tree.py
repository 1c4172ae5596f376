"""The ledger of a survey as a tree: head, proofs, and the signed file of a closed one (docs/ledger.md)."""

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
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.response import Response

from accounts.choices import Access, Act
from accounts.http import SignedInApiRequest
from accounts.rest import ResourceViewSet, read_query
from accounts.services.history import add_history
from consent.api.parts import LONGEST_REASON
from consent.errors import DoorsOnReason
from consent.models import Survey
from consent.permissions import reads_whole_ledger
from consent.reports.tree import consistency_proof, inclusion_proof
from consent.rules.heads import signed_head_object
from consent.services.signing import Ledger, head_of, public_key, published_heads, sign_head
from consent.services.survey_export import survey_file
from consent.services.tree import earlier_keys, key_object

LARGEST_SIZE = 2**31 - 1
PRIVATE = {"Cache-Control": "private"}


class HeadOutput(serializers.Serializer):
    """A signed tree head. What the signature covers is in docs/ledger.md."""

    ledger = serializers.CharField()
    size = serializers.IntegerField()
    root_hash = serializers.CharField()
    timestamp = serializers.CharField()
    key_id = serializers.CharField()
    signature = serializers.CharField()


class KeyOutput(serializers.Serializer):
    id = serializers.CharField()
    public_key = serializers.CharField()
    algorithm = serializers.CharField()


class SignedTreeOutput(serializers.Serializer):
    size = serializers.IntegerField(help_text="Visits in the ledger.")
    root_hash = serializers.CharField()
    head = HeadOutput(help_text="Of the tree as it is now.")
    published = HeadOutput(many=True, help_text="Heads that were published, smallest first.")
    key = KeyOutput(help_text="The key that signs now.")
    earlier_keys = KeyOutput(many=True, help_text="Those that signed some of the published heads before.")


class ProofOutput(serializers.Serializer):
    sequence = serializers.IntegerField()
    leaf_hash = serializers.CharField()
    size = serializers.IntegerField()
    root_hash = serializers.CharField()
    nodes = serializers.ListField(child=serializers.CharField(), help_text="From the leaf to the root.")


class ConsistencyOutput(serializers.Serializer):
    first_root = serializers.CharField()
    second_root = serializers.CharField()
    nodes = serializers.ListField(child=serializers.CharField())

    def get_fields(self) -> dict[str, Any]:
        return {"from": serializers.IntegerField(), "to": serializers.IntegerField(), **super().get_fields()}


class ProofQuery(serializers.Serializer):
    visit = serializers.IntegerField(min_value=0, max_value=LARGEST_SIZE)
    size = serializers.IntegerField(min_value=0, max_value=LARGEST_SIZE, required=False)


class ConsistencyQuery(serializers.Serializer):
    def get_fields(self) -> dict[str, Any]:
        return {
            "from": serializers.IntegerField(min_value=0, max_value=LARGEST_SIZE),
            "to": serializers.IntegerField(min_value=0, max_value=LARGEST_SIZE, required=False),
        }


class ExportQuery(serializers.Serializer):
    reason = serializers.CharField(required=False, max_length=LONGEST_REASON)


def signed_tree(kept: Ledger) -> Response:
    """Size, root hash and signed head of a survey's or a vote's ledger, with every head that was published."""
    head = signed_head_object(sign_head(head_of(kept)))
    published = published_heads(kept)
    body = {
        "size": head["size"],
        "root_hash": head["root_hash"],
        "head": head,
        "published": [signed_head_object(each) for each in published],
        "key": key_object(public_key()),
        "earlier_keys": earlier_keys(published),
    }
    return Response(body, headers=PRIVATE)


def proof_of(kept: Ledger, sequence: int, size: int | None, *, too_large: str) -> Response:
    """That an entry is in the tree of a size, else of the one of now. `too_large` says that there is no such size."""
    size = kept.tree_size if size is None else size
    if size > kept.tree_size:
        raise ValidationError({"size": [too_large % {"size": kept.tree_size}]})
    if sequence >= size:
        raise NotFound
    proof = inclusion_proof(kept, sequence, size)
    body = {"sequence": proof.sequence, "leaf_hash": proof.leaf_hash.hex(), "size": proof.size}
    nodes = [node.hex() for node in proof.nodes]
    return Response({**body, "root_hash": proof.root_hash.hex(), "nodes": nodes}, headers=PRIVATE)


def consistency_of(kept: Ledger, first: int, second: int | None, *, too_large: str) -> Response:
    """That the tree of `second` entries, else the one of now, begins with that of `first`."""
    second = kept.tree_size if second is None else second
    if second > kept.tree_size:
        raise ValidationError({"to": [too_large % {"size": kept.tree_size}]})
    if first > second:
        raise ValidationError({"from": [_("This is larger than the other size.")]})
    proof = consistency_proof(kept, first, second)
    roots = {"first_root": proof.first_root.hex(), "second_root": proof.second_root.hex()}
    nodes = [node.hex() for node in proof.nodes]
    return Response({"from": first, "to": second, **roots, "nodes": nodes}, headers=PRIVATE)


class Tree(ResourceViewSet):
    """The Merkle tree over a survey's visits."""

    act = Act.SURVEYS
    acts = {"export": Act.DOORS}
    queryset = Survey.objects.all()
    pagination_class = None
    filter_backends: list[Any] = []

    @cached_property
    def survey(self) -> Survey:
        survey: Survey | None = (
            self.get_queryset().select_related("neighbourhood").filter(pk=self.kwargs["survey"]).first()
        )
        if survey is None:
            raise NotFound
        return survey

    @extend_schema(responses=forced_singular_serializer(SignedTreeOutput), operation_id="survey_tree")
    def list(self, request: SignedInApiRequest, survey: str) -> Response:
        """Size, root hash and the signed head, with every head that was published."""
        read_query(request, serializers.Serializer)
        return signed_tree(self.survey)

    @extend_schema(
        parameters=[
            OpenApiParameter("visit", OpenApiTypes.INT, required=True, description="The visit's `sequence`."),
            OpenApiParameter("size", OpenApiTypes.INT, description="Of the tree; else as it is now."),
        ],
        responses=ProofOutput,
        operation_id="survey_tree_proof",
    )
    @action(detail=False)
    def proof(self, request: SignedInApiRequest, survey: str) -> Response:
        """That a visit is in the tree."""
        values = read_query(request, ProofQuery)
        too_large = _("The ledger has only %(size)s visits.")
        return proof_of(self.survey, values["visit"], values.get("size"), too_large=too_large)

    @extend_schema(
        parameters=[
            OpenApiParameter("from", OpenApiTypes.INT, required=True, description="The smaller size."),
            OpenApiParameter("to", OpenApiTypes.INT, description="The larger size; else as it is now."),
        ],
        responses=ConsistencyOutput,
        operation_id="survey_tree_consistency",
    )
    @action(detail=False)
    def consistency(self, request: SignedInApiRequest, survey: str) -> Response:
        """That a larger tree begins with a smaller one: nothing was changed or taken out in between."""
        values = read_query(request, ConsistencyQuery)
        too_large = _("The ledger has only %(size)s visits.")
        return consistency_of(self.survey, values["from"], values.get("to"), too_large=too_large)

    @extend_schema(
        parameters=[OpenApiParameter("reason", OpenApiTypes.STR, description="Why an official reads it; logged.")],
        responses={(200, "application/json"): OpenApiTypes.OBJECT},
        operation_id="survey_tree_export",
    )
    @action(detail=False, is_whole=True)
    def export(self, request: SignedInApiRequest, survey: str) -> HttpResponse:
        """The signed file of a closed survey, for those who may read its whole ledger. `survey_not_closed` before."""
        values = read_query(request, ExportQuery)
        found = self.survey
        if not reads_whole_ledger(request.user, found, Access.READ):
            if not reads_whole_ledger(request.user, found, Access.REASON):
                raise PermissionDenied(_("You may not read the whole ledger of this survey."))
            if not values.get("reason"):
                raise DoorsOnReason(_("Doors are shown on a stated reason, which is logged. Give one in `reason`."))
            add_history(found, "ledger_read", by=request.user, action=None, reason=values["reason"])
        headers = {"Content-Disposition": f'attachment; filename="survey-{found.pk}.json"', **PRIVATE}
        return HttpResponse(survey_file(survey=found), content_type="application/json", headers=headers)
